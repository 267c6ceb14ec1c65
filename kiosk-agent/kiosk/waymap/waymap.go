// Package waymap draws a floor of the hall with the way through it, in black
// dots for ticket printers: the plan's areas and places flow in with the points
// of the way, and out comes a picture as wide as the paper. What matters most is
// drawn last and keeps the rest away: first the way, then where it begins and
// ends, then windows, names, and what else finds room.
package waymap

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"smarthall/internal/link"
)

// Sketch is what to draw.
type Sketch struct {
	Floor link.FloorView
	// Way is where the way begins, turns and ends on the floor; one point is a
	// way that leads nowhere on it.
	Way []link.Point
	// From and To name the ends of the way; empty ones are only marked.
	From, To string
	// Goal is the id of the place where the way ends; empty if that is on another
	// floor.
	Goal string
}

// Bounds of a picture.
const (
	// MinWidth is the least width on which a floor can be read, in dots.
	MinWidth = 280
	maxWidth = 832
	// tall is how much higher than wide a picture is at most.
	tall = 1.4
	// fewest dots a metre takes: less, and only the part around the way is drawn.
	fewest = 5.0
	// around is how much of the floor is shown beside the way, in metres.
	around = 8.0
	// maxSide bounds a floor, in metres, and maxPoints a way.
	maxSide   = 2000.0
	maxPoints = 400
)

// ErrSketch says that a floor or a way can't be drawn.
var ErrSketch = errors.New("no floor or way to draw")

// Draw draws s for paper on which width dots have room. It fails with ErrSketch,
// or with fonts.ErrMissing in a program that was built without fonts.
func Draw(s Sketch, width int) (link.PrintPicture, error) {
	if err := s.check(width); err != nil {
		return link.PrintPicture{}, err
	}
	p, err := newPen()
	if err != nil {
		return link.PrintPicture{}, fmt.Errorf("draw the way: %w", err)
	}
	v := viewOf(&s, width)
	d := &drawing{Sketch: s, view: v, canvas: newCanvas(width, v.rows(width)), pen: p, said: map[string]bool{}}
	d.areas()
	d.way()
	d.windows(true)
	d.ends()
	d.windows(false)
	d.nameEnds()
	d.names()
	return d.canvas.picture(), nil
}

// Rows is how high Draw's picture is, in dots.
func Rows(s Sketch, width int) int {
	if s.check(width) != nil {
		return 0
	}
	return viewOf(&s, width).rows(width)
}

func (s *Sketch) check(width int) error {
	side := func(m float64) bool { return m >= 1 && m <= maxSide }
	if width < MinWidth || width > maxWidth || !side(s.Floor.Width) || !side(s.Floor.Depth) || len(s.Way) == 0 || len(s.Way) > maxPoints {
		return ErrSketch
	}
	for _, p := range s.Way {
		if !(p.X >= 0 && p.X <= s.Floor.Width && p.Y >= 0 && p.Y <= s.Floor.Depth) { // NaN, too
			return ErrSketch
		}
	}
	return nil
}

// view is the part of a floor that is drawn.
type view struct {
	left, top, width, depth float64 // metres
	scale                   float64 // dots a metre
}

// viewOf is the whole floor if that can be read, else what lies around the way.
func viewOf(s *Sketch, width int) view {
	x0, x1 := span(s.Way, func(p link.Point) float64 { return p.X })
	y0, y1 := span(s.Way, func(p link.Point) float64 { return p.Y })
	inner := float64(width - 2*edge)
	v := view{width: s.Floor.Width, depth: s.Floor.Depth}
	if inner/v.width < fewest {
		v.left, v.width = part(x0-around, x1+around, inner/fewest, s.Floor.Width)
	}
	v.scale = inner / v.width
	if most := tall * inner / v.scale; v.depth > most {
		v.top, v.depth = part(y0-around, y1+around, most, s.Floor.Depth)
	}
	if most := tall * inner / v.depth; v.scale > most { // a long way down a narrow part
		v.scale = most
	}
	return v
}

