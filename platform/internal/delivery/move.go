package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// How often parcels are looked after.
const (
	jobEvery    = 15 * time.Second
	jobBatch    = 50
	carrierWait = 10 * time.Second
	lookEvery   = 10 * time.Minute
	shipAgain   = 30 * time.Second
	slowest     = 2 * time.Hour
	maxSilent   = 3
)

// Run hands parcels to the carrier and follows them until ctx ends. Of all
// processes that share the database one at a time does it.
func (s *Service) Run(ctx context.Context) error {
	return s.Store.Lead(ctx, "delivery", func(ctx context.Context) error {
		tick := time.NewTicker(jobEvery)
		defer tick.Stop()
		for {
			if err := s.Move(ctx); err != nil && ctx.Err() == nil {
				s.Log.Warn("parcels wait for the carrier", slog.Any("err", err))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// Move does what is due with parcels now.
func (s *Service) Move(ctx context.Context) error {
	rows, err := s.Store.Read().QueryContext(ctx, columns+`WHERE look_at > 0 AND look_at <= $1 ORDER BY look_at LIMIT $2`, store.Millis(s.Store.Now()), jobBatch)
	if err != nil {
		return fmt.Errorf("find parcels: %w", err)
	}
	defer rows.Close()
	var list []Parcel
	for rows.Next() {
		p, err := s.scan(rows)
		if err != nil {
			return fmt.Errorf("find parcels: %w", err)
		}
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("find parcels: %w", err)
	}
	var failed error
	silent := 0 // calls in succession that weren't answered
	for _, p := range list {
		if silent == maxSilent {
			break // the carrier is away: the others wait for the next round
		}
		step := s.follow
		if p.State == Waiting {
			step = s.ship
		}
		err := step(ctx, p)
		silent++
		if err == nil {
			silent = 0
			continue
		}
		failed = errors.Join(failed, err, s.later(ctx, p))
	}
	return failed
}

// later tries again, each time after twice the pause.
func (s *Service) later(ctx context.Context, p Parcel) error {
	pause := min(shipAgain<<min(p.tries, 10), slowest)
	return s.Store.Write(ctx, "try a parcel later", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE delivery_parcel SET look_at = $1, tries = tries + 1 WHERE id = $2 AND look_at > 0`, store.Millis(tx.Now.Add(pause)), p.ID)
		return err
	})
}

// ship hands a parcel to the carrier.
func (s *Service) ship(ctx context.Context, p Parcel) error {
	asked, cancel := context.WithTimeout(ctx, carrierWait)
	defer cancel()
	tracking, err := s.Carrier.Ship(asked, p.ID, p.Title, p.to)
	if err != nil {
		return fmt.Errorf("ship parcel %s: %w", p.ID, err)
	}
	var n int
	err = s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM delivery_parcel WHERE tracking = $1 AND tracking <> '' AND carrier = $2 AND id <> $3`,
		tracking, s.Carrier.Name(), p.ID).Scan(&n)
	if err != nil {
		return fmt.Errorf("look a tracking number up: %w", err)
	}
	if n > 0 {
		return fmt.Errorf("ship parcel %s: %w: another parcel has the number", p.ID, ErrAnswer)
	}
	return s.sent(ctx, p, s.Carrier.Name(), tracking)
}

// sent books that a carrier has a parcel.
func (s *Service) sent(ctx context.Context, p Parcel, carrier, tracking string) error {
	return s.Store.Write(ctx, "send a parcel", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE delivery_parcel SET state = 'sent', carrier = $1, tracking = $2, sent_at = $3, look_at = $4, tries = 0 WHERE id = $5 AND state = 'waiting'`,
			carrier, tracking, store.Millis(tx.Now), store.Millis(tx.Now.Add(lookEvery)), p.ID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.tell(ctx, tx, "delivery.sent", p)
	})
}

func (s *Service) tell(ctx context.Context, tx *store.Tx, kind string, p Parcel) error {
	return tx.Publish(ctx, "", kind, p.Case, map[string]string{"case": p.Case, "caseNo": p.CaseNo, "parcel": p.ID, "organisation": p.Organisation, "region": p.region})
}

// follow asks the carrier where a parcel is.
func (s *Service) follow(ctx context.Context, p Parcel) error {
	asked, cancel := context.WithTimeout(ctx, carrierWait)
	defer cancel()
	track, err := s.Carrier.Track(asked, p.Tracking)
	if err != nil {
		return fmt.Errorf("follow parcel %s: %w", p.ID, err)
	}
	return s.Store.Write(ctx, "follow a parcel", func(tx *store.Tx) error {
		for _, m := range track.Movements[:min(len(track.Movements), 200)] {
			words := []rune(m.Words)
			_, err := tx.ExecContext(ctx, `INSERT INTO delivery_movement (parcel, at, words) VALUES ($1, $2, $3) ON CONFLICT (parcel, at, words) DO NOTHING`,
				p.ID, store.Millis(m.At), string(words[:min(len(words), 200)]))
			if err != nil {
				return err
			}
		}
		switch {
		case track.Delivered:
			return s.end(ctx, tx, p, Delivered, track.Signer)
		case track.Returned:
			return s.end(ctx, tx, p, Returned, "")
		}
		_, err := tx.ExecContext(ctx, `UPDATE delivery_parcel SET look_at = $1, tries = 0 WHERE id = $2 AND state = 'sent'`, store.Millis(tx.Now.Add(lookEvery)), p.ID)
		return err
	})
}

// end books that a parcel's way is over, once, and tells the case.
func (s *Service) end(ctx context.Context, tx *store.Tx, p Parcel, state State, signer string) error {
	result, err := tx.ExecContext(ctx, `UPDATE delivery_parcel SET state = $1, signer = $2, done_at = $3, look_at = 0 WHERE id = $4 AND state = 'sent'`,
		string(state), s.vault.Seal(kindSigner, signer), store.Millis(tx.Now), p.ID)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := s.tell(ctx, tx, "delivery."+string(state), p); err != nil {
		return err
	}
	if state != Delivered || s.Told == nil {
		return nil
	}
	return s.Told(ctx, tx, p.Case, fmt.Sprintf("邮寄签收（%s %s，签收人 %s）", p.Carrier, p.Tracking, privacy.MaskName(signer)))
}

// Send is for carriers that nothing is connected to: a clerk has given the
// parcel to one and types its number.
func (s *Service) Send(ctx context.Context, id, carrier, tracking string) error {
	p, err := s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
	switch {
	case err != nil:
		return err
	case !s.office(ctx, p):
		return ErrUnknown
	case p.State != Waiting:
		return ErrState
	}
	if err := s.sent(ctx, p, carrier, tracking); err != nil {
		return err
	}
	return s.Audit.Write(ctx, audit.Entry{Action: "delivery.send", Object: id})
}

// Sign is for such carriers, too: the slip with the signature came back, or the
// parcel itself did.
func (s *Service) Sign(ctx context.Context, id, signer string, returned bool) error {
	p, err := s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
	switch {
	case err != nil:
		return err
	case !s.office(ctx, p):
		return ErrUnknown
	case p.State != Sent:
		return ErrState
	}
	return s.Store.Write(ctx, "book a parcel's signature", func(tx *store.Tx) error {
		state := Delivered
		if returned {
			state = Returned
		}
		if err := s.end(ctx, tx, p, state, signer); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "delivery.sign", Object: id})
	})
}

// Parcels lists the parcels of the caller's body, the newest first.
func (s *Service) Parcels(ctx context.Context, state State, before string, limit int) ([]Parcel, error) {
	c := access.From(ctx)
	org := c.Org
	if slices.Contains(s.Managers, org) {
		org = ""
	}
	rows, err := s.Store.Read().QueryContext(ctx, columns+`WHERE ($1 = '' OR organisation = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`,
		org, string(state), before, limit)
	if err != nil {
		return nil, fmt.Errorf("list parcels: %w", err)
	}
	defer rows.Close()
	list := []Parcel{}
	for rows.Next() {
		p, err := s.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list parcels: %w", err)
		}
		if c.Covers(p.region) {
			list = append(list, p)
		}
	}
	return list, rows.Err()
}
