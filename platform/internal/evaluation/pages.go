package evaluation

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/portal"
)

//go:embed templates/*.html
var templates embed.FS

// readPages reads the pages' templates.
func readPages(zone *time.Location) (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"date": func(t time.Time) string {
			t = t.In(zone)
			return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
		},
		"moment": func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04") },
		"lines":  func(text string) []string { return strings.Split(text, "\n") },
		"score":  ScoreWord,
		"percent": func(v float64) string {
			return strconv.FormatFloat(v, 'f', 1, 64) + "%"
		},
		"faces": func() []face { return faces },
	}).ParseFS(templates, "templates/*.html")
}

// face is one of the five scores on a form, the best first.
type face struct {
	Score int
	Word  string
	Tags  []string
}

var faces = []face{
	{5, scores[4], tags[4]}, {4, scores[3], tags[3]}, {3, scores[2], tags[2]}, {2, scores[1], tags[1]}, {1, scores[0], tags[0]},
}

// floodCost is as how many changes a form of somebody who isn't signed in
// counts.
const floodCost = 20

// formMax bounds what a form sends, in bytes: 2,000 characters, three of each
// of which are escaped.
const formMax = 64 << 10

// pageRoutes declares the pages for the public.
func (s *Service) pageRoutes(r *httpd.Router) {
	page := func(id, method, path string, who access.Who, fn func(w http.ResponseWriter, req *http.Request) error) {
		op := httpd.Operation{ID: "evaluation-" + id, Method: method, Path: path, Who: who, Tag: tag}
		if method == http.MethodPost {
			op.Cost = floodCost
		}
		r.Page(op, fn)
	}
	all, people := access.Everybody(), access.People()
	for kind, path := range forms {
		who := all
		if kind == Complaint {
			who = people
		}
		page("form-"+string(kind), http.MethodGet, path, who, s.pageForm(kind))
		page("send-"+string(kind), http.MethodPost, path, who, s.pageSend(kind))
	}
	page("by-token", http.MethodGet, "/voices/{token}", all, s.pageToken)
	page("satisfy-by-token", http.MethodPost, "/voices/{token}", all, s.pageToken)
	page("mine", http.MethodGet, "/my/voices", people, s.pageMine)
	page("mine-one", http.MethodGet, "/my/voices/{id}", people, s.pageMineOne)
	page("satisfy", http.MethodPost, "/my/voices/{id}", people, s.pageMineOne)
	page("pending", http.MethodGet, "/my/ratings", people, s.pagePending)
	page("answers", http.MethodGet, "/answers", all, s.pageAnswers)
	page("answer", http.MethodGet, "/answers/{id}", all, s.pageAnswer)
	page("rate", http.MethodGet, "/rate/{token}", all, s.pageRate)
	page("rate-send", http.MethodPost, "/rate/{token}", all, s.pageRate)
	page("ratings", http.MethodGet, "/ratings", all, s.pageRatings)
}

// forms are where one asks, suggests and complains.
var forms = map[Kind]string{Consultation: "/ask/new", Suggestion: "/feedback/suggestion", Complaint: "/feedback/complaint"}

// navs are the entries of the main menu that the kinds belong to.
var navs = map[Kind]string{Consultation: "ask", Suggestion: "rate", Complaint: "rate"}

// show renders a template in the portal's form.
func (s *Service) show(w http.ResponseWriter, req *http.Request, f portal.Framed, name string, data any) error {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	f.Body = template.HTML(b.String()) //nolint:gosec // made by an escaping template
	return s.Frame(w, req, f)
}

// readForm reads what a form sends.
func readForm(w http.ResponseWriter, req *http.Request) (url.Values, error) {
	req.Body = http.MaxBytesReader(w, req.Body, formMax)
	if err := req.ParseForm(); err != nil {
		return nil, ErrInput.With("提交的内容过长或格式有误，请精简后重试").Because(err)
	}
	return req.PostForm, nil
}

// wrongs are the faults that a form shows again; others are the router's.
func wrongs(err error) (*fault.Fault, bool) {
	f := fault.Of(err)
	return f, f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict)
}

// formPage is a form for a voice.
type formPage struct {
	Kind          Kind
	Path          string
	In            Ask
	Item          *Item
	Body          string // name of the organisation that the item belongs to
	Organisations []identity.Organisation
	Categories    []string
	Days          int
	SignedIn      bool
	Alert         string
	Wrong         map[string]string
}

