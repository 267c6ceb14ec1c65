package message_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"smarthall/hall-server/internal/message"
)

func TestTextsLeaveOutWhatIsUnknown(t *testing.T) {
	full := message.Vars{Hall: "示范大厅", Number: "A012", Service: "社保", Window: "3", Way: "直走左转", Ahead: 3, Low: 10, High: 15, URL: "http://h/t/1"}
	tests := []struct {
		name, text string
		vars       message.Vars
		want       string
	}{
		{"all", "{hall} {number} {service} {window} {way} {ahead} {low} {high} {wait} {url}", full, "示范大厅 A012 社保 3 直走左转 3 10 15 10–15 分钟 http://h/t/1"},
		{"a part", "{number}[，{wait}]。", full, "A012，10–15 分钟。"},
		{"a part without its value", "{number}[，{wait}]。[{way}]", message.Vars{Number: "A012", Low: -1, High: -1, Way: "左"}, "A012。左"},
		{"nobody ahead", "[{ahead}]", message.Vars{}, "0"},
		{"not waiting", "x[{ahead}]", message.Vars{Ahead: -1}, "x"},
		{"a range of one", "{wait}", message.Vars{Low: 5, High: 5}, "约 5 分钟"},
		{"a value with braces stays", "{hall}", message.Vars{Hall: "{number}", Number: "A1"}, "{number}"},
		{"a value with brackets stays", "{hall}!", message.Vars{Hall: "[{way}]"}, "[{way}]!"},
		{"no variables", "您好", full, "您好"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (message.Template{Version: 1, Text: tt.text}).Render(tt.vars); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTheBuiltInTextsAreWhole(t *testing.T) {
	settings := message.Defaults()
	for _, e := range message.Events() {
		text := settings.Template(e).Render(message.Vars{Hall: "示范大厅", Number: "A012", Window: "3", Ahead: 3, Low: 10, High: 15, URL: "u"})
		if settings.Template(e).Version < 1 || !strings.Contains(text, "A012") || strings.ContainsAny(text, "{}[]") {
			t.Errorf("%s: %q", e, text)
		}
	}
}

func TestMistakesInSettingsAreNamed(t *testing.T) {
	http := func(edit func(*message.Gateway)) func(*message.Settings) {
		return func(s *message.Settings) {
			s.SMS.Provider = message.ProviderHTTP
			s.SMS.Gateway = message.Gateway{URL: "https://sms.example/send", Body: `{"to":"{phone}"}`}
			edit(&s.SMS.Gateway)
		}
	}
	tests := []struct {
		name string
		edit func(*message.Settings)
		want string // the paths
	}{
		{"the defaults", func(*message.Settings) {}, ""},
		{"a gateway", http(func(*message.Gateway) {}), ""},
		{"soon", func(s *message.Settings) { s.Soon = 0 }, "soon"},
		{"quotas", func(s *message.Settings) { s.PerPhone, s.PerHall = -1, -1 }, "per_hall per_phone"},
		{"an event", func(s *message.Settings) { s.SMS.Events = []message.Event{"called", "born"} }, "sms/events/1"},
		{"a zone", func(s *message.Settings) { s.WeChat.Zones = []string{"Z"} }, "wechat/zones/0"},
		{"a provider", func(s *message.Settings) { s.WeChat.Provider = "pigeon" }, "wechat/provider"},
		{"a template of nothing", func(s *message.Settings) { s.Templates = map[message.Event]message.Template{"born": {}} }, "templates/born"},
		{"no version", func(s *message.Settings) { s.Templates = template(0, "x") }, "templates/called"},
		{"no text", func(s *message.Settings) { s.Templates = template(1, "") }, "templates/called"},
		{"too long", func(s *message.Settings) { s.Templates = template(1, strings.Repeat("字", 501)) }, "templates/called"},
		{"an unknown variable", func(s *message.Settings) { s.Templates = template(1, "{phone}") }, "templates/called"},
		{"an open bracket", func(s *message.Settings) { s.Templates = template(1, "a[b") }, "templates/called"},
		{"nested brackets", func(s *message.Settings) { s.Templates = template(1, "a[b[c]d]") }, "templates/called"},
		{"brackets the wrong way", func(s *message.Settings) { s.Templates = template(1, "a]b[") }, "templates/called"},
		{"no address", http(func(g *message.Gateway) { g.URL = "sms.example" }), "sms/gateway/url"},
		{"a method", http(func(g *message.Gateway) { g.Method = "GET" }), "sms/gateway/method"},
		{"a time-out", http(func(g *message.Gateway) { g.Timeout = time.Hour }), "sms/gateway/timeout"},
		{"a body", http(func(g *message.Gateway) { g.Body = `{"to":{phone}}` }), "sms/gateway/body"},
		{"a body's variable", http(func(g *message.Gateway) { g.Body = `"{fone}"` }), "sms/gateway/body"},
		{"a header", http(func(g *message.Gateway) { g.Headers = map[string]string{"X": "{fone}", "Y": "a\nb"} }), "sms/gateway/headers/X sms/gateway/headers/Y"},
		{"half a success", http(func(g *message.Gateway) { g.Success.Field = "code" }), "sms/gateway/success"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := message.Defaults()
			tt.edit(&s)
			var paths []string
			for _, m := range s.Check([]string{"A"}) {
				paths = append(paths, m.Path)
				if m.Message == "" {
					t.Errorf("%s has no words", m.Path)
				}
			}
			if got := strings.Join(paths, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func template(version int, text string) map[message.Event]message.Template {
	return map[message.Event]message.Template{message.Called: {Version: version, Text: text}}
}

func TestSettingsStandInTheHallsFile(t *testing.T) {
	s := message.Defaults()
	err := yaml.Unmarshal([]byte(`
sms:
  events: [called, missed]
  provider: http
  gateway:
    url: https://sms.example/send
    headers: {Authorization: "Bearer {secret}"}
    secret_file: sms.key
    body: '{"to": "{phone}", "content": "{text}"}'
    timeout: 5s
    success: {field: code, equals: "0", id: data.id, reason: message, refused: ["1001"]}
    receipt: {id: msgid, state: stat, delivered: [DELIVRD]}
wechat: {on: true}
soon: 5
templates:
  called: {version: 2, code: SMS_7, text: "请 {number} 号到 {window} 号窗口。"}
`), &s)
	if err != nil {
		t.Fatal(err)
	}
	if ms := s.Check(nil); len(ms) > 0 {
		t.Errorf("mistakes %v", ms)
	}
	if !s.SMS.On || !s.WeChat.On || s.Soon != 5 || s.PerPhone != 20 || s.SMS.Gateway.Timeout != 5*time.Second ||
		s.Template(message.Called).Version != 2 || s.Template(message.Missed).Version != 1 {
		t.Errorf("read %+v", s)
	}
}

// FuzzRender checks that nothing in a value changes what the template says.
func FuzzRender(f *testing.F) {
	f.Add("{number}[，{way}]", "A{hall}", "[x]")
	f.Add("[[]]{", "}", "")
	f.Fuzz(func(t *testing.T, text, number, way string) {
		v := message.Vars{Number: number, Way: way, Ahead: -1, Low: -1, High: -1}
		got := message.Template{Text: text}.Render(v)
		if !strings.ContainsAny(text, "{[") && !strings.Contains(text, "]") && got != text {
			t.Errorf("%q became %q", text, got)
		}
		if text == "{number}" && got != number {
			t.Errorf("%q became %q", number, got)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Error(fmt.Errorf("encode %q: %w", got, err))
		}
	})
}
