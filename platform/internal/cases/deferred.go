package cases

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// remindDays are how many working days before a deferred material is due the
// applicant is reminded.
var remindDays = []int{3, 1}

// deferAll lets materials come later that the guide allows to (PA-05).
func (s *Service) deferAll(ctx context.Context, tx *store.Tx, c *Case, list []Deferral) error {
	for _, d := range list {
		m := c.material(d.Material)
		switch {
		case m == nil:
			return ErrMaterial
		case m.Need != item.Tolerable:
			return ErrTolerance.Wrong("deferred."+m.ID, "“"+m.Name+"”不能容缺")
		case m.Due != "":
			return ErrInput.Wrong("deferred."+m.ID, "同一材料重复")
		}
		due, err := s.dueDay(ctx, c, tx.Now, d.Due)
		if err != nil {
			return err
		}
		before := m.Files
		m.forget()
		m.Source, m.Due = Later, due.String()
		c.Deferred++
		if err := s.release(ctx, tx, c, before, nil); err != nil {
			return err
		}
		if err := s.awaitMaterial(ctx, tx, c, m.ID, due); err != nil {
			return err
		}
	}
	return nil
}

// dueDay reads a last day that a clerk set.
func (s *Service) dueDay(ctx context.Context, c *Case, now time.Time, text string) (calendar.Day, error) {
	due, err := calendar.ParseDay(text)
	if err != nil {
		return due, ErrDue
	}
	last, err := s.inWorkingDays(ctx, c.Region, now, maxDays)
	if err != nil {
		return due, err
	}
	if !dayOf(now).Before(due) || last.Before(due) {
		return due, ErrDue
	}
	return due, nil
}

