package server

import (
	"context"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// openPortal opens the public pages over the contexts whose things they show.
func (c *contexts) openPortal(ctx context.Context, conf Config) (err error) {
	site := portal.Site{Name: "政务服务网", City: "本市", Hotline: "12345"}
	if conf.Demo {
		site = portal.Site{Name: "东湖市政务服务网", City: "东湖市", Hotline: "12345", Demo: true}
	}
	c.portal, err = portal.Open(ctx, portal.Config{
		Store: c.store, Audit: c.audit, Items: c.items, Halls: c.publicHalls, Bodies: c.publicBodies, Favourites: c.identity, Site: site, BaseURL: conf.BaseURL, Log: conf.Log,
		Upload: c.upload, Messages: c.messages, History: c.handled, Unit: c.actedFor,
	})
	if err == nil {
		c.portal.Listen(func(kind string, take func(context.Context, *store.Tx, string, store.Event) error) {
			c.node.On(kind, take)
		})
		c.node.OnBegin(c.portal.Resend)
	}
	return err
}

// handled are the items for which the context's caller has cases, the newest
// cases alone.
func (c *contexts) handled(ctx context.Context) ([]portal.Handled, error) {
	own, err := c.cases.Own(ctx, "")
	list := make([]portal.Handled, 0, len(own))
	for _, one := range own {
		done := one.State == cases.Closed || one.State == cases.Decided
		list = append(list, portal.Handled{Item: one.Item, Name: one.ItemName, Done: done, GivenUp: one.State.Over() && !done})
	}
	return list, err
}

// actedFor is the legal person that the context's caller acts for; the zero
// value: none.
func (c *contexts) actedFor(ctx context.Context) (portal.Unit, error) {
	caller := access.From(ctx)
	all, err := c.identity.LegalPersons(ctx, caller.ID)
	for _, l := range all {
		if l.ID == caller.For {
			return portal.Unit{Name: l.Name, Code: l.Code}, err
		}
	}
	return portal.Unit{}, err
}

// publicHalls are the halls as the portal shows them.
func (c *contexts) publicHalls(ctx context.Context) ([]portal.Hall, error) {
	halls, err := c.node.Halls(ctx)
	list := make([]portal.Hall, 0, len(halls))
	for _, h := range halls {
		list = append(list, publicHall(h))
	}
	return list, err
}

func publicHall(h node.Hall) portal.Hall {
	zones := map[string]string{}
	for _, z := range h.Described.Zones {
		zones[z.ID] = z.Name
	}
	windows := map[string][]string{}
	for _, w := range h.Described.Windows {
		for _, id := range w.Services {
			windows[id] = append(windows[id], w.Name)
		}
	}
	made := portal.Hall{ID: h.ID, Name: h.Name, Address: h.Address, Telephone: h.Telephone, Hours: h.Hours, Closed: h.State != "active"}
	for _, s := range h.Described.Services {
		made.Services = append(made.Services, portal.HallService{ID: s.ID, Name: s.Name, Zone: zones[s.Zone], Windows: windows[s.ID]})
	}
	return made
}

// publicBodies are the organisations that a public telephone or address is
// known of.
func (c *contexts) publicBodies(ctx context.Context) ([]portal.Body, error) {
	all, err := c.identity.Organisations(ctx)
	list := make([]portal.Body, 0, len(all))
	for _, o := range all {
		if o.Telephone != "" || o.Address != "" {
			list = append(list, portal.Body{ID: o.ID, Name: o.Name, Telephone: o.Telephone, Address: o.Address})
		}
	}
	return list, err
}
