package appointment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/store"
)

// localVisit is what a hall tells of a visit that it booked by itself.
type localVisit struct {
	ID      string    `json:"id"`
	Service string    `json:"service"`
	From    time.Time `json:"from"`
	Via     string    `json:"via"`
}

// local counts a visit that a hall booked by itself: the hall has decided, so
// there may now be more than fit, and nobody else gets that place here.
func (s *Service) local(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
	var v localVisit
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return ErrEvent.Because(errors.Join(errors.New(e.Type), err))
	}
	if v.ID == "" || len(v.ID) > maxID || len(v.Service) > maxID || len(v.Via) > maxID || v.From.IsZero() {
		return ErrEvent
	}
	if _, err := s.one(ctx, tx, v.ID); !errors.Is(err, ErrNone) {
		return err // an echo of ours
	}
	h, err := s.Halls.Hall(ctx, hall)
	if err != nil {
		return err
	}
	plan, err := servicePlan(ctx, tx, hall, v.Service)
	if errors.Is(err, ErrNoService) {
		return nil // nobody books it here
	}
	if err != nil {
		return err
	}
	from := v.From.In(s.zone(h))
	minute := Clock(from.Hour()*60 + from.Minute())
	for _, p := range plan.of(calendar.On(from)) {
		if p.From <= minute && minute < p.To {
			return takeLocal(ctx, tx, v, placeKey{hall: hall, service: v.Service, day: calendar.On(from).String(), start: p.From})
		}
	}
	return nil
}

// takeLocal has a hall's own visit hold the place k, instead of the one it held
// before.
func takeLocal(ctx context.Context, tx *store.Tx, v localVisit, k placeKey) error {
	old, state, err := localPlace(ctx, tx, k.hall, v.ID)
	switch {
	case err != nil:
		return err
	case state != "" && old == k, state != "" && state != Booked:
		return nil
	case state != "":
		if err := releaseLocal(ctx, tx, old); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO appointment_place (hall, service, item, day, start, taken, places, closed) VALUES ($1, $2, '', $3, $4, 1, -1, '')
		ON CONFLICT (hall, service, item, day, start) DO UPDATE SET taken = appointment_place.taken + 1`, k.hall, k.service, k.day, int(k.start))
	if err != nil {
		return fmt.Errorf("count a hall's own visit: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO appointment_local (hall, id, service, day, start, via, state) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (hall, id) DO UPDATE SET service = excluded.service, day = excluded.day, start = excluded.start`,
		k.hall, v.ID, k.service, k.day, int(k.start), v.Via, string(Booked))
	if err != nil {
		return fmt.Errorf("count a hall's own visit: %w", err)
	}
	return nil
}

// localPlace returns the place of a hall's own visit and its state, which is
// empty if there is none.
func localPlace(ctx context.Context, tx *store.Tx, hall, id string) (k placeKey, state State, err error) {
	k.hall = hall
	err = tx.QueryRowContext(ctx, `SELECT service, day, start, state FROM appointment_local WHERE hall = $1 AND id = $2`, hall, id).
		Scan(&k.service, &k.day, &k.start, &state)
	if store.IsNone(err) {
		return k, "", nil
	}
	if err != nil {
		return k, "", fmt.Errorf("read a hall's own visit: %w", err)
	}
	return k, state, nil
}

// releaseLocal gives the place of a hall's own visit back.
func releaseLocal(ctx context.Context, tx *store.Tx, k placeKey) error {
	_, err := tx.ExecContext(ctx, `UPDATE appointment_place SET taken = taken - 1
		WHERE hall = $1 AND service = $2 AND item = '' AND day = $3 AND start = $4 AND taken > 0`, k.hall, k.service, k.day, int(k.start))
	if err != nil {
		return fmt.Errorf("give a hall's place back: %w", err)
	}
	return nil
}

// reportLocal takes what became of a hall's own visit; one that isn't known
// holds no place here.
func (s *Service) reportLocal(ctx context.Context, tx *store.Tx, hall, id string, state State) error {
	k, was, err := localPlace(ctx, tx, hall, id)
	if err != nil || was == "" || !follows(was, state) {
		return err
	}
	if was == Booked && state == Cancelled {
		if err := releaseLocal(ctx, tx, k); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE appointment_local SET state = $1 WHERE hall = $2 AND id = $3`, string(state), hall, id); err != nil {
		return fmt.Errorf("note what became of a hall's own visit: %w", err)
	}
	return nil
}
