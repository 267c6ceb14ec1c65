package profile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"smarthall/internal/device"
)

// maxFiles bounds the files of a technician's folder.
const maxFiles = 1000

// Live is a catalogue with the files that the hall sends laid over it, and a
// folder of a technician's own files over both; either may be missing.
// A file goes before a shipped profile of the same id and may inherit
// from any. What changes in the folder is taken over while programs run; a file
// with mistakes is not, and the last good revision of its profile stays.
// Shipped profiles that inherit go on inheriting from the shipped ones.
type Live struct {
	base *Catalog
	dir  string
	// check is what a profile has to pass beside the loader.
	check func(*Profile) error
	log   *slog.Logger

	// reloading is held by reload, which alone uses what follows. It is taken
	// before mu.
	reloading sync.Mutex
	given     []folderFile      // of the hall
	folder    []folderFile      // as it was read last
	digest    [sha256.Size]byte // of the folder as it was read last
	unread    string            // why the folder couldn't be read last time
	idOfFile  map[string]string // the last id that each file claimed

	mu       sync.Mutex
	own      map[string]owned  // by id; guarded by mu
	troubles map[string]string // by id, in Chinese; guarded by mu
	changed  chan struct{}     // closed and replaced at each change; guarded by mu
}

// owned is a profile of the folder in its last good revision.
type owned struct {
	doc *Doc
	p   *Profile
}

// NewLive lays the folder dir over base and reads it once; Run keeps it up to
// date. check may refuse a profile that the loader accepts, with Mistakes; nil
// refuses none. Mistakes in the folder are logged and told by Source.
func NewLive(base *Catalog, dir string, check func(*Profile) error, log *slog.Logger) *Live {
	l := &Live{
		base: base, dir: dir, check: check, log: log.With(slog.String("folder", dir)),
		idOfFile: map[string]string{}, changed: make(chan struct{}),
	}
	l.reload()
	return l
}

// Get is the profile with an id, in its last good revision.
func (l *Live) Get(id string) (*Profile, bool) {
	l.mu.Lock()
	o, ok := l.own[id]
	l.mu.Unlock()
	if ok {
		return o.p, true
	}
	return l.base.Get(id)
}

// Source tells what becomes of a profile.
func (l *Live) Source(id string) device.ProfileSource { return liveSource{l, id} }

// liveSource is one profile of a Live.
type liveSource struct {
	live *Live
	id   string
}

// Now implements device.ProfileSource.
func (s liveSource) Now() (revision, trouble string, changed <-chan struct{}) {
	s.live.mu.Lock()
	trouble, changed = s.live.troubles[s.id], s.live.changed
	s.live.mu.Unlock()
	if p, ok := s.live.Get(s.id); ok {
		revision = p.Revision()
	}
	return revision, trouble, changed
}

// reload reads the folder again and takes over what is good. It is false if
// the folder is as it was.
func (l *Live) reload() bool {
	l.reloading.Lock()
	defer l.reloading.Unlock()
	var files []folderFile
	var err error
	if l.dir != "" {
		files, err = readFolder(l.dir)
	}
	if err != nil {
		if l.unread != err.Error() {
			l.unread = err.Error()
			l.log.Warn("folder of profiles can't be read; what is known stays", slog.Any("err", err))
		}
		return false
	}
	l.unread = ""
	return l.layOver(files)
}

// layOver takes the folder's files over, and those of the hall that the folder
// has no other for. It is false if all is as it was.
func (l *Live) layOver(folder []folderFile) bool {
	l.folder = folder
	claimed := map[string]bool{}
	for _, f := range folder {
		claimed[l.idOf(f)] = true
	}
	files := slices.Clone(folder)
	for _, f := range l.given {
		if id := l.idOf(f); claimed[id] {
			l.log.Warn("the hall's profile is not used: the folder has one of the same id", slog.String("profile", id))
			continue
		}
		files = append(files, f)
	}
	digest := digestOf(files)
	if digest == l.digest {
		return false
	}
	l.digest = digest
	l.take(l.build(files))
	return true
}

// Give makes files the ones that the hall sends, by the ids of their profiles.
// It returns when they are taken over.
func (l *Live) Give(files map[string]string) {
	l.reloading.Lock()
	defer l.reloading.Unlock()
	l.given = l.given[:0:0]
	for _, id := range slices.Sorted(maps.Keys(files)) {
		l.given = append(l.given, folderFile{hallFile + id + ".yaml", []byte(files[id])})
	}
	l.layOver(l.folder)
}

// hallFile begins the names of files that the hall sent.
const hallFile = "hall/"

// take makes own and troubles what counts, and tells of it if it is news.
func (l *Live) take(own map[string]owned, troubles map[string]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	same := maps.EqualFunc(own, l.own, func(a, b owned) bool { return a.p.Hash == b.p.Hash })
	if same && maps.Equal(troubles, l.troubles) {
		return
	}
	for id, o := range own {
		if l.own[id].p == nil || l.own[id].p.Hash != o.p.Hash {
			l.log.Info("profile taken from folder", slog.String("profile", id), slog.String("revision", o.p.Revision()))
		}
	}
	l.own, l.troubles = own, troubles
	close(l.changed)
	l.changed = make(chan struct{})
}

// folderFile is a file of the folder.
type folderFile struct {
	name string // from the folder, with slashes
	data []byte
}

