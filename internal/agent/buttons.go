package agent

import (
	"context"
	"log/slog"
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
}

func newButtons(client *Client, log *slog.Logger) *buttons {
	return &buttons{client: client, log: log, wanted: make(chan bool, 1)}
}

// pressed takes a key; it returns at once.
func (b *buttons) pressed(d *Device, key int) {
	b.log.Info("call button pressed", slog.String("device", d.Config.ID), slog.Int("key", key))
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
