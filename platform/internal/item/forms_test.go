package item_test

import (
	"context"
	"errors"
	"image"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

var errNoUpload = fault.New(fault.NotFound, "files.unknown", "没有这个文件")

// shelf plays the files: uploads by their uploader, and what was published.
type shelf struct {
	uploads   map[string]string
	published []string
}

func (s *shelf) Publish(ctx context.Context, _ *store.Tx, file string) error {
	if s.uploads[file] != access.From(ctx).ID {
		return errNoUpload
	}
	s.published = append(s.published, file)
	return nil
}

func (s *shelf) Serve(w http.ResponseWriter, _ *http.Request, file string) error {
	if !slices.Contains(s.published, file) {
		return errNoUpload
	}
	w.Header().Set("Content-Type", "image/png")
	return png.Encode(w, image.NewGray(image.Rect(0, 0, 1, 1)))
}

func TestAnUploadedFormIsReadByEverybodyOnceItsEditorPublishedIt(t *testing.T) {
	files := &shelf{uploads: map[string]string{"f1": "editor", "f2": "somebody"}}
	a := serve(t, sqldbtest.File(t))
	a.Files = files
	get := func(at string) (int, string) { return a.do("", http.MethodGet, at, nil) }
	if status, _ := get("/item-files/f1"); status != http.StatusNotFound {
		t.Errorf("before it is published: %d", status)
	}
	for _, other := range []string{"f2", "no-such", "../f2", "<script>", strings.Repeat("x", 40)} {
		if _, err := a.PublishForm(a.editor(), other); !errors.Is(err, errNoUpload) {
			t.Errorf("%q: %v", other, err)
		}
	}
	at, err := a.PublishForm(a.editor(), "f1")
	if err != nil || at != "/item-files/f1" {
		t.Fatalf("%s, %v", at, err)
	}
	if status, body := get(at); status != http.StatusOK || !strings.HasPrefix(body, "\x89PNG") {
		t.Errorf("it answers %d", status)
	}
	if status, _ := get("/item-files/f2"); status != http.StatusNotFound {
		t.Errorf("another's upload: %d", status)
	}
	for who, want := range map[string]int{"": 401, "person": 403, "hall": 403, "clerk": 403, "reviewer": 403, "editor": 201} {
		if status, body := a.do(who, http.MethodPost, "/api/v1/item-forms", map[string]string{"file": "f1"}); status != want {
			t.Errorf("%q gets %d: %s", who, status, body)
		}
	}
	a.Files = nil
	if _, err := a.PublishForm(a.editor(), "f1"); !errors.Is(err, item.ErrNoFiles) {
		t.Errorf("without a store: %v", err)
	}
}
