package httpd

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// maxImport is the largest list of appointments, in bytes.
const maxImport = 4 << 20

// appointmentOperations declares the hall's side of appointments (AP).
func (a *api) appointmentOperations(h huma.API, post postOperation) {
	huma.Register(h, huma.Operation{
		OperationID: "list-appointments", Method: http.MethodGet, Path: prefix + "/appointments",
		Summary: "List appointments with what became of them", Errors: problemStatuses,
	}, a.listAppointments)
	huma.Register(h, post("book-appointment", "/appointments", "Book a visit, if there is a place", http.StatusCreated), a.bookAppointment)
	feed := post("import-appointments", "/appointments/import", "Take over what was booked elsewhere; sent again it changes nothing", 0)
	feed.MaxBodyBytes = maxImport
	huma.Register(h, feed, a.importAppointments)
	file := post("import-appointments-file", "/appointments/import-csv", "The same from a CSV file with a head line", 0)
	file.MaxBodyBytes = maxImport
	huma.Register(h, file, a.importAppointmentsCSV)
	huma.Register(h, post("check-in-appointment", "/appointments/{id}/check-in", "Take the ticket of an appointment; asked again it is the same", http.StatusCreated), a.checkInAppointment)
	huma.Register(h, post("cancel-appointment", "/appointments/{id}/cancel", "Give an appointment up", 0), a.cancelAppointment)
}

// AppointmentRef names an appointment in a path.
type AppointmentRef struct {
	Keyed
	ID string `path:"id" maxLength:"60"`
}

type appointmentOutput struct {
	Replayed string `header:"Idempotency-Replayed"`
	Body     link.AppointmentView
}

type appointmentsOutput struct {
	Body struct {
		Day          string                 `json:"day"`
		Appointments []link.AppointmentView `json:"appointments"`
	}
}

func (a *api) listAppointments(ctx context.Context, in *struct {
	Day     string `query:"day" format:"date" doc:"Business day YYYY-MM-DD; by default the open one"`
	State   string `query:"state" enum:"booked,checked-in,served,missed,unserved,cancelled"`
	Service string `query:"service" maxLength:"60"`
},
) (*appointmentsOutput, error) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	out := &appointmentsOutput{}
	out.Body.Appointments = []link.AppointmentView{}
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		out.Body.Day = cmp.Or(in.Day, string(s.Day))
		for _, booked := range s.ListAppointments(queue.Day(out.Body.Day)) {
			if string(booked.State) == cmp.Or(in.State, string(booked.State)) && string(booked.Service) == cmp.Or(in.Service, string(booked.Service)) {
				out.Body.Appointments = append(out.Body.Appointments, a.View.Appointment(s, booked))
			}
		}
	})
	return out, nil
}

// AppointmentBody is a visit that somebody books; it is exported because huma
// describes embedded structs only then.
type AppointmentBody struct {
	Service string      `json:"service" minLength:"1" maxLength:"60"`
	From    time.Time   `json:"from" doc:"When the slot begins"`
	To      time.Time   `json:"to" doc:"When it ends"`
	Person  link.Person `json:"person,omitempty" required:"false"`
	Via     string      `json:"via,omitempty" maxLength:"60" doc:"The channel it was booked by: portal, app, wechat, phone …"`
	Code    string      `json:"code,omitempty" maxLength:"40" doc:"What the holder was told; made here if absent"`
}

func (a *api) appointment(b *AppointmentBody, id string) queue.Appointment {
	return queue.Appointment{
		ID: queue.AppointmentID(id), Code: b.Code, Service: queue.ServiceID(b.Service), From: queue.TimeOf(b.From), To: queue.TimeOf(b.To),
		Person: view.Person(a.Vault, b.Person), Keys: view.PersonKeys(a.Vault, b.Person), Via: b.Via,
	}
}

func (a *api) bookAppointment(ctx context.Context, in *struct {
	Keyed
	Body AppointmentBody
},
) (*appointmentOutput, error) {
	if access.From(ctx).Role == access.Display {
		return nil, denied()
	}
	booked := a.appointment(&in.Body, ulid.Make().String())
	made := booked.Code == ""
	var result core.Result
	for range codeTries {
		if made {
			booked.Code = bookingCode()
		}
		var err error
		result, err = a.Core.Do(ctx, core.Request{Key: in.Key, Actor: actor(ctx), Command: queue.BookAppointment{Appointment: booked}})
		var refusal *queue.Refusal
		if made && errors.As(err, &refusal) && refusal.Code == "appointment.code" {
			continue // somebody has it already
		}
		if err != nil {
			return nil, a.problem(err)
		}
		break
	}
	return a.appointmentOutput(result)
}

// codeTries is how often a new booking code is made if somebody has it.
const codeTries = 8

