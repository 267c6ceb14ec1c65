package imaging

import (
	"context"
	"math"
	"slices"
)

// white is how bright paper becomes when its light is evened out.
const white = 247

// tone applies the light, the mode, the brightness and the contrast of e.
func tone(ctx context.Context, p *planes, e *Edit) error {
	curve := curveOf(e)
	if e.KeepLight && e.Mode != ModeBlackWhite {
		for i, v := range p.y {
			p.y[i] = curve[v]
		}
		return nil
	}
	return evened(p).apply(ctx, p, &curve)
}

// curveOf is what becomes of a brightness after the light was evened out.
func curveOf(e *Edit) (curve [256]byte) {
	contrast := 1 + float64(e.Contrast)/100
	if e.Contrast > 0 {
		contrast = 1 + 3*float64(e.Contrast)/100
	}
	for i := range curve {
		v := float64(i)
		switch e.Mode {
		case ModeBlackWhite:
			// Not quite a step, so that strokes keep smooth edges and the JPEG
			// stays small. Brightness moves the step.
			const middle, width = 176, 24
			v = 128 + (v-middle+float64(e.Brightness))*128/width*contrast
		default:
			if !e.KeepLight {
				// Ink a little darker, paper quite white.
				const black, paper = 18, white - 6
				v = (v - black) * 255 / (paper - black)
			}
			v = (v-128)*contrast + 128 + float64(e.Brightness)*1.2
		}
		curve[i] = byte(min(max(math.Round(v), 0), 255))
	}
	return curve
}

// cell is how many pixels square one measure of the light stands for.
const cell = 16

// light is how bright the paper is, and the gain that makes it white, over a
// page.
type light struct {
	columns, rows int
	gain          []int32 // 8 bits of fraction
	// tint is how far the paper's colour is from grey.
	tintB, tintR int
}

// evened measures the light on a page: the bright parts of each cell, without
// what is printed on them.
func evened(p *planes) *light {
	l := &light{columns: (p.width + cell - 1) / cell, rows: (p.height + cell - 1) / cell}
	bright := make([]float32, l.columns*l.rows)
	for row := range l.rows {
		for column := range l.columns {
			bright[row*l.columns+column] = p.brightest(column*cell, row*cell)
		}
	}
	// What is printed large and dark lies lower than the paper around it: fill
	// it up to an eighth of the page, then leave no edges.
	radius := max(2, min(l.columns, l.rows)/16)
	closed := spread(bright, l.columns, l.rows, radius, true)
	closed = spread(closed, l.columns, l.rows, radius, false)
	closed = smooth(closed, l.columns, l.rows, max(1, radius/2))
	l.gain = make([]int32, len(closed))
	// A page that is mostly dark is no page with a shadow: half of the usual
	// paper's brightness is the least that is lifted all the way.
	usual := percentile(closed, 0.75)
	least := max(usual*0.35, 40)
	for i, b := range closed {
		l.gain[i] = int32(white * 256 / max(b, least))
	}
	l.tintB, l.tintR = p.tint(closed, l)
	return l
}

// brightest is the brightness that the brightest eighth of a cell has.
func (p *planes) brightest(x0, y0 int) float32 {
	var count [32]int
	var sum [32]int
	n := 0
	for y := y0; y < min(y0+cell, p.height); y += 2 {
		for _, v := range p.y[y*p.stride+x0 : y*p.stride+min(x0+cell, p.width)] {
			count[v>>3]++
			sum[v>>3] += int(v)
			n++
		}
	}
	want := max(1, n/8)
	total, got := 0, 0
	for i := len(count) - 1; i >= 0 && got < want; i-- {
		total += sum[i]
		got += count[i]
	}
	return float32(total) / float32(max(got, 1))
}

// spread takes the largest, or the smallest, of the neighbours within radius.
func spread(in []float32, columns, rows, radius int, largest bool) []float32 {
	pick := func(a, b float32) float32 { return min(a, b) }
	if largest {
		pick = func(a, b float32) float32 { return max(a, b) }
	}
	across, out := make([]float32, len(in)), make([]float32, len(in))
	for y := range rows {
		for x := range columns {
			v := in[y*columns+x]
			for i := max(0, x-radius); i <= min(columns-1, x+radius); i++ {
				v = pick(v, in[y*columns+i])
			}
			across[y*columns+x] = v
		}
	}
	for y := range rows {
		for x := range columns {
			v := across[y*columns+x]
			for i := max(0, y-radius); i <= min(rows-1, y+radius); i++ {
				v = pick(v, across[i*columns+x])
			}
			out[y*columns+x] = v
		}
	}
	return out
}

