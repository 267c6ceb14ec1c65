package all_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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
	if err := flag.Set("test.parallel", "24"); err != nil {
		panic(err)
	}
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
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	trials := []struct {
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
	for _, p := range proven(cat) {
		for _, trial := range trials {
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

// pictures are the classes whose simulators draw whole pages. Too many at once
// leave no time for what the others have to answer; drawing has a token for
// each that runs.
var (
	pictures = map[device.Class]bool{device.ClassCamera: true, device.ClassDocumentScanner: true, device.ClassPagePrinter: true}
	drawing  = make(chan struct{}, 3)
)

// proven are the profiles to try: all, or in short runs and with the race
// detector one of each engine.
func proven(cat *profile.Catalog) []*profile.Profile {
	if !testing.Short() && slowness == 1 {
		return cat.All()
	}
	var some []*profile.Profile
	seen := map[profile.Engine]bool{}
	for _, p := range cat.All() {
		if pictures[p.Class] && slowness > 1 {
			continue // drawing pages takes most of a minute under the race detector
		}
		if !seen[p.Engine] {
			seen[p.Engine] = true
			some = append(some, p)
		}
	}
	return some
}

// bench is a device of a profile, its simulator and a line between them that
// can be cut.
type bench struct {
	p      *profile.Profile
	sim    *simulator.Device
	line   *cutter // nil where the simulator is reached otherwise
	d      *agent.Device
	events chan any
}

func newBench(t *testing.T, p *profile.Profile, split bool) *bench {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	sim, err := simulator.Start(ctx, simulator.Config{ID: "sim", Profile: p.ID, Port: "tcp://127.0.0.1:0", Split: split})
	if err != nil {
		cancel()
		t.Skipf("it can't be simulated here: %v", err)
	}
	t.Cleanup(func() { cancel(); sim.Wait() })
	b := &bench{p: p, sim: sim, events: make(chan any, 1000)}
	at := sim.Port()
	if u, err := url.Parse(at); err == nil && u.Host != "" {
		b.line = newCutter(t, u.Host)
		at = strings.Replace(at, u.Host, b.line.listener.Addr().String(), 1)
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
	switch b.p.Class {
	case device.ClassPrinter, device.ClassIDReader, device.ClassLED:
		if !silent {
			b.waitState(t, "fail", func(s device.State) bool { return !s.Works() })
		}
	}
	b.sim.Resume()
	b.wellSoon(t)
}

// cut: after so many bytes of what the device says, the line is gone. It is
// there again at once, and so is the device.
func cut(t *testing.T, b *bench) {
	if b.line == nil {
		t.Skip("its bytes don't come over a line of ours")
	}
	for _, after := range []int{1, 9, 600} {
		b.line.cutAfter(after)
		for end := time.Now().Add(10 * time.Second); !b.line.wasCut() && time.Now().Before(end); {
			_ = b.act(t, actWithin) // the cut may fall into it
		}
		if !b.line.wasCut() {
			t.Logf("the device says less than %d bytes", after)
			b.line.cutAfter(never)
			break
		}
		if b.p.Class == device.ClassDocumentScanner {
			// A scanner whose answer to a new job was lost is busy with that job
			// until it gives it up by itself or is switched off and on.
			b.sim.Unplug()
			b.plug(t)
		}
		b.wellSoon(t)
	}
}

func unplug(t *testing.T, b *bench) {
	b.sim.Unplug()
	b.line.hangUp()
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

// never is the bytes until a cut that doesn't come.
const never = -1

// cutter is a line between a driver and a simulated device that can be cut. A
// nil one does nothing.
type cutter struct {
	listener net.Listener
	target   string // host:port of the device
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	left   int    // bytes until the cut, or never
	atCut  func() // is called right before the cut, if it isn't nil
	closed bool
}

func newCutter(t *testing.T, target string) *cutter {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: l, target: target, conns: map[net.Conn]bool{}, left: never}
	c.running.Go(c.serve)
	t.Cleanup(func() {
		_ = l.Close()
		c.mu.Lock()
		c.closed = true
		c.mu.Unlock()
		c.hangUp()
		c.running.Wait()
	})
	return c
}

func (c *cutter) serve() {
	for {
		host, err := c.listener.Accept()
		if err != nil {
			return
		}
		dev, err := net.DialTimeout("tcp", c.target, time.Second)
		if err != nil || !c.keep(host, dev) {
			_ = host.Close()
			continue
		}
		c.running.Go(func() {
			_, _ = io.Copy(dev, host)
			c.drop(host, dev)
		})
		c.running.Go(func() {
			c.pass(host, dev)
			c.drop(host, dev)
		})
	}
}

// keep notes a pair of connections; false if the test is over.
func (c *cutter) keep(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		if c.closed {
			_ = conn.Close()
			continue
		}
		c.conns[conn] = true
	}
	return !c.closed
}

func (c *cutter) drop(conns ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(c.conns, conn)
	}
}

// pass hands the device's bytes on until the cut.
func (c *cutter) pass(host, dev net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := dev.Read(buf)
		if err != nil {
			return
		}
		n, end := c.spend(n)
		_, err = host.Write(buf[:n])
		if end && c.atCut != nil {
			c.atCut()
		}
		if err != nil || end {
			return
		}
	}
}

// spend is how many of n bytes may still pass, and whether the cut follows.
func (c *cutter) spend(n int) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == never {
		return n, false
	}
	if n < c.left {
		c.left -= n
		return n, false
	}
	n, c.left = c.left, never
	return n, true
}

