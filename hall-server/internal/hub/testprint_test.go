package hub_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"smarthall/internal/link"
)

func TestATrialPrintTellsWhatBecameOfIt(t *testing.T) {
	f := newFixture(t, options{})
	job := link.PrintJob{Job: link.TestJob + "1", Lines: []link.PrintLine{{Text: "A012"}}}
	if _, err := f.hub.TestPrint(t.Context(), "kiosk-1", job); !errors.Is(err, link.ErrAway) {
		t.Errorf("a kiosk that isn't there: %v", err)
	}
	kiosk, other := f.kiosk("kiosk-1"), f.kiosk("kiosk-2")
	type outcome struct {
		done link.PrintDone
		err  error
	}
	ended := make(chan outcome, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		done, err := f.hub.TestPrint(ctx, "kiosk-1", job)
		ended <- outcome{done, err}
	}()
	m := kiosk.want(link.TypeTicketPrint)
	var got link.PrintJob
	if err := m.Into(&got); err != nil || got.Job != job.Job || m.Seq == 0 {
		t.Fatalf("ordered %+v as message %d: %v", got, m.Seq, err)
	}
	// Another kiosk can't speak for this one, and a trial is no ticket's paper.
	lie := link.PrintDone{Job: job.Job, Outcome: link.PrintFailed}
	other.send(link.TypePrintDone, "p1", lie)
	if r := other.reply("p1"); r.Type != link.TypeReceived {
		t.Errorf("got %s %s", r.Type, r.Body)
	}
	want := link.PrintDone{Job: job.Job, Outcome: link.PrintPrinted, Device: "online"}
	for _, id := range []string{"p2", "p2"} { // told twice
		kiosk.send(link.TypePrintDone, id, want)
		if r := kiosk.reply(id); r.Type != link.TypeReceived {
			t.Errorf("got %s %s", r.Type, r.Body)
		}
	}
	if out := <-ended; out.err != nil || out.done != want {
		t.Errorf("got %+v", out)
	}
	if got := f.papers(); len(got) != 0 {
		t.Errorf("the board says %q", got)
	}

	short, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if _, err := f.hub.TestPrint(short, "kiosk-1", job); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a kiosk that says nothing: %v", err)
	}
}
