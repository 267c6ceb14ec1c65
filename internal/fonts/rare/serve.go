package rare

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/font/sfnt"
)

// Family is the font's name in style sheets. It stands behind all others: a
// browser asks for it only for characters that none of them has.
const Family = "Rare Han"

// Path is below what Serve answers.
const Path = "/fonts/"

// What is served to pages: the planes of rare Chinese characters, in slices. A
// slice of 256 characters is some 150 kB.
const (
	firstRune, lastRune = 0x20000, 0x3FFFD
	slice               = 256
)

// sheet is the style sheet for one set of fonts.
type sheet struct {
	css     []byte
	version string
}

var sheets sync.Map // by version

// Link is the line for a page's head that brings the font, empty where there
// is none.
func Link() string {
	s := current()
	if s == nil {
		return ""
	}
	return `<link rel="stylesheet" href="` + Path + "rare.css?v=" + s.version + `">`
}

// current is the sheet of the fonts in use; nil if pages may have none of them.
func current() *sheet {
	version := ""
	for _, f := range Fonts() {
		if f.free {
			version += f.version
		}
	}
	if version == "" {
		return nil
	}
	if s, ok := sheets.Load(version); ok {
		return s.(*sheet)
	}
	var css bytes.Buffer
	var b sfnt.Buffer
	for from := rune(firstRune); from <= lastRune; from += slice {
		for r := from; r < from+slice; r++ {
			if _, _, ok := free(&b, r); ok {
				fmt.Fprintf(&css, "@font-face{font-family:%q;src:url(rare-%X.ttf?v=%s);unicode-range:U+%X??}\n", Family, from/slice, version, from/slice)
				break
			}
		}
	}
	s, _ := sheets.LoadOrStore(version, &sheet{css.Bytes(), version})
	return s.(*sheet)
}

// free is a glyph for r that pages may have.
func free(b *sfnt.Buffer, r rune) (*Font, sfnt.GlyphIndex, bool) {
	for _, f := range Fonts() {
		if !f.free {
			continue
		}
		if i, err := f.GlyphIndex(b, r); err == nil && i != 0 {
			return f, i, true
		}
	}
	return nil, 0, false
}

// Serve answers for the style sheet and the slices it names. All carry the
// font's version and are kept by browsers for good.
func Serve(w http.ResponseWriter, r *http.Request) {
	data, kind, err := file(strings.TrimPrefix(r.URL.Path, Path))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(data)
}

var errNoFile = errors.New("no such file")

// file is what Serve answers with.
func file(name string) (data []byte, kind string, err error) {
	if name == "rare.css" {
		if s := current(); s != nil {
			return s.css, "text/css; charset=utf-8", nil
		}
		return nil, "", errNoFile
	}
	number, isFont := strings.CutSuffix(name, ".ttf")
	number, isSlice := strings.CutPrefix(number, "rare-")
	n, err := strconv.ParseUint(number, 16, 16)
	if !isFont || !isSlice || err != nil || n < firstRune/slice || n > lastRune/slice {
		return nil, "", errNoFile
	}
	data, err = Slice(rune(n)*slice, rune(n+1)*slice-1)
	return data, "font/ttf", err
}
