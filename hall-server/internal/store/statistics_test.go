package store_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/statistics"
	"smarthall/hall-server/internal/store"
)

// visits returns those of all days.
func visits(t *testing.T, db *store.Store, from, to queue.Day) []statistics.Visit {
	t.Helper()
	var out []statistics.Visit
	must(t, db.Visits(t.Context(), from, to, func(v *statistics.Visit) error {
		out = append(out, *v)
		return nil
	}))
	return out
}

func someVisit() statistics.Visit {
	return statistics.Visit{
		Ticket: "t1", Number: "A001", Day: "2026-11-23", Hour: 9, Weekday: 1, Taken: morning, Service: "tax", Zone: "A",
		Channel: "appointment", Origin: "wechat", Priority: "elderly", Offline: true, Outcome: statistics.Finished,
		Returned: 1, Recalls: 2, Score: 5, Promised: 7 * time.Minute, Truth: 9*time.Minute + time.Millisecond,
		Stages: []statistics.Stage{
			{Service: "tax", Window: "1", Clerk: "li", End: statistics.Transferred, Waited: true, Began: true, Wait: time.Second, Served: time.Minute, Target: time.Hour},
			{Service: "card", End: statistics.Finished},
		},
	}
}

func TestAVisitComesBackAsItWas(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "hall.db"))
	first := someVisit()
	second := first
	second.Ticket, second.Day, second.Promised, second.Truth = "t2", "2026-11-24", -time.Millisecond, -time.Millisecond
	must(t, db.SaveVisits(t.Context(), []statistics.Visit{second, first}, nil))
	want := []statistics.Visit{first, second}
	if diff := cmp.Diff(visits(t, db, "2026-11-23", "2026-11-24"), want); diff != "" {
		t.Error(diff)
	}
	if got := visits(t, db, "2026-11-24", "2026-12-31"); len(got) != 1 || got[0].Ticket != "t2" {
		t.Errorf("got %+v of the second day", got)
	}

	first.Outcome, first.Score, first.Stages = statistics.Closed, 0, first.Stages[:1]
	must(t, db.SaveVisits(t.Context(), []statistics.Visit{first}, nil))
	if diff := cmp.Diff(visits(t, db, "2026-11-23", "2026-11-23"), []statistics.Visit{first}); diff != "" {
		t.Errorf("saved again: %s", diff)
	}
}

func TestEveryOutcomeOfAVisitCanBeStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	db := open(t, path)
	for _, outcome := range statistics.Outcomes() {
		v := someVisit()
		v.Outcome = outcome
		err := db.SaveVisits(t.Context(), []statistics.Visit{v}, nil)
		if ofStages := outcome == statistics.Transferred || outcome == statistics.Parked; ofStages != (err != nil) {
			t.Errorf("a visit that is %s: %v", outcome, err)
		}
	}
	if err := sql(t, path, `UPDATE visit SET hour = 24`); err == nil || !strings.Contains(err.Error(), "CHECK") {
		t.Errorf("an hour of 24: %v", err)
	}
}

func TestTheCursorMovesWithItsVisitsOrNotAtAll(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "hall.db"))
	w := newWriter(t, db)
	cursor, err := db.VisitCursor(t.Context())
	if err != nil || cursor.Rules != 0 || cursor.State != nil {
		t.Fatalf("a new cursor is %+v, %v", cursor, err)
	}
	bad := someVisit()
	bad.Outcome = "lost"
	if db.SaveVisits(t.Context(), []statistics.Visit{someVisit(), bad}, &store.VisitCursor{Rules: 1, Seq: 5}) == nil {
		t.Fatal("a visit with an unknown outcome was kept")
	}
	if cursor, err := db.VisitCursor(t.Context()); err != nil || cursor.Rules != 0 || len(visits(t, db, "", "9999")) != 0 {
		t.Fatalf("half of a refused transaction was kept: %+v, %v", cursor, err)
	}

	must(t, db.SaveVisits(t.Context(), nil, &store.VisitCursor{Rules: 1, Seq: 5, Base: 4, State: w.state}))
	must(t, db.SaveVisits(t.Context(), []statistics.Visit{someVisit()}, &store.VisitCursor{Rules: 1, Seq: 9}))
	cursor, err = db.VisitCursor(t.Context())
	must(t, err)
	if cursor.Seq != 9 || cursor.Base != 4 || toJSON(t, cursor.State) != toJSON(t, w.state) {
		t.Errorf("got %+v, want record 9 on the hall after 4", cursor)
	}

	must(t, db.ForgetVisits(t.Context()))
	if cursor, err := db.VisitCursor(t.Context()); err != nil || cursor.Seq != 0 || len(visits(t, db, "", "9999")) != 0 {
		t.Errorf("forgotten visits left %+v, %v", cursor, err)
	}
}

func TestTheLogIsReadInParts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	db := open(t, path)
	w := newWriter(t, db)
	for _, id := range []queue.TicketID{"t1", "t2", "t3"} {
		w.do("", queue.TakeTicket{ID: id, Service: "tax", Channel: "phone"})
	}
	var ids []queue.TicketID
	for seq := uint64(1); seq < w.seq; {
		part, err := db.LogAfter(t.Context(), seq, 2)
		must(t, err)
		if len(part) == 0 || len(part) > 2 {
			t.Fatalf("got %d records after %d", len(part), seq)
		}
		for _, r := range part {
			seq = r.Seq
			ids = append(ids, queue.TicketOf(r.Events[0]))
		}
	}
	if diff := cmp.Diff(ids, []queue.TicketID{"t1", "t2", "t3"}); diff != "" {
		t.Error(diff)
	}
	must(t, sql(t, path, `DELETE FROM log WHERE seq = 3`))
	if _, err := db.LogAfter(t.Context(), 1, 10); err == nil || !strings.Contains(err.Error(), "record 3 is missing") {
		t.Errorf("a log with a hole: %v", err)
	}
}
