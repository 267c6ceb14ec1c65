package appointment

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/http"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// Routes declares the context's operations.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "appointment"}
	}
	either := access.People().Or(access.StaffWith(access.RoleAppointment))
	httpd.Register(r, op("list-offers", http.MethodGet, "/appointments/offers", "Days and periods that may be booked of an item", access.Everybody()), s.getOffers)
	book := op("book-appointment", http.MethodPost, "/appointments", "Book a visit, if there is a place", access.People().AtKiosks())
	book.Status = http.StatusCreated
	httpd.Register(r, book, s.postAppointment)
	httpd.Register(r, op("list-my-appointments", http.MethodGet, "/me/appointments", "List one's appointments", access.People()), s.getMine)
	httpd.Register(r, op("get-appointment", http.MethodGet, "/appointments/{id}", "Get an appointment",
		access.People().Or(access.StaffWith(access.RoleAppointment, access.RoleServiceDesk))), s.getAppointment)
	httpd.Register(r, op("get-appointment-code", http.MethodGet, "/me/appointments/{id}/code.png", "The code of an appointment as a QR code", access.People()), s.getCode)
	httpd.Register(r, op("cancel-appointment", http.MethodPost, "/appointments/{id}/cancel", "Give an appointment up", either), s.postCancel)
	httpd.Register(r, op("move-appointment", http.MethodPost, "/appointments/{id}/move", "Take another slot for an appointment", either), s.postMove)
	httpd.Register(r, op("get-my-credit", http.MethodGet, "/me/appointments/credit", "How one stands with missed appointments", access.People()), s.getCredit)
	httpd.Register(r, op("appeal-suspension", http.MethodPost, "/me/appointments/appeal", "Appeal against the suspension of one's online booking", access.People()), s.postAppeal)
	s.staffRoutes(r, op)
}

// none is a request or an answer without content.
type none struct{}

// View is an appointment as people see it. Name, number and phone are masked.
type View struct {
	ID     string `json:"id"`
	Number string `json:"number" doc:"What people call it (预约号)"`
	// Code is for the holder alone.
	Code     string    `json:"code,omitempty" doc:"What the holder shows at the hall (预约码)"`
	Hall     string    `json:"hall"`
	HallName string    `json:"hallName"`
	Address  string    `json:"address"`
	Service  string    `json:"service"`
	Item     string    `json:"item"`
	ItemName string    `json:"itemName"`
	Day      string    `json:"day"`
	From     Clock     `json:"from"`
	Begins   time.Time `json:"begins"`
	Ends     time.Time `json:"ends"`
	Name     string    `json:"name"`
	IDNumber string    `json:"idNumber"`
	Phone    string    `json:"phone"`
	Legal    string    `json:"legal,omitempty" doc:"Id of the legal person that it is for"`
	Via      string    `json:"via"`
	State    State     `json:"state" enum:"booked,checked-in,served,missed,unserved,cancelled,refused,lapsed"`
	Reason   string    `json:"reason,omitempty"`
	Created  time.Time `json:"created"`
	// Changeable tells whether it can be moved or cancelled now.
	Changeable bool `json:"changeable"`
}

// view is what the context's caller sees of a booking.
func (s *Service) view(ctx context.Context, b Booking) View {
	v := View{
		ID: b.ID, Number: b.Number, Hall: b.Hall, HallName: b.Hall, Service: b.Service, Item: b.Item, ItemName: b.ItemName, Day: b.Day, From: b.Start,
		Begins: b.Begins, Ends: b.Ends, Name: privacy.MaskName(b.Name), IDNumber: privacy.MaskNumber(b.IDNumber), Phone: privacy.MaskPhone(b.Phone),
		Legal: b.Legal, Via: b.Via, State: b.State, Reason: b.Reason, Created: b.Created, Changeable: b.State == Booked && s.Store.Now().Before(b.Ends),
	}
	if access.From(ctx).Kind == access.Person {
		v.Code = b.Code
	}
	if b.Reason != "" && (b.State == Cancelled || b.State == Refused) {
		v.Reason = reasonText(b.Reason)
	}
	if h, err := s.Halls.Hall(ctx, b.Hall); err == nil {
		v.HallName, v.Address = h.Name, h.Address
		v.Begins, v.Ends = b.Begins.In(s.zone(h)), b.Ends.In(s.zone(h))
	}
	return v
}

func (s *Service) views(ctx context.Context, list []Booking) []View {
	views := make([]View, len(list))
	for i, b := range list {
		views[i] = s.view(ctx, b)
	}
	return views
}

type offersInput struct {
	Item string `query:"item" required:"true" minLength:"1" maxLength:"60"`
	Hall string `query:"hall" maxLength:"40" doc:"By default all halls that offer it"`
}

