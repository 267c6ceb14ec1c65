package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

func TestPageGetsThePresentStateWithTheHallAway(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.SetSnapshot(link.Snapshot{Hall: link.HallView{Name: "市民中心"}})
	r := start(t, hall, agent.Hooks{}, device.Config{ID: "printer", Profile: "printer"})
	r.online(t)
	hall.Push(link.TypeServicesChanged, waiting(4))
	agenttest.WaitFor(t, "the delta", func() bool { return r.service("s").Waiting == 4 })
	hall.SetAway(true)
	agenttest.WaitFor(t, "the link is down", func() bool { return !r.Client.Online() })
	_, s := agenttest.Open(t, r.Addr())
	if s.Agent != "kiosk-1" || s.Role != link.RoleKiosk || s.Name != "一号机" || s.Zone != "A" || s.IdleSeconds != 45 {
		t.Errorf("got %+v", s)
	}
	if s.Link.Online || s.Link.Detail == "" {
		t.Errorf("got link %+v, want offline with a reason", s.Link)
	}
	if s.Hall == nil || s.Hall.Hall.Name != "市民中心" || len(s.Hall.Services) != 1 || s.Hall.Services[0].Waiting != 4 {
		t.Errorf("got hall %+v", s.Hall)
	}
	if len(s.Devices) != 1 {
		t.Errorf("got devices %+v", s.Devices)
	}
}

func TestPageFollowsHallLinkAndDevices(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{}, device.Config{ID: "printer", Profile: "printer"})
	r.online(t)
	agenttest.WaitFor(t, "the printer works", func() bool { return r.Devices.All()[0].State() == device.Online })
	page, _ := agenttest.Open(t, r.Addr())
	hall.Push(link.TypeServicesChanged, waiting(4))
	var services link.ServicesChanged
	page.Next(link.TypeServicesChanged, &services)
	if len(services.Services) != 1 || services.Services[0].Waiting != 4 {
		t.Errorf("got %+v", services)
	}
	r.fakes.Get("printer").State(device.PaperEnd)
	var printer link.DeviceView
	for printer.State != "paper_end" { // its first "online" may still be on the way
		page.Next(link.TypeDeviceChanged, &printer)
	}
	if printer.Advice != "请装入打印纸，并合上机盖" {
		t.Errorf("got %+v", printer)
	}
	hall.Restart()
	var state link.LinkState
	page.Next(link.TypeLinkChanged, &state)
	if state.Online || state.Detail == "" {
		t.Errorf("got %+v, want offline", state)
	}
	page.Next(link.TypeLinkChanged, &state)
	if !state.Online {
		t.Errorf("got %+v, want online", state)
	}
	page.Next(link.TypePageSnapshot, nil)
}

func TestSlowPageIsDropped(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{})
	r.online(t)
	slow, _ := agenttest.Open(t, r.Addr())
	quick, _ := agenttest.Open(t, r.Addr())
	big := link.HallView{Name: strings.Repeat("x", 256<<10)}
	for range 160 { // 40 MB are more than any socket buffers, and than a page's queue
		r.Broadcast(link.TypeHallChanged, big)
		quick.Next(link.TypeHallChanged, nil)
	}
	slow.Closed()
	_, s := agenttest.Open(t, r.Addr())
	if s.Agent != "kiosk-1" {
		t.Errorf("a dropped page that comes back gets %+v", s)
	}
}

// door is a set of hooks that counts its commands.
func door(n *atomic.Int32, wait time.Duration) agent.Hooks {
	return agent.Hooks{
		Notice: func(_ *agent.Page, m link.Message) (bool, error) {
			return m.Type == link.TypeSessionClear, nil
		},
		Command: func(_ context.Context, m link.Message) (any, error) {
			switch m.Type {
			case link.TypeTicketTake:
				time.Sleep(wait)
				n.Add(1)
				return link.Answer{None: true}, nil
			case link.TypeTicketCancel:
				n.Add(1)
				return nil, agent.ErrAway
			case link.TypeTicketFinish:
				var body link.FinishTicket
				return body, m.Into(&body)
			}
			return nil, agent.ErrUnsupported
		},
	}
}

