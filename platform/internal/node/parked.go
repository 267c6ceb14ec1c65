package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// Parked is an event of a hall that a context refused.
type Parked struct {
	ID      string    `json:"id"`
	Hall    string    `json:"hall"`
	Type    string    `json:"type"`
	Subject string    `json:"subject"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason" doc:"The fault's code"`
	Parked  time.Time `json:"parked"`
}

// maxParked is how many events that wait for somebody are listed.
const maxParked = 500

// sealedAs binds a parked event's sealed data to its row.
func sealedAs(id string) string { return "parked/" + id }

func (s *Service) park(ctx context.Context, tx *store.Tx, hall string, e store.Event, why *fault.Fault) error {
	id := hall + "/" + e.ID
	_, err := tx.ExecContext(ctx, `INSERT INTO node_parked (id, hall, type, subject, at, data, reason, parked, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
		ON CONFLICT (id) DO NOTHING`, id, hall, e.Type, e.Subject, store.Millis(e.At), s.sealer.Seal(sealedAs(id), string(e.Data)), why.Code, store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("park event %s: %w", e.ID, err)
	}
	return nil
}

// ParkedEvents are the newest events of halls that were refused.
func (s *Service) ParkedEvents(ctx context.Context) ([]Parked, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, hall, type, subject, at, reason, parked FROM node_parked ORDER BY parked DESC, id LIMIT $1`, maxParked)
	if err != nil {
		return nil, fmt.Errorf("read parked events: %w", err)
	}
	defer rows.Close()
	list := []Parked{}
	for rows.Next() {
		var p Parked
		var at, parked int64
		if err := rows.Scan(&p.ID, &p.Hall, &p.Type, &p.Subject, &at, &p.Reason, &parked); err != nil {
			return nil, fmt.Errorf("read parked events: %w", err)
		}
		p.At, p.Parked = store.Time(at), store.Time(parked)
		list = append(list, p)
	}
	return list, rows.Err()
}

// Retry gives a parked event to its contexts again. It stays parked if it is
// refused again.
func (s *Service) Retry(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "retry a parked event", func(tx *store.Tx) error {
		e, err := s.unpark(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := s.handle(ctx, tx, e.Hall, e); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "node.retry", Object: id})
	})
}

// DropParked gives up a parked event: no context takes it.
func (s *Service) DropParked(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "drop a parked event", func(tx *store.Tx) error {
		e, err := s.unpark(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "node.drop", Object: id, Detail: e.Type})
	})
}

// unpark takes a parked event out.
func (s *Service) unpark(ctx context.Context, tx *store.Tx, id string) (e store.Event, err error) {
	var at, sealed int64
	var data string
	err = tx.QueryRowContext(ctx, `DELETE FROM node_parked WHERE id = $1 RETURNING hall, type, subject, at, data, sealed`, id).Scan(&e.Hall, &e.Type, &e.Subject, &at, &data, &sealed)
	if store.IsNone(err) {
		return e, ErrNoParked
	}
	if err != nil {
		return e, err
	}
	if sealed == 1 {
		if data, err = s.sealer.Open(sealedAs(id), data); err != nil {
			return e, fmt.Errorf("parked event %s: %w", id, err)
		}
	}
	e.ID, e.At, e.Data = id[len(e.Hall)+1:], store.Time(at), json.RawMessage(data)
	return e, nil
}

// RetryStuck lets a consumer try an event again that it couldn't take.
func (s *Service) RetryStuck(ctx context.Context, consumer, event string) error {
	return s.unstick(ctx, "node.retry", consumer, event, (*store.Tx).Retry)
}

// DropStuck gives up an event that a consumer couldn't take; what comes after
// it of the same subject goes on.
func (s *Service) DropStuck(ctx context.Context, consumer, event string) error {
	return s.unstick(ctx, "node.drop", consumer, event, (*store.Tx).Drop)
}

func (s *Service) unstick(ctx context.Context, action, consumer, event string, do func(*store.Tx, context.Context, string, string) error) error {
	return s.Store.Write(ctx, "let a stuck event go", func(tx *store.Tx) error {
		err := do(tx, ctx, consumer, event)
		if errors.Is(err, store.ErrNotStuck) {
			return ErrNotStuck
		}
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: event, Detail: consumer})
	})
}
