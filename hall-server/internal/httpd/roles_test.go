package httpd_test

import (
	"slices"
	"strings"
	"testing"

	"smarthall/internal/testkit"
)

// TestEveryRouteForEveryRole is the whole table of who may do what. A refusal
// must change nothing and be a problem document.
func TestEveryRouteForEveryRole(t *testing.T) {
	f := newFixture(t)
	no := func(*fixture) string { return "" }
	ticket := func(state, verb string) func(*fixture) string {
		return func(f *fixture) string { return "/tickets/" + f.ticket(state) + verb }
	}
	window := func(verb string) func(*fixture) string {
		return func(f *fixture) string {
			f.open()
			return "/windows/4/" + verb
		}
	}
	take := map[string]any{"service": "tax", "channel": "phone"}
	var called map[string]any
	routes := []struct {
		name, method, path string
		// prepare makes the state that the request needs; what it returns goes
		// behind path.
		prepare func(*fixture) string
		body    any
		// want are the statuses for guest, kiosk, display, the window's clerk,
		// another clerk, manager and administrator.
		want [7]int
	}{
		{"take a ticket", "POST", "/tickets", no, take, [7]int{401, 201, 403, 201, 201, 201, 201}},
		{"list the tickets", "GET", "/tickets", no, nil, [7]int{401, 403, 403, 200, 200, 200, 200}},
		{"get a ticket", "GET", "", ticket("called", ""), nil, [7]int{401, 200, 403, 200, 200, 200, 200}},
		{"recall", "POST", "", ticket("called", "/recall"), nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"arrive", "POST", "", ticket("called", "/arrive"), nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"no-show", "POST", "", ticket("called", "/no-show"), nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"put back", "POST", "", ticket("called", "/put-back"), nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"finish", "POST", "", ticket("serving", "/finish"), nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"cancel", "POST", "", ticket("waiting", "/cancel"), nil, [7]int{401, 200, 403, 200, 200, 200, 200}},
		{"rate", "POST", "", ticket("finished", "/rate"), map[string]any{"score": 5}, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"look up cases", "POST", "/case-query", no, map[string]any{"idNumber": "330100195501011002"}, [7]int{401, 503, 403, 403, 403, 403, 403}},
		{"list licences", "POST", "/licence-query", no, map[string]any{"idNumber": "330100195501011002"}, [7]int{401, 503, 403, 403, 403, 403, 403}},
		{"print a licence", "POST", "/licence-prints", no, map[string]any{"idNumber": "330100195501011002", "licence": "01L"}, [7]int{401, 503, 403, 403, 403, 403, 403}},
		{"tell of a printed licence", "POST", "/licence-outcomes", no, map[string]any{"print": "01P", "outcome": "printed"}, [7]int{401, 503, 403, 403, 403, 403, 403}},
		{"resolve a citizen card", "POST", "/citizen-card", no, map[string]any{"code": "DHM1202611230001"}, [7]int{401, 503, 403, 503, 503, 403, 403}},
		{"rate a case", "POST", "/case-rating", no, map[string]any{"case": "SQ1", "score": 5}, [7]int{401, 503, 403, 403, 403, 403, 403}},
		{"list the windows", "GET", "/windows", no, nil, [7]int{401, 403, 200, 200, 200, 200, 200}},
		{"sign in", "POST", "/windows/4/sign-in", no, nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"sign out", "POST", "", window("sign-out"), nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"pause", "POST", "", window("pause"), map[string]any{"text": "稍候"}, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"continue", "POST", "", func(f *fixture) string {
			path := window("continue")(f)
			f.must(200, "POST", api+"/windows/4/pause", nil, nil)
			return path
		}, nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"call next, nobody waits", "POST", "", window("call-next"), nil, [7]int{401, 403, 403, 204, 403, 204, 204}},
		{"call next", "POST", "", func(f *fixture) string {
			f.take()
			return window("call-next")(f)
		}, nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"call by hand", "POST", "", func(f *fixture) string {
			called = map[string]any{"ticket": f.take(), "reason": "老人"}
			return window("call")(f)
		}, &called, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"see what happened", "GET", "", ticket("serving", "/history"), nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"transfer", "POST", "", ticket("serving", "/transfer"), map[string]any{"service": "real-estate"}, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"park", "POST", "", ticket("serving", "/park"), map[string]any{"reason": "复印"}, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"resume", "POST", "", func(f *fixture) string {
			id := f.ticket("serving")
			f.must(200, "POST", api+"/tickets/"+id+"/park", nil, nil)
			return "/tickets/" + id + "/resume"
		}, map[string]any{"back": true}, [7]int{401, 403, 403, 200, 200, 200, 200}},
		{"rejoin", "POST", "", func(f *fixture) string {
			id := f.ticket("called")
			f.must(200, "POST", api+"/tickets/"+id+"/no-show", nil, nil)
			return "/tickets/" + id + "/rejoin"
		}, nil, [7]int{401, 200, 403, 200, 200, 200, 200}},
		{"delay", "POST", "", ticket("waiting", "/delay"), map[string]any{"minutes": 10}, [7]int{401, 200, 403, 200, 200, 200, 200}},
		{"reprint", "POST", "", ticket("waiting", "/reprint"), map[string]any{"kiosk": "kiosk-1"}, [7]int{401, 200, 403, 200, 200, 200, 200}},
		{"set a strategy", "PUT", "/windows/4/strategy", no, map[string]any{"kind": "longest-wait"}, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"reset a strategy", "DELETE", "/windows/4/strategy", no, nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"set all strategies", "PUT", "/windows/strategy", no, map[string]any{"strategy": map[string]any{"kind": "due-date"}}, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"list the series", "GET", "/series", no, nil, [7]int{401, 403, 403, 200, 200, 200, 200}},
		{"list the quotas", "GET", "/quotas", no, nil, [7]int{401, 403, 403, 200, 200, 200, 200}},
		{"list the priorities", "GET", "/priorities", no, nil, [7]int{401, 403, 403, 200, 200, 200, 200}},
		{"list the appointments", "GET", "/appointments", no, nil, [7]int{401, 403, 403, 200, 200, 200, 200}},
		{"book", "POST", "/appointments", no, slot("tax", "10:00", "10:30"), [7]int{401, 201, 403, 201, 201, 201, 201}},
		{"import appointments", "POST", "/appointments/import", no, map[string]any{"appointments": []any{imported("r")}}, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"check in", "POST", "", func(f *fixture) string { return "/appointments/" + f.book("09:10", "09:40") + "/check-in" }, nil, [7]int{401, 201, 403, 201, 201, 201, 201}},
		{"cancel an appointment", "POST", "", func(f *fixture) string { return "/appointments/" + f.book("10:10", "10:40") + "/cancel" }, nil, [7]int{401, 200, 403, 200, 200, 200, 200}},
		{"list the services", "GET", "/services", no, nil, [7]int{401, 200, 200, 200, 200, 200, 200}},
		{"list the items", "GET", "/items", no, nil, [7]int{401, 200, 200, 200, 200, 200, 200}},
		{"get the board", "GET", "/board", no, nil, [7]int{401, 403, 403, 200, 200, 200, 200}},
		{"answer a call for help that isn't", "POST", "/agents/kiosk-1/help/answer", no, nil, [7]int{401, 403, 403, 404, 404, 404, 404}},
		{"who am I", "GET", "/sessions/current", no, nil, [7]int{401, 200, 200, 200, 200, 200, 200}},
		{"end the day", "POST", "/day/end", no, nil, [7]int{401, 403, 403, 403, 403, 204, 204}},
		{"accept a clock that is right", "POST", "/clock/accept", no, nil, [7]int{401, 403, 403, 403, 403, 403, 409}},
		{"get the hall file", "GET", "/hall/config", no, nil, [7]int{401, 403, 403, 403, 403, 403, 200}},
		{"put a bad hall file", "PUT", "/hall/config", no, "name: x", [7]int{401, 403, 403, 403, 403, 403, 422}},
		{"get the hall's values", "GET", "/hall/config/values", no, nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"make a bad edit", "POST", "/hall/config/edits", no, map[string]any{"base": "x", "edits": []any{map[string]any{"op": "set", "path": "name", "value": "x"}}}, [7]int{401, 403, 403, 403, 403, 403, 409}},
		{"list the versions", "GET", "/hall/config/versions", no, nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"get a version", "GET", "/hall/config/versions/1", no, nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"compare versions", "GET", "/hall/config/versions/1/changes", no, nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"bring a version back into another", "POST", "/hall/config/versions/1/restore", no, map[string]any{"base": "x"}, [7]int{401, 403, 403, 403, 403, 403, 409}},
		{"download the versions", "GET", "/hall/config/versions.csv", no, nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"list the versions of device models", "GET", "/hall/profiles/versions", no, nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"get a version of a device model that isn't there", "GET", "/hall/profiles/versions/9", no, nil, [7]int{401, 403, 403, 403, 403, 404, 404}},
		{"compare a version of a device model that isn't there", "GET", "/hall/profiles/versions/9/changes", no, nil, [7]int{401, 403, 403, 403, 403, 404, 404}},
		{"bring a version back that isn't there", "POST", "/hall/profiles/versions/9/restore", no, map[string]any{"base": 0}, [7]int{401, 403, 403, 403, 403, 403, 404}},
		{"keep a device model with mistakes", "POST", "/hall/profiles", no, map[string]any{"text": "x", "base": 0}, [7]int{401, 403, 403, 403, 403, 403, 422}},
		{"take a device model away that isn't there", "POST", "/hall/profiles/remove", no, map[string]any{"id": "acme/pad", "base": 0}, [7]int{401, 403, 403, 403, 403, 403, 404}},
		{"make a terminal's token", "POST", "/agents/kiosk-1/token", no, map[string]any{}, [7]int{401, 403, 403, 403, 403, 403, 200}},
		{"get the ticket's lines", "GET", "/hall/ticket", no, nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"see a ticket", "POST", "/hall/ticket/preview", no, map[string]any{}, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"try a kiosk that is away", "POST", "/agents/kiosk-1/test-print", no, map[string]any{}, [7]int{401, 403, 403, 403, 403, 409, 409}},
		{"tell of a new roll at a kiosk that is away", "POST", "/agents/kiosk-1/devices/printer/new-roll", no, nil, [7]int{401, 403, 403, 409, 409, 409, 409}},
		{"try a device of a terminal that is away", "POST", "/agents/kiosk-1/devices/printer/try", no, nil, [7]int{401, 403, 403, 403, 403, 403, 409}},
		{"list the staff", "GET", "/staff", no, nil, [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"watch the board without a WebSocket", "GET", "/board/live", no, nil, [7]int{401, 403, 403, 403, 403, 400, 400}},
	}
	for _, r := range routes {
		for i, who := range everybody {
			t.Run(r.name+"/"+who, func(t *testing.T) {
				f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
				defer f.settle()
				path := api + r.path + r.prepare(f)
				before := f.records()
				a := f.as(who, r.method, path, r.body)
				after := f.records()
				if a.Status != r.want[i] {
					t.Fatalf("got %d, want %d: %s", a.Status, r.want[i], a.Body)
				}
				if (a.Status >= 400 || r.method == "GET" || a.Status == 204 && strings.HasSuffix(path, "call-next")) && before != after {
					t.Errorf("the log grew from %s to %s records", before, after)
				}
				switch {
				case a.Status == 400: // the WebSocket package's own answer
				case a.Status == 401 || a.Status == 403:
					f.wantRefusal(a)
				case a.Status == 204 && a.Body != "":
					t.Errorf("got a body with 204: %q", a.Body)
				}
			})
		}
	}
}

// wantRefusal checks the answer to somebody who may not.
func (f *fixture) wantRefusal(a testkit.Answer) {
	f.Helper()
	want := map[int][]string{401: {"access.token"}, 403: {"access.denied", "ticket.other-window"}}[a.Status]
	if code := f.problem(a).Code; !slices.Contains(want, code) {
		f.Errorf("got code %s, want one of %v", code, want)
	}
	if a.Status == 401 && a.Header.Get("WWW-Authenticate") != "Bearer" {
		f.Error("a 401 without WWW-Authenticate: Bearer")
	}
}

func TestTheLinkIsForAgents(t *testing.T) {
	f := newFixture(t)
	for who, want := range map[string]int{guest: 401, manager: 403, admin: 403, kiosk: 400, display: 400, clerk: 400} {
		if a := f.as(who, "GET", "/link", nil); a.Status != want {
			t.Errorf("%s: got %d, want %d", who, a.Status, want)
		}
	}
}

func TestABadTokenIsNobody(t *testing.T) {
	f := newFixture(t)
	for name, token := range map[string]string{
		"nonsense": "nonsense", "another hall's": testkit.Hall(t).Token("admin", "", "x"),
		"cut": f.tokens[admin][:40], "huge": strings.Repeat("x", 9000),
	} {
		a := f.hall.Do(testkit.Request{Method: "GET", Path: api + "/board", Token: token})
		if a.Status != 401 {
			t.Errorf("%s: got %d", name, a.Status)
		}
	}
}

func TestWhatNeedsNoToken(t *testing.T) {
	f := newFixture(t)
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "ready", "/metrics": "smarthall_tickets_waiting", "/board": "<title>board", "/login": "<title>login",
		api + "/openapi.json": `"openapi":"3.1`,
	} {
		if a := f.as(guest, "GET", path, nil); a.Status != 200 || !strings.Contains(a.Body, want) {
			t.Errorf("%s: got %d %.80s", path, a.Status, a.Body)
		}
	}
	if a := f.as(guest, "GET", "/", nil); a.Status != 302 || a.Header.Get("Location") != "/board" {
		t.Errorf("/: got %d to %q", a.Status, a.Header.Get("Location"))
	}
}
