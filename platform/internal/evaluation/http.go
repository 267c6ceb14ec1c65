package evaluation

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity"
)

// tag groups the context's operations in the API's description.
const tag = "evaluation"

// Routes declares the context's operations and pages.
func (s *Service) Routes(r *httpd.Router) {
	s.pageRoutes(r)
	s.ratingRoutes(r)
	s.conversationRoutes(r)
	s.answerRoutes(r)
	staff := access.StaffWith()
	desk := access.StaffWith(access.RoleServiceDesk)
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: tag}
	}
	httpd.Register(r, op("list-voices", http.MethodGet, "/voices", "List consultations, suggestions and complaints", staff), s.getVoices)
	httpd.Register(r, op("get-voice", http.MethodGet, "/voices/{id}", "One of them with what was done", staff), s.getVoice)
	httpd.Register(r, op("see-voice-contact", http.MethodPost, "/voices/{id}/contact", "See how the asker is reached; it is logged", staff), s.postContact)
	httpd.Register(r, op("dispatch-voice", http.MethodPost, "/voices/{id}/dispatch", "Hand it on to an organisation or one of its staff", desk), s.postDispatch)
	httpd.Register(r, op("explain-voice", http.MethodPost, "/voices/{id}/explanation", "Explain a complaint to the desk", staff), s.postExplanation)
	httpd.Register(r, op("answer-voice", http.MethodPost, "/voices/{id}/answer", "Answer it", staff), s.postAnswer)
	httpd.Register(r, op("close-voice", http.MethodPost, "/voices/{id}/closing", "Close an answered one", desk), s.postClosing)
	httpd.Register(r, op("publish-voice", http.MethodPut, "/voices/{id}/publication", "Publish it without personal data", desk), s.putPublication)
	httpd.Register(r, op("withdraw-voice", http.MethodDelete, "/voices/{id}/publication", "Take the published one back", desk), s.deletePublication)
	httpd.Register(r, op("list-voice-handlers", http.MethodGet, "/voices/handlers/{organisation}", "List an organisation's staff, to dispatch to", desk), s.getHandlers)
	httpd.Register(r, op("get-evaluation-settings", http.MethodGet, "/evaluation/settings", "Limits and the desk", desk), s.getSettings)
	httpd.Register(r, op("set-evaluation-limit", http.MethodPut, "/evaluation/limits", "Set a limit", desk), s.putLimit)
	httpd.Register(r, op("set-evaluation-desk", http.MethodPut, "/evaluation/desk", "Set the organisation that takes what is nobody else's", desk), s.putDesk)
}

// none is an answer or a request without a body.
type none struct{}

// VoiceView is a voice as staff see it.
type VoiceView struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Kind   Kind   `json:"kind"`
	State  State  `json:"state"`
	// Asker is masked; empty: she wasn't signed in.
	Asker            string `json:"asker,omitempty"`
	Reachable        bool   `json:"reachable" doc:"Whether it is known how to reach the asker"`
	Organisation     string `json:"organisation"`
	OrganisationName string `json:"organisationName" doc:"Of the one that has to act"`
	About            string `json:"about"`
	AboutName        string `json:"aboutName" doc:"Of the one that it is about"`
	Assignee         string `json:"assignee,omitempty" doc:"Name"`
	Item             string `json:"item,omitempty"`
	ItemName         string `json:"itemName,omitempty"`
	Category         string `json:"category"`
	Title            string `json:"title"`
	Body             string `json:"body"`
	Consent          bool   `json:"consent"`
	// Times are RFC 3339.
	Created time.Time `json:"created"`
	Due     time.Time `json:"due"`
	// Left counts working days; negative: the limit is over.
	Left         int       `json:"left"`
	Late         bool      `json:"late"`
	Answer       string    `json:"answer,omitempty"`
	Answered     time.Time `json:"answered,omitzero"`
	Satisfaction int       `json:"satisfaction,omitempty"`
	Remark       string    `json:"remark,omitempty"`
	Published    bool      `json:"published"`
	// May are the deeds that the caller may do now.
	May   []string `json:"may"`
	Steps []Step   `json:"steps,omitempty"`
	// Proposed are the words to publish, masked by the program.
	Proposed *Words `json:"proposed,omitempty"`
}

// Words are what is published of a voice.
type Words struct {
	Title    string `json:"title" maxLength:"240"`
	Question string `json:"question" maxLength:"8000"`
	Answer   string `json:"answer" maxLength:"8000"`
}

