package item

import (
	"context"
	"fmt"
	"slices"

	"smarthall/platform/internal/store"
)

// The events that halls hear. The subject is the item's id, the body Down.
const (
	EventPublished = "item.published" // it may be taken in the hall, as told
	EventSuspended = "item.suspended" // nothing new is taken for now
	EventWithdrawn = "item.withdrawn" // it is gone from the hall
)

// Down is what a hall is told of an item.
type Down struct {
	Item    string `json:"item"`
	Version int    `json:"version"`
	Name    string `json:"name"`
	Code    string `json:"code,omitempty"`
	Summary string `json:"summary,omitempty"`
	// Services are those of the hall that give its tickets.
	Services  []string `json:"services,omitempty"`
	Bookable  bool     `json:"bookable"`
	Promised  string   `json:"promised,omitempty" doc:"In words"`
	Fee       string   `json:"fee,omitempty" doc:"In words"`
	Materials []Bring  `json:"materials,omitempty"`

	// What the words above and below say, as data: pages word it in the language
	// of whoever reads. VisitsMost is 0 where nobody has to come.
	PromisedLimit  Limit `json:"promisedLimit,omitzero"`
	StatutoryLimit Limit `json:"statutoryLimit,omitzero"`
	VisitsMost     *int  `json:"visitsMost,omitempty"`
	Free           bool  `json:"free,omitempty" doc:"Nothing is charged for"`

	// Reason tells why it is suspended or gone.
	Reason string `json:"reason,omitempty"`

	// What the hall's touch pages show beside it.
	Organisation string `json:"organisation,omitempty" doc:"Name"`
	// Bases are all its legal bases, Steps the procedure: the longest texts are
	// cut, the guide on the portal has them whole.
	Bases      []Basis    `json:"bases,omitempty"`
	Steps      []DownStep `json:"steps,omitempty"`
	Statutory  string     `json:"statutory,omitempty" doc:"The law's own limit, in words"`
	Themes     []Theme    `json:"themes,omitempty"`
	Keywords   []string   `json:"keywords,omitempty"`
	Conditions []string   `json:"conditions,omitempty"`
	Visits     string     `json:"visits,omitempty" doc:"In words"`
	Charges    []Charge   `json:"charges,omitempty"`
	// Mistakes are what people often get wrong.
	Mistakes []string `json:"mistakes,omitempty"`
	// Questions tell which of the optional materials and charges are needed, as
	// Situation says.
	Questions []Question `json:"questions,omitempty"`
	// Places are those in the hall.
	Places    []DownPlace `json:"places,omitempty"`
	Telephone string      `json:"telephone,omitempty"`
	URL       string      `json:"url,omitempty" doc:"The guide on the portal"`
	// SelfService tells that people apply for it at the hall's terminals: what
	// they may apply for on line here, and for themselves.
	SelfService bool `json:"selfService,omitempty"`
}

// Bring is one line of what to bring.
type Bring struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
	// Note says how many, and in which case.
	Note string `json:"note,omitempty"`
	// Optional tells that a question decides whether it is needed.
	Optional bool `json:"optional,omitempty"`
	// What Note says, as data; When is the case in which it is needed.
	Type      MaterialType `json:"type,omitempty"`
	Originals int          `json:"originals,omitempty"`
	Copies    int          `json:"copies,omitempty"`
	Source    SourceKind   `json:"source,omitempty"`
	Need      Need         `json:"need,omitempty"`
	When      string       `json:"when,omitempty"`
	// Blank is the empty form, Sample how somebody made up fills it, Fill tells
	// how.
	Blank  File   `json:"blank,omitzero"`
	Sample File   `json:"sample,omitzero"`
	Fill   string `json:"fill,omitempty"`
}

// Charge is one thing that is charged for.
type Charge struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	Optional bool   `json:"optional,omitempty"`
	// Name and Standard, the rate, are the two parts of Text.
	Name     string `json:"name,omitempty"`
	Standard string `json:"standard,omitempty"`
	// Basis is the rule that the charge follows.
	Basis string `json:"basis,omitempty"`
}

// DownPlace is a place in the hall. WindowNumbers and Opening are Window and Hours
// as data, where these hold nothing but numbers and hours.
type DownPlace struct {
	Hall          string        `json:"hall,omitempty"`
	Service       string        `json:"service,omitempty"`
	Name          string        `json:"name"`
	Address       string        `json:"address"`
	Window        string        `json:"window,omitempty"`
	WindowNumbers []string      `json:"windowNumbers,omitempty"`
	Hours         string        `json:"hours"`
	Opening       *OpeningHours `json:"opening,omitempty"`
	Phone         string        `json:"phone,omitempty"`
	Traffic       string        `json:"traffic,omitempty"`
}

func downPlace(p *Place) DownPlace {
	d := DownPlace{
		Hall: p.Hall, Service: p.Service, Name: p.Name, Address: p.Address, Window: p.Window, WindowNumbers: readWindows(p.Window), Hours: p.Hours,
		Phone: p.Phone, Traffic: p.Traffic,
	}
	if open, ok := readHours(p.Hours); ok {
		d.Opening = &open
	}
	return d
}

// DownStep is one step of the procedure, as a hall shows it.
type DownStep struct {
	Name string `json:"name"`
	Text string `json:"text,omitempty"`
	// Post is the office or post that is responsible.
	Post string `json:"post,omitempty"`
}

// downText is how many characters of an article of the law, or of a step, a hall
// is told. With the lists as long as bounds lets them be, the law and the steps of
// an item stay below 512 KiB: half of what a hall takes.
const downText = 300