// part is a stretch of at least the length that has from and to in it, within a
// floor's side.
func part(from, to, length, side float64) (begin, size float64) {
	size = min(max(to-from, length), side)
	return min(max((from+to-size)/2, 0), side-size), size
}

func span(points []link.Point, of func(link.Point) float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range points {
		low, high = min(low, of(p)), max(high, of(p))
	}
	return low, high
}

// edge is the blank strip around the floor, in dots.
const edge = 4

func (v view) rows(int) int { return int(math.Ceil(v.depth*v.scale)) + 2*edge }

// at is where a spot of the floor is in the picture.
func (v view) at(p link.Point) dot {
	return dot{x: float32((p.X-v.left)*v.scale) + edge, y: float32((p.Y-v.top)*v.scale) + edge}
}

// drawing is a picture in the making.
type drawing struct {
	Sketch
	view   view
	canvas *canvas
	pen    *pen
	sign   dot             // the middle of the goal's sign; zero before it is drawn
	said   map[string]bool // names that were written
}

// areas draws the floor's outline, then what one walks through, then what stands
// in the way.
func (d *drawing) areas() {
	corners := []link.Point{{}, {X: d.Floor.Width}, {X: d.Floor.Width, Y: d.Floor.Depth}, {Y: d.Floor.Depth}}
	for _, solid := range []bool{false, true} {
		for _, a := range d.Floor.Areas {
			look, known := looks[a.Kind]
			if !known || look.solid != solid || len(a.Shape) < 3 {
				continue
			}
			ring := d.ring(a.Shape)
			d.canvas.paint(ring, look.fill)
			d.canvas.stroke(append(ring, ring[0]), look.line, look.dashed)
		}
	}
	outline := d.ring(corners)
	d.canvas.stroke(append(outline, outline[0]), 3, false)
}

func (d *drawing) ring(points []link.Point) []dot {
	ring := make([]dot, len(points))
	for i, p := range points {
		ring[i] = d.view.at(p)
	}
	return ring
}

// look is how a kind of area is drawn.
type look struct {
	solid  bool // one walks round it
	fill   func(x, y int) bool
	line   float32 // dots
	dashed bool
}

var looks = map[string]look{
	"zone":    {fill: white, line: 1.5, dashed: true},
	"seats":   {fill: func(x, y int) bool { return x%7 == 0 && y%7 == 0 }, line: 1},
	"room":    {solid: true, fill: func(x, y int) bool { return (x+y)%9 == 0 }, line: 1.5},
	"counter": {solid: true, fill: func(x, y int) bool { return (x+y)%2 == 0 && y%2 == 0 }, line: 2},
	"wall":    {solid: true, fill: black, line: 1},
}

// Widths of the way in dots: the line is a millimetre thick with a white strip on
// either side, so that it is told from everything else.
const (
	wayLine  = 8
	wayStrip = 4
)

// way draws the line and the arrows on it.
func (d *drawing) way() {
	line := d.ring(d.Way)
	d.canvas.strokeIn(line, wayLine+2*wayStrip, white)
	d.canvas.stroke(line, wayLine, false)
	for i := 1; i < len(line); i++ {
		from, to := line[i-1], line[i]
		length := to.minus(from).length()
		for at := float32(arrowEvery); at < length-arrowEvery/2; at += arrowEvery {
			d.arrow(from.plus(to.minus(from).times((at+6)/length)), to.minus(from))
		}
	}
	if n := len(line); n > 1 {
		d.canvas.keepLine(line, wayLine/2+wayStrip)
	}
}

// arrowEvery is how far arrows on the line are from each other, in dots.
const arrowEvery = 72

