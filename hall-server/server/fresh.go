package server

import (
	"net"
	"net/http"
	"sync"
)

// fresh are the connections on which nothing was asked yet. Browsers open some
// in advance, and http.Server.Shutdown waits five seconds for each.
type fresh struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{} // guarded by mu
}

// note is a http.Server's ConnState.
func (f *fresh) note(c net.Conn, state http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if state != http.StateNew {
		delete(f.conns, c)
		return
	}
	if f.conns == nil {
		f.conns = make(map[net.Conn]struct{})
	}
	f.conns[c] = struct{}{}
}

// close closes them: whoever opened one finds the server gone either way.
func (f *fresh) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		_ = c.Close()
	}
}
