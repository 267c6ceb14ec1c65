package escl_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/escl"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const capabilities = `<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
<pwg:MakeAndModel>Test 1</pwg:MakeAndModel>
<scan:Platen><scan:PlatenInputCaps><scan:MaxWidth>2550</scan:MaxWidth><scan:MaxHeight>3508</scan:MaxHeight>
<scan:SettingProfiles><scan:SettingProfile><scan:ColorModes><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
<scan:SupportedResolutions><scan:DiscreteResolutions>
<scan:DiscreteResolution><scan:XResolution>300</scan:XResolution><scan:YResolution>300</scan:YResolution></scan:DiscreteResolution>
<scan:DiscreteResolution><scan:XResolution>100</scan:XResolution><scan:YResolution>100</scan:YResolution></scan:DiscreteResolution>
</scan:DiscreteResolutions></scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles></scan:PlatenInputCaps></scan:Platen>
<scan:Adf><scan:AdfSimplexInputCaps><scan:MaxWidth>2550</scan:MaxWidth><scan:MaxHeight>4200</scan:MaxHeight>
<scan:SettingProfiles><scan:SettingProfile><scan:ColorModes><scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
<scan:SupportedResolutions><scan:ResolutionRange><scan:XResolutionRange><scan:Min>100</scan:Min><scan:Max>400</scan:Max><scan:Step>50</scan:Step></scan:XResolutionRange></scan:ResolutionRange></scan:SupportedResolutions>
</scan:SettingProfile></scan:SettingProfiles></scan:AdfSimplexInputCaps></scan:Adf></scan:ScannerCapabilities>`

// fake is a scanner whose answers a test chooses.
type fake struct {
	mu     sync.Mutex
	state  string // pwg:State
	adf    string // scan:AdfState without its prefix
	create func(w http.ResponseWriter)
	// next answers the nth question for a page.
	next    func(w http.ResponseWriter, n int)
	asked   int
	posted  []string
	deleted []string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.URL.Path == "/eSCL/ScannerCapabilities":
		_, _ = io.WriteString(w, capabilities)
	case r.URL.Path == "/eSCL/ScannerStatus":
		fmt.Fprintf(w, `<x:ScannerStatus xmlns:x="urn:x"><x:State>%s</x:State><x:AdfState>ScannerAdf%s</x:AdfState></x:ScannerStatus>`, f.state, f.adf)
	case r.Method == http.MethodPost && r.URL.Path == "/eSCL/ScanJobs":
		body, _ := io.ReadAll(r.Body)
		f.posted = append(f.posted, string(body))
		f.create(w)
	case r.Method == http.MethodGet && r.URL.Path == "/eSCL/ScanJobs/7/NextDocument":
		f.asked++
		f.next(w, f.asked)
	case r.Method == http.MethodDelete:
		f.deleted = append(f.deleted, r.URL.Path)
	default:
		http.NotFound(w, r)
	}
}

func page() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// location answers a job at a place.
func location(where string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Location", where)
		w.WriteHeader(http.StatusCreated)
	}
}

// pages gives n pages and then a status code.
func pages(n, code int) func(http.ResponseWriter, int) {
	return func(w http.ResponseWriter, asked int) {
		if asked > n {
			w.WriteHeader(code)
			return
		}
		_, _ = w.Write(page())
	}
}

func good() *fake {
	return &fake{state: "Idle", adf: "Loaded", create: location("http://192.0.2.9:1/eSCL/ScanJobs/7"), next: pages(2, http.StatusNotFound)}
}

func model() *profile.Profile {
	p := &profile.Profile{ID: "test/escl", Engine: profile.EngineESCL, Class: device.ClassDocumentScanner}
	p.Params = map[string]profile.Param{"fingerprint": {Type: "string", Default: ""}}
	p.Timing = profile.Timing{Read: profile.Duration(time.Second), Reply: profile.Duration(2 * time.Second), Status: profile.Duration(2 * time.Second), Pace: profile.Duration(time.Millisecond)}
	p.Status.Poll = profile.Duration(10 * time.Millisecond)
	return p
}

// over is a running scanner that a handler plays.
func over(t *testing.T, h http.Handler) (device.DocumentScanner, *enginetest.Sink) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	d, err := escl.New(model(), device.Config{ID: "scanner", Port: server.URL}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	enginetest.Start(t, d, sink)
	enginetest.WaitFor(t, "a state", func() bool { return sink.Last().State != "" })
	s, ok := d.(device.DocumentScanner)
	if !ok {
		t.Fatalf("%T", d)
	}
	return s, sink
}

func TestHowAJobEnds(t *testing.T) {
	feeder := device.ScanSettings{Source: device.SourceFeeder}
	tests := []struct {
		name     string
		change   func(f *fake)
		settings device.ScanSettings
		pages    int
		want     error
		deleted  bool
	}{
		{"404 ends a feeder's job", func(*fake) {}, feeder, 2, nil, false},
		{"the glass gives one page, and the job is removed", func(*fake) {}, device.ScanSettings{}, 1, nil, true},
		{"a relative place", func(f *fake) { f.create = location("7") }, feeder, 2, nil, false},
		{"a place with a path only", func(f *fake) { f.create = location("/eSCL/ScanJobs/7/") }, feeder, 2, nil, false},
		{"no place", func(f *fake) { f.create = location("") }, feeder, 0, device.ErrFrame, false},
		{"503 is waited for", func(f *fake) {
			f.next = func(w http.ResponseWriter, n int) {
				if n < 4 {
					w.Header().Set("Retry-After", "0")
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				pages(4, http.StatusNotFound)(w, n)
			}
		}, feeder, 1, nil, false},
		{"503 for ever", func(f *fake) { f.next = pages(0, http.StatusServiceUnavailable) }, feeder, 0, device.ErrTimeout, true},
		{"410: cancelled at the scanner", func(f *fake) { f.next = pages(1, http.StatusGone) }, feeder, 1, device.ErrFault, true},
		{"no page at all", func(f *fake) { f.next = pages(0, http.StatusNotFound) }, feeder, 0, device.ErrNoPaper, false},
		{"no page from the glass", func(f *fake) { f.next = pages(0, http.StatusNotFound) }, device.ScanSettings{}, 0, device.ErrFault, false},
		{"something else than a page", func(f *fake) {
			f.next = func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, "%PDF-1.7") }
		}, feeder, 0, device.ErrFrame, true},
		{"busy", func(f *fake) { f.create = func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) } }, feeder, 0, device.ErrFault, false},
		{"refused", func(f *fake) { f.create = func(w http.ResponseWriter) { w.WriteHeader(http.StatusConflict) } }, device.ScanSettings{}, 0, device.ErrFault, false},
		{"an empty feeder is told before a job", func(f *fake) { f.adf = "Empty" }, feeder, 0, device.ErrNoPaper, false},
		{"a jam is told before a job", func(f *fake) { f.adf = "Mispick" }, feeder, 0, device.ErrJam, false},
		{"a jam while 503 says wait", func(f *fake) {
			f.next = func(w http.ResponseWriter, n int) {
				if n == 1 {
					_, _ = w.Write(page())
					return
				}
				f.adf = "Jam"
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}, feeder, 1, device.ErrJam, true},
		{"a jam that ends as 404", func(f *fake) {
			f.next = func(w http.ResponseWriter, _ int) { f.adf = "Jam"; w.WriteHeader(http.StatusNotFound) }
		}, feeder, 0, device.ErrJam, false},
		{"a hatch that ends as 409", func(f *fake) {
			f.next = func(w http.ResponseWriter, _ int) { f.adf = "HatchOpen"; w.WriteHeader(http.StatusConflict) }
		}, feeder, 0, device.ErrCoverOpen, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := good()
			tt.change(f)
			d, _ := over(t, f)
			n, err := d.Scan(t.Context(), tt.settings, func(img device.Image) error {
				if img.DPI == 0 || img.Time.IsZero() {
					t.Errorf("page of %d dpi at %v", img.DPI, img.Time)
				}
				return nil
			})
			if n != tt.pages || !errors.Is(err, tt.want) {
				t.Errorf("got %d, %v", n, err)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if got := slices.Equal(f.deleted, []string{"/eSCL/ScanJobs/7"}); got != tt.deleted {
				t.Errorf("removed jobs: %q", f.deleted)
			}
			if len(f.posted) > 1 {
				t.Errorf("%d jobs", len(f.posted))
			}
		})
	}
}

func TestStatesOfTheScanner(t *testing.T) {
	f := good()
	_, sink := over(t, f)
	for _, tt := range []struct {
		state, adf string
		want       device.State
	}{
		{"Processing", "Processing", device.Online},
		{"Stopped", "Jam", device.Jam},
		{"Idle", "Empty", device.Online},
		{"Stopped", "HatchOpen", device.CoverOpen},
		{"Stopped", "Loaded", device.Fault},
		{"Idle", "Loaded", device.Online},
		{"Down", "", device.Fault},
	} {
		f.mu.Lock()
		f.state, f.adf = tt.state, tt.adf
		f.mu.Unlock()
		enginetest.WaitFor(t, string(tt.want), func() bool { return sink.Last().State == tt.want })
	}
}

func TestAnOwnCertificateIsTrustedByItsFingerprint(t *testing.T) {
	server := httptest.NewUnstartedServer(good())
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	sum := fmt.Sprintf("%x", sha256.Sum256(server.Certificate().Raw))
	try := func(fingerprint string) error {
		cfg := device.Config{ID: "scanner", Port: server.URL}
		if fingerprint != "" {
			cfg.Params = map[string]string{"fingerprint": fingerprint}
		}
		d, err := escl.New(model(), cfg, enginetest.Log())
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), enginetest.Patience)
		defer cancel()
		return d.Run(ctx, cancelOnline{cancel})
	}
	if err := try(""); err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), sum) {
		t.Errorf("unknown certificate: got %v, want its fingerprint in it", err)
	}
	if err := try(sum); !errors.Is(err, context.Canceled) {
		t.Errorf("trusted: got %v", err)
	}
	if err := try(strings.Repeat("00", 32)); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("another certificate: got %v", err)
	}
	if err := try("12:34"); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("no fingerprint: got %v", err)
	}
}

// cancelOnline ends a run that got as far as being online.
type cancelOnline struct{ cancel context.CancelFunc }

func (c cancelOnline) State(s device.State, _ string) {
	if s == device.Online {
		c.cancel()
	}
}

func (cancelOnline) Event(any) {}

func TestPorts(t *testing.T) {
	for port, want := range map[string]string{
		"http://192.0.2.7": "", "https://192.0.2.7:443/eSCL/": "", "tcp://192.0.2.7:80": "no address", "/dev/usb": "no address",
		"http://a:b@192.0.2.7": "password", "http://192.0.2.7/?x=1": "no address",
	} {
		_, err := escl.New(model(), device.Config{Port: port}, enginetest.Log())
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", port, err)
		}
	}
}

func TestCapabilitiesAreReadAndBounded(t *testing.T) {
	c, err := escl.ParseCapabilities([]byte(capabilities))
	if err != nil {
		t.Fatal(err)
	}
	if c.Model != "Test 1" || c.Platen == nil || c.Feeder == nil || c.Duplex != nil {
		t.Fatalf("got %+v", c)
	}
	if !slices.Equal(c.Platen.DPI, []int{100, 300}) || !slices.Equal(c.Feeder.DPI, []int{100, 150, 200, 300, 400}) {
		t.Errorf("resolutions %v and %v", c.Platen.DPI, c.Feeder.DPI)
	}
	// The glass knows no grey.
	job, err := escl.Plan(c, device.ScanSettings{Grey: true, DPI: 150})
	if err != nil || job.ColorMode != "RGB24" || job.DPI != 300 {
		t.Errorf("got %+v, %v", job, err)
	}
	for _, bad := range []string{"", "<html/>", "<ScannerCapabilities/>", "<ScannerCapabilities><Platen><PlatenInputCaps><MaxWidth>-1</MaxWidth></PlatenInputCaps></Platen></ScannerCapabilities>"} {
		if _, err := escl.ParseCapabilities([]byte(bad)); !errors.Is(err, device.ErrFrame) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func TestAnAnswerWithoutEndIsRefused(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 3 << 10 {
			if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<10)); err != nil {
				return
			}
		}
	})
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	d, err := escl.New(model(), device.Config{Port: server.URL}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Run(t.Context(), &enginetest.Sink{}); !errors.Is(err, device.ErrFrame) {
		t.Errorf("got %v", err)
	}
}

func FuzzXML(f *testing.F) {
	f.Add([]byte(capabilities))
	f.Add([]byte(`<ScannerStatus><State>Idle</State><AdfState>ScannerAdfJam</AdfState></ScannerStatus>`))
	f.Add([]byte(`<ScannerCapabilities><Adf><AdfDuplexInputCaps><MaxWidth>999999999</MaxWidth><MaxHeight>1</MaxHeight></AdfDuplexInputCaps></Adf></ScannerCapabilities>`))
	f.Add([]byte(strings.Repeat("<a>", 5000)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if st, err := escl.ParseStatus(data); err == nil && st.Device() == "" {
			t.Error("a status without a state")
		}
		c, err := escl.ParseCapabilities(data)
		if err != nil {
			if !errors.Is(err, device.ErrFrame) {
				t.Errorf("got %v", err)
			}
			return
		}
		for _, s := range []device.ScanSettings{{}, {Paper: device.PaperA3}, {Source: device.SourceFeeder, TwoSided: true, Grey: true}} {
			job, err := escl.Plan(c, s)
			if err == nil && (job.Width <= 0 || job.Height <= 0 || job.Width > 18000 || job.DPI <= 0 || job.DPI > 2400) {
				t.Errorf("job %+v", job)
			}
		}
	})
}
