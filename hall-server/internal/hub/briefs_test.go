package hub_test

import (
	"slices"
	"testing"

	"smarthall/hall-server/internal/access"
	"smarthall/internal/link"
)

func TestACounterKnowsWhereItCanHandOn(t *testing.T) {
	f := newFixture(t, options{})
	f.take("T1", "tax")
	_, snap := f.join(who{role: access.Clerk, name: "counter-3", window: "3"})
	at := slices.IndexFunc(snap.Briefs, func(b link.WindowBrief) bool { return b.ID == "4" })
	if len(snap.Briefs) != 12 || at < 0 {
		t.Fatalf("it knows of the windows %+v", snap.Briefs)
	}
	if b := snap.Briefs[at]; b.Number != "4" || b.State != link.WindowSignedOut || !slices.Equal(b.Services, []string{"tax"}) {
		t.Errorf("it knows of window 4 %+v", b)
	}
	if len(snap.Kiosks) != 2 || snap.Kiosks[0].ID != "kiosk-1" || snap.Kiosks[0].Name == "" {
		t.Errorf("it knows of the kiosks %+v", snap.Kiosks)
	}
	if kiosk, s := f.join(who{role: access.Kiosk, name: "kiosk-1"}); kiosk == nil || len(s.Briefs) != 12 || s.Windows != nil || s.Kiosks != nil {
		t.Errorf("a kiosk that shows the way knows of %+v, %+v and %+v", s.Briefs, s.Windows, s.Kiosks)
	}
}

func TestACounterLearnsOfOtherWindowsStatesAndNoMore(t *testing.T) {
	f := newFixture(t, options{})
	f.take("T1", "tax")
	three := f.counter("3", "li")
	four := f.counter("4", "wang")
	state := func(want link.WindowState) {
		t.Helper()
		three.until("window 4 "+string(want), func(m link.Message) bool {
			if m.Type == link.TypeWindowChanged {
				var w link.WindowView
				if three.into(m, &w); w.ID != "3" {
					t.Errorf("window 3 got all of window %s", w.ID)
				}
			}
			if m.Type != link.TypeWindowsChanged {
				return false
			}
			var c link.WindowsChanged
			three.into(m, &c)
			return slices.ContainsFunc(c.Windows, func(b link.WindowBrief) bool { return b.ID == "4" && b.State == want })
		})
	}
	state(link.WindowIdle)
	four.ask(link.TypeWindowCallNext, "call", nil)
	state(link.WindowServing)
}

func TestAQueueSaysWhyTheTicketInFrontWasCalled(t *testing.T) {
	f := newFixture(t, options{})
	f.take("T1", "tax")
	clerk := f.counter("4", "li")
	called := clerk.ask(link.TypeWindowCallNext, "call", nil)
	var reason *link.ReasonView
	clerk.until("the reason", func(m link.Message) bool {
		if m.Type != link.TypeQueueChanged {
			return false
		}
		var q link.QueueChanged
		clerk.into(m, &q)
		reason = q.Reason
		return reason != nil
	})
	if *reason != *called.Reason {
		t.Errorf("got %+v, want what the answer said: %+v", *reason, *called.Reason)
	}
}
