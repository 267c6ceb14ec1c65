package flow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// View is which tasks a list shows.
type View string

// The views.
const (
	Mine         View = "mine"         // the caller's, and those she stands in for
	Claimable    View = "claimable"    // of her organisation and roles, nobody's yet
	Done         View = "done"         // what she did, the newest first
	Organisation View = "organisation" // all open ones of her body, for its chief
	Extensions   View = "extensions"   // wishes for more time that she decides
)

// Task is a task as its people see it.
type Task struct {
	ID               string         `json:"id"`
	Case             string         `json:"case"`
	CaseNo           string         `json:"caseNo"`
	Title            string         `json:"title"`
	Node             string         `json:"node"`
	Name             string         `json:"name"`
	Organisation     string         `json:"organisation"`
	OrganisationName string         `json:"organisationName"`
	Role             access.Role    `json:"role"`
	Post             string         `json:"post,omitempty"`
	Person           string         `json:"person,omitempty" doc:"Who has it; empty: whoever claims it"`
	PersonName       string         `json:"personName,omitempty"`
	State            string         `json:"state" enum:"open,done,spared,taken"`
	Opened           time.Time      `json:"opened"`
	Done             time.Time      `json:"done,omitzero"`
	Result           string         `json:"result,omitempty" enum:"approve,refuse"`
	Opinion          string         `json:"opinion,omitempty"`
	Limit            *limit.Reading `json:"limit,omitempty" doc:"The step's own limit"`
	For              string         `json:"for,omitempty" doc:"Name of who is stood in for"`
}

// Page is part of a list.
type Page struct {
	Tasks []Task `json:"tasks"`
	// Next leads to what follows; empty: that was all.
	Next string `json:"next,omitempty"`
}

// cursor is where a page ends.
type cursor struct {
	key int64
	id  string
}

func (c cursor) String() string { return fmt.Sprintf("%d.%s", c.key, c.id) }

func parseCursor(text string) (c cursor, err error) {
	if text == "" {
		return cursor{key: -1}, nil
	}
	if _, err := fmt.Sscanf(strings.Replace(text, ".", " ", 1), "%d %s", &c.key, &c.id); err != nil {
		return c, ErrInput.Wrong("after", "请从头查看列表")
	}
	return c, nil
}

// The lists, each one look at one index: whose, and where the page begins. Each
// is followed by what is looked for, its sequence and how many.
const (
	listMine = `WHERE state = 'open' AND person = $1 AND person <> '' AND (red, id) > ($2, $3)`

	listClaimable = `WHERE state = 'open' AND person = '' AND organisation = $1 AND role = $2 AND (red, id) > ($3, $4)`

	listOrganisation = `WHERE state = 'open' AND organisation = $1 AND (red, id) > ($2, $3)`

	listExtensions = `WHERE id IN (SELECT task FROM flow_extension WHERE organisation = $1) AND (red, id) > ($2, $3)`

	listDone = `WHERE state = 'done' AND done_by = $1 AND (done, id) < ($2, $3)`

	soonest = ` ORDER BY red, id LIMIT `
	latest  = ` ORDER BY done DESC, id DESC LIMIT `
)

const (
	// maxPage bounds a page of a list.
	maxPage = 200
	// maxLooked is about how many tasks one request looks at for a light: a
	// longer list is looked through page by page.
	maxLooked = 1000
)

// Filter is what somebody looks for among tasks.
type Filter struct {
	View View
	// Text is a part of a case's number or title or, in a body's list, of the
	// name of who has the task.
	Text string
	// Light is where the step's limit stands, Node the step's id or name.
	Light limit.Light
	Node  string
	// After is the Next of the page before.
	After string
	// Most is how many tasks a page has.
	Most int
}

// Tasks is a list of the caller's, that which turns red first at the beginning
// (Done: the newest first).
func (s *Service) Tasks(ctx context.Context, view View, after string, most int) (Page, error) {
	return s.Find(ctx, Filter{View: view, After: after, Most: most})
}

// Find is a list of the caller's with what she looks for alone. A page may have
// fewer tasks than asked for, and a Next all the same.
func (s *Service) Find(ctx context.Context, f Filter) (p Page, err error) {
	caller := access.From(ctx)
	p.Tasks = []Task{}
	looked, err := s.lookFor(ctx, f)
	if err != nil {
		return p, err
	}
	most := min(max(f.Most, 1), maxPage)
	for n := 0; n < maxLooked; {
		rows, err := looked.next(ctx, most)
		if err != nil {
			return p, err
		}
		for i, row := range rows[:min(len(rows), most)] {
			n++
			looked.from = cursor{row.red, row.ID}
			if f.View == Done {
				looked.from.key = store.Millis(row.Done)
			}
			if f.View == Claimable && !caller.Covers(row.Region) || f.View == Extensions && !chief(caller, row) {
				continue
			}
			t, err := s.shown(ctx, row)
			if err != nil {
				return p, err
			}
			if f.Light == "" || f.Light == light(t) {
				p.Tasks = append(p.Tasks, t)
			}
			if len(p.Tasks) == most {
				if i+1 < len(rows) {
					p.Next = looked.from.String()
				}
				return p, nil
			}
		}
		if len(rows) <= most {
			return p, nil
		}
	}
	p.Next = looked.from.String()
	return p, nil
}

// light is a task's.
func light(t Task) limit.Light {
	if t.Limit == nil {
		return limit.Off
	}
	return t.Limit.Light
}

// listing is a list as it is read part by part.
type listing struct {
	*Service
	view View
	// lists are the queries without what is looked for, with the arguments
	// before the cursor's.
	lists []part
	// also is what is looked for, with its arguments; their numbers begin at 1.
	also string
	args []any
	from cursor
}

