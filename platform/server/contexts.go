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
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/delivery"
	"smarthall/platform/internal/demo"
	"smarthall/platform/internal/document"
	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/files"
	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/form"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/knowledge"
	"smarthall/platform/internal/licence"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/payment"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
	"smarthall/platform/internal/supervision"
)

// demoCode is the second factor, and every code, of a demo city.
const demoCode = "246810"

// contexts are the platform's parts, each with its tables, rules and routes.
type contexts struct {
	store        *store.Store
	files        *files.Service
	forms        *form.Service
	keys         *keys.Keys
	audit        *audit.Log
	messages     *message.Service
	identity     *identity.Service
	node         *node.Service
	items        *item.Service
	appointments *appointment.Service
	portal       *portal.Service
	documents    *document.Service
	supervision  *supervision.Service
	licences     *licence.Service
	payments     *payment.Service
	deliveries   *delivery.Service
	evaluation   *evaluation.Service
	knowledge    *knowledge.Service
	cases        *cases.Service
	flow         *flow.Service
	exchange     *exchange.Service
	// peers play other systems in a demo city; nil elsewhere.
	peers *demo.Peers
	bus   *bus.Bus // nil where no halls connect
	// managers are the bodies that keep the catalogue and may write and see
	// what is every body's: the centres for government services.
	managers []string
}

// openContexts makes every context's tables and joins the contexts: who needs
// another's API gets it here.
func openContexts(ctx context.Context, conf Config, st *store.Store, secret *keys.Keys) (*contexts, error) {
	c := &contexts{store: st, keys: secret}
	if err := c.open(ctx, conf); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *contexts) open(ctx context.Context, conf Config) (err error) {
	if c.audit, err = audit.Open(ctx, c.store); err != nil {
		return err
	}
	if err := c.openFiles(ctx, conf); err != nil {
		return err
	}
	if err := c.openPeople(ctx, conf); err != nil {
		return err
	}
	if err := c.openItems(ctx, conf); err != nil {
		return err
	}
	if err := c.openForms(ctx, conf); err != nil {
		return err
	}
	if c.node, err = node.Open(ctx, node.Config{Store: c.store, Keys: c.keys, Audit: c.audit, Log: conf.Log}); err != nil {
		return err
	}
	c.node.OnBegin(c.items.Resend)
	if err := c.openAppointments(ctx, conf); err != nil {
		return err
	}
	c.node.OnBegin(c.appointments.Resend)
	c.joinPeople()
	if err := c.openDocuments(ctx, conf); err != nil {
		return err
	}
	if err := c.openSupervision(ctx, conf); err != nil {
		return err
	}
	if err := c.openLicences(ctx, conf); err != nil {
		return err
	}
	if err := c.openPayments(ctx, conf); err != nil {
		return err
	}
	if err := c.openDeliveries(ctx, conf); err != nil {
		return err
	}
	if err := c.openPortal(ctx, conf); err != nil {
		return err
	}
	if err := c.openEvaluation(ctx, conf); err != nil {
		return err
	}
	if err := c.openKnowledge(ctx, conf); err != nil {
		return err
	}
	if err := c.openFlow(ctx, conf); err != nil {
		return err
	}
	if err := c.openCases(ctx, conf); err != nil {
		return err
	}
	if err := c.openCardCentre(ctx, conf); err != nil {
		return err
	}
	c.flow.Join(flowCases{c.cases}, flowCases{c.cases})
	if err := c.openExchange(ctx, conf); err != nil {
		return err
	}
	if !conf.Demo {
		if err := c.warnUnlessBegun(ctx, conf.Log, conf.Data); err != nil {
			return err
		}
	}
	if conf.Demo {
		if err := c.beginDemoCity(ctx); err != nil {
			return err
		}
	}
	if conf.DemoLife {
		if err := c.giveDemoLife(ctx); err != nil {
			return err
		}
	}
	return c.openBus(conf)
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
	outer, err := outerSystems(conf)
	if err != nil {
		return err
	}
	people := identity.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Messages: c.messages,
		Provers: outer.Provers, LegalRegister: outer.LegalRegister, LegalProvers: outer.LegalProvers, Province: outer.Province,
		BaseURL: conf.BaseURL, PasswordCost: conf.passwordCost, Log: conf.Log,
	}
	if conf.Demo {
		people.DemoCode = demoCode
		people.DemoLegal = &identity.DemoLegal{Folder: filepath.Join(conf.Data, "demo-ca")}
	}
	if c.identity, err = identity.Open(ctx, people); err != nil {
		return err
	}
	if conf.Demo { // its bodies come once all contexts are open
		c.managers = []string{demoDesk}
		return nil
	}
	c.managers, err = c.identity.Managing(ctx)
	return err
}

