package message_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/platform/internal/message"
)

// gatewaySettings are those of a gateway at url.
func gatewaySettings(t *testing.T, url string) message.ProviderSettings {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(secretText+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return message.ProviderSettings{Name: "alpha", Channel: message.SMS, Kind: "http", URL: url, SecretFile: path, Receipts: true, Timeout: 30 * time.Second}
}

func TestAnOrderReachesTheGatewaySignedAndWhole(t *testing.T) {
	type seen struct {
		ID, Channel, To, Text, Template string
		Vars                            map[string]string
	}
	got := make(chan seen, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h := r.Header
		if !secret(t).Verify(h.Get("webhook-id"), h.Get("webhook-timestamp"), h.Get("webhook-signature"), body, time.Now()) {
			t.Error("the signature is wrong")
		}
		var s seen
		if err := json.Unmarshal(body, &s); err != nil {
			t.Error(err)
		}
		if h.Get("Idempotency-Key") != s.ID {
			t.Errorf("the key is %q", h.Get("Idempotency-Key"))
		}
		got <- s
		_, _ = w.Write([]byte(`{"id":"g-1"}`))
	}))
	t.Cleanup(server.Close)
	c := file(t, func(conf *message.Config) {
		conf.Settings = message.Settings{Signature: "东湖市政务服务", Providers: []message.ProviderSettings{gatewaySettings(t, server.URL)}}
	})
	n := accepted("zhang")
	n.Vars["item"] = `"},{"x":"` + "\n"
	c.send(n)
	c.work()
	sent := c.wantState(message.Sending, "")
	s := <-got
	if s.ID != sent.ID || s.To != "13800000001" || s.Channel != "sms" || s.Template != "case.accepted" || s.Vars["number"] != "330102261124000123" ||
		!strings.HasPrefix(s.Text, `【东湖市政务服务】已受理："},{"x":"，编号`) {
		t.Errorf("the gateway got %+v", s)
	}
	d, err := c.Detail(c.staff("s1"), sent.ID)
	if err != nil || d.Tries[0].Receipt != "g-1" {
		t.Errorf("tries are %+v, %v", d.Tries, err)
	}
	if _, err := c.post("alpha", "m1", `{"id":"`+sent.ID+`","state":"delivered"}`); err != nil {
		t.Fatal(err)
	}
	c.wantState(message.Delivered, "")
}

func TestWhatGatewaysAnswer(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  func(w http.ResponseWriter, r *http.Request)
		refused string // empty: a fault
		good    bool
	}{
		{"taken, without a body", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "", true},
		{"taken", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"id":"1"}`)) }, "", true},
		{"refused", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(422)
			_, _ = w.Write([]byte(`{"reason":"空号"}`))
		}, "空号", false},
		{"refused without a reason", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, "403", false},
		{"refused with a page", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			_, _ = w.Write([]byte(`<html><script>alert(1)</script>`))
		}, "404", false},
		{"too many", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, "", false},
		{"broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "", false},
		{"away", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "", false},
		{"sends us elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, "", false},
		{"talks nonsense", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>ok</html>`)) }, "", false},
		{"never ends", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"id":"` + strings.Repeat("x", 1<<20) + `"}`))
		}, "", false},
		{"slow", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // so that the server sees who hangs up
			select {
			case <-r.Context().Done():
			case <-time.After(time.Minute):
			}
		}, "", false},
		{"hangs up", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				conn.Close()
			}
		}, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(tt.answer))
			t.Cleanup(server.Close)
			p, err := message.NewGateway(gatewaySettings(t, server.URL))
			if err != nil {
				t.Fatal(err)
			}
			wait := time.Minute
			if tt.name == "slow" {
				wait = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			_, err = p.Send(ctx, message.Order{ID: "1", Channel: message.SMS, To: "13912345678", Text: message.Text{Text: "x"}})
			var refused *message.Refusal
			switch {
			case tt.good:
				if err != nil {
					t.Errorf("got %v", err)
				}
			case tt.refused != "":
				if !errors.As(err, &refused) || !strings.Contains(refused.Reason, tt.refused) {
					t.Errorf("got %v, want a refusal because of %q", err, tt.refused)
				}
			default:
				if err == nil || errors.As(err, &refused) {
					t.Errorf("got %v, want a fault", err)
				}
				if err != nil && strings.Contains(err.Error(), "13912345678") {
					t.Errorf("the error tells: %v", err)
				}
			}
		})
	}
}

func TestSettingsThatCanNotWorkAreRefused(t *testing.T) {
	good := gatewaySettings(t, "https://sms.example.com/send")
	for _, tt := range []struct {
		name   string
		change func(s *message.Settings)
	}{
		{"no address", func(s *message.Settings) { s.Providers[0].URL = "" }},
		{"a file for an address", func(s *message.Settings) { s.Providers[0].URL = "file:///etc/passwd" }},
		{"no secret", func(s *message.Settings) { s.Providers[0].SecretFile = "" }},
		{"no channel", func(s *message.Settings) { s.Providers[0].Channel = "pigeon" }},
		{"no name", func(s *message.Settings) { s.Providers[0].Name = "" }},
		{"a name that breaks the list of those that failed", func(s *message.Settings) { s.Providers[0].Name = "a b!" }},
		{"twice", func(s *message.Settings) { s.Providers = append(s.Providers, good) }},
		{"a long wait", func(s *message.Settings) { s.Providers[0].Timeout = time.Hour }},
		{"no such kind", func(s *message.Settings) { s.Providers[0].Kind = "fax" }},
		{"mail from nobody", func(s *message.Settings) { s.Providers[0].Kind, s.Providers[0].URL = "smtp", "smtp://mail.example.com" }},
		{"quiet hours that are none", func(s *message.Settings) { s.Quiet = message.Quiet{From: "25:00", To: "07:00"} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := message.Settings{Providers: []message.ProviderSettings{good}}
			tt.change(&s)
			if err := s.Check(); err == nil {
				t.Error("they were taken")
			}
		})
	}
	path := filepath.Join(t.TempDir(), "messages.yaml")
	text := "signature: 【东湖市】\nperPerson: {sms: 5}\nproviders:\n  - {name: sms-1, channel: sms, kind: http, url: https://sms.example.com, secretFile: " + good.SecretFile + ", timeout: 5s}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := message.LoadSettings(path)
	if err != nil || s.Signature != "东湖市" || s.PerPerson[message.SMS] != 5 || s.Providers[0].Timeout != 5*time.Second || s.Quiet.From != "22:00" {
		t.Errorf("read %+v, %v", s, err)
	}
	if err := os.WriteFile(path, []byte(text+"unheard: of\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := message.LoadSettings(path); err == nil {
		t.Error("a misspelt setting was taken")
	}
	if _, err := message.LoadSettings(path + ".none"); err != nil {
		t.Errorf("no file: %v", err)
	}
}
