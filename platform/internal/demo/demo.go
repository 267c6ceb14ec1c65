// Package demo is a made-up city, 东湖市, that a new user finds when she starts
// the platform with --demo: bodies, staff, people, halls, items with their
// guides, notices and laws. The city flows out of embedded files through the
// contexts' Go APIs into a database; doing it again changes nothing. Its legal
// bases are real; its people, codes and telephone numbers are nobody's.
package demo

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"go.yaml.in/yaml/v3"

	"smarthall/platform/internal/item"
)

// Staff of the demo city sign in with Password and, where the identity context
// was opened with it, Code as their second factor.
const (
	Password = "demo1234"
	Code     = "246810"
)

// embedded are the city (city), its items in the short form of this package
// (guides) and in the platform's own (content).
//
//go:embed city/*.yaml guides/*.yaml content/*.yaml
var embedded embed.FS

// Read reads the embedded city.
func Read() (City, error) { return read(embedded) }

func read(files fs.FS) (City, error) {
	c := City{}
	for _, part := range []struct {
		name string
		to   any
	}{
		{"departments", &c.departments},
		{"staff", &c.staff},
		{"people", &c.people},
		{"halls", &c.halls},
		{"notices", &c.notices},
		{"laws", &c.laws},
		{"materials", &c.materials},
		{"popular", &c.popular},
		{"life", &c.life},
	} {
		if err := decode(files, "city/"+part.name+".yaml", part.to); err != nil {
			return City{}, err
		}
	}
	names, err := fs.Glob(files, "guides/*.yaml")
	if err != nil {
		return City{}, err
	}
	for _, name := range names {
		var g guideFile
		if err := decode(files, name, &g); err != nil {
			return City{}, err
		}
		d, err := c.expand(g)
		if err != nil {
			return City{}, fmt.Errorf("%s: %w", path.Base(name), err)
		}
		c.add(d)
	}
	return c, c.readContent(files)
}

// readContent adds the files that are in the platform's own form.
func (c *City) readContent(files fs.FS) error {
	names, err := fs.Glob(files, "content/*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		f, err := files.Open(name)
		if err != nil {
			return err
		}
		d, err := item.ReadData(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", path.Base(name), err)
		}
		c.add(d)
	}
	return nil
}

func (c *City) add(d item.Data) {
	c.Items.Catalogue = append(c.Items.Catalogue, d.Catalogue...)
	c.Items.Items = append(c.Items.Items, d.Items...)
	c.Items.Packages = append(c.Items.Packages, d.Packages...)
	c.Items.Synonyms = append(c.Items.Synonyms, d.Synonyms...)
}

// decode reads one file strictly.
func decode(files fs.FS, name string, to any) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	if err := errors.Join(dec.Decode(to), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", path.Base(name), err)
	}
	return nil
}
