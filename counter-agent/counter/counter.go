// Package counter is the clerk's place. The clerk's commands flow up to the
// hall and its answers down to the page; a card on the reader is shown masked,
// as is a citizen card whose code was scanned, a scanned paper goes to the page as
// it is; a finished ticket makes the pad ask
// for a rating. Ratings, and what was done with the ticket in front, flow up
// however long the hall is away.
package counter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/citizencard"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/sticker"
)

// patience is what becomes of a command while the hall is away.
type patience int

const (
	// atOnce commands would surprise the hall if they came late, as calling the
	// next would: they are refused.
	atOnce patience = iota
	// briefly means the same a moment later: the page waits for a few seconds.
	briefly
	// keep is what was done with the ticket in front, which nobody else has: it
	// is kept and sent when the hall is back.
	keep
)

// commands are what a clerk's page may ask of the hall.
var commands = map[link.Type]patience{
	link.TypeTicketRecall:    atOnce,
	link.TypeTicketArrive:    keep,
	link.TypeTicketNoShow:    keep,
	link.TypeTicketPutBack:   keep,
	link.TypeTicketFinish:    keep,
	link.TypeTicketTransfer:  keep,
	link.TypeTicketPark:      keep,
	link.TypeTicketNote:      keep,
	link.TypeTicketMaterials: keep,
	link.TypeTicketResume:    atOnce,
	link.TypeTicketRejoin:    atOnce,
	link.TypeTicketReprint:   atOnce,
	link.TypeTicketFind:      atOnce,
	link.TypeTicketCancel:    briefly,
	link.TypeWindowSignIn:    briefly,
	link.TypeWindowSignOut:   briefly,
	link.TypeWindowPause:     briefly,
	link.TypeWindowContinue:  briefly,
	link.TypeWindowCallNext:  atOnce,
	link.TypeWindowCall:      atOnce,
}

// maxCode is the longest code that a scanner may read, in bytes.
const maxCode = 512

// Options is what New needs.
type Options struct {
	Config *agent.Config
	Open   device.Opener
	// Profiles takes the hall's own firmware profiles; see agent.Options.
	Profiles func([]link.ProfileText)
	// Pages has the built pages in its folder "dist".
	Pages fs.FS
	Log   *slog.Logger
}

// Counter is one clerk's place.
type Counter struct {
	agent   *agent.Agent
	outbox  *outbox
	log     *slog.Logger
	asks    chan ask
	wait    time.Duration // of the pad
	photos  *photos
	holders *holders
	papers  *papers
	intakes *intakes
	own     string // the window
	keys    chan device.Action
	cards   *citizencard.Resolver
	codes   chan string   // of citizen cards that were scanned
	moved   chan struct{} // the displays are to follow the desk
	door    *padDoor

	inquiries chan *inquiry

	mu      sync.Mutex
	card    *link.CardRead         // the card that lies there; guarded by mu
	inquiry *inquiry               // what the citizen is asked; nil if nothing; guarded by mu
	asked   *link.PadState         // the latest inquiry; guarded by mu
	shown   map[string]device.Desk // on which display; guarded by mu
	trial   *trial                 // nil while no device is tried; guarded by mu
}

// New returns a counter that is idle until Run.
func New(opt Options) (*Counter, error) {
	c := &Counter{
		log: opt.Log, asks: make(chan ask, maxAsks), wait: opt.Config.RatingWait, own: opt.Config.Window,
		keys: make(chan device.Action, maxKeys), codes: make(chan string, 1), moved: make(chan struct{}, 1),
		inquiries: make(chan *inquiry, 1), shown: map[string]device.Desk{},
	}
	c.holders = &holders{front: c.front}
	c.photos = newPhotos(opt.Config.PhotoDecoder, c.photoReady, opt.Log)
	a, err := agent.New(agent.Options{
		Config: opt.Config, Role: link.RoleCounter, Program: agent.Version(),
		Open: opt.Open, Profiles: opt.Profiles, Dist: opt.Pages, Log: opt.Log,
		Keep: true, // a restart while the hall is away must not lose who is in front
		Hooks: agent.Hooks{
			Event:    c.event,
			Command:  c.command,
			Describe: c.describe,
			Run:      c.work,
			Routes:   c.routes,
			Hall:     func(link.Message) { c.holders.follow(); c.lookAgain() },
			Changed:  c.deviceChanged,
			Try:      c.try,
		},
	})
	if err != nil {
		return nil, err
	}
	c.agent = a
	c.outbox, err = openOutbox(opt.Config.Data, c.tellPending, opt.Log)
	if err != nil {
		return nil, err
	}
	if c.papers, err = newCounterPapers(c, opt.Config); err != nil {
		return nil, err
	}
	if c.intakes, err = newIntakes(opt.Config.Hall, opt.Config.Token, opt.Log); err != nil {
		return nil, err
	}
	if c.cards, err = citizencard.New(opt.Config.Hall, opt.Config.Token, opt.Log); err != nil {
		return nil, err
	}
	c.door, err = newPadDoor(opt.Config, a, opt.Pages, opt.Log)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Run works until ctx ends.
func (c *Counter) Run(ctx context.Context) error { return c.agent.Run(ctx) }

// Agent returns the runtime below.
func (c *Counter) Agent() *agent.Agent { return c.agent }

// work asks citizens, does what keypads order, keeps displays current, lets
// tablets in and sends what was kept, until ctx ends or there is no port for
// the tablets.
func (c *Counter) work(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var parts sync.WaitGroup
	defer parts.Wait()
	defer cancel()
	parts.Go(func() { c.outbox.run(ctx, c.agent.Client) })
	parts.Go(func() { c.photos.run(ctx) })
	parts.Go(func() { c.papers.run(ctx) })
	parts.Go(func() { c.resolveAll(ctx) })
	for _, part := range []func(context.Context){c.askAll, c.inquireAll, c.actAll, c.showAll} {
		parts.Go(func() { part(ctx) })
	}
	return c.door.run(ctx)
}

// routes adds the counter's own addresses to the page server.
func (c *Counter) routes(mux *http.ServeMux) {
	c.photos.routes(mux)
	c.holders.routes(mux)
	c.papers.routes(mux)
	c.intakes.routes(mux)
	c.door.routes(mux)
}

func (c *Counter) tellPending(p link.Pending) {
	c.agent.Broadcast(link.TypePendingChanged, p)
	c.lookAgain()
}

// event handles what happens at the counter's devices.
func (c *Counter) event(d *agent.Device, e any) {
	switch e := e.(type) {
	case device.CardPresent:
		c.lay(e.Identity)
	case device.CardRemoved:
		c.lift()
	case device.CardFailed:
		c.log.Warn("card not read", slog.String("device", d.Config.ID), slog.Any("err", e.Cause))
		c.agent.Broadcast(link.TypeCardFailed, link.DeviceProblem{
			Device: d.Config.ID, Detail: "没有读出证件，请重新放置",
		})
	case device.ActionPressed:
		c.pressed(d, e.Action)
	case device.CodeScanned:
		if text := strings.TrimSpace(e.Text); text != "" && len(text) <= maxCode && !c.shownCard(text) {
			c.agent.Broadcast(link.TypeScanned, sticker.Scanned(text))
		}
	}
}

func (c *Counter) setCard(read *link.CardRead) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.card = read
}

