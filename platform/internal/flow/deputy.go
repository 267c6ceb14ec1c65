package flow

import (
	"context"
	"fmt"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/store"
)

// Deputy stands in for a member of staff for some days.
type Deputy struct {
	ID         string `json:"id"`
	Person     string `json:"person"`
	PersonName string `json:"personName"`
	Deputy     string `json:"deputy"`
	DeputyName string `json:"deputyName"`
	From       string `json:"from" doc:"2026-11-23"`
	Until      string `json:"until" doc:"The last day"`
	// Mine tells that the caller is the one who is stood in for.
	Mine bool `json:"mine"`
}

// Bounds of deputies.
const (
	maxDeputies   = 20 // of one person, and for whom one stands in
	maxDeputyDays = 366
)

// today is the day where the platform is.
func (s *Service) today() calendar.Day { return calendar.On(s.Store.Now().In(s.common.Place)) }

// principals are who a member of staff acts for today: herself first.
func (s *Service) principals(ctx context.Context, q store.Querier, id string) ([]string, error) {
	list := []string{id}
	rows, err := q.QueryContext(ctx, `SELECT DISTINCT person FROM flow_deputy WHERE deputy = $1 AND until_day >= $2 AND from_day <= $2 ORDER BY person LIMIT $3`,
		id, s.today().String(), maxDeputies)
	if err != nil {
		return nil, fmt.Errorf("read deputies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var person string
		if err := rows.Scan(&person); err != nil {
			return nil, fmt.Errorf("read deputies: %w", err)
		}
		list = append(list, person)
	}
	return list, rows.Err()
}

// SetDeputy lets a colleague stand in for the caller.
func (s *Service) SetDeputy(ctx context.Context, deputy, from, until string) (Deputy, error) {
	caller := access.From(ctx)
	m, err := s.Staff.Member(ctx, deputy)
	if err != nil || m.State != identity.Active || m.Organisation != caller.Org || m.ID == caller.ID {
		return Deputy{}, ErrDeputy.Because(err)
	}
	if stand := (access.Caller{Kind: access.Staff, Roles: m.Roles}); !stand.Has(caller.Roles...) {
		return Deputy{}, ErrDeputy.With("代办人须有与您相同的权限")
	}
	first, err := calendar.ParseDay(from)
	if err != nil {
		return Deputy{}, ErrDeputy.Wrong("from", "日期有误").Because(err)
	}
	last, err := calendar.ParseDay(until)
	if err != nil {
		return Deputy{}, ErrDeputy.Wrong("until", "日期有误").Because(err)
	}
	if first.Before(s.today()) || last.Before(first) || first.Add(maxDeputyDays).Before(last) {
		return Deputy{}, ErrDeputy
	}
	d := Deputy{
		ID: store.NewID(), Person: caller.ID, PersonName: s.staffName(ctx, caller.ID), Deputy: m.ID, DeputyName: m.Name,
		From: first.String(), Until: last.String(), Mine: true,
	}
	return d, s.Store.Write(ctx, "set a deputy", func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM flow_deputy WHERE person = $1 AND until_day >= $2`, caller.ID, s.today().String()).Scan(&n); err != nil {
			return err
		}
		if n >= maxDeputies {
			return ErrDeputy.With("代办设置过多，请先取消不用的")
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO flow_deputy (id, person, deputy, from_day, until_day, created) VALUES ($1, $2, $3, $4, $5, $6)`,
			d.ID, d.Person, d.Deputy, d.From, d.Until, store.Millis(tx.Now)); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "flow.set-deputy", Object: d.Deputy, Detail: d.From + " " + d.Until})
	})
}

// DropDeputy ends one that the caller has set.
func (s *Service) DropDeputy(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "drop a deputy", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM flow_deputy WHERE id = $1 AND person = $2`, id, access.From(ctx).ID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return ErrNoDeputy.Because(err)
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "flow.drop-deputy", Object: id})
	})
}

// Deputies are those of the caller and those that she is, from today on.
func (s *Service) Deputies(ctx context.Context) ([]Deputy, error) {
	caller := access.From(ctx)
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, person, deputy, from_day, until_day FROM flow_deputy
		WHERE (person = $1 OR deputy = $1) AND until_day >= $2 ORDER BY from_day, id LIMIT $3`, caller.ID, s.today().String(), 2*maxDeputies)
	if err != nil {
		return nil, fmt.Errorf("list deputies: %w", err)
	}
	defer rows.Close()
	list := []Deputy{}
	for rows.Next() {
		var d Deputy
		if err := rows.Scan(&d.ID, &d.Person, &d.Deputy, &d.From, &d.Until); err != nil {
			return nil, fmt.Errorf("list deputies: %w", err)
		}
		d.Mine = d.Person == caller.ID
		list = append(list, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list deputies: %w", err)
	}
	for i := range list {
		list[i].PersonName, list[i].DeputyName = s.staffName(ctx, list[i].Person), s.staffName(ctx, list[i].Deputy)
	}
	return list, nil
}

// requestsKept is longer than anybody repeats a request.
const requestsKept = 7 * 24 * time.Hour
