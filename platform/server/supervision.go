package server

import (
	"context"

	"smarthall/platform/internal/supervision"
)

// openSupervision opens supervision, who hears what happens with cases.
func (c *contexts) openSupervision(ctx context.Context, conf Config) (err error) {
	c.supervision, err = supervision.Open(ctx, supervision.Config{
		Store: c.store, Audit: c.audit, Calendar: c.appointments.RegionCalendar, StaffName: c.staffName, Log: conf.Log,
	})
	if err == nil {
		c.supervision.Listen()
	}
	return err
}
