package bus_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/framed"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// pads are several evaluation pads with addresses on one RS-485 line, behind a
// serial device server: AA addr cmd val xor 55.
type pads struct {
	mu       sync.Mutex
	conn     net.Conn
	accepted int
	dead     map[byte]bool
	armed    map[byte]int
}

func newPads(t *testing.T, dead ...byte) (*pads, string) {
	t.Helper()
	address, conns := enginetest.Listen(t)
	p := &pads{dead: map[byte]bool{}, armed: map[byte]int{}}
	for _, a := range dead {
		p.dead[a] = true
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case conn := <-conns:
				p.mu.Lock()
				p.conn = conn
				p.accepted++
				p.mu.Unlock()
				p.serve(conn)
			case <-t.Context().Done():
				return
			}
		}
	}()
	t.Cleanup(func() { <-done })
	return p, address
}

func (p *pads) serve(conn net.Conn) {
	frame := make([]byte, 6)
	for {
		if _, err := io.ReadFull(conn, frame); err != nil {
			return
		}
		p.mu.Lock()
		p.armed[frame[1]]++
		if !p.dead[frame[1]] {
			_, _ = conn.Write(frame) // the reply repeats the command
		}
		p.mu.Unlock()
	}
}

// press is a citizen at the pad with an address.
func (p *pads) press(address, val byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = p.conn.Write([]byte{0xAA, address, 2, val, address ^ 2 ^ val, 0x55})
}

func (p *pads) isArmed(address byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.armed[address] > 0
}

// padOn runs the engine for a pad of the line.
func padOn(t *testing.T, line string, address int) (device.Pad, *enginetest.Sink) {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	shipped, ok := cat.Get("generic/pad-5key-bin")
	if !ok {
		t.Fatal("no profile")
	}
	p := *shipped
	p.Transports = []profile.Transport{{Kind: profile.Serial, Baud: profile.Ints{9600}, Bus: "rs485"}}
	d, err := framed.New(&p, device.Config{
		ID: "pad-" + strconv.Itoa(address), Port: line, Params: map[string]string{"address": strconv.Itoa(address)},
	}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	enginetest.Start(t, d, sink)
	enginetest.WaitFor(t, "the pad", func() bool { return sink.Last().State == device.Online })
	pad, ok := d.(device.Pad)
	if !ok {
		t.Fatalf("engine made a %T", d)
	}
	return pad, sink
}

// Two people press at the same time: each key reaches the window it was
// pressed at, and nobody else's.
func TestPadsOfOneLineHearTheirOwnKeys(t *testing.T) {
	p, line := newPads(t)
	first, firstSink := padOn(t, line, 1)
	second, _ := padOn(t, line, 2)
	_, thirdSink := padOn(t, line, 3)
	ctx, cancel := context.WithTimeout(t.Context(), enginetest.Patience)
	defer cancel()
	var wg sync.WaitGroup
	for _, ask := range []struct {
		pad  device.Pad
		want int
	}{{first, 5}, {second, 2}} {
		wg.Go(func() {
			if got, err := ask.pad.Ask(ctx); err != nil || got != ask.want {
				t.Errorf("got %d, %v, want %d", got, err, ask.want)
			}
		})
	}
	enginetest.WaitFor(t, "both pads to be armed", func() bool { return p.isArmed(1) && p.isArmed(2) })
	p.press(1, 1)
	p.press(2, 4)
	wg.Wait()
	p.press(3, 1) // nobody asked it
	enginetest.WaitFor(t, "the third pad's key", func() bool { return len(thirdSink.Events()) == 1 })
	if n := len(firstSink.Events()); n != 0 {
		t.Errorf("the first pad reported %d keys of others", n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.accepted != 1 {
		t.Errorf("the line was opened %d times", p.accepted)
	}
}

func TestDeadPadDoesNotKeepTheOthersFromAsking(t *testing.T) {
	p, line := newPads(t, 1)
	dead, _ := padOn(t, line, 1)
	alive, _ := padOn(t, line, 2)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() {
		for ctx.Err() == nil {
			if _, err := dead.Ask(ctx); !errors.Is(err, device.ErrOffline) && ctx.Err() == nil {
				t.Errorf("dead pad: %v", err)
			}
		}
	})
	enginetest.WaitFor(t, "the dead pad to be asked", func() bool { return p.isArmed(1) })
	pressed := make(chan struct{})
	wg.Go(func() {
		defer close(pressed)
		for ctx.Err() == nil && !p.isArmed(2) {
			time.Sleep(time.Millisecond)
		}
		p.press(2, 1)
	})
	began := time.Now()
	if score, err := alive.Ask(ctx); err != nil || score != 5 {
		t.Errorf("got %d, %v", score, err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	<-pressed
}
