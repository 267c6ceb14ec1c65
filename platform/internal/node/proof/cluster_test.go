package proof_test

import (
	"context"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"smarthall/internal/bus/bustest"
	"smarthall/internal/sqldb/sqldbtest"
)

// TestTwoProcessesShareHallsWithoutDoubling runs two platform processes on one
// PostgreSQL and a cluster of three NATS servers, where the hall hangs. Both
// publish; they divide the relay and the halls by leases. One process after the
// other is killed, and servers of the cluster stop: in the end every event was
// taken once and in order, upward and downward.
func TestTwoProcessesShareHallsWithoutDoubling(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and kills processes for 15 s")
	}
	target := sqldbtest.Postgres(t)
	cluster := bustest.Start(t, "platform", busKey)
	one, two := newPlatform(t, target), newPlatform(t, target)
	two.dir = one.dir // the same secret
	for _, p := range []*platformProcess{one, two} {
		p.bus = cluster.Servers()
		p.start()
	}
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	line := newProxy(t, cluster.Leaves(0))
	h := newHall(t, line.Addr().String())
	h.start()
	flows(t, h)
	load, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.visits(load, "1", "business-licence")
	}()
	worst := time.Duration(0)
	for round, p := range []*platformProcess{one, two} {
		time.Sleep(time.Duration(500+random.IntN(1000)) * time.Millisecond)
		killed := time.Now()
		p.end(syscall.SIGKILL)
		flows(t, h) // the other has taken over, or had it
		worst = max(worst, time.Since(killed))
		p.start()
		if round%2 == 1 {
			cluster.Stop(2)
			time.Sleep(time.Second)
			flows(t, h)
			cluster.Restart(2)
			line.cut(true)
			time.Sleep(500 * time.Millisecond)
			line.cut(false)
		}
	}
	stop()
	<-done
	one.quiet()
	two.quiet()
	settle(t, h, one)
	h.end(syscall.SIGTERM)
	one.end(syscall.SIGTERM)
	two.end(syscall.SIGTERM)
	up, down := verifyUp(t, h, one), verifyDown(t, h, one)
	t.Logf("%d events up, %d down, each once and in order; after a kill events flowed within %s", up, down, worst.Round(10*time.Millisecond))
	if up < 30 || down < 100 {
		t.Errorf("%d and %d events prove nothing", up, down)
	}
	if worst > 15*time.Second {
		t.Errorf("a killed process was missed for %s", worst)
	}
}
