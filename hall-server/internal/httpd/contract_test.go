package httpd_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

func TestAVisitOverTheAPI(t *testing.T) {
	f := newFixture(t)
	var taken link.TicketView
	a := f.hall.Must(http.StatusCreated, testkit.Request{Method: "POST", Path: api + "/tickets", Token: f.tokens[kiosk], Body: map[string]any{
		"service": "tax", "channel": "card",
		"person": map[string]any{"name": "王小明", "idNumber": "11010519491231002X", "phone": "13800138000"},
	}}, &taken)
	if taken.Number != "C001" || taken.State != "waiting" || taken.Day != "2026-11-23" || taken.URL == "" {
		t.Errorf("got %+v", taken)
	}
	for _, secret := range []string{"王小明", "11010519491231002X", "13800138000"} {
		if strings.Contains(a.Body, secret) {
			t.Errorf("the answer has %s in full: %s", secret, a.Body)
		}
	}
	f.open()
	var called struct {
		Ticket link.TicketView
		Reason link.ReasonView
	}
	f.must(http.StatusOK, "POST", api+"/windows/4/call-next", nil, &called)
	if called.Ticket.ID != taken.ID || called.Ticket.State != "called" || called.Reason.Rule != "due" || called.Reason.Text == "" {
		t.Errorf("got %+v", called)
	}
	var ticket link.TicketView
	for _, step := range []struct{ verb, state string }{
		{"recall", "called"}, {"put-back", "waiting"},
	} {
		f.must(http.StatusOK, "POST", api+"/tickets/"+taken.ID+"/"+step.verb, nil, &ticket)
		if ticket.State != step.state {
			t.Errorf("%s: got state %s", step.verb, ticket.State)
		}
	}
	f.must(http.StatusOK, "POST", api+"/windows/4/call", map[string]any{"ticket": taken.ID, "reason": "孕妇"}, &called)
	if called.Reason.Rule != "by-hand" || !strings.Contains(called.Reason.Text, "孕妇") {
		t.Errorf("got %+v", called.Reason)
	}
	f.must(http.StatusOK, "POST", api+"/tickets/"+taken.ID+"/arrive", nil, nil)
	f.must(http.StatusOK, "POST", api+"/tickets/"+taken.ID+"/finish", map[string]any{"result": "done"}, nil)
	f.must(http.StatusOK, "POST", api+"/tickets/"+taken.ID+"/rate", map[string]any{"score": 4}, &ticket)
	if ticket.State != "finished" || ticket.Score != 4 {
		t.Errorf("got %+v", ticket)
	}
	if a := f.must(http.StatusNoContent, "POST", api+"/windows/4/call-next", nil, nil); a.Body != "" {
		t.Errorf("nobody waits: got a body %q", a.Body)
	}
	var list struct{ Tickets []link.TicketView }
	for query, want := range map[string]int{
		"": 1, "?state=finished": 1, "?state=waiting": 0, "?service=tax": 1, "?service=id-card": 0, "?state=finished&service=tax": 1,
	} {
		f.must(http.StatusOK, "GET", api+"/tickets"+query, nil, &list)
		if len(list.Tickets) != want {
			t.Errorf("%q: got %d tickets, want %d", query, len(list.Tickets), want)
		}
	}
}

