package counter

import (
	"slices"

	"smarthall/internal/agent"
	"smarthall/internal/imaging"
	"smarthall/internal/link"
)

var errEdit = agent.Refuse(422, "papers.edit", "这样修改页面不可行，请重新调整")

// order puts the pages in order: ids are all of them.
func (d *draft) order(ids []string) error {
	if len(ids) != len(d.Pages) {
		return agent.Refuse(409, "papers.order", "页面刚有变化，请再排一次")
	}
	next := make([]page, 0, len(ids))
	for i, id := range ids {
		at := d.index(id)
		if at < 0 || slices.Contains(ids[:i], id) {
			return agent.Refuse(409, "papers.order", "页面刚有变化，请再排一次")
		}
		next = append(next, d.Pages[at])
	}
	d.Pages = next
	return nil
}

// alike has a new page turned and coloured as the one before it of the same
// camera or scanner: sheets are laid the same way one after the other.
func (d *draft) alike(p *page) {
	if p.From == fromPhone {
		return
	}
	for _, other := range slices.Backward(d.Pages) {
		if other.From == p.From {
			p.Turn, p.Look = other.Turn, other.Look
			return
		}
	}
}

// edit changes how a page is to be made.
func (d *draft) edit(e link.PapersEdit) error {
	at := d.index(e.Page)
	if at < 0 {
		return errNoPage
	}
	p := &d.Pages[at]
	if len(e.Corners) > 0 {
		corners, ok := clockwise(e.Corners)
		if !ok {
			return errEdit
		}
		p.Corners, p.ByHand, p.Whole = corners, true, false
	}
	if e.Auto || e.Whole {
		p.Corners, p.ByHand, p.Whole = nil, false, e.Whole
	}
	if e.Turn != nil {
		if *e.Turn%90 != 0 {
			return errEdit
		}
		p.Turn = ((*e.Turn % 360) + 360) % 360
	}
	switch e.Look {
	case "":
	case link.LookColour, link.LookGrey, link.LookBlack:
		p.Look = e.Look
	default:
		return errEdit
	}
	p.Rev++
	p.State, p.Detail = pageWorking, ""
	return nil
}

// clockwise puts four corners in order, beginning with the left upper one;
// false if they aren't four places on the picture.
func clockwise(in []link.PaperPoint) ([]link.PaperPoint, bool) {
	if len(in) != 4 {
		return nil, false
	}
	for _, c := range in {
		if !(c.X >= 0 && c.X <= 1 && c.Y >= 0 && c.Y <= 1) { // not a number is neither
			return nil, false
		}
	}
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b link.PaperPoint) int {
		if a.Y < b.Y {
			return -1
		}
		return 1
	})
	if out[0].X > out[1].X {
		out[0], out[1] = out[1], out[0]
	}
	if out[2].X < out[3].X {
		out[2], out[3] = out[3], out[2]
	}
	return out, true
}

// imaging is what the picture is to be made into.
func (p *page) imaging() imaging.Edit {
	e := imaging.Edit{Rotate: p.Turn, SourceDPI: p.DPI}
	switch {
	case p.ByHand && len(p.Corners) == 4:
		corners := imaging.Corners{}
		for i, c := range p.Corners {
			corners[i] = imaging.Point{X: c.X, Y: c.Y}
		}
		e.Corners = &corners
	case p.Whole:
		e.Sheet = imaging.SheetWhole
	case p.From == fromScanner:
		e.Sheet = imaging.SheetScan
	}
	switch p.Look {
	case link.LookGrey:
		e.Mode = imaging.ModeGrey
	case link.LookBlack:
		e.Mode = imaging.ModeBlackWhite
	}
	return e
}
