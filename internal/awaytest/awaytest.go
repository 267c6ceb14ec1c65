// Package awaytest has the servers that outer systems are like on their worst
// days: they take a connection and say nothing, speak a byte at a time, never
// stop speaking, or talk nonsense. Whoever asks an outer system is tested
// against each of them: it has to end in its time, and say whom it waited for.
package awaytest

import (
	"crypto/rand"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is how long whoever asks may take to give up, in a test that gives
// it half a second: machines are slow, hanging is for ever.
const Patience = time.Minute

// Server is one of them.
type Server struct {
	Name string
	// Addr is host:port.
	Addr string
}

// jsonHead begins an answer of HTTP.
const jsonHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000000000\r\n\r\n"

// Servers are all of them, until the test ends.
func Servers(tb testing.TB) []Server {
	tb.Helper()
	list := []struct {
		name  string
		speak func(conn net.Conn)
	}{
		{"is silent", func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)); wait(conn) }},
		{"drips the head of its answer", drip("HTTP/1.1 200 OK\r\nX-Slow: ", "a")},
		{"drips its answer", drip(jsonHead+`{"confirmed":"`, "a")},
		{"never ends its answer", endless(jsonHead + `{"confirmed":"`)},
		{"never ends the head of its answer", endless("HTTP/1.1 200 OK\r\nX-Long: ")},
		{"talks nonsense", func(conn net.Conn) {
			_, _ = conn.Write([]byte(rand.Text() + "\x00\xff\r\n" + rand.Text() + "\r\n\r\n"))
		}},
		{"hangs up", func(net.Conn) {}},
	}
	servers := make([]Server, 0, len(list))
	for _, one := range list {
		servers = append(servers, Server{one.name, serve(tb, one.speak)})
	}
	return servers
}

// wait waits until the other side has hung up.
func wait(conn net.Conn) {
	for b := make([]byte, 1024); ; {
		if _, err := conn.Read(b); err != nil {
			return
		}
	}
}

// drip says first and then a byte at a time, for as long as somebody listens.
func drip(first, then string) func(conn net.Conn) {
	return func(conn net.Conn) {
		for text := first; ; text = then {
			if _, err := conn.Write([]byte(text)); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func endless(first string) func(conn net.Conn) {
	return func(conn net.Conn) {
		many := []byte(strings.Repeat("a", 64<<10))
		for text := []byte(first); ; text = many {
			if _, err := conn.Write(text); err != nil {
				return
			}
		}
	}
}

// serve answers every connection, once something was asked or nothing is going
// to be, by speak, and hangs up.
func serve(tb testing.TB, speak func(conn net.Conn)) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn // guarded by mu
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			all.Go(func() {
				defer conn.Close()
				// HTTP asks first; mail servers are expected to greet.
				_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
				_, _ = conn.Read(make([]byte, 64<<10))
				_ = conn.SetReadDeadline(time.Time{})
				speak(conn)
			})
		}
	})
	tb.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return listener.Addr().String()
}
