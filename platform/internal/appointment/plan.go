package appointment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// Clock is a time of day in a hall, in minutes after midnight. As text it is
// 09:30.
type Clock int

// MarshalText implements encoding.TextMarshaler.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. 24:00 is the day's end.
func (c *Clock) UnmarshalText(text []byte) error {
	digit := func(i int) int { return int(text[i]) - '0' }
	if len(text) != 5 || text[2] != ':' {
		return ErrInput.With("时间须写成 09:30")
	}
	for _, i := range []int{0, 1, 3, 4} {
		if text[i] < '0' || text[i] > '9' {
			return ErrInput.With("时间须写成 09:30")
		}
	}
	h, m := digit(0)*10+digit(1), digit(3)*10+digit(4)
	if m > 59 || h*60+m > dayMinutes {
		return ErrInput.With("时间须写成 09:30")
	}
	*c = Clock(h*60 + m)
	return nil
}

// String is 09:30.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

const dayMinutes = 24 * 60

// Period is a part of a day with what a service takes in it.
type Period struct {
	From Clock `json:"from"`
	To   Clock `json:"to"`
	// Places are all, of walk-ins and bookings together.
	Places int `json:"places" minimum:"0" maximum:"10000"`
	// Online is how many of them may be booked; 0 means the service's share.
	Online int `json:"online,omitempty" minimum:"0" maximum:"10000"`
	// Weekdays are the days of the week on which it is, 1 Monday to 7 Sunday, also
	// on weekends that are no holiday; it stands in for periods that name none.
	// None means every working day.
	Weekdays []int `json:"weekdays,omitempty" maxItems:"7"`
}

// ServicePlan is what a hall's service can take.
type ServicePlan struct {
	Hall    string `json:"hall"`
	Service string `json:"service"`
	// Share is how much of the places may be booked, in percent; the rest is
	// for those who walk in.
	Share   int      `json:"share"`
	Periods []Period `json:"periods"`
}

// online is how many places of p may be booked.
func (v ServicePlan) online(p Period) int {
	if p.Online > 0 {
		return min(p.Online, p.Places)
	}
	return p.Places * v.Share / 100
}

// ItemPlan is how an item may be booked at a hall.
type ItemPlan struct {
	Hall string `json:"hall"`
	Item string `json:"item"`
	// Service is where the visit is served.
	Service string `json:"service"`
	Name    string `json:"name"`
	Open    bool   `json:"open"`
	// Most is the item's own maximum in a period; 0 means that of the service.
	Most int `json:"most"`
	// FirstDay is how many days from today the first bookable day is, Days how
	// many days there are from then on (AP-04: 1 and 7).
	FirstDay int `json:"firstDay"`
	Days     int `json:"days"`
}

// Limits of settings.
const (
	maxPeriods  = 96
	maxPlaces   = 10_000
	maxFirstDay = 30
	maxDays     = 60
	maxID       = 60
	maxName     = 100 // characters
)

