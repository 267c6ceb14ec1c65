package agent_test

import (
	"testing"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// calls are what the hall was told of call buttons, in order, each once.
func calls(t *testing.T, hall *agenttest.Hall) (staff []bool) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range hall.Up(link.TypeKioskHelp) {
		var body link.KioskHelp
		if err := m.Into(&body); err != nil {
			t.Fatal(err)
		}
		if !seen[m.ID] {
			staff = append(staff, !body.Cancel)
		}
		seen[m.ID] = true
	}
	return staff
}

func TestACallButtonTellsTheHall(t *testing.T) {
	hall := agenttest.NewHall(t)
	events := make(chan any, 10)
	r := start(t, hall, agent.Hooks{Event: func(_ *agent.Device, e any) { events <- e }},
		device.Config{ID: "button", Profile: "button", Port: "p"}, device.Config{ID: "scanner", Profile: "scanner", Port: "q"})
	r.online(t)
	press := func(id string, key int) {
		t.Helper()
		agenttest.WaitFor(t, id+" takes a key", func() bool { return r.fakes.Get(id).Event(device.KeyPressed{Key: key}) })
	}
	press("button", device.KeyHelp)
	agenttest.WaitFor(t, "the call", func() bool { return len(calls(t, hall)) == 1 })
	press("button", device.KeyHelped)
	agenttest.WaitFor(t, "its end", func() bool { return len(calls(t, hall)) == 2 })
	if got := calls(t, hall); !got[0] || got[1] {
		t.Errorf("the hall was told %v", got)
	}
	// The key of another device is the door's affair, and no call.
	press("scanner", 5)
	if e := <-events; e != any(device.KeyPressed{Key: 5}) || len(events) > 0 {
		t.Errorf("the door got %v", e)
	}
	if got := calls(t, hall); len(got) != 2 {
		t.Errorf("a pad's key called for staff: %v", got)
	}
}

// helpOf is the call that a new page is told of.
func helpOf(t *testing.T, r *rig) *link.HelpView {
	t.Helper()
	page, all := agenttest.Open(t, r.Addr())
	page.Close()
	return all.Help
}

func TestThePagesSeeHowACallStandsAndWhoComes(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{}, device.Config{ID: "button", Profile: "button", Port: "p"})
	r.online(t)
	press := func(key int) {
		t.Helper()
		agenttest.WaitFor(t, "the key", func() bool { return r.fakes.Get("button").Event(device.KeyPressed{Key: key}) })
	}
	press(device.KeyHelp)
	agenttest.WaitFor(t, "the call", func() bool { h := helpOf(t, r); return h != nil && h.At == nil && !h.Since.IsZero() })
	since := helpOf(t, r).Since
	press(device.KeyHelp) // pressed again it is the same call
	hall.Push(link.TypeKioskHelped, link.KioskHelped{By: "张科"})
	agenttest.WaitFor(t, "the answer", func() bool { h := helpOf(t, r); return h != nil && h.At != nil })
	if h := helpOf(t, r); h.By != "张科" || !h.Since.Equal(since) {
		t.Errorf("got %+v, since %v", h, since)
	}
	press(device.KeyHelped)
	agenttest.WaitFor(t, "its end", func() bool { return helpOf(t, r) == nil })
}

// While the hall is away the latest key counts, and is told when it is back.
func TestACallIsToldWhenTheHallIsBack(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{}, device.Config{ID: "button", Profile: "button", Port: "p"})
	r.online(t)
	hall.SetAway(true)
	agenttest.WaitFor(t, "the hall to be away", func() bool { return !r.Client.Online() })
	for _, key := range []int{device.KeyHelp, device.KeyHelped, device.KeyHelp} {
		agenttest.WaitFor(t, "the key", func() bool { return r.fakes.Get("button").Event(device.KeyPressed{Key: key}) })
	}
	hall.SetAway(false)
	agenttest.WaitFor(t, "the call", func() bool { c := calls(t, hall); return len(c) > 0 && c[len(c)-1] })
}
