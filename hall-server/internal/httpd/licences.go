package httpd

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/internal/link"
)

// licenceOperations declares what a kiosk asks the platform for whoever prints
// her own licences there. Nothing of it is kept in the hall; its log knows the
// machine, the masked number and what became of the sheet.
func (a *api) licenceOperations(h huma.API, post postOperation) {
	huma.Register(h, post("query-licences", "/licence-query", "List the valid licences of the card that somebody lays on a kiosk", 0), a.queryLicences)
	huma.Register(h, post("print-licence", "/licence-prints", "Get one of a card's licences as a file that the kiosk prints", 0), a.printLicence)
	huma.Register(h, post("tell-licence-outcome", "/licence-outcomes", "Tell what became of the sheet of a licence", http.StatusNoContent), a.licenceOutcome)
}

type licencesOutput struct {
	Cache string `header:"Cache-Control"`
	Body  link.LicencesView
}

func (a *api) queryLicences(ctx context.Context, in *struct{ Body link.LicenceProof }) (*licencesOutput, error) {
	out := &licencesOutput{Cache: "no-store"}
	return out, a.askCity(ctx, "licence-list", in.Body, &out.Body)
}

type licenceSheetOutput struct {
	Cache string `header:"Cache-Control"`
	Body  link.LicenceSheet
}

func (a *api) printLicence(ctx context.Context, in *struct{ Body link.LicenceOrder }) (*licenceSheetOutput, error) {
	question := struct {
		link.LicenceOrder
		// Place is what the hall calls the machine.
		Place string `json:"place"`
	}{in.Body, ""}
	for _, agent := range a.Hall.Hall().Agents {
		if agent.ID == access.From(ctx).Subject {
			question.Place = agent.Name
		}
	}
	out := &licenceSheetOutput{Cache: "no-store"}
	return out, a.askCity(ctx, "licence-print", question, &out.Body)
}

func (a *api) licenceOutcome(ctx context.Context, in *struct{ Body link.LicenceOutcome }) (*struct{}, error) {
	var noted struct {
		Number string `json:"number"` // masked
	}
	if err := a.askCity(ctx, "licence-printed", in.Body, &noted); err != nil {
		return nil, err
	}
	a.Log.Info("licence print ended", slog.String("kiosk", access.From(ctx).Subject), slog.String("licence", noted.Number), slog.String("outcome", string(in.Body.Outcome)))
	return nil, nil
}
