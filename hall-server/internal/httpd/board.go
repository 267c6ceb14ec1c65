package httpd

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/alarm"
	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// boardOperations declares what the manager's board asks beside the live link.
func (a *api) boardOperations(h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation) {
	huma.Register(h, get("get-board", "/board", "Everything the manager's board shows"), a.getBoard)
	huma.Register(h, get("get-board-setup", "/board/setup", "What the board shows that seldom changes"), a.getSetup)
	huma.Register(h, get("get-board-window", "/board/windows/{id}", "A window's numbers of today"), a.getBoardWindow)
	huma.Register(h, get("get-board-clerk", "/board/clerks/{id}", "A clerk's numbers of today, at whatever windows"), a.getBoardClerk)
	huma.Register(h, get("list-alarms", "/board/alarms", "The alarms that ring, the dearest for citizens first"), a.listAlarms)
	huma.Register(h, post("take-alarm", "/board/alarms/{id}/take", "Say who sees to an alarm", 0), a.takeAlarm)
	huma.Register(h, get("get-forecast", "/board/forecast", "How full the hall will be in the next two hours"), a.getForecast)
	huma.Register(h, get("list-replay-days", "/board/days", "The days that can be replayed, the newest first"), a.listDays)
	huma.Register(h, get("get-replay-day", "/board/days/{day}", "When a day began and ended, and its alarms"), a.getDay)
	huma.Register(h, get("list-attendance", "/attendance", "Who was there when, against the roster"), a.listAttendance)
	csv := get("get-attendance-csv", "/attendance.csv", "The same for a spreadsheet")
	csv.Responses = map[string]*huma.Response{"200": {
		Description: "The file",
		Content:     map[string]*huma.MediaType{csvType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
	huma.Register(h, csv, a.attendanceCSV)
	huma.Register(h, get("get-window-video", "/windows/{id}/video", "Where to watch a window now"), a.windowVideo)
	huma.Register(h, get("get-ticket-video", "/tickets/{id}/video", "Where to watch a visit, from each call to its end"), a.ticketVideo)
}

// manages refuses all but managers and administrators.
func manages(ctx context.Context) error {
	if access.From(ctx).Staff() {
		return nil
	}
	return denied()
}

type setupView struct {
	Targets      map[string]float64 `json:"targets" doc:"Minutes that people should wait at most, by service"`
	Cameras      []string           `json:"cameras" doc:"The windows that can be watched"`
	Satisfaction float64            `json:"satisfaction" doc:"The share of ratings that should be satisfied"`
	Rostered     bool               `json:"rostered" doc:"The hall has a roster or hours of attendance"`
	Platform     bool               `json:"platform" doc:"The hall hangs on a platform"`
}

func (a *api) getSetup(ctx context.Context, _ *struct{}) (*struct{ Body setupView }, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	h := a.Hall.Hall()
	out := setupView{
		Targets: make(map[string]float64, len(h.Services)), Cameras: []string{}, Satisfaction: alarm.SatisfactionTarget,
		Rostered: len(h.Roster) > 0, Platform: a.View.Platform != nil,
	}
	for i := range h.Services {
		out.Targets[h.Services[i].ID] = h.Services[i].TargetWait.Minutes()
	}
	for i := range h.Windows {
		out.Rostered = out.Rostered || len(h.Windows[i].Attendance) > 0
		if h.HasVideo(&h.Windows[i]) {
			out.Cameras = append(out.Cameras, h.Windows[i].ID)
		}
	}
	return &struct{ Body setupView }{out}, nil
}

// windowNumbers are a window's of today. Times are seconds.
type windowNumbers struct {
	Window      string           `json:"window"`
	Served      int              `json:"served"`
	MeanService int              `json:"meanService" doc:"Of those finished here; 0 if none was"`
	Usual       int              `json:"usual,omitempty" doc:"What the service of the ticket in front takes on average"`
	Waiting     int              `json:"waiting" doc:"Who waits for its services"`
	Attendance  []attendanceView `json:"attendance"`
	Camera      bool             `json:"camera"`
}

func (a *api) getBoardWindow(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40"`
},
) (*struct{ Body windowNumbers }, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	h := a.Hall.Hall()
	conf, known := h.Window(queue.WindowID(in.ID))
	if !known {
		return nil, a.problem(queue.Refuse(queue.NotFound, "window.unknown"))
	}
	out := windowNumbers{Window: in.ID, Camera: h.HasVideo(&conf), Attendance: []attendanceView{}}
	var day queue.Day
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		day = s.Day
		w := s.Windows[queue.WindowID(in.ID)]
		if w == nil {
			return
		}
		out.Served = w.Served
		if w.Served > 0 {
			out.MeanService = int(w.ServiceMs) / w.Served / 1000
		}
		for _, service := range conf.Services {
			out.Waiting += s.Count(queue.ServiceID(service), queue.Waiting)
		}
		if t := s.Tickets[w.Ticket]; t != nil {
			out.Usual = int(estimate.Mean(s, t.Service) / time.Second)
		}
	})
	list, err := a.attendance(ctx, day)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if e.Window == in.ID {
			out.Attendance = append(out.Attendance, e)
		}
	}
	return &struct{ Body windowNumbers }{out}, nil
}

