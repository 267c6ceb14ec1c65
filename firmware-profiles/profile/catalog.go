package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Catalog is a set of checked profiles with unique ids. It is not changed after
// it is loaded.
type Catalog struct {
	profiles []*Profile
	byID     map[string]*Profile
	docs     docs
}

// Get is the profile with an id.
func (c *Catalog) Get(id string) (*Profile, bool) {
	p, ok := c.byID[id]
	return p, ok
}

// All are the profiles, sorted by id.
func (c *Catalog) All() []*Profile { return slices.Clone(c.profiles) }

// Find looks up what another profile may inherit.
func (c *Catalog) Find(id string) (*Doc, bool) { return c.docs.find(id) }

// With is the catalogue with p in it, in place of a profile of the same id: a
// technician's file is tried like a shipped one before it is one.
func (c *Catalog) With(p *Profile) *Catalog {
	out := &Catalog{byID: maps.Clone(c.byID), docs: c.docs}
	out.byID[p.ID] = p
	out.profiles = slices.SortedFunc(maps.Values(out.byID), func(a, b *Profile) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// docs are files by the id they claim.
type docs map[string]*Doc

func (d docs) find(id string) (*Doc, bool) {
	doc, ok := d[id]
	return doc, ok
}

// LoadAll reads every .yaml file of fsys. The error has the mistakes of all
// files; a catalogue with one bad profile is none, nor is one with two that
// are recognised by the same thing.
func LoadAll(fsys fs.FS) (*Catalog, error) {
	all, err := readDocs(fsys)
	if err != nil {
		return nil, err
	}
	c := &Catalog{byID: map[string]*Profile{}, docs: all}
	ms := clashes(all.sorted())
	for _, doc := range all {
		p, err := doc.Profile(all.find)
		var found Mistakes
		switch {
		case errors.As(err, &found):
			ms = append(ms, found...)
			continue
		case err != nil:
			return nil, err
		}
		c.byID[p.ID] = p
		c.profiles = append(c.profiles, p)
	}
	if len(ms) > 0 {
		slices.SortStableFunc(ms, func(a, b *Mistake) int { return strings.Compare(a.File, b.File) })
		return nil, ms
	}
	slices.SortFunc(c.profiles, func(a, b *Profile) int { return strings.Compare(a.ID, b.ID) })
	return c, nil
}

// readDocs reads every .yaml file of fsys as YAML. With Mistakes as its error
// it still returns the files that could be read.
func readDocs(fsys fs.FS) (docs, error) {
	all := docs{}
	var ms Mistakes
	err := fs.WalkDir(fsys, ".", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(file) != ".yaml" {
			return err
		}
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		doc, err := ReadDoc(file, data)
		var found Mistakes
		if errors.As(err, &found) {
			ms = append(ms, found...)
			return nil
		}
		id := doc.ID()
		if other, dup := all[id]; dup {
			n := child(doc.root, "id")
			m := &Mistake{File: file, ZH: fmt.Sprintf("型号“%s”已在 %s 中定义", id, other.file), EN: fmt.Sprintf("id %q is already defined in %s", id, other.file)}
			if n != nil {
				m.Line, m.Column, m.Path = n.Line, n.Column, "/id"
			}
			ms = append(ms, m)
			return nil
		}
		all[id] = doc
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	if len(ms) > 0 {
		return all, ms
	}
	return all, nil
}
