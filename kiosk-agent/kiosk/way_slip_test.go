package kiosk

import (
	"slices"
	"strings"
	"testing"

	"smarthall/internal/link"
	"smarthall/kiosk-agent/kiosk/waymap"
)

// twoFloors is a hall with a machine below and a window above.
func twoFloors() link.HallView {
	return link.HallView{Name: "东湖区政务服务中心", Plan: &link.PlanView{URL: "http://hall.example/plan/", Floors: []link.FloorView{
		{ID: "f1", Name: "一楼", Places: []link.PlaceView{{ID: "k1", Kind: "agent", Name: "1 号取号机"}, {ID: "wc", Kind: "toilet", Name: "卫生间"}}},
		{ID: "f2", Name: "二楼", Places: []link.PlaceView{{ID: "w3", Kind: "window", Name: "3", Number: "3", Sign: "社会保险"}}},
	}}}
}

// noMaps is a printer without pictures.
func noMaps([]waymap.Sketch) []link.PrintPicture { return nil }

func TestTheWayToAWindowIsPrintedInWords(t *testing.T) {
	p := &slipPaper{}
	if err := p.way(twoFloors(), link.WaySlip{From: "k1", To: "w3", Metres: 34, Steps: []string{"直走 12 米", "乘电梯到二楼", "到了，3 号窗口在左手边"}}, nil, noMaps); err != nil {
		t.Fatal(err)
	}
	var text []string
	var qr string
	for _, l := range p.lines {
		text = append(text, l.Text)
		qr += l.QR
	}
	for _, want := range []string{"路线指引", "从：1 号取号机（一楼）", "到：3 号窗口 社会保险", "在二楼", "全程约 34 米", "1. 直走 12 米", "2. 乘电梯到二楼"} {
		if !slices.Contains(text, want) {
			t.Errorf("the slip lacks %q:\n%s", want, strings.Join(text, "\n"))
		}
	}
	if qr != "http://hall.example/plan/?from=k1&to=w3" {
		t.Errorf("QR %q", qr)
	}
}

func TestAWayIsToldInTheWordsOfThePage(t *testing.T) {
	words := &link.SlipWords{
		Hall: "Donghu", Title: "The way", Lines: []link.SlipLine{{Text: "To: Window 3", Large: true}}, Scan: "Scan for the way", Printed: "self-service", Here: "You are here",
	}
	way := link.WaySlip{From: "k1", To: "w3", Metres: 34, Steps: []string{"Go straight on"}}
	p := &slipPaper{}
	if err := p.way(twoFloors(), way, words, noMaps); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, l := range p.lines {
		text.WriteString(l.Text + "\n")
	}
	for _, want := range []string{"Donghu", "The way", "To: Window 3", "1. Go straight on", "Scan for the way"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the slip lacks %q:\n%s", want, text.String())
		}
	}
	for _, ours := range []string{"路线指引", "从：", "到：", "全程", "扫码"} {
		if strings.Contains(text.String(), ours) {
			t.Errorf("the slip says %q:\n%s", ours, text.String())
		}
	}
	p, words.Title = &slipPaper{}, ""
	if err := p.way(twoFloors(), way, words, noMaps); err == nil || len(p.lines) > 0 {
		t.Errorf("words without a title: %v, %d lines", err, len(p.lines))
	}
}

func TestAWayThatThePlanDoesNotHaveIsNotPrinted(t *testing.T) {
	good := link.WaySlip{From: "k1", To: "wc", Metres: 8, Steps: []string{"直走 8 米"}}
	tests := []struct {
		name  string
		spoil func(*link.WaySlip)
	}{
		{"from nowhere", func(w *link.WaySlip) { w.From = "" }},
		{"to a place that isn't there", func(w *link.WaySlip) { w.To = "none" }},
		{"of no steps", func(w *link.WaySlip) { w.Steps = nil }},
		{"of endless steps", func(w *link.WaySlip) { w.Steps = slices.Repeat(w.Steps, maxWaySteps+1) }},
		{"of an empty step", func(w *link.WaySlip) { w.Steps = []string{" "} }},
		{"of a long step", func(w *link.WaySlip) { w.Steps = []string{strings.Repeat("走", maxWayStep+1)} }},
		{"of a step that speaks to the printer", func(w *link.WaySlip) { w.Steps = []string{"\x1bm"} }},
		{"of two lines in a step", func(w *link.WaySlip) { w.Steps = []string{"走\n走"} }},
		{"of no length", func(w *link.WaySlip) { w.Metres = -1 }},
		{"round the world", func(w *link.WaySlip) { w.Metres = maxWayMetres + 1 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := good
			tt.spoil(&w)
			p := &slipPaper{}
			if err := p.way(twoFloors(), w, nil, noMaps); err == nil || len(p.lines) > 0 {
				t.Errorf("got %v, %d lines", err, len(p.lines))
			}
		})
	}
	p := &slipPaper{}
	if err := p.way(link.HallView{}, good, nil, noMaps); err == nil {
		t.Error("printed in a hall without a plan")
	}
}
