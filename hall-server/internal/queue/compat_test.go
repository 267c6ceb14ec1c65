package queue_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

// The first release wrote slice-log.json and slice-snapshot.json, of one
// morning. Every later one must read them.

func testdata(t *testing.T, name string, to any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatal(err)
	}
}

// firstRelease checks that s is that morning, and goes on with it.
func firstRelease(t *testing.T, s *queue.State) {
	t.Helper()
	states := ""
	for _, ticket := range s.List() {
		states += ticket.Number + " " + string(ticket.State) + ", "
		if ticket.Since != ticket.Taken {
			t.Errorf("%s has its seniority since %d, taken %d", ticket.Number, ticket.Since, ticket.Taken)
		}
	}
	if want := "A001 missed, A002 finished, A003 serving, A004 waiting, B001 waiting, A005 cancelled, A006 waiting, A007 called, "; states != want {
		t.Errorf("tickets %s, want %s", states, want)
	}
	h := &hall{t: t, s: s, now: s.Last.Add(time.Minute), ids: 100}
	if got := h.take("tax").Number; got != "A008" {
		t.Errorf("the next number is %s, want A008", got)
	}
	h.do(queue.Finish{Ticket: "t3", Window: "2"})
	called := h.callNext("2")
	if called.Number != "A004" || called.Reason.Rule != queue.RuleDue || called.Reason.Overtaken != 1 {
		t.Errorf("called %s by %+v, want A004, overtaken once", called.Number, called.Reason)
	}
	if l := s.Learned["tax"]; l.Services != 1 || l.Waits != 1 {
		t.Errorf("the day learned %+v", l)
	}
	h.verb(queue.VerbArrive, called)
	h.do(queue.Transfer{Ticket: called.ID, Service: "card"}) // the new rules hold for old tickets
	h.restart()
	h.do(queue.EndDay{})
}

func TestASnapshotOfTheFirstReleaseIsRestored(t *testing.T) {
	s := queue.NewState()
	testdata(t, "slice-snapshot.json", s)
	firstRelease(t, s)
}

func TestALogOfTheFirstReleaseIsReplayed(t *testing.T) {
	var log []struct {
		At     queue.Time   `json:"at"`
		Events queue.Events `json:"events"`
	}
	testdata(t, "slice-log.json", &log)
	s := queue.NewState()
	for _, record := range log {
		for _, e := range record.Events {
			if err := queue.Apply(s, e, record.At); err != nil {
				t.Fatal(err)
			}
		}
	}
	firstRelease(t, s)
}
