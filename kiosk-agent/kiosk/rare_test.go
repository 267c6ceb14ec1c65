package kiosk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/draw"
	"image/png"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/fonts"
	"smarthall/internal/link"
	"smarthall/kiosk-agent/kiosk"
)

// simulated starts a device of a profile until the test ends.
func simulated(t testing.TB, id, profile string, change ...func(*simulator.Config)) *simulator.Device {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cfg := simulator.Config{ID: id, Profile: profile, Port: "tcp://127.0.0.1:0"}
	for _, f := range change {
		f(&cfg)
	}
	d, err := simulator.Start(ctx, cfg)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		d.Wait()
	})
	return d
}

// wired is a kiosk whose devices are simulated behind real ports.
type wired struct {
	*rig
	reader, printer *simulator.Device
}

func startWired(t *testing.T) *wired {
	t.Helper()
	w := &wired{rig: &rig{hall: agenttest.NewHall(t)}}
	w.reader = simulated(t, "reader", "generic/sam-v-serial")
	w.printer = simulated(t, "printer", "generic/escpos-80")
	w.config = &agent.Config{
		Agent: "kiosk-1", Hall: w.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute,
		Devices: []device.Config{
			{ID: "printer", Profile: "generic/escpos-80", Port: w.printer.Port(), Roll: "80m"},
			{ID: "reader", Profile: "generic/sam-v-serial", Port: w.reader.Port()},
		},
	}
	log := slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	open, err := all.Opener(log)
	if err != nil {
		t.Fatal(err)
	}
	k, err := kiosk.New(kiosk.Options{Config: w.config, Open: open, Pages: fstest.MapFS{}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	w.kiosk = k
	w.stop = agenttest.Start(t, k, k.Agent().Ready())
	agenttest.WaitFor(t, "link and devices are up", func() bool {
		for _, d := range k.Agent().Devices.All() {
			if d.State() != device.Online {
				return false
			}
		}
		return k.Agent().Client.Online()
	})
	return w
}

// glyph is a character as another way of drawing has it than the printer's
// engine: by opentype's faces.
func glyph(t *testing.T, r rune, em int) *image.Alpha {
	t.Helper()
	f, err := fonts.SansSCOutlines()
	if err != nil {
		t.Skip(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(em), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewAlpha(image.Rect(0, 0, em, em))
	rect, mask, at, _, ok := face.Glyph(fixed.Point26_6{Y: fixed.I(em * 88 / 100)}, r)
	if !ok {
		t.Fatalf("no %c", r)
	}
	draw.DrawMask(img, rect, image.Opaque, image.Point{}, mask, at, draw.Over)
	return img
}

// bestMatch is how alike the most similar place of a ticket's picture is to a
// character: the black dots that both have, of those that either has.
func bestMatch(t *testing.T, printer *simulator.Device, n int, want *image.Alpha) float64 {
	t.Helper()
	var buf bytes.Buffer
	if err := printer.WriteTicketPNG(&buf, n); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	paper := img.(*image.Paletted)
	inked := image.Rectangle{} // what isn't white
	for y := range paper.Rect.Dy() {
		for x := range paper.Rect.Dx() {
			if paper.Pix[y*paper.Stride+x] == 1 {
				inked = inked.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	side, best := want.Rect.Dx(), 0.0
	around := inked.Inset(-6).Intersect(paper.Rect) // a character has white around it
	for top := around.Min.Y; top+side <= around.Max.Y; top++ {
		for left := around.Min.X; left+side <= around.Max.X; left++ {
			best = max(best, alike(paper, left, top, want))
		}
	}
	return best
}

func alike(paper *image.Paletted, left, top int, want *image.Alpha) float64 {
	both, either := 0, 0
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			a, b := paper.Pix[(top+y)*paper.Stride+left+x] == 1, want.AlphaAt(x, y).A >= 0x60
			if a && b {
				both++
			}
			if a || b {
				either++
			}
		}
	}
	return float64(both) / float64(max(either, 1))
}

func TestARareNameSurvivesFromTheCardToThePaperAndThePage(t *testing.T) {
	glyph(t, '𬭊', 24) // without a font there is nothing to see
	const rareName, cardNumber = "𬭊明", "110000198805170008"
	w := startWired(t)
	w.hall.OnCommand(func(m link.Message) (link.Type, any) {
		var take link.TakeTicket
		if err := m.Into(&take); err != nil {
			t.Error(err)
		}
		// A hall whose tickets name their holders; it orders the paper after
		// the answer.
		go w.hall.Push(link.TypeTicketPrint, link.PrintJob{Job: "j", Ticket: "t", Expires: time.Now().Add(time.Minute), Lines: []link.PrintLine{
			{Text: "A012", Size: 4, Bold: true, Align: "center"}, {Text: take.Person.Name, Size: 2, Align: "center"}, {Text: "请等候叫号"},
		}})
		return link.TypeAnswer, link.Answer{Ticket: &link.TicketView{ID: "t", Number: "A012", Name: take.Person.Name}}
	})
	page, _ := agenttest.Open(t, w.kiosk.Agent().Addr())
	if err := w.reader.Lay(device.Identity{
		Kind: device.Citizen, Name: rareName, Sex: "女", Nation: "汉", Number: cardNumber, Birth: time.Date(1988, 5, 17, 0, 0, 0, 0, time.UTC),
	}); err != nil {
		t.Fatal(err)
	}
	var read link.CardRead
	m := page.Next(link.TypeCardRead, &read)
	if read.Name != "𬭊*" || !json.Valid(m.Body) || read.Photo != "" {
		t.Errorf("the page sees %q, photo %q", read.Name, read.Photo)
	}
	answer, problem := take(t, page, "1", link.TakeForSession{Service: "s", Session: read.Session})
	if answer.Ticket == nil || answer.Ticket.Name != rareName {
		t.Fatalf("got %+v, %+v", answer.Ticket, problem)
	}
	if got := w.report(t, "j"); got.Outcome != link.PrintPrinted {
		t.Fatalf("the paper is %s: %s", got.Outcome, got.Detail)
	}
	ticket := w.printer.Tickets()[0]
	texts := ""
	for _, l := range ticket.Lines {
		texts += l.Text + "\n"
	}
	if !strings.Contains(texts, "A012") || !strings.Contains(texts, "请等候叫号") || strings.Contains(texts, "〓") {
		t.Errorf("the paper says %q", texts)
	}
	for _, r := range rareName {
		if got := bestMatch(t, w.printer, ticket.N, glyph(t, r, 48)); got < 0.9 {
			t.Errorf("%c is %.0f %% alike on paper", r, 100*got)
		}
	}
	if got := bestMatch(t, w.printer, ticket.N, glyph(t, '鬼', 48)); got > 0.7 {
		t.Errorf("the measure tells nothing: a character that isn't there is %.0f %% alike", 100*got)
	}
	agenttest.WaitFor(t, "the estimate of paper", func() bool {
		for _, v := range w.kiosk.Agent().Devices.Views() {
			if v.ID == "printer" && v.PaperLeft != nil && *v.PaperLeft > 500 {
				return true
			}
		}
		return false
	})
	w.stop()
	wantNoTrace(t, w.rig, rareName, cardNumber)
}

// wantNoTrace looks for a person, and for the raw photo of the simulated
// cards, in the log and in all files of the agent.
func wantNoTrace(t *testing.T, r *rig, name, number string) {
	t.Helper()
	photo := make([]byte, 64)
	for i := range photo {
		photo[i] = byte(i * 31)
	}
	for where, text := range map[string]string{"log": r.log.String(), "spool": spoolBytes(t, r.config.Data)} {
		for what, secret := range map[string]string{"name": name, "number": number, "birth": number[6:14], "photo": string(photo)} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s is in the %s", what, where)
			}
		}
	}
}

// The printer runs out of paper in the middle of a ticket: everybody is told
// so, nothing is repeated by itself, and a copy comes out whole.
func TestHalfATicketIsToldAndPrintedAgainOnlyOnOrder(t *testing.T) {
	w := startWired(t)
	page, _ := agenttest.Open(t, w.kiosk.Agent().Addr())
	if err := w.printer.PaperOutAfter(2); err != nil {
		t.Fatal(err)
	}
	w.hall.Push(link.TypeTicketPrint, slip("j1", "A012"))
	var told link.TicketPrinted
	page.Next(link.TypePrintDone, &told)
	if told.Outcome != link.PrintPartial || told.Device != string(device.PaperEnd) {
		t.Errorf("the page is told %+v", told)
	}
	if got := w.report(t, "j1"); got != told {
		t.Errorf("the hall is told %+v", got)
	}
	if err := w.printer.PaperIn(); err != nil {
		t.Fatal(err)
	}
	agenttest.WaitFor(t, "the printer works", func() bool { return w.kiosk.Agent().Devices.All()[0].State() == device.Online })
	w.hall.Push(link.TypeTicketPrint, slip("j1", "A012")) // the hall hadn't heard
	w.hall.Push(link.TypeTicketPrint, slip("j1.copy-1", "A012"))
	if got := w.report(t, "j1.copy-1"); got.Outcome != link.PrintPrinted {
		t.Errorf("the copy is %s: %s", got.Outcome, got.Detail)
	}
	whole := 0
	for _, ticket := range w.printer.Tickets() {
		texts := map[string]bool{}
		for _, l := range ticket.Lines {
			texts[l.Text] = true
		}
		if texts["A012"] && texts["末行 A012"] && ticket.Cut != "" {
			whole++
		}
	}
	if whole != 1 {
		t.Errorf("%d whole tickets are in the tray", whole)
	}
	if got := len(w.reports(t, "j1")); got != 2 { // the same report for the second order
		t.Errorf("the half ticket was reported %d times", got)
	}
}
