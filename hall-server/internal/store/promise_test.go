package store_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
)

func TestPromisesAreKeptWithWhatCameOfThem(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	told := []estimate.Told{
		{Day: "2026-11-23", Ticket: "t1", At: 1000, Ahead: 3, Range: estimate.Range{Low: 20, High: 30}},
		{Day: "2026-11-23", Ticket: "t1", At: 2000, Ahead: 2, Range: estimate.Range{None: true}},
		{Day: "2026-11-23", Ticket: "t2", At: 1000, Range: estimate.Range{Low: 0, High: 1}},
	}
	waits := estimate.Outcome{
		Ticket: "t1", Day: "2026-11-23", Service: "tax", Hour: 9, At: 1000,
		Wait: estimate.Wait{P10: 1.5, P50: 20, P80: 25, P90: 30}, Waited: -1,
	}
	if err := s.SavePromises(ctx, told, []estimate.Outcome{waits}); err != nil {
		t.Fatal(err)
	}
	called := waits
	called.Waited = 18.25
	next := waits
	next.Day, next.Ticket = "2026-11-24", "t9"
	if err := s.SavePromises(ctx, told[:1], []estimate.Outcome{called, next}); err != nil {
		t.Fatalf("the same again: %v", err)
	}
	got, err := s.Promises(ctx, "t1")
	if diff := cmp.Diff(told[:2], got); diff != "" || err != nil {
		t.Errorf("promises of t1 (-want +got): %v\n%s", err, diff)
	}
	for _, tt := range []struct {
		name     string
		from, to queue.Day
		want     []estimate.Outcome
	}{
		{"one day", "2026-11-23", "2026-11-23", []estimate.Outcome{called}},
		{"two days", "2026-11-01", "2026-11-24", []estimate.Outcome{called, next}},
		{"none", "2026-11-25", "2026-11-30", nil},
	} {
		var got []estimate.Outcome
		err := s.PromiseOutcomes(ctx, tt.from, tt.to, func(o *estimate.Outcome) { got = append(got, *o) })
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s (-want +got): %v\n%s", tt.name, err, diff)
		}
	}
}

func TestTheLogIsLearntFromTheBeginningOfADay(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if first, err := s.FirstOf(ctx, 20); first != 0 || err != nil {
		t.Errorf("an empty log begins after record %d, %v", first, err)
	}
}
