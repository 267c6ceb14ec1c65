package appointment

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// DayRule makes a day a working day or a day off, for a hall or for a region
// and all below it. A hall's own wins over a region's, and a narrower region's
// over a wider one's.
type DayRule struct {
	Hall   string `json:"hall,omitempty"`
	Region string `json:"region,omitempty"`
	Day    string `json:"day"`
	Work   bool   `json:"work"`
	// Name says why: 防汛, 国庆节预约服务.
	Name string `json:"name"`
	// Contact is who is there on a holiday, with a telephone number; it is
	// published (AP-13).
	Contact string `json:"contact,omitempty"`
}

// days are the working days of one hall: the official ones, and what was set.
type days struct {
	official *calendar.Calendar
	own      map[calendar.Day]DayRule
}

// isWorkday tells whether the hall is open on a day.
func (d days) isWorkday(day calendar.Day) bool {
	if r, ok := d.own[day]; ok {
		return r.Work
	}
	return d.official.IsWorkday(day)
}

// name says why a day is no common one.
func (d days) name(day calendar.Day) string {
	if r, ok := d.own[day]; ok {
		return r.Name
	}
	return d.official.Name(day)
}

// daysOf reads the working days of a hall from a day on.
func (s *Service) daysOf(ctx context.Context, q store.Querier, h node.Hall, from calendar.Day) (days, error) {
	all, err := dayRules(ctx, q, from)
	if err != nil {
		return days{}, err
	}
	all = slices.DeleteFunc(all, func(r DayRule) bool {
		if r.Hall != "" {
			return r.Hall != h.ID
		}
		return !access.Within(h.Region, r.Region)
	})
	// The most special last, since it stays.
	slices.SortStableFunc(all, func(a, b DayRule) int {
		return cmp.Or(cmp.Compare(len(a.Hall), len(b.Hall)), cmp.Compare(len(access.Stem(a.Region)), len(access.Stem(b.Region))))
	})
	d := days{official: s.official, own: make(map[calendar.Day]DayRule, len(all))}
	for _, r := range all {
		day, err := calendar.ParseDay(r.Day)
		if err != nil {
			return days{}, fmt.Errorf("read a day: %w", err)
		}
		d.own[day] = r
	}
	return d, nil
}

