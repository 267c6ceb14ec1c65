package imaging_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"smarthall/internal/imaging"
)

// The generator draws sheets as a telephone or a document camera would see
// them: a plane in space with a sheet on a table, seen by a pinhole camera,
// with light, shadows, things lying about, blur, noise and JPEG artefacts. It
// knows nothing of how the finder works, and was not changed to suit it: the
// finder was tuned on seeds 1 to 6 and 21 to 24, what is reported is of other
// seeds.

// photo is one picture with the truth about it.
type photo struct {
	file          []byte
	width, height int
	corners       imaging.Corners // in pixels
	paper         string
	background    string
	ratio         float64 // height of the sheet as a part of its width
}

// diagonal is that of the sheet in the picture, in pixels: the longer one.
func (p *photo) diagonal() float64 {
	d := func(i, j int) float64 {
		return math.Hypot(p.corners[i].X-p.corners[j].X, p.corners[i].Y-p.corners[j].Y)
	}
	return max(d(0, 2), d(1, 3))
}

// papers that come, and how often.
var papers = []struct {
	name          string
	width, height float64 // millimetres
	share         float64
}{
	{"A4", 210, 297, 0.66},
	{"A3", 297, 420, 0.12},
	{"receipt", 80, 170, 0.10},
	{"card", 85.6, 54, 0.12},
}

type scene struct {
	r             *rand.Rand
	width, height int
	toPlane       [9]float64 // pixels to millimetres of the table
	sheet         *artwork
	table         func(x, y float64) colour
	tableName     string
	things        []thing
	light         *field
	warm          colour
	shadowX       float64
	shadowY       float64
	shadowSoft    float64
	shadowDepth   float64
	round         float64
	bare          bool // without the sheet
}

type colour [3]float64

func (c colour) times(f float64) colour { return colour{c[0] * f, c[1] * f, c[2] * f} }

func mix(a, b colour, t float64) colour {
	return colour{a[0] + (b[0]-a[0])*t, a[1] + (b[1]-a[1])*t, a[2] + (b[2]-a[2])*t}
}

// thing lies on the table or the sheet: a pen, a finger, a cup.
type thing struct {
	x1, y1, x2, y2, radius float64
	c                      colour
}

// photograph draws the sheet number n of a seed with about the given number of
// pixels.
func photograph(t testing.TB, seed, n uint64, pixels float64) *photo {
	t.Helper()
	return expose(t, seed, n, pixels, false)
}

// expose is photograph, of the table alone if bare is set.
func expose(t testing.TB, seed, n uint64, pixels float64, bare bool) *photo {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, n))
	between := func(a, b float64) float64 { return a + (b-a)*r.Float64() }
	s := &scene{r: r, bare: bare}
	long := math.Sqrt(pixels * 4 / 3)
	s.width, s.height = int(long), int(long*3/4)
	if r.Float64() < 0.5 {
		s.width, s.height = s.height, s.width
	}
	paper := papers[0]
	for pick, i := r.Float64(), 0; i < len(papers); i++ {
		if pick -= papers[i].share; pick < 0 {
			paper = papers[i]
			break
		}
	}
	w, h := paper.width, paper.height
	if paper.name == "receipt" {
		h = between(100, 240)
	}
	if paper.name != "card" && paper.name != "receipt" && r.Float64() < 0.3 {
		w, h = h, w
	}
	if paper.name == "card" {
		s.round = 3.2
	}
	p := &photo{width: s.width, height: s.height, paper: paper.name, ratio: h / w}
	p.corners = s.place(w, h, paper.name == "card" || paper.name == "receipt")
	s.sheet = s.artwork(paper.name, w, h)
	s.surroundings(w, h)
	p.background = s.tableName
	p.file = s.shoot(t, w, h)
	return p
}

