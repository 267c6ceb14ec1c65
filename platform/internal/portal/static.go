package portal

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static/*
var statics embed.FS

// staticFile is a file that the pages use, at an address that changes with its
// content.
type staticFile struct {
	path, kind string
	doc        *document
}

var staticKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// readStatic returns the embedded files by name.
func readStatic() (map[string]staticFile, error) {
	entries, err := statics.ReadDir("static")
	if err != nil {
		return nil, err
	}
	files := map[string]staticFile{}
	for _, e := range entries {
		data, err := statics.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, err
		}
		kind, ok := staticKinds[path.Ext(e.Name())]
		if !ok {
			return nil, fmt.Errorf("no media type for %s", e.Name())
		}
		sum := sha256.Sum256(data)
		base, ext, _ := strings.Cut(e.Name(), ".")
		files[e.Name()] = staticFile{
			path: "/portal/" + base + "-" + hex.EncodeToString(sum[:5]) + "." + ext, kind: kind, doc: newDocument(data, time.Time{}),
		}
	}
	return files, nil
}

// static serves a file that the pages use.
func (s *Service) static(w http.ResponseWriter, req *http.Request) error {
	for _, f := range s.files {
		if f.path == req.URL.Path {
			w.Header().Set("Content-Type", f.kind)
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			return send(w, req, f.doc)
		}
	}
	return ErrPage
}
