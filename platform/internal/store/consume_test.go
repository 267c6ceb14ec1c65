package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/internal/privacy"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// heard keeps what consumers write down, in tables, as contexts do.
func heard(t *testing.T, s *store.Store) {
	t.Helper()
	table := fstest.MapFS{"0001_heard.sql": {Data: []byte("-- +goose Up\nCREATE TABLE heard (n BIGINT NOT NULL, consumer TEXT NOT NULL, id TEXT NOT NULL, subject TEXT NOT NULL, data TEXT NOT NULL);\n")}}
	if err := s.Migrate(t.Context(), "heard", table); err != nil {
		t.Fatal(err)
	}
}

// note writes an event down. Nothing keeps it from writing one down twice.
func note(consumer string) store.Consumer {
	return func(ctx context.Context, tx *store.Tx, e store.Event) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO heard (n, consumer, id, subject, data) SELECT count(*) + 1, $1, $2, $3, $4 FROM heard WHERE consumer = $1`,
			consumer, e.ID, e.Subject, string(e.Data))
		return err
	}
}

// notes are the data a consumer wrote down of a subject, in its order; all
// subjects if it is empty.
func notes(t *testing.T, s *store.Store, consumer, subject string) (list []string) {
	t.Helper()
	rows, err := s.Read().QueryContext(t.Context(), `SELECT data FROM heard WHERE consumer = $1 AND (subject = $2 OR $2 = '') ORDER BY n, id`, consumer, subject)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func publish(t *testing.T, s *store.Store, hall, kind, subject string, body any) {
	t.Helper()
	err := s.Write(t.Context(), "publish", func(tx *store.Tx) error { return tx.Publish(t.Context(), hall, kind, subject, body) })
	if err != nil {
		t.Fatal(err)
	}
}

func deliver(t *testing.T, s *store.Store) int {
	t.Helper()
	n, err := s.Deliver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// left counts what the store still keeps of events.
func left(t *testing.T, s *store.Store) (outbox, due int) {
	t.Helper()
	err := s.Read().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM store_due)`).Scan(&outbox, &due)
	if err != nil {
		t.Fatal(err)
	}
	return outbox, due
}

func TestAnEventStaysUntilTheBusAndAllConsumersHaveIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		heard(t, s)
		s.On("case.accepted", "one", note("one"))
		s.On("case.accepted", "two", note("two"))
		publish(t, s, "", "case.nobody-hears", "c1", 0)
		if outbox, due := left(t, s); outbox != 0 || due != 0 {
			t.Errorf("%d events and %d dues of what nobody hears", outbox, due)
		}
		publish(t, s, "east", "case.accepted", "c1", 1)
		publish(t, s, "", "case.accepted", "c2", 2)
		publish(t, s, "east", "case.unheard", "c1", 3)
		if n := deliver(t, s); n != 4 {
			t.Errorf("%d taken, want 4", n)
		}
		if outbox, due := left(t, s); outbox != 2 || due != 0 {
			t.Errorf("%d events and %d dues wait for the bus, want 2 and 0", outbox, due)
		}
		publish(t, s, "east", "case.accepted", "c3", 4)
		ctx, cancel := context.WithCancel(t.Context())
		var sent []string
		err := s.Relay(ctx, func(_ context.Context, e store.Event) error {
			if sent = append(sent, string(e.Data)); len(sent) == 3 {
				cancel()
			}
			return nil
		})
		if err != nil || !slices.Equal(sent, []string{"1", "3", "4"}) {
			t.Errorf("sent %q, %v", sent, err)
		}
		if outbox, due := left(t, s); outbox != 1 || due != 2 {
			t.Errorf("%d events and %d dues wait for consumers, want 1 and 2", outbox, due)
		}
		deliver(t, s)
		if outbox, due := left(t, s); outbox != 0 || due != 0 {
			t.Errorf("%d events and %d dues left", outbox, due)
		}
		if one, two := notes(t, s, "one", ""), notes(t, s, "two", ""); !slices.Equal(one, []string{"1", "2", "4"}) || !slices.Equal(one, two) {
			t.Errorf("heard %q and %q", one, two)
		}
	})
}

