package evaluation

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"smarthall/platform/internal/store"
)

// lounge is where requests wait for a conversation to change. Changes of this
// process call them at once, those of others by the database, which watch looks
// at twice a second while anybody waits.
type lounge struct {
	mu    sync.Mutex
	seats map[*seat]struct{} // guarded by mu
	// closed ends all waiting when the process stops.
	closed chan struct{}
	once   sync.Once
}

// seat is one who waits until a conversation has another version than the one
// she knows; an empty id waits for any change.
type seat struct {
	id      string
	version int
	called  chan struct{}
}

const (
	watchEvery = 500 * time.Millisecond
	// maxWait is how long a request waits at most.
	maxWait = 25 * time.Second
)

func newLounge() *lounge {
	return &lounge{seats: map[*seat]struct{}{}, closed: make(chan struct{})}
}

// sit takes a seat; the caller leaves it.
func (l *lounge) sit(id string, version int) *seat {
	p := &seat{id: id, version: version, called: make(chan struct{}, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seats[p] = struct{}{}
	return p
}

func (l *lounge) leave(p *seat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.seats, p)
}

// wake calls who waits for a conversation that has a version now.
func (l *lounge) wake(id string, version int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.seats {
		if p.id != "" && (p.id != id || p.version >= version) {
			continue
		}
		select {
		case p.called <- struct{}{}:
		default: // she is called already
		}
	}
}

// taken tells whether anybody waits.
func (l *lounge) taken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.seats) > 0
}

// close sends everybody away.
func (l *lounge) close() { l.once.Do(func() { close(l.closed) }) }

// until asks look again whenever the conversation changes, until it says that
// there is news, or the time is over: no news is an answer, too.
func (l *lounge) until(ctx context.Context, id string, version int, wait time.Duration, look func() (news bool, err error)) error {
	if wait <= 0 {
		_, err := look()
		return err
	}
	p := l.sit(id, version)
	defer l.leave(p)
	over := time.NewTimer(min(wait, maxWait))
	defer over.Stop()
	for {
		news, err := look()
		if news || err != nil {
			return err
		}
		select {
		case <-p.called:
		case <-over.C:
			return nil
		case <-l.closed:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// watch calls those who wait in this process for what other processes changed,
// until ctx ends.
func (s *Service) watch(ctx context.Context) {
	defer s.lounge.close()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	known := map[string]int{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !s.lounge.taken() {
			continue
		}
		fresh, err := s.changedSince(ctx, s.Store.Now().Add(-clocksApart))
		if err != nil {
			if ctx.Err() == nil {
				s.Log.Warn("conversations of other processes", slog.Any("err", err))
			}
			continue
		}
		for id, version := range fresh {
			if known[id] != version {
				s.lounge.wake(id, version)
			}
		}
		known = fresh
	}
}

// changedSince are the versions of the conversations that changed since then.
func (s *Service) changedSince(ctx context.Context, since time.Time) (map[string]int, error) {
	type row struct {
		id      string
		version int
	}
	rows, err := list(ctx, s.Store.Read(), `SELECT id, version FROM evaluation_conversation WHERE changed > $1`, func(r interface{ Scan(...any) error }) (v row, err error) {
		return v, r.Scan(&v.id, &v.version)
	}, store.Millis(since))
	fresh := make(map[string]int, len(rows))
	for _, v := range rows {
		fresh[v.id] = v.version
	}
	return fresh, err
}