// bookingCode makes a booking code: eight digits that can be read out.
func bookingCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1e8))
	if err != nil {
		panic(fmt.Sprintf("read randomness: %v", err)) // never fails on Linux
	}
	return fmt.Sprintf("%08d", n)
}

func (a *api) appointmentOutput(result core.Result) (*appointmentOutput, error) {
	if result.Appointment == nil {
		return nil, a.problem(queue.Refuse(queue.NotFound, "appointment.unknown"))
	}
	out := &appointmentOutput{Replayed: replayed(result)}
	a.Core.Read(func(s *queue.State, _ queue.Time) { out.Body = a.View.Appointment(s, result.Appointment) })
	return out, nil
}

// importedAppointment is one that was booked elsewhere.
type importedAppointment struct {
	AppointmentBody
	ID        string `json:"id" minLength:"1" maxLength:"60" doc:"Its id where it was booked"`
	Cancelled bool   `json:"cancelled,omitempty"`
}

type importedOutput struct {
	Body struct {
		Received     int `json:"received"`
		Appointments int `json:"appointments" doc:"How many the hall has now, of all days"`
	}
}

func (a *api) importAppointments(ctx context.Context, in *struct {
	Keyed
	Body struct {
		Appointments []importedAppointment `json:"appointments" maxItems:"5000"`
	}
},
) (*importedOutput, error) {
	list := make([]queue.Appointment, len(in.Body.Appointments))
	for i := range in.Body.Appointments {
		one := &in.Body.Appointments[i]
		list[i] = a.appointment(&one.AppointmentBody, one.ID)
		if one.Cancelled {
			list[i].State = queue.AppointmentCancelled
		}
	}
	return a.takeOver(ctx, in.Key, list, func(i int) FieldError {
		return FieldError{Location: fmt.Sprintf("body.appointments[%d]", i)}
	})
}

// takeOver brings booked visits into the queue. where tells the place of the
// i-th in the request.
func (a *api) takeOver(ctx context.Context, key string, list []queue.Appointment, where func(i int) FieldError) (*importedOutput, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	_, err := a.Core.Do(ctx, core.Request{Key: key, Actor: actor(ctx), Command: queue.ImportAppointments{List: list}})
	if err != nil {
		return nil, a.refusedImport(err, list, where)
	}
	out := &importedOutput{}
	out.Body.Received = len(list)
	a.Core.Read(func(s *queue.State, _ queue.Time) { out.Body.Appointments = len(s.Appointments) })
	return out, nil
}

// refusedImport is problem that tells which of list is wrong: the later one of
// two with the same id.
func (a *api) refusedImport(err error, list []queue.Appointment, where func(i int) FieldError) error {
	out := a.problem(err)
	var refusal *queue.Refusal
	var p *Problem
	if !errors.As(err, &refusal) || !errors.As(out, &p) {
		return out
	}
	for i := range slices.Backward(list) {
		if id, named := refusal.Vars["appointment"]; named && string(list[i].ID) == id {
			at := where(i)
			at.Message = p.Detail
			p.Errors = append(p.Errors, at)
			break
		}
	}
	return out
}

func (a *api) checkInAppointment(ctx context.Context, in *struct {
	AppointmentRef
	Body *struct {
		Priority string `json:"priority,omitempty" maxLength:"60"`
		Silent   bool   `json:"silent,omitempty" doc:"Call without the loudspeaker"`
	} `required:"false"`
},
) (*ticketOutput, error) {
	claims := access.From(ctx)
	if claims.Role == access.Display {
		return nil, denied()
	}
	cmd := queue.CheckIn{Appointment: queue.AppointmentID(in.ID), ID: queue.TicketID(ulid.Make().String())}
	if in.Body != nil {
		cmd.Priority, cmd.Silent = in.Body.Priority, in.Body.Silent
		cmd.Authoriser = authoriser(ctx)
	}
	return a.ticket(ctx, in.Key, cmd)
}

// authoriser is who vouches for a priority by asking: staff do.
func authoriser(ctx context.Context) queue.StaffID {
	if c := access.From(ctx); c.Staff() || c.Role == access.Clerk {
		return queue.StaffID(c.Subject)
	}
	return ""
}

func (a *api) cancelAppointment(ctx context.Context, in *struct {
	AppointmentRef
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"200"`
	} `required:"false"`
},
) (*appointmentOutput, error) {
	if access.From(ctx).Role == access.Display {
		return nil, denied()
	}
	cmd := queue.CancelAppointment{Appointment: queue.AppointmentID(in.ID)}
	if in.Body != nil {
		cmd.Reason = in.Body.Reason
	}
	result, err := a.do(ctx, in.Key, cmd)
	if err != nil {
		return nil, err
	}
	return a.appointmentOutput(result)
}
