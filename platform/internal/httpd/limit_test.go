package httpd_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

type nothing struct{}

// city is a router with an operation of each sort, and a clock that stands
// still.
type city struct {
	handler http.Handler
	mu      sync.Mutex
	now     time.Time
}

func newCity(limit httpd.Limit) *city {
	c := &city{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	limit.Clock = func() time.Time {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.now
	}
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Limit: limit, Caller: func(r *http.Request) (access.Caller, error) {
		return access.Caller{Kind: access.Kind(r.Header.Get("Kind"))}, nil
	}})
	fn := func(context.Context, *nothing) (*nothing, error) { return nil, nil }
	httpd.Register(r, httpd.Operation{ID: "ask", Method: http.MethodPost, Path: "/ask", Who: access.Everybody()}, fn)
	httpd.Register(r, httpd.Operation{ID: "dear", Method: http.MethodPost, Path: "/dear", Who: access.Everybody(), Cost: 4}, fn)
	httpd.Register(r, httpd.Operation{ID: "look", Method: http.MethodGet, Path: "/look", Who: access.Everybody()}, fn)
	httpd.Register(r, httpd.Operation{ID: "own", Method: http.MethodPost, Path: "/own", Who: access.People()}, fn)
	r.Page(httpd.Operation{ID: "page", Method: http.MethodPost, Path: "/page", Who: access.Everybody()}, func(http.ResponseWriter, *http.Request) error { return nil })
	c.handler = r.Handler()
	return c
}

func (c *city) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// from sends a request from an address and returns the answer.
func (c *city) from(addr, method, path string, headers ...string) *http.Response {
	req := httptest.NewRequest(method, path, nil)
	req.RemoteAddr = addr
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, req)
	return w.Result()
}

const ask = httpd.Prefix + "/ask"

// passed counts how many of n requests weren't too many.
func (c *city) passed(n int, addr func(i int) string, headers ...string) (good int) {
	for i := range n {
		if c.from(addr(i), http.MethodPost, ask, headers...).StatusCode != http.StatusTooManyRequests {
			good++
		}
	}
	return good
}

func one(addr string) func(int) string { return func(int) string { return addr } }

func TestAnAddressChangesOnlySoMuchWithoutSigningIn(t *testing.T) {
	c := newCity(httpd.Limit{PerSecond: 2, Burst: 10})
	if got := c.passed(30, one("203.0.113.7:1000")); got != 10 {
		t.Errorf("%d of 30 passed at once, want 10", got)
	}
	refused := c.from("203.0.113.7:1001", http.MethodPost, ask)
	body, err := io.ReadAll(refused.Body)
	if err != nil {
		t.Fatal(err)
	}
	if refused.StatusCode != http.StatusTooManyRequests || refused.Header.Get("Retry-After") != "1" || !strings.Contains(string(body), "request.too-many") {
		t.Errorf("answered %d, Retry-After %q, %s", refused.StatusCode, refused.Header.Get("Retry-After"), body)
	}
	if got := c.passed(1, one("203.0.113.8:1000")); got != 1 {
		t.Error("another address was refused, too")
	}
	c.pass(3 * time.Second)
	if got := c.passed(30, one("203.0.113.7:1000")); got != 6 {
		t.Errorf("%d passed after three seconds, want 6", got)
	}
}

func TestLookingAndSignedInWorkAreNotCounted(t *testing.T) {
	c := newCity(httpd.Limit{PerSecond: 1, Burst: 1})
	for range 20 {
		if got := c.from("203.0.113.7:1", http.MethodGet, httpd.Prefix+"/look").StatusCode; got != http.StatusNoContent {
			t.Fatalf("a look was answered with %d", got)
		}
		if got := c.from("203.0.113.7:1", http.MethodPost, httpd.Prefix+"/own", "Kind", "person").StatusCode; got != http.StatusNoContent {
			t.Fatalf("signed-in work was answered with %d", got)
		}
	}
	if got := c.from("203.0.113.7:1", http.MethodPost, "/page").StatusCode; got != http.StatusOK {
		t.Errorf("the first page was answered with %d", got)
	}
	if got := c.from("203.0.113.7:1", http.MethodPost, "/page", "Accept", "text/html").StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("the second page was answered with %d", got)
	}
}

func TestADearOperationCountsMore(t *testing.T) {
	c := newCity(httpd.Limit{PerSecond: 1, Burst: 10})
	good := 0
	for range 10 {
		if c.from("203.0.113.7:1", http.MethodPost, httpd.Prefix+"/dear").StatusCode == http.StatusNoContent {
			good++
		}
	}
	if good != 2 {
		t.Errorf("%d passed, want 2 of cost 4 out of 10", good)
	}
	if got := c.passed(5, one("203.0.113.7:1")); got != 2 {
		t.Errorf("%d cheap ones passed after that, want the 2 that are left", got)
	}
}

func TestForwardedAddressesAreBelievedFromProxiesOnly(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct {
		name, remote, forwarded string
		others                  bool // whether requests of another client pass still
	}{
		{"no proxy: the client's word is worth nothing", "203.0.113.7:1", "198.51.100.%d", false},
		{"a proxy tells the client", "10.1.1.1:1", "198.51.100.%d", true},
		{"only the part that proxies wrote counts", "10.1.1.1:1", "192.0.2.%d, 198.51.100.9, 10.2.2.2", false},
		{"nonsense", "10.1.1.1:1", "'; DROP TABLE person; --%d", false},
		{"one household has one network", "10.1.1.1:1", "2001:db8:1:1::%d", false},
		{"another household", "10.1.1.1:1", "2001:db8:1:%d::1", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCity(httpd.Limit{PerSecond: 1, Burst: 3, Proxies: proxies})
			good := 0
			for i := range 12 {
				if c.from(tt.remote, http.MethodPost, ask, "X-Forwarded-For", fmt.Sprintf(tt.forwarded, i+1)).StatusCode == http.StatusNoContent {
					good++
				}
			}
			want := 3
			if tt.others {
				want = 12
			}
			if good != want {
				t.Errorf("%d of 12 passed, want %d", good, want)
			}
		})
	}
}

func TestManyAddressesDoNotFillTheMemory(t *testing.T) {
	c := newCity(httpd.Limit{PerSecond: 1, Burst: 1})
	addr := func(i int) string { return fmt.Sprintf("198.%d.%d.%d:1", i>>16&255, i>>8&255, i&255) }
	c.passed(1, one("203.0.113.7:1"))
	if got := c.passed(25_000, addr); got != 25_000 {
		t.Errorf("%d of 25000 addresses passed", got)
	}
	// The first one is forgotten by now; the last ones aren't.
	if c.passed(1, one("203.0.113.7:1")) != 1 || c.passed(1, one(addr(24_999))) != 0 {
		t.Error("the clients that were seen last must be kept, and no more")
	}
}

func TestNoLimitIsALimitOfItsOwn(t *testing.T) {
	c := newCity(httpd.Limit{PerSecond: -1})
	if got := c.passed(500, one("203.0.113.7:1")); got != 500 {
		t.Errorf("%d of 500 passed", got)
	}
}
