package imaging

// small is an upright copy for the finder: brightness and both colours in the
// same, small size.
type small struct {
	width, height int
	// channels are brightness, blueness and redness, doubled where colours tell
	// little.
	channels [3][]float32
}

// smallSide is about how long the longer side of the copy is.
const smallSide = 640

// shrunk averages s into a small upright copy.
func (s *source) shrunk() *small {
	factor := max(1, (max(s.width, s.height)+smallSide/2)/smallSide)
	stepX, stepY := min(factor, s.width), min(factor, s.height) // of slivers
	w, h := s.width/stepX, s.height/stepY
	var c [3][]float32
	c[0] = averaged(s.y, s.stride, w, h, stepX, stepY, 0, 0)
	for i, pix := range [][]byte{s.cb, s.cr} {
		if pix == nil {
			c[i+1] = make([]float32, w*h)
			continue
		}
		c[i+1] = averaged(pix, s.colour, w, h, stepX, stepY, s.shiftX, s.shiftY)
	}
	m := &small{width: w, height: h, channels: c}
	m.lie(s.turn)
	return m
}

// averaged is a plane made smaller by whole steps of full-size pixels. A sample
// of the plane stands for 1<<shiftX × 1<<shiftY of these.
func averaged(pix []byte, stride, width, height, stepX, stepY int, shiftX, shiftY uint) []float32 {
	out := make([]float32, width*height)
	sums := make([]int, width)
	for y := range height {
		clear(sums)
		y0 := y * stepY >> shiftY
		y1 := max(y0+1, (y+1)*stepY>>shiftY)
		for j := y0; j < y1; j++ {
			row := pix[j*stride:]
			for x := range sums {
				x0 := x * stepX >> shiftX
				x1 := max(x0+1, (x+1)*stepX>>shiftX)
				sum := 0
				for _, v := range row[x0:x1] {
					sum += int(v)
				}
				// As many samples each, whatever the step: see below.
				sums[x] += sum * 64 / (x1 - x0)
			}
		}
		row := out[y*width : (y+1)*width]
		for x, sum := range sums {
			row[x] = float32(sum) / float32(64*(y1-y0))
		}
	}
	return out
}

// lie turns m as its source has to be.
func (m *small) lie(t turn) {
	if t == upright {
		return
	}
	w, h := m.width, m.height
	if t.sideways() {
		w, h = h, w
	}
	for i, from := range m.channels {
		to := make([]float32, len(from))
		for y := range h {
			for x := range w {
				p := t.raw(Point{(float64(x) + 0.5) / float64(w), (float64(y) + 0.5) / float64(h)})
				to[y*w+x] = from[int(p.Y*float64(m.height))*m.width+int(p.X*float64(m.width))]
			}
		}
		m.channels[i] = to
	}
	m.width, m.height = w, h
}

// soften averages every channel with its neighbours (1 2 1).
func (m *small) soften() {
	row := make([]float32, m.width)
	for _, c := range m.channels {
		for y := range m.height {
			r := c[y*m.width : (y+1)*m.width]
			copy(row, r)
			for x := 1; x < m.width-1; x++ {
				r[x] = (row[x-1] + 2*row[x] + row[x+1]) / 4
			}
		}
		copy(row, c[:m.width])
		for y := 1; y < m.height-1; y++ {
			r, below := c[y*m.width:(y+1)*m.width], c[(y+1)*m.width:(y+2)*m.width]
			for x, v := range r {
				r[x] = (row[x] + 2*v + below[x]) / 4
				row[x] = v
			}
		}
	}
}
