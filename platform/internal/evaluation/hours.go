package evaluation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Hours are a part of a working day in which staff answers in conversations.
type Hours struct {
	From string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"Such as 09:00"`
	To   string `json:"to" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" doc:"Such as 12:00"`
}

// span is Hours in minutes of the day.
type span struct{ begins, ends int }

// usual are the hours where nobody has set others.
var usual = []span{{9 * 60, 12 * 60}, {13*60 + 30, 17 * 60}}

// maxSpans is how many parts a day has at most.
const maxSpans = 4

func (p span) hours() Hours {
	clock := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
	return Hours{clock(p.begins), clock(p.ends)}
}

// readClock reads 09:00; 24:00 is the end of the day.
func readClock(text string) (int, bool) {
	if text == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

// readHours checks hours, which come in any order.
func readHours(all []Hours) ([]span, error) {
	spans := make([]span, 0, len(all))
	for _, h := range all {
		begins, ok := readClock(h.From)
		ends, also := readClock(h.To)
		if !ok || !also || begins >= ends {
			return nil, ErrHours
		}
		spans = append(spans, span{begins, ends})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.begins, b.begins) })
	for i := range spans {
		if i > 0 && spans[i].begins < spans[i-1].ends {
			return nil, ErrHours
		}
	}
	if len(spans) == 0 || len(spans) > maxSpans {
		return nil, ErrHours
	}
	return spans, nil
}

// spans are the hours that are set, or the usual ones.
func (s *Service) spans(ctx context.Context, q store.Querier) ([]span, error) {
	set, err := list(ctx, q, `SELECT begins, ends FROM evaluation_hours ORDER BY begins`, func(row interface{ Scan(...any) error }) (p span, err error) {
		return p, row.Scan(&p.begins, &p.ends)
	})
	if len(set) == 0 {
		set = usual
	}
	return set, err
}

// ServiceTime is whether staff answers now, and when it does.
type ServiceTime struct {
	Open  bool    `json:"open"`
	Hours []Hours `json:"hours" doc:"On working days"`
	// Next is when it opens; zero while it is open, or if the calendar doesn't
	// know.
	Next time.Time `json:"next,omitzero"`
	// until is when it closes; zero while it is closed.
	until time.Time
}

// nextDays is how far the next opening is looked for.
const nextDays = 30

// service tells whether a region's staff answers at a moment: within the hours
// of its working days.
func (s *Service) service(ctx context.Context, q store.Querier, region string, now time.Time) (ServiceTime, error) {
	spans, err := s.spans(ctx, q)
	if err != nil {
		return ServiceTime{}, err
	}
	c, err := s.Calendar(ctx, region)
	if err != nil {
		return ServiceTime{}, fmt.Errorf("read the calendar: %w", err)
	}
	now = now.In(s.Zone)
	var t ServiceTime
	for _, p := range spans {
		t.Hours = append(t.Hours, p.hours())
	}
	minute := now.Hour()*60 + now.Minute()
	today := calendar.On(now)
	for i := range nextDays {
		day := today.Add(i)
		if !c.IsWorkday(day) {
			continue
		}
		for _, p := range spans {
			if i == 0 && minute >= p.begins && minute < p.ends {
				t.Open, t.Next = true, time.Time{}
				t.until = day.In(s.Zone).Add(time.Duration(p.ends) * time.Minute)
				return t, nil
			}
			if t.Next.IsZero() && (i > 0 || minute < p.begins) {
				t.Next = day.In(s.Zone).Add(time.Duration(p.begins) * time.Minute)
			}
		}
		if !t.Next.IsZero() {
			return t, nil
		}
	}
	return t, nil
}

// SetHours sets the hours in which staff answers.
func (s *Service) SetHours(ctx context.Context, all []Hours) error {
	spans, err := readHours(all)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "set the hours of online consultation", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM evaluation_hours`); err != nil {
			return err
		}
		for _, p := range spans {
			if _, err := tx.ExecContext(ctx, `INSERT INTO evaluation_hours (begins, ends) VALUES ($1, $2)`, p.begins, p.ends); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "evaluation.set-hours"})
	})
}
