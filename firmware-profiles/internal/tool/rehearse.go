package tool

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/profile"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

// test plays the vectors of the files, or of the whole catalogue, and then lets
// the engine talk to the simulator made from the same profile.
func (t *tool) test(ctx context.Context, args []string) int {
	flags := t.flags("test")
	vectorsOnly := flags.Bool("vectors", false, "play the vectors only")
	files, err := parse(flags, args)
	if err != nil {
		return exitUsage
	}
	profiles, err := t.profiles(files)
	if err != nil {
		return t.fail(err)
	}
	code := exitOK
	for _, p := range profiles {
		if !t.testOne(ctx, p, *vectorsOnly) {
			code = exitWrong
		}
	}
	return code
}

// testOne tests a profile.
func (t *tool) testOne(ctx context.Context, p *profile.Profile, vectorsOnly bool) bool {
	failed := failures(p)
	for _, m := range failed {
		fmt.Fprintln(t.err, m.Both())
	}
	fmt.Fprintf(t.out, "%s: %d/%d 个样例通过 / vectors pass\n", p.ID, len(p.Vectors)-len(failed), len(p.Vectors))
	if vectorsOnly || len(failed) > 0 {
		return len(failed) == 0
	}
	if lacks := lacking(p); lacks != "" {
		fmt.Fprintf(t.out, "%s: 未与模拟设备对话：%s\n", p.ID, lacks)
		return true
	}
	talk, err := rehearse(ctx, p)
	if err != nil {
		fmt.Fprintf(t.err, "%s: 与模拟设备对话失败 / round trip fails: %s\n%s", p.ID, cause(err), talk)
		return false
	}
	fmt.Fprintf(t.out, "%s: 与模拟设备对话通过 / round trip passes\n", p.ID)
	return true
}

// rehearseWait bounds the rehearsal of one profile.
const rehearseWait = 30 * time.Second

// rehearse does the steps of try against the profile's own simulator and
// returns what was said, for when it goes wrong.
func rehearse(ctx context.Context, p *profile.Profile) (string, error) {
	if onPage(p) {
		return "", rehearsePage(ctx, p)
	}
	ctx, cancel := context.WithTimeout(ctx, rehearseWait)
	defer cancel()
	cat, err := catalog.Load()
	if err != nil {
		return "", err
	}
	sim, err := simulator.Start(ctx, simulator.Config{
		ID: "rehearsal", Agent: "test", Profile: p.ID, Port: "tcp://127.0.0.1:0", Catalog: cat.With(p),
	})
	if err != nil {
		return "", err
	}
	defer func() {
		cancel()
		sim.Wait()
	}()
	var said bytes.Buffer
	ended := make(chan struct{})
	defer close(ended)
	a := &attempt{
		p: p, cfg: device.Config{ID: "try", Profile: p.ID, Port: sim.Port()}, steps: 3,
		yes: true, wait: 10 * time.Second, out: &safeWriter{w: &said},
		person: func(class device.Class) { go act(sim, class, ended) },
	}
	if !a.run(ctx, false) {
		return said.String(), fmt.Errorf("the steps fail: %w", device.ErrFault)
	}
	return said.String(), arrived(ctx, p, sim)
}

// actPause is between two tries of the person.
const actPause = 50 * time.Millisecond

// act is the person in a rehearsal: it lays a card, scans or presses until the
// device has taken it.
func act(sim *simulator.Device, class device.Class, ended <-chan struct{}) {
	for range 100 {
		switch class {
		case device.ClassIDReader:
			if _, err := sim.LayKind(device.Citizen, simulator.Person{}); err == nil {
				return
			}
		case device.ClassScanner:
			_ = sim.Scan("SMARTHALL-TEST-A001") // again and again: the first may come before the line is joined
		case device.ClassPad:
			if pressed(sim) {
				return
			}
		case device.ClassKeypad:
			_ = sim.PressAction(device.ActionNext) // again and again, as with a scanner
		case device.ClassButton:
			_ = sim.Call(true)
		case device.ClassSensor:
			if states := sim.Snapshot().States; len(states) > 0 {
				_ = sim.Sense(states[len(states)-1])
			}
		}
		select {
		case <-ended:
			return
		case <-time.After(actPause):
		}
	}
}

// arrivedWait is how long bytes may be under way.
const arrivedWait = 2 * time.Second

// arrived checks what the simulated device got.
func arrived(ctx context.Context, p *profile.Profile, sim *simulator.Device) error {
	want := map[device.Class]string{device.ClassPagePrinter: "%PDF-", device.ClassSpeaker: "RIFF", device.ClassPrinter: "A001", device.ClassLabelPrinter: "A001", device.ClassLED: "A1"}[p.Class]
	ctx, cancel := context.WithTimeout(ctx, arrivedWait)
	defer cancel()
	for !bytes.Contains(sim.Received(), []byte(want)) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%q didn't arrive: %w", want, device.ErrTimeout)
		case <-time.After(actPause):
		}
	}
	return nil
}

// pressed presses the best key that an armed pad has.
func pressed(sim *simulator.Device) bool {
	armed := sim.Snapshot().Armed
	if armed == nil || !*armed {
		return false
	}
	for score := 5; score >= 1; score-- {
		if sim.Press(score) == nil {
			return true
		}
	}
	return false
}
