package flow

import (
	"context"
	"encoding/json"
	"fmt"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// typeDays tells that the working days of a region were changed; typeRecount
// continues a recount behind a case.
const (
	typeDays    = "appointment.days-changed"
	typeRecount = "flow.recount"
)

// recountBatch is how many cases one transaction counts anew.
const recountBatch = 100

// recount figures anew when the open tasks and timers of a region's cases are
// over, because its working days were changed. It takes a part of them, and
// publishes where to go on.
func (s *Service) recount(ctx context.Context, tx *store.Tx, e store.Event) error {
	var from struct {
		Region string `json:"region"`
		After  string `json:"after"`
	}
	if err := json.Unmarshal(e.Data, &from); err != nil {
		return fault.New(fault.Invalid, "flow.event", "事件内容无法识别").Because(err)
	}
	first, last := access.Span(from.Region)
	rows, err := tx.QueryContext(ctx, `SELECT case_id FROM flow_instance WHERE status IN ('running', 'held') AND region >= $1 AND region < $2 AND case_id > $3
		ORDER BY case_id LIMIT $4`, first, last, from.After, recountBatch)
	if err != nil {
		return fmt.Errorf("find running flows: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("find running flows: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("find running flows: %w", err)
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

// recountOne stores when a case's open tasks turn red and its timers are over.
func (s *Service) recountOne(ctx context.Context, tx *store.Tx, id string) error {
	// Locked, and not changed for who has it open.
	in, err := s.scanInstance(ctx, tx, tx.QueryRowContext(ctx, `UPDATE flow_instance SET edition = edition WHERE case_id = $1 RETURNING `+instanceColumns, id))
	if err != nil {
		return err
	}
	reckon, err := s.reckoner(ctx, in.Region)
	if err != nil {
		return err
	}
	open, err := s.tasks(ctx, tx, `WHERE case_id = $1 AND state = 'open'`, id)
	if err != nil {
		return err
	}
	for _, t := range open {
		red, err := turns(reckon, t.clock, tx.Now)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE flow_task SET red = $1 WHERE id = $2`, red, t.ID); err != nil {
			return fmt.Errorf("store when a task is due: %w", err)
		}
	}
	return s.syncTimers(ctx, tx, in)
}
