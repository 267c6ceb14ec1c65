package portal

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"smarthall/platform/internal/item"
)

// fileOf returns the file that an address below an item's names: a material's
// blank or sample, or the result's sample.
func fileOf(it *item.Item, material, kind string) (item.File, bool) {
	if material == "" {
		return it.Result.Sample, kind == "sample"
	}
	for _, m := range it.Materials {
		if m.ID != material {
			continue
		}
		switch kind {
		case "blank":
			return m.Blank, true
		case "sample":
			return m.Sample, true
		}
	}
	return item.File{}, false
}

// ErrFile tells that there is no such form or sample.
var ErrFile = ErrPage.With("没有这份表格或样本。")

// file sends a form or a sample that is kept as text as a PDF; one that is a
// file is linked on the page.
func (s *Service) file(w http.ResponseWriter, req *http.Request) error {
	it, err := s.Items.Get(req.Context(), req.PathValue("id"))
	if err != nil {
		return err
	}
	f, ok := fileOf(&it, req.PathValue("material"), path.Base(req.URL.Path))
	if !ok || f.Text == "" {
		return ErrFile
	}
	name := fileName(f.Name, "样本")
	doc, err := s.printed(req.URL.Path, name, f.Text, &it)
	if err != nil {
		return err
	}
	attach(w, name+".pdf", "application/pdf")
	w.Header().Set("Cache-Control", "public, max-age=60")
	return send(w, req, doc)
}

// keptForms bounds the texts that are kept as PDFs; each has some 50 KB.
const keptForms = 64

// printed is a text of an item's version as a PDF. It takes a while to make, one
// at a time, so that a crowd asks for it once.
func (s *Service) printed(at, name, text string, it *item.Item) (*document, error) {
	s.printing.Lock()
	defer s.printing.Unlock()
	revision := it.PublishedAt.UnixMilli()<<8 | int64(it.Version&0xff)
	if doc, ok := s.forms.Get(at, revision); ok {
		return doc, nil
	}
	var out bytes.Buffer
	if err := item.PrintText(&out, name, text, it.PublishedAt); err != nil {
		return nil, fmt.Errorf("print a form of %s: %w", it.ID, err)
	}
	doc := newDocument(out.Bytes(), s.Store.Now())
	s.forms.Put(at, revision, doc)
	return doc, nil
}

// attach makes an answer a file to keep.
func attach(w http.ResponseWriter, name, kind string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}

// fileName makes a safe file name, without an ending, of words.
func fileName(words, fallback string) string {
	words = strings.TrimSuffix(words, path.Ext(words))
	words = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`\/:*?"<>|.`+"\u202e\u202d\u2066\u2067", r) {
			return -1
		}
		return r
	}, words)
	if words = strings.TrimSpace(words); words == "" {
		return fallback
	}
	if runes := []rune(words); len(runes) > 60 {
		words = string(runes[:60])
	}
	return words
}

// code draws an item's address as a QR code (P-19).
func (s *Service) code(w http.ResponseWriter, req *http.Request) error {
	it, err := s.Items.Get(req.Context(), req.PathValue("id"))
	if err != nil {
		return err
	}
	made, err := qr.Encode(s.base(req)+"/items/"+url.PathEscape(it.ID), qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("draw a QR code: %w", err)
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Add("Vary", "Host")
	return send(w, req, newDocument([]byte(drawCode(made)), s.Store.Now()))
}

// quiet is the white around a QR code, in modules (ISO/IEC 18004).
const quiet = 4

// drawCode draws a code in SVG, a unit per module.
func drawCode(code barcode.Barcode) string {
	n := code.Bounds().Dx()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`,
		n+2*quiet, n+2*quiet, n+2*quiet, n+2*quiet)
	for y := range n {
		for x := range n {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

// seen counts a reader of a guide, unless she only asked whether it changed.
func (s *Service) seen(ctx context.Context, id string) {
	if _, err := s.Items.Get(ctx, id); err == nil {
		s.Items.Seen(id, item.ActView)
	}
}
