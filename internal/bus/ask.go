package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/nats-io/nats.go"
)

// A leaf may also ask its hub something and wait for the answer: what it needs
// for somebody who stands there and what no event can bring. A question that the
// link doesn't carry is lost, and its asker is told at once or when its time is
// over; nothing is kept and nothing asked again by itself.

const (
	// askQueue lets one process of those on a bus answer a question.
	askQueue = "smarthall"
	// answering bounds how many questions of a leaf are answered at a time.
	answering = 16
	// maxAnswer is the longest answer, in bytes: a cluster carries messages up to
	// 1 MiB unless it was told otherwise.
	maxAnswer = 900 << 10
)

// ErrAway tells that the hub wasn't reached, or didn't answer in time. Whether
// it has done what was asked nobody knows.
var ErrAway = errors.New("bus: the hub doesn't answer")

// asking is the subject of a leaf's questions about a topic.
func asking(leaf, topic string) string { return "ASK." + leaf + "." + topic }

// Ask asks the hub about a topic of letters, digits and hyphens, and waits for
// its answer until ctx ends, five seconds at most. ErrAway tells that there is
// none.
func (b *Bus) Ask(ctx context.Context, topic string, question []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	if !valid(topic) {
		return nil, fmt.Errorf("bus: topic %q must be letters, digits and hyphens", topic)
	}
	if !b.Linked() {
		return nil, ErrAway
	}
	m, err := b.conn.RequestWithContext(ctx, asking(b.conf.Domain, topic), question)
	if err != nil {
		return nil, errors.Join(ErrAway, err)
	}
	return m.Data, nil
}

// Answer answers what a leaf asks until ctx ends. Several processes on one bus
// may do so and share the questions. A crowd of questions is answered in turn;
// those whose asker waits no longer are answered in vain.
func (b *Bus) Answer(ctx context.Context, leaf string, answer func(ctx context.Context, topic string, question []byte) []byte) error {
	// The leaf's own subject and no wider one: a leaf hears of no subscription
	// that covers more than it may send.
	turns := make(chan struct{}, answering)
	questions, err := b.conn.QueueSubscribe(asking(leaf, "*"), askQueue, func(m *nats.Msg) {
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			return
		}
		go func() {
			defer func() { <-turns }()
			ctx, cancel := context.WithTimeout(ctx, requestWait)
			defer cancel()
			data := answer(ctx, m.Subject[strings.LastIndexByte(m.Subject, '.')+1:], m.Data)
			if len(data) > maxAnswer {
				b.conf.Log.Error("bus: an answer is too long to be sent", slog.String("subject", m.Subject))
				return
			}
			if err := m.Respond(data); err != nil && ctx.Err() == nil {
				b.conf.Log.Debug("bus: an answer wasn't sent", slog.Any("err", err))
			}
		}()
	})
	if err != nil {
		return fmt.Errorf("bus: answer %s: %w", leaf, err)
	}
	<-ctx.Done()
	_ = questions.Unsubscribe() // the connection may be gone
	for range answering {       // all that were begun
		turns <- struct{}{}
	}
	return nil
}