func TestAFailureHoldsBackItsSubjectAndNobodyElse(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		heard(t, s)
		var no error = fault.New(fault.Conflict, "case.wrong", "不")
		bad := note("bad")
		s.On("case.moved", "good", note("good"))
		s.On("case.moved", "bad", func(ctx context.Context, tx *store.Tx, e store.Event) error {
			if err := bad(ctx, tx, e); err != nil { // what it did before it failed is undone
				return err
			}
			if e.Subject == "c1" {
				return no
			}
			return nil
		})
		for i := range 6 {
			publish(t, s, "", "case.moved", fmt.Sprintf("c%d", i%3), i)
		}
		deliver(t, s)
		if got := notes(t, s, "good", ""); len(got) != 6 {
			t.Errorf("the other consumer heard %q", got)
		}
		if got := notes(t, s, "bad", ""); len(got) != 4 || len(notes(t, s, "bad", "c1")) != 0 {
			t.Errorf("it heard %q", got)
		}
		list, err := s.Stuck(t.Context(), 10)
		if err != nil || len(list) != 1 || list[0].Reason != "case.wrong" || list[0].Behind != 1 || list[0].Consumer != "bad" {
			t.Fatalf("stuck %+v, %v", list, err)
		}
		lags, err := s.Lags(t.Context())
		if err != nil || len(lags) != 2 || lags[0].Due != 0 || lags[1].Due != 2 || lags[1].Stuck != 1 || lags[1].Oldest.IsZero() {
			t.Errorf("lags %+v, %v", lags, err)
		}
		no = nil
		if n := deliver(t, s); n != 0 {
			t.Errorf("%d taken though nobody looked at it", n)
		}
		again := func(consumer string) error {
			return s.Write(t.Context(), "retry", func(tx *store.Tx) error { return tx.Retry(t.Context(), consumer, list[0].Event) })
		}
		if err := again("good"); !errors.Is(err, store.ErrNotStuck) {
			t.Errorf("a consumer that isn't stuck: %v", err)
		}
		if err := again("bad"); err != nil {
			t.Fatal(err)
		}
		deliver(t, s)
		if got := notes(t, s, "bad", "c1"); !slices.Equal(got, []string{"1", "4"}) {
			t.Errorf("after the retry %q", got)
		}
		if outbox, due := left(t, s); outbox != 0 || due != 0 {
			t.Errorf("%d events and %d dues left", outbox, due)
		}
	})
}

func TestADroppedEventLetsTheNextGo(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		heard(t, s)
		take := note("one")
		s.On("case.moved", "one", func(ctx context.Context, tx *store.Tx, e store.Event) error {
			if string(e.Data) == "0" {
				return fault.New(fault.Invalid, "case.wrong", "不")
			}
			return take(ctx, tx, e)
		})
		publish(t, s, "", "case.moved", "c", 0)
		publish(t, s, "", "case.moved", "c", 1)
		deliver(t, s)
		list, err := s.Stuck(t.Context(), 10)
		if err != nil || len(list) != 1 {
			t.Fatalf("stuck %+v, %v", list, err)
		}
		for i, want := range []error{nil, store.ErrNotStuck} {
			err := s.Write(t.Context(), "drop", func(tx *store.Tx) error { return tx.Drop(t.Context(), "one", list[0].Event) })
			if !errors.Is(err, want) {
				t.Errorf("drop %d: %v", i, err)
			}
		}
		deliver(t, s)
		if got := notes(t, s, "one", ""); !slices.Equal(got, []string{"1"}) {
			t.Errorf("heard %q", got)
		}
		if outbox, due := left(t, s); outbox != 0 || due != 0 {
			t.Errorf("%d events and %d dues left", outbox, due)
		}
	})
}

func TestAFailureOfTheMachineIsTriedAgainByItself(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	heard(t, s)
	take, failures := note("one"), 1
	s.On("case.moved", "one", func(ctx context.Context, tx *store.Tx, e store.Event) error {
		if failures > 0 && string(e.Data) == "3" {
			failures--
			return errors.New("disk")
		}
		return take(ctx, tx, e)
	})
	failures = 2 // once with those before it, once alone
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Consume(ctx) }()
	for i := range 10 {
		publish(t, s, "", "case.moved", "c", i)
	}
	for deadline := time.Now().Add(time.Minute); len(notes(t, s, "one", "")) < 10; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("heard %q", notes(t, s, "one", ""))
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(notes(t, s, "one", ""), ""); got != "0123456789" {
		t.Errorf("heard %s", got)
	}
}

