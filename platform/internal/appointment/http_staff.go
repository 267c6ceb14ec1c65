package appointment

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// staffRoutes declares what staff do.
func (s *Service) staffRoutes(r *httpd.Router, op func(id, method, path, summary string, who access.Who) httpd.Operation) {
	staff := access.StaffWith(access.RoleAppointment)
	desk := access.StaffWith(access.RoleAppointment, access.RoleServiceDesk)
	httpd.Register(r, op("list-appointments", http.MethodGet, "/appointments", "List a hall's appointments of a day", desk), s.getDay)
	httpd.Register(r, op("find-appointment", http.MethodGet, "/appointments/by-number/{number}", "Find an appointment by its number", desk), s.getByNumber)
	httpd.Register(r, op("export-appointments", http.MethodGet, "/appointments/export", "A hall's appointments of a day as a workbook", staff), s.getExport)
	httpd.Register(r, op("count-appointments", http.MethodGet, "/appointments/statistics", "Count appointments by item, channel and what became of them",
		access.StaffWith(access.RoleAppointment, access.RoleSupervisor)), s.getStatistics)
	book := op("book-appointment-for", http.MethodPost, "/appointments/telephone", "Book for somebody on the telephone", desk)
	book.Status = http.StatusCreated
	httpd.Register(r, book, s.postTelephone)
	httpd.Register(r, op("get-appointment-settings", http.MethodGet, "/appointments/settings/{hall}", "A hall's settings of appointments", staff), s.getSettings)
	httpd.Register(r, op("set-appointment-service", http.MethodPut, "/appointments/settings/{hall}/services/{service}", "Set what a service can take", staff), s.putServicePlan)
	httpd.Register(r, op("set-appointment-item", http.MethodPut, "/appointments/settings/{hall}/items/{item}", "Set how an item may be booked", staff), s.putItemPlan)
	httpd.Register(r, op("set-appointment-period", http.MethodPut, "/appointments/periods", "Close a period of a day, or give it other places", staff), s.putPeriod)
	httpd.Register(r, op("list-days", http.MethodGet, "/appointments/days", "List working days and days off that were set", staff), s.getDays)
	httpd.Register(r, op("set-day", http.MethodPut, "/appointments/days", "Make a day a working day or a day off", staff), s.putDay)
	httpd.Register(r, op("plan-year", http.MethodPost, "/appointments/days/plan", "Read a year's notice of days off, and change nothing", staff), s.planYear)
	httpd.Register(r, op("set-year", http.MethodPost, "/appointments/days/year", "Set the days of a year's notice, all or none", staff), s.putYear)
	httpd.Register(r, op("drop-day", http.MethodDelete, "/appointments/days", "Let the official calendar say what a day is", staff), s.deleteDay)
	httpd.Register(r, op("get-credit-rules", http.MethodGet, "/appointments/rules", "The rules of credit", access.Everybody()), s.getRules)
	httpd.Register(r, op("set-credit-rules", http.MethodPut, "/appointments/rules", "Set the rules of credit", staff), s.putRules)
	httpd.Register(r, op("list-appeals", http.MethodGet, "/appointments/appeals", "List appeals that wait for an answer", staff), s.getAppeals)
	httpd.Register(r, op("decide-appeal", http.MethodPost, "/appointments/appeals/{id}/decision", "Answer an appeal", staff), s.postDecision)
}

type dayInput struct {
	Hall  string `query:"hall" required:"true" maxLength:"40"`
	Day   string `query:"day" required:"true" maxLength:"10"`
	State string `query:"state" enum:"booked,checked-in,served,missed,unserved,cancelled,refused,lapsed"`
	Item  string `query:"item" maxLength:"60"`
}

func (s *Service) getDay(ctx context.Context, in *dayInput) (*viewsOutput, error) {
	day, err := ParseDay("day", in.Day)
	if err != nil {
		return nil, err
	}
	list, err := s.Day(ctx, in.Hall, day, State(in.State), in.Item)
	if err != nil {
		return nil, err
	}
	out := &viewsOutput{}
	out.Body.Appointments = s.views(ctx, list)
	return out, nil
}

