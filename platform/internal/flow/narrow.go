package flow

import (
	"fmt"
	"io"
	"time"

	"smarthall/platform/internal/flow/engine"
)

// Measures of the narrow picture.
const (
	narrowWidth = 360
	narrowLeft  = 52
	narrowCard  = 92
)

// drawNarrow draws the steps below each other; such as may run at once are
// under one heading.
func drawNarrow(w io.Writer, p *Progress, place *time.Location) error {
	layer := engine.Layers(p.def)
	d := &drawing{}
	body := &drawing{}
	y := 16
	if p.Status == Held {
		body.add(`<rect x="12" y="%d" width="%d" height="44" rx="8" fill="%s" stroke="%s"/>`, y, narrowWidth-24, looks[NodeHeld].fill, looks[NodeHeld].stroke)
		body.text(24, y+28, 15, "start", looks[NodeHeld].stroke, "bold", wrap("办件已暂停计时："+p.HoldReason, 15, narrowWidth-48, 1)[0])
		y += 60
	}
	first, last := 0, 0
	for i := range p.Nodes {
		n := &p.Nodes[i]
		same := func(j int) bool {
			return j >= 0 && j < len(p.Nodes) && layer[p.Nodes[j].Node] == layer[n.Node]
		}
		if same(i+1) && !same(i-1) {
			body.text(narrowLeft, y+14, 14, "start", "#3d4852", "normal", together(p.def, n.Node))
			y += 24
		}
		if first == 0 {
			first = y + narrowCard/2
		}
		last = y + narrowCard/2
		body.card(n, y, same(i-1) || same(i+1), place)
		y += narrowCard + 12
	}
	d.begin(0, 0, narrowWidth, max(y+4, 60), p.Name, described(p))
	if last > first {
		d.add(`<path d="M26 %dV%d" stroke="#b8c0c8" stroke-width="3"/>`, first, last)
	}
	d.Write(body.Bytes())
	d.add(`</svg>`)
	_, err := w.Write(d.Bytes())
	return err
}

// together says how the steps of one layer belong together.
func together(def *engine.Definition, node string) string {
	for _, e := range def.In(node) {
		switch def.Node(e.From).Kind {
		case engine.And:
			return "以下环节同时办理"
		case engine.Or:
			return "以下环节按需要同时办理"
		case engine.Xor:
			return "以下环节按情况办理其中一项"
		}
	}
	return "以下环节可同时办理"
}

// card draws one step of the narrow picture.
func (d *drawing) card(n *ProgressNode, y int, branch bool, place *time.Location) {
	l := looks[n.State]
	x := narrowLeft
	if branch {
		x += 12
		d.add(`<path d="M26 %dH%d" stroke="#b8c0c8" stroke-width="3"/>`, y+narrowCard/2, x)
	}
	room := narrowWidth - 12 - x
	stroke := 1
	if n.State == NodeNow || n.State == NodeReturned {
		stroke = 3
	}
	d.add(`<g><rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="%s" stroke-width="%d" stroke-dasharray="%s"/>`, x, y, room, narrowCard, l.fill, l.stroke, stroke, l.dash)
	d.add(`<g transform="translate(26 %d) scale(1.3)">`, y+narrowCard/2)
	d.sign(0, 0, l)
	d.add(`</g>`)
	d.text(x+room-12, y+26, 15, "end", l.stroke, "bold", n.Word)
	d.text(x+12, y+26, 17, "start", "#1b2733", "bold", wrap(n.Name, 17, room-36-width(n.Word)*15/10, 1)[0])
	d.text(x+12, y+52, 14, "start", "#3d4852", "normal", wrap(asked(n), 14, room-24, 1)[0])
	d.text(x+12, y+76, 14, "start", "#3d4852", "normal", wrap(when(n, place), 14, room-24, 1)[0])
	d.add(`</g>`)
}

// asked is who is asked at a step.
func asked(n *ProgressNode) string {
	switch {
	case len(n.Seats) == 0:
		return ""
	case len(n.Seats) > 1:
		return fmt.Sprintf("%s等 %d 方", n.Seats[0].OrganisationName, len(n.Seats))
	case n.Seats[0].Person != "":
		return n.Seats[0].OrganisationName + " " + n.Seats[0].Person
	default:
		return n.Seats[0].OrganisationName
	}
}

// when is what a step's times are.
func when(n *ProgressNode, place *time.Location) string {
	day := func(t time.Time) string { t = t.In(place); return fmt.Sprintf("%d 月 %d 日", t.Month(), t.Day()) }
	switch {
	case n.State == NodeDone && !n.Done.IsZero():
		return day(n.Done) + "办结"
	case n.State == NodeWaiting || n.State == NodeSkipped || n.State == NodeDone:
		return ""
	case n.Limit == nil || n.Limit.Due == "":
		return day(n.Opened) + "开始"
	case n.State == NodeHeld:
		return "暂停计时"
	case n.Limit.Left < 0:
		return fmt.Sprintf("已超期 %d 个工作日", -n.Limit.Left)
	default:
		due, err := time.ParseInLocation(time.DateOnly, n.Limit.Due, place)
		if err != nil {
			return fmt.Sprintf("还剩 %d 个工作日", n.Limit.Left)
		}
		return fmt.Sprintf("还剩 %d 个工作日，%s前办理", n.Limit.Left, day(due))
	}
}
