package scanner

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// everyKey is all that a US keyboard types.
var everyKey = func() string {
	var b strings.Builder
	for c := byte(' '); c < 0x7F; c++ {
		b.WriteByte(c)
	}
	return b.String()
}()

func typed(tb testing.TB, text string) []byte {
	tb.Helper()
	p, err := Type(text)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// events are presses (down true) and releases of keys.
func event(kind, code uint16, value int32) []byte {
	p := make([]byte, eventSize-8, eventSize)
	p = binary.NativeEndian.AppendUint16(p, kind)
	p = binary.NativeEndian.AppendUint16(p, code)
	return binary.NativeEndian.AppendUint32(p, uint32(value))
}

func TestKeyboardTypesWhatWasTypedInAnyPieces(t *testing.T) {
	p := typed(t, everyKey+"\r")
	for _, size := range []int{1, 7, eventSize, len(p)} {
		k := NewKeyboard()
		var got []byte
		for rest := p; len(rest) > 0; {
			n := min(size, len(rest))
			out, err := k.Feed(rest[:n])
			if err != nil {
				t.Fatal(err)
			}
			got, rest = append(got, out...), rest[n:]
		}
		if string(got) != everyKey+"\r" || k.Pending() {
			t.Errorf("in pieces of %d: %q", size, got)
		}
	}
}

func TestKeyboardKeys(t *testing.T) {
	down := func(code uint16) []byte { return event(evKey, code, keyDown) }
	up := func(code uint16) []byte { return event(evKey, code, keyUp) }
	for name, tt := range map[string]struct {
		events [][]byte
		want   string
	}{
		"caps lock shifts letters only":     {[][]byte{down(keyCapsLock), down(30), down(2), down(42), down(30), up(42), down(keyCapsLock), down(30)}, "A1aa"},
		"either shift, until both are up":   {[][]byte{down(42), down(54), up(42), down(2), up(54), down(2)}, "!1"},
		"keypad":                            {[][]byte{down(71), down(82), down(83), down(98), down(keyKPEnter)}, "70./\r"},
		"GS as ctrl and ]":                  {[][]byte{down(29), down(27), up(29), down(30)}, "\x1da"},
		"keys without a character":          {[][]byte{down(59), down(1), down(125), down(30)}, "a"},
		"mouse, scan codes and leds":        {[][]byte{event(2, 0, -5), event(4, 4, 0x70004), event(0x11, 1, 1), down(30)}, "a"},
		"ALT and a number is no character":  {[][]byte{down(56), down(79), up(56), down(30)}, "\x00a"},
		"lost events leave no shift behind": {[][]byte{down(42), event(evSyn, synDropped, 0), down(30)}, "\x00a"},
	} {
		k := NewKeyboard()
		var got []byte
		for _, e := range tt.events {
			out, err := k.Feed(e)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, out...)
		}
		if string(got) != tt.want {
			t.Errorf("%s: typed %q, want %q", name, got, tt.want)
		}
	}
}

func TestBytesThatAreNoEventsAreAFrameError(t *testing.T) {
	for _, p := range [][]byte{event(0x20, 0, 0), event(evKey, 0x300, 1), event(evKey, 30, 3), []byte(strings.Repeat("A012\r", 5))} {
		if _, err := NewKeyboard().Feed(p); !errors.Is(err, device.ErrFrame) {
			t.Errorf("% X: %v", p, err)
		}
	}
	if _, err := Type("汉"); !errors.Is(err, device.ErrFrame) {
		t.Errorf("a Chinese character is typed: %v", err)
	}
}

// FuzzKeyboard feeds the parser anything in any pieces: no panic, the same
// result, and never more typed than there are events.
func FuzzKeyboard(f *testing.F) {
	f.Add(typed(f, "SH-A012\r"), 5)
	f.Add(event(evSyn, synDropped, 0), 1)
	f.Add([]byte("not an input device at all"), 24)
	f.Fuzz(func(t *testing.T, p []byte, size int) {
		whole, failed := NewKeyboard().Feed(p)
		k := NewKeyboard()
		var got []byte
		var err error
		for rest := p; len(rest) > 0 && err == nil; {
			n := min(max(1, size), len(rest))
			var out []byte
			out, err = k.Feed(rest[:n])
			got, rest = append(got, out...), rest[n:]
		}
		if string(got) != string(whole) || (err == nil) != (failed == nil) || len(got) > len(p)/eventSize {
			t.Fatalf("% X: %q and %v in pieces of %d, %q and %v at once", p, got, err, size, whole, failed)
		}
	})
}

