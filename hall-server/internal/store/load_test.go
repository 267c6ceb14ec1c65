package store_test

import (
	"path/filepath"
	"strings"
	"testing"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
)

func TestTheLogIsTheState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	w := newWriter(t, open(t, path))
	w.visit()
	loaded := w.wantLoad(open(t, path))
	keys := map[string]bool{}
	for _, k := range loaded.Keys {
		keys[k.Key] = true
		if k.Day != "2026-11-23" || k.Print != 42 {
			t.Errorf("key %+v", k)
		}
	}
	if len(keys) != 3 || !keys["key-t1"] || !keys["key-t2"] || !keys["call"] {
		t.Errorf("keys %v", keys)
	}
	// A snapshot in the middle changes nothing of it.
	w.snapshot()
	w.take("t3")
	w.wantLoad(open(t, path))
	w.nextDay()
	w.take("t4")
	w.wantLoad(open(t, path))
}

func TestTheTicketTableFollowsTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	w := newWriter(t, open(t, path))
	w.visit()
	want := map[queue.TicketID]queue.Ticket{"t1": *w.state.Tickets["t1"], "t2": *w.state.Tickets["t2"]}
	w.nextDay() // t2 expires
	expired := want["t2"]
	expired.State, expired.Ended = queue.Expired, w.now
	want["t2"] = expired
	for id, wanted := range want {
		got, ok, err := w.db.Ticket(t.Context(), id)
		must(t, err)
		g := got.Ticket
		if !ok || got.Day != "2026-11-23" || g.Number != wanted.Number || g.State != wanted.State || g.Window != wanted.Window ||
			g.Taken != wanted.Taken || g.CalledAt != wanted.CalledAt || g.Started != wanted.Started || g.Ended != wanted.Ended ||
			g.Score != wanted.Score || g.Print != wanted.Print || g.Service != wanted.Service || g.Channel != wanted.Channel {
			t.Errorf("the table has %+v of %s, want %+v", g, got.Day, wanted)
		}
	}
}

func TestADamagedSnapshotFallsBack(t *testing.T) {
	tests := []struct {
		name   string
		damage string
		state  any
	}{
		{"no JSON", `UPDATE snapshot SET state = $1`, []byte("{\x00")},
		{"empty", `UPDATE snapshot SET state = $1`, []byte{}},
		{"cut off", `UPDATE snapshot SET state = substr(state, 1, length(state) - $1)`, 7},
		{"a ticket that is null", `UPDATE snapshot SET state = $1`, []byte(`{"tickets":{"x":null}}`)},
		{"only the newest", `UPDATE snapshot SET state = $1 WHERE seq = (SELECT max(seq) FROM snapshot)`, []byte("?")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hall.db")
			w := newWriter(t, open(t, path))
			w.take("t1")
			w.snapshot()
			w.take("t2")
			w.snapshot()
			w.take("t3")
			must(t, sql(t, path, tt.damage, tt.state))
			w.wantLoad(open(t, path))
		})
	}
}

func TestTheSnapshotIsUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	w := newWriter(t, open(t, path))
	w.visit()
	w.snapshot()
	w.take("t3")
	// What the snapshot holds need not be read again.
	must(t, sql(t, path, `UPDATE log SET events = 'unreadable' WHERE seq < $1`, int64(w.seq-1)))
	loaded, err := open(t, path).Load(t.Context())
	must(t, err)
	if toJSON(t, loaded.State) != toJSON(t, w.state) {
		t.Error("the state after the snapshot differs")
	}
}

func TestOldSnapshotsAreDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	w := newWriter(t, open(t, path))
	for range 5 {
		w.nextDay()
		w.snapshot()
		w.snapshot() // again at the same record
	}
	if n := count(t, path, "snapshot"); n != 2 {
		t.Errorf("%d snapshots are kept, want 2", n)
	}
	w.wantLoad(open(t, path))
}

func TestALogThatCannotBeReadWholeIsAnError(t *testing.T) {
	for name, tt := range map[string]struct{ damage, want string }{
		"a missing record":   {`DELETE FROM log WHERE seq = 3`, "record 3 is missing"},
		"a missing first":    {`DELETE FROM log WHERE seq = 1`, "record 1 is missing"},
		"events cut off":     {`UPDATE log SET events = substr(events, 1, 20) WHERE seq = 4`, "record 4"},
		"an unknown event":   {`UPDATE log SET events = '[{"type":"ticket.eaten","body":{}}]' WHERE seq = 2`, `record 2: decode events: unknown type "ticket.eaten"`},
		"events out of turn": {`UPDATE log SET events = '[{"type":"ticket.recalled","body":{"ticket":"t1"}}]' WHERE seq = 3`, "record 3: apply ticket.recalled"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hall.db")
			w := newWriter(t, open(t, path))
			w.visit()
			must(t, sql(t, path, tt.damage))
			db := open(t, path)
			if _, err := db.Load(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
			if _, _, err := db.Replay(t.Context()); err == nil {
				t.Error("was replayed")
			}
		})
	}
}

func TestAnswersAreKeptForTwoDays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	w := newWriter(t, open(t, path))
	seqs := map[queue.Day]uint64{}
	for range 5 {
		w.take("t" + string(w.state.Day))
		seqs[w.state.Day] = w.seq
		w.nextDay()
	}
	w.take("today")
	seqs[w.state.Day] = w.seq
	kept := map[queue.Day]bool{"2026-11-28": true, "2026-11-27": true}
	for day, seq := range seqs {
		answer, err := w.db.Answer(t.Context(), seq)
		if kept[day] && (err != nil || answer.Ticket == nil || answer.Ticket.Number != "A001") {
			t.Errorf("%s: answer %+v, %v", day, answer, err)
		}
		if !kept[day] && (err == nil || !strings.Contains(err.Error(), "forgotten")) {
			t.Errorf("%s: got %v, want a forgotten answer", day, err)
		}
	}
	loaded, err := open(t, path).Load(t.Context())
	must(t, err)
	var days []queue.Day
	for _, k := range loaded.Keys {
		days = append(days, k.Day)
		if !kept[k.Day] {
			t.Errorf("the key of %s is still known, its answer isn't", k.Day)
		}
	}
	if len(days) != 2 {
		t.Errorf("keys of %v, want one each of the last two days", days)
	}
	if _, err := w.db.Answer(t.Context(), 9999); err == nil {
		t.Error("an answer that never was given was found")
	}
	w.wantLoad(open(t, path))
}

func TestAHallClosedForWeeksForgetsTheSame(t *testing.T) {
	w := newWriter(t, open(t, filepath.Join(t.TempDir(), "hall.db")))
	w.take("t1")
	seq := w.seq
	w.now = w.now.Add(20 * 24 * 3600e9)
	w.nextDay()
	if _, err := w.db.Answer(t.Context(), seq); err != nil {
		t.Errorf("the last working day's answers went: %v", err)
	}
	w.nextDay()
	if _, err := w.db.Answer(t.Context(), seq); err == nil {
		t.Error("answers of the day before the last working day are still there")
	}
}

func TestClosedIsClosed(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hall.db"))
	must(t, err)
	must(t, db.Close())
	if err := db.Ping(t.Context()); err == nil {
		t.Error("a closed database answers")
	}
	if _, err := db.Load(t.Context()); err == nil {
		t.Error("a closed database was loaded")
	}
}
