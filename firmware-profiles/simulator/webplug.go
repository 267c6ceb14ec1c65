package simulator

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// webPlug is the plug of a device that answers HTTP requests.
type webPlug struct {
	server *http.Server
	stop   context.CancelFunc
	accept sync.WaitGroup

	mu     sync.Mutex
	closed bool           // guarded by mu
	active sync.WaitGroup // requests; added to with mu held
}

// requestWait bounds how long a host may take to send a request.
const requestWait = time.Minute

// listenHTTP serves a device's requests at host:port. where makes the address
// that the host finds it at, with the port that was chosen.
func listenHTTP(host string, h http.Handler, where string) (plug, string, error) {
	l, err := net.Listen("tcp", host)
	if err != nil {
		return nil, "", err
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &webPlug{stop: stop}
	w.server = &http.Server{
		Handler: w.guard(h), ReadHeaderTimeout: headerWait, ReadTimeout: requestWait,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	w.accept.Go(func() { _ = w.server.Serve(l) }) // it ends when close closes it
	return w, fmt.Sprintf(where, l.Addr()), nil
}

// guard counts the requests that run, so that close can wait for them.
func (w *webPlug) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		if w.closed {
			w.mu.Unlock()
			return
		}
		w.active.Add(1)
		w.mu.Unlock()
		defer w.active.Done()
		h.ServeHTTP(out, r)
	})
}

// write has no meaning: a device on HTTP speaks only when asked.
func (w *webPlug) write([]byte) {}

func (w *webPlug) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.stop()             // ends requests that hang
	_ = w.server.Close() // cuts every connection
	w.accept.Wait()
	w.active.Wait()
}