// keyboard is a model that types.
func keyboard() *profile.Profile {
	return &profile.Profile{
		ID: "test/keyboard", Class: device.ClassScanner, Engine: profile.EngineScanner,
		Transports: []profile.Transport{{Kind: profile.Input}},
		Caps:       profile.Caps{Terminators: []string{"cr"}, Charsets: []string{"utf-8"}},
		Timing:     profile.Timing{Idle: profile.Duration(30 * time.Millisecond)},
	}
}

// node is a fifo in the place of an input device, which no machine for tests
// has; w is its other end.
func node(t *testing.T) (path string, w *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "usb-scanner-event-kbd")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() }) // a test may have unplugged it
	return path, w
}

func TestScannerThatTypesReportsCodes(t *testing.T) {
	path, w := node(t)
	d, err := New(keyboard(), device.Config{ID: "scanner", Port: path}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	stop := enginetest.Start(t, d, sink)
	for _, text := range []string{"A012\r", "no end", "]Q1\r"} {
		p, had := typed(t, text), len(sink.Events())
		for len(p) > 0 { // a device that is slow
			n := min(40, len(p))
			if _, err := w.Write(p[:n]); err != nil {
				t.Fatal(err)
			}
			p = p[n:]
		}
		enginetest.WaitFor(t, "code", func() bool { return len(sink.Events()) > had })
	}
	want := []any{device.CodeScanned{Text: "A012"}, device.CodeScanned{Text: "no end"}, device.CodeScanned{Text: "]Q1"}}
	for i, e := range sink.Events() {
		if e != want[i] {
			t.Errorf("event %d is %v, want %v", i, e, want[i])
		}
	}
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Run ends with %v", err)
	}
}

func TestScannerThatIsUnpluggedIsOffline(t *testing.T) {
	path, w := node(t)
	d, err := New(keyboard(), device.Config{ID: "scanner", Port: path}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	sink := &enginetest.Sink{}
	go func() { ended <- d.Run(t.Context(), sink) }()
	enginetest.WaitFor(t, "scanner", func() bool { return sink.Last().State == device.Online })
	if _, err := w.Write(typed(t, "A0")[:30]); err != nil { // in the middle of a code
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, device.ErrOffline) || !device.IsTemporary(err) {
		t.Errorf("Run ends with %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := d.Run(t.Context(), sink); !errors.Is(err, device.ErrOffline) {
		t.Errorf("without its node, Run ends with %v", err)
	}
}

// scripted is a line that gives what it is told and then fails.
type scripted struct {
	pieces [][]byte
	err    error
	closed bool
}

func (s *scripted) Read(ctx context.Context, buf []byte) (int, error) {
	if len(s.pieces) > 0 {
		n := copy(buf, s.pieces[0])
		s.pieces = s.pieces[1:]
		return n, nil
	}
	if s.err != nil {
		return 0, s.err
	}
	<-ctx.Done()
	return 0, ctx.Err()
}

func (s *scripted) Close() error { s.closed = true; return nil }

func TestPortThatIsNoInputDeviceIsAFrameErrorAndLetGo(t *testing.T) {
	in := &scripted{pieces: [][]byte{[]byte("53482D41303132 is what a serial scanner sends\r")}, err: io.EOF}
	s := &scanner{
		p: keyboard(), log: enginetest.Log(),
		open: func(context.Context, *profile.Profile, device.Config) (line, error) { return in, nil },
	}
	if err := s.Run(t.Context(), &enginetest.Sink{}); !errors.Is(err, device.ErrFrame) || !in.closed {
		t.Errorf("Run ends with %v, closed %v", err, in.closed)
	}
}
