package message_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/message"
)

// door is the context's HTTP surface. A request's header Caller says who sends
// it: person zhang, staff with a role, or nobody.
type door struct {
	t      *testing.T
	router *httpd.Router
}

func newDoor(c *city) door {
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Limit: httpd.Limit{PerSecond: -1}, Caller: func(r *http.Request) (access.Caller, error) {
		kind, who, _ := strings.Cut(r.Header.Get("Caller"), " ")
		caller := access.Caller{Kind: access.Kind(kind), ID: who, Region: "330100"}
		if caller.Kind == access.Staff {
			caller.Roles = []access.Role{access.Role(who)}
		}
		return caller, nil
	}})
	c.Routes(r)
	return door{c.t, r}
}

// do sends a request and returns status and body.
func (d door) do(caller, method, path, body string, headers ...string) (int, string) {
	d.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Caller", caller)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.router.Handler().ServeHTTP(w, req)
	answer, err := io.ReadAll(w.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return w.Code, string(answer)
}

const manager = "staff message-manager"

func TestOnlyMessageManagersAndTheirOwnersSeeMessages(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		d := newDoor(c)
		callers := []string{"", "person zhang", "hall demo"}
		for _, role := range access.Roles() {
			callers = append(callers, "staff "+string(role))
		}
		seen := 0
		for _, op := range d.router.Operations() {
			want := manager
			switch {
			case strings.HasPrefix(op.Path, httpd.Prefix+"/me/"):
				want = "person zhang"
			case op.ID == "post-message-receipts":
				continue // its body is signed
			}
			path := strings.NewReplacer("{id}", "01J", "{key}", "case.progress", "{version}", "9").Replace(op.Path)
			for _, caller := range callers {
				seen++
				status, _ := d.do(caller, op.Method, path, `{}`)
				let := status != http.StatusUnauthorized && status != http.StatusForbidden
				if let != (caller == want) {
					t.Errorf("%s %s for %q: %d", op.Method, path, caller, status)
				}
				if caller == "" && status != http.StatusUnauthorized {
					t.Errorf("%s %s without signing in: %d", op.Method, path, status)
				}
			}
		}
		if seen < 17*16 {
			t.Errorf("only %d combinations", seen)
		}
	})
}

func TestAPersonReadsHerOwnInbox(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		d := newDoor(c)
		for range 3 {
			c.send(accepted("zhang"))
		}
		c.send(message.Notice{Template: "identity.code", To: message.To{Person: "zhang", Phone: "13800000001"}, Secret: true, Vars: map[string]string{"code": "583021", "minutes": "5"}})
		c.send(accepted("li"))
		type inbox struct {
			Messages []message.Letters
			Unread   int
		}
		read := func(who, query string) (in inbox) {
			t.Helper()
			status, body := d.do(who, http.MethodGet, httpd.Prefix+"/me/messages"+query, "")
			if status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
			if err := json.Unmarshal([]byte(body), &in); err != nil {
				t.Fatal(err)
			}
			return in
		}
		in := read("person zhang", "")
		if len(in.Messages) != 3 || in.Unread != 3 || in.Messages[0].Title != "已受理：食品经营许可新办" || !strings.Contains(in.Messages[0].Text, "受理编号：330102261124000123") {
			t.Fatalf("the inbox is %+v", in)
		}
		page := read("person zhang", "?limit=1&before="+in.Messages[1].ID)
		if len(page.Messages) != 1 || page.Messages[0].ID != in.Messages[2].ID {
			t.Errorf("the next page is %+v", page)
		}
		first := httpd.Prefix + "/me/messages/" + in.Messages[0].ID
		if status, body := d.do("person zhang", http.MethodPut, first, `{"read":true}`); status != http.StatusNoContent {
			t.Errorf("mark: %d %s", status, body)
		}
		if status, _ := d.do("person li", http.MethodPut, first, `{"read":false}`); status != http.StatusNotFound {
			t.Errorf("another's message was marked: %d", status)
		}
		if in = read("person zhang", "?unread=true"); len(in.Messages) != 2 || in.Unread != 2 {
			t.Errorf("unread are %+v", in)
		}
		if status, _ := d.do("person zhang", http.MethodPost, httpd.Prefix+"/me/messages/read", ""); status != http.StatusNoContent {
			t.Errorf("mark all: %d", status)
		}
		if in = read("person zhang", ""); in.Unread != 0 || !in.Messages[2].Read {
			t.Errorf("after all were read: %+v", in)
		}
		if in = read("person li", ""); in.Unread != 1 || len(in.Messages) != 1 {
			t.Errorf("li has %+v", in)
		}
		for _, query := range []string{"?limit=0", "?limit=100000", "?limit=x", "?before=" + strings.Repeat("x", 100)} {
			if status, _ := d.do("person zhang", http.MethodGet, httpd.Prefix+"/me/messages"+query, ""); status != http.StatusUnprocessableEntity {
				t.Errorf("%.30s: %d", query, status)
			}
		}
		if in = read("person zhang", "?before=%27%20OR%201%3D1%20--"); len(in.Messages) != 0 {
			t.Errorf("SQL for a place: %+v", in)
		}
	})
}

