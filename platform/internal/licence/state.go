package licence

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"smarthall/internal/gm"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// ErrForged says that a stored licence isn't what was signed.
var ErrForged = errors.New("the stored licence isn't what was signed")

const columns = `SELECT content, digest, public_key, signature, organisation, region, person, legal, state, reason, created_at FROM licence_issued `

// scan reads a stored licence and verifies its signature.
func (s *Service) scan(row interface{ Scan(...any) error }) (l Licence, err error) {
	var sealed, public, signature string
	var created int64
	err = row.Scan(&sealed, &l.digest, &public, &signature, &l.organisation, &l.region, &l.person, &l.legal, &l.State, &l.Reason, &created)
	if err != nil {
		return l, err
	}
	data, err := base64.StdEncoding.DecodeString(sealed)
	if err == nil {
		data, err = s.vault.OpenData(kindContent, data)
	}
	if err != nil {
		return l, fmt.Errorf("open a licence: %w", err)
	}
	stamp, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || public != s.signer.Public() || gm.Verify(public, data, stamp) != nil {
		return l, ErrForged
	}
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return l, fmt.Errorf("open a licence: %w", err)
	}
	l.ID, l.Identifier, l.Number, l.Code, l.Type, l.Name, l.Body, l.Holder = c.ID, c.Identifier, c.Number, c.Code, c.Type, c.Name, c.Body, c.Holder
	l.Case, l.Lines, l.From, l.Until, l.Issued = c.Case, c.Lines, c.From, c.Until, store.Time(created)
	if l.State == Valid && l.Until != "" && l.Until < s.today() {
		l.State = Expired
	}
	return l, nil
}

func (s *Service) today() string { return s.Store.Now().In(s.Zone).Format(layout) }

// one reads a licence by a column; where is no input.
func (s *Service) one(ctx context.Context, q store.Querier, where, key string) (Licence, error) {
	l, err := s.scan(q.QueryRowContext(ctx, columns+where, key))
	if store.IsNone(err) {
		return l, ErrUnknown
	}
	return l, err
}

// list reads licences; where is no input.
func (s *Service) list(ctx context.Context, where string, args ...any) ([]Licence, error) {
	rows, err := s.Store.Read().QueryContext(ctx, columns+where+` ORDER BY created_at DESC, id LIMIT 200`, args...)
	if err != nil {
		return nil, fmt.Errorf("list licences: %w", err)
	}
	defer rows.Close()
	list := []Licence{}
	for rows.Next() {
		l, err := s.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list licences: %w", err)
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// Mine are the licences of the context's caller: her own, or those of the legal
// person that she acts for.
func (s *Service) Mine(ctx context.Context) ([]Licence, error) {
	c := access.From(ctx)
	if c.For != "" {
		return s.list(ctx, `WHERE legal = $1`, c.For)
	}
	return s.list(ctx, `WHERE person = $1 AND legal = ''`, c.ID)
}

// OfCase are the licences that a case ended with.
func (s *Service) OfCase(ctx context.Context, id string) ([]Licence, error) {
	return s.list(ctx, `WHERE case_id = $1`, id)
}

// Held returns the valid licence of a kind that the holder of a number has, or
// ErrNotHeld.
func (s *Service) Held(ctx context.Context, kind, number string) (Licence, error) {
	list, err := s.list(ctx, `WHERE holder = $1 AND type = $2`, s.holderKey(number), kind)
	if err != nil {
		return Licence{}, err
	}
	for _, l := range list {
		if l.State == Valid {
			return l, nil
		}
	}
	return Licence{}, ErrNotHeld
}

// Find returns the licences of a holder, or the one with a number, for staff of
// the body that issued them. The look is in the audit log.
func (s *Service) Find(ctx context.Context, number string) ([]Licence, error) {
	number = strings.ToUpper(strings.TrimSpace(number))
	c := access.From(ctx)
	list, err := s.list(ctx, `WHERE (holder = $1 OR number = $2 OR identifier = $2) AND organisation = $3`, s.holderKey(number), number, c.Org)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(l Licence) bool { return !c.Covers(l.region) })
	return list, s.Audit.Write(ctx, audit.Entry{Action: "licence.find", Detail: fmt.Sprintf("%d found", len(list))})
}

// changes are the states that staff bring a licence to, by those it may have
// before.
var changes = map[State][]State{Suspended: {Valid}, Valid: {Suspended}, Revoked: {Valid, Suspended}}

// Change brings a licence to another state: suspends it, restores it or revokes
// it for good. Its holder is told.
func (s *Service) Change(ctx context.Context, id string, to State, reason string) (l Licence, err error) {
	reason = strings.TrimSpace(strings.ToValidUTF8(reason, ""))
	if reason == "" || len([]rune(reason)) > 200 {
		return l, ErrReason
	}
	err = s.Store.Write(ctx, "change a licence's state", func(tx *store.Tx) error {
		if l, err = s.one(ctx, tx, `WHERE id = $1`, id); err != nil {
			return err
		}
		if c := access.From(ctx); l.organisation != c.Org || !c.Covers(l.region) {
			return ErrUnknown
		}
		n := int64(0)
		for _, from := range changes[to] {
			result, err := tx.ExecContext(ctx, `UPDATE licence_issued SET state = $1, reason = $2 WHERE id = $3 AND state = $4`, string(to), reason, id, string(from))
			if err != nil {
				return err
			}
			changed, err := result.RowsAffected()
			if err != nil {
				return err
			}
			n += changed
		}
		if n != 1 {
			return ErrState
		}
		l.State, l.Reason = to, reason
		if err := s.note(ctx, tx, id, to, reason); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, l, "licence.changed", "", map[string]string{"name": l.Name, "number": l.Number, "state": to.Word(), "reason": reason}); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "licence." + string(to), Object: id})
	})
	return l, err
}

