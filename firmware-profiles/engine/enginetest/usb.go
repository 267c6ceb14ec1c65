package enginetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/port/usb"
)

// USB is a machine's USB with nothing plugged in: folders as Linux has them and
// a kernel that opens what is described there. It behaves as the kernel is
// documented to; no real device has been compared with it.
type USB struct {
	system usb.System

	mu     sync.Mutex
	plugs  map[string]*plug // by socket; guarded by mu
	number int              // of the device plugged in last; guarded by mu
}

// Gadget is a device to plug in.
type Gadget struct {
	ID, Serial, DeviceID string
	// Printer gives it to the kernel's driver usblp, with a node below /dev/usb.
	Printer bool
	// Dial reaches what the device does: bytes both ways.
	Dial func() (net.Conn, error)
	// Status is the printer's status byte.
	Status usb.PortStatus
}

// The endpoints of every Gadget, and the size of their packets.
const (
	GadgetOut    = 0x02
	GadgetIn     = 0x81
	GadgetPacket = 64
)

// plug is a device that is plugged in, its faults and who has it open.
type plug struct {
	Gadget
	usb         *USB
	place       string
	file, node  string
	gone        bool
	open        map[net.Conn]bool
	owner       bool          // the node is open, or the interface is claimed
	halted      map[byte]int  // how often more an endpoint halts
	empty       int           // empty packets before the next one
	failure     syscall.Errno // of the next transfer; 0 for none
	opens, back int           // how often it was opened, and given back
}

// NewUSB is an empty USB for one test.
func NewUSB(tb testing.TB) *USB {
	tb.Helper()
	dir := tb.TempDir()
	u := &USB{plugs: map[string]*plug{}}
	u.system = usb.System{Devices: filepath.Join(dir, "sys"), Dev: filepath.Join(dir, "dev"), Kernel: u}
	for _, d := range []string{u.system.Devices, filepath.Join(u.system.Dev, "usb"), filepath.Join(dir, "drivers")} {
		if err := os.MkdirAll(d, 0o750); err != nil {
			tb.Fatal(err)
		}
	}
	return u
}

// In is ctx for opening devices of this USB.
func (u *USB) In(ctx context.Context) context.Context { return usb.With(ctx, u.system) }

// System is what the kernel shows.
func (u *USB) System() usb.System { return u.system }

// Plug puts a device into a socket. Its number is a new one each time.
func (u *USB) Plug(tb testing.TB, place string, g Gadget) {
	tb.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.number++
	p := &plug{Gadget: g, usb: u, place: place, open: map[net.Conn]bool{}, halted: map[byte]int{}}
	p.file = filepath.Join(u.system.Dev, "bus", "usb", "001", fmt.Sprintf("%03d", u.number))
	class, function := "ff", place+":1.0"
	if g.Printer {
		class = "07"
		p.node = filepath.Join(u.system.Dev, "usb", "lp"+strconv.Itoa(u.number))
	}
	facts := map[string]string{
		place + "/idVendor": g.ID[:4], place + "/idProduct": g.ID[5:], place + "/bDeviceClass": "00",
		place + "/busnum": "1", place + "/devnum": strconv.Itoa(u.number), place + "/product": "Gadget",
		function + "/bInterfaceNumber": "00", function + "/bInterfaceClass": class,
		function + "/ep_81/bEndpointAddress": "81", function + "/ep_81/bmAttributes": "02", function + "/ep_81/wMaxPacketSize": "0040",
		function + "/ep_02/bEndpointAddress": "02", function + "/ep_02/bmAttributes": "02", function + "/ep_02/wMaxPacketSize": "0040",
	}
	if g.Serial != "" {
		facts[place+"/serial"] = g.Serial
	}
	if g.Printer {
		facts[function+"/ieee1284_id"] = g.DeviceID
		facts[function+"/usbmisc/"+filepath.Base(p.node)+"/dev"] = "180:0"
	}
	for name, text := range facts {
		file := filepath.Join(u.system.Devices, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, []byte(text+"\n"), 0o600)); err != nil {
			tb.Error(err)
		}
	}
	if g.Printer {
		p.driver("usblp")
	}
	u.plugs[place] = p
}

