package counter

import (
	"net/http"
	"testing"
)

// WithStrokes is withStrokes for tests.
var WithStrokes = withStrokes

// NewPadDoor tells whether a door with the token lets a request in.
func NewPadDoor(t *testing.T, token string) func(*http.Request) bool {
	t.Helper()
	p := &padDoor{token: token}
	return func(r *http.Request) bool { return fromHere(r) || p.knows(r) }
}

// NewPadDoorURL is the address that a door with the token gives.
func NewPadDoorURL(t *testing.T, token string) string {
	t.Helper()
	urls := (&padDoor{token: token, listen: "192.168.10.2:8093"}).urls()
	if len(urls) != 1 {
		t.Fatalf("got %v", urls)
	}
	return urls[0]
}

// Trying tells whether a device is being tried out.
func (c *Counter) Trying(id string) bool { return c.tries(id) }
