package httpd

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/queue"
)

// visitOperations declares what is done with a visit beyond calling and
// finishing it.
func (a *api) visitOperations(h huma.API, post postOperation) {
	huma.Register(h, huma.Operation{
		OperationID: "get-ticket-history", Method: http.MethodGet, Path: prefix + "/tickets/{id}/history",
		Summary: "Everything that happened to a ticket of any day, from the log", Errors: problemStatuses,
	}, a.ticketHistory)
	huma.Register(h, post("transfer-ticket", "/tickets/{id}/transfer", "Hand a ticket in service on to another service or window", 0), a.transferTicket)
	huma.Register(h, post("park-ticket", "/tickets/{id}/park", "Free the window and keep the visit", 0), a.parkTicket)
	huma.Register(h, post("resume-ticket", "/tickets/{id}/resume", "Go on with a parked ticket, or put it back in its old place", 0), a.resumeTicket)
	huma.Register(h, post("rejoin-ticket", "/tickets/{id}/rejoin", "Give a missed ticket another chance", 0), a.rejoinTicket)
	huma.Register(h, post("delay-ticket", "/tickets/{id}/delay", "Ask for time while waiting", 0), a.delayTicket)
	huma.Register(h, post("reprint-ticket", "/tickets/{id}/reprint", "Print a copy at a kiosk", 0), a.reprintTicket)
}

// postOperation makes the description of a POST.
type postOperation func(id, path, summary string, status int) huma.Operation

func (a *api) transferTicket(ctx context.Context, in *struct {
	TicketRef
	Body struct {
		Service string `json:"service,omitempty" maxLength:"60" doc:"The new service; by default it stays"`
		Window  string `json:"window,omitempty" maxLength:"40" doc:"The window that is to go on; by default any that serves it"`
		Place   string `json:"place,omitempty" enum:"arrival,front,after" doc:"Its place in the new queue: by first arrival (default), first, or after some others"`
		After   int    `json:"after,omitempty" minimum:"0" maximum:"100" doc:"How many go before it, with place after"`
		Reason  string `json:"reason,omitempty" maxLength:"200"`
	}
},
) (*ticketOutput, error) {
	window, err := ownWindow(ctx)
	if err != nil {
		return nil, err
	}
	return a.ticket(ctx, in.Key, queue.Transfer{
		Ticket: queue.TicketID(in.ID), Window: window, Service: queue.ServiceID(in.Body.Service), To: queue.WindowID(in.Body.Window),
		Place: queue.Place(in.Body.Place), After: in.Body.After, Reason: in.Body.Reason,
	})
}

func (a *api) parkTicket(ctx context.Context, in *struct {
	TicketRef
	Body *struct {
		Reason  string    `json:"reason,omitempty" maxLength:"200"`
		Until   time.Time `json:"until,omitempty" required:"false" doc:"When it returns to the queue by itself; by default it doesn't"`
		Minutes int       `json:"minutes,omitempty" minimum:"0" maximum:"600" doc:"The same, as minutes from now"`
	} `required:"false"`
},
) (*ticketOutput, error) {
	window, err := ownWindow(ctx)
	if err != nil {
		return nil, err
	}
	cmd := queue.Park{Ticket: queue.TicketID(in.ID), Window: window}
	if in.Body != nil {
		cmd.Reason, cmd.For = in.Body.Reason, time.Duration(in.Body.Minutes)*time.Minute
		if !in.Body.Until.IsZero() {
			cmd.Until = queue.TimeOf(in.Body.Until)
		}
	}
	return a.ticket(ctx, in.Key, cmd)
}

func (a *api) resumeTicket(ctx context.Context, in *struct {
	TicketRef
	Body *struct {
		Window string `json:"window,omitempty" maxLength:"40" doc:"The window that goes on; a clerk's token means its own"`
		Back   bool   `json:"back,omitempty" doc:"Put it back into its old place in the queue instead"`
	} `required:"false"`
},
) (*ticketOutput, error) {
	window, err := ownWindow(ctx)
	if err != nil {
		return nil, err
	}
	cmd := queue.Resume{Ticket: queue.TicketID(in.ID), Window: window}
	if in.Body != nil {
		cmd.Back = in.Body.Back
		if in.Body.Window != "" {
			if err := runs(ctx, in.Body.Window); err != nil {
				return nil, err
			}
			cmd.Window = queue.WindowID(in.Body.Window)
		}
	}
	return a.ticket(ctx, in.Key, cmd)
}

func (a *api) rejoinTicket(ctx context.Context, in *TicketRef) (*ticketOutput, error) {
	if access.From(ctx).Role == access.Display {
		return nil, denied()
	}
	return a.ticket(ctx, in.Key, queue.Rejoin{Ticket: queue.TicketID(in.ID), By: actor(ctx)})
}

