package simulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/firmware-profiles/simulator"
	"smarthall/firmware-profiles/simulator/labelview"
	"smarthall/internal/device"
)

// labelProfiles are one profile of each language.
var labelProfiles = []string{"generic/tspl-203", "generic/zpl-203"}

// visitLabel is a label as counters print it.
var visitLabel = device.Label{
	Job: "label-1", Title: "E012 社会保险业务",
	Lines: []string{"王*", "受理时间 2026-11-22 10:15"},
	Code:  "20261122E012", QR: "http://192.168.1.10:8080/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG",
}

// printLabel prints and fails the test if that doesn't work.
func printLabel(t *testing.T, d device.Device, l device.Label) {
	t.Helper()
	must(t, labelPrinter(t, d).PrintLabel(within(t, time.Minute), l))
}

func labelPrinter(t *testing.T, d device.Device) device.LabelPrinter {
	t.Helper()
	p, ok := d.(device.LabelPrinter)
	if !ok {
		t.Fatalf("%T prints no labels", d)
	}
	return p
}

// shown is what the console tells of labels.
func shown(labels []labelview.Label) string {
	text, err := json.Marshal(labels)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// codesOn are what zbarimg, which knows nothing of us, reads from a label.
func codesOn(t *testing.T, sim *simulator.Device, n int) []string {
	t.Helper()
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg (package zbar-tools) isn't installed")
	}
	var png bytes.Buffer
	must(t, sim.WriteLabelPNG(&png, n))
	file := filepath.Join(t.TempDir(), "label.png")
	must(t, os.WriteFile(file, png.Bytes(), 0o600))
	out, err := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", file).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	codes := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(codes)
	return codes
}

func TestAnIndependentReaderReadsTheCodesOfALabel(t *testing.T) {
	t.Parallel()
	for _, profile := range labelProfiles {
		for _, transport := range transports {
			t.Run(profile+" "+transport, func(t *testing.T) {
				t.Parallel()
				sim := start(t, profile, transport, func(c *simulator.Config) { c.Split = true })
				d := open(t, sim)
				waitState(t, run(t, d), device.Online)
				printLabel(t, d, visitLabel)
				labels := sim.Labels()
				if len(labels) != 1 || len(labels[0].Codes) != 2 || labels[0].WidthMM != 60 || labels[0].HeightMM != 40 {
					t.Fatalf("came out: %s", shown(labels))
				}
				want := []string{visitLabel.Code, visitLabel.QR}
				if got := codesOn(t, sim, 1); !slices.Equal(got, want) {
					t.Errorf("zbarimg reads %q, want %q", got, want)
				}
			})
		}
	}
}

// Data that would be a command in one language or the other is drawn by us, so
// that it stays data.
func TestHostileDataStayOnTheLabel(t *testing.T) {
	t.Parallel()
	for _, profile := range labelProfiles {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			sim := start(t, profile, "tcp")
			d := open(t, sim)
			waitState(t, run(t, d), device.Online)
			hostile := device.Label{
				Title: "\"\r\nCLS\r\nPRINT 9\r\n^XZ^XA^PQ9^XZ~JA\x1B!R", Lines: []string{"\\[\"]", "^FS^FDx"},
				Code: `1"^~!_1`, QR: "\"\r\nPRINT 9\r\n^XZ^XA^PQ9^XZ~JA",
			}
			printLabel(t, d, hostile)
			labels := sim.Labels()
			if len(labels) != 1 || labels[0].Copies != 1 || len(labels[0].Codes) != 0 || len(labels[0].Texts) != 0 {
				t.Fatalf("came out: %s", shown(labels))
			}
			got := strings.Join(codesOn(t, sim, 1), "\n")
			if !strings.Contains(got, hostile.Code) || !strings.Contains(got, "^PQ9^XZ~JA") {
				t.Errorf("zbarimg reads %q", got)
			}
		})
	}
}

