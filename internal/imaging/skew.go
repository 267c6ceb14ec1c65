package imaging

import "math"

// mark is a dark place on a page.
type mark struct{ x, y, weight float64 }

// skew is by how many degrees the lines of a page go down to the right, 0 if it
// has none to tell by. Lines lie one below the other: looked at along their
// direction, dark and bright change most sharply.
func (s *source) skew() float64 {
	m := s.shrunk()
	marks := m.marks()
	const least = 200
	if len(marks) < least {
		return 0
	}
	const coarse, fine = 0.5, 0.05
	best, at := 0.0, 0.0
	sum, n := 0.0, 0
	for a := -MaxSkew; a <= MaxSkew; a += coarse {
		v := sharpness(marks, a)
		sum, n = sum+v, n+1
		if v > best {
			best, at = v, a
		}
	}
	// A picture without lines is about as sharp in every direction.
	const clearly = 1.35
	if best < clearly*sum/float64(n) {
		return 0
	}
	from := at - coarse
	for i := range int(2*coarse/fine) + 1 {
		a := from + float64(i)*fine
		if v := sharpness(marks, a); v > best {
			best, at = v, a
		}
	}
	if math.Abs(at) > MaxSkew-coarse {
		return 0 // it would be more, so it's something else
	}
	return math.Round(at/fine) * fine
}

// marks are the dark places of a small picture, not too many.
func (m *small) marks() []mark {
	const radius, dark, most = 5, 18, 30_000
	paper := cleared(m.channels[0], m.width, m.height, radius)
	var out []mark
	// The rim is often a shadow of the lid.
	rim := m.width / 40
	for y := rim; y < m.height-rim; y++ {
		for x := rim; x < m.width-rim; x++ {
			if d := paper[y*m.width+x] - m.channels[0][y*m.width+x]; d > dark {
				out = append(out, mark{float64(x - m.width/2), float64(y - m.height/2), float64(min(d, 80))})
			}
		}
	}
	if len(out) <= most {
		return out
	}
	every := len(out)/most + 1
	for i := range len(out) / every {
		out[i] = out[i*every]
	}
	return out[:len(out)/every]
}

// sharpness is how much the marks differ from row to row, or from column to
// column, if the page is turned by an angle in degrees.
func sharpness(marks []mark, degrees float64) float64 {
	const half = smallSide
	var rows, columns [2 * half]float64
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	for i := range marks {
		k := &marks[i]
		if row := int(k.y*cos-k.x*sin) + half; row >= 0 && row < len(rows) {
			rows[row] += k.weight
		}
		if column := int(k.x*cos+k.y*sin) + half; column >= 0 && column < len(columns) {
			columns[column] += k.weight
		}
	}
	var r, c float64
	for i := 1; i < len(rows); i++ {
		r += (rows[i] - rows[i-1]) * (rows[i] - rows[i-1])
		c += (columns[i] - columns[i-1]) * (columns[i] - columns[i-1])
	}
	return max(r, c)
}
