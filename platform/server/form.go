package server

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"smarthall/platform/internal/form"
)

// itemOwners tells the forms whose an item is.
type itemOwners struct{ c *contexts }

// Owner implements form.Items.
func (o itemOwners) Owner(ctx context.Context, id string) (form.Owner, error) {
	it, err := o.c.items.Get(ctx, id)
	return form.Owner{Organisation: it.Organisation, Region: it.Region, Name: it.DisplayName()}, err
}

// openForms opens the forms. Cities, counties and streets for addresses are in
// regions.yaml in the data folder: names by code.
func (c *contexts) openForms(ctx context.Context, conf Config) error {
	regions, err := readRegions(conf)
	if err != nil {
		return err
	}
	c.forms, err = form.Open(ctx, form.Config{
		Store: c.store, Audit: c.audit, Items: itemOwners{c}, Managers: c.managers, Regions: regions, Log: conf.Log,
	})
	if err != nil || !conf.Demo {
		return err
	}
	return c.forms.AddDemo(ctx)
}

func readRegions(conf Config) (*form.Regions, error) {
	own, err := os.ReadFile(filepath.Join(conf.Data, "regions.yaml"))
	switch {
	case err == nil:
		return form.MergeRegions(own)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case conf.Demo:
		return form.DemoRegions()
	default:
		return form.DefaultRegions()
	}
}
