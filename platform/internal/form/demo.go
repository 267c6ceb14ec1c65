package form

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"smarthall/platform/internal/store"
)

// GeneralID is the form of every item that has none of its own.
const GeneralID = "general"

//go:embed general.yaml
var general []byte

// General is the general application form.
func General() (*Form, error) { return Load(GeneralID, 1, general) }

//go:embed demo/*.yaml
var demo embed.FS

// DemoRegions are the provinces and the demo city.
func DemoRegions() (*Regions, error) {
	city, err := demo.ReadFile("demo/regions.yaml")
	if err != nil {
		return nil, err
	}
	return ReadRegions(provinces, city)
}

// demoOwners are whose the demo city's forms are, by item: each form has its
// item's id.
var demoOwners = map[string]string{
	"business-licence": "market", "food-licence": "market", "id-card-replace": "police", "disabled-card": "disabled",
	"social-transfer": "hrss", "construction-permit": "housing",
}

// demoRegion is where those bodies are.
const demoRegion = "330102"

// DemoForms are the definitions of the demo city, by item.
func DemoForms() (map[string]Definition, error) {
	files, err := fs.Glob(demo, "demo/*.yaml")
	if err != nil {
		return nil, err
	}
	forms := map[string]Definition{}
	for _, f := range files {
		id := strings.TrimSuffix(path.Base(f), ".yaml")
		if demoOwners[id] == "" {
			continue
		}
		data, err := demo.ReadFile(f)
		if err != nil {
			return nil, err
		}
		d, wrong := Read(data)
		if len(wrong) == 0 {
			_, wrong = Compile(id, 1, d)
		}
		if len(wrong) > 0 {
			return nil, fmt.Errorf("form %s: %w", id, wrongDefinition(wrong))
		}
		forms[id] = d
	}
	return forms, nil
}

// AddDemo adds the demo city's forms that aren't there yet, published and bound
// to their items.
func (s *Service) AddDemo(ctx context.Context) error {
	forms, err := DemoForms()
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "add the demo city's forms", func(tx *store.Tx) error {
		for id, d := range forms {
			_, err := scanHead(tx.QueryRowContext(ctx, selectHead+` WHERE id = $1`, id))
			if err == nil {
				continue
			}
			if !errors.Is(err, ErrUnknown) {
				return err
			}
			if err := addPublished(ctx, tx, id, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func addPublished(ctx context.Context, tx *store.Tx, id string, d Definition) error {
	data, err := encode(d)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO form_head (id, organisation, region, current, open, latest, changed) VALUES ($1, $2, $3, 1, 0, 1, $4)`,
		id, demoOwners[id], demoRegion, store.Millis(tx.Now))
	if err != nil {
		return err
	}
	if err := insertVersion(ctx, tx, id, 1, Published, d.Title, data, "demo"); err != nil {
		return err
	}
	return bind(ctx, tx, id, id)
}
