package agent

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// maxAnswer is the longest message of a screen's page, in bytes: a signature
// of a minute fits.
const maxAnswer = 256 << 10

// ShowDesk shows the desk, if the device can.
func (d *Device) ShowDesk(ctx context.Context, desk device.Desk) error {
	return use(ctx, d, "show desk", func(p device.DeskDisplay) error { return p.ShowDesk(ctx, desk) })
}

// BestWith returns the first device with the ability T that works, else the
// first one, else nil.
func BestWith[T device.Device](ds *Devices) *Device {
	var first *Device
	for _, d := range ds.All() {
		if !Can[T](d) {
			continue
		}
		if d.State().Works() {
			return d
		}
		if first == nil {
			first = d
		}
	}
	return first
}

// Can tells whether the device has the ability T.
func Can[T device.Device](d *Device) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.dev.(T)
	return ok
}

// ServeScreen makes a request the connection of a page that is a device, and
// serves it until the page goes, the device ends or the request's context does.
// The caller has checked that the page may connect.
func ServeScreen(w http.ResponseWriter, r *http.Request, d *Device, log *slog.Logger) {
	up := websocket.Upgrader{
		ReadBufferSize:  4 << 10,
		WriteBufferSize: 4 << 10,
		Subprotocols:    []string{link.Subprotocol},
		CheckOrigin:     func(*http.Request) bool { return true },
	}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	ws.SetReadLimit(maxAnswer)
	page := newConn(ws, pageOutbox)
	defer page.close()
	heard, gone, err := d.joinScreen(screenPage{page})
	if err != nil {
		log.Info("page of a screen sent away", slog.String("device", d.Config.ID), slog.Any("cause", err))
		return
	}
	defer gone()
	ctx, cancel := context.WithCancel(r.Context())
	var writing sync.WaitGroup
	defer writing.Wait()
	defer cancel()
	writing.Go(func() { page.write(ctx) })
	for {
		data, err := page.read()
		if err != nil {
			return
		}
		heard(data)
	}
}

// joinScreen joins a page to the device, if it is a screen.
func (d *Device) joinScreen(page device.ScreenPage) (heard func([]byte), gone func(), err error) {
	d.mu.Lock()
	screen, ok := d.dev.(device.Screen)
	d.mu.Unlock()
	if !ok {
		return nil, nil, device.ErrOffline
	}
	return screen.Join(page)
}

// screenPage is a connection as a device sees it.
type screenPage struct{ *conn }

func (p screenPage) Send(message []byte) { p.sendRaw(message) }

func (p screenPage) Close() { p.close() }
