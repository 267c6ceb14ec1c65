package identity

import (
	"context"
	"net/http"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
)

func (s *Service) ownRoutes(r *httpd.Router, op describe) {
	people := access.People()
	httpd.Register(r, op("list-ways", http.MethodGet, "/registration-ways", "How people and legal persons can get an account here", access.Everybody()), s.getWays)
	httpd.Register(r, op("get-my-record", http.MethodGet, "/me/record", "What was done to one's account", people), s.getRecord)
	httpd.Register(r, op("copy-my-data", http.MethodPost, "/me/copy", "A copy of all that is kept of one", people), s.postCopy)
	httpd.Register(r, op("disable-me", http.MethodPost, "/me/disable", "Take one's own account out of use", people), s.postDisableOwn)
}

type waysOutput struct {
	Body struct {
		Proofs   []Proof `json:"proofs" doc:"What to choose from beside card and phone; none: nobody registers by herself"`
		Province string  `json:"province,omitempty" doc:"Name of the platform where one signs in, too; empty: none"`
		Legal    bool    `json:"legal" doc:"Legal persons can be registered"`
		Demo     bool    `json:"demo" doc:"Nobody confirms anything in earnest"`
		// LegalWays are beside registration by the legal representative.
		LegalWays []LegalWayView `json:"legalWays,omitempty" doc:"How legal persons prove who they are to sign in"`
	}
}

func (s *Service) getWays(context.Context, *none) (*waysOutput, error) {
	out := &waysOutput{}
	out.Body.Proofs = []Proof{}
	if s.online() {
		out.Body.Proofs = s.openProofs()
	}
	if s.Province != nil {
		out.Body.Province = s.Province.Name
	}
	out.Body.Legal = s.LegalRegister != nil
	out.Body.LegalWays = s.legalWayViews()
	_, out.Body.Demo = s.Provers[ProofIDCard].(DemoProver)
	return out, nil
}

// RecordView is an entry of an account's record.
type RecordView struct {
	At     time.Time `json:"at"`
	Action string    `json:"action" doc:"sign-in, change-password …"`
	By     string    `json:"by" doc:"self, staff or system"`
}

type recordOutput struct {
	Body struct {
		Record []RecordView `json:"record"`
	}
}

func (s *Service) getRecord(ctx context.Context, _ *none) (*recordOutput, error) {
	list, err := s.Record(ctx)
	if err != nil {
		return nil, err
	}
	out := &recordOutput{}
	out.Body.Record = viewRecord(list)
	return out, nil
}

// viewRecord leaves out who of the staff it was and why.
func viewRecord(list []audit.Entry) []RecordView {
	views := make([]RecordView, 0, len(list))
	for _, e := range list {
		v := RecordView{At: e.At, Action: strings.TrimPrefix(e.Action, tag+"."), By: "system"}
		switch e.Actor.Kind {
		case access.Person, access.Nobody:
			v.By = "self" // a registration or a forgotten password: nobody is signed in yet
		case access.Staff:
			v.By = "staff"
		}
		views = append(views, v)
	}
	return views
}

type ownCodeInput struct {
	Body struct {
		Code string `json:"code" maxLength:"6" doc:"Sent to the phone that is bound"`
	}
}

type copyOutput struct {
	Disposition string `header:"Content-Disposition"`
	Cache       string `header:"Cache-Control"`
	Body        OwnData
}

func (s *Service) postCopy(ctx context.Context, in *ownCodeInput) (*copyOutput, error) {
	d, err := s.CopyOwn(ctx, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return &copyOutput{Disposition: `attachment; filename="my-data.json"`, Cache: "no-store", Body: d}, nil
}

func (s *Service) postDisableOwn(ctx context.Context, in *ownCodeInput) (*cookieOutput, error) {
	if err := s.DisableOwn(ctx, in.Body.Code); err != nil {
		return nil, err
	}
	return &cookieOutput{cookie(Session{}, false)}, nil
}
