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

// The lists, each one look at one index: whose, where the page begins, and how
// many.
const (
	listMine = `WHERE state = 'open' AND person = $1 AND person <> '' AND (red, id) > ($2, $3) ORDER BY red, id LIMIT $4`

	listClaimable = `WHERE state = 'open' AND person = '' AND organisation = $1 AND role = $2 AND (red, id) > ($3, $4) ORDER BY red, id LIMIT $5`

	listOrganisation = `WHERE state = 'open' AND organisation = $1 AND (red, id) > ($2, $3) ORDER BY red, id LIMIT $4`

	listDone = `WHERE state = 'done' AND done_by = $1 AND (done, id) < ($2, $3) ORDER BY done DESC, id DESC LIMIT $4`
)

// maxPage bounds a page of a list.
const maxPage = 200

// Tasks is a list of the caller's, that which turns red first at the beginning
// (Done: the newest first).
func (s *Service) Tasks(ctx context.Context, view View, after string, most int) (Page, error) {
	caller := access.From(ctx)
	from, err := parseCursor(after)
	if err != nil {
		return Page{}, err
	}
	most = min(max(most, 1), maxPage)
	q := s.Store.Read()
	var rows []taskRow
	switch view {
	case Mine:
		rows, err = s.mine(ctx, caller, from, most)
	case Claimable:
		for _, role := range caller.Roles {
			list, err := s.tasks(ctx, q, listClaimable, caller.Org, string(role), from.key, from.id, most+1)
			if err != nil {
				return Page{}, err
			}
			rows = append(rows, list...)
		}
	case Organisation:
		if !caller.Has(access.RoleChief) {
			return Page{}, ErrForbidden
		}
		rows, err = s.tasks(ctx, q, listOrganisation, caller.Org, from.key, from.id, most+1)
	case Extensions:
		rows, err = s.tasks(ctx, q, `WHERE id IN (SELECT task FROM flow_extension WHERE organisation = $1) ORDER BY red, id LIMIT $2`, caller.Org, maxPage)
		rows = slices.DeleteFunc(rows, func(t taskRow) bool { return !chief(caller, t) })
	case Done:
		if from.key < 0 {
			from.key = far
		}
		rows, err = s.tasks(ctx, q, listDone, caller.ID, from.key, from.id, most+1)
	default:
		return Page{}, fault.New(fault.Invalid, "flow.view", "没有这种任务列表")
	}
	if err != nil {
		return Page{}, err
	}
	return s.page(ctx, rows, view, most)
}

// mine are the open tasks of the caller and of those she stands in for.
func (s *Service) mine(ctx context.Context, caller access.Caller, from cursor, most int) (rows []taskRow, err error) {
	principals, err := s.principals(ctx, s.Store.Read(), caller.ID)
	if err != nil {
		return nil, err
	}
	for _, person := range principals {
		list, err := s.tasks(ctx, s.Store.Read(), listMine, person, from.key, from.id, most+1)
		if err != nil {
			return nil, err
		}
		rows = append(rows, list...)
	}
	return rows, nil
}

// page sorts and cuts what several looks have found.
func (s *Service) page(ctx context.Context, rows []taskRow, view View, most int) (Page, error) {
	caller := access.From(ctx)
	if view != Done {
		slices.SortFunc(rows, func(a, b taskRow) int { return cmp.Or(cmp.Compare(a.red, b.red), cmp.Compare(a.ID, b.ID)) })
	}
	p := Page{Tasks: []Task{}}
	for i, row := range rows {
		if i == most {
			last := rows[i-1]
			c := cursor{last.red, last.ID}
			if view == Done {
				c.key = store.Millis(last.Done)
			}
			p.Next = c.String()
			break
		}
		if view == Claimable && !caller.Covers(row.Region) {
			continue
		}
		t, err := s.shown(ctx, row)
		if err != nil {
			return p, err
		}
		p.Tasks = append(p.Tasks, t)
	}
	return p, nil
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
