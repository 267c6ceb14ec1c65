package exchange

import (
	"cmp"
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"smarthall/platform/internal/httpd"
)

// Rate bounds how fast one member sends messages.
type Rate struct {
	// PerSecond is the lasting rate, Burst how many may come at once. Zero means
	// 100 and 1000.
	PerSecond float64
	Burst     int
}

// Bounds of what is read before it is known who sent it.
const (
	// doubtfulMost is how many messages wait from addresses that sent too much that
	// wasn't believed; they are read one by one.
	doubtfulMost = 64
	// gateWait is how long a message waits to be read.
	gateWait = 5 * time.Second
	// tollPart is how much of a message costs a stranger one more change, in bytes.
	tollPart = 64 << 10
)

// gate keeps strangers from using the platform up, and one member from using up
// what is there for all. Reading and verifying a message takes longer the longer
// it is, and has to be done before anything is known of its sender: so only as
// many are read at once as there are processors, and messages from an address
// that has sent too much that wasn't believed are read one by one, beside the
// others. A member behind such an address waits there, and is heard.
type gate struct {
	sound, doubtful chan struct{}
	waiting         atomic.Int64 // in the doubtful lane
	conf            Rate
	clock           func() time.Time

	mu      sync.Mutex
	members map[string]*rate.Limiter // of believed members alone; guarded by mu
}

func newGate(conf Rate, clock func() time.Time) *gate {
	conf.PerSecond, conf.Burst = cmp.Or(conf.PerSecond, 100), cmp.Or(conf.Burst, 1000)
	return &gate{
		sound: make(chan struct{}, runtime.GOMAXPROCS(0)), doubtful: make(chan struct{}, 1), conf: conf, clock: clock, members: map[string]*rate.Limiter{},
	}
}

// enter waits until a message may be read; leave must be called when it was.
// ErrBusy says that too many wait.
func (g *gate) enter(ctx context.Context, toll *httpd.Toll) (leave func(), err error) {
	lane := g.sound
	if toll.Spent() {
		lane = g.doubtful
		if g.waiting.Add(1) > doubtfulMost {
			g.waiting.Add(-1)
			return nil, ErrBusy
		}
		defer g.waiting.Add(-1)
	}
	late := time.NewTimer(gateWait)
	defer late.Stop()
	select {
	case lane <- struct{}{}:
		return func() { <-lane }, nil
	case <-late.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// admits counts a message of a member that is believed; false: it sends too
// fast. undo takes the count back: the message turned out to be a copy, which
// anybody on its way may have sent.
func (g *gate) admits(member string) (undo func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.members[member]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(g.conf.PerSecond), g.conf.Burst)
		g.members[member] = l
	}
	now := g.clock()
	held := l.ReserveN(now, 1)
	undo = func() { held.CancelAt(now) }
	if held.DelayFrom(now) > 0 {
		undo()
		return nil, false
	}
	return undo, true
}

// meet finds out who sent a message, at the cost of its address if it isn't
// believed.
func (s *Service) meet(ctx context.Context, data []byte) (*Envelope, *Member, error) {
	toll := httpd.TollOf(ctx)
	leave, err := s.gate.enter(ctx, toll)
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	e, err := ParseEnvelope(data)
	if err != nil {
		err = ErrEnvelope.Because(err)
	}
	var from *Member
	if err == nil {
		from, err = s.believe(ctx, &e)
	}
	if err == nil {
		return &e, from, nil
	}
	if toll.Pay(1+len(data)/tollPart) > 0 {
		return nil, nil, ErrBusy.Because(err)
	}
	return nil, nil, err
}
