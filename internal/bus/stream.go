package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Limits of streams that nobody set others for. What is older than a stream keeps
// has been followed long since, or its follower was away for a month: it is told
// so (Message.Lost).
const (
	keepFor   = 30 * 24 * time.Hour
	keepBytes = 1 << 30
	// sameID is how long a message with the same id is known to be a repeat;
	// followers know their events by id for longer.
	sameID = 30 * time.Minute
)

// StreamUp is the stream of a leaf for its hub.
const StreamUp = "UP"

// StreamFor is the name of the hub's stream for a leaf.
func StreamFor(leaf string) string { return "DOWN_" + leaf }

// Ensure makes the stream on this server unless it is there.
func (b *Bus) Ensure(ctx context.Context, stream string) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	keep := b.conf.Keep
	_, err := b.local.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: stream, Subjects: []string{stream + ".>"}, Storage: jetstream.FileStorage, Discard: jetstream.DiscardOld,
		MaxAge: cmp.Or(keep.For, keepFor), MaxBytes: cmp.Or(keep.Bytes, keepBytes), MaxMsgs: cmp.Or(keep.Messages, -1),
		Duplicates: min(sameID, cmp.Or(keep.For, keepFor)), DenyDelete: true, DenyPurge: true, Replicas: b.replicas(),
	})
	if err != nil {
		return fmt.Errorf("bus: make stream %s: %w", stream, err)
	}
	return nil
}

// Publish puts data into the stream of this server, under a topic of letters,
// digits, hyphens and dots. It is durable when Publish returns nil; the same id
// again within half an hour is the same message.
func (b *Bus) Publish(ctx context.Context, stream, topic, id string, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	if _, err := b.local.Publish(ctx, stream+"."+topic, data, jetstream.WithMsgID(id), jetstream.WithExpectStream(stream)); err != nil {
		return fmt.Errorf("bus: publish %s into %s: %w", topic, stream, err)
	}
	return nil
}

// Cursor is how far a stream was followed. The zero value is its beginning.
type Cursor struct {
	// Epoch names the stream's life: one that was made anew counts from 1.
	Epoch string
	Seq   uint64
}

// Message is one message of a stream.
type Message struct {
	// Cursor is where the stream was followed to once this is taken.
	Cursor Cursor
	Topic  string
	ID     string
	Time   time.Time
	Data   []byte
	// Lost is how many messages up to Cursor the stream doesn't have any more: its
	// follower was away for too long. Such a message says nothing else.
	Lost uint64
}

// Waits of followers.
const (
	followIdle  = 15 * time.Second
	followPause = time.Second
	followBatch = 64
	followLook  = 2 * time.Second
)

// Follow calls take with every message of the stream in the domain after
// cursor, in order, one at a time, until ctx ends; then it returns nil. After
// an error of take the same message comes again. While the other server is
// away, it waits. Where the stream has dropped what comes next, take is called
// with a message that tells how much (Message.Lost).
func (b *Bus) Follow(ctx context.Context, domain, stream string, cursor Cursor, take func(ctx context.Context, m Message) error) error {
	js := b.local
	if domain != b.conf.Domain {
		var err error
		if js, err = jetstream.NewWithDomain(b.conn, domain, jetstream.WithDefaultTimeout(requestWait)); err != nil {
			return fmt.Errorf("bus: follow %s of %s: %w", stream, domain, err)
		}
	}
	for {
		err := follow(ctx, js, stream, &cursor, take)
		if ctx.Err() != nil {
			return nil
		}
		b.conf.Log.Debug("bus: following pauses", slog.String("domain", domain), slog.String("stream", stream), slog.Any("err", err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followPause):
		}
	}
}

