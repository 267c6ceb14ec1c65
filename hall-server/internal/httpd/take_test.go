package httpd_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// TestTheQuickWayAnswersLikeTheGeneralOne sends the same request by both: an
// Accept header with a weight is nothing that an agent of ours sends.
func TestTheQuickWayAnswersLikeTheGeneralOne(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name, who string
		header    http.Header
		body      string
		status    int
	}{
		{name: "plain", who: kiosk, body: `{"service":"tax","channel":"phone"}`, status: 201},
		{name: "a clerk", who: clerk, body: `{"service":"id-card","channel":"staff"}`, status: 201},
		{name: "a guest", who: guest, body: `{"service":"tax","channel":"phone"}`, status: 401},
		{name: "a display", who: display, body: `{"service":"tax","channel":"phone"}`, status: 403},
		{name: "a service that isn't there", who: kiosk, body: `{"service":"wine","channel":"phone"}`, status: 422},
		{name: "a priority that isn't there", who: kiosk, body: `{"service":"tax","channel":"phone","priority":"<vip>"}`, status: 422},
		{name: "an unknown channel", who: kiosk, body: `{"service":"tax","channel":"smoke"}`, status: 422},
		{name: "no body", who: kiosk, body: ``, status: 400},
		{
			name: "a page of another site", who: kiosk, header: http.Header{"Sec-Fetch-Site": {"cross-site"}},
			body: `{"service":"tax","channel":"phone"}`, status: 403,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
			ask := func(accept string) testkit.Answer {
				header := http.Header{"Accept": {accept}}
				for name, values := range tt.header {
					header[name] = values
				}
				return f.hall.Do(testkit.Request{Method: "POST", Path: api + "/tickets", Token: f.tokens[tt.who], Header: header, Body: tt.body})
			}
			quick, slow := ask("application/json"), ask("application/json;q=0.9")
			if quick.Status != tt.status || slow.Status != tt.status {
				t.Fatalf("got %d and %d, want %d: %s and %s", quick.Status, slow.Status, tt.status, quick.Body, slow.Body)
			}
			for _, name := range []string{"Content-Type", "Idempotency-Replayed", "Www-Authenticate", "Link"} {
				if q, s := quick.Header.Get(name), slow.Header.Get(name); q != s {
					t.Errorf("%s: got %q, generally %q", name, q, s)
				}
			}
			if tt.status != http.StatusCreated {
				if quick.Body != slow.Body {
					t.Errorf("got %s, generally %s", quick.Body, slow.Body)
				}
				return
			}
			if q, s := ticketOf(f, quick), ticketOf(f, slow); q.Service != s.Service || q.Channel != s.Channel || q.Number >= s.Number || q.Day != s.Day {
				t.Errorf("got %+v, generally %+v", q, s)
			}
		})
	}
}

func TestARetryOverBothWaysIsOneTicket(t *testing.T) {
	f := newFixture(t)
	var first string
	for i, accept := range []string{"application/json", "application/json;q=0.9", "*/*"} {
		a := f.hall.Must(http.StatusCreated, testkit.Request{
			Method: "POST", Path: api + "/tickets", Token: f.tokens[kiosk],
			Header: http.Header{"Accept": {accept}, "Idempotency-Key": {"k"}}, Body: `{"service":"tax","channel":"phone"}`,
		}, nil)
		if i == 0 {
			first = a.Body
		} else if a.Body != first || a.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s: got %s, want a replay of %s", accept, a.Body, first)
		}
	}
}

func ticketOf(f *fixture, a testkit.Answer) (t link.TicketView) {
	f.Helper()
	if err := json.Unmarshal([]byte(a.Body), &t); err != nil {
		f.Errorf("%v in %s", err, a.Body)
	}
	return t
}
