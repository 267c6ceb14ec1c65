package port

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"smarthall/firmware-profiles/engine/port/usb"
	"smarthall/internal/device"
)

// statusWait bounds a question for the port's status. The kernel itself gives a
// printer up after five seconds.
const statusWait = time.Second

// Watched is a Port that tells something of the device's state without a word
// being said on the line.
type Watched interface {
	Port
	// PortState is the state as far as the port tells it, empty if it doesn't. An
	// error wraps device.ErrOffline or is ctx's.
	PortState(ctx context.Context) (device.State, error)
}

// portStatus asks a printer's port for its status, one question at a time. The
// zero value is ready.
type portStatus struct {
	mu     sync.Mutex
	asking bool           // guarded by mu
	closed bool           // guarded by mu
	asked  sync.WaitGroup // the question that hangs; added to with mu held
}

// state is the status as a state. A printer that leaves the question open for
// statusWait tells nothing.
func (p *portStatus) state(ctx context.Context, address string, ask func() (usb.PortStatus, error)) (device.State, error) {
	answers := p.begin(ask)
	if answers == nil {
		return "", nil
	}
	late := time.NewTimer(statusWait)
	defer late.Stop()
	select {
	case a := <-answers:
		if errors.Is(a.err, syscall.ENODEV) {
			return "", offline("ask "+address, a.err)
		}
		if a.err != nil {
			return "", nil // the driver or the printer doesn't know the question
		}
		return stateOf(a.status), nil
	case <-late.C:
		return "", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// portAnswer is the answer to a question for the status.
type portAnswer struct {
	status usb.PortStatus
	err    error
}

// begin asks and returns where the answer comes; nil if the last question still
// hangs or the port is closed.
func (p *portStatus) begin(ask func() (usb.PortStatus, error)) <-chan portAnswer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asking || p.closed {
		return nil
	}
	p.asking = true
	answers := make(chan portAnswer, 1)
	p.asked.Go(func() {
		status, err := ask()
		p.mu.Lock()
		p.asking = false
		p.mu.Unlock()
		answers <- portAnswer{status, err}
	})
	return answers
}

// end lets nobody ask any more and waits for the question that hangs.
func (p *portStatus) end() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.asked.Wait()
}

// stateOf is a port's status as a state. The printer class has printers without
// sensors say NotError and Selected; some clones say nothing but zeros, which is
// taken as no answer. A printer with an error that isn't about paper is faulty;
// so is one that is switched off-line at its key.
func stateOf(s usb.PortStatus) device.State {
	switch {
	case s&usb.NoPaper != 0:
		return device.PaperEnd
	case s&(usb.NotError|usb.Selected) == 0:
		return ""
	case s&usb.NotError == 0, s&usb.Selected == 0:
		return device.Fault
	default:
		return device.Online
	}
}

// pause lets d pass.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
