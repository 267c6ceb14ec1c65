package bus_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/bus"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wire is the far side of a line, behind a serial device server: "a?" asks
// device a, which answers "a!" if it lives.
type wire struct {
	address string
	mu      sync.Mutex
	conn    net.Conn
	dead    string // devices that don't answer
	asked   map[string]int
	overlap int
}

func newWire(t *testing.T, dead string) *wire {
	t.Helper()
	address, conns := enginetest.Listen(t)
	w := &wire{address: address, dead: dead, asked: map[string]int{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case conn := <-conns:
				w.serve(conn)
			case <-t.Context().Done():
				return
			}
		}
	}()
	t.Cleanup(func() { <-done })
	return w
}

func (w *wire) serve(conn net.Conn) {
	w.mu.Lock()
	w.conn = conn
	w.mu.Unlock()
	buf := make([]byte, 64)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		w.mu.Lock()
		if n != 2 {
			w.overlap++
		}
		name := string(buf[:1])
		w.asked[name]++
		dead := strings.Contains(w.dead, name)
		w.mu.Unlock()
		if !dead {
			_, _ = conn.Write([]byte(name + "!"))
		}
	}
}

func (w *wire) count(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[name]
}

func join(t *testing.T, ls *bus.Lines, address, name string) *bus.Member {
	t.Helper()
	m, err := ls.Join(t.Context(), bus.Config{Address: address, Device: name}, port.Open)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() }) // a test may have broken the line
	return m
}

// ask asks a device within a moment.
func ask(m *bus.Member, name string, within time.Duration) error {
	return m.Exchange(context.Background(), func() error {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		if err := m.Write(ctx, []byte(name+"?")); err != nil {
			return err
		}
		got := ""
		buf := make([]byte, 64)
		for !strings.Contains(got, name+"!") {
			n, err := m.Read(ctx, buf)
			if errors.Is(err, context.DeadlineExceeded) {
				return device.ErrTimeout
			}
			if err != nil {
				return err
			}
			got += string(buf[:n])
		}
		return nil
	})
}

func TestDevicesOfALineTakeTurns(t *testing.T) {
	w := newWire(t, "")
	var ls bus.Lines
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		m := join(t, &ls, w.address, name)
		wg.Go(func() {
			for range 25 {
				if err := ask(m, name, enginetest.Patience); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	wg.Wait()
	if w.overlap != 0 {
		t.Errorf("%d messages overlapped", w.overlap)
	}
}

// Of a line with one living and seven dead devices, the living one keeps its
// pace: it waits for one dead device at a time, and those step back.
func TestDeadDevicesDoNotStarveTheOthers(t *testing.T) {
	w := newWire(t, "bcdefgh")
	var ls bus.Lines
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for _, name := range []string{"b", "c", "d", "e", "f", "g", "h"} {
		m := join(t, &ls, w.address, name)
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := ask(m, name, 20*time.Millisecond); !errors.Is(err, device.ErrTimeout) {
					t.Errorf("dead device %s: %v", name, err)
				}
				time.Sleep(time.Millisecond) // a supervisor waits much longer
			}
		})
	}
	alive := join(t, &ls, w.address, "a")
	var longest time.Duration
	for range 50 {
		began := time.Now()
		if err := ask(alive, "a", enginetest.Patience); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(began))
		time.Sleep(time.Millisecond)
	}
	if longest > time.Second {
		t.Errorf("the living device waited %v for its turn", longest)
	}
	if n := w.count("b"); n > 10 {
		t.Errorf("a dead device was asked %d times meanwhile", n)
	}
	t.Logf("longest wait %v, each dead device took %v", longest.Round(time.Millisecond), 20*time.Millisecond)
}

// How a device answers is remembered while it is away from the line, for its
// driver leaves after a silence and comes back.
func TestSilenceIsRememberedOverMemberships(t *testing.T) {
	w := newWire(t, "b")
	var ls bus.Lines
	keep := join(t, &ls, w.address, "a")
	for range 3 {
		m := join(t, &ls, w.address, "b")
		if err := ask(m, "b", 5*time.Millisecond); !errors.Is(err, device.ErrTimeout) {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.count("b"); n != 2 {
		t.Errorf("the silent device was asked %d times, want twice and then a rest", n)
	}
	if err := ask(keep, "a", enginetest.Patience); err != nil {
		t.Error(err)
	}
}

func TestUnsolicitedBytesReachEveryDevice(t *testing.T) {
	w := newWire(t, "")
	var ls bus.Lines
	a, b := join(t, &ls, w.address, "a"), join(t, &ls, w.address, "b")
	enginetest.WaitFor(t, "the connection", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.conn != nil
	})
	if _, err := w.conn.Write([]byte("key")); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*bus.Member{a, b} {
		got := make([]byte, 0, 3)
		buf := make([]byte, 1)
		for len(got) < 3 {
			n, err := m.Read(t.Context(), buf)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, buf[:n]...)
		}
		if string(got) != "key" {
			t.Errorf("got %q", got)
		}
	}
}

