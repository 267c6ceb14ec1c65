package portal

import (
	"context"

	"smarthall/platform/internal/item"
)

// homeBody is what the home page shows.
type homeBody struct {
	Words         []string // what people look for, under the search box
	Hot           []item.Summary
	Person, Legal []item.Count // themes
	Packages      []item.Package
	Bodies        []item.Count
	Halls         []Hall
	Notices       []Article
	Laws          []Article
	Items         int
	Online        int // items that go on line to the end
}

const (
	homeHot     = 8
	homeNotices = 6
)

func (s *Service) home(ctx context.Context, _ address) (page, error) {
	var b homeBody
	var err error
	if b.Hot, err = s.Items.Hot(ctx, "", homeHot); err != nil {
		return page{}, err
	}
	for _, h := range b.Hot[:min(5, len(b.Hot))] {
		b.Words = append(b.Words, h.Name)
	}
	all, err := s.Items.Search(ctx, item.Query{Limit: 1})
	if err != nil {
		return page{}, err
	}
	b.Items, b.Bodies = all.Total, all.Facets[item.FacetOrganisation]
	for _, c := range all.Facets[item.FacetOnline] {
		if c.Value == string(item.OnlineWhole) {
			b.Online = c.N
		}
	}
	if b.Person, b.Legal, err = s.themes(ctx); err != nil {
		return page{}, err
	}
	if b.Packages, err = s.Items.Packages(ctx); err != nil {
		return page{}, err
	}
	if b.Halls, err = s.openHalls(ctx); err != nil {
		return page{}, err
	}
	if b.Notices, _, err = s.Articles(ctx, Notice, homeNotices, 0); err != nil {
		return page{}, err
	}
	if b.Laws, _, err = s.Articles(ctx, Law, homeNotices, 0); err != nil {
		return page{}, err
	}
	return page{template: "home", title: s.Site.Name, text: s.Site.City + "政务服务事项的办事指南、预约和查询。", nav: "home", body: b}, nil
}

// themes are the themes of both objects that have items, with how many.
func (s *Service) themes(ctx context.Context) (person, legal []item.Count, err error) {
	for _, o := range []item.Object{item.ForPerson, item.ForLegal} {
		found, err := s.Items.Search(ctx, item.Query{Filter: map[string][]string{item.FacetObject: {string(o)}}, Limit: 1})
		if err != nil {
			return nil, nil, err
		}
		for _, c := range found.Facets[item.FacetTheme] {
			t, ok := item.ThemeByID(c.Value)
			switch {
			case !ok || t.Object != o:
			case o == item.ForPerson:
				person = append(person, c)
			default:
				legal = append(legal, c)
			}
		}
	}
	return person, legal, nil
}

// openHalls are the halls that take people.
func (s *Service) openHalls(ctx context.Context) ([]Hall, error) {
	list, err := s.halls(ctx)
	if err != nil {
		return nil, err
	}
	open := list[:0:0]
	for _, h := range list {
		if !h.Closed {
			open = append(open, h)
		}
	}
	return open, nil
}
