package uplink

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/core"
	"smarthall/internal/bus"
)

// Event is what travels, as platform and hall both write it.
type Event struct {
	// ID is unique for ever: whoever takes an event notes it.
	ID   string `json:"id"`
	Hall string `json:"hall,omitempty"`
	// Type is context.happening, such as ticket.taken.
	Type string `json:"type"`
	// Subject is the id of what it is about; events of one keep their order.
	Subject string          `json:"subject"`
	At      time.Time       `json:"at"`
	Data    json.RawMessage `json:"data"`
}

// readAtOnce is how many records are read from the database at a time.
const readAtOnce = 256

// up publishes what happens in the hall until ctx ends.
func (s *Service) up(ctx context.Context, b *bus.Bus) {
	w := &upward{Service: s, bus: b, saved: s.sent.Load(), savedAt: time.Now(), describe: true}
	defer w.keep(context.WithoutCancel(ctx))
	news, stop := s.conf.Queue.Watch()
	defer stop()
	for ctx.Err() == nil {
		more, err := w.advance(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			s.conf.Log.Error("events for the platform wait", slog.Any("error", err))
			sleep(ctx, againWait)
		case !more:
			w.wait(ctx, news)
		}
	}
}

// upward walks through the hall's log.
type upward struct {
	*Service
	bus *bus.Bus
	// saved is the record up to which the cursor was kept, at savedAt.
	saved   uint64
	savedAt time.Time
	// describe asks to say what the hall is.
	describe bool
	// again marks the messages of a log that is sent again; empty until it is.
	again string
}

// wait returns when there may be something to say, or to keep.
func (w *upward) wait(ctx context.Context, news <-chan struct{}) {
	var due <-chan time.Time
	if w.saved != w.sent.Load() {
		timer := time.NewTimer(w.conf.Save)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-news:
	case <-w.conf.Numbers.asked:
	case <-due:
		w.keep(ctx)
	case <-w.announced:
	case <-w.described:
		w.describe = true
	case r := <-w.rewinds:
		r.done <- w.rewind(ctx, r.since)
	}
}

// advance says what there is to say now, but for the rest of a long log: more
// tells that there is one.
func (w *upward) advance(ctx context.Context) (more bool, err error) {
	if w.describe {
		if err := w.publish(ctx, w.describeHall()); err != nil {
			return false, err
		}
		w.describe = false
	}
	if err := w.asks(ctx); err != nil {
		return false, err
	}
	return w.records(ctx)
}

// asks sends for ranges of numbers.
func (w *upward) asks(ctx context.Context) error {
	asks, err := w.conf.Store.Asks(ctx)
	if err != nil {
		return err
	}
	for _, a := range asks {
		body := rangeAsked{Name: a.Name, Count: a.Count}
		if err := w.publish(ctx, Event{ID: a.ID, Type: typeRangeAsked, Subject: a.Name, At: a.At, Data: encode(body)}); err != nil {
			return err
		}
		if err := w.conf.Store.AskSent(ctx, a.ID); err != nil {
			return err
		}
	}
	return nil
}

// records goes some way through the log; more tells that it hasn't come to the
// end.
func (w *upward) records(ctx context.Context) (more bool, err error) {
	seq := w.sent.Load()
	records, whole := w.conf.Queue.Since(seq)
	if !whole {
		if records, err = w.conf.Store.Records(ctx, seq, readAtOnce); err != nil {
			return false, err
		}
	}
	// They are read after the records: what was made before one of these is there.
	intakes, err := w.intakes(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		if len(intakes) > 0 { // they come behind records that were not sent yet
			w.news.Store(true)
		}
	}()
	for i := range records[:min(len(records), readAtOnce)] {
		if intakes, err = w.announce(ctx, intakes, records[i].Seq-1); err != nil {
			return false, err
		}
		if err := w.record(ctx, &records[i]); err != nil {
			return false, err
		}
		if time.Since(w.savedAt) >= w.conf.Save {
			w.keep(ctx)
		}
	}
	if intakes, err = w.announce(ctx, intakes, w.sent.Load()); err != nil {
		return false, err
	}
	return len(records) > 0, nil
}

// record publishes what the platform needs of one record.
func (w *upward) record(ctx context.Context, rec *core.Record) error {
	for i, e := range rec.Events {
		for _, out := range translate(rec, e) {
			out.ID = w.conf.Platform.Hall + "-" + w.epoch + "-" + strconv.FormatUint(rec.Seq, 10) + "-" + strconv.Itoa(i) + out.ID
			out.At = rec.At.Std()
			if err := w.publish(ctx, out); err != nil {
				return err
			}
		}
	}
	w.sent.Store(rec.Seq)
	return nil
}

// publishTo makes an event durable in the hall's stream.
func (s *Service) publishTo(ctx context.Context, b *bus.Bus, e Event) error {
	return s.publishAs(ctx, b, e.ID, e)
}

// publishAs is publishTo under a message id of its own: the stream takes an id
// once in half an hour, even of a message that it has dropped since.
func (s *Service) publishAs(ctx context.Context, b *bus.Bus, id string, e Event) error {
	e.Hall = s.conf.Platform.Hall
	if err := b.Publish(ctx, bus.StreamUp, e.Type, id, encode(e)); err != nil {
		return err
	}
	s.count("up")
	return nil
}

func (w *upward) publish(ctx context.Context, e Event) error {
	if w.again == "" {
		return w.publishTo(ctx, w.bus, e)
	}
	return w.publishAs(ctx, w.bus, e.ID+"~"+w.again, e)
}

// keep saves how far the log was sent. A failure costs only events that are
// sent again.
func (w *upward) keep(ctx context.Context) {
	w.savedAt = time.Now()
	seq := w.sent.Load()
	if seq == w.saved {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, saveWait)
	defer cancel()
	if err := w.conf.Store.SaveSent(ctx, seq); err != nil {
		if ctx.Err() == nil {
			w.conf.Log.Error("the way through the log isn't kept", slog.Any("error", err))
		}
		return
	}
	w.saved = seq
}

// newID is an id of an event that isn't in the log.
func (s *Service) newID(what string) string {
	return s.conf.Platform.Hall + "-" + what + "-" + ulid.Make().String()
}

// encode is v as JSON; what travels are plain values.
func encode(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return data
}
