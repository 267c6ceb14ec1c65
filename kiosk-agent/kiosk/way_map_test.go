package kiosk_test

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"testing"

	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/fonts"
	"smarthall/internal/link"
)

// planned is a hall of 40 by 25 metres with this machine and a window.
func planned() link.HallView {
	return link.HallView{Name: "东湖区政务服务中心", Plan: &link.PlanView{URL: "http://hall.example/plan/", Floors: []link.FloorView{{
		ID: "f1", Name: "一楼", Width: 40, Depth: 25,
		Areas: []link.AreaView{{ID: "c", Kind: "counter", Shape: []link.Point{{X: 4, Y: 2}, {X: 36, Y: 2}, {X: 36, Y: 3.5}, {X: 4, Y: 3.5}}}},
		Places: []link.PlaceView{
			{ID: "k1", Kind: "agent", Agent: "kiosk-1", Name: "1 号取号机", X: 20, Y: 23},
			{ID: "w3", Kind: "window", Number: "3", Name: "3", Sign: "社会保险", X: 8, Y: 3.5},
		},
	}}}}
}

// route is the way from the machine to the window.
var route = []link.Point{{X: 20, Y: 22}, {X: 20, Y: 14}, {X: 8, Y: 10}, {X: 8, Y: 4.5}}

// startPlanned is a kiosk of that hall with a page.
func startPlanned(t *testing.T) (*wired, *agenttest.Page) {
	t.Helper()
	w := startWired(t)
	snapshot := link.Snapshot{Hall: planned()}
	w.hall.SetSnapshot(snapshot)
	w.hall.Push(link.TypeSnapshot, snapshot)
	page, _ := agenttest.Open(t, w.kiosk.Agent().Addr())
	agenttest.WaitFor(t, "the plan is there", func() bool {
		v, _ := w.kiosk.Agent().Hall()
		return v.Hall.Plan != nil
	})
	return w, page
}

// paperOf is what is dots on a ticket of the simulated printer, read back from the
// bytes that it received.
func paperOf(t *testing.T, printer *simulator.Device, n int) *image.Paletted {
	t.Helper()
	var buf bytes.Buffer
	if err := printer.WriteTicketPNG(&buf, n); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	return img.(*image.Paletted)
}

func TestTheWayOnPaperIsTheWayOnThePlan(t *testing.T) {
	if _, err := fonts.SansSC(); err != nil {
		t.Skip(err)
	}
	w, page := startPlanned(t)
	way := link.WaySlip{From: "k1", To: "w3", Metres: 27, Steps: []string{"直走 8 米", "到了"}, Route: []link.WayStretch{{Floor: "f1", Points: route}}}
	page.Send(link.TypePaperPrint, "way", link.PaperPrint{Way: &way})
	if m := page.Answer("way", nil); m.Type != link.TypeAnswer {
		t.Fatalf("answered %s %s", m.Type, m.Body)
	}
	agenttest.WaitFor(t, "the slip is cut", func() bool { return len(w.printer.Tickets()) == 1 })
	paper := paperOf(t, w.printer, 1)

	// The picture begins below a margin of 32 dots; the floor has a strip of 4.
	const margin, strip = 32, 4
	scale := float64(576-2*strip) / 40
	at := func(p link.Point) (x, y float64) { return p.X*scale + strip, p.Y*scale + strip + margin }
	black := func(x, y float64) bool { return paper.ColorIndexAt(int(x), int(y)) == 1 }
	broken := 0
	for i := 1; i < len(route); i++ {
		x0, y0 := at(route[i-1])
		x1, y1 := at(route[i])
		long := math.Hypot(x1-x0, y1-y0)
		for walked := 0.0; walked < long; walked++ {
			x, y := x0+(x1-x0)*walked/long, y0+(y1-y0)*walked/long
			if i == 1 && walked < 9 {
				continue // the white middle of the ring at the start
			}
			if !black(x, y) {
				broken++
			}
		}
		// Beside the line the floor is white: it is told from what is around.
		mx, my := (x0+x1)/2+(y1-y0)/long*7, (y0+y1)/2-(x1-x0)/long*7
		if i == 1 && black(mx, my) {
			t.Errorf("no white beside the line at %.0f, %.0f", mx, my)
		}
	}
	if broken > 0 {
		t.Errorf("the line is white at %d dots", broken)
	}
}

func TestARouteThatIsNotOnThePlanIsRefused(t *testing.T) {
	w, page := startPlanned(t)
	for name, stretches := range map[string][]link.WayStretch{
		"another floor":           {{Floor: "f9", Points: route}},
		"no points":               {{Floor: "f1"}},
		"beside the floor":        {{Floor: "f1", Points: []link.Point{route[0], {X: 900, Y: 3}, route[3]}}},
		"from somewhere else":     {{Floor: "f1", Points: []link.Point{{X: 1, Y: 1}, route[3]}}},
		"to somewhere else":       {{Floor: "f1", Points: []link.Point{route[0], {X: 39, Y: 24}}}},
		"more floors than a hall": {{Floor: "f1", Points: route}, {Floor: "f1", Points: route}, {Floor: "f1", Points: route}, {Floor: "f1", Points: route}, {Floor: "f1", Points: route}},
		"points without end":      {{Floor: "f1", Points: append(make([]link.Point, 1000), route...)}},
	} {
		page.Send(link.TypePaperPrint, name, link.PaperPrint{Way: &link.WaySlip{From: "k1", To: "w3", Metres: 27, Steps: []string{"走"}, Route: stretches}})
		var p link.Problem
		if m := page.Answer(name, nil); m.Type != link.TypeError || m.Into(&p) != nil || p.Code != "paper.unknown" {
			t.Errorf("%s: answered %s %s", name, m.Type, m.Body)
		}
	}
	if n := len(w.printer.Tickets()); n > 0 {
		t.Errorf("%d slips were printed", n)
	}
}
