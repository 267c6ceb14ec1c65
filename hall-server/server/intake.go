package server

import (
	"context"
	"errors"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/intake"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/uplink"
	"smarthall/internal/privacy"
)

// newIntake makes what receives applications while the platform is away; nil for
// a hall without a platform.
func newIntake(conf Config, c *core.Core, db *store.Store, papers *documents.Service, vault privacy.Vault, up *uplink.Service) *intake.Service {
	if up == nil {
		return nil
	}
	return intake.New(intake.Config{
		Table: db, Numbers: granted{up.Numbers()}, City: up, Documents: papers, Items: itemsOf(db),
		Linked: func() bool { return up.Status().Linked }, Seq: c.Seq, Now: c.Now, Vault: vault,
		Platform: conf.PlatformPages, Hall: conf.Platform.Hall, Token: conf.Platform.Token(), Log: conf.Log,
	})
}

// granted are the numbers that the platform granted, in intake's words.
type granted struct{ *uplink.Numbers }

// Next implements intake.Numbers.
func (g granted) Next(ctx context.Context, name string, keep int64) (int64, error) {
	n, err := g.Numbers.Next(ctx, name, keep)
	if errors.Is(err, uplink.ErrNoNumbers) {
		err = intake.ErrNoNumbers
	}
	return n, err
}

// itemsOf are the hall's copies of the guides.
func itemsOf(db *store.Store) func(ctx context.Context) ([]intake.Item, error) {
	return func(ctx context.Context) ([]intake.Item, error) {
		list, err := db.Items(ctx)
		if err != nil {
			return nil, err
		}
		out := make([]intake.Item, len(list))
		for i, it := range list {
			out[i] = intake.Item{ID: it.ID, Name: it.Name, Services: it.Services, Body: it.Body}
		}
		return out, nil
	}
}
