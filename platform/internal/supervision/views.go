package supervision

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
	number := ` AND $10 = ''`
	if f.Number = strings.TrimSpace(f.Number); f.Number != "" {
		number = ` AND id IN (SELECT id FROM supervision_case WHERE application_no = $10 UNION SELECT id FROM supervision_case WHERE case_no = $10)`
	}
	query := `SELECT ` + caseColumns + ` FROM supervision_case
		WHERE running = $1 AND (rank, red_at, id) > ($2, $3, $4) AND ($5 < 0 OR rank = $5) AND region >= $6 AND region < $7
			AND ($8 = '' OR hall = $8) AND ($9 = '' OR item = $9)` + number
	args := []any{store.Bool(!f.Ended), after.rank, after.redAt, after.id, rank, scope.from, scope.to, f.Hall, f.Item, f.Number}
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
	}
	f := File{Signals: []Signal{}}
	if f.Steps, err = steps(ctx, q, c); err != nil {
		return f, err
	}
	// Who has a step of the case sees the case it belongs to.
	if !maySee(ctx, c.Region, c.Organisation) && !slices.ContainsFunc(f.Steps, func(v Step) bool { return maySee(ctx, c.Region, v.Organisation) }) {
		return File{}, ErrUnknown
	}
	if f.Case, err = s.view(ctx, c); err != nil {
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
