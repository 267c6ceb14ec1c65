package httpd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/paper"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// ticketOperations declares the designer of tickets.
func (a *api) ticketOperations(h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation) {
	huma.Register(h, get("get-ticket-lines", "/hall/ticket", "The lines of the hall's tickets, from top to bottom"), a.ticketLines)
	huma.Register(h, post("preview-ticket", "/hall/ticket/preview", "How a ticket of these lines comes out of a printer", 0), a.previewTicket)
	huma.Register(h, post("test-print", "/agents/{id}/test-print", "Print a trial ticket at a kiosk and tell what became of it", 0), a.testPrint)
}

type ticketLinesOutput struct {
	Body struct {
		Lines []hall.TicketLine `json:"lines"`
		Usual bool              `json:"usual" doc:"The hall's file doesn't say otherwise"`
	}
}

func (a *api) ticketLines(ctx context.Context, _ *struct{}) (*ticketLinesOutput, error) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	h := a.Hall.Hall()
	out := &ticketLinesOutput{}
	out.Body.Lines, out.Body.Usual = h.Ticket.Paper(), len(h.Ticket.Lines) == 0
	return out, nil
}

// Trial is a ticket that nobody took.
type Trial struct {
	Lines   []hall.TicketLine `json:"lines,omitempty" maxItems:"100" doc:"By default those in force"`
	Service string            `json:"service,omitempty" maxLength:"40" doc:"By default the first that needs materials"`
	Booked  bool              `json:"booked,omitempty" doc:"A ticket for an appointment"`
}

// job is the trial's paper.
func (a *api) trialJob(t *Trial) (link.PrintJob, error) {
	h := a.Hall.Hall()
	lines := t.Lines
	if len(lines) == 0 {
		lines = h.Ticket.Paper()
	}
	if wrong := hall.CheckTicketLines(lines); len(wrong) > 0 {
		p := newProblem(http.StatusUnprocessableEntity, "ticket.lines", wrong[0].Message)
		for _, m := range wrong {
			p.Errors = append(p.Errors, FieldError{Location: "lines/" + m.Path, Message: m.Message})
		}
		return link.PrintJob{}, p
	}
	service := h.Services[0]
	for _, s := range h.Services {
		if t.Service == s.ID || t.Service == "" && len(s.Materials) > 0 {
			service = s
			break
		}
	}
	now := queue.TimeOf(a.Core.Now())
	sample := queue.Ticket{
		ID: "00000000000000000000000000", Number: sampleNumber(h, &service), Service: queue.ServiceID(service.ID), Taken: now,
		Promise: queue.Promise{Ahead: 6, Minutes: 17, Low: 15, High: 20},
	}
	if t.Booked {
		sample.Slot = queue.TimeOf(now.Std().Truncate(30 * time.Minute).Add(30 * time.Minute))
	}
	if len(h.Priorities) > 0 && t.Booked {
		sample.Priority = h.Priorities[0].ID
	}
	return a.View.PaperOf(&sample, lines), nil
}

// sampleNumber is a number in the middle of the service's series.
func sampleNumber(h *hall.Hall, service *hall.Service) string {
	for _, s := range h.Series {
		if s.ID == service.Series {
			series := queue.Series{Prefix: s.Prefix, Digits: s.Digits}
			return series.Number(min(s.First+11, s.Last))
		}
	}
	return "A012"
}

type previewOutput struct {
	Body struct {
		MM      int           `json:"mm" doc:"Width of the paper"`
		Dots    int           `json:"dots"`
		Columns int           `json:"columns"`
		Rows    []paper.Row   `json:"rows"`
		Job     link.PrintJob `json:"job" doc:"What goes to the printer"`
	}
}

func (a *api) previewTicket(ctx context.Context, in *struct {
	Body struct {
		Trial
		MM int `json:"mm,omitempty" enum:"80,58" doc:"Width of the paper; 80 by default"`
	}
},
) (*previewOutput, error) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	job, err := a.trialJob(&in.Body.Trial)
	if err != nil {
		return nil, err
	}
	roll := paper.Wide
	if in.Body.MM == paper.Narrow.MM {
		roll = paper.Narrow
	}
	rows, err := paper.Layout(&job, roll)
	if errors.Is(err, paper.ErrWide) {
		return nil, newProblem(http.StatusUnprocessableEntity, "ticket.qr", fmt.Sprintf("二维码在 %d 毫米的纸上放不下", roll.MM))
	}
	if err != nil {
		return nil, a.problem(err)
	}
	out := &previewOutput{}
	out.Body.MM, out.Body.Dots, out.Body.Columns, out.Body.Rows, out.Body.Job = roll.MM, roll.Dots, roll.Columns, rows, job
	return out, nil
}

// Trial prints: how long a kiosk may take, and until when its paper is of use.
const (
	trialWait = 20 * time.Second
	trialLife = 30 * time.Second
)

func (a *api) testPrint(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"40" doc:"The kiosk"`
	Body struct {
		Trial
		Device string `json:"device,omitempty" maxLength:"40" doc:"The printer's id at the kiosk; by default whichever works"`
	}
},
) (*struct{ Body link.PrintDone }, error) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	agent, known := a.Hall.Hall().Agent(in.ID)
	if !known || agent.Role != string(link.RoleKiosk) || a.TestPrint == nil {
		return nil, newProblem(http.StatusNotFound, "kiosk.unknown", "没有这台取号机")
	}
	job, err := a.trialJob(&in.Body.Trial)
	if err != nil {
		return nil, err
	}
	job.Device = in.Body.Device
	job.Job, job.Ticket = link.TestJob+ulid.Make().String(), ""
	job.Expires = a.Core.Now().Add(trialLife)
	job.Lines = append([]link.PrintLine{{Text: "（试打，不是号票）", Bold: true, Align: "center"}}, job.Lines...)
	ctx, cancel := context.WithTimeout(ctx, trialWait)
	defer cancel()
	done, err := a.TestPrint(ctx, in.ID, job)
	switch {
	case errors.Is(err, link.ErrAway):
		return nil, newProblem(http.StatusConflict, "kiosk.away", agent.Name+"没有连上，无法试打")
	case errors.Is(err, context.DeadlineExceeded):
		return nil, newProblem(http.StatusServiceUnavailable, "kiosk.silent", agent.Name+"没有答复，请到机器旁查看")
	case err != nil:
		return nil, a.problem(err)
	}
	return &struct{ Body link.PrintDone }{done}, nil
}
