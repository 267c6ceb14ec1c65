package usb

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The numbers are those that a C compiler makes of linux/usbdevice_fs.h and
// linux/lp.h on a machine of 64 bits.
func TestRequestsAreThoseOfTheKernelsHeaders(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the sizes are those of 64 bits")
	}
	for name, n := range map[string][2]uint{
		"USBDEVFS_BULK": {usbBulk, 0xC0185502}, "USBDEVFS_RELEASEINTERFACE": {usbRelease, 0x80045510},
		"USBDEVFS_IOCTL": {usbDriverCall, 0xC0105512}, "USBDEVFS_CLEAR_HALT": {usbClearHalt, 0x80045515},
		"USBDEVFS_CONNECT": {usbConnect, 0x5517}, "USBDEVFS_DISCONNECT_CLAIM": {usbDetachClaim, 0x8108551B},
		"LPGETSTATUS": {lpGetStatus, 0x060B}, "USBDEVFS_CONTROL": {usbControl, 0xC0185500},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %#x, want %#x", name, n[0], n[1])
		}
	}
}

// recorder stands for the kernel: it notes what it is asked and answers.
type recorder struct {
	bulk    []bulkTransfer
	out     []byte
	in      []byte
	claims  []detachClaim
	control controlTransfer
	numbers map[uint]uint32
	code    int32
	err     error
}

func (r *recorder) ioctl(_ uintptr, request uint, arg unsafe.Pointer) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	switch request {
	case usbBulk:
		b := (*bulkTransfer)(arg)
		r.bulk = append(r.bulk, *b)
		data := unsafe.Slice((*byte)(b.data), b.len)
		if b.ep&0x80 != 0 {
			return copy(data, r.in), nil
		}
		r.out = append(r.out, data...)
		return len(data), nil
	case usbDetachClaim:
		r.claims = append(r.claims, *(*detachClaim)(arg))
	case usbDriverCall:
		r.code = (*driverCall)(arg).code
	case usbControl:
		r.control = *(*controlTransfer)(arg)
		*(*byte)(r.control.data) = 0x18
		return 1, nil
	case lpGetStatus:
		*(*int32)(arg) = 0x38
	default:
		r.numbers[request] = *(*uint32)(arg)
	}
	return 0, nil
}

func anyFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "device"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // some tests close it
	return f
}

func TestADeviceIsAskedAsTheKernelWantsIt(t *testing.T) {
	r := &recorder{in: []byte("answer"), numbers: map[uint]uint32{}}
	d := &deviceFile{file: anyFile(t), ioctl: r.ioctl}
	if err := d.Claim(3); err != nil || len(r.claims) != 1 || r.claims[0].number != 3 || r.claims[0].flags != 2 || string(r.claims[0].driver[:6]) != "usbfs\x00" {
		t.Errorf("claim: %v, %+v", err, r.claims)
	}
	if n, err := d.Bulk(0x02, []byte("question"), time.Second); n != 8 || err != nil || string(r.out) != "question" {
		t.Errorf("out: %d, %v, %q", n, err, r.out)
	}
	buf := make([]byte, 64)
	if n, err := d.Bulk(0x81, buf, 30*time.Microsecond); err != nil || string(buf[:n]) != "answer" {
		t.Errorf("in: %q, %v", buf[:n], err)
	}
	if r.bulk[0].timeout != 1000 || r.bulk[1].timeout != 1 || r.bulk[1].len != 64 {
		t.Errorf("got %+v", r.bulk) // 0 would wait for ever
	}
	if n, err := d.Bulk(0x02, nil, time.Second); n != 0 || err != nil || len(r.bulk) != 2 {
		t.Errorf("nothing: %d, %v", n, err)
	}
	if err := errors.Join(d.ClearHalt(0x81), d.Release(3)); err != nil || r.numbers[usbClearHalt] != 0x81 || r.numbers[usbRelease] != 3 || r.code != usbConnect {
		t.Errorf("%v, %v, %x", err, r.numbers, r.code)
	}
	if s, err := d.PortStatus(3); err != nil || s != NotError|Selected || r.control.requestType != 0xA1 || r.control.request != 1 || r.control.index != 3 || r.control.length != 1 {
		t.Errorf("port status: %x, %v, %+v", s, err, r.control)
	}
	r.err = unix.ENODEV
	for name, err := range map[string]error{
		"claim": d.Claim(0), "release": d.Release(0), "halt": d.ClearHalt(0), "bulk": func() error { _, err := d.Bulk(1, buf, 1); return err }(),
	} {
		if !errors.Is(err, unix.ENODEV) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPrinterNodeTellsItsPortStatus(t *testing.T) {
	r := &recorder{}
	p := &printerFile{File: anyFile(t), ioctl: r.ioctl}
	if s, err := p.PortStatus(); err != nil || s != NotError|Selected|NoPaper {
		t.Errorf("got %x, %v", s, err)
	}
	real := &printerFile{File: anyFile(t), ioctl: ioctl}
	if _, err := real.PortStatus(); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("a plain file: %v", err)
	}
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "lp0")
	if _, err := Local().Kernel.OpenPrinter(nowhere); !Missing(err) {
		t.Errorf("printer: %v", err)
	}
	if _, err := Local().Kernel.OpenDevice(nowhere); !Missing(err) {
		t.Errorf("device: %v", err)
	}
}

// A pipe stands in for the node: as long as it is full, the driver still has
// what was written.
func TestAPrinterHasWhatWasWritten(t *testing.T) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	reader, p := os.NewFile(uintptr(ends[0]), "reader"), &printerFile{File: os.NewFile(uintptr(ends[1]), "lp0"), ioctl: ioctl}
	t.Cleanup(func() { _ = errors.Join(reader.Close(), p.Close()) }) // the test is over
	if n, err := p.Write([]byte("ticket")); n != 6 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	const room = 64 << 10 // of a pipe, by default
	rest := make([]byte, room-4096)
	if err := p.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(rest); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it is written while nobody has it: %v", err)
	}
	if err := p.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }() // ends with the pipe
	if _, err := p.Write([]byte("more")); err != nil {
		t.Errorf("once it goes on: %v", err)
	}
}