// check says what is wrong with the plan.
func (v ServicePlan) check() error {
	wrong := ErrSettings
	if v.Share < 0 || v.Share > 100 {
		wrong = wrong.Wrong("share", "比例须为 0 至 100")
	}
	if len(v.Periods) > maxPeriods {
		return wrong.Wrong("periods", "时段过多")
	}
	for i, p := range v.Periods {
		switch {
		case p.From < 0 || p.To > dayMinutes || p.From >= p.To:
			wrong = wrong.Wrong(fmt.Sprintf("periods[%d]", i), "结束时间应晚于开始时间")
		case slices.ContainsFunc(p.Weekdays, func(day int) bool { return day < 1 || day > 7 }):
			wrong = wrong.Wrong(fmt.Sprintf("periods[%d].weekdays", i), "星期须为 1 至 7")
		case slices.ContainsFunc(v.Periods[:i], func(o Period) bool { return p.From < o.To && p.meets(o) }):
			wrong = wrong.Wrong(fmt.Sprintf("periods[%d]", i), "时段不能重叠")
		case p.Places < 0 || p.Places > maxPlaces || p.Online < 0 || p.Online > p.Places:
			wrong = wrong.Wrong(fmt.Sprintf("periods[%d].places", i), "名额须为 0 至 10000，网上名额不能超过总名额")
		}
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// check says what is wrong with the plan.
func (v ItemPlan) check() error {
	wrong := ErrSettings
	if v.Item == "" || len(v.Item) > maxID || strings.ContainsFunc(v.Item, func(r rune) bool { return r <= ' ' || r > '~' }) {
		wrong = wrong.Wrong("item", "事项编号有误")
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(v.Name)); n < 2 || n > maxName {
		wrong = wrong.Wrong("name", "请填写事项名称")
	}
	if v.Most < 0 || v.Most > maxPlaces {
		wrong = wrong.Wrong("most", "名额须为 0 至 10000")
	}
	if v.FirstDay < 0 || v.FirstDay > maxFirstDay || v.Days < 1 || v.Days > maxDays {
		wrong = wrong.Wrong("days", "可预约范围有误：最早 0 至 30 天后，共 1 至 60 天")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// PutService sets what a hall's service can take. Bookings that are made stay,
// even if they are now more than fit.
func (s *Service) PutService(ctx context.Context, v ServicePlan) error {
	h, err := s.managed(ctx, v.Hall)
	if err != nil {
		return err
	}
	slices.SortFunc(v.Periods, func(a, b Period) int { return int(a.From - b.From) })
	if err := v.check(); err != nil {
		return err
	}
	if !has(h, v.Service) {
		return ErrSettings.Wrong("service", "该大厅没有这项业务")
	}
	return s.Store.Write(ctx, "set a service's places", func(tx *store.Tx) error {
		if err := putService(ctx, tx, v); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.set-service", Object: v.Hall + "/" + v.Service})
	})
}

// has tells whether a hall has a service; one that didn't describe itself yet
// may have any.
func has(h node.Hall, service string) bool {
	if service == "" || len(service) > maxID {
		return false
	}
	list := h.Described.Services
	return len(list) == 0 || slices.ContainsFunc(list, func(v node.HallService) bool { return v.ID == service })
}

func putService(ctx context.Context, tx *store.Tx, v ServicePlan) error {
	periods, err := json.Marshal(append([]Period{}, v.Periods...))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO appointment_service (hall, service, periods, share) VALUES ($1, $2, $3, $4)
		ON CONFLICT (hall, service) DO UPDATE SET periods = excluded.periods, share = excluded.share`, v.Hall, v.Service, string(periods), v.Share)
	return err
}

// PutItem sets how an item may be booked at a hall.
func (s *Service) PutItem(ctx context.Context, v ItemPlan) error {
	if _, err := s.managed(ctx, v.Hall); err != nil {
		return err
	}
	v.Name = strings.TrimSpace(v.Name)
	if err := v.check(); err != nil {
		return err
	}
	return s.Store.Write(ctx, "set how an item is booked", func(tx *store.Tx) error {
		if _, err := servicePlan(ctx, tx, v.Hall, v.Service); err != nil {
			return err
		}
		if err := putItem(ctx, tx, v); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.set-item", Object: v.Hall + "/" + v.Item})
	})
}

func putItem(ctx context.Context, tx *store.Tx, v ItemPlan) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO appointment_item (hall, item, service, name, open, most, first_day, days) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (hall, item) DO UPDATE SET service = excluded.service, name = excluded.name, open = excluded.open, most = excluded.most,
		first_day = excluded.first_day, days = excluded.days`,
		v.Hall, v.Item, v.Service, v.Name, store.Bool(v.Open), v.Most, v.FirstDay, v.Days)
	return err
}

// servicePlan returns a service's plan, or ErrNoService.
func servicePlan(ctx context.Context, q store.Querier, hall, service string) (ServicePlan, error) {
	v := ServicePlan{Hall: hall, Service: service}
	var periods string
	err := q.QueryRowContext(ctx, `SELECT periods, share FROM appointment_service WHERE hall = $1 AND service = $2`, hall, service).Scan(&periods, &v.Share)
	if store.IsNone(err) {
		return v, ErrNoService
	}
	if err != nil {
		return v, fmt.Errorf("read a service's places: %w", err)
	}
	return v, json.Unmarshal([]byte(periods), &v.Periods)
}

const selectItem = `SELECT hall, item, service, name, open, most, first_day, days FROM appointment_item`

func scanItem(row interface{ Scan(...any) error }) (v ItemPlan, err error) {
	err = row.Scan(&v.Hall, &v.Item, &v.Service, &v.Name, &v.Open, &v.Most, &v.FirstDay, &v.Days)
	return v, err
}

// plans returns an item's plan at a hall with that of its service, or
// ErrNotOffered.
func plans(ctx context.Context, q store.Querier, hall, item string) (ItemPlan, ServicePlan, error) {
	v, err := scanItem(q.QueryRowContext(ctx, selectItem+` WHERE hall = $1 AND item = $2`, hall, item))
	if store.IsNone(err) || err == nil && !v.Open {
		return v, ServicePlan{}, ErrNotOffered
	}
	if err != nil {
		return v, ServicePlan{}, fmt.Errorf("read how an item is booked: %w", err)
	}
	service, err := servicePlan(ctx, q, hall, v.Service)
	return v, service, err
}

// Settings are all plans of a hall.
type Settings struct {
	Services []ServicePlan `json:"services"`
	Items    []ItemPlan    `json:"items"`
}

// Settings returns all plans of a hall.
func (s *Service) Settings(ctx context.Context, hall string) (Settings, error) {
	out := Settings{Services: []ServicePlan{}, Items: []ItemPlan{}}
	if _, err := s.managed(ctx, hall); err != nil {
		return out, err
	}
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT service, periods, share FROM appointment_service WHERE hall = $1 ORDER BY service`, hall)
	if err != nil {
		return out, fmt.Errorf("read settings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		v := ServicePlan{Hall: hall}
		var periods string
		if err := rows.Scan(&v.Service, &periods, &v.Share); err != nil {
			return out, fmt.Errorf("read settings: %w", err)
		}
		if err := json.Unmarshal([]byte(periods), &v.Periods); err != nil {
			return out, fmt.Errorf("read settings: %w", err)
		}
		out.Services = append(out.Services, v)
	}
	if err := rows.Err(); err != nil {
		return out, fmt.Errorf("read settings: %w", err)
	}
	out.Items, err = s.items(ctx, `hall = $1`, hall)
	return out, err
}

// items returns the plans that the condition, which is text of ours, finds.
func (s *Service) items(ctx context.Context, condition string, args ...any) ([]ItemPlan, error) {
	rows, err := s.Store.Read().QueryContext(ctx, selectItem+` WHERE `+condition+` ORDER BY hall, item`, args...)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	defer rows.Close()
	list := []ItemPlan{}
	for rows.Next() {
		v, err := scanItem(rows)
		if err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// managed returns a hall that the context's caller, one of the staff, manages;
// others aren't there for her.
func (s *Service) managed(ctx context.Context, hall string) (node.Hall, error) {
	h, err := s.Halls.Hall(ctx, hall)
	if err == nil && !access.From(ctx).Covers(h.Region) {
		return node.Hall{}, node.ErrNoHall
	}
	return h, err
}

// AddDemo sets the plans of a demo city in the transaction, unless they are
// there.
func (s *Service) AddDemo(ctx context.Context, tx *store.Tx, services []ServicePlan, items []ItemPlan) error {
	for _, v := range services {
		if err := v.check(); err != nil {
			return fmt.Errorf("service %s: %w", v.Service, err)
		}
		if _, err := servicePlan(ctx, tx, v.Hall, v.Service); !errors.Is(err, ErrNoService) {
			if err != nil {
				return err
			}
			continue
		}
		if err := putService(ctx, tx, v); err != nil {
			return fmt.Errorf("service %s: %w", v.Service, err)
		}
	}
	for _, v := range items {
		if err := v.check(); err != nil {
			return fmt.Errorf("item %s: %w", v.Item, err)
		}
		_, err := scanItem(tx.QueryRowContext(ctx, selectItem+` WHERE hall = $1 AND item = $2`, v.Hall, v.Item))
		if store.IsNone(err) {
			err = putItem(ctx, tx, v)
		}
		if err != nil {
			return fmt.Errorf("item %s: %w", v.Item, err)
		}
	}
	return nil
}

// DefaultService is the plan of a service before somebody sets another: office
// hours, of which half the places may be booked.
func DefaultService(hall, service string) ServicePlan {
	v := ServicePlan{Hall: hall, Service: service, Share: 50}
	for _, from := range []Clock{9 * 60, 10 * 60, 11 * 60, 13*60 + 30, 14*60 + 30, 15*60 + 30} {
		v.Periods = append(v.Periods, Period{From: from, To: from + 60, Places: 20})
	}
	return v
}

// DefaultItem is the plan of an item before somebody sets another: one week
// from tomorrow on (AP-04).
func DefaultItem(hall, item, service, name string) ItemPlan {
	return ItemPlan{Hall: hall, Item: item, Service: service, Name: name, Open: true, FirstDay: 1, Days: 7}
}
