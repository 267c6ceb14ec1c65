package appointment

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/codes"
	"smarthall/internal/sqldb"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// Request asks for a visit.
type Request struct {
	Hall, Item string
	Day        string
	From       Clock
	// Via is the channel; empty means the portal.
	Via string
	// Key makes a request that comes again the same one; empty: each is new.
	Key string
}

// Caller is who comes, where staff book for her (AP-14).
type Caller struct {
	Name, IDNumber, Phone string
}

// Book books for the context's caller, a person, or for the legal person that
// she acts for. A request that came before returns its booking and again true.
func (s *Service) Book(ctx context.Context, r Request) (b Booking, again bool, err error) {
	defer func() { s.count(outcome(err)) }()
	caller := access.From(ctx)
	if !slices.Contains([]string{"", ViaPortal, ViaApp, ViaWeChat, ViaTerminal}, r.Via) {
		return b, false, ErrInput.Wrong("via", "预约渠道有误")
	}
	if r.Via == "" {
		r.Via = ViaPortal
	}
	b, err = s.holderOf(ctx, caller.ID)
	if err != nil {
		return b, false, err
	}
	b.Legal = caller.For
	if b.Legal != "" {
		if err := s.mayAct(ctx, caller.ID, b.Legal, r.Item); err != nil {
			return b, false, err
		}
	}
	return s.book(ctx, r, b)
}

// BookFor books by telephone for somebody who may have no account. Suspensions
// are for online bookings only.
func (s *Service) BookFor(ctx context.Context, r Request, who Caller) (b Booking, again bool, err error) {
	defer func() { s.count(outcome(err)) }()
	r.Via = ViaPhone
	if _, err := s.managed(ctx, r.Hall); err != nil {
		return b, false, err
	}
	b = Booking{
		Name: strings.TrimSpace(who.Name), IDNumber: strings.ToUpper(strings.TrimSpace(who.IDNumber)), Phone: strings.TrimSpace(who.Phone),
	}
	if err := s.checkCaller(b); err != nil {
		return b, false, err
	}
	b.Holder = s.vault.Key(kindID, b.IDNumber)
	p, err := s.People.PersonByNumber(ctx, b.IDNumber)
	switch {
	case err == nil && p.Name != b.Name:
		return b, false, ErrPerson.Wrong("name", "姓名与身份证号不符")
	case err == nil:
		b.Person = p.ID
	case !errors.Is(err, identity.ErrUnknown):
		return b, false, err
	}
	return s.book(ctx, r, b)
}

