package uplink_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/uplink"
)

func TestAnAppointmentOfThePlatformIsBookedMovedAndGivenUp(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	p.say("e1", "appointment.booked", "a1", booking("a1", 2*time.Hour))
	eventually(t, "the booking", func() bool { _, ok := f.appointment("a1"); return ok })
	a, _ := f.appointment("a1")
	if a.State != queue.AppointmentBooked || a.Service != "tax" || a.Code != "code-a1" || a.Via != "portal" || !a.From.Std().Equal(opening.Add(2*time.Hour)) || a.Person.Name != "王*" {
		t.Errorf("got %+v", a)
	}
	for kind, number := range map[string]string{"id": idNumber, "phone": phone} {
		f.core.Read(func(s *queue.State, _ queue.Time) {
			if found := s.AppointmentsOf(vault.Key(kind, number)); len(found) != 1 || found[0].ID != "a1" {
				t.Errorf("by %s: found %v", kind, found)
			}
		})
	}
	p.say("e2", "appointment.moved", "a1", booking("a1", 3*time.Hour))
	eventually(t, "the move", func() bool { a, _ := f.appointment("a1"); return a.From.Std().Equal(opening.Add(3 * time.Hour)) })
	p.say("e3", "appointment.cancelled", "a1", map[string]any{"id": "a1", "reason": "改天再来"})
	eventually(t, "the cancellation", func() bool { a, _ := f.appointment("a1"); return a.State == queue.AppointmentCancelled })
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	eventually(t, "the window", func() bool { return len(p.all("window.opened")) == 1 })
	if echo := p.all("appointment."); len(echo) != 0 {
		t.Errorf("the platform is told what it said: %v", types(echo))
	}
}

func TestWhatBecameOfAnAppointmentGoesUp(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	for i, id := range []string{"a1", "a2", "a3", "a4"} {
		b := booking(id, 10*time.Minute)
		b["person"] = map[string]any{"name": name, "phone": "1380013800" + string(rune('0'+i))}
		p.say("e"+id, "appointment.booked", id, b)
	}
	eventually(t, "the bookings", func() bool { _, ok := f.appointment("a4"); return ok })
	f.do(queue.CheckIn{Appointment: "a1", ID: "t1"})
	f.do(queue.CheckIn{Appointment: "a2", ID: "t2"})
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	f.do(queue.CallTicket{Window: "4", Ticket: "t1"})
	f.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: "t1", Window: "4"})
	f.do(queue.Finish{Ticket: "t1", Window: "4"})
	f.do(queue.CancelAppointment{Appointment: "a4", Reason: "电话取消"})
	f.do(queue.BookAppointment{Appointment: queue.Appointment{
		ID: "local", Service: "tax", From: queue.TimeOf(opening.Add(time.Hour)), To: queue.TimeOf(opening.Add(2 * time.Hour)), Via: "kiosk",
		Person: queue.Person{Key: "hash", Name: "李*"}, Keys: []string{"hash"},
	}})
	f.do(queue.EndDay{})
	eventually(t, "the day's end", func() bool { return len(p.all("day.ended")) == 1 })
	got := map[string]string{}
	for _, e := range p.all("appointment.") {
		got[e.Subject] += strings.TrimPrefix(e.Type, "appointment.") + " "
		if strings.Contains(string(e.Data), "hash") || strings.Contains(string(e.Data), "李") {
			t.Errorf("a person went up: %s", e.Data)
		}
	}
	for id, want := range map[string]string{
		"a1": "checked-in served ", "a2": "checked-in unserved ", "a3": "missed ", "a4": "cancelled ", "local": "booked missed ",
	} {
		if got[id] != want {
			t.Errorf("%s: got %q, want %q", id, got[id], want)
		}
	}
}

