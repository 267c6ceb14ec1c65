package appointment

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/node"
)

// Offer is what may be booked of an item at a hall.
type Offer struct {
	Hall     string     `json:"hall"`
	HallName string     `json:"hallName"`
	Address  string     `json:"address"`
	Item     string     `json:"item"`
	ItemName string     `json:"itemName"`
	Days     []OfferDay `json:"days"`
}

// OfferDay is one day with its periods.
type OfferDay struct {
	Day string `json:"day"`
	// Open is false on a day off; then there are no periods.
	Open bool `json:"open"`
	// Name says why the day is no common one: 春节, 防汛.
	Name string `json:"name,omitempty"`
	// Contact is who is there on a holiday that is opened (AP-13).
	Contact string        `json:"contact,omitempty"`
	Left    int           `json:"left"`
	Periods []OfferPeriod `json:"periods"`
}

// OfferPeriod is one period with its free places.
type OfferPeriod struct {
	From   Clock `json:"from"`
	To     Clock `json:"to"`
	Places int   `json:"places" doc:"That may be booked, taken or not"`
	Left   int   `json:"left"`
	// Closed says why nobody may book it though it has places.
	Closed string `json:"closed,omitempty"`
}

// maxOffers bounds how many halls are listed for an item.
const maxOffers = 50

// Offers are what may be booked of an item now, at one hall or, with an empty
// id, at all of them by name. An item that nobody offers has none. Whoever asks
// at the same time shares the answer and changes nothing in it.
func (s *Service) Offers(ctx context.Context, item, hall string) ([]Offer, error) {
	return shared(ctx, &s.looks, "offers\x00"+item+"\x00"+hall, func(ctx context.Context) ([]Offer, error) { return s.offers(ctx, item, hall) })
}

// lookMax bounds a reading that several wait for.
const lookMax = 10 * time.Second

// shared reads once for all who ask for key at the same time. The first one's
// leaving doesn't end the reading.
func shared[T any](ctx context.Context, looks *singleflight.Group, key string, read func(ctx context.Context) (T, error)) (T, error) {
	v, err, _ := looks.Do(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookMax)
		defer cancel()
		return read(ctx)
	})
	if err != nil {
		var none T
		return none, err
	}
	return v.(T), nil //nolint:forcetypeassert // read made it
}

func (s *Service) offers(ctx context.Context, item, hall string) ([]Offer, error) {
	list := []Offer{}
	if s.Items != nil {
		if _, ok, err := s.Items.Bookable(ctx, item); err != nil || !ok {
			return list, err
		}
	}
	condition, args := `item = $1 AND open = 1`, []any{item}
	if hall != "" {
		condition, args = condition+` AND hall = $2`, append(args, hall)
	}
	items, err := s.items(ctx, condition, args...)
	if err != nil {
		return nil, err
	}
	for _, v := range items[:min(len(items), maxOffers)] {
		h, err := s.Halls.Hall(ctx, v.Hall)
		if err != nil {
			return nil, err
		}
		if h.State != "active" {
			continue
		}
		o, err := s.offer(ctx, h, v)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b Offer) int {
		return cmp.Or(strings.Compare(a.HallName, b.HallName), strings.Compare(a.Hall, b.Hall))
	})
	return list, nil
}

// offer lists the days of an item at a hall.
func (s *Service) offer(ctx context.Context, h node.Hall, v ItemPlan) (Offer, error) {
	o := Offer{Hall: h.ID, HallName: h.Name, Address: h.Address, Item: v.Item, ItemName: v.Name, Days: []OfferDay{}}
	q, place, now := s.Store.Read(), s.zone(h), s.Store.Now()
	service, err := servicePlan(ctx, q, h.ID, v.Service)
	if err != nil {
		return o, err
	}
	first, last := v.window(now, place)
	open, err := s.daysOf(ctx, q, h, first)
	if err != nil {
		return o, err
	}
	known, err := uses(ctx, q, v, first, last)
	if err != nil {
		return o, err
	}
	for day := first; !last.Before(day); day = day.Add(1) {
		d := OfferDay{Day: day.String(), Open: open.isWorkday(day), Name: open.name(day), Periods: []OfferPeriod{}}
		if periods := service.on(day, open); len(periods) > 0 {
			d.Open, d.Contact = true, open.own[day].Contact
			for _, p := range periods {
				d.Periods = append(d.Periods, offerPeriod(slot{item: v, service: service, period: p, day: day}, known, !now.Before(at(day, p.From, place))))
			}
		}
		for _, p := range d.Periods {
			d.Left += p.Left
		}
		o.Days = append(o.Days, d)
	}
	return o, nil
}

// offerPeriod tells what is left of a slot, nothing once it has begun.
func offerPeriod(v slot, known map[placeKey]use, begun bool) OfferPeriod {
	k := v.key()
	service, item := known[placeKey{k.hall, k.service, "", k.day, k.start}], known[k]
	p := OfferPeriod{From: v.period.From, To: v.period.To, Places: v.service.online(v.period), Left: v.left(known), Closed: cmp.Or(service.closed, item.closed)}
	if row, ok := known[placeKey{k.hall, k.service, "", k.day, k.start}]; ok && row.places >= 0 {
		p.Places = row.places
	}
	if begun {
		p.Left = 0
	}
	return p
}

// ParseDay reads a day of the API.
func ParseDay(field, text string) (calendar.Day, error) {
	day, err := calendar.ParseDay(text)
	if err != nil {
		return day, ErrInput.Wrong(field, "日期须写成 2026-10-03")
	}
	return day, nil
}
