package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"smarthall/platform/internal/store"
)

// Limits of what a context may say of an addressee.
const (
	maxID      = 64
	maxKey     = 200
	maxAddress = 254 // of an e-mail address (RFC 5321)
)

var errTo = errors.New("it is for nobody")

// Send implements Sender.
func (s *Service) Send(ctx context.Context, tx *store.Tx, n Notice) error {
	if err := s.send(ctx, tx, n); err != nil {
		return fmt.Errorf("send %s: %w", n.Template, err)
	}
	return nil
}

func (s *Service) send(ctx context.Context, tx *store.Tx, n Notice) error {
	n.To.Phone, n.To.Email = strings.TrimSpace(n.To.Phone), strings.TrimSpace(n.To.Email)
	switch {
	case n.To == To{}:
		return errTo
	case len(n.To.Person) > maxID || len(n.To.Phone) > 20 || len(n.To.Email) > maxAddress || len(n.Key) > maxKey:
		return errors.New("an id, a key or an address is too long")
	case n.To.Email != "" && !isEmail(n.To.Email):
		return errors.New("the e-mail address is none")
	}
	t, err := s.current(ctx, tx, n.Template)
	if err != nil {
		return err
	}
	values, err := t.values(n.Vars)
	if err != nil {
		return err
	}
	vars, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("encode variables: %w", err)
	}
	r := row{
		id: store.NewID(), template: t.Key, version: t.Version, person: n.To.Person, vars: s.vault.Seal(kindVars, string(vars)),
		phone: s.vault.Seal(kindPhone, n.To.Phone), email: s.vault.Seal(kindEmail, n.To.Email), secret: n.Secret, urgent: t.Anytime,
		inbox: n.To.Person != "" && t.Inbox.Text != "" && !n.Secret, state: Created, created: tx.Now, due: tx.Now,
		expires: tx.Now.Add(t.life()), changed: tx.Now,
	}
	if len(t.Channels) == 0 {
		r.state, r.channel = Delivered, Inbox
	}
	if r.key = r.template + "/" + n.Key; n.Key == "" {
		r.key = r.id
	}
	return insert(ctx, tx, r)
}

// insert stores a notice; one whose key is there is no second one.
func insert(ctx context.Context, tx *store.Tx, r row) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO message_notice (`+rowColumns+`, lease)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
		ON CONFLICT (key) DO NOTHING`,
		r.id, r.key, r.template, r.version, r.person, r.phone, r.email, r.vars, store.Bool(r.secret), store.Bool(r.urgent), store.Bool(r.inbox), r.seen, string(r.state),
		string(r.channel), r.provider, r.address, r.reason, r.spent, r.tries, r.attempts, store.Millis(r.created), store.Millis(r.due),
		store.Millis(r.expires), store.Millis(r.changed), 0)
	return err
}

// current is the template's published version.
func (s *Service) current(ctx context.Context, q store.Querier, key string) (*Template, error) {
	var version int
	err := q.QueryRowContext(ctx, `SELECT version FROM message_template WHERE key = $1 AND state = 'published' ORDER BY version DESC LIMIT 1`, key).Scan(&version)
	if store.IsNone(err) {
		return nil, ErrTemplate
	}
	if err != nil {
		return nil, fmt.Errorf("find the template: %w", err)
	}
	return s.template(ctx, q, key, version)
}

// templateID names one version.
type templateID struct {
	key     string
	version int
}

// template is a version that was published once: it never changes.
func (s *Service) template(ctx context.Context, q store.Querier, key string, version int) (*Template, error) {
	id := templateID{key, version}
	if t, ok := s.published.Load(id); ok {
		return t.(*Template), nil
	}
	var content string
	err := q.QueryRowContext(ctx, `SELECT content FROM message_template WHERE key = $1 AND version = $2 AND state IN ('published', 'replaced')`, key, version).Scan(&content)
	if store.IsNone(err) {
		return nil, ErrTemplate
	}
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	t := new(Template)
	if err := json.Unmarshal([]byte(content), t); err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	t.Key, t.Version = key, version
	s.published.Store(id, t)
	return t, nil
}

// values opens a notice's variables; stars where they are forgotten.
func (s *Service) values(r row, t *Template) (map[string]string, error) {
	if r.vars == "" {
		return t.hidden(), nil
	}
	text, err := s.vault.Open(kindVars, r.vars)
	if err != nil {
		return nil, fmt.Errorf("open the variables of %s: %w", r.id, err)
	}
	vars := map[string]string{}
	if err := json.Unmarshal([]byte(text), &vars); err != nil {
		return nil, fmt.Errorf("read the variables of %s: %w", r.id, err)
	}
	return vars, nil
}

// day is the day of t, by which quotas count.
func (s *Service) day(t time.Time) string { return t.In(s.Zone).Format(time.DateOnly) }
