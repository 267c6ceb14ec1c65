package item

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// Routes declares the context's operations.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "item"}
	}
	all := access.Everybody()
	httpd.Register(r, op("search", http.MethodGet, "/search", "Find items by what people call them", all), s.getSearch)
	httpd.Register(r, op("list-items", http.MethodGet, "/items", "List items by facets", all), s.getSearch)
	httpd.Register(r, op("suggest", http.MethodGet, "/suggestions", "Words that begin as typed so far", all), s.getSuggestions)
	httpd.Register(r, op("list-hot-items", http.MethodGet, "/hot-items", "Items that people look for most", all), s.getHot)
	httpd.Register(r, op("get-item", http.MethodGet, "/items/{id}", "Get an item with its guide", all), s.getItem)
	httpd.Register(r, op("get-item-history", http.MethodGet, "/items/{id}/versions", "Published versions of an item, and what became of it", all), s.getHistory)
	httpd.Register(r, op("get-item-version", http.MethodGet, "/items/{id}/versions/{version}", "Get a published version of an item", all), s.getVersion)
	httpd.Register(r, op("get-item-outcome", http.MethodGet, "/items/{id}/outcome", "What a case needs exactly", all), s.getOutcome)
	httpd.Register(r, op("get-item-checklist", http.MethodGet, "/items/{id}/checklist", "What a clerk checks", all), s.getChecklist)
	httpd.Register(r, op("get-item-kiosk", http.MethodGet, "/items/{id}/kiosk", "Short texts for touch pages", all), s.getKiosk)
	httpd.Register(r, op("list-themes", http.MethodGet, "/themes", "List the themes", all), s.getThemes)
	httpd.Register(r, op("list-packages", http.MethodGet, "/packages", "List the packages", all), s.getPackages)
	httpd.Register(r, op("get-package", http.MethodGet, "/packages/{id}", "Get a package with its items", all), s.getPackage)
	httpd.Register(r, op("list-catalogue", http.MethodGet, "/catalogue", "List the catalogue by code", all), s.getCatalogue)
	r.Page(op("get-item-pdf", http.MethodGet, "/items/{id}/guide.pdf", "The printed guide", all), s.pageGuide)
	s.formRoutes(r, op)
	s.staffRoutes(r, op)
}

type none struct{}

