package scanner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// line is where a scanner's bytes come from. A port.Port is one.
type line interface {
	Read(ctx context.Context, buf []byte) (int, error)
	Close() error
}

// openLine opens the scanner's port: an input device if the model types, else
// a serial line. A tcp:// address passes the same bytes of either.
func openLine(ctx context.Context, p *profile.Profile, cfg device.Config) (line, error) {
	if !types(p) || strings.HasPrefix(cfg.Port, "tcp://") {
		return engine.OpenPort(ctx, p, cfg)
	}
	l, err := openInput(cfg.Port)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Port, err)
	}
	return l, nil
}

// types tells whether the model is a keyboard to the machine.
func types(p *profile.Profile) bool {
	_, ok := p.Transport(profile.Input)
	return ok
}

// evIOCGrab is EVIOCGRAB of linux/input.h, _IOW('E', 0x90, int).
const evIOCGrab = 0x40044590

// inputDevice is an input device of Linux, taken for this program alone.
type inputDevice struct{ f *os.File }

// openInput opens an input device and grabs it, so that what is scanned isn't
// typed into the page in front, too. What isn't an input device can't be
// grabbed and is read all the same: its bytes tell.
func openInput(path string) (*inputDevice, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, away("open input device", err)
	}
	conn, err := f.SyscallConn()
	if err == nil {
		var failed error
		if err = conn.Control(func(fd uintptr) { failed = unix.IoctlSetInt(int(fd), evIOCGrab, 1) }); err == nil {
			err = failed
		}
	}
	switch {
	case err == nil, errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EINVAL):
		return &inputDevice{f}, nil
	case errors.Is(err, unix.EBUSY):
		err = fmt.Errorf("grab input device: %w", port.ErrBusy)
	default:
		err = away("grab input device", err)
	}
	_ = f.Close() // the first error counts
	return nil, err
}

// away wraps the cause of a device that isn't there.
func away(doing string, cause error) error {
	return device.Temporary(fmt.Errorf("%s: %w: %w", doing, device.ErrOffline, cause))
}

// Read implements line. The deadline is set back before the next wait, after
// the function that AfterFunc started is known to be over.
func (d *inputDevice) Read(ctx context.Context, buf []byte) (int, error) {
	if err := d.f.SetReadDeadline(time.Time{}); err != nil {
		return 0, away("read input device", err)
	}
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(fired)
		_ = d.f.SetReadDeadline(time.Unix(1, 0)) // fails only on a closed file, which ends the read too
	})
	n, err := d.f.Read(buf)
	if !stop() {
		<-fired
	}
	switch {
	case n > 0:
		return n, nil
	case ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded):
		return 0, ctx.Err()
	default:
		return 0, away("read input device", err)
	}
}

// Close lets go of the device; the kernel ends the grab.
func (d *inputDevice) Close() error { return d.f.Close() }
