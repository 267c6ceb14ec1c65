package waymap

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/internal/fonts"
	"smarthall/internal/link"
)

// hall is a floor with a counter of three windows along its upper wall.
func hall(width, depth float64) link.FloorView {
	return link.FloorView{
		ID: "f1", Name: "一楼", Width: width, Depth: depth,
		Areas: []link.AreaView{
			{ID: "a", Kind: "zone", Name: "综合服务区", Shape: rect(5, 2, width-5, depth/2)},
			{ID: "c", Kind: "counter", Shape: rect(5, 2, width-5, 3.5)},
			{ID: "w", Kind: "wall", Shape: rect(0, depth-2, 4, depth-1.5)},
			{ID: "bad", Kind: "wall", Shape: []link.Point{{X: 1, Y: 1}}},
		},
		Places: []link.PlaceView{
			{ID: "w1", Kind: "window", Number: "1", X: 8, Y: 3.5},
			{ID: "w2", Kind: "window", Number: "2", X: 16, Y: 3.5},
			{ID: "w3", Kind: "window", Number: "3", X: 24, Y: 3.5},
			{ID: "wc", Kind: "toilet", Name: "卫生间", X: 3, Y: 12},
		},
	}
}

func rect(x0, y0, x1, y1 float64) []link.Point {
	return []link.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}

func sketch() Sketch {
	return Sketch{
		Floor: hall(40, 25), Way: []link.Point{{X: 20, Y: 23}, {X: 20, Y: 14}, {X: 8, Y: 10}, {X: 8, Y: 4.2}},
		From: "您在这里", To: "1 号窗口 企业开办", Goal: "w1",
	}
}

