package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// Contexts are what the city is filled into.
type Contexts struct {
	Store        *store.Store
	Identity     *identity.Service // opened with a DemoCode, which registers people
	Node         *node.Service
	Items        *item.Service
	Appointments *appointment.Service
	Portal       *portal.Service
}

// Fill puts into the contexts what of the city isn't there yet. What is there
// stays as it is, so that filling again changes nothing, and a fill that was
// interrupted is finished by the next. Of several processes one fills at a time.
func (c City) Fill(ctx context.Context, to Contexts) error {
	return led(ctx, to.Store, "demo-city", func(ctx context.Context) error { return c.fill(ctx, to) })
}

func (c City) fill(ctx context.Context, to Contexts) error {
	for _, part := range []struct {
		name string
		fill func(context.Context, Contexts) error
	}{
		{"bodies and staff", c.fillStaff},
		{"halls", c.fillHalls},
		{"items", c.fillItems},
		{"appointments", c.fillAppointments},
		{"articles", c.fillArticles},
		{"people", c.fillPeople},
	} {
		if err := part.fill(ctx, to); err != nil {
			return fmt.Errorf("fill the demo city with %s: %w", part.name, err)
		}
	}
	return nil
}

func (c City) fillStaff(ctx context.Context, to Contexts) error {
	known, err := to.Identity.Organisations(ctx)
	if err != nil {
		return err
	}
	var bodies []identity.Organisation
	region := map[string]string{}
	for _, d := range c.departments {
		region[d.ID] = d.Region
		if !slices.ContainsFunc(known, func(o identity.Organisation) bool { return o.ID == d.ID }) {
			bodies = append(bodies, d.organisation())
		}
	}
	// Zeros at a region's end stand for all below it: this caller sees everybody.
	members, err := to.Identity.Members(access.With(ctx, access.Caller{Kind: access.Staff, Region: "000000"}))
	if err != nil {
		return err
	}
	var staff []identity.DemoMember
	for _, m := range c.staff {
		if !slices.ContainsFunc(members, func(o identity.Member) bool { return o.Account == m.Account }) {
			staff = append(staff, identity.DemoMember{Password: Password, Member: identity.Member{
				Account: m.Account, Name: m.Name, Organisation: m.Organisation, Region: region[m.Organisation], Roles: m.Roles,
			}})
		}
	}
	if len(bodies)+len(staff) == 0 {
		return nil
	}
	return to.Store.Write(ctx, "add bodies and staff", func(tx *store.Tx) error { return to.Identity.AddDemo(ctx, tx, bodies, staff) })
}

func (c City) fillHalls(ctx context.Context, to Contexts) error {
	return to.Store.Write(ctx, "add halls", func(tx *store.Tx) error {
		for _, h := range c.halls.Halls {
			if err := to.Node.AddDemo(ctx, tx, h.node(), h.Token); err != nil {
				return err
			}
		}
		return nil
	})
}

// fillItems adds the items. Where there were none, the popular ones are counted
// as read, so that the city has hot items from the beginning.
func (c City) fillItems(ctx context.Context, to Contexts) error {
	_, err := to.Items.Get(ctx, c.popular[0])
	fresh := errors.Is(err, item.ErrUnknown)
	if err != nil && !fresh {
		return err
	}
	if err := to.Items.AddData(ctx, c.Items); err != nil || !fresh {
		return err
	}
	for i, id := range c.popular {
		for range 5 * (len(c.popular) - i) {
			to.Items.Seen(id, item.ActView)
		}
	}
	return to.Items.Flush(ctx)
}

// fillAppointments opens every service that a bookable item names, and the item
// there, as new services and items begin.
func (c City) fillAppointments(ctx context.Context, to Contexts) error {
	names := map[string]string{}
	for _, e := range c.Items.Catalogue {
		names[e.BasicCode] = e.Name
	}
	var services []appointment.ServicePlan
	var items []appointment.ItemPlan
	for _, it := range c.Items.Items {
		if !it.Bookable {
			continue
		}
		name := it.Title
		if name == "" {
			name = names[it.BasicCode]
		}
		for _, p := range it.Places {
			if p.Hall == "" || slices.ContainsFunc(items, func(o appointment.ItemPlan) bool { return o.Hall == p.Hall && o.Item == it.ID }) {
				continue
			}
			items = append(items, appointment.DefaultItem(p.Hall, it.ID, p.Service, name))
			if !slices.ContainsFunc(services, func(o appointment.ServicePlan) bool { return o.Hall == p.Hall && o.Service == p.Service }) {
				services = append(services, c.service(p.Hall, p.Service))
			}
		}
	}
	return to.Store.Write(ctx, "open appointments", func(tx *store.Tx) error { return to.Appointments.AddDemo(ctx, tx, services, items) })
}

