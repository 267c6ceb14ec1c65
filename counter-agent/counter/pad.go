package counter

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
	"unicode/utf8"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// Bounds of what a clerk may ask the citizen.
const (
	confirmWait = 90 * time.Second
	signWait    = 2 * time.Minute
	maxRows     = 40
	maxLabel    = 40  // characters
	maxValue    = 400 // characters
)

// What stands above what is asked.
const (
	confirmTitle = "请核对办理信息"
	signText     = "本人已核对办理信息，内容属实，同意办理。"
)

// Why a question to the citizen ends before its time.
var (
	errTaken = errors.New("the clerk took the question back")
	errGone  = errors.New("the visit is over")
)

// inquiry is a question to the citizen for the clerk: to confirm or to sign.
type inquiry struct {
	link.PadAsk
	number string
	on     *agent.Device
	ctx    context.Context
	stop   context.CancelCauseFunc
	done   chan struct{} // closed once it has ended
}

// padAsk puts a question to the citizen in front. The answer says only that it
// is asked; what comes of it is told by pad.changed.
func (c *Counter) padAsk(m link.Message) (any, error) {
	var ask link.PadAsk
	if err := m.Into(&ask); err != nil {
		return nil, err
	}
	if err := goodAsk(ask); err != nil {
		return nil, err
	}
	w, ok := c.window()
	if !ok || w.Ticket == nil || w.Ticket.ID != ask.Ticket || w.Ticket.State != stateServing {
		return nil, agent.Refuse(409, "pad.nobody", "请在群众到达、开始办理后再操作")
	}
	on := c.padFor(ask.Kind)
	if on == nil {
		return nil, agent.Refuse(409, "pad.none", "本窗口没有评价屏")
	}
	if state := on.State(); !state.Works() {
		return nil, agent.Refuse(409, "pad.away", "评价屏未就绪，请在群众面前的屏幕上打开评价屏页面")
	}
	q := &inquiry{PadAsk: ask, number: w.Ticket.Number, on: on, done: make(chan struct{})}
	q.ctx, q.stop = context.WithCancelCause(context.Background())
	c.mu.Lock()
	if c.inquiry != nil {
		c.mu.Unlock()
		return nil, agent.Refuse(409, "pad.busy", "评价屏正在等待群众操作，可以先取消")
	}
	c.inquiry = q
	c.mu.Unlock()
	c.inquiries <- q // has room for one, and there is one at most
	return link.Answer{}, nil
}

// goodAsk checks what a page wants to ask.
func goodAsk(ask link.PadAsk) error {
	if ask.Kind != link.PadKindConfirm && ask.Kind != link.PadKindSign {
		return agent.Refuse(422, "pad.kind", "不支持这种操作")
	}
	if (ask.Kind == link.PadKindConfirm) == (len(ask.Rows) == 0) || len(ask.Rows) > maxRows {
		return agent.Refuse(422, "pad.rows", fmt.Sprintf("请填写 1 至 %d 项要核对的内容", maxRows))
	}
	long := utf8.RuneCountInString(ask.Text) > maxValue
	for _, row := range ask.Rows {
		long = long || row.Label == "" || utf8.RuneCountInString(row.Label) > maxLabel || utf8.RuneCountInString(row.Value) > maxValue
	}
	if long {
		return agent.Refuse(422, "pad.text", fmt.Sprintf("名称不能为空且不超过 %d 字，内容不超过 %d 字", maxLabel, maxValue))
	}
	return nil
}

// padFor is the device on which a citizen is asked; nil without one.
func (c *Counter) padFor(kind link.PadKind) *agent.Device {
	if kind == link.PadKindSign {
		return agent.BestWith[device.Signer](c.agent.Devices)
	}
	return agent.BestWith[device.Confirmer](c.agent.Devices)
}

// padCancel takes the question back.
func (c *Counter) padCancel(ctx context.Context) (any, error) {
	c.endInquiry(ctx, errTaken)
	return link.Answer{}, nil
}

// endInquiry ends the question, if there is one, and waits until the page is
// free, or ctx ends.
func (c *Counter) endInquiry(ctx context.Context, cause error) {
	c.mu.Lock()
	q := c.inquiry
	c.mu.Unlock()
	if q == nil {
		return
	}
	q.stop(cause)
	select {
	case <-q.done:
	case <-ctx.Done():
	}
}

// inquireAll asks one question at a time until ctx ends.
func (c *Counter) inquireAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			c.mu.Lock()
			q := c.inquiry
			c.inquiry = nil
			c.mu.Unlock()
			if q != nil {
				q.stop(ctx.Err())
				close(q.done)
			}
			return
		case q := <-c.inquiries:
			c.stopRating(ctx)
			c.endTrial(ctx)
			end := context.AfterFunc(ctx, func() { q.stop(ctx.Err()) })
			c.inquire(q)
			end()
			c.mu.Lock()
			c.inquiry = nil
			c.mu.Unlock()
			q.stop(nil)
			close(q.done)
			c.lookAgain() // the visit may be over
		}
	}
}

