// Package usb finds what is plugged into this machine's USB sockets and opens
// it. What Linux tells in /sys/bus/usb/devices flows in; out come devices with
// their interfaces and endpoints, and open files of two kinds: a node of the
// kernel's printer driver (usblp), which is read and written, and a device as a
// whole (usbfs), whose interfaces are claimed and whose endpoints are asked for
// one transfer at a time.
package usb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// System is the part of an operating system that USB is seen and used through.
type System struct {
	// Devices is a folder like /sys/bus/usb/devices.
	Devices string
	// Dev is a folder like /dev: bus/usb/001/004 and usb/lp0 are below it.
	Dev string
	// Kernel opens the files below Dev.
	Kernel Kernel
}

// Local is this machine.
func Local() System {
	return System{Devices: "/sys/bus/usb/devices", Dev: "/dev", Kernel: local{}}
}

// Kernel opens device files. Its errors are those of the system: EACCES, EBUSY,
// ENODEV, ENOENT.
type Kernel interface {
	// OpenPrinter opens a node of usblp. The driver lets one owner in.
	OpenPrinter(path string) (Printer, error)
	// OpenDevice opens a device as a whole.
	OpenDevice(path string) (Device, error)
}

// Printer is an open node of usblp. Reads and writes end at their deadlines with
// os.ErrDeadlineExceeded, and with an error of the system once the printer is
// unplugged. A read may return io.EOF: the printer sent an empty packet.
type Printer interface {
	Read(p []byte) (int, error)
	Write(p []byte) (int, error)
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
	// PortStatus is the byte that the printer class has for its state; see
	// PortStatus for its bits. It may take seconds.
	PortStatus() (PortStatus, error)
	Close() error
}

// Device is an open USB device. Its errors wrap those of the system.
type Device interface {
	// Claim takes an interface away from the kernel's driver, if one has it, and
	// for this program. EBUSY says that another program has it.
	Claim(number int) error
	// Release gives a claimed interface back, to the kernel's driver as well.
	Release(number int) error
	// Bulk does one transfer: from the device into p if bit 7 of the endpoint is
	// set, else of p to the device. ETIMEDOUT says that nothing passed in time,
	// EPIPE that the endpoint has halted. timeout is at least a millisecond.
	Bulk(endpoint byte, p []byte, timeout time.Duration) (int, error)
	// ClearHalt lets a halted endpoint go on.
	ClearHalt(endpoint byte) error
	// PortStatus asks an interface of the printer class for its state. It may take
	// a second.
	PortStatus(number int) (PortStatus, error)
	Close() error
}

// PortStatus is what a USB printer says of itself without being spoken to: the
// status byte of the printer class, which is that of the parallel port.
type PortStatus byte

// The bits of a PortStatus.
const (
	NotError PortStatus = 0x08
	Selected PortStatus = 0x10
	NoPaper  PortStatus = 0x20
)

type systemKey struct{}

// With is ctx for opening devices of another system than this machine. Tests
// plug simulated devices in there.
func With(ctx context.Context, s System) context.Context {
	return context.WithValue(ctx, systemKey{}, s)
}

// Of is the system of ctx: this machine, unless With says otherwise.
func Of(ctx context.Context) System {
	if s, ok := ctx.Value(systemKey{}).(System); ok {
		return s
	}
	return Local()
}

// Address names a device: by its vendor and product, and where several of that
// kind are plugged in by its serial number or the socket it is in.
type Address struct {
	ID     string // vendor:product in lower-case hex
	Serial string // as the device tells it; empty if any will do
	Place  string // the socket as the kernel names it, such as 1-1.2
}

var (
	idPattern    = regexp.MustCompile(`^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$`)
	placePattern = regexp.MustCompile(`^[0-9]{1,3}-[0-9]{1,3}(\.[0-9]{1,3}){0,6}$`)
)

const (
	idLength  = len("0400:c35a")
	maxSerial = 128 // a USB text has at most 126 characters
)

// ParseAddress reads VID:PID, VID:PID:SERIAL or VID:PID@SOCKET.
func ParseAddress(text string) (Address, error) {
	wrong := fmt.Errorf("USB address %q is neither VID:PID, VID:PID:SERIAL nor VID:PID@SOCKET, such as 0400:c35a@1-2", text)
	if len(text) < idLength || !idPattern.MatchString(text[:idLength]) {
		return Address{}, wrong
	}
	a := Address{ID: strings.ToLower(text[:idLength])}
	switch rest := text[idLength:]; {
	case rest == "":
	case rest[0] == ':' && len(rest) > 1 && len(rest) <= maxSerial:
		a.Serial = rest[1:]
	case rest[0] == '@' && placePattern.MatchString(rest[1:]):
		a.Place = rest[1:]
	default:
		return Address{}, wrong
	}
	return a, nil
}

// String is what ParseAddress reads.
func (a Address) String() string {
	switch {
	case a.Serial != "":
		return a.ID + ":" + a.Serial
	case a.Place != "":
		return a.ID + "@" + a.Place
	default:
		return a.ID
	}
}

// ErrNotPlugged says that no device with an address is there.
var ErrNotPlugged = errors.New("no such device is plugged in")

// SeveralError says that an address fits more than one device.
type SeveralError struct {
	Address Address
	// Places are the sockets that they are in.
	Places []string
}

// Error implements error.
func (e *SeveralError) Error() string {
	return fmt.Sprintf("%d devices are %s: name the serial number, or the socket, one of %s", len(e.Places), e.Address, strings.Join(e.Places, " "))
}

// Find is the one plugged device with an address. The error is ErrNotPlugged, a
// *SeveralError, or that the system shows no USB at all.
func (s System) Find(a Address) (Plugged, error) {
	all, err := s.Plugged()
	if err != nil {
		return Plugged{}, err
	}
	var found []Plugged
	for _, d := range all {
		if d.ID == a.ID && (a.Serial == "" || d.Serial == a.Serial) && (a.Place == "" || d.Place == a.Place) {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 0:
		return Plugged{}, ErrNotPlugged
	case 1:
		return found[0], nil
	}
	several := &SeveralError{Address: a}
	for _, d := range found {
		several.Places = append(several.Places, d.Place)
	}
	return Plugged{}, several
}

// FindPrinter is the device behind a node of usblp, such as /dev/usb/lp0.
func (s System) FindPrinter(path string) (Plugged, Interface, bool) {
	all, err := s.Plugged()
	if err != nil {
		return Plugged{}, Interface{}, false
	}
	for _, d := range all {
		for _, i := range d.Interfaces {
			if i.Printer != "" && i.Printer == filepath.Base(path) {
				return d, i, true
			}
		}
	}
	return Plugged{}, Interface{}, false
}
