package httpd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/relay"
	"smarthall/internal/link"
)

// visits is below which kiosks ask for whoever applies there by herself. These
// routes are between the hall's own programs and stand in no description.
const terminalVisits = prefix + "/terminal/visits/{visit}"

// terminalRoutes declares them: a visit begins with a card, passes requests on
// to the platform, takes pictures from a phone, and ends.
func (a *api) terminalRoutes(mux *http.ServeMux) {
	for pattern, handle := range map[string]func(w http.ResponseWriter, r *http.Request, kiosk, visit string) error{
		"POST " + terminalVisits:                    a.beginVisit,
		"DELETE " + terminalVisits:                  a.endVisit,
		"POST " + terminalVisits + "/phone":         a.openVisitPhone,
		"GET " + terminalVisits + "/phone":          a.visitPhone,
		"POST " + terminalVisits + "/voucher":       a.vouch,
		terminalVisits + "/platform/{operation...}": a.passVisit,
		// Who only prints her licences has no visit: she may have no account.
		"POST " + prefix + "/terminal/voucher": a.vouchAnyway,
	} {
		mux.Handle(pattern, a.authenticate(a.terminal(handle)))
	}
}

// terminal lets kiosks through; what handle returns as an error is answered.
func (a *api) terminal(handle func(w http.ResponseWriter, r *http.Request, kiosk, visit string) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, visit := access.From(r.Context()), r.PathValue("visit")
		if who.Role != access.Kiosk {
			a.write(w, denied())
			return
		}
		if len(visit) > maxVisitName {
			a.write(w, newProblem(http.StatusUnprocessableEntity, "terminal.visit", "办理编号有误"))
			return
		}
		err := handle(w, r, who.Subject, visit)
		if err == nil {
			return
		}
		var p *Problem
		if !errors.As(a.documentProblem(err), &p) {
			p = newProblem(http.StatusInternalServerError, "internal", "系统出错，请联系工作人员")
		}
		a.write(w, p)
	})
}

// maxVisitName is the longest name of a visit, in bytes; maxCardBody the
// largest request that isn't passed on.
const (
	maxVisitName = 64
	maxCardBody  = 4 << 10
)

// readSmall decodes the body of a request that isn't passed on.
func readSmall(w http.ResponseWriter, r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCardBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return newProblem(http.StatusUnprocessableEntity, "request.invalid", "请求内容有误")
	}
	return nil
}

// give answers with JSON that nobody keeps.
func (a *api) give(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		a.Log.Debug("write answer", slog.Any("error", err))
	}
}

func (a *api) beginVisit(w http.ResponseWriter, r *http.Request, kiosk, visit string) error {
	var person relay.Person
	if err := readSmall(w, r, &person); err != nil {
		return err
	}
	view, err := a.Relay.Begin(r.Context(), kiosk, visit, person)
	if err != nil {
		return err
	}
	a.give(w, http.StatusCreated, view)
	return nil
}

func (a *api) endVisit(w http.ResponseWriter, _ *http.Request, kiosk, visit string) error {
	a.Documents.Phones.CloseTo(kiosk + "/" + visit)
	a.Relay.End(kiosk, visit)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *api) passVisit(w http.ResponseWriter, r *http.Request, kiosk, visit string) error {
	a.Relay.Pass(w, r, kiosk, visit, r.PathValue("operation"))
	return nil
}

// openVisitPhone lets the visit's person send pictures by phone.
func (a *api) openVisitPhone(w http.ResponseWriter, _ *http.Request, kiosk, visit string) error {
	if err := a.Relay.Has(kiosk, visit); err != nil {
		return err
	}
	name := kiosk
	for _, agent := range a.Hall.Hall().Agents {
		if agent.ID == kiosk {
			name = cmp.Or(agent.Name, kiosk)
		}
	}
	u := a.Documents.Phones.Open(documents.PhoneUpload{
		To: kiosk + "/" + visit, Number: name, By: "kiosk:" + kiosk,
		Take: func(ctx context.Context, id, kind string, data []byte) error {
			return a.Relay.Upload(ctx, kiosk, visit, "手机照片-"+id[max(0, len(id)-6):]+extension(kind), kind, data)
		},
	})
	base := strings.TrimRight(cmp.Or(a.Hall.Hall().URL, a.View.URL), "/")
	a.give(w, http.StatusOK, link.PaperPhone{URL: base + "/u/" + u.Code, Until: u.Until.Std()})
	return nil
}

// extension is a picture's, by its type.
func extension(kind string) string {
	if kind == "image/png" {
		return ".png"
	}
	return ".jpg"
}

// visitPhone lists what phones have sent.
func (a *api) visitPhone(w http.ResponseWriter, _ *http.Request, kiosk, visit string) error {
	files, err := a.Relay.Files(kiosk, visit)
	if err != nil {
		return err
	}
	a.give(w, http.StatusOK, map[string]any{"files": files})
	return nil
}

// vouch finds out which member of staff compared a card with its holder.
func (a *api) vouch(w http.ResponseWriter, r *http.Request, kiosk, visit string) error {
	var by vouching
	if err := readSmall(w, r, &by); err != nil {
		return err
	}
	if err := a.Relay.Has(kiosk, visit); err != nil {
		return err
	}
	return a.vouchBy(w, kiosk, by)
}

// vouchAnyway is vouch without a visit.
func (a *api) vouchAnyway(w http.ResponseWriter, r *http.Request, kiosk, _ string) error {
	var by vouching
	if err := readSmall(w, r, &by); err != nil {
		return err
	}
	return a.vouchBy(w, kiosk, by)
}

func (a *api) vouchBy(w http.ResponseWriter, kiosk string, by vouching) error {
	person, err := a.Door.Enter(by.Staff, by.Password, a.Core.Now())
	if err != nil {
		a.Log.Warn("vouching refused", slog.String("by", "kiosk:"+kiosk), slog.String("staff", by.Staff), slog.Any("cause", err))
		return a.problem(err)
	}
	a.Log.Info("audit", slog.String("what", "face vouched for"), slog.String("kiosk", kiosk), slog.String("by", string(queue.StaffID(person.ID))))
	a.give(w, http.StatusOK, map[string]string{"staff": person.ID})
	return nil
}
