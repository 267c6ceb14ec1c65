package server

import (
	"context"
	"path/filepath"

	"smarthall/platform/internal/item"
)

// openItems opens the items, whose implementing bodies are the staff's
// organisations.
func (c *contexts) openItems(ctx context.Context, conf Config) (err error) {
	province, at, err := item.LoadProvince(filepath.Join(conf.Data, "province.yaml"))
	if err != nil {
		return err
	}
	c.items, err = item.Open(ctx, item.Config{
		Store: c.store, Audit: c.audit, Managers: c.managers, Province: province, SyncAt: at, BaseURL: conf.BaseURL, Log: conf.Log, Files: itemFiles{c.files},
		Organisations: func(ctx context.Context) ([]item.Organisation, error) {
			list, err := c.identity.Organisations(ctx)
			bodies := make([]item.Organisation, len(list))
			for i, o := range list {
				bodies[i] = item.Organisation{ID: o.ID, Name: o.Name, Code: o.Code}
			}
			return bodies, err
		},
	})
	return err
}
