package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/link"
)

// ErrAway says that the hall couldn't be reached in time. Whether it has done
// the command is not known unless it was never connected; the next snapshot
// tells.
var ErrAway = errors.New("the hall-server can't be reached")

// ErrUnsent is the ErrAway of a command that the hall surely hasn't had.
var ErrUnsent = fmt.Errorf("%w and was not asked", ErrAway)

// ErrUnkept is that a command which must arrive could not even be spooled: it
// is lost, unless it is given again.
var ErrUnkept = errors.New("the command could not be kept")

// RefusedError is a command, or an agent, that the hall refused.
type RefusedError struct{ Problem link.Problem }

func (e *RefusedError) Error() string { return "the hall refused: " + e.Problem.Code }

// Temporary tells whether the same command may be accepted later: the hall was
// too busy or in trouble, the command itself was not at fault.
func (e *RefusedError) Temporary() bool {
	return e.Problem.Status == http.StatusTooManyRequests || e.Problem.Status >= http.StatusInternalServerError
}

// refusal reads the hall's reason from m.
func refusal(m link.Message) error {
	e := &RefusedError{Problem: link.Problem{Status: 500, Code: "hall.unreadable", Detail: "大厅服务器的回复无法识别，请联系管理员"}}
	if err := m.Into(&e.Problem); err != nil {
		return errors.Join(e, err)
	}
	return e
}

// call is a command that waits for its answer.
type call struct {
	message link.Message
	waiting int           // callers; guarded by Client.mu
	sent    bool          // at least once, maybe in vain; guarded by Client.mu
	done    chan struct{} // closed once answer is set
	answer  link.Message
}

// Call sends a command under a new id and returns the hall's answer. It waits,
// across reconnections, until ctx ends: then it returns ErrAway if the hall is
// away, else ctx's error. A refusal is a *RefusedError.
func (c *Client) Call(ctx context.Context, t link.Type, body any) (link.Message, error) {
	return c.CallWithID(ctx, ulid.Make().String(), t, body)
}

// CallWithID is Call for a command that already has its idempotency key. Two
// callers with one id share one answer.
func (c *Client) CallWithID(ctx context.Context, id string, t link.Type, body any) (link.Message, error) {
	m, err := link.New(t, c.Now(), body)
	if err != nil {
		return link.Message{}, err
	}
	m.ID = id
	p := c.enqueue(m)
	defer c.leave(p)
	select {
	case <-p.done:
	case <-ctx.Done():
		return link.Message{}, fmt.Errorf("%s: %w", t, c.unanswered(ctx, p))
	}
	if p.answer.Type == link.TypeError {
		return link.Message{}, refusal(p.answer)
	}
	return p.answer, nil
}

// unanswered says why p has no answer at the end of ctx.
func (c *Client) unanswered(ctx context.Context, p *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil && c.conn.silent() > silentAfter {
		c.conn.close() // a cut cable looks like this for a while
		c.conn = nil
	}
	switch {
	case c.conn != nil:
		return fmt.Errorf("await answer: %w", ctx.Err())
	case !p.sent:
		return ErrUnsent
	}
	return ErrAway
}

// How long a person waits for a command: for the hall's answer, and for a hall
// that can't be reached. A hall that gives no sign of life for longer than a
// heartbeat, while somebody waits, can't be.
const (
	answerWait  = 6 * time.Second
	awayWait    = 3 * time.Second
	silentAfter = link.HeartbeatEvery + time.Second
)

// Away tells whether the hall has been gone for so long that asking it again
// would only keep a person waiting.
func (c *Client) Away() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn == nil && time.Since(c.state.Since) > awayWait
}

// CallBriefly is CallWithID for a person who waits. It gives up after 6 s, and
// already after 3 s if the hall can't be reached then.
func (c *Client) CallBriefly(ctx context.Context, id string, t link.Type, body any) (link.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	away := time.AfterFunc(awayWait, func() {
		if !c.Online() {
			cancel()
		}
	})
	defer away.Stop()
	return c.CallWithID(ctx, id, t, body)
}

