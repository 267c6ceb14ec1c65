package cases

import (
	"context"

	"smarthall/platform/internal/audit"
)

// The hotline's agents tell a caller how her case stands (QY-01): by its number
// and the last four characters of the applicant's ID number, which she says. They
// see what the public page shows, and each question is noted.

// DeskQuery is Query for an agent. A wrong guess counts as everybody's does.
func (s *Service) DeskQuery(ctx context.Context, number, tail string) (Case, error) {
	if len(clean(tail)) != 4 {
		return Case{}, ErrInput.Wrong("idTail", "请填写申请人身份证号后四位")
	}
	c, err := s.Query(ctx, number, "", tail)
	entry := audit.Entry{Action: "cases.desk-query", Object: c.ID}
	if err != nil {
		entry.Outcome = audit.Refused
	}
	if noted := s.Audit.Write(ctx, entry); noted != nil {
		return Case{}, noted
	}
	return c, err
}

type deskQueryInput struct {
	Body struct {
		Number string `json:"number" maxLength:"60" doc:"Of the application or of the case"`
		IDTail string `json:"idTail" maxLength:"4" doc:"The last four characters of the applicant's ID number"`
	}
}

func (s *Service) postDeskQuery(ctx context.Context, in *deskQueryInput) (*progressOutput, error) {
	c, err := s.DeskQuery(ctx, in.Body.Number, in.Body.IDTail)
	if err != nil {
		return nil, err
	}
	p, err := s.progress(ctx, c)
	return &progressOutput{p}, err
}
