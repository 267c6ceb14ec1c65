package all_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/profile"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// TestMain runs many trials at once: they mostly wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "48"); err != nil {
		panic(err)
	}
	log.SetOutput(io.Discard) // net/http tells there of noise that nobody asked for
	goleak.VerifyTestMain(m)
}

const (
	// recover is how long a device may take to be well again after a fault:
	// a poll, its patience, and the longest pause between two attempts.
	recover = slowness * 40 * time.Second
	// actWithin bounds what is asked of a device in a test.
	actWithin = slowness * 5 * time.Second
	// lifted is how long a reader must see no card to believe it.
	lifted = 1500 * time.Millisecond
	// late is how much longer than its context a driver may take to return.
	late = slowness * 4 * time.Second
)

// Proof: every shipped profile, run by the agents' own runtime with the real
// engine against the simulator made from it, gets over what lines and devices
// do to it.
func TestProof(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[profile.Engine]int{}
	for _, p := range cat.All() {
		turn := seen[p.Engine]
		seen[p.Engine]++
		for i, trial := range trials {
			if sampled(p) && turn > 0 && i != turn%len(trials) {
				continue
			}
			t.Run(p.ID+"/"+trial.name, func(t *testing.T) {
				t.Parallel()
				if pictures[p.Class] {
					drawing <- struct{}{}
					defer func() { <-drawing }()
				}
				b := newBench(t, p, trial.split)
				b.waitKnown(t)
				trial.try(t, b)
			})
		}
	}
}

// trials are what lines and devices do.
var trials = []struct {
	name  string
	split bool
	try   func(t *testing.T, b *bench)
}{
	{"bytes come one by one", true, func(t *testing.T, b *bench) { b.wellSoon(t) }},
	{"garbage goes before an answer", false, garbage},
	{"device stalls and comes back", false, stall},
	{"line is cut in the middle of an answer", false, cut},
	{"device is unplugged and plugged in again", false, unplug},
}

// pictures are the classes whose simulators draw whole pages. Too many at once
// leave no time for what the others have to answer; drawing has a token for
// each that runs.
var (
	pictures = map[device.Class]bool{device.ClassCamera: true, device.ClassDocumentScanner: true, device.ClassPagePrinter: true}
	drawing  = make(chan struct{}, 3)
)

// sampled tells whether only the first profile of an engine gets every trial and
// each other one its turn: in short runs, and with the race detector where
// drawing pages takes most of the time.
func sampled(p *profile.Profile) bool {
	return testing.Short() || slowness > 1 && pictures[p.Class]
}

// bench is a device of a profile, its simulator and a line between them that
// can be cut.
type bench struct {
	p      *profile.Profile
	sim    *simulator.Device
	line   *cutter         // nil where the simulator is reached otherwise
	usb    *enginetest.USB // nil where it doesn't hang on USB
	wire   *usbWire
	d      *agent.Device
	events chan any
}

func newBench(t *testing.T, p *profile.Profile, split bool) *bench {
	t.Helper()
	return newBenchOn(t, p, split, nil)
}

// newBenchOn is newBench with the simulator plugged into USB, if wire says how.
func newBenchOn(t *testing.T, p *profile.Profile, split bool, wire *usbWire) *bench {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	sim, err := simulator.Start(ctx, simulator.Config{ID: "sim", Profile: p.ID, Port: "tcp://127.0.0.1:0", Split: split})
	if err != nil {
		cancel()
		t.Skipf("it can't be simulated here: %v", err)
	}
	t.Cleanup(func() { cancel(); sim.Wait() })
	at := sim.Port()
	var line *cutter
	if u, err := url.Parse(at); err == nil && u.Host != "" {
		line = newCutter(t, u.Host)
		at = strings.Replace(at, u.Host, line.listener.Addr().String(), 1)
	}
	var socket *enginetest.USB
	if wire != nil {
		socket, at = wire.plugInto(t, line.listener.Addr().String()), wire.address
	}
	b := newDevice(t, p, at, socket)
	b.sim, b.line, b.wire = sim, line, wire
	return b
}

// newDevice is a bench without a simulator: a device that runs with what is at an
// address, which is one of socket if that isn't nil.
func newDevice(t *testing.T, p *profile.Profile, at string, socket *enginetest.USB) *bench {
	t.Helper()
	b := &bench{p: p, usb: socket, events: make(chan any, 1000)}
	ctx, cancel := context.WithCancel(context.Background())
	if socket != nil {
		ctx = socket.In(ctx)
	}
	open, err := all.Opener(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ds, err := agent.NewDevices(agent.DevicesConfig{
		Devices: []device.Config{{ID: "device", Profile: p.ID, Port: at}}, Open: open,
		HallTime: func(t time.Time) time.Time { return t },
		Changed:  func(link.DeviceView) {},
		Event: func(_ *agent.Device, e any) {
			select {
			case b.events <- e:
			default:
			}
		},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		cancel()
		t.Skipf("it can't be opened here: %v", err)
	}
	b.d = ds.All()[0]
	var running sync.WaitGroup
	running.Go(func() { _ = ds.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		began := time.Now()
		running.Wait()
		if took := time.Since(began); took > late {
			t.Errorf("the driver ended after %v", took)
		}
	})
	return b
}

func (b *bench) waitWorks(t *testing.T) {
	t.Helper()
	b.waitState(t, "work", func(s device.State) bool { return s.Works() })
}

// waitKnown waits until the device works and has told how it is, if it can: on
// a machine that is busy a printer may seem to be one that never does.
func (b *bench) waitKnown(t *testing.T) {
	t.Helper()
	told := func() bool {
		return b.p.Class != device.ClassPrinter || b.p.Has(profile.QuirkNoStatus) || b.d.View().Detail == ""
	}
	b.waitState(t, "work", func(s device.State) bool { return s.Works() && told() })
}

// plug puts the simulator's plug in; another program may have its port for a
// moment.
func (b *bench) plug(t *testing.T) {
	t.Helper()
	var err error
	for end := time.Now().Add(recover); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = b.sim.Plug(); err == nil {
			if b.usb != nil {
				g := b.wire.gadget
				g.Dial = func() (net.Conn, error) { return net.Dial("tcp", b.line.listener.Addr().String()) }
				b.usb.Plug(t, usbSocket, g)
			}
			return
		}
	}
	t.Fatal(err)
}

func (b *bench) waitState(t *testing.T, what string, ok func(device.State) bool) {
	t.Helper()
	for end := time.Now().Add(recover); !ok(b.d.State()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it doesn't %s again: %+v", what, b.d.View())
		}
	}
}

