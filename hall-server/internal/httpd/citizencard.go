package httpd

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/internal/codes"
	"smarthall/internal/link"
	"smarthall/internal/problem"
)

// TopicCitizenCard is by which the platform is asked whose card a code stands
// for: link.CardCode, answered by link.CardHolder.
const TopicCitizenCard = "citizen-card"

// What people read where a code can't be resolved. They have another way.
var (
	errCardUnknown = problem.New(http.StatusUnprocessableEntity, "card.unknown", "没有认出这个市民卡码，请刷新后再出示，或使用身份证")
	errCardAway    = problem.New(http.StatusServiceUnavailable, "card.away", "暂时连不上市民卡中心，请使用身份证")
)

// cardOperations declares what machines ask of the city's card centre.
func (a *api) cardOperations(h huma.API, post postOperation) {
	huma.Register(h, post("resolve-citizen-card", "/citizen-card", "Whose citizen card a code stands for that was scanned at a kiosk or counter", 0), a.resolveCard)
}

type holderOutput struct {
	Cache string `header:"Cache-Control"`
	Body  link.CardHolder
}

// resolveCard asks the platform for a machine. The code is passed on and kept
// nowhere.
func (a *api) resolveCard(ctx context.Context, in *struct{ Body link.CardCode }) (*holderOutput, error) {
	claims := access.From(ctx)
	if claims.Role != access.Kiosk && (claims.Role != access.Clerk || claims.Window == "" || claims.Session) {
		return nil, denied()
	}
	var patterns []string
	for _, card := range a.Hall.Hall().CitizenCards {
		patterns = append(patterns, card.Pattern)
	}
	if !codes.IsCard(in.Body.Code, patterns) {
		return nil, errCardUnknown
	}
	if a.City == nil {
		return nil, errCardAway
	}
	out := &holderOutput{Cache: "no-store"}
	err := a.City.Ask(ctx, TopicCitizenCard, claims.Subject, in.Body, &out.Body)
	var refused *problem.Problem
	switch {
	case errors.As(err, &refused) && (refused.Code == "platform.none" || refused.Code == "platform.away" || refused.Code == "node.topic"):
		return nil, errCardAway
	case errors.As(err, &refused):
		return nil, refused
	case err != nil:
		a.Log.Error("platform not asked", slog.String("topic", TopicCitizenCard), slog.Any("error", err))
		return nil, errCardAway
	case out.Body.Name == "" || out.Body.IDNumber == "":
		return nil, errCardAway
	}
	return out, nil
}