func TestHostilePageMessages(t *testing.T) {
	hall := agenttest.NewHall(t)
	var n atomic.Int32
	r := start(t, hall, door(&n, 0))
	page, _ := agenttest.Open(t, r.Addr())
	for _, tt := range []struct{ name, in, code string }{
		{"not JSON", "{", "message.malformed"},
		{"a list", "[]", "message.malformed"},
		{"no type", `{"id":"x"}`, "message.malformed"},
		{"long id", `{"type":"ticket.take","id":"` + strings.Repeat("x", 200) + `"}`, "message.malformed"},
		{"unknown type", `{"type":"moon.rise","id":"x"}`, "message.unsupported"},
		{"command without an id", `{"type":"ticket.take"}`, "message.unsupported"},
		{"wrong body", `{"type":"ticket.finish","id":"x","body":{"ticket":7}}`, "message.malformed"},
		{"a hall's message", `{"type":"snapshot","id":"x","body":{}}`, "message.unsupported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page.SendRaw([]byte(tt.in))
			var p link.Problem
			page.Next(link.TypeError, &p)
			if p.Code != tt.code || p.Detail == "" {
				t.Errorf("got %+v, want %s", p, tt.code)
			}
		})
	}
	if n.Load() != 0 {
		t.Error("a hostile message was obeyed")
	}
	page.Send(link.TypeTicketTake, "1", nil)
	if m := page.Answer("1", nil); m.Type != link.TypeAnswer {
		t.Errorf("after all that a good command got %s", m.Type)
	}
}

func TestHugePageMessageClosesThePageOnly(t *testing.T) {
	hall := agenttest.NewHall(t)
	var n atomic.Int32
	r := start(t, hall, door(&n, 0))
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+r.Addr().String()+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	_ = resp.Body.Close()
	_ = ws.SetWriteDeadline(time.Now().Add(time.Minute))
	_ = ws.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte("x"), 10<<20)) // fails once the agent has closed
	_ = ws.SetReadDeadline(time.Now().Add(time.Minute))
	for err == nil {
		_, _, err = ws.ReadMessage()
	}
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		t.Error("the agent kept reading 10 MB")
	}
	if _, s := agenttest.Open(t, r.Addr()); s.Agent != "kiosk-1" {
		t.Error("other pages suffered")
	}
}

func TestCommandRepeatedByAReloadedPageIsDoneOnce(t *testing.T) {
	hall := agenttest.NewHall(t)
	var n atomic.Int32
	r := start(t, hall, door(&n, 50*time.Millisecond))
	const id = "0b8f2c1e-3a57-4b7e-9d6c-1f2e3d4c5b6a"
	first, _ := agenttest.Open(t, r.Addr())
	first.Send(link.TypeTicketTake, id, nil)
	first.Close()
	second, _ := agenttest.Open(t, r.Addr())
	second.Send(link.TypeTicketTake, id, nil)
	second.Send(link.TypeTicketTake, id, nil)
	for range 2 {
		var a link.Answer
		if m := second.Answer(id, &a); m.Type != link.TypeAnswer || !a.None {
			t.Errorf("got %s %+v", m.Type, a)
		}
	}
	if got := n.Load(); got != 1 {
		t.Errorf("the command was done %d times", got)
	}
}

func TestFailedCommandMayBeRepeated(t *testing.T) {
	hall := agenttest.NewHall(t)
	var n atomic.Int32
	r := start(t, hall, door(&n, 0))
	page, _ := agenttest.Open(t, r.Addr())
	const id = "0b8f2c1e-3a57-4b7e-9d6c-1f2e3d4c5b6a"
	for range 2 {
		page.Send(link.TypeTicketCancel, id, nil)
		var p link.Problem
		page.Answer(id, &p)
		if p.Code != "link.away" || p.Status != 503 || p.Detail != agent.DetailAway {
			t.Errorf("got %+v", p)
		}
	}
	if got := n.Load(); got != 2 {
		t.Errorf("the command was tried %d times, want 2", got)
	}
}

func TestPageMayNotFloodWithCommands(t *testing.T) {
	hall := agenttest.NewHall(t)
	var n atomic.Int32
	r := start(t, hall, door(&n, 300*time.Millisecond))
	page, _ := agenttest.Open(t, r.Addr())
	for i := range 20 {
		page.Send(link.TypeTicketTake, string(rune('a'+i)), nil)
	}
	var p link.Problem
	page.Next(link.TypeError, &p)
	if p.Code != "page.busy" {
		t.Errorf("got %+v", p)
	}
}

func TestNoticeWithAnIDIsAnswered(t *testing.T) {
	hall := agenttest.NewHall(t)
	var n atomic.Int32
	r := start(t, hall, door(&n, 0))
	page, _ := agenttest.Open(t, r.Addr())
	page.Send(link.TypeSessionClear, "7", nil)
	if m := page.Answer("7", nil); m.Type != link.TypeAnswer {
		t.Errorf("got %s", m.Type)
	}
}

