package cardcentre

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// People come one after another to a machine; a program that tries codes gets
// nowhere at this pace.
const (
	machineBurst, machineEvery = 10, 6 * time.Second
	hallBurst, hallEvery       = 100, time.Second
	// maxCounted bounds how many machines and halls are remembered; who is
	// forgotten begins anew.
	maxCounted = 10_000
)

// pacer counts what machines ask. The zero value is ready. Each process counts
// for itself.
type pacer struct {
	mu   sync.Mutex
	left map[string]*rate.Limiter // guarded by mu
}

// take counts one asking of a machine; false if there have been too many.
func (p *pacer) take(hall, machine string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == nil || len(p.left) > maxCounted {
		p.left = map[string]*rate.Limiter{}
	}
	of := func(key string, every time.Duration, burst int) *rate.Limiter {
		if p.left[key] == nil {
			p.left[key] = rate.NewLimiter(rate.Every(every), burst)
		}
		return p.left[key]
	}
	return of(hall+"/"+machine, machineEvery, machineBurst).AllowN(now, 1) && of(hall, hallEvery, hallBurst).AllowN(now, 1)
}
