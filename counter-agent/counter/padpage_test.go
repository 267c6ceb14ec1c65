package counter_test

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/counter-agent/counter"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
)

// startTablets starts a counter that lets tablets in and returns its address
// for them, its own and its folder.
func startTablets(t *testing.T) (tablets, own, folder string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tablets = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	own, stop = startTabletsAt(t, tablets, folder)
	return tablets, own, folder, stop
}

func startTabletsAt(t *testing.T, tablets, folder string) (own string, stop func()) {
	t.Helper()
	var s screens
	c, err := counter.New(counter.Options{
		Config: &agent.Config{
			Agent: "counter-1", Hall: agenttest.NewHall(t).URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: folder,
			Window: "3", RatingWait: time.Second, PadListen: tablets,
			Devices: []device.Config{{ID: "screen", Profile: "generic/web-pad", Port: "page:pad"}},
		},
		Open: s.open(t), Log: slog.New(slog.DiscardHandler),
		Pages: fstest.MapFS{
			"dist/index.html": {Data: []byte("clerk")}, "dist/pad.html": {Data: []byte("pad")}, "dist/assets/pad.js": {Data: []byte("js")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	stop = agenttest.Start(t, c, c.Agent().Ready())
	agenttest.WaitFor(t, "tablets are let in", func() bool {
		res, err := http.Get("http://" + tablets + "/pad")
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	})
	return c.Agent().Addr().String(), stop
}

func status(t *testing.T, method, address string, header ...string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
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
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close()
	return res.StatusCode
}

// Tablets get the citizen's page and nothing of the clerk's.
func TestTabletsGetTheirPageOnly(t *testing.T) {
	tablets, own, _, _ := startTablets(t)
	base := "http://" + tablets
	for path, want := range map[string]int{
		"/pad": http.StatusOK, "/assets/pad.js": http.StatusOK,
		"/": http.StatusNotFound, "/index.html": http.StatusNotFound, "/ws": http.StatusNotFound, "/healthz": http.StatusNotFound,
		"/metrics": http.StatusNotFound, "/qr.png": http.StatusNotFound, "/pad/invitation": http.StatusNotFound,
	} {
		if got := status(t, http.MethodGet, base+path); got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
	if got := status(t, http.MethodGet, base+"/pad", "Host", "evil.example"); got != http.StatusMisdirectedRequest {
		t.Errorf("a name that was pointed here: got %d", got)
	}
	if got := status(t, http.MethodGet, base+"/pad", "Origin", "http://evil.example"); got != http.StatusForbidden {
		t.Errorf("another site: got %d", got)
	}
	if got := status(t, http.MethodGet, "http://"+own+"/pad"); got != http.StatusOK {
		t.Errorf("the page on the window's own computer: got %d", got)
	}
}

func TestTheInvitationIsRenewedAndOutlivesRestarts(t *testing.T) {
	tablets, own, folder, stop := startTablets(t)
	first := invitation(t, http.MethodGet, own)
	if u, err := url.Parse(first); err != nil || u.Host != tablets || u.Path != "/pad" || len(u.Fragment) < 20 {
		t.Fatalf("got %s, %v", first, err)
	}
	if again := invitation(t, http.MethodGet, own); again != first {
		t.Errorf("asked again, got %s", again)
	}
	next := invitation(t, http.MethodPost, own)
	if next == first {
		t.Error("the token stayed")
	}
	info, err := os.Stat(filepath.Join(folder, "pad.token"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file: %v, %v", info, err)
	}
	stop()
	own, _ = startTabletsAt(t, tablets, folder)
	if after := invitation(t, http.MethodGet, own); after != next {
		t.Errorf("after a restart got %s, want %s", after, next)
	}
}

func invitation(t *testing.T, method, own string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+own+"/pad/invitation", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close()
	var body struct{ URLs []string }
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil || len(body.URLs) != 1 {
		t.Fatalf("got %+v, %v", body, err)
	}
	return body.URLs[0]
}

// From outside only who knows the token is let in.
func TestATabletShowsItsToken(t *testing.T) {
	door := counter.NewPadDoor(t, "QR4TOKENTOKENTOKENTOKEN")
	for name, tt := range map[string]struct {
		remote, protocols string
		want              bool
	}{
		"the window's own computer": {"127.0.0.1:5000", "smarthall.v1", true},
		"its other family":          {"[::1]:5000", "", true},
		"a tablet with the token":   {"192.168.10.44:5000", "smarthall.v1, token.QR4TOKENTOKENTOKENTOKEN", true},
		"without a token":           {"192.168.10.44:5000", "smarthall.v1", false},
		"with an empty token":       {"192.168.10.44:5000", "smarthall.v1, token.", false},
		"with an old token":         {"192.168.10.44:5000", "smarthall.v1, token.QR4OLD", false},
		"from nowhere":              {"", "smarthall.v1", false},
	} {
		r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{}}
		r.Header.Set("Sec-WebSocket-Protocol", tt.protocols)
		if got := door(r); got != tt.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if strings.Contains(counter.NewPadDoorURL(t, "QR4TOKENTOKENTOKENTOKEN"), "?") {
		t.Error("the token stands where logs see it")
	}
}
