package portal_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/portal"
)

// TestTheServiceDeskKeepsItsArticles publishes one now and one for a day to
// come, takes one away and publishes it again: nothing of its text is lost, and
// the public sees what is published alone.
func TestTheServiceDeskKeepsItsArticles(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		town.caller = access.Caller{Kind: access.Staff, ID: "desk", Region: "330100", Roles: []access.Role{access.RoleServiceDesk}}
		do := func(method, path, body string) (int, string) {
			req := newRequest("/api/v1" + path)
			req.Method, req.Body = method, readCloser(body)
			req.Header.Set("Content-Type", "application/json")
			res := serve(town, req)
			return res.Code, res.Body.String()
		}
		put := func(id, kind, at string) {
			t.Helper()
			article := `{"id":"` + id + `","kind":"` + kind + `","title":"标题 ` + id + `","source":"办公室","summary":"摘要","body":"第一段\n第二段","at":"` + at + `"}`
			if status, answer := do(http.MethodPut, "/articles/"+id, article); status != http.StatusOK {
				t.Fatalf("publish %s: %d %s", id, status, answer)
			}
		}
		kept := func(query string) (ids []string) {
			t.Helper()
			var out struct {
				Articles []portal.DeskArticle
				Total    int
			}
			status, answer := do(http.MethodGet, "/articles/kept?"+query, "")
			if err := json.Unmarshal([]byte(answer), &out); status != http.StatusOK || err != nil {
				t.Fatalf("list %s: %d %v", query, status, err)
			}
			for _, a := range out.Articles {
				ids = append(ids, a.ID+" "+string(a.State))
				if a.Body != "第一段\n第二段" || a.Source != "办公室" {
					t.Errorf("%s reads %+v", a.ID, a)
				}
			}
			return ids
		}
		same := func(query, want string) {
			t.Helper()
			if got := strings.Join(kept(query), ", "); got != want {
				t.Errorf("%q lists %s, want %s", query, got, want)
			}
		}
		public := func(id string) int { return town.ask(http.MethodGet, "/notices/"+id).Code }
		put("now", "notice", "2026-11-20T00:00:00+08:00")
		put("later", "notice", "2026-12-01T00:00:00+08:00")
		put("a-law", "law", "2026-11-01T00:00:00+08:00")
		same("", "later scheduled, now published, a-law published")
		same("kind=law", "a-law published")
		same("id=now", "now published")
		same("id=no", "")
		same("state=scheduled", "later scheduled")
		same("limit=1&from=1", "now published")
		if public("now") != http.StatusOK || public("later") != http.StatusNotFound {
			t.Errorf("the public reads: now %d, later %d", public("now"), public("later"))
		}
		for range 2 { // taken away twice: the second time there is nothing
			do(http.MethodDelete, "/articles/now", "")
		}
		same("kind=notice", "later scheduled, now withdrawn")
		town.now = town.now.Add(time.Minute) // pages are kept for seconds
		if public("now") != http.StatusNotFound {
			t.Errorf("a withdrawn one is read: %d", public("now"))
		}
		put("now", "notice", "2026-11-21T00:00:00+08:00")
		same("state=withdrawn", "")
		same("state=published&kind=notice", "now published")
		for _, query := range []string{"state=gone", "kind='%20OR%201=1", "limit=0", "from=-1"} {
			if status, _ := do(http.MethodGet, "/articles/kept?"+query, ""); status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", query, status)
			}
		}
		town.caller = access.Caller{Kind: access.Person, ID: "p"}
		if status, _ := do(http.MethodGet, "/articles/kept", ""); status != http.StatusForbidden {
			t.Errorf("a person lists what isn't published: %d", status)
		}
	})
}
