package agent

import (
	"context"
	"log/slog"

	"smarthall/internal/link"
)

// resetRoll begins the count of a printer's paper anew, as the hall orders for
// somebody who has put a roll in, and tells the hall what became of it.
func (a *Agent) resetRoll(m link.Message) {
	var ask link.RollReset
	if err := m.Into(&ask); err != nil || ask.Order == "" {
		a.log.Error("order about a paper roll unreadable", slog.Any("err", err))
		return
	}
	done := link.RollCounted{Order: ask.Order, Device: ask.Device}
	if a.Client.Now().After(ask.Expires) {
		done.Refused = link.RollLate
	} else {
		done.PaperLeft, done.Refused = a.Devices.newRoll(ask.Device)
	}
	a.log.Info("paper roll", slog.String("device", ask.Device), slog.String("refused", string(done.Refused)))
	a.Client.tell(link.TypeRollCounted, done)
}

// newRoll notes that a full roll was put into the printer with the id. The
// present driver counts it, open or not.
func (ds *Devices) newRoll(id string) (left *int, refused link.RollRefusal) {
	for _, d := range ds.list {
		if d.Config.ID != id {
			continue
		}
		d.mu.Lock()
		m, ok := d.dev.(*meter)
		d.mu.Unlock()
		switch {
		case !ok:
			return nil, link.RollNoPrinter
		case !m.NewRoll(context.Background()): // bounded by rollTimeout
			return nil, link.RollUncounted
		}
		ds.Tell(id) // a printer that doesn't run tells nothing itself
		return m.PaperLeft(), ""
	}
	return nil, link.RollNoPrinter
}
