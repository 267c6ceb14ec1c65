// Package profiles are the device models that a hall knows: the firmware
// profiles that are shipped, and those that its technician wrote and uploaded.
// A file flows in, is checked as smarthall-profile check does, kept in a folder
// and sent to the agents whose devices need it.
package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/atomicfile"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// Bounds of what a hall keeps.
const (
	// MaxText is the largest file, in bytes.
	MaxText = 256 << 10
	// maxOwn is how many profiles of its own a hall may have, maxTotal how many
	// bytes they may have together: one message carries them to an agent.
	maxOwn   = 200
	maxTotal = 2 << 20
)

// Service knows the profiles. It is safe for concurrent use.
type Service struct {
	dir  string
	base *profile.Catalog
	log  *slog.Logger

	saving sync.Mutex // one change at a time; taken before mu
	mu     sync.RWMutex
	own    map[string]own // by id; guarded by mu
}

// own is a profile of the hall's technician.
type own struct {
	doc  *profile.Doc
	p    *profile.Profile
	text string
}

// Open reads the hall's own profiles from the folder dir, which needn't exist
// yet. A file there that has mistakes is logged and passed over: a hall opens
// all the same.
func Open(dir string, log *slog.Logger) (*Service, error) {
	base, err := catalog.Load()
	if err != nil {
		return nil, fmt.Errorf("load device models: %w", err)
	}
	s := &Service{dir: dir, base: base, log: log, own: map[string]own{}}
	texts, err := readAll(dir)
	if err != nil {
		return nil, err
	}
	// Those that inherit come after those that may be inherited from.
	for _, heirs := range []bool{false, true} {
		for _, file := range texts {
			if strings.Contains("\n"+file.text, "\ninherits:") == heirs {
				s.restore(file)
			}
		}
	}
	return s, nil
}

// file is a kept profile.
type file struct{ path, text string }

func readAll(dir string) ([]file, error) {
	var out []file
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == dir:
			return fs.SkipAll
		case err != nil || e.IsDir() || filepath.Ext(path) != ".yaml" || strings.HasPrefix(e.Name(), "."):
			return err
		}
		text, err := os.ReadFile(path)
		out = append(out, file{path, string(text)})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the hall's own profiles: %w", err)
	}
	return out, nil
}

func (s *Service) restore(f file) {
	o, ms := s.examine([]byte(f.text))
	if len(ms) > 0 {
		s.log.Error("a profile of the hall has mistakes and is not used", slog.String("file", f.path), slog.String("mistake", ms[0].EN))
		return
	}
	s.own[o.p.ID] = o
}

// examine reads a profile as smarthall-profile check does: its format, what it
// inherits, and every vector.
func (s *Service) examine(text []byte) (own, profile.Mistakes) {
	doc, err := profile.ReadDoc("profile.yaml", text)
	if err != nil {
		return own{}, mistakesOf(err)
	}
	if id := doc.ID(); id != "" { // a folder's name may say the class
		if doc, err = profile.ReadDoc(id+".yaml", text); err != nil {
			return own{}, mistakesOf(err)
		}
	}
	p, err := doc.Profile(s.find)
	if err == nil {
		err = all.Prove(p)
	}
	if err != nil {
		return own{doc: doc}, mistakesOf(err)
	}
	return own{doc: doc, p: p, text: string(text)}, nil
}

func mistakesOf(err error) profile.Mistakes {
	var ms profile.Mistakes
	if errors.As(err, &ms) {
		return ms
	}
	return profile.Mistakes{{ZH: err.Error(), EN: err.Error()}}
}

// find looks up what a profile inherits.
func (s *Service) find(id string) (*profile.Doc, bool) {
	s.mu.RLock()
	o, ok := s.own[id]
	s.mu.RUnlock()
	if ok {
		return o.doc, true
	}
	return s.base.Find(id)
}

// get is the profile with an id: the hall's own before a shipped one.
func (s *Service) get(id string) (*profile.Profile, bool) {
	s.mu.RLock()
	o, ok := s.own[id]
	s.mu.RUnlock()
	if ok {
		return o.p, true
	}
	return s.base.Get(id)
}

// Class implements hall.Models.
func (s *Service) Class(id string) (device.Class, bool) {
	p, ok := s.get(id)
	if !ok {
		return "", false
	}
	return p.Class, true
}

// Misfits implements hall.Models.
func (s *Service) Misfits(d device.Config) map[string]string {
	p, ok := s.get(d.Profile)
	if !ok {
		return nil
	}
	out := map[string]string{}
	for name, text := range d.Params {
		if wrong := misfit(p, name, text); wrong != "" {
			out["params/"+name] = wrong
		}
	}
	return out
}

