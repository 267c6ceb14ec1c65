package portal

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"smarthall/platform/internal/item"
)

// articlesBody is a list of articles.
type articlesBody struct {
	Kind          Kind
	Path          string
	List          []Article
	Page, Pages   int
	Before, After string
}

const articlesPerPage = 20

// kinds are where the articles of each kind are.
var kinds = map[Kind]struct{ path, name string }{Notice: {"/notices", "通知公告"}, Law: {"/laws", "法规政策"}}

// articleList lists the articles of a kind.
func (s *Service) articleList(kind Kind) handler {
	k := kinds[kind]
	return func(ctx context.Context, in address) (page, error) {
		n := 1
		if asked, err := strconv.Atoi(in.query.Get("page")); err == nil && asked > 1 {
			n = min(asked, lastPage)
		}
		list, total, err := s.Articles(ctx, kind, articlesPerPage, (n-1)*articlesPerPage)
		if err != nil {
			return page{}, err
		}
		if n > 1 && len(list) == 0 {
			return page{}, ErrPage
		}
		b := articlesBody{Kind: kind, Path: k.path, List: list, Page: n, Pages: min((total+articlesPerPage-1)/articlesPerPage, lastPage)}
		if n > 1 {
			b.Before = k.path + "?page=" + strconv.Itoa(n-1)
		}
		if n < b.Pages {
			b.After = k.path + "?page=" + strconv.Itoa(n+1)
		}
		return page{template: "articles", title: k.name, nav: "see", crumbs: []crumb{{"首页", "/"}, {k.name, ""}}, body: b}, nil
	}
}

// articlePage is one article.
func (s *Service) articlePage(kind Kind) handler {
	k := kinds[kind]
	return func(ctx context.Context, in address) (page, error) {
		a, err := s.Article(ctx, kind, in.id)
		if err != nil {
			return page{}, err
		}
		return page{
			template: "article", title: a.Title, text: a.Summary, nav: "see",
			crumbs: []crumb{{"首页", "/"}, {k.name, k.path}, {a.Title, ""}}, body: a,
		}, nil
	}
}

// fixed is a page that says the same everywhere.
func (s *Service) fixed(template, title, nav string) handler {
	return func(context.Context, address) (page, error) {
		return page{template: template, title: title, nav: nav, crumbs: []crumb{{"首页", "/"}, {title, ""}}}, nil
	}
}

// askBody is what the page of those who have a question or a complaint shows.
// Item is the one they come from; nil: none.
type askBody struct {
	Item  *item.Item
	Name  string
	Halls []Hall
}

// about makes the page of a template about an item or about none (IX-04).
func (s *Service) about(template, title, nav string) handler {
	return func(ctx context.Context, in address) (page, error) {
		var b askBody
		p := page{template: template, title: title, nav: nav, crumbs: []crumb{{"首页", "/"}, {title, ""}}}
		if id := in.query.Get("item"); id != "" {
			it, err := s.Items.Get(ctx, id)
			if err != nil {
				return page{}, err
			}
			b.Item, b.Name = &it, it.DisplayName()
			p.consult = consultOn(it.ID)
			p.crumbs = []crumb{{"首页", "/"}, {b.Name, "/items/" + it.ID}, {title, ""}}
		}
		var err error
		b.Halls, err = s.openHalls(ctx)
		p.body = b
		return p, err
	}
}

// agency is an intermediary or statutory body that issues materials (P-24).
type agency struct {
	Name, Contact string
	Materials     []string
	Items         []item.Summary
}

// agencies are all of them, made anew now and then.
type agencies struct{ held[[]agency] }

func (s *Service) agencyList(ctx context.Context, _ address) (page, error) {
	list, err := s.agency.get(s.Store.Now(), func() ([]agency, error) { return s.readAgencies(ctx) })
	return page{template: "agencies", title: "中介服务和机构", nav: "see", crumbs: []crumb{{"首页", "/"}, {"中介服务和机构", ""}}, body: list}, err
}

func (s *Service) readAgencies(ctx context.Context) ([]agency, error) {
	by := map[string]*agency{}
	err := s.everyItem(ctx, func(sum item.Summary) error {
		it, err := s.Items.Get(ctx, sum.ID)
		if err != nil {
			return err
		}
		for _, m := range it.Materials {
			if m.Source.Kind != item.FromIntermediary || m.Source.Name == "" {
				continue
			}
			a := by[m.Source.Name]
			if a == nil {
				a = &agency{Name: m.Source.Name, Contact: m.Source.Contact}
				by[m.Source.Name] = a
			}
			if !slices.Contains(a.Materials, m.Name) {
				a.Materials = append(a.Materials, m.Name)
			}
			if len(a.Items) == 0 || a.Items[len(a.Items)-1].ID != sum.ID {
				a.Items = append(a.Items, sum)
			}
		}
		return nil
	})
	list := make([]agency, 0, len(by))
	for _, a := range by {
		list = append(list, *a)
	}
	slices.SortFunc(list, func(a, b agency) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}
