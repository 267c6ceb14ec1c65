package server

import (
	"context"
	"net/http"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// demoDesk is the demo city's organisation that manages it and takes what is
// nobody else's.
const demoDesk = "centre"

// openEvaluation opens evaluation, which hears how visits were rated.
func (c *contexts) openEvaluation(ctx context.Context, conf Config) (err error) {
	c.evaluation, err = evaluation.Open(ctx, evaluation.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Messages: c.messages, People: c.identity, Hall: c.node.Hall,
		Item: c.evaluatedItem, Booked: c.booked, Calendar: c.appointments.RegionCalendar, BaseURL: conf.BaseURL, Guide: c.guide, Log: conf.Log,
		Frame: func(w http.ResponseWriter, r *http.Request, f portal.Framed) error { return c.portal.Frame(w, r, f) },
	})
	if err != nil {
		return err
	}
	c.evaluation.Listen(c.node.On)
	c.identity.CopyAlso("conversations", c.evaluation.OwnConversations)
	if !conf.Demo {
		return nil
	}
	return c.store.Write(ctx, "begin the demo's evaluation", func(tx *store.Tx) error { return c.evaluation.AddDemo(ctx, tx, demoDesk) })
}

// evaluatedItem tells evaluation what it has to know of an item.
func (c *contexts) evaluatedItem(ctx context.Context, id string) (evaluation.Item, error) {
	it, err := c.items.Get(ctx, id)
	return evaluation.Item{ID: it.ID, Name: it.DisplayName(), Organisation: it.Organisation}, err
}

// booked tells evaluation whose an appointment was.
func (c *contexts) booked(ctx context.Context, id string) (evaluation.Booked, error) {
	// A hall's event has no caller: the platform itself looks.
	ctx = access.With(ctx, access.Caller{Kind: access.Staff, Region: "000000", Roles: []access.Role{access.RoleAppointment}})
	b, err := c.appointments.Get(ctx, id)
	return evaluation.Booked{Hall: b.Hall, Item: b.Item, Person: b.Person}, err
}
