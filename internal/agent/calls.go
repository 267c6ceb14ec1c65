package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/link"
)

// ErrAway says that the hall couldn't be reached in time. Whether it has done
// the command is not known unless it was never connected; the next snapshot
// tells.
var ErrAway = errors.New("the hall-server can't be reached")

// RefusedError is a command, or an agent, that the hall refused.
type RefusedError struct{ Problem link.Problem }

func (e *RefusedError) Error() string { return "the hall refused: " + e.Problem.Code }

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
		if !c.Online() {
			return link.Message{}, fmt.Errorf("%s: %w", t, ErrAway)
		}
		return link.Message{}, fmt.Errorf("%s: await answer: %w", t, ctx.Err())
	}
	if p.answer.Type == link.TypeError {
		return link.Message{}, refusal(p.answer)
	}
	return p.answer, nil
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
	p := &call{message: m, waiting: 1, done: make(chan struct{})}
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

// answer hands m to whoever waits for it. Second answers find nobody.
func (c *Client) answer(m link.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, p := range c.calls {
		if p.message.ID == m.Re {
			p.answer = m
			close(p.done)
			c.calls = slices.Delete(c.calls, i, i+1)
			return
		}
	}
}

// Bounds of the acknowledgements that are kept in memory.
const (
	maxAcks = 1000
	// keepAck is how long an acknowledgement that was sent is kept, in case
	// the connection turns out to have been dead.
	keepAck = time.Minute
)

// ack is an acknowledgement of a call.
type ack struct {
	message link.Message
	at      time.Time
	sent    bool
}

// Shown tells the hall that a call was shown, now or when it is back. It is
// kept in memory only, the newest thousand.
func (c *Client) Shown(s link.CallShown) {
	m, err := link.New(link.TypeCallShown, c.Now(), s)
	if err != nil {
		c.cfg.Log.Error("acknowledgement lost", slog.Any("err", err))
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acks = append(c.acks, ack{message: m, at: time.Now()})
	c.trimAcks(time.Now())
	if c.conn != nil {
		c.conn.send(m)
	}
}

// trimAcks drops what is too old or too much, and marks the rest as sent if
// there is a connection. The caller holds mu.
func (c *Client) trimAcks(now time.Time) {
	c.acks = slices.DeleteFunc(c.acks, func(a ack) bool { return a.sent && now.Sub(a.at) > keepAck })
	if n := len(c.acks) - maxAcks; n > 0 {
		c.acks = slices.Delete(c.acks, 0, n)
	}
	if c.conn == nil {
		return
	}
	for i := range c.acks {
		c.acks[i].sent = true
	}
}

// DeviceChanged tells the hall of a device. While the hall is away nothing is
// kept: the next hello carries every device's present state.
func (c *Client) DeviceChanged(v link.DeviceView) {
	m, err := link.New(link.TypeDeviceChanged, c.Now(), v)
	if err != nil {
		c.cfg.Log.Error("device state lost", slog.Any("err", err))
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
	for i, now := range c.cfg.Devices() {
		if i >= len(told) || !sameDevice(now, told[i]) {
			c.DeviceChanged(now)
		}
	}
}

// sameDevice compares what the hall knows of a device with what is. A second
// of difference in Since is the rounding of the clocks' offset.
func sameDevice(a, b link.DeviceView) bool {
	apart := a.Since.Sub(b.Since).Abs()
	a.Since, b.Since = time.Time{}, time.Time{}
	return a == b && apart < time.Second
}

// Deliver is Call for a command that must arrive, however late: it is spooled
// first and sent, under one id, until the hall has answered it. Deliver itself
// waits until ctx ends and then returns ErrAway or ctx's error, which means
// later. There is at most one such command for each subject; a second one is
// left out.
func (c *Client) Deliver(ctx context.Context, subject string, t link.Type, body any) (link.Message, error) {
	m, err := link.New(t, c.Now(), body)
	if err != nil {
		return link.Message{}, err
	}
	m.ID = ulid.Make().String()
	if err := c.cfg.Spool.Add(ctx, subject, m); err != nil {
		return link.Message{}, err
	}
	return c.CallWithID(ctx, m.ID, t, body)
}

// Flush sends the spooled facts now, if the hall is there.
func (c *Client) Flush(ctx context.Context) {
	c.mu.Lock()
	s := c.conn
	c.mu.Unlock()
	if s != nil {
		c.sendFacts(ctx, s)
	}
}

// sendFacts sends all spooled facts on s, oldest first. A fact that is sent
// twice has the same id both times.
func (c *Client) sendFacts(ctx context.Context, s *conn) {
	facts, err := c.cfg.Spool.Facts(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.cfg.Log.Error("spool unreadable", slog.Any("err", err))
		}
		return
	}
	for _, m := range facts {
		s.send(m)
	}
}
