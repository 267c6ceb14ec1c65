package message_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/message"
)

func TestWhatAGatewaySaysDecides(t *testing.T) {
	say := func(status int, body string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	const tries = 3
	tests := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request, int)
		want   message.State
		orders int
		reason string
	}{
		{"taken", say(200, `{"code":"0","data":{"id":"g1"}}`), message.Accepted, 1, ""},
		{"taken, with a number", say(200, `{"code":0,"data":{"id":17}}`), message.Accepted, 1, ""},
		{"refused for good", say(200, `{"code":"1001","message":"空号"}`), message.Failed, 1, "空号"},
		{"refused for good, without a word", say(400, `{"code":1001}`), message.Failed, 1, "1001"},
		{"not found", say(404, `nothing here`), message.Failed, 1, "网关回答 404"},
		{"redirected nowhere", say(304, ``), message.Failed, 1, "网关回答 304"},
		{"busy", say(200, `{"code":"17","message":"later"}`), message.Failed, tries, "多次发送都没有成功"},
		{"too many requests", say(429, ``), message.Failed, tries, "多次发送都没有成功"},
		{"broken", say(500, `{"code":"1001"}`), message.Failed, tries, "多次发送都没有成功"},
		{"no JSON", say(200, `<html>OK</html>`), message.Failed, tries, "多次发送都没有成功"},
		{"two values", say(200, `{"code":"0"}{"code":"0"}`), message.Failed, tries, "多次发送都没有成功"},
		{"says nothing", say(200, `{}`), message.Failed, tries, "多次发送都没有成功"},
		{"an object for a word", say(200, `{"code":{"0":"0"}}`), message.Failed, tries, "多次发送都没有成功"},
		{"endless", say(200, strings.Repeat(" ", 65<<10)+`{"code":"0"}`), message.Failed, tries, "多次发送都没有成功"},
		{"silent", func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }, message.Failed, tries, "多次发送都没有成功"},
		{"hangs up", func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) }, message.Failed, tries, "多次发送都没有成功"},
		{"better the second time", func(w http.ResponseWriter, _ *http.Request, n int) {
			if n == 1 {
				w.WriteHeader(503)
				return
			}
			_, _ = w.Write([]byte(`{"code":"0"}`))
		}, message.Accepted, 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGateway(t, tt.answer)
			h := newHall(t, g.by, func(s *message.Settings) {
				if tt.name == "silent" {
					s.SMS.Gateway.Timeout = 100 * time.Millisecond
				}
			})
			h.retry.Tries = tries
			h.restart()
			id := h.take("tax", phone(1))
			h.callNext("1")
			want := "called.1 " + string(tt.want)
			h.eventually(func() bool { h.pass(20 * time.Millisecond); return h.told(id) == want }, func() string { return h.told(id) })
			orders := g.orders()
			if m := h.messages(id)[0]; m.Reason != tt.reason || m.Attempts != tt.orders || m.Provider != message.ProviderHTTP {
				t.Errorf("got %q after %d tries, want %q after %d", m.Reason, m.Attempts, tt.reason, tt.orders)
			}
			if len(orders) < tt.orders { // the transport may repeat what was hung up on
				t.Errorf("the gateway got %d orders, want %d", len(orders), tt.orders)
			}
			for _, o := range orders {
				if o.ID != orders[0].ID || o.Phone != phone(1) {
					t.Errorf("a retry is another order: %+v", orders)
				}
			}
		})
	}
}

func TestAGatewayThatIsAwayIsAskedAgain(t *testing.T) {
	g := newGateway(t, nil)
	h := newHall(t, g.by, func(s *message.Settings) { s.SMS.Gateway.URL = "http://127.0.0.1:1/" })
	h.retry.Tries = 1000
	h.restart()
	id := h.take("tax", phone(1))
	h.callNext("1")
	h.wantTried(id)
	settings := *h.settings.Load()
	settings.SMS.Gateway.URL = g.URL
	h.settings.Store(&settings)
	h.eventually(func() bool { h.pass(10 * time.Millisecond); return h.told(id) == "called.1 accepted" }, func() string { return h.told(id) })
}

func TestAGatewayIsSpokenToInItsOwnWords(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bodies := make(chan map[string]any, 1)
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method != http.MethodPut || r.Header.Get("X-Key") != "key s3cret" {
			t.Errorf("%s with %q", r.Method, r.Header.Get("X-Key"))
		}
		w.WriteHeader(http.StatusAccepted)
	})
	g.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		r.Body = http.NoBody
		bodies <- body
		g.answer(w, r, 1)
	})
	h := newHall(t, func(s *message.Settings) {
		s.SMS.Provider = message.ProviderHTTP
		s.SMS.Gateway = message.Gateway{
			URL: g.URL, Method: http.MethodPut, SecretFile: secret, Headers: map[string]string{"X-Key": "key {secret}"},
			Body: `{"to":["+86{phone}"],"template":"{code}","params":{"no":"{number}","say":"{text}"},"retries":3,"key":"{id}"}`,
		}
		s.Templates = map[message.Event]message.Template{message.Called: {Version: 7, Code: "SMS_1", Text: `{number} "{window}" {unknown`}}
	})
	id := h.take("tax", phone(1))
	h.callNext("1")
	h.wantTold(id, "called.1 accepted")
	m := h.messages(id)[0]
	want := map[string]any{
		"to": []any{"+86" + phone(1)}, "template": "SMS_1", "retries": float64(3), "key": m.ID,
		"params": map[string]any{"no": "A001", "say": `A001 "1" {unknown`},
	}
	if got := <-bodies; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the gateway got %v, want %v", got, want)
	}
	if m.Version != 7 || m.Code != "SMS_1" {
		t.Errorf("the message keeps version %d of %q", m.Version, m.Code)
	}
}

