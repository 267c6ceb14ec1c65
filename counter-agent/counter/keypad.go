package counter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

const (
	// maxKeys is how many keys of a keypad may wait for the one before.
	maxKeys = 2
	// keyWithin bounds what one key does.
	keyWithin = 20 * time.Second
	// pausedByKey is what the window says after the keypad's pause key.
	pausedByKey = "暂离窗口，请稍候"
)

// pressed takes a key of a keypad. Keys that come faster than they can be done
// are dropped: hammering on a key must not call half the queue.
func (c *Counter) pressed(d *agent.Device, a device.Action) {
	select {
	case c.keys <- a:
	default:
		c.log.Info("key dropped", slog.String("device", d.Config.ID), slog.String("action", string(a)))
	}
}

// actAll does what the keypad's keys order, one after the other, until ctx
// ends.
func (c *Counter) actAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-c.keys:
			detail := c.act(ctx, a)
			c.agent.Broadcast(link.TypeActionDone, link.ActionDone{Action: string(a), Detail: detail})
		}
	}
}

// act does what one key orders, as the page's key of the same meaning would,
// and returns why it did nothing.
func (c *Counter) act(ctx context.Context, a device.Action) (detail string) {
	m, err := c.orderOf(a)
	if err != nil {
		return c.sentence(a, err)
	}
	ctx, cancel := context.WithTimeout(ctx, keyWithin)
	defer cancel()
	body, err := c.command(ctx, m)
	if err != nil {
		return c.sentence(a, err)
	}
	var answer link.Answer
	if raw, ok := body.(json.RawMessage); ok && json.Unmarshal(raw, &answer) == nil && answer.None {
		return "现在没有人等候"
	}
	return ""
}

// orderOf is the command of a key, for the window as the clerk left it.
func (c *Counter) orderOf(a device.Action) (link.Message, error) {
	w, ok := c.window()
	if !ok {
		return link.Message{}, agent.Refuse(503, "window.unknown", "正在等待大厅服务器的窗口信息…")
	}
	if w.State == link.WindowSignedOut {
		return link.Message{}, agent.Refuse(409, "window.signed-out", "请先在窗口页面登录")
	}
	order := orders[a]
	if order.t == "" {
		return link.Message{}, agent.Refuse(422, "action.unknown", "这个按键没有对应的操作")
	}
	if why := order.why(w); why != "" {
		return link.Message{}, agent.Refuse(409, "action.refused", why)
	}
	t, body := order.t, any(nil)
	switch {
	case a == device.ActionPause && isPaused(w):
		t = link.TypeWindowContinue
	case a == device.ActionPause:
		body = link.Pause{Text: pausedByKey}
	case w.Ticket != nil:
		body = link.TicketRef{Ticket: w.Ticket.ID}
	}
	m, err := link.New(t, c.agent.Client.Now(), body)
	m.ID = ulid.Make().String()
	return m, err
}

// order is what a key does, and why it can't be done now: the same that closes
// the key on the page.
type order struct {
	t   link.Type
	why func(link.WindowView) string
}

var orders = map[device.Action]order{
	device.ActionNext:   {link.TypeWindowCallNext, whyTaken},
	device.ActionRecall: {link.TypeTicketRecall, whyNotCalled},
	device.ActionArrive: {link.TypeTicketArrive, whyNotCalled},
	device.ActionNoShow: {link.TypeTicketNoShow, whyNotCalled},
	device.ActionFinish: {link.TypeTicketFinish, whyNotServing},
	device.ActionPause: {link.TypeWindowPause, func(w link.WindowView) string {
		if isPaused(w) {
			return ""
		}
		return whyTaken(w)
	}},
}

func whyTaken(w link.WindowView) string {
	switch {
	case isPaused(w):
		return "窗口暂停中，请先继续"
	case w.Ticket == nil:
		return ""
	case w.Ticket.State == stateCalled:
		return w.Ticket.Number + " 还没有到达或过号"
	default:
		return "请先办结 " + w.Ticket.Number
	}
}

func whyNotCalled(w link.WindowView) string {
	switch {
	case w.Ticket == nil:
		return "还没有叫号"
	case w.Ticket.State != stateCalled:
		return w.Ticket.Number + " 已经在办理"
	default:
		return ""
	}
}

func whyNotServing(w link.WindowView) string {
	switch {
	case w.Ticket == nil:
		return "还没有叫号"
	case w.Ticket.State == stateCalled:
		return "请先确认 " + w.Ticket.Number + " 到达"
	default:
		return ""
	}
}

// The states of a ticket in front.
const (
	stateCalled  = "called"
	stateServing = "serving"
)

func isPaused(w link.WindowView) bool {
	return w.State == link.WindowPaused || (w.State == link.WindowAnomaly && w.Ticket == nil && w.Text != "")
}

// window is the counter's own window as the clerk left it, whether or not the
// hall knows yet; false before the hall told of it.
func (c *Counter) window() (link.WindowView, bool) {
	hall, _ := c.agent.Hall()
	i := slices.IndexFunc(hall.Windows, func(w link.WindowView) bool { return w.ID == c.own })
	switch {
	case i < 0 && len(hall.Windows) == 0:
		return link.WindowView{}, false
	case i < 0:
		i = 0
	}
	w := hall.Windows[i]
	if p := c.outbox.view(); p != nil {
		w = after(w, p.Actions)
	}
	return w, true
}

// after is the window once the hall will have done the kept actions.
func after(w link.WindowView, kept []link.PendingAction) link.WindowView {
	for _, k := range kept {
		if w.Ticket == nil || k.Ticket != w.Ticket.ID {
			continue
		}
		switch k.Type {
		case link.TypeTicketArrive:
			t := *w.Ticket
			t.State = stateServing
			w.Ticket = &t
		case link.TypeTicketNoShow, link.TypeTicketPutBack, link.TypeTicketFinish, link.TypeTicketTransfer, link.TypeTicketPark:
			w.Ticket, w.State = nil, link.WindowIdle
		}
	}
	return w
}

// sentence words for the clerk why a key did nothing.
func (c *Counter) sentence(a device.Action, err error) string {
	var refused *agent.RefusedError
	switch {
	case errors.As(err, &refused):
		return refused.Problem.Detail
	case errors.Is(err, agent.ErrAway):
		return agent.DetailAway
	case errors.Is(err, context.DeadlineExceeded):
		return "大厅服务器没有及时回应，请看屏幕上的状态，需要时再按一次"
	}
	c.log.Error("key failed", slog.String("action", string(a)), slog.Any("err", fmt.Errorf("do what the key orders: %w", err)))
	return "操作没有成功，请在窗口页面上重试"
}