// TestRefusals asks what must not be, and that each gets one clear error and
// changes nothing.
func TestRefusals(t *testing.T) {
	f := newFixture(t)
	waiting, called := f.take(), f.ticket("called")
	long := strings.Repeat("x", 200)
	take := map[string]any{"service": "tax", "channel": "phone"}
	tests := []struct {
		name, method, path string
		body               any
		header             http.Header
		status             int
		code, state        string
		allowed            []string
	}{
		{name: "no body", method: "POST", path: "/tickets", status: 400, code: "request.malformed"},
		{name: "cut JSON", method: "POST", path: "/tickets", body: `{"service":`, status: 400, code: "request.malformed"},
		{name: "JSON of another shape", method: "POST", path: "/tickets", body: `["tax"]`, status: 422, code: "request.invalid"},
		{name: "an unknown field", method: "POST", path: "/tickets", body: `{"service":"tax","channel":"phone","servce":"x"}`, status: 422, code: "request.invalid"},
		{name: "no service", method: "POST", path: "/tickets", body: `{"channel":"phone"}`, status: 422, code: "request.invalid"},
		{name: "an unknown channel", method: "POST", path: "/tickets", body: `{"service":"tax","channel":"smoke"}`, status: 422, code: "request.invalid"},
		{name: "an unknown service", method: "POST", path: "/tickets", body: `{"service":"wine","channel":"phone"}`, status: 422, code: "service.unknown"},
		{name: "an unknown priority", method: "POST", path: "/tickets", body: `{"service":"tax","channel":"phone","priority":"vip"}`, status: 422, code: "priority.unknown"},
		{
			name: "a name that is too long", method: "POST", path: "/tickets",
			body: map[string]any{"service": "tax", "channel": "name", "person": map[string]any{"name": strings.Repeat("王", 200)}}, status: 422, code: "request.invalid",
		},
		{name: "10 MB", method: "POST", path: "/tickets", body: `{"service":"` + strings.Repeat("x", 10<<20) + `"}`, status: 413, code: "request.too-large"},
		{
			name: "text that isn't JSON", method: "POST", path: "/tickets", body: "service=tax",
			header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, status: 415, code: "request.media-type",
		},
		{
			name: "a key that is too long", method: "POST", path: "/tickets", body: take,
			header: http.Header{"Idempotency-Key": {long}}, status: 422, code: "request.invalid",
		},
		{name: "an id that is too long", method: "POST", path: "/tickets/" + long + "/arrive", status: 422, code: "request.invalid"},
		{name: "a ticket that isn't there", method: "POST", path: "/tickets/01X/arrive", status: 404, code: "ticket.unknown"},
		{name: "to see a ticket that isn't there", method: "GET", path: "/tickets/01X", status: 404, code: "ticket.unknown"},
		{name: "a window that isn't there", method: "POST", path: "/windows/99/call-next", status: 404, code: "window.unknown"},
		{name: "a window that is signed out", method: "POST", path: "/windows/5/call-next", status: 409, code: "window.signed-out", state: "signed-out"},
		{
			name: "a busy window", method: "POST", path: "/windows/4/call-next", status: 409, code: "window.busy", state: "called",
			allowed: []string{"arrive", "no-show", "park", "put-back", "recall"},
		},
		{
			name: "to sign out of a busy window", method: "POST", path: "/windows/4/sign-out", status: 409, code: "window.busy", state: "called",
			allowed: []string{"arrive", "no-show", "park", "put-back", "recall"},
		},
		{name: "to sign in at two windows", method: "POST", path: "/windows/1/sign-in", body: map[string]any{"staff": "li"}, status: 409, code: "staff.elsewhere", state: "serving"},
		{name: "nobody of the staff", method: "POST", path: "/windows/1/sign-in", body: map[string]any{"staff": "nobody"}, status: 422, code: "staff.invalid"},
		{
			name: "to finish who waits", method: "POST", path: "/tickets/" + waiting + "/finish", status: 409, code: "ticket.wrong-state", state: "waiting",
			allowed: []string{"call", "cancel", "delay"},
		},
		{
			name: "to recall who waits", method: "POST", path: "/tickets/" + waiting + "/recall", status: 409, code: "ticket.wrong-state", state: "waiting",
			allowed: []string{"call", "cancel", "delay"},
		},
		{
			name: "to cancel who was called", method: "POST", path: "/tickets/" + called + "/cancel", status: 409, code: "ticket.wrong-state", state: "called",
			allowed: []string{"arrive", "no-show", "park", "put-back", "recall"},
		},
		{name: "to transfer who waits", method: "POST", path: "/tickets/" + waiting + "/transfer", body: map[string]any{"service": "tax"}, status: 409, code: "ticket.wrong-state", state: "waiting", allowed: []string{"call", "cancel", "delay"}},
		{name: "to rejoin who waits", method: "POST", path: "/tickets/" + waiting + "/rejoin", status: 409, code: "ticket.wrong-state", state: "waiting", allowed: []string{"call", "cancel", "delay"}},
		{name: "to park until yesterday", method: "POST", path: "/tickets/" + called + "/park", body: map[string]any{"until": "2026-11-22T09:00:00+08:00"}, status: 422, code: "park.until", state: "called", allowed: []string{"arrive", "no-show", "park", "put-back", "recall"}},
		{name: "a copy at a window", method: "POST", path: "/tickets/" + waiting + "/reprint", body: map[string]any{"kiosk": "counter-1"}, status: 422, code: "kiosk.unknown"},
		{name: "half an hour and more", method: "POST", path: "/tickets/" + waiting + "/delay", body: map[string]any{"minutes": 31}, status: 422, code: "request.invalid"},
		{name: "a strategy of no kind", method: "PUT", path: "/windows/4/strategy", body: map[string]any{"kind": "lottery"}, status: 422, code: "request.invalid"},
		{name: "a ratio of nothing", method: "PUT", path: "/windows/4/strategy", body: map[string]any{"kind": "ratio", "weights": map[string]int{"appointment": 0}}, status: 422, code: "strategy.invalid"},
		{name: "a ratio of services and classes", method: "PUT", path: "/windows/strategy", body: map[string]any{"strategy": map[string]any{"kind": "ratio", "weights": map[string]int{"appointment": 1, "tax": 1}}}, status: 422, code: "strategy.invalid"},
		{name: "a strategy for no window", method: "PUT", path: "/windows/99/strategy", body: map[string]any{"kind": "due-date"}, status: 404, code: "window.unknown"},
		{name: "an appointment for no service", method: "POST", path: "/appointments", body: slot("wine", "10:00", "10:30"), status: 422, code: "service.unknown"},
		{name: "an appointment that ends before it begins", method: "POST", path: "/appointments", body: slot("tax", "10:30", "10:00"), status: 422, code: "appointment.slot"},
		{name: "an appointment at eight", method: "POST", path: "/appointments", body: slot("tax", "08:00", "08:30"), status: 422, code: "appointment.past"},
		{name: "to check in what isn't booked", method: "POST", path: "/appointments/none/check-in", status: 404, code: "appointment.unknown"},
		{name: "to cancel what isn't booked", method: "POST", path: "/appointments/none/cancel", status: 404, code: "appointment.unknown"},
		{name: "two appointments of one id", method: "POST", path: "/appointments/import", body: map[string]any{"appointments": []any{imported("x"), imported("x")}}, status: 422, code: "appointment.id"},
		{
			name: "a file without its columns", method: "POST", path: "/appointments/import-csv", body: "姓名,手机号\n王,1\n",
			header: http.Header{"Content-Type": {"text/csv"}}, status: 422, code: "appointment.file",
		},
		{
			name: "a file with a bad day", method: "POST", path: "/appointments/import-csv", body: "预约编号,业务,日期,开始,结束\na,tax,someday,10:00,10:30\n",
			header: http.Header{"Content-Type": {"text/csv"}}, status: 422, code: "appointment.file",
		},
		{name: "a score beyond five", method: "POST", path: "/tickets/" + called + "/rate", body: `{"score":6}`, status: 422, code: "request.invalid"},
		{name: "a pause with a novel", method: "POST", path: "/windows/4/pause", body: map[string]any{"text": long}, status: 422, code: "request.invalid"},
		{name: "a state that isn't one", method: "GET", path: "/tickets?state=lost", status: 422, code: "request.invalid"},
		{name: "a list of no service", method: "GET", path: "/tickets?service=wine", status: 422, code: "service.unknown"},
		{name: "a path that isn't there", method: "GET", path: "/nothing", status: 404, code: "request.unknown-path"},
		{name: "a verb that isn't there", method: "POST", path: "/tickets/" + called + "/eat", status: 404, code: "request.unknown-path"},
		{name: "a method that isn't there", method: "DELETE", path: "/tickets", status: 405, code: "request.method"},
		{name: "a GET that would change something", method: "GET", path: "/windows/4/call-next", status: 405, code: "request.method"},
		{
			name: "a page of another site", method: "POST", path: "/tickets", body: take,
			header: http.Header{"Sec-Fetch-Site": {"cross-site"}}, status: 403, code: "request.cross-origin",
		},
		{
			name: "a page of another origin", method: "POST", path: "/tickets", body: take,
			header: http.Header{"Origin": {"http://elsewhere.example"}}, status: 403, code: "request.cross-origin",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
			before := f.records()
			a := f.hall.Do(testkit.Request{Method: tt.method, Path: api + tt.path, Token: f.tokens[admin], Body: tt.body, Header: tt.header})
			p := f.problem(a)
			if a.Status != tt.status || p.Code != tt.code || p.State != tt.state || !slices.Equal(p.Allowed, tt.allowed) {
				t.Errorf("got %s, want %d %s in state %q allowing %v", a.Body, tt.status, tt.code, tt.state, tt.allowed)
			}
			if strings.ContainsAny(p.Detail, "{}") || strings.Contains(p.Detail, "操作未成功") {
				t.Errorf("the sentence isn't one: %s", p.Detail)
			}
			if after := f.records(); before != after {
				t.Errorf("the log grew from %s to %s records", before, after)
			}
		})
	}
}

