// Package port opens the lines that devices hang on: serial ports through
// go.bug.st/serial, TCP connections, and USB printers and readers. Bytes flow
// both ways; every wait ends with its context, and a line that breaks gives
// device.ErrOffline.
package port

import (
	"context"
	"fmt"
	"strings"

	"smarthall/firmware-profiles/engine/port/usb"
	"smarthall/internal/device"
)

// tcpScheme begins the address of a device on the network.
const tcpScheme = "tcp://"

// Port is an open line to a device; every wait has a deadline from ctx. One
// goroutine may read while another writes; Close may be called from anywhere,
// ends both and may be called again.
type Port interface {
	// Read returns at least one byte, or ctx's error, or an error that wraps
	// device.ErrOffline. It never returns (0, nil) unless buf is empty.
	Read(ctx context.Context, buf []byte) (int, error)
	// Write sends all of p, or returns ctx's error or one that wraps
	// device.ErrOffline. After an error some of p may have been sent.
	Write(ctx context.Context, p []byte) error
	// Close lets go of the line and of its lock.
	Close() error
}

// Settings of a line. Zero values mean 9600 8N1 and a USB device's first pair of
// endpoints; TCP ignores them.
type Settings struct {
	Baud, DataBits int
	// Parity is none, odd, even, mark or space.
	Parity string
	// StopBits is 1, 1.5 or 2.
	StopBits string
	// Out and In are the endpoints of a device at usb:VID:PID.
	Out, In byte
}

// Open opens "tcp://host:port", "usblp:VID:PID", "usb:VID:PID", a printer's node
// such as /dev/usb/lp0 or a serial port's path. A failure wraps
// device.ErrOffline, or ErrBusy when somebody else holds the serial port; both
// are worth trying again. A setting that no port can have is a plain error.
// A serial or USB port has one owner on this machine. A TCP device has none: print
// servers take or refuse a second connection as they like, so it is up to the
// settings that only one device names an address.
func Open(ctx context.Context, address string, s Settings) (Port, error) {
	if host, ok := strings.CutPrefix(address, tcpScheme); ok {
		return openTCP(ctx, host)
	}
	if id, ok := strings.CutPrefix(address, usblpScheme); ok {
		return openPrinter(ctx, address, id)
	}
	if id, ok := strings.CutPrefix(address, usbScheme); ok {
		return openBulk(ctx, address, id, s)
	}
	if node, ok := printerNode(usb.Of(ctx), address); ok {
		return openNode(ctx, address, node)
	}
	if address == "" || strings.Contains(address, "://") {
		return nil, fmt.Errorf("port address %q is neither tcp://host:port, usblp:VID:PID, usb:VID:PID nor a path", address)
	}
	return openSerial(ctx, address, s)
}

// Serial tells whether bytes take their time on the way to an address, by the
// line's speed, and whether a device that says nothing there may as well be
// away: networks and USB tell themselves when a device is gone.
func Serial(address string) bool {
	return !strings.HasPrefix(address, tcpScheme) && !OnUSB(address)
}

// offline wraps the cause of a broken line.
func offline(doing string, cause error) error {
	return device.Temporary(fmt.Errorf("%s: %w: %w", doing, device.ErrOffline, cause))
}
