package kiosk

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"smarthall/internal/agent"
	"smarthall/internal/link"
)

// A way is found and told in words by the page, which draws the plan. The agent
// prints it only between two places that the hall's plan has, whose names are
// the plan's own.

// Bounds of a way on paper.
const (
	maxWaySteps  = 25
	maxWayStep   = 100 // characters
	maxWayMetres = 5000
)

var errWay = agent.Refuse(http.StatusUnprocessableEntity, "paper.unknown", "这条路线不能打印，请按屏幕上的指引走")

// way is the way to a place as somebody takes it along.
func (p *slipPaper) way(hall link.HallView, w link.WaySlip) error {
	from, start := placeOf(hall.Plan, w.From)
	to, goal := placeOf(hall.Plan, w.To)
	if from == nil || to == nil || w.Metres < 0 || w.Metres > maxWayMetres || len(w.Steps) == 0 || len(w.Steps) > maxWaySteps {
		return errWay
	}
	for _, step := range w.Steps {
		if !wayStep(step) {
			return errWay
		}
	}
	p.head(hall.Name, "路线指引")
	p.text("从：%s（%s）", placeName(from), start.Name)
	p.add(link.PrintLine{Text: "到：" + placeName(to), Size: 2, Bold: true})
	if goal.ID != start.ID {
		p.text("在%s", goal.Name)
	}
	p.text("全程约 %d 米", w.Metres)
	p.rule()
	for i, step := range w.Steps {
		p.text("%d. %s", i+1, step)
	}
	if u, err := url.Parse(hall.Plan.URL); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		u.RawQuery = url.Values{"from": {from.ID}, "to": {to.ID}}.Encode()
		p.add(link.PrintLine{QR: u.String(), Align: "center"})
		p.add(link.PrintLine{Text: "扫码在手机上看路线", Align: "center"})
	}
	return nil
}

// wayStep tells whether a text can be a step: one line of a sentence.
func wayStep(text string) bool {
	return strings.TrimSpace(text) != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxWayStep &&
		!strings.ContainsFunc(text, unicode.IsControl)
}

// placeOf is the place with an id, and the floor that it is on; nil without one.
func placeOf(plan *link.PlanView, id string) (*link.PlaceView, *link.FloorView) {
	if plan == nil || id == "" {
		return nil, nil
	}
	for i := range plan.Floors {
		floor := &plan.Floors[i]
		for k := range floor.Places {
			if floor.Places[k].ID == id {
				return &floor.Places[k], floor
			}
		}
	}
	return nil, nil
}

// placeName is what people call a place.
func placeName(at *link.PlaceView) string {
	if at.Kind != "window" || at.Number == "" {
		return at.Name
	}
	return strings.TrimSpace(at.Number + " 号窗口 " + at.Sign)
}
