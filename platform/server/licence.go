package server

import (
	"context"
	"slices"

	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/licence"
)

// openLicences opens the licence library.
func (c *contexts) openLicences(ctx context.Context, conf Config) (err error) {
	c.licences, err = licence.Open(ctx, licence.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Messages: c.messages, Body: c.licenceBody, Frame: c.frame, BaseURL: conf.BaseURL, Demo: conf.Demo, Log: conf.Log,
	})
	return err
}

// licenceBody is an organisation that issues licences.
func (c *contexts) licenceBody(ctx context.Context, id string) (licence.Body, error) {
	all, err := c.identity.Organisations(ctx)
	if err != nil {
		return licence.Body{}, err
	}
	i := slices.IndexFunc(all, func(o identity.Organisation) bool { return o.ID == id })
	if i < 0 {
		return licence.Body{}, licence.ErrOrder
	}
	return licence.Body{ID: id, Name: all[i].Name, Code: all[i].Code}, nil
}
