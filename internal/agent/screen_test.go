package agent_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// fakeScreen is a screen that remembers its pages.
type fakeScreen struct {
	mu    sync.Mutex
	page  device.ScreenPage
	heard []string
	gone  int
	full  bool
	desk  device.Desk
}

func (s *fakeScreen) Run(ctx context.Context, sink device.Sink) error {
	sink.State(device.Online, "")
	<-ctx.Done()
	return ctx.Err()
}

func (s *fakeScreen) Join(page device.ScreenPage) (heard func([]byte), gone func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return nil, nil, device.ErrOffline
	}
	s.page = page
	page.Send([]byte(`{"type":"pad.face"}`))
	return func(m []byte) { s.mu.Lock(); defer s.mu.Unlock(); s.heard = append(s.heard, string(m)) },
		func() { s.mu.Lock(); defer s.mu.Unlock(); s.gone++ }, nil
}

func (s *fakeScreen) ShowDesk(_ context.Context, desk device.Desk) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.desk = desk
	return nil
}

func (s *fakeScreen) look(f func() bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f()
}

// startScreen runs the screen as a device and serves its page. cut ends the
// requests' context.
func startScreen(t *testing.T, s *fakeScreen) (ds *agent.Devices, address string, cut context.CancelFunc) {
	t.Helper()
	ds, err := agent.NewDevices(agent.DevicesConfig{
		Devices: []device.Config{{ID: "other", Profile: "x", Port: "x"}, {ID: "screen", Profile: "x", Port: "page:pad"}},
		Open: func(cfg device.Config) (device.Device, device.Info, error) {
			if cfg.ID == "other" {
				return struct{ device.Device }{s}, device.Info{Class: device.ClassScanner}, nil
			}
			return s, device.Info{Class: device.ClassPad}, nil
		},
		HallTime: func(t time.Time) time.Time { return t },
		Changed:  func(link.DeviceView) {},
		Event:    func(*agent.Device, any) {},
		Log:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- ds.Run(running) }()
	serving, cut := context.WithCancel(context.Background())
	var open sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		open.Add(1)
		defer open.Done()
		agent.ServeScreen(w, r.WithContext(serving), agent.BestWith[device.Screen](ds), slog.New(slog.DiscardHandler))
	}))
	t.Cleanup(func() {
		cut()
		server.Close()
		open.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	agenttest.WaitFor(t, "the devices run", func() bool {
		return ds.All()[0].State() == device.Online && ds.All()[1].State() == device.Online
	})
	return ds, "ws" + strings.TrimPrefix(server.URL, "http"), cut
}

func dial(t *testing.T, address string) *websocket.Conn {
	t.Helper()
	ws, res, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

func TestAScreensPageAndItsDeviceTalk(t *testing.T) {
	s := &fakeScreen{}
	ds, address, _ := startScreen(t, s)
	if agent.Can[device.Screen](ds.All()[0]) || !agent.Can[device.Screen](ds.All()[1]) {
		t.Error("the wrong device is a screen")
	}
	ws := dial(t, address)
	if _, data, err := ws.ReadMessage(); err != nil || !strings.Contains(string(data), "pad.face") {
		t.Fatalf("the page got %s, %v", data, err)
	}
	if err := ws.WriteMessage(websocket.TextMessage, []byte("answer")); err != nil {
		t.Fatal(err)
	}
	agenttest.WaitFor(t, "the answer", func() bool { return s.look(func() bool { return len(s.heard) == 1 && s.heard[0] == "answer" }) })
	if err := ds.All()[1].ShowDesk(t.Context(), device.Desk{Number: "A1"}); err != nil || s.desk.Number != "A1" {
		t.Errorf("the desk: %v, %+v", err, s.desk)
	}
	_ = ws.Close()
	agenttest.WaitFor(t, "the page's end", func() bool { return s.look(func() bool { return s.gone == 1 }) })
}

func TestAScreensPageIsClosedFromThisSide(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(s *fakeScreen, cut context.CancelFunc)
	}{
		{"by the device", func(s *fakeScreen, _ context.CancelFunc) { s.page.Close() }},
		{"by the door", func(_ *fakeScreen, cut context.CancelFunc) { cut() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &fakeScreen{}
			_, address, cut := startScreen(t, s)
			ws := dial(t, address)
			if _, _, err := ws.ReadMessage(); err != nil {
				t.Fatal(err)
			}
			tt.end(s, cut)
			if _, _, err := ws.ReadMessage(); err == nil {
				t.Error("the page is still open")
			}
			agenttest.WaitFor(t, "the page's end", func() bool { return s.look(func() bool { return s.gone == 1 }) })
		})
	}
}

func TestAScreensPageThatSaysTooMuchIsClosed(t *testing.T) {
	s := &fakeScreen{}
	_, address, _ := startScreen(t, s)
	ws := dial(t, address)
	_ = ws.WriteMessage(websocket.TextMessage, make([]byte, 300<<10)) // the other end may close while it is sent
	agenttest.WaitFor(t, "the page's end", func() bool { return s.look(func() bool { return s.gone == 1 }) })
	if len(s.heard) != 0 {
		t.Error("the message was taken")
	}
}

func TestAPageThatMayNotJoinIsClosed(t *testing.T) {
	s := &fakeScreen{full: true}
	_, address, _ := startScreen(t, s)
	ws := dial(t, address)
	if _, _, err := ws.ReadMessage(); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestOnlyCountersLetTabletsIn(t *testing.T) {
	text := strings.Replace(goodConfig, "token: secret", "token: secret\nwindow: \"3\"\npad_listen: 0.0.0.0:8093", 1)
	c, err := agent.ParseConfig([]byte(text), link.RoleCounter)
	if err != nil || c.PadListen != "0.0.0.0:8093" {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := agent.ParseConfig([]byte(text), link.RoleKiosk); err == nil || !strings.Contains(err.Error(), "pad_listen is for counters") {
		t.Errorf("a queue machine: %v", err)
	}
	if _, err := agent.ParseConfig([]byte(strings.Replace(text, ":8093", "", 1)), link.RoleCounter); err == nil || !strings.Contains(err.Error(), "pad_listen: ") {
		t.Errorf("without a port: %v", err)
	}
}
