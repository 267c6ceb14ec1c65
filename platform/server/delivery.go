package server

import (
	"context"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/delivery"
	"smarthall/platform/internal/store"
)

// openDeliveries opens the parcels with results.
func (c *contexts) openDeliveries(ctx context.Context, conf Config) (err error) {
	c.deliveries, err = delivery.Open(ctx, delivery.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Managers: c.managers, Demo: conf.Demo, Log: conf.Log,
		Told: func(ctx context.Context, tx *store.Tx, caseID, proof string) error {
			return c.cases.Delivered(ctx, tx, caseID, proof)
		},
	})
	return err
}

// caseDeliveries are the parcels as cases want them.
type caseDeliveries struct{ *delivery.Service }

// Order implements cases.Deliveries.
func (s caseDeliveries) Order(ctx context.Context, tx *store.Tx, o cases.DeliveryOrder) (string, error) {
	return s.Service.Order(ctx, tx, delivery.Request{
		Case: o.Case, CaseNo: o.CaseNo, Title: o.Title, Organisation: o.Organisation, Region: o.Region, Person: o.Person, Legal: o.Legal,
		Receiver: delivery.Receiver{Name: o.Delivery.Name, Phone: o.Delivery.Phone, Address: o.Delivery.Address},
	})
}
