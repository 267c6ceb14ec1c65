package usb

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// local is this machine.
type local struct{}

// OpenPrinter implements Kernel. Without O_NONBLOCK no read could be ended.
func (local) OpenPrinter(path string) (Printer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return &printerFile{File: f, ioctl: ioctl}, nil
}

// OpenDevice implements Kernel.
func (local) OpenDevice(path string) (Device, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &deviceFile{file: f, ioctl: ioctl}, nil
}

// control is the system call ioctl: a number that it returned, or its error.
type control func(fd uintptr, request uint, arg unsafe.Pointer) (int, error)

func ioctl(fd uintptr, request uint, arg unsafe.Pointer) (int, error) {
	for {
		n, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(arg))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR: // the runtime interrupts its own threads; nothing was transferred
		default:
			return 0, errno
		}
	}
}

// on runs an ioctl on an open file.
func on(f *os.File, call control, request uint, arg unsafe.Pointer) (n int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { n, failed = call(fd, request, arg) }); err != nil {
		return 0, err
	}
	return n, failed
}

// printerFile is an open node of usblp.
type printerFile struct {
	*os.File
	ioctl control
}

// Write implements Printer. The driver takes a write over before the printer has
// it, and closing the node would cut off what is under way: so a write isn't
// done until the node takes the next one.
func (p *printerFile) Write(b []byte) (int, error) {
	n, err := p.File.Write(b)
	if err != nil {
		return n, err
	}
	raw, err := p.SyscallConn()
	if err != nil {
		return n, err
	}
	return n, raw.Write(func(fd uintptr) bool {
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, 0) //nolint:gosec // a descriptor
		return ready > 0 || err != nil && !errors.Is(err, unix.EINTR)
	})
}

// lpGetStatus is LPGETSTATUS of linux/lp.h.
const lpGetStatus = 0x060B

// PortStatus implements Printer.
func (p *printerFile) PortStatus() (PortStatus, error) {
	var status int32
	if _, err := on(p.File, p.ioctl, lpGetStatus, unsafe.Pointer(&status)); err != nil { //nolint:gosec // an ioctl takes a pointer
		return 0, fmt.Errorf("ask for the port's status: %w", err)
	}
	return PortStatus(status), nil //nolint:gosec // the driver passes on a byte
}

// deviceFile is an open file of usbfs.
type deviceFile struct {
	file  *os.File
	ioctl control
}

// What linux/usbdevice_fs.h defines. The numbers hold the sizes of the structs,
// which differ between machines of 32 and 64 bits.
type (
	bulkTransfer struct {
		ep, len, timeout uint32 // timeout in ms; 0 would be for ever
		data             unsafe.Pointer
	}
	driverCall struct {
		number, code int32
		data         unsafe.Pointer
	}
	controlTransfer struct {
		requestType, request uint8
		value, index, length uint16
		timeout              uint32 // in ms
		data                 unsafe.Pointer
	}
	detachClaim struct {
		number, flags uint32
		driver        [256]byte
	}
)

const (
	dirNone, dirWrite, dirRead = 0, 1, 2

	usbBulk        = (dirRead|dirWrite)<<30 | uint(unsafe.Sizeof(bulkTransfer{}))<<16 | 'U'<<8 | 2
	usbControl     = (dirRead|dirWrite)<<30 | uint(unsafe.Sizeof(controlTransfer{}))<<16 | 'U'<<8
	usbRelease     = dirRead<<30 | 4<<16 | 'U'<<8 | 16
	usbDriverCall  = (dirRead|dirWrite)<<30 | uint(unsafe.Sizeof(driverCall{}))<<16 | 'U'<<8 | 18
	usbClearHalt   = dirRead<<30 | 4<<16 | 'U'<<8 | 21
	usbConnect     = dirNone<<30 | 'U'<<8 | 23
	usbDetachClaim = dirRead<<30 | uint(unsafe.Sizeof(detachClaim{}))<<16 | 'U'<<8 | 27

	exceptDriver = 2 // of detachClaim: not from this driver
)

// Claim implements Device. One call detaches the kernel's driver and claims;
// an interface that another program has claimed is left to it.
func (d *deviceFile) Claim(number int) error {
	c := detachClaim{number: uint32(number), flags: exceptDriver} //nolint:gosec // below 256
	copy(c.driver[:], "usbfs")
	if _, err := on(d.file, d.ioctl, usbDetachClaim, unsafe.Pointer(&c)); err != nil { //nolint:gosec // an ioctl takes a pointer
		return fmt.Errorf("claim interface %d: %w", number, err)
	}
	return nil
}

// Release implements Device.
func (d *deviceFile) Release(number int) error {
	n := uint32(number)                                                            //nolint:gosec // below 256
	if _, err := on(d.file, d.ioctl, usbRelease, unsafe.Pointer(&n)); err != nil { //nolint:gosec // an ioctl takes a pointer
		return fmt.Errorf("release interface %d: %w", number, err)
	}
	// The kernel's driver needn't want it: a reader has none.
	call := driverCall{number: int32(number), code: usbConnect}      //nolint:gosec // below 256
	_, _ = on(d.file, d.ioctl, usbDriverCall, unsafe.Pointer(&call)) //nolint:gosec // an ioctl takes a pointer
	return nil
}

// Bulk implements Device.
func (d *deviceFile) Bulk(endpoint byte, p []byte, timeout time.Duration) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	t := bulkTransfer{
		ep: uint32(endpoint), len: uint32(len(p)), //nolint:gosec // a packet
		timeout: uint32(max(timeout.Milliseconds(), 1)), //nolint:gosec // a moment
		data:    unsafe.Pointer(&p[0]),                  //nolint:gosec // the kernel reads or fills it before the call returns
	}
	n, err := on(d.file, d.ioctl, usbBulk, unsafe.Pointer(&t)) //nolint:gosec // an ioctl takes a pointer
	runtime.KeepAlive(p)
	if err != nil {
		return 0, fmt.Errorf("transfer on endpoint %02x: %w", endpoint, err)
	}
	return n, nil
}

// ClearHalt implements Device.
func (d *deviceFile) ClearHalt(endpoint byte) error {
	n := uint32(endpoint)
	if _, err := on(d.file, d.ioctl, usbClearHalt, unsafe.Pointer(&n)); err != nil { //nolint:gosec // an ioctl takes a pointer
		return fmt.Errorf("clear the halt of endpoint %02x: %w", endpoint, err)
	}
	return nil
}

// PortStatus implements Device: GET_PORT_STATUS of the printer class.
func (d *deviceFile) PortStatus(number int) (PortStatus, error) {
	const fromInterface, getPortStatus, within = 0xA1, 1, 1000
	var status [1]byte
	c := controlTransfer{
		requestType: fromInterface, request: getPortStatus, index: uint16(number), //nolint:gosec // below 256
		length: 1, timeout: within, data: unsafe.Pointer(&status[0]), //nolint:gosec // the kernel fills it before the call returns
	}
	n, err := on(d.file, d.ioctl, usbControl, unsafe.Pointer(&c)) //nolint:gosec // an ioctl takes a pointer
	runtime.KeepAlive(&status)
	if err != nil {
		return 0, fmt.Errorf("ask for the port's status: %w", err)
	}
	if n != len(status) {
		return 0, fmt.Errorf("ask for the port's status: %d bytes", n)
	}
	return PortStatus(status[0]), nil
}

// Close implements Device.
func (d *deviceFile) Close() error { return d.file.Close() }