// searchInput is a query. Facets take several values, separated by commas.
type searchInput struct {
	Q            string   `query:"q" maxLength:"100" doc:"What people type"`
	Object       []string `query:"object" maxItems:"10"`
	Theme        []string `query:"theme" maxItems:"10"`
	Organisation []string `query:"organisation" maxItems:"10"`
	Nature       []string `query:"nature" maxItems:"10"`
	Type         []string `query:"type" maxItems:"10"`
	Level        []string `query:"level" maxItems:"10"`
	Online       []string `query:"online" maxItems:"10"`
	Class        []string `query:"class" maxItems:"10"`
	Scope        []string `query:"scope" maxItems:"10"`
	Region       []string `query:"region" maxItems:"10"`
	Hall         []string `query:"hall" maxItems:"10"`
	Service      []string `query:"service" maxItems:"10" doc:"Services of halls that give the ticket, such as demo/tax"`
	Bookable     bool     `query:"bookable" doc:"Only items that can be booked"`
	Free         bool     `query:"free" doc:"Only items without fees"`
	Sort         string   `query:"sort" enum:"best,hot,name" default:"best"`
	Limit        int      `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Offset       int      `query:"offset" minimum:"0" maximum:"100000"`
}

// query is the input as the context understands it.
func (in *searchInput) query() Query {
	q := Query{Text: in.Q, Sort: in.Sort, Limit: in.Limit, Offset: in.Offset, Filter: map[string][]string{
		FacetObject: in.Object, FacetTheme: in.Theme, FacetOrganisation: in.Organisation, FacetNature: in.Nature, FacetType: in.Type,
		FacetLevel: in.Level, FacetOnline: in.Online, FacetClass: in.Class, FacetScope: in.Scope, FacetRegion: in.Region, FacetHall: in.Hall,
		FacetService: in.Service,
	}}
	if in.Bookable {
		q.Filter[FacetBookable] = []string{"true"}
	}
	if in.Free {
		q.Filter[FacetFree] = []string{"true"}
	}
	return q
}

type foundOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         Found
}

// briefly lets browsers keep what changes seldom.
const briefly = "public, max-age=30"

func (s *Service) getSearch(ctx context.Context, in *searchInput) (*foundOutput, error) {
	found, err := s.Search(ctx, in.query())
	if err != nil {
		return nil, err
	}
	return &foundOutput{briefly, found}, nil
}

type typedInput struct {
	Q string `query:"q" maxLength:"40"`
}

type wordsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Words []string `json:"words"`
	}
}

func (s *Service) getSuggestions(ctx context.Context, in *typedInput) (*wordsOutput, error) {
	list, err := s.Suggest(ctx, in.Q)
	if err != nil {
		return nil, err
	}
	out := &wordsOutput{CacheControl: briefly}
	out.Body.Words = list
	return out, nil
}

type hotInput struct {
	Object Object `query:"object" enum:"person,legal" required:"false"`
	N      int    `query:"n" minimum:"1" maximum:"50" default:"10"`
}

type summariesOutput struct {
	Body struct {
		Items []Summary `json:"items"`
	}
}

func (s *Service) getHot(ctx context.Context, in *hotInput) (*summariesOutput, error) {
	list, err := s.Hot(ctx, in.Object, in.N)
	if err != nil {
		return nil, err
	}
	out := &summariesOutput{}
	out.Body.Items = list
	return out, nil
}

type idInput struct {
	ID string `path:"id" maxLength:"40"`
}

type itemOutput struct{ Body Item }

func (s *Service) getItem(ctx context.Context, in *idInput) (*itemOutput, error) {
	it, err := s.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	s.Seen(it.ID, ActView)
	return &itemOutput{it}, nil
}

type historyOutput struct {
	Body struct {
		Versions []Edition `json:"versions"`
		// Successors are items that it became when it was split or merged.
		Successors []string `json:"successors"`
	}
}

func (s *Service) getHistory(ctx context.Context, in *idInput) (*historyOutput, error) {
	out := &historyOutput{}
	var err error
	if out.Body.Versions, err = s.History(ctx, in.ID); err != nil {
		return nil, err
	}
	if len(out.Body.Versions) == 0 {
		return nil, ErrUnknown
	}
	out.Body.Successors, err = s.Successors(ctx, in.ID)
	return out, err
}

type versionInput struct {
	ID      string `path:"id" maxLength:"40"`
	Version int    `path:"version" minimum:"1" maximum:"1000000"`
}

func (s *Service) getVersion(ctx context.Context, in *versionInput) (*itemOutput, error) {
	it, err := s.Version(ctx, in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	return &itemOutput{it}, nil
}

type answersInput struct {
	ID      string   `path:"id" maxLength:"40"`
	Answers []string `query:"answers" maxItems:"40" doc:"question:option, separated by commas"`
}

// ReadAnswers reads answers written as question:option.
func ReadAnswers(list []string) (Answers, error) {
	answers := Answers{}
	for _, pair := range list {
		q, o, ok := strings.Cut(pair, ":")
		if _, again := answers[q]; !ok || again || len(pair) > 100 {
			return nil, ErrAnswer
		}
		answers[q] = o
	}
	return answers, nil
}

type outcomeOutput struct{ Body Outcome }

func (s *Service) getOutcome(ctx context.Context, in *answersInput) (*outcomeOutput, error) {
	answers, err := ReadAnswers(in.Answers)
	if err != nil {
		return nil, err
	}
	out, err := s.Outcome(ctx, in.ID, answers)
	if err != nil {
		return nil, err
	}
	return &outcomeOutput{out}, nil
}

type checklistOutput struct{ Body Checklist }

func (s *Service) getChecklist(ctx context.Context, in *answersInput) (*checklistOutput, error) {
	answers, err := ReadAnswers(in.Answers)
	if err != nil {
		return nil, err
	}
	list, err := s.Checklist(ctx, in.ID, answers)
	if err != nil {
		return nil, err
	}
	return &checklistOutput{list}, nil
}

type kioskInput struct {
	ID   string `path:"id" maxLength:"40"`
	Hall string `query:"hall" maxLength:"40" doc:"Show this hall's places alone"`
}

type kioskOutput struct{ Body Kiosk }

func (s *Service) getKiosk(ctx context.Context, in *kioskInput) (*kioskOutput, error) {
	k, err := s.Kiosk(ctx, in.ID, in.Hall)
	if err != nil {
		return nil, err
	}
	return &kioskOutput{k}, nil
}

type themesOutput struct {
	Body struct {
		Themes []Theme `json:"themes"`
	}
}

func (s *Service) getThemes(context.Context, *none) (*themesOutput, error) {
	out := &themesOutput{}
	out.Body.Themes = Themes()
	return out, nil
}

type packagesOutput struct {
	Body struct {
		Packages []Package `json:"packages"`
	}
}

func (s *Service) getPackages(ctx context.Context, _ *none) (*packagesOutput, error) {
	list, err := s.Packages(ctx)
	if err != nil {
		return nil, err
	}
	out := &packagesOutput{}
	out.Body.Packages = list
	return out, nil
}

type packageOutput struct {
	Body struct {
		Package
		Summaries []Summary `json:"summaries" doc:"The items that are in use"`
	}
}

func (s *Service) getPackage(ctx context.Context, in *idInput) (*packageOutput, error) {
	p, err := s.Package(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &packageOutput{}
	out.Body.Package = p
	out.Body.Summaries, err = s.Summaries(ctx, p.Items...)
	return out, err
}

type catalogueInput struct {
	From  string `query:"from" maxLength:"60" doc:"The last code of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type catalogueOutput struct {
	Body struct {
		Entries []Listed `json:"entries"`
	}
}

func (s *Service) getCatalogue(ctx context.Context, in *catalogueInput) (*catalogueOutput, error) {
	list, err := s.Catalogue(ctx, in.From, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &catalogueOutput{}
	out.Body.Entries = slices.Clip(list)
	return out, nil
}
