package scanner_test

import (
	"bytes"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/scanner"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func shipped(tb testing.TB) *profile.Profile {
	tb.Helper()
	cat, err := catalog.Load()
	if err != nil {
		tb.Fatal(err)
	}
	p, ok := cat.Get("generic/scanner-serial")
	if !ok {
		tb.Fatal("the profile is not shipped")
	}
	return p
}

// texts are the codes in a list, errors by name.
func texts(codes []scanner.Code) []string {
	var out []string
	for _, c := range codes {
		switch {
		case errors.Is(c.Err, scanner.ErrTooLong):
			out = append(out, "!too long")
		case c.Err != nil:
			out = append(out, "!no text")
		default:
			out = append(out, c.Text)
		}
	}
	return out
}

func TestCodesAreCutOutOfTheStream(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want []string
	}{
		{"cr", "A012\r", []string{"A012"}},
		{"lf", "A012\n", []string{"A012"}},
		{"cr lf", "A012\r\nB034\r\n", []string{"A012", "B034"}},
		{"only terminators", "\r\n\r\n", nil},
		{"silence", "A012", []string{"A012"}},
		{"utf-8", "办件\r", []string{"办件"}},
		{"gbk", "\xB0\xEC\xBC\xFE\r", []string{"办件"}},
		{"gb18030, four bytes", "\x95\x34\xB2\x35\r", []string{"𠮷"}},
		{"aim id", "]Q1A012\r]C0B034\r", []string{"A012", "B034"}},
		{"no aim id", "]12A012\r", []string{"]12A012"}},
		{"spaces around", "  A012 \r", []string{"A012"}},
		{"gs1 separator inside", "01\x1D02\r", []string{"01\x1D02"}},
		{"binary", "\xFF\x00\xFE\r", []string{"!no text"}},
		{"control characters", "A\x07B\r", []string{"!no text"}},
		{"too long", strings.Repeat("9", 4097) + "\rA012\r", []string{"!too long", "A012"}},
		{"just not too long", strings.Repeat("9", 4096) + "\r", []string{strings.Repeat("9", 4096)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, step := range []int{1, 3, 1 << 20} {
				s := scanner.NewSplitter(shipped(t))
				var got []scanner.Code
				for chunk := range slices.Chunk([]byte(tt.in), step) {
					got = append(got, s.Feed(chunk)...)
				}
				if s.Pending() {
					got = append(got, s.Flush())
				}
				if diff := cmp.Diff(tt.want, texts(got)); diff != "" {
					t.Errorf("%d bytes at a time: %s", step, diff)
				}
			}
		})
	}
}

func TestAFixedPrefixIsCutOff(t *testing.T) {
	p := *shipped(t)
	p.Caps.Strip = profile.Strip{Prefix: "#"}
	p.Caps.Terminators = []string{"lf"}
	if got, err := scanner.Encode(&p, "A012"); err != nil || string(got) != "#A012\n" {
		t.Errorf("sends %q", got)
	}
	if got := texts(scanner.NewSplitter(&p).Feed([]byte("#A012\n]Q1B\n"))); !slices.Equal(got, []string{"A012", "]Q1B"}) {
		t.Errorf("got %q", got)
	}
}

// What a scanner sends for a printable code is understood as that code.
func TestRoundTrip(t *testing.T) {
	p := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("AZ09-请办件𠮷/:?")), 1, 60, -1).Draw(t, "text")
		sent, err := scanner.Encode(p, text)
		if err != nil {
			t.Fatal(err)
		}
		got := texts(scanner.NewSplitter(p).Feed(sent))
		if !slices.Equal(got, []string{text}) {
			t.Fatalf("got %q", got)
		}
	})
}

// FuzzSplitter holds that no bytes panic, that memory is bounded and that what
// comes out is text.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte("A012\r\n"))
	f.Add([]byte("\xB0\xEC\xBC\xFE\r]Q1\r"))
	p := shipped(f)
	f.Fuzz(func(t *testing.T, stream []byte) {
		s := scanner.NewSplitter(p)
		for _, c := range append(s.Feed(stream), s.Flush()) {
			if !utf8.ValidString(c.Text) || strings.ContainsAny(c.Text, "\r\n\x00") || len(c.Text) > 2*4096 {
				t.Errorf("got %q", c.Text)
			}
		}
	})
}

func start(t *testing.T, address string, log *slog.Logger) (*enginetest.Sink, func() error) {
	t.Helper()
	p := shipped(t)
	d, err := scanner.New(p, device.Config{ID: "scanner", Profile: p.ID, Port: address}, log)
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	stop := enginetest.Start(t, d, sink)
	enginetest.WaitFor(t, "online", func() bool { return sink.Last().State == device.Online })
	return sink, stop
}

func TestCodesBecomeEvents(t *testing.T) {
	dev, path := enginetest.PTY(t)
	var logged bytes.Buffer
	sink, stop := start(t, path, slog.New(slog.NewTextHandler(&logged, nil)))
	for i, sent := range []string{"]Q1A012\r", "\xFF\x00\r办", "件\r\n"} {
		if _, err := dev.WriteString(sent); err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
	enginetest.WaitFor(t, "two codes", func() bool { return len(sink.Events()) == 2 })
	if _, err := dev.WriteString("NO SUFFIX"); err != nil {
		t.Fatal(err)
	}
	enginetest.WaitFor(t, "a code ended by silence", func() bool { return len(sink.Events()) == 3 })
	want := []any{device.CodeScanned{Text: "A012"}, device.CodeScanned{Text: "办件"}, device.CodeScanned{Text: "NO SUFFIX"}}
	if diff := cmp.Diff(want, sink.Events()); diff != "" {
		t.Error(diff)
	}
	_ = stop() // context.Canceled
	if !strings.Contains(logged.String(), "scanned bytes are no code") {
		t.Error("the unreadable code left no trace in the log")
	}
	if strings.Contains(logged.String(), "A012") {
		t.Error("the log has the content of a code")
	}
}

func TestNoiseGivesNoCodeAndNoHarm(t *testing.T) {
	address, conns := enginetest.Listen(t)
	sink, _ := start(t, address, enginetest.Log())
	conn := <-conns
	rnd := rand.New(rand.NewPCG(5, 6))
	junk := make([]byte, 10_000)
	for i := range junk {
		junk[i] = byte(rnd.Uint32()) | 0x80 // no terminators, no ASCII
	}
	if _, err := conn.Write(append(junk, "\rA012\r"...)); err != nil {
		t.Fatal(err)
	}
	want := device.CodeScanned{Text: "A012"}
	enginetest.WaitFor(t, "the good code", func() bool { return slices.Contains(sink.Events(), any(want)) })
}

func TestUnplug(t *testing.T) {
	dev, path := enginetest.PTY(t)
	p := shipped(t)
	d, err := scanner.New(p, device.Config{ID: "scanner", Port: path}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	ended := make(chan error, 1)
	go func() { ended <- d.Run(t.Context(), sink) }()
	enginetest.WaitFor(t, "online", func() bool { return sink.Last().State == device.Online })
	if _, err := dev.WriteString("HALF A CO"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Millisecond) // less than the idle time: the code is unfinished
	if err := dev.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, device.ErrOffline) || !device.IsTemporary(err) {
		t.Errorf("got %v", err)
	}
}