func draw(t *testing.T, s Sketch, width int) link.PrintPicture {
	t.Helper()
	p, err := Draw(s, width)
	if errors.Is(err, fonts.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// dotOf tells whether a dot of a picture is black.
func dotOf(p link.PrintPicture, at dot) bool {
	x, y := int(at.x), int(at.y)
	return p.Dots[y*((p.Width+7)/8)+x/8]&(0x80>>(x%8)) != 0
}

func TestTheWayIsOneUnbrokenLineFromHereToThere(t *testing.T) {
	for _, width := range []int{576, 384, MinWidth} {
		s := sketch()
		p, v := draw(t, s, width), viewOf(&s, width)
		for i := 1; i < len(s.Way); i++ {
			from, to := v.at(s.Way[i-1]), v.at(s.Way[i])
			along := to.minus(from)
			for walked := float32(0); walked <= along.length(); walked++ {
				at := from.plus(along.times(walked / along.length()))
				if start := at.minus(v.at(s.Way[0])).length(); start <= 8 { // the ring's white middle
					continue
				}
				if !dotOf(p, at) {
					t.Fatalf("%d dots: white on the way at %v, %.0f dots behind corner %d", width, at, walked, i-1)
				}
			}
		}
	}
}

func TestThePictureIsAsWideAsThePaperAndNotTooLong(t *testing.T) {
	tests := []struct {
		name         string
		width, depth float64
		way          []link.Point
	}{
		{"as halls are", 40, 25, nil},
		{"a long corridor across", 300, 12, []link.Point{{X: 250, Y: 6}, {X: 270, Y: 6}}},
		{"a long corridor down", 12, 300, []link.Point{{X: 6, Y: 250}, {X: 6, Y: 270}}},
		{"a way from end to end of an airport", 1500, 400, []link.Point{{X: 3, Y: 3}, {X: 1490, Y: 390}}},
		{"the smallest", 1, 1, []link.Point{{X: 0.5, Y: 0.5}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, width := range []int{576, 384} {
				s := sketch()
				s.Floor = hall(tt.width, tt.depth)
				if tt.way != nil {
					s.Way = tt.way
				}
				p := draw(t, s, width)
				rows := len(p.Dots) / (width / 8)
				if p.Width != width || len(p.Dots)%(width/8) != 0 || rows == 0 || rows > 2*width {
					t.Errorf("%d × %d dots of paper of %d", p.Width, rows, width)
				}
				if rows != Rows(s, width) {
					t.Errorf("%d rows, announced were %d", rows, Rows(s, width))
				}
				v := viewOf(&s, width)
				for _, at := range s.Way {
					if d := v.at(at); d.x < 0 || d.y < 0 || d.x >= float32(width) || d.y >= float32(rows) {
						t.Errorf("the way leaves the picture at %v", d)
					}
				}
			}
		})
	}
}

func TestTheGoalsWindowIsBlackAndTheOthersAreNot(t *testing.T) {
	s := sketch()
	p, v := draw(t, s, 576), viewOf(&s, 576)
	share := func(x, y float64) float64 { // of black dots in a sign's upper left quarter
		at, n, all := v.at(link.Point{X: x, Y: y}), 0, 0
		for dy := float32(-28); dy < -4; dy++ {
			for dx := float32(-10); dx < 10; dx++ {
				all++
				if dotOf(p, at.plus(dot{dx, dy})) {
					n++
				}
			}
		}
		return float64(n) / float64(all)
	}
	if goal, other := share(8, 3.5), share(24, 3.5); goal < 0.6 || other > 0.45 {
		t.Errorf("black are %.2f of the goal's sign and %.2f of another's", goal, other)
	}
}

func TestSignsAreTurnedWithTheirCounters(t *testing.T) {
	for turn, want := range map[float64]dot{0: {0, -1}, 90: {1, 0}, 180: {0, 1}, 270: {-1, 0}} {
		if got := turned(dot{y: -1}, turn); got.minus(want).length() > 1e-5 {
			t.Errorf("%.0f degrees: behind is %v, want %v", turn, got, want)
		}
	}
}

func TestWhatIsNoPlanIsNotDrawn(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Sketch)
		width int
	}{
		{"no way", func(s *Sketch) { s.Way = nil }, 576},
		{"an endless way", func(s *Sketch) { s.Way = slices.Repeat(s.Way, maxPoints) }, 576},
		{"a way beside the floor", func(s *Sketch) { s.Way[1].X = -1 }, 576},
		{"a way that is no number", func(s *Sketch) { s.Way[1].X = math.NaN() }, 576},
		{"a floor without end", func(s *Sketch) { s.Floor.Width = math.Inf(1) }, 576},
		{"a floor without room", func(s *Sketch) { s.Floor.Depth = 0 }, 576},
		{"a floor that is no number", func(s *Sketch) { s.Floor.Depth = math.NaN() }, 576},
		{"paper too narrow", func(*Sketch) {}, MinWidth - 1},
		{"paper as wide as a wall", func(*Sketch) {}, 10_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := sketch()
			tt.spoil(&s)
			if p, err := Draw(s, tt.width); !errors.Is(err, ErrSketch) || p.Dots != nil {
				t.Errorf("got %d bytes, %v", len(p.Dots), err)
			}
			if Rows(s, tt.width) != 0 {
				t.Error("it has rows")
			}
		})
	}
}

func TestAStrangePlanIsDrawnInAMoment(t *testing.T) {
	s := sketch()
	for range 3000 {
		s.Floor.Places = append(s.Floor.Places, link.PlaceView{Kind: "other", Name: strings.Repeat("长", 500), X: 1e300, Y: math.NaN()},
			link.PlaceView{Kind: "window", Number: "\x1b@\n9999999", X: 20, Y: 12, Turn: math.Inf(1)})
	}
	s.Floor.Areas = append(s.Floor.Areas, link.AreaView{Kind: "wall", Shape: []link.Point{{X: -1e9, Y: -1e9}, {X: 1e9, Y: math.NaN()}, {X: math.Inf(-1), Y: 5}}})
	s.From, s.To = strings.Repeat("远", 1000), "😀\u202e"
	begun := time.Now()
	draw(t, s, 576)
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}

func BenchmarkDraw(b *testing.B) {
	s := sketch()
	for b.Loop() {
		if _, err := Draw(s, 576); err != nil {
			b.Skip(err)
		}
	}
}
