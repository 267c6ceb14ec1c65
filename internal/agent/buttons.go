package agent

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// callFor is how long a call by a button is worth telling while the hall is
// away: whoever pressed it has left by then, or has found somebody.
const callFor = 10 * time.Minute

// buttons tells the hall of keys that call staff. The latest key counts: what
// nobody could be told of before it, isn't made up for.
type buttons struct {
	client *Client
	log    *slog.Logger
	wanted chan bool // one place: whether staff are called
	// changed tells the pages how the call stands. It takes the agent's lock,
	// which may be held by who asks for view.
	changed func(link.HelpChanged)

	telling sync.Mutex // held while the pages are told, so that they hear in order
	mu      sync.Mutex
	call    *link.HelpView // the call that stands, nil if none; guarded by mu
}

func newButtons(client *Client, log *slog.Logger, changed func(link.HelpChanged)) *buttons {
	return &buttons{client: client, log: log, wanted: make(chan bool, 1), changed: changed}
}

// view is the call that stands, or nil.
func (b *buttons) view() *link.HelpView {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.call
}

// set takes another call for the one that stands, if that is another.
func (b *buttons) set(next func(now *link.HelpView) *link.HelpView) {
	b.telling.Lock()
	defer b.telling.Unlock()
	b.mu.Lock()
	call := next(b.call)
	same := call == b.call
	b.call = call
	b.mu.Unlock()
	if !same {
		b.changed(link.HelpChanged{Help: call})
	}
}

// called notes a key: the first call counts until it is answered or taken back.
func (b *buttons) called(staff bool) {
	b.set(func(now *link.HelpView) *link.HelpView {
		switch {
		case !staff:
			return nil
		case now != nil && now.At == nil:
			return now
		}
		return &link.HelpView{Since: time.Now()}
	})
}

// answered notes that staff have seen the call. A call at the machine's page is
// the page's own affair.
func (b *buttons) answered(m link.Message) {
	var body link.KioskHelped
	if err := m.Into(&body); err != nil && len(m.Body) > 0 {
		b.log.Warn("answer to a call not read", slog.Any("err", err))
	}
	b.set(func(now *link.HelpView) *link.HelpView {
		if now == nil || now.At != nil {
			return now
		}
		at := time.Now()
		return &link.HelpView{Since: now.Since, At: &at, By: body.By}
	})
}

// pressed takes a key; it returns at once.
func (b *buttons) pressed(d *Device, key int) {
	b.log.Info("call button pressed", slog.String("device", d.Config.ID), slog.Int("key", key))
	b.called(key == device.KeyHelp)
	for {
		select {
		case b.wanted <- key == device.KeyHelp:
			return
		default:
		}
		select {
		case <-b.wanted: // a newer one takes its place
		default:
		}
	}
}

// run tells the hall until ctx ends, then returns nil.
func (b *buttons) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case staff := <-b.wanted:
			b.tell(ctx, staff)
		}
	}
}

// tell has the hall told of one key, however often the line breaks; a newer key
// ends it.
func (b *buttons) tell(ctx context.Context, staff bool) {
	calling, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := b.client.Call(calling, link.TypeKioskHelp, link.KioskHelp{Cancel: !staff})
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil && ctx.Err() == nil {
			b.log.Warn("the hall isn't told of a call button", slog.Bool("staff", staff), slog.Any("err", err))
		}
	case newer := <-b.wanted:
		cancel()
		if err := <-done; err == nil {
			b.log.Debug("a call was told before the newer one", slog.Bool("staff", staff))
		}
		b.again(newer)
	}
}

// again puts a key back, unless a newer one came.
func (b *buttons) again(staff bool) {
	select {
	case b.wanted <- staff:
	default:
	}
}
