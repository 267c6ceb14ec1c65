package knowledge

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/search"
	"smarthall/platform/internal/store"
)

// How old what readers see may be.
const (
	fresh      = time.Second     // what staff wrote
	itemsFresh = 5 * time.Second // what items say
)

// shelf is all published entries in memory, found by their words.
type shelf struct {
	index *search.Index

	// refreshing is held by whoever brings the shelf up to date.
	refreshing sync.Mutex

	mu      sync.RWMutex
	loaded  bool // guarded by mu, like all below
	checked time.Time
	items   time.Time // when the items were last compared
	rev     int64
	entries map[string]Entry
	// versions are the items that are on the shelf; byItem the ids of entries
	// about an item.
	versions map[string]int
	byItem   map[string]map[string]bool
	doubted  map[string]bool
}

func newShelf() *shelf {
	return &shelf{index: search.New(), entries: map[string]Entry{}, versions: map[string]int{}, byItem: map[string]map[string]bool{}, doubted: map[string]bool{}}
}

// stale has the next reader look at what changed.
func (h *shelf) stale() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checked = time.Time{}
}

// due tells what has to be looked at.
func (h *shelf) due() (own, items, loaded bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return time.Since(h.checked) >= fresh, time.Since(h.items) >= itemsFresh, h.loaded
}

// put lays entries on the shelf and takes others off it.
func (h *shelf) put(entries []Entry, gone []string) {
	docs := make([]search.Document, len(entries))
	for i, e := range entries {
		docs[i] = e.document()
	}
	h.index.Put(docs...)
	h.index.Delete(gone...)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range gone {
		h.forget(id)
	}
	for _, e := range entries {
		h.forget(e.ID) // it may have been about another item
		h.entries[e.ID] = e
		if e.Item == "" {
			continue
		}
		if h.byItem[e.Item] == nil {
			h.byItem[e.Item] = map[string]bool{}
		}
		h.byItem[e.Item][e.ID] = true
	}
}

// forget takes an entry off; the caller holds mu.
func (h *shelf) forget(id string) {
	item := h.entries[id].Item
	delete(h.entries, id)
	if delete(h.byItem[item], id); len(h.byItem[item]) == 0 {
		delete(h.byItem, item)
	}
}

// entry is a published entry; false: there is none.
func (h *shelf) entry(id string) (Entry, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	e, ok := h.entries[id]
	e.Doubted = h.doubted[id]
	return e, ok
}

// about are the entries about an item.
func (h *shelf) about(item string) []Entry {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := make([]Entry, 0, len(h.byItem[item]))
	for id := range h.byItem[item] {
		e := h.entries[id]
		e.Doubted = h.doubted[id]
		all = append(all, e)
	}
	return all
}

// The facets.
const (
	facetKind         = "kind"
	facetOrigin       = "origin"
	facetItem         = "item"
	facetOrganisation = "organisation"
)

// document is what an entry is found by.
func (e *Entry) document() search.Document {
	return search.Document{
		ID: e.ID,
		Fields: []search.Field{
			{Text: e.Title, Weight: 10}, {Text: e.MaterialName, Weight: 6}, {Text: e.ItemName, Weight: 5}, {Text: e.Body, Weight: 3}, {Text: e.OrganisationName, Weight: 1},
		},
		Facets: map[string][]string{facetKind: {string(e.Kind)}, facetOrigin: {string(e.Origin)}, facetItem: {e.Item}, facetOrganisation: {e.Organisation}},
	}
}

