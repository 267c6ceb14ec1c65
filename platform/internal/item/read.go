package item

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"smarthall/platform/internal/store"
)

// Summary is what lists show of an item.
type Summary struct {
	ID               string   `json:"id"`
	Version          int      `json:"version"`
	State            State    `json:"state"`
	Name             string   `json:"name" doc:"The handling item's name where the body splits the item"`
	Summary          string   `json:"summary"`
	Code             string   `json:"code"`
	BasicCode        string   `json:"basicCode"`
	Type             Type     `json:"type"`
	Class            Class    `json:"class"`
	Organisation     string   `json:"organisation"`
	OrganisationName string   `json:"organisationName"`
	Region           string   `json:"region"`
	Level            Level    `json:"level"`
	Objects          []Object `json:"objects"`
	Themes           []string `json:"themes"`
	Form             Form     `json:"form"`
	Online           Online   `json:"online"`
	Scope            Scope    `json:"scope"`
	Promised         Limit    `json:"promised"`
	Visits           int      `json:"visits"`
	Bookable         bool     `json:"bookable"`
	Free             bool     `json:"free"`
	Halls            []string `json:"halls,omitempty"`
}

// DisplayName is what people call the item: the handling item's name where
// there is one.
func (it *Item) DisplayName() string {
	if it.Title != "" {
		return it.Title
	}
	return it.Name
}

// Brief is the item as lists show it.
func (it *Item) Brief() Summary {
	s := Summary{
		ID: it.ID, Version: it.Version, State: it.State, Name: it.DisplayName(), Summary: it.Summary, Code: it.Code, BasicCode: it.BasicCode,
		Type: it.Type, Class: it.Class, Organisation: it.Organisation, OrganisationName: it.OrganisationName, Region: it.Region,
		Level: it.Level, Objects: it.Objects, Themes: it.Themes, Form: it.Form, Online: it.Online, Scope: it.Scope,
		Promised: it.Promised, Visits: it.Visits, Bookable: it.Bookable && it.State == Published, Free: len(it.Fees) == 0,
	}
	seen := map[string]bool{}
	for _, p := range it.Places {
		if p.Hall != "" && !seen[p.Hall] {
			seen[p.Hall] = true
			s.Halls = append(s.Halls, p.Hall)
		}
	}
	return s
}

const selectVersion = `SELECT item, version, state, data, changed, published FROM item_version`

// scanVersion reads one version. What the database knows better than the
// document is taken from it.
func scanVersion(row interface{ Scan(...any) error }) (it Item, err error) {
	var id, data, state string
	var version int
	var changed, published int64
	if err := row.Scan(&id, &version, &state, &data, &changed, &published); err != nil {
		return it, err
	}
	if err := json.Unmarshal([]byte(data), &it); err != nil {
		return it, fmt.Errorf("read item %s: %w", id, err)
	}
	it.ID, it.Version, it.State = id, version, State(state)
	it.Changed, it.PublishedAt = store.Time(changed), store.Time(published)
	it.full()
	return it, nil
}

// full makes lists that aren't there empty ones, as readers of JSON expect.
func (it *Item) full() {
	it.Bases, it.Objects, it.Themes = list(it.Bases), list(it.Objects), list(it.Themes)
	it.Conditions, it.Materials, it.Fees, it.Steps = list(it.Conditions), list(it.Materials), list(it.Fees), list(it.Steps)
	it.Review, it.Places = list(it.Review), list(it.Places)
	it.Consultations, it.Supervision = list(it.Consultations), list(it.Supervision)
}

// list is l, or an empty list instead of none.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// cacheSize bounds the items that are kept parsed.
const cacheSize = 2000

