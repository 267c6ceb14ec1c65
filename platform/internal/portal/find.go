package portal

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"smarthall/platform/internal/item"
)

// Bounds of a search.
const (
	perPage  = 15
	lastPage = 200
	maxText  = 64 // characters
)

// facetNames are the facets that lists can be narrowed by, in the order of
// their form (P-12).
var facetNames = []struct{ id, label string }{
	{item.FacetObject, "服务对象"},
	{item.FacetTheme, "主题"},
	{item.FacetOrganisation, "部门"},
	{item.FacetType, "事项类型"},
	{item.FacetOnline, "网上办理程度"},
	{item.FacetClass, "办件类型"},
	{item.FacetLevel, "行使层级"},
	{item.FacetHall, "办理大厅"},
}

// flags are the facets with one value.
var flags = []struct{ id, label string }{{item.FacetBookable, "可以预约"}, {item.FacetFree, "不收费"}}

// sorts are the orders of a list.
var sorts = []option{{Value: "", Word: "最相关"}, {Value: "hot", Word: "最常办"}, {Value: "name", Word: "按名称"}}

// option is one value that can be chosen.
type option struct {
	Value, Word string
	N           int
	Chosen      bool
}

// facet is one way to narrow a list.
type facet struct {
	Name, Label string
	Options     []option
}

// chip is a choice that can be taken back.
type chip struct{ Label, Word, Without string }

// findBody is what a list of items shows.
type findBody struct {
	// Action is where the form leads: /search or /items.
	Action, Heading string
	Text            string
	Found           item.Found
	Facets          []facet
	Flags           []option
	Sorts           []option
	Chosen          []chip
	Meant           []option // Value is the address
	Page, Pages     int
	Before, After   string // addresses of the neighbouring pages
}

// wanted is what a list's address asks for.
type wanted struct {
	query item.Query
	page  int
	// kept are the parameters that mean something, for the addresses of the page.
	kept url.Values
}

// read reads an address. What makes no sense is left out.
func read(query url.Values) wanted {
	w := wanted{page: 1, kept: url.Values{}}
	if text := strings.Join(strings.Fields(query.Get("q")), " "); text != "" {
		if runes := []rune(text); len(runes) > maxText {
			text = string(runes[:maxText])
		}
		w.query.Text = strings.ToValidUTF8(text, "")
		w.kept.Set("q", w.query.Text)
	}
	w.query.Filter = map[string][]string{}
	take := func(id string) {
		if v := query.Get(id); isID(v) {
			w.query.Filter[id] = []string{v}
			w.kept.Set(id, v)
		}
	}
	for _, f := range facetNames {
		take(f.id)
	}
	for _, f := range flags {
		take(f.id)
	}
	if sort := query.Get("sort"); sort == "hot" || sort == "name" {
		w.query.Sort = sort
		w.kept.Set("sort", sort)
	}
	if n, err := strconv.Atoi(query.Get("page")); err == nil && n > 1 {
		w.page = min(n, lastPage)
	}
	w.query.Limit, w.query.Offset = perPage, (w.page-1)*perPage
	return w
}

// empty tells whether a form sent choices that choose nothing, which are taken
// out of the address.
func empty(query url.Values) bool {
	for name, values := range query {
		if name != "q" && slices.Contains(values, "") {
			return true
		}
	}
	return false
}

