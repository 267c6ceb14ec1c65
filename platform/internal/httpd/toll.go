package httpd

import (
	"context"
	"net/http"
	"net/netip"
	"time"
)

// Toll lets an operation itself say what a request costs its client's address:
// one that knows who its callers are by what they send, so that those whom it
// believes cost nothing, whoever else shares their address. The zero value
// and nil cost nothing.
type Toll struct {
	limit  *limiter
	client netip.Prefix
}

type tollKey struct{}

// TollOf is the toll of a request to an operation with Judges set; nil where
// nothing is counted.
func TollOf(ctx context.Context) *Toll {
	t, _ := ctx.Value(tollKey{}).(*Toll)
	return t
}

// withToll gives a request its toll.
func (l *limiter) withToll(ctx context.Context, r *http.Request) context.Context {
	return context.WithValue(ctx, tollKey{}, &Toll{l, l.client(r)})
}

// Pay takes cost from the address, or tells how long it has to wait for as much.
func (t *Toll) Pay(cost int) time.Duration {
	if t == nil || t.limit == nil {
		return 0
	}
	return t.limit.take(t.client, cost)
}

// Spent tells that the address has nothing left. It costs nothing.
func (t *Toll) Spent() bool {
	if t == nil || t.limit == nil {
		return false
	}
	return t.limit.spent(t.client)
}

// spent tells whether a client has nothing left for a change.
func (l *limiter) spent(client netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.buckets[client]
	return known && e.Value.(*bucket).rate.TokensAt(l.conf.Clock()) < 1
}
