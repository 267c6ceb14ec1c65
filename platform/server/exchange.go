package server

import (
	"context"
	"errors"
	"io"
	"slices"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/demo"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/files"
	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/licence"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// openExchange opens the front node towards other systems. A demo city plays
// those itself.
func (c *contexts) openExchange(ctx context.Context, conf Config) (err error) {
	settings := exchange.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Frame: c.frame, BaseURL: conf.BaseURL, Log: conf.Log,
		Cases: exchangedCases{c.cases}, Flows: exchangedFlows{c.flow}, Files: exchangedFiles{c.files}, Accounts: serviceAccounts{c.identity},
		Licences: sharedLicences{c.licences}, People: sharedPeople{c.identity}, Catalog: openCatalog{c.items, c.portal, conf.BaseURL},
	}
	if conf.Demo {
		if c.peers, err = demo.NewPeers(c.keys.For, c.store.Now, conf.Log); err != nil {
			return err
		}
		settings.Carrier = c.peers
	}
	c.exchange, err = exchange.Open(ctx, settings)
	return err
}

// exchangedCases is cases as the exchange wants them.
type exchangedCases struct{ *cases.Service }

// Handover implements exchange.Cases; Look likewise.
func (s exchangedCases) Handover(ctx context.Context, id string) (exchange.Handover, error) {
	c, err := s.Whole(ctx, id)
	if errors.Is(err, cases.ErrUnknown) {
		return exchange.Handover{}, exchange.ErrCase
	}
	if err != nil {
		return exchange.Handover{}, err
	}
	h := exchange.Handover{
		Case: c.ID, CaseNo: c.CaseNo, Item: c.Item, ItemName: c.ItemName, ItemVersion: c.ItemVersion, Organisation: c.Organisation, Region: c.Region,
		Applicant: exchange.Applicant{
			Name: c.Applicant.Name, IDNumber: c.Applicant.IDNumber, Phone: c.Applicant.Phone, LegalName: c.Applicant.LegalName, CreditCode: c.Applicant.CreditCode,
		},
		Form: c.Dossier.Form.ID, Values: c.Dossier.Values, Materials: []exchange.Material{}, Accepted: c.AcceptedAt,
		PromisedDue: c.PromisedDue, StatutoryDue: c.StatutoryDue, Going: c.State == cases.Accepted,
	}
	for _, m := range c.Dossier.Materials {
		out := exchange.Material{ID: m.ID, Name: m.Name, Source: string(m.Source)}
		for _, f := range m.Files {
			out.Files = append(out.Files, exchange.File{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size})
		}
		h.Materials = append(h.Materials, out)
	}
	return h, nil
}

func (s exchangedCases) Look(ctx context.Context, id string) error {
	_, err := s.Service.Look(ctx, id, "exchange")
	return err
}

// exchangedFlows is flow as the exchange wants it.
type exchangedFlows struct{ *flow.Service }

// Open implements exchange.Flows; all others likewise.
func (s exchangedFlows) Open(ctx context.Context, tx *store.Tx, caseID string) ([]exchange.Step, error) {
	open, err := s.OpenOf(ctx, tx, caseID)
	if flow.IsNone(err) {
		return nil, exchange.ErrStep
	}
	list := make([]exchange.Step, 0, len(open))
	for _, t := range open {
		list = append(list, exchange.Step{Task: t.ID, Node: t.Node, Name: t.Name, Mine: t.Mine, Decides: t.Decides})
	}
	return list, err
}

func (s exchangedFlows) Claim(ctx context.Context, tx *store.Tx, task string) error {
	_, err := s.ActIn(ctx, tx, task, "claim", "", flow.Request{})
	return err
}

func (s exchangedFlows) Say(ctx context.Context, tx *store.Tx, task string, approve bool, opinion string) error {
	verb := "refuse"
	if approve {
		verb = "pass"
	}
	_, err := s.ActIn(ctx, tx, task, verb, "", flow.Request{Opinion: opinion})
	return err
}

// exchangedFiles are the files as the exchange wants them.
type exchangedFiles struct{ *files.Service }

// Open implements exchange.Files.
func (s exchangedFiles) Open(ctx context.Context, id string) (io.ReadCloser, exchange.File, error) {
	body, f, err := s.Service.Open(ctx, id)
	return body, exchange.File{ID: f.ID, Name: f.Name, Type: string(f.Type), Size: f.Size}, err
}

// serviceAccounts are members of staff as the accounts of systems.
type serviceAccounts struct{ *identity.Service }