func TestARetryGetsTheFirstAnswer(t *testing.T) {
	f := newFixture(t)
	ask := func(key, service string) testkit.Answer {
		return f.hall.Do(testkit.Request{
			Method: "POST", Path: api + "/tickets", Token: f.tokens[kiosk],
			Header: http.Header{"Idempotency-Key": {key}}, Body: map[string]any{"service": service, "channel": "phone"},
		})
	}
	first := ask("k1", "tax")
	before := f.records()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				if a := ask("k1", "tax"); a.Status != http.StatusCreated || a.Body != first.Body || a.Header.Get("Idempotency-Replayed") != "true" {
					t.Errorf("got %d %s, want the first answer %s", a.Status, a.Body, first.Body)
				}
			}
		})
	}
	wg.Wait()
	if first.Header.Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says that it is a replay")
	}
	if p := f.problem(ask("k1", "id-card")); p.Code != "key.reused" || p.Status != http.StatusConflict {
		t.Errorf("the key for another command: got %+v", p)
	}
	if after := f.records(); before != after {
		t.Errorf("the log grew from %s to %s records", before, after)
	}
	// Another asker's key of the same name is another key.
	a := f.hall.Do(testkit.Request{
		Method: "POST", Path: api + "/tickets", Token: f.tokens[manager],
		Header: http.Header{"Idempotency-Key": {"k1"}}, Body: map[string]any{"service": "tax", "channel": "phone"},
	})
	if a.Status != http.StatusCreated || a.Body == first.Body {
		t.Errorf("another asker: got %d %s", a.Status, a.Body)
	}
}