func TestCopiesOfALabel(t *testing.T) {
	t.Parallel()
	for _, profile := range labelProfiles {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			sim := start(t, profile, "tcp")
			d := open(t, sim)
			waitState(t, run(t, d), device.Online)
			l := visitLabel
			l.Copies = 3
			printLabel(t, d, l)
			printLabel(t, d, visitLabel)
			labels := sim.Labels()
			if len(labels) != 2 || labels[0].Copies != 3 || labels[1].Copies != 1 {
				t.Errorf("came out: %s", shown(labels))
			}
		})
	}
}

func TestALabelPrinterTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, profile := range labelProfiles {
		for _, tt := range []struct {
			name        string
			break_, fix func(*simulator.Device) error
			state       device.State
			err         error
		}{
			{"paper", (*simulator.Device).PaperOut, (*simulator.Device).PaperIn, device.PaperEnd, device.ErrNoPaper},
			{"cover", (*simulator.Device).OpenCover, (*simulator.Device).CloseCover, device.CoverOpen, device.ErrCoverOpen},
			{"jam", (*simulator.Device).Jam, (*simulator.Device).ClearJam, device.Jam, device.ErrJam},
		} {
			t.Run(profile+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				state, wanted := tt.state, tt.err
				if profile == "generic/zpl-203" && tt.name == "jam" {
					state, wanted = device.Fault, device.ErrFault // ~HS has no flag for it
				}
				sim := start(t, profile, "tcp")
				d := open(t, sim)
				s := run(t, d)
				waitState(t, s, device.Online)
				must(t, tt.break_(sim))
				waitState(t, s, state)
				wantErr(t, labelPrinter(t, d).PrintLabel(within(t, time.Minute), visitLabel), wanted)
				must(t, tt.fix(sim))
				waitState(t, s, device.Online)
				printLabel(t, d, visitLabel)
				if n := len(sim.Labels()); n != 1 {
					t.Errorf("%d labels came out", n)
				}
			})
		}
	}
}

// A label that failed must not come out later, when somebody puts paper in:
// its clerk has long printed another.
func TestALabelThatFailedIsCancelled(t *testing.T) {
	t.Parallel()
	for _, profile := range labelProfiles {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			sim := start(t, profile, "tcp", func(c *simulator.Config) { c.LineTime = 300 * time.Millisecond })
			d := open(t, sim)
			s := run(t, d)
			waitState(t, s, device.Online)
			failed := make(chan error, 1)
			go func() { failed <- labelPrinter(t, d).PrintLabel(within(t, 10*time.Second), visitLabel) }()
			waitFor(t, "the label arrives", func() bool { return bytes.Contains(sim.Received(), []byte(visitLabel.Code)) })
			must(t, sim.PaperOut())
			wantErr(t, <-failed, device.ErrNoPaper)
			waitFor(t, "the label is cancelled", func() bool {
				return bytes.Contains(sim.Received(), []byte("~JA")) || bytes.Contains(sim.Received(), []byte("\x1B!."))
			})
			must(t, sim.PaperIn())
			waitState(t, s, device.Online)
			other := visitLabel
			other.Code = "20261122E013"
			printLabel(t, d, other)
			labels := sim.Labels()
			if len(labels) != 1 || labels[0].Codes[0].Text != other.Code {
				t.Errorf("came out: %s", shown(labels))
			}
		})
	}
}

func TestALabelPrinterThatHangsOrIsUnpluggedIsNoticed(t *testing.T) {
	t.Parallel()
	for _, profile := range labelProfiles {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			sim := start(t, profile, "pty")
			d := open(t, sim)
			s := run(t, d)
			waitState(t, s, device.Online)
			must(t, sim.Garbage())
			printLabel(t, d, visitLabel)
			sim.Stall()
			waitFor(t, "the stall is noticed", func() bool { return !s.last().Works() })
			if err := labelPrinter(t, d).PrintLabel(within(t, time.Minute), visitLabel); err == nil {
				t.Error("a printer that hangs printed")
			}
			sim.Resume()
			waitState(t, s, device.Online)
			sim.Unplug()
			waitState(t, s, device.Offline)
			must(t, sim.Plug())
			waitState(t, s, device.Online)
			printLabel(t, d, visitLabel)
		})
	}
}