// Account implements exchange.Accounts; all others likewise.
func (s serviceAccounts) Account(ctx context.Context, id string) (access.Caller, error) {
	m, err := s.Member(ctx, id)
	if errors.Is(err, identity.ErrUnknown) || err == nil && m.State != identity.Active {
		return access.Caller{}, exchange.ErrAccount
	}
	return access.Caller{Kind: access.Staff, ID: m.ID, Org: m.Organisation, Region: m.Region, Roles: m.Roles}, err
}

func (s serviceAccounts) Find(ctx context.Context, name string) (string, error) {
	list, err := s.Members(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(m identity.Member) bool { return m.Account == name })
	if i < 0 {
		return "", exchange.ErrAccount
	}
	return list[i].ID, nil
}

func (s serviceAccounts) Name(ctx context.Context, id string) string {
	m, err := s.Member(ctx, id)
	if err != nil {
		return "" // it is gone
	}
	return m.Account
}

// sharedLicences are the licences as others may check them.
type sharedLicences struct{ *licence.Service }

// Check implements exchange.Licences.
func (s sharedLicences) Check(ctx context.Context, kind, holder string) (exchange.LicenceFacts, bool, error) {
	l, err := s.Held(ctx, kind, holder)
	if errors.Is(err, licence.ErrNotHeld) {
		return exchange.LicenceFacts{}, false, nil
	}
	return exchange.LicenceFacts{
		Number: l.Number, Name: l.Name, Holder: privacy.MaskName(l.Holder), Issuer: l.Body.Name, From: l.From, Until: l.Until, State: string(l.State),
	}, err == nil, err
}

// sharedPeople are those who registered, as others may compare them.
type sharedPeople struct{ *identity.Service }

// Matches implements exchange.People.
func (s sharedPeople) Matches(ctx context.Context, name, number string) (bool, error) {
	p, err := s.PersonByNumber(ctx, number)
	if errors.Is(err, identity.ErrUnknown) {
		return false, nil
	}
	return err == nil && p.Name == name, err
}

// sharedRecords are the records that members of the exchange share. The exchange
// opens after cases does.
type sharedRecords struct{ *contexts }

// Fetch implements cases.Sharing.
func (s sharedRecords) Fetch(ctx context.Context, o cases.RecordOrder) (cases.Record, error) {
	r, err := s.exchange.FetchRecord(ctx, exchange.RecordOrder{
		Purpose: "办理政务服务事项，核验申请材料", CaseNo: o.CaseNo, Material: o.Material, Body: o.Body, Region: o.Region,
		Name: o.Applicant.Name, IDNumber: o.Applicant.IDNumber, LegalName: o.Applicant.LegalName, CreditCode: o.Applicant.CreditCode,
	})
	switch {
	case errors.Is(err, exchange.ErrNoRecord):
		return cases.Record{}, cases.ErrNoRecord
	case errors.Is(err, exchange.ErrService):
		return cases.Record{}, cases.ErrNoSharing
	case err != nil:
		return cases.Record{}, err
	}
	out := cases.Record{Number: r.Number, Body: r.Body}
	for _, f := range r.Fields {
		out.Fields = append(out.Fields, cases.RecordField{Name: f.Name, Value: f.Value})
	}
	return out, nil
}

// openCatalog is what third parties may know.
type openCatalog struct {
	items  *item.Service
	portal *portal.Service
	base   string
}

// Items implements exchange.Catalog; Halls likewise.
func (o openCatalog) Items(ctx context.Context, text string, page, size int) ([]exchange.OpenItem, int, error) {
	query := item.Query{Text: text, Limit: size, Offset: (page - 1) * size}
	if text == "" {
		query.Sort = "name"
	}
	found, err := o.items.Search(ctx, query)
	list := make([]exchange.OpenItem, 0, len(found.Hits))
	for _, h := range found.Hits {
		list = append(list, exchange.OpenItem{
			ID: h.ID, Code: h.Code, Name: h.Name, Organisation: h.OrganisationName, Region: h.Region, Online: h.Form != item.AtWindow, Guide: o.base + "/items/" + h.ID,
		})
	}
	return list, found.Total, err
}

func (o openCatalog) Halls(ctx context.Context) ([]exchange.OpenHall, error) {
	halls, err := o.portal.HallsNow(ctx)
	list := make([]exchange.OpenHall, 0, len(halls))
	for _, h := range halls {
		if !h.Closed {
			list = append(list, exchange.OpenHall{ID: h.ID, Name: h.Name, Address: h.Address, Hours: h.Hours, Waiting: h.Waiting})
		}
	}
	return list, err
}
