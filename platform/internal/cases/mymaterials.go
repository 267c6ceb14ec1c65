package cases

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// What somebody brought once stands in her space (我的材料): where it is used,
// how long it is kept, and ready for the next application. A file lives as long
// as a case owns it; what only drafts own she may delete.

// OwnMaterial is a file or a licence that cases of hers have.
type OwnMaterial struct {
	ID   string `json:"id" doc:"Of the file; of the licence"`
	Kind string `json:"kind" enum:"file,licence"`
	Name string `json:"name"`
	Type string `json:"type,omitempty" doc:"Media type of a file"`
	Size int64  `json:"size,omitempty" doc:"In bytes"`
	// Uses are the cases that have it, the newest first.
	Uses []MaterialUse `json:"uses"`
	// Until is when it is deleted by itself; zero: it is kept with its cases.
	Until time.Time `json:"until,omitzero"`
	// Deletable tells that no case needs it: drafts only have it.
	Deletable bool `json:"deletable"`
}

// MaterialUse is a material of a case that a file or a licence is.
type MaterialUse struct {
	Case      string `json:"case" doc:"Id"`
	Number    string `json:"number,omitempty"`
	ItemName  string `json:"itemName"`
	Material  string `json:"material" doc:"What it is there"`
	StateWord string `json:"stateWord"`
}

// ownCasesSeen bounds how many cases are looked through for materials.
const ownCasesSeen = 4 * pageSize

// OwnMaterials are what the cases of the context's caller have, or of the legal
// person that she acts for: what was brought last comes first.
func (s *Service) OwnMaterials(ctx context.Context) ([]OwnMaterial, error) {
	list := []OwnMaterial{}
	at := map[string]int{}
	put := func(c *Case, m *Material, v OwnMaterial) {
		i, known := at[v.Kind+v.ID]
		if !known {
			i = len(list)
			at[v.Kind+v.ID] = i
			v.Until, v.Deletable = c.draftUntil(), v.Kind == "file"
			list = append(list, v)
		}
		of := &list[i]
		of.Uses = append(of.Uses, MaterialUse{c.ID, c.ShownNo(), c.ItemName, m.Name, c.stateWord()})
		until := c.draftUntil()
		of.Deletable = of.Deletable && !until.IsZero()
		if until.IsZero() || !of.Until.IsZero() && until.After(of.Until) {
			of.Until = until
		}
	}
	err := s.eachOwn(ctx, func(c *Case) bool {
		for i := range c.Dossier.Materials {
			m := &c.Dossier.Materials[i]
			for _, f := range m.Files {
				put(c, m, OwnMaterial{ID: f.ID, Kind: "file", Name: f.Name, Type: f.Type, Size: f.Size})
			}
			if m.Held != nil {
				put(c, m, OwnMaterial{ID: m.Held.ID, Kind: "licence", Name: m.Held.Name})
			}
		}
		return true
	})
	for i := range list {
		if list[i].Kind == "licence" {
			list[i].Until = time.Time{} // the library keeps it, not a draft
		}
	}
	return list, err
}

// draftUntil is when a draft is deleted by itself; the zero time for every other
// case, which is kept.
func (c *Case) draftUntil() time.Time {
	if c.State != Draft {
		return time.Time{}
	}
	if c.Dossier.Warned {
		return c.wake
	}
	return c.wake.Add(draftKept - draftWarn)
}

// eachOwn shows the cases of the context's caller, the newest first, until see
// has seen enough.
func (s *Service) eachOwn(ctx context.Context, see func(c *Case) bool) error {
	before := ""
	for range ownCasesSeen / pageSize {
		page, err := s.Own(ctx, before)
		if err != nil {
			return err
		}
		for i := range page {
			if !see(&page[i]) {
				return nil
			}
			before = page[i].ID
		}
		if len(page) < pageSize {
			return nil
		}
	}
	return nil
}

// brings tells whether a case of the context's caller, a person, has a file: she
// may use it again, whoever scanned it.
func (s *Service) brings(ctx context.Context, file string) (found bool, err error) {
	if access.From(ctx).Kind != access.Person {
		return false, nil
	}
	err = s.eachOwn(ctx, func(c *Case) bool {
		found = c.has(file)
		return !found
	})
	return found, err
}

// claim makes a file a case's: the caller's upload, or what a case of hers has.
func (s *Service) claim(ctx context.Context, tx *store.Tx, file, owner string) error {
	err := s.Files.Own(ctx, tx, file, owner)
	if f := fault.Of(err); f == nil || f.Kind != fault.NotFound {
		return err
	}
	found, failed := s.brings(ctx, file)
	if failed != nil {
		return errors.Join(err, failed)
	}
	if !found {
		return err
	}
	return s.Files.Share(ctx, tx, file, owner)
}

// DropMaterial takes a file out of the drafts of the context's caller: without
// an owner it is deleted. A case that was handed in needs its files.
func (s *Service) DropMaterial(ctx context.Context, file string) error {
	var drafts []string
	needed := false
	err := s.eachOwn(ctx, func(c *Case) bool {
		if c.has(file) {
			drafts = append(drafts, c.ID)
			needed = needed || c.State != Draft
		}
		return !needed
	})
	switch {
	case err != nil:
		return err
	case needed:
		return ErrNeeded
	case len(drafts) == 0:
		return ErrFile
	}
	for _, id := range drafts {
		err := s.change(ctx, "delete a material", id, func(tx *store.Tx, owned *Case) error { return s.withoutFile(ctx, tx, owned, file) })
		if err != nil {
			return err
		}
	}
	return s.Audit.Write(ctx, audit.Entry{Action: "cases.drop-material", Object: file})
}

// withoutFile takes a file out of a draft's materials.
func (s *Service) withoutFile(ctx context.Context, tx *store.Tx, c *Case, file string) error {
	if c.State != Draft {
		return ErrNeeded // it was handed in meanwhile
	}
	gone := []File{}
	for i := range c.Dossier.Materials {
		m := &c.Dossier.Materials[i]
		rest := slices.DeleteFunc(slices.Clone(m.Files), func(f File) bool { return f.ID == file })
		if len(rest) == len(m.Files) {
			continue
		}
		gone = append(gone, File{ID: file})
		if m.Files = rest; len(rest) == 0 {
			m.forget()
		}
	}
	if err := s.release(ctx, tx, c, gone, nil); err != nil {
		return err
	}
	return s.edited(ctx, tx, c)
}

func (s *Service) myMaterialRoutes(r *httpd.Router, op describe) {
	httpd.Register(r, op("list-my-materials", http.MethodGet, "/me/materials", "What was provided for one's applications", access.People().AtKiosks()), s.getMyMaterials)
	httpd.Register(r, op("delete-my-material", http.MethodDelete, "/me/materials/{file}", "Delete a file that only drafts have", access.People()), s.deleteMyMaterial)
}

type myMaterialsOutput struct {
	Body struct {
		Materials []OwnMaterial `json:"materials"`
	}
}

func (s *Service) getMyMaterials(ctx context.Context, _ *none) (*myMaterialsOutput, error) {
	list, err := s.OwnMaterials(ctx)
	if err != nil {
		return nil, err
	}
	out := &myMaterialsOutput{}
	out.Body.Materials = list
	return out, nil
}

type myMaterialInput struct {
	File string `path:"file" maxLength:"40"`
}

func (s *Service) deleteMyMaterial(ctx context.Context, in *myMaterialInput) (*none, error) {
	return nil, s.DropMaterial(ctx, in.File)
}
