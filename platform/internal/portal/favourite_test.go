package portal_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
)

// kept is what each person keeps, by her id.
type kept map[string][]string

func (k kept) Keep(ctx context.Context, item string) error {
	id := access.From(ctx).ID
	k[id] = append(k[id], item)
	return nil
}

func (k kept) Drop(ctx context.Context, item string) error {
	id := access.From(ctx).ID
	k[id] = slices.DeleteFunc(k[id], func(i string) bool { return i == item })
	return nil
}

func (k kept) Favourites(ctx context.Context) ([]string, error) { return k[access.From(ctx).ID], nil }

// post sends a form as a page of this site does.
func (t *town) post(path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	req := newRequest(path)
	body := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	body.Header = req.Header
	body.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		body.Header.Set(headers[i], headers[i+1])
	}
	return serve(t, body)
}

func TestFavouritesAreKeptByAFormAndShownToTheirOwnerAlone(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	k := kept{}
	town.Favourites = k
	item := url.Values{"item": {"business-licence"}}
	if w := town.post("/favourites", item); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login?next=%2Fitems%2Fbusiness-licence" {
		t.Errorf("who isn't signed in: %d, %q", w.Code, w.Header().Get("Location"))
	}
	if w := town.ask(http.MethodGet, "/favourites"); w.Code != http.StatusSeeOther {
		t.Errorf("the page of nobody: %d", w.Code)
	}
	town.caller = access.Caller{Kind: access.Person, ID: "p1"}
	if w := town.ask(http.MethodGet, "/favourites"); !strings.Contains(w.Body.String(), "还没有收藏") {
		t.Errorf("an empty page: %d", w.Code)
	}
	w := town.post("/favourites", item)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/favourites?kept=business-licence" {
		t.Fatalf("keep: %d, %q", w.Code, w.Header().Get("Location"))
	}
	w = town.ask(http.MethodGet, w.Header().Get("Location"))
	if !strings.Contains(w.Body.String(), "已收藏：") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the page: %d, cached %q", w.Code, w.Header().Get("Cache-Control"))
	}
	town.caller.ID = "p2"
	if w := town.ask(http.MethodGet, "/favourites"); strings.Contains(w.Body.String(), "/items/business-licence") {
		t.Error("another sees them")
	}
	if w := town.post("/favourites/drop", item); w.Code != http.StatusSeeOther || len(k["p1"]) != 1 {
		t.Errorf("another dropped it: %v", k)
	}
	town.caller.ID = "p1"
	if w := town.post("/favourites/drop", item); w.Code != http.StatusSeeOther || len(k["p1"]) != 0 {
		t.Errorf("drop: %d, %v", w.Code, k)
	}
}

func TestOnlyItemsThatThereAreAreKept(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	k := kept{}
	town.Favourites = k
	town.caller = access.Caller{Kind: access.Person, ID: "p1"}
	for _, id := range []string{"", "no-such", "' OR 1=1 --", "<script>", strings.Repeat("x", 10_000)} {
		if w := town.post("/favourites", url.Values{"item": {id}}); w.Code != http.StatusNotFound {
			t.Errorf("%.20q: %d", id, w.Code)
		}
	}
	if w := town.post("/favourites", url.Values{"item": {"business-licence"}}, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
	if len(k) != 0 {
		t.Errorf("kept %v", k)
	}
}
