package simulator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

const (
	printerID = "generic/escpos-80"
	ticketURL = "http://127.0.0.1:8080/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG"
)

// ticket is a queue ticket as halls print it.
func ticket() device.Document {
	return device.Document{Job: "job-1", Lines: []device.Line{
		{Text: "市民中心", Size: 2, Align: device.Center},
		{Rule: true},
		{Text: "A012", Size: 4, Bold: true, Align: device.Center},
		{Text: "社会保险关系转移接续", Align: device.Center},
		{Text: "您前面还有 6 位，预计等候约 15 分钟"},
		{Text: "请到 3、4 号窗口附近等候"},
		{QR: ticketURL, Align: device.Center},
		{Text: "请带：身份证、社保卡"},
		{Feed: 1},
		{Text: "2026-11-22 10:24", Align: device.Right},
	}}
}

func printer(t *testing.T, sim *simulator.Device) (device.Printer, *sink) {
	t.Helper()
	p, ok := open(t, sim).(device.Printer)
	if !ok {
		t.Fatal("engine made no printer")
	}
	s := run(t, p)
	return p, s
}

// decodeQR reads the code of a ticket's picture by an independent decoder.
func decodeQR(t *testing.T, sim *simulator.Device, n int) string {
	t.Helper()
	var buf bytes.Buffer
	must(t, sim.WriteTicketPNG(&buf, n))
	img, err := png.Decode(&buf)
	must(t, err)
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	must(t, err)
	result, err := qrcode.NewQRCodeReader().Decode(bmp, nil)
	must(t, err)
	return result.GetText()
}

// lines are a ticket's texts with their style.
func lines(sim *simulator.Device, i int) []string {
	var out []string
	for _, l := range sim.Tickets()[i].Lines {
		switch {
		case l.QR != "":
			out = append(out, "QR "+string(l.Align)+" "+l.QR)
		case l.Text != "":
			out = append(out, fmt.Sprintf("%d %t %s %s", l.Size, l.Bold, l.Align, l.Text))
		}
	}
	return out
}

func TestTicketComesOutWholeAndCut(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, printerID, transport)
			p, s := printer(t, sim)
			waitState(t, s, device.Online)
			must(t, p.Print(within(t, time.Minute), ticket()))

			want := []string{
				"2 false center 市民中心",
				"1 false left " + strings.Repeat("-", 48),
				"4 true center A012",
				"1 false center 社会保险关系转移接续",
				"1 false left 您前面还有 6 位，预计等候约 15 分钟",
				"1 false left 请到 3、4 号窗口附近等候",
				"QR center " + ticketURL,
				"1 false left 请带：身份证、社保卡",
				"1 false right 2026-11-22 10:24",
			}
			if diff := cmp.Diff(want, lines(sim, 0)); diff != "" {
				t.Errorf("ticket (-want +got):\n%s", diff)
			}
			got := sim.Tickets()
			if len(got) != 1 || got[0].Cut != "partial" {
				t.Errorf("tickets %d, cut %q", len(got), got[0].Cut)
			}
			if qr := decodeQR(t, sim, 1); qr != ticketURL {
				t.Errorf("QR says %q", qr)
			}
			if !bytes.Contains(sim.Received(), []byte{0x1C, 0x26}) {
				t.Error("FS & was not sent")
			}
		})
	}
}

func TestPrintReturnsAfterTheCutOfASlowPrinter(t *testing.T) {
	t.Parallel()
	sim := start(t, printerID, "tcp", func(c *simulator.Config) { c.LineTime = 80 * time.Millisecond })
	p, s := printer(t, sim)
	waitState(t, s, device.Online)
	for i := range 2 {
		must(t, p.Print(within(t, time.Minute), ticket()))
		if n := len(sim.Tickets()); n != i+1 {
			t.Errorf("%d tickets are cut after printing %d", n, i+1)
		}
	}
}