// pageForm shows the form of a kind.
func (s *Service) pageForm(kind Kind) func(w http.ResponseWriter, req *http.Request) error {
	return func(w http.ResponseWriter, req *http.Request) error {
		q := req.URL.Query()
		in := Ask{Kind: kind, Item: clip(q.Get("item")), Organisation: clip(q.Get("organisation")), Form: rand.Text()}
		if kind == Suggestion {
			in.Category = clip(q.Get("category"))
		}
		return s.form(w, req, in, nil)
	}
}

// clip bounds what is taken from an address.
func clip(text string) string {
	r := []rune(strings.ToValidUTF8(text, ""))
	return string(r[:min(len(r), maxTitle)])
}

func (s *Service) form(w http.ResponseWriter, req *http.Request, in Ask, wrong *fault.Fault) error {
	ctx := req.Context()
	data := formPage{Kind: in.Kind, Path: forms[in.Kind], In: in, Categories: categories[in.Kind], SignedIn: access.From(ctx).Kind == access.Person, Wrong: map[string]string{}}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	if in.Item != "" {
		it, err := s.Item(ctx, in.Item)
		if err != nil && fault.Of(err) == nil {
			return err
		}
		if err == nil {
			data.Item, data.Body = &it, orgs[it.Organisation].Name
			if in.Kind == Complaint && data.In.Organisation == "" {
				data.In.Organisation = it.Organisation
			}
		} else {
			data.In.Item = ""
		}
	}
	for _, o := range orgs {
		data.Organisations = append(data.Organisations, o)
	}
	slices.SortFunc(data.Organisations, func(a, b identity.Organisation) int { return cmp.Compare(a.ID, b.ID) })
	if data.Days, err = s.days(ctx, s.Store.Read(), "", in.Kind); err != nil {
		return err
	}
	f := portal.Framed{Title: formTitles[in.Kind], Nav: navs[in.Kind]}
	if wrong != nil {
		f.Status = http.StatusUnprocessableEntity
		data.Alert = wrong.Detail
		for _, field := range wrong.Fields {
			data.Wrong[field.Name] = field.Message
		}
	}
	return s.show(w, req, f, "form", data)
}

var formTitles = map[Kind]string{Consultation: "留言咨询", Suggestion: "提建议", Complaint: "投诉"}

// Heading is the form's.
func (p formPage) Heading() string { return formTitles[p.Kind] }

// pageSend takes what the form of a kind sends, and leads to where its answer
// will be.
func (s *Service) pageSend(kind Kind) func(w http.ResponseWriter, req *http.Request) error {
	return func(w http.ResponseWriter, req *http.Request) error {
		form, err := readForm(w, req)
		if err != nil {
			f, _ := wrongs(err)
			return s.form(w, req, Ask{Kind: kind, Form: rand.Text()}, f)
		}
		in := Ask{
			Kind: kind, Item: form.Get("item"), Organisation: form.Get("organisation"), Category: form.Get("category"),
			Title: form.Get("title"), Body: form.Get("body"), Phone: form.Get("phone"), Consent: form.Get("consent") == "1", Form: form.Get("form"),
		}
		v, token, err := s.Raise(req.Context(), in)
		if f, ok := wrongs(err); ok {
			in.Item = clip(in.Item)
			if errors.Is(err, ErrFormExpired) {
				in.Form = rand.Text()
			}
			return s.form(w, req, in, f)
		}
		if err != nil {
			return err
		}
		to := "/voices/" + token
		if v.Person != "" {
			to = "/my/voices/" + v.ID
		}
		http.Redirect(w, req, to, http.StatusSeeOther)
		return nil
	}
}

// voicePage is a voice as who asked sees it.
type voicePage struct {
	Voice
	Path   string
	Mine   bool // signed in: it stands in a list of her own
	Name   string
	Events []Step
	Left   int
	Alert  string
}

// Waits tells whether there is no answer yet.
func (p voicePage) Waits() bool { return p.State != Answered && p.State != Closed }

func (s *Service) pageToken(w http.ResponseWriter, req *http.Request) error {
	v, err := s.ByToken(req.Context(), req.PathValue("token"))
	if err != nil {
		return err
	}
	return s.pageVoice(w, req, v, false)
}

