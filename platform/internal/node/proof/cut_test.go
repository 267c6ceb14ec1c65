package proof_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"smarthall/internal/sqldb"
	"smarthall/internal/sqldb/sqldbtest"
)

// cutEnv says for how long the line is cut, such as 3m; make bench sets it.
const cutEnv = "SMARTHALL_CUT"

// TestMinutesWithoutTheLineLoseNothing cuts the line between hall and platform
// for minutes, on each engine of the platform, while three windows of the hall
// and the bookings of the platform go on. Halfway the hall is killed, and comes
// back without the platform. While the line is cut nothing crosses it and both
// sides go on; once it is mended both catch up, and every event of either side
// was taken exactly once and in order. The counts of both sides are told.
func TestMinutesWithoutTheLineLoseNothing(t *testing.T) {
	text := os.Getenv(cutEnv)
	if text == "" {
		t.Skip(cutEnv + " isn't set: make bench cuts the line for minutes, the other proofs for seconds")
	}
	takes, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", cutEnv, err)
	}
	patience = max(patience, 5*takes)
	sqldbtest.Each(t, func(t *testing.T, target string) { cutFor(t, target, takes) })
}

func cutFor(t *testing.T, target string, takes time.Duration) {
	p := newPlatform(t, target)
	p.start()
	line := newProxy(t, p.leaves)
	h := newHall(t, line.Addr().String())
	h.start()
	provided(t, h)
	load, stop := context.WithCancel(t.Context())
	defer stop()
	var windows sync.WaitGroup
	for window, service := range map[string]string{"1": "business-licence", "4": "tax", "8": "social-insurance"} {
		windows.Go(func() { h.visits(load, window, service) })
	}
	flows(t, h)
	sides := counter{t, sqldbtest.Open(t, filepath.Join(h.data, "hall.db")), sqldbtest.Open(t, p.target)}

	line.cut(true)
	sleep(t.Context(), time.Second) // what was on its way has come, or hasn't
	begun := sides.count()
	sleep(t.Context(), takes/2)
	h.end(syscall.SIGKILL)
	h.start()
	sleep(t.Context(), takes/2)
	ended := sides.count()
	t.Logf("cut for %s: the hall logged %d events and the platform published %d; %d and %d crossed the line",
		takes, ended.logged-begun.logged, ended.sent-begun.sent, ended.up-begun.up, ended.down-begun.down)
	if ended.up != begun.up || ended.down != begun.down {
		t.Error("the line wasn't cut")
	}
	if least := int(takes.Seconds()); ended.logged-begun.logged < least || ended.sent-begun.sent < least {
		t.Error("one of the sides stood still")
	}

	line.cut(false)
	mended := time.Now()
	eventually(t, "both sides catch up", func() bool {
		return sides.up() >= ended.logged && sides.down() >= ended.sent
	})
	t.Logf("caught up after %s, while both went on", time.Since(mended).Round(100*time.Millisecond))
	stop()
	windows.Wait()
	p.quiet()
	settle(t, h, p)
	settleIntakes(t, h)
	h.end(syscall.SIGTERM)
	p.end(syscall.SIGTERM)
	up, down := verifyUp(t, h, p), verifyDown(t, h, p)
	t.Logf("%d events up, %d down, %d applications received, each once and in order", up, down, verifyIntakes(t, h, p))
}

// counts are what each side has done, and taken of the other.
type counts struct{ logged, up, sent, down int }

// counter counts in the databases of both sides.
type counter struct {
	t              *testing.T
	hall, platform *sqldb.DB
}

func (c counter) count() counts {
	c.t.Helper()
	return counts{logged: len(logged(c.t, c.hall)), up: c.up(), sent: count(c.t, c.platform, `SELECT count(*) FROM proof_sent`), down: c.down()}
}

// up is how many events of the hall the platform has taken, down the other way.
func (c counter) up() int {
	c.t.Helper()
	return count(c.t, c.platform, `SELECT count(*) FROM proof_taken WHERE type <> 'intake.made'`)
}

func (c counter) down() int {
	c.t.Helper()
	return count(c.t, c.hall, `SELECT count(*) FROM uplink_taken`)
}