// contact is where a person is written to. Who is disabled is told so, too.
func (c *contexts) contact(ctx context.Context, id string) (message.Contact, error) {
	p, err := c.identity.Person(ctx, id)
	if errors.Is(err, identity.ErrUnknown) {
		return message.Contact{}, message.ErrNoContact
	}
	if err != nil {
		return message.Contact{}, err
	}
	email, err := c.identity.Email(ctx, id)
	return message.Contact{Phone: p.Phone, Email: email}, err
}

// staffName is what a member of staff is called; empty if there is none.
func (c *contexts) staffName(ctx context.Context, id string) string {
	m, err := c.identity.Member(ctx, id)
	if err != nil {
		return "" // the log shows the id
	}
	return m.Name
}

// caller finds out who sent a request. Halls show their own token.
func (c *contexts) caller(r *http.Request) (access.Caller, error) {
	if hall, token, ok := r.BasicAuth(); ok {
		return c.node.Caller(r.Context(), hall, token)
	}
	return c.identity.Caller(r)
}

// routes declares every context's operations and pages.
func (c *contexts) routes(r *httpd.Router) {
	c.files.Routes(r)
	c.identity.Routes(r)
	c.audit.Routes(r, c.staffName)
	c.messages.Routes(r)
	c.node.Routes(r)
	c.items.Routes(r)
	c.forms.Routes(r)
	c.portal.Routes(r)
	c.appointments.Routes(r)
	c.documents.Routes(r)
	c.supervision.Routes(r)
	c.licences.Routes(r)
	c.payments.Routes(r)
	c.deliveries.Routes(r)
	c.evaluation.Routes(r)
	c.knowledge.Routes(r)
	c.cases.Routes(r)
	c.flow.Routes(r)
	c.exchange.Routes(r)
}

// metrics registers every context's counters.
func (c *contexts) metrics(r prometheus.Registerer) {
	r.MustRegister(c.store, c.messages, c.node, c.appointments, c.flow)
}

// run starts what works by itself until ctx ends.
func (c *contexts) run(ctx context.Context, group *errgroup.Group) {
	group.Go(func() error { return c.store.Consume(ctx) })
	group.Go(func() error { return c.files.Run(ctx) })
	group.Go(func() error { return c.messages.Run(ctx) })
	group.Go(func() error { return c.items.Run(ctx) })
	group.Go(func() error { return c.portal.Run(ctx) })
	group.Go(func() error { return c.sweep(ctx, c.node.Log) })
	group.Go(func() error { return c.appointments.Run(ctx) })
	group.Go(func() error { return c.supervision.Run(ctx) })
	group.Go(func() error { return c.licences.Run(ctx) })
	group.Go(func() error { return c.payments.Run(ctx) })
	group.Go(func() error { return c.deliveries.Run(ctx) })
	group.Go(func() error { return c.evaluation.Run(ctx) })
	group.Go(func() error { return c.knowledge.Run(ctx) })
	group.Go(func() error { return c.cases.Run(ctx) })
	group.Go(func() error { return c.flow.Run(ctx) })
	group.Go(func() error { return c.exchange.Run(ctx) })
	if c.peers != nil {
		group.Go(func() error { return c.peers.Run(ctx, c.exchange) })
	}
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
