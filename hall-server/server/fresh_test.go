package server_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"smarthall/internal/testkit"
)

// TestAConnectionThatAsksNothingDelaysNoStop: browsers open some in advance,
// and a technician who restarts the hall at 8:55 has no five seconds for each.
func TestAConnectionThatAsksNothingDelaysNoStop(t *testing.T) {
	h := testkit.Hall(t)
	for range 3 {
		c, err := net.Dial("tcp", strings.TrimPrefix(h.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	// A request after them: the server has accepted all three.
	if a := h.Do(testkit.Request{Method: "GET", Path: "/healthz"}); a.Status != 200 {
		t.Fatalf("got %d", a.Status)
	}
	begun := time.Now()
	h.Stop()
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("the stop took %s", took)
	}
}
