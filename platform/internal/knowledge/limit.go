package knowledge

import (
	"context"
	"fmt"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Working days for an answer where nobody has set another limit, and at most.
const (
	defaultDays = 5
	maxDays     = 60
)

// Limit is how many working days an organisation has for an answer.
type Limit struct {
	// Organisation is whose it is; empty: everybody's.
	Organisation string `json:"organisation" maxLength:"60"`
	Days         int    `json:"days" minimum:"0" maximum:"60" doc:"Working days; of an organisation 0 means those of everybody"`
}

// due is the end of the last of an organisation's working days from today.
func (s *Service) due(ctx context.Context, organisation, region string) (time.Time, error) {
	n := defaultDays
	err := s.Store.Read().QueryRowContext(ctx, `SELECT days FROM knowledge_limit WHERE organisation IN ($1, '') ORDER BY organisation DESC LIMIT 1`, organisation).Scan(&n)
	if err != nil && !store.IsNone(err) {
		return time.Time{}, fmt.Errorf("read a limit: %w", err)
	}
	c, err := s.Calendar(ctx, region)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the calendar: %w", err)
	}
	last, err := c.Add(calendar.On(s.Store.Now().In(s.Zone)), n)
	if err != nil {
		return time.Time{}, fmt.Errorf("count a limit: %w", err)
	}
	return last.Add(1).In(s.Zone).Add(-time.Millisecond), nil
}

// Limits are what is set now; everybody's comes first.
func (s *Service) Limits(ctx context.Context) ([]Limit, error) {
	all, err := list(ctx, s.Store.Read(), `SELECT organisation, days FROM knowledge_limit ORDER BY organisation`, func(row interface{ Scan(...any) error }) (l Limit, err error) {
		return l, row.Scan(&l.Organisation, &l.Days)
	})
	if err == nil && (len(all) == 0 || all[0].Organisation != "") {
		all = append([]Limit{{Days: defaultDays}}, all...)
	}
	return all, err
}

// SetLimit sets one limit. What is on its way keeps the limit it began with.
func (s *Service) SetLimit(ctx context.Context, l Limit) error {
	if l.Days < 0 || l.Days > maxDays || l.Days == 0 && l.Organisation == "" {
		return ErrSettings.Wrong("days", "期限须为 1 至 60 个工作日")
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	o, ok := orgs[l.Organisation]
	if !ok && l.Organisation != "" {
		return ErrOrg
	}
	if ok && !desk(access.From(ctx), o.Region) {
		return ErrForbidden
	}
	return s.Store.Write(ctx, "set a limit", func(tx *store.Tx) error {
		var err error
		if l.Days == 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM knowledge_limit WHERE organisation = $1`, l.Organisation)
		} else {
			_, err = tx.ExecContext(ctx, `INSERT INTO knowledge_limit (organisation, days) VALUES ($1, $2) ON CONFLICT (organisation) DO UPDATE SET days = excluded.days`, l.Organisation, l.Days)
		}
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "knowledge.set-limit", Object: l.Organisation, Detail: fmt.Sprint(l.Days)})
	})
}
