package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/agent"
	"smarthall/internal/link"
)

const goodConfig = `agent: kiosk-1
hall: ws://127.0.0.1:8080/link
token: secret
listen: 127.0.0.1:8081
data: var/kiosk-1
name: 一楼大厅 1 号取号机
zone: A
idle: 30s
devices:
  - {id: printer, profile: generic/escpos-80, port: tcp://127.0.0.1:9100}
  - {id: reader,  profile: generic/sam-v-serial, port: var/dev/reader, baud: 9600, params: {address: "1"}}
`

func TestConfigReadsWhatTheFileSays(t *testing.T) {
	c, err := agent.ParseConfig([]byte(goodConfig), link.RoleKiosk)
	if err != nil {
		t.Fatal(err)
	}
	if c.Agent != "kiosk-1" || c.Name != "一楼大厅 1 号取号机" || c.Idle != 30*time.Second {
		t.Errorf("got %+v", c)
	}
	if len(c.Devices) != 2 || c.Devices[1].Params["address"] != "1" || c.Devices[1].Baud != 9600 {
		t.Errorf("got devices %+v", c.Devices)
	}
}

func TestConfigFillsInDefaults(t *testing.T) {
	c, err := agent.ParseConfig([]byte("agent: a\nhall: wss://h/link\ntoken: t\nlisten: :0\ndata: d\n"), link.RoleDisplay)
	if err != nil {
		t.Fatal(err)
	}
	if c.Idle != 45*time.Second || c.RatingWait != 20*time.Second || c.Voice.Volume != 100 || c.Name != "a" {
		t.Errorf("got %+v", c)
	}
}

func TestConfigMistakes(t *testing.T) {
	replace := func(old, text string) string { return strings.Replace(goodConfig, old, text, 1) }
	for _, tt := range []struct{ name, in, want string }{
		{"unknown key", goodConfig + "colour: red\n", `line 12: unknown key "colour"`},
		{"unknown key of a device", replace("baud:", "bald:"), `line 11: unknown key "bald"`},
		{"key twice", goodConfig + "zone: B\n", "already defined at line 7"},
		{"not YAML", "agent: [", "line 1"},
		{"empty", "", "the file is empty"},
		{"two documents", goodConfig + "---\nagent: x\n", "more than one YAML document"},
		{"wrong type", replace("idle: 30s", "idle: soon"), "line 8: cannot unmarshal"},
		{"no hall", replace("hall: ws://127.0.0.1:8080/link\n", ""), "hall is missing"},
		{"hall over http", replace("ws://", "http://"), "line 2: hall: "},
		{"hall without host", replace("ws://127.0.0.1:8080/link", "ws:///link"), "names no host"},
		{"bad port", replace("127.0.0.1:8081", "127.0.0.1:80810"), `line 4: listen: port "80810"`},
		{"no port", replace("127.0.0.1:8081", "localhost"), "line 4: listen: "},
		{"no token", replace("token: secret\n", ""), "token or token_file is missing"},
		{"two tokens", goodConfig + "token_file: x\n", "line 12: token and token_file exclude each other"},
		{"idle too long", replace("30s", "3h"), "line 8: idle 3h0m0s"},
		{"tickets of gold", goodConfig + "ticket: gold\n", `line 12: ticket "gold": a kiosk gives out paper or label`},
		{"a machine for coffee", goodConfig + "kiosk: {mode: coffee}\n", `line 12: kiosk mode "coffee"`},
		{"a theme that isn't there", goodConfig + "kiosk: {theme: pink}\n", `line 12: kiosk theme "pink"`},
		{"services by name", goodConfig + "kiosk: {services: name}\n", `line 12: kiosk services "name"`},
		{"an area twice", goodConfig + "kiosk: {areas: [hall, hall]}\n", `line 12: kiosk area "hall"`},
		{"an area that is no id", goodConfig + "kiosk: {areas: [../hall]}\n", `line 12: kiosk area "../hall"`},
		{"bad name", replace("kiosk-1", "Kiosk 1"), "line 1: agent \"Kiosk 1\""},
		{"device twice", replace("id: reader", "id: printer"), `line 11: device 2: id "printer" stands twice`},
		{"device without port", replace(", port: tcp://127.0.0.1:9100", ""), "line 10: device 1: printer: port is missing"},
		{"device without profile", replace("profile: generic/escpos-80, ", ""), "line 10: device 1: printer: profile is missing"},
		{"device on a wrong port", replace("9100", "port"), "line 10: device 1: printer: port tcp://127.0.0.1:port"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := agent.ParseConfig([]byte(tt.in), link.RoleKiosk)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "agent.Config") {
				t.Errorf("the error speaks of Go types: %v", err)
			}
		})
	}
}

func TestCounterNeedsItsWindow(t *testing.T) {
	if _, err := agent.ParseConfig([]byte(goodConfig), link.RoleCounter); err == nil || !strings.Contains(err.Error(), "window is missing") {
		t.Errorf("got %v", err)
	}
}

func TestTokenFile(t *testing.T) {
	dir := t.TempDir()
	token, file := filepath.Join(dir, "token"), filepath.Join(dir, "agent.yaml")
	text := strings.Replace(goodConfig, "token: secret", "token_file: "+token, 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := agent.LoadConfig(file, link.RoleKiosk); err == nil || !strings.Contains(err.Error(), "read token") {
		t.Errorf("without the file got %v", err)
	}
	if err := os.WriteFile(token, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := agent.LoadConfig(file, link.RoleKiosk); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("with an empty file got %v", err)
	}
	if err := os.WriteFile(token, []byte("secret-2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := agent.LoadConfig(file, link.RoleKiosk)
	if err != nil {
		t.Fatal(err)
	}
	if c.Token != "secret-2" {
		t.Errorf("got token %q", c.Token)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(goodConfig))
	f.Add([]byte("devices: [{}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := agent.ParseConfig(data, link.RoleKiosk)
		if (c == nil) == (err == nil) {
			t.Errorf("got %v and %v", c, err)
		}
	})
}

func TestKioskSettings(t *testing.T) {
	for _, tt := range []struct {
		name, more string
		want       link.KioskSettings
	}{
		{"absent", "", link.KioskSettings{Mode: link.KioskQueue, Services: "taken", Theme: "light", Voice: "off", Volume: 100}},
		{
			"a terminal", "kiosk: {mode: terminal, areas: [apply, hall], services: hall, theme: dark}\nvoice: {elder: true, volume: 60}\n",
			link.KioskSettings{Mode: link.KioskTerminal, Areas: []string{"apply", "hall"}, Services: "hall", Theme: "dark", Voice: "elder", Volume: 60},
		},
		{"always spoken", "voice: {enabled: true, elder: true}\n", link.KioskSettings{Mode: link.KioskQueue, Services: "taken", Theme: "light", Voice: "on", Volume: 100}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := agent.ParseConfig([]byte(goodConfig+tt.more), link.RoleKiosk)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.Settings(), &tt.want); diff != "" {
				t.Errorf("-got +want\n%s", diff)
			}
		})
	}
	if _, err := agent.ParseConfig([]byte(goodConfig+"kiosk: {mode: query}\n"), link.RoleDisplay); err == nil {
		t.Error("a display took a kiosk's settings")
	}
}
