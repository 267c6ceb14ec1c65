// Package profiles are the device models that a hall knows: the firmware
// profiles that are shipped, and those that its technician wrote and uploaded.
// A file flows in, is checked as smarthall-profile check does, kept in a folder
// and sent to the agents whose devices need it.
package profiles

import (
	"context"
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
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/profile"
	"smarthall/hall-server/internal/profiles/history"
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

// Config is what Open needs.
type Config struct {
	// Dir has the hall's own profiles; it needn't exist yet.
	Dir string
	// Keeper keeps what becomes of them, Now is the time that it is kept under.
	Keeper history.Keeper
	Now    func() time.Time
	Log    *slog.Logger
}

// Service knows the profiles. It is safe for concurrent use.
type Service struct {
	dir    string
	keeper history.Keeper
	now    func() time.Time
	base   *profile.Catalog
	log    *slog.Logger

	saving sync.Mutex // one change at a time; taken before mu
	mu     sync.RWMutex
	own    map[string]own             // by id; guarded by mu
	newest map[string]history.Version // of each profile that there is or was; guarded by mu
}

// own is a profile of the hall's technician.
type own struct {
	doc  *profile.Doc
	p    *profile.Profile
	text string
}

// Open reads the hall's own profiles. A file that has mistakes is logged and
// passed over: a hall opens all the same. What was changed on disk becomes a
// version like any other.
func Open(ctx context.Context, c Config) (*Service, error) {
	base, err := catalog.Load()
	if err != nil {
		return nil, fmt.Errorf("load device models: %w", err)
	}
	s := &Service{
		dir: c.Dir, keeper: c.Keeper, now: c.Now, base: base, log: c.Log,
		own: map[string]own{}, newest: map[string]history.Version{},
	}
	texts, err := readAll(c.Dir)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{} // files, those with mistakes too
	// Those that inherit come after those that may be inherited from.
	for _, heirs := range []bool{false, true} {
		for _, file := range texts {
			there[file.path] = true
			if strings.Contains("\n"+file.text, "\ninherits:") == heirs {
				s.restore(file)
			}
		}
	}
	if err := s.takeIn(ctx, there); err != nil {
		return nil, err
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
	o, ms := examine([]byte(f.text), s.find)
	if len(ms) > 0 {
		s.log.Error("a profile of the hall has mistakes and is not used", slog.String("file", f.path), slog.String("mistake", ms[0].EN))
		return
	}
	s.own[o.p.ID] = o
}

// examine reads a profile as smarthall-profile check does: its format, what it
// inherits, which find looks up, and every vector.
func examine(text []byte, find func(id string) (*profile.Doc, bool)) (own, profile.Mistakes) {
	doc, err := profile.ReadDoc("profile.yaml", text)
	if err != nil {
		return own{}, mistakesOf(err)
	}
	if id := doc.ID(); id != "" { // a folder's name may say the class
		if doc, err = profile.ReadDoc(id+".yaml", text); err != nil {
			return own{}, mistakesOf(err)
		}
	}
	p, err := doc.Profile(find)
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
	return misfits(p, d)
}

func misfits(p *profile.Profile, d device.Config) map[string]string {
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

// heirs are the hall's own profiles that inherit from id, by their ids.
func (s *Service) heirs(id string) []own {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []own
	for _, o := range s.own {
		if o.doc.Inherits() == id {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b own) int { return strings.Compare(a.p.ID, b.p.ID) })
	return out
}

// path is where a profile is kept. Its id was checked: two names with a slash
// between them, neither beginning with a dot.
func (s *Service) path(id string) string {
	return filepath.Join(s.dir, filepath.FromSlash(id)+".yaml")
}
