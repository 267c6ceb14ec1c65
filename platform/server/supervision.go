package server

import (
	"context"
	"slices"

	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/supervision"
)

// openSupervision opens supervision, who hears what happens with cases.
func (c *contexts) openSupervision(ctx context.Context, conf Config) (err error) {
	c.supervision, err = supervision.Open(ctx, supervision.Config{
		Store: c.store, Audit: c.audit, Calendar: c.appointments.RegionCalendar, Body: c.body, StaffName: c.staffName, Log: conf.Log,
	})
	if err == nil {
		c.supervision.Listen()
	}
	return err
}

// body is the region of an organisation; false if there is none.
func (c *contexts) body(ctx context.Context, id string) (string, bool, error) {
	list, err := c.identity.Organisations(ctx)
	if err != nil {
		return "", false, err
	}
	i := slices.IndexFunc(list, func(o identity.Organisation) bool { return o.ID == id })
	if i < 0 {
		return "", false, nil
	}
	return list[i].Region, true, nil
}