// arrow draws a head that points onwards.
func (d *drawing) arrow(tip, along dot) {
	if along.length() == 0 {
		return
	}
	u := along.times(1 / along.length())
	side := dot{x: -u.y, y: u.x}
	head := []dot{tip, tip.minus(u.times(22)).plus(side.times(11)), tip.minus(u.times(16)), tip.minus(u.times(22)).minus(side.times(11))}
	d.canvas.paint(grown(head, 1.35), white)
	d.canvas.stroke(d.ring(d.Way), wayLine, false) // it isn't cut
	d.canvas.paint(head, black)
}

// ends marks where the way begins and where it ends.
func (d *drawing) ends() {
	line := d.ring(d.Way)
	begin, end := line[0], line[len(line)-1]
	if n := len(line); n > 1 {
		if d.sign != (dot{}) {
			d.arrow(end, d.sign.minus(end))
		} else {
			d.pin(end)
		}
	}
	d.canvas.disc(begin, 13, black)
	d.canvas.disc(begin, 6, white)
	d.canvas.keep(box{begin.x - 15, begin.y - 15, begin.x + 15, begin.y + 15})
}

// nameEnds writes what the ends are called.
func (d *drawing) nameEnds() {
	line := d.ring(d.Way)
	d.beside(line[0], 15, nameSize, d.From)
	short := d.To
	if i := strings.LastIndexByte(d.To, ' '); i > 0 { // without a window's sign
		short = d.To[:i]
	}
	d.beside(line[len(line)-1], 15, nameSize, d.To, short)
}

// pin is a drop whose tip is at a spot.
func (d *drawing) pin(tip dot) {
	head := tip.minus(dot{y: 24})
	tail := []dot{tip, head.plus(dot{x: -12, y: 3}), head.plus(dot{x: 12, y: 3})}
	d.canvas.disc(head, 16, white)
	d.canvas.paint(grown(tail, 1.4), white)
	d.canvas.stroke(d.ring(d.Way), wayLine, false)
	d.canvas.disc(head, 13, black)
	d.canvas.paint(tail, black)
	d.canvas.disc(head, 5, white)
	d.canvas.keep(box{tip.x - 14, tip.y - 40, tip.x + 14, tip.y})
}

// Sizes of letters in dots: 2.5 mm can be read from the hand, 3 mm at a glance.
const (
	nameSize  = 24
	smallSize = 20
)

// windows are boxes with their numbers; the one to go to is black and comes
// first.
func (d *drawing) windows(goal bool) {
	for i := range d.Floor.Places {
		p := &d.Floor.Places[i]
		if p.Kind == "window" && p.Number != "" && (p.ID == d.Goal) == goal {
			d.window(p, goal)
		}
	}
}

// window draws one sign, behind its counter's edge so that it keeps the way free.
func (d *drawing) window(p *link.PlaceView, goal bool) {
	size := float32(smallSize)
	if goal {
		size = 28
	}
	text := clip(p.Number, 4)
	wide := d.pen.width(text, size) + 8
	back := turned(dot{y: -1}, p.Turn)
	at := d.view.at(link.Point{X: p.X, Y: p.Y}).plus(back.times(2 + (size+6)/2*abs(back.y) + wide/2*abs(back.x)))
	at.y = min(max(at.y, (size+8)/2), float32(d.canvas.rows)-(size+8)/2)
	at.x = min(max(at.x, wide/2+1), float32(d.canvas.width)-wide/2-1)
	b := box{at.x - wide/2, at.y - (size+6)/2, at.x + wide/2, at.y + (size+6)/2}
	if !d.canvas.has(b) || !goal && d.canvas.taken(b) {
		return
	}
	d.canvas.keep(b)
	if goal {
		d.sign = at
		d.canvas.paint(grown(b.ring(), 1.15), white)
		d.canvas.paint(b.ring(), black)
		d.pen.write(d.canvas, text, at, size, white)
		return
	}
	d.canvas.paint(b.ring(), white)
	d.canvas.stroke(append(b.ring(), b.ring()[0]), 2, false)
	d.pen.write(d.canvas, text, at, size, black)
}

