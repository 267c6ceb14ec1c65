package server

import (
	"context"
	"io"
	"time"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// openFlow opens the examination of cases. It is joined with those who own the
// cases once they are open.
func (c *contexts) openFlow(ctx context.Context, conf Config) (err error) {
	c.flow, err = flow.Open(ctx, flow.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Staff: c.identity, Items: promised{c.items}, Days: workingDays{c}, Managers: c.managers, Log: conf.Log,
	})
	return err
}

// promised tells flows what the guides promise.
type promised struct{ items *item.Service }

// Promised implements flow.Items. What isn't published yet has a flow, too, but
// no promise to compare with.
func (p promised) Promised(ctx context.Context, id string) (string, limit.Term, bool, error) {
	list, err := p.items.Summaries(ctx, id)
	if err != nil || len(list) == 0 {
		return "", limit.Term{}, false, err
	}
	it, err := p.items.Get(ctx, id)
	if err != nil {
		return "", limit.Term{}, false, err
	}
	return it.Name, limit.Term{Unit: limit.Unit(it.Promised.Unit), Days: it.Promised.Days}, true, nil
}

// workingDays are the working days of regions, as administrations set them.
type workingDays struct{ c *contexts }

// Reckoner implements flow.Days.
func (w workingDays) Reckoner(ctx context.Context, region string) (limit.Reckoner, error) {
	days, err := w.c.appointments.RegionCalendar(ctx, region)
	return limit.Reckoner{Calendar: days, Place: time.FixedZone("CST", 8*60*60)}, err
}

// caseFlows is flow as cases want it.
type caseFlows struct{ *flow.Service }

// Start implements cases.Flows; all below likewise.
func (s caseFlows) Start(ctx context.Context, tx *store.Tx, f cases.FlowStart) error {
	return s.Service.Start(ctx, tx, flow.Start{
		Case: f.Case, CaseNo: f.CaseNo, Title: f.Title, Item: f.Item, Organisation: f.Organisation, Region: f.Region, Facts: f.Facts, Begun: f.Begun,
	})
}

func (s caseFlows) Steps(ctx context.Context, caseID string) ([]cases.FlowStep, error) {
	p, err := s.PublicOfCase(ctx, caseID)
	if flow.IsNone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []cases.FlowStep
	for _, n := range p.Nodes {
		st := cases.FlowStep{Name: n.Name, State: string(n.State), Word: n.Word, Opened: n.Opened, Done: n.Done}
		if len(n.Seats) > 0 {
			st.Organisation = n.Seats[0].OrganisationName
		}
		if n.Limit != nil {
			st.Due = n.Limit.Due
		}
		list = append(list, st)
	}
	return list, nil
}

func (s caseFlows) Picture(ctx context.Context, w io.Writer, caseID string) error {
	return s.PictureNarrow(ctx, w, caseID, true)
}

// flowCases is cases as flow wants them.
type flowCases struct{ *cases.Service }

// Ended implements flow.Cases; all below likewise.
func (s flowCases) Ended(ctx context.Context, tx *store.Tx, id string, r flow.Result) error {
	return s.Service.Ended(ctx, tx, id, cases.Decision{Approved: r.Approved, Reason: r.Reason})
}

func (s flowCases) Held(ctx context.Context, tx *store.Tx, id, reason, note string, planned int) error {
	return s.Service.Held(ctx, tx, id, flow.ReasonName(reason), note, planned)
}

func (s flowCases) Supplement(ctx context.Context, tx *store.Tx, id string, missing []string, note string) error {
	return s.AskAgain(ctx, tx, id, missing, note)
}

// CaseSummary implements flow.CaseView.
func (s flowCases) CaseSummary(ctx context.Context, id string) (flow.CaseSummary, error) {
	b, err := s.Brief(ctx, id)
	if err != nil {
		return flow.CaseSummary{}, err
	}
	return flow.CaseSummary{
		ID: b.ID, CaseNo: b.CaseNo, ItemName: b.ItemName, Applicant: b.Applicant, State: b.StateWord, Organisation: b.OrganisationName,
		Promised: b.Promised, Statutory: b.Statutory,
	}, nil
}
