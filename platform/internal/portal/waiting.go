package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// waits tells by a ticket's event whether its holder waits from then on.
var waits = map[string]bool{
	"ticket.taken": true, "ticket.put-back": true, "ticket.returned": true, "ticket.rejoined": true, "ticket.transferred": true,
	"ticket.called": false, "ticket.arrived": false, "ticket.no-show": false, "ticket.finished": false, "ticket.cancelled": false,
	"ticket.parked": false, "ticket.expired": false, "ticket.closed": false,
}

// errTicket refuses an event that names no ticket or day.
var errTicket = fault.New(fault.Invalid, "portal.ticket", "号票事件缺少编号或日期")

// Listen asks for the events of halls by which the portal knows how many wait.
func (s *Service) Listen(on func(kind string, take func(ctx context.Context, tx *store.Tx, hall string, e store.Event) error)) {
	for kind := range waits {
		on(kind, s.ticket)
	}
}

// ticket takes an event of a ticket. Those of days before are let go of.
func (s *Service) ticket(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
	var body struct {
		Day string `json:"day"`
	}
	if err := json.Unmarshal(e.Data, &body); err != nil || e.Subject == "" || len(e.Subject) > 80 {
		return errTicket
	}
	if _, err := time.Parse(time.DateOnly, body.Day); err != nil {
		return errTicket
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO portal_ticket (hall, ticket, day, waiting) VALUES ($1, $2, $3, $4)
		ON CONFLICT (hall, ticket) DO UPDATE SET day = excluded.day, waiting = excluded.waiting`, hall, e.Subject, body.Day, store.Bool(waits[e.Type]))
	if err != nil {
		return fmt.Errorf("store a ticket's state: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM portal_ticket WHERE hall = $1 AND day < $2`, hall, body.Day); err != nil {
		return fmt.Errorf("let go of old tickets: %w", err)
	}
	return nil
}

// waiting is how many wait in each hall that gave a ticket today.
func (s *Service) waiting(ctx context.Context) (map[string]int, error) {
	today := s.Store.Now().In(s.Zone).Format(time.DateOnly)
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT hall, SUM(waiting) FROM portal_ticket WHERE day = $1 GROUP BY hall`, today)
	if err != nil {
		return nil, fmt.Errorf("count who waits: %w", err)
	}
	defer rows.Close()
	by := map[string]int{}
	for rows.Next() {
		var hall string
		var n int
		if err := rows.Scan(&hall, &n); err != nil {
			return nil, fmt.Errorf("count who waits: %w", err)
		}
		by[hall] = n
	}
	return by, rows.Err()
}

// HallsNow are all halls with how many wait there, where it is known.
func (s *Service) HallsNow(ctx context.Context) ([]Hall, error) { return s.halls(ctx) }

// halls are all halls with how many wait there, where it is known.
func (s *Service) halls(ctx context.Context) ([]Hall, error) {
	list, err := s.Halls(ctx)
	if err != nil {
		return nil, fmt.Errorf("read halls: %w", err)
	}
	by, err := s.waiting(ctx)
	if err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	for i := range list {
		if n, ok := by[list[i].ID]; ok && !list[i].Closed {
			list[i].Waiting = &n
		}
	}
	return list, nil
}
