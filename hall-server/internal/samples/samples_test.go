package samples_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/samples"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/pdf"
)

// city is a platform with files, and the hall that keeps them.
type city struct {
	*samples.Service
	store *store.Store
	dir   string
	now   time.Time

	mu     sync.Mutex
	files  map[string]http.HandlerFunc // by path
	asked  []string                    // paths, in order
	server *httptest.Server
}

func newCity(t *testing.T, hosts ...string) *city {
	t.Helper()
	c := &city{dir: t.TempDir(), files: map[string]http.HandlerFunc{}, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.asked = append(c.asked, r.URL.Path)
		f := c.files[r.URL.Path]
		c.mu.Unlock()
		if f == nil {
			http.NotFound(w, r)
			return
		}
		f(w, r)
	}))
	t.Cleanup(c.server.Close)
	var err error
	c.store, err = store.Open(t.Context(), filepath.Join(c.dir, "hall.db"))
	must(t, err)
	t.Cleanup(func() { must(t, c.store.Close()) })
	c.Service, err = samples.New(samples.Config{
		Dir: filepath.Join(c.dir, "samples"), Table: c.store, Platform: c.server.URL, Hosts: hosts, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return c.now },
	})
	must(t, err)
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// names has items name forms.
func (c *city) names(t *testing.T, addresses ...string) {
	t.Helper()
	var materials []any
	for i, a := range addresses {
		materials = append(materials, map[string]any{"id": fmt.Sprint("m", i), "name": "申请表", "sample": map[string]any{"url": a}})
	}
	materials = append(materials, "身份证", map[string]any{"id": "own", "name": "表", "blank": map[string]any{"text": "表\n姓名：", "url": "/text.pdf"}})
	body, err := json.Marshal(map[string]any{"materials": materials})
	must(t, err)
	must(t, c.store.SaveDown(t.Context(), &store.Down{ID: fmt.Sprint(len(c.asked), addresses), At: c.now, Item: &store.Item{ID: "i1", Name: "事项", Body: body}}))
}

func (c *city) sync(t *testing.T) {
	t.Helper()
	must(t, c.Sync(t.Context()))
}

// serve has the platform give out a file.
func (c *city) serve(path string, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files[path] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html") // what a server says counts for nothing
		http.ServeContent(w, r, "", c.now, bytes.NewReader(data))
	}
}

func (c *city) list(t *testing.T) map[string]store.Sample {
	t.Helper()
	list, err := c.List(t.Context())
	must(t, err)
	out := map[string]store.Sample{}
	for _, f := range list {
		out[f.URL] = f
	}
	return out
}

func picture(t *testing.T, side int) []byte {
	t.Helper()
	var buf bytes.Buffer
	must(t, png.Encode(&buf, image.NewGray(image.Rect(0, 0, side, side))))
	return buf.Bytes()
}

func sheets(t *testing.T, pages int) []byte {
	t.Helper()
	doc := pdf.New(pdf.Options{Title: "form"})
	for range pages {
		doc.AddPage(pdf.A4)
		doc.Line(10, 10, 100, 100, 1, pdf.Black)
	}
	var buf bytes.Buffer
	must(t, doc.Output(&buf))
	return buf.Bytes()
}

func TestAFormIsFetchedOnceAndStaysWhileThePlatformIsAway(t *testing.T) {
	c := newCity(t)
	form := sheets(t, 2)
	c.serve("/forms/a.pdf", form)
	c.serve("/forms/b.png", picture(t, 20))
	c.names(t, "/forms/a.pdf", "/forms/b.png")
	c.sync(t)
	c.sync(t)
	if diff := cmp.Diff([]string{"/forms/a.pdf", "/forms/b.png"}, c.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	c.server.Close()
	c.now = c.now.AddDate(0, 0, 3)
	c.sync(t)
	list := c.list(t)
	a, b := list["/forms/a.pdf"], list["/forms/b.png"]
	data, kind, err := c.Open(t.Context(), a.Content, 0)
	if err != nil || kind != "application/pdf" || !bytes.Equal(data, form) {
		t.Errorf("got %s of %d bytes, %v", kind, len(data), err)
	}
	if _, kind, err := c.Open(t.Context(), b.Content, 1); err != nil || kind != "image/png" || b.Pages != 1 {
		t.Errorf("got %s with %d pages, %v", kind, b.Pages, err)
	}
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("pdftoppm isn't installed: pages aren't drawn")
	}
	if a.Pages != 2 {
		t.Fatalf("%d pages", a.Pages)
	}
	drawn, kind, err := c.Open(t.Context(), a.Content, 2)
	must(t, err)
	img, err := png.Decode(bytes.NewReader(drawn))
	if err != nil || kind != "image/png" || img.Bounds().Dy() != 1600 {
		t.Errorf("page 2 is %s %v, %v", kind, img.Bounds(), err)
	}
	for _, page := range []int{-1, 3, 1000} {
		if _, _, err := c.Open(t.Context(), a.Content, page); !errors.Is(err, samples.ErrNone) {
			t.Errorf("page %d: %v", page, err)
		}
	}
}

