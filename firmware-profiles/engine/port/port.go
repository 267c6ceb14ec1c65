// Package port opens the lines that devices hang on: serial ports through
// go.bug.st/serial and TCP connections. Bytes flow both ways; every wait ends
// with its context, and a line that breaks gives device.ErrOffline.
package port

import (
	"context"
	"fmt"
	"strings"

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

// Settings of a serial line. Zero values mean 9600 8N1; TCP ignores them.
type Settings struct {
	Baud, DataBits int
	// Parity is none, odd, even, mark or space.
	Parity string
	// StopBits is 1, 1.5 or 2.
	StopBits string
}

// Open opens "tcp://host:port" or a serial port's path. A failure wraps
// device.ErrOffline, or ErrBusy when somebody else holds the serial port; both
// are worth trying again. A setting that no port can have is a plain error.
// A serial port has one owner on this machine. A TCP device has none: print
// servers take or refuse a second connection as they like, so it is up to the
// settings that only one device names an address.
func Open(ctx context.Context, address string, s Settings) (Port, error) {
	if host, ok := strings.CutPrefix(address, tcpScheme); ok {
		return openTCP(ctx, host)
	}
	if address == "" || strings.Contains(address, "://") {
		return nil, fmt.Errorf("port address %q is neither tcp://host:port nor a path", address)
	}
	return openSerial(ctx, address, s)
}

// offline wraps the cause of a broken line.
func offline(doing string, cause error) error {
	return device.Temporary(fmt.Errorf("%s: %w: %w", doing, device.ErrOffline, cause))
}
