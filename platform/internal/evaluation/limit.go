package evaluation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/store"
)

// kindRectification is a rectification among the kinds that have a limit.
const kindRectification Kind = "rectification"

// limits are the kinds that have a limit, in working days, where nobody has set
// another. Fifteen days of a rectification: 国办发〔2019〕51号.
var limits = map[Kind]int{Consultation: 5, Suggestion: 10, Complaint: 15, kindRectification: 15}

// maxLimit bounds a limit, in working days.
const maxLimit = 60

// Limit is how many working days an answer or a rectification may take.
type Limit struct {
	// Organisation is whose it is; empty: everybody's.
	Organisation string `json:"organisation" maxLength:"60"`
	Kind         Kind   `json:"kind" enum:"consultation,suggestion,complaint,rectification"`
	Days         int    `json:"days" minimum:"0" maximum:"60" doc:"Working days; of an organisation 0 means those of everybody"`
}

// Settings are what the service desk sets.
type Settings struct {
	// Desk is the organisation that takes what is nobody else's.
	Desk   string  `json:"desk" maxLength:"60"`
	Limits []Limit `json:"limits" maxItems:"1000"`
}

// days is the limit of a kind for an organisation.
func (s *Service) days(ctx context.Context, q store.Querier, organisation string, kind Kind) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT days FROM evaluation_limit WHERE organisation IN ($1, '') AND kind = $2 ORDER BY organisation DESC LIMIT 1`,
		organisation, string(kind)).Scan(&n)
	if store.IsNone(err) {
		return limits[kind], nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the limit of a %s: %w", kind, err)
	}
	return n, nil
}

// due is the end of the last of a region's n working days after today.
func (s *Service) due(ctx context.Context, region string, now time.Time, n int) (time.Time, error) {
	c, err := s.Calendar(ctx, region)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the calendar: %w", err)
	}
	last, err := c.Add(calendar.On(now.In(s.Zone)), n)
	if err != nil {
		return time.Time{}, fmt.Errorf("count a limit: %w", err)
	}
	return last.Add(1).In(s.Zone).Add(-time.Millisecond), nil
}

// left counts a region's working days to a due time; it is negative once that
// is over.
func (s *Service) left(ctx context.Context, region string, due time.Time) (int, error) {
	c, err := s.Calendar(ctx, region)
	if err != nil {
		return 0, fmt.Errorf("read the calendar: %w", err)
	}
	return s.count(c, due), nil
}

// count counts the working days of a calendar from today to a due time.
func (s *Service) count(c *calendar.Calendar, due time.Time) int {
	return c.Between(calendar.On(s.Store.Now().In(s.Zone)), calendar.On(due.In(s.Zone)))
}

// limitFor is the due time of a kind for an organisation of a region that
// begins now.
func (s *Service) limitFor(ctx context.Context, tx *store.Tx, organisation, region string, kind Kind) (time.Time, error) {
	n, err := s.days(ctx, tx, organisation, kind)
	if err != nil {
		return time.Time{}, err
	}
	return s.due(ctx, region, tx.Now, n)
}

// centre is the organisation that takes what is nobody else's: the one that was
// set, else the first one by name of those without another above them.
func (s *Service) centre(ctx context.Context, q store.Querier) (identity.Organisation, error) {
	all, err := s.organisations(ctx)
	if err != nil {
		return identity.Organisation{}, err
	}
	var id string
	err = q.QueryRowContext(ctx, `SELECT organisation FROM evaluation_desk WHERE id = 1`).Scan(&id)
	if err != nil && !store.IsNone(err) {
		return identity.Organisation{}, fmt.Errorf("read the desk: %w", err)
	}
	if o, ok := all[id]; ok {
		return o, nil
	}
	var first identity.Organisation
	for _, o := range all {
		if o.Parent == "" && (first.ID == "" || o.ID < first.ID) {
			first = o
		}
	}
	return first, nil
}

// Settings are what is set now, limits of everybody first.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	c, err := s.centre(ctx, s.Store.Read())
	v := Settings{Desk: c.ID}
	if err != nil {
		return v, err
	}
	for _, k := range []Kind{Consultation, Suggestion, Complaint, kindRectification} {
		n, err := s.days(ctx, s.Store.Read(), "", k)
		if err != nil {
			return v, err
		}
		v.Limits = append(v.Limits, Limit{Kind: k, Days: n})
	}
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT organisation, kind, days FROM evaluation_limit WHERE organisation <> '' ORDER BY organisation, kind`)
	if err != nil {
		return v, fmt.Errorf("read limits: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l Limit
		if err := rows.Scan(&l.Organisation, &l.Kind, &l.Days); err != nil {
			return v, fmt.Errorf("read limits: %w", err)
		}
		v.Limits = append(v.Limits, l)
	}
	return v, rows.Err()
}

// SetLimit sets one limit. What is on its way keeps the limit it began with.
func (s *Service) SetLimit(ctx context.Context, l Limit) error {
	if _, ok := limits[l.Kind]; !ok || l.Days < 0 || l.Days > maxLimit || l.Days == 0 && l.Organisation == "" {
		return ErrSettings.Wrong("days", "期限须为 1 至 60 个工作日")
	}
	all, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	o, ok := all[l.Organisation]
	if !ok && l.Organisation != "" {
		return ErrOrg
	}
	if ok && !access.From(ctx).Covers(o.Region) {
		return ErrForbidden
	}
	return s.Store.Write(ctx, "set a limit", func(tx *store.Tx) error {
		var err error
		if l.Days == 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM evaluation_limit WHERE organisation = $1 AND kind = $2`, l.Organisation, string(l.Kind))
		} else {
			_, err = tx.ExecContext(ctx, `INSERT INTO evaluation_limit (organisation, kind, days) VALUES ($1, $2, $3)
				ON CONFLICT (organisation, kind) DO UPDATE SET days = excluded.days`, l.Organisation, string(l.Kind), l.Days)
		}
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "evaluation.set-limit", Object: l.Organisation, Detail: fmt.Sprint(l.Kind, " ", l.Days)})
	})
}

// SetDesk sets the organisation that takes what is nobody else's.
func (s *Service) SetDesk(ctx context.Context, organisation string) error {
	all, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	o, ok := all[organisation]
	if !ok {
		return ErrOrg
	}
	if !access.From(ctx).Covers(o.Region) {
		return ErrForbidden
	}
	return s.Store.Write(ctx, "set the desk", func(tx *store.Tx) error { return s.setDesk(ctx, tx, organisation) })
}

func (s *Service) setDesk(ctx context.Context, tx *store.Tx, organisation string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO evaluation_desk (id, organisation) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation`, organisation)
	if err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "evaluation.set-desk", Object: organisation})
}

// AddDemo makes an organisation the desk of a demo city, unless one is.
func (s *Service) AddDemo(ctx context.Context, tx *store.Tx, organisation string) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM evaluation_desk`).Scan(&n); err != nil {
		return fmt.Errorf("read the desk: %w", err)
	}
	if n > 0 {
		return nil
	}
	return s.setDesk(ctx, tx, organisation)
}

// isKind tells whether k is a kind of voice.
func isKind(k Kind) bool { return slices.Contains([]Kind{Consultation, Suggestion, Complaint}, k) }
