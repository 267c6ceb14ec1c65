package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"smarthall/firmware-profiles/engine/samv"
	"smarthall/internal/device"
)

// Console is the HTTP API of a set of devices, and its page.
type Console struct {
	devices []*Device
	byID    map[string]*Device
	log     *slog.Logger
}

// NewConsole makes the console of devices.
func NewConsole(devices []*Device, log *slog.Logger) *Console {
	c := &Console{devices: devices, byID: make(map[string]*Device, len(devices)), log: log}
	for _, d := range devices {
		c.byID[d.ID()] = d
	}
	return c
}

// Handler serves the API below /api and pages at /; pages may be nil.
func (c *Console) Handler(pages fs.FS) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/devices", c.list)
	mux.HandleFunc("GET /api/events", c.events)
	mux.HandleFunc("POST /api/devices/{id}/{action}", c.act)
	mux.HandleFunc("GET /api/devices/{id}/received", c.received)
	mux.HandleFunc("GET /api/devices/{id}/tickets/{file}", c.ticket)
	mux.HandleFunc("GET /api/devices/{id}/photo.jpg", c.photo)
	mux.HandleFunc("GET /api/devices/{id}/pages/{file}", c.page)
	mux.HandleFunc("GET /api/devices/{id}/played/{file}", c.sound)
	mux.HandleFunc("GET /api/devices/{id}/labels/{file}", c.label)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		c.problem(w, http.StatusNotFound, "not-found", "没有这个接口")
	})
	if pages != nil {
		mux.Handle("/", http.FileServerFS(pages))
	}
	return mux
}

func (c *Console) list(w http.ResponseWriter, _ *http.Request) {
	views := make([]View, len(c.devices))
	for i, d := range c.devices {
		views[i] = d.Snapshot()
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(views); err != nil {
		c.log.Debug("console left", slog.Any("cause", err))
	}
}

// device is the one that the path names, or a 404.
func (c *Console) device(w http.ResponseWriter, r *http.Request) (*Device, bool) {
	d, ok := c.byID[r.PathValue("id")]
	if !ok {
		c.problem(w, http.StatusNotFound, "device.unknown", "没有这台模拟设备")
	}
	return d, ok
}

func (c *Console) received(w http.ResponseWriter, r *http.Request) {
	d, ok := c.device(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	c.write(w, d.Received())
}

func (c *Console) ticket(w http.ResponseWriter, r *http.Request) {
	d, ok := c.device(w, r)
	if !ok {
		return
	}
	name, isPNG := bytes.CutSuffix([]byte(r.PathValue("file")), []byte(".png"))
	n, err := strconv.Atoi(string(name))
	if err != nil || !isPNG {
		c.problem(w, http.StatusNotFound, "ticket.unknown", "没有这张号票")
		return
	}
	var png bytes.Buffer
	if err := d.WriteTicketPNG(&png, n); err != nil {
		c.problem(w, http.StatusNotFound, "ticket.unknown", "没有这张号票")
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store") // numbers begin again with a restart
	c.write(w, png.Bytes())
}

func (c *Console) write(w io.Writer, p []byte) {
	if _, err := w.Write(p); err != nil {
		c.log.Debug("console left", slog.Any("cause", err))
	}
}

// act runs an action of a device.
func (c *Console) act(w http.ResponseWriter, r *http.Request) {
	if !local(r) {
		c.problem(w, http.StatusForbidden, "origin.refused", "只能在本机的控制台页面上操作")
		return
	}
	d, ok := c.device(w, r)
	if !ok {
		return
	}
	run, ok := actions[r.PathValue("action")]
	if !ok {
		c.problem(w, http.StatusNotFound, "action.unknown", "没有这个操作")
		return
	}
	var args arguments
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&args); err != nil && !errors.Is(err, io.EOF) {
		c.problem(w, http.StatusUnprocessableEntity, "body.invalid", "请求内容无法识别："+err.Error())
		return
	}
	if err := run(d, args); err != nil {
		c.refuse(w, err)
		return
	}
	c.log.Info("simulator action", slog.String("device", d.ID()), slog.String("action", r.PathValue("action")))
	w.WriteHeader(http.StatusNoContent)
}

// refuse answers a failed action.
func (c *Console) refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrUnsupported):
		c.problem(w, http.StatusConflict, "action.unsupported", "这类设备没有此操作")
	case errors.Is(err, ErrUnplugged):
		c.problem(w, http.StatusConflict, "device.unplugged", "设备已拔出，请先插入")
	case errors.Is(err, ErrArgument):
		c.problem(w, http.StatusUnprocessableEntity, "argument.invalid", "参数不正确："+err.Error())
	default:
		c.problem(w, http.StatusConflict, "action.failed", err.Error())
	}
}

// problem answers an RFC 9457 problem document.
func (c *Console) problem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(map[string]any{"status": status, "code": code, "detail": detail}); err != nil {
		c.log.Debug("console left", slog.Any("cause", err))
	}
}

