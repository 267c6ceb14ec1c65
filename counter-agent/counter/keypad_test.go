package counter_test

import (
	"testing"
	"time"

	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// press presses a key of the keypad and returns what the clerk's page is told.
func (r *rig) press(t *testing.T, a device.Action) link.ActionDone {
	t.Helper()
	// Any device may send the event; the counter looks at nothing else.
	if !r.fakes.Get("scanner").Event(device.ActionPressed{Action: a}) {
		t.Fatal("the device isn't running")
	}
	var done link.ActionDone
	r.page.Next(link.TypeActionDone, &done)
	if done.Action != string(a) {
		t.Errorf("%s was answered with %+v", a, done)
	}
	return done
}

// front puts a ticket before the window.
func (r *rig) front(t *testing.T, w link.WindowView) {
	t.Helper()
	w.ID = "3"
	r.hall.Push(link.TypeWindowChanged, w)
	r.page.Next(link.TypeWindowChanged, nil)
}

func ticketIn(state string) *link.TicketView {
	return &link.TicketView{ID: "t", Number: "B012", State: state}
}

func TestKeysDoWhatThePageDoes(t *testing.T) {
	r := start(t, time.Second)
	for _, tt := range []struct {
		key    device.Action
		window link.WindowView
		want   link.Type
		body   string
	}{
		{device.ActionNext, link.WindowView{State: link.WindowIdle}, link.TypeWindowCallNext, ""},
		{device.ActionRecall, link.WindowView{State: link.WindowServing, Ticket: ticketIn("called")}, link.TypeTicketRecall, `{"ticket":"t"}`},
		{device.ActionArrive, link.WindowView{State: link.WindowServing, Ticket: ticketIn("called")}, link.TypeTicketArrive, `{"ticket":"t"}`},
		{device.ActionNoShow, link.WindowView{State: link.WindowServing, Ticket: ticketIn("called")}, link.TypeTicketNoShow, `{"ticket":"t"}`},
		{device.ActionFinish, link.WindowView{State: link.WindowServing, Ticket: ticketIn("serving")}, link.TypeTicketFinish, `{"ticket":"t"}`},
		{device.ActionPause, link.WindowView{State: link.WindowIdle}, link.TypeWindowPause, `{"text":"暂离窗口，请稍候"}`},
		{device.ActionPause, link.WindowView{State: link.WindowPaused}, link.TypeWindowContinue, ""},
	} {
		t.Run(string(tt.want), func(t *testing.T) {
			r.front(t, tt.window)
			if done := r.press(t, tt.key); done.Detail != "" {
				t.Fatalf("got %+v", done)
			}
			up := r.hall.Up(tt.want)
			if len(up) != 1 || string(up[0].Body) != tt.body || len(up[0].ID) < 16 {
				t.Errorf("the hall got %+v, want body %s", up, tt.body)
			}
		})
	}
}

func TestKeysAreRefusedAsOnThePage(t *testing.T) {
	r := start(t, time.Second)
	for _, tt := range []struct {
		name   string
		key    device.Action
		window link.WindowView
		want   string
	}{
		{"nobody signed in", device.ActionNext, link.WindowView{State: link.WindowSignedOut}, "请先在窗口页面登录"},
		{"next while called", device.ActionNext, link.WindowView{Ticket: ticketIn("called")}, "B012 还没有到达或过号"},
		{"next while serving", device.ActionNext, link.WindowView{Ticket: ticketIn("serving")}, "请先办结 B012"},
		{"next while paused", device.ActionNext, link.WindowView{State: link.WindowPaused}, "窗口暂停中，请先继续"},
		{"recall nobody", device.ActionRecall, link.WindowView{State: link.WindowIdle}, "还没有叫号"},
		{"arrive twice", device.ActionArrive, link.WindowView{Ticket: ticketIn("serving")}, "B012 已经在办理"},
		{"finish nobody", device.ActionFinish, link.WindowView{State: link.WindowIdle}, "还没有叫号"},
		{"finish before arriving", device.ActionFinish, link.WindowView{Ticket: ticketIn("called")}, "请先确认 B012 到达"},
		{"pause while serving", device.ActionPause, link.WindowView{Ticket: ticketIn("serving")}, "请先办结 B012"},
		{"a key without meaning", "dance", link.WindowView{State: link.WindowIdle}, "这个按键没有对应的操作"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r.front(t, tt.window)
			if done := r.press(t, tt.key); done.Detail != tt.want {
				t.Errorf("got %+v, want %s", done, tt.want)
			}
		})
	}
}

func TestTheHallsRefusalAndNobodyWaitingAreTold(t *testing.T) {
	r := start(t, time.Second)
	r.front(t, link.WindowView{State: link.WindowIdle})
	r.hall.OnCommand(func(link.Message) (link.Type, any) { return link.TypeAnswer, link.Answer{None: true} })
	if done := r.press(t, device.ActionNext); done.Detail != "现在没有人等候" {
		t.Errorf("got %+v", done)
	}
	r.hall.OnCommand(func(link.Message) (link.Type, any) {
		return link.TypeError, link.Problem{Status: 409, Code: "window.by-hand", Detail: "本窗口由您点选"}
	})
	if done := r.press(t, device.ActionNext); done.Detail != "本窗口由您点选" {
		t.Errorf("got %+v", done)
	}
}

// What a key did while the hall is away is kept, and counts as done.
func TestKeysWhileTheHallIsAway(t *testing.T) {
	r := start(t, 50*time.Millisecond)
	r.front(t, link.WindowView{State: link.WindowServing, Ticket: ticketIn("called")})
	r.away(t)
	if done := r.press(t, device.ActionArrive); done.Detail != "" {
		t.Errorf("arrive: %+v", done)
	}
	if done := r.press(t, device.ActionArrive); done.Detail != "B012 已经在办理" {
		t.Errorf("arrive twice: %+v", done)
	}
	if done := r.press(t, device.ActionFinish); done.Detail != "" {
		t.Errorf("finish: %+v", done)
	}
	if done := r.press(t, device.ActionFinish); done.Detail != "还没有叫号" {
		t.Errorf("finish twice: %+v", done)
	}
	if done := r.press(t, device.ActionNext); done.Detail == "" {
		t.Error("next was done without the hall")
	}
	r.hall.SetAway(false)
	agenttest.WaitFor(t, "what was kept", func() bool { return len(r.hall.Up(link.TypeTicketFinish)) == 1 })
	if n := len(r.hall.Up(link.TypeTicketArrive)); n != 1 {
		t.Errorf("the hall heard of %d arrivals", n)
	}
	if n := len(r.hall.Up(link.TypeWindowCallNext)); n != 0 {
		t.Error("the refused key came late")
	}
}