// smooth averages over the neighbours within radius.
func smooth(in []float32, columns, rows, radius int) []float32 {
	across, out := make([]float32, len(in)), make([]float32, len(in))
	for y := range rows {
		for x := range columns {
			var sum float32
			from, to := max(0, x-radius), min(columns-1, x+radius)
			for i := from; i <= to; i++ {
				sum += in[y*columns+i]
			}
			across[y*columns+x] = sum / float32(to-from+1)
		}
	}
	for y := range rows {
		for x := range columns {
			var sum float32
			from, to := max(0, y-radius), min(rows-1, y+radius)
			for i := from; i <= to; i++ {
				sum += across[i*columns+x]
			}
			out[y*columns+x] = sum / float32(to-from+1)
		}
	}
	return out
}

func percentile(values []float32, part float64) float32 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[int(part*float64(len(sorted)-1))]
}

// tint is the cast of the light on the paper, measured where it is as bright
// as the paper. A strong one is a coloured paper, and stays.
func (p *planes) tint(bright []float32, l *light) (b, r int) {
	if p.cb == nil {
		return 0, 0
	}
	var countB, countR [256]int
	n := 0
	for row := range l.rows {
		for column := range l.columns {
			x, y := min(column*cell+cell/2, p.width-1), min(row*cell+cell/2, p.height-1)
			if float32(p.y[y*p.stride+x]) < 0.85*bright[row*l.columns+column] {
				continue
			}
			i := (y>>p.shiftY)*p.colour + x>>p.shiftX
			countB[p.cb[i]]++
			countR[p.cr[i]]++
			n++
		}
	}
	median := func(count *[256]int) int {
		sum := 0
		for i, c := range count {
			if sum += c; sum*2 > n {
				return i - 128
			}
		}
		return 0
	}
	const coloured = 18
	b, r = median(&countB), median(&countR)
	if b*b+r*r > coloured*coloured {
		return 0, 0
	}
	return b, r
}

// apply makes the paper white.
func (l *light) apply(ctx context.Context, p *planes, curve *[256]byte) error {
	gains := make([]int32, p.width)
	for y := range p.height {
		if y%64 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l.row(gains, y)
		row := p.y[y*p.stride : y*p.stride+p.width]
		for x, v := range row {
			row[x] = curve[min(int32(v)*gains[x]>>8, 255)]
		}
		if p.cb == nil || y&(1<<p.shiftY-1) != 0 {
			continue
		}
		l.colour(p.cb[(y>>p.shiftY)*p.colour:], gains, p.shiftX, l.tintB)
		l.colour(p.cr[(y>>p.shiftY)*p.colour:], gains, p.shiftX, l.tintR)
	}
	return nil
}

// colour takes the tint out of a row and lifts what is left with the light.
func (l *light) colour(row []byte, gains []int32, shift uint, tint int) {
	const grey = 128
	for x := 0; x<<shift < len(gains); x++ {
		// A shadow takes colour away less than brightness: half of the gain.
		gain := (gains[x<<shift] + 256) / 2
		v := grey + (int32(row[x])-grey-int32(tint))*gain>>8
		row[x] = byte(min(max(v, 0), 255))
	}
}

// row is the gain of each pixel of one row, between the measures.
func (l *light) row(gains []int32, y int) {
	at := func(v, most int) (i, j, part int) {
		v -= cell / 2
		if v < 0 {
			return 0, 0, 0
		}
		i = min(v/cell, most-1)
		return i, min(i+1, most-1), v % cell
	}
	top, bottom, v := at(y, l.rows)
	between := func(column int) int32 {
		a, b := l.gain[top*l.columns+column], l.gain[bottom*l.columns+column]
		return a + (b-a)*int32(v)/cell
	}
	for x := 0; x < len(gains); {
		i, j, u := at(x, l.columns)
		a, b := between(i), between(j)
		n := cell - u
		if x < cell/2 {
			n, b = cell/2-x, a
		}
		for k := range min(n, len(gains)-x) {
			gains[x+k] = a + (b-a)*int32(u+k)/cell
		}
		x += n
	}
}