// describe tells a new page of the card that lies there and of what is kept.
func (c *Counter) describe(s *link.PageSnapshot) {
	s.Pending = c.outbox.view()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Card = c.card
	s.Pad = c.asked
}

// command does what the page asks.
func (c *Counter) command(ctx context.Context, m link.Message) (any, error) {
	switch m.Type {
	case link.TypeRatingAsk:
		return c.askAgain(m)
	case link.TypePadAsk:
		return c.padAsk(m)
	case link.TypeLabelPrint:
		return c.printLabel(ctx, m)
	case link.TypePadCancel:
		return c.padCancel(ctx)
	case link.TypePendingClear:
		return link.Answer{}, c.outbox.clear()
	}
	if known, err := c.papers.command(ctx, m); known {
		return link.Answer{}, err
	}
	patient, known := commands[m.Type]
	if !known {
		return nil, agent.ErrUnsupported
	}
	waiting := c.outbox.len()
	online := c.agent.Client.Online()
	switch {
	case patient == keep && (waiting > 0 || !online):
		return c.keep(m)
	case patient == atOnce && !online:
		return nil, agent.ErrAway
	case waiting > 0 && m.Type != link.TypeTicketFind:
		return nil, agent.Refuse(409, "pending.first", fmt.Sprintf("前面还有 %d 个操作正在同步，请稍候", waiting))
	}
	answer, err := c.agent.Client.CallBriefly(ctx, m.ID, m.Type, bodyOf(m))
	if patient == keep && (errors.Is(err, agent.ErrAway) || errors.Is(err, context.DeadlineExceeded)) {
		return c.keep(m) // under the id that the hall may have seen
	}
	if err != nil {
		return nil, err
	}
	if m.Type == link.TypeTicketFinish {
		c.askFinished(m, answer)
	}
	if len(answer.Body) == 0 {
		return link.Answer{}, nil
	}
	return json.RawMessage(answer.Body), nil
}

// bodyOf is m's body to send on; nil if it has none.
func bodyOf(m link.Message) any {
	if len(m.Body) == 0 {
		return nil
	}
	return m.Body
}

// keep keeps what was done with the ticket in front until the hall is back. The
// pages learn of it before the answer.
func (c *Counter) keep(m link.Message) (any, error) {
	var ref link.TicketRef
	if err := m.Into(&ref); err != nil {
		return nil, err
	}
	if ref.Ticket == "" {
		return nil, agent.Refuse(422, "ticket.missing", "没有指明号码")
	}
	number := c.numberOf(ref.Ticket)
	action := link.PendingAction{ID: m.ID, Type: m.Type, Ticket: ref.Ticket, Number: number, At: c.agent.Client.Now()}
	if m.Type == link.TypeTicketMaterials {
		var ticks link.SeeMaterials
		if err := m.Into(&ticks); err != nil {
			return nil, err
		}
		action.Seen = ticks.Seen
	}
	err := c.outbox.add(kept{Body: m.Body, PendingAction: action})
	if err != nil {
		return nil, err
	}
	if m.Type == link.TypeTicketFinish {
		c.askKept(ask{ticket: ref.Ticket, number: number})
	}
	return link.Answer{}, nil
}

// numberOf is the number of a ticket that is in front, as far as the hall has
// told; else empty.
func (c *Counter) numberOf(ticket string) string {
	hall, _ := c.agent.Hall()
	for _, w := range hall.Windows {
		if w.Ticket != nil && w.Ticket.ID == ticket {
			return w.Ticket.Number
		}
	}
	return ""
}
