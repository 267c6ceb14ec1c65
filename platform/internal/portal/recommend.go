package portal

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/item"
)

// Handled is an item for which the context's caller has a case.
type Handled struct {
	Item, Name string
	// Done tells that the case is closed, Given up that nothing came of it.
	Done, GivenUp bool
}

// Unit is a legal person that somebody acts for.
type Unit struct {
	Name string
	// Code is its unified social credit code, whose beginning says what it is.
	Code string
}

// Recommended is an item with why it is recommended, in words.
type Recommended struct {
	item.Summary
	Reasons []string `json:"reasons"`

	worth int
	// from is what the reasons come from, such as an item that the reader did:
	// each gives one, the strongest.
	from []string
}

// What reasons are worth: what somebody did says more than what all others do.
const (
	worthNext    = 100
	worthFirst   = 90
	worthPackage = 60
	worthUnit    = 30
	worthTheme   = 20
	worthHot     = 10
)

// Bounds of recommendations.
const (
	recommendMost  = 6
	recommendThink = 20 // items of one reason that are looked at
)

// relation is how an item stands to others.
type relation struct {
	before, after []string
	packages      []item.Package
}

// relations are those of all items, made anew now and then.
type relations struct {
	held[map[string]relation]
}

// related returns the relations of all items: what one says of the other holds
// for the other, too.
func (s *Service) related(ctx context.Context) (map[string]relation, error) {
	return s.kin.get(s.Store.Now(), func() (map[string]relation, error) {
		all := map[string]relation{}
		add := func(first, then string) {
			if first == then {
				return
			}
			a, b := all[first], all[then]
			if !slices.Contains(a.after, then) {
				a.after = append(a.after, then)
			}
			if !slices.Contains(b.before, first) {
				b.before = append(b.before, first)
			}
			all[first], all[then] = a, b
		}
		err := s.everyItem(ctx, func(sum item.Summary) error {
			it, err := s.Items.Get(ctx, sum.ID)
			if err != nil {
				return err
			}
			for _, id := range it.Before {
				add(id, it.ID)
			}
			for _, id := range it.After {
				add(it.ID, id)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		packages, err := s.Items.Packages(ctx)
		for _, p := range packages {
			for _, id := range p.Items {
				r := all[id]
				r.packages = append(r.packages, p)
				all[id] = r
			}
		}
		return all, err
	})
}

// choice collects reasons.
type choice struct {
	by    map[string]*Recommended
	order []string
	// known are the items that the reader has to do with already.
	known map[string]bool
}

func (c *choice) add(id string, worth int, from, reason string) {
	if c.known[id] {
		return
	}
	r := c.by[id]
	if r == nil {
		r = &Recommended{}
		c.by[id] = r
		c.order = append(c.order, id)
	}
	if !slices.Contains(r.from, from) && len(r.Reasons) < 2 {
		r.Reasons, r.from = append(r.Reasons, reason), append(r.from, from)
	}
	r.worth += worth
}

// Recommend are items for the context's caller, with why (P-13): what usually
// comes after or before what she did, what belongs to the same event, what fits
// whom she acts for, the themes of what she keeps, and what most people look for.
func (s *Service) Recommend(ctx context.Context) ([]Recommended, error) {
	c := &choice{by: map[string]*Recommended{}, known: map[string]bool{}}
	if err := s.byHistory(ctx, c); err != nil {
		return nil, err
	}
	if err := s.byReader(ctx, c); err != nil {
		return nil, err
	}
	found, err := s.Items.Summaries(ctx, c.order...)
	if err != nil {
		return nil, err
	}
	list := []Recommended{}
	for _, sum := range found {
		if sum.State != item.Published {
			continue
		}
		r := *c.by[sum.ID]
		r.Summary = sum
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b Recommended) int { return cmp.Compare(b.worth, a.worth) })
	return list[:min(len(list), recommendMost)], nil
}

// byHistory adds what follows from what the reader did.
func (s *Service) byHistory(ctx context.Context, c *choice) error {
	if s.History == nil {
		return nil
	}
	handled, err := s.History(ctx)
	if err != nil {
		return err
	}
	kin, err := s.related(ctx)
	if err != nil {
		return err
	}
	for _, h := range handled {
		c.known[h.Item] = c.known[h.Item] || !h.GivenUp
	}
	for _, h := range handled {
		r := kin[h.Item]
		if h.GivenUp {
			continue
		}
		verb := "您正在办"
		if h.Done {
			verb = "因为您办过"
		}
		for _, id := range r.after {
			c.add(id, worthNext, h.Item, verb+"“"+h.Name+"”，接着通常办这项")
		}
		if !h.Done {
			for _, id := range r.before {
				c.add(id, worthFirst, h.Item, verb+"“"+h.Name+"”，通常要先办这项")
			}
		}
		for _, p := range r.packages {
			for _, id := range p.Items {
				c.add(id, worthPackage, h.Item, verb+"“"+h.Name+"”，同属“"+p.Name+"”")
			}
		}
	}
	return nil
}

// byReader adds what fits who the reader is and what she keeps.
func (s *Service) byReader(ctx context.Context, c *choice) error {
	object, reason := item.ForPerson, "很多人在办"
	if access.From(ctx).For != "" && s.Unit != nil {
		u, err := s.Unit(ctx)
		if err != nil {
			return err
		}
		object, reason = item.ForLegal, "您代“"+u.Name+"”办事，很多单位在办"
		if kind := unitKind(u.Code); kind != "" {
			found, err := s.Items.Search(ctx, item.Query{Text: kind, Filter: map[string][]string{item.FacetObject: {string(object)}}, Limit: recommendThink})
			if err != nil {
				return err
			}
			for _, h := range found.Hits {
				if !found.Loose {
					c.add(h.ID, worthUnit, "unit", "“"+u.Name+"”是"+kind+"，这项与"+kind+"有关")
				}
			}
		}
	}
	if err := s.byThemes(ctx, c, object); err != nil {
		return err
	}
	hot, err := s.Items.Hot(ctx, object, recommendThink)
	for _, sum := range hot {
		c.add(sum.ID, worthHot, "hot", reason)
	}
	return err
}

// byThemes adds items of the themes of what the reader keeps or follows.
func (s *Service) byThemes(ctx context.Context, c *choice, object item.Object) error {
	ids, err := s.Follows(ctx)
	if err != nil {
		return err
	}
	if s.Favourites != nil {
		kept, err := s.Favourites.Favourites(ctx)
		if err != nil {
			return err
		}
		ids = append(ids, kept...)
	}
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		c.known[id] = true
	}
	liked, err := s.Items.Summaries(ctx, ids[:min(len(ids), recommendThink)]...)
	if err != nil {
		return err
	}
	for _, sum := range liked {
		for _, id := range sum.Themes {
			t, ok := item.ThemeByID(id)
			if !ok || t.Object != object {
				continue
			}
			found, err := s.Items.Search(ctx, item.Query{Sort: "hot", Filter: map[string][]string{item.FacetTheme: {id}}, Limit: recommendThink})
			if err != nil {
				return err
			}
			for _, h := range found.Hits {
				c.add(h.ID, worthTheme, sum.ID, "因为您收藏或关注了“"+sum.Name+"”，同属“"+t.Name+"”")
			}
		}
	}
	return nil
}

// unitKinds are what the first two characters of a unified social credit code
// say (GB 32100-2015, table 1 and 2).
var unitKinds = map[string]string{
	"12": "事业单位", "51": "社会团体", "52": "民办非企业单位", "53": "基金会", "91": "企业", "92": "个体工商户", "93": "农民专业合作社",
}

func unitKind(code string) string {
	if len(code) < 2 {
		return ""
	}
	return unitKinds[code[:2]]
}

func (s *Service) recommendRoutes(r *httpd.Router) {
	httpd.Register(r, httpd.Operation{
		ID: "list-recommendations", Method: http.MethodGet, Path: "/me/recommendations", Summary: "Items that fit the caller, with why", Who: access.People(), Tag: "portal",
	}, s.getRecommendations)
}

type recommendationsOutput struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []Recommended `json:"items"`
	}
}

func (s *Service) getRecommendations(ctx context.Context, _ *struct{}) (*recommendationsOutput, error) {
	list, err := s.Recommend(ctx)
	out := &recommendationsOutput{Cache: "private, no-store"}
	out.Body.Items = list
	return out, err
}
