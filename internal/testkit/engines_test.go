package testkit_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/engine/samv"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
	"smarthall/kiosk-agent/kiosk"
)

// happening is something that comes over a simulated device, and the state that
// it has then.
type happening struct {
	name string
	do   func(*simulator.Device) error
	want device.State
}

// What comes over devices. All of them can be pulled out: that comes last.
var (
	paperOut   = happening{"paper out", (*simulator.Device).PaperOut, device.PaperEnd}
	paperIn    = happening{"paper in", (*simulator.Device).PaperIn, device.Online}
	nearEnd    = happening{"paper near end", (*simulator.Device).PaperNearEnd, device.PaperNearEnd}
	coverOpen  = happening{"cover open", (*simulator.Device).OpenCover, device.CoverOpen}
	coverShut  = happening{"cover closed", (*simulator.Device).CloseCover, device.Online}
	jam        = happening{"jam", (*simulator.Device).Jam, device.Jam}
	jamCleared = happening{"jam cleared", (*simulator.Device).ClearJam, device.Online}
	unplugged  = happening{"unplugged", func(d *simulator.Device) error { d.Unplug(); return nil }, device.Offline}
)

func moduleFault(code samv.Status) func(*simulator.Device) error {
	return func(d *simulator.Device) error { return d.ModuleFault(code) }
}

func refuses(yes bool) func(*simulator.Device) error {
	return func(d *simulator.Device) error { return d.Refuse(yes) }
}

// engineDevices are a device of each engine that has a simulator, with what can
// come over it. A page of the agent and SANE's drivers have none.
var engineDevices = []struct {
	id, profile string
	happens     []happening
}{
	{"speaker", "generic/speaker-tcp", []happening{unplugged}},
	{"ticket", "generic/escpos-80", []happening{paperOut, paperIn, coverOpen, coverShut, jam, jamCleared, nearEnd, unplugged}},
	{"tspl", "generic/tspl-203", []happening{paperOut, paperIn, coverOpen, coverShut, jam, jamCleared, unplugged}},
	{"zpl", "generic/zpl-203", []happening{unplugged}}, // says nothing in trouble, which is told as a fault
	{"ipp", "generic/ipp-a4", []happening{paperOut, paperIn, coverOpen, coverShut, jam, jamCleared, unplugged}},
	{"escl", "generic/escl-a4", []happening{jam, jamCleared, coverOpen, coverShut, unplugged}},
	{"reader", "generic/sam-v-serial", []happening{
		{"self-test failed", moduleFault(samv.SelfTestFailed), device.Fault},
		{"well again", moduleFault(0), device.Online},
		{"not authorised", moduleFault(samv.SAMNotAuthorised), device.Unauthorised},
		unplugged,
	}},
	{"strip", "onbon/bx-5k-64x16", []happening{
		{"refuses", refuses(true), device.Fault},
		{"obeys again", refuses(false), device.Online},
		unplugged,
	}},
	{"pad", "generic/pad-5key-bin", []happening{unplugged}},
	{"keypad", "generic/keypad-5key-ascii", []happening{unplugged}},
	{"scanner", "generic/scanner-serial", []happening{unplugged}},
	{"camera", "pikvm/ustreamer", []happening{unplugged}},
}

// Whatever comes over a device of whatever engine is on the board in time; of
// one that is looked at more seldom, the board says how seldom.
func TestEveryEnginesStatesReachTheBoardInTime(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	h := testkit.Hall(t)
	ctx, cancel := context.WithCancel(context.Background())
	sims := map[string]*simulator.Device{}
	var configs []device.Config
	t.Cleanup(func() {
		cancel()
		for _, sim := range sims {
			sim.Wait()
		}
	})
	for _, d := range engineDevices {
		sim, err := simulator.Start(ctx, simulator.Config{ID: d.id, Agent: "kiosk-1", Profile: d.profile, Port: "tcp://127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		sims[d.id] = sim
		configs = append(configs, device.Config{ID: d.id, Profile: d.profile, Port: sim.Port()})
	}
	open, err := all.Opener(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	k, err := kiosk.New(kiosk.Options{
		Config: &agent.Config{
			Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(h.URL, "http") + "/link", Token: h.Token("kiosk", "", "kiosk-1"),
			Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute, Devices: configs,
		},
		Open: open, Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agenttest.Start(t, k, k.Agent().Ready()))
	t.Run("engines", func(t *testing.T) {
		for _, d := range engineDevices {
			t.Run(d.id, func(t *testing.T) {
				t.Parallel()
				b := openBoard(t, h)
				is := func(state device.State) func(link.DeviceView) bool {
					return func(v link.DeviceView) bool { return v.ID == d.id && v.State == string(state) }
				}
				v := b.wait("the device", is(device.Online))
				promised := statusWithin
				if v.LookSeconds > 0 {
					promised = time.Duration(v.LookSeconds) * time.Second
					if v.AsOf == nil {
						t.Error("looked at seldom, and nobody knows when")
					}
				}
				for _, s := range d.happens {
					began := time.Now()
					if err := s.do(sims[d.id]); err != nil {
						t.Fatalf("%s: %v", s.name, err)
					}
					v := b.wait(s.name, is(s.want))
					took := time.Since(began)
					t.Logf("%s: on the board as %s after %v of %v", s.name, v.State, took.Round(time.Millisecond), promised)
					// The promise is for a machine that has nothing else to do: tests share theirs.
					if took > promised+30*time.Second {
						t.Errorf("%s: on the board after %v, promised are %v", s.name, took, promised)
					}
				}
			})
		}
	})
}
