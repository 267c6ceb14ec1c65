package webhook_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/webhook"
)

func TestEventsComeSignedOnceAndInOrder(t *testing.T) {
	f := newFixture(t, quick)
	r := newReceiver(t, nil)
	f.log.call(900) // before the registration: nobody's business
	_, secret := f.register(r.URL)
	for n := 1; n <= 30; n++ {
		f.log.call(n)
	}
	f.eventually("30 deliveries", func() bool { return len(r.taken()) == 30 })
	r.wantNumbers(t, 30)
	if n := len(r.seen()); n != 30 {
		t.Errorf("%d requests for 30 events", n)
	}
	for _, d := range r.seen() {
		at := time.Unix(seconds(t, d.timestamp), 0)
		if time.Since(at).Abs() > time.Minute {
			t.Errorf("sent at %s", d.timestamp)
		}
		if want := secret.Sign(d.id, at, d.body); d.signature != want {
			t.Errorf("%s: got signature %s, want %s", d.id, d.signature, want)
		}
	}
}

func TestWhatADeliverySays(t *testing.T) {
	f := newFixture(t, quick)
	r := newReceiver(t, nil)
	f.register(r.URL)
	f.log.call(1)
	f.log.add(core.Answer{Window: &queue.Window{ID: "4", Staff: "li", StaffName: "李敏", Paused: true, Text: "稍候"}}, queue.WindowPaused{Window: "4", Text: "稍候"})
	f.log.add(core.Answer{}, queue.DayEnded{Day: day}, queue.TicketExpired{Ticket: "nobody"})
	f.eventually("4 deliveries", func() bool { return len(r.taken()) == 4 })
	got := r.taken()
	called := got[0].event
	if called.Type != "ticket.called" || called.Seq != 1 || called.Day != string(day) || !called.At.Equal(opening) {
		t.Errorf("got %+v", called)
	}
	if v := called.Ticket; v.ID != "t1" || v.State != "called" || v.Window != "4" || v.Name != "王*" || v.ServiceName != "涉税业务办理" || v.Day != string(day) {
		t.Errorf("got ticket %+v", v)
	}
	if called.Reason == nil || called.Reason.Candidates != 3 || called.Reason.Text == "" {
		t.Errorf("got reason %+v", called.Reason)
	}
	if w := got[1].event.Window; w == nil || w.ID != "4" || w.Text != "稍候" || w.State != "paused" {
		t.Errorf("got window %+v", w)
	}
	if e := got[2].event; e.Type != "day.ended" || e.Ticket != nil || e.Window != nil {
		t.Errorf("got %+v", e)
	}
	if e := got[3].event; e.Type != "ticket.expired" || e.Ticket != nil || e.Seq != got[2].event.Seq {
		t.Errorf("got %+v", e)
	}
	for _, d := range got {
		if strings.Contains(string(d.body), "secret-hash") {
			t.Errorf("a person's key went out: %s", d.body)
		}
	}
}

func TestWhatIsSaidOfAppointments(t *testing.T) {
	f := newFixture(t, quick)
	r := newReceiver(t, nil)
	f.register(r.URL, "appointments.put", "appointment.ended")
	booked := queue.Appointment{
		ID: "a1", Code: "8321", Service: "tax", Day: day, From: queue.TimeOf(opening), To: queue.TimeOf(opening.Add(time.Hour)),
		Person: queue.Person{Key: "secret-hash", Name: "王*"}, Keys: []string{"secret-hash"}, State: queue.AppointmentBooked,
	}
	f.log.put(booked)
	f.log.add(core.Answer{}, queue.AppointmentsPut{List: []queue.Appointment{booked}})
	f.log.add(core.Answer{}, queue.AppointmentEnded{Appointment: "a1", State: queue.AppointmentMissed})
	f.log.add(core.Answer{}, queue.AppointmentEnded{Appointment: "forgotten", State: queue.AppointmentServed})
	f.eventually("3 deliveries", func() bool { return len(r.taken()) == 3 })
	got := r.taken()
	put, ended, forgotten := got[0].event.Appointments, got[1].event.Appointment, got[2].event.Appointment
	if len(put) != 1 || put[0].ID != "a1" || put[0].State != "booked" || !put[0].From.Equal(opening) || put[0].ServiceName != "涉税业务办理" {
		t.Errorf("got %+v", put)
	}
	if ended == nil || ended.ID != "a1" || ended.State != "missed" || ended.Name != "王*" {
		t.Errorf("got %+v", ended)
	}
	if forgotten == nil || forgotten.ID != "forgotten" || forgotten.State != "served" {
		t.Errorf("got %+v", forgotten)
	}
	for _, d := range got {
		if strings.Contains(string(d.body), "secret-hash") {
			t.Errorf("a person's key went out: %s", d.body)
		}
	}
}

