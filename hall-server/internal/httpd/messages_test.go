package httpd_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"smarthall/internal/testkit"
)

type messageList struct {
	Messages []struct {
		ID, Ticket, Number, Event, Text, To, State, Provider string
		Demo                                                 bool
	}
	ReceiptURL string
}

// list are the messages that who sees.
func (f *fixture) list(who, query string) messageList {
	f.Helper()
	var list messageList
	f.hall.Must(http.StatusOK, testkit.Request{Method: "GET", Path: api + "/messages" + query, Token: f.tokens[who]}, &list)
	return list
}

func TestStaffSeeWhatAPhoneWouldShow(t *testing.T) {
	f := newFixture(t)
	h := f.holder()
	f.open()
	f.must(http.StatusOK, "POST", api+"/windows/4/call", map[string]any{"ticket": h.id}, nil)
	testkit.WaitFor(t, "the call is told", func() bool {
		list := f.list(manager, "?ticket="+h.id+"&state=accepted")
		return len(list.Messages) == 1
	})
	list := f.list(manager, "?ticket=C001")
	if m := list.Messages[0]; m.Event != "called" || !strings.HasPrefix(m.To, "138****8") || !m.Demo || !strings.Contains(m.Text, "请 C001 号到 4 号窗口") || list.ReceiptURL != "" {
		t.Errorf("got %+v", list)
	}
	if list := f.list(manager, "?state=failed"); list.Messages == nil || len(list.Messages) != 0 {
		t.Errorf("got %+v, want an empty list", list.Messages)
	}
	for who, want := range map[string]int{guest: 401, kiosk: 403, display: 403, clerk: 403} {
		for _, a := range []testkit.Answer{
			f.as(who, "GET", api+"/messages", nil), f.as(who, "POST", api+"/messages/"+list.Messages[0].ID+"/retry", nil),
		} {
			if a.Status != want {
				t.Errorf("%s: got %d, want %d", who, a.Status, want)
			}
		}
	}
	if p := f.problem(f.as(manager, "POST", api+"/messages/"+list.Messages[0].ID+"/retry", nil)); p.Code != "message.wrong-state" || p.Status != 409 {
		t.Errorf("sent an accepted one again: %+v", p)
	}
	if p := f.problem(f.as(manager, "POST", api+"/messages/nope/retry", nil)); p.Code != "message.unknown" || p.Status != 404 {
		t.Errorf("sent nothing again: %+v", p)
	}
}

func TestReceiptsNeedTheHallsSecret(t *testing.T) {
	f := newFixture(t)
	h := f.holder()
	f.open()
	f.must(http.StatusOK, "POST", api+"/windows/4/call", map[string]any{"ticket": h.id}, nil)
	testkit.WaitFor(t, "the call is told", func() bool { return len(f.list(manager, "?state=accepted").Messages) == 1 })
	list := f.list(admin, "")
	u, err := url.Parse(list.ReceiptURL)
	if err != nil || u.Query().Get("secret") == "" {
		t.Fatalf("the receipts' address is %q", list.ReceiptURL)
	}
	post := func(query, header, body string) testkit.Answer {
		head := http.Header{}
		if header != "" {
			head.Set("Smarthall-Secret", header)
		}
		return f.hall.Do(testkit.Request{Method: "POST", Path: u.Path + query, Header: head, Body: body})
	}
	secret, id := u.Query().Get("secret"), list.Messages[0].ID
	good := `{"id":"` + id + `","state":"delivered"}`
	tests := []struct {
		name, query, header, body string
		want                      int
		state                     string
	}{
		{"no secret", "", "", good, 401, "accepted"},
		{"a wrong secret", "?secret=x", "", good, 401, "accepted"},
		{"a token", "", f.tokens[admin], good, 401, "accepted"},
		{"no JSON", "", secret, "id=1", 422, "accepted"},
		{"too large", "", secret, strings.Repeat(" ", 70<<10), 413, "accepted"},
		{"unknown", "", secret, `{"id":"nope","state":"delivered"}`, 404, "accepted"},
		{"failed", "", secret, `[{"id":"` + id + `","state":"UNDELIV"}]`, 204, "failed"},
		{"delivered after all", "?secret=" + secret, "", good, 204, "delivered"},
		{"of the other channel", "?channel=wechat", secret, good, 204, "delivered"},
	}
	for _, tt := range tests {
		a := post(tt.query, tt.header, tt.body)
		if a.Status != tt.want {
			t.Errorf("%s: got %d %s, want %d", tt.name, a.Status, a.Body, tt.want)
		}
		if a.Status >= 400 {
			f.problem(a)
		}
		if got := f.list(manager, "").Messages[0].State; got != tt.state {
			t.Errorf("%s: the message is %s, want %s", tt.name, got, tt.state)
		}
	}
}
