package simulator_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

const pagePrinterID = "generic/ipp-a4"

// onePage is the least that counts as a PDF with a page.
var onePage = []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type /Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type /Page /Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

func pagePrinter(t *testing.T, sim *simulator.Device) (device.PagePrinter, *sink) {
	t.Helper()
	d, ok := open(t, sim).(device.PagePrinter)
	if !ok {
		t.Fatal("engine made no page printer")
	}
	s := run(t, d)
	waitState(t, s, device.Online)
	return d, s
}

func TestPagePrinterPrintsEachJobOnce(t *testing.T) {
	t.Parallel()
	sim := start(t, pagePrinterID, "tcp", func(c *simulator.Config) { c.LineTime = 50 * time.Millisecond })
	d, _ := pagePrinter(t, sim)
	for _, title := range []string{"办事指南", strings.Repeat("长标题", 100)} {
		must(t, d.PrintPDF(within(t, time.Minute), device.PageJob{Job: title, Title: title, PDF: onePage, Copies: 2, TwoSided: true}))
	}
	tray := sim.Snapshot().Pages
	if len(tray) != 2 {
		t.Fatalf("%d documents came out", len(tray))
	}
	if v := tray[0]; v.Title != "办事指南" || v.Copies != 2 || !v.TwoSided || v.Pages != 1 || v.Paper != device.PaperA4 || v.Bytes != len(onePage) {
		t.Errorf("came out as %+v", v)
	}
	if title := tray[1].Title; len(title) != 255 || !strings.HasPrefix(strings.Repeat("长标题", 100), title) {
		t.Errorf("title of %d bytes: %q", len(title), title)
	}
	var pdf bytes.Buffer
	must(t, sim.WritePDF(&pdf, tray[0].N))
	if !bytes.Equal(pdf.Bytes(), onePage) {
		t.Error("the document changed on its way")
	}
}

func TestPagePrinterSaysWhatIsWrongAndTakesTheJobBack(t *testing.T) {
	t.Parallel()
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
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, pagePrinterID, "tcp", func(c *simulator.Config) { c.LineTime = 600 * time.Millisecond })
			d, s := pagePrinter(t, sim)

			// It stops in the middle of a job: the job is taken back.
			failed := make(chan error, 1)
			go func() { failed <- d.PrintPDF(within(t, 10*time.Second), device.PageJob{PDF: onePage}) }()
			waitFor(t, "job", func() bool { return bytes.Contains(sim.Received(), []byte("%%EOF")) })
			must(t, tt.break_(sim))
			wantErr(t, <-failed, tt.err)
			waitState(t, s, tt.state)

			// It is stopped before one: nothing is sent.
			had := bytes.Count(sim.Received(), []byte("%%EOF"))
			wantErr(t, d.PrintPDF(within(t, time.Minute), device.PageJob{PDF: onePage}), tt.err)
			if got := bytes.Count(sim.Received(), []byte("%%EOF")); got != had {
				t.Error("a stopped printer got a document")
			}

			must(t, tt.fix(sim))
			must(t, d.PrintPDF(within(t, time.Minute), device.PageJob{Title: "after", PDF: onePage}))
			if tray := sim.Snapshot().Pages; len(tray) != 1 || tray[0].Title != "after" {
				t.Errorf("came out: %+v", tray)
			}
		})
	}
}

func TestPagePrinterThatTakesRasterOnlySaysSo(t *testing.T) {
	t.Parallel()
	sim := start(t, pagePrinterID, "tcp")
	must(t, sim.OnlyRaster())
	d := open(t, sim)
	s := run(t, d)
	waitState(t, s, device.Fault)
	printer, _ := d.(device.PagePrinter)
	wantErr(t, printer.PrintPDF(within(t, time.Minute), device.PageJob{PDF: onePage}), device.ErrFault)
	if len(sim.Snapshot().Pages) != 0 {
		t.Error("something came out")
	}
}

func TestPagePrinterNeverGetsAJobTwice(t *testing.T) {
	t.Parallel()
	sim := start(t, pagePrinterID, "tcp", func(c *simulator.Config) { c.LineTime = time.Hour })
	d, s := pagePrinter(t, sim)

	// Nobody waits any more: the job is cancelled, its end is unknown.
	wantErr(t, d.PrintPDF(within(t, 3*time.Second), device.PageJob{PDF: onePage}), device.ErrTimeout)
	waitFor(t, "cancelled job", func() bool { return bytes.Contains(sim.Received(), []byte{2, 0, 0, 8, 0, 0}) })

	// It falls silent: nothing is sent, so the job is surely not in it.
	sim.Stall()
	wantErr(t, d.PrintPDF(within(t, 20*time.Second), device.PageJob{PDF: onePage}), device.ErrOffline)
	waitState(t, s, device.Offline)
	sim.Resume()
	waitState(t, s, device.Online)

	// It is unplugged in the middle: nobody knows, nothing is sent again.
	failed := make(chan error, 1)
	go func() { failed <- d.PrintPDF(within(t, 3*time.Second), device.PageJob{Title: "lost", PDF: onePage}) }()
	waitFor(t, "job", func() bool { return bytes.Contains(sim.Received(), []byte("lost")) })
	sim.Unplug()
	wantErr(t, <-failed, device.ErrTimeout)
	must(t, sim.Plug())
	waitState(t, s, device.Online)
	if got := bytes.Count(sim.Received(), []byte("%%EOF")); got != 2 {
		t.Errorf("documents were sent %d times", got)
	}
	if len(sim.Snapshot().Pages) != 0 {
		t.Error("something came out")
	}
}

func TestPagePrinterRefusesWhatIsNoPDF(t *testing.T) {
	t.Parallel()
	sim := start(t, pagePrinterID, "tcp")
	d, _ := pagePrinter(t, sim)
	for name, job := range map[string]device.PageJob{
		"no document": {}, "text": {PDF: []byte("hello")}, "A3 on an A4 printer": {PDF: onePage, Paper: device.PaperA3}, "too many copies": {PDF: onePage, Copies: 1000},
	} {
		if err := d.PrintPDF(within(t, time.Minute), job); !errors.Is(err, device.ErrFault) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPagePrinterSpeaksOnlyIPP(t *testing.T) {
	t.Parallel()
	sim := start(t, pagePrinterID, "tcp")
	res, err := http.Post("http"+strings.TrimPrefix(sim.Port(), "ipp"), "text/plain", strings.NewReader("hello")) //nolint:noctx // to a server of this test
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d, %v", res.StatusCode, err)
	}
}

// TestPagePrinterAgainstIpptool lets the IPP tool of CUPS judge the simulator.
func TestPagePrinterAgainstIpptool(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("ipptool")
	if err != nil {
		t.Skip("ipptool isn't installed (Debian: cups-ipp-utils)")
	}
	sim := start(t, pagePrinterID, "tcp")
	file := t.TempDir() + "/page.pdf"
	must(t, os.WriteFile(file, onePage, 0o600))
	for _, test := range []string{"get-printer-attributes.test", "validate-job.test", "print-job.test", "create-job.test"} {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		out, err := exec.CommandContext(ctx, tool, "-t", "-T", "10", "-f", file, sim.Port(), test).CombinedOutput()
		cancel()
		if err != nil {
			t.Errorf("%s: %v\n%s", test, err, out)
		}
	}
	if tray := sim.Snapshot().Pages; len(tray) == 0 {
		t.Error("ipptool's document didn't come out")
	}
}
