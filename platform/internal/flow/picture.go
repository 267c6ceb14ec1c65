package flow

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"smarthall/platform/internal/flow/engine"
)

// Picture draws where a case stands, from left to right, as SVG. The public's
// shows no persons.
func (s *Service) Picture(ctx context.Context, w io.Writer, caseID string, public bool) error {
	p, err := s.pictured(ctx, caseID, public)
	if err != nil {
		return err
	}
	return Draw(w, p.def, &p)
}

// PictureNarrow draws the same from top to bottom, 360 pixels wide, for phones.
func (s *Service) PictureNarrow(ctx context.Context, w io.Writer, caseID string, public bool) error {
	p, err := s.pictured(ctx, caseID, public)
	if err != nil {
		return err
	}
	return drawNarrow(w, &p, s.common.Place)
}

func (s *Service) pictured(ctx context.Context, caseID string, public bool) (Progress, error) {
	if public {
		return s.PublicOfCase(ctx, caseID)
	}
	return s.OfCase(ctx, caseID)
}

// look is how a state is drawn: colours, a dashed frame, and a sign, so that
// nobody needs to tell colours apart.
type look struct{ fill, stroke, dash, sign string }

// signs are drawn in a circle of radius 9 around the origin.
var looks = map[NodeState]look{
	NodeDone:     {"#e6f4ea", "#19703a", "", "M-4.5 0l3 3.5 6-7"},
	NodeNow:      {"#e3efff", "#0b5cad", "", "M-3-4.5l7 4.5-7 4.5z"},
	NodeReturned: {"#fff1e3", "#a8440a", "", "M4.5 4v-3.5a2.5 2.5 0 0 0-2.5-2.5h-6m2.5-2.5l-2.5 2.5 2.5 2.5"},
	NodeHeld:     {"#f2ecfb", "#63379b", "", "M-2.5-4v8M2.5-4v8"},
	NodeWaiting:  {"#ffffff", "#66727e", "5 4", ""},
	NodeSkipped:  {"#f3f4f6", "#66727e", "2 4", "M-4 0h8"},
}