// enqueue enters a command among the unanswered and sends it if it can.
func (c *Client) enqueue(m link.Message) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.calls {
		if p.message.ID == m.ID {
			p.waiting++
			return p
		}
	}
	p := &call{message: m, waiting: 1, sent: c.conn != nil, done: make(chan struct{})}
	c.calls = append(c.calls, p)
	if c.conn != nil {
		c.conn.send(m)
	}
	return p
}

// leave forgets p once nobody waits for it.
func (c *Client) leave(p *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.waiting--; p.waiting > 0 {
		return
	}
	c.calls = slices.DeleteFunc(c.calls, func(q *call) bool { return q == p })
}

// answer hands m to whoever waits for it, and has the acknowledgement or the
// spooled message that it is about forgotten. Second answers find nobody.
func (c *Client) answer(m link.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.acks, func(a ack) bool { return a.message.ID == m.Re }); i >= 0 {
		if final(m) {
			c.acks = slices.Delete(c.acks, i, i+1)
		}
		return
	}
	for i, p := range c.calls {
		if p.message.ID == m.Re {
			p.answer = m
			close(p.done)
			c.calls = slices.Delete(c.calls, i, i+1)
			break
		}
	}
	if !final(m) {
		return
	}
	select {
	case c.forgets <- m:
	default: // it is sent again, and answered again
	}
}

// final tells whether sending the message that m answers again would change
// nothing.
func final(m link.Message) bool {
	if m.Type != link.TypeError {
		return true
	}
	var p link.Problem
	if err := m.Into(&p); err != nil {
		return true
	}
	return !(&RefusedError{Problem: p}).Temporary()
}

// Bounds of the acknowledgements that are kept in memory.
const (
	maxAcks = 1000
	// keepAck is how long an acknowledgement is sent again: later the board
	// has no use for it.
	keepAck = time.Minute
)

// ack is an acknowledgement of a call.
type ack struct {
	message link.Message
	sent    time.Time // first; zero until then
}

// Shown tells the hall that a call was shown, now or when it is back. It is
// kept in memory only, the newest thousand.
func (c *Client) Shown(s link.CallShown) {
	m, err := link.New(link.TypeCallShown, c.Now(), s)
	if err != nil {
		c.cfg.Log.Error("acknowledgement lost", slog.Any("err", err))
		return
	}
	m.ID = ulid.Make().String()
	c.mu.Lock()
	defer c.mu.Unlock()
	a := ack{message: m}
	if c.conn != nil {
		a.sent = time.Now()
		c.conn.send(m)
	}
	c.acks = append(c.acks, a)
	if n := len(c.acks) - maxAcks; n > 0 {
		c.acks = slices.Delete(c.acks, 0, n)
	}
}

// dueAcks returns the acknowledgements that the hall hasn't received, and
// drops those that it has had its chance to.
func (c *Client) dueAcks(now time.Time) []link.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acks = slices.DeleteFunc(c.acks, func(a ack) bool { return !a.sent.IsZero() && now.Sub(a.sent) > keepAck })
	due := make([]link.Message, 0, len(c.acks))
	for i := range c.acks {
		if c.acks[i].sent.IsZero() {
			c.acks[i].sent = now
		}
		due = append(due, c.acks[i].message)
	}
	return due
}

// DeviceChanged tells the hall of a device. While the hall is away nothing is
// kept: the next hello carries every device's present state.
func (c *Client) DeviceChanged(v link.DeviceView) {
	c.tell(link.TypeDeviceChanged, v)
}

// ScreensChanged tells the hall which screens this display has, if it is one.
// While the hall is away nothing is kept: the next hello says so.
func (c *Client) ScreensChanged() {
	if c.cfg.Screens != nil {
		c.tell(link.TypeDisplayScreens, c.cfg.Screens())
	}
}

// tell sends a fact if the hall is there, and keeps nothing.
func (c *Client) tell(t link.Type, body any) {
	m, err := link.New(t, c.Now(), body)
	if err != nil {
		c.cfg.Log.Error("fact lost", slog.String("type", string(t)), slog.Any("err", err))
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		c.conn.send(m)
	}
}

// sendChanged sends the devices that are no longer as the hello told.
func (c *Client) sendChanged(told []link.DeviceView) {
	if c.cfg.Relist != nil {
		c.cfg.Relist(told)
	}
	for i, now := range c.cfg.Devices() {
		if i >= len(told) || !sameDevice(now, told[i]) {
			c.cfg.Tell(now.ID) // as it is by then: now may be old already
		}
	}
}

