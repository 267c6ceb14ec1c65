package simulator_test

import (
	"bytes"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/audio"
	"smarthall/firmware-profiles/profile"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

func TestLoudspeakerPlaysTheCallThatWasSaid(t *testing.T) {
	t.Parallel()
	sim := start(t, "generic/speaker-tcp", "tcp")
	d, ok := open(t, sim).(device.Speaker)
	if !ok {
		t.Fatal("engine made no speaker")
	}
	waitState(t, run(t, d), device.Online)
	began := time.Now()
	must(t, d.Say(within(t, time.Minute), "请A012号到3号窗口办理"))
	took := time.Since(began)
	played := sim.Snapshot().Played
	if len(played) != 1 {
		t.Fatalf("played %+v", played)
	}
	if v := played[0]; v.Milliseconds < 3000 || v.Milliseconds > 7000 || v.Loudness < 0.03 || took < time.Duration(v.Milliseconds)*time.Millisecond {
		t.Errorf("played %+v, said within %v", v, took)
	}
	var wav bytes.Buffer
	must(t, sim.WritePlayed(&wav, played[0].N))
	samples, err := audio.DecodeWAV(wav.Bytes())
	if err != nil || len(samples)/16 != int(played[0].Milliseconds) {
		t.Errorf("the sound has %d samples, %v", len(samples), err)
	}
}

func TestLoudspeakerThatHangsIsNoticed(t *testing.T) {
	t.Parallel()
	sim := start(t, "generic/speaker-tcp", "tcp")
	d, ok := open(t, sim).(device.Speaker)
	if !ok {
		t.Fatal("engine made no speaker")
	}
	waitState(t, run(t, d), device.Online)
	sim.Stall()
	if err := d.Say(within(t, time.Second), "请A012号"); err == nil {
		t.Error("a loudspeaker that hangs has said something")
	}
	if played := sim.Snapshot().Played; len(played) > 0 {
		t.Errorf("played %+v", played)
	}
}

func TestStripWithAVoiceSaysOneTextAndShowsAnother(t *testing.T) {
	t.Parallel()
	sim := start(t, "onbon/bx-5k-64x16-voice", "tcp")
	d, _ := strip(t, sim)
	speaker, ok := d.(device.Speaker)
	if !ok {
		t.Fatal("the strip doesn't speak")
	}
	must(t, d.Show(within(t, time.Minute), "A012"))
	must(t, speaker.Say(within(t, time.Minute), "请A012号"))
	if got := sim.Snapshot().Display; got.Text != "A012" || got.Said != "请A012号" {
		t.Errorf("shows %+v", got)
	}
	must(t, d.Show(within(t, time.Minute), "A013"))
	if got := sim.Snapshot().Display; got.Text != "A013" || got.Said != "请A012号" {
		t.Errorf("shows %+v", got)
	}
	if _, ok := open(t, start(t, stripID, "tcp")).(device.Speaker); ok {
		t.Error("a strip without a voice speaks")
	}
}

// hello is scanned until it is seen: what a scanner says before the simulator
// has noticed the host is lost.
const hello = "HELLO"

// scans runs a scanner's engine until it has seen these codes.
func scans(t *testing.T, sim *simulator.Device, codes ...string) {
	t.Helper()
	t.Run("scans "+codes[0], func(t *testing.T) {
		s := run(t, open(t, sim))
		waitState(t, s, device.Online)
		waitFor(t, "the line", func() bool {
			must(t, sim.Scan(hello))
			// Silence, for a driver that began in the middle of an event.
			for end := time.Now().Add(300 * time.Millisecond); len(s.all()) == 0 && time.Now().Before(end); {
				time.Sleep(5 * time.Millisecond)
			}
			return len(s.all()) > 0
		})
		seen := func() []any {
			return slices.DeleteFunc(s.all(), func(e any) bool { return e == any(device.CodeScanned{Text: hello}) })
		}
		for i, code := range codes {
			must(t, sim.Scan(code))
			waitFor(t, "code "+code, func() bool { return len(seen()) > i })
		}
		for i, e := range seen() {
			if e != (device.CodeScanned{Text: codes[i]}) {
				t.Errorf("code %d is %v, want %q", i, e, codes[i])
			}
		}
	})
}

func TestScannerThatTypes(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		for _, split := range []bool{false, true} {
			sim := start(t, "generic/scanner-keyboard", transport, func(c *simulator.Config) { c.Split = split })
			codes := []string{"SH-A012", "https://hall.example/t?id=1&k=Z_~"}
			if split { // thousands of writes; one that comes late is a code's end
				codes = codes[:1]
			}
			scans(t, sim, codes...)
			if err := sim.Scan("办件"); err == nil {
				t.Error("Chinese was typed")
			}
			sim.Unplug()
			must(t, sim.Plug())
			scans(t, sim, "again")
		}
	}
}

func TestScannerSendsWhatItsProfileSays(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load()
	must(t, err)
	shipped, _ := cat.Get(scannerID)
	for name, caps := range map[string]profile.Caps{
		"prefix": {Terminators: []string{"lf"}, Charsets: []string{"utf-8"}, Strip: profile.Strip{Prefix: "#"}},
		"no end": {Charsets: []string{"utf-8"}},
	} {
		p := *shipped
		p.ID, p.Caps = "test/scanner", caps
		if sent, want := simulated(t, cat.With(&p), "A012"), map[string]string{"prefix": "#A012\n", "no end": "A012"}[name]; sent != want {
			t.Errorf("%s: sent %q, want %q", name, sent, want)
		}
	}
}

// simulated is what the simulated scanner of test/scanner sends for a code.
func simulated(t *testing.T, cat *profile.Catalog, code string) string {
	t.Helper()
	sim := start(t, "test/scanner", "tcp", func(c *simulator.Config) { c.Catalog = cat })
	host, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(sim.Port(), "tcp://"))
	must(t, err)
	defer func() { _ = host.Close() }()
	var got []byte
	waitFor(t, "code", func() bool {
		must(t, sim.Scan(code))
		buf := make([]byte, 100)
		must(t, host.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
		n, _ := host.Read(buf) // nothing yet, if the line isn't joined
		got = buf[:n]
		return n > 0
	})
	return string(got)
}

func TestConsoleServesDocumentsAndSounds(t *testing.T) {
	t.Parallel()
	pages, sounds := start(t, pagePrinterID, "tcp"), start(t, "generic/speaker-tcp", "tcp", func(c *simulator.Config) { c.ID = "speaker" })
	d, _ := pagePrinter(t, pages)
	must(t, d.PrintPDF(within(t, time.Minute), device.PageJob{PDF: onePage}))
	h := simulator.NewConsole([]*simulator.Device{pages, sounds}, slog.New(slog.DiscardHandler)).Handler(nil)
	for path, want := range map[string]int{
		"/api/devices/sim/pages/1.pdf": 200, "/api/devices/sim/pages/2.pdf": 404, "/api/devices/sim/pages/1.png": 404,
		"/api/devices/speaker/played/1.wav": 404, "/api/devices/speaker/pages/1.pdf": 404, "/api/devices/nobody/pages/1.pdf": 404,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want {
			t.Errorf("%s: status %d, want %d", path, w.Code, want)
		}
		if want == 200 && !bytes.Equal(w.Body.Bytes(), onePage) {
			t.Errorf("%s: %d bytes", path, w.Body.Len())
		}
	}
	must(t, pages.PaperOut())
	if v := pages.Snapshot(); !slices.Contains(v.Conditions, "paper-out") || len(v.Pages) != 1 {
		t.Errorf("snapshot %+v", v)
	}
}
