package webpad_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/webpad"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// page is a browser's page without the browser.
type page struct {
	heard func([]byte)
	gone  func()

	mu     sync.Mutex
	faces  []link.PadFace
	closed bool
}

func (p *page) Send(data []byte) {
	m, err := link.Decode(data)
	if err != nil {
		panic(err)
	}
	var f link.PadFace
	if err := m.Into(&f); err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faces = append(p.faces, f)
}

func (p *page) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}

// face is what the page shows.
func (p *page) face() link.PadFace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faces) == 0 {
		return link.PadFace{}
	}
	return p.faces[len(p.faces)-1]
}

// shows waits for a face and returns it.
func (p *page) shows(t *testing.T, want link.PadShow) link.PadFace {
	t.Helper()
	enginetest.WaitFor(t, string(want), func() bool { return p.face().Show == want })
	return p.face()
}

// answer sends the citizen's answer.
func (p *page) answer(t *testing.T, a link.PadAnswer) {
	t.Helper()
	m, err := link.New(link.TypePadAnswer, time.Now(), a)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	p.heard(data)
}

func shipped(t testing.TB) *profile.Profile {
	t.Helper()
	p, err := profile.Load(catalog.FS, "pad/generic-web-pad.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// start runs the shipped pad.
func start(t *testing.T) (*webpad.Pad, *enginetest.Sink) {
	t.Helper()
	d, err := webpad.New(shipped(t), device.Config{ID: "pad", Port: "page:pad"}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	enginetest.Start(t, d, sink)
	enginetest.WaitFor(t, "the pad runs", func() bool { return sink.Last().State == device.Offline })
	return d.(*webpad.Pad), sink
}

func join(t *testing.T, d *webpad.Pad) *page {
	t.Helper()
	p := &page{}
	var err error
	if p.heard, p.gone, err = d.Join(p); err != nil {
		t.Fatal(err)
	}
	return p
}

// in runs what asks in the background.
func in[T any](f func() (T, error)) <-chan result[T] {
	ch := make(chan result[T], 1)
	go func() {
		v, err := f()
		ch <- result[T]{v, err}
	}()
	return ch
}

type result[T any] struct {
	v   T
	err error
}

var (
	yes, no = true, false
	drawn   = &link.PadSignature{Width: 800, Height: 300, Strokes: [][]int{{10, 10, 0, 0, 700, 250, 300, 0}, {20, 200, 500, 255, 300, 20, 800, 10}}}
	sheet   = device.Sheet{Title: "请核对", Rows: []device.SheetRow{{Label: "姓名", Value: "王*明"}, {Label: "办理事项", Value: "社保卡"}}}
)

func TestEveryFaceIsItsScore(t *testing.T) {
	d, _ := start(t)
	p := join(t, d)
	for score := 1; score <= 5; score++ {
		got := in(func() (int, error) { return d.Ask(t.Context()) })
		f := p.shows(t, link.PadRate)
		if left := time.Until(f.Until); left < 20*time.Second || left > 31*time.Second {
			t.Errorf("the question ends in %v", left)
		}
		p.answer(t, link.PadAnswer{Ask: f.Ask, Score: score})
		if r := <-got; r.v != score || r.err != nil {
			t.Errorf("got %+v, want %d", r, score)
		}
		if f := p.shows(t, link.PadThanks); f.Text != "感谢您的评价" || f.Ask != "" {
			t.Errorf("afterwards the page shows %+v", f)
		}
	}
}

func TestTheNamePlateAfterAnAnswerIsThePresentOne(t *testing.T) {
	d, _ := start(t)
	p := join(t, d)
	got := in(func() (int, error) { return d.Ask(t.Context()) })
	f := p.shows(t, link.PadRate)
	// The visit ends while the question stands on the page.
	if err := d.ShowDesk(t.Context(), device.Desk{Window: "3", Clerk: "赵静"}); err != nil {
		t.Fatal(err)
	}
	p.answer(t, link.PadAnswer{Ask: f.Ask, Score: 5})
	<-got
	if f := p.shows(t, link.PadThanks); f.Desk == nil || f.Desk.Clerk != "赵静" || f.Desk.Number != "" {
		t.Errorf("the page rests on %+v", f.Desk)
	}
}

func TestEntriesAreConfirmedOrNot(t *testing.T) {
	d, _ := start(t)
	p := join(t, d)
	for _, tt := range []struct {
		said *bool
		want error
	}{{&yes, nil}, {&no, device.ErrDeclined}} {
		got := in(func() (bool, error) { return true, d.Confirm(t.Context(), sheet) })
		f := p.shows(t, link.PadConfirm)
		if f.Title != "请核对" || len(f.Rows) != 2 || f.Rows[1] != (link.PadRow{Label: "办理事项", Value: "社保卡"}) {
			t.Errorf("the page shows %+v", f)
		}
		p.answer(t, link.PadAnswer{Ask: f.Ask, Confirmed: tt.said})
		if r := <-got; !errors.Is(r.err, tt.want) {
			t.Errorf("%v: got %v", *tt.said, r.err)
		}
		if f := p.shows(t, link.PadThanks); len(f.Rows) != 0 {
			t.Errorf("the page still has %+v", f.Rows)
		}
	}
}

func TestASignatureIsStrokesAndAPicture(t *testing.T) {
	d, _ := start(t)
	p := join(t, d)
	got := in(func() (device.Signature, error) { return d.Sign(t.Context(), "本人确认以上内容属实") })
	f := p.shows(t, link.PadSign)
	if f.Text != "本人确认以上内容属实" {
		t.Errorf("the page shows %+v", f)
	}
	p.answer(t, link.PadAnswer{Ask: f.Ask, Signature: drawn})
	r := <-got
	if r.err != nil || len(r.v.Strokes) != 2 || r.v.Strokes[1][0] != (device.StrokePoint{X: 20, Y: 200, T: 500, Pressure: 255}) {
		t.Fatalf("got %+v, %v", r.v.Strokes, r.err)
	}
	img, err := png.Decode(bytes.NewReader(r.v.PNG))
	if err != nil || img.Bounds().Dx() != 800 || img.Bounds().Dy() != 300 {
		t.Fatalf("picture %v, %v", img, err)
	}
	inked := func(x, y int) bool { _, _, _, a := img.At(x, y).RGBA(); return a > 0xC000 }
	// On the first stroke, where the two cross, and beside both.
	if !inked(355, 130) || !inked(10, 10) || !inked(700, 250) || inked(700, 20) {
		t.Error("the picture doesn't show the strokes")
	}
	if r, g, b, _ := img.At(355, 130).RGBA(); r|g|b != 0 {
		t.Error("the ink isn't black")
	}

	declined := in(func() (device.Signature, error) { return d.Sign(t.Context(), "") })
	p.answer(t, link.PadAnswer{Ask: p.shows(t, link.PadSign).Ask, Declined: true})
	if r := <-declined; !errors.Is(r.err, device.ErrDeclined) {
		t.Errorf("got %v", r.err)
	}
}

// An answer that doesn't fit its question, or fits an earlier one, leaves the
// question open.
func TestAnswersThatAreNone(t *testing.T) {
	d, _ := start(t)
	p := join(t, d)
	p.answer(t, link.PadAnswer{Ask: "early", Score: 5}) // nothing is asked
	got := in(func() (int, error) { return d.Ask(t.Context()) })
	ask := p.shows(t, link.PadRate).Ask
	for _, data := range []string{"", "{", `{"type":"pad.answer","body":7}`, `{"type":"page.ready"}`} {
		p.heard([]byte(data))
	}
	for _, a := range []link.PadAnswer{
		{Ask: "another", Score: 5},
		{Ask: ask},
		{Ask: ask, Score: 6},
		{Ask: ask, Score: -1},
		{Ask: ask, Confirmed: &yes},
		{Ask: ask, Score: 5, Confirmed: &yes},
		{Ask: ask, Signature: drawn},
		{Ask: ask, Declined: true},
	} {
		p.answer(t, a)
	}
	p.answer(t, link.PadAnswer{Ask: ask, Score: 2})
	if r := <-got; r.v != 2 || r.err != nil {
		t.Errorf("got %+v", r)
	}

	signed := in(func() (device.Signature, error) { return d.Sign(t.Context(), "") })
	ask = p.shows(t, link.PadSign).Ask
	for name, s := range map[string]link.PadSignature{
		"no stroke":         {Width: 800, Height: 300},
		"an empty stroke":   {Width: 800, Height: 300, Strokes: [][]int{{}}},
		"half a point":      {Width: 800, Height: 300, Strokes: [][]int{{1, 2, 3, 4, 700, 200}}},
		"a dot":             {Width: 800, Height: 300, Strokes: [][]int{{1, 1, 0, 0, 2, 2, 9, 0}}},
		"outside the field": {Width: 800, Height: 300, Strokes: [][]int{{1, 1, 0, 0, 801, 2, 9, 0}}},
		"a field too small": {Width: 8, Height: 3, Strokes: [][]int{{1, 1, 0, 0, 7, 2, 9, 0}}},
		"a field too large": {Width: 1 << 20, Height: 300, Strokes: drawn.Strokes},
		"too much pressure": {Width: 800, Height: 300, Strokes: [][]int{{1, 1, 0, 256, 700, 2, 9, 0}}},
		"too many points":   {Width: 800, Height: 300, Strokes: [][]int{make([]int, 4*12001)}},
		"too many strokes":  {Width: 800, Height: 300, Strokes: make([][]int, 401)},
	} {
		p.answer(t, link.PadAnswer{Ask: ask, Signature: &s})
		if len(signed) > 0 {
			t.Fatalf("%s was taken", name)
		}
	}
	p.answer(t, link.PadAnswer{Ask: ask, Signature: drawn})
	if r := <-signed; r.err != nil {
		t.Error(r.err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	d, sink := start(t)
	p := join(t, d)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := d.Confirm(ctx, sheet); !errors.Is(err, device.ErrTimeout) {
		t.Errorf("got %v", err)
	}
	if f := p.face(); f.Show != link.PadIdle || len(f.Rows) != 0 {
		t.Errorf("the page shows %+v", f)
	}
	taken, take := context.WithCancel(t.Context())
	got := in(func() (int, error) { return d.Ask(taken) })
	p.shows(t, link.PadRate)
	if _, err := d.Ask(t.Context()); err == nil || errors.Is(err, device.ErrTimeout) {
		t.Errorf("two people were asked at once: %v", err)
	}
	take()
	if r := <-got; !errors.Is(r.err, context.Canceled) {
		t.Errorf("got %v", r.err)
	}
	p.shows(t, link.PadIdle)
	if sink.Last().State != device.Online {
		t.Errorf("the pad is %v, but only nobody answered", sink.Last())
	}
}

func TestAPageThatIsClosedIsOffline(t *testing.T) {
	d, sink := start(t)
	if _, err := d.Ask(t.Context()); !errors.Is(err, device.ErrOffline) {
		t.Errorf("without a page: %v", err)
	}
	p := join(t, d)
	if sink.Last().State != device.Online {
		t.Errorf("with a page %v", sink.Last())
	}
	p.gone()
	p.gone()
	if s := sink.Last(); s.State != device.Offline || s.Detail == "" {
		t.Errorf("after it %v", s)
	}
}

// A page that is reloaded in the middle of a question goes on with it.
func TestAPageThatComesBackShowsTheQuestion(t *testing.T) {
	d, sink := start(t)
	p := join(t, d)
	got := in(func() (bool, error) { return true, d.Confirm(t.Context(), sheet) })
	ask := p.shows(t, link.PadConfirm).Ask
	p.gone()
	again := join(t, d)
	f := again.shows(t, link.PadConfirm)
	if f.Ask != ask || len(f.Rows) != 2 || sink.Last().State != device.Online {
		t.Errorf("the page shows %+v", f)
	}
	again.answer(t, link.PadAnswer{Ask: ask, Confirmed: &yes})
	if r := <-got; r.err != nil {
		t.Error(r.err)
	}
}

func TestAPageThatStaysAwayEndsTheQuestion(t *testing.T) {
	d, _ := start(t)
	webpad.SetGrace(d, 20*time.Millisecond)
	p := join(t, d)
	got := in(func() (int, error) { return d.Ask(t.Context()) })
	p.shows(t, link.PadRate)
	p.gone()
	if r := <-got; !errors.Is(r.err, device.ErrOffline) {
		t.Errorf("got %v", r.err)
	}
	if f := join(t, d).face(); f.Show != link.PadIdle {
		t.Errorf("the next page shows %+v", f)
	}
}

func TestTheNewestPageWins(t *testing.T) {
	d, sink := start(t)
	old := join(t, d)
	got := in(func() (int, error) { return d.Ask(t.Context()) })
	ask := old.shows(t, link.PadRate).Ask
	next := join(t, d)
	if old.face().Show != link.PadElsewhere || next.face().Ask != ask {
		t.Errorf("old %+v, new %+v", old.face(), next.face())
	}
	old.answer(t, link.PadAnswer{Ask: ask, Score: 1})
	next.answer(t, link.PadAnswer{Ask: ask, Score: 5})
	if r := <-got; r.v != 5 {
		t.Errorf("got %+v", r)
	}
	old.gone()
	if sink.Last().State != device.Online {
		t.Errorf("the old page's end made the pad %v", sink.Last())
	}
	for range 20 {
		if _, _, err := d.Join(&page{}); err != nil {
			return
		}
	}
	t.Error("pages without end may join")
}

func TestTheNamePlateWaitsForTheQuestion(t *testing.T) {
	d, _ := start(t)
	p := join(t, d)
	if err := d.ShowDesk(t.Context(), device.Desk{Window: "3", Number: "A012", Waiting: 4, Guides: []device.Guide{{Service: "社保卡", Materials: []string{"身份证"}}}}); err != nil {
		t.Fatal(err)
	}
	f := p.shows(t, link.PadIdle)
	if f.Desk == nil || f.Desk.Number != "A012" || f.Desk.Guides[0].Materials[0] != "身份证" {
		t.Errorf("the page shows %+v", f.Desk)
	}
	got := in(func() (int, error) { return d.Ask(t.Context()) })
	ask := p.shows(t, link.PadRate).Ask
	if err := d.ShowDesk(t.Context(), device.Desk{Window: "3"}); err != nil {
		t.Fatal(err)
	}
	if p.face().Show != link.PadRate {
		t.Error("the plate pushed the question away")
	}
	p.answer(t, link.PadAnswer{Ask: ask, Score: 3})
	<-got
	if f := join(t, d).face(); f.Desk == nil || f.Desk.Number != "" || f.Desk.Window != "3" {
		t.Errorf("a new page shows %+v", f.Desk)
	}
}

func TestTheEndClosesThePagesAndTheQuestion(t *testing.T) {
	d, err := webpad.New(shipped(t), device.Config{ID: "pad", Port: "page:pad"}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	w := d.(*webpad.Pad)
	sink := &enginetest.Sink{}
	stop := enginetest.Start(t, d, sink)
	enginetest.WaitFor(t, "the pad runs", func() bool { return sink.Last().State == device.Offline })
	p := join(t, w)
	got := in(func() (int, error) { return w.Ask(t.Context()) })
	p.shows(t, link.PadRate)
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if r := <-got; !errors.Is(r.err, device.ErrOffline) {
		t.Errorf("got %v", r.err)
	}
	if !p.closed {
		t.Error("the page stays open")
	}
	if _, _, err := w.Join(&page{}); !errors.Is(err, device.ErrOffline) {
		t.Errorf("joined a pad that doesn't run: %v", err)
	}
}

func TestConfigurationsThatCantWork(t *testing.T) {
	for _, cfg := range []device.Config{{Port: "/dev/ttyS0"}, {Port: "page:"}, {Port: "page:pad", Params: map[string]string{"speed": "1"}}} {
		if _, err := webpad.New(shipped(t), cfg, enginetest.Log()); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}

func TestEveryVectorPasses(t *testing.T) {
	p := shipped(t)
	for i, v := range p.Vectors {
		if err := webpad.RunVector(p, v); err != nil {
			t.Errorf("vector %d: %v", i+1, err)
		}
	}
	wrong := p.Vectors[0]
	wrong.Out = append(profile.Bytes(nil), wrong.Out...)
	wrong.Out[len(wrong.Out)-2] ^= 1
	if err := webpad.RunVector(p, wrong); err == nil || !strings.Contains(err.Error(), "the vector says") {
		t.Errorf("a wrong vector: %v", err)
	}
}

// Whatever a page sends, the question stays and the program too.
func FuzzHeard(f *testing.F) {
	for _, v := range shipped(f).Vectors {
		if v.Decodes() {
			f.Add([]byte(v.Recv))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := webpad.Taken(data); err != nil && !errors.Is(err, webpad.ErrNone) {
			t.Fatalf("got %v", err)
		}
	})
}
