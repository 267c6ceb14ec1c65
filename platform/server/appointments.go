package server

import (
	"context"
	"fmt"

	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// openAppointments opens appointments, who hear what halls say of visits.
func (c *contexts) openAppointments(ctx context.Context, conf Config) (err error) {
	c.appointments, err = appointment.Open(ctx, appointment.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Messages: c.messages, People: c.identity, Halls: c.node, Items: bookable{c.items}, Log: conf.Log,
	})
	if err != nil {
		return err
	}
	c.appointments.Listen(c.node.On)
	if conf.Demo {
		return c.beginDemoAppointments(ctx)
	}
	return nil
}

// bookable tells appointments what the guides say of them.
type bookable struct{ items *item.Service }

// Bookable implements appointment.Items.
func (b bookable) Bookable(ctx context.Context, id string) (name string, ok bool, err error) {
	list, err := b.items.Summaries(ctx, id)
	if err != nil || len(list) == 0 {
		return "", false, err
	}
	return list[0].Name, list[0].Bookable, nil
}

// demoItems is how many bookable items a demo city has at most.
const demoItems = 500

// beginDemoAppointments lets the demo city's bookable items be booked where
// their tickets are drawn, unless somebody has set how.
func (c *contexts) beginDemoAppointments(ctx context.Context) error {
	found, err := c.items.Search(ctx, item.Query{Limit: demoItems})
	if err != nil {
		return fmt.Errorf("begin the demo's appointments: %w", err)
	}
	var services []appointment.ServicePlan
	var plans []appointment.ItemPlan
	for _, hit := range found.Hits {
		if !hit.Bookable {
			continue
		}
		b, err := c.items.Bookable(ctx, hit.ID)
		if err != nil {
			return fmt.Errorf("begin the demo's appointments: %w", err)
		}
		for _, h := range b.Halls {
			if _, err := c.node.Hall(ctx, h.Hall); err != nil {
				continue // a place that is no hall of this platform
			}
			services = append(services, appointment.DefaultService(h.Hall, h.Service))
			plans = append(plans, appointment.DefaultItem(h.Hall, b.Item, h.Service, b.Name))
		}
	}
	return c.store.Write(ctx, "begin the demo's appointments", func(tx *store.Tx) error { return c.appointments.AddDemo(ctx, tx, services, plans) })
}