func TestSigningInOnAPage(t *testing.T) {
	f := newFixture(t)
	enter := func(staff, password string) testkit.Answer {
		return f.as(guest, "POST", api+"/sessions", map[string]any{"staff": staff, "password": password})
	}
	a := enter("manager", "demo1234")
	cookie := a.Header.Get("Set-Cookie")
	if a.Status != http.StatusOK || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") || !strings.Contains(a.Body, "周主任") {
		t.Fatalf("got %d %s with cookie %q", a.Status, a.Body, cookie)
	}
	token, _, _ := strings.Cut(cookie, ";")
	with := func(method, path string, header http.Header) testkit.Answer {
		header.Set("Cookie", token)
		return f.hall.Do(testkit.Request{Method: method, Path: path, Header: header})
	}
	if a := with("GET", api+"/board", http.Header{}); a.Status != http.StatusOK {
		t.Errorf("the board with the cookie: got %d", a.Status)
	}
	before := f.records()
	for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"http://elsewhere.example"}}} {
		if a := with("POST", api+"/windows/4/sign-in", header); a.Status != http.StatusForbidden {
			t.Errorf("another site's page with the cookie: got %d %s", a.Status, a.Body)
		}
	}
	if after := f.records(); before != after {
		t.Errorf("the log grew from %s to %s records", before, after)
	}
	if a := with("DELETE", api+"/sessions/current", http.Header{}); a.Status != http.StatusNoContent || !strings.Contains(a.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("signing out: got %d with %q", a.Status, a.Header.Get("Set-Cookie"))
	}
}

