package all_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// cable is a USB serial adapter, played by socat: a pseudo-terminal of its own
// that vanishes when it is pulled.
type cable struct {
	t            *testing.T
	path, target string
	pulls        atomic.Int32 // how often it was pulled
	mu           sync.Mutex
	cmd          *exec.Cmd
}

// plug puts the cable in and waits until its port is there.
func (c *cable) plug() {
	c.t.Helper()
	// What is left of the one before may be somebody else's terminal by now.
	if err := os.Remove(c.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	c.cmd = exec.CommandContext(context.WithoutCancel(c.t.Context()), "socat", "pty,raw,echo=0,link="+c.path, "tcp:"+c.target)
	err := c.cmd.Start()
	c.mu.Unlock()
	if err != nil {
		c.t.Fatal(err)
	}
	enginetest.WaitFor(c.t, "the port", func() bool {
		_, err := os.Stat(c.path)
		return err == nil
	})
}

// pull takes it out at once: the process is killed and cleans nothing up.
func (c *cable) pull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd != nil {
		_ = c.cmd.Process.Kill() // it may have ended with its line
		_ = c.cmd.Wait()         // that it was killed is no news
		c.cmd = nil
	}
	c.pulls.Add(1)
}

// The adapter is pulled in the middle of a card's answer and put in again, as
// another terminal of the same name.
func TestAdapterPulledInTheMiddleOfAnAnswer(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("socat"); err != nil {
		t.Skip("socat is not installed")
	}
	ctx, cancel := context.WithCancel(context.Background())
	sim, err := simulator.Start(ctx, simulator.Config{ID: "sim", Profile: "generic/sam-v-serial", Port: "tcp://127.0.0.1:0"})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); sim.Wait() })
	line := newCutter(t, strings.TrimPrefix(sim.Port(), "tcp://"))
	usb := &cable{t: t, path: filepath.Join(t.TempDir(), "ttyUSB0"), target: line.listener.Addr().String()}
	line.atCut = usb.pull
	t.Cleanup(usb.pull)
	usb.plug()
	open, err := all.Opener(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{sim: sim, line: line, events: make(chan any, 1000)}
	ds, err := agent.NewDevices(agent.DevicesConfig{
		Devices: []device.Config{{ID: "reader", Profile: "generic/sam-v-serial", Port: usb.path}}, Open: open,
		HallTime: func(t time.Time) time.Time { return t }, Changed: func(link.DeviceView) {},
		Event: func(_ *agent.Device, e any) { b.events <- e }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.d = ds.All()[0]
	var running sync.WaitGroup
	running.Go(func() { _ = ds.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })

	for round := range 3 {
		b.waitWorks(t)
		line.cutAfter(700) // more than questions are answered with, less than a card
		for end := time.Now().Add(recover); !line.wasCut() && time.Now().Before(end); {
			_ = readCardNow(ctx, b)
			_ = enough(ctx, 20*time.Millisecond)
		}
		enginetest.WaitFor(t, "the reader to be away", func() bool { return usb.pulls.Load() > int32(round) && b.d.State() == device.Offline })
		view := b.d.View()
		if view.Detail == "" || strings.Contains(view.Detail, "smarthall") {
			t.Errorf("the detail is %q", view.Detail)
		}
		usb.plug()
		b.waitWorks(t)
		if err := readCardNow(ctx, b); err != nil {
			t.Errorf("after it was put in again: %v", err)
		}
	}
}

// readCardNow is readCard within a moment.
func readCardNow(ctx context.Context, b *bench) error {
	ctx, cancel := context.WithTimeout(ctx, 2*actWithin)
	defer cancel()
	go func() {
		// Without its line a card is never read; the wait needn't be as long.
		for ctx.Err() == nil && b.d.State().Works() {
			time.Sleep(20 * time.Millisecond)
		}
		cancel()
	}()
	return readCard(ctx, b)
}
