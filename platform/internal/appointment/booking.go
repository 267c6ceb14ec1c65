package appointment

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// State is where a booking is in its life.
type State string

// The states. Missed and unserved count against the holder's credit (AP-10).
const (
	Booked    State = "booked"
	CheckedIn State = "checked-in"
	Served    State = "served"
	Missed    State = "missed"   // never checked in
	Unserved  State = "unserved" // took a ticket and wasn't there when called
	Cancelled State = "cancelled"
	Refused   State = "refused" // by the hall, after it was booked
	Lapsed    State = "lapsed"  // the hall never said what became of it
)

// live tells whether a booking in the state is neither done nor given up.
func (s State) live() bool { return s == Booked || s == CheckedIn }

// The channels that a booking comes by (AP-02, AP-14).
const (
	ViaPortal   = "portal"
	ViaApp      = "app"
	ViaWeChat   = "wechat"
	ViaTerminal = "terminal"
	ViaPhone    = "phone"
)

// Booking is one booked visit. It holds personal data: it is never logged.
type Booking struct {
	ID string
	// Number is what the public calls it (预约号), Code what the holder shows at
	// the hall (预约码).
	Number, Code        string
	Hall, Service, Item string
	ItemName            string
	Day                 string
	Start               Clock
	Begins, Ends        time.Time
	// Holder recognises the ID card of whoever comes. Person is her id, empty
	// if she has no account; Legal the legal person that she comes for.
	Holder, Person, Legal string
	Name, IDNumber, Phone string
	Via                   string
	State                 State
	Reason, Ticket        string
	Created, Changed      time.Time
	remind                time.Time
}

// String tells nothing about the person.
func (b Booking) String() string { return "appointment(" + b.ID + ")" }

// key names the places that the booking holds.
func (b Booking) key() placeKey { return placeKey{b.Hall, b.Service, b.Item, b.Day, b.Start} }

const selectBooking = `SELECT id, number, code, hall, service, item, item_name, day, start, begins, ends, holder, person, legal, name, id_number, phone,
	via, state, reason, ticket, created, changed, remind FROM appointment`

// scan reads a row of selectBooking and opens what is sealed.
func (s *Service) scan(row interface{ Scan(...any) error }) (Booking, error) {
	var b Booking
	var begins, ends, created, changed, remind int64
	err := row.Scan(&b.ID, &b.Number, &b.Code, &b.Hall, &b.Service, &b.Item, &b.ItemName, &b.Day, &b.Start, &begins, &ends, &b.Holder, &b.Person, &b.Legal,
		&b.Name, &b.IDNumber, &b.Phone, &b.Via, &b.State, &b.Reason, &b.Ticket, &created, &changed, &remind)
	if err != nil {
		return b, err
	}
	b.Begins, b.Ends, b.Created, b.Changed, b.remind = store.Time(begins), store.Time(ends), store.Time(created), store.Time(changed), store.Time(remind)
	for _, sealed := range []struct {
		kind string
		text *string
	}{{kindName, &b.Name}, {kindID, &b.IDNumber}, {kindPhone, &b.Phone}} {
		if *sealed.text == "" {
			continue // it was kept long enough
		}
		if *sealed.text, err = s.vault.Open(sealed.kind, *sealed.text); err != nil {
			return b, fmt.Errorf("open appointment %s: %w", b.ID, err)
		}
	}
	return b, nil
}

// one returns the booking with the id, or ErrNone.
func (s *Service) one(ctx context.Context, q store.Querier, id string) (Booking, error) {
	b, err := s.scan(q.QueryRowContext(ctx, selectBooking+` WHERE id = $1`, id))
	if store.IsNone(err) {
		return b, ErrNone
	}
	if err != nil {
		return b, fmt.Errorf("read an appointment: %w", err)
	}
	return b, nil
}

// list returns the bookings that the condition, which is text of ours, finds.
func (s *Service) list(ctx context.Context, q store.Querier, condition string, args ...any) ([]Booking, error) {
	rows, err := q.QueryContext(ctx, selectBooking+` WHERE `+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("read appointments: %w", err)
	}
	defer rows.Close()
	list := []Booking{}
	for rows.Next() {
		b, err := s.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read appointments: %w", err)
		}
		list = append(list, b)
	}
	return list, rows.Err()
}

// insert stores a booking; number and code are made here.
func (s *Service) insert(ctx context.Context, tx *store.Tx, b *Booking) error {
	b.ID, b.State, b.Created, b.Changed = store.NewID(), Booked, tx.Now, tx.Now
	b.Number = "Y" + tx.Now.In(b.Begins.Location()).Format("060102") + digits(6)
	b.Code = digits(8)
	_, err := tx.ExecContext(ctx, `INSERT INTO appointment (id, number, code, hall, service, item, item_name, day, start, begins, ends, holder, person, legal,
		name, id_number, phone, via, state, live, reason, ticket, created, changed, ended, remind)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 1, '', '', $20, $21, 0, $22)`,
		b.ID, b.Number, b.Code, b.Hall, b.Service, b.Item, b.ItemName, b.Day, int(b.Start), store.Millis(b.Begins), store.Millis(b.Ends), b.Holder, b.Person, b.Legal,
		s.vault.Seal(kindName, b.Name), s.vault.Seal(kindID, b.IDNumber), s.vault.Seal(kindPhone, b.Phone), b.Via, string(b.State),
		store.Millis(b.Created), store.Millis(b.Changed), store.Millis(b.remind))
	return err // a duplicate is for the caller
}