func TestGuessingPasswordsIsSlowed(t *testing.T) {
	f := newFixture(t)
	codes := make(map[string]int)
	for i := range 8 {
		a := f.as(guest, "POST", api+"/sessions", map[string]any{"staff": "wang", "password": fmt.Sprintf("guess%d", i)})
		codes[f.problem(a).Code]++
	}
	if codes["staff.password"] != 5 || codes["request.limit"] != 3 {
		t.Errorf("got %v, want five tries and then none", codes)
	}
	// The right one has to wait as well, another account has not.
	if a := f.as(guest, "POST", api+"/sessions", map[string]any{"staff": "wang", "password": "demo1234"}); f.problem(a).Code != "request.limit" {
		t.Errorf("the right password at once: got %s", a.Body)
	}
	if a := f.as(guest, "POST", api+"/sessions", map[string]any{"staff": "li", "password": "demo1234"}); a.Status != http.StatusOK {
		t.Errorf("another account: got %d", a.Status)
	}
}

func TestEditingTheHallFile(t *testing.T) {
	f := newFixture(t)
	get := func() (text, tag string) {
		a := f.as(admin, "GET", api+"/hall/config", nil)
		return a.Body, a.Header.Get("ETag")
	}
	put := func(text, tag string) testkit.Answer {
		return f.hall.Do(testkit.Request{
			Method: "PUT", Path: api + "/hall/config", Token: f.tokens[admin], Body: text,
			Header: http.Header{"If-Match": {tag}, "Content-Type": {"text/yaml"}},
		})
	}
	text, tag := get()
	edited := strings.Replace(text, "东湖区政务服务中心", "西湖区政务服务中心", 1)
	a := put(edited, tag)
	if a.Status != http.StatusNoContent || a.Header.Get("ETag") == tag {
		t.Fatalf("got %d %s with tag %s", a.Status, a.Body, a.Header.Get("ETag"))
	}
	if got, now := get(); got != edited || now != a.Header.Get("ETag") {
		t.Error("the file isn't what was put")
	}
	if a := f.must(http.StatusOK, "GET", api+"/board", nil, nil); !strings.Contains(a.Body, "西湖区") {
		t.Error("the new name isn't in force")
	}
	if a := put(text, tag); a.Status != http.StatusPreconditionFailed || f.problem(a).Code != "hall.changed" {
		t.Errorf("an edit of the old version: got %d %s", a.Status, a.Body)
	}
	_, tag = get()
	before := f.records()
	for name, bad := range map[string]string{
		"broken YAML":        strings.Replace(edited, "zones:", "zones: [", 1),
		"an unknown key":     strings.Replace(edited, "target_wait: 20m", "targt_wait: 20m", 1),
		"no such zone":       strings.Replace(edited, "zone: C, direction", "zone: X, direction", 1),
		"no such window":     strings.Replace(edited, `window: "3"}`, `window: "33"}`, 1),
		"a plain password":   strings.Replace(edited, "role: admin, password: $2a$", "role: admin, password: x", 1),
		"numbers that clash": strings.Replace(edited, "prefix: B, digits: 3", "prefix: A, digits: 3", 1),
		"nothing":            "",
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
			a := put(bad, tag)
			line := fmt.Sprintf(`"line":%d,`, firstChange(edited, bad))
			if name == "broken YAML" || name == "nothing" {
				line = `"line":` // where the parser gave up
			}
			if p := f.problem(a); p.Status != http.StatusUnprocessableEntity || p.Code != "hall.invalid" || !strings.Contains(a.Body, line) {
				t.Errorf("got %s, want %s", a.Body, line)
			}
			if now, _ := get(); now != edited {
				t.Error("the file changed")
			}
		})
	}
	if a := put(strings.Repeat("# x\n", 1<<19), tag); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge file: got %d", a.Status)
	}
	if after := f.records(); before != after {
		t.Errorf("the log grew from %s to %s records", before, after)
	}
	f.open()
	closed := strings.Replace(edited, `{id: "4", number: "4"`, `{id: "4", disabled: true, number: "4"`, 1)
	if a := put(closed, tag); a.Status != http.StatusConflict || f.problem(a).Code != "hall.window-in-use" {
		t.Errorf("disabling a window with a clerk: got %d %s", a.Status, a.Body)
	}
}

