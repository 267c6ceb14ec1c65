// Package pace slows machines of halls down that ask too often: each machine has
// its own allowance, and a hall one for all of its machines.
package pace

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Pace is how often something may be asked: so often at once, and once more each
// Every.
type Pace struct {
	MachineBurst int
	MachineEvery time.Duration
	HallBurst    int
	HallEvery    time.Duration
}

// maxCounted bounds how many machines and halls are remembered; who is forgotten
// begins anew.
const maxCounted = 10_000

// Pacer counts what machines ask. Each process counts for itself. Its methods may
// be called from anywhere.
type Pacer struct {
	pace Pace

	mu   sync.Mutex
	left map[string]*rate.Limiter // guarded by mu
}

// New returns a Pacer that has counted nothing.
func New(p Pace) *Pacer { return &Pacer{pace: p, left: map[string]*rate.Limiter{}} }

// Take counts one asking of a machine; false if there have been too many.
func (p *Pacer) Take(hall, machine string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.left) > maxCounted {
		p.left = map[string]*rate.Limiter{}
	}
	of := func(key string, every time.Duration, burst int) *rate.Limiter {
		if p.left[key] == nil {
			p.left[key] = rate.NewLimiter(rate.Every(every), burst)
		}
		return p.left[key]
	}
	return of(hall+"/"+machine, p.pace.MachineEvery, p.pace.MachineBurst).AllowN(now, 1) && of(hall, p.pace.HallEvery, p.pace.HallBurst).AllowN(now, 1)
}