// wellSoon checks that it does its job, at the latest when it has recovered,
// and that its state says so.
func (b *bench) wellSoon(t *testing.T) {
	t.Helper()
	var err error
	for end := time.Now().Add(recover); time.Now().Before(end); {
		if err = b.act(t, actWithin); err == nil {
			b.waitWorks(t)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("act: %v; %+v", err, b.d.View())
}

// act has the device do its job once.
func (b *bench) act(t *testing.T, within time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	began := time.Now()
	err := jobs[b.p.Class](ctx, b)
	if errors.Is(err, simulator.ErrUnsupported) {
		t.Skipf("the simulator can't do its part: %v", err)
	}
	if took := time.Since(began); took > within+late {
		t.Errorf("its job ended after %v of %v: %v", took, within, err)
	}
	return err
}

// garbage may cost the question that it disturbs, nothing more.
func garbage(t *testing.T, b *bench) {
	if err := b.sim.Garbage(); err != nil {
		t.Skipf("the line can't be disturbed: %v", err)
	}
	b.wellSoon(t)
	b.waitWorks(t)
}

// stall: what is asked meanwhile ends in time and not with success, and those
// that are asked for their state don't count as well.
func stall(t *testing.T, b *bench) {
	if b.p.Class == device.ClassSpeaker {
		t.Skip("it never says anything, so nobody can tell")
	}
	b.sim.Stall()
	defer b.sim.Resume()
	silent := b.p.Has(profile.QuirkNoStatus)
	if err := b.act(t, actWithin); err == nil && !silent {
		t.Error("it did its job while the device was hanging")
	}
	if b.p.Asked() && (lineClasses[b.p.Class] || b.p.Engine == profile.EngineFramed) {
		b.waitState(t, "fail", func(s device.State) bool { return !s.Works() })
	}
	b.sim.Resume()
	b.forgetJob(t)
	b.wellSoon(t)
}

// lineClasses are those that are asked again and again over a line.
var lineClasses = map[device.Class]bool{device.ClassPrinter: true, device.ClassIDReader: true, device.ClassLED: true}

// forgetJob switches a scanner off and on. One whose answer to a new job was
// lost is busy with that job until then, or until it gives it up by itself.
func (b *bench) forgetJob(t *testing.T) {
	t.Helper()
	if b.p.Class != device.ClassDocumentScanner {
		return
	}
	b.sim.Unplug()
	b.plug(t)
}

// cut: after so many bytes of what the device says, the line is gone. It is
// there again at once, and so is the device.
func cut(t *testing.T, b *bench) {
	if b.line == nil {
		t.Skip("its bytes don't come over a line of ours")
	}
	for _, after := range []int{1, 9, 600} {
		b.line.cutAfter(after)
		began := time.Now()
		for n := 0; n < 8 && (n < 2 || time.Since(began) < 3*time.Second) && !b.line.wasCut(); n++ {
			_ = b.act(t, actWithin) // the cut may fall into it
		}
		if !b.line.wasCut() {
			t.Logf("the device says less than %d bytes", after)
			b.line.cutAfter(never)
			break
		}
		b.forgetJob(t)
		b.wellSoon(t)
	}
}

func unplug(t *testing.T, b *bench) {
	b.sim.Unplug()
	b.line.hangUp()
	if b.usb != nil {
		b.usb.Unplug(usbSocket)
	}
	if b.p.Has(profile.QuirkNoStatus) {
		// What it is sent before it is missed is taken for done: it never confirms.
		b.waitState(t, "fail", func(s device.State) bool { return s == device.Offline })
	}
	if err := b.act(t, actWithin); err == nil {
		t.Error("it did its job without the device")
	}
	b.waitState(t, "fail", func(s device.State) bool { return s == device.Offline })
	if view := b.d.View(); view.Detail == "" || view.Advice == "" {
		t.Errorf("nobody is told what to do: %+v", view)
	}
	b.plug(t)
	b.wellSoon(t)
}

// The recovery after a plug that comes and goes leaves nothing behind.
func TestPlugCyclesLeaveNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, ok := cat.Get("generic/sam-v-serial")
	if !ok {
		t.Fatal("no profile")
	}
	t.Run("cycles", func(t *testing.T) {
		b := newBench(t, p, false)
		for range 3 {
			b.waitWorks(t)
			b.sim.Unplug()
			b.line.hangUp()
			enginetest.WaitFor(t, "the reader to be away", func() bool { return b.d.State() == device.Offline })
			b.plug(t)
		}
		b.wellSoon(t)
	})
}