// inquire asks one question and tells the pages what comes of it.
func (c *Counter) inquire(q *inquiry) {
	wait := confirmWait
	if q.Kind == link.PadKindSign {
		wait = signWait
	}
	asking, cancel := context.WithTimeout(q.ctx, wait)
	defer cancel()
	state := link.PadState{
		Kind: q.Kind, Ticket: q.Ticket, Number: q.number, Phase: link.PadAsked, Until: c.agent.Client.Now().Add(wait),
		Detail: map[link.PadKind]string{link.PadKindConfirm: "请对方在评价屏上核对", link.PadKindSign: "请对方在评价屏上签字"}[q.Kind],
	}
	c.tellPad(state)
	state.Until = time.Time{}
	signature, err := c.put(asking, q)
	state.Phase, state.Detail = c.outcome(asking, q, err)
	if state.Phase == link.PadYes && q.Kind == link.PadKindSign {
		state = c.signed(q, state, signature)
	}
	c.tellPad(state)
}

// put puts the question on the page.
func (c *Counter) put(ctx context.Context, q *inquiry) (device.Signature, error) {
	if q.Kind == link.PadKindSign {
		text := q.Text
		if text == "" {
			text = signText
		}
		return q.on.Sign(ctx, text)
	}
	sheet := device.Sheet{Title: confirmTitle}
	for _, row := range q.Rows {
		sheet.Rows = append(sheet.Rows, device.SheetRow{Label: row.Label, Value: row.Value})
	}
	return device.Signature{}, q.on.Confirm(ctx, sheet)
}

// outcome words what came of a question.
func (c *Counter) outcome(asking context.Context, q *inquiry, err error) (link.PadPhase, string) {
	confirm := q.Kind == link.PadKindConfirm
	cause := context.Cause(q.ctx)
	switch {
	case err == nil && confirm:
		return link.PadYes, "对方已确认信息正确"
	case err == nil:
		return link.PadYes, "签字已保存"
	case errors.Is(err, device.ErrDeclined) && confirm:
		return link.PadNo, "对方认为信息有误，请一起核对后再请确认"
	case errors.Is(err, device.ErrDeclined):
		return link.PadNo, "对方没有签字"
	case errors.Is(cause, errTaken):
		return link.PadCancelled, "已取消"
	case errors.Is(cause, errGone):
		return link.PadCancelled, "办理已结束"
	case errors.Is(err, device.ErrTimeout), asking.Err() != nil:
		return link.PadMissed, "对方没有操作，可以再请一次"
	default:
		c.log.Warn("pad failed", slog.String("device", q.on.Config.ID), slog.Any("err", err))
		return link.PadFailed, "评价屏连接中断，请检查后再请一次"
	}
}

// signed keeps a signature for the hall and shows it to the clerk.
func (c *Counter) signed(q *inquiry, state link.PadState, s device.Signature) link.PadState {
	picture, err := withStrokes(s)
	if err == nil {
		_, err = c.agent.Documents.Add(context.WithoutCancel(q.ctx), agent.Document{
			Kind: agent.KindSignature, Ticket: q.Ticket, Name: "签字", Type: "image/png", Data: picture,
		})
	}
	if err != nil {
		c.log.Error("signature not kept", slog.String("ticket", q.Ticket), slog.Any("err", err))
		state.Phase, state.Detail = link.PadFailed, "签字没有保存，请再签一次"
		return state
	}
	state.Picture = "data:image/png;base64," + base64.StdEncoding.EncodeToString(s.PNG)
	return state
}

// tellPad keeps and tells the state of the question.
func (c *Counter) tellPad(state link.PadState) {
	c.mu.Lock()
	c.asked = &state
	c.mu.Unlock()
	c.agent.Broadcast(link.TypePadChanged, state)
}

// forgetOld forgets what was asked of a citizen who has left, and ends what is
// still asked.
func (c *Counter) forgetOld() {
	w, _ := c.window()
	c.mu.Lock()
	old := c.asked
	gone := old != nil && (w.Ticket == nil || w.Ticket.ID != old.Ticket)
	q := c.inquiry
	if gone && q == nil {
		c.asked = nil
	}
	c.mu.Unlock()
	if gone && q != nil && q.Ticket == old.Ticket {
		q.stop(errGone)
	}
}

// strokesOf are a signature's strokes as JSON: what the picture was drawn from.
func strokesOf(s device.Signature) ([]byte, error) {
	out := link.PadSignature{Width: s.Width, Height: s.Height, Strokes: make([][]int, 0, len(s.Strokes))}
	for _, stroke := range s.Strokes {
		flat := make([]int, 0, 4*len(stroke))
		for _, p := range stroke {
			flat = append(flat, p.X, p.Y, p.T, p.Pressure)
		}
		out.Strokes = append(out.Strokes, flat)
	}
	return json.Marshal(out)
}
