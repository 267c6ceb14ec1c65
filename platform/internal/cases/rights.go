package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// change locks a case, sees that the context's caller may act on it, and lets f
// change it. Whoever may not is told that there is no such case. The roles
// needed are the operations' business.
func (s *Service) change(ctx context.Context, doing, id string, f func(tx *store.Tx, c *Case) error) error {
	return s.Store.Write(ctx, doing, func(tx *store.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.may(ctx, tx, &c); err != nil {
			return err
		}
		return f(tx, &c)
	})
}

// may refuses a caller who has nothing to do with a case.
func (s *Service) may(ctx context.Context, q store.Querier, c *Case) error {
	caller := access.From(ctx)
	switch caller.Kind {
	case access.Person:
		if c.Legal == "" && c.Person == caller.ID {
			return nil
		}
		if c.Legal == "" {
			return ErrUnknown
		}
		err := s.actsFor(ctx, c)
		if errors.Is(err, ErrScope) {
			return ErrUnknown.Because(err)
		}
		return err
	case access.Staff:
		if s.covers(caller, c) {
			return nil
		}
	case access.Hall:
		return s.handed(ctx, q, c, caller)
	}
	return ErrUnknown
}

// covers tells whether a case is of a member of staff's organisation and
// region. The clerks of a centre have all of their region.
func (s *Service) covers(caller access.Caller, c *Case) bool {
	if !caller.Covers(c.Region) || c.State == Draft && c.Mode != Window {
		return false // a draft is the applicant's until she hands it over
	}
	return caller.Org == c.Organisation || slices.Contains(s.Centres, caller.Org)
}

// Mine returns a case of the context's caller, a person or a hall that was
// handed it.
func (s *Service) Mine(ctx context.Context, id string) (Case, error) {
	q := s.Store.Read()
	c, err := s.one(ctx, q, `id = $1`, id)
	if err != nil {
		return c, err
	}
	if err := s.may(ctx, q, &c); err != nil {
		return Case{}, err
	}
	return c, nil
}

// Look returns a case to a member of staff, and notes who looked. Whoever
// examines it may look, too, of whatever body.
func (s *Service) Look(ctx context.Context, id, why string) (Case, error) {
	c, err := s.Mine(ctx, id)
	if errors.Is(err, ErrUnknown) && access.From(ctx).Kind == access.Staff && s.Flows != nil {
		may, failed := s.Flows.MaySee(ctx, id)
		switch {
		case failed != nil:
			return c, failed
		case may:
			c, err = s.one(ctx, s.Store.Read(), `id = $1`, id)
		}
	}
	if err != nil {
		return Case{}, err
	}
	return c, s.Audit.Write(ctx, audit.Entry{Action: "cases.look", Object: c.ID, Detail: why})
}

// actor is the context's caller, or the platform where nobody asked.
func actor(ctx context.Context) audit.Actor {
	if access.From(ctx).Kind == access.Nobody {
		return audit.System
	}
	return audit.Actor{}
}

// head refuses whoever doesn't speak for the case's own body (首席代表).
func head(ctx context.Context, c *Case) error {
	caller := access.From(ctx)
	if !caller.Has(access.RoleChief) || caller.Org != c.Organisation {
		return ErrHead
	}
	return nil
}

// requester names who sent a request, so that nobody meets another's key.
func requester(ctx context.Context) string {
	caller := access.From(ctx)
	return string(caller.Kind) + "/" + caller.ID
}

// maxKey is the longest key of a request, in bytes.
const maxKey = 100

// repeated returns the case of a request that came before and true; a key that
// was used for something else is ErrRequest.
func (s *Service) repeated(ctx context.Context, q store.Querier, key, action string) (c Case, again bool, err error) {
	if key == "" {
		return c, false, nil
	}
	if len(key) > maxKey {
		return c, false, ErrInput.Wrong("Idempotency-Key", "请求编号过长")
	}
	var did, id string
	err = q.QueryRowContext(ctx, `SELECT action, case_id FROM case_request WHERE caller = $1 AND key = $2`, requester(ctx), key).Scan(&did, &id)
	switch {
	case store.IsNone(err):
		return c, false, nil
	case err != nil:
		return c, false, fmt.Errorf("look a request up: %w", err)
	case did != action:
		return c, false, ErrRequest
	}
	c, err = s.one(ctx, q, `id = $1`, id)
	return c, err == nil, err
}

// repeatedOr is repeated with the case that a request which is new is about.
func (s *Service) repeatedOr(ctx context.Context, q store.Querier, key, action string, c Case) (Case, bool, error) {
	before, again, err := s.repeated(ctx, q, key, action)
	if again || err != nil {
		return before, again, err
	}
	return c, false, nil
}

// once tells whether a request on a case that the transaction locked came
// before; otherwise it notes it.
func (s *Service) once(ctx context.Context, tx *store.Tx, key, action, id string) (again bool, err error) {
	if _, again, err = s.repeated(ctx, tx, key, action); again || err != nil {
		return again, err
	}
	return false, s.remember(ctx, tx, key, action, id)
}

// errTwice is for the same request twice at the same time.
var errTwice = ErrState.With("同一请求正在处理，请稍后重试")

// remember keeps a request's key with its case.
func (s *Service) remember(ctx context.Context, tx *store.Tx, key, action, id string) error {
	if key == "" {
		return nil
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO case_request (caller, key, action, case_id, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (caller, key) DO NOTHING`, requester(ctx), key, action, id, store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("note a request: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errTwice.Because(err)
	}
	return nil
}

// list reads cases by a condition. One on a column that most cases have empty
// says so, because such a column's index holds the others alone.
func (s *Service) list(ctx context.Context, condition string, args ...any) ([]Case, error) {
	return s.listIn(ctx, s.Store.Read(), condition, args...)
}

func (s *Service) listIn(ctx context.Context, q store.Querier, condition string, args ...any) ([]Case, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+columns+` FROM case_record WHERE `+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	defer rows.Close()
	list := []Case{}
	for rows.Next() {
		c, err := s.scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}
