package simulator_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

// console serves the console of simulated devices.
func console(t *testing.T, devices ...*simulator.Device) *httptest.Server {
	t.Helper()
	pages := fstest.MapFS{"index.html": {Data: []byte("<title>模拟设备</title>")}}
	server := httptest.NewServer(simulator.NewConsole(devices, slog.New(slog.DiscardHandler)).Handler(pages))
	t.Cleanup(func() {
		server.Client().CloseIdleConnections()
		server.Close()
	})
	return server
}

// named starts a device with an id of its own.
func named(t *testing.T, id, profileID string) *simulator.Device {
	t.Helper()
	return start(t, profileID, "tcp", func(c *simulator.Config) { c.ID, c.Agent = id, "kiosk-1" })
}

// do sends a request and returns status, content type and body.
func do(t *testing.T, server *httptest.Server, method, path, body string, header ...string) (int, string, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	must(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	res, err := server.Client().Do(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, res.Header.Get("Content-Type"), out
}

func TestConsoleListsWhatDevicesShow(t *testing.T) {
	t.Parallel()
	server := console(t, named(t, "p", printerID), named(t, "r", readerID), named(t, "s", stripID), named(t, "k", padID), named(t, "c", scannerID))
	for _, post := range []string{
		`r/lay {"card":"foreigner-2023","person":{"name":"测试人","birth":"1990-01-02"}}`,
		`c/scan {"text":"20261122-007"}`, `k/press {"key":5}`, `p/paper-near-end {}`, `s/stall`, `c/unplug {}`,
	} {
		path, body, _ := strings.Cut(post, " ")
		if status, _, out := do(t, server, "POST", "/api/devices/"+path, body); status != http.StatusNoContent {
			t.Fatalf("%s: %d %s", post, status, out)
		}
	}
	status, kind, body := do(t, server, "GET", "/api/devices", "")
	if status != http.StatusOK || kind != "application/json" {
		t.Fatalf("%d %s", status, kind)
	}
	var got []map[string]any
	must(t, json.Unmarshal(body, &got))
	if len(got) != 5 {
		t.Fatalf("%d devices", len(got))
	}
	for i, want := range []string{
		`{"agent":"kiosk-1","class":"printer","conditions":["paper-near-end"],"id":"p","plugged":true}`,
		`{"class":"id-reader","id":"r"}`,
		`{"class":"led","conditions":["stall"],"id":"s"}`,
		`{"armed":false,"class":"pad","id":"k","lastKey":5}`,
		`{"class":"scanner","id":"c","lastScan":"20261122-007","plugged":false,"received":0}`,
	} {
		var fields map[string]any
		must(t, json.Unmarshal([]byte(want), &fields))
		for name, value := range fields {
			a, _ := json.Marshal(value)
			b, _ := json.Marshal(got[i][name])
			if !bytes.Equal(a, b) {
				t.Errorf("%v: %s is %s, want %s", got[i]["id"], name, b, a)
			}
		}
	}
	card, _ := got[1]["card"].(map[string]any)
	if card["kind"] != "foreigner-2023" || card["name"] != "测试人" || !strings.HasPrefix(card["number"].(string), "91125019900102") {
		t.Errorf("card %v", card)
	}
	display, _ := got[2]["display"].(map[string]any)
	if display["width"] != 64.0 || display["text"] != "" {
		t.Errorf("display %v", display)
	}
}

func TestConsoleRefusesWithAProblem(t *testing.T) {
	t.Parallel()
	sim := named(t, "c", scannerID)
	server := console(t, sim, named(t, "k", padID), named(t, "r", readerID))
	tests := []struct {
		name, method, path, body string
		header                   []string
		status                   int
		code                     string
	}{
		{"unknown device", "POST", "/api/devices/x/plug", "{}", nil, 404, "device.unknown"},
		{"unknown action", "POST", "/api/devices/c/dance", "{}", nil, 404, "action.unknown"},
		{"unknown path", "GET", "/api/nothing", "", nil, 404, "not-found"},
		{"action of another kind", "POST", "/api/devices/c/paper-out", "{}", nil, 409, "action.unsupported"},
		{"no checksum", "POST", "/api/devices/c/wrong-checksum", "{}", nil, 409, "action.unsupported"},
		{"no such key", "POST", "/api/devices/k/press", `{"key":6}`, nil, 422, "argument.invalid"},
		{"unknown card", "POST", "/api/devices/r/lay", `{"card":"library"}`, nil, 422, "argument.invalid"},
		{"no date", "POST", "/api/devices/r/lay", `{"card":"citizen","person":{"birth":"1990-02-30"}}`, nil, 422, "argument.invalid"},
		{"text that ends a code", "POST", "/api/devices/c/scan", `{"text":"a\rb"}`, nil, 422, "argument.invalid"},
		{"broken body", "POST", "/api/devices/c/scan", `{"text":`, nil, 422, "body.invalid"},
		{"unknown field", "POST", "/api/devices/c/scan", `{"txt":"a"}`, nil, 422, "body.invalid"},
		{"body too large", "POST", "/api/devices/c/scan", `{"text":"` + strings.Repeat("a", 100<<10) + `"}`, nil, 422, "body.invalid"},
		{"page of another site", "POST", "/api/devices/c/scan", `{"text":"a"}`, []string{"Origin", "https://evil.example"}, 403, "origin.refused"},
		{"origin without a place", "POST", "/api/devices/c/scan", `{"text":"a"}`, []string{"Origin", "null"}, 403, "origin.refused"},
		{"rebound name", "POST", "/api/devices/c/scan", `{"text":"a"}`, []string{"Host", "evil.example:8087"}, 403, "origin.refused"},
		{"no such ticket", "GET", "/api/devices/k/tickets/1.png", "", nil, 404, "ticket.unknown"},
		{"no picture", "GET", "/api/devices/k/tickets/1.txt", "", nil, 404, "ticket.unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, kind, body := do(t, server, tt.method, tt.path, tt.body, tt.header...)
			var problem struct{ Code, Detail string }
			if err := json.Unmarshal(body, &problem); err != nil {
				t.Fatalf("%d %s: %v", status, body, err)
			}
			if status != tt.status || problem.Code != tt.code || problem.Detail == "" || kind != "application/problem+json" {
				t.Errorf("got %d %s %s", status, kind, body)
			}
		})
	}
	if got := sim.Snapshot().LastScan; got != "" {
		t.Errorf("a refused scan was made: %q", got)
	}
	if status, _, _ := do(t, server, "POST", "/api/devices/c/scan", `{"text":"a"}`, "Origin", "http://localhost:8087"); status != 204 {
		t.Errorf("own page: %d", status)
	}
}

func TestConsoleShowsTicketsAndBytes(t *testing.T) {
	t.Parallel()
	sim := named(t, "p", printerID)
	server := console(t, sim)
	p, s := printer(t, sim)
	waitState(t, s, device.Online)
	must(t, p.Print(within(t, time.Minute), ticket()))

	status, kind, body := do(t, server, "GET", "/api/devices/p/tickets/1.png", "")
	if status != 200 || kind != "image/png" {
		t.Fatalf("%d %s", status, kind)
	}
	if _, err := png.Decode(bytes.NewReader(body)); err != nil {
		t.Error(err)
	}
	_, kind, body = do(t, server, "GET", "/api/devices/p/received", "")
	if kind != "application/octet-stream" || !bytes.Contains(body, []byte{0x1D, 0x56, 0x42, 0x00}) {
		t.Errorf("received %d bytes of %s without a cut", len(body), kind)
	}
	if _, _, body = do(t, server, "GET", "/", ""); !bytes.Contains(body, []byte("模拟设备")) {
		t.Errorf("page: %s", body)
	}
}

func TestConsoleStreamsChanges(t *testing.T) {
	t.Parallel()
	sim := named(t, "r", readerID)
	server := console(t, sim, named(t, "c", scannerID))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/events", nil)
	must(t, err)
	res, err := server.Client().Do(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatal(kind)
	}
	events := bufio.NewScanner(res.Body)
	next := func() (v simulator.View) {
		for events.Scan() {
			if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
				must(t, json.Unmarshal([]byte(data), &v))
				return v
			}
		}
		t.Fatal(events.Err())
		return v
	}
	if a, b := next(), next(); a.ID != "r" || b.ID != "c" {
		t.Fatalf("first came %s and %s", a.ID, b.ID)
	}
	_, err = sim.LayKind(device.Citizen, simulator.Person{Name: "测试"})
	must(t, err)
	if v := next(); v.ID != "r" || v.Card == nil || v.Card.Name != "测试" {
		t.Errorf("then came %+v", v)
	}
	sim.Unplug()
	if v := next(); v.Plugged {
		t.Errorf("then came %+v", v)
	}
}

