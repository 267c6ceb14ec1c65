package all_test

import (
	"context"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/profile"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

const (
	// noiseBytes is what every driver has to bear.
	noiseBytes = 1 << 20
	// noiseHeap bounds the memory of all of them together.
	noiseHeap = 256 << 20
)

var states = []device.State{
	device.Online, device.PaperNearEnd, device.PaperEnd, device.CoverOpen, device.Jam, device.Fault, device.Unauthorised, device.Offline,
}

// Every driver bears a million bytes of noise, with whole, broken and cut
// answers of its own device among them: no panic, no hang, no unbounded memory.
func TestAMillionBytesOfNoise(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	var most atomic.Uint64
	stop := make(chan struct{})
	running.Go(func() {
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapAlloc))
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	t.Run("profile", func(t *testing.T) {
		for _, p := range cat.All() {
			t.Run(p.ID, func(t *testing.T) {
				t.Parallel()
				hearNoise(t, p)
			})
		}
	})
	close(stop)
	running.Wait()
	if most.Load() > noiseHeap {
		t.Errorf("%d MB of memory", most.Load()>>20)
	}
}

// hearNoise runs the driver of a profile against a device that babbles.
func hearNoise(t *testing.T, p *profile.Profile) {
	b := newBabbler(t, p)
	open, err := all.Opener(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := open(device.Config{ID: "device", Profile: p.ID, Port: portAt(t, p, b.listener.Addr().String())})
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_ = d.Run(ctx, sink) // whatever it makes of the noise, it is run again
			_ = enough(ctx, 10*time.Millisecond)
		}
	}()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for ctx.Err() == nil {
			ask(ctx, d)
			_ = enough(ctx, 10*time.Millisecond)
		}
	}()
	enginetest.WaitFor(t, "a million bytes to be read", func() bool { return b.said.Load() >= noiseBytes })
	cancel()
	for _, done := range []chan struct{}{ended, asked} {
		select {
		case <-done:
		case <-time.After(late):
			t.Error("the driver doesn't end")
		}
	}
	for _, r := range sink.States() {
		if !slices.Contains(states, r.State) {
			t.Errorf("state %q", r.State)
		}
	}
}

// ask has a device do its job, for those that listen only then. It fails, or
// what it gets is noise.
func ask(ctx context.Context, d device.Device) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	switch d := d.(type) {
	case device.Camera:
		_, _ = d.Capture(ctx)
	case device.DocumentScanner:
		_, _ = d.Scan(ctx, device.ScanSettings{}, func(device.Image) error { return nil })
	case device.Speaker:
		_ = d.Say(ctx, "请A012号")
	case device.Printer:
		_ = d.Print(ctx, device.Document{Job: "j", Lines: []device.Line{{Text: "A012"}}})
	case device.Pad:
		_, _ = d.Ask(ctx)
	}
}

// portAt is the port of a profile's device at another address.
func portAt(t *testing.T, p *profile.Profile, address string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	sim, err := simulator.Start(ctx, simulator.Config{ID: "sim", Profile: p.ID, Port: "tcp://127.0.0.1:0"})
	if err != nil {
		cancel()
		t.Skipf("it has no line: %v", err)
	}
	port := sim.Port()
	cancel()
	sim.Wait()
	u, err := url.Parse(port)
	if err != nil || u.Host == "" {
		t.Skipf("it has no line that bytes come over: %s", port)
	}
	return strings.Replace(port, u.Host, address, 1)
}

// babbler is a device that says anything to everybody.
type babbler struct {
	listener net.Listener
	said     atomic.Int64
	recorded [][]byte // what such a device says
	seed     uint64
}

func newBabbler(t *testing.T, p *profile.Profile) *babbler {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := fnv.New64()
	_, _ = h.Write([]byte(p.ID)) // never fails
	b := &babbler{listener: l, seed: h.Sum64()}
	for _, v := range p.Vectors {
		if len(v.Recv) > 0 {
			b.recorded = append(b.recorded, v.Recv)
		}
	}
	var running sync.WaitGroup
	running.Go(func() {
		for n := uint64(0); ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { b.babble(conn, rand.New(rand.NewPCG(b.seed, n)), n) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	return b
}

// babble talks until nobody listens; every second time it begins as a web
// server that agrees with everything.
func (b *babbler) babble(conn net.Conn, rnd *rand.Rand, n uint64) {
	var hearing sync.WaitGroup
	hearing.Go(func() {
		buf := make([]byte, 4096)
		for {
			if _, err := conn.Read(buf); err != nil {
				return
			}
		}
	})
	defer hearing.Wait()
	defer func() { _ = conn.Close() }() // a driver may have hung up
	if n%2 == 1 {
		if _, err := conn.Write([]byte("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")); err != nil {
			return
		}
	}
	for b.said.Load() < noiseBytes {
		piece := b.piece(rnd)
		if err := conn.SetWriteDeadline(time.Now().Add(late)); err != nil {
			return
		}
		sent, err := conn.Write(piece)
		b.said.Add(int64(sent))
		if err != nil {
			return
		}
	}
}

// piece is noise, or an answer that may be damaged.
func (b *babbler) piece(rnd *rand.Rand) []byte {
	if len(b.recorded) == 0 || rnd.IntN(3) == 0 {
		p := make([]byte, 1+rnd.IntN(2000))
		for i := range p {
			p[i] = byte(rnd.Uint32())
		}
		return p
	}
	p := slices.Clone(b.recorded[rnd.IntN(len(b.recorded))])
	switch rnd.IntN(3) {
	case 0:
		p = p[:rnd.IntN(len(p)+1)]
	case 1:
		p[rnd.IntN(len(p))] ^= 1 << rnd.IntN(8)
	}
	return p
}