// follow follows until something fails and moves cursor along.
func follow(ctx context.Context, js jetstream.JetStream, name string, cursor *Cursor, take func(ctx context.Context, m Message) error) error {
	look, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	stream, err := js.Stream(look, name)
	if err != nil {
		return err
	}
	info := stream.CachedInfo()
	epoch := epochOf(info)
	if cursor.Epoch != epoch {
		*cursor = Cursor{Epoch: epoch}
	}
	if err := miss(ctx, cursor, info.State.FirstSeq, take); err != nil {
		return err
	}
	consumer, err := js.OrderedConsumer(look, name, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: cursor.Seq + 1, MaxResetAttempts: 1, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(followBatch), jetstream.PullHeartbeat(followIdle/3), jetstream.PullExpiry(followIdle))
	if err != nil {
		return err
	}
	defer messages.Stop()
	w := &watch{stream: stream, epoch: epoch}
	w.seq.Store(cursor.Seq)
	watched, stop := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { stop(w.run(watched)) })
	defer watching.Wait()
	defer stop(nil)
	for {
		raw, err := messages.Next(jetstream.NextContext(watched))
		if err != nil {
			return errors.Join(err, context.Cause(watched))
		}
		m, err := read(raw, epoch, name)
		if err != nil {
			return err
		}
		if m.Cursor.Seq <= cursor.Seq {
			continue
		}
		w.busy.Store(true)
		if err := miss(ctx, cursor, m.Cursor.Seq, take); err != nil { // it was dropped meanwhile
			return err
		}
		if err := take(ctx, m); err != nil {
			return fmt.Errorf("take message %d: %w", m.Cursor.Seq, err)
		}
		*cursor = m.Cursor
		w.seq.Store(cursor.Seq)
		w.busy.Store(false)
	}
}

// miss tells take what is missing between cursor and the message next, and moves
// cursor behind it. Streams refuse to delete, so that only their limits leave
// gaps.
func miss(ctx context.Context, cursor *Cursor, next uint64, take func(ctx context.Context, m Message) error) error {
	if next <= cursor.Seq+1 {
		return nil
	}
	m := Message{Cursor: Cursor{Epoch: cursor.Epoch, Seq: next - 1}, Time: time.Now(), Lost: next - 1 - cursor.Seq}
	if err := take(ctx, m); err != nil {
		return fmt.Errorf("take that %d messages before %d are lost: %w", m.Lost, next, err)
	}
	*cursor = m.Cursor
	return nil
}

// watch sees what a consumer doesn't tell, or late: that the line is down, that
// the stream was made anew behind it, where it would go on in the middle, or
// that messages were lost on the line and none came after them.
type watch struct {
	stream jetstream.Stream
	epoch  string
	seq    atomic.Uint64 // the last message taken
	busy   atomic.Bool   // one is being taken
}

// run returns why following has to begin anew, or when ctx ends.
func (w *watch) run(ctx context.Context) error {
	tick := time.NewTicker(followLook)
	defer tick.Stop()
	var last, seq uint64 // of the stream, and taken, at the last look
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if !w.busy.Load() && w.seq.Load() == seq && seq < last {
			return fmt.Errorf("messages after %d didn't come", seq)
		}
		look, cancel := context.WithTimeout(ctx, requestWait)
		info, err := w.stream.Info(look)
		cancel()
		if err != nil {
			return err // sooner than the consumer misses its heartbeats
		}
		if epochOf(info) != w.epoch {
			return errors.New("the stream was made anew")
		}
		last, seq = info.State.LastSeq, w.seq.Load()
	}
}

// epochOf names a stream's life.
func epochOf(info *jetstream.StreamInfo) string {
	return strconv.FormatInt(info.Created.UnixNano(), 36)
}

// read is a message as followers see it.
func read(raw jetstream.Msg, epoch, stream string) (Message, error) {
	meta, err := raw.Metadata()
	if err != nil {
		return Message{}, errors.Join(errors.New("message without its place in the stream"), err)
	}
	return Message{
		Cursor: Cursor{Epoch: epoch, Seq: meta.Sequence.Stream}, Topic: raw.Subject()[min(len(stream)+1, len(raw.Subject())):],
		ID: raw.Headers().Get(jetstream.MsgIDHeader), Time: meta.Timestamp, Data: raw.Data(),
	}, nil
}
