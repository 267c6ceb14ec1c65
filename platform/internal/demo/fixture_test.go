package demo_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/demo"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))

// silent sends nothing: these tests are not about messages.
type silent struct{}

func (silent) Send(context.Context, *store.Tx, message.Notice) error { return nil }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T) demo.City {
	t.Helper()
	c, err := demo.Read()
	must(t, err)
	return c
}

// open opens every context that the city is filled into, at the given time.
func open(t *testing.T, target string, now time.Time) demo.Contexts {
	t.Helper()
	return openWith(t, target, now, t.TempDir())
}

// openWith opens them with the secrets of a folder.
func openWith(t *testing.T, target string, now time.Time, secrets string) demo.Contexts {
	t.Helper()
	ctx, quiet := t.Context(), slog.New(slog.DiscardHandler)
	to := demo.Contexts{}
	var err error
	to.Store, err = store.Open(ctx, store.Config{Target: target, Clock: func() time.Time { return now }, Log: quiet})
	must(t, err)
	t.Cleanup(func() {
		if err := to.Store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	trail, err := audit.Open(ctx, to.Store)
	must(t, err)
	k, err := keys.Load(secrets)
	must(t, err)
	to.Identity, err = identity.Open(ctx, identity.Config{
		Store: to.Store, Keys: k, Audit: trail, Messages: silent{}, Provers: identity.DemoProvers(), LegalRegister: identity.DemoRegister{},
		DemoCode: demo.Code, PasswordCost: bcrypt.MinCost, Log: quiet,
	})
	must(t, err)
	to.Node, err = node.Open(ctx, node.Config{Store: to.Store, Keys: k, Audit: trail, Log: quiet})
	must(t, err)
	to.Items, err = item.Open(ctx, item.Config{
		Store: to.Store, Audit: trail, Managers: []string{"centre"}, Log: quiet,
		Organisations: func(ctx context.Context) ([]item.Organisation, error) {
			list, err := to.Identity.Organisations(ctx)
			bodies := make([]item.Organisation, len(list))
			for i, o := range list {
				bodies[i] = item.Organisation{ID: o.ID, Name: o.Name, Code: o.Code}
			}
			return bodies, err
		},
	})
	must(t, err)
	to.Appointments, err = appointment.Open(ctx, appointment.Config{
		Store: to.Store, Keys: k, Audit: trail, Messages: silent{}, People: to.Identity, Halls: to.Node, Log: quiet,
	})
	must(t, err)
	to.Portal, err = portal.Open(ctx, portal.Config{
		Store: to.Store, Audit: trail, Items: to.Items, Log: quiet,
		Halls: func(context.Context) ([]portal.Hall, error) { return nil, nil },
	})
	must(t, err)
	return to
}
