package item

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/search"
)

// How old what people see may be, and how often hot items are counted anew.
const (
	fresh    = time.Second
	hotEvery = 5 * time.Minute
)

// The fields of an item that are searched, with what a hit in them is worth.
const (
	nameWeight     = 10.0
	keywordWeight  = 7.0
	summaryWeight  = 3.0
	entryWeight    = 4.0 // the catalogue's name, where the handling item has another
	bodyWeight     = 2.0 // organisation
	codeWeight     = 8.0
	materialWeight = 1.0
	restWeight     = 0.8 // conditions and questions
)

// refresh brings the index up to date if that was not done just now. While
// another goroutine does it, what is there is good enough.
func (s *Service) refresh(ctx context.Context) error {
	s.mu.RLock()
	loaded, due := s.loaded, time.Since(s.checked) >= fresh
	s.mu.RUnlock()
	if loaded && !due {
		return nil
	}
	if !s.refreshing.TryLock() {
		if loaded && !s.stale() {
			return nil
		}
		s.refreshing.Lock()
	}
	defer s.refreshing.Unlock()
	s.mu.RLock()
	rev, changes, due := s.rev, s.changes, !s.loaded || time.Since(s.checked) >= fresh
	hot := time.Since(s.boosted) >= hotEvery
	s.mu.RUnlock()
	if !due {
		return nil
	}
	checked := time.Now()
	var now int64
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT n FROM item_revision WHERE id = 1`).Scan(&now); err != nil {
		return fmt.Errorf("read the items' revision: %w", err)
	}
	if now != rev || !loaded {
		if err := s.load(ctx, rev, now); err != nil {
			return err
		}
		s.kept.clear()
		hot = true
	}
	if hot {
		if err := s.boost(ctx); err != nil {
			return err
		}
		s.kept.clear()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = true
	if s.changes == changes { // else this process changed something meanwhile
		s.checked = checked
	}
	return nil
}

// stale tells whether this process itself changed something since the last look.
func (s *Service) stale() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.checked.IsZero()
}

// load takes what changed after the revision rev into the index.
func (s *Service) load(ctx context.Context, rev, now int64) error {
	begun := time.Now()
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT v.item, v.version, v.state, v.data, v.changed, v.published
		FROM item_head h JOIN item_version v ON v.item = h.id AND v.version = h.current WHERE h.rev > $1 ORDER BY v.item`, rev)
	if err != nil {
		return fmt.Errorf("read items: %w", err)
	}
	defer rows.Close()
	var docs []search.Document
	var gone []string
	summaries := map[string]Summary{}
	for rows.Next() {
		it, err := scanVersion(rows)
		if err != nil {
			return err
		}
		if it.State == Cancelled {
			gone = append(gone, it.ID)
			continue
		}
		summaries[it.ID] = it.Brief()
		docs = append(docs, it.document())
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read items: %w", err)
	}
	packages, err := s.readPackages(ctx)
	if err != nil {
		return err
	}
	synonyms, err := s.Synonyms(ctx)
	if err != nil {
		return err
	}
	by := map[string][]string{}
	for _, syn := range synonyms {
		by[syn.Word] = syn.Means
	}
	s.index.Put(docs...)
	s.index.Delete(gone...)
	s.index.Synonyms(by)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rev, s.packages = now, packages
	for _, id := range gone {
		delete(s.summaries, id)
		delete(s.cache, id)
	}
	for id, sum := range summaries {
		s.summaries[id] = sum
		s.bodies[sum.Organisation] = sum.OrganisationName
		delete(s.cache, id)
	}
	s.Log.Info("items loaded", slog.Int("changed", len(docs)+len(gone)), slog.Int("items", len(s.summaries)), slog.Duration("took", time.Since(begun)))
	return nil
}