// driver writes which driver has the interface; empty for none.
func (p *plug) driver(name string) {
	link := filepath.Join(p.usb.system.Devices, p.place+":1.0", "driver")
	_ = os.Remove(link) // it may not be there
	if name != "" {
		_ = os.Symlink(filepath.Join("..", "..", "drivers", name), link) // a test that looks finds it missing
	}
}

// Driver is the kernel's driver of the device in a socket.
func (u *USB) Driver(place string) string {
	target, err := os.Readlink(filepath.Join(u.system.Devices, place+":1.0", "driver"))
	if err != nil {
		return ""
	}
	return filepath.Base(target)
}

// Unplug pulls a device out, also from under who has it open.
func (u *USB) Unplug(place string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	p := u.plugs[place]
	if p == nil {
		return
	}
	delete(u.plugs, place)
	p.gone = true
	for c := range maps.Keys(p.open) {
		_ = c.Close() // ends transfers
	}
	_ = os.RemoveAll(filepath.Join(u.system.Devices, place))        // the test would see it
	_ = os.RemoveAll(filepath.Join(u.system.Devices, place+":1.0")) // the same
}

// Halt makes an endpoint halt so often.
func (u *USB) Halt(place string, endpoint byte, times int) {
	u.with(place, func(p *plug) { p.halted[endpoint] = times })
}

// Empty has the device send so many empty packets before the next one.
func (u *USB) Empty(place string, packets int) { u.with(place, func(p *plug) { p.empty = packets }) }

// Fail makes the next transfer fail.
func (u *USB) Fail(place string, cause syscall.Errno) {
	u.with(place, func(p *plug) { p.failure = cause })
}

// Report sets a printer's status byte.
func (u *USB) Report(place string, s usb.PortStatus) { u.with(place, func(p *plug) { p.Status = s }) }

// Opened is how often a device was opened and its interface given back.
func (u *USB) Opened(place string) (opens, back int) {
	u.with(place, func(p *plug) { opens, back = p.opens, p.back })
	return opens, back
}

func (u *USB) with(place string, do func(*plug)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if p := u.plugs[place]; p != nil {
		do(p)
	}
}

// OpenPrinter implements usb.Kernel: one owner.
func (u *USB) OpenPrinter(path string) (usb.Printer, error) {
	f, err := u.openFile(path, func(p *plug) string { return p.node })
	if err != nil {
		return nil, err
	}
	f.plug.usb.mu.Lock()
	defer f.plug.usb.mu.Unlock()
	if f.plug.owner {
		return nil, errors.Join(&os.PathError{Op: "open", Path: path, Err: syscall.EBUSY}, f.conn.Close())
	}
	f.plug.owner, f.claimed = true, true
	return &gadgetNode{f}, nil
}

// OpenDevice implements usb.Kernel.
func (u *USB) OpenDevice(path string) (usb.Device, error) {
	return u.openFile(path, func(p *plug) string { return p.file })
}

func (u *USB) openFile(path string, name func(*plug) string) (*gadgetFile, error) {
	u.mu.Lock()
	var found *plug
	for _, p := range u.plugs {
		if name(p) == path {
			found = p
		}
	}
	u.mu.Unlock()
	if found == nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.ENOENT}
	}
	conn, err := found.Dial()
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.ENODEV}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if found.gone {
		return nil, errors.Join(&os.PathError{Op: "open", Path: path, Err: syscall.ENODEV}, conn.Close())
	}
	found.open[conn] = true
	found.opens++
	return &gadgetFile{plug: found, conn: conn}, nil
}

// gadgetFile is an open device.
type gadgetFile struct {
	plug    *plug
	conn    net.Conn
	claimed bool // guarded by the USB's mu
}

// Claim implements usb.Device.
func (f *gadgetFile) Claim(number int) error {
	f.plug.usb.mu.Lock()
	defer f.plug.usb.mu.Unlock()
	switch {
	case f.plug.gone:
		return syscall.ENODEV
	case number != 0:
		return syscall.EINVAL
	case f.plug.owner:
		return syscall.EBUSY
	}
	f.plug.owner, f.claimed = true, true
	f.plug.driver("usbfs")
	return nil
}

// Release implements usb.Device.
func (f *gadgetFile) Release(int) error {
	f.plug.usb.mu.Lock()
	defer f.plug.usb.mu.Unlock()
	if f.plug.gone {
		return syscall.ENODEV
	}
	f.plug.owner, f.claimed = false, false
	f.plug.back++
	f.plug.driver("")
	if f.plug.Printer {
		f.plug.driver("usblp")
	}
	return nil
}

