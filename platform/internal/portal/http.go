package portal

import (
	"context"
	"net/http"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// operations declares the API of articles.
func (s *Service) operations(r *httpd.Router) {
	desk := access.StaffWith(access.RoleServiceDesk)
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "portal"}
	}
	httpd.Register(r, op("list-articles", http.MethodGet, "/articles", "List notices or laws", access.Everybody()), s.getArticles)
	httpd.Register(r, op("list-kept-articles", http.MethodGet, "/articles/kept", "List notices and laws of every state", desk), s.getKept)
	httpd.Register(r, op("put-article", http.MethodPut, "/articles/{id}", "Publish a notice or a law", desk), s.putArticle)
	httpd.Register(r, op("delete-article", http.MethodDelete, "/articles/{id}", "Take an article away", desk), s.deleteArticle)
}

type none struct{}

type articlesInput struct {
	Kind  Kind `query:"kind" enum:"notice,law" default:"notice"`
	Limit int  `query:"limit" minimum:"1" maximum:"100" default:"20"`
	From  int  `query:"from" minimum:"0" maximum:"10000"`
}

type articlesOutput struct {
	Body struct {
		Articles []Article `json:"articles"`
		Total    int       `json:"total"`
	}
}

func (s *Service) getArticles(ctx context.Context, in *articlesInput) (*articlesOutput, error) {
	out := &articlesOutput{}
	var err error
	out.Body.Articles, out.Body.Total, err = s.Articles(ctx, in.Kind, in.Limit, in.From)
	return out, err
}

type articleInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Article
}

type articleOutput struct{ Body Article }

func (s *Service) putArticle(ctx context.Context, in *articleInput) (*articleOutput, error) {
	in.Body.ID = in.ID
	err := s.Store.Write(ctx, "publish an article", func(tx *store.Tx) error { return s.PutArticle(ctx, tx, in.Body) })
	return &articleOutput{in.Body}, err
}

type articleIDInput struct {
	ID string `path:"id" maxLength:"40"`
}

func (s *Service) deleteArticle(ctx context.Context, in *articleIDInput) (*none, error) {
	return nil, s.DropArticle(ctx, in.ID)
}
