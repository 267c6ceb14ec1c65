package agent

import (
	"context"
	"log/slog"
	"net/http"

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

// rollPut begins the count anew for whoever stands at the machine.
func (a *Agent) rollPut(m link.Message) (link.Answer, error) {
	var put link.NewRoll
	if err := m.Into(&put); err != nil {
		return link.Answer{}, err
	}
	_, refused := a.Devices.newRoll(put.Device)
	a.log.Info("paper roll", slog.String("device", put.Device), slog.String("refused", string(refused)))
	switch refused {
	case "":
		return link.Answer{}, nil
	case link.RollUncounted:
		return link.Answer{}, Refuse(http.StatusConflict, "roll.uncounted", "这台打印机没有设置纸卷长度，不估计剩余张数")
	default:
		return link.Answer{}, Refuse(http.StatusNotFound, "device.unknown", "没有这台打印机")
	}
}

// newRoll notes that a full roll was put into the printer with the id. The
// present driver counts it, open or not.
func (ds *Devices) newRoll(id string) (left *int, refused link.RollRefusal) {
	for _, d := range ds.All() {
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