// fault is what is wrong with the next transfer.
func (f *gadgetFile) fault(endpoint byte) error {
	f.plug.usb.mu.Lock()
	defer f.plug.usb.mu.Unlock()
	p := f.plug
	switch failure := p.failure; {
	case p.gone:
		return syscall.ENODEV
	case !f.claimed:
		return syscall.EINVAL
	case failure != 0:
		p.failure = 0
		return failure
	case p.halted[endpoint] > 0:
		return syscall.EPIPE
	case endpoint&0x80 != 0 && p.empty > 0:
		p.empty--
		return io.EOF // an empty packet
	}
	return nil
}

// Bulk implements usb.Device. What is asked for in parts of packets would
// overflow.
func (f *gadgetFile) Bulk(endpoint byte, b []byte, timeout time.Duration) (int, error) {
	if timeout < time.Millisecond || endpoint != GadgetIn && endpoint != GadgetOut {
		return 0, syscall.EINVAL
	}
	if err := f.fault(endpoint); err != nil {
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		return 0, err
	}
	var n int
	var err error
	if endpoint&0x80 != 0 {
		if len(b)%GadgetPacket != 0 {
			return 0, syscall.EOVERFLOW
		}
		_ = f.conn.SetReadDeadline(time.Now().Add(timeout)) // a closed one fails in Read
		n, err = f.conn.Read(b[:min(len(b), GadgetPacket)])
	} else {
		_ = f.conn.SetWriteDeadline(time.Now().Add(timeout)) // the same
		n, err = f.conn.Write(b)
	}
	switch {
	case err == nil, n > 0:
		return n, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, syscall.ETIMEDOUT
	default:
		return 0, syscall.ENODEV
	}
}

// PortStatus implements usb.Device.
func (f *gadgetFile) PortStatus(int) (usb.PortStatus, error) {
	f.plug.usb.mu.Lock()
	defer f.plug.usb.mu.Unlock()
	if f.plug.gone {
		return 0, syscall.ENODEV
	}
	if !f.plug.Printer {
		return 0, syscall.EPIPE
	}
	return f.plug.Status, nil
}

// ClearHalt implements usb.Device.
func (f *gadgetFile) ClearHalt(endpoint byte) error {
	f.plug.usb.mu.Lock()
	defer f.plug.usb.mu.Unlock()
	if f.plug.halted[endpoint] > 0 {
		f.plug.halted[endpoint]--
	}
	return nil
}

// Close implements usb.Device. The kernel takes back what is still claimed.
func (f *gadgetFile) Close() error {
	f.plug.usb.mu.Lock()
	defer f.plug.usb.mu.Unlock()
	if f.claimed {
		f.plug.owner = false
	}
	delete(f.plug.open, f.conn)
	_ = f.conn.Close() // an unplugged one is closed already
	return nil
}

// gadgetNode is an open node of usblp.
type gadgetNode struct{ *gadgetFile }

// Read implements usb.Printer.
func (n *gadgetNode) Read(p []byte) (int, error) {
	if err := n.fault(GadgetIn); err != nil {
		return 0, err
	}
	k, err := n.conn.Read(p)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		err = syscall.ENODEV
	}
	return k, err
}

// Write implements usb.Printer.
func (n *gadgetNode) Write(p []byte) (int, error) {
	if err := n.fault(GadgetOut); err != nil {
		return 0, err
	}
	k, err := n.conn.Write(p)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		err = syscall.ENODEV
	}
	return k, err
}

// SetReadDeadline implements usb.Printer.
func (n *gadgetNode) SetReadDeadline(t time.Time) error { return n.deadline(n.conn.SetReadDeadline(t)) }

// SetWriteDeadline implements usb.Printer.
func (n *gadgetNode) SetWriteDeadline(t time.Time) error {
	return n.deadline(n.conn.SetWriteDeadline(t))
}

func (n *gadgetNode) deadline(err error) error {
	if err != nil {
		return syscall.ENODEV
	}
	return nil
}

// PortStatus implements usb.Printer.
func (n *gadgetNode) PortStatus() (usb.PortStatus, error) { return n.gadgetFile.PortStatus(0) }