// Get returns the version of an item that people see. Published and suspended
// items have one; all others are ErrUnknown. It is at most a second old.
func (s *Service) Get(ctx context.Context, id string) (Item, error) {
	if err := s.refresh(ctx); err != nil {
		return Item{}, err
	}
	s.mu.RLock()
	it, ok := s.cache[id]
	_, known := s.summaries[id]
	rev := s.rev
	s.mu.RUnlock()
	switch {
	case ok:
		return it, nil
	case !known:
		return Item{}, ErrUnknown
	}
	it, err := scanVersion(s.Store.Read().QueryRowContext(ctx, selectVersion+
		` WHERE item = $1 AND version = (SELECT current FROM item_head WHERE id = $1)`, id))
	if store.IsNone(err) {
		return Item{}, ErrUnknown
	}
	if err != nil {
		return Item{}, fmt.Errorf("read item %s: %w", id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if rev == s.rev { // nothing was published meanwhile
		if len(s.cache) >= cacheSize {
			clear(s.cache)
		}
		s.cache[id] = it
	}
	return it, nil
}

// Version returns one version of an item, published at some time, for whoever
// pinned it.
func (s *Service) Version(ctx context.Context, id string, version int) (Item, error) {
	it, err := scanVersion(s.Store.Read().QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = $2 AND published > 0`, id, version))
	if store.IsNone(err) {
		return Item{}, ErrVersion
	}
	if err != nil {
		return Item{}, fmt.Errorf("read version %d of item %s: %w", version, id, err)
	}
	return it, nil
}

// Edition is one line of an item's public history.
type Edition struct {
	Version int       `json:"version"`
	State   State     `json:"state"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason,omitempty"`
}

// History are the versions of an item that were published, the newest first
// (IT-26).
func (s *Service) History(ctx context.Context, id string) ([]Edition, error) {
	rows, err := s.Store.Read().QueryContext(ctx, selectVersion+` WHERE item = $1 AND published > 0 ORDER BY version DESC LIMIT 200`, id)
	if err != nil {
		return nil, fmt.Errorf("read the history of item %s: %w", id, err)
	}
	defer rows.Close()
	list := []Edition{}
	for rows.Next() {
		it, err := scanVersion(rows)
		if err != nil {
			return nil, fmt.Errorf("read the history of item %s: %w", id, err)
		}
		list = append(list, Edition{it.Version, it.State, it.PublishedAt, it.Reason})
	}
	return list, rows.Err()
}

// Successors are the items that an item became when it was split or merged.
func (s *Service) Successors(ctx context.Context, id string) ([]string, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT new FROM item_link WHERE old = $1 ORDER BY new`, id)
	if err != nil {
		return nil, fmt.Errorf("read what became of item %s: %w", id, err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var next string
		if err := rows.Scan(&next); err != nil {
			return nil, fmt.Errorf("read what became of item %s: %w", id, err)
		}
		list = append(list, next)
	}
	return list, rows.Err()
}

// Booking is what appointments have to know of an item.
type Booking struct {
	Item    string `json:"item"`
	Version int    `json:"version"`
	Name    string `json:"name"`
	// Bookable tells whether one may book; it is false for a suspended item.
	Bookable bool          `json:"bookable"`
	Objects  []Object      `json:"objects"`
	Halls    []HallService `json:"halls"`
}

// HallService is where an item's ticket is drawn.
type HallService struct {
	Hall    string `json:"hall"`
	Service string `json:"service"`
}

// Bookable tells where one may book an item. An item that isn't published is
// ErrUnknown.
func (s *Service) Bookable(ctx context.Context, id string) (Booking, error) {
	it, err := s.Get(ctx, id)
	if err != nil {
		return Booking{}, err
	}
	b := Booking{Item: id, Version: it.Version, Name: it.DisplayName(), Objects: it.Objects, Bookable: it.Bookable && it.State == Published}
	b.Halls = it.services()
	return b, nil
}

// services are where an item's tickets are drawn, each once.
func (it *Item) services() []HallService {
	list := []HallService{}
	seen := map[HallService]bool{}
	for _, p := range it.Places {
		h := HallService{p.Hall, p.Service}
		if p.Hall != "" && p.Service != "" && !seen[h] {
			seen[h] = true
			list = append(list, h)
		}
	}
	return list
}
