package appointment

import (
	"context"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// What goes down to a hall. The body of all three is Visit, whole, so that a
// hall which missed one is right again after the next.
const (
	TypeBooked    = "appointment.booked"
	TypeMoved     = "appointment.moved"
	TypeCancelled = "appointment.cancelled"
)

// Visit is what a hall has to know of a booking: its rules find the holder by
// card, telephone or code. It is personal data.
type Visit struct {
	ID       string    `json:"id"`
	Number   string    `json:"number"`
	Code     string    `json:"code"`
	Service  string    `json:"service"`
	Item     string    `json:"item"`
	ItemName string    `json:"itemName"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Person   Visitor   `json:"person"`
	Via      string    `json:"via"`
	Reason   string    `json:"reason,omitempty"`
}

// Visitor is who comes.
type Visitor struct {
	Name     string `json:"name"`
	IDNumber string `json:"idNumber"`
	Phone    string `json:"phone"`
}

// publish tells the hall of a booking.
func (s *Service) publish(ctx context.Context, tx *store.Tx, kind string, b Booking) error {
	return tx.Publish(ctx, b.Hall, kind, b.ID, Visit{
		ID: b.ID, Number: b.Number, Code: b.Code, Service: b.Service, Item: b.Item, ItemName: b.ItemName, From: b.Begins, To: b.Ends,
		Person: Visitor{b.Name, b.IDNumber, b.Phone}, Via: b.Via, Reason: b.Reason,
	})
}

// TypePrefix begins the types of what halls say of appointments: it is followed
// by the state, checked-in, served, missed, unserved, cancelled or refused.
const TypePrefix = "appointment."

// reports are the states that a hall may report.
var reports = []State{CheckedIn, Served, Missed, Unserved, Cancelled, Refused}

// Report is the body of what a hall says of a booking.
type Report struct {
	Appointment string `json:"appointment"`
	Ticket      string `json:"ticket,omitempty"`
	// Reason says why it was cancelled or refused: words, or a code.
	Reason string `json:"reason,omitempty"`
	// Type is that of the event that a hall refused.
	Type string `json:"type,omitempty"`
}

// reasonUsed is why a hall refuses to move or cancel a visit that has begun or
// ended there: what became of it is in another report.
const reasonUsed = "appointment.used"

// Listen has the halls' reports taken by s. It is called before node runs.
func (s *Service) Listen(on func(kind string, h node.Handler)) {
	for _, state := range reports {
		on(TypePrefix+string(state), func(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
			return s.report(ctx, tx, hall, state, e)
		})
	}
	on(TypeBooked, s.local)
}

// report takes what a hall says of a booking.
func (s *Service) report(ctx context.Context, tx *store.Tx, hall string, state State, e store.Event) error {
	var r Report
	if err := json.Unmarshal(e.Data, &r); err != nil {
		return ErrEvent.Because(errors.Join(errors.New(e.Type), err))
	}
	if r.Appointment == "" {
		r.Appointment = e.Subject
	}
	if r.Appointment == "" || len(r.Ticket) > maxName || utf8.RuneCountInString(r.Reason) > maxText {
		return ErrEvent
	}
	b, err := s.one(ctx, tx, r.Appointment)
	if errors.Is(err, ErrNone) {
		return s.reportLocal(ctx, tx, hall, r.Appointment, state)
	}
	if err != nil {
		return err
	}
	if b.Hall != hall {
		return ErrEvent.With("大厅报送了其他大厅的预约")
	}
	return s.become(ctx, tx, b, state, r)
}

// become moves a booking to what the hall says that it is. What people did here
// meanwhile stays, unless the hall served them all the same.
func (s *Service) become(ctx context.Context, tx *store.Tx, b Booking, state State, r Report) error {
	if state == Refused && (r.Type == TypeCancelled || r.Reason == reasonUsed) {
		return nil
	}
	if !follows(b.State, state) {
		return nil
	}
	h, err := s.Halls.Hall(ctx, b.Hall)
	if err != nil {
		return err
	}
	if r.Ticket != "" {
		b.Ticket = r.Ticket
	}
	unused := b.State == Booked && (state == Cancelled || state == Refused)
	if err := setState(ctx, tx, &b, state, r.Reason); err != nil {
		if errors.Is(err, ErrUsed) {
			return errMeanwhile
		}
		return err
	}
	if unused {
		if err := s.freed(ctx, tx, h, b); err != nil {
			return err
		}
	}
	if state == Missed || state == Unserved {
		return s.blame(ctx, tx, h, b)
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.Actor{Kind: "hall", ID: b.Hall}, Action: "appointment." + string(state), Object: b.ID})
}

// errMeanwhile brings a report again: it met a change by somebody else.
var errMeanwhile = errors.New("the appointment was changed meanwhile")

// freed gives the places of a visit back that the hall ended before it was
// used, and tells the holder.
func (s *Service) freed(ctx context.Context, tx *store.Tx, h node.Hall, b Booking) error {
	if tx.Now.Before(b.Ends) {
		if err := release(ctx, tx, b.key()); err != nil {
			return err
		}
	}
	return s.notify(ctx, tx, noticeCancelled, h, b, b.Reason)
}

// follows tells whether a hall's report changes a booking. Reports may come
// twice, late, or after the holder gave the visit up here.
func follows(is, said State) bool {
	switch is {
	case Booked:
		return said != Booked
	case Lapsed:
		return said != CheckedIn && said != Refused && said != Cancelled
	case CheckedIn:
		return said == Served || said == Unserved || said == Cancelled
	case Cancelled, Missed, Unserved:
		return said == Served
	default:
		return false
	}
}
