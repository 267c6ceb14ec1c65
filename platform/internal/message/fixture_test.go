package message_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

var zone = time.FixedZone("CST", 8*3600)

// start is a Monday morning, outside of quiet hours.
var start = time.Date(2026, 11, 23, 9, 0, 0, 0, zone)

// city is the context with all it needs, its clock under the test's control.
type city struct {
	*message.Service
	t   *testing.T
	log safeBuffer

	mu       sync.Mutex
	now      time.Time
	contacts map[string]message.Contact
}

// safeBuffer is a log that several goroutines write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// secretOf is the platform's key of all cities of a test, so that two of them
// can share a database.
const platformKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

func open(t *testing.T, target string, change ...func(*message.Config)) *city {
	t.Helper()
	t.Setenv(keys.Env, platformKey)
	c := &city{t: t, now: start, contacts: map[string]message.Contact{"zhang": {Phone: "13800000001", Email: "zhang@example.com"}, "li": {Phone: "13800000002"}}}
	log := slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: c.clock, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	logBook, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	conf := message.Config{Store: st, Keys: k, Audit: logBook, Directory: message.DirectoryFunc(c.contact), Log: log}
	for _, f := range change {
		f(&conf)
	}
	if c.Service, err = message.Open(t.Context(), conf); err != nil {
		t.Fatal(err)
	}
	return c
}

func file(t *testing.T, change ...func(*message.Config)) *city {
	t.Helper()
	return open(t, sqldbtest.File(t), change...)
}

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

func (c *city) contact(_ context.Context, person string) (message.Contact, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.contacts[person]
	if !ok {
		return known, message.ErrNoContact
	}
	return known, nil
}

// send sends a notice in a transaction of its own.
func (c *city) send(n message.Notice) {
	c.t.Helper()
	if err := c.trySend(n); err != nil {
		c.t.Fatal(err)
	}
}

func (c *city) trySend(n message.Notice) error {
	return c.Store.Write(c.t.Context(), "test", func(tx *store.Tx) error { return c.Send(c.t.Context(), tx, n) })
}

// code is a notice with a secret.
func code(phone, code string) message.Notice {
	return message.Notice{Template: "identity.code", Secret: true, To: message.To{Phone: phone}, Vars: map[string]string{"code": code, "minutes": "5"}}
}

// accepted is a notice that goes by SMS, WeChat, mail and inbox.
func accepted(person string) message.Notice {
	return message.Notice{Template: "case.accepted", To: message.To{Person: person}, Vars: map[string]string{
		"item": "食品经营许可新办", "number": "330102261124000123", "due": "2026年12月8日", "query": "8F3K2Q7M",
	}}
}

func (c *city) work() int {
	c.t.Helper()
	n, err := c.Work(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// all are the notices, the newest first.
func (c *city) all() []message.Sent {
	c.t.Helper()
	list, err := c.Sent(c.t.Context(), message.Filter{Limit: 100})
	if err != nil {
		c.t.Fatal(err)
	}
	return list
}

// last is the newest notice.
func (c *city) last() message.Sent {
	c.t.Helper()
	list := c.all()
	if len(list) == 0 {
		c.t.Fatal("there is no message")
	}
	return list[0]
}

func (c *city) wantState(want message.State, reason string) message.Sent {
	c.t.Helper()
	got := c.last()
	if got.State != want || !strings.Contains(got.Reason, reason) {
		c.t.Errorf("it is %s because %q, want %s because of %q", got.State, got.Reason, want, reason)
	}
	return got
}

// column reads all of a text column.
func (c *city) column(query string) (list []string) {
	c.t.Helper()
	rows, err := c.Store.Read().QueryContext(c.t.Context(), query)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			c.t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return list
}

// fake is a provider under the test's control.
type fake struct {
	name     string
	channel  message.Channel
	receipts bool
	answer   func(o message.Order) error // nil: it takes all

	mu     sync.Mutex
	orders []message.Order
}

func (f *fake) Name() string             { return f.name }
func (f *fake) Channel() message.Channel { return f.channel }
func (f *fake) Receipts() bool           { return f.receipts }

func (f *fake) Send(_ context.Context, o message.Order) (string, error) {
	f.mu.Lock()
	f.orders = append(f.orders, o)
	f.mu.Unlock()
	if f.answer == nil {
		return "r-" + o.ID, nil
	}
	return "r-" + o.ID, f.answer(o)
}

// got are the orders so far.
func (f *fake) got() []message.Order {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]message.Order(nil), f.orders...)
}

func fail(message.Order) error { return &message.Fault{What: "away"} }

func refuse(message.Order) error { return &message.Refusal{Reason: "空号"} }

func sms(name string, answer func(message.Order) error) *fake {
	return &fake{name: name, channel: message.SMS, answer: answer}
}

// staff is the context of a request of a message manager.
func (c *city) staff(id string) context.Context {
	return access.With(c.t.Context(), access.Caller{Kind: access.Staff, ID: id, Region: "330100", Roles: []access.Role{access.RoleMessageManager}})
}

// signed are the headers of a body that is signed now.
func signed(secret message.Secret, id string, at time.Time, body string) (stamp, signature string) {
	h := http.Header{}
	secret.Sign(h, id, at, []byte(body))
	return h.Get("webhook-timestamp"), h.Get("webhook-signature")
}

func secret(t *testing.T) message.Secret {
	t.Helper()
	s, err := message.ParseSecret(secretText)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const secretText = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

func phone(i int) string { return fmt.Sprintf("139%08d", i) }
