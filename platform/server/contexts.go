package server

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"smarthall/internal/bus"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// domain is the platform's name on the bus.
const domain = "platform"

// demoCode is the second factor, and every code, of a demo city.
const demoCode = "246810"

// contexts are the platform's parts, each with its tables, rules and routes.
type contexts struct {
	store        *store.Store
	keys         *keys.Keys
	audit        *audit.Log
	messages     *message.Service
	identity     *identity.Service
	node         *node.Service
	items        *item.Service
	appointments *appointment.Service
	portal       *portal.Service
	bus          *bus.Bus // nil where no halls connect
}

// openContexts makes every context's tables and joins the contexts: who needs
// another's API gets it here.
func openContexts(ctx context.Context, conf Config, st *store.Store) (*contexts, error) {
	c := &contexts{store: st}
	if err := c.open(ctx, conf); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *contexts) open(ctx context.Context, conf Config) (err error) {
	if c.keys, err = keys.Load(conf.Data); err != nil {
		return err
	}
	if c.audit, err = audit.Open(ctx, c.store); err != nil {
		return err
	}
	if err := c.openPeople(ctx, conf); err != nil {
		return err
	}
	if err := c.openItems(ctx, conf); err != nil {
		return err
	}
	if c.node, err = node.Open(ctx, node.Config{Store: c.store, Keys: c.keys, Audit: c.audit, Log: conf.Log}); err != nil {
		return err
	}
	if err := c.openAppointments(ctx, conf); err != nil {
		return err
	}
	if err := c.openPortal(ctx, conf); err != nil {
		return err
	}
	if conf.Demo {
		if err := c.beginDemoCity(ctx); err != nil {
			return err
		}
	}
	if conf.Halls != "" {
		c.bus, err = bus.Start(bus.Config{
			Domain: domain, Dir: filepath.Join(conf.Data, "bus"), Key: c.keys.For("bus"), Leaves: conf.Halls, Admit: c.node.Admit, Log: conf.Log,
		})
	}
	return err
}

// openPeople opens messages and identity, who need each other: people get
// messages, and messages find people's phones.
func (c *contexts) openPeople(ctx context.Context, conf Config) error {
	settings, err := message.LoadSettings(filepath.Join(conf.Data, "messages.yaml"))
	if err != nil {
		return err
	}
	if conf.Demo && settings.Signature == "" {
		settings.Signature = "东湖市政务服务"
	}
	c.messages, err = message.Open(ctx, message.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Directory: message.DirectoryFunc(c.contact), Settings: settings, Demo: conf.Demo, Log: conf.Log,
	})
	if err != nil {
		return err
	}
	people := identity.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Messages: c.messages, Provers: identity.DemoProvers(), LegalRegister: identity.DemoRegister{}, Log: conf.Log,
	}
	if conf.Demo {
		people.DemoCode = demoCode
	}
	c.identity, err = identity.Open(ctx, people)
	return err
}

// contact is where a person is written to. Who is disabled is told so, too.
func (c *contexts) contact(ctx context.Context, id string) (message.Contact, error) {
	p, err := c.identity.Person(ctx, id)
	if errors.Is(err, identity.ErrUnknown) {
		return message.Contact{}, message.ErrNoContact
	}
	return message.Contact{Phone: p.Phone}, err
}

// caller finds out who sent a request.
func (c *contexts) caller(r *http.Request) (access.Caller, error) { return c.identity.Caller(r) }

// routes declares every context's operations and pages.
func (c *contexts) routes(r *httpd.Router) {
	c.identity.Routes(r)
	c.messages.Routes(r)
	c.node.Routes(r)
	c.items.Routes(r)
	c.portal.Routes(r)
	c.appointments.Routes(r)
}

// metrics registers every context's counters.
func (c *contexts) metrics(r prometheus.Registerer) {
	r.MustRegister(c.messages, c.node, c.appointments)
}

// run starts what works by itself until ctx ends.
func (c *contexts) run(ctx context.Context, group *errgroup.Group) {
	group.Go(func() error { return c.messages.Run(ctx) })
	group.Go(func() error { return c.items.Run(ctx) })
	group.Go(func() error { return c.sweep(ctx, c.node.Log) })
	group.Go(func() error { return c.appointments.Run(ctx) })
	if c.bus != nil {
		group.Go(func() error { return c.node.Run(ctx, c.bus) })
	}
}

// close lets go of what the contexts hold.
func (c *contexts) close() error {
	if c.bus == nil {
		return nil
	}
	return c.bus.Close()
}
