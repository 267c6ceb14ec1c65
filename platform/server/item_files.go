package server

import (
	"context"
	"io"
	"net/http"
	"strings"

	"smarthall/platform/internal/files"
	"smarthall/platform/internal/store"
)

// itemFiles are the files as items want them: forms that everybody may read.
type itemFiles struct{ files *files.Service }

// partItems owns forms in the name of items; all are one owner's.
const (
	partItems = "items"
	itemForms = "forms"
)

// Publish implements item.Files.
func (s itemFiles) Publish(ctx context.Context, tx *store.Tx, file string) error {
	return s.files.Own(ctx, tx, file, partItems, itemForms)
}

// Serve implements item.Files.
func (s itemFiles) Serve(w http.ResponseWriter, r *http.Request, file string) error {
	ok, err := s.files.Owns(r.Context(), file, partItems, itemForms)
	if err != nil {
		return err
	}
	if !ok {
		return files.ErrNone
	}
	body, f, err := s.files.Open(r.Context(), file)
	if err != nil {
		return err
	}
	return files.Serve(w, r, body, f, true)
}

// upload opens an editor's form by its path, which the portal puts into a
// bundle.
func (c *contexts) upload(ctx context.Context, at string) (io.ReadCloser, string, error) {
	id, ok := strings.CutPrefix(at, "/item-files/")
	if !ok {
		return nil, "", files.ErrNone
	}
	ok, err := c.files.Owns(ctx, id, partItems, itemForms)
	if err != nil {
		return nil, "", err
	}
	if !ok {
		return nil, "", files.ErrNone
	}
	body, f, err := c.files.Open(ctx, id)
	return body, f.Name, err
}
