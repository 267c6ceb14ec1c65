package counter

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

const (
	// maxAsks is how many ratings may wait to be asked for.
	maxAsks = 8
	// tellWithin is how long the clerk waits to see a rating that the hall
	// hasn't confirmed yet.
	tellWithin = 3 * time.Second
)

// errNext is why a pad stops asking when the next ticket is finished.
var errNext = errors.New("the next rating is asked for")

// ask is a rating that is to be asked for. One with stopped only ends the one
// that is asked for now, and closes stopped then.
type ask struct {
	ticket, number string
	stopped        chan<- struct{}
}

// askFinished has the pad ask for the rating of a ticket that was finished.
func (c *Counter) askFinished(command, answer link.Message) {
	var ref link.TicketRef
	var done link.Answer
	if err := errors.Join(command.Into(&ref), answer.Into(&done)); err != nil {
		c.log.Error("rating not asked for", slog.Any("err", err))
		return
	}
	next := ask{ticket: ref.Ticket}
	if done.Ticket != nil {
		next = ask{ticket: done.Ticket.ID, number: done.Ticket.Number}
	}
	c.askKept(next)
}

// askKept has the pad ask for the rating of a ticket whose finish is kept for a
// hall that is away.
func (c *Counter) askKept(next ask) {
	if err := c.queue(next); err != nil {
		c.log.Warn("rating not asked for", slog.String("ticket", next.ticket), slog.Any("err", err))
	}
}

// askAgain has the pad ask once more.
func (c *Counter) askAgain(m link.Message) (any, error) {
	var ref link.TicketRef
	if err := m.Into(&ref); err != nil {
		return nil, err
	}
	if ref.Ticket == "" {
		return nil, agent.Refuse(422, "ticket.missing", "没有指明要评价的号码")
	}
	return link.Answer{}, c.queue(ask{ticket: ref.Ticket})
}

func (c *Counter) queue(next ask) error {
	select {
	case c.asks <- next:
		return nil
	default:
		return agent.Refuse(429, "rating.busy", "评价器正忙，请稍候")
	}
}

// askAll has the pad ask for one rating at a time. A new one ends the one
// before: the citizen it was meant for has left.
func (c *Counter) askAll(ctx context.Context) {
	stop := func(error) {}
	var asking, sending sync.WaitGroup
	defer sending.Wait()
	defer asking.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case next := <-c.asks:
			stop(errNext)
			asking.Wait()
			if next.stopped != nil {
				close(next.stopped)
				continue
			}
			stop = c.begin(ctx, next, &asking, &sending)
		}
	}
}

// stopRating ends the rating that is asked for, because its citizen has left
// and the next one is asked for something.
func (c *Counter) stopRating(ctx context.Context) {
	stopped := make(chan struct{})
	select {
	case c.asks <- ask{stopped: stopped}:
	case <-ctx.Done():
		return
	}
	select {
	case <-stopped:
	case <-ctx.Done():
	}
}

// begin asks for one rating and sends it, each in its own goroutine, and
// returns what stops the asking.
func (c *Counter) begin(ctx context.Context, next ask, asking, sending *sync.WaitGroup) context.CancelCauseFunc {
	one, stop := context.WithCancelCause(ctx)
	asking.Go(func() {
		defer stop(nil)
		if score, ok := c.ask(one, next); ok {
			sending.Go(func() { c.send(ctx, next, score) })
		}
	})
	return stop
}

// ask has the pad ask for one rating and tells the page what comes of it.
func (c *Counter) ask(ctx context.Context, next ask) (score int, ok bool) {
	pad := c.agent.Devices.Best(device.ClassPad)
	if pad == nil {
		c.missed(next, "本窗口没有评价器")
		return 0, false
	}
	if state := pad.State(); !state.Works() {
		c.missed(next, "评价器未就绪，"+agent.Advice(device.ClassPad, state))
		return 0, false
	}
	c.endInquiry(ctx, errGone)
	c.endTrial(ctx)
	asking, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	c.agent.Broadcast(link.TypeRatingAsked, link.RatingAsked{
		Ticket: next.ticket, Number: next.number, Until: c.agent.Client.Now().Add(c.wait),
	})
	score, err := pad.Ask(asking)
	switch {
	case err == nil && score >= 1 && score <= 5:
		return score, true
	case errors.Is(context.Cause(ctx), errNext):
		c.missed(next, "已开始请下一位评价")
	case ctx.Err() != nil:
		// The program ends; there is no page to tell.
	case asking.Err() != nil, errors.Is(err, device.ErrTimeout):
		c.missed(next, "群众没有评价")
	default:
		c.log.Warn("pad failed", slog.String("device", pad.Config.ID), slog.Int("score", score), slog.Any("err", err))
		c.missed(next, "评价器没有回应，"+agent.Advice(device.ClassPad, device.Offline))
	}
	return 0, false
}

func (c *Counter) missed(a ask, detail string) {
	c.agent.Broadcast(link.TypeRatingMissed, link.RatingMissed{Ticket: a.ticket, Detail: detail})
}

// send reports a rating and shows it to the clerk once the hall has it, or
// after a moment if the hall is away: it is spooled and will arrive.
func (c *Counter) send(ctx context.Context, a ask, score int) {
	if c.outbox.len() > 0 {
		// The finish may be among what is kept; a rating before it would be refused.
		if err := c.keepRating(a, score); err != nil {
			c.missed(a, "评价没有保存，请再次邀请")
			return
		}
		c.agent.Broadcast(link.TypeRatingGiven, link.RatingGiven{Ticket: a.ticket, Score: score})
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	_, err := c.agent.Client.Deliver(ctx, "rate/"+a.ticket, link.TypeTicketRate,
		link.RateTicket{Ticket: a.ticket, Score: score, Via: "pad"})
	var refused *agent.RefusedError
	if errors.As(err, &refused) && !refused.Temporary() {
		c.missed(a, refused.Problem.Detail)
		return
	}
	if errors.Is(err, agent.ErrUnkept) {
		c.log.Error("rating lost", slog.String("ticket", a.ticket), slog.Any("err", err))
		c.missed(a, "评价没有保存，请再次邀请")
		return
	}
	if err != nil {
		c.log.Warn("rating waits for the hall", slog.String("ticket", a.ticket), slog.Any("err", err))
	}
	c.agent.Broadcast(link.TypeRatingGiven, link.RatingGiven{Ticket: a.ticket, Score: score})
}

// keepRating sends a rating behind all that is kept.
func (c *Counter) keepRating(a ask, score int) error {
	m, err := link.New(link.TypeTicketRate, c.agent.Client.Now(), link.RateTicket{Ticket: a.ticket, Score: score, Via: "pad"})
	if err == nil {
		err = c.outbox.add(kept{Body: m.Body, PendingAction: link.PendingAction{
			ID: "rate/" + a.ticket, Type: m.Type, Ticket: a.ticket, Number: a.number, At: m.At,
		}})
	}
	if err != nil {
		c.log.Error("rating lost", slog.String("ticket", a.ticket), slog.Any("err", err))
	}
	return err
}
