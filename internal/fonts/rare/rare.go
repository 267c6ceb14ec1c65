// Package rare finds fonts that a machine has for the characters of names that
// the built-in one lacks: nearly all of Unicode's planes 2 and 3, where some
// 60,000 Chinese characters lie. Such a font is large and optional: a program
// without one goes on and writes 〓 with the code point.
//
// Runes flow in; outlines come out for whatever draws (package fonts), and for
// browsers, which lack the same characters, small fonts of 256 characters each
// (Serve). Fonts are read from the disk where and when they are needed.
package rare

import (
	"fmt"
	"hash/fnv"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/image/font/sfnt"
)

// Env names the environment variable with the files to look in, best first and
// parted like PATH. If it is set nothing else is looked at; "none" is no font.
const Env = "SMARTHALL_FONTS"

// installed is where systems put fonts with many such characters.
var installed = []string{
	"/usr/share/fonts/truetype/hanazono/HanaMinB.ttf", // Debian and its kin: fonts-hanazono; extensions B to F
	"/usr/share/fonts/truetype/hanazono/HanaMinA.ttf", // what the basic plane has beyond the built-in font
	`C:\Windows\Fonts\simsunb.ttf`,                    // SimSun-ExtB: extension B
}

// A Font is one that was found. It may be shared; every goroutine brings its
// own sfnt.Buffer.
type Font struct {
	*sfnt.Font
	// File is where it is.
	File string
	// free tells that its maker lets anybody have it embedded in pages.
	free bool
	// version changes with the file.
	version string
}

// fonts are those in use; nil before anybody asked.
var fonts atomic.Pointer[[]*Font]

// Fonts are those of this machine, best first; mostly one or two, or none.
func Fonts() []*Font {
	if found := fonts.Load(); found != nil {
		return *found
	}
	files := installed
	if named := os.Getenv(Env); named != "" {
		files = nil
		if named != "none" {
			files = filepath.SplitList(named)
		}
	}
	found := open(files)
	if !fonts.CompareAndSwap(nil, &found) {
		return *fonts.Load()
	}
	return found
}

// Use has these files looked in from now on instead of the machine's own, and
// returns what goes back.
func Use(files ...string) (back func()) {
	found := open(files)
	before := fonts.Swap(&found)
	return func() { fonts.Store(before) }
}

// Find is the first font that has r, and its glyph there; nil if none has it.
func Find(b *sfnt.Buffer, r rune) (*Font, sfnt.GlyphIndex) {
	for _, f := range Fonts() {
		if i, err := f.GlyphIndex(b, r); err == nil && i != 0 {
			return f, i
		}
	}
	return nil, 0
}

// open opens what is there of files. A font that can't be read is told of and
// left out: the hall goes on.
func open(files []string) []*Font {
	found := []*Font{}
	for _, file := range files {
		f, err := read(file)
		switch {
		case err == nil:
			found = append(found, f)
		case !os.IsNotExist(err):
			slog.Warn("font for rare characters not read", slog.String("file", file), slog.Any("err", err))
		}
	}
	return found
}

// read opens a font, or the first of a collection. Its file stays open: glyphs
// are read when they are drawn.
func read(file string) (*Font, error) {
	r, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	info, err := r.Stat()
	if err != nil || !info.Mode().IsRegular() {
		_ = r.Close()
		return nil, fmt.Errorf("%s is no file: %w", file, os.ErrInvalid)
	}
	collection, err := sfnt.ParseCollectionReaderAt(r)
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("parse: %w", err)
	}
	f, err := collection.Font(0)
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("parse: %w", err)
	}
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, file, info.Size(), info.ModTime().UnixNano())
	return &Font{
		Font: f, File: file, version: fmt.Sprintf("%08x", h.Sum32()),
		free: embeddable(r) && !strings.EqualFold(filepath.Base(file), "simsunb.ttf"),
	}, nil
}

// embeddable tells whether a font's own table OS/2 says that it may be embedded
// anywhere ("installable", fsType 0). Collections don't say where it is.
func embeddable(r *os.File) bool {
	head := make([]byte, 12)
	if _, err := r.ReadAt(head, 0); err != nil {
		return false
	}
	for i := range int64(head[4])<<8 | int64(head[5]) {
		entry := make([]byte, 16)
		if _, err := r.ReadAt(entry, 12+16*i); err != nil {
			return false
		}
		if string(entry[:4]) != "OS/2" {
			continue
		}
		at := int64(entry[8])<<24 | int64(entry[9])<<16 | int64(entry[10])<<8 | int64(entry[11])
		kind := make([]byte, 2)
		_, err := r.ReadAt(kind, at+8)
		return err == nil && kind[0] == 0 && kind[1]&0x0E == 0
	}
	return false
}
