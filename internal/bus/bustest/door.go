package bustest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// door stands before a server's door for leaf nodes. It is shut before the
// server stops, because nats-server 2.15 falls over a leaf node that knocks
// while it goes down (auth_callout.go reads what Shutdown has let go).
type door struct {
	address string // as leaf nodes know it
	behind  string

	mu       sync.Mutex
	listener net.Listener // nil while it is shut; guarded by mu
	conns    map[net.Conn]bool
	wg       sync.WaitGroup
}

// settle is how long what came in at the last moment takes to be answered.
const settle = 100 * time.Millisecond

func newDoor(address, behind string) *door {
	return &door{address: address, behind: behind, conns: map[net.Conn]bool{}}
}

// open lets leaf nodes in.
func (d *door) open(tb testing.TB) {
	tb.Helper()
	l, err := net.Listen("tcp", d.address)
	if err != nil {
		tb.Fatal(err)
	}
	d.mu.Lock()
	d.listener = l
	d.mu.Unlock()
	d.wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			d.wg.Go(func() { d.carry(in) })
		}
	})
}

// carry passes on what comes until one side hangs up.
func (d *door) carry(in net.Conn) {
	defer in.Close()
	out, err := net.DialTimeout("tcp", d.behind, time.Second)
	if err != nil {
		return
	}
	defer out.Close()
	d.mu.Lock()
	if d.listener == nil {
		d.mu.Unlock()
		return
	}
	d.conns[in], d.conns[out] = true, true
	d.mu.Unlock()
	ended := make(chan struct{}, 2)
	pass := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // either end may be gone
		ended <- struct{}{}
	}
	go pass(out, in)
	go pass(in, out)
	<-ended
	_, _ = in.Close(), out.Close()
	<-ended
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, in)
	delete(d.conns, out)
}

// shut lets nobody in any more and sends away who is there.
func (d *door) shut() {
	d.mu.Lock()
	l := d.listener
	d.listener = nil
	if l == nil {
		d.mu.Unlock()
		return
	}
	_ = l.Close()
	for c := range d.conns {
		_ = c.Close()
	}
	d.mu.Unlock()
	d.wg.Wait()
	time.Sleep(settle)
}
