package portal_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// town is a portal over one hall, one body and the example item.
type town struct {
	*portal.Service
	store  *store.Store
	items  *item.Service
	router *httpd.Router
	web    http.Handler
	// caller is who asks; everybody by default.
	caller access.Caller
	now    time.Time
	halls  []portal.Hall
	bodies []portal.Body
}

func newTown(tb testing.TB, target string, data ...item.Data) *town {
	tb.Helper()
	ctx := context.Background()
	town := &town{
		now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*60*60)),
		halls: []portal.Hall{{
			ID: "demo", Name: "东湖区政务服务中心", Address: "东湖市东湖区湖滨路1号", Telephone: "0571-00000001", Hours: "周一至周五 9:00-17:00",
			Services: []portal.HallService{{ID: "business-licence", Name: "营业执照", Zone: "A区", Windows: []string{"1号窗口", "2号窗口"}}},
		}},
		bodies: []portal.Body{{ID: "market", Name: "东湖区市场监督管理局", Telephone: "0571-00000011", Address: "东湖市东湖区湖滨路18号"}},
	}
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, store.Config{Target: target, Clock: func() time.Time { return town.now }, Log: log})
	must(tb, err)
	tb.Cleanup(func() { must(tb, st.Close()) })
	town.store = st
	trail, err := audit.Open(ctx, st)
	must(tb, err)
	town.items, err = item.Open(ctx, item.Config{
		Store: st, Audit: trail, Log: log,
		Organisations: func(context.Context) ([]item.Organisation, error) {
			var list []item.Organisation
			for _, b := range town.bodies {
				list = append(list, item.Organisation{ID: b.ID, Name: b.Name})
			}
			return list, nil
		},
	})
	must(tb, err)
	for _, d := range append([]item.Data{example(tb)}, data...) {
		must(tb, town.items.AddData(ctx, d))
	}
	town.Service, err = portal.Open(ctx, portal.Config{
		Store: st, Audit: trail, Items: town.items, Log: log,
		Halls:  func(context.Context) ([]portal.Hall, error) { return town.halls, nil },
		Bodies: func(context.Context) ([]portal.Body, error) { return town.bodies, nil },
		Site:   portal.Site{Name: "东湖市政务服务网", City: "东湖市", Hotline: "12345", Demo: true},
	})
	must(tb, err)
	town.router = httpd.New(httpd.Config{Log: log, Caller: func(*http.Request) (access.Caller, error) { return town.caller, nil }})
	town.Routes(town.router)
	town.web = town.router.Handler()
	return town
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// example is the example of the demo city, whose item is published.
func example(tb testing.TB) item.Data {
	tb.Helper()
	f, err := os.Open(filepath.Join("..", "demo", "content", "business-licence.yaml"))
	must(tb, err)
	defer f.Close()
	d, err := item.ReadData(f)
	must(tb, err)
	return d
}

// ask sends a request with headers given as name, value, …
func (t *town) ask(method, path string, headers ...string) *httptest.ResponseRecorder {
	req := newRequest(path)
	req.Method = method
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return serve(t, req)
}

// newRequest is a browser's.
func newRequest(path string) *http.Request {
	req := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	req.Header.Set("Accept", "text/html")
	return req
}

func readCloser(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }

func serve(t *town, req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	t.web.ServeHTTP(w, req)
	return w
}

// spoil serves another portal, whose items are all it.
func spoil(tb testing.TB, t *town, it item.Item, change ...func(*portal.Config)) {
	tb.Helper()
	conf := portal.Config{
		Store: t.store, Items: &spoiled{t.items, it}, Site: portal.Site{Name: evil, City: evil, Hotline: evil},
		Halls:  func(context.Context) ([]portal.Hall, error) { return t.halls, nil },
		Bodies: func(context.Context) ([]portal.Body, error) { return t.bodies, nil },
	}
	for _, c := range change {
		c(&conf)
	}
	s, err := portal.Open(tb.Context(), conf)
	must(tb, err)
	r := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(*http.Request) (access.Caller, error) { return t.caller, nil }})
	s.Routes(r)
	t.web = r.Handler()
}

// page returns a page's text and fails unless it is there.
func (t *town) page(tb testing.TB, path string) string {
	tb.Helper()
	w := t.ask(http.MethodGet, path)
	if w.Code != http.StatusOK {
		tb.Fatalf("%s answers %d: %.300s", path, w.Code, w.Body.String())
	}
	body, err := io.ReadAll(w.Body)
	must(tb, err)
	return string(body)
}

// has fails unless the text has all the words.
func has(tb testing.TB, text string, words ...string) {
	tb.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			tb.Errorf("%q is missing", w)
		}
	}
}

// hasNot fails if the text has one of the words.
func hasNot(tb testing.TB, text string, words ...string) {
	tb.Helper()
	for _, w := range words {
		if strings.Contains(text, w) {
			tb.Errorf("%q is there", w)
		}
	}
}
