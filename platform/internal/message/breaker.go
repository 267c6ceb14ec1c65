package message

import (
	"sync"
	"time"
)

// When a provider is left alone.
const (
	breakAfter = 5 // faults in a row
	breakFor   = 10 * time.Second
	breakMost  = 5 * time.Minute
)

// breaker leaves a provider alone that failed several times in a row, longer
// each time, so that messages go by another one and nobody waits for its
// time-outs. The zero value is ready.
type breaker struct {
	mu     sync.Mutex
	faults int           // in a row; guarded by mu
	wait   time.Duration // of the present break; guarded by mu
	until  time.Time     // by the machine's clock; guarded by mu
}

// open is when the provider may be asked; the zero time means now.
func (b *breaker) open(now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.until) {
		return b.until
	}
	return time.Time{}
}

// note takes what became of an order.
func (b *breaker) note(fault bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !fault {
		b.faults, b.wait, b.until = 0, 0, time.Time{}
		return
	}
	if b.faults++; b.faults >= breakAfter && !now.Before(b.until) {
		b.wait = min(max(2*b.wait, breakFor), breakMost)
		b.until = now.Add(b.wait)
	}
}
