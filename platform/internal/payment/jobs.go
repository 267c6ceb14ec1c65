package payment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// How often the jobs look, and how much at once.
const (
	jobEvery = 15 * time.Second
	jobBatch = 50
	// reconcileAfter is when a day's statement is there, after midnight.
	reconcileAfter = 2 * time.Hour
	// reconcileBack is how many days are reconciled late.
	reconcileBack = 7
)

// Run looks after payments until ctx ends: it asks providers, closes what
// nobody paid and reconciles. Of all processes that share the database one at a
// time does it.
func (s *Service) Run(ctx context.Context) error {
	return s.Store.Lead(ctx, "payment", func(ctx context.Context) error {
		tick := time.NewTicker(jobEvery)
		defer tick.Stop()
		for {
			if err := errors.Join(s.LookAll(ctx), s.Expire(ctx), s.reconcileDue(ctx)); err != nil && ctx.Err() == nil {
				s.Log.Warn("payments wait", slog.Any("err", err))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// ids reads ids of orders; where is no input.
func (s *Service) ids(ctx context.Context, where string, args ...any) ([]string, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id FROM payment_order WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("find payments: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("find payments: %w", err)
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// LookAll asks the provider about all payments that are due to be looked at.
func (s *Service) LookAll(ctx context.Context) error {
	list, err := s.ids(ctx, `look_at > 0 AND look_at <= $1 ORDER BY look_at LIMIT $2`, store.Millis(s.Store.Now()), jobBatch)
	if err != nil {
		return err
	}
	for _, id := range list {
		if err := s.Look(ctx, id); err != nil && !errors.Is(err, errBooked) {
			// The next one may fare better, but not if the provider is away.
			if f := fault.Of(err); f != nil && f.Kind == fault.Unavailable {
				return err
			}
			s.Log.Warn("a payment can't be looked at", slog.String("order", id), slog.Any("err", err))
		}
	}
	return nil
}

// Expire closes orders that nobody paid in time.
func (s *Service) Expire(ctx context.Context) error {
	list, err := s.ids(ctx, `state IN ('created', 'paying') AND due_at <= $1 LIMIT $2`, store.Millis(s.Store.Now()), jobBatch)
	if err != nil {
		return err
	}
	for _, id := range list {
		err := s.Store.Write(ctx, "close an unpaid order", func(tx *store.Tx) error { return s.Cancel(ctx, tx, id, lapsed) })
		if err != nil {
			return err
		}
	}
	return nil
}

// Difference is one thing in which the provider's books and ours differ.
type Difference struct {
	// Kind is theirs-only, ours-only or amount.
	Kind string `json:"kind"`
	// Refund tells that it is about money given back.
	Refund    bool   `json:"refund,omitempty"`
	Reference string `json:"reference"`
	Order     string `json:"order,omitempty"`
	Ours      int64  `json:"ours,omitempty"`
	Theirs    int64  `json:"theirs,omitempty"`
}

// Reconciliation is what comparing a day's books found.
type Reconciliation struct {
	Provider string    `json:"provider"`
	Day      string    `json:"day"`
	At       time.Time `json:"at"`
	// Count and Amount are what the provider says was paid on the day, RefundCount
	// and Refunded what was given back on it; amounts in fen.
	Count       int          `json:"count"`
	Amount      int64        `json:"amount"`
	RefundCount int          `json:"refundCount"`
	Refunded    int64        `json:"refunded"`
	Differences []Difference `json:"differences"`
}

// Reconcile compares the provider's statement of a day with our books and keeps
// what it found.
func (s *Service) Reconcile(ctx context.Context, day calendar.Day) (Reconciliation, error) {
	r := Reconciliation{Provider: s.Provider.Name(), Day: day.String(), At: s.Store.Now(), Differences: []Difference{}}
	asked, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	entries, err := s.Provider.Statement(asked, day)
	if err != nil {
		return r, ErrProvider.Because(err)
	}
	for _, refund := range []bool{false, true} {
		ours, err := s.booked(ctx, day, refund)
		if err != nil {
			return r, err
		}
		r.compare(entries, ours, refund)
	}
	if len(r.Differences) > 0 {
		s.Log.Warn("the provider's books differ from ours", slog.String("provider", r.Provider), slog.String("day", r.Day), slog.Int("differences", len(r.Differences)))
	}
	body, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	return r, s.Store.Write(ctx, "keep a reconciliation", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO payment_statement (provider, day, at, body, differences) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (provider, day) DO UPDATE SET at = excluded.at, body = excluded.body, differences = excluded.differences`,
			r.Provider, r.Day, store.Millis(tx.Now), string(body), len(r.Differences))
		return err
	})
}

// compare adds up one side of the books, what was paid or what was given back,
// and notes where it differs from ours. A line that is there twice is once too
// many.
func (r *Reconciliation) compare(entries []Entry, ours map[string]Order, refund bool) {
	differ := func(d Difference) {
		d.Refund = refund
		r.Differences = append(r.Differences, d)
	}
	for _, e := range entries {
		if e.Refund != refund {
			continue
		}
		if refund {
			r.RefundCount++
			r.Refunded += e.Amount
		} else {
			r.Count++
			r.Amount += e.Amount
		}
		o, ok := ours[e.Reference]
		switch {
		case !ok:
			differ(Difference{Kind: "theirs-only", Reference: e.Reference, Theirs: e.Amount})
		case o.Amount != e.Amount:
			differ(Difference{Kind: "amount", Reference: e.Reference, Order: o.ID, Ours: o.Amount, Theirs: e.Amount})
		}
		delete(ours, e.Reference)
	}
	for _, reference := range slices.Sorted(maps.Keys(ours)) {
		differ(Difference{Kind: "ours-only", Reference: reference, Order: ours[reference].ID, Ours: ours[reference].Amount})
	}
}

// booked are the orders that were paid on a day, or given back on it, by the
// provider's reference.
func (s *Service) booked(ctx context.Context, day calendar.Day, refund bool) (map[string]Order, error) {
	where := `WHERE provider = $1 AND paid_at >= $2 AND paid_at < $3 AND state IN ('paid', 'refunding', 'refunded')`
	if refund {
		where = `WHERE provider = $1 AND refunded_at > 0 AND refunded_at >= $2 AND refunded_at < $3`
	}
	rows, err := s.Store.Read().QueryContext(ctx, columns+where,
		s.Provider.Name(), store.Millis(day.In(s.Zone)), store.Millis(day.Add(1).In(s.Zone)))
	if err != nil {
		return nil, fmt.Errorf("read a day's payments: %w", err)
	}
	defer rows.Close()
	all := map[string]Order{}
	for rows.Next() {
		o, err := s.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read a day's payments: %w", err)
		}
		all[o.reference] = o
	}
	return all, rows.Err()
}

// reconcileDue reconciles the days that are over and weren't yet.
func (s *Service) reconcileDue(ctx context.Context) error {
	now := s.Store.Now().In(s.Zone)
	today := calendar.On(now.Add(-reconcileAfter))
	for back := reconcileBack; back > 0; back-- {
		day := today.Add(-back)
		var n int
		err := s.Store.Read().QueryRowContext(ctx, `SELECT (SELECT count(*) FROM payment_statement WHERE provider = $1 AND day = $2)
			+ (SELECT CASE WHEN count(*) = 0 THEN 1 ELSE 0 END FROM payment_order WHERE provider = $1 AND created_at < $3)`,
			s.Provider.Name(), day.String(), store.Millis(day.Add(1).In(s.Zone))).Scan(&n)
		if err != nil {
			return fmt.Errorf("find days to reconcile: %w", err)
		}
		if n > 0 {
			continue // done, or nothing was ordered until then
		}
		if _, err := s.Reconcile(ctx, day); err != nil {
			return err
		}
	}
	return nil
}

// Reconciliations are the newest, at most limit.
func (s *Service) Reconciliations(ctx context.Context, limit int) ([]Reconciliation, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT body FROM payment_statement ORDER BY day DESC, provider LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read reconciliations: %w", err)
	}
	defer rows.Close()
	list := []Reconciliation{}
	for rows.Next() {
		var body string
		var r Reconciliation
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("read reconciliations: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return nil, fmt.Errorf("read reconciliations: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