// local tells whether the request was sent to this machine by a page of this
// machine, or by no page: no site elsewhere may press keys here.
func local(r *http.Request) bool {
	if !loopback(r.Host) {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && loopback(u.Host)
}

func loopback(hostport string) bool {
	u := url.URL{Host: hostport}
	if u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// arguments are what actions take.
type arguments struct {
	Card   device.IdentityKind `json:"card"`
	Person Person              `json:"person"`
	Key    int                 `json:"key"`
	Text   string              `json:"text"`
	Action device.Action       `json:"action"`
	State  device.State        `json:"state"`
	// Sheet is for lay-sheet, Sheets for feed.
	Sheet  string   `json:"sheet"`
	Sheets []string `json:"sheets"`
	// Lines is for paper-out-after and jam-after, Bytes for lift-during-read, Code (60, 66)
	// for module-fault.
	Lines int    `json:"lines"`
	Bytes int    `json:"bytes"`
	Code  string `json:"code"`
}

// actions are the console's verbs.
var actions = map[string]func(*Device, arguments) error{
	"lay": func(d *Device, a arguments) error {
		_, err := d.LayKind(a.Card, a.Person)
		return err
	},
	"lift":             func(d *Device, _ arguments) error { return d.Lift() },
	"lift-during-read": func(d *Device, a arguments) error { return d.LiftDuringRead(a.Bytes) },
	"module-fault": func(d *Device, a arguments) error {
		code, err := strconv.ParseUint(a.Code, 16, 8)
		if err != nil {
			return fmt.Errorf("code %q: %w", a.Code, ErrArgument)
		}
		return d.ModuleFault(samv.Status(code))
	},
	"module-ok":       func(d *Device, _ arguments) error { return d.ModuleFault(0) },
	"paper-out":       func(d *Device, _ arguments) error { return d.PaperOut() },
	"paper-out-after": func(d *Device, a arguments) error { return d.PaperOutAfter(a.Lines) },
	"paper-near-end":  func(d *Device, _ arguments) error { return d.PaperNearEnd() },
	"paper-in":        func(d *Device, _ arguments) error { return d.PaperIn() },
	"cover-open":      func(d *Device, _ arguments) error { return d.OpenCover() },
	"cover-close":     func(d *Device, _ arguments) error { return d.CloseCover() },
	"jam":             func(d *Device, _ arguments) error { return d.Jam() },
	"jam-after":       func(d *Device, a arguments) error { return d.JamAfter(a.Lines) },
	"clear-jam":       func(d *Device, _ arguments) error { return d.ClearJam() },
	"unplug":          func(d *Device, _ arguments) error { d.Unplug(); return nil },
	"plug":            func(d *Device, _ arguments) error { return d.Plug() },
	"garbage":         func(d *Device, _ arguments) error { return d.Garbage() },
	"wrong-checksum":  func(d *Device, _ arguments) error { return d.WrongChecksum() },
	"stall":           func(d *Device, _ arguments) error { d.Stall(); return nil },
	"resume":          func(d *Device, _ arguments) error { d.Resume(); return nil },
	"press":           func(d *Device, a arguments) error { return d.Press(a.Key) },
	"press-action":    func(d *Device, a arguments) error { return d.PressAction(a.Action) },
	"call":            func(d *Device, _ arguments) error { return d.Call(true) },
	"call-back":       func(d *Device, _ arguments) error { return d.Call(false) },
	"sense":           func(d *Device, a arguments) error { return d.Sense(a.State) },
	"scan":            func(d *Device, a arguments) error { return d.Scan(a.Text) },
	"lay-sheet":       func(d *Device, a arguments) error { return d.LaySheet(a.Sheet) },
	"take-sheet":      func(d *Device, _ arguments) error { return d.TakeSheet() },
	"feed":            func(d *Device, a arguments) error { return d.FeedSheets(a.Sheets) },
	"jam-after-pages": func(d *Device, a arguments) error { return d.JamAfterPages(a.Lines) },
}

// quietChanges is how often the mere count of received bytes is sent: devices
// are polled several times a second.
const quietChanges = time.Second

// events sends every device once and then each that changed (SSE).
func (c *Console) events(w http.ResponseWriter, r *http.Request) {
	changed := make(chan struct{}, 1)
	for _, d := range c.devices {
		defer d.Watch(changed)()
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	tick := time.NewTicker(quietChanges)
	defer tick.Stop()

	sent := map[string]View{}
	for all := true; ; {
		for _, d := range c.devices {
			v := d.Snapshot()
			old, known := sent[v.ID]
			if known && old.version == v.version && (!all || old.Received == v.Received) {
				continue
			}
			sent[v.ID] = v
			if err := sendEvent(w, v); err != nil {
				return // the page is gone
			}
		}
		if err := out.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
			all = false
		case <-tick.C:
			all = true
		}
	}
}

func sendEvent(w io.Writer, v View) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: device\ndata: %s\n\n", data)
	return err
}