// dayRules are all rules from a day on, in its order.
func dayRules(ctx context.Context, q store.Querier, from calendar.Day) ([]DayRule, error) {
	rows, err := q.QueryContext(ctx, `SELECT hall, region, day, work, name, contact FROM appointment_day WHERE day >= $1 ORDER BY day, region, hall`, from.String())
	if err != nil {
		return nil, fmt.Errorf("read days: %w", err)
	}
	defer rows.Close()
	list := []DayRule{}
	for rows.Next() {
		var r DayRule
		if err := rows.Scan(&r.Hall, &r.Region, &r.Day, &r.Work, &r.Name, &r.Contact); err != nil {
			return nil, fmt.Errorf("read days: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Calendar is the working days of a hall.
func (s *Service) Calendar(ctx context.Context, hall string) (*calendar.Calendar, error) {
	h, err := s.Halls.Hall(ctx, hall)
	if err != nil {
		return nil, err
	}
	return s.calendarOf(ctx, h)
}

// RegionCalendar is the working days of a region's offices, for limits that are
// counted in them.
func (s *Service) RegionCalendar(ctx context.Context, region string) (*calendar.Calendar, error) {
	return s.calendarOf(ctx, node.Hall{Region: region})
}

func (s *Service) calendarOf(ctx context.Context, h node.Hall) (*calendar.Calendar, error) {
	d, err := s.daysOf(ctx, s.Store.Read(), h, calendar.Day{})
	if err != nil {
		return nil, err
	}
	own := make(map[calendar.Day]calendar.Rule, len(d.own))
	for day, r := range d.own {
		own[day] = calendar.Rule{Work: r.Work, Name: r.Name}
	}
	return calendar.New(own)
}

// DayRules are the rules from a day on that the context's caller manages.
func (s *Service) DayRules(ctx context.Context, from calendar.Day) ([]DayRule, error) {
	all, err := dayRules(ctx, s.Store.Read(), from)
	if err != nil {
		return nil, err
	}
	list := []DayRule{}
	for _, r := range all {
		if s.manages(ctx, r) == nil {
			list = append(list, r)
		}
	}
	return list, nil
}

// manages tells whether the context's caller may set the rule.
func (s *Service) manages(ctx context.Context, r DayRule) error {
	if r.Hall != "" {
		_, err := s.managed(ctx, r.Hall)
		return err
	}
	if !access.From(ctx).Covers(r.Region) {
		return ErrInput.Wrong("region", "不能设置其他地区的工作日")
	}
	return nil
}

// PutDay sets a rule. A day on which people have booked isn't cancelled by it:
// the periods are closed for that.
func (s *Service) PutDay(ctx context.Context, r DayRule) error {
	if err := s.checkDay(ctx, r); err != nil {
		return err
	}
	r.Name, r.Contact = strings.TrimSpace(r.Name), strings.TrimSpace(r.Contact)
	if n := utf8.RuneCountInString(r.Name); n < 1 || n > maxName {
		return ErrInput.Wrong("name", "请填写原因")
	}
	if utf8.RuneCountInString(r.Contact) > 2*maxName {
		return ErrInput.Wrong("contact", "联系人过长")
	}
	return s.Store.Write(ctx, "set a working day", func(tx *store.Tx) error {
		if err := putDay(ctx, tx, r); err != nil {
			return err
		}
		if err := daysChanged(ctx, tx, r); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.set-day", Object: r.Hall + r.Region + "/" + r.Day})
	})
}

func putDay(ctx context.Context, tx *store.Tx, r DayRule) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO appointment_day (hall, region, day, work, name, contact) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (hall, region, day) DO UPDATE SET work = excluded.work, name = excluded.name, contact = excluded.contact`,
		r.Hall, r.Region, r.Day, store.Bool(r.Work), r.Name, r.Contact)
	if err != nil {
		return fmt.Errorf("set a working day: %w", err)
	}
	return nil
}

// typeDays says that the working days of a region and all below it were changed:
// whoever counts limits in them has to count again. A hall's own days change no
// limit.
const typeDays = "appointment.days-changed"

// daysChanged publishes that of a rule, or several of one place.
func daysChanged(ctx context.Context, tx *store.Tx, rules ...DayRule) error {
	if len(rules) == 0 || rules[0].Region == "" {
		return nil
	}
	list := make([]string, len(rules))
	for i, r := range rules {
		list[i] = r.Day
	}
	return tx.Publish(ctx, "", typeDays, rules[0].Region, map[string]any{"region": rules[0].Region, "days": list})
}

// checkDay checks which day of whom a rule is about.
func (s *Service) checkDay(ctx context.Context, r DayRule) error {
	if _, err := calendar.ParseDay(r.Day); err != nil {
		return ErrInput.Wrong("day", "日期须写成 2026-10-03")
	}
	if (r.Hall == "") == (r.Region == "") {
		return ErrInput.Wrong("hall", "请选择一个大厅或一个地区")
	}
	if r.Region != "" && (len(r.Region) < 6 || len(r.Region) > 12 || strings.ContainsFunc(r.Region, func(c rune) bool { return c < '0' || c > '9' })) {
		return ErrInput.Wrong("region", "行政区划代码须为 6 至 12 位数字")
	}
	return s.manages(ctx, r)
}

// DropDay takes a rule away: the official calendar holds again.
func (s *Service) DropDay(ctx context.Context, r DayRule) error {
	if err := s.checkDay(ctx, r); err != nil {
		return err
	}
	return s.Store.Write(ctx, "drop a working day", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM appointment_day WHERE hall = $1 AND region = $2 AND day = $3`, r.Hall, r.Region, r.Day); err != nil {
			return err
		}
		if err := daysChanged(ctx, tx, r); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.drop-day", Object: r.Hall + r.Region + "/" + r.Day})
	})
}