func TestPrinterThatIsNotReadyRefusesBeforePrinting(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		do    func(*simulator.Device) error
		undo  func(*simulator.Device) error
		want  error
		state device.State
	}{
		{"paper out", (*simulator.Device).PaperOut, (*simulator.Device).PaperIn, device.ErrNoPaper, device.PaperEnd},
		{"cover open", (*simulator.Device).OpenCover, (*simulator.Device).CloseCover, device.ErrCoverOpen, device.CoverOpen},
		{"jam", (*simulator.Device).Jam, (*simulator.Device).ClearJam, device.ErrJam, device.Jam},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, printerID, "tcp")
			p, s := printer(t, sim)
			waitState(t, s, device.Online)
			must(t, tt.do(sim))
			wantErr(t, p.Print(within(t, time.Minute), ticket()), tt.want)
			waitState(t, s, tt.state)
			must(t, tt.undo(sim))
			if n := len(sim.Tickets()); n != 0 {
				t.Errorf("%d tickets were printed", n)
			}
			must(t, p.Print(within(t, time.Minute), ticket()))
			if n := len(sim.Tickets()); n != 1 {
				t.Errorf("%d tickets after repair", n)
			}
		})
	}
}

func TestPaperThatEndsHalfWayIsNoSuccess(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, printerID, transport)
			p, s := printer(t, sim)
			waitState(t, s, device.Online)
			must(t, sim.PaperOutAfter(4))
			wantErr(t, p.Print(within(t, time.Minute), ticket()), device.ErrNoPaper)
			if n := len(sim.Tickets()); n != 0 {
				t.Errorf("%d tickets were cut", n)
			}
			waitState(t, s, device.PaperEnd)
		})
	}
}

func TestLongTicketIsStoppedWhenPaperEndsAndTheNextIsCutApart(t *testing.T) {
	t.Parallel()
	sim := start(t, printerID, "tcp")
	p, s := printer(t, sim)
	waitState(t, s, device.Online)
	long := device.Document{Job: "long"}
	for i := range 300 {
		long.Lines = append(long.Lines, device.Line{Text: fmt.Sprintf("第 %d 行：办理须知与材料清单，请仔细阅读后再办理", i)})
	}
	must(t, sim.PaperOutAfter(10))
	wantErr(t, p.Print(within(t, time.Minute), long), device.ErrNoPaper)
	if n := bytes.Count(sim.Received(), []byte{0x0A}); n > 150 {
		t.Errorf("%d lines were sent after the paper ended", n)
	}
	must(t, sim.PaperIn())
	must(t, p.Print(within(t, time.Minute), ticket()))
	got := sim.Tickets()
	if len(got) != 3 || got[0].Cut != "torn" {
		t.Fatalf("%d pieces of paper, want the old roll's end, the rest that waited and the new ticket", len(got))
	}
	if first := lines(sim, 2)[0]; first != "2 false center 市民中心" {
		t.Errorf("the new ticket begins with %q", first)
	}
}

func TestTicketThatIsGivenUpIsCutApartFromTheNext(t *testing.T) {
	t.Parallel()
	for _, qr := range []string{"", strings.Repeat("A012 ", 60)} { // in a line, in a binary block
		sim := start(t, printerID, "pty")
		p, s := printer(t, sim)
		waitState(t, s, device.Online)
		long := device.Document{Lines: []device.Line{{QR: qr}}}
		for range 40 {
			long.Lines = append(long.Lines, device.Line{Text: "办理须知与材料清单，请仔细阅读"})
		}
		wantErr(t, p.Print(within(t, 200*time.Millisecond), long), context.DeadlineExceeded)
		waitFor(t, "the printer", func() bool { return p.Print(within(t, time.Minute), ticket()) == nil })
		got := sim.Tickets()
		if first := lines(sim, len(got)-1)[0]; first != "2 false center 市民中心" {
			t.Errorf("the new ticket begins with %q", first)
		}
	}
}

func TestPrintWithoutRunIsOffline(t *testing.T) {
	t.Parallel()
	p, ok := open(t, start(t, printerID, "tcp")).(device.Printer)
	if !ok {
		t.Fatal("engine made no printer")
	}
	err := p.Print(within(t, time.Second), ticket())
	if wantErr(t, err, device.ErrOffline); !device.IsTemporary(err) {
		t.Errorf("%v isn't temporary", err)
	}
}

func TestPaperNearEndStillPrints(t *testing.T) {
	t.Parallel()
	sim := start(t, printerID, "tcp")
	p, s := printer(t, sim)
	waitState(t, s, device.Online)
	must(t, sim.PaperNearEnd())
	waitState(t, s, device.PaperNearEnd)
	must(t, p.Print(within(t, time.Minute), ticket()))
}

func TestPrinterComesBackAfterReplug(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, printerID, transport)
			p, s := printer(t, sim)
			waitState(t, s, device.Online)
			sim.Unplug()
			waitState(t, s, device.Offline)
			wantErr(t, p.Print(within(t, time.Second), ticket()), device.ErrOffline)
			must(t, sim.Plug())
			waitState(t, s, device.Online)
			must(t, p.Print(within(t, time.Minute), ticket()))
			if n := len(sim.Tickets()); n != 1 {
				t.Errorf("%d tickets", n)
			}
		})
	}
}

