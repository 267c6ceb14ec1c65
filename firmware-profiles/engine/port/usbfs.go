package port

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"smarthall/firmware-profiles/engine/port/usb"
	"smarthall/internal/device"
)

// bulkSlice is how long one transfer waits. A transfer can't be interrupted, so
// this is how late a wait may notice that its context ended.
const bulkSlice = 50 * time.Millisecond

var _ Watched = (*bulkPort)(nil)

// bulkPort is a Port over two bulk endpoints of a device. Every transfer is one
// packet: the kernel drops the packets before one that doesn't come in time, and
// doesn't tell how many of those that went out arrived. So a transfer that ends
// without success has moved nothing, and can be done again.
type bulkPort struct {
	address string
	dev     usb.Device
	pipes   usb.Pipes
	lock    *lockFile

	read   sync.Mutex // held by the one reader
	packet []byte     // room for one; guarded by read
	rest   []byte     // of the last packet that came, not read yet; guarded by read

	write  sync.Mutex // held by the one writer
	status portStatus
	closed chan struct{} // closed by the first Close
	once   sync.Once
	err    error // of Close
}

// openBulk opens the device that is VID:PID[:SERIAL] and takes its interface.
func openBulk(ctx context.Context, address, id string, s Settings) (Port, error) {
	a, err := usb.ParseAddress(id)
	if err != nil {
		return nil, err
	}
	system := usb.Of(ctx)
	d, err := system.Find(a)
	if err != nil {
		return nil, usbFailed(address, "find USB device", err)
	}
	pipes, ok := d.Pipes(s.Out, s.In)
	if !ok {
		return nil, usbFailed(address, "open USB device", fmt.Errorf("out %02x, in %02x: %w", s.Out, s.In, errNoPipes))
	}
	lock, err := lockUSB(system, d, address)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		lock.release()
		return nil, ctx.Err()
	}
	dev, err := system.Kernel.OpenDevice(d.File)
	if err != nil {
		lock.release()
		return nil, usbFailed(address, "open USB device", err)
	}
	if err := dev.Claim(pipes.Interface); err != nil {
		err = errors.Join(err, dev.Close())
		lock.release()
		return nil, usbFailed(address, "open USB device", err)
	}
	return &bulkPort{
		address: address, dev: dev, pipes: pipes, lock: lock,
		packet: make([]byte, pipes.In.Packet), closed: make(chan struct{}),
	}, nil
}

func (p *bulkPort) Read(ctx context.Context, buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, nil
	}
	p.read.Lock()
	defer p.read.Unlock()
	for len(p.rest) == 0 {
		n, err := p.transfer(ctx, p.pipes.In.Address, p.packet)
		if err != nil {
			return 0, p.broken(ctx, "read from ", err)
		}
		p.rest = p.packet[:n]
		if n > 0 {
			break
		}
		if err := pause(ctx, emptyPause); err != nil { // an empty packet says nothing
			return 0, err
		}
	}
	n := copy(buf, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *bulkPort) Write(ctx context.Context, b []byte) error {
	p.write.Lock()
	defer p.write.Unlock()
	for len(b) > 0 {
		n, err := p.transfer(ctx, p.pipes.Out.Address, b[:min(len(b), p.pipes.Out.Packet)])
		if err != nil {
			return p.broken(ctx, "write to ", err)
		}
		if n <= 0 {
			return offline("write to "+p.address, io.ErrShortWrite)
		}
		b = b[n:]
	}
	return nil
}

// broken is why a transfer ended.
func (p *bulkPort) broken(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return ctx.Err()
	}
	return offline(doing+p.address, err)
}

// transfer moves one packet, however long it takes until ctx ends. An endpoint
// that has halted is let go on a few times.
func (p *bulkPort) transfer(ctx context.Context, endpoint byte, packet []byte) (int, error) {
	halts := 0
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		select {
		case <-p.closed:
			return 0, os.ErrClosed
		default:
		}
		n, err := p.dev.Bulk(endpoint, packet, slice(ctx))
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, syscall.EINTR), errors.Is(err, syscall.EAGAIN):
		case errors.Is(err, syscall.EPIPE) && halts < maxHalts:
			halts++
			if err := p.dev.ClearHalt(endpoint); err != nil {
				return 0, err
			}
		default:
			return 0, err
		}
	}
}

// slice is how long the next transfer may take.
func slice(ctx context.Context) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return max(min(bulkSlice, time.Until(end)), time.Millisecond)
	}
	return bulkSlice
}

// PortState implements Watched: printers have a status byte, others tell nothing.
func (p *bulkPort) PortState(ctx context.Context) (device.State, error) {
	if p.pipes.Class != usb.ClassPrinter {
		return "", nil
	}
	return p.status.state(ctx, p.address, func() (usb.PortStatus, error) { return p.dev.PortStatus(p.pipes.Interface) })
}

// Close implements Port. It waits for the transfers that are under way, gives the
// interface back and lets go of the device.
func (p *bulkPort) Close() error {
	p.once.Do(func() {
		close(p.closed)
		p.read.Lock()
		defer p.read.Unlock()
		p.write.Lock()
		defer p.write.Unlock()
		p.status.end()
		_ = p.dev.Release(p.pipes.Interface) // a device that is gone has nothing to give back
		p.err = p.dev.Close()
		p.lock.release()
	})
	return p.err
}