func (s *Service) pageMineOne(w http.ResponseWriter, req *http.Request) error {
	v, err := s.Mine(req.Context(), req.PathValue("id"))
	if err != nil {
		return err
	}
	return s.pageVoice(w, req, v, true)
}

// pageVoice shows a voice to who asked, and takes how satisfied she is.
func (s *Service) pageVoice(w http.ResponseWriter, req *http.Request, v Voice, mine bool) error {
	data := voicePage{Path: req.URL.Path, Mine: mine}
	status := http.StatusOK
	if req.Method == http.MethodPost {
		form, err := readForm(w, req)
		if err == nil {
			score, _ := strconv.Atoi(form.Get("score")) // what is no number is no score
			_, err = s.Satisfy(req.Context(), v, score, form.Get("text"))
		}
		f, ok := wrongs(err)
		if err == nil {
			http.Redirect(w, req, req.URL.Path, http.StatusSeeOther)
			return nil
		}
		if !ok {
			return err
		}
		status, data.Alert = http.StatusUnprocessableEntity, f.Detail
	}
	ctx := req.Context()
	orgs, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	data.Voice, data.Name = v, orgs[v.About].Name
	if data.Events, err = s.publicSteps(ctx, v.ID); err != nil {
		return err
	}
	if data.Left, err = s.left(ctx, v.Region, v.Due); err != nil {
		return err
	}
	return s.show(w, req, portal.Framed{Status: status, Title: v.Kind.Word() + " " + v.Number, Nav: navs[v.Kind]}, "voice", data)
}

// publicActions are the steps that who asked sees, in words. What staff wrote
// to each other isn't among them.
var publicActions = map[string]string{
	"asked": "提交", "dispatch": "转交", "explain": "承办部门已反馈，答复中", "answer": "答复", "close": "办结", "rated-answer": "您已评价答复", "publish": "公开答复",
}

func (s *Service) publicSteps(ctx context.Context, id string) ([]Step, error) {
	all, err := s.steps(ctx, id)
	shown := make([]Step, 0, len(all))
	for _, v := range all {
		if word := publicActions[v.Action]; word != "" {
			if v.Action != "asked" && v.Action != "dispatch" {
				v.Organisation = ""
			}
			shown = append(shown, Step{At: v.At, Action: word, Organisation: v.Organisation})
		}
	}
	return shown, err
}

func (s *Service) pageMine(w http.ResponseWriter, req *http.Request) error {
	all, err := s.AllMine(req.Context())
	if err != nil {
		return err
	}
	return s.show(w, req, portal.Framed{Title: "我的咨询投诉", Nav: "ask"}, "mine", all)
}

// answersPage is a list of published answers.
type answersPage struct {
	Text          string
	Kind          Kind
	Kinds         []Kind
	List          []Published
	Total         int
	Page, Pages   int
	Before, After string
}

// Bounds of the list of answers.
const (
	answersPerPage = 20
	lastPage       = 50
)

func (s *Service) pageAnswers(w http.ResponseWriter, req *http.Request) error {
	q := req.URL.Query()
	p := answersPage{Text: clip(q.Get("q")), Kind: Kind(q.Get("kind")), Kinds: kindsOfVoice, Page: 1}
	if !isKind(p.Kind) {
		p.Kind = ""
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 {
		p.Page = min(n, lastPage)
	}
	var err error
	if p.List, p.Total, err = s.FindAnswers(req.Context(), p.Text, p.Kind, answersPerPage, (p.Page-1)*answersPerPage); err != nil {
		return err
	}
	p.Pages = min((p.Total+answersPerPage-1)/answersPerPage, lastPage)
	link := func(n int) string {
		return "/answers?" + url.Values{"q": {p.Text}, "kind": {string(p.Kind)}, "page": {strconv.Itoa(n)}}.Encode()
	}
	if p.Page > 1 {
		p.Before = link(p.Page - 1)
	}
	if p.Page < p.Pages {
		p.After = link(p.Page + 1)
	}
	return s.show(w, req, portal.Framed{Title: "公开答复", Nav: "ask"}, "answers", p)
}

func (s *Service) pageAnswer(w http.ResponseWriter, req *http.Request) error {
	p, err := s.PublishedAnswer(req.Context(), req.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, req, portal.Framed{Title: p.Title, Nav: navs[p.Kind]}, "answer", p)
}
