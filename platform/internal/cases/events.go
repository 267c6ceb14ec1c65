package cases

import (
	"context"
	"maps"

	"smarthall/platform/internal/store"
)

// The events of this context; the subject is the case's id, the body an Event
// with what the type adds.
const (
	TypeDrafted         = "case.drafted"
	TypeSubmitted       = "case.submitted"
	TypeSupplementAsked = "case.supplement-asked" // missing, due
	TypeSupplemented    = "case.supplemented"
	TypePrepared        = "case.prepared"
	TypeAccepted        = "case.accepted"     // statutoryDue, promisedDue, deferred, tacit
	TypeNotAccepted     = "case.not-accepted" // reason
	TypeHeld            = "case.held"         // reason
	TypeResumed         = "case.resumed"
	TypeExtended        = "case.extended" // days
	TypeDecided         = "case.decided"  // approved
	TypeDelivered       = "case.delivered"
	TypeClosed          = "case.closed"
	TypeWithdrawn       = "case.withdrawn"
	TypeTerminated      = "case.terminated"       // reason
	TypeDeferredDue     = "case.deferred-due"     // material, due: a reminder
	TypeDeferredBrought = "case.deferred-brought" // material
	TypeDeferredOverdue = "case.deferred-overdue" // material, due

	TypePackageSubmitted = "package.submitted"
	TypePackageClosed    = "package.closed"
)

// event is what every event of a case has. Terms are there from its acceptance,
// as whole clocks.
func (c *Case) event() map[string]any {
	e := map[string]any{
		"case": c.ID, "item": c.Item, "itemName": c.ItemName, "organisation": c.Organisation, "organisationName": c.OrganisationName,
		"region": c.Region, "applicationNo": c.Number, "mode": c.Mode, "state": c.State, "applicant": masked(c.Applicant),
	}
	if !c.Time.Begun.IsZero() {
		e["promised"], e["statutory"] = c.Time.clock(c.Time.Promised), c.Time.clock(c.Time.Statutory)
	}
	for name, v := range map[string]string{
		"caseNo": c.CaseNo, "hall": c.Hall, "window": c.Window, "ticket": c.Ticket, "parent": c.Parent, "package": c.Package,
		"promisedDue": c.PromisedDue, "statutoryDue": c.StatutoryDue, "clerk": c.Dossier.Clerk,
	} {
		if v != "" {
			e[name] = v
		}
	}
	if c.Green {
		e["green"] = true
	}
	return e
}

// publish tells of what happened to a case. A hall where it was made hears it,
// too.
func (s *Service) publish(ctx context.Context, tx *store.Tx, kind string, c *Case, more map[string]any) error {
	body := c.event()
	maps.Copy(body, more)
	return tx.Publish(ctx, c.Hall, kind, c.ID, body)
}
