package uplink_test

import (
	"fmt"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/bus"
)

// TestAHallThatWasAwayTooLongAsksForEverything drops what was published for a
// hall that is off, and expects it to say so once, and to go on with what is left.
func TestAHallThatWasAwayTooLongAsksForEverything(t *testing.T) {
	for name, keep := range map[string]bus.Keep{"by number": {Messages: 3}, "by size": {Bytes: 4 << 10}} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, keep)
			f := newFixture(t, p)
			p.say("first", "appointment.booked", "a0", booking("a0", time.Hour))
			eventually(t, "the first appointment", func() bool { _, ok := f.appointment("a0"); return ok })
			f.stop()
			const n = 20
			for i := 1; i <= n; i++ {
				id := fmt.Sprintf("a%d", i)
				p.say("e-"+id, "appointment.booked", id, booking(id, time.Hour))
			}
			f.start()
			eventually(t, "the last appointment", func() bool { _, ok := f.appointment(fmt.Sprintf("a%d", n)); return ok })
			if _, ok := f.appointment("a1"); ok {
				t.Fatal("nothing was dropped")
			}
			eventually(t, "that it says so", func() bool { return len(p.all("hall.lost")) == 1 })
			f.restart()
			p.say("last", "appointment.booked", "z", booking("z", time.Hour))
			eventually(t, "what comes after", func() bool { _, ok := f.appointment("z"); return ok })
			if said := p.all("hall.lost"); len(said) != 1 {
				t.Errorf("it said so %d times", len(said))
			}
		})
	}
}

// TestAHallSendsAgainWhatThePlatformHasMissed expects the log's events again,
// under the ids that they had, so that nothing happens twice.
func TestAHallSendsAgainWhatThePlatformHasMissed(t *testing.T) {
	p := newPlatform(t)
	f := newFixture(t, p)
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	f.visit("t1")
	eventually(t, "the visit", func() bool { return len(p.all("visit.rated")) == 1 })
	before := p.all("")
	p.say("m1", "hall.missed", "east", map[string]any{"since": time.Now().Add(-24 * time.Hour), "lost": 7})
	eventually(t, "the visit again", func() bool { return len(p.all("visit.rated")) == 2 })
	again := p.all("visit.rated")
	if again[0].ID != again[1].ID {
		t.Errorf("it comes under another id: %s, %s", again[0].ID, again[1].ID)
	}
	eventually(t, "that the hall describes itself", func() bool { return len(p.all("hall.described")) == 2 })
	p.say("m1", "hall.missed", "east", map[string]any{"since": time.Now(), "lost": 7})
	p.say("bad", "hall.missed", "east", "no body")
	p.say("b2", "appointment.booked", "a2", booking("a2", 2*time.Hour))
	eventually(t, "what comes after", func() bool { _, ok := f.appointment("a2"); return ok })
	if n := len(p.all("visit.rated")); n != 2 || len(p.all("")) < len(before) {
		t.Errorf("it was sent %d times", n)
	}
}
