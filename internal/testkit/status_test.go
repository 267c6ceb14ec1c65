package testkit_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
	"smarthall/kiosk-agent/kiosk"
)

// statusWithin is what is promised: a change of a device's state is on the
// board within this time.
const statusWithin = 2 * time.Second

// board is a manager's board that listens.
type board struct {
	t    *testing.T
	conn *websocket.Conn
}

func openBoard(t *testing.T, h *testkit.Running) *board {
	t.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http")+"/api/v1/board/live",
		http.Header{"Authorization": {"Bearer " + h.Token("manager", "", "")}})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = conn.Close() }) // it only listened
	return &board{t, conn}
}

// wait reads until the device's view is as wanted.
func (b *board) wait(what string, wanted func(link.DeviceView) bool) link.DeviceView {
	b.t.Helper()
	if err := b.conn.SetReadDeadline(time.Now().Add(testkit.Patience)); err != nil {
		b.t.Fatal(err)
	}
	for {
		var m link.Message
		if err := b.conn.ReadJSON(&m); err != nil {
			b.t.Fatalf("waiting for %s: %v", what, err)
		}
		for _, v := range devicesOf(b.t, m) {
			if wanted(v) {
				return v
			}
		}
	}
}

// waitHelp reads until somebody is shown to want help, or nobody any more.
func (b *board) waitHelp(what string, wanted bool) {
	b.t.Helper()
	if err := b.conn.SetReadDeadline(time.Now().Add(testkit.Patience)); err != nil {
		b.t.Fatal(err)
	}
	for {
		var m link.Message
		if err := b.conn.ReadJSON(&m); err != nil {
			b.t.Fatalf("waiting for %s: %v", what, err)
		}
		var a link.AgentView
		if m.Type != link.TypeAgentChanged || m.Into(&a) != nil {
			continue
		}
		if slices.ContainsFunc(a.Troubles, func(t link.TroubleView) bool { return t.Code == "kiosk.help" }) == wanted {
			return
		}
	}
}

// devicesOf are the devices that a message to a board tells of.
func devicesOf(t *testing.T, m link.Message) []link.DeviceView {
	t.Helper()
	var views []link.DeviceView
	into := func(body any) {
		if err := m.Into(body); err != nil {
			t.Fatal(err)
		}
	}
	switch m.Type {
	case link.TypeBoardSnapshot:
		var b link.BoardView
		into(&b)
		for _, a := range b.Agents {
			views = append(views, a.Devices...)
		}
	case link.TypeAgentChanged:
		var a link.AgentView
		into(&a)
		views = a.Devices
	case link.TypeDeviceChanged:
		var v link.DeviceView
		into(&v)
		views = append(views, v)
	}
	return views
}

// realKiosk is kiosk-1 with the real engines, at simulated devices and with a
// folder of profiles of its own.
func realKiosk(t *testing.T, h *testkit.Running, folder string, sims ...*simulator.Device) {
	t.Helper()
	library, err := all.Watch(t.Context(), folder, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(library.Stop)
	var devices []device.Config
	for _, sim := range sims {
		devices = append(devices, device.Config{ID: sim.ID(), Profile: sim.Snapshot().Profile, Port: sim.Port()})
	}
	k, err := kiosk.New(kiosk.Options{
		Config: &agent.Config{
			Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(h.URL, "http") + "/link", Token: h.Token("kiosk", "", "kiosk-1"),
			Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute, Profiles: folder,
			Devices: devices,
		},
		Open: library.Open, Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agenttest.Start(t, k, k.Agent().Ready()))
}

func simulatedPrinter(t *testing.T) *simulator.Device {
	t.Helper()
	return simulated(t, "printer", "generic/escpos-80")
}

func simulated(t *testing.T, id, model string) *simulator.Device {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	sim, err := simulator.Start(ctx, simulator.Config{ID: id, Agent: "kiosk-1", Profile: model, Port: "tcp://127.0.0.1:0"})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); sim.Wait() })
	return sim
}

// The whole way: a device's condition, its engine's question, the agent, the
// hall, the board's stream.
func TestDeviceStateReachesTheBoardInTime(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	h := testkit.Hall(t)
	sim := simulatedPrinter(t)
	realKiosk(t, h, "", sim)
	b := openBoard(t, h)
	is := func(state device.State) func(link.DeviceView) bool {
		return func(v link.DeviceView) bool { return v.ID == "printer" && v.State == string(state) }
	}
	b.wait("the printer", is(device.Online))
	steps := []struct {
		name string
		do   func() error
		want device.State
	}{
		{"paper out", sim.PaperOut, device.PaperEnd},
		{"paper in", sim.PaperIn, device.Online},
		{"cover open", sim.OpenCover, device.CoverOpen},
		{"cover closed", sim.CloseCover, device.Online},
		{"paper near end", sim.PaperNearEnd, device.PaperNearEnd},
		{"unplugged", func() error { sim.Unplug(); return nil }, device.Offline},
	}
	var took []time.Duration
	for _, s := range steps {
		began := time.Now()
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		v := b.wait(s.name, is(s.want))
		passed := time.Since(began)
		took = append(took, passed)
		t.Logf("%s: on the board as %s after %v", s.name, v.State, passed.Round(time.Millisecond))
		// The promise is for a machine that has nothing else to do: tests share theirs.
		if passed > 15*statusWithin {
			t.Errorf("%s: %v", s.name, passed)
		}
		if works := s.want == device.Online; works != (v.Advice == "") || v.Since.IsZero() {
			t.Errorf("%s: the view is %+v", s.name, v)
		}
	}
	t.Logf("slowest %v", slices.Max(took).Round(time.Millisecond))
}

