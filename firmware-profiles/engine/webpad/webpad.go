// Package webpad asks citizens on a page in a browser: a tablet at the window
// or a second screen. Questions flow down as the whole face of the page, so
// that a page which reloads goes on where it was; one answer flows up for each
// and is checked before anybody believes it. The package knows no sockets:
// whoever has the page's connection joins it to the pad.
package webpad

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// portPrefix begins the port of a page: page:pad.
const portPrefix = "page:"

// maxPages bounds the connections of one pad; all but the newest are idle.
const maxPages = 8

// Details of the state offline, for people.
const (
	detailClosed = "评价屏页面没有打开"
	detailBroken = "评价屏页面的连接断开"
)

// Pad is a page that rates, confirms and signs. It is a device.Pad, Signer,
// Confirmer, DeskDisplay and Screen.
type Pad struct {
	log    *slog.Logger
	window time.Duration // for a rating
	grace  time.Duration // for a page that reloads
	asking chan struct{} // one place: a page asks one thing at a time

	mu       sync.Mutex
	sink     device.Sink                 // nil while Run doesn't run; guarded by mu
	pages    map[*joined]bool            // all connections; guarded by mu
	page     *joined                     // the newest; nil if it is gone; guarded by mu
	face     link.PadFace                // without its desk; guarded by mu
	desk     *link.PadDesk               // guarded by mu
	question *question                   // guarded by mu; nil if nothing is asked
	now      func() time.Time            // of the messages
	after    func(time.Duration, func()) // calls later, of a page that is gone
}

// joined is one page's connection.
type joined struct{ device.ScreenPage }

// question is what is asked now.
type question struct {
	id string
	// good tells why an answer is none; nil if it is one.
	good   func(link.PadAnswer) error
	answer chan answered // has room for one
}

// answered is an answer, or why there is none.
type answered struct {
	link.PadAnswer
	err error
}

// New is the factory of the engine web-pad.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	if _, err := p.ResolveParams(cfg.Params); err != nil {
		return nil, err
	}
	if name, ok := strings.CutPrefix(cfg.Port, portPrefix); !ok || name == "" {
		return nil, fmt.Errorf("port %q of a page must be %spad", cfg.Port, portPrefix)
	}
	return &Pad{
		log: log, window: p.Timing.AnswerWindow.Or(rateWindow), grace: reloadGrace,
		asking: make(chan struct{}, 1), pages: map[*joined]bool{},
		face: link.PadFace{Show: link.PadIdle}, now: time.Now,
		after: func(d time.Duration, f func()) { time.AfterFunc(d, f) },
	}, nil
}

// Run lets pages join until ctx ends, then closes them.
func (p *Pad) Run(ctx context.Context, sink device.Sink) error {
	p.mu.Lock()
	p.sink = sink
	sink.State(device.Offline, detailClosed)
	p.mu.Unlock()
	<-ctx.Done()
	p.mu.Lock()
	p.sink, p.page = nil, nil
	p.fail(device.ErrOffline)
	pages := p.pages
	p.pages = map[*joined]bool{}
	p.mu.Unlock()
	for page := range pages {
		page.Close()
	}
	return ctx.Err()
}

// errCrowded is the error of a page too many.
var errCrowded = errors.New("too many pages are open")

// Join implements device.Screen.
func (p *Pad) Join(page device.ScreenPage) (heard func([]byte), gone func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sink == nil {
		return nil, nil, fmt.Errorf("join the pad's page: %w", device.ErrOffline)
	}
	if len(p.pages) >= maxPages {
		return nil, nil, fmt.Errorf("join the pad's page: %w", errCrowded)
	}
	j := &joined{page}
	p.pages[j] = true
	if old := p.page; old != nil {
		p.send(old, link.PadFace{Show: link.PadElsewhere})
	}
	p.page = j
	p.show()
	p.sink.State(device.Online, "")
	var once sync.Once
	return func(data []byte) { p.heard(j, data) }, func() { once.Do(func() { p.gone(j) }) }, nil
}

// gone takes a page that was closed. A question waits a moment for it to come
// back.
func (p *Pad) gone(j *joined) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pages, j)
	if p.page != j {
		return
	}
	p.page = nil
	if p.sink != nil {
		p.sink.State(device.Offline, detailBroken)
	}
	if q := p.question; q != nil {
		p.after(p.grace, func() { p.giveUp(q) })
	}
}

// giveUp ends a question whose page didn't come back.
func (p *Pad) giveUp(q *question) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.question == q && p.page == nil {
		p.fail(device.ErrOffline)
	}
}

// fail ends the question. The caller holds mu.
func (p *Pad) fail(err error) {
	if p.question == nil {
		return
	}
	p.question.answer <- answered{err: err}
	p.question = nil
	p.face = link.PadFace{Show: link.PadIdle}
}

// heard takes a message of a page. What isn't the answer to the question in
// front changes nothing.
func (p *Pad) heard(j *joined, data []byte) {
	answer, err := decodeAnswer(data)
	if err != nil {
		p.log.Debug("message of the pad's page ignored", slog.Any("cause", err))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.question
	if p.page != j || q == nil || q.id != answer.Ask {
		return
	}
	if err := q.good(answer); err != nil {
		p.log.Warn("answer of the pad's page refused", slog.Any("cause", err))
		return
	}
	p.question = nil
	q.answer <- answered{PadAnswer: answer}
	p.send(j, link.PadFace{Show: link.PadThanks, Text: thanksFor(answer)})
	p.face = link.PadFace{Show: link.PadIdle}
}

// show sends the present face to the page. The caller holds mu.
func (p *Pad) show() {
	if p.page != nil {
		p.send(p.page, p.face)
	}
}

// send sends a face, with the name plate where the page rests on it next. The
// caller holds mu.
func (p *Pad) send(j *joined, face link.PadFace) {
	if face.Show == link.PadIdle || face.Show == link.PadThanks {
		face.Desk = p.desk
	}
	data, err := encodeFace(face, p.now())
	if err != nil {
		p.log.Error("face not sent", slog.Any("err", err))
		return
	}
	j.Send(data)
}

// encodeFace is the message of a face.
func encodeFace(face link.PadFace, at time.Time) ([]byte, error) {
	m, err := link.New(link.TypePadFace, at, face)
	if err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

// errNotAnswer says that a message of a page is no answer.
var errNotAnswer = errors.New("not an answer")

// decodeAnswer reads a message of a page.
func decodeAnswer(data []byte) (link.PadAnswer, error) {
	m, err := link.Decode(data)
	if err != nil {
		return link.PadAnswer{}, err
	}
	if m.Type != link.TypePadAnswer {
		return link.PadAnswer{}, fmt.Errorf("type %q: %w", m.Type, errNotAnswer)
	}
	var a link.PadAnswer
	if err := m.Into(&a); err != nil {
		return link.PadAnswer{}, err
	}
	return a, nil
}

// thanksFor is what the page says after an answer.
func thanksFor(a link.PadAnswer) string {
	switch {
	case a.Score > 0:
		return "感谢您的评价"
	case a.Signature != nil:
		return "签字已完成"
	case a.Confirmed != nil && *a.Confirmed:
		return "已确认，请稍候"
	default:
		return "已告诉工作人员，请稍候"
	}
}
