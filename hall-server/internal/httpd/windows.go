package httpd

import (
	"context"
	"net/http"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// WindowRef names a window in a path.
type WindowRef struct {
	Keyed
	ID string `path:"id" maxLength:"40"`
}

type windowOutput struct {
	Replayed string `header:"Idempotency-Replayed"`
	Body     link.WindowView
}

type windowsOutput struct {
	Body struct {
		Windows []link.WindowView `json:"windows"`
	}
}

// window runs a command whose answer is a window.
func (a *api) window(ctx context.Context, in WindowRef, cmd queue.Command) (*windowOutput, error) {
	if err := runs(ctx, in.ID); err != nil {
		return nil, err
	}
	result, err := a.do(ctx, in.Key, cmd)
	if err != nil {
		return nil, err
	}
	out := &windowOutput{Replayed: replayed(result)}
	a.Core.Read(func(s *queue.State, now queue.Time) { out.Body = a.View.Window(s, result.Window, now) })
	return out, nil
}

func (a *api) listWindows(ctx context.Context, _ *struct{}) (*windowsOutput, error) {
	if access.From(ctx).Role == access.Kiosk {
		return nil, denied()
	}
	out := &windowsOutput{}
	a.Core.Read(func(s *queue.State, now queue.Time) { out.Body.Windows = a.View.Windows(s, now) })
	return out, nil
}

// signIn opens a window. A token is proof enough of who asks; a manager names
// the clerk.
func (a *api) signIn(ctx context.Context, in *struct {
	WindowRef
	Body *struct {
		Staff string `json:"staff,omitempty" maxLength:"60" doc:"Who signs in; by default the token's own name"`
	} `required:"false"`
},
) (*windowOutput, error) {
	if err := runs(ctx, in.ID); err != nil {
		return nil, err
	}
	claims := access.From(ctx)
	staff := claims.Subject
	if in.Body != nil && in.Body.Staff != "" {
		staff = in.Body.Staff
	}
	name := staff
	if person, ok := a.Hall.Hall().Person(staff); ok {
		name = person.Name
	} else if staff != claims.Subject {
		return nil, a.problem(queue.Refuse(queue.Invalid, "staff.invalid"))
	}
	return a.window(ctx, in.WindowRef, queue.SignIn{Window: queue.WindowID(in.ID), Staff: queue.StaffID(staff), StaffName: name})
}

func (a *api) signOut(ctx context.Context, in *WindowRef) (*windowOutput, error) {
	return a.window(ctx, *in, queue.SignOut{Window: queue.WindowID(in.ID)})
}

func (a *api) pause(ctx context.Context, in *struct {
	WindowRef
	Body *struct {
		Text string `json:"text,omitempty" maxLength:"60" doc:"What the window's screen says"`
	} `required:"false"`
},
) (*windowOutput, error) {
	cmd := queue.Pause{Window: queue.WindowID(in.ID)}
	if in.Body != nil {
		cmd.Text = in.Body.Text
	}
	return a.window(ctx, in.WindowRef, cmd)
}

func (a *api) unpause(ctx context.Context, in *WindowRef) (*windowOutput, error) {
	return a.window(ctx, *in, queue.Continue{Window: queue.WindowID(in.ID)})
}

type calledOutput struct {
	Status   int
	Replayed string `header:"Idempotency-Replayed"`
	Body     *calledTicket
}

type calledTicket struct {
	Ticket link.TicketView `json:"ticket"`
	Reason link.ReasonView `json:"reason"`
}

func (a *api) call(ctx context.Context, in WindowRef, cmd queue.Command) (*calledOutput, error) {
	if err := runs(ctx, in.ID); err != nil {
		return nil, err
	}
	result, err := a.do(ctx, in.Key, cmd)
	if err != nil {
		return nil, err
	}
	return a.calledOutput(result), nil
}

func (a *api) calledOutput(result core.Result) *calledOutput {
	if result.Ticket == nil || result.Reason == nil {
		return &calledOutput{Status: http.StatusNoContent}
	}
	out := &calledOutput{Status: http.StatusOK, Replayed: replayed(result), Body: &calledTicket{}}
	a.Core.Read(func(s *queue.State, now queue.Time) {
		answer := a.View.Answer(s, result.Answer, now)
		out.Body.Ticket, out.Body.Reason = *answer.Ticket, *answer.Reason
	})
	return out
}

func (a *api) callNext(ctx context.Context, in *WindowRef) (*calledOutput, error) {
	return a.call(ctx, *in, queue.CallNext{Window: queue.WindowID(in.ID)})
}

func (a *api) callTicket(ctx context.Context, in *struct {
	WindowRef
	Body struct {
		Ticket string `json:"ticket" minLength:"1" maxLength:"40" doc:"Id of a waiting ticket"`
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"The clerk's words, kept with the call"`
	}
},
) (*calledOutput, error) {
	return a.call(ctx, in.WindowRef, queue.CallTicket{
		Window: queue.WindowID(in.ID), Ticket: queue.TicketID(in.Body.Ticket), Reason: in.Body.Reason,
	})
}

type servicesOutput struct {
	Body struct {
		Services []link.ServiceView `json:"services"`
	}
}

func (a *api) listServices(context.Context, *struct{}) (*servicesOutput, error) {
	out := &servicesOutput{}
	a.Core.Read(func(s *queue.State, now queue.Time) { out.Body.Services = a.View.Services(s, now) })
	return out, nil
}