// What says nothing by itself is asked: a pad or a button whose cable is cut,
// and a device that hangs, is away on the board in time. What can't be asked
// says so. A pressed button and an open cabinet are there as well.
func TestDevicesByFramesReachTheBoardInTime(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	h := testkit.Hall(t)
	pad, mute := simulated(t, "pad", "generic/pad-5key-escaped"), simulated(t, "mute", "generic/pad-5key-ascii")
	button, sensor := simulated(t, "button", "generic/button-call"), simulated(t, "cabinet", "generic/sensor-contact")
	realKiosk(t, h, "", pad, mute, button, sensor)
	b := openBoard(t, h)
	is := func(id string, state device.State) func(link.DeviceView) bool {
		return func(v link.DeviceView) bool { return v.ID == id && v.State == string(state) }
	}
	well := map[string]bool{}
	b.wait("all four", func(v link.DeviceView) bool {
		if v.State == string(device.Online) {
			well[v.ID] = true
			if v.Unasked != (v.ID == "mute") {
				t.Errorf("%s: the view is %+v", v.ID, v)
			}
		}
		return len(well) == 4
	})
	steps := []struct {
		name string
		do   func() error
		id   string
		want device.State
	}{
		{"the pad hangs", func() error { pad.Stall(); return nil }, "pad", device.Offline},
		{"the pad answers again", func() error { pad.Resume(); return nil }, "pad", device.Online},
		{"the cabinet is opened", func() error { return sensor.Sense(device.CoverOpen) }, "cabinet", device.CoverOpen},
		{"the sensor hangs", func() error { sensor.Stall(); return nil }, "cabinet", device.Offline},
		{"the cabinet is still open", func() error { sensor.Resume(); return nil }, "cabinet", device.CoverOpen},
		{"the button's cable is cut", func() error { button.Unplug(); return nil }, "button", device.Offline},
		{"and mended", button.Plug, "button", device.Online},
	}
	for _, s := range steps {
		began := time.Now()
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		v := b.wait(s.name, is(s.id, s.want))
		t.Logf("%s: on the board after %v", s.name, time.Since(began).Round(time.Millisecond))
		// Tests share their machine, so this is no promise kept; a port that went away is opened again at leisure.
		if passed := time.Since(began); passed > 15*statusWithin && s.want != device.Online {
			t.Errorf("%s: %v", s.name, passed)
		}
		if (s.want == device.Online) != (v.Advice == "") {
			t.Errorf("%s: the view is %+v", s.name, v)
		}
	}
	for _, staff := range []bool{true, false} {
		if err := button.Call(staff); err != nil {
			t.Fatal(err)
		}
		b.waitHelp("the call for staff", staff)
	}
}

// A technician saves a file, and the board shows the revision that is live.
func TestNewRevisionOfAProfileReachesTheBoard(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	h := testkit.Hall(t)
	sim := simulatedPrinter(t)
	shipped, err := catalog.FS.ReadFile("printer/generic-escpos-80.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	save := func(text string) {
		if err := os.MkdirAll(filepath.Join(folder, "printer"), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "printer", "own.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	realKiosk(t, h, folder, sim)
	b := openBoard(t, h)
	first := b.wait("the printer", func(v link.DeviceView) bool { return v.State == "online" })
	began := time.Now()
	save(string(shipped) + "# changed\n")
	second := b.wait("a new revision", func(v link.DeviceView) bool { return v.Revision != first.Revision && v.State == "online" })
	t.Logf("revision %s became %s after %v", first.Revision, second.Revision, time.Since(began).Round(time.Millisecond))
	save(strings.Replace(string(shipped), "columns: 48", "columns: many", 1))
	broken := b.wait("the mistake", func(v link.DeviceView) bool { return strings.Contains(v.Detail, "printer/own.yaml:") })
	if broken.Revision != second.Revision || broken.State != "online" {
		t.Errorf("with a broken file the view is %+v", broken)
	}
	if got := h.Do(testkit.Request{Method: "GET", Path: "/metrics", Token: h.Token("manager", "", "")}); !strings.Contains(got.Body, `revision="`+second.Revision+`"`) {
		t.Errorf("no revision in the hall's metrics: %d", got.Status)
	}
}