// document is what the item is found by.
func (it *Item) document() search.Document {
	var materials, rest []string
	for _, m := range it.Materials {
		materials = append(materials, m.Name)
	}
	rest = append(rest, it.Conditions...)
	for _, q := range it.FAQ {
		rest = append(rest, q.Question)
	}
	rest = append(rest, it.Result.Name)
	d := search.Document{
		ID: it.ID, Words: it.Keywords,
		Fields: []search.Field{
			{Text: it.DisplayName(), Weight: nameWeight},
			{Text: strings.Join(it.Keywords, "\n"), Weight: keywordWeight},
			{Text: it.Name, Weight: entryWeight},
			{Text: it.Summary, Weight: summaryWeight},
			{Text: it.OrganisationName, Weight: bodyWeight},
			{Text: it.Code + " " + it.BasicCode + " " + it.ID, Weight: codeWeight},
			{Text: strings.Join(materials, "\n"), Weight: materialWeight},
			{Text: strings.Join(rest, "\n"), Weight: restWeight},
		},
	}
	b := it.Brief()
	d.Facets = map[string][]string{
		FacetTheme: it.Themes, FacetOrganisation: {it.Organisation}, FacetNature: {it.Type.Nature()}, FacetType: {string(it.Type)},
		FacetLevel: {string(it.Level)}, FacetOnline: {string(it.Online)}, FacetClass: {string(it.Class)}, FacetRegion: {it.Region}, FacetHall: b.Halls,
		FacetScope: {string(it.Scope)},
	}
	for _, p := range it.Places {
		if p.Hall != "" && p.Service != "" {
			d.Facets[FacetService] = append(d.Facets[FacetService], p.Hall+"/"+p.Service)
		}
	}
	for _, o := range it.Objects {
		d.Facets[FacetObject] = append(d.Facets[FacetObject], string(o))
	}
	if b.Bookable {
		d.Facets[FacetBookable] = []string{"true"}
	}
	if b.Free {
		d.Facets[FacetFree] = []string{"true"}
	}
	return d
}

// The facets.
const (
	FacetObject       = "object"
	FacetTheme        = "theme"
	FacetOrganisation = "organisation"
	FacetNature       = "nature" // power, service
	FacetType         = "type"
	FacetLevel        = "level"
	FacetOnline       = "online"
	FacetClass        = "class"
	FacetScope        = "scope"
	FacetRegion       = "region"
	FacetHall         = "hall"
	FacetService      = "ticket-service" // of a hall, such as demo/tax
	FacetBookable     = "bookable"
	FacetFree         = "free"
)

// Query is what somebody looks for.
type Query struct {
	Text string
	// Filter keeps items that have one of the values in each facet named.
	Filter map[string][]string
	// Sort is empty (best first), hot or name.
	Sort   string
	Limit  int // at most 200; 0 means 20
	Offset int
}

// Hit is an item that was found.
type Hit struct {
	Summary
	// NameMarked and SummaryMarked are the texts with what was found in them.
	NameMarked    []search.Piece `json:"nameMarked"`
	SummaryMarked []search.Piece `json:"summaryMarked"`
	Score         float64        `json:"score"`
}

// Count is how many items have a value of a facet.
type Count struct {
	Value string `json:"value"`
	Word  string `json:"word" doc:"What people read for the value; empty where another context knows it"`
	N     int    `json:"n"`
}

// Found is an answer to a query.
type Found struct {
	Hits   []Hit              `json:"hits"`
	Total  int                `json:"total"`
	Facets map[string][]Count `json:"facets"`
	// DidYouMean are words that were probably meant; when nothing was found,
	// Hits are of the first of them and Corrected is that word.
	DidYouMean []string `json:"didYouMean,omitempty"`
	Corrected  string   `json:"corrected,omitempty"`
	// Loose tells that no item has all that was typed.
	Loose bool `json:"loose,omitempty"`
}

// Search returns the items that fit a query. What it returns is shared with
// others who asked the same, and isn't changed.
func (s *Service) Search(ctx context.Context, q Query) (Found, error) {
	if err := s.refresh(ctx); err != nil {
		return Found{}, err
	}
	key, generation := q.key(), s.kept.generation()
	if found, ok := s.kept.get(key); ok {
		return found, nil
	}
	found, err := s.search(q)
	if err == nil {
		s.kept.put(key, generation, found)
	}
	return found, err
}

// search asks the index.
func (s *Service) search(q Query) (Found, error) {
	query := search.Query{Text: q.Text, Filter: q.Filter, Limit: q.Limit, From: q.Offset}
	switch q.Sort {
	case "hot":
		query.Order = search.ByHot
	case "name":
		query.Order = search.ByName
	}
	r := s.index.Search(query)
	found := Found{Loose: r.Loose}
	if text := strings.TrimSpace(q.Text); text != "" {
		found.DidYouMean = s.index.Correct(text, 3)
		// Of two characters one that is wrong may mean anything.
		if r.Total == 0 && len(found.DidYouMean) > 0 && utf8.RuneCountInString(text) > 2 {
			found.Corrected = found.DidYouMean[0]
			query.Text = found.Corrected
			r = s.index.Search(query)
		}
	}
	found.Total, found.Facets = r.Total, s.words(r.Facets)
	found.Hits = []Hit{}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, h := range r.Hits {
		sum, ok := s.summaries[h.ID]
		if !ok {
			continue // cancelled this moment
		}
		found.Hits = append(found.Hits, Hit{sum, r.Mark(sum.Name), r.Mark(sum.Summary), h.Score})
	}
	return found, nil
}

