package httpd

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// Keyed is the header of every command.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"128" doc:"Names this request; sent again, it gets the first answer and changes nothing"`
}

// TicketRef names a ticket in a path.
type TicketRef struct {
	Keyed
	ID string `path:"id" maxLength:"40"`
}

type ticketOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true if the request had been done before"`
	Body     link.TicketView
}

// do runs a command for whoever asks.
func (a *api) do(ctx context.Context, key string, cmd queue.Command) (core.Result, error) {
	result, err := a.Core.Do(ctx, core.Request{Key: key, Actor: actor(ctx), Command: cmd})
	if err != nil {
		return result, a.problem(err)
	}
	return result, nil
}

// ticket runs a command whose answer is a ticket.
func (a *api) ticket(ctx context.Context, key string, cmd queue.Command) (*ticketOutput, error) {
	result, err := a.do(ctx, key, cmd)
	if err != nil {
		return nil, err
	}
	out := &ticketOutput{Replayed: replayed(result)}
	if result.Day != "" { // read the state only if need be: somebody writes it
		out.Body = a.View.TicketOf(result.Day, result.Ticket)
		return out, nil
	}
	a.Core.Read(func(s *queue.State, _ queue.Time) { out.Body = a.View.Ticket(s, result.Ticket) })
	return out, nil
}

func replayed(r core.Result) string {
	if r.Replayed {
		return "true"
	}
	return ""
}

type takeInput struct {
	Keyed
	Body struct {
		Service  string       `json:"service" minLength:"1" maxLength:"60" doc:"Service id, see /services"`
		Channel  link.Channel `json:"channel" enum:"card,phone,name,appointment,mobile,staff"`
		Person   link.Person  `json:"person,omitempty" required:"false"`
		Priority string       `json:"priority,omitempty" maxLength:"60" doc:"Priority class of the hall"`
		Silent   bool         `json:"silent,omitempty" doc:"Call without the loudspeaker"`
		// A machine has nobody who vouches; staff vouch by asking.
		Authoriser *vouching `json:"authoriser,omitempty" doc:"Who vouches for the priority, if its class asks for that; staff's own tokens do"`
		Exceed     string    `json:"exceed,omitempty" maxLength:"200" doc:"Why staff give a ticket beyond the quotas"`
	}
}

// vouching is a member of staff who signs for one priority ticket.
type vouching struct {
	Staff    string `json:"staff" minLength:"1" maxLength:"60"`
	Password string `json:"password" minLength:"1" maxLength:"72"`
}

func (a *api) takeTicket(ctx context.Context, in *takeInput) (*ticketOutput, error) {
	switch access.From(ctx).Role {
	case access.Kiosk, access.Manager, access.Admin, access.Clerk:
	default:
		return nil, denied()
	}
	cmd := queue.TakeTicket{
		ID: queue.TicketID(ulid.Make().String()), Service: queue.ServiceID(in.Body.Service), Channel: queue.Channel(in.Body.Channel),
		Person: view.Person(a.Vault, in.Body.Person), Priority: in.Body.Priority, Age: view.Age(in.Body.Person, a.Core.Now()),
		Silent: in.Body.Silent, Exceed: in.Body.Exceed,
	}
	if cmd.Exceed != "" && access.From(ctx).Role == access.Kiosk {
		return nil, denied()
	}
	if cmd.Priority != "" {
		cmd.Authoriser = authoriser(ctx)
	}
	if by := in.Body.Authoriser; by != nil && cmd.Priority != "" {
		person, err := a.Door.Enter(by.Staff, by.Password, a.Core.Now())
		if err != nil {
			a.Log.Warn("authorising refused", slog.String("by", actor(ctx)), slog.String("staff", by.Staff), slog.Any("cause", err))
			return nil, a.problem(err)
		}
		cmd.Authoriser = queue.StaffID(person.ID)
	}
	return a.ticket(ctx, in.Key, cmd)
}

type listInput struct {
	State   string `query:"state" enum:"waiting,called,serving,parked,missed,finished,cancelled,expired,closed"`
	Service string `query:"service" maxLength:"60"`
}

type listOutput struct {
	Body struct {
		Day     string            `json:"day"`
		Tickets []link.TicketView `json:"tickets"`
	}
}

func (a *api) listTickets(ctx context.Context, in *listInput) (*listOutput, error) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Tickets = []link.TicketView{}
	var unknown bool
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		out.Body.Day = string(s.Day)
		unknown = in.Service != "" && s.Config.Service(queue.ServiceID(in.Service)) == nil
		for _, t := range s.List() {
			if string(t.State) == cmp.Or(in.State, string(t.State)) && string(t.Service) == cmp.Or(in.Service, string(t.Service)) {
				out.Body.Tickets = append(out.Body.Tickets, a.View.Ticket(s, t))
			}
		}
	})
	if unknown {
		return nil, a.problem(queue.Refuse(queue.Invalid, "service.unknown"))
	}
	return out, nil
}

