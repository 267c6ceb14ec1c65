package supervision

import (
	"context"
	"fmt"
	"strings"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// View is a case as supervisors see it.
type View struct {
	ID               string    `json:"id"`
	ApplicationNo    string    `json:"applicationNo"`
	CaseNo           string    `json:"caseNo,omitempty"`
	Item             string    `json:"item"`
	ItemName         string    `json:"itemName"`
	Organisation     string    `json:"organisation"`
	OrganisationName string    `json:"organisationName,omitempty"`
	Region           string    `json:"region"`
	Hall             string    `json:"hall,omitempty"`
	Parent           string    `json:"parent,omitempty"`
	Applicant        string    `json:"applicant,omitempty" doc:"Masked"`
	State            string    `json:"state"`
	Submitted        time.Time `json:"submitted,omitzero"`
	Accepted         time.Time `json:"accepted,omitzero"`
	Ended            time.Time `json:"ended,omitzero"`
	// Promised and Statutory are where the limits stand, Light the worse of
	// the two and of the open steps.
	Promised  limit.Reading `json:"promised"`
	Statutory limit.Reading `json:"statutory"`
	Light     limit.Light   `json:"light"`
}

// view reads the case's lights at this moment.
func (s *Service) view(ctx context.Context, c *watched) (View, error) {
	v := View{
		ID: c.ID, ApplicationNo: c.ApplicationNo, CaseNo: c.CaseNo, Item: c.Item, ItemName: c.ItemName, Organisation: c.Organisation, OrganisationName: c.OrganisationName,
		Region: c.Region, Hall: c.Hall, Parent: c.Parent, Applicant: c.Applicant, State: c.State, Submitted: c.Submitted, Accepted: c.Accepted, Ended: c.Ended, Light: c.Light,
		Promised: limit.Reading{Light: limit.Off}, Statutory: limit.Reading{Light: limit.Off},
	}
	r, err := s.reckon(ctx, c.Region)
	if err != nil {
		return v, err
	}
	now := s.Store.Now()
	if c.Promised != nil {
		if v.Promised, err = r.Read(*c.Promised, "承诺", now); err != nil {
			return v, fmt.Errorf("read the clock of case %s: %w", c.ID, err)
		}
	}
	if c.Statutory != nil {
		if v.Statutory, err = r.Read(*c.Statutory, "法定", now); err != nil {
			return v, fmt.Errorf("read the clock of case %s: %w", c.ID, err)
		}
	}
	switch {
	case c.Running && c.rank == rankRed:
		v.Light = limit.Red
	case c.Running && c.rank == rankYellow && v.Light != limit.Red:
		v.Light = limit.Yellow
	}
	return v, nil
}

// Filter narrows a list of cases.
type Filter struct {
	// Light is red, yellow or empty for all; Ended lists those that are over.
	Light        limit.Light
	Organisation string
	Hall         string
	Item         string
	// Number is a whole application or case number.
	Number string
	Ended  bool
	// After is where the next page begins, as Page.Next says.
	After string
	Limit int
}

// Page is one page of cases.
type Page struct {
	Cases []View `json:"cases"`
	// Next begins the page after it; empty: there is none.
	Next string `json:"next,omitempty"`
}

// ranks are the stored ranks of the lights that can be asked for.
var ranks = map[limit.Light]int64{limit.Red: rankRed, limit.Yellow: rankYellow, limit.Green: rankRest}

// Cases lists the cases that the caller supervises: what is red first, then
// what turns red next.
func (s *Service) Cases(ctx context.Context, f Filter) (Page, error) {
	scope := scopeOf(ctx)
	if scope.organisation == "" {
		scope.organisation = f.Organisation
	} else if f.Organisation != "" && f.Organisation != scope.organisation {
		return Page{Cases: []View{}}, nil
	}
	rank := int64(-1)
	if r, ok := ranks[f.Light]; ok {
		rank = r
	} else if f.Light != "" {
		return Page{}, ErrInput.Wrong("light", "请选择红灯、黄灯或绿灯")
	}
	after, err := parseMark(f.After)
	if err != nil {
		return Page{}, err
	}
	query := `SELECT ` + caseColumns + ` FROM supervision_case
		WHERE running = $1 AND (rank, red_at, id) > ($2, $3, $4) AND ($5 < 0 OR rank = $5) AND region >= $6 AND region < $7
			AND ($8 = '' OR hall = $8) AND ($9 = '' OR item = $9) AND ($10 = '' OR application_no = $10 OR case_no = $10)`
	args := []any{store.Bool(!f.Ended), after.rank, after.redAt, after.id, rank, scope.from, scope.to, f.Hall, f.Item, strings.TrimSpace(f.Number)}
	// Two texts, because no engine finds the index where a condition may be off.
	if scope.organisation == "" {
		query += ` ORDER BY rank, red_at, id LIMIT $11`
	} else {
		query += ` AND organisation = $11 ORDER BY rank, red_at, id LIMIT $12`
		args = append(args, scope.organisation)
	}
	rows, err := s.Store.Read().QueryContext(ctx, query, append(args, f.Limit+1)...)
	if err != nil {
		return Page{}, fmt.Errorf("list watched cases: %w", err)
	}
	defer rows.Close()
	page := Page{Cases: []View{}}
	var last *watched
	for rows.Next() {
		c, err := scanCase(rows)
		if err != nil {
			return Page{}, fmt.Errorf("list watched cases: %w", err)
		}
		if len(page.Cases) == f.Limit {
			page.Next = fmt.Sprintf("%d.%d.%s", last.rank, last.redAt, last.ID)
			break
		}
		v, err := s.view(ctx, c)
		if err != nil {
			return Page{}, err
		}
		page.Cases, last = append(page.Cases, v), c
	}
	return page, rows.Err()
}

// mark is where a page begins.
type mark struct {
	rank, redAt int64
	id          string
}

func parseMark(text string) (m mark, err error) {
	if text == "" {
		return mark{rank: -1}, nil
	}
	if n, err := fmt.Sscanf(text, "%d.%d.%26s", &m.rank, &m.redAt, &m.id); err != nil || n != 3 {
		return m, ErrInput.Wrong("after", "分页标记有误")
	}
	return m, nil
}

// Happening is one thing that happened with a case.
type Happening struct {
	At           time.Time `json:"at"`
	Type         string    `json:"type"`
	Words        string    `json:"words"`
	Organisation string    `json:"organisation,omitempty"`
	Staff        string    `json:"staff,omitempty"`
	StaffName    string    `json:"staffName,omitempty"`
}

// File is all that supervision knows of a case.
type File struct {
	Case    View        `json:"case"`
	Steps   []Step      `json:"steps"`
	Log     []Happening `json:"log"`
	Signals []Signal    `json:"signals"`
	Orders  []Order     `json:"orders"`
}

// File returns a case with every step and its times.
func (s *Service) File(ctx context.Context, id string) (File, error) {
	q := s.Store.Read()
	c, err := read(ctx, q, id)
	switch {
	case store.IsNone(err):
		return File{}, ErrUnknown
	case err != nil:
		return File{}, err
	case !maySee(ctx, c.Region, c.Organisation):
		return File{}, ErrUnknown
	}
	f := File{Signals: []Signal{}}
	if f.Case, err = s.view(ctx, c); err != nil {
		return f, err
	}
	if f.Steps, err = steps(ctx, q, id); err != nil {
		return f, err
	}
	r, err := s.reckon(ctx, c.Region)
	if err != nil {
		return f, err
	}
	for i := range f.Steps {
		v := &f.Steps[i]
		v.Reading = limit.Reading{Light: limit.Off}
		if v.clock != nil {
			if v.Reading, err = r.Read(*v.clock, "本环节", s.Store.Now()); err != nil {
				return f, err
			}
		}
	}
	if f.Log, err = happenings(ctx, q, id); err != nil {
		return f, err
	}
	rows, err := q.QueryContext(ctx, signalColumns+`WHERE case_id = $1 ORDER BY at, id`, id)
	if err != nil {
		return f, fmt.Errorf("list a case's signals: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		g, err := scanSignal(rows)
		if err != nil {
			return f, fmt.Errorf("list a case's signals: %w", err)
		}
		f.Signals = append(f.Signals, g)
	}
	if err := rows.Err(); err != nil {
		return f, err
	}
	if f.Orders, err = s.Orders(ctx, id, false, 100); err != nil {
		return f, err
	}
	s.nameStaff(ctx, &f)
	return f, nil
}

// nameStaff names who did what, each asked for once.
func (s *Service) nameStaff(ctx context.Context, f *File) {
	known := map[string]string{"": ""}
	name := func(id string) string {
		if _, ok := known[id]; !ok {
			known[id] = s.StaffName(ctx, id)
		}
		return known[id]
	}
	for i := range f.Steps {
		f.Steps[i].StaffName = name(f.Steps[i].Staff)
	}
	for i := range f.Log {
		f.Log[i].StaffName = name(f.Log[i].Staff)
	}
}

// maxLog is how much of a case's log is shown.
const maxLog = 500

func happenings(ctx context.Context, q store.Querier, id string) ([]Happening, error) {
	rows, err := q.QueryContext(ctx, `SELECT at, type, words, organisation, staff FROM supervision_log WHERE case_id = $1 ORDER BY at, id LIMIT $2`, id, maxLog)
	if err != nil {
		return nil, fmt.Errorf("read a case's log: %w", err)
	}
	defer rows.Close()
	list := []Happening{}
	for rows.Next() {
		var h Happening
		var at int64
		if err := rows.Scan(&at, &h.Type, &h.Words, &h.Organisation, &h.Staff); err != nil {
			return nil, fmt.Errorf("read a case's log: %w", err)
		}
		h.At = store.Time(at)
		list = append(list, h)
	}
	return list, rows.Err()
}

// Count is how many cases of one kind there are.
type Count struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Red    int    `json:"red"`
	Yellow int    `json:"yellow"`
	Rest   int    `json:"rest"`
	// Ended are those that were over in the last thirty days, Late those of
	// them that were late.
	Ended int `json:"ended"`
	Late  int `json:"late"`
}

// Overview is everything at a glance.
type Overview struct {
	At            time.Time `json:"at"`
	Total         Count     `json:"total"`
	Organisations []Count   `json:"organisations"`
	Halls         []Count   `json:"halls"`
	OpenSignals   int       `json:"openSignals"`
	OpenOrders    int       `json:"openOrders"`
	// Days are the last fourteen: how many were accepted and ended on each.
	Days []DayCount `json:"days"`
}

// DayCount is one day's cases.
type DayCount struct {
	Day      string `json:"day"`
	Accepted int    `json:"accepted"`
	Ended    int    `json:"ended"`
}

// How far back the overview looks.
const (
	overviewDays = 14
	endedDays    = 30
)

// Overview counts the cases that the caller supervises.
func (s *Service) Overview(ctx context.Context) (Overview, error) {
	scope, now := scopeOf(ctx), s.Store.Now()
	o := Overview{At: now, Total: Count{ID: "all"}}
	since := store.Millis(now.AddDate(0, 0, -endedDays))
	var err error
	if o.Organisations, err = s.counts(ctx, `organisation`, `max(organisation_name)`, scope, since); err != nil {
		return o, err
	}
	if o.Halls, err = s.counts(ctx, `hall`, `''`, scope, since); err != nil {
		return o, err
	}
	for _, c := range o.Organisations {
		o.Total.Red, o.Total.Yellow, o.Total.Rest = o.Total.Red+c.Red, o.Total.Yellow+c.Yellow, o.Total.Rest+c.Rest
		o.Total.Ended, o.Total.Late = o.Total.Ended+c.Ended, o.Total.Late+c.Late
	}
	err = s.Store.Read().QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM supervision_signal WHERE state <> 'closed' AND ($1 = '' OR organisation = $1) AND region >= $2 AND region < $3),
		(SELECT count(*) FROM supervision_order WHERE state <> 'closed' AND ($1 = '' OR organisation = $1) AND region >= $2 AND region < $3)`,
		scope.organisation, scope.from, scope.to).Scan(&o.OpenSignals, &o.OpenOrders)
	if err != nil {
		return o, fmt.Errorf("count signals: %w", err)
	}
	o.Days, err = s.days(ctx, scope, now)
	return o, err
}

// counts counts cases by one column; it and name are no input.
func (s *Service) counts(ctx context.Context, column, name string, scope scope, since int64) ([]Count, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT `+column+`, `+name+`,
			sum(CASE WHEN running = 1 AND rank = 0 THEN 1 ELSE 0 END), sum(CASE WHEN running = 1 AND rank = 1 THEN 1 ELSE 0 END),
			sum(CASE WHEN running = 1 AND rank = 2 THEN 1 ELSE 0 END), sum(CASE WHEN running = 0 THEN 1 ELSE 0 END),
			sum(CASE WHEN running = 0 AND light = 'red' THEN 1 ELSE 0 END)
		FROM supervision_case WHERE (running = 1 OR ended_at >= $1) AND ($2 = '' OR organisation = $2) AND region >= $3 AND region < $4
		GROUP BY `+column+` ORDER BY 3 DESC, 4 DESC, 1 LIMIT 200`, since, scope.organisation, scope.from, scope.to)
	if err != nil {
		return nil, fmt.Errorf("count cases: %w", err)
	}
	defer rows.Close()
	list := []Count{}
	for rows.Next() {
		var c Count
		if err := rows.Scan(&c.ID, &c.Name, &c.Red, &c.Yellow, &c.Rest, &c.Ended, &c.Late); err != nil {
			return nil, fmt.Errorf("count cases: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// days counts what was accepted and ended on each of the last days.
func (s *Service) days(ctx context.Context, scope scope, now time.Time) ([]DayCount, error) {
	list := make([]DayCount, overviewDays)
	index := map[string]*DayCount{}
	today := calendar.On(now.In(s.Zone))
	for i := range list {
		list[i].Day = today.Add(i - overviewDays + 1).String()
		index[list[i].Day] = &list[i]
	}
	since := store.Millis(today.Add(1 - overviewDays).In(s.Zone))
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT accepted_at, ended_at FROM supervision_case
		WHERE (accepted_at >= $1 OR ended_at >= $1) AND ($2 = '' OR organisation = $2) AND region >= $3 AND region < $4`, since, scope.organisation, scope.from, scope.to)
	if err != nil {
		return nil, fmt.Errorf("count days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var accepted, ended int64
		if err := rows.Scan(&accepted, &ended); err != nil {
			return nil, fmt.Errorf("count days: %w", err)
		}
		if d := index[calendar.On(moment(accepted).In(s.Zone)).String()]; d != nil && accepted > 0 {
			d.Accepted++
		}
		if d := index[calendar.On(moment(ended).In(s.Zone)).String()]; d != nil && ended > 0 {
			d.Ended++
		}
	}
	return list, rows.Err()
}