type numberInput struct {
	Number string `path:"number" maxLength:"20"`
}

func (s *Service) getByNumber(ctx context.Context, in *numberInput) (*viewOutput, error) {
	b, err := s.ByNumber(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	return &viewOutput{s.view(ctx, b)}, nil
}

type exportInput struct {
	Hall string `query:"hall" required:"true" maxLength:"40"`
	Day  string `query:"day" required:"true" maxLength:"10"`
}

type fileOutput struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Cache       string `header:"Cache-Control"`
	Body        []byte
}

func (s *Service) getExport(ctx context.Context, in *exportInput) (*fileOutput, error) {
	day, err := ParseDay("day", in.Day)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := s.Export(ctx, &out, in.Hall, day); err != nil {
		return nil, err
	}
	return &fileOutput{
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"attachment; filename*=UTF-8''" + url.PathEscape("预约-"+day.String()+".xlsx"), "private, no-store", out.Bytes(),
	}, nil
}

type statisticsInput struct {
	Hall string `query:"hall" required:"true" maxLength:"40"`
	From string `query:"from" required:"true" maxLength:"10"`
	To   string `query:"to" required:"true" maxLength:"10"`
}

type statisticsOutput struct {
	Body struct {
		Counts []Count `json:"counts"`
	}
}

func (s *Service) getStatistics(ctx context.Context, in *statisticsInput) (*statisticsOutput, error) {
	first, err := ParseDay("from", in.From)
	if err != nil {
		return nil, err
	}
	last, err := ParseDay("to", in.To)
	if err != nil {
		return nil, err
	}
	list, err := s.Statistics(ctx, in.Hall, first, last)
	if err != nil {
		return nil, err
	}
	out := &statisticsOutput{}
	out.Body.Counts = list
	return out, nil
}

type telephoneInput struct {
	Keyed
	Body struct {
		Slot
		Hall     string `json:"hall" maxLength:"40"`
		Item     string `json:"item" maxLength:"60"`
		Name     string `json:"name" maxLength:"200"`
		IDNumber string `json:"idNumber" maxLength:"18"`
		Phone    string `json:"phone" maxLength:"20"`
	}
}

func (s *Service) postTelephone(ctx context.Context, in *telephoneInput) (*bookOutput, error) {
	b := in.Body
	booked, again, err := s.BookFor(ctx, Request{Hall: b.Hall, Item: b.Item, Day: b.Day, From: b.From, Key: in.Key}, Caller{b.Name, b.IDNumber, b.Phone})
	if err != nil {
		return nil, err
	}
	return s.bookOutput(ctx, booked, again), nil
}

type hallInput struct {
	Hall string `path:"hall" maxLength:"40"`
}

type settingsOutput struct{ Body Settings }

func (s *Service) getSettings(ctx context.Context, in *hallInput) (*settingsOutput, error) {
	v, err := s.Settings(ctx, in.Hall)
	if err != nil {
		return nil, err
	}
	return &settingsOutput{v}, nil
}

type servicePlanInput struct {
	Hall    string `path:"hall" maxLength:"40"`
	Service string `path:"service" maxLength:"60"`
	Body    struct {
		Share   int      `json:"share" minimum:"0" maximum:"100" doc:"Percent of the places that may be booked"`
		Periods []Period `json:"periods" maxItems:"96"`
	}
}

func (s *Service) putServicePlan(ctx context.Context, in *servicePlanInput) (*none, error) {
	return nil, s.PutService(ctx, ServicePlan{Hall: in.Hall, Service: in.Service, Share: in.Body.Share, Periods: in.Body.Periods})
}

type itemPlanInput struct {
	Hall string `path:"hall" maxLength:"40"`
	Item string `path:"item" maxLength:"60"`
	Body struct {
		Service  string `json:"service" maxLength:"60"`
		Name     string `json:"name" maxLength:"400"`
		Open     bool   `json:"open"`
		Most     int    `json:"most,omitempty" minimum:"0" maximum:"10000" doc:"In one period; 0: as many as the service has"`
		FirstDay int    `json:"firstDay" minimum:"0" maximum:"30" doc:"Days from today to the first bookable one"`
		Days     int    `json:"days" minimum:"1" maximum:"60"`
	}
}