func misfit(p *profile.Profile, name, text string) string {
	param, ok := p.Params[name]
	if !ok {
		return fmt.Sprintf("型号 %s 没有参数 %q", p.ID, name)
	}
	switch param.Type {
	case "int":
		n, err := strconv.Atoi(text)
		switch {
		case err != nil:
			return fmt.Sprintf("参数 %s：%q 不是整数", name, text)
		case param.Min != nil && n < *param.Min || param.Max != nil && n > *param.Max:
			return fmt.Sprintf("参数 %s 只能是 %s", name, rangeOf(param))
		}
	case "bool":
		if _, err := strconv.ParseBool(text); err != nil {
			return fmt.Sprintf("参数 %s：%q 只能是 true 或 false", name, text)
		}
	}
	return ""
}

func rangeOf(p profile.Param) string {
	low, high := "", ""
	if p.Min != nil {
		low = strconv.Itoa(*p.Min)
	}
	if p.Max != nil {
		high = strconv.Itoa(*p.Max)
	}
	return low + "–" + high
}

// Texts implements hall.Models.
func (s *Service) Texts(ids []string) []link.ProfileText {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []link.ProfileText
	add := func(id string) {
		o, ok := s.own[id]
		if ok && !slices.ContainsFunc(out, func(t link.ProfileText) bool { return t.ID == id }) {
			out = append(out, link.ProfileText{ID: id, Text: o.text})
		}
	}
	for _, id := range ids {
		add(id)
		if o, ok := s.own[id]; ok {
			add(o.doc.Inherits())
		}
	}
	slices.SortFunc(out, func(a, b link.ProfileText) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Text is a profile of the hall's own as it was uploaded; false if there is none.
func (s *Service) Text(id string) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, ok := s.own[id]
	return o.text, ok
}

// ErrFull says that a hall can't keep more profiles.
var ErrFull = errors.New("too many profiles of the hall's own")

// Save keeps a profile, in place of one of the same id. With mistakes nothing
// is kept.
func (s *Service) Save(text []byte) (Report, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	o, report := s.check(text)
	if len(report.Mistakes) > 0 {
		return report, nil
	}
	id := o.p.ID
	s.mu.RLock()
	total, count := len(text), 1
	for other, kept := range s.own {
		if other != id {
			total, count = total+len(kept.text), count+1
		}
	}
	s.mu.RUnlock()
	if count > maxOwn || total > maxTotal {
		return report, ErrFull
	}
	path := s.path(id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return report, fmt.Errorf("make folder for the hall's own profiles: %w", err)
	}
	if err := atomicfile.Write(path, text, 0o600); err != nil {
		return report, fmt.Errorf("keep profile: %w", err)
	}
	s.mu.Lock()
	s.own[id] = o
	s.mu.Unlock()
	s.renewHeirs(id)
	return report, nil
}

// renewHeirs has the profiles that inherit from id read anew; one that no longer
// fits stays as it was, for its devices run with it.
func (s *Service) renewHeirs(id string) {
	s.mu.RLock()
	var heirs []own
	for _, o := range s.own {
		if o.doc.Inherits() == id {
			heirs = append(heirs, o)
		}
	}
	s.mu.RUnlock()
	for _, heir := range heirs {
		o, ms := s.examine([]byte(heir.text))
		if len(ms) > 0 {
			s.log.Warn("a profile doesn't fit what it inherits any more", slog.String("profile", heir.p.ID), slog.String("mistake", ms[0].EN))
			continue
		}
		s.mu.Lock()
		s.own[o.p.ID] = o
		s.mu.Unlock()
	}
}

// Heirs are the hall's own profiles that inherit from id.
func (s *Service) Heirs(id string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []string
	for _, o := range s.own {
		if o.doc.Inherits() == id {
			out = append(out, o.p.ID)
		}
	}
	slices.Sort(out)
	return out
}

// Shipped tells whether a profile comes with the program.
func (s *Service) Shipped(id string) bool {
	_, ok := s.base.Get(id)
	return ok
}

// Remove takes a profile of the hall's own away; false if there was none.
func (s *Service) Remove(id string) (bool, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	if _, ok := s.Text(id); !ok {
		return false, nil
	}
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("remove profile: %w", err)
	}
	s.mu.Lock()
	delete(s.own, id)
	s.mu.Unlock()
	return true, nil
}

// path is where a profile is kept. Its id was checked: two names with a slash
// between them, neither beginning with a dot.
func (s *Service) path(id string) string {
	return filepath.Join(s.dir, filepath.FromSlash(id)+".yaml")
}
