package httpd

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/queue"
)

// settingOperations declares what shows the rules in force; they are edited in
// the hall's file.
func (a *api) settingOperations(h huma.API, get func(id, path, summary string) huma.Operation) {
	huma.Register(h, get("list-series", "/series", "List the number series and where they stand today"), a.listSeries)
	huma.Register(h, get("list-quotas", "/quotas", "List the quotas and how much of them is used today"), a.listQuotas)
	huma.Register(h, get("list-priorities", "/priorities", "List the priority classes and how often each was given today"), a.listPriorities)
}

type seriesState struct {
	ID     string `json:"id"`
	Prefix string `json:"prefix"`
	Digits int    `json:"digits"`
	First  int    `json:"first"`
	Last   int    `json:"last"`
	Next   int    `json:"next" doc:"The next number to be given"`
	Kiosk  string `json:"kiosk,omitempty" doc:"The machine that gives these numbers itself while the hall is away"`
	// Services share the series.
	Services []string `json:"services"`
}

func (a *api) listSeries(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Series []seriesState `json:"series"`
	}
}, error,
) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	out := &struct {
		Body struct {
			Series []seriesState `json:"series"`
		}
	}{}
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		for _, series := range s.Config.Series {
			one := seriesState{
				ID: string(series.ID), Prefix: series.Prefix, Digits: series.Digits, First: series.First, Last: series.Last,
				Next: max(s.Next[series.ID], series.First), Kiosk: series.Kiosk, Services: []string{},
			}
			for _, service := range s.Config.Services {
				if service.Series == series.ID {
					one.Services = append(one.Services, string(service.ID))
				}
			}
			out.Body.Series = append(out.Body.Series, one)
		}
	})
	return out, nil
}

type quotaState struct {
	Service string `json:"service"`
	From    int    `json:"from" doc:"Minutes after midnight"`
	To      int    `json:"to"`
	Places  int    `json:"places"`
	Used    int    `json:"used" doc:"By walk-ins and appointments"`
}

func (a *api) listQuotas(ctx context.Context, in *struct {
	Day string `query:"day" format:"date" doc:"Business day YYYY-MM-DD; by default the open one"`
},
) (*struct {
	Body struct {
		Day    string       `json:"day"`
		Quotas []quotaState `json:"quotas"`
	}
}, error,
) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	out := &struct {
		Body struct {
			Day    string       `json:"day"`
			Quotas []quotaState `json:"quotas"`
		}
	}{}
	out.Body.Quotas = []quotaState{}
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		day := s.Day
		if in.Day != "" {
			day = queue.Day(in.Day)
		}
		out.Body.Day = string(day)
		for _, service := range s.Config.Services {
			for _, q := range service.Quotas {
				out.Body.Quotas = append(out.Body.Quotas, quotaState{
					Service: string(service.ID), From: q.From, To: q.To, Places: q.Places, Used: s.Used(service.ID, day, q),
				})
			}
		}
	})
	return out, nil
}

type priorityClass struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	ShortenSeconds int    `json:"shortenSeconds" doc:"How much earlier such a ticket is due"`
	Age            int    `json:"age,omitempty"`
	Authorise      bool   `json:"authorise,omitempty"`
	Daily          int    `json:"daily,omitempty" doc:"How many a day may have it; absent means no limit"`
	Given          int    `json:"given" doc:"How many have it today"`
}

func (a *api) listPriorities(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Priorities []priorityClass `json:"priorities"`
	}
}, error,
) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	out := &struct {
		Body struct {
			Priorities []priorityClass `json:"priorities"`
		}
	}{}
	out.Body.Priorities = []priorityClass{}
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		for _, p := range a.Hall.Hall().Priorities {
			out.Body.Priorities = append(out.Body.Priorities, priorityClass{
				ID: p.ID, Name: p.Name, ShortenSeconds: int(p.Shorten.Seconds()), Age: p.Age, Authorise: p.Authorise,
				Daily: p.Daily, Given: s.Given(p.ID),
			})
		}
	})
	return out, nil
}
