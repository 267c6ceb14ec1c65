package httpd

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
	"smarthall/internal/webpages"
)

// planRoutes serve what the plan's page on phones shows; the page itself is one
// of the built ones. Nobody has to sign in: it is what anybody sees in the hall.
func (a *api) planRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /plan/data", a.planData)
}

// planView is the plan for people on the way to the hall.
type planView struct {
	Hall string `json:"hall"`
	// Plan is the drawing; absent without one. What the machines on it are called
	// inside the hall is left out.
	Plan      *link.PlanView      `json:"plan,omitempty"`
	Services  []planService       `json:"services"`
	Windows   []planWindow        `json:"windows"`
	Languages []link.LanguageView `json:"languages,omitempty"`
}

// planService is a service with the windows that serve it.
type planService struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Windows []string `json:"windows"`
}

// planWindow tells whether a window is open: idle or serving is, paused and
// signed-out are not.
type planWindow struct {
	ID    string           `json:"id"`
	State link.WindowState `json:"state"`
}

func (a *api) planData(w http.ResponseWriter, r *http.Request) {
	body, err := json.Marshal(a.planView())
	if err != nil {
		a.Log.Error("encode the plan", slog.Any("error", err))
		a.write(w, newProblem(http.StatusInternalServerError, "internal", "系统出错，请稍候重试"))
		return
	}
	sum := fnv.New64a()
	_, _ = sum.Write(body)
	tag := fmt.Sprintf(`"%x"`, sum.Sum64())
	h := w.Header()
	webpages.Protect(h)
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if _, err := w.Write(body); err != nil {
		a.Log.Debug("write the plan", slog.Any("error", err))
	}
}

func (a *api) planView() planView {
	h := a.Hall.Hall()
	out := planView{
		Hall: h.Name, Plan: a.View.Plan(h), Languages: h.LanguageViews(),
		Services: []planService{}, Windows: []planWindow{},
	}
	if out.Plan != nil {
		for _, floor := range out.Plan.Floors {
			for i := range floor.Places {
				floor.Places[i].Agent = ""
			}
		}
	}
	a.Core.Read(func(s *queue.State, now queue.Time) {
		for _, svc := range a.View.Services(s, now) {
			out.Services = append(out.Services, planService{ID: svc.ID, Name: svc.Name, Windows: svc.Windows})
		}
		for _, w := range a.View.Windows(s, now) {
			state := w.State
			if w.Disabled || state == link.WindowAnomaly {
				state = link.WindowSignedOut // why nobody is there is no citizen's business
			}
			out.Windows = append(out.Windows, planWindow{ID: w.ID, State: state})
		}
	})
	return out
}

// planLink is the address of the plan with the way to the windows of these
// numbers; empty if there is no plan.
func planLink(h *hall.Hall, numbers []string) string {
	if h.Plan == nil {
		return ""
	}
	return "/plan?" + url.Values{"windows": {strings.Join(numbers, ",")}}.Encode()
}
