package port

import (
	"context"
	"errors"
	"io"
	"sync"

	"smarthall/firmware-profiles/engine/port/usb"
	"smarthall/internal/device"
)

// printerPort is a Port over a node of the kernel's USB printer driver.
type printerPort struct {
	address string
	file    usb.Printer
	lock    *lockFile

	read, write sync.Mutex // held by the one reader and writer
	status      portStatus
	once        sync.Once
	err         error // of Close
}

var _ Watched = (*printerPort)(nil)

// openPrinter opens the node of the printer that is VID:PID[:SERIAL]; after a
// re-plug it has another number.
func openPrinter(ctx context.Context, address, id string) (Port, error) {
	a, err := usb.ParseAddress(id)
	if err != nil {
		return nil, err
	}
	s := usb.Of(ctx)
	d, err := s.Find(a)
	if err != nil {
		return nil, usbFailed(address, "find USB printer", err)
	}
	for _, i := range d.Interfaces {
		if i.Printer == "" {
			continue
		}
		lock, err := lockUSB(s, d, address)
		if err != nil {
			return nil, err
		}
		return openFile(ctx, address, s.PrinterFile(i), lock)
	}
	return nil, usbFailed(address, "find USB printer", errNoNode)
}

// openNode opens a node by its path.
func openNode(ctx context.Context, address, node string) (Port, error) {
	s := usb.Of(ctx)
	if d, _, ok := s.FindPrinter(node); ok {
		lock, err := lockUSB(s, d, address)
		if err != nil {
			return nil, err
		}
		return openFile(ctx, address, node, lock)
	}
	lock, err := lockNamed(node, address)
	if err != nil {
		return nil, err
	}
	return openFile(ctx, address, node, lock)
}

// openFile opens a node that is locked; an error lets go of the lock.
func openFile(ctx context.Context, address, node string, lock *lockFile) (Port, error) {
	if ctx.Err() != nil {
		lock.release()
		return nil, ctx.Err()
	}
	file, err := usb.Of(ctx).Kernel.OpenPrinter(node)
	if err != nil {
		lock.release()
		return nil, usbFailed(address, "open USB printer", err)
	}
	return &printerPort{address: address, file: file, lock: lock}, nil
}

func (p *printerPort) Read(ctx context.Context, buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, nil
	}
	p.read.Lock()
	defer p.read.Unlock()
	for {
		n, err := until(ctx, p.file.SetReadDeadline, func() (int, error) { return p.file.Read(buf) })
		switch {
		case n > 0:
			return n, nil
		case err == nil, errors.Is(err, io.EOF): // an empty packet says nothing
			if err := pause(ctx, emptyPause); err != nil {
				return 0, err
			}
		default:
			return 0, cause(ctx, "read from "+p.address, err)
		}
	}
}

func (p *printerPort) Write(ctx context.Context, b []byte) error {
	p.write.Lock()
	defer p.write.Unlock()
	if _, err := until(ctx, p.file.SetWriteDeadline, func() (int, error) { return p.file.Write(b) }); err != nil {
		return cause(ctx, "write to "+p.address, err)
	}
	return nil
}

// PortState implements Watched.
func (p *printerPort) PortState(ctx context.Context) (device.State, error) {
	return p.status.state(ctx, p.address, p.file.PortStatus)
}

// Close implements Port. It waits for a question for the status, which the
// kernel ends.
func (p *printerPort) Close() error {
	p.once.Do(func() {
		p.err = p.file.Close() // ends reads and writes
		p.status.end()
		p.lock.release()
	})
	return p.err
}
