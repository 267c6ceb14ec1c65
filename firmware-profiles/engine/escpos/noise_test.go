package escpos

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// babbler is a line on which a printer says whatever its seed gives, and takes
// whatever it is told.
type babbler struct {
	mu    sync.Mutex
	noise io.Reader
	said  int
	most  int
}

func (b *babbler) Read(ctx context.Context, buf []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if b.said >= b.most {
		return 0, device.ErrOffline
	}
	n, err := b.noise.Read(buf[:min(len(buf), b.most-b.said)])
	if errors.Is(err, io.EOF) {
		err = device.ErrOffline
	}
	b.said += n
	return n, err
}

func (b *babbler) Write(ctx context.Context, _ []byte) error { return ctx.Err() }
func (b *babbler) Close() error                              { return nil }

// states collects what is reported.
type states struct{ seen []device.State }

func (s *states) State(st device.State, _ string) { s.seen = append(s.seen, st) }
func (s *states) Event(any)                       {}

// ask asks for the state as long as the line lives and returns what was said.
func ask(t *testing.T, line *babbler, questions int) *states {
	t.Helper()
	p := &Printer{
		profile: &profile.Profile{}, caps: caps80, log: slog.New(slog.DiscardHandler),
		answer: time.Second, poll: time.Second, patience: 20 * time.Millisecond, baud: 1 << 20, confirms: true,
	}
	sink := &states{}
	s := newSession(p, line, sink)
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range questions {
		if err := s.Exclusive(ctx, s.pollStatus); err != nil {
			break // the line is of no more use
		}
	}
	select {
	case <-s.Broken(): // all was read
	case <-ctx.Done():
		t.Error("it hangs")
	}
	if cap(s.Heard()) != rxBuffer {
		t.Errorf("room for %d bytes", cap(s.Heard()))
	}
	return sink
}

var known = []device.State{device.Online, device.PaperNearEnd, device.PaperEnd, device.CoverOpen, device.Jam, device.Fault}

func TestAMillionBytesOfNoiseAreNoState(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 9))
	line := &babbler{noise: readerFunc(func(p []byte) (int, error) {
		for i := range p {
			p[i] = byte(rnd.Uint32())
		}
		return len(p), nil
	}), most: 1 << 20}
	for _, st := range ask(t, line, 1000).seen {
		if !slices.Contains(known, st) {
			t.Errorf("state %q", st)
		}
	}
	if line.said != line.most {
		t.Errorf("only %d bytes were read: a babbling printer blocks the line", line.said)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func FuzzStatus(f *testing.F) {
	f.Add([]byte("\x12\x12\x12"))
	f.Add([]byte("\x1A\x32\x7E\x1A\x32\x7E"))
	f.Add([]byte("\x1A\x52\x16\x12\x00\x03\x0F"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<12 {
			return
		}
		line := &babbler{noise: readerFunc(func(p []byte) (int, error) {
			n := copy(p[:min(len(p), 1)], in) // byte by byte
			in = in[n:]
			if n == 0 {
				return 0, io.EOF
			}
			return n, nil
		}), most: 1 << 12}
		for _, st := range ask(t, line, 4).seen {
			if !slices.Contains(known, st) {
				t.Errorf("state %q", st)
			}
		}
		for _, b := range in {
			if IsStatus(b) && isConfirm(b) {
				t.Errorf("%02X is both", b)
			}
		}
	})
}
