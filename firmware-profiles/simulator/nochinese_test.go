package simulator_test

import (
	"slices"
	"testing"

	"smarthall/internal/device"
)

func TestAPrinterWithoutChineseFontPrintsTheWholeTicket(t *testing.T) {
	t.Parallel()
	sim := start(t, "epson/tm-t88v", "tcp")
	p, s := printer(t, sim)
	waitState(t, s, device.Online)
	must(t, p.Print(t.Context(), ticket()))
	images := 0
	for _, l := range sim.Tickets()[0].Lines {
		if l.Image {
			images++
		}
	}
	if images < 4 {
		t.Errorf("%d pictures: the Chinese lines aren't there", images)
	}
	// The rule and the number are text; a printer that doesn't know FS & would
	// print its second byte.
	want := []string{"1 false left ------------------------------------------", "4 true center A012", "QR center " + ticketURL, "1 false right 2026-11-22 10:24"}
	if got := lines(sim, 0); !slices.Equal(got, want) {
		t.Errorf("texts %q", got)
	}
}
