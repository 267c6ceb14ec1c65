package counter

import (
	"cmp"
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
			p.Turn, p.Look, p.Paper = other.Turn, other.Look, cmp.Or(p.Paper, other.Paper)
			p.Brightness, p.Contrast, p.Crop = other.Brightness, other.Contrast, other.Crop
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
	if !p.finish(&e) {
		return errEdit
	}
	p.Rev++
	p.State, p.Detail = pageWorking, ""
	return nil
}

// paperAuto takes a page for the paper that it looks like.
const paperAuto = "auto"

// finish changes the paper, the tones and the part of the page that is kept;
// false if e asks for what can't be.
func (p *page) finish(e *link.PapersEdit) bool {
	switch e.Paper {
	case "":
	case string(imaging.PaperA4), string(imaging.PaperA3):
		p.Paper = e.Paper
	case paperAuto:
		p.Paper = ""
	default:
		return false
	}
	for _, tone := range []struct {
		to    *int
		value *int
	}{{e.Brightness, &p.Brightness}, {e.Contrast, &p.Contrast}} {
		if tone.to == nil {
			continue
		}
		if *tone.to < -100 || *tone.to > 100 {
			return false
		}
		*tone.value = *tone.to
	}
	if c := e.Crop; c != nil {
		const least, rounding = 0.1, 1e-6
		if !(c.X >= 0 && c.Y >= 0 && c.Width >= least && c.Height >= least && c.X+c.Width <= 1+rounding && c.Y+c.Height <= 1+rounding) {
			return false // not a number is neither
		}
		if p.Crop = nil; c.Width < 1-rounding || c.Height < 1-rounding {
			crop := *c
			p.Crop = &crop
		}
	}
	return true
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

// imaging is what the picture is to be made into, in at most so many bytes for
// an A4 page and twice as many for A3; 0 is what suits most.
func (p *page) imaging(most int) imaging.Edit {
	e := imaging.Edit{Rotate: p.Turn, SourceDPI: p.DPI, Paper: imaging.Paper(p.Paper), Brightness: p.Brightness, Contrast: p.Contrast, MaxBytes: most}
	if e.Paper == imaging.PaperA3 {
		e.MaxBytes = 2 * cmp.Or(most, imaging.DefaultMaxBytes)
	}
	if c := p.Crop; c != nil {
		e.Crop = &imaging.Rect{X: c.X, Y: c.Y, Width: c.Width, Height: c.Height}
	}
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
