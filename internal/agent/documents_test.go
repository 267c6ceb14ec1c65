package agent_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/agent"
	"smarthall/internal/link"
)

// paperHall is a hall that takes documents as the real one does, and can be
// told to fail.
type paperHall struct {
	*httptest.Server
	mu sync.Mutex
	// fail answers instead of the hall; nil lets the hall answer.
	fail  func(r *http.Request, part int) int
	parts int
	files map[string]*paperFile
}

type paperFile struct {
	link.DocumentView
	data []byte
}

func newPaperHall(t *testing.T) *paperHall {
	h := &paperHall{files: map[string]*paperFile{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *paperHall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	answer := func(status int, v any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	refuse := func(status int, code string) {
		answer(status, link.Problem{Status: status, Code: code, Detail: "不行"})
	}
	if err != nil || r.Header.Get("Authorization") != "Bearer token" {
		refuse(http.StatusUnauthorized, "access.token")
		return
	}
	if h.fail != nil {
		if status := h.fail(r, h.parts); status != 0 {
			refuse(status, "test.fail")
			return
		}
	}
	if r.Method == http.MethodPost {
		var v link.DocumentView
		_ = json.Unmarshal(body, &v)
		if h.files[v.ID] == nil {
			h.files[v.ID] = &paperFile{DocumentView: v}
		}
		answer(http.StatusCreated, h.files[v.ID].DocumentView)
		return
	}
	f := h.files[strings.Split(r.URL.Path, "/")[4]]
	offset, err := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64)
	if err != nil || offset != int64(len(f.data)) {
		refuse(http.StatusConflict, "document.offset")
		return
	}
	h.parts++
	f.data = append(f.data, body...)
	f.Received = int64(len(f.data))
	f.Stored = f.Received == f.Size
	answer(http.StatusOK, f.DocumentView)
}

func (h *paperHall) setFail(f func(*http.Request, int) int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = f
}

func (h *paperHall) stored(id string) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := h.files[id]; f != nil && f.Stored {
		return bytes.Clone(f.data)
	}
	return nil
}

// told collects what a queue tells.
type told struct {
	mu   sync.Mutex
	last link.Uploads
	all  []link.UploadView
}

func (c *told) take(u link.Uploads) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = u
	c.all = append(c.all, u.Uploads...)
}

func (c *told) saw(is func(link.UploadView) bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.all, is)
}