// firstChange is the number of the first line that differs.
func firstChange(a, b string) int {
	old, changed := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(old), len(changed)) {
		if old[i] != changed[i] {
			return i + 1
		}
	}
	return 0
}

func TestTheTicketsPageShowsNobodysName(t *testing.T) {
	f := newFixture(t)
	var ticket link.TicketView
	f.must(http.StatusCreated, "POST", api+"/tickets", map[string]any{
		"service": "tax", "channel": "card", "person": map[string]any{"name": "王小明", "idNumber": "11010519491231002X", "phone": "13800138000"},
	}, &ticket)
	before := f.records()
	a := f.as(guest, "GET", "/t/"+ticket.ID, nil)
	if a.Status != http.StatusOK || !strings.Contains(a.Body, "C001") || !strings.Contains(a.Body, "等候中") {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
	for _, secret := range []string{"王", "小明", "1949", "138"} {
		if strings.Contains(a.Body, secret) {
			t.Errorf("the page says %s", secret)
		}
	}
	if strings.Contains(a.Body, "<script") || !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Error("the page may run scripts")
	}
	for _, id := range []string{"01X", "%3Cscript%3E", strings.Repeat("x", 5000)} {
		if a := f.as(guest, "GET", "/t/"+id, nil); a.Status != http.StatusNotFound || strings.Contains(a.Body, "<script>") {
			t.Errorf("%.20s: got %d", id, a.Status)
		}
	}
	if after := f.records(); before != after {
		t.Errorf("the log grew from %s to %s records", before, after)
	}
}

func TestYesterdaysTicketCanBeSeen(t *testing.T) {
	first := newFixture(t, testkit.Data(t.TempDir()))
	id := first.ticket("finished")
	first.hall.Stop()
	next := newFixture(t, testkit.Data(first.hall.Data), testkit.Clock(testkit.Opening.Add(24*time.Hour)))
	var ticket link.TicketView
	testkit.WaitFor(t, "the day has changed", func() bool {
		return strings.Contains(next.as(manager, "GET", api+"/tickets", nil).Body, `"day":"2026-11-24"`)
	})
	next.must(http.StatusOK, "GET", api+"/tickets/"+id, nil, &ticket)
	if ticket.Day != "2026-11-23" || ticket.State != "finished" || ticket.Number != "C001" || ticket.WaitMinutes != nil {
		t.Errorf("got %+v", ticket)
	}
	var again link.TicketView
	next.must(http.StatusCreated, "POST", api+"/tickets", map[string]any{"service": "tax", "channel": "phone"}, &again)
	if again.Number != "C001" || again.ID == id {
		t.Errorf("got %+v: numbers begin anew", again)
	}
}
