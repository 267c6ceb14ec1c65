package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

func TestAnEditedHallReachesEverybodyWithItsNewNames(t *testing.T) {
	defer goleak.VerifyNone(t)
	h := testkit.Hall(t)
	defer h.Stop()
	display := dial(t, h, "/link", h.Token("display", "", "display-1"))
	hello, err := link.New(link.TypeHello, time.Now(), link.Hello{Versions: [2]int{1, 1}, Agent: "display-1", Role: link.RoleDisplay})
	if err != nil {
		t.Fatal(err)
	}
	if err := display.WriteJSON(hello); err != nil {
		t.Fatal(err)
	}
	board := dial(t, h, "/api/v1/board/live", h.Token("manager", "", ""))
	snapshot(t, display, link.TypeSnapshot, "东湖区")
	snapshot(t, board, link.TypeBoardSnapshot, "东湖区")

	admin := h.Token("admin", "", "")
	text := h.Must(http.StatusOK, testkit.Request{Method: "GET", Path: "/api/v1/hall/config", Token: admin}, nil).Body
	edited := strings.Replace(text, "name: 东湖区政务服务中心", "name: 西湖区政务服务中心", 1)
	h.Must(http.StatusNoContent, testkit.Request{Method: "PUT", Path: "/api/v1/hall/config", Token: admin, Body: edited}, nil)
	snapshot(t, display, link.TypeSnapshot, "西湖区")
	snapshot(t, board, link.TypeBoardSnapshot, "西湖区")
}

func dial(t *testing.T, h *testkit.Running, path, token string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: testkit.Patience}
	ws, resp, err := dialer.Dial("ws"+strings.TrimPrefix(h.URL, "http")+path, http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		t.Fatalf("dial %s: %v", path, err)
	}
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

// snapshot reads until a snapshot of type want comes whose hall has name.
func snapshot(t *testing.T, ws *websocket.Conn, want link.Type, name string) {
	t.Helper()
	_ = ws.SetReadDeadline(time.Now().Add(testkit.Patience))
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			t.Fatalf("waiting for a %s of %s: %v", want, name, err)
		}
		m, err := link.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		var body struct{ Hall link.HallView }
		if m.Type == want && m.Into(&body) == nil && strings.Contains(body.Hall.Name, name) {
			return
		}
	}
}
