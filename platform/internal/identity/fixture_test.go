package identity_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"smarthall/internal/codes"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// city is the context with all it needs, its clock under the test's control.
type city struct {
	*identity.Service
	t      *testing.T
	target string
	keys   *keys.Keys

	mu      sync.Mutex
	now     time.Time
	notices []message.Notice
}

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))

func open(t *testing.T, target string) *city { t.Helper(); return openWith(t, target, nil) }

// beside is another process over the same database.
func (c *city) beside() *city { c.t.Helper(); return openWith(c.t, c.target, c.keys) }

func openWith(t *testing.T, target string, k *keys.Keys) *city {
	t.Helper()
	c := &city{t: t, now: start}
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: c.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	log, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	if k == nil {
		if k, err = keys.Load(t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	c.target, c.keys = target, k
	c.Service, err = identity.Open(t.Context(), identity.Config{
		Store: st, Keys: k, Audit: log, Messages: c, Provers: identity.DemoProvers(), LegalRegister: identity.DemoRegister{},
		DemoLegal: &identity.DemoLegal{Folder: t.TempDir()}, BaseURL: "https://donghu.example",
		PasswordCost: bcrypt.MinCost, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func file(t *testing.T) *city { t.Helper(); return open(t, sqldbtest.File(t)) }

func (c *city) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *city) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Send implements message.Sender.
func (c *city) Send(_ context.Context, _ *store.Tx, n message.Notice) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notices = append(c.notices, n)
	return nil
}

// sent counts the notices of a template.
func (c *city) sent(template string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.notices {
		if m.Template == template {
			n++
		}
	}
	return n
}

// code asks for a code and reads it from the message.
func (c *city) code(purpose identity.Purpose, phone string) string {
	c.t.Helper()
	c.pass(time.Minute)
	if err := c.SendCode(c.t.Context(), purpose, phone); err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.notices[len(c.notices)-1]
	if n.Template != "identity.code" || !n.Secret {
		c.t.Fatalf("the last message is no code: %s", n.Template)
	}
	return n.Vars["code"]
}

// number is the ID number of the i-th person, who doesn't exist.
func number(i int) string {
	first := fmt.Sprintf("330102199001%02d%03d", i%28+1, i)
	check, err := codes.CheckDigit(first)
	if err != nil {
		panic(err)
	}
	return first + string(check)
}

func phone(i int) string { return fmt.Sprintf("1380000%04d", i) }

const password = "goodpass1"

// registration is a good one of the i-th person.
func (c *city) registration(i int) identity.Registration {
	c.t.Helper()
	return identity.Registration{
		Name: "张三", Number: number(i), Phone: phone(i), PhoneCode: c.code(identity.PurposeRegister, phone(i)),
		Proofs: map[identity.Proof]string{identity.ProofSocial: "A12345678"}, Password: password, Agreement: identity.Agreement,
	}
}

func (c *city) register(i int) identity.Person {
	c.t.Helper()
	p, err := c.Register(c.t.Context(), c.registration(i))
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// as is the context of a person's request.
func (c *city) as(p identity.Person) context.Context {
	return access.With(c.t.Context(), access.Caller{Kind: access.Person, ID: p.ID})
}

// officer is the context of a request of staff.
func (c *city) officer(id string, roles ...access.Role) context.Context {
	return access.With(c.t.Context(), access.Caller{Kind: access.Staff, ID: id, Region: "330100", Roles: roles})
}
