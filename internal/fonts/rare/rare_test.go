package rare_test

import (
	"bytes"
	"fmt"
	"image"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"smarthall/internal/fonts/rare"
	"smarthall/internal/fonts/rare/raretest"
)

// names have a character of every extension from B to F; the font ends there.
const names = "𠮷𠀀𤭢𪚥𩷶𣎴𪜈𫖯𫝀𫞩𫠝𬺈𬻿𭅺𮎳"

func TestCharactersBeyondTheBasicPlaneAreFound(t *testing.T) {
	raretest.Font(t)
	var b sfnt.Buffer
	for _, r := range names {
		if f, _ := rare.Find(&b, r); f == nil {
			t.Errorf("no %c (%U)", r, r)
		}
	}
	if f, _ := rare.Find(&b, '\U0003FFFD'); f != nil {
		t.Errorf("%s has a character that nobody has assigned", f.File)
	}
}

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	rare.Serve(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// sheets are a style sheet's rules: the file and the character range of each.
var sheets = regexp.MustCompile(`src:url\((rare-([0-9A-F]+)\.ttf\?v=[0-9a-f]+)\);unicode-range:U\+([0-9A-F]+)\?\?`)

// A browser's way: the link, the sheet it names, the slice that holds the
// character; the character of the slice looks like that of the font.
func TestPagesGetTheSliceThatHoldsTheCharacter(t *testing.T) {
	file := raretest.Font(t)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	original, err := sfnt.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`href="([^"]+)"`).FindStringSubmatch(rare.Link())
	if link == nil {
		t.Fatalf("no link in %q", rare.Link())
	}
	css := get(t, link[1])
	if css.Code != http.StatusOK || css.Body.Len() > 40_000 || !strings.Contains(css.Header().Get("Content-Type"), "text/css") {
		t.Fatalf("%d, %d bytes of %s", css.Code, css.Body.Len(), css.Header())
	}
	slices := map[string]string{}
	for _, m := range sheets.FindAllStringSubmatch(css.Body.String(), -1) {
		slices[m[3]] = m[1]
	}
	for _, r := range names {
		key := fmt.Sprintf("%X", r/256)
		w := get(t, rare.Path+slices[key])
		if w.Code != http.StatusOK || w.Body.Len() > 400_000 {
			t.Fatalf("%c: %d, %d bytes for %s", r, w.Code, w.Body.Len(), key)
		}
		cut, err := sfnt.Parse(w.Body.Bytes())
		if err != nil {
			t.Fatalf("%c: %v", r, err)
		}
		if like := alike(drawn(t, cut, r), drawn(t, original, r)); like < 0.97 {
			t.Errorf("%c is %.0f %% alike", r, 100*like)
		}
		if like := alike(drawn(t, cut, r), drawn(t, original, r+1)); like > 0.8 {
			t.Errorf("the measure tells nothing: the character behind %c is %.0f %% alike", r, 100*like)
		}
	}
}

func drawn(t *testing.T, f *sfnt.Font, r rune) *image.Alpha {
	t.Helper()
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 64, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewAlpha(image.Rect(0, 0, 64, 64))
	d := font.Drawer{Dst: img, Src: image.Opaque, Face: face, Dot: fixed.P(0, 56)}
	d.DrawString(string(r))
	return img
}

// alike is the share of dark dots that both have, of those that either has.
func alike(a, b *image.Alpha) float64 {
	both, either := 0, 0
	for i := range a.Pix {
		inA, inB := a.Pix[i] > 127, b.Pix[i] > 127
		if inA && inB {
			both++
		}
		if inA || inB {
			either++
		}
	}
	return float64(both) / float64(max(either, 1))
}

func TestTheSameSliceIsTheSameFile(t *testing.T) {
	raretest.Font(t)
	one, err := rare.Slice(0x20B00, 0x20BFF)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rare.Slice(0x20B00, 0x20BFF)
	if err != nil || !bytes.Equal(one, other) {
		t.Errorf("another file, %v", err)
	}
}

func TestWhatNobodyHasIsNotFound(t *testing.T) {
	raretest.Font(t)
	for _, path := range []string{
		"/fonts/", "/fonts/rare-3FF.ttf", "/fonts/rare-1F6.ttf", "/fonts/rare-4000.ttf", "/fonts/rare-20B.woff", "/fonts/rare--1.ttf",
		"/fonts/rare-.ttf", "/fonts/rare-20B", "/fonts/../rare.css", "/fonts/HanaMinB.ttf", "/fonts/rare-" + strings.Repeat("2", 5000) + ".ttf",
	} {
		if w := get(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%.60s: %d", path, w.Code)
		}
	}
}

func TestAMachineWithoutSuchAFontGoesOn(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.ttf")
	if err := os.WriteFile(broken, []byte("no font at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rare.Use(broken, filepath.Join(t.TempDir(), "absent.ttf"), t.TempDir()))
	if f, _ := rare.Find(&sfnt.Buffer{}, '𠮷'); f != nil {
		t.Errorf("found in %s", f.File)
	}
	if link := rare.Link(); link != "" {
		t.Errorf("link %q", link)
	}
	for _, path := range []string{"/fonts/rare.css", "/fonts/rare-20B.ttf"} {
		if w := get(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
