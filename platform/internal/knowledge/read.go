package knowledge

import (
	"context"
	"slices"

	"smarthall/platform/internal/search"
)

// Entry returns a published entry, or ErrNone.
func (s *Service) Entry(ctx context.Context, id string) (Entry, error) {
	if err := s.refresh(ctx); err != nil {
		return Entry{}, err
	}
	if e, ok := s.shelf.entry(id); ok {
		return e, nil
	}
	return Entry{}, ErrNone
}

// Points are what a clerk wants to see of an item while she takes one of its
// materials (KB-03).
type Points struct {
	// Material are those of the material in hand, Item those of the whole item.
	Material []Entry `json:"material"`
	Item     []Entry `json:"item"`
}

// Points returns the entries about an item; material may be empty. Of an item
// that nobody knows there are none.
func (s *Service) Points(ctx context.Context, item, material string) (Points, error) {
	p := Points{Material: []Entry{}, Item: []Entry{}}
	if err := s.refresh(ctx); err != nil {
		return p, err
	}
	all := s.shelf.about(item)
	slices.SortFunc(all, byUse)
	for _, e := range all {
		switch e.Material {
		case "":
			p.Item = append(p.Item, e)
		case material:
			p.Material = append(p.Material, e)
		}
	}
	return p, nil
}

// Query is what somebody looks for.
type Query struct {
	Text               string
	Kind               Kind
	Item, Organisation string
	Origin             Origin
	Limit, From        int
}

// Hit is an entry that was found, with what was found in it.
type Hit struct {
	Entry
	TitleMarked []search.Piece `json:"titleMarked"`
	// Excerpt is the part of the text where it was found.
	Excerpt []search.Piece `json:"excerpt"`
}

// Found is an answer to a query.
type Found struct {
	Hits  []Hit `json:"hits"`
	Total int   `json:"total"`
	// Loose tells that no entry has all that was typed.
	Loose bool `json:"loose,omitempty"`
}

// Search returns the entries that fit a query, the best first.
func (s *Service) Search(ctx context.Context, q Query) (Found, error) {
	if err := s.refresh(ctx); err != nil {
		return Found{}, err
	}
	filter := map[string][]string{}
	for facet, v := range map[string]string{facetKind: string(q.Kind), facetItem: q.Item, facetOrganisation: q.Organisation, facetOrigin: string(q.Origin)} {
		if v != "" {
			filter[facet] = []string{v}
		}
	}
	r := s.shelf.index.Search(search.Query{Text: q.Text, Filter: filter, Limit: q.Limit, From: q.From})
	found := Found{Hits: make([]Hit, 0, len(r.Hits)), Total: r.Total, Loose: r.Loose}
	for _, h := range r.Hits {
		if e, ok := s.shelf.entry(h.ID); ok {
			found.Hits = append(found.Hits, Hit{e, r.Mark(e.Title), r.Mark(excerpt(e.Body, r.Mark(e.Body)))})
		}
	}
	return found, nil
}

// excerptSize bounds an excerpt, in characters.
const excerptSize = 120

// excerpt is the part of a text around the first hit in it.
func excerpt(text string, marked []search.Piece) string {
	at := 0
	for _, p := range marked {
		if p.Hit {
			break
		}
		at += len([]rune(p.Text))
	}
	runes := []rune(text)
	if len(runes) <= excerptSize {
		return text
	}
	if at >= len(runes) {
		at = 0
	}
	from := max(0, at-excerptSize/4)
	to := min(len(runes), from+excerptSize)
	part := string(runes[from:to])
	if from > 0 {
		part = "…" + part
	}
	if to < len(runes) {
		part += "…"
	}
	return part
}
