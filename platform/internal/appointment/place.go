package appointment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// slot is one period of one day at a hall, as an item has it.
type slot struct {
	item    ItemPlan
	service ServicePlan
	period  Period
	day     calendar.Day
	// begins and ends are its moments by the hall's clock.
	begins, ends time.Time
}

// key names the slot's places.
func (v slot) key() placeKey {
	return placeKey{v.item.Hall, v.item.Service, v.item.Item, v.day.String(), v.period.From}
}

// placeKey names the places that a booking holds: one of its service's and one
// of its item's.
type placeKey struct {
	hall, service, item, day string
	start                    Clock
}

// before orders keys, so that whoever changes two of them does it in one order.
func (k placeKey) before(o placeKey) bool {
	return k.day < o.day || k.day == o.day && k.start < o.start
}

// at is the moment of a clock on a day.
func at(day calendar.Day, c Clock, place *time.Location) time.Time {
	return time.Date(day.Year, day.Month, day.Day, int(c)/60, int(c)%60, 0, 0, place)
}

// window is the first and the last day on which an item may be booked now.
func (v ItemPlan) window(now time.Time, place *time.Location) (first, last calendar.Day) {
	first = calendar.On(now.In(place)).Add(v.FirstDay)
	return first, first.Add(v.Days - 1)
}

// find returns the slot that somebody asks for, if it can be booked at all.
func (s *Service) find(ctx context.Context, q store.Querier, h node.Hall, item, day string, from Clock, now time.Time) (slot, error) {
	var v slot
	var err error
	if h.State != "active" {
		return v, ErrNotOffered
	}
	if v.item, v.service, err = plans(ctx, q, h.ID, item); err != nil {
		return v, err
	}
	if v.day, err = calendar.ParseDay(day); err != nil {
		return v, ErrDay
	}
	place := s.zone(h)
	if !v.item.reaches(v.day, now, place) {
		return v, ErrDay
	}
	open, err := s.daysOf(ctx, q, h, v.day)
	if err != nil {
		return v, err
	}
	periods := v.service.on(v.day, open)
	if len(periods) == 0 {
		return v, ErrDay
	}
	period, ok := periodFrom(periods, from)
	if !ok {
		return v, ErrPeriod
	}
	v.period, v.begins, v.ends = period, at(v.day, period.From, place), at(v.day, period.To, place)
	return v, v.timely(now)
}

// reaches tells whether a day is among those that may be booked now.
func (v ItemPlan) reaches(day calendar.Day, now time.Time, place *time.Location) bool {
	first, last := v.window(now, place)
	return !day.Before(first) && !last.Before(day)
}

// timely refuses a slot that was found a while ago, once it is past.
func (v slot) timely(now time.Time) error {
	if !v.item.reaches(v.day, now, v.begins.Location()) {
		return ErrDay
	}
	if !now.Before(v.begins) {
		return errBegun
	}
	return nil
}

var errBegun = ErrOver.With("该时段已经开始，请选择以后的时段")

// noOwn is what stands for places that nobody set for this one period.
const noOwn = -1

// take takes a place of the service and one of the item, or returns ErrFull or
// ErrClosed.
func take(ctx context.Context, tx *store.Tx, v slot) error {
	k := v.key()
	if err := takeOne(ctx, tx, k, "", v.service.online(v.period)); err != nil {
		return err
	}
	most := v.item.Most
	if most == 0 {
		most = maxPlaces
	}
	return takeOne(ctx, tx, k, v.item.Item, most)
}

