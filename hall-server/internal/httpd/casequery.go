package httpd

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/internal/link"
	"smarthall/internal/problem"
)

// City is the platform, asked for somebody who stands in the hall: uplink.Service.
type City interface {
	// Ask asks about a topic and reads the answer; from is the machine. A refusal
	// is a *problem.Problem.
	Ask(ctx context.Context, topic, from string, question, answer any) error
}

// cityOperations declares what a kiosk asks the platform through the hall.
func (a *api) cityOperations(h huma.API, post postOperation) {
	huma.Register(h, post("query-cases", "/case-query", "Look up the cases of the card or number that somebody shows at a kiosk", 0), a.queryCases)
	huma.Register(h, post("rate-case", "/case-rating", "Rate a finished case of the card or number that somebody shows at a kiosk", http.StatusNoContent), a.rateCase)
}

type casesOutput struct {
	Cache string `header:"Cache-Control"`
	Body  link.CasesView
}

func (a *api) queryCases(ctx context.Context, in *struct{ Body link.CaseProof }) (*casesOutput, error) {
	out := &casesOutput{Cache: "no-store"}
	if err := a.askCity(ctx, "case-query", in.Body, &out.Body); err != nil {
		return nil, err
	}
	for i := range out.Body.Cases {
		out.Body.Cases[i].Link = a.publicLink(out.Body.Cases[i].Link)
	}
	return out, nil
}

// publicLink completes an address of the platform; empty if nobody knows where
// that is.
func (a *api) publicLink(link string) string {
	switch {
	case !strings.HasPrefix(link, "/"):
		return link
	case a.View.Platform == nil || a.View.Platform.Pages == "":
		return ""
	default:
		return strings.TrimSuffix(a.View.Platform.Pages, "/") + link
	}
}

func (a *api) rateCase(ctx context.Context, in *struct{ Body link.CaseRating }) (*struct{}, error) {
	var done struct{}
	return nil, a.askCity(ctx, "case-rate", in.Body, &done)
}

// askCity asks the platform for a kiosk. Others have the platform's own pages.
func (a *api) askCity(ctx context.Context, topic string, question, answer any) error {
	claims := access.From(ctx)
	if claims.Role != access.Kiosk {
		return denied()
	}
	if a.City == nil {
		return problem.New(http.StatusServiceUnavailable, "platform.none", "本大厅没有接入市级平台，请到窗口查询")
	}
	err := a.City.Ask(ctx, topic, claims.Subject, question, answer)
	var refused *problem.Problem
	if err == nil || errors.As(err, &refused) {
		return err
	}
	a.Log.Error("platform not asked", slog.String("topic", topic), slog.Any("error", err))
	return problem.New(http.StatusServiceUnavailable, "platform.away", "连不上市级平台，请稍后再试或扫码在手机上查")
}
