package appointment

import (
	"context"
	"strings"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// changeable returns a booking that the context's caller may change now: it is
// hers, wasn't used, and its slot hasn't ended (AP-09).
func (s *Service) changeable(ctx context.Context, tx *store.Tx, id string) (Booking, error) {
	b, err := s.one(ctx, tx, id)
	if err != nil {
		return b, err
	}
	if err := s.mine(ctx, b); err != nil {
		return b, err
	}
	if access.From(ctx).Kind == access.Staff && !access.From(ctx).Has(access.RoleAppointment) {
		return b, ErrNone
	}
	switch {
	case b.State != Booked:
		return b, ErrUsed
	case !tx.Now.Before(b.Ends):
		return b, ErrOver
	}
	return b, nil
}

// Cancel gives a booking up. Asked again it changes nothing.
func (s *Service) Cancel(ctx context.Context, id, reason string) (Booking, error) {
	reason = strings.TrimSpace(reason)
	if utf8.RuneCountInString(reason) > maxName {
		return Booking{}, ErrInput.Wrong("reason", "原因过长")
	}
	b, err := s.Get(ctx, id)
	if err != nil || b.State == Cancelled {
		return b, err
	}
	h, err := s.Halls.Hall(ctx, b.Hall)
	if err != nil {
		return b, err
	}
	err = s.Store.Write(ctx, "cancel an appointment", func(tx *store.Tx) error {
		if b, err = s.changeable(ctx, tx, id); err != nil {
			return err
		}
		if err := s.giveUp(ctx, tx, h, b, reason); err != nil {
			return err
		}
		b.State, b.Reason, b.Changed = Cancelled, reason, tx.Now
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.cancel", Object: b.ID})
	})
	return b, err
}

// Move takes another slot of the same hall and item for a booking: it has the
// new place, or keeps the old one. Number and code stay.
func (s *Service) Move(ctx context.Context, id, day string, from Clock) (Booking, error) {
	b, err := s.Get(ctx, id)
	if err != nil {
		return b, err
	}
	h, err := s.Halls.Hall(ctx, b.Hall)
	if err != nil {
		return b, err
	}
	if err := s.offered(ctx, b.Item); err != nil {
		return b, err
	}
	err = s.Store.Write(ctx, "move an appointment", func(tx *store.Tx) error {
		if b, err = s.changeable(ctx, tx, id); err != nil || b.Day == day && b.Start == from {
			return err
		}
		v, err := s.find(ctx, tx, h, b.Item, day, from, tx.Now)
		if err != nil {
			return err
		}
		old := b.key()
		if err := swap(ctx, tx, old, v); err != nil {
			return err
		}
		b.place(v, tx.Now)
		b.Service, b.Changed = v.item.Service, tx.Now
		if err := s.storeSlot(ctx, tx, b, old); err != nil {
			return err
		}
		if err := s.publish(ctx, tx, TypeMoved, b); err != nil {
			return err
		}
		if err := s.notify(ctx, tx, noticeMoved, h, b, ""); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.move", Object: b.ID, Detail: b.Day + " " + b.Start.String()})
	})
	return b, err
}

// swap takes the new place and gives the old one back, the earlier of both
// first, so that two who change places don't wait for each other.
func swap(ctx context.Context, tx *store.Tx, old placeKey, v slot) error {
	if old.before(v.key()) {
		if err := release(ctx, tx, old); err != nil {
			return err
		}
		return take(ctx, tx, v)
	}
	if err := take(ctx, tx, v); err != nil {
		return err
	}
	return release(ctx, tx, old)
}

// storeSlot stores the slot of a booking that had another one, unless somebody
// was faster.
func (s *Service) storeSlot(ctx context.Context, tx *store.Tx, b Booking, old placeKey) error {
	result, err := tx.ExecContext(ctx, `UPDATE appointment SET service = $1, day = $2, start = $3, begins = $4, ends = $5, changed = $6, remind = $7
		WHERE id = $8 AND state = 'booked' AND day = $9 AND start = $10`,
		b.Service, b.Day, int(b.Start), store.Millis(b.Begins), store.Millis(b.Ends), store.Millis(b.Changed), store.Millis(b.remind),
		b.ID, old.day, int(old.start))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n != 1 {
		return ErrUsed
	}
	return nil
}