func (a *api) delayTicket(ctx context.Context, in *struct {
	TicketRef
	Body struct {
		Minutes int `json:"minutes" minimum:"1" maximum:"30" doc:"For how long it isn't called"`
	}
},
) (*ticketOutput, error) {
	if access.From(ctx).Role == access.Display {
		return nil, denied()
	}
	return a.ticket(ctx, in.Key, queue.Delay{Ticket: queue.TicketID(in.ID), By: time.Duration(in.Body.Minutes) * time.Minute})
}

func (a *api) reprintTicket(ctx context.Context, in *struct {
	TicketRef
	Body *struct {
		Kiosk string `json:"kiosk,omitempty" maxLength:"60" doc:"The kiosk that prints; by default the one that printed it first"`
	} `required:"false"`
},
) (*ticketOutput, error) {
	if access.From(ctx).Role == access.Display {
		return nil, denied()
	}
	cmd := queue.Reprint{Ticket: queue.TicketID(in.ID)}
	if in.Body != nil {
		cmd.Kiosk = in.Body.Kiosk
	}
	known := false
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		var t *queue.Ticket
		if t, known = s.Tickets[cmd.Ticket]; known {
			cmd.Kiosk = cmp.Or(cmd.Kiosk, t.Kiosk)
		}
	})
	if !known {
		return nil, a.problem(queue.Refuse(queue.NotFound, "ticket.unknown"))
	}
	if agent, ok := a.Hall.Hall().Agent(cmd.Kiosk); !ok || agent.Role != string(access.Kiosk) {
		return nil, a.problem(queue.Refuse(queue.Invalid, "kiosk.unknown", "kiosk", cmd.Kiosk))
	}
	return a.ticket(ctx, in.Key, cmd)
}

// strategyBody is how windows choose who is next.
type strategyBody struct {
	Kind    string         `json:"kind" enum:"due-date,ratio,strict,longest-wait,by-hand"`
	Weights map[string]int `json:"weights,omitempty" doc:"For ratio: of appointment and walk-in, or of services"`
	Order   []string       `json:"order,omitempty" maxItems:"200" doc:"For strict: the services in their order"`
}

func (b *strategyBody) queue() *queue.Strategy {
	out := &queue.Strategy{Kind: queue.StrategyKind(b.Kind), Weights: b.Weights}
	for _, id := range b.Order {
		out.Order = append(out.Order, queue.ServiceID(id))
	}
	return out
}

// strategyOperations declares how calling strategies are changed while the
// hall runs.
func (a *api) strategyOperations(h huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: prefix + path, Summary: summary, MaxBodyBytes: maxBody, Errors: problemStatuses}
	}
	huma.Register(h, op("set-window-strategy", http.MethodPut, "/windows/{id}/strategy", "Change how one window chooses; it takes effect at its next call"), a.setWindowStrategy)
	huma.Register(h, op("reset-window-strategy", http.MethodDelete, "/windows/{id}/strategy", "Go back to the window's configured strategy"), a.resetWindowStrategy)
	huma.Register(h, op("set-strategy", http.MethodPut, "/windows/strategy", "Change how some windows, or all, choose"), a.setStrategy)
}

func (a *api) setWindowStrategy(ctx context.Context, in *struct {
	WindowRef
	Body strategyBody
},
) (*windowsOutput, error) {
	return a.changeStrategy(ctx, in.Key, queue.SetStrategy{Windows: []queue.WindowID{queue.WindowID(in.ID)}, Strategy: in.Body.queue()})
}

func (a *api) resetWindowStrategy(ctx context.Context, in *WindowRef) (*windowsOutput, error) {
	return a.changeStrategy(ctx, in.Key, queue.SetStrategy{Windows: []queue.WindowID{queue.WindowID(in.ID)}})
}

func (a *api) setStrategy(ctx context.Context, in *struct {
	Keyed
	Body struct {
		Windows  []string      `json:"windows,omitempty" maxItems:"500" doc:"Which windows; none means all"`
		Strategy *strategyBody `json:"strategy,omitempty" doc:"Absent: back to the configured one"`
	}
},
) (*windowsOutput, error) {
	cmd := queue.SetStrategy{}
	for _, id := range in.Body.Windows {
		cmd.Windows = append(cmd.Windows, queue.WindowID(id))
	}
	if in.Body.Strategy != nil {
		cmd.Strategy = in.Body.Strategy.queue()
	}
	return a.changeStrategy(ctx, in.Key, cmd)
}

// changeStrategy answers with the windows as they are then.
func (a *api) changeStrategy(ctx context.Context, key string, cmd queue.SetStrategy) (*windowsOutput, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	if _, err := a.do(ctx, key, cmd); err != nil {
		return nil, err
	}
	out := &windowsOutput{}
	a.Core.Read(func(s *queue.State, now queue.Time) { out.Body.Windows = a.View.Windows(s, now) })
	return out, nil
}
