package server

import (
	"context"
	"io"
	"net/http"
	"time"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/document"
	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/files"
	"smarthall/platform/internal/form"
	"smarthall/platform/internal/store"
)

// openCases opens cases and joins them with all that they need.
func (c *contexts) openCases(ctx context.Context, conf Config) (err error) {
	var sharing cases.Sharing = sharedRecords{c}
	if conf.Demo {
		sharing = cases.DemoSharing{}
	}
	c.cases, err = cases.Open(ctx, cases.Config{
		Sharing: sharing,
		Store:   c.store, Keys: c.keys, Audit: c.audit, Messages: c.messages, People: c.identity, Items: c.items, Halls: c.node, Ranges: c.node, Bodies: c.identity,
		Centres: c.managers, Forms: caseForms{c.forms}, Files: caseFiles{c.files}, Documents: caseDocuments{c.documents},
		Flows: caseFlows{c.flow}, Licences: caseLicences{c.licences, c.forms}, Payments: casePayments{c.payments}, Deliveries: caseDeliveries{c.deliveries},
		Evaluations: caseRatings{c.evaluation}, Days: c.appointments.RegionCalendar, Frame: c.frame, BaseURL: conf.BaseURL, Log: conf.Log,
	})
	if err != nil {
		return err
	}
	c.node.OnAsk(cases.TopicQuery, c.cases.AskedQuery)
	c.node.OnAsk(cases.TopicRate, c.cases.AskedRate)
	c.node.OnAsk(cases.TopicReady, c.cases.AskedReady)
	c.node.On(cases.TypeIntakeMade, c.cases.Announced)
	c.node.On(cases.TypeVisitTaken, c.cases.VisitTaken)
	c.node.OnAsk(cases.TopicIntake, c.cases.AskedIntake)
	c.node.OnAsk(cases.TopicIntakeFiles, c.cases.AskedIntakeFiles)
	return nil
}

// caseForms are the forms as cases want them.
type caseForms struct{ *form.Service }

// ForItem implements cases.Forms; all others likewise.
func (s caseForms) ForItem(ctx context.Context, item string) (cases.FormRef, error) {
	f, err := s.Service.ForItem(ctx, item)
	if err != nil {
		return cases.FormRef{}, err
	}
	return cases.FormRef{ID: f.ID, Version: f.Version}, nil
}

func (s caseForms) Clean(ctx context.Context, ref cases.FormRef, values map[string]any, facts cases.Facts) (map[string]any, error) {
	f, err := s.Version(ctx, ref.ID, ref.Version)
	if err != nil {
		return nil, err
	}
	return f.Clean(values, form.Answers(facts.Answers), s.Store.Now()), nil
}

func (s caseForms) Check(ctx context.Context, ref cases.FormRef, values map[string]any, facts cases.Facts) ([]fault.Field, error) {
	f, err := s.Version(ctx, ref.ID, ref.Version)
	if err != nil {
		return nil, err
	}
	return f.Check(values, form.Answers(facts.Answers), s.Store.Now()), nil
}

func (s caseForms) Prefill(ctx context.Context, ref cases.FormRef, facts cases.Facts) (map[string]any, []cases.Locked, error) {
	f, err := s.Version(ctx, ref.ID, ref.Version)
	if err != nil {
		return nil, nil, err
	}
	values, locked := f.Prefill(s.known(ctx, facts))
	list := make([]cases.Locked, len(locked))
	for i, l := range locked {
		list[i] = cases.Locked{Name: l.Name, Why: l.Why, From: l.From}
	}
	return values, list, nil
}

func (s caseForms) Lock(ctx context.Context, ref cases.FormRef, values map[string]any, facts cases.Facts) (map[string]any, error) {
	f, err := s.Version(ctx, ref.ID, ref.Version)
	if err != nil {
		return nil, err
	}
	return f.Lock(values, s.known(ctx, facts)), nil
}

func (s caseForms) Print(ctx context.Context, w io.Writer, ref cases.FormRef, values map[string]any, facts cases.Facts, title, number, link string) error {
	f, err := s.Version(ctx, ref.ID, ref.Version)
	if err != nil {
		return err
	}
	return s.Service.Print(ctx, w, f, values, form.Answers(facts.Answers), form.Head{Title: title, Number: number, Link: link, Printed: s.Store.Now()})
}

