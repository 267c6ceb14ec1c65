package kiosk

import (
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/kiosk-agent/kiosk/waymap"
)

// A way is found and told in words by the page, which draws the plan. The agent
// prints it only between two places that the hall's plan has, whose names are
// the plan's own, and draws the map anew from the plan for paper.

// Bounds of a way on paper.
const (
	maxWaySteps  = 25
	maxWayStep   = 100 // characters
	maxWayMetres = 5000
)

var errWay = agent.Refuse(http.StatusUnprocessableEntity, "paper.unknown", "这条路线不能打印，请按屏幕上的指引走")

// mapper draws a way floor by floor; none where the printer prints no pictures.
type mapper func(floors []waymap.Sketch) []link.PrintPicture

// way is the way to a place as somebody takes it along: on the plan, where the
// page told its route and the printer prints pictures, and in words.
// What stands above the steps is in words, if there are any.
func (p *slipPaper) way(hall link.HallView, w link.WaySlip, words *link.SlipWords, draw mapper) error {
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
	here, scan := "您在这里", "扫码在手机上看路线"
	if words != nil {
		here, scan = words.Here, words.Scan
	}
	floors, err := sketches(hall.Plan, w, from, to, here)
	if err != nil {
		return err
	}
	if words != nil {
		if err := p.wordedHead(words); err != nil {
			return err
		}
	} else {
		p.head(hall.Name, "路线指引")
		p.text("从：%s（%s）", placeName(from), start.Name)
		p.add(link.PrintLine{Text: "到：" + placeName(to), Size: 2, Bold: true})
		if goal.ID != start.ID {
			p.text("在%s", goal.Name)
		}
		p.text("全程约 %d 米", w.Metres)
	}
	p.rule()
	p.maps(floors, draw(floors))
	for i, step := range w.Steps {
		p.text("%d. %s", i+1, step)
	}
	if u, err := url.Parse(hall.Plan.URL); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		u.RawQuery = url.Values{"from": {from.ID}, "to": {to.ID}}.Encode()
		p.add(link.PrintLine{QR: u.String(), Align: "center"})
		p.add(link.PrintLine{Text: scan, Align: "center"})
	}
	return nil
}

// maps are the floors with the way on them; none if none were drawn.
func (p *slipPaper) maps(floors []waymap.Sketch, drawn []link.PrintPicture) {
	for i := range drawn {
		if len(floors) > 1 {
			p.bold(floors[i].Floor.Name)
		}
		p.add(link.PrintLine{Picture: &drawn[i], Align: "center"})
	}
	if len(drawn) > 0 {
		p.rule()
	}
}

// maxWayFloors is how many floors a way on paper leads over, nearWay how far from
// a place, in metres, the way to it may end: before a counter, or a row of seats.
const (
	maxWayFloors = 4
	nearWay      = 8.0
)

// sketches are the floors of a way that the page told, each with its part of it;
// none without a route. here marks where somebody stands.
func sketches(plan *link.PlanView, w link.WaySlip, from, to *link.PlaceView, here string) ([]waymap.Sketch, error) {
	n := len(w.Route)
	if n > maxWayFloors {
		return nil, errWay
	}
	list := make([]waymap.Sketch, 0, n)
	for i, stretch := range w.Route {
		at := slices.IndexFunc(plan.Floors, func(f link.FloorView) bool { return f.ID == stretch.Floor })
		if at < 0 || len(stretch.Points) == 0 {
			return nil, errWay
		}
		s := waymap.Sketch{Floor: plan.Floors[at], Way: stretch.Points}
		if i == 0 {
			s.From = here
			if from.Kind == "entrance" {
				s.From = from.Name
			}
		}
		if i > 0 {
			s.From, _ = leadsOn(s.Floor, stretch.Points[0])
		}
		if i == n-1 {
			s.To, s.Goal = placeName(to), to.ID
		} else {
			s.To, s.Goal = leadsOn(s.Floor, stretch.Points[len(stretch.Points)-1])
		}
		list = append(list, s)
	}
	if n > 0 && (far(from, w.Route[0].Points[0]) || far(to, w.Route[n-1].Points[len(w.Route[n-1].Points)-1])) {
		return nil, errWay
	}
	for _, s := range list {
		if waymap.Rows(s, waymap.MinWidth) == 0 {
			return nil, errWay
		}
	}
	return list, nil
}

// leadsOn is the name and id of the stairs or the lift at a spot; empty if there
// are none.
func leadsOn(floor link.FloorView, at link.Point) (name, id string) {
	least := nearWay
	for _, p := range floor.Places {
		away := math.Hypot(p.X-at.X, p.Y-at.Y)
		if (p.Kind == "stairs" || p.Kind == "lift") && away <= least {
			name, id, least = p.Name, p.ID, away
		}
	}
	return name, id
}

// far tells whether a spot isn't where a place is.
func far(place *link.PlaceView, p link.Point) bool {
	return math.Hypot(place.X-p.X, place.Y-p.Y) > nearWay
}

// wayMaps draws a way for the printer that a slip would go to.
func (k *Kiosk) wayMaps(floors []waymap.Sketch) []link.PrintPicture {
	printer := k.agent.Devices.Best(device.ClassPrinter)
	if printer == nil || len(floors) == 0 {
		return nil
	}
	drawn, err := drawWay(floors, printer.PictureRoom())
	if err != nil {
		k.log.Warn("way printed without its map", slog.Any("err", err))
	}
	return drawn
}

// drawWay draws floors as wide as the paper, or less wide where a slow line
// would take too long; none if they couldn't be read then.
func drawWay(floors []waymap.Sketch, room device.PictureRoom) ([]link.PrintPicture, error) {
	width := room.Width &^ 7
	size := func() (sum int) {
		for _, s := range floors {
			sum += waymap.Rows(s, width) * width / 8
		}
		return sum
	}
	for room.Bytes > 0 && width >= waymap.MinWidth && size() > room.Bytes {
		width -= 8
	}
	if width < waymap.MinWidth {
		return nil, nil
	}
	drawn := make([]link.PrintPicture, 0, len(floors))
	for _, s := range floors {
		picture, err := waymap.Draw(s, width)
		if err != nil {
			return nil, err
		}
		drawn = append(drawn, picture)
	}
	return drawn, nil
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