func TestConfigurationFileIsStrict(t *testing.T) {
	t.Parallel()
	const good = "devices:\n  - {id: a, profile: generic/scanner-serial, port: var/a}\n"
	tests := []struct{ name, in, want string }{
		{"unknown key", good + "  - {id: b, prot: x}\n", "line 3"},
		{"nothing", "devices: []\n", "no devices"},
		{"no port", "devices:\n  - {id: a, profile: p}\n", "device 1"},
		{"twice", good + "  - {id: a, profile: p, port: var/b}\n", `"a" is there twice`},
		{"one port for two", good + "  - {id: b, profile: p, port: var/a}\n", "taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "simulator.yaml")
			must(t, os.WriteFile(file, []byte(tt.in), 0o600))
			_, err := simulator.ReadFile(file)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestRunServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := filepath.Join(dir, "dev", "reader")
	file := filepath.Join(dir, "simulator.yaml")
	must(t, os.WriteFile(file, []byte("devices:\n  - {id: reader, agent: kiosk-1, profile: generic/sam-v-serial, port: "+link+"}\n"), 0o600))
	listen := freeAddress(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- simulator.Run(ctx, file, listen, slog.New(slog.DiscardHandler)) }()

	client := &http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	waitFor(t, "the console", func() bool {
		res, err := client.Get("http://" + listen + "/api/devices")
		if err != nil {
			return false
		}
		return res.Body.Close() == nil && res.StatusCode == http.StatusOK
	})
	if _, err := os.Readlink(link); err != nil {
		t.Error(err)
	}
	cancel()
	must(t, <-ended)
	if _, err := os.Lstat(link); !os.IsNotExist(err) {
		t.Errorf("the link is still there: %v", err)
	}

	must(t, os.WriteFile(link, nil, 0o600))
	if err := simulator.Run(t.Context(), file, listen, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a file in the place of the link was overwritten")
	}
}

// freeAddress is a local address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}