func TestWhatTheHallRefusesGoesBackWithTheReason(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	p.say("b1", "appointment.booked", "used", booking("used", 10*time.Minute))
	eventually(t, "the booking", func() bool { _, ok := f.appointment("used"); return ok })
	f.do(queue.CheckIn{Appointment: "used", ID: "t1"})
	other := booking("other", time.Hour)
	other["code"] = "code-used"
	unknown := booking("unknown", time.Hour)
	unknown["service"] = "no such service'; DROP TABLE log;--"
	long := booking("long", time.Hour)
	long["via"] = strings.Repeat("很", 10_000)
	for event, c := range map[string]struct {
		kind, subject string
		body          any
		want          string
	}{
		"e-past":      {"appointment.booked", "past", booking("past", -48*time.Hour), "appointment.past"},
		"e-unknown":   {"appointment.booked", "unknown", unknown, "service.unknown"},
		"e-code":      {"appointment.booked", "other", other, "appointment.code"},
		"e-slot":      {"appointment.booked", "far", booking("far", 500*24*time.Hour), "appointment.slot"},
		"e-long":      {"appointment.booked", "long", long, "person.invalid"},
		"e-moved":     {"appointment.moved", "used", booking("used", 2*time.Hour), "appointment.used"},
		"e-cancelled": {"appointment.cancelled", "used", map[string]any{"id": "used"}, "appointment.used"},
		"e-nobody":    {"appointment.cancelled", "nobody", map[string]any{"id": "nobody"}, "appointment.unknown"},
		"e-text":      {"appointment.booked", "text", "<script>", "event.invalid"},
		"e-empty":     {"appointment.booked", "", map[string]any{}, "event.invalid"},
		"e-other-id":  {"appointment.booked", "mine", booking("used", 2*time.Hour), "event.invalid"},
		"e-no-id":     {"appointment.cancelled", "used", map[string]any{}, "event.invalid"},
	} {
		before := f.core.Seq()
		refusals := len(p.all("appointment.refused"))
		p.say(event, c.kind, c.subject, c.body)
		eventually(t, event+" was refused", func() bool { return len(p.all("appointment.refused")) == refusals+1 })
		e := p.all("appointment.refused")[refusals]
		var body struct{ Appointment, Event, Type, Reason string }
		if err := json.Unmarshal(e.Data, &body); err != nil {
			t.Fatal(err)
		}
		if body.Reason != c.want || body.Event != event || body.Type != c.kind || body.Appointment != c.subject || e.ID != "east-refused-"+event {
			t.Errorf("%s: got %+v under %s, want %s", event, body, e.ID, c.want)
		}
		if f.core.Seq() != before {
			t.Errorf("%s changed the hall", event)
		}
	}
	if a, _ := f.appointment("used"); a.State != queue.AppointmentCheckedIn || a.Ticket != "t1" {
		t.Errorf("got %+v", a)
	}
}

func TestWhatIsNoEventIsSkippedAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	p.raw("x", "r1", []byte("not JSON"))
	p.raw("x", "r2", []byte(`{"type":"appointment.booked"}`))
	p.raw("x", "r3", []byte(`{"id":"`+strings.Repeat("x", 1000)+`","type":"x"}`))
	p.raw("x", "r4", []byte(`[1,2,3]`))
	p.say("r5", "of.a-newer-platform", "s", map[string]any{"a": 1})
	p.say("r6", "item.published", "i", "no item")
	p.say("r7", "item.published", strings.Repeat("x", 200), map[string]any{"name": "n"})
	p.say("r7a", "item.published", "", map[string]any{"name": "n"})
	p.say("r7b", "item.published", "i", map[string]any{"name": "n", "materials": []any{7}})
	p.say("r8", "item.withdrawn", "", nil)
	p.say("r9", "range.granted", "n", map[string]any{"name": "n", "first": 9, "last": 1})
	p.say("e1", "appointment.booked", "a1", booking("a1", time.Hour))
	eventually(t, "the booking behind it all", func() bool { _, ok := f.appointment("a1"); return ok })
	if list, err := f.store.Items(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("items %v, %v", list, err)
	}
}

// crashing fails to keep that an event was taken, once: the hall did it and
// died.
type crashing struct {
	*store.Store
	crashes *atomic.Int32
}

func (c crashing) SaveDown(ctx context.Context, d *store.Down) error {
	if d.ID != "" && c.crashes.Add(-1) >= 0 {
		return errors.New("crash")
	}
	return c.Store.SaveDown(ctx, d)
}

func TestAnEventIsDoneOnceHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	f.stop()
	var crashes atomic.Int32
	crashes.Store(2)
	f.spoil = func(s *store.Store) uplink.Store { return crashing{s, &crashes} }
	f.start()
	p.say("e1", "appointment.booked", "a1", booking("a1", time.Hour))
	eventually(t, "the booking", func() bool { _, ok := f.appointment("a1"); return ok })
	seq := f.core.Seq()
	eventually(t, "it is noted at last", func() bool { taken, err := f.store.Taken(t.Context(), "e1"); return taken && err == nil })
	// The platform's bus forgot that it had the event: it comes again.
	data, err := json.Marshal(uplink.Event{ID: "e1", Type: "appointment.booked", Subject: "a1", At: opening, Data: json.RawMessage(`{"id":"other"}`)})
	if err != nil {
		t.Fatal(err)
	}
	p.raw("appointment.booked", "e1-again", data)
	f.restart()
	p.say("e2", "appointment.cancelled", "a1", map[string]any{"id": "a1"})
	eventually(t, "the cancellation", func() bool { a, _ := f.appointment("a1"); return a.State == queue.AppointmentCancelled })
	if got := f.core.Seq(); got != seq+1 {
		t.Errorf("the log grew from %d to %d records", seq, got)
	}
	if refused := p.all("appointment.refused"); len(refused) != 0 {
		t.Errorf("refused: %v", refused)
	}
}

func TestAnEventWaitsForAHallThatCannotTakeItNow(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	f.set(opening.Add(-24 * time.Hour)) // the clock went back a day: commands are refused
	p.say("e1", "appointment.booked", "a1", booking("a1", time.Hour))
	time.Sleep(300 * time.Millisecond)
	if _, ok := f.appointment("a1"); ok || len(p.all("appointment.refused")) != 0 {
		t.Fatal("the hall took or refused it")
	}
	f.set(opening)
	eventually(t, "the booking", func() bool { _, ok := f.appointment("a1"); return ok })
}
