package counter_test

import (
	"testing"
	"time"

	"smarthall/internal/agent/agenttest"
	"smarthall/internal/link"
)

func TestADeviceIsTriedWhileNobodyIsServed(t *testing.T) {
	r := start(t, time.Second) // with B012 in front
	got := r.hall.Try(t, "o1", "pad", time.Minute)
	if got.Outcome != link.TryBusy || got.Detail != "窗口正在办理 B012，请等办完再试" {
		t.Errorf("somebody is served: %+v", got)
	}
	r.front(t, link.WindowView{State: link.WindowIdle})
	go func() { r.fakes.Get("pad").Keys <- 2 }()
	if got := r.hall.Try(t, "o2", "pad", time.Minute); got.Outcome != link.TryDone || got.Key != 2 {
		t.Errorf("nobody is served: %+v", got)
	}
	if n := len(r.hall.Up(link.TypeTicketRate)); n != 0 {
		t.Errorf("a trial's key became a rating")
	}
}

func TestWhoComesToTheWindowEndsATrial(t *testing.T) {
	r := start(t, time.Second)
	r.front(t, link.WindowView{State: link.WindowIdle})
	r.hall.Push(link.TypeDeviceTry, link.DeviceTry{Order: "o1", Device: "pad", Expires: time.Now().Add(time.Minute)})
	agenttest.WaitFor(t, "the pad asks", func() bool { return r.counter.Trying("pad") })
	r.front(t, link.WindowView{State: link.WindowServing, Ticket: ticketIn("called")})
	if got := r.hall.Try(t, "o1", "pad", time.Minute); got.Outcome != link.TryBusy || got.Detail != "试到一半有群众来办理，设备已让给他用" {
		t.Errorf("got %+v", got)
	}
}

func TestAScreenShowsItsWindowAgainAfterATrial(t *testing.T) {
	r := startPad(t, time.Second)
	r.hall.Push(link.TypeWindowChanged, windowWith(nil).Windows[0])
	r.page.Next(link.TypeWindowChanged, nil)
	shows := func(window string) {
		t.Helper()
		agenttest.WaitFor(t, "the screen shows window "+window, func() bool {
			r.tablet.mu.Lock()
			defer r.tablet.mu.Unlock()
			d := r.tablet.face.Desk
			return d != nil && d.Window == window && d.Number != "F007"
		})
	}
	shows("3")
	r.hall.Push(link.TypeDeviceTry, link.DeviceTry{Order: "o1", Device: "screen", Expires: time.Now().Add(time.Minute)})
	shows("8")
	// A citizen comes: the window's own plate is back at once.
	r.hall.Push(link.TypeWindowChanged, windowWith(&link.TicketView{ID: "t", Number: "F008", State: "called"}).Windows[0])
	shows("3")
	if got := r.hall.Try(t, "o1", "screen", time.Minute); got.Outcome != link.TryBusy {
		t.Errorf("got %+v", got)
	}
}