func (c *cutter) cutAfter(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = n
}

func (c *cutter) wasCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left == never
}

// hangUp ends the connections that are open.
func (c *cutter) hangUp() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		_ = conn.Close()
	}
}

// jobs are what devices of each class are there for.
var jobs = map[device.Class]func(ctx context.Context, b *bench) error{
	device.ClassPrinter: func(ctx context.Context, b *bench) error {
		return b.d.Print(ctx, device.Document{Job: "j", Lines: []device.Line{{Text: "A012 请取号", Size: 2}, {QR: "A012"}}})
	},
	device.ClassLabelPrinter: func(ctx context.Context, b *bench) error {
		return b.d.PrintLabel(ctx, device.Label{Job: "j", Title: "材料", Code: "A012"})
	},
	device.ClassPagePrinter: func(ctx context.Context, b *bench) error {
		return b.d.PrintPDF(ctx, device.PageJob{Job: "j", Title: "test", PDF: onePage()})
	},
	device.ClassLED: func(ctx context.Context, b *bench) error { return b.d.Show(ctx, "A012") },
	device.ClassPad: func(ctx context.Context, b *bench) error {
		return b.while(ctx, func() error { return pressBest(b.sim) }, func(ctx context.Context) error {
			_, err := b.d.Ask(ctx)
			return err
		})
	},
	device.ClassKeypad: func(ctx context.Context, b *bench) error {
		return b.until(ctx, func() error { return b.sim.PressAction(device.ActionNext) }, func(e any) (bool, error) {
			_, ok := e.(device.ActionPressed)
			return ok, nil
		})
	},
	device.ClassScanner: func(ctx context.Context, b *bench) error {
		return b.until(ctx, func() error { return b.sim.Scan("SMARTHALL-A012") }, func(e any) (bool, error) {
			code, ok := e.(device.CodeScanned)
			if ok && code.Text != "SMARTHALL-A012" {
				return false, fmt.Errorf("scanned %q: %w", code.Text, device.ErrFrame)
			}
			return ok, nil
		})
	},
	device.ClassIDReader: readCard,
	device.ClassCamera: func(ctx context.Context, b *bench) error {
		_, err := b.d.Capture(ctx)
		return err
	},
	device.ClassDocumentScanner: func(ctx context.Context, b *bench) error {
		_, err := b.d.Scan(ctx, device.ScanSettings{DPI: 100}, func(device.Image) error { return nil })
		return err
	},
	device.ClassSpeaker: func(ctx context.Context, b *bench) error { return b.d.Say(ctx, "请A012号") },
}

// while acts as the person again and again until do returns.
func (b *bench) while(ctx context.Context, person func() error, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if err := person(); errors.Is(err, simulator.ErrUnsupported) {
				cancel()
				return errors.Join(err, <-done)
			}
		}
	}
}

// until acts as the person again and again until an event is the wanted one.
// What comes broken because of a fault is an error and ends it.
func (b *bench) until(ctx context.Context, person func() error, wanted func(any) (bool, error)) error {
	for len(b.events) > 0 {
		<-b.events
	}
	tick := time.NewTicker(400 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case e := <-b.events:
			if ok, err := wanted(e); ok || err != nil {
				return err
			}
		case <-tick.C:
			if err := person(); errors.Is(err, simulator.ErrUnsupported) {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// readCard lays a card, waits for what it says and takes it away.
func readCard(ctx context.Context, b *bench) error {
	_ = b.sim.Lift() // one may lie there from the last time
	if err := enough(ctx, lifted); err != nil {
		return err
	}
	for len(b.events) > 0 {
		<-b.events
	}
	if _, err := b.sim.LayKind(device.Citizen, simulator.Person{}); err != nil {
		return err
	}
	defer func() { _ = b.sim.Lift() }() // the test goes on without it
	for {
		select {
		case e := <-b.events:
			switch e := e.(type) {
			case device.CardPresent:
				if e.Identity.Number == "" {
					return fmt.Errorf("card without a number: %w", device.ErrFrame)
				}
				return nil
			case device.CardFailed:
				return e.Cause
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func enough(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pressBest presses the best key that a pad has, once it is armed.
func pressBest(sim *simulator.Device) error {
	armed := sim.Snapshot().Armed
	if armed == nil {
		return simulator.ErrUnsupported
	}
	if !*armed {
		return nil
	}
	var err error
	for score := 5; score >= 1; score-- {
		if err = sim.Press(score); err == nil {
			return nil
		}
	}
	return err
}

// onePage is a PDF file with one empty page.
func onePage() []byte {
	var b strings.Builder
	var at []int
	b.WriteString("%PDF-1.4\n")
	for i, object := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", start)
	return []byte(b.String())
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
		for range 5 {
			b.waitWorks(t)
			b.sim.Unplug()
			b.line.hangUp()
			enginetest.WaitFor(t, "the reader to be away", func() bool { return b.d.State() == device.Offline })
			b.plug(t)
		}
		b.wellSoon(t)
	})
}