// A device that never reads must not fill the memory.
func TestWhatNobodyReadsIsBounded(t *testing.T) {
	w := newWire(t, "")
	var ls bus.Lines
	idle, reads := join(t, &ls, w.address, "a"), join(t, &ls, w.address, "b")
	enginetest.WaitFor(t, "the connection", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.conn != nil
	})
	if _, err := w.conn.Write(append(make([]byte, 64<<10), 'z')); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 512)
	for last := byte(0); last != 'z'; {
		n, err := reads.Read(t.Context(), buf)
		if err != nil {
			t.Fatal(err)
		}
		last = buf[n-1]
	}
	total := 0
	for last := byte(0); last != 'z'; {
		n, err := idle.Read(t.Context(), buf)
		if err != nil {
			t.Fatal(err)
		}
		total, last = total+n, buf[n-1]
	}
	if total > 4<<10 {
		t.Errorf("%d bytes were kept", total)
	}
}

func TestBrokenLineEndsAllAndIsOpenedAnew(t *testing.T) {
	w := newWire(t, "")
	var ls bus.Lines
	a, b := join(t, &ls, w.address, "a"), join(t, &ls, w.address, "b")
	if err := ask(a, "a", enginetest.Patience); err != nil {
		t.Fatal(err)
	}
	_ = w.conn.Close()
	for _, m := range []*bus.Member{a, b} {
		if _, err := m.Read(t.Context(), make([]byte, 8)); err != nil && !errors.Is(err, device.ErrOffline) {
			t.Errorf("read: %v", err)
		}
		<-m.Broken()
		if err := ask(m, "a", time.Second); !errors.Is(err, device.ErrOffline) {
			t.Errorf("ask: %v", err)
		}
	}
	_ = a.Close()
	if err := ask(join(t, &ls, w.address, "a"), "a", enginetest.Patience); err != nil {
		t.Errorf("opened anew: %v", err)
	}
}

func TestNamesOfOnePortAreOneLine(t *testing.T) {
	_, path := enginetest.PTY(t)
	other := filepath.Join(t.TempDir(), "strip-2")
	if err := os.Symlink(path, other); err != nil {
		t.Fatal(err)
	}
	var ls bus.Lines
	join(t, &ls, path, "a")
	join(t, &ls, other, "b") // a second open would be refused
	if _, err := port.Open(t.Context(), path, port.Settings{}); !errors.Is(err, port.ErrBusy) {
		t.Errorf("somebody outside the line got the port: %v", err)
	}
}

func TestOtherSettingsAreRefused(t *testing.T) {
	w := newWire(t, "")
	var ls bus.Lines
	join(t, &ls, w.address, "a")
	_, err := ls.Join(t.Context(), bus.Config{Address: w.address, Device: "b", Settings: port.Settings{Baud: 57600}}, port.Open)
	var explained device.Explainer
	if !errors.Is(err, device.ErrFault) || !errors.As(err, &explained) || explained.Explain() == "" {
		t.Errorf("got %v", err)
	}
}

func TestLineThatCanNotBeOpenedIsTriedAgain(t *testing.T) {
	var ls bus.Lines
	open := func(context.Context, string, port.Settings) (port.Port, error) { return nil, io.ErrUnexpectedEOF }
	if _, err := ls.Join(t.Context(), bus.Config{Address: "tcp://x"}, open); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	w := newWire(t, "")
	open = func(ctx context.Context, _ string, s port.Settings) (port.Port, error) {
		return port.Open(ctx, w.address, s)
	}
	m, err := ls.Join(t.Context(), bus.Config{Address: "tcp://x"}, open)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.Close(), m.Close()); err != nil {
		t.Error(err)
	}
	if _, err := m.Read(t.Context(), make([]byte, 1)); !errors.Is(err, device.ErrOffline) {
		t.Errorf("read after close: %v", err)
	}
}

func TestWaitingForATurnEndsWithItsContext(t *testing.T) {
	w := newWire(t, "")
	var ls bus.Lines
	a, b := join(t, &ls, w.address, "a"), join(t, &ls, w.address, "b")
	err := a.Exchange(t.Context(), func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		if err := b.Exchange(ctx, func() error { t.Error("two had the turn"); return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := ask(b, "b", enginetest.Patience); err != nil {
		t.Errorf("the turn was lost: %v", err)
	}
}
