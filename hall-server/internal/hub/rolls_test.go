package hub_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"smarthall/internal/link"
)

// Whoever put a roll in learns what became of the count from the machine
// itself, and from no other.
func TestANewRollIsCountedByTheAgentThatHasThePrinter(t *testing.T) {
	f := newFixture(t, options{})
	reset := link.RollReset{Order: "o1", Device: "printer", Expires: f.core.Now().Add(time.Minute)}
	if _, err := f.hub.ResetRoll(t.Context(), "kiosk-1", reset); !errors.Is(err, link.ErrAway) {
		t.Errorf("a kiosk that isn't there: %v", err)
	}
	kiosk, other, board := f.kiosk("kiosk-1"), f.kiosk("kiosk-2"), f.board()
	type outcome struct {
		done link.RollCounted
		err  error
	}
	ended := make(chan outcome, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		done, err := f.hub.ResetRoll(ctx, "kiosk-1", reset)
		ended <- outcome{done, err}
	}()
	m := kiosk.want(link.TypeRollReset)
	var got link.RollReset
	if err := m.Into(&got); err != nil || got.Order != reset.Order || got.Device != "printer" || m.Seq == 0 {
		t.Fatalf("ordered %+v as message %d: %v", got, m.Seq, err)
	}
	other.send(link.TypeRollCounted, "x1", link.RollCounted{Order: "o1", Device: "printer", Refused: link.RollNoPrinter})
	other.send(link.TypeRollCounted, "x2", link.RollCounted{Device: "printer"}) // names no order
	if r := other.reply("x2"); r.Type != link.TypeError {
		t.Errorf("got %s %s", r.Type, r.Body)
	}
	left := 760
	since := f.core.Now()
	kiosk.send(link.TypeDeviceChanged, "", link.DeviceView{ID: "printer", Class: "printer", State: "online", Since: since, PaperLeft: &left, RollSince: &since})
	for range 2 { // told twice
		kiosk.send(link.TypeRollCounted, "", link.RollCounted{Order: "o1", Device: "printer", PaperLeft: &left})
	}
	out := <-ended
	if out.err != nil || out.done.Refused != "" || out.done.PaperLeft == nil || *out.done.PaperLeft != 760 {
		t.Errorf("got %+v", out)
	}
	var view link.AgentView
	for view.ID != "kiosk-1" || len(view.Devices) == 0 || view.Devices[0].RollSince == nil {
		if err := board.want(link.TypeAgentChanged).Into(&view); err != nil {
			t.Fatal(err)
		}
	}
	if d := view.Devices[0]; d.PaperLeft == nil || *d.PaperLeft != 760 || !d.RollSince.Equal(since) {
		t.Errorf("the board has %+v", d)
	}

	reset.Order = "o2" // what is told a second time of the first may still come
	short, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if _, err := f.hub.ResetRoll(short, "kiosk-1", reset); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a kiosk that says nothing: %v", err)
	}
}
