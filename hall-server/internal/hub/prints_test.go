package hub_test

import (
	"strings"
	"testing"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// papers are the troubles about papers of a kiosk.
func (f *fixture) papers() (texts []string) {
	for _, a := range f.reg.Agents() {
		for _, x := range a.Troubles {
			if x.Code == "print.partial" && x.Advice != "" {
				texts = append(texts, x.Detail)
			}
		}
	}
	return texts
}

func TestTheBoardShowsAPaperThatEndedHalfWayUntilItIsPrintedAgain(t *testing.T) {
	f := newFixture(t, options{})
	kiosk := f.kiosk("kiosk-1")
	f.take("t1", "tax")
	report := func(id, job string, outcome link.PrintOutcome) {
		t.Helper()
		kiosk.send(link.TypePrintDone, id, link.PrintDone{Job: job, Ticket: "t1", Outcome: outcome, Device: "paper_end"})
		if m := kiosk.reply(id); m.Type != link.TypeReceived {
			t.Fatalf("got %s %s", m.Type, m.Body)
		}
	}
	report("p1", "t1/1", link.PrintPartial)
	report("p1", "t1/1", link.PrintPartial) // its receipt was lost
	if got := f.papers(); len(got) != 1 || !strings.Contains(got[0], "只打印了一半") {
		t.Errorf("the board says %q", got)
	}
	if got := f.ticket("t1").Print; got != "partial" {
		t.Errorf("the ticket's paper is %q", got)
	}
	f.do(queue.Reprint{Ticket: "t1", Kiosk: "kiosk-1"})
	report("p2", "t1/copy-1", link.PrintUnknown)
	if got := f.papers(); len(got) != 2 || !strings.Contains(got[1], "不知道") {
		t.Errorf("the board says %q", got)
	}
	report("p3", "t1/copy-2", link.PrintPrinted)
	if got := f.papers(); len(got) != 0 {
		t.Errorf("after the copy the board still says %q", got)
	}
}
