package bx5

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/catalog"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cards are several screens on one line, behind a serial device server.
type cards struct {
	listener net.Listener
	running  sync.WaitGroup

	mu       sync.Mutex
	accepted int
	conn     net.Conn
	shown    map[uint16]string
	overlaps int
}

func newCards(t *testing.T, addresses ...uint16) *cards {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cards{listener: l, shown: map[uint16]string{}}
	for _, a := range addresses {
		c.shown[a] = ""
	}
	c.running.Go(c.serve)
	t.Cleanup(func() {
		_ = l.Close()
		c.running.Wait()
	})
	return c
}

func (c *cards) serve() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.accepted++
		c.conn = conn
		c.mu.Unlock()
		c.running.Go(func() {
			defer func() { _ = conn.Close() }()
			c.talk(conn)
		})
	}
}

// hangUp cuts the line.
func (c *cards) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.Close()
}

func (c *cards) talk(conn net.Conn) {
	var dec Decoder
	buf := make([]byte, 512)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		var got []Frame
		dec.Feed(buf[:n], func(f Frame, err error) {
			if err == nil {
				got = append(got, f)
			}
		})
		if len(got) > 1 {
			c.mu.Lock()
			c.overlaps++
			c.mu.Unlock()
		}
		for _, f := range got {
			c.answer(conn, f)
		}
	}
}

func (c *cards) answer(conn net.Conn, f Frame) {
	time.Sleep(2 * time.Millisecond) // a card takes its time; who asks meanwhile overlaps
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, here := c.shown[f.Dst]; !here {
		return
	}
	if change, err := ParseChange(f.Data); err == nil && len(change.Areas) > 0 {
		c.shown[f.Dst] = change.Areas[0].Text
	}
	wire, err := Frame{Dst: f.Src, Src: f.Dst, Data: Acknowledge(0)}.Append(nil)
	if err == nil {
		_, _ = conn.Write(wire)
	}
}

// states is a sink that keeps the last state.
type states chan device.State

func (s states) State(st device.State, _ string) { s <- st }
func (s states) Event(any)                       {}

func newStrip(t *testing.T, c *cards, address uint16) *Strip {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, ok := cat.Get("onbon/bx-5k-64x16")
	if !ok {
		t.Fatal("no profile")
	}
	d, err := New(p, device.Config{
		ID: "strip", Port: "tcp://" + c.listener.Addr().String(),
		Params: map[string]string{"address": strconv.Itoa(int(address))},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s, ok := d.(*Strip)
	if !ok {
		t.Fatalf("engine made a %T", d)
	}
	s.poll, s.reply = 20*time.Millisecond, 100*time.Millisecond
	return s
}

func TestStripsOnOneLineTakeTurns(t *testing.T) {
	c := newCards(t, 1, 2, 3)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for address := range uint16(3) {
		s := newStrip(t, c, address+1)
		online := make(states, 4)
		wg.Go(func() { _ = s.Run(ctx, online) })
		wg.Go(func() {
			<-online
			for i := range 10 {
				if err := s.Show(ctx, "A"+strconv.Itoa(i)); err != nil {
					t.Errorf("screen %d: %v", s.address, err)
				}
			}
		})
	}
	deadline := time.Now().Add(time.Minute)
	for done := false; !done; {
		c.mu.Lock()
		done = c.shown[1] == "A9" && c.shown[2] == "A9" && c.shown[3] == "A9"
		c.mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatal("screens don't show their texts")
		}
		time.Sleep(5 * time.Millisecond)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.accepted != 1 {
		t.Errorf("the line was opened %d times", c.accepted)
	}
	if c.overlaps != 0 {
		t.Errorf("%d frames overlapped", c.overlaps)
	}
}

func TestDeadStripDoesNotEndTheOthers(t *testing.T) {
	c := newCards(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	alive := newStrip(t, c, 1)
	online := make(states, 4)
	wg.Go(func() {
		if err := alive.Run(ctx, online); !errors.Is(err, context.Canceled) {
			t.Errorf("living strip ended: %v", err)
		}
	})
	<-online
	dead := newStrip(t, c, 9)
	if err := dead.Run(ctx, make(states, 4)); !errors.Is(err, device.ErrTimeout) {
		t.Errorf("dead strip: %v, want a timeout", err)
	}
	if err := alive.Show(ctx, "A012"); err != nil {
		t.Errorf("living strip: %v", err)
	}
}

func TestShowWithoutRunIsOffline(t *testing.T) {
	err := newStrip(t, newCards(t, 1), 1).Show(t.Context(), "A012")
	if !errors.Is(err, device.ErrOffline) || !device.IsTemporary(err) {
		t.Errorf("got %v", err)
	}
}

func TestBrokenLineEndsAllItsStrips(t *testing.T) {
	c := newCards(t, 1, 2)
	ends := make(chan error, 2)
	for _, address := range []uint16{1, 2} {
		online := make(states, 4)
		s := newStrip(t, c, address)
		go func() { ends <- s.Run(t.Context(), online) }()
		<-online
	}
	c.hangUp()
	for range 2 {
		if err := <-ends; !errors.Is(err, device.ErrOffline) {
			t.Errorf("got %v, want offline", err)
		}
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, _ := cat.Get("onbon/bx-5k-64x16")
	for name, params := range map[string]map[string]string{
		"broadcast is nobody's address": {"address": "65534"},
		"not a number":                  {"address": "one"},
		"unknown parameter":             {"colour": "red"},
	} {
		if _, err := New(p, device.Config{Params: params}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