// words tells the facets' values in words. Themes come in the order of a life.
func (s *Service) words(facets map[string][]search.Count) map[string][]Count {
	out := map[string][]Count{}
	for facet, list := range facets {
		if facet == FacetService {
			continue // halls ask by it; people choose a hall
		}
		for _, c := range list {
			out[facet] = append(out[facet], Count{c.Value, s.facetWord(facet, c.Value), c.N})
		}
	}
	place := func(id string) int { return slices.IndexFunc(themes, func(t Theme) bool { return t.ID == id }) }
	slices.SortFunc(out[FacetTheme], func(a, b Count) int { return place(a.Value) - place(b.Value) })
	return out
}

func (s *Service) facetWord(facet, v string) string {
	switch facet {
	case FacetTheme:
		return themeByID[v].Name
	case FacetOrganisation:
		return s.organisationName(v)
	case FacetNature:
		return map[string]string{"power": "行政权力", "service": "公共服务"}[v]
	case FacetBookable:
		return "可预约"
	case FacetFree:
		return "不收费"
	default:
		return words[facet+":"+v]
	}
}

// organisationName is the name that the items of an organisation say.
func (s *Service) organisationName(id string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.bodies[id]
}

// Suggest returns words that begin with, or have in them, what was typed so far.
func (s *Service) Suggest(ctx context.Context, typed string) ([]string, error) {
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	return append([]string{}, s.index.Suggest(typed, suggestions)...), nil
}

const suggestions = 8

// Summaries are the items with the ids that are published or suspended, in
// their order.
func (s *Service) Summaries(ctx context.Context, ids ...string) ([]Summary, error) {
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Summary{}
	for _, id := range ids {
		if sum, ok := s.summaries[id]; ok {
			list = append(list, sum)
		}
	}
	return list, nil
}

// Hot are the n items that people look for most, of all or of one object.
func (s *Service) Hot(ctx context.Context, object Object, n int) ([]Summary, error) {
	q := Query{Sort: "hot", Limit: n}
	if object != "" {
		q.Filter = map[string][]string{FacetObject: {string(object)}}
	}
	found, err := s.Search(ctx, q)
	list := []Summary{}
	for _, h := range found.Hits {
		list = append(list, h.Summary)
	}
	return list, err
}

// Packages are all packages, by name.
func (s *Service) Packages(ctx context.Context) ([]Package, error) {
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return append([]Package{}, s.packages...), nil
}

// Package returns a package, or ErrPackage.
func (s *Service) Package(ctx context.Context, id string) (Package, error) {
	list, err := s.Packages(ctx)
	if err != nil {
		return Package{}, err
	}
	if i := slices.IndexFunc(list, func(p Package) bool { return p.ID == id }); i >= 0 {
		return list[i], nil
	}
	return Package{}, ErrPackage
}

func (s *Service) readPackages(ctx context.Context) ([]Package, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT data FROM item_package ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read packages: %w", err)
	}
	defer rows.Close()
	var list []Package
	for rows.Next() {
		var data string
		var p Package
		if err := rows.Scan(&data); err != nil {
			return nil, fmt.Errorf("read packages: %w", err)
		}
		if err := json.Unmarshal([]byte(data), &p); err != nil {
			return nil, fmt.Errorf("read packages: %w", err)
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// Synonyms are the citizens' words, by word.
func (s *Service) Synonyms(ctx context.Context) ([]Synonyms, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT word, means FROM item_synonym ORDER BY word`)
	if err != nil {
		return nil, fmt.Errorf("read synonyms: %w", err)
	}
	defer rows.Close()
	list := []Synonyms{}
	for rows.Next() {
		var syn Synonyms
		var means string
		if err := rows.Scan(&syn.Word, &means); err != nil {
			return nil, fmt.Errorf("read synonyms: %w", err)
		}
		if err := json.Unmarshal([]byte(means), &syn.Means); err != nil {
			return nil, fmt.Errorf("read synonyms: %w", err)
		}
		list = append(list, syn)
	}
	return list, rows.Err()
}
