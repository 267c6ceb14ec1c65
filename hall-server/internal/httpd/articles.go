package httpd

import (
	"context"
	"strings"
)

// platformArticle is a notice or a law that the platform published.
type platformArticle struct {
	ID    string `json:"id"`
	Kind  string `json:"kind" enum:"notice,law"`
	Title string `json:"title"`
	// Source is who issued it.
	Source  string   `json:"source,omitempty" doc:"Who issued it, with its number"`
	Summary string   `json:"summary,omitempty"`
	Date    string   `json:"date" doc:"The day of its publication, as 2026-11-24"`
	Text    []string `json:"text" doc:"Its paragraphs"`
}

func (a *api) listArticles(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Articles []platformArticle `json:"articles"`
	}
}, error,
) {
	now := a.Core.Now()
	list, err := a.Store.Articles(ctx, now)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &struct {
		Body struct {
			Articles []platformArticle `json:"articles"`
		}
	}{}
	out.Body.Articles = []platformArticle{}
	zone := a.Hall.Hall().Location()
	for _, s := range list {
		v := platformArticle{ID: s.ID, Kind: s.Kind, Title: s.Title, Source: s.Source, Summary: s.Summary, Date: s.At.In(zone).Format("2006-01-02"), Text: []string{}}
		for line := range strings.Lines(s.Body) {
			if line = strings.TrimSpace(line); line != "" {
				v.Text = append(v.Text, line)
			}
		}
		out.Body.Articles = append(out.Body.Articles, v)
	}
	return out, nil
}