func TestStaffFindWhatWasSent(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		d := newDoor(c)
		c.Use(sms("alpha", nil))
		c.send(accepted("zhang"))
		c.send(progressNotice())
		c.send(accepted("nobody"))
		c.work()
		for _, tt := range []struct {
			query string
			want  int
		}{
			{"", 3},
			{"?state=delivered", 2},
			{"?state=permanent-failure", 1},
			{"?template=case.progress", 1},
			{"?channel=sms", 2},
			{"?channel=email", 0},
			{"?person=zhang", 1},
			{"?limit=2", 2},
			{"?since=2026-11-23T00:00:00Z", 3},
			{"?since=2026-11-24T00:00:00Z", 0},
			{"?until=2026-11-23T00:00:00Z", 0},
			{"?template=%27%20OR%20%271%27%3D%271", 0},
			{"?person=%25", 0},
		} {
			status, body := d.do(manager, http.MethodGet, httpd.Prefix+"/messages"+tt.query, "")
			var out struct{ Messages []message.Sent }
			if err := json.Unmarshal([]byte(body), &out); err != nil || status != http.StatusOK || len(out.Messages) != tt.want {
				t.Errorf("%s: %d, %d messages, want %d; %v", tt.query, status, len(out.Messages), tt.want, err)
			}
			if strings.Contains(body, "13800000001") || strings.Contains(body, "食品经营") {
				t.Errorf("%s shows a person's data: %s", tt.query, body)
			}
		}
		if status, _ := d.do(manager, http.MethodGet, httpd.Prefix+"/messages?state=lost", ""); status != http.StatusUnprocessableEntity {
			t.Errorf("no such state: %d", status)
		}
		id := c.all()[2].ID
		status, body := d.do(manager, http.MethodGet, httpd.Prefix+"/messages/"+id, "")
		if status != http.StatusOK || !strings.Contains(body, "食品经营许可新办") {
			t.Errorf("%d %s", status, body)
		}
		if entries, err := c.Audit.Of(t.Context(), id, 5); err != nil || len(entries) != 1 || entries[0].Action != "message.view" {
			t.Errorf("the look isn't in the log: %v, %v", entries, err)
		}
		status, body = d.do(manager, http.MethodGet, httpd.Prefix+"/message-statistics?days=1", "")
		var out struct{ Counts []message.Count }
		if err := json.Unmarshal([]byte(body), &out); err != nil || status != http.StatusOK || len(out.Counts) != 3 || out.Counts[0].Day != "2026-11-23" {
			t.Errorf("counted %s, %v", body, err)
		}
	})
}