// refresh brings the shelf up to date if that was not done just now. While
// another goroutine does it, what is there is good enough.
func (s *Service) refresh(ctx context.Context) error {
	h := s.shelf
	own, items, loaded := h.due()
	if loaded && !own && !items {
		return nil
	}
	if loaded && !own {
		if !h.refreshing.TryLock() {
			return nil
		}
	} else {
		h.refreshing.Lock()
	}
	defer h.refreshing.Unlock()
	if own, items, loaded = h.due(); items || !loaded {
		if err := s.readItems(ctx); err != nil {
			if !loaded {
				return err
			}
			// What is there is better than nothing.
			s.Log.Warn("items not compared with the knowledge base", slog.Any("err", err))
		}
	}
	if !own && loaded {
		return nil
	}
	begun := time.Now()
	rev, err := s.readOwn(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.loaded, h.rev, h.checked = true, rev, begun
	return nil
}

// readItems takes the entries of items that changed.
func (s *Service) readItems(ctx context.Context) error {
	h, begun := s.shelf, time.Now()
	now, err := s.Items.Versions(ctx)
	if err != nil {
		return fmt.Errorf("read the items' versions: %w", err)
	}
	h.mu.RLock()
	var changed, gone []string
	for id, version := range now {
		if h.versions[id] != version {
			changed = append(changed, id)
		}
	}
	for id := range h.versions {
		if _, still := now[id]; !still {
			gone = append(gone, id)
		}
	}
	h.mu.RUnlock()
	var fresh []Entry
	taken := map[string]int{}
	for _, id := range changed {
		it, err := s.Items.Get(ctx, id)
		if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
			continue // it was withdrawn just now: the next look finds it gone
		}
		if err != nil {
			return fmt.Errorf("read item %s: %w", id, err)
		}
		taken[id] = it.Version
		fresh = append(fresh, fromItem(&it)...)
	}
	h.put(fresh, h.outdated(append(changed, gone...), fresh))
	if len(changed)+len(gone) > 0 {
		if err := s.readSynonyms(ctx); err != nil {
			return err
		}
		s.shelf.stale() // the names in what staff wrote may be others
		s.Log.Info("knowledge of items loaded", slog.Int("changed", len(changed)), slog.Int("gone", len(gone)), slog.Duration("took", time.Since(begun)))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.items = begun
	for id, version := range taken {
		h.versions[id] = version
	}
	for _, id := range gone {
		delete(h.versions, id)
	}
	if len(changed)+len(gone) > 0 {
		h.rev = 0 // all that staff wrote is read again, with the items' names
	}
	return nil
}

// outdated are the entries made of items that aren't made of them any more.
func (h *shelf) outdated(items []string, fresh []Entry) (ids []string) {
	keep := map[string]bool{}
	for _, e := range fresh {
		keep[e.ID] = true
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, item := range items {
		for id := range h.byItem[item] {
			if h.entries[id].Origin == FromItem && !keep[id] {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func (s *Service) readSynonyms(ctx context.Context) error {
	all, err := s.Items.Synonyms(ctx)
	if err != nil {
		return fmt.Errorf("read synonyms: %w", err)
	}
	by := map[string][]string{}
	for _, syn := range all {
		by[syn.Word] = syn.Means
	}
	s.shelf.index.Synonyms(by)
	return nil
}

// readOwn takes what staff wrote and rated since the last look, and returns the
// revision that it read.
func (s *Service) readOwn(ctx context.Context) (int64, error) {
	h := s.shelf
	h.mu.RLock()
	rev := h.rev
	h.mu.RUnlock()
	var now int64
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT n FROM knowledge_revision WHERE id = 1`).Scan(&now); err != nil {
		return 0, fmt.Errorf("read the revision: %w", err)
	}
	if now == rev {
		return now, nil
	}
	// What has no version to show has a row without one.
	rows, err := list(ctx, s.Store.Read(), `SELECT e.id, e.organisation, e.region, e.origin, e.current, COALESCE(v.kind, ''), COALESCE(v.item, ''), COALESCE(v.material, ''),
		COALESCE(v.title, ''), COALESCE(v.body, ''), COALESCE(v.author, ''), COALESCE(v.published, 0)
		FROM knowledge_entry e LEFT JOIN knowledge_version v ON v.entry = e.id AND v.version = e.current WHERE e.rev > $1 ORDER BY e.id`, scanEntry, rev)
	if err != nil {
		return 0, err
	}
	open, err := list(ctx, s.Store.Read(), `SELECT entry FROM knowledge_todo WHERE state = 'open' ORDER BY entry`,
		func(row interface{ Scan(...any) error }) (id string, err error) { return id, row.Scan(&id) })
	if err != nil {
		return 0, err
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return 0, err
	}
	var entries []Entry
	var gone []string
	for _, e := range rows {
		if e.Version == 0 {
			gone = append(gone, e.ID)
			continue
		}
		e.OrganisationName = orgs[e.Organisation].Name
		if err := s.name(ctx, &e); err != nil {
			return 0, err
		}
		entries = append(entries, e)
	}
	h.put(entries, gone)
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.doubted)
	for _, id := range open {
		h.doubted[id] = true
	}
	return now, nil
}

// name gives an entry the names of its item and material; an item that isn't
// published any more has none.
func (s *Service) name(ctx context.Context, e *Entry) error {
	s.shelf.mu.RLock()
	_, known := s.shelf.versions[e.Item]
	s.shelf.mu.RUnlock()
	if !known {
		return nil
	}
	it, err := s.Items.Get(ctx, e.Item)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read item %s: %w", e.Item, err)
	}
	e.ItemName = it.DisplayName()
	for _, m := range it.Materials {
		if m.ID == e.Material {
			e.MaterialName = m.Name
		}
	}
	return nil
}

func scanEntry(row interface{ Scan(...any) error }) (e Entry, err error) {
	var published int64
	err = row.Scan(&e.ID, &e.Organisation, &e.Region, &e.Origin, &e.Version, &e.Kind, &e.Item, &e.Material, &e.Title, &e.Body, &e.author, &published)
	e.Published = store.Time(published)
	return e, err
}