// readFolder reads the profiles of a folder, sorted by name. Hidden files are
// what editors leave behind and are passed over.
func readFolder(dir string) ([]folderFile, error) {
	var files []folderFile
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(path.Base(name), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir() || path.Ext(name) != ".yaml":
			return nil
		case len(files) == maxFiles:
			return fmt.Errorf("more than %d profiles", maxFiles)
		}
		data, err := readLimited(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it went away meanwhile
		}
		files = append(files, folderFile{name, data})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read folder of profiles: %w", err)
	}
	return files, nil
}

// readLimited reads a file, one byte more than a profile may have at most.
func readLimited(root fs.FS, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return data, errors.Join(err, f.Close())
}

func digestOf(files []folderFile) [sha256.Size]byte {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%q %d\n", f.name, len(f.data))
		h.Write(f.data)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// idLine finds the id in a file that isn't YAML any more.
var idLine = regexp.MustCompile(`(?m)^id:[ \t]*["']?([a-z0-9][a-z0-9./_-]*)`)

// build makes profiles of the files. Those with mistakes keep their last good
// revision and have their trouble told.
func (l *Live) build(files []folderFile) (map[string]owned, map[string]string) {
	b := &building{live: l, docs: docs{}, own: map[string]owned{}, troubles: map[string]string{}}
	var fresh []*Doc
	for _, f := range files {
		doc, err := ReadDoc(f.name, f.data)
		if err == nil && b.docs[doc.ID()] != nil {
			other := b.docs[doc.ID()].file
			err = Mistakes{{File: f.name, ZH: "型号已在 " + other + " 中定义", EN: "the id is already defined in " + other}}
		}
		if err != nil {
			b.keep(l.idOf(f), err)
			continue
		}
		l.idOfFile[f.name] = doc.ID()
		b.docs[doc.ID()] = doc
		fresh = append(fresh, doc)
	}
	for id, old := range l.own {
		if b.docs[id] == nil {
			b.missing(id, old)
		}
	}
	for _, doc := range fresh {
		p, err := doc.Profile(b.find)
		if err == nil && l.check != nil {
			err = l.check(p)
		}
		if err != nil {
			b.keep(doc.ID(), err)
			continue
		}
		b.own[p.ID] = owned{doc, p}
	}
	l.warnClashes(fresh)
	return b.own, b.troubles
}

// warnClashes logs which files of the folder claim to be recognised by what
// another one, or a shipped profile, is recognised by. Both stay: which one a
// device runs with is said in the settings.
func (l *Live) warnClashes(fresh []*Doc) {
	var x claimIndex
	for _, doc := range l.base.Docs() {
		x.add(doc)
	}
	for _, doc := range fresh {
		for _, m := range x.clashes(doc) {
			l.log.Warn("two profiles are recognised by the same thing", slog.String("profile", doc.ID()),
				slog.String("file", filepath.Join(l.dir, filepath.FromSlash(m.File))),
				slog.Int("line", m.Line), slog.Int("column", m.Column), slog.String("mistake", m.ZH+" / "+m.EN))
		}
		x.add(doc)
	}
}

// idOf is the id that a file speaks of, as far as it can be told.
func (l *Live) idOf(f folderFile) string {
	if m := idLine.FindSubmatch(f.data); m != nil {
		return string(m[1])
	}
	return l.idOfFile[f.name]
}

// building is a folder on its way from files to profiles.
type building struct {
	live     *Live
	docs     docs // by the id they claim
	own      map[string]owned
	troubles map[string]string
}

// find looks up what a profile inherits: in the folder, then among the shipped.
func (b *building) find(id string) (*Doc, bool) {
	if doc, ok := b.docs.find(id); ok {
		return doc, true
	}
	if old, ok := b.own[id]; ok {
		return old.doc, true
	}
	return b.live.base.Find(id)
}

// keep leaves the last good revision of a profile in force and notes why. id
// may be empty: then nobody can be told but the log.
func (b *building) keep(id string, cause error) {
	l := b.live
	mistakes, ok := errors.AsType[Mistakes](cause)
	if !ok || len(mistakes) == 0 {
		mistakes = Mistakes{{File: id, ZH: cause.Error(), EN: cause.Error()}}
	}
	old, had := l.own[id]
	if had && b.own[id].p == nil {
		b.own[id] = old
	}
	_, shipped := l.base.Get(id)
	first := mistakes[0]
	l.log.Error("profile has mistakes; the last good revision stays", slog.String("profile", id),
		slog.String("file", filepath.Join(l.dir, filepath.FromSlash(first.File))),
		slog.Int("line", first.Line), slog.Int("column", first.Column),
		slog.Int("mistakes", len(mistakes)), slog.String("mistake", first.EN))
	if id == "" {
		return
	}
	text := "型号文件有错：" + first.Chinese()
	if had || shipped {
		text = "型号文件有错，仍用原版本：" + first.Chinese()
	}
	if n := len(mistakes); n > 1 {
		text += fmt.Sprintf("（共 %d 处）", n)
	}
	b.troubles[id] = text
}

// missing is a profile whose file is gone. The shipped one takes its place; one
// that isn't shipped stays as long as the program runs.
func (b *building) missing(id string, old owned) {
	if _, kept := b.own[id]; kept {
		return // its file is there, with mistakes
	}
	if _, shipped := b.live.base.Get(id); shipped {
		return
	}
	b.own[id] = old
	b.troubles[id] = "型号文件已被删除，仍用原版本"
	b.live.log.Warn("file of a profile is gone; the last good revision stays", slog.String("profile", id))
}