// find is the list of items, and of what was found.
func (s *Service) find(ctx context.Context, in address) (page, error) {
	w := read(in.query)
	if empty(in.query) {
		return page{}, &moved{at(in.path, w.kept)}
	}
	found, err := s.Items.Search(ctx, w.query)
	if err != nil {
		return page{}, err
	}
	if w.page > 1 && w.query.Offset >= found.Total {
		return page{}, ErrPage
	}
	b := findBody{Action: in.path, Heading: "全部事项", Found: found, Page: w.page, Pages: min((found.Total+perPage-1)/perPage, lastPage)}
	p := page{template: "find", nav: "do", query: w.query.Text, crumbs: []crumb{{"首页", "/"}, {"办事指南", ""}}}
	if in.path == "/search" {
		b.Heading = "搜索结果"
		p.crumbs[1].Name = "搜索"
		if w.query.Text != "" {
			b.Heading = "“" + w.query.Text + "”的搜索结果"
		}
	}
	if b.Facets, err = s.facets(ctx, found, w); err != nil {
		return page{}, err
	}
	s.flags(&b, w)
	for _, o := range sorts {
		o.Chosen = o.Value == w.query.Sort
		b.Sorts = append(b.Sorts, o)
	}
	b.choices(w)
	for _, word := range found.DidYouMean {
		b.Meant = append(b.Meant, option{Value: at("/search", url.Values{"q": {word}}), Word: word})
	}
	if w.page > 1 {
		b.Before = at(in.path, with(w.kept, "page", strconv.Itoa(w.page-1)))
	}
	if w.page < b.Pages {
		b.After = at(in.path, with(w.kept, "page", strconv.Itoa(w.page+1)))
	}
	p.title, p.body = b.Heading, b
	return p, nil
}

// facets are the form's choices with how many items each has.
func (s *Service) facets(ctx context.Context, found item.Found, w wanted) ([]facet, error) {
	halls, err := s.Halls(ctx)
	if err != nil {
		return nil, err
	}
	var list []facet
	for _, f := range facetNames {
		chosen := w.kept.Get(f.id)
		made := facet{Name: f.id, Label: f.label}
		for _, c := range found.Facets[f.id] {
			o := option{c.Value, c.Word, c.N, c.Value == chosen}
			if f.id == item.FacetHall {
				o.Word = hallName(halls, c.Value)
			}
			if f.id == item.FacetTheme {
				o.Word = themeWord(c.Value, w.kept.Get(item.FacetObject))
			}
			if o.Word != "" {
				made.Options = append(made.Options, o)
			}
		}
		if chosen != "" && !slices.ContainsFunc(made.Options, func(o option) bool { return o.Chosen }) {
			made.Options = append(made.Options, option{Value: chosen, Word: s.wordOf(f.id, chosen, halls), Chosen: true})
		}
		if len(made.Options) > 1 || chosen != "" {
			list = append(list, made)
		}
	}
	return list, nil
}

// themeWord is a theme's name; both objects have some of the same name, so it
// says whose where nothing else does.
func themeWord(id, object string) string {
	t, ok := item.ThemeByID(id)
	switch {
	case !ok || object != "" && object != string(t.Object):
		return ""
	case object == "":
		return t.Name + "（" + t.Object.Word() + "）"
	default:
		return t.Name
	}
}

// wordOf is what people read for a value that no hit has.
func (s *Service) wordOf(facet, value string, halls []Hall) string {
	switch facet {
	case item.FacetHall:
		return hallName(halls, value)
	case item.FacetTheme:
		t, _ := item.ThemeByID(value)
		return t.Name
	default:
		return ""
	}
}

func hallName(halls []Hall, id string) string {
	for _, h := range halls {
		if h.ID == id {
			return h.Name
		}
	}
	return ""
}

func (*Service) flags(b *findBody, w wanted) {
	for _, f := range flags {
		o := option{Value: f.id, Word: f.label, Chosen: w.kept.Get(f.id) == "true"}
		for _, c := range b.Found.Facets[f.id] {
			o.N = c.N
		}
		if o.N > 0 || o.Chosen {
			b.Flags = append(b.Flags, o)
		}
	}
}

// choices are the chips over the list.
func (b *findBody) choices(w wanted) {
	for _, f := range b.Facets {
		for _, o := range f.Options {
			if o.Chosen {
				b.Chosen = append(b.Chosen, chip{f.Label, o.Word, at(b.Action, with(w.kept, f.Name, ""))})
			}
		}
	}
	for _, o := range b.Flags {
		if o.Chosen {
			b.Chosen = append(b.Chosen, chip{"", o.Word, at(b.Action, with(w.kept, o.Value, ""))})
		}
	}
}

// with returns values with one set, or taken out where it is empty.
func with(values url.Values, name, value string) url.Values {
	made := url.Values{}
	for k, v := range values {
		made[k] = v
	}
	if value == "" {
		made.Del(name)
	} else {
		made.Set(name, value)
	}
	return made
}

// at is an address with its parameters.
func at(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
