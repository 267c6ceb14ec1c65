package tool_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/internal/tool"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

// holdPort opens a port until the returned function is called.
func holdPort(t *testing.T, address string) func() {
	t.Helper()
	p, err := port.Open(t.Context(), address, port.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = p.Close() }
}

// sniffing is sniff at work between a program and a device.
type sniffing struct {
	out   *output
	host  *os.File // the program's side of the line
	stop  context.CancelFunc
	ended chan int
}

// tap starts sniff between a pseudo-terminal that the test plays the program
// on, and a simulated device.
func tap(t *testing.T, devicePort string, args ...string) *sniffing {
	t.Helper()
	host, path := enginetest.PTY(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := &sniffing{out: &output{}, host: host, stop: cancel, ended: make(chan int, 1)}
	go func() {
		s.ended <- tool.Run(ctx, append([]string{"sniff", path, devicePort}, args...), strings.NewReader(""), s.out, s.out)
	}()
	enginetest.WaitFor(t, "sniff to listen", func() bool { return strings.Contains(s.out.String(), "第二个端口") })
	return s
}

// ask sends bytes from the program's side and waits for as many answers.
func (s *sniffing) ask(t *testing.T, p []byte, n int) []byte {
	t.Helper()
	if _, err := s.host.Write(p); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, n)
	if err := s.host.SetReadDeadline(time.Now().Add(enginetest.Patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(s.host, got); err != nil {
		t.Fatal(err)
	}
	return got
}

// end stops sniff and returns its code.
func (s *sniffing) end(t *testing.T) int {
	t.Helper()
	s.stop()
	select {
	case code := <-s.ended:
		return code
	case <-time.After(enginetest.Patience):
		t.Fatal("sniff doesn't end")
		return 0
	}
}

// vectors reads the draft's vectors.
func vectors(t *testing.T, text string) []map[string]any {
	t.Helper()
	var doc struct{ Vectors []map[string]any }
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return doc.Vectors
}

func TestSniffStandsBetweenAndDraftsVectors(t *testing.T) {
	for _, transport := range []string{"pty", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			sim := simulate(t, "generic/pad-5key-bin", transport)
			file := filepath.Join(t.TempDir(), "draft.yaml")
			s := tap(t, sim.Port(), "--profile", "generic/pad-5key-bin", "--out", file)
			arm := []byte{0xAA, 1, 1, 0, 0, 0x55}
			if got := s.ask(t, arm, len(arm)); string(got) != string(arm) {
				t.Errorf("passed on % X", got)
			}
			if err := sim.Press(5); err != nil {
				t.Fatal(err)
			}
			enginetest.WaitFor(t, "the key", func() bool { return strings.Contains(s.out.String(), "评价 5") })
			wants(t, s.end(t), 0, s.out.String(), "→ AA 01 01 00 00 55", "← AA 01 01 00 00 55", "AA 01 02 01 02 55\n", "请求评价 `arm` 应答", "draft written")
			draft, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := vectors(t, string(draft))
			if len(got) != 3 || got[0]["do"] != "arm" || got[0]["out"] != "AA 01 01 00 00 55" || got[2]["recv"] != "AA 01 02 01 02 55" {
				t.Errorf("draft: %v\n%s", got, draft)
			}
		})
	}
}

// The drafted vectors of a device that a profile describes already are good
// vectors of that profile.
func TestDraftsMakeAProfileOfTheirOwn(t *testing.T) {
	sim := simulate(t, "generic/pad-5key-bin", "tcp")
	file := filepath.Join(t.TempDir(), "draft.yaml")
	s := tap(t, sim.Port(), "--profile", "generic/pad-5key-bin", "--out", file)
	s.ask(t, []byte{0xAA, 1, 1, 0, 0, 0x55}, 6)
	if err := sim.Press(2); err != nil {
		t.Fatal(err)
	}
	enginetest.WaitFor(t, "the key", func() bool { return strings.Contains(s.out.String(), "评价 2") })
	s.end(t)
	draft, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := "schema: hall.device/v1\nid: acme/pad\ninherits: generic/pad-5key-bin\nclass: pad\nnames: {zh: 测试, en: test}\nevidence: {protocol: {level: capture, note: a test}}\n" + string(draft)
	if code, _, complaints := run(t.Context(), "check", write(t, "pad.yaml", text)); code != 0 {
		t.Errorf("code %d: %s\n%s", code, complaints, text)
	}
}

func TestSniffWithoutAProfileLeavesTheMeaningOpen(t *testing.T) {
	dev, path := enginetest.PTY(t)
	out := &output{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan int, 1)
	go func() {
		ended <- tool.Run(ctx, []string{"sniff", path, "--baud", "19200", "--gap", "30ms"}, strings.NewReader(""), out, out)
	}()
	enginetest.WaitFor(t, "sniff to listen", func() bool { return strings.Contains(out.String(), "只有一个端口") })
	for i, p := range [][]byte{{1, 2, 3}, {4, 5}, {1, 2, 3}} {
		if _, err := dev.Write(p); err != nil {
			t.Fatal(err)
		}
		enginetest.WaitFor(t, "the frame", func() bool { return strings.Count(out.String(), " ← ") == i+1 })
	}
	cancel()
	code := <-ended
	wants(t, code, 0, out.String(), "波特率 19200", "← 01 02 03", "← 04 05", "vectors: []", `#   - {do: "?", recv: "01 02 03", is: {"?": "?"}}`)
	if n := strings.Count(out.String(), `recv: "01 02 03"`); n != 1 {
		t.Errorf("the same frame is drafted %d times", n)
	}
}

