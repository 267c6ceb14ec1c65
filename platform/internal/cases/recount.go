package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// typeDays tells that the working days of a region were changed; typeRecount
// continues a recount behind a case.
const (
	typeDays    = "appointment.days-changed"
	typeRecount = "cases.recount"
)

// recountBatch is how many cases one transaction counts anew.
const recountBatch = 100

// recount figures anew when the cases of a region are due, because its working
// days were changed: the terms of those that run, and when silence counts as
// acceptance. It takes a part of them, and publishes where to go on.
func (s *Service) recount(ctx context.Context, tx *store.Tx, e store.Event) error {
	var from struct {
		Region string `json:"region"`
		After  string `json:"after"`
	}
	if err := json.Unmarshal(e.Data, &from); err != nil {
		return fault.New(fault.Invalid, "cases.event", "事件内容无法识别").Because(err)
	}
	s.regions.Clear()
	first, last := access.Span(from.Region)
	ids, err := s.running(ctx, tx, first, last, from.After)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.recountOne(ctx, tx, id); err != nil {
			return err
		}
	}
	if len(ids) < recountBatch {
		return nil
	}
	from.After = ids[len(ids)-1]
	return tx.Publish(ctx, "", typeRecount, e.Subject, from)
}

// running are the next cases in a range of regions whose time counts.
func (s *Service) running(ctx context.Context, tx *store.Tx, first, last, after string) (ids []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id FROM case_record WHERE state IN ($1, $2) AND region >= $3 AND region < $4 AND id > $5 ORDER BY id LIMIT $6`,
		string(Submitted), string(Accepted), first, last, after, recountBatch)
	if err != nil {
		return nil, fmt.Errorf("find running cases: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("find running cases: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func (s *Service) recountOne(ctx context.Context, tx *store.Tx, id string) error {
	c, err := s.lock(ctx, tx, id)
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case c.State == Submitted && c.wake.After(c.SubmittedAt):
		err = s.awaitFrom(ctx, &c, c.SubmittedAt, tx.Now)
	case c.State == Accepted && !c.Time.Begun.IsZero():
		err = s.reckon(ctx, &c, tx.Now)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE case_record SET statutory_due = $1, promised_due = $2, wake = $3, rank = $4 WHERE id = $5`,
		c.StatutoryDue, c.PromisedDue, store.Millis(c.wake), c.order(), c.ID)
	if err != nil {
		return fmt.Errorf("store when case %s is due: %w", c.ID, err)
	}
	return nil
}
