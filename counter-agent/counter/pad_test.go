package counter_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/counter-agent/counter"
	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/webpad"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// tablet is the citizen's page without a browser.
type tablet struct {
	heard func([]byte)
	gone  func()

	mu   sync.Mutex
	face link.PadFace
}

func (p *tablet) Send(data []byte) {
	var m link.Message
	var f link.PadFace
	if err := errors.Join(json.Unmarshal(data, &m), json.Unmarshal(m.Body, &f)); err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.face = f
}

func (p *tablet) Close() {}

func (p *tablet) shows(t *testing.T, want link.PadShow) link.PadFace {
	t.Helper()
	var f link.PadFace
	agenttest.WaitFor(t, "the page shows "+string(want), func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		f = p.face
		return f.Show == want
	})
	return f
}

func (p *tablet) answer(t *testing.T, a link.PadAnswer) {
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

// screens opens the real page engine as the device "screen" and fakes the rest.
type screens struct {
	fakes agenttest.Devices

	mu     sync.Mutex
	screen device.Screen
}

func (s *screens) open(t *testing.T) device.Opener {
	t.Helper()
	p, err := profile.Load(catalog.FS, "pad/generic-web-pad.yaml")
	if err != nil {
		t.Fatal(err)
	}
	fake := s.fakes.Opener()
	return func(cfg device.Config) (device.Device, device.Info, error) {
		if cfg.Profile != p.ID {
			return fake(cfg)
		}
		d, err := webpad.New(p, cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, device.Info{}, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.screen = d.(device.Screen)
		return d, device.Info{Class: p.Class, Profile: p.ID, Name: p.Names.ZH}, nil
	}
}

// join opens the citizen's page.
func (s *screens) join(t *testing.T) *tablet {
	t.Helper()
	p := &tablet{}
	agenttest.WaitFor(t, "the screen takes a page", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		var err error
		p.heard, p.gone, err = s.screen.Join(p)
		return err == nil
	})
	return p
}

// padRig is a counter with a web pad, and F007 being served.
type padRig struct {
	rig
	screens screens
	tablet  *tablet
}

var serving = link.TicketView{ID: "t", Number: "F007", State: "serving", ServiceName: "社保卡", Service: "card"}

func startPad(t *testing.T, wait time.Duration) *padRig {
	t.Helper()
	r := &padRig{}
	r.hall = agenttest.NewHall(t)
	r.hall.SetSnapshot(windowWith(&serving))
	r.hall.OnCommand(func(m link.Message) (link.Type, any) {
		var ref link.TicketRef
		if err := m.Into(&ref); err != nil {
			return link.TypeError, link.Problem{Status: 400, Code: "bad"}
		}
		return link.TypeAnswer, link.Answer{Ticket: &link.TicketView{ID: ref.Ticket, Number: "N-" + ref.Ticket}}
	})
	c, err := counter.New(counter.Options{
		Config: &agent.Config{
			Agent: "counter-1", Hall: r.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: t.TempDir(),
			Window: "3", RatingWait: wait,
			Devices: []device.Config{{ID: "screen", Profile: "generic/web-pad", Port: "page:pad"}, {ID: "box", Profile: "scanner"}},
		},
		Open: r.screens.open(t), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.counter = c
	r.stop = agenttest.Start(t, c, c.Agent().Ready())
	agenttest.WaitFor(t, "link and devices are up", func() bool {
		_, known := c.Agent().Hall()
		return known && c.Agent().Client.Online() && c.Agent().Devices.All()[1].State() == device.Online
	})
	r.tablet = r.screens.join(t)
	r.page, _ = agenttest.Open(t, c.Agent().Addr())
	return r
}

func windowWith(ticket *link.TicketView) link.Snapshot {
	return link.Snapshot{
		Hall:     link.HallView{Name: "示范大厅", Notices: []string{"周六照常"}},
		Services: []link.ServiceView{{ID: "card", Name: "社保卡", Materials: []string{"身份证"}}, {ID: "tax", Name: "税务"}},
		Windows:  []link.WindowView{{ID: "3", Number: "3", Name: "综合", Clerk: "赵静", State: link.WindowServing, Ticket: ticket, Services: []string{"card", "tax"}}},
		Queue:    &link.QueueChanged{Total: 4},
	}
}

// ask orders a question and fails the test if that is refused.
func (r *padRig) ask(t *testing.T, a link.PadAsk) {
	t.Helper()
	r.page.Send(link.TypePadAsk, "ask", a)
	if m := r.page.Answer("ask", nil); m.Type != link.TypeAnswer {
		t.Fatalf("got %s %s", m.Type, m.Body)
	}
}

// phase waits until the clerk's page hears of a phase.
func (r *padRig) phase(t *testing.T, want link.PadPhase) link.PadState {
	t.Helper()
	for {
		var s link.PadState
		r.page.Next(link.TypePadChanged, &s)
		if s.Phase == want {
			return s
		}
		if s.Phase != link.PadAsked {
			t.Fatalf("got %+v, want %s", s, want)
		}
	}
}

// smallPNG is a picture of one pixel.
var smallPNG = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

var (
	yes, no   = true, false
	toConfirm = link.PadAsk{Kind: link.PadKindConfirm, Ticket: "t", Rows: []link.PadRow{{Label: "办理事项", Value: "社保卡"}}}
	toSign    = link.PadAsk{Kind: link.PadKindSign, Ticket: "t"}
	signature = &link.PadSignature{Width: 800, Height: 300, Strokes: [][]int{{10, 10, 0, 0, 700, 250, 300, 90}}}
)

func TestTheCitizenConfirms(t *testing.T) {
	r := startPad(t, time.Second)
	for _, tt := range []struct {
		said   *bool
		phase  link.PadPhase
		detail string
	}{{&yes, link.PadYes, "对方已确认信息正确"}, {&no, link.PadNo, "对方认为信息有误，请一起核对后再请确认"}} {
		r.ask(t, toConfirm)
		f := r.tablet.shows(t, link.PadConfirm)
		if f.Title != "请核对办理信息" || len(f.Rows) != 1 || f.Rows[0].Value != "社保卡" {
			t.Errorf("the page shows %+v", f)
		}
		r.tablet.answer(t, link.PadAnswer{Ask: f.Ask, Confirmed: tt.said})
		s := r.phase(t, tt.phase)
		if s.Ticket != "t" || s.Number != "F007" || s.Detail != tt.detail || !s.Until.IsZero() {
			t.Errorf("the clerk sees %+v", s)
		}
	}
	if _, s := agenttest.Open(t, r.counter.Agent().Addr()); s.Pad == nil || s.Pad.Phase != link.PadNo {
		t.Errorf("a reloaded page sees %+v", s.Pad)
	}
}

// A signature waits for the hall as a picture that carries its strokes, and
// never lies on the disk in clear.
func TestTheSignatureIsKeptForTheHall(t *testing.T) {
	r := startPad(t, time.Second)
	r.away(t)
	r.ask(t, toSign)
	f := r.tablet.shows(t, link.PadSign)
	if !strings.Contains(f.Text, "内容属实") {
		t.Errorf("the page shows %+v", f)
	}
	r.tablet.answer(t, link.PadAnswer{Ask: f.Ask, Signature: signature})
	s := r.phase(t, link.PadYes)
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Picture, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(data)); err != nil || img.Bounds().Dx() != 800 {
		t.Errorf("the clerk sees %v, %v", img, err)
	}
	uploads := r.counter.Agent().Documents.View()
	if uploads == nil || len(uploads.Uploads) != 1 {
		t.Fatalf("waiting for the hall: %+v", uploads)
	}
	if u := uploads.Uploads[0]; u.Kind != "signature" || u.Ticket != "t" || u.Size <= int64(len(data)) {
		t.Errorf("waiting for the hall: %+v", u)
	}
}

func TestAPictureCarriesItsStrokes(t *testing.T) {
	plain := device.Signature{
		Width: 800, Height: 300, PNG: smallPNG,
		Strokes: []device.Stroke{{{X: 1, Y: 2, T: 0, Pressure: 7}, {X: 30, Y: 40, T: 5}}},
	}
	data, err := counter.WithStrokes(plain)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		t.Fatalf("the picture is broken: %v", err)
	}
	_, rest, ok := bytes.Cut(data, []byte("zTXtSmart-Hall-Strokes\x00\x00"))
	if !ok {
		t.Fatal("the picture carries no strokes")
	}
	z, err := zlib.NewReader(bytes.NewReader(rest))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if want := `{"width":800,"height":300,"strokes":[[1,2,0,7,30,40,5,0]]}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
	plain.PNG = []byte("no picture")
	if _, err := counter.WithStrokes(plain); err == nil {
		t.Error("strokes were put into nothing")
	}
}

func TestQuestionsThatAreRefused(t *testing.T) {
	r := startPad(t, time.Second)
	long := strings.Repeat("长", 401)
	for _, tt := range []struct {
		name string
		ask  link.PadAsk
		code string
	}{
		{"another ticket", link.PadAsk{Kind: link.PadKindSign, Ticket: "x"}, "pad.nobody"},
		{"another kind", link.PadAsk{Kind: "dance", Ticket: "t"}, "pad.kind"},
		{"nothing to confirm", link.PadAsk{Kind: link.PadKindConfirm, Ticket: "t"}, "pad.rows"},
		{"too much to confirm", link.PadAsk{Kind: link.PadKindConfirm, Ticket: "t", Rows: make([]link.PadRow, 41)}, "pad.rows"},
		{"rows to sign", link.PadAsk{Kind: link.PadKindSign, Ticket: "t", Rows: toConfirm.Rows}, "pad.rows"},
		{"a text too long", link.PadAsk{Kind: link.PadKindSign, Ticket: "t", Text: long}, "pad.text"},
		{"a value too long", link.PadAsk{Kind: link.PadKindConfirm, Ticket: "t", Rows: []link.PadRow{{Label: "a", Value: long}}}, "pad.text"},
		{"a row without a name", link.PadAsk{Kind: link.PadKindConfirm, Ticket: "t", Rows: []link.PadRow{{Value: "a"}}}, "pad.text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r.page.Send(link.TypePadAsk, "1", tt.ask)
			var p link.Problem
			if r.page.Answer("1", &p); p.Code != tt.code || p.Detail == "" {
				t.Errorf("got %+v, want %s", p, tt.code)
			}
		})
	}
	r.ask(t, toSign)
	r.page.Send(link.TypePadAsk, "2", toConfirm)
	var p link.Problem
	if r.page.Answer("2", &p); p.Code != "pad.busy" {
		t.Errorf("two questions at once: %+v", p)
	}
	r.page.Send(link.TypePadCancel, "3", nil)
	r.page.Answer("3", nil)
	r.tablet.shows(t, link.PadIdle)
	r.tablet.gone()
	agenttest.WaitFor(t, "the page is away", func() bool { return r.counter.Agent().Devices.All()[0].State() == device.Offline })
	r.page.Send(link.TypePadAsk, "4", toConfirm)
	if r.page.Answer("4", &p); p.Code != "pad.away" {
		t.Errorf("without a page: %+v", p)
	}
}

func TestACounterWithoutAScreen(t *testing.T) {
	r := start(t, time.Second)
	r.hall.Push(link.TypeWindowChanged, windowWith(&serving).Windows[0])
	r.page.Next(link.TypeWindowChanged, nil)
	r.page.Send(link.TypePadAsk, "1", toConfirm)
	var p link.Problem
	if r.page.Answer("1", &p); p.Code != "pad.none" {
		t.Errorf("got %+v", p)
	}
}

func TestAQuestionIsTakenBack(t *testing.T) {
	r := startPad(t, time.Second)
	r.ask(t, toSign)
	r.tablet.shows(t, link.PadSign)
	r.page.Send(link.TypePadCancel, "1", nil)
	r.phase(t, link.PadCancelled)
	r.tablet.shows(t, link.PadIdle)
	r.page.Send(link.TypePadCancel, "2", nil) // nothing is asked
	if m := r.page.Answer("2", nil); m.Type != link.TypeAnswer {
		t.Errorf("got %s %s", m.Type, m.Body)
	}
}

// Whoever has left is asked nothing any more, and nobody after sees the answer.
func TestTheEndOfAVisitEndsItsQuestion(t *testing.T) {
	r := startPad(t, time.Second)
	r.ask(t, toSign)
	r.tablet.shows(t, link.PadSign)
	r.hall.Push(link.TypeWindowChanged, windowWith(nil).Windows[0])
	if s := r.phase(t, link.PadCancelled); s.Detail != "办理已结束" {
		t.Errorf("the clerk sees %+v", s)
	}
	if f := r.tablet.shows(t, link.PadIdle); f.Text != "" {
		t.Errorf("the page still has %+v", f)
	}
	agenttest.WaitFor(t, "the answer is forgotten", func() bool {
		page, s := agenttest.Open(t, r.counter.Agent().Addr())
		page.Close()
		return s.Pad == nil
	})
}

// The rating goes to whatever pad works, ends an open question, and is ended
// by the next citizen's.
func TestRatingAndQuestionShareThePage(t *testing.T) {
	r := startPad(t, time.Minute)
	r.ask(t, toSign)
	r.tablet.shows(t, link.PadSign)
	r.page.Send(link.TypeTicketFinish, "1", link.FinishTicket{Ticket: "t"})
	f := r.tablet.shows(t, link.PadRate)
	r.tablet.answer(t, link.PadAnswer{Ask: f.Ask, Score: 4})
	var given link.RatingGiven
	if r.page.Next(link.TypeRatingGiven, &given); given != (link.RatingGiven{Ticket: "t", Score: 4}) {
		t.Errorf("got %+v", given)
	}
	r.page.Send(link.TypeRatingAsk, "2", link.TicketRef{Ticket: "t"})
	r.page.Next(link.TypeRatingAsked, nil) // the tablet may show the first one's question a moment longer
	r.tablet.shows(t, link.PadRate)
	r.page.Send(link.TypePadAsk, "ask", toConfirm) // answered before the rating is missed, or after
	var missed link.RatingMissed
	if r.page.Next(link.TypeRatingMissed, &missed); missed.Ticket != "t" {
		t.Errorf("got %+v", missed)
	}
	f = r.tablet.shows(t, link.PadConfirm)
	r.tablet.answer(t, link.PadAnswer{Ask: f.Ask, Confirmed: &yes})
	r.phase(t, link.PadYes)
}

func TestThePageShowsTheDesk(t *testing.T) {
	r := startPad(t, time.Second)
	var d *link.PadDesk
	look := func(what string, ok func() bool) {
		t.Helper()
		agenttest.WaitFor(t, what, func() bool { d = r.tablet.shows(t, link.PadIdle).Desk; return d != nil && ok() })
	}
	look("the ticket", func() bool { return d.Number == "F007" })
	if d.Window != "3" || d.Clerk != "赵静" || d.Service != "社保卡" || !d.Serving || d.Waiting != 4 || d.Notices[0] != "周六照常" {
		t.Errorf("the plate says %+v", d)
	}
	if len(d.Guides) != 1 || d.Guides[0].Materials[0] != "身份证" {
		t.Errorf("the guides are %+v", d.Guides)
	}
	paused := windowWith(nil).Windows[0]
	paused.State, paused.Text = link.WindowPaused, "午间休息"
	r.hall.Push(link.TypeWindowChanged, paused)
	look("the pause", func() bool { return d.Paused == "午间休息" })
	r.hall.Push(link.TypeQueueChanged, link.QueueChanged{Total: 9})
	look("the queue", func() bool { return d.Waiting == 9 })
	gone := windowWith(nil).Windows[0]
	gone.State = link.WindowSignedOut
	r.hall.Push(link.TypeWindowChanged, gone)
	look("the clerk leaves", func() bool { return d.Clerk == "" })
}
