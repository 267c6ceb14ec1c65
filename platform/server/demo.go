package server

import (
	"context"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/demo"
)

// beginDemoCity fills the contexts with what of the demo city isn't there yet.
func (c *contexts) beginDemoCity(ctx context.Context) error {
	city, err := demo.Read()
	if err != nil {
		return err
	}
	if err := city.Fill(ctx, demo.Contexts{
		Store: c.store, Identity: c.identity, Node: c.node, Items: c.items, Appointments: c.appointments, Portal: c.portal,
	}); err != nil {
		return err
	}
	if err := c.identity.SetManaging(ctx, c.managers...); err != nil {
		return err
	}
	staff, err := c.identity.Members(access.With(ctx, access.Caller{Kind: access.Staff, Region: "000000"}))
	if err != nil {
		return err
	}
	return c.peers.FillExchange(ctx, c.exchange, staff)
}

// giveDemoLife gives the demo city a past, unless it has one.
func (c *contexts) giveDemoLife(ctx context.Context) error {
	city, err := demo.Read()
	if err != nil {
		return err
	}
	return city.Live(ctx, demo.Line{
		Store: c.store, Identity: c.identity, Items: c.items, Cases: c.cases, Flow: c.flow, Files: c.files, Payments: c.payments, Deliveries: c.deliveries,
		Evaluation: c.evaluation, Supervision: c.supervision, Calendar: c.appointments.RegionCalendar,
	})
}