// place puts the camera somewhere above the sheet.
func (s *scene) place(w, h float64, small bool) imaging.Corners {
	r := s.r
	between := func(a, b float64) float64 { return a + (b-a)*r.Float64() }
	frame := math.Hypot(float64(s.width), float64(s.height))
	for {
		f := between(0.7, 1.2) * float64(max(s.width, s.height))
		tilt := math.Abs(r.NormFloat64()) * 14 * math.Pi / 180
		if tilt > 38*math.Pi/180 {
			continue
		}
		axis := between(0, 2*math.Pi)
		spin := r.NormFloat64() * 9 * math.Pi / 180
		if r.Float64() < 0.15 {
			spin = between(-38, 38) * math.Pi / 180
		}
		if (s.width > s.height) != (w > h) && r.Float64() < 0.7 {
			spin += math.Pi / 2
		}
		// Rodrigues around an axis in the plane, after a spin in it.
		ax, ay := math.Cos(axis), math.Sin(axis)
		c, si := math.Cos(tilt), math.Sin(tilt)
		rot := [9]float64{
			c + ax*ax*(1-c), ax * ay * (1 - c), ay * si,
			ax * ay * (1 - c), c + ay*ay*(1-c), -ax * si,
			-ay * si, ax * si, c,
		}
		cs, ss := math.Cos(spin), math.Sin(spin)
		filled := between(0.5, 0.95)
		if small {
			filled = between(0.25, 0.75)
		}
		distance := f * math.Hypot(w, h) / (frame * filled)
		cx, cy := between(-0.12, 0.12)*float64(s.width), between(-0.12, 0.12)*float64(s.height)
		tx, ty := cx*distance/f, cy*distance/f
		// Table (millimetres from the sheet's middle) to pixels.
		col := func(x, y float64) [3]float64 {
			x, y = x*cs-y*ss, x*ss+y*cs
			return [3]float64{rot[0]*x + rot[1]*y, rot[3]*x + rot[4]*y, rot[6]*x + rot[7]*y}
		}
		a, b := col(1, 0), col(0, 1)
		px, py := float64(s.width)/2, float64(s.height)/2
		m := [9]float64{
			f*a[0] + px*a[2], f*b[0] + px*b[2], f*tx + px*distance,
			f*a[1] + py*a[2], f*b[1] + py*b[2], f*ty + py*distance,
			a[2], b[2], distance,
		}
		var corners imaging.Corners
		out, far := 0, 0.0
		for i, q := range [4][2]float64{{-w / 2, -h / 2}, {w / 2, -h / 2}, {w / 2, h / 2}, {-w / 2, h / 2}} {
			x, y := project(&m, q[0], q[1])
			corners[i] = imaging.Point{X: x, Y: y}
			beyond := max(-x, x-float64(s.width), -y, y-float64(s.height))
			if beyond > -0.01*frame {
				out++
			}
			far = max(far, beyond)
		}
		// One in twelve has a corner or two at the rim or a little beyond.
		if out > 0 && (r.Float64() > 0.08 || out > 2 || far > 0.02*frame) {
			continue
		}
		s.toPlane = inverse(&m)
		return corners
	}
}

func project(m *[9]float64, x, y float64) (px, py float64) {
	w := m[6]*x + m[7]*y + m[8]
	return (m[0]*x + m[1]*y + m[2]) / w, (m[3]*x + m[4]*y + m[5]) / w
}

