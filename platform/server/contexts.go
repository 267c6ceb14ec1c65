package server

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// contexts are the platform's parts, each with its tables, rules and routes.
type contexts struct {
	store *store.Store
}

// openContexts makes every context's tables and joins the contexts: who needs
// another's API gets it here.
func openContexts(_ context.Context, _ Config, st *store.Store) (*contexts, error) {
	return &contexts{store: st}, nil
}

// caller finds out who sent a request.
func (c *contexts) caller(*http.Request) (access.Caller, error) { return access.Caller{}, nil }

// routes declares every context's operations and pages.
func (c *contexts) routes(*httpd.Router) {}

// metrics registers every context's counters.
func (c *contexts) metrics(prometheus.Registerer) {}

// run starts what works by itself until ctx ends.
func (c *contexts) run(context.Context, *errgroup.Group) {}

// close lets go of what the contexts hold.
func (c *contexts) close() error { return nil }