// marked are the kinds of places that are named, those first that lead on.
var marked = []string{
	"entrance", "exit", "stairs", "lift", "desk", "complaints", "toilet", "accessible-toilet", "agent", "forms", "water", "nursing", "copier", "first-aid",
	"reading", "parking", "other",
}

// names names zones and places, as many as find room.
func (d *drawing) names() {
	for _, kind := range []string{"zone", "room"} {
		for i := range d.Floor.Areas {
			if a := &d.Floor.Areas[i]; a.Kind == kind && a.Name != "" && len(a.Shape) > 2 {
				d.inside(a)
			}
		}
	}
	for _, kind := range marked {
		for i := range d.Floor.Places {
			p := &d.Floor.Places[i]
			if p.Kind != kind || p.ID == d.Goal || d.said[p.Name] {
				continue
			}
			at := d.view.at(link.Point{X: p.X, Y: p.Y})
			b := box{at.x - 5, at.y - 5, at.x + 5, at.y + 5}
			if !d.canvas.has(b) || d.canvas.taken(b) {
				continue
			}
			if d.beside(at, 6, smallSize, p.Name) {
				d.canvas.disc(at, 4, black)
				d.canvas.keep(b)
			}
		}
	}
}

// inside writes an area's name into its middle, or near it.
func (d *drawing) inside(a *link.AreaView) {
	x0, x1 := span(a.Shape, func(p link.Point) float64 { return p.X })
	y0, y1 := span(a.Shape, func(p link.Point) float64 { return p.Y })
	size := float32(smallSize)
	if a.Kind == "zone" {
		size = nameSize
	}
	low, high := d.view.at(link.Point{X: x0, Y: y0}), d.view.at(link.Point{X: x1, Y: y1})
	text := clip(a.Name, maxName)
	for _, share := range []float32{0.5, 0.35, 0.65, 0.2, 0.8} {
		middle := dot{x: (low.x + high.x) / 2, y: low.y + (high.y-low.y)*share}
		if d.put(text, middle, size, high.x-low.x) {
			return
		}
	}
}

// maxName is how many characters of a name are written.
const maxName = 10

// beside writes what a spot is called beside it: the first of the texts that
// finds room; false if none does.
func (d *drawing) beside(at dot, reach, size float32, texts ...string) bool {
	for _, text := range texts {
		text = clip(text, maxName)
		if text == "" {
			continue
		}
		half := d.pen.width(text, size)/2 + 4
		for away := reach; away < reach+3*size; away += size / 2 {
			up, side := away+size/2+3, away+half
			for _, by := range []dot{{y: up}, {y: -up}, {x: side}, {x: -side}, {x: half, y: up}, {x: -half, y: up}, {x: half, y: -up}, {x: -half, y: -up}} {
				if d.put(text, at.plus(by), size, math.MaxFloat32) {
					return true
				}
			}
			if size == smallSize {
				break // who isn't asked for isn't looked for far away
			}
		}
	}
	return false
}

// put writes text around a middle unless it is wider than room, leaves the
// picture or covers something.
func (d *drawing) put(text string, middle dot, size, room float32) bool {
	b := d.pen.box(text, middle, size)
	if b.x1-b.x0 > room || !d.canvas.has(b) || d.canvas.taken(b) {
		return false
	}
	d.write(text, b, size)
	return true
}

func (d *drawing) write(text string, b box, size float32) {
	d.canvas.paint(b.ring(), white)
	d.pen.write(d.canvas, text, dot{x: (b.x0 + b.x1) / 2, y: (b.y0 + b.y1) / 2}, size, black)
	d.canvas.keep(b)
	d.said[text] = true
}

// clip shortens a text to n characters on one line.
func clip(text string, n int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return string(runes)
}
