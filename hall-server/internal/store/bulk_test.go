package store_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
)

// part decides commands as one part of a commit.
func (w *writer) part(cmds ...queue.Command) core.Part {
	w.t.Helper()
	var p core.Part
	for _, cmd := range cmds {
		record, tickets := w.record(fmt.Sprint("key", w.seq), cmd)
		p.Records, p.Tickets = append(p.Records, record), append(p.Tickets, tickets...)
	}
	return p
}

// takes are commands for n tickets, t0 being the first of the first call.
func (w *writer) takes(n int) (cmds []queue.Command) {
	for i := range n {
		id := queue.TicketID(fmt.Sprintf("t%d", len(w.state.Tickets)+i))
		cmds = append(cmds, queue.TakeTicket{ID: id, Service: "tax", Channel: "name"})
	}
	return cmds
}

// wantTable checks that the ticket table has the writer's tickets.
func (w *writer) wantTable() {
	w.t.Helper()
	for id, want := range w.state.Tickets {
		past, ok, err := w.db.Ticket(w.t.Context(), id)
		must(w.t, err)
		got := past.Ticket
		if !ok || past.Day != w.state.Day || got.Number != want.Number || got.Service != want.Service || got.Channel != want.Channel ||
			got.State != want.State || got.Window != want.Window || got.Taken != want.Taken || got.CalledAt != want.CalledAt ||
			got.Started != want.Started || got.Ended != want.Ended || got.Score != want.Score || got.Print != want.Print {
			w.t.Errorf("the table has %+v, want %+v", got, want)
		}
	}
}

func TestCommitsOfEverySize(t *testing.T) {
	for _, sizes := range [][]int{{1}, {2}, {3}, {31}, {32}, {33}, {75}, {127}, {1, 1}, {16, 16, 16, 9}, {40, 1, 40}, {5, 0, 5}} {
		t.Run(fmt.Sprint(sizes), func(t *testing.T) {
			w := newWriter(t, open(t, filepath.Join(t.TempDir(), "hall.db")))
			var parts []core.Part
			total := 0
			for _, n := range sizes {
				parts = append(parts, w.part(w.takes(n)...))
				total += n
			}
			must(t, w.db.Commit(t.Context(), slices.Values(parts)))
			if keys := w.wantLoad(w.db).Keys; len(keys) != total {
				t.Errorf("%d keys, want %d", len(keys), total)
			}
			w.wantTable()
		})
	}
}

func TestAWholeVisitInOneCommit(t *testing.T) {
	for _, split := range []bool{false, true} {
		t.Run(fmt.Sprint("in parts: ", split), func(t *testing.T) {
			w := newWriter(t, open(t, filepath.Join(t.TempDir(), "hall.db")))
			cmds := append(w.takes(3),
				queue.SignIn{Window: "1", Staff: "li", StaffName: "李敏"},
				queue.CallNext{Window: "1"},
				queue.TicketCommand{Verb: queue.VerbArrive, Ticket: "t0"},
				queue.Finish{Ticket: "t0"},
				queue.Rate{Ticket: "t0", Score: 5},
				queue.RecordPrint{Ticket: "t1", Job: "j", Outcome: "failed"},
				queue.CallNext{Window: "1"},
				queue.TicketCommand{Verb: queue.VerbPutBack, Ticket: "t1"},
				queue.Cancel{Ticket: "t2"})
			parts := []core.Part{w.part(cmds...)}
			if split {
				whole := parts[0]
				parts = nil
				for i := range whole.Records { // a ticket goes with each record that has one
					p := core.Part{Records: whole.Records[i : i+1]}
					if queue.TicketOf(whole.Records[i].Events[0]) != "" {
						p.Tickets, whole.Tickets = whole.Tickets[:1], whole.Tickets[1:]
					}
					parts = append(parts, p)
				}
			}
			must(t, w.db.Commit(t.Context(), slices.Values(parts)))
			w.wantLoad(w.db)
			w.wantTable()
		})
	}
}

func TestACommitWhoseLastPartFailsKeepsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	w := newWriter(t, open(t, path))
	w.take("first")
	want, seq := toJSON(t, w.state), w.seq
	good := w.part(w.takes(40)...)
	bad := w.part(w.takes(1)...)
	bad.Records[0].Seq = 1 // which the log has
	if err := w.db.Commit(t.Context(), slices.Values([]core.Part{good, bad})); err == nil {
		t.Fatal("a record was written twice")
	}
	loaded, err := w.db.Load(t.Context())
	must(t, err)
	if toJSON(t, loaded.State) != want || loaded.Seq != seq {
		t.Error("half of a commit was kept")
	}
	must(t, w.db.Commit(t.Context(), slices.Values([]core.Part{good}))) // and the store goes on
	if n := count(t, path, "ticket"); n != 41 {
		t.Errorf("%d tickets in the table, want 41", n)
	}
}