func (s *Service) putItemPlan(ctx context.Context, in *itemPlanInput) (*none, error) {
	b := in.Body
	return nil, s.PutItem(ctx, ItemPlan{
		Hall: in.Hall, Item: in.Item, Service: b.Service, Name: b.Name, Open: b.Open, Most: b.Most, FirstDay: b.FirstDay, Days: b.Days,
	})
}

type periodInput struct{ Body PeriodRule }

type periodOutput struct {
	Body struct {
		Cancelled int `json:"cancelled"`
	}
}

func (s *Service) putPeriod(ctx context.Context, in *periodInput) (*periodOutput, error) {
	n, err := s.PutPeriod(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	out := &periodOutput{}
	out.Body.Cancelled = n
	return out, nil
}

type daysInput struct {
	From string `query:"from" maxLength:"10" doc:"By default today"`
}

type daysOutput struct {
	Body struct {
		Days []DayRule `json:"days"`
	}
}

func (s *Service) getDays(ctx context.Context, in *daysInput) (*daysOutput, error) {
	from := calendar.On(s.Store.Now())
	if in.From != "" {
		var err error
		if from, err = ParseDay("from", in.From); err != nil {
			return nil, err
		}
	}
	list, err := s.DayRules(ctx, from)
	if err != nil {
		return nil, err
	}
	out := &daysOutput{}
	out.Body.Days = list
	return out, nil
}

type putDayInput struct{ Body DayRule }

func (s *Service) putDay(ctx context.Context, in *putDayInput) (*none, error) {
	return nil, s.PutDay(ctx, in.Body)
}

type yearInput struct{ Body Year }

type yearPlanOutput struct{ Body YearPlan }

func (s *Service) planYear(ctx context.Context, in *yearInput) (*yearPlanOutput, error) {
	p, err := s.PlanYear(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return &yearPlanOutput{p}, nil
}

type yearOutput struct {
	Body struct {
		Set int `json:"set" doc:"How many days were set"`
	}
}

func (s *Service) putYear(ctx context.Context, in *yearInput) (*yearOutput, error) {
	n, err := s.PutYear(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	out := &yearOutput{}
	out.Body.Set = n
	return out, nil
}

type dropDayInput struct {
	Hall   string `query:"hall" maxLength:"40"`
	Region string `query:"region" maxLength:"12"`
	Day    string `query:"day" required:"true" maxLength:"10"`
}

func (s *Service) deleteDay(ctx context.Context, in *dropDayInput) (*none, error) {
	return nil, s.DropDay(ctx, DayRule{Hall: in.Hall, Region: in.Region, Day: in.Day})
}

type rulesOutput struct{ Body Rules }

func (s *Service) getRules(ctx context.Context, _ *none) (*rulesOutput, error) {
	v, err := s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	return &rulesOutput{v}, nil
}

type rulesInput struct{ Body Rules }

func (s *Service) putRules(ctx context.Context, in *rulesInput) (*none, error) {
	return nil, s.SetRules(ctx, in.Body)
}

type appealsOutput struct {
	Body struct {
		Appeals []Suspension `json:"appeals"`
	}
}

func (s *Service) getAppeals(ctx context.Context, _ *none) (*appealsOutput, error) {
	list, err := s.Appeals(ctx)
	if err != nil {
		return nil, err
	}
	out := &appealsOutput{}
	out.Body.Appeals = list
	return out, nil
}

type decisionInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Lift   bool   `json:"lift"`
		Answer string `json:"answer" maxLength:"2000"`
	}
}

func (s *Service) postDecision(ctx context.Context, in *decisionInput) (*none, error) {
	return nil, s.Decide(ctx, in.ID, in.Body.Lift, in.Body.Answer)
}
