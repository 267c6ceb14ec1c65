package portal

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"smarthall/platform/internal/item"
)

// The ways this context says that something isn't there.
var (
	ErrTheme = ErrPage.With("没有这个主题。")
	ErrBody  = ErrPage.With("没有这个部门。")
	ErrHall  = ErrPage.With("没有这个大厅。")
)

// inDirectory is how many items a directory's page lists before it leads to the list.
const inDirectory = 60

// directoryBody is what the page of a theme or a body shows.
type directoryBody struct {
	Name  string
	Body  *Body
	Hits  []item.Hit
	Total int
	All   string // address of the list that can be narrowed
}

// directory lists the items with a value of a facet.
func (s *Service) directory(ctx context.Context, facet, value, name string) (directoryBody, error) {
	found, err := s.Items.Search(ctx, item.Query{Filter: map[string][]string{facet: {value}}, Sort: "hot", Limit: inDirectory})
	return directoryBody{Name: name, Hits: found.Hits, Total: found.Total, All: "/items?" + facet + "=" + value}, err
}

// themesBody is what the page of all themes shows.
type themesBody struct{ Person, Legal []item.Count }

func (s *Service) themeList(ctx context.Context, _ address) (page, error) {
	var b themesBody
	var err error
	if b.Person, b.Legal, err = s.themes(ctx); err != nil {
		return page{}, err
	}
	return page{template: "themes", title: "按主题找", nav: "do", crumbs: []crumb{{"首页", "/"}, {"主题", ""}}, body: b}, nil
}

func (s *Service) theme(ctx context.Context, in address) (page, error) {
	t, ok := item.ThemeByID(in.id)
	if !ok {
		return page{}, ErrTheme
	}
	b, err := s.directory(ctx, item.FacetTheme, t.ID, t.Name+"（"+t.Object.Word()+"）")
	return page{
		template: "directory", title: b.Name, nav: "do", crumbs: []crumb{{"首页", "/"}, {"主题", "/themes"}, {b.Name, ""}}, body: b,
	}, err
}

// counted is a body with how many items it has.
type counted struct {
	Body
	N int
}

// bodiesBody is what the page of all bodies shows.
type bodiesBody struct{ Bodies []counted }

func (s *Service) bodyList(ctx context.Context, _ address) (page, error) {
	list, err := s.Bodies(ctx)
	if err != nil {
		return page{}, fmt.Errorf("read bodies: %w", err)
	}
	all, err := s.Items.Search(ctx, item.Query{Limit: 1})
	if err != nil {
		return page{}, err
	}
	var b bodiesBody
	for _, body := range list {
		n := 0
		for _, c := range all.Facets[item.FacetOrganisation] {
			if c.Value == body.ID {
				n = c.N
			}
		}
		b.Bodies = append(b.Bodies, counted{body, n})
	}
	slices.SortStableFunc(b.Bodies, func(a, b counted) int { return b.N - a.N })
	return page{template: "bodies", title: "部门和机构", nav: "see", crumbs: []crumb{{"首页", "/"}, {"部门", ""}}, body: b}, nil
}

func (s *Service) bodyPage(ctx context.Context, in address) (page, error) {
	list, err := s.Bodies(ctx)
	if err != nil {
		return page{}, fmt.Errorf("read bodies: %w", err)
	}
	i := slices.IndexFunc(list, func(b Body) bool { return b.ID == in.id })
	if i < 0 {
		return page{}, ErrBody
	}
	b, err := s.directory(ctx, item.FacetOrganisation, in.id, list[i].Name)
	b.Body = &list[i]
	return page{
		template: "directory", title: b.Name, nav: "see", crumbs: []crumb{{"首页", "/"}, {"部门", "/departments"}, {b.Name, ""}}, body: b,
		consult: url.Values{"organisation": {in.id}}.Encode(),
	}, err
}

