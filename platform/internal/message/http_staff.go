package message

import (
	"context"
	"net/http"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// describe makes an operation of this context.
type describe func(id, method, path, summary string, who access.Who) httpd.Operation

func (s *Service) staffRoutes(r *httpd.Router, op describe) {
	manager := access.StaffWith(access.RoleMessageManager)
	httpd.Register(r, op("list-messages", http.MethodGet, "/messages", "List what was sent", manager), s.getSent)
	httpd.Register(r, op("get-message", http.MethodGet, "/messages/{id}", "Read what was sent, and what was tried", manager), s.getDetail)
	httpd.Register(r, op("resend-message", http.MethodPost, "/messages/{id}/resend", "Send a message that failed again", manager), s.postResend)
	httpd.Register(r, op("count-messages", http.MethodGet, "/message-statistics", "Count messages by day, template, channel and state", manager), s.getStatistics)
	httpd.Register(r, op("list-message-templates", http.MethodGet, "/message-templates", "List templates: published, in review, drafts", manager), s.getTemplates)
	httpd.Register(r, op("get-message-template", http.MethodGet, "/message-templates/{key}", "All versions of a template", manager), s.getHistory)
	httpd.Register(r, op("draft-message-template", http.MethodPut, "/message-templates/{key}", "Write the next version of a template", manager), s.putDraft)
	httpd.Register(r, op("preview-message-template", http.MethodPost, "/message-templates/{key}/preview", "Show a text with its examples", manager), s.postPreview)
	httpd.Register(r, op("submit-message-template", http.MethodPost, "/message-templates/{key}/{version}/submit", "Hand a draft in", manager), s.versionVerb(s.Submit))
	httpd.Register(r, op("publish-message-template", http.MethodPost, "/message-templates/{key}/{version}/publish", "Publish somebody else's version", manager), s.versionVerb(s.Publish))
	httpd.Register(r, op("drop-message-template", http.MethodPost, "/message-templates/{key}/{version}/drop", "Take back a version that isn't published", manager), s.versionVerb(s.Drop))
	httpd.Register(r, op("list-suppressed-addresses", http.MethodGet, "/message-suppressions", "List addresses that nothing is sent to", manager), s.getSuppressed)
	httpd.Register(r, op("suppress-address", http.MethodPost, "/message-suppressions", "Send nothing to an address any more", manager), s.postSuppression)
	httpd.Register(r, op("lift-suppression", http.MethodDelete, "/message-suppressions/{id}", "Send to an address again", manager), s.deleteSuppression)
}

type sentInput struct {
	State    State     `query:"state" enum:"created,sending,delivered,pending,temporary-failure,permanent-failure,technical-failure"`
	Template string    `query:"template" maxLength:"60"`
	Channel  Channel   `query:"channel" enum:"sms,email,inbox,wechat"`
	Person   string    `query:"person" maxLength:"40"`
	Since    time.Time `query:"since"`
	Until    time.Time `query:"until"`
	Before   string    `query:"before" maxLength:"40" doc:"Id of the last message of the page before"`
	Limit    int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type sentOutput struct {
	Body struct {
		Messages []Sent `json:"messages"`
	}
}

func (s *Service) getSent(ctx context.Context, in *sentInput) (*sentOutput, error) {
	list, err := s.Sent(ctx, Filter{
		State: in.State, Template: in.Template, Channel: in.Channel, Person: in.Person, Since: in.Since, Until: in.Until, Before: in.Before, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &sentOutput{}
	out.Body.Messages = list
	return out, nil
}

type messageInput struct {
	ID string `path:"id" maxLength:"40"`
}

type detailOutput struct{ Body Detail }

func (s *Service) getDetail(ctx context.Context, in *messageInput) (*detailOutput, error) {
	d, err := s.Detail(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &detailOutput{d}, nil
}

type oneSentOutput struct{ Body Sent }

func (s *Service) postResend(ctx context.Context, in *messageInput) (*oneSentOutput, error) {
	sent, err := s.Resend(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &oneSentOutput{sent}, nil
}

type statisticsInput struct {
	Days int `query:"days" minimum:"1" maximum:"366" default:"7"`
}

type statisticsOutput struct {
	Body struct {
		Counts []Count `json:"counts"`
	}
}

func (s *Service) getStatistics(ctx context.Context, in *statisticsInput) (*statisticsOutput, error) {
	today := s.Store.Now().In(s.Zone)
	since := time.Date(today.Year(), today.Month(), today.Day()-in.Days+1, 0, 0, 0, 0, s.Zone)
	list, err := s.Statistics(ctx, since)
	if err != nil {
		return nil, err
	}
	out := &statisticsOutput{}
	out.Body.Counts = list
	return out, nil
}

type templatesOutput struct {
	Body struct {
		Templates []Version `json:"templates"`
	}
}

func templatesAnswer(list []Version, err error) (*templatesOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &templatesOutput{}
	out.Body.Templates = list
	return out, nil
}

func (s *Service) getTemplates(ctx context.Context, _ *none) (*templatesOutput, error) {
	return templatesAnswer(s.Templates(ctx))
}

type keyInput struct {
	Key string `path:"key" maxLength:"60"`
}

func (s *Service) getHistory(ctx context.Context, in *keyInput) (*templatesOutput, error) {
	return templatesAnswer(s.History(ctx, in.Key))
}

// TemplateInput is a text as its author writes it.
type TemplateInput struct {
	Name     string    `json:"name" maxLength:"40"`
	Anytime  bool      `json:"anytime,omitempty" doc:"It may go out in quiet hours and has no quota"`
	Minutes  int       `json:"minutes" minimum:"1" maximum:"43200" doc:"For how long it is of use"`
	Channels []Channel `json:"channels" maxItems:"3" doc:"In the order in which they are tried"`
	Vars     []Var     `json:"vars" maxItems:"20"`
	SMS      string    `json:"sms,omitempty" maxLength:"500"`
	WeChat   string    `json:"wechat,omitempty" maxLength:"500"`
	Email    Letter    `json:"email,omitempty"`
	Inbox    Letter    `json:"inbox,omitempty"`
	Code     string    `json:"code,omitempty" maxLength:"60" doc:"Name under which the gateway approved the SMS text"`
}

func (in TemplateInput) template(key string) Template {
	return Template{
		Key: key, Name: in.Name, Anytime: in.Anytime, Minutes: in.Minutes, Channels: in.Channels, Vars: in.Vars, SMS: in.SMS, WeChat: in.WeChat,
		Email: in.Email, Inbox: in.Inbox, Code: in.Code,
	}
}

type draftInput struct {
	Key  string `path:"key" maxLength:"60"`
	Body TemplateInput
}

type versionOutput struct{ Body Version }

func (s *Service) putDraft(ctx context.Context, in *draftInput) (*versionOutput, error) {
	v, err := s.Draft(ctx, in.Body.template(in.Key))
	if err != nil {
		return nil, err
	}
	return &versionOutput{v}, nil
}

type previewOutput struct {
	Body struct {
		Texts []Preview `json:"texts"`
	}
}

func (s *Service) postPreview(_ context.Context, in *draftInput) (*previewOutput, error) {
	list, err := s.Preview(in.Body.template(in.Key))
	if err != nil {
		return nil, err
	}
	out := &previewOutput{}
	out.Body.Texts = list
	return out, nil
}

type versionInput struct {
	Key     string `path:"key" maxLength:"60"`
	Version int    `path:"version" minimum:"1"`
}

// versionVerb is the handler of a verb that moves a version.
func (s *Service) versionVerb(verb func(ctx context.Context, key string, version int) (Version, error)) func(context.Context, *versionInput) (*versionOutput, error) {
	return func(ctx context.Context, in *versionInput) (*versionOutput, error) {
		v, err := verb(ctx, in.Key, in.Version)
		if err != nil {
			return nil, err
		}
		return &versionOutput{v}, nil
	}
}

type suppressedOutput struct {
	Body struct {
		Addresses []Suppressed `json:"addresses"`
	}
}

func (s *Service) getSuppressed(ctx context.Context, _ *none) (*suppressedOutput, error) {
	list, err := s.SuppressedAddresses(ctx)
	if err != nil {
		return nil, err
	}
	out := &suppressedOutput{}
	out.Body.Addresses = list
	return out, nil
}

type suppressionInput struct {
	Body struct {
		Address string      `json:"address" maxLength:"254" doc:"Phone number or e-mail address"`
		Reason  Suppression `json:"reason" enum:"opted-out,wrong-owner,unreachable"`
	}
}

func (s *Service) postSuppression(ctx context.Context, in *suppressionInput) (*none, error) {
	return nil, s.Suppress(ctx, in.Body.Address, in.Body.Reason)
}

type suppressionIDInput struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *Service) deleteSuppression(ctx context.Context, in *suppressionIDInput) (*none, error) {
	return nil, s.Lift(ctx, in.ID)
}
