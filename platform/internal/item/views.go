package item

import (
	"context"
	"fmt"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// Checklist is what a clerk goes through when somebody brings her papers.
type Checklist struct {
	Item       string   `json:"item"`
	Version    int      `json:"version"`
	Name       string   `json:"name"`
	Code       string   `json:"code,omitempty"`
	State      State    `json:"state"`
	Conditions []string `json:"conditions"`
	Lines      []Line   `json:"lines"`
	Fees       []Fee    `json:"fees"`
	Promised   string   `json:"promised"`
	Authority  string   `json:"authority,omitempty"`
	Mistakes   []string `json:"mistakes"`
	Notes      []string `json:"notes,omitempty"`
	// Done tells whether the lines are exact: all questions are answered.
	Done bool      `json:"done"`
	Next *Question `json:"next,omitempty"`
	// Refuse says why the item is the wrong one, Instead names the right one.
	Refuse  string `json:"refuse,omitempty"`
	Instead string `json:"instead,omitempty"`
}

// Line is one material to check.
type Line struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Type     MaterialType `json:"type"`
	Count    string       `json:"count" doc:"How many, in words"`
	Standard string       `json:"standard" doc:"What is checked"`
	Need     Need         `json:"need"`
	Licence  string       `json:"licence,omitempty"`
	// Ask tells whether the person has to give it: what comes by sharing isn't
	// asked for.
	Ask bool `json:"ask"`
}

// Checklist returns the counter's view of a published item for a case.
func (s *Service) Checklist(ctx context.Context, id string, answers Answers) (Checklist, error) {
	it, err := s.Get(ctx, id)
	if err != nil {
		return Checklist{}, err
	}
	out, err := it.Outcome(answers)
	if err != nil {
		return Checklist{}, err
	}
	list := Checklist{
		Item: it.ID, Version: it.Version, Name: it.DisplayName(), Code: it.Code, State: it.State, Conditions: it.Conditions, Lines: []Line{},
		Fees: out.Fees, Promised: out.Promised.Text(), Authority: it.Authority, Mistakes: append([]string{}, it.Mistakes...), Notes: out.Notes,
		Done: out.Done, Next: out.Next, Refuse: out.Refuse, Instead: out.Instead,
	}
	for _, m := range out.Materials {
		list.Lines = append(list.Lines, Line{
			ID: m.ID, Name: m.Name, Type: m.Type, Count: m.Count(), Standard: m.Standard, Need: m.Need, Licence: m.Licence, Ask: m.Source.Kind != FromSharing,
		})
	}
	return list, nil
}

// Kiosk is what a screen in a hall shows of an item: short texts.
type Kiosk struct {
	Item         string   `json:"item"`
	Version      int      `json:"version"`
	Name         string   `json:"name"`
	Summary      string   `json:"summary"`
	Suspended    string   `json:"suspended,omitempty" doc:"Why it is suspended"`
	Organisation string   `json:"organisation"`
	Promised     string   `json:"promised"`
	Fee          string   `json:"fee"`
	Visits       string   `json:"visits"`
	Materials    []string `json:"materials"`
	Steps        []string `json:"steps"`
	Places       []string `json:"places"`
	Telephone    string   `json:"telephone"`
	FAQ          []Asked  `json:"faq"`
	Bookable     bool     `json:"bookable"`
	Questions    bool     `json:"questions" doc:"What to bring depends on the situation"`
	URL          string   `json:"url" doc:"The guide, for a QR code"`
}

// kioskName bounds names on a kiosk's page, in characters.
const kioskName = 40

