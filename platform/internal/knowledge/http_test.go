package knowledge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/knowledge"
)

const evil = `<script>alert(1)</script>'); DROP TABLE knowledge_entry;--`

func TestEachRoleMayDoWhatIsItsOwn(t *testing.T) {
	c := file(t)
	h, ops := c.web()
	reading := []string{
		"search-knowledge", "get-knowledge", "get-review-points", "rate-knowledge", "list-own-knowledge-ratings", "see-knowledge-answers", "list-knowledge-todos", "count-knowledge",
	}
	setting := []string{"list-knowledge-limits", "set-knowledge-limit"}
	nobody := func(string) bool { return false }
	callers := map[string]func(id string) bool{"": nobody, "hall": nobody, "p1": nobody}
	writing := []access.Role{access.RoleItemEditor, access.RoleItemReviewer, access.RoleClerk, access.RoleApprover, access.RoleChief}
	for _, role := range access.Roles() {
		callers["shui/"+string(role)] = func(id string) bool {
			switch {
			case role == access.RoleServiceDesk || slices.Contains(reading, id):
				return true
			default:
				return slices.Contains(writing, role) && !slices.Contains(setting, id)
			}
		}
	}
	for who, may := range callers {
		for _, op := range ops {
			w := request(h, who, op.Method, strings.ReplaceAll(op.Path, "{id}", "none"), "")
			refused := w.Code == http.StatusUnauthorized || w.Code == http.StatusForbidden
			if refused == may(op.ID) || w.Code >= 500 {
				t.Errorf("%q at %s: %d %.200s", who, op.ID, w.Code, w.Body)
			}
		}
	}
}

func TestHostileInputChangesNothing(t *testing.T) {
	c := file(t)
	h, _ := c.web()
	long := strings.Repeat("长", 30000)
	for body, want := range map[string]int{
		`{"kind":"secret","title":"标题","body":"正文正文正文"}`:                                       422,
		`{"kind":"review","title":"` + long + `","body":"正文正文正文"}`:                             422,
		`{"kind":"review","title":"标题","body":"` + long + `"}`:                                 422,
		`{"kind":"review","title":"` + "\\u202e\\u0000" + `","body":"正文正文正文"}`:                 422,
		`{"kind":"review","title":"标题","body":"正文正文正文","item":"none"}`:                         422,
		`{"kind":"review","title":"标题","body":"正文正文正文","material":"plan"}`:                     422,
		`{"kind":"review","title":"标题","body":"正文正文正文","item":"food-licence","material":"no"}`: 422,
		`{"kind":`: 400,
	} {
		if w := request(h, "lin/clerk", "POST", "/api/v1/knowledge/drafts", body); w.Code != want {
			t.Errorf("%.60s: %d, want %d: %.200s", body, w.Code, want, w.Body)
		}
	}
	if works, err := c.Works(c.lin()); err != nil || len(works) != 0 {
		t.Errorf("kept: %+v %v", works, err)
	}
	words, err := json.Marshal(map[string]string{"kind": "review", "title": evil, "body": evil})
	c.must(err)
	w := request(h, "lin/clerk", "POST", "/api/v1/knowledge/drafts", string(words))
	var draft knowledge.WorkView
	c.must(json.Unmarshal(w.Body.Bytes(), &draft))
	if w.Code != 200 || draft.Title != evil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	at := "/api/v1/knowledge/drafts/" + draft.ID
	edition := fmt.Sprintf(`{"edition":%d}`, draft.Edition)
	for _, who := range []string{"shui/chief-representative", "far/service-desk", "shui/clerk"} {
		for _, try := range [][3]string{
			{"GET", at, ""},
			{"POST", at + "/submission", edition},
			{"POST", at + "/check", `{"edition":1,"pass":true}`},
			{"DELETE", at + "?edition=1", ""},
			{"PUT", at, `{"kind":"review","title":"标题","body":"正文正文正文","edition":1}`},
		} {
			if w := request(h, who, try[0], try[1], try[2]); w.Code != http.StatusNotFound {
				t.Errorf("%s %s as %s: %d", try[0], try[1], who, w.Code)
			}
		}
	}
	for _, q := range []string{"%", evil, "' OR 1=1", "*", `"`, long[:180]} {
		if w := request(h, "lin/clerk", "GET", "/api/v1/knowledge/entries?q="+url.QueryEscape(q), ""); w.Code != 200 {
			t.Errorf("search %.20s: %d %s", q, w.Code, w.Body)
		}
	}
	for _, id := range []string{url.PathEscape(evil), "item.food-licence.m.", "item."} {
		if w := request(h, "lin/clerk", "GET", "/api/v1/knowledge/entries/"+id, ""); w.Code != http.StatusNotFound {
			t.Errorf("entry %s: %d", id, w.Code)
		}
	}
}
