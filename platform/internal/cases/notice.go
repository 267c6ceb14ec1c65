package cases

import (
	"context"
	"strings"

	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// The templates of this context's messages (ON-09, QY-07).
const (
	noticeSubmitted   = "case.submitted"
	noticePrepared    = "case.pre-review-passed"
	noticeSupplement  = "case.supplement"
	noticeAccepted    = "case.accepted"
	noticeRefused     = "case.refused"
	noticeProgress    = "case.progress"
	noticeExtended    = "case.extended"
	noticeHeld        = "case.suspended"
	noticeResumed     = "case.resumed"
	noticeCompleted   = "case.completed"
	noticeReady       = "case.certificate-ready"
	noticeDraft       = "case.draft-expiring"
	noticeDeferred    = "case.deferred-due"
	noticeOverdue     = "case.deferred-overdue"
	noticeTerminated  = "case.terminated"
	noticeUnspecified = "无"
)

// tell sends the applicant a message about her case. What templates ask for of
// every case is filled in.
func (s *Service) tell(ctx context.Context, tx *store.Tx, c *Case, template string, vars map[string]string) error {
	if c.Parent != "" && (template == noticeSubmitted || template == noticeReady || template == noticeCompleted) {
		return nil // the package's case tells of all of them
	}
	if c.together && (template == noticeAccepted || template == noticeRefused) {
		return nil
	}
	all := map[string]string{"item": c.ItemName, "number": c.ShownNo()}
	if all["number"] == "" {
		all["number"] = noticeUnspecified
	}
	for name, v := range vars {
		all[name] = v
	}
	to := message.To{Person: c.Person, Phone: c.Applicant.Phone}
	if to == (message.To{}) {
		return nil // a clerk took it from somebody without a telephone
	}
	return s.Messages.Send(ctx, tx, message.Notice{Template: template, To: to, Vars: filled(all)})
}

// filled drops empty values, so that optional parts of a text stay out.
func filled(vars map[string]string) map[string]string {
	for name, v := range vars {
		if v == "" {
			delete(vars, name)
		}
	}
	return vars
}

// maxDocuments bounds what one case is given.
const maxDocuments = 200

// issue gives a case a document.
func (s *Service) issue(ctx context.Context, tx *store.Tx, c *Case, o DocumentOrder) error {
	if s.Documents == nil || len(c.Dossier.Documents) >= maxDocuments {
		return nil
	}
	o.Case, o.CaseNo, o.Item = c.ID, c.ShownNo(), c.ItemName
	o.Organisation, o.OrganisationName, o.Region, o.Addressee = c.Organisation, c.OrganisationName, c.Region, c.Applicant.Called()
	d, err := s.Documents.Issue(ctx, tx, o)
	if err != nil {
		return err
	}
	c.Dossier.Documents = append(c.Dossier.Documents, d)
	return nil
}

// rateLink is where the applicant rates the service (EV-01), for messages; empty
// if she isn't asked, or where no page of this site can be reached from outside.
func (s *Service) rateLink(c *Case) string {
	if c.Dossier.Rate == "" || s.BaseURL == "" {
		return ""
	}
	if strings.HasPrefix(c.Dossier.Rate, "/") {
		return s.BaseURL + c.Dossier.Rate
	}
	return c.Dossier.Rate
}

// progressLink is the address of a case's progress page, for QR codes.
func (s *Service) progressLink(c *Case) string {
	if c.Number == "" {
		return ""
	}
	return s.BaseURL + "/progress?number=" + c.Number + "&code=" + c.QueryCode
}
