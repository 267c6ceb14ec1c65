package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Look is what an administrator looks for among messages; what is empty chooses
// all.
type Look struct {
	Member    string
	Direction Direction
	State     State
	Service   string
	Day       string
	Subject   string
	// Before is the key of the last message of the page before.
	Before string
	Limit  int
}

// Messages are those that were looked for, the newest first.
func (s *Service) Messages(ctx context.Context, l Look) ([]Message, error) {
	list := []Message{}
	err := each(ctx, s.Store.Read(), `SELECT `+messageColumns+` FROM exchange_message WHERE ($1 = '' OR member = $1) AND ($2 = '' OR direction = $2)
		AND ($3 = '' OR state = $3) AND ($4 = '' OR service = $4) AND ($5 = '' OR day = $5) AND ($6 = '' OR subject = $6) AND ($7 = '' OR key < $7)
		ORDER BY key DESC LIMIT $8`, func(row scanner) error {
		m, err := s.scanMessage(row)
		list = append(list, m)
		return err
	}, l.Member, string(l.Direction), string(l.State), l.Service, l.Day, l.Subject, l.Before, l.Limit)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return list, nil
}

// Detail is a message with its way. What it says is there only where that is of
// no person: administrators look after the line, not into people's papers.
type Detail struct {
	Message
	Answer string  `json:"answer,omitempty" doc:"Why it was refused, in the other's words"`
	Body   string  `json:"body,omitempty"`
	Trace  []Entry `json:"trace"`
}

// impersonal are the services whose messages tell nothing of a person.
var impersonal = []string{ServiceCheck, ServiceReport, ServiceIDs}

// Message is one message with its way, or ErrUnknown.
func (s *Service) Message(ctx context.Context, key string) (d Detail, err error) {
	if d.Message, err = s.message(ctx, s.Store.Read(), `key = $1`, key); err != nil {
		return d, err
	}
	if slices.Contains(impersonal, d.Service) {
		d.Body = d.body
	}
	if d.receipt != "" {
		var r Receipt
		if err := json.Unmarshal([]byte(d.receipt), &r); err != nil {
			return d, fmt.Errorf("read the answer to %s: %w", key, err)
		}
		d.Answer = r.Detail
	}
	d.Trace, err = s.trace(ctx, d.ID)
	return d, err
}

// Count is how many messages of a day are in a state.
type Count struct {
	Day       string    `json:"day"`
	Member    string    `json:"member"`
	Direction Direction `json:"direction"`
	Service   string    `json:"service"`
	State     State     `json:"state"`
	N         int64     `json:"n"`
}

// maxCounted bounds the days that are counted at once.
const maxCounted = 92 * 24 * time.Hour

// Counts are the numbers of messages by day, member, direction, service and
// state.
func (s *Service) Counts(ctx context.Context, from, until string) ([]Count, error) {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return nil, ErrInput.Wrong("from", "日期有误")
	}
	last, err := time.Parse(time.DateOnly, until)
	if err != nil || last.Before(first) || last.Sub(first) > maxCounted {
		return nil, ErrInput.Wrong("until", "起止日期有误，最多 92 天")
	}
	list := []Count{}
	err = each(ctx, s.Store.Read(), `SELECT day, member, direction, service, state, count(*) FROM exchange_message WHERE day >= $1 AND day <= $2
		GROUP BY day, member, direction, service, state ORDER BY day DESC, member, direction, service, state`, func(row scanner) error {
		var c Count
		err := row.Scan(&c.Day, &c.Member, &c.Direction, &c.Service, &c.State, &c.N)
		list = append(list, c)
		return err
	}, from, until)
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	return list, nil
}

// Check asks a member whether it is there and knows this platform's key.
func (s *Service) Check(ctx context.Context, code string) error {
	m, err := s.Member(ctx, code)
	if err != nil {
		return err
	}
	if m.Address == "" {
		return ErrInput.With("该系统没有登记地址，只能由对方发来")
	}
	if !m.Active {
		return ErrInput.With("该系统已停用")
	}
	_, err = s.Ask(ctx, m, ServiceCheck, struct{}{})
	return err
}