// bandView is a forecast number with its 80 % range.
type bandView struct {
	Low  float64 `json:"low"`
	Mid  float64 `json:"mid"`
	High float64 `json:"high"`
}

func viewBand(b estimate.Band) bandView { return bandView{tenth(b.Low), tenth(b.Mid), tenth(b.High)} }

type forecastView struct {
	At      time.Time         `json:"at,omitzero" doc:"When it was made, the time of the first spot; absent if there is none"`
	Minutes int               `json:"minutes" doc:"Between two spots"`
	Known   bool              `json:"known" doc:"There are earlier days to speak from; if not, people are taken to come as in the last hour"`
	Days    float64           `json:"days" doc:"How many days, older ones counting less"`
	Waiting []bandView        `json:"waiting" doc:"Persons waiting in the hall"`
	Windows []int             `json:"windows" doc:"Windows open now, then those that should be by the roster"`
	Closes  time.Time         `json:"closes,omitzero" doc:"When the hall stops giving tickets, if that is within the two hours"`
	Service []serviceForecast `json:"services"`
	Advice  []adviceView      `json:"advice"`
}

type serviceForecast struct {
	Service string      `json:"service"`
	Zone    string      `json:"zone"`
	Name    string      `json:"name"`
	Target  float64     `json:"target" doc:"Minutes"`
	Waiting []bandView  `json:"waiting"`
	Waits   []*bandView `json:"waits" doc:"Minutes until the call of those who come then; null if nobody comes or too few are called"`
}

type adviceView struct {
	Service string    `json:"service"`
	Name    string    `json:"name" doc:"The service's"`
	Zone    string    `json:"zone"`
	Window  string    `json:"window"`
	Number  string    `json:"number" doc:"The window's"`
	Paused  bool      `json:"paused" doc:"Its clerk is there and pauses"`
	By      time.Time `json:"by"`
	Before  *float64  `json:"before,omitempty" doc:"Longest expected wait without it, minutes; absent if there is no end to it"`
	After   float64   `json:"after" doc:"The same with it"`
	Target  float64   `json:"target"`
}

func (a *api) getForecast(ctx context.Context, _ *struct{}) (*struct{ Body forecastView }, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	out := forecastView{
		Minutes: int(estimate.PreviewStep / time.Minute), Waiting: []bandView{}, Windows: []int{},
		Service: []serviceForecast{}, Advice: []adviceView{},
	}
	p, ok := a.View.Forecasts.Preview()
	if !ok {
		return &struct{ Body forecastView }{out}, nil
	}
	h := a.Hall.Hall()
	out.At, out.Days, out.Known = p.At.Std(), tenth(p.Days), p.Days >= estimate.EnoughDays
	out.Windows = append(out.Windows, p.Windows...)
	if p.Closes != 0 {
		out.Closes = p.Closes.Std()
	}
	for _, b := range p.Waiting {
		out.Waiting = append(out.Waiting, viewBand(b))
	}
	for _, svc := range h.Services {
		s, ok := p.Services[queue.ServiceID(svc.ID)]
		if !ok {
			continue
		}
		f := serviceForecast{Service: svc.ID, Zone: svc.Zone, Name: shortName(svc.Short, svc.Name), Target: svc.TargetWait.Minutes()}
		for i, b := range s.Waiting {
			f.Waiting = append(f.Waiting, viewBand(b))
			f.Waits = append(f.Waits, nil)
			if w := s.Waits[i]; w != nil {
				band := viewBand(*w)
				f.Waits[i] = &band
			}
		}
		out.Service = append(out.Service, f)
	}
	for i := range p.Advice {
		out.Advice = append(out.Advice, a.viewAdvice(&p.Advice[i]))
	}
	return &struct{ Body forecastView }{out}, nil
}

func (a *api) viewAdvice(x *estimate.Advice) adviceView {
	h := a.Hall.Hall()
	svc, _ := h.Service(x.Service)
	window, _ := h.Window(x.Window)
	out := adviceView{
		Service: string(x.Service), Name: shortName(svc.Short, svc.Name), Zone: svc.Zone, Window: string(x.Window), Number: window.Number,
		Paused: x.Paused, By: x.By.Std(), After: tenth(x.After), Target: x.Target,
	}
	if x.Before < estimate.Longest {
		before := tenth(x.Before)
		out.Before = &before
	}
	return out
}

func shortName(short, name string) string {
	if short != "" {
		return short
	}
	return name
}

func (a *api) getBoard(ctx context.Context, _ *struct{}) (*struct{ Body link.BoardView }, error) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	out := &struct{ Body link.BoardView }{}
	a.Core.Read(func(s *queue.State, now queue.Time) { out.Body = a.View.Board(s, now) })
	return out, nil
}
