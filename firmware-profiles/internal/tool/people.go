package tool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// keyNames are what stands on the keys of a keypad.
var keyNames = map[device.Action]string{
	device.ActionNext: "下一位", device.ActionRecall: "重呼", device.ActionArrive: "到达",
	device.ActionNoShow: "过号", device.ActionFinish: "完成", device.ActionPause: "暂停",
}

// key shows a number on a keypad that can, and waits for one key.
func (a *attempt) key(ctx context.Context, r *running) bool {
	a.begin("按一个功能键")
	if d, shows := r.device.(device.DeskDisplay); shows {
		showing, cancel := context.WithTimeout(ctx, stateWait)
		defer cancel()
		if err := d.ShowDesk(showing, device.Desk{Number: "A001", Waiting: 12}); err != nil {
			return a.failed(err)
		}
		a.say("呼叫器已确认。请核对显示屏上是 A001、12 人")
	}
	a.prompt("请在呼叫器上按一个功能键")
	h, err := r.next(ctx, a.wait, func(h reported) bool {
		_, pressed := h.event.(device.ActionPressed)
		return pressed
	})
	if err != nil {
		return a.failed(err)
	}
	if e, ok := h.event.(device.ActionPressed); ok {
		a.say("收到“" + keyNames[e.Action] + "”。请核对与所按的键一致")
	}
	return true
}

// button waits for a call for staff.
func (a *attempt) button(ctx context.Context, r *running) bool {
	a.begin("按一次求助按钮")
	a.prompt("请按一下求助按钮")
	_, err := r.next(ctx, a.wait, func(h reported) bool {
		e, pressed := h.event.(device.KeyPressed)
		return pressed && e.Key == device.KeyHelp
	})
	if err != nil {
		return a.failed(err)
	}
	a.say("收到求助。正式运行时看板会显示这里需要帮助")
	return true
}

// sense waits for a sensor to tell another state.
func (a *attempt) sense(ctx context.Context, r *running) bool {
	a.begin("等一次状态变化")
	a.prompt("请让传感器动作一次，例如打开柜门")
	h, err := r.next(ctx, a.wait, func(h reported) bool {
		return h.event == nil && h.state != "" && h.state != device.Online && h.state != device.Offline
	})
	if err != nil {
		return a.failed(err)
	}
	a.say("收到状态“" + stateOf(h.state).zh + "”。请核对与传感器的动作一致")
	return true
}

// pageAdvice is what a technician reads who tries a page.
const pageAdvice = "这个型号是窗口程序自己的网页，没有端口可试：在设置里写 port: page:pad，启动窗口程序后打开 /pad"

// onPage tells whether a profile is a page of the agent.
func onPage(p *profile.Profile) bool {
	_, is := p.Transport(profile.Page)
	return is
}

// rehearsePage asks a page that answers by itself for a rating.
func rehearsePage(ctx context.Context, p *profile.Profile) error {
	ctx, cancel := context.WithTimeout(ctx, rehearseWait)
	defer cancel()
	r, err := start(ctx, p, device.Config{ID: "try", Profile: p.ID, Port: "page:pad"})
	if err != nil {
		return err
	}
	defer r.stop()
	if _, _, err := r.first(ctx, stateWait); err != nil {
		return err
	}
	screen, ok := r.device.(device.Screen)
	if !ok {
		return fmt.Errorf("it takes no page: %w", device.ErrFault)
	}
	page := &willing{}
	heard, gone, err := screen.Join(page)
	if err != nil {
		return err
	}
	defer gone()
	page.answer(heard)
	pad, ok := r.device.(device.Pad)
	if !ok {
		return fmt.Errorf("it asks for no rating: %w", device.ErrFault)
	}
	score, err := pad.Ask(ctx)
	if err == nil && score != willingScore {
		err = fmt.Errorf("score %d instead of %d: %w", score, willingScore, device.ErrFrame)
	}
	return errors.Join(err, page.close())
}

// willingScore is what a willing page answers.
const willingScore = 4

// willing is a page that rates as soon as it is asked.
type willing struct {
	answers sync.WaitGroup

	mu    sync.Mutex
	heard func([]byte)
	err   error
}

func (w *willing) answer(heard func([]byte)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = heard
}

// Send implements device.ScreenPage.
func (w *willing) Send(message []byte) {
	var face link.PadFace
	m, err := link.Decode(message)
	if err == nil {
		err = m.Into(&face)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = errors.Join(w.err, err)
	heard := w.heard
	if face.Show != link.PadRate || heard == nil {
		return
	}
	answer, err := link.New(link.TypePadAnswer, time.Now(), link.PadAnswer{Ask: face.Ask, Score: willingScore})
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	data, err := json.Marshal(answer)
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.answers.Go(func() { heard(data) }) // Send returns at once
}

// Close implements device.ScreenPage.
func (w *willing) Close() {}

// close waits for what is under way.
func (w *willing) close() error {
	w.answers.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}
