package message

import (
	"context"
	"fmt"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Sent is a notice as staff see it in the list: whom it is for stays masked,
// what it says is one look further, which is logged.
type Sent struct {
	ID       string    `json:"id"`
	Template string    `json:"template"`
	Version  int       `json:"version"`
	State    State     `json:"state"`
	Channel  Channel   `json:"channel,omitempty" doc:"Of the last try; inbox: nothing but the inbox"`
	Provider string    `json:"provider,omitempty"`
	Address  string    `json:"address,omitempty" doc:"Masked"`
	Reason   string    `json:"reason,omitempty" doc:"Why it waits or failed"`
	Attempts int       `json:"attempts"`
	Created  time.Time `json:"created"`
	Due      time.Time `json:"due"`
	Expires  time.Time `json:"expires"`
	Changed  time.Time `json:"changed"`
	Inbox    bool      `json:"inbox" doc:"It stands in the person's inbox, too"`
	Read     bool      `json:"read"`
}

func (r row) sent() Sent {
	return Sent{
		ID: r.id, Template: r.template, Version: r.version, State: r.state, Channel: r.channel, Provider: r.provider, Address: r.address, Reason: r.reason,
		Attempts: r.attempts, Created: r.created, Due: r.due, Expires: r.expires, Changed: r.changed, Inbox: r.inbox, Read: r.seen != 0,
	}
}

// Filter chooses notices; zero fields choose all.
type Filter struct {
	State    State
	Template string
	Channel  Channel
	Person   string
	Since    time.Time
	Until    time.Time
	// Before is the id of the last notice of the page before.
	Before string
	Limit  int
}

// Sent lists notices, the newest first.
func (s *Service) Sent(ctx context.Context, f Filter) ([]Sent, error) {
	before := f.Before
	if before == "" {
		before = "~" // sorts after every id
	}
	rows, err := s.Store.Read().QueryContext(ctx, selectRow+` WHERE id < $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR template = $3)
		AND ($4 = '' OR channel = $4) AND ($5 = '' OR person = $5) AND created >= $6 AND (CAST($7 AS BIGINT) = 0 OR created < $7) ORDER BY id DESC LIMIT $8`,
		before, string(f.State), f.Template, string(f.Channel), f.Person, store.Millis(f.Since), store.Millis(f.Until), f.Limit)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	found, err := scanRows(rows)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	list := make([]Sent, len(found))
	for i, r := range found {
		list[i] = r.sent()
	}
	return list, nil
}

// Detail is a notice with what it says and what was tried.
type Detail struct {
	Sent
	Title string `json:"title,omitempty"`
	Text  string `json:"text" doc:"In the words of the last channel; codes are stars"`
	Tries []Try  `json:"tries"`
}

// Try is one try, or a receipt.
type Try struct {
	At       time.Time `json:"at"`
	Channel  Channel   `json:"channel"`
	Provider string    `json:"provider"`
	Outcome  string    `json:"outcome" doc:"accepted, fault, refused, or the state a receipt told of"`
	Reason   string    `json:"reason,omitempty"`
	Receipt  string    `json:"receipt,omitempty" doc:"The provider's own name of it"`
}

// Detail returns a notice, or ErrUnknown. The look is in the audit log.
func (s *Service) Detail(ctx context.Context, id string) (Detail, error) {
	var d Detail
	r, err := s.row(ctx, s.Store.Read(), id)
	if err != nil {
		return d, err
	}
	t, err := s.template(ctx, s.Store.Read(), r.template, r.version)
	if err != nil {
		return d, fmt.Errorf("read message %s: %w", id, err)
	}
	vars := t.hidden()
	if !r.secret {
		if vars, err = s.values(r, t); err != nil {
			return d, err
		}
	}
	channel := r.channel
	if channel == "" && len(t.Channels) > 0 {
		channel = t.Channels[0]
	}
	text := t.fill(channel, vars)
	d = Detail{Sent: r.sent(), Title: text.Title, Text: text.Text}
	if d.Tries, err = s.tries(ctx, id); err != nil {
		return d, err
	}
	return d, s.Audit.Write(ctx, audit.Entry{Action: "message.view", Object: id})
}

// row returns a notice, or ErrUnknown.
func (s *Service) row(ctx context.Context, q store.Querier, id string) (row, error) {
	r, err := scanRow(q.QueryRowContext(ctx, selectRow+` WHERE id = $1`, id))
	if store.IsNone(err) {
		return r, ErrUnknown
	}
	if err != nil {
		return r, fmt.Errorf("read message %s: %w", id, err)
	}
	return r, nil
}

func (s *Service) tries(ctx context.Context, id string) ([]Try, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT at, channel, provider, outcome, reason, receipt FROM message_try WHERE notice = $1 ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("read tries of %s: %w", id, err)
	}
	defer rows.Close()
	list := []Try{}
	for rows.Next() {
		var t Try
		var at int64
		if err := rows.Scan(&at, &t.Channel, &t.Provider, &t.Outcome, &t.Reason, &t.Receipt); err != nil {
			return nil, fmt.Errorf("read tries of %s: %w", id, err)
		}
		t.At = store.Time(at)
		list = append(list, t)
	}
	return list, rows.Err()
}

// Resend sends a notice that failed once more, by all its ways.
func (s *Service) Resend(ctx context.Context, id string) (Sent, error) {
	err := s.Store.Write(ctx, "send a message again", func(tx *store.Tx) error {
		r, err := s.row(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case r.secret:
			return ErrForgotten
		case r.state != TemporaryFailure && r.state != PermanentFailure && r.state != TechnicalFailure:
			return ErrState
		}
		t, err := s.template(ctx, tx, r.template, r.version)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE message_notice SET state = 'created', reason = '', spent = '', provider = '', tries = 0, due = $1, expires = $2,
			changed = $1, lease = 0 WHERE id = $3 AND state = $4`, store.Millis(tx.Now), store.Millis(tx.Now.Add(t.life())), id, string(r.state))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrState
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "message.resend", Object: id})
	})
	if err != nil {
		return Sent{}, err
	}
	r, err := s.row(ctx, s.Store.Read(), id)
	return r.sent(), err
}

// Count is how many notices of a day came to a state.
type Count struct {
	Day      string  `json:"day"`
	Template string  `json:"template"`
	Channel  Channel `json:"channel,omitempty"`
	State    State   `json:"state"`
	N        int     `json:"n"`
}

// dayMillis is the length of a day.
const dayMillis = int64(24 * time.Hour / time.Millisecond)

// Statistics counts the notices of the days from since until now.
func (s *Service) Statistics(ctx context.Context, since time.Time) ([]Count, error) {
	_, offset := since.In(s.Zone).Zone()
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT (created + $1) / $2 AS day, template, channel, state, count(*) FROM message_notice
		WHERE created >= $3 GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3, 4`, int64(offset)*1000, dayMillis, store.Millis(since))
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	defer rows.Close()
	list := []Count{}
	for rows.Next() {
		var c Count
		var day int64
		if err := rows.Scan(&day, &c.Template, &c.Channel, &c.State, &c.N); err != nil {
			return nil, fmt.Errorf("count messages: %w", err)
		}
		c.Day = time.UnixMilli(day * dayMillis).UTC().Format(time.DateOnly)
		list = append(list, c)
	}
	return list, rows.Err()
}
