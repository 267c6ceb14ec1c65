package proof_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb"
	"smarthall/internal/sqldb/sqldbtest"
)

// upward is what the platform shall hear of an event of the hall's log; what
// isn't here stays in the hall.
var upward = map[string]string{
	"ticket.taken": "ticket.taken", "ticket.called": "ticket.called", "service.started": "ticket.arrived",
	"service.finished": "ticket.finished", "service.rated": "visit.rated", "ticket.missed": "ticket.no-show",
	"window.signedIn": "window.opened", "window.signedOut": "window.closed", "day.opened": "day.opened", "day.ended": "day.ended",
	"ticket.expired": "ticket.expired", "ticket.closed": "ticket.closed",
}

// said is an event with the subject whose order it keeps.
type said struct{ id, kind, subject string }

// entry is an event in the hall's log.
type entry struct {
	Type string
	Body struct {
		Ticket, Window, Day, Appointment string
		List                             []struct {
			ID   string
			From int64
		}
	}
	actor string
	seq   int64
	i     int
}

// entries reads the hall's log.
func entries(t *testing.T, hall *sqldb.DB) (list []entry) {
	t.Helper()
	rows, err := hall.Read.QueryContext(t.Context(), `SELECT seq, actor, events FROM log ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var actor, text string
		if err := rows.Scan(&seq, &actor, &text); err != nil {
			t.Fatal(err)
		}
		var events []entry
		if err := json.Unmarshal([]byte(text), &events); err != nil {
			t.Fatal(err)
		}
		for i, e := range events {
			e.seq, e.i, e.actor = seq, i, actor
			list = append(list, e)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// logged is what the platform shall hear of the hall's log, in its order.
func logged(t *testing.T, hall *sqldb.DB) (list []said) {
	t.Helper()
	var epoch string
	if err := hall.Read.QueryRowContext(t.Context(), `SELECT epoch FROM uplink`).Scan(&epoch); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries(t, hall) {
		if kind, ok := upward[e.Type]; ok {
			id := fmt.Sprintf("%s-%s-%d-%d", hallID, epoch, e.seq, e.i)
			list = append(list, said{id, kind, e.Body.Ticket + e.Body.Window + e.Body.Day})
		}
	}
	return list
}

// verifyUp compares what the platform's accountant wrote down with the hall's
// log. It returns how many events went up.
func verifyUp(t *testing.T, h *hallProcess, p *platformProcess) int {
	t.Helper()
	want := logged(t, sqldbtest.Open(t, filepath.Join(h.data, "hall.db")))
	for i := range want {
		if want[i].kind == "ticket.called" { // its body has ticket and window
			want[i].subject = ""
		}
	}
	rows, err := sqldbtest.Open(t, p.target).Read.QueryContext(t.Context(), `SELECT id, type, subject FROM proof_taken WHERE type <> 'intake.made' ORDER BY n`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []said
	times := map[string]int{}
	for rows.Next() {
		var s said
		if err := rows.Scan(&s.id, &s.kind, &s.subject); err != nil {
			t.Fatal(err)
		}
		if times[s.id]++; times[s.id] == 2 {
			t.Errorf("%s was taken twice", s.id)
		}
		got = append(got, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, w := range want {
		if times[w.id] == 0 {
			t.Errorf("%s %s is lost", w.kind, w.id)
		}
	}
	if t.Failed() || len(got) != len(want) {
		t.Fatalf("%d events were taken, the log has %d", len(got), len(want))
	}
	for i := range want {
		same := got[i].id == want[i].id && got[i].kind == want[i].kind
		if !same || want[i].subject != "" && got[i].subject != want[i].subject {
			t.Fatalf("event %d is %+v, the log has %+v", i, got[i], want[i])
		}
	}
	return len(want)
}

// verifyDown compares what the platform published with what happened to the
// hall's appointments. It returns how many events came down.
func verifyDown(t *testing.T, h *hallProcess, p *platformProcess) int {
	t.Helper()
	want := map[string][]string{}
	rows, err := sqldbtest.Open(t, p.target).Read.QueryContext(t.Context(), `SELECT appointment, slot FROM proof_sent ORDER BY n`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	sent := 0
	for ; rows.Next(); sent++ {
		var id string
		var slot int64
		if err := rows.Scan(&id, &slot); err != nil {
			t.Fatal(err)
		}
		want[id] = append(want[id], at(slot))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	got := happened(t, sqldbtest.Open(t, filepath.Join(h.data, "hall.db")))
	for id, w := range want {
		if !slices.Equal(got[id], w) {
			t.Errorf("appointment %s: the hall did %s, the platform published %s", id, strings.Join(got[id], ", "), strings.Join(w, ", "))
		}
	}
	if len(got) != len(want) {
		t.Errorf("the hall has %d appointments, the platform published %d", len(got), len(want))
	}
	return sent
}

// happened is what the platform's events did to each of the hall's appointments.
func happened(t *testing.T, hall *sqldb.DB) map[string][]string {
	t.Helper()
	got := map[string][]string{}
	for _, e := range entries(t, hall) {
		switch {
		case e.actor != "platform":
		case e.Type == "appointments.put":
			for _, a := range e.Body.List {
				got[a.ID] = append(got[a.ID], at(a.From))
			}
		case e.Type == "appointment.ended":
			got[e.Body.Appointment] = append(got[e.Body.Appointment], at(0))
		}
	}
	return got
}

// done is how many events of the platform changed the hall's appointments.
func done(t *testing.T, hall *sqldb.DB) (n int) {
	t.Helper()
	for _, changes := range happened(t, hall) {
		n += len(changes)
	}
	return n
}

// at is a slot in words.
func at(slot int64) string {
	if slot == 0 {
		return "cancelled"
	}
	return time.UnixMilli(slot).In(slots.Location()).Format("15:04:05")
}
