package agent

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/internal/link"
)

// keepEvery is the least time between two writes of the hall's state.
const keepEvery = 5 * time.Second

// KeepHall stores the hall as it is known at now, the hall's clock.
func (s *Spool) KeepHall(ctx context.Context, hall link.Snapshot, now time.Time) error {
	body, err := json.Marshal(hall)
	if err == nil {
		_, err = s.db.Write.ExecContext(ctx,
			`INSERT INTO hall (id, at, offset, body) VALUES (1, $1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET at = excluded.at, offset = excluded.offset, body = excluded.body`,
			now.UnixMilli(), now.UnixMilli()-time.Now().UnixMilli(), string(body))
	}
	if err != nil {
		return fmt.Errorf("keep the hall's state: %w", err)
	}
	return nil
}

// KeptHall returns what KeepHall stored last and how far the hall's clock was
// ahead of ours then; false if nothing was.
func (s *Spool) KeptHall(ctx context.Context) (hall link.Snapshot, offset time.Duration, ok bool, err error) {
	var ms int64
	var body string
	err = s.db.Read.QueryRowContext(ctx, `SELECT offset, body FROM hall`).Scan(&ms, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return hall, 0, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &hall)
	}
	if err != nil {
		return link.Snapshot{}, 0, false, fmt.Errorf("read the hall's kept state: %w", err)
	}
	return hall, time.Duration(ms) * time.Millisecond, true, nil
}

// restore begins with the hall as a former process last knew it. What can't be
// read is as good as none.
func (a *Agent) restore(ctx context.Context) {
	hall, offset, ok, err := a.spool.KeptHall(ctx)
	if err != nil {
		a.log.Error("hall not restored", slog.Any("err", err))
	}
	if !ok {
		return
	}
	a.Client.assume(offset)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hall = &hall
}

// keep stores the hall's state after changes, until ctx ends.
func (a *Agent) keep(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.changed:
		}
		a.store(ctx)
		select {
		case <-ctx.Done():
			a.store(context.WithoutCancel(ctx))
			return nil
		case <-time.After(keepEvery):
		}
	}
}

// store writes the hall's state as it is now.
func (a *Agent) store(ctx context.Context) {
	hall, ok := a.Hall()
	if !ok {
		return
	}
	if err := a.spool.KeepHall(ctx, hall, a.Client.Now()); err != nil && ctx.Err() == nil {
		a.log.Error("hall not kept", slog.Any("err", err))
	}
}

// noteHall has the hall's new state stored, if this agent keeps it.
func (a *Agent) noteHall() {
	select {
	case a.changed <- struct{}{}:
	default: // it will be stored as it is then
	}
}
