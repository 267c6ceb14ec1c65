package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// offline adopts a ticket that a kiosk gave while the hall was away. The kiosk
// keeps it until it has the receipt, which follows the commit; sent again it
// changes nothing. A ticket that can never be adopted is received as well, and
// the board shows it: somebody holds its paper.
func (h *Hub) offline(ctx context.Context, s *session, m link.Message) {
	body, err := offlineTicket(s, m)
	if err != nil {
		h.answer(s, m, nil, malformed(err))
		return
	}
	withdrawn, err := h.adopt(ctx, s, body)
	var refusal *queue.Refusal
	switch {
	case err == nil:
		h.conf.Log.Info("offline ticket adopted", slog.String("agent", s.agent), slog.String("ticket", body.Ticket), slog.String("number", body.Number))
	case errors.As(err, &refusal) && (refusal.Code == "ticket.id" || refusal.Code == "key.reused"):
		// It was adopted before: by a kiosk whose spool has been put back since.
		h.conf.Log.Info("offline ticket is known", slog.String("agent", s.agent), slog.String("ticket", body.Ticket))
	case errors.As(err, &refusal) && refusal.Kind != queue.Unavailable:
		h.conf.Log.Error("offline ticket refused", slog.String("agent", s.agent), slog.String("ticket", body.Ticket),
			slog.String("number", body.Number), slog.String("code", refusal.Code))
		h.conf.Registry.Trouble(s.agent, link.TroubleView{
			Code: refusal.Code, Since: h.conf.Core.Now(),
			Detail: fmt.Sprintf("离线号 %s 没有并入排队：%s", body.Number, h.conf.View.Problem(err).Detail),
			Said:   &link.Sentence{Code: "offline.refused", Vars: map[string]string{"number": body.Number, "problem": refusal.Code}},
			Advice: "如持票人还在等候，请为其重新取号",
		})
	default:
		h.conf.Log.Warn("offline ticket not adopted yet", slog.String("agent", s.agent), slog.String("ticket", body.Ticket), slog.Any("cause", err))
		return // the kiosk sends it again
	}
	h.reply(s, m, link.TypeReceived, link.Received{Withdrawn: string(withdrawn)})
}

// maxNumber bounds a ticket's number, in bytes.
const maxNumber = 16

func offlineTicket(s *session, m link.Message) (link.OfflineTicket, error) {
	var body link.OfflineTicket
	if s.role != link.RoleKiosk {
		return body, queue.Refuse(queue.Invalid, "link.unsupported")
	}
	if err := m.Into(&body); err != nil {
		return body, err
	}
	// Its id is all that lets the kiosk be answered, and the ticket be known.
	if body.Ticket == "" || body.Ticket != m.ID || len(body.Replaces) > link.MaxKey || len(body.Number) > maxNumber {
		return body, errFact
	}
	return body, nil
}

// adopt brings the ticket into the queue. If it replaces one that the hall gave
// after all, that one is cancelled and returned: its holder never saw it.
func (h *Hub) adopt(ctx context.Context, s *session, body link.OfflineTicket) (withdrawn queue.TicketID, err error) {
	cmd := queue.AdoptTicket{
		ID: queue.TicketID(body.Ticket), Number: body.Number, Service: queue.ServiceID(body.Service),
		Channel: queue.Channel(body.Channel), Person: view.Person(h.conf.Vault, body.Person), Priority: body.Priority,
		Age: view.Age(body.Person, body.IssuedAt), Kiosk: s.agent, Issued: queue.TimeOf(body.IssuedAt),
	}
	if body.Replaces != "" {
		// Under the key of the command that got no answer, only one of the two is
		// ever done.
		_, err := h.conf.Core.Do(ctx, core.Request{Key: body.Replaces, Actor: s.agent, Command: cmd})
		var refusal *queue.Refusal
		if !errors.As(err, &refusal) || refusal.Code != "key.reused" {
			return "", err
		}
		if withdrawn, err = h.withdraw(ctx, s, cmd); err != nil {
			return "", err
		}
	}
	_, err = h.conf.Core.Do(ctx, core.Request{Key: body.Ticket, Actor: s.agent, Command: cmd})
	return withdrawn, err
}

// withdraw cancels the ticket that the hall gave for the command which cmd
// replaces, and returns it even if it was withdrawn before. One that a clerk
// has called meanwhile is left to the clerk.
func (h *Hub) withdraw(ctx context.Context, s *session, cmd queue.AdoptTicket) (queue.TicketID, error) {
	var given *queue.Ticket
	reason := "由离线号 " + cmd.Number + " 代替"
	h.conf.Core.Read(func(state *queue.State, _ queue.Time) {
		for _, t := range state.Tickets {
			same := t.Kiosk == s.agent && !t.Offline && t.Service == cmd.Service && t.Person.Key == cmd.Person.Key && t.Person.Key != ""
			if same && t.Print == "" && (given == nil || t.Arrival > given.Arrival) {
				found := *t
				given = &found
			}
		}
	})
	if given == nil {
		h.conf.Log.Warn("replaced ticket not found", slog.String("agent", s.agent), slog.String("number", cmd.Number))
		return "", nil
	}
	if given.State != queue.Waiting {
		return given.ID, nil
	}
	_, err := h.conf.Core.Do(ctx, core.Request{Actor: s.agent, Command: queue.Cancel{Ticket: given.ID, Reason: reason}})
	var refusal *queue.Refusal
	if err != nil && (!errors.As(err, &refusal) || refusal.Kind == queue.Unavailable) {
		return "", err
	}
	h.conf.Log.Info("replaced ticket withdrawn", slog.String("agent", s.agent), slog.String("ticket", string(given.ID)), slog.String("by", cmd.Number))
	return given.ID, nil
}

// offlineSeries is what kiosk gives numbers from while the hall is away, nil
// without a series.
func offlineSeries(state *queue.State, kiosk string) *link.OfflineSeriesView {
	if state.Config == nil {
		return nil
	}
	series := state.Config.OfflineSeries(kiosk)
	if series == nil {
		return nil
	}
	return &link.OfflineSeriesView{
		Prefix: series.Prefix, Digits: series.Digits, First: series.First, Last: series.Last,
		Next: max(state.Next[series.ID], series.First), Day: string(state.Day),
	}
}

// skewOf is how far the clock that an agent's heartbeat carries is ahead of
// this machine's; false if it carries none.
func skewOf(heartbeat string, now time.Time) (time.Duration, bool) {
	ms, err := strconv.ParseInt(heartbeat, 10, 64)
	if err != nil || ms <= 0 || ms > maxClock {
		return 0, false
	}
	return time.UnixMilli(ms).Sub(now), true
}

// maxClock is the last instant, in Unix milliseconds, that a clock may show:
// the end of the year 9999.
const maxClock = 253402300799999