func TestReceiptsTellTheEnd(t *testing.T) {
	g := newGateway(t, nil)
	h := newHall(t, g.by)
	receive := func(id string, state message.State, reason string) error {
		return h.service.Receive(t.Context(), message.Receipt{ID: id, State: state, Reason: reason})
	}
	id := h.take("tax", phone(42))
	h.callNext("1")
	h.wantTold(id, "called.1 accepted")
	m := h.messages(id)[0]
	if m.Receipt != "g-"+m.ID {
		t.Fatalf("the receipt's id is %q", m.Receipt)
	}
	if err := receive(m.Receipt, message.Failed, phone(42)+" is off"); err != nil {
		t.Fatal(err)
	}
	if m := h.messages(id)[0]; m.State != message.Failed || m.Reason != "138****0042 is off" {
		t.Errorf("got %s %q", m.State, m.Reason)
	}
	if err := receive(m.ID, message.Delivered, ""); err != nil { // it came through later
		t.Fatal(err)
	}
	if err := receive(m.ID, message.Failed, "late"); err != nil {
		t.Fatal(err)
	}
	h.wantTold(id, "called.1 delivered")
	if err := receive("nope", message.Delivered, ""); err == nil {
		t.Error("a receipt of nothing was stored")
	}
}

func TestAReceiptMayComeBeforeTheAnswer(t *testing.T) {
	var h *hall
	for _, own := range []bool{true, false} {
		t.Run(fmt.Sprint("by our id ", own), func(t *testing.T) {
			g := newGateway(t, nil)
			g.answer = func(w http.ResponseWriter, _ *http.Request, _ int) {
				id := "early"
				if orders := g.orders(); own {
					id = orders[0].ID
				}
				_ = h.service.Receive(t.Context(), message.Receipt{ID: id, State: message.Delivered})
				_, _ = w.Write([]byte(`{"code":"0","data":{"id":"early"}}`))
			}
			h = newHall(t, g.by)
			id := h.take("tax", phone(1))
			h.callNext("1")
			h.wantTold(id, "called.1 delivered")
			h.eventually(func() bool { return h.messages(id)[0].Receipt == "early" }, func() string {
				return "the receipt's id, from the answer"
			})
			h.wantTold(id, "called.1 delivered")
		})
	}
}

func TestReceiptsAreReadAsTheSettingsSay(t *testing.T) {
	tests := []struct {
		name    string
		mapping message.Mapping
		in      string
		want    string
		wantErr bool
	}{
		{"plain", message.Mapping{}, `{"id":"a","state":"delivered"}`, "[{a delivered }]", false},
		{"failed", message.Mapping{}, `{"id":"a","state":"UNDELIV","reason":"off"}`, "[{a failed off}]", false},
		{"failed without a reason", message.Mapping{}, `[{"id":7,"state":"UNDELIV"}]`, "[{7 failed UNDELIV}]", false},
		{
			"renamed",
			message.Mapping{ID: "m.id", State: "ok", Delivered: []string{"true"}, Reason: "why"},
			`[{"m":{"id":"a"},"ok":true},{"m":{"id":"b"},"ok":false,"why":"no"}]`, "[{a delivered } {b failed no}]", false,
		},
		{"no id", message.Mapping{}, `[{"id":"a","state":"delivered"},{"state":"delivered"}]`, "[]", true},
		{"no state", message.Mapping{}, `{"id":"a"}`, "[]", true},
		{"no JSON", message.Mapping{}, `id=a`, "[]", true},
		{"too many", message.Mapping{}, "[" + strings.Repeat("1,", 1000) + "1]", "[]", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.mapping.ParseReceipts([]byte(tt.in))
			if (err != nil) != tt.wantErr || fmt.Sprint(got) != tt.want {
				t.Errorf("got %v, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func FuzzParseReceipts(f *testing.F) {
	for _, seed := range []string{`{"id":"a","state":"delivered"}`, `[{"id":1,"state":true},{}]`, `[`, `null`, `"x"`} {
		f.Add([]byte(seed), "id", "state.0")
	}
	f.Fuzz(func(t *testing.T, data []byte, id, state string) {
		list, err := message.Mapping{ID: id, State: state}.ParseReceipts(data)
		if err != nil && list != nil {
			t.Error("an error came with receipts")
		}
		for _, r := range list {
			if r.ID == "" || (r.State != message.Delivered && r.State != message.Failed) {
				t.Errorf("read %+v", r)
			}
		}
	})
}