// service is what a hall's service takes: what all begin with, and half as much
// on Saturday mornings where the hall is open then.
func (c City) service(id, service string) appointment.ServicePlan {
	const noon, saturday = 12 * 60, 6
	v := appointment.DefaultService(id, service)
	if !slices.ContainsFunc(c.halls.Halls, func(h hall) bool { return h.ID == id && h.Saturdays }) {
		return v
	}
	for _, p := range v.Periods {
		if p.To <= noon {
			v.Periods = append(v.Periods, appointment.Period{From: p.From, To: p.To, Places: p.Places / 2, Weekdays: []int{saturday}})
		}
	}
	return v
}

func (c City) fillArticles(ctx context.Context, to Contexts) error {
	articles, err := c.Articles(to.Store.Now())
	if err != nil {
		return err
	}
	var fresh []portal.Article
	for _, a := range articles {
		_, err := to.Portal.Article(ctx, a.Kind, a.ID)
		switch {
		case errors.Is(err, portal.ErrArticle):
			fresh = append(fresh, a)
		case err != nil:
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return to.Store.Write(ctx, "publish articles", func(tx *store.Tx) error {
		for _, a := range fresh {
			if err := to.Portal.PutArticle(ctx, tx, a); err != nil {
				return fmt.Errorf("article %s: %w", a.ID, err)
			}
		}
		return nil
	})
}

// fillPeople registers people as they would register themselves, their
// companies, and the delegations.
func (c City) fillPeople(ctx context.Context, to Contexts) error {
	ids := map[string]string{} // of the database, by those of the file
	for _, p := range c.people.People {
		known, err := to.Identity.PersonByNumber(ctx, p.Number)
		if errors.Is(err, identity.ErrUnknown) {
			known, err = to.Identity.Register(ctx, identity.Registration{
				Name: p.Name, Number: p.Number, Phone: p.Phone, PhoneCode: to.Identity.DemoCode, Password: Password, Agreement: identity.Agreement,
				Proofs: map[identity.Proof]string{identity.ProofSocial: p.Social},
			})
		}
		if err != nil {
			return fmt.Errorf("person %s: %w", p.ID, err)
		}
		ids[p.ID] = known.ID
	}
	companies := map[string]string{}
	for _, l := range c.people.Legal {
		id, err := registerLegal(ctx, to.Identity, ids[l.Representative], l.Name, l.Code)
		if err != nil {
			return fmt.Errorf("legal person %s: %w", l.ID, err)
		}
		companies[l.ID] = id
	}
	return c.delegate(ctx, to, ids, companies)
}

// registerLegal registers a legal person unless the representative has it.
func registerLegal(ctx context.Context, people *identity.Service, representative, name, code string) (string, error) {
	known, err := people.LegalPersons(ctx, representative)
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(known, func(l identity.LegalPerson) bool { return l.Code == code }); i >= 0 {
		return known[i].ID, nil
	}
	l, err := people.RegisterLegal(as(ctx, representative), representative, name, code)
	return l.ID, err
}

// as is the context of a person's request.
func as(ctx context.Context, person string) context.Context {
	return access.With(ctx, access.Caller{Kind: access.Person, ID: person})
}

// delegate grants the delegations, unless the grantee ever had one for the
// same legal person.
func (c City) delegate(ctx context.Context, to Contexts, ids, companies map[string]string) error {
	for _, d := range c.people.Delegations {
		known, err := to.Identity.Delegations(ctx, companies[d.Legal])
		if err != nil {
			return err
		}
		if slices.ContainsFunc(known, func(o identity.Delegation) bool { return o.Grantee == ids[d.To] }) {
			continue
		}
		i := slices.IndexFunc(c.people.People, func(p person) bool { return p.ID == d.To })
		if i < 0 {
			return fmt.Errorf("no person %q", d.To)
		}
		from := to.Store.Now().Truncate(time.Second)
		_, err = to.Identity.Grant(as(ctx, ids[d.By]), companies[d.Legal], c.people.People[i].Name, c.people.People[i].Number, identity.Delegation{
			Role: d.Role, Items: d.Items, From: from, Until: from.AddDate(d.Years, 0, 0),
		})
		if err != nil {
			return fmt.Errorf("delegation of %s to %s: %w", d.Legal, d.To, err)
		}
	}
	return nil
}
