package all_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// never is the bytes until a cut that doesn't come.
const never = -1

// cutter is a line between a driver and a simulated device that can be cut. A
// nil one does nothing.
type cutter struct {
	listener net.Listener
	target   string // host:port of the device
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	left   int    // bytes until the cut, or never
	atCut  func() // is called right before the cut, if it isn't nil
	closed bool
}

func newCutter(t *testing.T, target string) *cutter {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: l, target: target, conns: map[net.Conn]bool{}, left: never}
	c.running.Go(c.serve)
	t.Cleanup(func() {
		_ = l.Close()
		c.mu.Lock()
		c.closed = true
		c.mu.Unlock()
		c.hangUp()
		c.running.Wait()
	})
	return c
}

func (c *cutter) serve() {
	for {
		host, err := c.listener.Accept()
		if err != nil {
			return
		}
		dev, err := net.DialTimeout("tcp", c.target, time.Second)
		if err != nil || !c.keep(host, dev) {
			_ = host.Close()
			continue
		}
		c.running.Go(func() {
			_, _ = io.Copy(dev, host)
			c.drop(host, dev)
		})
		c.running.Go(func() {
			c.pass(host, dev)
			c.drop(host, dev)
		})
	}
}

// keep notes a pair of connections; false if the test is over.
func (c *cutter) keep(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		if c.closed {
			_ = conn.Close()
			continue
		}
		c.conns[conn] = true
	}
	return !c.closed
}

func (c *cutter) drop(conns ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(c.conns, conn)
	}
}

// pass hands the device's bytes on until the cut.
func (c *cutter) pass(host, dev net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := dev.Read(buf)
		if err != nil {
			return
		}
		n, end := c.spend(n)
		_, err = host.Write(buf[:n])
		if end && c.atCut != nil {
			c.atCut()
		}
		if err != nil || end {
			return
		}
	}
}

// spend is how many of n bytes may still pass, and whether the cut follows.
func (c *cutter) spend(n int) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == never {
		return n, false
	}
	if n < c.left {
		c.left -= n
		return n, false
	}
	n, c.left = c.left, never
	return n, true
}

func (c *cutter) cutAfter(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = n
}

func (c *cutter) wasCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left == never
}

// hangUp ends the connections that are open.
func (c *cutter) hangUp() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		_ = conn.Close()
	}
}