// known are the facts in the forms' words. An earlier form that isn't there any
// more tells nothing.
func (s caseForms) known(ctx context.Context, facts cases.Facts) form.Facts {
	known := form.Facts{}
	for i := len(facts.Earlier) - 1; i >= 0; i-- { // the newest wins
		e := facts.Earlier[i]
		f, err := s.Version(ctx, e.Form.ID, e.Form.Version)
		if err != nil {
			continue
		}
		for name, v := range f.Earlier(e.Values) {
			known[name] = v
		}
	}
	a := facts.Applicant
	for name, v := range map[string]string{
		"person.name": a.Name, "person.number": a.IDNumber, "person.phone": a.Phone, "person.address": a.Address,
		"legal.name": a.LegalName, "legal.code": a.CreditCode, "person.birth": birth(a.IDNumber), "person.sex": sex(a.IDNumber),
	} {
		if v != "" {
			known[name] = v
		}
	}
	return known
}

// birth and sex are what an ID number tells (GB 11643); empty for other
// numbers.
func birth(number string) string {
	if len(number) != 18 {
		return ""
	}
	day, err := time.Parse("20060102", number[6:14])
	if err != nil {
		return ""
	}
	return day.Format(time.DateOnly)
}

func sex(number string) string {
	switch {
	case len(number) != 18:
		return ""
	case (number[16]-'0')%2 == 1:
		return "男"
	default:
		return "女"
	}
}

// caseFiles are the files as cases want them.
type caseFiles struct{ *files.Service }

// partCases owns files in the name of cases.
const partCases = "cases"

func (s caseFiles) Own(ctx context.Context, tx *store.Tx, file, owner string) error {
	return s.Service.Own(ctx, tx, file, partCases, owner)
}

func (s caseFiles) Share(ctx context.Context, tx *store.Tx, file, owner string) error {
	return s.Service.Share(ctx, tx, file, partCases, owner)
}

func (s caseFiles) Disown(ctx context.Context, tx *store.Tx, file, owner string) error {
	return s.Service.Disown(ctx, tx, file, partCases, owner)
}

func (s caseFiles) File(ctx context.Context, id string) (cases.File, error) {
	f, err := s.Service.File(ctx, id)
	return cases.File{ID: f.ID, Name: f.Name, Type: string(f.Type), Size: f.Size}, err
}

func (s caseFiles) Serve(w http.ResponseWriter, r *http.Request, id string) error {
	body, f, err := s.Open(r.Context(), id)
	if err != nil {
		return err
	}
	return files.Serve(w, r, body, f, true)
}

// caseDocuments are the documents as cases want them.
type caseDocuments struct{ *document.Service }

func (s caseDocuments) Issue(ctx context.Context, tx *store.Tx, o cases.DocumentOrder) (cases.Document, error) {
	order := document.Order{
		Kind: document.Kind(o.Kind), Case: o.Case, CaseNo: o.CaseNo, Item: o.Item, Organisation: document.Organisation{ID: o.Organisation, Name: o.OrganisationName},
		Region: o.Region, Addressee: o.Addressee, Sign: o.Sign,
	}
	for _, text := range o.Body {
		order.Body = append(order.Body, document.Block{Text: text})
	}
	if len(o.Table) > 1 {
		order.Body = append(order.Body, document.Block{Head: o.Table[0], Rows: o.Table[1:]})
	}
	if o.Basis != "" {
		order.Body = append(order.Body, document.Block{Text: "依据：" + o.Basis})
	}
	d, err := s.Service.Issue(ctx, tx, order)
	return cases.Document{ID: d.ID, Kind: string(d.Kind), Name: d.Title, Number: d.Number, Day: d.Day, Code: d.Code}, err
}

// caseRatings invite applicants to rate.
type caseRatings struct{ *evaluation.Service }

func (s caseRatings) Invite(ctx context.Context, tx *store.Tx, i cases.Invitation) (string, error) {
	return s.Service.Invite(ctx, tx, rated(i))
}

func (s caseRatings) Rate(ctx context.Context, tx *store.Tx, i cases.Invitation, score int, tags []string, via string) (bool, error) {
	return s.Give(ctx, tx, &evaluation.Rating{Subject: rated(i), Score: score, Tags: tags, Via: via})
}

func (s caseRatings) Rated(ctx context.Context, caseID string) (int, error) {
	r, _, err := s.OfCase(ctx, caseID)
	return r.Score, err
}

func (caseRatings) Scores() (list []cases.Score) {
	for score := 1; evaluation.ScoreWord(score) != ""; score++ {
		list = append(list, cases.Score{Score: score, Word: evaluation.ScoreWord(score), Tags: evaluation.Tags(score), TagCodes: evaluation.TagCodes(score)})
	}
	return list
}

// rated is what a case's rating is about.
func rated(i cases.Invitation) evaluation.Subject {
	return evaluation.Subject{
		Case: i.Case, Hall: i.Hall, Organisation: i.Organisation, Item: i.Item, ItemName: i.ItemName, Clerk: i.Clerk, Person: i.Person,
	}
}