// note keeps what became of a licence.
func (s *Service) note(ctx context.Context, tx *store.Tx, id string, state State, reason string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO licence_change (id, licence, at, state, reason, staff) VALUES ($1, $2, $3, $4, $5, $6)`,
		store.NewID(), id, store.Millis(tx.Now), string(state), reason, access.From(ctx).ID)
	if err != nil {
		return fmt.Errorf("note a licence's state: %w", err)
	}
	return nil
}

// tell writes to a licence's holder, if she is registered.
func (s *Service) tell(ctx context.Context, tx *store.Tx, l Licence, template, key string, vars map[string]string) error {
	if l.person == "" {
		return nil
	}
	return s.Messages.Send(ctx, tx, message.Notice{Template: template, Key: key, To: message.To{Person: l.person}, Vars: vars})
}

// Happening is one change of a licence's state.
type Happening struct {
	At     time.Time `json:"at"`
	State  State     `json:"state"`
	Reason string    `json:"reason"`
}

// History is what became of a licence.
func (s *Service) History(ctx context.Context, id string) ([]Happening, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT at, state, reason FROM licence_change WHERE licence = $1 ORDER BY at, id`, id)
	if err != nil {
		return nil, fmt.Errorf("read a licence's history: %w", err)
	}
	defer rows.Close()
	list := []Happening{}
	for rows.Next() {
		var h Happening
		var at int64
		if err := rows.Scan(&at, &h.State, &h.Reason); err != nil {
			return nil, fmt.Errorf("read a licence's history: %w", err)
		}
		h.At = store.Time(at)
		list = append(list, h)
	}
	return list, rows.Err()
}

// How early holders are told that a licence ends, and how often that is looked
// after.
const (
	remindDays  = 30
	remindEvery = time.Hour
	remindBatch = 200
)

// Run tells holders whose licences end soon, until ctx ends. Of all processes
// that share the database one at a time does it.
func (s *Service) Run(ctx context.Context) error {
	return s.Store.Lead(ctx, "licence", func(ctx context.Context) error {
		tick := time.NewTicker(remindEvery)
		defer tick.Stop()
		for {
			if _, err := s.Remind(ctx); err != nil && ctx.Err() == nil {
				s.Log.Warn("holders aren't told that their licences end", slog.Any("err", err))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// Remind tells the holders of licences that end within thirty days, once, and
// how many.
func (s *Service) Remind(ctx context.Context) (n int, err error) {
	now := s.Store.Now().In(s.Zone)
	list, err := s.list(ctx, `WHERE state = 'valid' AND reminded = 0 AND until_day <> '' AND until_day <= $1 AND until_day >= $2`,
		now.AddDate(0, 0, remindDays).Format(layout), now.Format(layout))
	if err != nil {
		return 0, err
	}
	for _, l := range list[:min(len(list), remindBatch)] {
		err := s.Store.Write(ctx, "tell that a licence ends", func(tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, `UPDATE licence_issued SET reminded = 1 WHERE id = $1`, l.ID); err != nil {
				return err
			}
			return s.tell(ctx, tx, l, "licence.ends", l.ID, map[string]string{"name": l.Name, "number": l.Number, "day": l.Until})
		})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
