package cases

import (
	"context"
	"sync"
	"time"

	"smarthall/platform/internal/access"
)

// pace is how often something may be done: burst at once, one more each every.
type pace struct {
	burst float64
	every time.Duration
}

// asking is something that kiosks ask, with the pace of a machine and that of
// its whole hall.
type asking struct {
	name          string
	machine, hall pace
}

// People come one after another to a machine, and mistype now and then; a
// program that tries numbers is slowed to where it gets nowhere. Beside these
// each case has its own count of wrong guesses (see Query).
var (
	guesses   = asking{"guess", pace{8, 2 * time.Minute}, pace{60, 10 * time.Second}}
	cardsRead = asking{"card", pace{20, 5 * time.Second}, pace{200, time.Second}}
)

// maxCounted bounds how many machines and halls are remembered. Who is forgotten
// begins anew.
const maxCounted = 10_000

// kioskLimit counts what kiosks ask. The zero value is ready; its methods may be
// called from anywhere. Each process counts for itself.
type kioskLimit struct {
	mu   sync.Mutex
	left map[string]*allowance // guarded by mu
}

// allowance is what is left of a pace.
type allowance struct {
	left float64
	at   time.Time
}

// refill lets time pass.
func (a *allowance) refill(p pace, now time.Time) {
	a.left = min(p.burst, a.left+float64(now.Sub(a.at))/float64(p.every))
	a.at = now
}

// take counts one asking of a machine of the caller's hall; false if there have
// been too many.
func (l *kioskLimit) take(ctx context.Context, a asking, kiosk string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	machine, hall := l.of(ctx, a, kiosk, now)
	machine.refill(a.machine, now)
	hall.refill(a.hall, now)
	if machine.left < 1 || hall.left < 1 {
		return false
	}
	machine.left--
	hall.left--
	return true
}

// giveBack takes back what was counted for an asking that did no harm.
func (l *kioskLimit) giveBack(ctx context.Context, a asking, kiosk string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	machine, hall := l.of(ctx, a, kiosk, time.Time{})
	machine.left++
	hall.left++
}

// of are a machine's and its hall's allowances. The caller holds mu.
func (l *kioskLimit) of(ctx context.Context, a asking, kiosk string, now time.Time) (machine, hall *allowance) {
	if l.left == nil || len(l.left) > maxCounted {
		l.left = map[string]*allowance{}
	}
	at := func(key string, p pace) *allowance {
		if l.left[key] == nil {
			l.left[key] = &allowance{p.burst, now}
		}
		return l.left[key]
	}
	id := a.name + "/" + access.From(ctx).ID
	return at(id+"/"+kiosk, a.machine), at(id, a.hall)
}
