package counter

import (
	"context"
	"errors"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
)

// trial is a device that a technician tries out.
type trial struct {
	on   string // the device's id
	stop context.CancelCauseFunc
	done chan struct{} // closed once it has ended
}

// errNeeded is why a trial ends before its time: a citizen comes first.
var errNeeded = errors.New("somebody is served now")

// tryShown is what a screen or a keypad shows when it is tried.
var tryShown = device.Desk{Hall: "设备试用", Window: "8", Name: agent.TryText, Number: "A888", Service: "设备试用", Waiting: 88}

// occupied says who is served at the window; empty if nobody is.
func (c *Counter) occupied() string {
	if w, ok := c.window(); ok && w.Ticket != nil {
		return "窗口正在办理 " + w.Ticket.Number + "，请等办完再试"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.card != nil:
		return "读卡器上放着证件，请等办完再试"
	case c.inquiry != nil:
		return "评价屏正在等待群众操作，请稍后再试"
	}
	return ""
}

// try has a device tried out while nobody is served here. Whoever comes
// meanwhile ends it.
func (c *Counter) try(ctx context.Context, d *agent.Device) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t := &trial{on: d.Config.ID, stop: stop, done: make(chan struct{})}
	c.mu.Lock()
	c.trial = t
	c.mu.Unlock()
	defer c.tried(t)
	if why := c.occupied(); why != "" {
		return agent.InUse(why)
	}
	var err error
	switch {
	case agent.Can[device.DeskDisplay](d):
		err = c.tryDesk(ctx, d)
	case d.Info.Class == device.ClassPad:
		err = agent.TryPad(ctx, d)
	default:
		return agent.ErrUnsupported
	}
	if errors.Is(context.Cause(ctx), errNeeded) {
		return agent.InUse("试到一半有群众来办理，设备已让给他用")
	}
	return err
}

// tryDesk shows on a display what stands for a desk, for a moment. The plate
// follows by itself.
func (c *Counter) tryDesk(ctx context.Context, d *agent.Device) error {
	showing, cancel := context.WithTimeout(ctx, showWithin)
	defer cancel()
	if err := d.ShowDesk(showing, tryShown); err != nil {
		return err
	}
	select {
	case <-time.After(agent.TryShown):
	case <-ctx.Done():
	}
	return nil
}

// tried ends a trial, and has the display show the desk again.
func (c *Counter) tried(t *trial) {
	c.mu.Lock()
	c.trial = nil
	delete(c.shown, t.on)
	c.mu.Unlock()
	close(t.done)
	c.lookAgain()
}

// tries tells whether the device with the id is being tried.
func (c *Counter) tries(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trial != nil && c.trial.on == id
}

// endTrial ends the trial, if there is one, and waits until its device is free,
// or ctx ends.
func (c *Counter) endTrial(ctx context.Context) {
	c.mu.Lock()
	t := c.trial
	c.mu.Unlock()
	if t == nil {
		return
	}
	t.stop(errNeeded)
	select {
	case <-t.done:
	case <-ctx.Done():
	}
}
