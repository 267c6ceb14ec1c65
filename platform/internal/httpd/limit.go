package httpd

import (
	"cmp"
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"smarthall/internal/problem"
	"smarthall/platform/internal/access"
)

// Limits of what somebody who isn't signed in may change.
const (
	defaultPerSecond = 5
	defaultBurst     = 100
	maxClients       = 20_000
)

// Limit bounds how fast one client address changes something by operations
// that are open to everybody: signing in, asking for codes. Halls and offices
// share an address, so it is wide; what must be narrow (codes to one phone,
// tries of one password) is counted by the context that knows what it is.
type Limit struct {
	// PerSecond is the lasting rate of changes, Burst how many may come at
	// once. Zero means 5 and 100; a negative PerSecond means no limit.
	PerSecond float64
	Burst     int
	// Proxies are whose word on the client's address is believed
	// (X-Forwarded-For); nil means this machine.
	Proxies []netip.Prefix
	// Clock is for tests; nil means time.Now.
	Clock func() time.Time
}

// loopback is this machine.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// limiter keeps a bucket for each of the clients seen last. It never holds more
// than maxClients: the one that was away longest is forgotten first.
type limiter struct {
	conf Limit

	mu      sync.Mutex
	buckets map[netip.Prefix]*list.Element // guarded by mu
	recent  *list.List                     // of *bucket, the latest first; guarded by mu
}

type bucket struct {
	client netip.Prefix
	rate   *rate.Limiter
}

func newLimiter(conf Limit) *limiter {
	conf.PerSecond, conf.Burst = cmp.Or(conf.PerSecond, defaultPerSecond), cmp.Or(conf.Burst, defaultBurst)
	if conf.Proxies == nil {
		conf.Proxies = loopback
	}
	if conf.Clock == nil {
		conf.Clock = time.Now
	}
	return &limiter{conf: conf, buckets: map[netip.Prefix]*list.Element{}, recent: list.New()}
}

// limits tells whether an operation is counted.
func (l *limiter) limits(op Operation) bool {
	safe := op.Method == http.MethodGet || op.Method == http.MethodHead || op.Method == http.MethodOptions
	return !safe && l.conf.PerSecond > 0 && op.Who.Allows(access.Caller{})
}

// admit counts a request; the problem says that it is too many, and the header
// when it isn't any more.
func (l *limiter) admit(w http.ResponseWriter, r *http.Request, cost int) *problem.Problem {
	wait := l.take(l.client(r), cost)
	if wait <= 0 {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
	return problem.New(http.StatusTooManyRequests, "request.too-many", "操作过于频繁，请稍后再试")
}

// take takes cost from a client's bucket, or returns how long it has to wait.
func (l *limiter) take(client netip.Prefix, cost int) time.Duration {
	now := l.conf.Clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.buckets[client]
	if known {
		l.recent.MoveToFront(e)
	} else {
		if l.recent.Len() >= maxClients {
			oldest := l.recent.Back()
			delete(l.buckets, oldest.Value.(*bucket).client)
			l.recent.Remove(oldest)
		}
		e = l.recent.PushFront(&bucket{client, rate.NewLimiter(rate.Limit(l.conf.PerSecond), l.conf.Burst)})
		l.buckets[client] = e
	}
	held := e.Value.(*bucket).rate.ReserveN(now, min(max(cost, 1), l.conf.Burst))
	wait := held.DelayFrom(now)
	if wait > 0 {
		held.CancelAt(now) // who is refused pays nothing
	}
	return wait
}

// client is who sent a request: the address, or of IPv6 the network that one
// household has.
func (l *limiter) client(r *http.Request) netip.Prefix {
	addr := parseAddr(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && l.believed(addr); i-- {
		hop := parseAddr(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			break
		}
		addr = hop
	}
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // of what isn't an address: the zero prefix, one bucket for all of them
	return p
}

func (l *limiter) believed(addr netip.Addr) bool {
	for _, p := range l.conf.Proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// parseAddr reads an address with or without a port.
func parseAddr(text string) netip.Addr {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	addr, _ := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr.Unmap().WithZone("")
}