type part struct {
	where string
	args  []any
}

// lookFor prepares a list, or says why it isn't one.
func (s *Service) lookFor(ctx context.Context, f Filter) (*listing, error) {
	from, err := parseCursor(f.After)
	if err != nil {
		return nil, err
	}
	l := &listing{Service: s, view: f.View, from: from}
	caller := access.From(ctx)
	switch f.View {
	case Mine:
		principals, err := s.principals(ctx, s.Store.Read(), caller.ID)
		if err != nil {
			return nil, err
		}
		for _, person := range principals {
			l.lists = append(l.lists, part{listMine, []any{person}})
		}
	case Claimable:
		for _, role := range caller.Roles {
			l.lists = append(l.lists, part{listClaimable, []any{caller.Org, string(role)}})
		}
	case Organisation:
		if !caller.Has(access.RoleChief) {
			return nil, ErrForbidden
		}
		l.lists = []part{{listOrganisation, []any{caller.Org}}}
	case Extensions:
		l.lists = []part{{listExtensions, []any{caller.Org}}}
	case Done:
		if l.from.key < 0 {
			l.from.key = far
		}
		l.lists = []part{{listDone, []any{caller.ID}}}
	default:
		return nil, fault.New(fault.Invalid, "flow.view", "没有这种任务列表")
	}
	return l, l.seek(ctx, f)
}

// seek adds what is looked for to a list.
func (l *listing) seek(ctx context.Context, f Filter) error {
	add := func(condition string, args ...any) {
		l.also += " AND " + condition
		l.args = append(l.args, args...)
	}
	if text := strings.ToUpper(strings.TrimSpace(f.Text)); text != "" {
		pattern := "%" + escapeLike.Replace(text) + "%"
		condition, args := `(upper(case_no) LIKE ? ESCAPE '\' OR upper(title) LIKE ? ESCAPE '\'`, []any{pattern, pattern}
		if f.View == Organisation {
			holders, err := l.named(ctx, text)
			if err != nil {
				return err
			}
			for _, id := range holders {
				condition += " OR person = ?"
				args = append(args, id)
			}
		}
		add(condition+")", args...)
	}
	if node := strings.TrimSpace(f.Node); node != "" {
		add("(node = ? OR name = ?)", node, node)
	}
	now := store.Millis(l.Store.Now())
	// What a clock says is read from each task; this is what can be at all.
	switch {
	case f.View == Done || f.Light == "":
	case f.Light == limit.Red:
		add("(red <= ? OR red = ?)", now, far) // a clock that stands may have been late before
	case f.Light == limit.Paused || f.Light == limit.Off:
		add("red = ?", far)
	default:
		add("red > ? AND red < ?", now, far)
	}
	return nil
}

// escapeLike lets the signs of a pattern stand for themselves.
var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// maxNamed bounds how many people a part of a name stands for.
const maxNamed = 20

// named are the members of the caller's body whose names have a part.
func (s *Service) named(ctx context.Context, text string) (ids []string, err error) {
	members, err := s.Staff.Members(ctx)
	if err != nil {
		return nil, fmt.Errorf("find who has tasks: %w", err)
	}
	org := access.From(ctx).Org
	for _, m := range members {
		if m.Organisation == org && strings.Contains(strings.ToUpper(m.Name), text) && len(ids) < maxNamed {
			ids = append(ids, m.ID)
		}
	}
	return ids, nil
}

// next reads the tasks after the cursor, one more than asked for if there are.
func (l *listing) next(ctx context.Context, most int) (rows []taskRow, err error) {
	sequence := soonest
	if l.view == Done {
		sequence = latest
	}
	for _, p := range l.lists {
		args := append(slices.Clone(p.args), l.from.key, l.from.id)
		where := p.where
		for i, piece := range strings.Split(l.also, "?") {
			if i > 0 {
				args = append(args, l.args[i-1])
				where += fmt.Sprintf("$%d", len(args))
			}
			where += piece
		}
		args = append(args, most+1)
		list, err := l.tasks(ctx, l.Store.Read(), fmt.Sprintf("%s%s$%d", where, sequence, len(args)), args...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, list...)
	}
	if len(l.lists) > 1 {
		slices.SortFunc(rows, func(a, b taskRow) int { return cmp.Or(cmp.Compare(a.red, b.red), cmp.Compare(a.ID, b.ID)) })
	}
	return rows[:min(len(rows), most+1)], nil
}

// shown is a task as its people see it.
func (s *Service) shown(ctx context.Context, row taskRow) (Task, error) {
	t := Task{
		ID: row.ID, Case: row.Case, CaseNo: row.CaseNo, Title: row.Title, Node: row.Node, Name: row.Name, Organisation: row.Organisation,
		OrganisationName: s.bodyName(ctx, row.Organisation), Role: row.Role, Post: row.Post, Person: row.Person, State: row.State,
		Opened: row.Opened, Done: row.Done, Result: row.Result, Opinion: row.Opinion,
	}
	if row.Person != "" {
		t.PersonName = s.staffName(ctx, row.Person)
		if caller := access.From(ctx); row.Person != caller.ID {
			t.For = t.PersonName
		}
	}
	if row.clock == nil {
		return t, nil
	}
	reckon, err := s.reckoner(ctx, row.Region)
	if err != nil {
		return t, err
	}
	read, err := reckon.Read(*row.clock, "本环节", s.Store.Now())
	if err != nil {
		return t, fmt.Errorf("read a task's limit: %w", err)
	}
	t.Limit = &read
	return t, nil
}
