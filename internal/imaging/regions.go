package imaging

import (
	"cmp"
	"slices"
)

// A small sheet has short sides, and on a table full of lines these get more
// votes than it does. But a sheet is also a smooth part of the picture with
// edges around it, so the lines along the outlines of such regions are looked
// at as well, however short they are.

// region is a part of the picture without a clear edge in it, as cells of two
// by two pixels.
type region struct {
	cells []int32 // their places, row by row
}

// The cells of regions, in pixels.
const coarse = 2

// outlines are the lines along the outer edges of the largest regions.
func (f *finder) outlines() []line {
	const most, sides = 3, 6
	width := f.m.width / coarse
	var out []line
	var b *ballot
	near := make([]bool, f.m.width*f.m.height)
	// What is printed faintly parts a sheet of faint edges no less than its
	// table does, so clear edges are tried as well as the faint ones.
	for _, r := range append(f.regions(most, f.threshold), f.regions(most, 2*f.threshold)...) {
		if b == nil {
			b = newBallot(f.m.width, f.m.height)
		}
		clear(near)
		for _, c := range r.outermost(width, f.m.height/coarse) {
			f.mark(near, c, width)
		}
		b.reset()
		b.cast(f.cleared, near)
		for _, l := range b.best(sides) {
			if !slices.ContainsFunc(out, l.same) {
				out = append(out, l)
			}
		}
	}
	return out
}

// regions are the largest that may be sheets, the largest first; what parts them
// is steeper than threshold.
func (f *finder) regions(most int, threshold float32) []region {
	// Parts of the picture.
	const least, largest = 0.008, 0.8
	w, h := f.m.width/coarse, f.m.height/coarse
	taken := f.barred(w, h, threshold)
	var out []region
	for i := range taken {
		if taken[i] {
			continue
		}
		r := regionAround(taken, int32(i), w)
		if part := float64(len(r.cells)) / float64(w*h); part >= least && part <= largest {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b region) int { return cmp.Compare(len(b.cells), len(a.cells)) })
	return out[:min(most, len(out))]
}

// barred tells which cells have an edge in them, or lie at the rim.
func (f *finder) barred(w, h int, threshold float32) []bool {
	out := make([]bool, w*h)
	for y := range h {
		for x := range w {
			k := y*coarse*f.m.width + x*coarse
			s := f.cleared.strength
			steepest := max(s[k], s[k+1], s[k+f.m.width], s[k+f.m.width+1])
			out[y*w+x] = x == 0 || y == 0 || x == w-1 || y == h-1 || steepest > threshold
		}
	}
	return out
}

// regionAround takes the region around a cell.
func regionAround(taken []bool, at int32, w int) region {
	r := region{cells: []int32{at}}
	taken[at] = true
	for i := 0; i < len(r.cells); i++ {
		for _, d := range [4]int32{-1, 1, int32(-w), int32(w)} {
			if c := r.cells[i] + d; !taken[c] {
				taken[c] = true
				r.cells = append(r.cells, c)
			}
		}
	}
	return r
}

// outermost are the first and the last cells of every row and column: print
// and things within the region don't count.
func (r *region) outermost(w, h int) []int32 {
	type ends struct{ first, last int32 }
	rows, columns := make([]ends, h), make([]ends, w)
	grow := func(e *ends, c int32) {
		if e.last == 0 {
			e.first, e.last = c, c
		}
		e.first, e.last = min(e.first, c), max(e.last, c)
	}
	for _, c := range r.cells {
		grow(&rows[int(c)/w], c)
		grow(&columns[int(c)%w], c)
	}
	var out []int32
	for _, e := range append(rows, columns...) {
		if e.last > 0 {
			out = append(out, e.first, e.last)
		}
	}
	return out
}

// mark sets the pixels around a cell.
func (f *finder) mark(near []bool, c int32, w int) {
	const reach = 3
	x, y := int(c)%w*coarse, int(c)/w*coarse
	for j := max(0, y-reach); j < min(f.m.height, y+coarse+reach); j++ {
		for i := max(0, x-reach); i < min(f.m.width, x+coarse+reach); i++ {
			near[j*f.m.width+i] = true
		}
	}
}