// may are the deeds that a caller may do to a voice now.
func may(c access.Caller, v Voice) []string {
	isDesk, waits := desk(c, v.Region), v.State == Asked || v.State == Explained
	deeds := []string{}
	add := func(name string, ok bool) {
		if ok {
			deeds = append(deeds, name)
		}
	}
	again := v.State == Answered && v.Satisfaction > 0 && v.Satisfaction <= badScore
	add("dispatch", isDesk && v.Dispatches < maxDispatches && (waits || again))
	add("explain", v.State == Dispatched && mayAct(c, v))
	add("answer", waits && mayAct(c, v) && (v.Kind != Complaint || isDesk))
	add("close", isDesk && v.State == Answered)
	add("publish", isDesk && v.publishable() && (v.State == Answered || v.State == Closed))
	add("contact", (v.Person != "" || v.phone != "") && mayAct(c, v) && (v.Kind != Complaint || isDesk))
	return deeds
}

// viewer makes views of many things without asking for each what they share.
type viewer struct {
	*Service
	orgs  map[string]identity.Organisation
	days  map[string]*calendar.Calendar // by region
	halls map[string]string             // names
	// members are names of staff.
	members map[string]string
	// until is when the service hours end, by region.
	until map[string]time.Time
}

func (s *Service) viewer(ctx context.Context) (*viewer, error) {
	orgs, err := s.organisations(ctx)
	return &viewer{s, orgs, map[string]*calendar.Calendar{}, map[string]string{}, map[string]string{}, map[string]time.Time{}}, err
}

// left counts a region's working days to a due time.
func (s *viewer) left(ctx context.Context, region string, due time.Time) (int, error) {
	c := s.days[region]
	if c == nil {
		var err error
		if c, err = s.Calendar(ctx, region); err != nil {
			return 0, fmt.Errorf("read the calendar: %w", err)
		}
		s.days[region] = c
	}
	return s.count(c, due), nil
}

// hall is a hall's name, or its id where that isn't known.
func (s *viewer) hall(ctx context.Context, id string) string {
	name, ok := s.halls[id]
	if !ok && id != "" {
		h, err := s.Hall(ctx, id)
		if name = h.Name; err != nil {
			name = id
		}
		s.halls[id] = name
	}
	return name
}

// view is a voice as the context's caller, of the staff, sees it.
func (s *viewer) view(ctx context.Context, v Voice) (out VoiceView, err error) {
	orgs := s.orgs
	out = VoiceView{
		ID: v.ID, Number: v.Number, Kind: v.Kind, State: v.State, Asker: s.maskedName(ctx, v.Person), Reachable: v.Person != "" || v.phone != "",
		Organisation: v.Organisation, OrganisationName: orgs[v.Organisation].Name, About: v.About, AboutName: orgs[v.About].Name,
		Item: v.Item, ItemName: v.ItemName, Category: v.Category, Title: v.Title, Body: v.Body, Consent: v.Consent, Created: v.Created, Due: v.Due,
		Late: v.Late, Answer: v.Answer, Answered: v.Answered, Satisfaction: v.Satisfaction, Remark: v.Remark,
		Published: s.isPublished(ctx, v.ID), May: may(access.From(ctx), v),
	}
	if c := access.From(ctx); v.Kind == Complaint && !desk(c, v.Region) && !c.Has(access.RoleSupervisor) {
		// The department complained of doesn't learn who complained.
		out.Asker, out.Title, out.Body = "保密", Mask(v.Title), Mask(v.Body)
	}
	if v.Assignee != "" {
		if m, err := s.People.Member(ctx, v.Assignee); err == nil {
			out.Assignee = m.Name
		}
	}
	out.Left, err = s.left(ctx, v.Region, v.Due)
	return out, err
}

type voicesInput struct {
	Kind         string `query:"kind" enum:"consultation,suggestion,complaint"`
	State        string `query:"state" enum:"waiting,asked,dispatched,explained,answered,closed"`
	Organisation string `query:"organisation" maxLength:"60"`
	Text         string `query:"q" maxLength:"60"`
	Late         bool   `query:"late"`
	Limit        int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	From         int    `query:"from" minimum:"0" maximum:"100000"`
}

type voicesOutput struct {
	Body struct {
		Voices []VoiceView `json:"voices"`
		Total  int         `json:"total"`
	}
}

func (s *Service) getVoices(ctx context.Context, in *voicesInput) (*voicesOutput, error) {
	all, total, err := s.Voices(ctx, Filter{
		Kind: Kind(in.Kind), State: in.State, Organisation: in.Organisation, Text: in.Text, Late: in.Late, Limit: in.Limit, From: in.From,
	})
	if err != nil {
		return nil, err
	}
	out := &voicesOutput{}
	out.Body.Total, out.Body.Voices = total, make([]VoiceView, 0, len(all))
	by, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		view, err := by.view(ctx, v)
		if err != nil {
			return nil, err
		}
		out.Body.Voices = append(out.Body.Voices, view)
	}
	return out, nil
}

