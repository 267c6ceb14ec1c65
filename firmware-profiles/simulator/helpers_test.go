package simulator_test

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

// TestMain runs many tests at once: they mostly wait for what devices are asked
// every few seconds.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// transports are the two ways to a device.
var transports = []string{"pty", "tcp"}

// start simulates a device of a profile and takes it down with the test.
func start(t *testing.T, profileID, transport string, change ...func(*simulator.Config)) *simulator.Device {
	t.Helper()
	cfg := simulator.Config{ID: "sim", Agent: "test", Profile: profileID, Port: "tcp://127.0.0.1:0"}
	if transport == "pty" {
		cfg.Port = filepath.Join(t.TempDir(), "dev", "line")
	}
	for _, f := range change {
		f(&cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d, err := simulator.Start(ctx, cfg)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		d.Wait()
	})
	return d
}

// sink collects what a device reports.
type sink struct {
	mu     sync.Mutex
	states []device.State
	events []any
}

func (s *sink) State(st device.State, _ string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.states = append(s.states, st)
}

func (s *sink) Event(e any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

// last is the state reported last.
func (s *sink) last() device.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.states) == 0 {
		return ""
	}
	return s.states[len(s.states)-1]
}

// had tells whether a state was ever reported.
func (s *sink) had(state device.State) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.states, state)
}

// all is every event so far.
func (s *sink) all() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]any(nil), s.events...)
}

// open is the real engine for the simulated device, not yet running.
func open(t *testing.T, sim *simulator.Device) device.Device {
	t.Helper()
	opener, err := all.Opener(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := opener(device.Config{ID: "device", Profile: sim.Snapshot().Profile, Port: sim.Port()})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// run keeps a device running as an agent's runtime does: after an error it is
// opened again. It ends with the test. The returned sink has the states, where
// the end of a run counts as the state of its error.
func run(t *testing.T, d device.Device) *sink {
	t.Helper()
	s := &sink{}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			err := d.Run(ctx, s)
			if ctx.Err() != nil {
				return
			}
			s.State(device.StateOf(err), "")
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	return s
}

// waitFor polls until ok, for a minute at most: a printer is asked every ten
// seconds, and the machine may be busy.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// waitState waits until the state reported last is want.
func waitState(t *testing.T, s *sink, want device.State) {
	t.Helper()
	waitFor(t, "state "+string(want), func() bool { return s.last() == want })
}

// within is a context for one call to a device.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// wantErr checks an error's kind.
func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

// must stops the test on an error of an action.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
