package counter

import (
	"context"
	"log/slog"
	"reflect"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

const (
	// showWithin bounds showing the desk on one display, showAgain is how often
	// one that didn't confirm is tried again.
	showWithin = 3 * time.Second
	showAgain  = 20 * time.Second
	// maxGuides is how many services a name plate explains.
	maxGuides = 24
)

// desk is the window for those who look at a display of it.
func (c *Counter) desk() device.Desk {
	hall, _ := c.agent.Hall()
	w, ok := c.window()
	if !ok {
		return device.Desk{Hall: hall.Hall.Name, Window: c.own}
	}
	d := device.Desk{Hall: hall.Hall.Name, Window: w.Number, Name: w.Name, Notices: hall.Hall.Notices}
	if w.State != link.WindowSignedOut {
		d.Clerk = w.Clerk
	}
	if isPaused(w) {
		d.Paused = w.Text
	}
	if w.Ticket != nil {
		d.Number, d.Service, d.Serving = w.Ticket.Number, w.Ticket.ServiceName, w.Ticket.State == stateServing
	}
	if hall.Queue != nil {
		d.Waiting = hall.Queue.Total
	}
	for _, s := range hall.Services {
		if len(s.Materials) > 0 && contains(w.Services, s.ID) && len(d.Guides) < maxGuides {
			d.Guides = append(d.Guides, device.Guide{Service: s.Name, Materials: s.Materials})
		}
	}
	return d
}

// contains tells whether a window serves a service; one that names none serves
// all.
func contains(services []string, id string) bool {
	for _, s := range services {
		if s == id {
			return true
		}
	}
	return len(services) == 0
}

// deviceChanged has a display that came back shown the desk again.
func (c *Counter) deviceChanged(v link.DeviceView) {
	c.mu.Lock()
	delete(c.shown, v.ID)
	c.mu.Unlock()
	c.lookAgain()
}

// lookAgain has the displays follow the desk.
func (c *Counter) lookAgain() {
	select {
	case c.moved <- struct{}{}:
	default:
	}
}

// showAll keeps the desk on every display until ctx ends.
func (c *Counter) showAll(ctx context.Context) {
	tick := time.NewTicker(showAgain)
	defer tick.Stop()
	for {
		c.forgetOld()
		if c.occupied() != "" {
			c.endTrial(ctx)
		}
		desk := c.desk()
		for _, d := range c.agent.Devices.All() {
			if agent.Can[device.DeskDisplay](d) {
				c.show(ctx, d, desk)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-c.moved:
		case <-tick.C:
		}
	}
}

// show shows the desk on one display, unless it does already.
func (c *Counter) show(ctx context.Context, d *agent.Device, desk device.Desk) {
	if c.tries(d.Config.ID) {
		return
	}
	c.mu.Lock()
	old, known := c.shown[d.Config.ID]
	c.shown[d.Config.ID] = desk // before: a change of state meanwhile forgets it
	c.mu.Unlock()
	if known && reflect.DeepEqual(old, desk) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, showWithin)
	defer cancel()
	if err := d.ShowDesk(ctx, desk); err != nil {
		c.log.Debug("desk not shown", slog.String("device", d.Config.ID), slog.Any("err", err))
		c.mu.Lock()
		delete(c.shown, d.Config.ID)
		c.mu.Unlock()
	}
}