func openQueue(t *testing.T, dir, hall, token string, c *told) *agent.Documents {
	t.Helper()
	d, err := agent.OpenDocuments(agent.DocumentsConfig{
		Dir: dir, Token: token, Hall: "ws" + strings.TrimPrefix(hall, "http") + "/link", Changed: c.take, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// runQueue runs d until the test, or the returned function, ends it.
func runQueue(t *testing.T, d *agent.Documents) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the queue ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func paper(size int) agent.Document {
	return agent.Document{
		ID: ulid.Make().String(), Kind: agent.KindMaterial, Ticket: "ticket-1", Name: "王小明的身份证", Type: "application/pdf",
		Data: bytes.Repeat([]byte("%PDF paper of a person "), size/23+1)[:size],
	}
}

func waitDocument(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestDocumentsReachTheHallAndLeaveTheDisk(t *testing.T) {
	hall, c, dir := newPaperHall(t), &told{}, t.TempDir()
	d := openQueue(t, dir, hall.URL, "token", c)
	runQueue(t, d)
	doc := paper(700_000)
	id, err := d.Add(t.Context(), doc)
	if err != nil || id != doc.ID {
		t.Fatalf("added %q, %v", id, err)
	}
	waitDocument(t, "the hall has it", func() bool { return hall.stored(id) != nil && d.View() == nil })
	if !bytes.Equal(hall.stored(id), doc.Data) {
		t.Error("the hall has something else")
	}
	sum := sha256.Sum256(doc.Data)
	if got := hall.files[id].SHA256; got != hex.EncodeToString(sum[:]) {
		t.Errorf("announced hash %s", got)
	}
	for _, is := range []struct {
		what string
		is   func(link.UploadView) bool
	}{
		{"half-way", func(u link.UploadView) bool { return u.State == link.UploadSending && u.Sent > 0 && u.Sent < u.Size }},
		{"stored", func(u link.UploadView) bool { return u.State == link.UploadStored && u.ID == id }},
	} {
		if !c.saw(is.is) {
			t.Errorf("nobody was told that it was %s", is.what)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left on the disk: %v, %v", left, err)
	}
}

func TestNothingOnTheDiskCanBeRead(t *testing.T) {
	dir := t.TempDir()
	d := openQueue(t, dir, "http://127.0.0.1:1", "token", &told{})
	if _, err := d.Add(t.Context(), paper(100_000)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil || bytes.Contains(data, []byte("paper of a person")) || bytes.Contains(data, []byte("王小明")) {
			t.Errorf("%s tells what is in it (%v)", filepath.Base(f), err)
		}
	}
}

func TestARestartGoesOnWhereTheTransferBroke(t *testing.T) {
	hall, c, dir := newPaperHall(t), &told{}, t.TempDir()
	hall.setFail(func(r *http.Request, part int) int {
		if r.Method == http.MethodPut && part >= 2 {
			return http.StatusServiceUnavailable
		}
		return 0
	})
	doc := paper(1_000_000)
	first := openQueue(t, dir, hall.URL, "token", c)
	stop := runQueue(t, first)
	if _, err := first.Add(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	waitDocument(t, "the transfer breaks", func() bool {
		return c.saw(func(u link.UploadView) bool { return u.State == link.UploadWaiting && u.Detail != "" })
	})
	stop()
	hall.setFail(nil)
	second := openQueue(t, dir, hall.URL, "token", &told{})
	if v := second.View(); v == nil || v.Uploads[0].Name != doc.Name || v.Uploads[0].Ticket != doc.Ticket {
		t.Fatalf("after the restart there is %+v", v)
	}
	runQueue(t, second)
	waitDocument(t, "the hall has it", func() bool { return hall.stored(doc.ID) != nil && second.View() == nil })
	if hall.parts != 4 {
		t.Errorf("sent in %d parts, want 4: none twice", hall.parts)
	}
	if !bytes.Equal(hall.stored(doc.ID), doc.Data) {
		t.Error("the hall has something else")
	}
}

func TestTheSameDocumentIsKeptOnce(t *testing.T) {
	d := openQueue(t, t.TempDir(), "http://127.0.0.1:1", "token", &told{})
	doc := paper(1000)
	for range 3 {
		if id, err := d.Add(t.Context(), doc); err != nil || id != doc.ID {
			t.Fatalf("added %q, %v", id, err)
		}
	}
	if n := len(d.View().Uploads); n != 1 {
		t.Errorf("%d documents wait", n)
	}
}

func TestWhatTheHallNeverTakesWaitsForTheClerk(t *testing.T) {
	hall, c, dir := newPaperHall(t), &told{}, t.TempDir()
	hall.setFail(func(r *http.Request, _ int) int {
		if r.Method == http.MethodPost {
			return http.StatusUnprocessableEntity
		}
		return 0
	})
	d := openQueue(t, dir, hall.URL, "token", c)
	runQueue(t, d)
	bad, good := paper(1000), paper(1000)
	if _, err := d.Add(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	waitDocument(t, "it is refused", func() bool {
		return c.saw(func(u link.UploadView) bool { return u.State == link.UploadRefused && u.Detail == "不行" })
	})
	hall.setFail(nil)
	if _, err := d.Add(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	waitDocument(t, "the next one goes", func() bool { return hall.stored(good.ID) != nil })
	if err := d.Drop(good.ID); err != nil {
		t.Error(err)
	}
	if v := d.View(); v == nil || v.Uploads[0].ID != bad.ID {
		t.Errorf("waiting: %+v", v)
	}
	if err := d.Drop(bad.ID); err != nil {
		t.Error(err)
	}
	waitDocument(t, "nothing waits", func() bool { return d.View() == nil }) // the agent hears last that the hall has the other
}

func TestATokenThatIsNotAcceptedIsNoReasonToGiveUp(t *testing.T) {
	hall, c := newPaperHall(t), &told{}
	d := openQueue(t, t.TempDir(), hall.URL, "another", c)
	runQueue(t, d)
	if _, err := d.Add(t.Context(), paper(1000)); err != nil {
		t.Fatal(err)
	}
	waitDocument(t, "it waits", func() bool {
		return c.saw(func(u link.UploadView) bool { return u.State == link.UploadWaiting && u.Detail != "" })
	})
	if c.saw(func(u link.UploadView) bool { return u.State == link.UploadRefused }) {
		t.Error("the document was given up")
	}
}

func TestOnlyDocumentsAreTaken(t *testing.T) {
	d := openQueue(t, t.TempDir(), "http://127.0.0.1:1", "token", &told{})
	change := func(f func(*agent.Document)) agent.Document {
		doc := paper(1000)
		f(&doc)
		return doc
	}
	for _, tt := range []struct {
		name string
		in   agent.Document
		want error
	}{
		{"a path as id", change(func(d *agent.Document) { d.ID = "../../etc/passwd" }), agent.ErrDocument},
		{"no visit", change(func(d *agent.Document) { d.Ticket = "" }), agent.ErrDocument},
		{"no kind", change(func(d *agent.Document) { d.Kind = "" }), agent.ErrDocument},
		{"a film", change(func(d *agent.Document) { d.Type = "video/mp4" }), agent.ErrDocument},
		{"nothing", change(func(d *agent.Document) { d.Data = nil }), agent.ErrDocumentSize},
		{"too much", change(func(d *agent.Document) { d.Data = make([]byte, agent.MaxDocument+1) }), agent.ErrDocumentSize},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := d.Add(t.Context(), tt.in); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if v := d.View(); v != nil {
				t.Errorf("kept %+v", v)
			}
		})
	}
}

func TestAFullQueueSaysSo(t *testing.T) {
	d, err := agent.OpenDocuments(agent.DocumentsConfig{
		Dir: t.TempDir(), Token: "token", Hall: "ws://127.0.0.1:1/link", Room: 10_000, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		size int
		want error
	}{{6000, nil}, {4001, agent.ErrDocumentsFull}, {4000, nil}, {1, agent.ErrDocumentsFull}} {
		if _, err := d.Add(t.Context(), paper(tt.size)); !errors.Is(err, tt.want) {
			t.Errorf("%d bytes: got %v, want %v", tt.size, err, tt.want)
		}
	}
	if n := len(d.View().Uploads); n != 2 {
		t.Errorf("%d documents wait", n)
	}
}

func TestWhatAnotherTokenSealedIsPutAside(t *testing.T) {
	dir := t.TempDir()
	d := openQueue(t, dir, "http://127.0.0.1:1", "token", &told{})
	if _, err := d.Add(t.Context(), paper(1000)); err != nil {
		t.Fatal(err)
	}
	other := openQueue(t, dir, "http://127.0.0.1:1", "new token", &told{})
	if v := other.View(); v != nil {
		t.Errorf("waiting: %+v", v)
	}
	aside, err := filepath.Glob(filepath.Join(dir, "*.unreadable"))
	if err != nil || len(aside) != 2 {
		t.Errorf("put aside: %v, %v", aside, err)
	}
}