// digits makes n random digits. Codes are guessed at a hall's terminal only,
// which locks after a few.
func digits(n int) string {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	k, err := rand.Int(rand.Reader, most)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return fmt.Sprintf("%0*d", n, k)
}

// setState moves a booking on, unless somebody was faster.
func setState(ctx context.Context, tx *store.Tx, b *Booking, to State, reason string) error {
	ended := int64(0)
	if !to.live() {
		ended = store.Millis(tx.Now)
	}
	result, err := tx.ExecContext(ctx, `UPDATE appointment SET state = $1, live = $2, reason = $3, ticket = $4, changed = $5, ended = $6, remind = 0
		WHERE id = $7 AND state = $8 AND day = $9 AND start = $10`,
		string(to), store.Bool(to.live()), reason, b.Ticket, store.Millis(tx.Now), ended, b.ID, string(b.State), b.Day, int(b.Start))
	if err != nil {
		return fmt.Errorf("change an appointment: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return fmt.Errorf("change an appointment: %w", err)
	} else if n != 1 {
		return ErrUsed // somebody changed it meanwhile
	}
	b.State, b.Reason, b.Changed = to, reason, tx.Now
	return nil
}

// giveUp ends a booking that was never used: its places are free, the hall and
// the holder hear of it.
func (s *Service) giveUp(ctx context.Context, tx *store.Tx, h node.Hall, b Booking, reason string) error {
	if err := setState(ctx, tx, &b, Cancelled, reason); err != nil {
		return err
	}
	if err := release(ctx, tx, b.key()); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeCancelled, b); err != nil {
		return err
	}
	return s.notify(ctx, tx, noticeCancelled, h, b, reason)
}

// Get returns a booking that the context's caller may see, or ErrNone.
func (s *Service) Get(ctx context.Context, id string) (Booking, error) {
	b, err := s.one(ctx, s.Store.Read(), id)
	if err != nil {
		return b, err
	}
	return b, s.mine(ctx, b)
}

// mine refuses a caller who has nothing to do with a booking, as if there were
// none.
func (s *Service) mine(ctx context.Context, b Booking) error {
	caller := access.From(ctx)
	switch caller.Kind {
	case access.Person:
		if b.Person == caller.ID && b.Person != "" {
			return nil
		}
		if b.Legal == "" || b.Legal != caller.For {
			return ErrNone
		}
		if err := s.mayAct(ctx, caller.ID, b.Legal, b.Item); err != nil {
			return ErrNone
		}
		return nil
	case access.Staff:
		if !caller.Has(access.RoleAppointment, access.RoleServiceDesk) {
			return ErrNone
		}
		if _, err := s.managed(ctx, b.Hall); err != nil {
			return ErrNone
		}
		return nil
	default:
		return ErrNone
	}
}

// mayAct refuses who may not act for a legal person in an item.
func (s *Service) mayAct(ctx context.Context, person, legal, item string) error {
	scope, err := s.People.MayActFor(ctx, person, legal)
	if err != nil {
		return err
	}
	if !scope.Covers(item) {
		return ErrScope
	}
	return nil
}

// Mine are the bookings of the context's caller, a person: her own, or those of
// the legal person that she acts for; the latest visit first, at most 200.
func (s *Service) Mine(ctx context.Context) ([]Booking, error) {
	caller := access.From(ctx)
	if caller.For == "" {
		return s.list(ctx, s.Store.Read(), `person = $1 AND legal = '' ORDER BY begins DESC, id DESC LIMIT 200`, caller.ID)
	}
	scope, err := s.People.MayActFor(ctx, caller.ID, caller.For)
	if err != nil {
		return nil, err
	}
	list, err := s.list(ctx, s.Store.Read(), `legal = $1 ORDER BY begins DESC, id DESC LIMIT 200`, caller.For)
	if err != nil {
		return nil, err
	}
	kept := list[:0]
	for _, b := range list {
		if scope.Covers(b.Item) {
			kept = append(kept, b)
		}
	}
	return kept, nil
}

// look notes in the audit log that staff saw a holder's data.
func (s *Service) look(ctx context.Context, action, object, detail string) error {
	if access.From(ctx).Kind != access.Staff {
		return nil
	}
	return s.Audit.Write(ctx, audit.Entry{Action: action, Object: object, Detail: detail})
}

// holderOf is the person who comes, by her account.
func (s *Service) holderOf(ctx context.Context, id string) (Booking, error) {
	p, err := s.People.Person(ctx, id)
	if err != nil {
		return Booking{}, err
	}
	if p.State != identity.Active {
		return Booking{}, identity.ErrDisabled
	}
	return Booking{Person: p.ID, Name: p.Name, IDNumber: p.Number, Phone: p.Phone, Holder: s.vault.Key(kindID, p.Number)}, nil
}
