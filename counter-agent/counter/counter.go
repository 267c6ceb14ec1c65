// Package counter is the clerk's place. The clerk's commands flow up to the
// hall and its answers down to the page; a card on the reader is shown masked;
// a finished ticket makes the pad ask for a rating, which flows up however long
// the hall is away.
package counter

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// commands are what a clerk's page may ask of the hall. Those that are true
// mean the same a moment later and may wait for a hall that is away; the
// others, such as calling the next, would surprise the hall if they came late.
var commands = map[link.Type]bool{
	link.TypeTicketRecall:   false,
	link.TypeTicketArrive:   true,
	link.TypeTicketNoShow:   true,
	link.TypeTicketPutBack:  true,
	link.TypeTicketFinish:   true,
	link.TypeTicketCancel:   true,
	link.TypeWindowSignIn:   true,
	link.TypeWindowSignOut:  true,
	link.TypeWindowPause:    true,
	link.TypeWindowContinue: true,
	link.TypeWindowCallNext: false,
	link.TypeWindowCall:     false,
}

// Options is what New needs.
type Options struct {
	Config *agent.Config
	Open   device.Opener
	// Pages has the built pages in its folder "dist".
	Pages fs.FS
	Log   *slog.Logger
}

// Counter is one clerk's place.
type Counter struct {
	agent *agent.Agent
	log   *slog.Logger
	asks  chan ask
	wait  time.Duration // of the pad

	mu   sync.Mutex
	card *link.CardRead // the card that lies there; guarded by mu
}

// New returns a counter that is idle until Run.
func New(opt Options) (*Counter, error) {
	c := &Counter{log: opt.Log, asks: make(chan ask, maxAsks), wait: opt.Config.RatingWait}
	a, err := agent.New(agent.Options{
		Config: opt.Config, Role: link.RoleCounter, Program: agent.Version(),
		Open: opt.Open, Dist: opt.Pages, Log: opt.Log,
		Hooks: agent.Hooks{
			Event:    c.event,
			Command:  c.command,
			Describe: c.describe,
			Run:      c.askAll,
		},
	})
	if err != nil {
		return nil, err
	}
	c.agent = a
	return c, nil
}

// Run works until ctx ends.
func (c *Counter) Run(ctx context.Context) error { return c.agent.Run(ctx) }

// Agent returns the runtime below.
func (c *Counter) Agent() *agent.Agent { return c.agent }

// event handles what happens at the counter's devices.
func (c *Counter) event(d *agent.Device, e any) {
	switch e := e.(type) {
	case device.CardPresent:
		read := agent.CardFor(agent.NewSession(), e.Identity, c.agent.LocalNow())
		c.setCard(&read)
		c.agent.Broadcast(link.TypeCardRead, read)
	case device.CardRemoved:
		c.setCard(nil)
		c.agent.Broadcast(link.TypeCardRemoved, nil)
	case device.CardFailed:
		c.log.Warn("card not read", slog.String("device", d.Config.ID), slog.Any("err", e.Cause))
		c.agent.Broadcast(link.TypeCardFailed, link.DeviceProblem{
			Device: d.Config.ID, Detail: "没有读出证件，请重新放置",
		})
	}
}

func (c *Counter) setCard(read *link.CardRead) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.card = read
}

// describe tells a new page of the card that lies there.
func (c *Counter) describe(s *link.PageSnapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Card = c.card
}

// command does what the page asks.
func (c *Counter) command(ctx context.Context, m link.Message) (any, error) {
	if m.Type == link.TypeRatingAsk {
		return c.askAgain(m)
	}
	patient, known := commands[m.Type]
	if !known {
		return nil, agent.ErrUnsupported
	}
	if !patient && !c.agent.Client.Online() {
		return nil, agent.ErrAway
	}
	var body any
	if len(m.Body) > 0 {
		body = m.Body
	}
	answer, err := c.agent.Client.CallBriefly(ctx, m.ID, m.Type, body)
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