type offersOutput struct {
	Body struct {
		Offers []Offer `json:"offers"`
	}
}

func (s *Service) getOffers(ctx context.Context, in *offersInput) (*offersOutput, error) {
	list, err := s.Offers(ctx, in.Item, in.Hall)
	if err != nil {
		return nil, err
	}
	out := &offersOutput{}
	out.Body.Offers = list
	return out, nil
}

// Keyed is a request that may come again.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"100" doc:"Makes a request that comes again the same one"`
}

// Slot is a period of a day.
type Slot struct {
	Day  string `json:"day" maxLength:"10" doc:"2026-11-24"`
	From Clock  `json:"from" doc:"When the period begins: 09:30"`
}

type bookInput struct {
	Keyed
	Body struct {
		Slot
		Hall string `json:"hall" maxLength:"40"`
		Item string `json:"item" maxLength:"60"`
		Via  string `json:"via,omitempty" enum:"portal,app,wechat,terminal"`
	}
}

type bookOutput struct {
	Replayed string `header:"Idempotency-Replayed"`
	Body     View
}

func (s *Service) postAppointment(ctx context.Context, in *bookInput) (*bookOutput, error) {
	b := in.Body
	booked, again, err := s.Book(ctx, Request{Hall: b.Hall, Item: b.Item, Day: b.Day, From: b.From, Via: b.Via, Key: in.Key})
	if err != nil {
		return nil, err
	}
	return s.bookOutput(ctx, booked, again), nil
}

func (s *Service) bookOutput(ctx context.Context, b Booking, again bool) *bookOutput {
	out := &bookOutput{Body: s.view(ctx, b)}
	out.Body.Code = b.Code
	if again {
		out.Replayed = "true"
	}
	return out
}

type viewsOutput struct {
	Body struct {
		Appointments []View `json:"appointments"`
	}
}

func (s *Service) getMine(ctx context.Context, _ *none) (*viewsOutput, error) {
	list, err := s.Mine(ctx)
	if err != nil {
		return nil, err
	}
	out := &viewsOutput{}
	out.Body.Appointments = s.views(ctx, list)
	return out, nil
}

type idInput struct {
	ID string `path:"id" maxLength:"40"`
}

type viewOutput struct{ Body View }

func (s *Service) getAppointment(ctx context.Context, in *idInput) (*viewOutput, error) {
	b, err := s.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.look(ctx, "appointment.look", b.ID, ""); err != nil {
		return nil, err
	}
	return &viewOutput{s.view(ctx, b)}, nil
}

type pngOutput struct {
	Type  string `header:"Content-Type"`
	Cache string `header:"Cache-Control"`
	Body  []byte
}

// qrSize is the picture's width and height in pixels: each module of the
// smallest code gets eight, with its quiet zone of four modules by the page.
const qrSize = 232

func (s *Service) getCode(ctx context.Context, in *idInput) (*pngOutput, error) {
	b, err := s.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !b.State.live() {
		return nil, ErrUsed
	}
	picture, err := qrCode(b.Code)
	if err != nil {
		return nil, err
	}
	return &pngOutput{"image/png", "private, no-store", picture}, nil
}

// qrCode is a QR code as PNG.
func qrCode(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	if code, err = barcode.Scale(code, qrSize, qrSize); err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, code); err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	return out.Bytes(), nil
}

type cancelInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"400"`
	} `required:"false"`
}

func (s *Service) postCancel(ctx context.Context, in *cancelInput) (*viewOutput, error) {
	reason := ""
	if in.Body != nil {
		reason = in.Body.Reason
	}
	b, err := s.Cancel(ctx, in.ID, reason)
	if err != nil {
		return nil, err
	}
	return &viewOutput{s.view(ctx, b)}, nil
}

type moveInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Slot
}

func (s *Service) postMove(ctx context.Context, in *moveInput) (*viewOutput, error) {
	b, err := s.Move(ctx, in.ID, in.Body.Day, in.Body.From)
	if err != nil {
		return nil, err
	}
	return &viewOutput{s.view(ctx, b)}, nil
}

type creditOutput struct{ Body Credit }

func (s *Service) getCredit(ctx context.Context, _ *none) (*creditOutput, error) {
	c, err := s.Credit(ctx)
	if err != nil {
		return nil, err
	}
	return &creditOutput{c}, nil
}

type appealInput struct {
	Body struct {
		Text string `json:"text" maxLength:"2000"`
	}
}

func (s *Service) postAppeal(ctx context.Context, in *appealInput) (*none, error) {
	return nil, s.Appeal(ctx, in.Body.Text)
}