// Kiosk returns the view of a published item for touch pages. hall keeps the
// places of one hall; empty: all.
func (s *Service) Kiosk(ctx context.Context, id, hall string) (Kiosk, error) {
	it, err := s.Get(ctx, id)
	if err != nil {
		return Kiosk{}, err
	}
	k := Kiosk{
		Item: it.ID, Version: it.Version, Name: clip(it.DisplayName(), kioskName), Summary: it.Summary, Organisation: it.OrganisationName,
		Promised: it.Promised.Text(), Fee: clip(it.FeeText(), 60), Visits: it.Depth(), Materials: []string{}, Steps: []string{}, Places: []string{},
		FAQ: append([]Asked{}, it.FAQ[:min(len(it.FAQ), 5)]...), Bookable: it.Bookable && it.State == Published,
		Questions: len(it.Situation.Questions) > 0, URL: s.guideURL(it.ID),
	}
	if it.State == Suspended {
		k.Suspended = it.Reason
	}
	optional := it.optional()
	for _, m := range it.Materials {
		line := m.Name
		if c := m.Count(); c != "" {
			line += "（" + c + "）"
		}
		if optional[m.ID] {
			line += "（视情形）"
		}
		k.Materials = append(k.Materials, line)
	}
	for _, st := range it.Steps {
		k.Steps = append(k.Steps, st.Name)
	}
	for _, p := range it.Places {
		if hall == "" || p.Hall == hall {
			k.Places = append(k.Places, strings.TrimSpace(p.Name+" "+p.Window))
		}
	}
	for _, c := range it.Consultations {
		if c.Way == ByTelephone {
			k.Telephone = c.Where
			break
		}
	}
	return k, nil
}

func (s *Service) guideURL(id string) string { return s.BaseURL + "/items/" + id }

// Queued is a version in the making, as the list of work shows it.
type Queued struct {
	ID           string `json:"id"`
	Version      int    `json:"version"`
	Name         string `json:"name"`
	Kind         Kind   `json:"kind"`
	State        State  `json:"state"`
	Organisation string `json:"organisation"`
	Author       string `json:"author"`
	Edition      int    `json:"edition"`
	Stage        string `json:"stage,omitempty" doc:"The review that it waits for"`
	Gaps         int    `json:"gaps"`
	Waits        bool   `json:"waits" doc:"For the caller: for her review, or for her to go on writing"`
}

// Works lists the versions in the making that the caller may see, from an
// item's id on, by id, at most limit.
func (s *Service) Works(ctx context.Context, from string, limit int) ([]Queued, error) {
	c := access.From(ctx)
	list := []Queued{}
	for len(list) < limit {
		heads, err := s.openHeads(ctx, from, access.Stem(c.Region))
		if err != nil || len(heads) == 0 {
			return list, err
		}
		for _, h := range heads {
			from = h.id
			if !s.maySee(ctx, h) {
				continue
			}
			w, err := s.readWork(ctx, s.Store.Read(), h)
			if err != nil {
				return nil, err
			}
			q := Queued{
				ID: w.ID, Version: w.Version, Name: w.DisplayName(), Kind: w.Kind, State: w.State, Organisation: w.OrganisationName,
				Author: w.Author, Edition: w.Edition, Gaps: len(w.Gaps),
			}
			if w.Stage != nil {
				q.Stage = w.Stage.Name
			}
			q.Waits = s.mayReview(ctx, h, w, w.Edition) == nil || (w.State == Draft && w.Author == c.ID)
			if list = append(list, q); len(list) == limit {
				break
			}
		}
	}
	return list, nil
}

// openHeads are the next items with a version in the making in a region.
func (s *Service) openHeads(ctx context.Context, from, region string) ([]head, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT `+headColumns+` FROM item_head WHERE open > 0 AND id > $1 AND substr(region, 1, length($2)) = $2
		ORDER BY id LIMIT 100`, from, region)
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	defer rows.Close()
	var heads []head
	for rows.Next() {
		h, err := scanHead(rows)
		if err != nil {
			return nil, fmt.Errorf("read drafts: %w", err)
		}
		heads = append(heads, h)
	}
	return heads, rows.Err()
}

// WorkDiff tells what the version in the making changes of the published one.
func (s *Service) WorkDiff(ctx context.Context, id string) ([]Change, error) {
	w, err := s.Work(ctx, id)
	if err != nil {
		return nil, err
	}
	var current Item
	it, err := scanVersion(s.Store.Read().QueryRowContext(ctx, selectVersion+
		` WHERE item = $1 AND version = (SELECT current FROM item_head WHERE id = $1)`, id))
	switch {
	case store.IsNone(err): // a new item: all of it is a change
	case err != nil:
		return nil, fmt.Errorf("read item %s: %w", id, err)
	default:
		current = it
	}
	return append([]Change{}, Diff(&current, &w.Item)...), nil
}