func inverse(m *[9]float64) [9]float64 {
	return [9]float64{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
}

// shoot exposes the scene and compresses it.
func (s *scene) shoot(t testing.TB, w, h float64) []byte {
	t.Helper()
	r := s.r
	img := image.NewYCbCr(image.Rect(0, 0, s.width, s.height), image.YCbCrSubsampleRatio420)
	scale := float64(max(s.width, s.height)) / 3264
	noise := make([]float64, 1<<14)
	// The field goes around at its end: stay before it.
	const lit = 96.0 / 97
	grain := 1 + 6*r.Float64()*r.Float64()
	for i := range noise {
		noise[i] = r.NormFloat64() * grain
	}
	next := func() float64 { return noise[r.Uint32()&(1<<14-1)] }
	for y := range s.height {
		for x := range s.width {
			c := s.at(float64(x)+0.5, float64(y)+0.5, w, h)
			l := s.light.at(float64(x)/float64(s.width)*lit, float64(y)/float64(s.height)*lit)
			for i := range c {
				c[i] = c[i]*l*s.warm[i] + next()
			}
			yy, cb, cr := ycc(c)
			img.Y[y*img.YStride+x] = yy
			if x&1 == 0 && y&1 == 0 {
				img.Cb[y/2*img.CStride+x/2], img.Cr[y/2*img.CStride+x/2] = cb, cr
			}
		}
	}
	for range int(r.Float64() * r.Float64() * 9 * scale * scale) {
		blur(img.Y, s.width, s.height)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 70 + r.IntN(23)}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// at is the colour of a place, softened over a sheet's edge.
func (s *scene) at(x, y, w, h float64) colour {
	mx, my := project(&s.toPlane, x, y)
	nx, _ := project(&s.toPlane, x+1, y)
	ny, nz := project(&s.toPlane, x, y+1)
	pixel := max(math.Abs(nx-mx), math.Abs(ny-mx), math.Abs(nz-my), 1e-3)
	// Signed distance to the sheet, which may have round corners.
	dx, dy := math.Abs(mx)-w/2+s.round, math.Abs(my)-h/2+s.round
	d := min(max(dx, dy), 0) + math.Hypot(max(dx, 0), max(dy, 0)) - s.round
	cover := min(max(0.5-d/pixel, 0), 1)
	if s.bare {
		cover = 0
	}
	var c colour
	if cover < 1 {
		c = s.table(mx, my)
		for i := range s.things {
			if th := &s.things[i]; th.under() {
				c = th.over(c, mx, my, pixel)
			}
		}
		// The sheet's own shadow.
		sx, sy := math.Abs(mx-s.shadowX)-w/2, math.Abs(my-s.shadowY)-h/2
		if sd := max(sx, sy); sd < s.shadowSoft && !s.bare {
			c = c.times(1 - s.shadowDepth*min(1, (s.shadowSoft-sd)/s.shadowSoft/2))
		}
	}
	if cover > 0 {
		c = mix(c, s.sheet.at(mx+w/2, my+h/2), cover)
	}
	for i := range s.things {
		if th := &s.things[i]; !th.under() {
			c = th.over(c, mx, my, pixel)
		}
	}
	return c
}

// under tells that a thing lies below the sheet: those of negative radius.
func (t *thing) under() bool { return t.radius < 0 }

func (t *thing) over(c colour, x, y, pixel float64) colour {
	dx, dy := t.x2-t.x1, t.y2-t.y1
	k := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		k = min(max(((x-t.x1)*dx+(y-t.y1)*dy)/l, 0), 1)
	}
	radius := math.Abs(t.radius)
	d := math.Hypot(x-t.x1-k*dx, y-t.y1-k*dy)
	if d > radius+pixel {
		return c
	}
	shade := 1 - 0.35*(d/radius)*(d/radius)
	return mix(c, t.c.times(shade), min(1, (radius+pixel-d)/pixel))
}

func ycc(c colour) (y, cb, cr byte) {
	r, g, b := c[0], c[1], c[2]
	l := 0.299*r + 0.587*g + 0.114*b
	clamp := func(v float64) byte { return byte(min(max(v+0.5, 0), 255)) }
	return clamp(l), clamp(128 + 0.564*(b-l)), clamp(128 + 0.713*(r-l))
}

// blur is a 3 × 3 binomial.
func blur(p []byte, w, h int) {
	for y := range h {
		row := p[y*w : y*w+w]
		last := int(row[0])
		for x := 1; x+1 < w; x++ {
			v := int(row[x])
			row[x] = byte((last + 2*v + int(row[x+1]) + 2) >> 2)
			last = v
		}
	}
	last := append([]byte(nil), p[:w]...)
	for y := 1; y+1 < h; y++ {
		row, below := p[y*w:y*w+w], p[(y+1)*w:(y+2)*w]
		for x, v := range row {
			row[x] = byte((int(last[x]) + 2*int(v) + int(below[x]) + 2) >> 2)
			last[x] = v
		}
	}
}
