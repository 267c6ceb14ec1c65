package httpd

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

// estimateOperations declares the routes of waits that were promised.
func (a *api) estimateOperations(h huma.API) {
	get := func(id, path, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: prefix + path, Summary: summary, Description: description,
			Errors: problemStatuses,
		}
	}
	huma.Register(h, get("get-estimates", "/estimates", "How long people will wait",
		"Ranges as they are shown, and the quantiles behind them, in minutes. The tickets that wait and today's accuracy are for staff."), a.getEstimates)
	huma.Register(h, get("get-estimates-report", "/estimates/report", "How good promised waits were",
		"Errors of the first forecast of every ticket that was called, by service and hour of the day."), a.getEstimatesReport)
}

// waitView is a wait as it is told and as it was forecast.
type waitView struct {
	Low      *int    `json:"low,omitempty" doc:"Shown range in minutes; absent if no window is open"`
	High     *int    `json:"high,omitempty"`
	NoWindow bool    `json:"noWindow,omitempty" doc:"No window is open, so there are no numbers"`
	P10      float64 `json:"p10,omitempty" doc:"Minutes that aren't exceeded with 10 per cent"`
	P50      float64 `json:"p50,omitempty"`
	P80      float64 `json:"p80,omitempty"`
	P90      float64 `json:"p90,omitempty"`
}

func viewWait(r estimate.Range, w estimate.Wait) waitView {
	if r.None || w.None {
		return waitView{NoWindow: true}
	}
	return waitView{Low: &r.Low, High: &r.High, P10: tenth(w.P10), P50: tenth(w.P50), P80: tenth(w.P80), P90: tenth(w.P90)}
}

// tenth rounds to a tenth.
func tenth(x float64) float64 { return float64(int(x*10+0.5)) / 10 }

type serviceWait struct {
	Service string `json:"service"`
	Ahead   int    `json:"ahead" doc:"How many wait for it"`
	waitView
}

type ticketWait struct {
	Ticket  string `json:"ticket"`
	Number  string `json:"number"`
	Service string `json:"service"`
	waitView
}

// promiseAccuracy is estimate.Accuracy as the API tells it.
type promiseAccuracy struct {
	N        int     `json:"n" doc:"Tickets that were promised a wait and called"`
	Mean     float64 `json:"mean" doc:"How long they waited on average, minutes"`
	MAE      float64 `json:"mae" doc:"Mean absolute error, minutes"`
	Bias     float64 `json:"bias" doc:"By how much forecasts were too long on average, minutes"`
	WAPE     float64 `json:"wape" doc:"Sum of the errors as a part of the sum of the waits"`
	Within   float64 `json:"within" doc:"Share with an error of at most 5 minutes or 25 %"`
	UnderBy5 float64 `json:"underBy5" doc:"Share that waited more than 5 minutes longer than promised"`
	Coverage float64 `json:"coverage" doc:"Share called within the range that should hold 80 %"`
}

func viewPromises(a estimate.Accuracy) promiseAccuracy { return promiseAccuracy(a) }

type estimatesOutput struct {
	Body struct {
		At       time.Time        `json:"at" doc:"When it was forecast; absent until then"`
		Services []serviceWait    `json:"services"`
		Tickets  []ticketWait     `json:"tickets,omitempty"`
		Accuracy *promiseAccuracy `json:"accuracy,omitempty"`
	}
}

func (a *api) getEstimates(ctx context.Context, _ *struct{}) (*estimatesOutput, error) {
	out := &estimatesOutput{}
	out.Body.Services = []serviceWait{}
	outlook, ok := a.View.Forecasts.Outlook()
	if !ok {
		return out, nil
	}
	staff := sees(ctx) == nil
	out.Body.At = outlook.At.Std()
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		for i := range s.Config.Services {
			id := s.Config.Services[i].ID
			if w, ok := outlook.Services[id]; ok {
				r, _ := a.View.Forecasts.Service(id)
				out.Body.Services = append(out.Body.Services, serviceWait{string(id), w.Ahead, viewWait(r, w.Wait)})
			}
			if !staff {
				continue
			}
			for _, t := range s.Waiting(id) {
				if w, ok := outlook.Tickets[t.ID]; ok {
					r, _ := a.View.Forecasts.Ticket(t.ID)
					out.Body.Tickets = append(out.Body.Tickets, ticketWait{string(t.ID), t.Number, string(id), viewWait(r, w)})
				}
			}
		}
	})
	if staff {
		accuracy := viewPromises(a.View.Forecasts.Accuracy())
		out.Body.Accuracy = &accuracy
	}
	return out, nil
}

// estimatesReportInput is a range of business days, both included.
type estimatesReportInput struct {
	From string `query:"from" format:"date" doc:"First business day; today if absent"`
	To   string `query:"to" format:"date" doc:"Last business day; today if absent"`
}

type estimatesReportOutput struct {
	Body struct {
		From     string            `json:"from"`
		To       string            `json:"to"`
		Total    promiseAccuracy   `json:"total"`
		Services []serviceAccuracy `json:"services"`
	}
}

type serviceAccuracy struct {
	Service string          `json:"service"`
	Name    string          `json:"name"`
	Total   promiseAccuracy `json:"total"`
	Hours   []hourAccuracy  `json:"hours"`
}

type hourAccuracy struct {
	Hour int `json:"hour" doc:"Hour of the day, 0 to 23, in which the wait was promised"`
	promiseAccuracy
}

func (a *api) getEstimatesReport(ctx context.Context, in *estimatesReportInput) (*estimatesReportOutput, error) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	out := &estimatesReportOutput{}
	var today string
	a.Core.Read(func(s *queue.State, _ queue.Time) { today = string(s.Day) })
	out.Body.From, out.Body.To = in.From, in.To
	if out.Body.From == "" {
		out.Body.From = today
	}
	if out.Body.To == "" {
		out.Body.To = today
	}
	if out.Body.To < out.Body.From {
		return nil, a.problem(queue.Refuse(queue.Invalid, "statistics.range"))
	}
	var sum estimate.Reporter
	if err := a.Store.PromiseOutcomes(ctx, queue.Day(out.Body.From), queue.Day(out.Body.To), sum.Add); err != nil {
		return nil, a.problem(err)
	}
	report := sum.Report()
	out.Body.Total, out.Body.Services = viewPromises(report.Total), []serviceAccuracy{}
	for _, s := range report.Services {
		v := serviceAccuracy{Service: string(s.Service), Name: a.serviceName(s.Service), Total: viewPromises(s.Total), Hours: []hourAccuracy{}}
		for _, h := range s.Hours {
			v.Hours = append(v.Hours, hourAccuracy{h.Hour, viewPromises(h.Accuracy)})
		}
		out.Body.Services = append(out.Body.Services, v)
	}
	return out, nil
}

// serviceName is the name of a service, or its id if it is no longer there.
func (a *api) serviceName(id queue.ServiceID) string {
	if svc, ok := a.Hall.Hall().Service(id); ok {
		return svc.Name
	}
	return string(id)
}