// drawing is an SVG in the making.
type drawing struct{ bytes.Buffer }

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// safe is a text within XML.
func safe(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

// width is how wide a text is at most, in tenths of the size of its letters: a
// Chinese character is a square, a Latin letter a bit more than half of one.
func width(text string) (n int) {
	for _, r := range text {
		n += letter(r)
	}
	return n
}

func letter(r rune) int {
	if r < 0x2e80 {
		return 6
	}
	return 10
}

// wrap breaks a text into lines that are room wide at most, the last one cut
// short if there are more than lines.
func wrap(text string, size, room, lines int) (list []string) {
	most := room * 10 / size
	line := ""
	for text != "" {
		r, n := utf8.DecodeRuneInString(text)
		if width(line)+letter(r) > most {
			if len(list) == lines-1 {
				for width(line)+10 > most && line != "" {
					_, last := utf8.DecodeLastRuneInString(line)
					line = line[:len(line)-last]
				}
				return append(list, line+"…")
			}
			list, line = append(list, line), ""
		}
		line, text = line+string(r), text[n:]
	}
	return append(list, line)
}

func (d *drawing) text(x, y, size int, anchor, colour, weight, text string) {
	d.add(`<text x="%d" y="%d" font-size="%d" text-anchor="%s" fill="%s" font-weight="%s">%s</text>`, x, y, size, anchor, colour, weight, safe(text))
}

// sign draws a state's sign.
func (d *drawing) sign(x, y int, l look) {
	d.add(`<g transform="translate(%d %d)"><circle r="9" fill="%s" stroke="%s" stroke-width="1.5"/>`, x, y, map[bool]string{true: l.stroke, false: "#ffffff"}[l.sign != ""], l.stroke)
	if l.sign != "" {
		d.add(`<path d="%s" fill="none" stroke="#ffffff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`, l.sign)
	}
	d.add(`</g>`)
}

// begin opens the picture.
func (d *drawing) begin(x, y, w, h int, title, words string) {
	d.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="%d %d %d %d" width="%d" height="%d" role="img" aria-labelledby="t d" font-family="&quot;Noto Sans SC&quot;,&quot;PingFang SC&quot;,&quot;Microsoft YaHei&quot;,sans-serif">`,
		x, y, w, h, w, h)
	d.add(`<title id="t">%s</title><desc id="d">%s</desc>`, safe(title), safe(words))
	d.add(`<rect x="%d" y="%d" width="%d" height="%d" fill="#ffffff"/>`, x, y, w, h)
}

// described is the whole picture in words, for who can't see it.
func described(p *Progress) string {
	var list []string
	for _, n := range p.Nodes {
		words := n.Name + "：" + n.Word
		if n.Limit != nil && (n.State == NodeNow || n.State == NodeReturned) {
			words += "，" + left(&n)
		}
		list = append(list, words)
	}
	return strings.Join(list, "；") + "。"
}

// left is how much time a step has, in a few words.
func left(n *ProgressNode) string {
	switch {
	case n.Limit == nil || n.Limit.Due == "":
		return ""
	case n.State == NodeHeld:
		return "暂停计时"
	case n.Limit.Left < 0:
		return fmt.Sprintf("超期 %d 天", -n.Limit.Left)
	case n.Limit.Left == 0:
		return "今天到期"
	default:
		return fmt.Sprintf("剩 %d 工作日", n.Limit.Left)
	}
}

// Draw draws a definition, with where a case stands unless p is nil.
func Draw(w io.Writer, def *engine.Definition, p *Progress) error {
	placed := engine.Placed(*def)
	nodes := map[string]*ProgressNode{}
	words := def.Name
	if p != nil {
		for i := range p.Nodes {
			nodes[p.Nodes[i].Node] = &p.Nodes[i]
		}
		words = described(p)
	}
	d := &drawing{}
	x, y, right, bottom := extent(&placed)
	if p != nil && p.Status == Held {
		y -= 30
	}
	d.begin(x, y, right-x, bottom-y, def.Name, words)
	if p != nil && p.Status == Held {
		d.text(x+20, y+28, 16, "start", looks[NodeHeld].stroke, "bold", "办件已暂停，暂停计时："+p.HoldReason)
	}
	d.add(`<defs><marker id="a" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0l10 5-10 5z" fill="#66727e"/></marker></defs>`)
	for i := range placed.Edges {
		d.edge(&placed, &placed.Edges[i])
	}
	for i := range placed.Nodes {
		n := &placed.Nodes[i]
		if n.Kind == engine.User || n.Kind == engine.Service {
			d.step(n, nodes[n.ID], p != nil && several(p))
			continue
		}
		d.small(n, nodes[n.ID])
	}
	d.add(`</svg>`)
	_, err := w.Write(d.Bytes())
	return err
}

// extent is what a drawing covers, with a margin.
func extent(def *engine.Definition) (x, y, right, bottom int) {
	const edge = 30
	x, y = 1<<30, 1<<30
	right, bottom = -x, -y
	grow := func(px, py int) { x, y, right, bottom = min(x, px), min(y, py), max(right, px), max(bottom, py) }
	for _, n := range def.Nodes {
		grow(n.Box.X, n.Box.Y)
		grow(n.Box.X+n.Box.W, n.Box.Y+n.Box.H+20)
	}
	for _, e := range def.Edges {
		for _, p := range e.Points {
			grow(p.X, p.Y)
		}
	}
	return x - edge, y - edge, right + edge, bottom + edge
}

func (d *drawing) edge(def *engine.Definition, e *engine.Edge) {
	var points []string
	for _, p := range e.Points {
		points = append(points, fmt.Sprintf("%d,%d", p.X, p.Y))
	}
	d.add(`<polyline points="%s" fill="none" stroke="#66727e" stroke-width="1.5" marker-end="url(#a)"/>`, strings.Join(points, " "))
	if e.Name == "" || len(e.Points) < 2 {
		return
	}
	a, b := e.Points[0], e.Points[1]
	for i := 1; i < len(e.Points); i++ { // on the longest level part
		if p, q := e.Points[i-1], e.Points[i]; p.Y == q.Y && (a.Y != b.Y || q.X-p.X > b.X-a.X) {
			a, b = p, q
		}
	}
	d.add(`<text x="%d" y="%d" font-size="12" text-anchor="middle" fill="#3d4852" stroke="#ffffff" stroke-width="4" paint-order="stroke">%s</text>`,
		(a.X+b.X)/2, (a.Y+b.Y)/2-4, safe(wrap(e.Name, 12, 90, 1)[0]))
}

// step draws a node with a name in a box.
func (d *drawing) step(n *engine.Node, shown *ProgressNode, bodies bool) {
	l, b := looks[NodeWaiting], n.Box
	if shown != nil {
		l = looks[shown.State]
	}
	stroke := "1.5"
	if shown != nil && (shown.State == NodeNow || shown.State == NodeReturned) {
		stroke = "3"
	}
	d.add(`<g><title>%s</title>`, safe(tip(n, shown)))
	d.add(`<rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="%s" stroke-width="%s" stroke-dasharray="%s"/>`, b.X, b.Y, b.W, b.H, l.fill, l.stroke, stroke, l.dash)
	lines := wrap(n.Name, 14, b.W-12, 2)
	y := b.Y + 22
	if shown == nil {
		y = b.Y + b.H/2 + 5 - 9*(len(lines)-1)
	}
	for _, line := range lines {
		d.text(b.X+b.W/2, y, 14, "middle", "#1b2733", "bold", line)
		y += 17
	}
	if shown != nil {
		words := shown.Word
		if shown.State == NodeNow || shown.State == NodeReturned {
			if rest := left(shown); rest != "" {
				words = rest
			}
		}
		if body := bodyOf(shown, bodies); body != "" && len(lines) == 1 {
			d.text(b.X+b.W/2, y+1, 12, "middle", "#3d4852", "normal", wrap(body, 12, b.W-8, 1)[0])
		}
		d.text(b.X+b.W/2+9, b.Y+b.H-11, 13, "middle", l.stroke, "bold", wrap(words, 13, b.W-28, 1)[0])
		d.sign(b.X+14, b.Y+b.H-15, l)
	}
	d.add(`</g>`)
}

// tip is what a pointer finds out.
func tip(n *engine.Node, shown *ProgressNode) string {
	if shown == nil {
		return n.Name
	}
	words := n.Name + "，" + shown.Word
	for _, seat := range shown.Seats {
		words += "，" + seat.OrganisationName + seat.Post
		if seat.Person != "" {
			words += " " + seat.Person
		}
	}
	if shown.Limit != nil {
		words += "，" + shown.Limit.Words
	}
	return words
}

// bodyOf is who is asked at a step, in a few words: the post where all are of
// one body.
func bodyOf(n *ProgressNode, several bool) string {
	switch {
	case len(n.Seats) == 0:
		return ""
	case len(n.Seats) > 1:
		return fmt.Sprintf("%d 方会签", len(n.Seats))
	case n.Seats[0].Post != "" && !several:
		return n.Seats[0].Post
	default:
		return n.Seats[0].OrganisationName
	}
}

// several tells whether more than one body examines a case.
func several(p *Progress) bool {
	first := ""
	for _, n := range p.Nodes {
		for _, seat := range n.Seats {
			if first == "" {
				first = seat.Organisation
			}
			if seat.Organisation != first {
				return true
			}
		}
	}
	return false
}

// small draws gateways and events.
func (d *drawing) small(n *engine.Node, shown *ProgressNode) {
	b := n.Box
	cx, cy := b.X+b.W/2, b.Y+b.H/2
	l := looks[NodeWaiting]
	if shown != nil {
		l = looks[shown.State]
	}
	d.add(`<g><title>%s</title>`, safe(tip(n, shown)))
	switch n.Kind {
	case engine.And, engine.Or, engine.Xor:
		d.add(`<path d="M%d %dl%d %d-%d %d-%d-%dz" fill="#ffffff" stroke="#3d4852" stroke-width="1.5"/>`, cx, b.Y, b.W/2, b.H/2, b.W/2, b.H/2, b.W/2, b.H/2)
		switch n.Kind {
		case engine.And:
			d.add(`<path d="M%d %dh18m-9-9v18" stroke="#3d4852" stroke-width="3"/>`, cx-9, cy)
		case engine.Or:
			d.add(`<circle cx="%d" cy="%d" r="9" fill="none" stroke="#3d4852" stroke-width="2.5"/>`, cx, cy)
		default:
			d.add(`<path d="M%d %dl12 12m0-12l-12 12" stroke="#3d4852" stroke-width="3"/>`, cx-6, cy-6)
		}
	case engine.Timer:
		d.add(`<circle cx="%d" cy="%d" r="%d" fill="%s" stroke="%s" stroke-width="2" stroke-dasharray="%s"/><path d="M%d %dv-9m0 9h7" stroke="%s" stroke-width="2" fill="none"/>`,
			cx, cy, b.W/2, l.fill, l.stroke, l.dash, cx, cy, l.stroke)
	default:
		d.add(`<circle cx="%d" cy="%d" r="%d" fill="#ffffff" stroke="#3d4852" stroke-width="%d"/>`, cx, cy, b.W/2, map[bool]int{true: 4, false: 2}[n.Kind == engine.End])
	}
	if n.Name != "" {
		d.add(`<text x="%d" y="%d" font-size="12" text-anchor="middle" fill="#3d4852" stroke="#ffffff" stroke-width="3" paint-order="stroke">%s</text>`,
			cx, b.Y+b.H+15, safe(wrap(n.Name, 12, 130, 1)[0]))
	}
	d.add(`</g>`)
}