func get(t *testing.T, r *rig, path string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestPageServer(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{}, device.Config{ID: "printer", Profile: "printer"})
	r.online(t)
	own := "http://" + r.Addr().String()
	_, port, err := net.SplitHostPort(r.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, path string
		header     []string
		status     int
		kind, want string
	}{
		{"home", "/", nil, 200, "text/html; charset=utf-8", "home"},
		{"page by name", "/board", nil, 200, "text/html; charset=utf-8", "board"},
		{"page by file", "/board.html?zone=A", nil, 200, "text/html; charset=utf-8", "board"},
		{"script that begins with an underscore", "/assets/_app-1.js", nil, 200, "text/javascript; charset=utf-8", "1"},
		{"unknown kind", "/assets/picture.unkno", nil, 200, "application/octet-stream", "x"},
		{"no such page", "/nothing", nil, 404, "", ""},
		{"folders aren't listed", "/assets/", nil, 404, "", ""},
		{"hidden file", "/.keep", nil, 404, "", ""},
		{"way out", "/../config.go", nil, 404, "", ""},
		{"health", "/healthz", nil, 200, "application/json", `"link":true`},
		{"metrics", "/metrics", nil, 200, "", `smarthall_link_up 1`},
		{"metrics of devices", "/metrics", nil, 200, "", `smarthall_device_state{class="printer",device="printer",profile="printer",revision="",state=`},
		{"how long a device is in its state", "/metrics", nil, 200, "", `smarthall_device_since_seconds{class="printer",device="printer"} `},
		{"metrics of prints", "/metrics", nil, 200, "", `smarthall_prints_total{outcome="printed"} 0`},
		{"QR code", "/qr.png?text=http://a/b", nil, 200, "image/png", "PNG"},
		{"QR code of nothing", "/qr.png", nil, 400, "", ""},
		{"QR code too long", "/qr.png?text=" + strings.Repeat("x", 600), nil, 400, "", ""},
		{"localhost", "/", []string{"Host", "localhost:" + port}, 200, "", ""},
		{"foreign host", "/", []string{"Host", "evil.example:" + port}, 421, "", ""},
		{"own origin", "/", []string{"Origin", own}, 200, "", ""},
		{"localhost's origin", "/", []string{"Origin", "http://localhost:" + port}, 200, "", ""},
		{"foreign origin", "/", []string{"Origin", "http://evil.example"}, 403, "", ""},
		{"another port's origin", "/", []string{"Origin", "http://localhost:1"}, 403, "", ""},
		{"null origin", "/", []string{"Origin", "null"}, 403, "", ""},
		{"page's socket from a foreign origin", "/ws", []string{
			"Origin", "http://evil.example", "Upgrade", "websocket", "Connection", "Upgrade",
			"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
		}, 403, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := get(t, r, tt.path, tt.header...)
			if resp.StatusCode != tt.status {
				t.Errorf("got %d, want %d", resp.StatusCode, tt.status)
			}
			if kind := resp.Header.Get("Content-Type"); tt.kind != "" && kind != tt.kind {
				t.Errorf("got type %s, want %s", kind, tt.kind)
			}
			if !strings.Contains(body, tt.want) {
				t.Errorf("%q isn't in %q", tt.want, body)
			}
			if csp := resp.Header.Get("Content-Security-Policy"); tt.status == 200 && !strings.HasPrefix(csp, "default-src 'self';") {
				t.Errorf("policy %q", csp)
			}
		})
	}
}

func TestPagesMissingFromTheBuild(t *testing.T) {
	hall := agenttest.NewHall(t)
	keep := pages["dist/index.html"]
	delete(pages, "dist/index.html")
	defer func() { pages["dist/index.html"] = keep }()
	r := start(t, hall, agent.Hooks{})
	if resp, body := get(t, r, "/"); resp.StatusCode != 404 || !strings.Contains(body, "页面尚未构建") {
		t.Errorf("got %d %q", resp.StatusCode, body)
	}
}

func TestPageMessagesCarryTheEnvelope(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{})
	page, _ := agenttest.Open(t, r.Addr())
	r.Broadcast(link.TypeScanned, link.Scanned{Text: "x"})
	m := page.Next(link.TypeScanned, nil)
	if m.At.IsZero() || m.ID != "" || m.Re != "" || !json.Valid(m.Body) {
		t.Errorf("got %+v", m)
	}
}
