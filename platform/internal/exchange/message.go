package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"smarthall/platform/internal/store"
)

// State is how far a message is.
type State string

// The states.
const (
	Waiting      State = "waiting"
	Sent         State = "sent" // and not answered yet
	Acknowledged State = "acknowledged"
	Refused      State = "refused" // the other side said no, or nobody tries any more
	Dead         State = "dead"    // given up: it holds back those of its subject
)

// Message is one message as it stands.
type Message struct {
	Key       string    `json:"key"`
	Direction Direction `json:"direction"`
	Member    string    `json:"member"`
	ID        string    `json:"id"`
	Service   string    `json:"service"`
	Subject   string    `json:"subject,omitempty"`
	Series    int64     `json:"series,omitempty"`
	Day       string    `json:"day"`
	State     State     `json:"state" enum:"waiting,sent,acknowledged,refused,dead"`
	Reason    string    `json:"reason,omitempty"`
	Attempts  int64     `json:"attempts"`
	Next      time.Time `json:"next,omitzero" doc:"When it is sent again"`
	Created   time.Time `json:"created"`
	Changed   time.Time `json:"changed"`

	body, receipt, digest   string
	begun, signed, nextTime int64
}

const messageColumns = `key, direction, member, id, service, subject, series, day, body, digest, state, receipt, reason, attempts, next_at, begun, signed_at, created, changed`

func (s *Service) scanMessage(row interface{ Scan(...any) error }) (m Message, err error) {
	var body, receipt string
	var created, changed int64
	err = row.Scan(&m.Key, &m.Direction, &m.Member, &m.ID, &m.Service, &m.Subject, &m.Series, &m.Day, &body, &m.digest, &m.State, &receipt, &m.Reason,
		&m.Attempts, &m.nextTime, &m.begun, &m.signed, &created, &changed)
	if err != nil {
		return m, err
	}
	m.Created, m.Changed = store.Time(created), store.Time(changed)
	if m.State == Waiting || m.State == Sent {
		m.Next = store.Time(m.nextTime)
	}
	if m.body, err = s.open(sealBody, m.Key, body); err != nil {
		return m, fmt.Errorf("open message %s: %w", m.Key, err)
	}
	if m.receipt, err = s.open(sealReceipt, m.Key, receipt); err != nil {
		return m, fmt.Errorf("open the answer to %s: %w", m.Key, err)
	}
	return m, nil
}

// seal and open keep what messages say unreadable at rest.
func (s *Service) seal(kind, key, text string) string { return s.sealer.Seal(kind+"/"+key, text) }

func (s *Service) open(kind, key, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	return s.sealer.Open(kind+"/"+key, sealed)
}

func (s *Service) message(ctx context.Context, q store.Querier, where string, args ...any) (Message, error) {
	m, err := s.scanMessage(q.QueryRowContext(ctx, `SELECT `+messageColumns+` FROM exchange_message WHERE `+where, args...))
	if store.IsNone(err) {
		return m, ErrUnknown
	}
	if err != nil {
		return m, fmt.Errorf("read a message: %w", err)
	}
	return m, nil
}

// insert stores a message; false: there is one with its id.
func (s *Service) insert(ctx context.Context, tx *store.Tx, m *Message) (bool, error) {
	result, err := tx.ExecContext(ctx, `INSERT INTO exchange_message (`+messageColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18) ON CONFLICT (direction, member, id) DO NOTHING`,
		m.Key, string(m.Direction), m.Member, m.ID, m.Service, m.Subject, m.Series, m.Day, s.seal(sealBody, m.Key, m.body), m.digest, string(m.State),
		s.seal(sealReceipt, m.Key, m.receipt), m.Reason, m.Attempts, m.nextTime, m.begun, m.signed, store.Millis(tx.Now))
	if err != nil {
		return false, fmt.Errorf("store a message: %w", err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// queue stores a message that is to go out. day is that of what it tells.
func (s *Service) queue(ctx context.Context, tx *store.Tx, member, service, subject, day string, body any) (Message, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return Message{}, fmt.Errorf("write a message: %w", err)
	}
	id := store.NewID()
	m := Message{
		Key: id, ID: id, Direction: Out, Member: member, Service: service, Subject: subject, Day: day, State: Waiting, body: string(text),
		begun: store.Millis(tx.Now), nextTime: store.Millis(tx.Now),
	}
	if subject != "" {
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(series), 0) + 1 FROM exchange_message WHERE member = $1 AND direction = 'out' AND subject = $2`,
			member, subject).Scan(&m.Series)
		if err != nil {
			return m, fmt.Errorf("number a message: %w", err)
		}
	}
	e := Envelope{Service: m.Service, Subject: m.Subject, Seq: m.Series, Body: m.body}
	m.digest = e.said()
	if _, err := s.insert(ctx, tx, &m); err != nil {
		return m, err
	}
	return m, s.note(ctx, tx, wasQueued, &m)
}

// poke wakes the sender.
func (s *Service) poke() {
	select {
	case s.wake <- struct{}{}:
	default: // it knows
	}
}
