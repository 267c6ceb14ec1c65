package evaluation

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
)

// guestCookie is the name of the cookie that keeps the secret of a guest.
const guestCookie = "consultation"

// guestAge is how long a guest finds her conversations again, in seconds.
const guestAge = 30 * 24 * 60 * 60

// beginCost is as how many changes a conversation of somebody who isn't signed
// in counts.
const beginCost = 10

// conversationRoutes declares what the askers of conversations do.
func (s *Service) conversationRoutes(r *httpd.Router) {
	op := func(id, method, path, summary string) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: "/conversations" + path, Summary: summary, Who: access.Everybody(), Tag: tag}
	}
	begin := op("begin-conversation", http.MethodPost, "", "Ask the program, and then staff, in real time")
	begin.Cost = beginCost
	httpd.Register(r, op("get-consultation-target", http.MethodGet, "/target", "Whose staff answers to a page, and when"), s.getTarget)
	httpd.Register(r, begin, s.postConversation)
	httpd.Register(r, op("list-own-conversations", http.MethodGet, "", "List the asker's conversations"), s.getOwnConversations)
	httpd.Register(r, op("get-conversation", http.MethodGet, "/{id}", "What was said after a line, waiting for it if asked to"), s.getConversation)
	httpd.Register(r, op("say-in-conversation", http.MethodPost, "/{id}/lines", "Say something"), s.postLine)
	httpd.Register(r, op("want-person", http.MethodPost, "/{id}/person", "Ask for a person"), s.postPerson)
	httpd.Register(r, op("write-conversation-down", http.MethodPost, "/{id}/consultation", "Turn it into a written consultation"), s.postWriteDown)
	httpd.Register(r, op("leave-conversation", http.MethodPost, "/{id}/end", "End it"), s.postLeave)
}

// LineView is a line as people see it.
type LineView struct {
	N  int       `json:"n"`
	At time.Time `json:"at"`
	By Speaker   `json:"by" enum:"asker,staff,automatic,platform,note"`
	// Name is that of the member of staff, for staff alone.
	Name  string `json:"name,omitempty"`
	Text  string `json:"text"`
	Links []Link `json:"links,omitempty"`
}

// ConversationView is a conversation as people see it.
type ConversationView struct {
	ID    string `json:"id"`
	State Phase  `json:"state" enum:"automatic,waiting,served,ended,written"`
	// Version counts what changed: whoever waits tells the one that she knows.
	Version          int       `json:"version"`
	Subject          string    `json:"subject"`
	Organisation     string    `json:"organisation"`
	OrganisationName string    `json:"organisationName"`
	Item             string    `json:"item,omitempty"`
	ItemName         string    `json:"itemName,omitempty"`
	Created          time.Time `json:"created"`
	// Lines are those after the one that was asked for.
	Lines []LineView `json:"lines"`
}

func (s *viewer) conversationView(v Conversation, said []Line) ConversationView {
	out := ConversationView{
		ID: v.ID, State: v.Phase, Version: v.Version, Subject: v.Subject, Organisation: v.Organisation, OrganisationName: s.orgs[v.Organisation].Name,
		Item: v.Item, ItemName: v.ItemName, Created: v.Created, Lines: make([]LineView, 0, len(said)),
	}
	for _, l := range said {
		out.Lines = append(out.Lines, LineView{N: l.N, At: l.At, By: l.Speaker, Text: l.Text, Links: l.Links})
	}
	return out
}

// GuestInput is who asks without having signed in.
type GuestInput struct {
	Secret string `cookie:"consultation" hidden:"true"`
	Proto  string `header:"X-Forwarded-Proto" hidden:"true"`
}

type targetInput struct {
	Item         string `query:"item" maxLength:"60"`
	Organisation string `query:"organisation" maxLength:"60"`
}

type targetOutput struct {
	Body struct {
		Organisation     string `json:"organisation"`
		OrganisationName string `json:"organisationName"`
		Item             string `json:"item,omitempty"`
		ItemName         string `json:"itemName,omitempty"`
		ServiceTime
	}
}

// getTarget tells whose staff answers; an item or body that isn't there means
// the centre, because people come by old links.
func (s *Service) getTarget(ctx context.Context, in *targetInput) (*targetOutput, error) {
	v := Voice{Kind: Consultation, Item: in.Item, About: in.Organisation}
	err := s.address(ctx, &v)
	if fault.Of(err) != nil {
		v = Voice{Kind: Consultation}
		err = s.address(ctx, &v)
	}
	if err != nil {
		return nil, err
	}
	out := &targetOutput{}
	out.Body.Organisation, out.Body.OrganisationName, out.Body.Item, out.Body.ItemName = v.Organisation, s.nameOf(ctx, v.Organisation), v.Item, v.ItemName
	out.Body.ServiceTime, err = s.service(ctx, s.Store.Read(), v.Region, s.Store.Now())
	return out, err
}

type conversationInput struct {
	GuestInput
	Body struct {
		Item         string `json:"item,omitempty" maxLength:"60"`
		Organisation string `json:"organisation,omitempty" maxLength:"60"`
		Text         string `json:"text" maxLength:"2000"`
		Key          string `json:"key,omitempty" maxLength:"64" doc:"Makes a request that comes again the same one"`
	}
}

type conversationOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Cache     string        `header:"Cache-Control"`
	Body      ConversationView
}

func (s *Service) postConversation(ctx context.Context, in *conversationInput) (*conversationOutput, error) {
	secret := in.Secret
	var cookies []http.Cookie
	if access.From(ctx).Kind != access.Person && !isToken(secret) {
		raw := make([]byte, 16)
		_, _ = rand.Read(raw) // it never fails
		secret = hex.EncodeToString(raw)
		cookies = []http.Cookie{{
			Name: guestCookie, Value: secret, Path: httpd.Prefix + "/conversations", MaxAge: guestAge, HttpOnly: true,
			SameSite: http.SameSiteLaxMode, Secure: in.Proto == "https",
		}}
	}
	v, err := s.Begin(ctx, secret, Question{Item: in.Body.Item, Organisation: in.Body.Organisation, Text: in.Body.Text, Key: in.Body.Key})
	out, err := s.heard(ctx, v, err, 0)
	if out != nil {
		out.SetCookie = cookies
	}
	return out, err
}

// heard answers an asker with a conversation after a deed.
func (s *Service) heard(ctx context.Context, v Conversation, err error, after int) (*conversationOutput, error) {
	if err != nil {
		return nil, err
	}
	by, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	said, err := s.lines(ctx, v.ID, after, false)
	if err != nil {
		return nil, err
	}
	return &conversationOutput{Cache: noStore, Body: by.conversationView(v, said)}, nil
}

const noStore = "private, no-store"

type ownConversationsOutput struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Conversations []ConversationView `json:"conversations"`
	}
}

func (s *Service) getOwnConversations(ctx context.Context, in *GuestInput) (*ownConversationsOutput, error) {
	all, err := s.AllConversations(ctx, in.Secret)
	if err != nil {
		return nil, err
	}
	by, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	out := &ownConversationsOutput{Cache: noStore}
	out.Body.Conversations = make([]ConversationView, 0, len(all))
	for _, v := range all {
		out.Body.Conversations = append(out.Body.Conversations, by.conversationView(v, nil))
	}
	return out, nil
}

// SinceInput is what a reader knows, and how long she waits for more.
type SinceInput struct {
	ID      string `path:"id" maxLength:"40"`
	After   int    `query:"after" minimum:"0" maximum:"100000" doc:"The last line that is known"`
	Version int    `query:"version" minimum:"0" maximum:"1000000" doc:"The version that is known"`
	Wait    int    `query:"wait" minimum:"0" maximum:"25" doc:"Seconds to wait for another version"`
}

type waitInput struct {
	GuestInput
	SinceInput
}

func (s *Service) getConversation(ctx context.Context, in *waitInput) (*conversationOutput, error) {
	v, err := s.Hear(ctx, in.Secret, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.present(ctx, v); err != nil {
		return nil, err
	}
	err = s.lounge.until(ctx, in.ID, in.Version, time.Duration(in.Wait)*time.Second, func() (bool, error) {
		v, err = s.Hear(ctx, in.Secret, in.ID)
		return v.Version != in.Version, err
	})
	return s.heard(ctx, v, err, in.After)
}

type lineInput struct {
	GuestInput
	ID   string `path:"id" maxLength:"40"`
	Body LineBody
}

// LineBody is what somebody says.
type LineBody struct {
	Text string `json:"text" maxLength:"8000"`
	Key  string `json:"key,omitempty" maxLength:"64" doc:"Makes a request that comes again the same one"`
	// After is the last line that is known: the answer holds the later ones.
	After int `json:"after,omitempty" minimum:"0" maximum:"100000"`
}

func (s *Service) postLine(ctx context.Context, in *lineInput) (*conversationOutput, error) {
	v, err := s.Say(ctx, in.Secret, in.ID, in.Body.Text, in.Body.Key)
	return s.heard(ctx, v, err, in.Body.After)
}

// AskerInput is a conversation of the asker's and the last line that she knows.
type AskerInput struct {
	GuestInput
	ID    string `path:"id" maxLength:"40"`
	After int    `query:"after" minimum:"0" maximum:"100000"`
}

func (s *Service) postPerson(ctx context.Context, in *AskerInput) (*conversationOutput, error) {
	v, err := s.WantPerson(ctx, in.Secret, in.ID)
	return s.heard(ctx, v, err, in.After)
}

func (s *Service) postLeave(ctx context.Context, in *AskerInput) (*conversationOutput, error) {
	v, err := s.Leave(ctx, in.Secret, in.ID)
	return s.heard(ctx, v, err, in.After)
}

type writeDownInput struct {
	AskerInput
	Body struct {
		Phone string `json:"phone,omitempty" maxLength:"20" doc:"Gets a message with the answer, of somebody who isn't signed in"`
	}
}

func (s *Service) postWriteDown(ctx context.Context, in *writeDownInput) (*conversationOutput, error) {
	v, err := s.WriteDown(ctx, in.Secret, in.ID, in.Body.Phone)
	return s.heard(ctx, v, err, in.After)
}
