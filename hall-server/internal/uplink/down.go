package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/bus"
	"smarthall/internal/link"
)

// bookedDown is the body of appointment.booked and appointment.moved: the whole
// appointment as it is now.
type bookedDown struct {
	ID      string      `json:"id"`
	Code    string      `json:"code"`
	Service string      `json:"service"`
	From    time.Time   `json:"from"`
	To      time.Time   `json:"to"`
	Via     string      `json:"via"`
	Person  link.Person `json:"person"`
}

// cancelledDown is the body of appointment.cancelled.
type cancelledDown struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// refusedBody is what goes up when the hall can't do what came down.
type refusedBody struct {
	Appointment string `json:"appointment"`
	// Event and Type are those of the event that was refused.
	Event string `json:"event"`
	Type  string `json:"type"`
	// Reason is the code of the refusal, such as appointment.past.
	Reason string `json:"reason"`
}

// reasonInvalid is the reason when an event can't be read.
const reasonInvalid = "event.invalid"

// take takes one message of the platform, once, whatever comes. An error
// brings it again.
func (s *Service) take(ctx context.Context, b *bus.Bus, m bus.Message) error {
	down := &store.Down{At: time.Now(), Epoch: m.Cursor.Epoch, Seq: m.Cursor.Seq}
	if m.Lost > 0 {
		return s.lost(ctx, b, m, down)
	}
	var e Event
	if err := json.Unmarshal(m.Data, &e); err != nil || e.ID == "" || e.Type == "" || len(e.ID) > maxID {
		// It never gets better. Its place is kept so that the rest goes on.
		s.conf.Log.Error("the platform said something that is no event", slog.Uint64("seq", m.Cursor.Seq), slog.Any("error", err))
		s.count("invalid")
		return s.conf.Store.SaveDown(ctx, down)
	}
	again, err := s.conf.Store.Taken(ctx, e.ID)
	if err != nil {
		return err
	}
	down.ID = e.ID
	outcome := "again"
	if !again {
		if outcome, err = s.do(ctx, b, &e, down); err != nil {
			s.conf.Log.Warn("an event of the platform waits", slog.String("type", e.Type), slog.String("event", e.ID), slog.Any("error", err))
			return err
		}
	}
	if err := s.conf.Store.SaveDown(ctx, down); err != nil {
		return err
	}
	s.count(outcome)
	if down.Item != nil || down.Gone != "" {
		return s.conf.Items.load(ctx)
	}
	return nil
}

// maxID bounds the id of an event, in bytes.
const maxID = 100

// do does what e asks for, or notes it in down, and returns what became of it.
func (s *Service) do(ctx context.Context, b *bus.Bus, e *Event, down *store.Down) (string, error) {
	switch e.Type {
	case "appointment.booked", "appointment.moved":
		return s.appointment(ctx, b, e, s.book)
	case "appointment.cancelled":
		return s.appointment(ctx, b, e, s.cancel)
	case "item.published":
		item, err := readItem(e.Subject, e.Data, s.conf.Platform.Hall)
		if err != nil {
			return s.skip(e, err), nil
		}
		down.Item = item
	case "item.suspended", "item.withdrawn", "item.cancelled":
		if down.Gone = e.Subject; e.Subject == "" {
			return s.skip(e, errors.New("no subject")), nil
		}
	case typeArticlePublished:
		article, err := readArticle(e.Subject, e.Data)
		if err != nil {
			return s.skip(e, err), nil
		}
		down.Article = article
	case typeArticleWithdrawn:
		if down.ArticleGone = e.Subject; e.Subject == "" {
			return s.skip(e, errors.New("no subject")), nil
		}
	case typeMissed:
		return s.missed(ctx, e)
	case typeRangeGranted:
		granted, err := readRange(e.Data)
		if err != nil {
			return s.skip(e, err), nil
		}
		down.Range = granted
	default:
		return "ignored", nil // of a newer platform
	}
	return "down", nil
}

// skip notes an event that can't be read; it never gets better.
func (s *Service) skip(e *Event, err error) string {
	s.conf.Log.Error("an event of the platform can't be read", slog.String("type", e.Type), slog.String("event", e.ID), slog.Any("error", err))
	return "invalid"
}

// appointment lets change try e in the queue. What the hall refuses goes back
// up, before e is marked as taken, under an id that stays the same.
func (s *Service) appointment(ctx context.Context, b *bus.Bus, e *Event, change func(context.Context, *Event) error) (string, error) {
	err := change(ctx, e)
	var refusal *queue.Refusal
	switch {
	case err == nil:
		return "down", nil
	case !errors.As(err, &refusal), refusal.Kind == queue.Unavailable:
		return "", err
	}
	s.conf.Log.Warn("an appointment of the platform is refused", slog.String("type", e.Type), slog.String("event", e.ID), slog.String("reason", refusal.Code))
	return "refused", s.publishTo(ctx, b, Event{
		ID: s.conf.Platform.Hall + "-refused-" + e.ID, Type: "appointment.refused", Subject: e.Subject, At: s.conf.Now(),
		Data: encode(refusedBody{Appointment: e.Subject, Event: e.ID, Type: e.Type, Reason: refusal.Code}),
	})
}

// command runs cmd under e's id: once, however often e comes.
func (s *Service) command(ctx context.Context, e *Event, cmd queue.Command) error {
	_, err := s.conf.Queue.Do(ctx, core.Request{Key: e.ID, Actor: actorPlatform, Command: cmd})
	if err != nil {
		return fmt.Errorf("%s: %w", e.Type, err)
	}
	return nil
}

// book brings an appointment into the queue as the platform has it now.
func (s *Service) book(ctx context.Context, e *Event) error {
	var in bookedDown
	if err := json.Unmarshal(e.Data, &in); err != nil || in.ID == "" || in.ID != e.Subject {
		return queue.Refuse(queue.Invalid, reasonInvalid)
	}
	a := queue.Appointment{
		ID: queue.AppointmentID(in.ID), Code: in.Code, Service: queue.ServiceID(in.Service), From: queue.TimeOf(in.From), To: queue.TimeOf(in.To),
		Person: view.Person(s.conf.Vault, in.Person), Keys: view.PersonKeys(s.conf.Vault, in.Person), Via: in.Via,
	}
	if err := s.command(ctx, e, queue.ImportAppointments{List: []queue.Appointment{a}}); err != nil {
		return err
	}
	return s.booked(&a)
}

// booked refuses what an import passes over in silence: days that are over, and
// appointments that are used or given up.
func (s *Service) booked(a *queue.Appointment) (err error) {
	s.conf.Queue.Read(func(state *queue.State, _ queue.Time) {
		has := state.Appointments[a.ID]
		switch {
		case has == nil:
			err = queue.Refuse(queue.Conflict, "appointment.past")
		case has.From != a.From || has.To != a.To || has.Service != a.Service || has.State == queue.AppointmentCancelled:
			err = queue.Refuse(queue.Conflict, "appointment.used")
		}
	})
	return err
}

// cancel gives an appointment up.
func (s *Service) cancel(ctx context.Context, e *Event) error {
	var in cancelledDown
	if err := json.Unmarshal(e.Data, &in); err != nil || in.ID == "" || in.ID != e.Subject {
		return queue.Refuse(queue.Invalid, reasonInvalid)
	}
	return s.command(ctx, e, queue.CancelAppointment{Appointment: queue.AppointmentID(in.ID), Reason: in.Reason})
}