// packageBody is what the page of a package shows.
type packageBody struct {
	Package item.Package
	Items   []item.Summary
	// Materials are those that every case of one of the items needs, each once,
	// with the items that ask for it.
	Materials []sharedMaterial
	// Online tells that all of them can be applied for at once on this site.
	Online bool
}

// sharedMaterial is a material and the names of the items that ask for it.
type sharedMaterial struct {
	item.Material
	For []string
}

func (s *Service) packageList(ctx context.Context, _ address) (page, error) {
	list, err := s.Items.Packages(ctx)
	return page{template: "packages", title: "一件事套餐", nav: "do", crumbs: []crumb{{"首页", "/"}, {"一件事", ""}}, body: list}, err
}

func (s *Service) packagePage(ctx context.Context, in address) (page, error) {
	p, err := s.Items.Package(ctx, in.id)
	if err != nil {
		return page{}, err
	}
	b := packageBody{Package: p}
	if b.Items, err = s.Items.Summaries(ctx, p.Items...); err != nil {
		return page{}, err
	}
	b.Online = !slices.ContainsFunc(b.Items, func(it item.Summary) bool { return it.State != item.Published || !onLine(it.Form, it.Online) })
	if b.Materials, err = s.sharedMaterials(ctx, b.Items); err != nil {
		return page{}, err
	}
	return page{
		template: "package", title: p.Name, text: p.Summary, nav: "do", crumbs: []crumb{{"首页", "/"}, {"一件事", "/packages"}, {p.Name, ""}}, body: b,
	}, nil
}

// sharedMaterials are what all cases of the items need, each material once.
func (s *Service) sharedMaterials(ctx context.Context, items []item.Summary) ([]sharedMaterial, error) {
	var list []sharedMaterial
	for _, sum := range items {
		it, err := s.Items.Get(ctx, sum.ID)
		if err != nil {
			return nil, err
		}
		out, err := it.Outcome(nil)
		if err != nil {
			return nil, err
		}
		for _, m := range out.Materials {
			i := slices.IndexFunc(list, func(x sharedMaterial) bool { return x.Name == m.Name })
			if i < 0 {
				list = append(list, sharedMaterial{Material: m})
				i = len(list) - 1
			}
			list[i].For = append(list[i].For, sum.Name)
		}
	}
	return list, nil
}

func (s *Service) hallList(ctx context.Context, _ address) (page, error) {
	list, err := s.halls(ctx)
	if err != nil {
		return page{}, err
	}
	return page{template: "halls", title: "办事大厅", nav: "see", crumbs: []crumb{{"首页", "/"}, {"办事大厅", ""}}, body: list}, nil
}

// hallBody is what a hall's page shows.
type hallBody struct {
	Hall Hall
	// Traffic is how to get there, as the items handled there say.
	Traffic []string
	Hits    []item.Hit
	Total   int
	All     string
}

func (s *Service) hallPage(ctx context.Context, in address) (page, error) {
	list, err := s.halls(ctx)
	if err != nil {
		return page{}, err
	}
	i := slices.IndexFunc(list, func(h Hall) bool { return h.ID == in.id })
	if i < 0 {
		return page{}, ErrHall
	}
	d, err := s.directory(ctx, item.FacetHall, in.id, list[i].Name)
	if err != nil {
		return page{}, err
	}
	b := hallBody{Hall: list[i], Hits: d.Hits, Total: d.Total, All: d.All}
	for _, h := range d.Hits[:min(len(d.Hits), 12)] {
		it, err := s.Items.Get(ctx, h.ID)
		if err != nil {
			return page{}, err
		}
		for _, p := range it.Places {
			if p.Hall == in.id && p.Traffic != "" && !slices.Contains(b.Traffic, p.Traffic) {
				b.Traffic = append(b.Traffic, p.Traffic)
			}
		}
	}
	return page{
		template: "hall", title: b.Hall.Name, nav: "see", crumbs: []crumb{{"首页", "/"}, {"办事大厅", "/halls"}, {b.Hall.Name, ""}}, body: b,
	}, nil
}