func TestReceiptsComeOverHTTP(t *testing.T) {
	c, _, _ := gatewayCity(t, t.TempDir()+"/x.db")
	d := newDoor(c)
	c.send(accepted("li"))
	c.work()
	body := fmt.Sprintf(`[{"id":%q,"state":"delivered"}]`, c.last().ID)
	stamp, signature := signed(secret(t), "m1", time.Now(), body)
	path := httpd.Prefix + "/message-receipts/alpha"
	if status, answer := d.do("", http.MethodPost, path, body); status != http.StatusUnauthorized {
		t.Errorf("unsigned: %d %s", status, answer)
	}
	status, answer := d.do("", http.MethodPost, path, body, "webhook-id", "m1", "webhook-timestamp", stamp, "webhook-signature", signature)
	if status != http.StatusOK || !strings.Contains(answer, `"taken":1`) {
		t.Errorf("%d %s", status, answer)
	}
	c.wantState(message.Delivered, "")
	huge := strings.Repeat(" ", 300<<10)
	if status, _ := d.do("", http.MethodPost, path, huge, "webhook-id", "m2"); status != http.StatusRequestEntityTooLarge {
		t.Errorf("huge: %d", status)
	}
}

func TestTemplatesAreManagedOverHTTP(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		d := newDoor(c)
		body, err := json.Marshal(message.TemplateInput{
			Name: "办理进度", Minutes: 60, Channels: []message.Channel{message.SMS}, SMS: "{item}到了{step}",
			Vars: []message.Var{{Name: "item", Label: "事项", Example: "食品经营许可"}, {Name: "step", Label: "环节", Example: "审核"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		path := httpd.Prefix + "/message-templates/case.progress"
		if status, answer := d.do(manager, http.MethodPost, path+"/preview", string(body)); status != http.StatusOK || !strings.Contains(answer, "【政务服务】食品经营许可到了审核") {
			t.Errorf("preview: %d %s", status, answer)
		}
		if status, answer := d.do(manager, http.MethodPut, path, string(body)); status != http.StatusOK || !strings.Contains(answer, `"version":2`) {
			t.Errorf("draft: %d %s", status, answer)
		}
		if status, answer := d.do(manager, http.MethodPost, path+"/2/submit", ""); status != http.StatusOK {
			t.Errorf("submit: %d %s", status, answer)
		}
		if status, answer := d.do(manager, http.MethodPost, path+"/2/publish", ""); status != http.StatusForbidden || !strings.Contains(answer, "message.same-author") {
			t.Errorf("publish one's own: %d %s", status, answer)
		}
		if status, answer := d.do(manager, http.MethodPost, path+"/2/drop", ""); status != http.StatusOK || !strings.Contains(answer, `"dropped"`) {
			t.Errorf("drop: %d %s", status, answer)
		}
		if status, _ := d.do(manager, http.MethodGet, httpd.Prefix+"/message-templates/case.nothing", ""); status != http.StatusNotFound {
			t.Errorf("unknown: %d", status)
		}
		status, answer := d.do(manager, http.MethodGet, httpd.Prefix+"/message-templates", "")
		if status != http.StatusOK || strings.Count(answer, `"state":"published"`) != len(occasions) {
			t.Errorf("list: %d, %d published", status, strings.Count(answer, `"state":"published"`))
		}
	})
}

func TestTheOutboxPageShowsTextAsText(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target, func(conf *message.Config) { conf.Demo = true })
		d := newDoor(c)
		n := accepted("zhang")
		n.Vars["item"] = "<script>alert(1)</script>"
		c.send(n)
		c.work()
		for _, path := range []string{"/outbox", "/staff/outbox"} {
			status, page := d.do(manager, http.MethodGet, path, "")
			if status != http.StatusOK || strings.Contains(page, "<script>") || !strings.Contains(page, "&lt;script&gt;") {
				t.Errorf("%s: %d %s", path, status, page)
			}
		}
		if status, _ := d.do("", http.MethodGet, "/outbox", ""); status != http.StatusOK {
			t.Errorf("a new user of the demo can't read her code: %d", status)
		}
		real := newDoor(file(t))
		if status, _ := real.do("", http.MethodGet, "/outbox", ""); status != http.StatusNotFound {
			t.Errorf("the outbox of a real city is open: %d", status)
		}
	})
}