func TestOfSeveralProcessesEachEventIsTakenOnce(t *testing.T) {
	target := sqldbtest.Postgres(t)
	var stores []*store.Store
	for range 3 {
		s := open(t, target)
		heard(t, s)
		s.On("case.moved", "one", note("one"))
		s.On("case.moved", "two", note("two"))
		stores = append(stores, s)
	}
	const events, subjects = 240, 8
	var wg sync.WaitGroup
	// All deliver at once, as if leases had failed.
	stop := make(chan struct{})
	for _, s := range stores {
		wg.Go(func() {
			for {
				if _, err := s.Deliver(t.Context()); err != nil {
					t.Error(err)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for i := range events {
		publish(t, stores[i%3], "", "case.moved", fmt.Sprint(i%subjects), i)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if outbox, due := left(t, stores[0]); outbox == 0 && due == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Error("events wait")
			break
		}
	}
	close(stop)
	wg.Wait()
	for _, consumer := range []string{"one", "two"} {
		if n := len(notes(t, stores[0], consumer, "")); n != events {
			t.Errorf("%s heard %d, want %d", consumer, n, events)
		}
	}
}

func TestWhatConsumersPublishIsHeard(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		heard(t, s)
		s.On("case.decided", "cases", func(ctx context.Context, tx *store.Tx, e store.Event) error {
			return tx.Publish(ctx, "", "licence.made", e.Subject, "licence")
		})
		s.On("licence.made", "licences", note("licences"))
		publish(t, s, "", "case.decided", "c1", nil)
		if n := deliver(t, s); n != 2 {
			t.Errorf("%d taken, want 2", n)
		}
		if got := notes(t, s, "licences", "c1"); !slices.Equal(got, []string{`"licence"`}) {
			t.Errorf("heard %q", got)
		}
	})
}

func TestPeoplesDataLiesSealedInTheOutbox(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		secret := privacy.NewSealer([]byte(strings.Repeat("k", 32)))
		s, err := store.Open(t.Context(), store.Config{Target: target, Sealer: secret, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		heard(t, s)
		s.On("visit.booked", "one", note("one"))
		body := map[string]string{"phone": "13800000101"}
		publish(t, s, "east", "visit.booked", "v", body)
		var text string
		if err := s.Read().QueryRowContext(t.Context(), `SELECT data FROM outbox`).Scan(&text); err != nil || strings.Contains(text, "138") {
			t.Errorf("in the outbox: %q, %v", text, err)
		}
		deliver(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		err = s.Relay(ctx, func(_ context.Context, e store.Event) error {
			defer cancel()
			var got map[string]string
			if err := json.Unmarshal(e.Data, &got); err != nil || got["phone"] != body["phone"] {
				t.Errorf("sent %s, %v", e.Data, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := notes(t, s, "one", ""); len(got) != 1 || !strings.Contains(got[0], body["phone"]) {
			t.Errorf("heard %q", got)
		}
	})
}

func TestADatabaseIsOpenedWithTheSecretItWasBegunWith(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		for _, c := range []struct {
			secret string
			want   error
		}{{"one", nil}, {"one", nil}, {"two", store.ErrOtherSecret}, {"one", nil}} {
			s, err := store.Open(t.Context(), store.Config{Target: target, Secret: c.secret, Log: slog.New(slog.DiscardHandler)})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.secret, err)
			}
			if err == nil {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

func TestOrderIsThatOfPublishingWhateverTheClocksSay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		heard(t, s)
		s.On("case.moved", "one", note("one"))
		for i := range 20 {
			publish(t, s, "", "case.moved", "c", i)
			// As if this process's clock were ahead of the next one's.
			err := s.Write(t.Context(), "age", func(tx *store.Tx) error {
				for _, statement := range []string{
					`UPDATE store_due SET event = $1 WHERE event IN (SELECT id FROM outbox WHERE data = $2)`, `UPDATE outbox SET id = $1 WHERE data = $2`,
				} {
					if _, err := tx.ExecContext(t.Context(), statement, fmt.Sprintf("%02d", 99-i), fmt.Sprint(i)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		deliver(t, s)
		for i, got := range notes(t, s, "one", "c") {
			if got != fmt.Sprint(i) {
				t.Fatalf("event %d is %s", i, got)
			}
		}
	})
}
