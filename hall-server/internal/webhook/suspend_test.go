package webhook_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/webhook"
)

// still is a hall in which n days have ended, and nothing else happens.
type still struct{ n int }

func (s still) records(seq uint64) (out []core.Record) {
	for i := seq; i < uint64(s.n); i++ {
		out = append(out, core.Record{Seq: i + 1, Day: day, Events: queue.Events{queue.DayEnded{Day: day}}})
	}
	return out
}

func (s still) Seq() uint64                                { return 0 } // so that a new webhook gets all
func (s still) Since(seq uint64) ([]core.Record, bool)     { return s.records(seq), true }
func (s still) Watch() (<-chan struct{}, func())           { return nil, func() {} }
func (s still) Read(f func(*queue.State, queue.Time))      { f(queue.NewState(), 0) }
func (s still) Now() time.Time                             { return time.Now() }
func (memory) RemoveWebhook(context.Context, string) error { return nil }

// memory is a store for one webhook.
type memory struct {
	mu    *sync.Mutex
	saved map[string]store.Webhook
}

func (m memory) Webhooks(context.Context) (out []store.Webhook, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.saved {
		out = append(out, w)
	}
	return out, nil
}

func (m memory) AddWebhook(_ context.Context, w store.Webhook) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved[w.ID] = w
	return nil
}

func (m memory) SaveWebhook(_ context.Context, id string, p store.WebhookProgress) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.saved[id]
	w.WebhookProgress = p
	m.saved[id] = w
	return nil
}

func (memory) Records(context.Context, uint64, int) ([]core.Record, error) {
	return nil, errors.New("not asked for")
}

func (memory) CountEvents(context.Context, uint64, int, []string) (int, error) {
	return 0, errors.New("not asked for")
}

func (memory) Ticket(context.Context, queue.TicketID) (p store.PastTicket, ok bool, err error) {
	return p, false, nil
}

// wire carries requests to a receiver that can be up or down, and notes when
// each came.
type wire struct {
	mu    sync.Mutex
	up    bool
	times []time.Time
	ids   []string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = r.Body.Close()
	w.times = append(w.times, time.Now())
	w.ids = append(w.ids, r.Header.Get(webhook.HeaderID))
	if !w.up {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: 204, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

func (w *wire) set(up bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.up, w.times, w.ids = up, nil, nil
}

// bubble runs a service on fake time.
func bubble(t *testing.T, kept memory, w *wire, days int) (*webhook.Service, func()) {
	t.Helper()
	s, err := webhook.Open(t.Context(), webhook.Config{
		Core: still{days}, Store: kept, Log: slog.New(slog.DiscardHandler), Client: &http.Client{Transport: w},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return s, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func only(t *testing.T, s *webhook.Service) webhook.Status {
	t.Helper()
	list, err := s.List(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("got %d webhooks, %v", len(list), err)
	}
	return list[0]
}

func TestAReceiverThatIsDownForADayIsSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := memory{new(sync.Mutex), make(map[string]store.Webhook)}
		w := &wire{}
		s, stop := bubble(t, kept, w, 3)
		begun := time.Now()
		if _, _, _, err := s.Register(t.Context(), webhook.Registration{URL: "http://10.0.0.1/"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(23 * time.Hour)
		if got := only(t, s); got.State != webhook.Retrying || got.Pending != 3 || got.Failure != string(webhook.FailedUnreachable) {
			t.Errorf("after 23 h: %+v", got)
		}
		checkBackOff(t, w, begun)
		time.Sleep(2 * time.Hour)
		suspended := only(t, s)
		if after := suspended.Suspended.Sub(begun); suspended.State != webhook.Suspended || after < 24*time.Hour || after > 24*time.Hour+31*time.Minute {
			t.Errorf("after 25 h: %+v", suspended)
		}
		id := w.ids[0]
		stop()

		w.set(true)
		s, stop = bubble(t, kept, w, 3)
		defer stop()
		time.Sleep(48 * time.Hour)
		if got := only(t, s); got.State != webhook.Suspended || len(w.ids) != 0 || got.Pending != 3 {
			t.Errorf("after a restart: %+v, %d requests", got, len(w.ids))
		}
		if _, err := s.Resume(t.Context(), suspended.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := only(t, s); got.State != webhook.Active || got.Pending != 0 || !got.Suspended.IsZero() {
			t.Errorf("after it was resumed: %+v", got)
		}
		if len(w.ids) != 3 || w.ids[0] != id {
			t.Errorf("got ids %v, want 3 that begin with %s", w.ids, id)
		}
	})
}

// checkBackOff checks that attempts at one delivery become rarer, up to one in
// a quarter to half an hour.
func checkBackOff(t *testing.T, w *wire, begun time.Time) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.times) < 50 || len(w.times) > 110 {
		t.Errorf("%d attempts in 23 h", len(w.times))
	}
	if first := w.times[0].Sub(begun); first > time.Second {
		t.Errorf("first attempt after %v", first)
	}
	for i := 1; i < len(w.times); i++ {
		most := min(2*time.Second<<min(i-1, 20), 30*time.Minute)
		if d := w.times[i].Sub(w.times[i-1]); d < most/2 || d > most {
			t.Errorf("wait %d was %v, want %v to %v", i, d, most/2, most)
		}
		if w.ids[i] != w.ids[0] {
			t.Errorf("attempt %d has id %s, want %s", i, w.ids[i], w.ids[0])
		}
	}
}

func TestNightsWithoutPowerDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := memory{new(sync.Mutex), make(map[string]store.Webhook)}
		w := &wire{}
		s, stop := bubble(t, kept, w, 1)
		if _, _, _, err := s.Register(t.Context(), webhook.Registration{URL: "http://10.0.0.1/"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		stop()
		time.Sleep(60 * time.Hour) // a week-end
		s, stop = bubble(t, kept, w, 1)
		defer stop()
		time.Sleep(10 * time.Second)
		if got := only(t, s); got.State != webhook.Retrying {
			t.Errorf("on Monday: %+v", got)
		}
	})
}