func TestALabelPrinterThatTellsNothingIsPrintedToInGoodFaith(t *testing.T) {
	t.Parallel()
	sim := start(t, "generic/tspl-203", "tcp")
	must(t, sim.MuteStatus())
	d := open(t, sim)
	waitState(t, run(t, d), device.Online)
	printLabel(t, d, visitLabel)
	waitFor(t, "the label", func() bool { return len(sim.Labels()) == 1 })
}

// What a technician's program sends by hand.
func TestATechniciansLabelIsDrawn(t *testing.T) {
	t.Parallel()
	for profile, bytes := range map[string]string{
		"generic/tspl-203": "SIZE 40 mm,30 mm\r\nCLS\r\nBOX 8,8,300,220,3\r\nTEXT 20,20,\"3\",0,1,1,\"A \\[\"]B\\[\"]\"\r\nBARCODE 40,100,\"128\",60,1,0,2,2,\"A-1\"\r\nPRINT 1\r\n",
		"generic/zpl-203":  "^XA^PW320^LL240^FO8,8^GB300,220,3^FS^FO20,20^A0N,24,24^FH^FDA _22B_22^FS^FO40,100^BY2^BCN,60,N,N,N^FDA-1^FS^XZ",
	} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			sim := start(t, profile, "tcp")
			send(t, sim.Port(), bytes)
			waitFor(t, "the label", func() bool { return len(sim.Labels()) == 1 })
			l := sim.Labels()[0]
			if l.WidthMM != 40 || l.HeightMM != 30 || !slices.Equal(l.Texts, []string{`A "B"`}) || l.Blank() {
				t.Errorf("came out: %s", shown(sim.Labels()))
			}
			if got := codesOn(t, sim, 1); !slices.Equal(got, []string{"A-1"}) {
				t.Errorf("zbarimg reads %q", got)
			}
		})
	}
}

// send sends bytes to a TCP port, as a technician's program does.
func send(t *testing.T, port, text string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(port, "tcp://"))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.Write([]byte(text))
	must(t, err)
}

func TestTheConsoleShowsLabels(t *testing.T) {
	t.Parallel()
	sim := start(t, "generic/tspl-203", "tcp")
	send(t, sim.Port(), "SIZE 40 mm,30 mm\r\nCLS\r\nBARCODE 40,100,\"128\",60,1,0,2,2,\"A-1\"\r\nPRINT 1,2\r\n")
	waitFor(t, "the label", func() bool { return len(sim.Labels()) == 1 })
	server := httptest.NewServer(simulator.NewConsole([]*simulator.Device{sim}, slog.New(slog.DiscardHandler)).Handler(nil))
	t.Cleanup(server.Close)
	get := func(path string) (*http.Response, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		must(t, err)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		must(t, err)
		return res, body
	}
	if res, body := get("/api/devices/sim/labels/1.png"); res.Header.Get("Content-Type") != "image/png" || !bytes.HasPrefix(body, []byte("\x89PNG")) {
		t.Errorf("the picture is %s", res.Status)
	}
	for _, path := range []string{"/api/devices/sim/labels/2.png", "/api/devices/sim/labels/1.jpg", "/api/devices/x/labels/1.png"} {
		if res, _ := get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	_, body := get("/api/devices")
	if !bytes.Contains(body, []byte(`"labels":[{"n":1,`)) || !bytes.Contains(body, []byte(`"codes":[{"kind":"code128","text":"A-1"}]`)) {
		t.Errorf("the console tells %s", body)
	}
}
