package simulator

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// webModel is a device that answers HTTP requests instead of bytes on a line.
type webModel interface {
	server
	// serve answers a request whose body is already read. It is called without
	// the device's mutex; its request's context ends with the plug.
	serve(w http.ResponseWriter, r *http.Request)
}

// maxRequest bounds the body of a request to a device.
const maxRequest = 1 << 20

// listenWeb opens the device's network interface at http://host:port/path or
// tcp://host:port, which the host finds at http://host:port/path.
func (d *Device) listenWeb(m webModel, address string) (plug, string, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "tcp") || u.Host == "" {
		return nil, "", fmt.Errorf("port %q of this device must be http://host:port: %w", address, ErrArgument)
	}
	return listenHTTP(u.Host, d.web(m), "http://%s"+strings.ReplaceAll(u.EscapedPath(), "%", "%%"))
}

// web notes what is asked and lets the model answer, unless it hangs.
func (d *Device) web(m webModel) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
			return
		}
		d.mu.Lock()
		d.heard.add([]byte(strings.Join([]string{r.Method, r.URL.RequestURI()}, " ") + "\n"))
		d.heard.add(body)
		hangs := d.plug == nil || d.stalled
		d.mu.Unlock()
		if hangs {
			<-r.Context().Done()
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		m.serve(w, r)
	})
}

// takeGarbage tells whether the next answer shall be broken, once.
func (d *Device) takeGarbage() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.noise
	if was {
		d.noise = false
		d.changed()
	}
	return was
}

// photo answers what a simulated camera sees.
func (c *Console) photo(w http.ResponseWriter, r *http.Request) {
	d, ok := c.device(w, r)
	if !ok {
		return
	}
	jpg, err := d.Photo()
	if err != nil {
		c.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "no-store")
	c.write(w, jpg)
}
