package knowledge

import (
	"cmp"
	"context"
	"slices"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// Count is how a department's knowledge fares.
type Count struct {
	Organisation string `json:"organisation"`
	Name         string `json:"organisationName"`
	// Entries are those that readers see now, Own those of them that its staff
	// wrote.
	Entries int `json:"entries"`
	Own     int `json:"own"`
	// Ratings by verdict, within the time asked for.
	Accurate int `json:"accurate"`
	Outdated int `json:"outdated"`
	Wrong    int `json:"wrong"`
	// To-dos that were opened within the time asked for: Late ones went over
	// their limit, answered or not.
	Open      int `json:"open"`
	Answered  int `json:"answered"`
	Corrected int `json:"corrected"`
	Late      int `json:"late"`

	region string
}

// Counts are the figures of the organisations that the context's caller may
// see, between two times, by name.
func (s *Service) Counts(ctx context.Context, from, to time.Time) ([]Count, error) {
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return nil, err
	}
	by := map[string]*Count{}
	of := func(organisation, region string) *Count {
		if by[organisation] == nil {
			by[organisation] = &Count{Organisation: organisation, Name: cmp.Or(orgs[organisation].Name, organisation), region: region}
		}
		return by[organisation]
	}
	s.shelf.count(of)
	if err := s.countRatings(ctx, of, from, to); err != nil {
		return nil, err
	}
	if err := s.countTodos(ctx, of, from, to); err != nil {
		return nil, err
	}
	c := access.From(ctx)
	all := make([]Count, 0, len(by))
	for _, n := range by {
		if maySee(c, n.Organisation, n.region) {
			all = append(all, *n)
		}
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Organisation, b.Organisation))
	})
	return all, nil
}

func (h *shelf) count(of func(organisation, region string) *Count) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, e := range h.entries {
		n := of(e.Organisation, e.Region)
		if n.Entries++; e.Origin != FromItem {
			n.Own++
		}
	}
}

// group is one line of a count.
type group struct {
	organisation, region, key string
	n, late                   int
}

func scanGroup(row interface{ Scan(...any) error }) (g group, err error) {
	return g, row.Scan(&g.organisation, &g.region, &g.key, &g.n, &g.late)
}

func (s *Service) countRatings(ctx context.Context, of func(organisation, region string) *Count, from, to time.Time) error {
	all, err := list(ctx, s.Store.Read(), `SELECT organisation, region, verdict, count(*), 0 FROM knowledge_rating WHERE at >= $1 AND at < $2
		GROUP BY organisation, region, verdict`, scanGroup, store.Millis(from), store.Millis(to))
	for _, g := range all {
		n := of(g.organisation, g.region)
		switch Verdict(g.key) {
		case Accurate:
			n.Accurate += g.n
		case Outdated:
			n.Outdated += g.n
		case Wrong:
			n.Wrong += g.n
		}
	}
	return err
}

func (s *Service) countTodos(ctx context.Context, of func(organisation, region string) *Count, from, to time.Time) error {
	all, err := list(ctx, s.Store.Read(), `SELECT organisation, region, outcome, count(*), CAST(sum(CASE WHEN state = 'open' AND due < $1 OR answered > due THEN 1 ELSE 0 END) AS BIGINT)
		FROM knowledge_todo WHERE opened >= $2 AND opened < $3 GROUP BY organisation, region, outcome`,
		scanGroup, store.Millis(s.Store.Now()), store.Millis(from), store.Millis(to))
	for _, g := range all {
		n := of(g.organisation, g.region)
		n.Late += g.late
		switch Outcome(g.key) {
		case Corrected:
			n.Corrected += g.n
			n.Answered += g.n
		case Kept:
			n.Answered += g.n
		default:
			n.Open += g.n
		}
	}
	return err
}