// sameDevice compares what the hall knows of a device with what is. A second
// of difference in a time is the rounding of the clocks' offset.
func sameDevice(a, b link.DeviceView) bool {
	sameTime := func(a, b time.Time) bool { return a.Sub(b).Abs() < time.Second }
	same := sameTime(a.Since, b.Since) && samePointee(a.RollSince, b.RollSince, sameTime) &&
		samePointee(a.PaperLeft, b.PaperLeft, func(a, b int) bool { return a == b })
	a.Since, b.Since = time.Time{}, time.Time{}
	a.RollSince, b.RollSince = nil, nil
	a.AsOf, b.AsOf = nil, nil // it is told again soon
	a.PaperLeft, b.PaperLeft = nil, nil
	return same && a == b
}

// samePointee compares what pointers point to; nil is like nil only.
func samePointee[T any](a, b *T, same func(a, b T) bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return same(*a, *b)
}

// spoolWithin is how long a command may take to be spooled. The wait of whoever
// gives it has no say in that: a slow disk must not cost what must arrive.
const spoolWithin = 15 * time.Second

// Deliver is Call for a command that must arrive, however late: it is spooled
// first, even if ctx has ended, and sent, under one id, until the hall has
// answered it. Deliver itself waits until ctx ends; any error then but
// ErrUnkept and a lasting *RefusedError means later. There is at most one such
// command for each subject; a second one is left out.
func (c *Client) Deliver(ctx context.Context, subject string, t link.Type, body any) (link.Message, error) {
	m, err := link.New(t, c.Now(), body)
	if err != nil {
		return link.Message{}, err
	}
	m.ID = ulid.Make().String()
	spooling, cancel := context.WithTimeout(context.WithoutCancel(ctx), spoolWithin)
	defer cancel()
	if err := c.cfg.Spool.Add(spooling, subject, m); err != nil {
		return link.Message{}, fmt.Errorf("%w: %w", ErrUnkept, err)
	}
	return c.CallWithID(ctx, m.ID, t, body)
}

// Flush sends the spooled messages now, if the hall is there.
func (c *Client) Flush(ctx context.Context) {
	c.mu.Lock()
	s := c.conn
	c.mu.Unlock()
	if s != nil {
		c.pace(ctx, s, c.spooled(ctx))
	}
}

// What waits is sent again from time to time even while the link is up: a hall
// in trouble doesn't answer. The pace stays below what a hall takes from one
// agent.
const (
	resendEvery = 30 * time.Second
	burst       = 200
	paceAfter   = 40 * time.Millisecond
)

// resend sends on s what the hall hasn't received, at once and then from time
// to time, until ctx ends.
func (c *Client) resend(ctx context.Context, s *conn) {
	tick := time.NewTicker(resendEvery)
	defer tick.Stop()
	for {
		c.pace(ctx, s, append(c.dueAcks(time.Now()), c.spooled(ctx)...))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// spooled returns the spool's messages, oldest first, offline tickets before
// all else. One that is sent twice has the same id both times.
func (c *Client) spooled(ctx context.Context) []link.Message {
	tickets, unsealed, err := c.cfg.Spool.Tickets(ctx, c.Now())
	if unsealed > 0 {
		c.cfg.Log.Error("offline tickets have lost their holders: the agent's token has changed", slog.Int("tickets", unsealed))
	}
	facts, errFacts := c.cfg.Spool.Facts(ctx)
	if err := errors.Join(err, errFacts); err != nil && ctx.Err() == nil {
		c.cfg.Log.Error("spool unreadable", slog.Any("err", err))
	}
	return append(tickets, facts...)
}

// pace sends messages without flooding the hall, except those that went out on
// this connection a moment ago and are still to be answered.
func (c *Client) pace(ctx context.Context, s *conn, messages []link.Message) {
	recently := time.Now().Add(-resendEvery / 2)
	s.forgetSent(recently)
	n := 0
	for _, m := range messages {
		if s.sentSince(m.ID, recently) {
			continue
		}
		if n++; n > burst {
			select {
			case <-ctx.Done():
				return
			case <-s.done:
				return
			case <-time.After(paceAfter):
			}
		}
		s.send(m)
	}
}