func (a *api) getTicket(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40"`
},
) (*struct{ Body link.TicketView }, error) {
	if access.From(ctx).Role == access.Display {
		return nil, denied()
	}
	ticket, err := a.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body link.TicketView }{ticket}, nil
}

// find returns a ticket of any day.
func (a *api) find(ctx context.Context, id string) (link.TicketView, error) {
	var out link.TicketView
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		if t := s.Tickets[queue.TicketID(id)]; t != nil {
			out = a.View.Ticket(s, t)
		}
	})
	if out.ID != "" {
		return out, nil
	}
	past, ok, err := a.Store.Ticket(ctx, queue.TicketID(id))
	if err != nil {
		return out, a.problem(err)
	}
	if !ok {
		return out, a.problem(queue.Refuse(queue.NotFound, "ticket.unknown"))
	}
	past.Ticket.Promise.Minutes = estimate.NoWindow // the table doesn't keep promises
	a.Core.Read(func(s *queue.State, _ queue.Time) { out = a.View.Ticket(s, &past.Ticket) })
	out.Day = string(past.Day)
	return out, nil
}

func (a *api) ticketVerb(verb queue.Verb) func(context.Context, *TicketRef) (*ticketOutput, error) {
	return func(ctx context.Context, in *TicketRef) (*ticketOutput, error) {
		window, err := ownWindow(ctx)
		if err != nil {
			return nil, err
		}
		return a.ticket(ctx, in.Key, queue.TicketCommand{Verb: verb, Ticket: queue.TicketID(in.ID), Window: window})
	}
}

func (a *api) finishTicket(ctx context.Context, in *struct {
	TicketRef
	Body *struct {
		Result string `json:"result,omitempty" maxLength:"200" doc:"Result code of the hall"`
	} `required:"false"`
},
) (*ticketOutput, error) {
	window, err := ownWindow(ctx)
	if err != nil {
		return nil, err
	}
	cmd := queue.Finish{Ticket: queue.TicketID(in.ID), Window: window}
	if in.Body != nil {
		cmd.Result = in.Body.Result
	}
	return a.ticket(ctx, in.Key, cmd)
}

func (a *api) cancelTicket(ctx context.Context, in *struct {
	TicketRef
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"200"`
	} `required:"false"`
},
) (*ticketOutput, error) {
	if access.From(ctx).Role == access.Display {
		return nil, denied()
	}
	cmd := queue.Cancel{Ticket: queue.TicketID(in.ID)}
	if in.Body != nil {
		cmd.Reason = in.Body.Reason
	}
	return a.ticket(ctx, in.Key, cmd)
}

func (a *api) rateTicket(ctx context.Context, in *struct {
	TicketRef
	Body struct {
		Score int `json:"score" minimum:"1" maximum:"5" doc:"5 very satisfied … 1 very dissatisfied"`
	}
},
) (*ticketOutput, error) {
	window, err := ownWindow(ctx)
	if err != nil {
		return nil, err
	}
	return a.ticket(ctx, in.Key, queue.Rate{Ticket: queue.TicketID(in.ID), Window: window, Score: in.Body.Score, Via: "api"})
}

// acceptClock lets the hall go on after its clock was wrong, a year ahead say,
// and has been set right. The numbers of the day it comes back to go on where
// they were.
func (a *api) acceptClock(ctx context.Context, in *Keyed) (*struct {
	Status int
}, error,
) {
	if access.From(ctx).Role != access.Admin {
		return nil, denied()
	}
	var config *queue.Config
	a.Core.Read(func(s *queue.State, _ queue.Time) { config = s.Config })
	numbers, err := a.Store.Numbers(ctx, config.Day(queue.TimeOf(a.Core.Now())))
	if err != nil {
		return nil, a.problem(err)
	}
	if _, err := a.do(ctx, in.Key, queue.AcceptClock{Next: config.NextAfter(numbers)}); err != nil {
		return nil, err
	}
	a.Log.Warn("the clock was accepted", slog.String("by", actor(ctx)), slog.Time("now", a.Core.Now()))
	return &struct{ Status int }{http.StatusNoContent}, nil
}

func (a *api) endDay(ctx context.Context, in *Keyed) (*struct {
	Status int
}, error,
) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	if _, err := a.do(ctx, in.Key, queue.EndDay{}); err != nil {
		return nil, err
	}
	return &struct{ Status int }{http.StatusNoContent}, nil
}