type idInput struct {
	ID string `path:"id" maxLength:"40"`
}

type voiceOutput struct{ Body VoiceView }

// shown answers with a voice after a deed.
func (s *Service) shown(ctx context.Context, v Voice, err error) (*voiceOutput, error) {
	if err != nil {
		return nil, err
	}
	by, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	out := &voiceOutput{}
	if out.Body, err = by.view(ctx, v); err != nil {
		return nil, err
	}
	if out.Body.Steps, err = s.steps(ctx, v.ID); err != nil {
		return nil, err
	}
	if v.Answer != "" && v.publishable() && desk(access.From(ctx), v.Region) {
		out.Body.Proposed = &Words{Mask(v.Title), Mask(v.Body), Mask(v.Answer)}
		if p, err := s.PublishedAnswer(ctx, v.ID); err == nil {
			out.Body.Proposed = &Words{p.Title, p.Question, p.Answer}
		}
	}
	return out, nil
}

func (s *Service) getVoice(ctx context.Context, in *idInput) (*voiceOutput, error) {
	v, err := s.voice(ctx, s.Store.Read(), in.ID)
	if err == nil && !mayRead(access.From(ctx), v) {
		err = ErrNone
	}
	return s.shown(ctx, v, err)
}

type contactOutput struct {
	Cache string `header:"Cache-Control"`
	Body  Contact
}

func (s *Service) postContact(ctx context.Context, in *idInput) (*contactOutput, error) {
	c, err := s.Contact(ctx, in.ID)
	return &contactOutput{"private, no-store", c}, err
}

type dispatchInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Organisation string `json:"organisation" maxLength:"60"`
		Member       string `json:"member,omitempty" maxLength:"40" doc:"Id of one of its staff; empty: all of them"`
		Note         string `json:"note,omitempty" maxLength:"8000"`
	}
}

func (s *Service) postDispatch(ctx context.Context, in *dispatchInput) (*voiceOutput, error) {
	v, err := s.Dispatch(ctx, in.ID, in.Body.Organisation, in.Body.Member, in.Body.Note)
	return s.shown(ctx, v, err)
}

type textInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Text string `json:"text" maxLength:"8000"`
	}
}

func (s *Service) postExplanation(ctx context.Context, in *textInput) (*voiceOutput, error) {
	v, err := s.Explain(ctx, in.ID, in.Body.Text)
	return s.shown(ctx, v, err)
}

func (s *Service) postAnswer(ctx context.Context, in *textInput) (*voiceOutput, error) {
	v, err := s.Answer(ctx, in.ID, in.Body.Text)
	return s.shown(ctx, v, err)
}

func (s *Service) postClosing(ctx context.Context, in *textInput) (*voiceOutput, error) {
	v, err := s.Close(ctx, in.ID, in.Body.Text)
	return s.shown(ctx, v, err)
}

type publicationInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Words
}

func (s *Service) putPublication(ctx context.Context, in *publicationInput) (*none, error) {
	return nil, s.Publish(ctx, in.ID, in.Body.Title, in.Body.Question, in.Body.Answer)
}

func (s *Service) deletePublication(ctx context.Context, in *idInput) (*none, error) {
	return nil, s.Withdraw(ctx, in.ID)
}

type handlersInput struct {
	Organisation string `path:"organisation" maxLength:"60"`
}

// Handler is one of the staff to whom something can be dispatched.
type Handler struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type handlersOutput struct {
	Body struct {
		Handlers []Handler `json:"handlers"`
	}
}

func (s *Service) getHandlers(ctx context.Context, in *handlersInput) (*handlersOutput, error) {
	all, err := s.People.Members(ctx)
	if err != nil {
		return nil, err
	}
	out := &handlersOutput{}
	out.Body.Handlers = []Handler{}
	for _, m := range all {
		if m.Organisation == in.Organisation && m.State == "active" {
			out.Body.Handlers = append(out.Body.Handlers, Handler{m.ID, m.Name})
		}
	}
	return out, nil
}

type settingsOutput struct{ Body Settings }

func (s *Service) getSettings(ctx context.Context, _ *none) (*settingsOutput, error) {
	v, err := s.Settings(ctx)
	return &settingsOutput{v}, err
}

type limitInput struct{ Body Limit }

func (s *Service) putLimit(ctx context.Context, in *limitInput) (*none, error) {
	return nil, s.SetLimit(ctx, in.Body)
}

type deskInput struct {
	Body struct {
		Organisation string `json:"organisation" maxLength:"60"`
	}
}

func (s *Service) putDesk(ctx context.Context, in *deskInput) (*none, error) {
	return nil, s.SetDesk(ctx, in.Body.Organisation)
}