// awaitMaterial notes when the applicant is reminded of a deferred material,
// or when its time is over.
func (s *Service) awaitMaterial(ctx context.Context, tx *store.Tx, c *Case, material string, due calendar.Day) error {
	wake, err := s.wakeFor(ctx, c.Region, due, tx.Now)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO case_deferred (case_id, material, due, wake) VALUES ($1, $2, $3, $4)
		ON CONFLICT (case_id, material) DO UPDATE SET due = excluded.due, wake = excluded.wake`, c.ID, material, due.String(), store.Millis(wake))
	return err
}

// remindAt is when reminders go out.
const remindAt = 9 * time.Hour

// wakeFor is the next moment after now at which something is to be done about
// a material due on a day.
func (s *Service) wakeFor(ctx context.Context, region string, due calendar.Day, now time.Time) (time.Time, error) {
	r, err := s.reckoner(ctx, region)
	if err != nil {
		return time.Time{}, err
	}
	for _, n := range remindDays {
		if at := before(r, due, n).In(place).Add(remindAt); now.Before(at) {
			return at, nil
		}
	}
	return due.Add(1).In(place), nil
}

// before is the day n working days before a day.
func before(r limit.Reckoner, d calendar.Day, n int) calendar.Day {
	for range 4 * maxDays {
		if n == 0 {
			break
		}
		d = d.Add(-1)
		if r.Calendar.IsWorkday(d) {
			n--
		}
	}
	return d
}

// brought takes a deferred material that was brought.
func (s *Service) brought(ctx context.Context, tx *store.Tx, c *Case, material string) error {
	m := c.material(material)
	if m.Source == Later {
		return ErrSource
	}
	m.Due, m.Overdue = "", false
	c.Deferred--
	if _, err := tx.ExecContext(ctx, `DELETE FROM case_deferred WHERE case_id = $1 AND material = $2`, c.ID, material); err != nil {
		return err
	}
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeDeferredBrought, c, map[string]any{"material": m.Name}); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.deferred-brought", Object: c.ID, Detail: material})
}

// awaited are the deferred materials that aren't there, for events.
func (c *Case) awaited() []Deferral {
	list := []Deferral{}
	for _, m := range c.Dossier.Materials {
		if m.Due != "" {
			list = append(list, Deferral{m.Name, m.Due})
		}
	}
	return list
}

// Lateness is what a head decides about a deferred material that didn't come.
type Lateness struct {
	// Decision is extend, which happens once, or revoke, which ends the case.
	Decision string `json:"decision" enum:"extend,revoke"`
	Due      string `json:"due,omitempty" maxLength:"10"`
	Reason   string `json:"reason" maxLength:"300"`
}

// DecideLate decides about a deferred material whose time is over.
func (s *Service) DecideLate(ctx context.Context, id, material string, l Lateness) (c Case, err error) {
	if strings.TrimSpace(l.Reason) == "" || tooLong(l.Reason, 300) {
		return c, ErrReason.Wrong("reason", "请写明理由，不超过 300 字")
	}
	err = s.change(ctx, "decide about a deferred material", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if err := head(ctx, owned); err != nil {
			return err
		}
		m := owned.material(material)
		switch {
		case m == nil:
			return ErrMaterial
		case owned.State != Accepted || m.Due == "" || !m.Overdue:
			return ErrState.With("这项容缺材料没有逾期")
		case l.Decision == "revoke":
			return s.terminate(ctx, tx, owned, "容缺材料“"+m.Name+"”逾期未补交。"+l.Reason)
		case l.Decision != "extend":
			return ErrInput.Wrong("decision", "请选择延期或终止")
		case m.Extended:
			return ErrState.With("补交期限只能延长一次")
		}
		due, err := s.dueDay(ctx, owned, tx.Now, l.Due)
		if err != nil {
			return err
		}
		m.Due, m.Extended, m.Overdue = due.String(), true, false
		if err := s.awaitMaterial(ctx, tx, owned, material, due); err != nil {
			return err
		}
		if err := s.save(ctx, tx, owned); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, owned, noticeDeferred, map[string]string{"material": m.Name, "due": chineseDay(due)}); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.deferred-extend", Object: id, Detail: material})
	})
	return c, err
}

// Dun reminds applicants of deferred materials, and tells who has to know when
// their time is over.
func (s *Service) Dun(ctx context.Context) error {
	for ctx.Err() == nil {
		ids, err := s.due(ctx, `SELECT case_id, material FROM case_deferred WHERE wake > 0 AND wake <= $1 ORDER BY wake LIMIT $2`)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := s.dunOne(ctx, id[0], id[1]); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// due are the rows of two texts whose time has come.
func (s *Service) due(ctx context.Context, query string) (list [][2]string, err error) {
	rows, err := s.Store.Read().QueryContext(ctx, query, store.Millis(s.Store.Now()), jobBatch)
	if err != nil {
		return nil, err
	}
	return pairs(rows)
}

// pairs reads rows of two texts and closes them.
func pairs(rows *sql.Rows) (list [][2]string, err error) {
	defer rows.Close()
	for rows.Next() {
		var id [2]string
		if err := rows.Scan(&id[0], &id[1]); err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

func (s *Service) dunOne(ctx context.Context, id, material string) error {
	return s.Store.Write(ctx, "remind of a deferred material", func(tx *store.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		m := c.material(material)
		if m == nil || m.Due == "" {
			_, err := tx.ExecContext(ctx, `DELETE FROM case_deferred WHERE case_id = $1 AND material = $2`, id, material)
			return err
		}
		due, err := calendar.ParseDay(m.Due)
		if err != nil {
			return err
		}
		kind, template := TypeDeferredDue, noticeDeferred
		wake, err := s.wakeFor(ctx, c.Region, due, tx.Now)
		if err != nil {
			return err
		}
		if due.Before(dayOf(tx.Now)) {
			kind, template, wake, m.Overdue = TypeDeferredOverdue, noticeOverdue, time.Time{}, true
		}
		if _, err := tx.ExecContext(ctx, `UPDATE case_deferred SET wake = $1 WHERE case_id = $2 AND material = $3`, store.Millis(wake), id, material); err != nil {
			return err
		}
		if err := s.save(ctx, tx, &c); err != nil {
			return err
		}
		if err := s.publish(ctx, tx, kind, &c, map[string]any{"material": m.Name, "due": m.Due}); err != nil {
			return err
		}
		return s.tell(ctx, tx, &c, template, map[string]string{"material": m.Name, "due": chineseDay(due)})
	})
}
