// Package languages lets a technician add a language to a program's pages by a
// file. Files flow from a folder, checked, to the pages that ask for them:
//
//	GET /languages            what can be chosen: built in, then the folder's
//	GET /languages/bo.json    one file
//
// What a file holds is told in docs/zh/technician.md; the script
// internal/ui/scripts/language-template.mjs makes one to fill in.
package languages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Bounds of a folder and its files.
const (
	MaxBytes = 1 << 20 // of a file
	maxFiles = 100
	maxName  = 40  // characters
	maxFonts = 200 // bytes
)

var (
	tagPattern = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)
	// fontsPattern is a font list of CSS; nothing in it can end the list.
	fontsPattern = regexp.MustCompile(`^[\p{L}\p{N} ,"'._-]*$`)
)

// Language is one that people may choose.
type Language struct {
	// Tag is its BCP 47 tag, Name what its readers call it.
	Tag  string `json:"tag"`
	Name string `json:"name"`
}

// builtIn are the languages that every program brings.
var builtIn = []Language{{"zh-CN", "中文"}, {"en", "English"}}

// File is a language file: what internal/ui calls LanguageFile.
type File struct {
	Name string `json:"name"`
	// Dir is rtl for scripts that run from right to left; ltr if empty.
	Dir string `json:"dir,omitempty"`
	// Fonts stand before the program's own, as CSS has it.
	Fonts string `json:"fonts,omitempty"`
	// Texts are the translations by key; what is missing is shown in Chinese.
	Texts map[string]string `json:"texts"`
}

// Parse reads a language file strictly.
func Parse(data []byte) (*File, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("the file has more than %d bytes", MaxBytes)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("the file isn't UTF-8")
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // as Windows editors write it
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var f File
	if err := dec.Decode(&f); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		return nil, fmt.Errorf("at byte %d: %w", dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something follows the language at byte %d", dec.InputOffset())
	}
	switch {
	case strings.TrimSpace(f.Name) == "" || utf8.RuneCountInString(f.Name) > maxName:
		return nil, fmt.Errorf("name must have 1 to %d characters", maxName)
	case f.Dir != "" && f.Dir != "ltr" && f.Dir != "rtl":
		return nil, fmt.Errorf("dir is %q, not ltr or rtl", f.Dir)
	case len(f.Fonts) > maxFonts || !fontsPattern.MatchString(f.Fonts):
		return nil, fmt.Errorf("fonts must be a list of font names of at most %d bytes", maxFonts)
	case len(f.Texts) == 0:
		return nil, errors.New("texts are missing")
	}
	return &f, nil
}

// Folder is a folder of language files, read when somebody asks: a file that is
// put there works at once. A folder that doesn't exist has none.
type Folder struct {
	dir string
	log *slog.Logger

	mu    sync.Mutex
	known map[string]entry // by file name; guarded by mu
}

// entry is a file as it was read last.
type entry struct {
	size     int64
	modified time.Time
	file     *File  // nil if it is no language file
	data     []byte // what pages get of it
}

// Open returns the folder dir and logs which of its files can't be used.
func Open(dir string, log *slog.Logger) *Folder {
	f := &Folder{dir: dir, log: log, known: map[string]entry{}}
	f.List()
	return f
}

// List returns the languages that can be chosen: those built in, then the
// folder's by tag.
func (f *Folder) List() []Language {
	out := slices.Clone(builtIn)
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			f.log.Warn("languages folder can't be read", slog.String("folder", f.dir), slog.Any("error", err))
		}
		return out
	}
	for _, e := range entries {
		tag, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		if len(out) == maxFiles {
			break
		}
		if file, err := f.load(tag); err == nil {
			out = append(out, Language{Tag: tag, Name: file.file.Name})
		}
	}
	return out
}

// errNone says that there is no such language.
var errNone = errors.New("no such language")

// load returns the file of tag, from memory if it hasn't changed. What is wrong
// with a file is logged once.
func (f *Folder) load(tag string) (entry, error) {
	if len(tag) > maxName || !tagPattern.MatchString(tag) || slices.ContainsFunc(builtIn, func(l Language) bool { return strings.EqualFold(l.Tag, tag) }) {
		return entry{}, errNone
	}
	name := tag + ".json"
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return entry{}, errNone
	}
	defer func() { _ = root.Close() }()
	info, err := root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return entry{}, errNone
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.known[name]
	if !ok || known.size != info.Size() || !known.modified.Equal(info.ModTime()) {
		known = entry{size: info.Size(), modified: info.ModTime()}
		file, data, err := read(root, name)
		if err != nil {
			f.log.Warn("language file can't be used", slog.String("file", name), slog.Any("error", err))
		} else {
			known.file, known.data = file, data
		}
		f.known[name] = known
	}
	if known.file == nil {
		return entry{}, errNone
	}
	return known, nil
}

// Get returns the file of a tag, which nobody changes; false if the folder has
// none that can be used.
func (f *Folder) Get(tag string) (*File, bool) {
	found, err := f.load(tag)
	return found.file, err == nil
}

// read returns a file and what pages get of it.
func read(root *os.Root, name string) (*File, []byte, error) {
	in, err := root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = in.Close() }()
	data, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	file, err := Parse(data)
	if err != nil {
		return nil, nil, err
	}
	out, err := json.Marshal(file)
	return file, out, err
}

// Routes adds the folder's addresses to mux.
func (f *Folder) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /languages", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, func() error { return json.NewEncoder(w).Encode(f.List()) })
	})
	mux.HandleFunc("GET /languages/{file}", func(w http.ResponseWriter, r *http.Request) {
		tag, ok := strings.CutSuffix(r.PathValue("file"), ".json")
		if !ok {
			http.NotFound(w, r)
			return
		}
		file, err := f.load(tag)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		answer(w, func() error { _, err := w.Write(file.data); return err })
	})
}

func answer(w http.ResponseWriter, write func() error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = write() // who asked may be gone
}