// tell lets the halls that serve an item, or did, hear of its new version.
func (s *Service) tell(ctx context.Context, tx *store.Tx, it *Item) error {
	before, err := hallsOf(ctx, tx, it.ID)
	if err != nil {
		return err
	}
	list, err := s.projections(it)
	if err != nil {
		return err
	}
	now := map[string]bool{}
	for _, p := range list {
		now[p.hall] = true
		if err := s.announce(ctx, tx, it.ID, p); err != nil {
			return err
		}
	}
	for _, hall := range before {
		if now[hall] {
			continue
		}
		if err := tx.Publish(ctx, hall, EventWithdrawn, it.ID, Down{Item: it.ID, Version: it.Version, Name: it.DisplayName(), Reason: it.Reason}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM item_hall WHERE item = $1 AND hall = $2`, it.ID, hall); err != nil {
			return fmt.Errorf("forget hall %s of item %s: %w", hall, it.ID, err)
		}
	}
	return nil
}

func hallsOf(ctx context.Context, tx *store.Tx, id string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT hall FROM item_hall WHERE item = $1 ORDER BY hall`, id)
	if err != nil {
		return nil, fmt.Errorf("read halls of item %s: %w", id, err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var hall string
		if err := rows.Scan(&hall); err != nil {
			return nil, fmt.Errorf("read halls of item %s: %w", id, err)
		}
		list = append(list, hall)
	}
	return list, rows.Err()
}

// SelfService tells whether people apply for an item at a hall's terminals:
// it is taken on line by this platform, and by natural persons. Whoever acts for
// a legal person does so where she has signed in herself.
func (it *Item) SelfService() bool {
	online := it.Online == OnlinePreview || it.Online == OnlineAccept || it.Online == OnlineWhole
	person := len(it.Objects) == 0 || slices.Contains(it.Objects, ForPerson)
	return it.State == Published && it.OnlineURL == "" && it.Form != AtWindow && online && person
}

// down is what a hall is told of an item that its services serve.
func (s *Service) down(it *Item, hall string, services []string) Down {
	d := Down{
		Item: it.ID, Version: it.Version, Name: it.DisplayName(), Code: it.Code, Summary: it.Summary, Services: services,
		Bookable: it.Bookable && it.State == Published, Promised: it.Promised.Text(), Statutory: it.Statutory.Text(), Fee: it.FeeText(), Reason: it.Reason,
		Organisation: it.OrganisationName, Keywords: it.Keywords, Conditions: it.Conditions, Visits: it.Depth(), Questions: it.Situation.Questions, Mistakes: it.Mistakes,
		SelfService: it.SelfService(), PromisedLimit: it.Promised, StatutoryLimit: it.Statutory, VisitsMost: &it.Visits, Free: len(it.Fees) == 0,
	}
	if s.BaseURL != "" {
		d.URL = s.guideURL(it.ID)
	}
	if it.State == Published {
		d.Reason = ""
	}
	optional := it.optional()
	for _, m := range it.Materials {
		d.Materials = append(d.Materials, Bring{
			ID: m.ID, Name: m.Name, Note: m.Note(), Optional: optional[m.ID], Blank: m.Blank, Sample: m.Sample, Fill: m.Instructions,
			Type: m.Type, Originals: m.Originals, Copies: m.Copies, Source: m.Source.Kind, Need: m.Need, When: m.When,
		})
	}
	for _, f := range it.Fees {
		d.Charges = append(d.Charges, Charge{ID: f.ID, Text: f.Name + "：" + f.Standard, Optional: optional[f.ID], Basis: f.Basis, Name: f.Name, Standard: f.Standard})
	}
	for _, b := range it.Bases {
		d.Bases = append(d.Bases, Basis{Law: b.Law, Article: b.Article, Text: clip(b.Text, downText)})
	}
	for _, st := range it.Steps {
		d.Steps = append(d.Steps, DownStep{st.Name, clip(st.Text, downText), st.Post})
	}
	for _, id := range it.Themes {
		if t, ok := ThemeByID(id); ok {
			d.Themes = append(d.Themes, t)
		}
	}
	for _, p := range it.Places {
		if p.Hall == hall {
			d.Places = append(d.Places, downPlace(&p))
		}
	}
	for _, c := range it.Consultations {
		if c.Way == ByTelephone {
			d.Telephone = c.Where
			break
		}
	}
	return d
}

// Resend tells a hall of all items that it serves, as if they were published
// now: for a hall that begins, or that lost what it knew.
func (s *Service) Resend(ctx context.Context, tx *store.Tx, hall string) error {
	rows, err := tx.QueryContext(ctx, selectVersion+` WHERE EXISTS (SELECT 1 FROM item_head h JOIN item_hall n ON n.item = h.id
		WHERE n.hall = $1 AND h.id = item_version.item AND h.current = item_version.version) ORDER BY item`, hall)
	if err != nil {
		return fmt.Errorf("read items of hall %s: %w", hall, err)
	}
	defer rows.Close()
	var list []Item
	for rows.Next() {
		it, err := scanVersion(rows)
		if err != nil {
			return fmt.Errorf("read items of hall %s: %w", hall, err)
		}
		list = append(list, it)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read items of hall %s: %w", hall, err)
	}
	for i := range list {
		told, err := s.projections(&list[i])
		if err != nil {
			return err
		}
		for _, p := range told {
			if p.hall != hall {
				continue
			}
			if err := s.announce(ctx, tx, list[i].ID, p); err != nil {
				return err
			}
		}
	}
	return nil
}