// checkCaller checks what somebody said on the telephone.
func (s *Service) checkCaller(b Booking) error {
	wrong := ErrPerson
	if n := utf8.RuneCountInString(b.Name); n < 2 || n > 50 || strings.ContainsAny(b.Name, "<>=\"\n\r\t") {
		wrong = wrong.Wrong("name", "请填写身份证上的姓名")
	}
	if _, err := codes.ParseID(b.IDNumber, s.Store.Now()); err != nil {
		wrong = wrong.Wrong("idNumber", "身份证号码有误，请核对")
	}
	if len(b.Phone) < 7 || len(b.Phone) > 13 || strings.ContainsFunc(b.Phone, func(r rune) bool { return (r < '0' || r > '9') && r != '-' }) {
		wrong = wrong.Wrong("phone", "请填写电话号码")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// bookTries is how often a booking is tried that met another: the same request
// twice at once, or a number or code that is taken.
const bookTries = 5

// book takes a place for the holder, or says why not. Of two requests that are
// the same and come at once the later one is refused by what the earlier one
// did: it gets that one's booking.
func (s *Service) book(ctx context.Context, r Request, holder Booking) (b Booking, again bool, err error) {
	if len(r.Key) > maxName {
		return b, false, ErrInput.Wrong("Idempotency-Key", "请求编号过长")
	}
	if b, err = s.repeated(ctx, s.Store.Read(), r, holder); !errors.Is(err, ErrNone) {
		return b, true, err
	}
	if b, again, err = s.bookNew(ctx, r, holder); fault.Of(err) == nil {
		return b, again, err
	}
	refused := err
	if b, err = s.repeated(ctx, s.Store.Read(), r, holder); errors.Is(err, ErrNone) {
		return Booking{}, false, refused
	}
	return b, true, err
}

// bookNew is book for a request that didn't come before.
func (s *Service) bookNew(ctx context.Context, r Request, holder Booking) (b Booking, again bool, err error) {
	if err := s.offered(ctx, r.Item); err != nil {
		return b, false, err
	}
	h, err := s.Halls.Hall(ctx, r.Hall)
	if err != nil {
		return b, false, err
	}
	// What is set is read before the transaction: it does no more than it must,
	// since hundreds may wait for it.
	q := s.Store.Read()
	wanted := strings.Join([]string{"slot", h.ID, r.Item, r.Day, r.From.String()}, "\x00")
	v, err := shared(ctx, &s.looks, wanted, func(ctx context.Context) (slot, error) {
		return s.find(ctx, q, h, r.Item, r.Day, r.From, s.Store.Now())
	})
	if err != nil {
		return b, false, err
	}
	if err := s.hopeless(ctx, q, v, holder); err != nil {
		return b, false, err
	}
	for range bookTries {
		err = s.Store.Write(ctx, "book an appointment", func(tx *store.Tx) error {
			b, again, err = s.bookOnce(ctx, tx, h, v, r, holder)
			return err
		})
		if !sqldb.IsDuplicate(err) {
			break
		}
	}
	return b, again, err
}

// offered refuses an item whose guide knows no appointments.
func (s *Service) offered(ctx context.Context, item string) error {
	if s.Items == nil {
		return nil
	}
	_, ok, err := s.Items.Bookable(ctx, item)
	if err == nil && !ok {
		return ErrNotOffered
	}
	return err
}

// hopeless refuses without a transaction what is full: while hundreds want the
// last place, the others needn't wait for the database's only writer.
func (s *Service) hopeless(ctx context.Context, q store.Querier, v slot, holder Booking) error {
	held := strings.Join([]string{"uses", v.item.Hall, v.item.Item, v.day.String()}, "\x00")
	known, err := shared(ctx, &s.looks, held, func(ctx context.Context) (map[placeKey]use, error) { return uses(ctx, q, v.item, v.day, v.day) })
	if err != nil || v.left(known) > 0 {
		return err
	}
	if err := s.free(ctx, q, holder, v.item.Item); err != nil {
		return err // the better reason
	}
	k := v.key()
	for _, item := range []string{"", k.item} {
		k.item = item
		if known[k].closed != "" {
			return ErrClosed
		}
	}
	return ErrFull
}

// bookOnce is one try of book for the slot v.
func (s *Service) bookOnce(ctx context.Context, tx *store.Tx, h node.Hall, v slot, r Request, holder Booking) (Booking, bool, error) {
	if b, err := s.repeated(ctx, tx, r, holder); !errors.Is(err, ErrNone) {
		return b, true, err
	}
	if err := v.timely(tx.Now); err != nil {
		return Booking{}, false, err
	}
	if r.Via != ViaPhone {
		if err := s.trusted(ctx, tx, holder.Holder); err != nil {
			return Booking{}, false, err
		}
	}
	if err := s.free(ctx, tx, holder, r.Item); err != nil {
		return Booking{}, false, err
	}
	if err := take(ctx, tx, v); err != nil {
		return Booking{}, false, err
	}
	b := holder
	b.Hall, b.Service, b.Item, b.ItemName = v.item.Hall, v.item.Service, v.item.Item, v.item.Name
	b.place(v, tx.Now)
	b.Via = r.Via
	if err := s.insert(ctx, tx, &b); err != nil {
		return b, false, err
	}
	if err := s.remember(ctx, tx, r, b); err != nil {
		return b, false, err
	}
	if err := s.publish(ctx, tx, TypeBooked, b); err != nil {
		return b, false, err
	}
	if err := s.notify(ctx, tx, noticeBooked, h, b, ""); err != nil {
		return b, false, err
	}
	return b, false, s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.book", Object: b.ID, Detail: b.Via})
}

// place puts the booking into a slot.
func (b *Booking) place(v slot, now time.Time) {
	b.Day, b.Start, b.Begins, b.Ends = v.day.String(), v.period.From, v.begins, v.ends
	b.remind = firstReminder(v.begins, now)
}

// free refuses a holder who has the item booked already (AP-06), and a legal
// person that has.
func (s *Service) free(ctx context.Context, q store.Querier, holder Booking, item string) error {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM appointment WHERE item = $1 AND live = 1 AND (holder = $2 OR legal = $3 AND legal <> '')`,
		item, holder.Holder, holder.Legal).Scan(&n)
	if err == nil && n > 0 {
		return ErrHasOne
	}
	return err
}

// requester names who sent a request, so that nobody meets another's key.
func requester(ctx context.Context) string {
	caller := access.From(ctx)
	return string(caller.Kind) + "/" + caller.ID
}

// content is what a request asks, hashed.
func (s *Service) content(r Request, holder Booking) string {
	return s.hasher.Key("request", strings.Join([]string{r.Hall, r.Item, r.Day, r.From.String(), holder.Holder, holder.Legal}, "\x00"))
}

// repeated returns the booking of a request that came before, ErrNone if it
// didn't, or ErrRequest if it asked for something else then.
func (s *Service) repeated(ctx context.Context, q store.Querier, r Request, holder Booking) (Booking, error) {
	if r.Key == "" {
		return Booking{}, ErrNone
	}
	var content, id string
	err := q.QueryRowContext(ctx, `SELECT content, appointment FROM appointment_request WHERE caller = $1 AND key = $2`, requester(ctx), r.Key).Scan(&content, &id)
	switch {
	case store.IsNone(err):
		return Booking{}, ErrNone
	case err != nil:
		return Booking{}, err
	case content != s.content(r, holder):
		return Booking{}, ErrRequest
	}
	return s.one(ctx, q, id)
}

// remember keeps a request's key with its booking.
func (s *Service) remember(ctx context.Context, tx *store.Tx, r Request, b Booking) error {
	if r.Key == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO appointment_request (caller, key, content, appointment, at) VALUES ($1, $2, $3, $4, $5)`,
		requester(ctx), r.Key, s.content(r, b), b.ID, store.Millis(tx.Now))
	return err
}

// outcome is what the counters call a request's end.
func outcome(err error) string {
	if err == nil {
		return "booked"
	}
	if f := fault.Of(err); f != nil {
		return f.Code
	}
	return "failed"
}
