package httpd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/intake"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// intakePath is below which counters receive applications while the platform is
// away. These routes are between the hall's own programs and stand in no
// description.
const intakePath = prefix + "/intake"

// maxIntakeBody is the largest request of theirs, in bytes.
const maxIntakeBody = 64 << 10

// intakeRoutes declares them. All are for clerks at their window, and for those
// who run the hall.
func (a *api) intakeRoutes(mux *http.ServeMux) {
	for pattern, handle := range map[string]func(r *http.Request) (any, error){
		"GET " + intakePath:                     a.listIntakes,
		"GET " + intakePath + "/items":          a.intakeItems,
		"POST " + intakePath + "/outcome":       a.intakeOutcome,
		"PUT " + intakePath + "/{id}":           a.makeIntake,
		"POST " + intakePath + "/{id}/print":    a.printIntake,
		"PUT " + intakePath + "/{id}/applicant": a.correctIntake,
		"DELETE " + intakePath + "/{id}":        a.voidIntake,
	} {
		mux.Handle(pattern, a.authenticate(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			err := sees(r.Context())
			if err == nil {
				r.Body = http.MaxBytesReader(w, r.Body, maxIntakeBody)
				var answer any
				if answer, err = handle(r); err == nil {
					w.Header().Set("Content-Type", "application/json")
					if err := json.NewEncoder(w).Encode(answer); err != nil {
						a.Log.Debug("write answer", slog.Any("error", err))
					}
					return
				}
			}
			var p *Problem
			if !errors.As(err, &p) && !errors.As(a.problem(err), &p) {
				p = newProblem(http.StatusInternalServerError, "internal", "系统出错，请联系工作人员")
			}
			a.write(w, p)
		})))
	}
}

// readIntake decodes a body strictly.
func readIntake(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return newProblem(http.StatusUnprocessableEntity, "request.invalid", "请求内容有误")
	}
	return nil
}

type intakesBody struct {
	intake.Status
	Intakes []intake.Intake `json:"intakes"`
}

// listIntakes are those of a clerk's window, of all for those who run the hall.
func (a *api) listIntakes(r *http.Request) (any, error) {
	status, err := a.Intakes.Status(r.Context())
	if err != nil {
		return nil, err
	}
	list, err := a.Intakes.List(r.Context(), access.From(r.Context()).Window)
	return intakesBody{status, list}, err
}

func (a *api) intakeItems(r *http.Request) (any, error) {
	list, err := a.Intakes.Items(r.Context(), r.URL.Query().Get("service"))
	return map[string]any{"items": list}, err
}

func (a *api) intakeOutcome(r *http.Request) (any, error) {
	var in struct {
		Item    string            `json:"item"`
		Answers map[string]string `json:"answers"`
	}
	if err := readIntake(r, &in); err != nil {
		return nil, err
	}
	return a.Intakes.Outcome(r.Context(), in.Item, in.Answers)
}

func (a *api) makeIntake(r *http.Request) (any, error) {
	var in struct {
		Ticket string `json:"ticket"`
		intake.Request
	}
	if err := readIntake(r, &in); err != nil {
		return nil, err
	}
	v, err := a.atDesk(r.Context(), in.Ticket)
	if err != nil {
		return nil, err
	}
	return a.Intakes.Make(r.Context(), r.PathValue("id"), v, in.Request)
}

// atDesk is a visit that is served at the asker's window now.
func (a *api) atDesk(ctx context.Context, ticket string) (v intake.Visit, err error) {
	who := access.From(ctx)
	if who.Role != access.Clerk || who.Window == "" {
		return v, denied()
	}
	found := false
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		t := s.Tickets[queue.TicketID(ticket)]
		if t == nil || t.State != queue.Serving || string(t.Window) != who.Window {
			return
		}
		found = true
		v = intake.Visit{Ticket: t.ID, Number: t.Number, Window: t.Window, Clerk: actor(ctx)}
		if w := s.Windows[t.Window]; w != nil && w.Staff != "" {
			v.Clerk = string(w.Staff)
		}
	})
	if !found {
		return v, newProblem(http.StatusConflict, "intake.visit", "只能为正在本窗口办理的号票收件")
	}
	return v, nil
}

// intakeOf is an intake of the asker's window.
func (a *api) intakeOf(r *http.Request) (intake.Intake, error) {
	in, err := a.Intakes.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return in, err
	}
	if who := access.From(r.Context()); !who.Staff() && (who.Window == "" || who.Window != in.Window) {
		return intake.Intake{}, denied()
	}
	return in, nil
}

func (a *api) correctIntake(r *http.Request) (any, error) {
	var body intake.Applicant
	in, err := a.intakeOf(r)
	if err != nil {
		return nil, err
	}
	if err := readIntake(r, &body); err != nil {
		return nil, err
	}
	return a.Intakes.Correct(r.Context(), in.ID, body)
}

func (a *api) voidIntake(r *http.Request) (any, error) {
	in, err := a.intakeOf(r)
	if err != nil {
		return nil, err
	}
	return a.Intakes.GiveUp(r.Context(), in.ID)
}

// slipWait is how long a machine may take to print a receipt, slipLife until when
// the paper is of use.
const (
	slipWait = 15 * time.Second
	slipLife = 30 * time.Second
)

// printIntake prints the receipt at a machine of the window's zone, or at the one
// that is named.
func (a *api) printIntake(r *http.Request) (any, error) {
	var body struct {
		Kiosk string `json:"kiosk"`
	}
	in, err := a.intakeOf(r)
	if err != nil {
		return nil, err
	}
	if err := readIntake(r, &body); err != nil {
		return nil, err
	}
	h := a.Hall.Hall()
	kiosk, ok := a.slipPrinter(h, body.Kiosk)
	if !ok {
		return nil, newProblem(http.StatusConflict, "intake.no-printer", "没有连上的取号机可以打印凭证，请检查后补打，或抄录收件编号给群众")
	}
	window := in.Window
	for i := range h.Windows {
		if h.Windows[i].ID == in.Window {
			window = cmp.Or(h.Windows[i].Number, window)
		}
	}
	lines, err := a.Intakes.Slip(r.Context(), in.ID, h.Name, window, h.Location())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), slipWait)
	defer cancel()
	done, err := a.TestPrint(ctx, kiosk.ID, link.PrintJob{
		Job: link.SlipJob + ulid.Make().String(), Expires: a.Core.Now().Add(slipLife), Lines: lines,
	})
	switch {
	case errors.Is(err, link.ErrAway), errors.Is(err, context.DeadlineExceeded):
		return nil, newProblem(http.StatusServiceUnavailable, "intake.no-printer", kiosk.Name+"没有答复，请到机器旁查看后补打")
	case err != nil:
		return nil, err
	case done.Outcome != link.PrintPrinted:
		return nil, newProblem(http.StatusConflict, "intake.not-printed", kiosk.Name+"没有打出凭证，请处理打印机后补打")
	}
	return map[string]string{"kiosk": kiosk.ID, "name": kiosk.Name}, nil
}

// slipPrinter is the machine with the id, or else the first that is connected.
func (a *api) slipPrinter(h *hall.Hall, id string) (hall.Agent, bool) {
	online := map[string]bool{}
	for _, v := range a.View.Registry.Agents() {
		online[v.ID] = v.Online && v.Role == link.RoleKiosk
	}
	for _, agent := range h.Agents {
		if agent.Role == string(link.RoleKiosk) && online[agent.ID] && (id == "" || id == agent.ID) {
			return agent, true
		}
	}
	return hall.Agent{}, false
}