func TestOnlyWantedEventsAreSent(t *testing.T) {
	f := newFixture(t, quick)
	r := newReceiver(t, nil)
	f.register(r.URL, "ticket.called", "day.ended")
	f.log.add(core.Answer{}, queue.WindowSignedIn{Window: "4", Staff: "li"})
	f.log.call(1)
	f.log.add(core.Answer{}, queue.WindowSignedOut{Window: "4"}, queue.DayEnded{Day: day}, queue.DayOpened{Day: "2026-11-24"})
	f.eventually("2 deliveries", func() bool { return len(r.taken()) == 2 })
	got := r.taken()
	if got[0].event.Type != "ticket.called" || got[1].event.Type != "day.ended" {
		t.Errorf("got %s, %s", got[0].event.Type, got[1].event.Type)
	}
}

// flaky answers like a receiver that has every trouble there is.
func flaky(random *rand.Rand) func(int, http.ResponseWriter, *http.Request) bool {
	draws := make(chan int, 4096)
	for range cap(draws) {
		draws <- random.IntN(12)
	}
	return func(_ int, w http.ResponseWriter, r *http.Request) bool {
		switch <-draws {
		case 0, 1:
			return refuse(w, http.StatusInternalServerError)
		case 2:
			return refuse(w, http.StatusServiceUnavailable)
		case 3: // no answer in time
			<-r.Context().Done()
			return false
		case 4: // the line breaks without an answer
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
			return false
		case 5: // slow, but in time
			time.Sleep(20 * time.Millisecond)
		case 6: // takes it, and talks on and on
			_, _ = w.Write([]byte(strings.Repeat("x", 1<<20)))
		}
		return true
	}
}

func TestAFlakyReceiverMissesNothing(t *testing.T) {
	f := newFixture(t, quick)
	r := newReceiver(t, flaky(rand.New(rand.NewPCG(1, 2))))
	good := newReceiver(t, nil)
	id, _ := f.register(r.URL)
	f.register(good.URL)
	const n = 60
	for i := 1; i <= n; i++ {
		f.log.call(i)
	}
	f.eventually("the good receiver was not held up", func() bool { return len(good.taken()) == n })
	f.eventually("every event", func() bool { return len(r.taken()) == n })
	r.wantNumbers(t, n)
	good.wantNumbers(t, n)
	f.eventually("nothing is pending", func() bool {
		status, _ := f.status(id)
		return status.Pending == 0 && status.State == webhook.Active
	})
	if status, _ := f.status(id); status.LastSuccess.IsZero() || status.LastFailure.IsZero() || status.Failure == "" {
		t.Errorf("got %+v", status)
	}
}

func TestRestartsLoseNothingAndKeepTheOrder(t *testing.T) {
	f := newFixture(t, quick)
	random := rand.New(rand.NewPCG(3, 4))
	r := newReceiver(t, flaky(random))
	f.register(r.URL)
	const n = 80
	for i := 1; i <= n; i++ {
		f.log.call(i)
		if i%10 == 0 {
			want := len(r.taken()) + random.IntN(5)
			f.eventually("some deliveries", func() bool { return len(r.taken()) >= min(want, i) })
			f.stop()
			f.start()
		}
	}
	f.eventually("every event", func() bool { return len(r.taken()) == n })
	r.wantNumbers(t, n)
	f.stop()
	f.start()
	f.log.call(n + 1)
	f.eventually("the next event", func() bool { return len(r.taken()) == n+1 })
	if seen := r.seen(); seen[len(seen)-1].event.Ticket.Number != "C081" {
		t.Error("a clean restart repeated what was delivered")
	}
}

// forgetful loses what it is told to save, as a crash does.
type forgetful struct {
	*store.Store
}

func (forgetful) SaveWebhook(context.Context, string, store.WebhookProgress) error { return nil }

func TestACrashRepeatsUnderTheSameIDs(t *testing.T) {
	f := newFixture(t, quick)
	r := newReceiver(t, nil)
	f.stop()
	f.spoil = func(s *store.Store) webhook.Store { return forgetful{s} }
	f.start()
	f.register(r.URL)
	for i := 1; i <= 20; i++ {
		f.log.call(i)
	}
	f.eventually("every event", func() bool { return len(r.taken()) == 20 })
	f.stop()
	f.spoil = nil
	f.start()
	f.eventually("every event again", func() bool { return len(r.seen()) == 40 })
	r.wantNumbers(t, 20)
}