// The bytes of a card are neither in the log nor in the draft, with a profile
// and without, whole and split into single bytes.
func TestSniffHidesCards(t *testing.T) {
	tests := []struct {
		name  string
		split bool
		args  []string
	}{
		{"with a profile", false, []string{"--profile", "generic/sam-v-serial"}},
		{"without a profile", false, nil},
		{"byte by byte", true, []string{"--profile", "generic/sam-v-serial", "--gap", "2ms"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sim := simulate(t, "generic/sam-v-serial", "tcp", func(c *simulator.Config) { c.Split = tt.split })
			file := filepath.Join(t.TempDir(), "draft.yaml")
			s := tap(t, sim.Port(), append(tt.args, "--out", file)...)
			laid := readCard(t, sim, s)
			code := s.end(t)
			draft, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out := s.out.String()
			wants(t, code, 0, out, "··")
			for _, secret := range []string{laid.Name, laid.Number, "4B 6D D5 8B", "4B6DD58B", "31 00 31 00"} {
				if strings.Contains(out, secret) || strings.Contains(string(draft), secret) {
					t.Errorf("%q got out", secret)
				}
			}
			if !strings.Contains(string(draft), "含个人信息，没有写入") {
				t.Errorf("draft:\n%s", draft)
			}
		})
	}
}

// readCard lets the real engine, playing the program, read a card through the
// tap.
func readCard(t *testing.T, sim *simulator.Device, s *sniffing) device.Identity {
	t.Helper()
	laid, err := sim.LayKind(device.Citizen, simulator.Person{Name: "测试甲"})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []struct {
		tail string
		n    int
	}{{"\x00\x03\x20\x01\x22", 15}, {"\x00\x03\x20\x02\x21", 19}, {"\x00\x03\x30\x01\x32", 1295}} {
		s.ask(t, []byte("\xAA\xAA\xAA\x96\x69"+q.tail), q.n)
	}
	return laid
}

func TestSniffDecodesWhatEnginesSay(t *testing.T) {
	tests := []struct {
		profile string
		want    []string
	}{
		{"generic/escpos-80", []string{"实时查询（DLE EOT） `ask` 1", "状态 `status` 正常"}},
		{"generic/sam-v-serial", []string{"寻卡 `find` 无证件"}},
		{"onbon/bx-5k-64x16", []string{"探测 `ping`", "控制卡应答 `answer` 确认"}},
	}
	for _, tt := range tests {
		t.Run(tt.profile, func(t *testing.T) {
			sim := simulate(t, tt.profile, "tcp")
			s := tap(t, sim.Port(), "--profile", tt.profile)
			defer s.end(t)
			// The engine runs at the other end of another pair of terminals.
			cat, err := catalog.Load()
			if err != nil {
				t.Fatal(err)
			}
			dev, path := enginetest.PTY(t)
			join(t, s.host, dev)
			d, _, err := engine.New(cat, slog.New(slog.DiscardHandler), all.Factories())(device.Config{ID: "d", Profile: tt.profile, Port: path})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				_ = d.Run(ctx, quiet{}) // ends with ctx
				close(ended)
			}()
			defer func() { cancel(); <-ended }()
			for _, want := range tt.want {
				enginetest.WaitFor(t, want, func() bool { return strings.Contains(s.out.String(), want) })
			}
		})
	}
}

// quiet is a sink that nobody listens to.
type quiet struct{}

func (quiet) State(device.State, string) {}
func (quiet) Event(any)                  {}

// join makes two terminals one line until the test ends.
func join(t *testing.T, a, b *os.File) {
	t.Helper()
	pipe := func(to, from *os.File) chan error {
		ended := make(chan error, 1)
		go func() {
			_, err := io.Copy(to, from)
			ended <- err
		}()
		return ended
	}
	one, two := pipe(a, b), pipe(b, a)
	t.Cleanup(func() {
		if err := errors.Join(a.Close(), b.Close()); err != nil {
			t.Error(err)
		}
		<-one
		<-two
	})
}

func TestSniffEndsByItselfAndSaysWhatBreaks(t *testing.T) {
	sim := simulate(t, "generic/scanner-serial", "tcp")
	code, out := talk(t, "", "", nil, "sniff", sim.Port(), "--for", "100ms")
	wants(t, code, 0, out, "vectors: []")
	code, out = talk(t, "", "只有一个端口", sim.Unplug, "sniff", sim.Port())
	wants(t, code, 1, out, "设备没有连上，或中途断开")
}
