package server

import (
	"context"

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
	return c.identity.SetManaging(ctx, c.managers...)
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
