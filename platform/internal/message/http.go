package message

import (
	"context"
	"net/http"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// Routes declares the context's operations and pages.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "message"}
	}
	httpd.Register(r, op("list-my-messages", http.MethodGet, "/me/messages", "Read one's inbox", access.People()), s.getInbox)
	httpd.Register(r, op("mark-my-message", http.MethodPut, "/me/messages/{id}", "Mark a message as read, or not", access.People()), s.putMark)
	httpd.Register(r, op("mark-my-messages", http.MethodPost, "/me/messages/read", "Mark all messages as read", access.People()), s.postAllRead)
	httpd.Register(r, httpd.Operation{
		ID: "post-message-receipts", Method: http.MethodPost, Path: "/message-receipts/{provider}", Tag: "message", Who: access.Everybody(),
		Summary: "Take receipts of a gateway, signed with its secret (Standard Webhooks)", MaxBody: maxReceiptBody,
	}, s.postReceipts)
	s.staffRoutes(r, op)
	s.pages(r)
}

// none is an answer without a body.
type none struct{}

type inboxInput struct {
	Before string `query:"before" maxLength:"40" doc:"Id of the last message of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Unread bool   `query:"unread" doc:"Only those that weren't read"`
}

type inboxOutput struct {
	Body struct {
		Messages []Letters `json:"messages"`
		Unread   int       `json:"unread" doc:"Of all"`
	}
}

// Letters is a message in a person's inbox.
type Letters struct {
	ID       string    `json:"id"`
	Template string    `json:"template"`
	At       time.Time `json:"at"`
	Title    string    `json:"title"`
	Text     string    `json:"text"`
	Read     bool      `json:"read"`
}

func (s *Service) getInbox(ctx context.Context, in *inboxInput) (*inboxOutput, error) {
	person := access.From(ctx).ID
	list, err := s.InboxOf(ctx, person, in.Before, in.Limit, in.Unread)
	if err != nil {
		return nil, err
	}
	out := &inboxOutput{}
	out.Body.Messages = list
	out.Body.Unread, err = s.Unread(ctx, person)
	return out, err
}

type markInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Read bool `json:"read"`
	}
}

func (s *Service) putMark(ctx context.Context, in *markInput) (*none, error) {
	return nil, s.Mark(ctx, access.From(ctx).ID, in.ID, in.Body.Read)
}

func (s *Service) postAllRead(ctx context.Context, _ *none) (*none, error) {
	return nil, s.MarkAll(ctx, access.From(ctx).ID)
}

type receiptsInput struct {
	Provider  string `path:"provider" maxLength:"40"`
	ID        string `header:"webhook-id"`
	Timestamp string `header:"webhook-timestamp"`
	Signature string `header:"webhook-signature"`
	RawBody   []byte
}

type receiptsOutput struct{ Body Taken }

func (s *Service) postReceipts(ctx context.Context, in *receiptsInput) (*receiptsOutput, error) {
	taken, err := s.Receipts(ctx, in.Provider, in.ID, in.Timestamp, in.Signature, in.RawBody)
	if err != nil {
		return nil, err
	}
	return &receiptsOutput{taken}, nil
}