func TestAChangedFormIsFetchedAnewAndARemovedOneGoes(t *testing.T) {
	c := newCity(t)
	c.serve("/a.png", picture(t, 20))
	c.serve("/b.png", picture(t, 30))
	c.names(t, "/a.png", "/b.png")
	c.sync(t)
	old := c.list(t)["/a.png"]
	c.now = c.now.Add(7 * time.Hour)
	c.serve("/a.png", picture(t, 40))
	c.sync(t)
	if got := c.list(t)["/a.png"]; got.Content == old.Content || got.Content == "" {
		t.Errorf("still %q", got.Content)
	}
	if _, _, err := c.Open(t.Context(), old.Content, 0); !errors.Is(err, samples.ErrNone) {
		t.Errorf("the old one: %v", err)
	}
	c.names(t, "/a.png") // no item names the other any more
	c.sync(t)
	c.now = c.now.Add(7 * time.Hour)
	c.mu.Lock()
	delete(c.files, "/a.png") // its server says that it is gone
	c.mu.Unlock()
	c.sync(t)
	if list := c.list(t); len(list) > 0 {
		t.Errorf("kept %v", list)
	}
	if files, err := os.ReadDir(filepath.Join(c.dir, "samples")); err != nil || len(files) > 0 {
		t.Errorf("left in the folder: %v, %v", files, err)
	}
}

func TestWhatHasNotChangedIsNotSentAgain(t *testing.T) {
	c := newCity(t)
	sent := 0
	c.files["/a.png"] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent++
		_, _ = w.Write(picture(t, 20))
	}
	c.names(t, "/a.png")
	for range 3 {
		c.sync(t)
		c.now = c.now.Add(7 * time.Hour)
	}
	if sent != 1 || len(c.asked) != 3 || len(c.list(t)) != 1 {
		t.Errorf("sent %d times, asked %d times, %d forms", sent, len(c.asked), len(c.list(t)))
	}
}

func TestOnlyThePlatformAndItsHostsAreFetchedFrom(t *testing.T) {
	c := newCity(t, "forms.example.cn")
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another server was asked") }))
	defer other.Close()
	c.files["/away.pdf"] = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) }
	c.names(t, other.URL+"/x.pdf", strings.Replace(other.URL, "http://", "//", 1)+"/x.pdf", "https://evil.example/x.pdf", "http://forms.example.cn/x.pdf",
		"https://user@forms.example.cn/x.pdf", "file:///etc/passwd", `/\evil.example/x.pdf`, "javascript:alert(1)", "/"+strings.Repeat("x", 300), "x.pdf", "/away.pdf")
	c.sync(t)
	if diff := cmp.Diff([]string{"/away.pdf"}, c.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	if list := c.list(t); len(list) > 0 {
		t.Errorf("kept %v", list)
	}
}

func TestWhatIsNoFormIsNotKept(t *testing.T) {
	good := picture(t, 20)
	for name, data := range map[string][]byte{
		"a page": []byte("<html><script>alert(1)</script>"), "nothing": nil, "a picture that was cut off": good[:len(good)-9],
		"a program behind a picture": append(bytes.Clone(good), bytes.Repeat([]byte("MZ"), 50)...), "half a PDF": []byte("%PDF-1.4 and no end"),
		"more than fits": append(bytes.Clone(good), make([]byte, samples.MaxFile)...),
	} {
		t.Run(name, func(t *testing.T) {
			c := newCity(t)
			c.serve("/a.png", data)
			c.names(t, "/a.png")
			c.sync(t)
			c.sync(t) // at once again: it isn't asked for
			if list := c.list(t); len(list) > 0 || len(c.asked) != 1 {
				t.Errorf("kept %v, asked %d times", list, len(c.asked))
			}
			c.serve("/a.png", good)
			c.now = c.now.Add(3 * time.Minute)
			c.sync(t)
			if list := c.list(t); len(list) != 1 {
				t.Error("a good one afterwards isn't kept")
			}
		})
	}
}

func TestABadVersionLeavesTheGoodOneInPlace(t *testing.T) {
	c := newCity(t)
	c.serve("/a.png", picture(t, 20))
	c.names(t, "/a.png")
	c.sync(t)
	was := c.list(t)["/a.png"].Content
	c.serve("/a.png", []byte("<html>login</html>"))
	c.now = c.now.Add(7 * time.Hour)
	c.sync(t)
	if _, _, err := c.Open(t.Context(), was, 1); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	c := newCity(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, c.Run(ctx))
}
