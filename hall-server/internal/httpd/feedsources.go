package httpd

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/feed"
	"smarthall/hall-server/internal/layout"
	"smarthall/internal/link"
)

// Feeds fetches feeds from their sources: feed.Service.
type Feeds interface {
	// Hosts are those that may be asked, Outcomes how sources did the last time.
	Hosts() []string
	Outcomes() map[string]feed.Outcome
	// Ask asks a source now and keeps nothing.
	Ask(ctx context.Context, one layout.Source) (link.FeedView, error)
}

// FeedSourceView is a source with how it did.
type FeedSourceView struct {
	layout.Source
	Asked  *time.Time `json:"asked,omitempty" doc:"When it was asked last; absent before the first time"`
	Failed string     `json:"failed,omitempty" doc:"What went wrong then"`
}

// FeedSources are where the hall fetches feeds by itself.
type FeedSources struct {
	Rev      int              `json:"rev" doc:"To be named when they are changed"`
	Sources  []FeedSourceView `json:"sources"`
	Hosts    []string         `json:"hosts" doc:"Those that may be asked, by the settings of the server"`
	Platform bool             `json:"platform" doc:"The hall has joined a platform"`
}

type feedSourcesOutput struct{ Body FeedSources }

func (a *api) feedSourceOperations(
	h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation,
) {
	put := post("set-feed-sources", "/layouts/sources", "Change where the hall fetches feeds", 0)
	put.Method, put.DefaultStatus = http.MethodPut, http.StatusOK
	huma.Register(h, get("list-feed-sources", "/layouts/sources", "List where the hall fetches feeds, and how that went"), a.listFeedSources)
	huma.Register(h, put, a.setFeedSources)
	huma.Register(h, post("try-feed-source", "/layouts/sources/try", "Ask a source now and show what a screen would; nothing is kept", 0), a.tryFeedSource)
}

func (a *api) feedSources() *feedSourcesOutput {
	list, rev := a.Layouts.Sources()
	how := a.Feeds.Outcomes()
	out := &feedSourcesOutput{FeedSources{Rev: rev, Sources: []FeedSourceView{}, Hosts: a.Feeds.Hosts(), Platform: a.View.Platform != nil}}
	if out.Body.Hosts == nil {
		out.Body.Hosts = []string{}
	}
	for _, one := range list {
		v := FeedSourceView{Source: one}
		if last, ok := how[one.Name]; ok {
			v.Asked, v.Failed = &last.At, last.Failed
		}
		out.Body.Sources = append(out.Body.Sources, v)
	}
	return out
}

func (a *api) listFeedSources(ctx context.Context, _ *struct{}) (*feedSourcesOutput, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	return a.feedSources(), nil
}

func (a *api) setFeedSources(ctx context.Context, in *struct {
	Body struct {
		Rev     int             `json:"rev"`
		Sources []layout.Source `json:"sources"`
	}
},
) (*feedSourcesOutput, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	if _, err := a.Layouts.SetSources(ctx, in.Body.Rev, in.Body.Sources, a.Feeds.Hosts(), actor(ctx)); err != nil {
		return nil, a.layoutProblem(err)
	}
	return a.feedSources(), nil
}

func (a *api) tryFeedSource(ctx context.Context, in *struct {
	Body struct {
		Source layout.Source `json:"source"`
	}
},
) (*struct{ Body link.FeedView }, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	one := in.Body.Source
	if err := layout.CheckSource(one, a.Feeds.Hosts()); err != nil {
		return nil, a.layoutProblem(err)
	}
	v, err := a.Feeds.Ask(ctx, one)
	if err == nil {
		err = layout.CheckFeed(v)
	}
	if err != nil {
		a.Log.Info("feed source tried in vain", slog.String("feed", one.Name), slog.Any("error", err))
		return nil, newProblem(http.StatusUnprocessableEntity, "source.failed", "没有取到可用的内容："+feed.Words(err))
	}
	v.At = a.Core.Now()
	v.Until = v.At.Add(time.Duration(one.Keep) * time.Minute)
	return &struct{ Body link.FeedView }{v}, nil
}