// failing can't read the log until it is told otherwise.
type failing struct {
	*store.Store
	broken atomic.Bool
}

func (f *failing) Records(ctx context.Context, seq uint64, limit int) ([]core.Record, error) {
	if f.broken.Load() {
		return nil, errors.New("disk is away")
	}
	return f.Store.Records(ctx, seq, limit)
}

func TestADatabaseThatFailsForAWhileLosesNothing(t *testing.T) {
	f := newFixture(t, quick)
	r := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool { return refuse(w, 500) })
	f.register(r.URL)
	for i := 1; i <= 20; i++ {
		f.log.call(i)
	}
	f.stop()
	bad := &failing{}
	bad.broken.Store(true)
	f.spoil = func(s *store.Store) webhook.Store { bad.Store = s; return bad }
	r.mu.Lock()
	r.all, r.answer = nil, nil
	r.mu.Unlock()
	f.start()
	time.AfterFunc(50*time.Millisecond, func() { bad.broken.Store(false) })
	f.eventually("every event", func() bool { return len(r.taken()) == 20 })
	r.wantNumbers(t, 20)
}

func TestPendingIsTheSameFromMemoryAndFromTheDatabase(t *testing.T) {
	f := newFixture(t, webhook.Pace{Timeout: time.Second, First: time.Hour, Most: time.Hour})
	r := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool { return refuse(w, 500) })
	all, _ := f.register(r.URL)
	calls, _ := f.register(r.URL, "ticket.called")
	want := func(nAll, nCalls int) {
		t.Helper()
		if got, _ := f.status(all); got.Pending != nAll {
			t.Errorf("all: got %d pending, want %d", got.Pending, nAll)
		}
		if got, _ := f.status(calls); got.Pending != nCalls {
			t.Errorf("calls: got %d pending, want %d", got.Pending, nCalls)
		}
	}
	f.log.add(core.Answer{}, queue.DayEnded{Day: day}, queue.DayOpened{Day: day})
	for i := 1; i <= 5; i++ {
		f.log.call(i)
	}
	f.eventually("both have tried", func() bool { return len(r.seen()) == 2 })
	want(7, 5)
	for i := 6; i <= 20; i++ { // out of the ring
		f.log.call(i)
	}
	want(22, 20)
}

func TestAReceiverThatIsGoneIsForgotten(t *testing.T) {
	f := newFixture(t, quick)
	r := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) bool {
		return n == 0 || refuse(w, http.StatusGone)
	})
	id, _ := f.register(r.URL)
	f.log.call(1)
	f.log.call(2)
	f.eventually("the webhook is removed", func() bool {
		_, there := f.status(id)
		return !there
	})
	f.stop()
	f.start()
	if _, there := f.status(id); there || len(r.seen()) != 2 {
		t.Errorf("still there: %v, %d requests", there, len(r.seen()))
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	f := newFixture(t, quick)
	secret := newReceiver(t, nil)
	r := newReceiver(t, func(_ int, w http.ResponseWriter, req *http.Request) bool {
		http.Redirect(w, req, secret.URL, http.StatusTemporaryRedirect)
		return false
	})
	id, _ := f.register(r.URL)
	f.log.call(1)
	f.eventually("a failure", func() bool {
		status, _ := f.status(id)
		return status.Failure == string(webhook.FailedRedirect) && status.Status == http.StatusTemporaryRedirect
	})
	if n := len(secret.seen()); n != 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
}

func TestRemovingBreaksOffARequest(t *testing.T) {
	f := newFixture(t, webhook.Pace{Timeout: time.Minute})
	var open atomic.Int32
	r := newReceiver(t, func(_ int, _ http.ResponseWriter, req *http.Request) bool {
		open.Add(1)
		<-req.Context().Done()
		open.Add(-1)
		return false
	})
	id, _ := f.register(r.URL)
	f.log.call(1)
	f.eventually("a request", func() bool { return open.Load() == 1 })
	if err := f.hooks.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	f.eventually("the request is over", func() bool { return open.Load() == 0 })
	f.log.call(2)
	wantRefusal(t, f.hooks.Remove(t.Context(), id), "webhook.unknown")
	if n := len(r.seen()); n != 1 {
		t.Errorf("%d requests", n)
	}
}
