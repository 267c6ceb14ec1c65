package agent_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// trying is an agent with a device of each of some classes, named after them.
type trying struct{ *rig }

func tryRig(t *testing.T, hooks agent.Hooks, classes ...string) trying {
	t.Helper()
	p := trying{&rig{hall: agenttest.NewHall(t)}}
	var devices []device.Config
	for _, class := range classes {
		devices = append(devices, device.Config{ID: class, Profile: class})
	}
	a, err := agent.New(agent.Options{
		Config: &agent.Config{
			Agent: "kiosk-1", Hall: p.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: t.TempDir(), Devices: devices,
		},
		Role: link.RoleKiosk, Dist: pages, Log: slog.New(slog.DiscardHandler), Open: p.fakes.Opener(), Hooks: hooks,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Agent = a
	agenttest.Start(t, a, a.Ready())
	agenttest.WaitFor(t, "hall and devices", func() bool {
		for _, d := range a.Devices.All() {
			if d.State() != device.Online {
				return false
			}
		}
		return a.Client.Online()
	})
	return p
}

func (p trying) try(t *testing.T, order, id string, life time.Duration) link.DeviceTried {
	t.Helper()
	return p.hall.Try(t, order, id, life)
}

func TestEveryClassThatGivesSomethingOutCanBeTried(t *testing.T) {
	p := tryRig(t, agent.Hooks{}, "printer", "label-printer", "page-printer", "speaker", "led", "pad", "id-reader", "scanner")
	go func() { p.fakes.Get("pad").Keys <- 4 }()
	for class, want := range map[string]link.DeviceTried{
		"printer": {Outcome: link.TryDone}, "label-printer": {Outcome: link.TryDone}, "page-printer": {Outcome: link.TryDone},
		"speaker": {Outcome: link.TryDone}, "led": {Outcome: link.TryDone}, "pad": {Outcome: link.TryDone, Key: 4},
		"id-reader": {Outcome: link.TryByHand}, "scanner": {Outcome: link.TryByHand},
	} {
		want.Order, want.Device, want.State = "o-"+class, class, "online"
		if got := p.try(t, want.Order, class, time.Minute); got != want {
			t.Errorf("%s: got %+v, want %+v", class, got, want)
		}
	}
	docs, labels, pages := p.fakes.Get("printer").Printed(), p.fakes.Get("label-printer").Labels(), p.fakes.Get("page-printer").Pages()
	if len(docs) != 1 || !strings.Contains(fmt.Sprint(docs[0].Lines), "不是号票") {
		t.Errorf("the printer printed %+v", docs)
	}
	if len(labels) != 1 || labels[0].Code != "TEST" {
		t.Errorf("the label printer printed %+v", labels)
	}
	if len(pages) != 1 || !bytes.HasPrefix(pages[0].PDF, []byte("%PDF-")) {
		t.Errorf("the page printer printed %d pages", len(pages))
	}
	if said := p.fakes.Get("speaker").Said(); len(said) != 1 || strings.Contains(said[0], "号") {
		t.Errorf("the speaker said %q", said)
	}
	if shown := p.fakes.Get("led").Texts(); fmt.Sprint(shown) != fmt.Sprint([]string{agent.TryText, " "}) {
		t.Errorf("the strip showed %q", shown)
	}
}

func TestADeviceThatFailsSaysSoInItsOwnWords(t *testing.T) {
	p := tryRig(t, agent.Hooks{}, "label-printer", "printer")
	p.fakes.Get("label-printer").OnLabel(func(context.Context, device.Label) error { return device.ErrNoPaper })
	got := p.try(t, "o1", "label-printer", time.Minute)
	if got.Outcome != link.TryFailed || got.Detail != "缺纸" || got.DetailEN != "Out of paper" {
		t.Errorf("out of paper: %+v", got)
	}
	p.fakes.Get("label-printer").OnLabel(func(context.Context, device.Label) error {
		return fmt.Errorf("%w: %w", device.ErrPartly, device.ErrTimeout)
	})
	if got := p.try(t, "o2", "label-printer", time.Minute); got.Outcome != link.TryUnknown || got.Detail != "设备没有应答" {
		t.Errorf("half-way: %+v", got)
	}
	p.fakes.Get("printer").Unplug()
	agenttest.WaitFor(t, "the printer is away", func() bool { return !p.Devices.OfClass(device.ClassPrinter)[0].State().Works() })
	if got := p.try(t, "o3", "printer", time.Minute); got.Outcome != link.TryFailed || got.State != "offline" || got.Detail == "" {
		t.Errorf("unplugged: %+v", got)
	}
	if n := len(p.fakes.Get("printer").Printed()); n != 0 {
		t.Errorf("%d documents went to a printer that is away", n)
	}
}

func TestNobodyIsDisturbedByATrial(t *testing.T) {
	p := tryRig(t, agent.Hooks{Try: func(context.Context, *agent.Device) error {
		return agent.InUse("有群众正在使用这台机器，请等他离开再试")
	}}, "label-printer")
	if got := p.try(t, "o1", "label-printer", time.Minute); got.Outcome != link.TryBusy || got.Detail != "有群众正在使用这台机器，请等他离开再试" || got.DetailEN == "" {
		t.Errorf("a citizen is there: %+v", got)
	}
	if n := len(p.fakes.Get("label-printer").Labels()); n != 0 {
		t.Errorf("%d labels came out", n)
	}
}

func TestADeviceAtWorkIsNotTried(t *testing.T) {
	p := tryRig(t, agent.Hooks{}, "label-printer")
	begun, end := make(chan struct{}), make(chan struct{})
	p.fakes.Get("label-printer").OnLabel(func(context.Context, device.Label) error {
		close(begun)
		<-end
		return nil
	})
	done := make(chan error, 1)
	go func() {
		done <- p.Devices.OfClass(device.ClassLabelPrinter)[0].PrintLabel(t.Context(), device.Label{Job: "1"})
	}()
	<-begun
	if got := p.try(t, "o1", "label-printer", time.Minute); got.Outcome != link.TryBusy {
		t.Errorf("in the middle of a label: %+v", got)
	}
	close(end)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOrdersThatMakeNoSenseTryNothing(t *testing.T) {
	p := tryRig(t, agent.Hooks{}, "label-printer")
	if got := p.try(t, "late", "label-printer", -time.Minute); got.Outcome != link.TryLate {
		t.Errorf("too late: %+v", got)
	}
	if got := p.try(t, "other", "no-such", time.Minute); got.Outcome != link.TryNoDevice {
		t.Errorf("another device: %+v", got)
	}
	p.hall.Push(link.TypeDeviceTry, link.DeviceTry{Device: "label-printer", Expires: time.Now().Add(time.Minute)}) // no order
	if got := p.try(t, "twice", "label-printer", time.Minute); got.Outcome != link.TryDone {
		t.Errorf("got %+v", got)
	}
	p.hall.Push(link.TypeDeviceTry, link.DeviceTry{Order: "twice", Device: "label-printer", Expires: time.Now().Add(time.Minute)})
	if got := p.try(t, "again", "label-printer", time.Minute); got.Outcome != link.TryDone {
		t.Errorf("got %+v", got)
	}
	if n := len(p.fakes.Get("label-printer").Labels()); n != 2 {
		t.Errorf("%d labels came out of two orders, one of which came twice", n)
	}
}