// takeOne takes one place if there is one, in one statement: whoever comes at
// the same time waits for its end. limit is what the settings say.
func takeOne(ctx context.Context, tx *store.Tx, k placeKey, item string, limit int) error {
	result, err := tx.ExecContext(ctx, `INSERT INTO appointment_place (hall, service, item, day, start, taken, places, closed)
		SELECT $1, $2, $3, $4, CAST($5 AS BIGINT), 1, -1, '' WHERE CAST($6 AS BIGINT) > 0
			OR EXISTS (SELECT 1 FROM appointment_place WHERE hall = $1 AND service = $2 AND item = $3 AND day = $4 AND start = $5)
		ON CONFLICT (hall, service, item, day, start) DO UPDATE SET taken = appointment_place.taken + 1
		WHERE appointment_place.closed = '' AND appointment_place.taken < CASE WHEN appointment_place.places >= 0 THEN appointment_place.places ELSE $6 END`,
		k.hall, k.service, item, k.day, int(k.start), limit)
	if err != nil {
		return fmt.Errorf("take a place: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("take a place: %w", err)
	}
	if n == 1 {
		return nil
	}
	var closed string
	err = tx.QueryRowContext(ctx, `SELECT closed FROM appointment_place WHERE hall = $1 AND service = $2 AND item = $3 AND day = $4 AND start = $5`,
		k.hall, k.service, item, k.day, int(k.start)).Scan(&closed)
	switch {
	case err != nil && !store.IsNone(err):
		return fmt.Errorf("take a place: %w", err)
	case closed != "":
		return ErrClosed
	default:
		return ErrFull
	}
}

// release gives a booking's places back.
func release(ctx context.Context, tx *store.Tx, k placeKey) error {
	for _, item := range []string{"", k.item} {
		_, err := tx.ExecContext(ctx, `UPDATE appointment_place SET taken = taken - 1
			WHERE hall = $1 AND service = $2 AND item = $3 AND day = $4 AND start = $5 AND taken > 0`, k.hall, k.service, item, k.day, int(k.start))
		if err != nil {
			return fmt.Errorf("give a place back: %w", err)
		}
	}
	return nil
}

// use is what is known of the places of one period of one day.
type use struct {
	taken, places int
	closed        string
}

// left is how many are free of a limit that the settings say.
func (u use) left(limit int) int {
	if u.places >= 0 {
		limit = u.places
	}
	if u.closed != "" {
		return 0
	}
	return max(limit-u.taken, 0)
}

// uses reads the places of a service, and of one item of it, between two days.
func uses(ctx context.Context, q store.Querier, v ItemPlan, first, last calendar.Day) (map[placeKey]use, error) {
	rows, err := q.QueryContext(ctx, `SELECT item, day, start, taken, places, closed FROM appointment_place
		WHERE hall = $1 AND service = $2 AND (item = '' OR item = $3) AND day >= $4 AND day <= $5`, v.Hall, v.Service, v.Item, first.String(), last.String())
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	defer rows.Close()
	out := map[placeKey]use{}
	for rows.Next() {
		k, u := placeKey{hall: v.Hall, service: v.Service}, use{}
		if err := rows.Scan(&k.item, &k.day, &k.start, &u.taken, &u.places, &u.closed); err != nil {
			return nil, fmt.Errorf("read places: %w", err)
		}
		out[k] = u
	}
	return out, rows.Err()
}

// left is how many places a slot has for somebody who books now.
func (v slot) left(known map[placeKey]use) int {
	k := v.key()
	lookup := func(item string, limit int) int {
		k.item = item
		u, ok := known[k]
		if !ok {
			u.places = noOwn
		}
		return u.left(limit)
	}
	n := lookup("", v.service.online(v.period))
	most := v.item.Most
	if most == 0 {
		most = maxPlaces
	}
	return min(n, lookup(v.item.Item, most))
}

// PeriodRule is what staff set for one period of one day: closed, or another
// number of places.
type PeriodRule struct {
	Hall    string `json:"hall"`
	Service string `json:"service"`
	// Item limits it to one item; empty means all of the service.
	Item string `json:"item,omitempty"`
	Day  string `json:"day"`
	From Clock  `json:"from"`
	// Closed says why it is closed; empty opens it again.
	Closed string `json:"closed,omitempty"`
	// Places that may be booked; nil means as the settings say.
	Places *int `json:"places,omitempty"`
	// Cancel gives up what is booked already and tells the holders.
	Cancel bool `json:"cancel,omitempty"`
}

// PutPeriod sets a rule and returns how many bookings it cancelled.
func (s *Service) PutPeriod(ctx context.Context, r PeriodRule) (int, error) {
	h, err := s.managed(ctx, r.Hall)
	if err != nil {
		return 0, err
	}
	r.Closed = strings.TrimSpace(r.Closed)
	places := noOwn
	if r.Places != nil {
		places = *r.Places
	}
	day, err := calendar.ParseDay(r.Day)
	switch {
	case err != nil:
		return 0, ErrInput.Wrong("day", "日期须写成 2026-10-03")
	case utf8.RuneCountInString(r.Closed) > maxName:
		return 0, ErrInput.Wrong("closed", "原因过长")
	case places < noOwn || places > maxPlaces || r.Places != nil && places < 0:
		return 0, ErrInput.Wrong("places", "名额须为 0 至 10000")
	case r.Cancel && r.Closed == "":
		return 0, ErrInput.Wrong("cancel", "取消已有预约须先关闭时段并说明原因")
	}
	place := s.zone(h)
	cancelled := 0
	err = s.Store.Write(ctx, "set a period", func(tx *store.Tx) error {
		cancelled = 0
		v, err := servicePlan(ctx, tx, r.Hall, r.Service)
		if err != nil {
			return err
		}
		period, ok := periodFrom(v.of(day), r.From)
		if !ok {
			return ErrPeriod
		}
		if !tx.Now.Before(at(day, period.To, place)) {
			return ErrOver.With("该时段已过")
		}
		if r.Item != "" {
			if v, err := scanItem(tx.QueryRowContext(ctx, selectItem+` WHERE hall = $1 AND item = $2`, r.Hall, r.Item)); store.IsNone(err) || err == nil && v.Service != r.Service {
				return ErrNotOffered
			} else if err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO appointment_place (hall, service, item, day, start, taken, places, closed) VALUES ($1, $2, $3, $4, $5, 0, $6, $7)
			ON CONFLICT (hall, service, item, day, start) DO UPDATE SET places = excluded.places, closed = excluded.closed`,
			r.Hall, r.Service, r.Item, r.Day, int(r.From), places, r.Closed)
		if err != nil {
			return err
		}
		if r.Cancel {
			if cancelled, err = s.cancelPeriod(ctx, tx, h, r); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{
			Action: "appointment.set-period", Object: strings.Join([]string{r.Hall, r.Service, r.Item, r.Day, r.From.String()}, "/"),
			Detail: fmt.Sprintf("places %d, closed %t, cancelled %d", places, r.Closed != "", cancelled),
		})
	})
	return cancelled, err
}

// cancelPeriod gives up what is booked for a period that was closed.
func (s *Service) cancelPeriod(ctx context.Context, tx *store.Tx, h node.Hall, r PeriodRule) (int, error) {
	condition, args := `hall = $1 AND day = $2 AND start = $3 AND service = $4 AND state = 'booked'`, []any{r.Hall, r.Day, int(r.From), r.Service}
	if r.Item != "" {
		condition, args = condition+` AND item = $5`, append(args, r.Item)
	}
	list, err := s.list(ctx, tx, condition+` ORDER BY id`, args...)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, b := range list {
		switch err := s.giveUp(ctx, tx, h, b, r.Closed); {
		case errors.Is(err, ErrUsed): // its holder was faster
		case err != nil:
			return 0, err
		default:
			n++
		}
	}
	return n, nil
}