func TestStalledPrinterIsOffline(t *testing.T) {
	t.Parallel()
	sim := start(t, printerID, "tcp")
	p, s := printer(t, sim)
	waitState(t, s, device.Online)
	sim.Stall()
	wantErr(t, p.Print(within(t, 8*time.Second), ticket()), device.ErrTimeout)
	waitState(t, s, device.Offline)
	sim.Resume()
	waitState(t, s, device.Online)
	must(t, p.Print(within(t, time.Minute), ticket()))
}

func TestGarbageFromThePrinterDoesNotStopATicket(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, printerID, transport)
			p, s := printer(t, sim)
			waitState(t, s, device.Online)
			for range 5 {
				must(t, sim.Garbage())
				must(t, p.Print(within(t, time.Minute), ticket()))
			}
			if n := len(sim.Tickets()); n != 5 {
				t.Errorf("%d tickets", n)
			}
		})
	}
}

func TestPrinterWithoutStatusIsUsedInGoodFaith(t *testing.T) {
	t.Parallel()
	sim := start(t, printerID, "tcp")
	must(t, sim.MuteStatus())
	p, s := printer(t, sim)
	waitState(t, s, device.Online)
	must(t, p.Print(within(t, time.Minute), ticket()))
	waitFor(t, "the ticket", func() bool { return len(sim.Tickets()) == 1 })
}

func TestSilentSerialPrinterIsOffline(t *testing.T) {
	t.Parallel()
	sim := start(t, printerID, "pty")
	must(t, sim.MuteStatus())
	_, s := printer(t, sim)
	waitState(t, s, device.Offline)
}

func TestManyCallersShareThePrinter(t *testing.T) {
	t.Parallel()
	sim := start(t, printerID, "tcp")
	p, s := printer(t, sim)
	waitState(t, s, device.Online)
	const callers = 8
	errs := make(chan error, callers)
	ctx := within(t, time.Minute)
	for i := range callers {
		go func() {
			errs <- p.Print(ctx, device.Document{Lines: []device.Line{{Text: fmt.Sprintf("B%03d", i)}}})
		}()
	}
	for range callers {
		must(t, <-errs)
	}
	if n := len(sim.Tickets()); n != callers {
		t.Fatalf("%d tickets, want %d", n, callers)
	}
	for i := range callers {
		if l := lines(sim, i); len(l) != 1 {
			t.Errorf("ticket %d has mixed lines %q", i+1, l)
		}
	}
}

func TestPaperThatNobodyCutsIsTornOff(t *testing.T) {
	t.Parallel()
	sim := start(t, "zjiang/zj-5870", "tcp", func(c *simulator.Config) { c.TearAfter = 50 * time.Millisecond })
	p, s := printer(t, sim)
	waitState(t, s, device.Online)
	for n := range 2 {
		must(t, p.Print(within(t, time.Minute), device.Document{Lines: []device.Line{{Text: fmt.Sprintf("A%03d", n)}}}))
		waitFor(t, "the ticket", func() bool { return len(sim.Tickets()) == n+1 })
		if got := sim.Tickets()[n]; got.Cut != "torn" || got.Lines[0].Text != fmt.Sprintf("A%03d", n) {
			t.Errorf("got %+v", got)
		}
	}
}

func TestAJamInTheMiddleOfATicketIsPartOfIt(t *testing.T) {
	t.Parallel()
	for _, id := range []string{printerID, "snbc/bt-t080"} { // the latter has a bit of its own for it
		sim := start(t, id, "tcp")
		p, s := printer(t, sim)
		waitState(t, s, device.Online)
		must(t, sim.JamAfter(2))
		err := p.Print(within(t, time.Minute), ticket())
		wantErr(t, err, device.ErrJam)
		wantErr(t, err, device.ErrPartly)
		waitState(t, s, device.Jam)
		err = p.Print(within(t, time.Minute), ticket())
		wantErr(t, err, device.ErrJam)
		if errors.Is(err, device.ErrPartly) {
			t.Errorf("%s: a ticket that wasn't begun is told to be half done: %v", id, err)
		}
		must(t, sim.ClearJam())
		waitState(t, s, device.Online)
		must(t, p.Print(within(t, time.Minute), ticket()))
	}
}
