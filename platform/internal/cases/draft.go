package cases

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/codes"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// Times and bounds of drafts.
const (
	draftKept = 30 * 24 * time.Hour // after the last change
	draftWarn = 27 * 24 * time.Hour // when the applicant is told
	maxDrafts = 50                  // of one person
	maxValues = 200 << 10           // bytes as JSON
	maxDepth  = 6
)

// Application begins a case.
type Application struct {
	Item    string       `json:"item" maxLength:"40"`
	Answers item.Answers `json:"answers,omitempty" doc:"To the situation's questions, all of them"`
	// Mode is the applicant's choice among the item's; empty is the one with
	// the fewest visits.
	Mode Mode `json:"mode,omitempty" enum:"pre-review,verification,online"`
}

// modes are in which an item can be applied for on line, the fewest visits
// first.
func modes(it item.Item) []Mode {
	if it.Form == item.AtWindow {
		return nil
	}
	switch it.Online {
	case item.OnlineWhole:
		return []Mode{Online, Verification, PreReview}
	case item.OnlineAccept:
		return []Mode{Verification, PreReview}
	case item.OnlinePreview:
		return []Mode{PreReview}
	default:
		return nil
	}
}

// Draft begins a case for the context's caller, a person, or for the legal
// person that she acts for. A request that came before returns its case.
func (s *Service) Draft(ctx context.Context, a Application, key string) (c Case, again bool, err error) {
	if c, again, err = s.repeated(ctx, s.Store.Read(), key, "draft"); again || err != nil {
		return c, again, err
	}
	it, out, err := s.outcome(ctx, a.Item, a.Answers)
	if err != nil {
		return c, false, err
	}
	may := modes(it)
	switch {
	case it.OnlineURL != "":
		return c, false, ErrNotOnline.With("该事项在部门系统申请：" + it.OnlineURL)
	case len(may) == 0:
		return c, false, ErrNotOnline
	case a.Mode == "":
		a.Mode = may[0]
	case !slices.Contains(may, a.Mode):
		return c, false, ErrNotOnline.With("该事项不能以“" + a.Mode.Word() + "”方式办理")
	}
	if c, err = s.begin(ctx, it, a, out); err != nil {
		return c, false, err
	}
	if err := s.applicant(ctx, &c); err != nil {
		return c, false, err
	}
	if err := s.prefill(ctx, &c); err != nil {
		return c, false, err
	}
	err = s.Store.Write(ctx, "begin a case", func(tx *store.Tx) error {
		if c, again, err = s.repeatedOr(ctx, tx, key, "draft", c); again || err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM case_record WHERE person = $1 AND person <> '' AND state = 'draft'`, c.Person).Scan(&n); err != nil {
			return err
		}
		if n >= maxDrafts {
			return ErrTooMany
		}
		return s.addDraft(ctx, tx, &c, key, "draft")
	})
	return c, again, err
}

// addDraft stores a new draft that a request began, and tells of it.
func (s *Service) addDraft(ctx context.Context, tx *store.Tx, c *Case, key, action string) error {
	c.wake = tx.Now.Add(draftWarn)
	c.enter(tx.Now, StageApplication, whoApplicant, "")
	if err := s.insert(ctx, tx, c); err != nil {
		return err
	}
	if err := s.remember(ctx, tx, key, action, c.ID); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeDrafted, c, nil); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.draft", Object: c.ID, Detail: c.Item + c.Package})
}

// whoApplicant is who a stage is with while it is with the applicant.
const whoApplicant = "申请人"

// whoDepartments is what a package's stage says where several departments act.
const whoDepartments = "各部门"

// outcome is what a case of a published item needs.
func (s *Service) outcome(ctx context.Context, id string, answers item.Answers) (item.Item, item.Outcome, error) {
	it, err := s.Items.Get(ctx, id)
	if err != nil {
		return it, item.Outcome{}, err
	}
	if it.State != item.Published {
		return it, item.Outcome{}, ErrItem
	}
	out, err := it.Outcome(answers)
	switch {
	case err != nil:
		return it, out, err
	case out.Refuse != "":
		return it, out, ErrWrongItem.With(out.Refuse)
	case !out.Done:
		return it, out, ErrAnswers.Wrong("answers", "请回答："+out.Next.Text)
	}
	return it, out, nil
}

// begin makes a case of an item, without an applicant.
func (s *Service) begin(ctx context.Context, it item.Item, a Application, out item.Outcome) (Case, error) {
	c := Case{
		ID: store.NewID(), Item: it.ID, ItemVersion: it.Version, ItemName: it.DisplayName(),
		Organisation: it.Organisation, OrganisationName: it.OrganisationName, Region: it.Region,
		Standing: Standing{State: Draft, Mode: a.Mode, Instant: it.Class == item.Instant}, Edition: 1,
	}
	c.Dossier.Answers, c.Dossier.Promised = a.Answers, term(out.Promised)
	c.Dossier.Materials, c.Dossier.Fees = s.materials(out.Materials), fees(out.Fees)
	c.Dossier.Values, c.Dossier.Delivery = map[string]any{}, Delivery{Way: usual(it, a.Mode)}
	if s.Forms == nil {
		return c, nil
	}
	var err error
	c.Dossier.Form, err = s.Forms.ForItem(ctx, it.ID)
	return c, err
}

// usual is how an item's result reaches the applicant if she says nothing else.
func usual(it item.Item, m Mode) Way {
	carried := it.Result.Kind == item.ResultLicence || it.Result.Kind == item.ResultDocument
	switch {
	case !carried:
		return Electronic
	case m == Online && it.Delivery.Result:
		return ByPost
	case m == Online:
		return Electronic
	default:
		return Collect
	}
}

// materials begin a case's materials. The first one that is a form to be filled
// in is the form on line (ON-16: a form instead of an attachment).
func (s *Service) materials(list []item.Material) []Material {
	out := make([]Material, len(list))
	form := s.Forms != nil
	for i, m := range list {
		out[i] = materialOf(m)
		if form && m.Type == item.FormMaterial && m.Need == item.Must {
			out[i].Form, form = true, false
			out[i].fillIn()
		}
	}
	return out
}

func fees(list []item.Fee) []FeeLine {
	var out []FeeLine
	for _, f := range list {
		out = append(out, FeeLine{f.ID, f.Name, f.Amount, f.Basis})
	}
	return out
}

// applicant makes the context's caller the applicant.
func (s *Service) applicant(ctx context.Context, c *Case) error {
	caller := access.From(ctx)
	p, err := s.People.Person(ctx, caller.ID)
	if err != nil {
		return err
	}
	c.Person, c.Legal = p.ID, caller.For
	c.Applicant = Applicant{Name: p.Name, IDNumber: p.Number, Phone: p.Phone}
	c.Holder = s.vault.Key(kindID, p.Number)
	c.Dossier.Delivery.Name, c.Dossier.Delivery.Phone = p.Name, p.Phone
	if c.Legal == "" {
		return nil
	}
	if err := s.actsFor(ctx, c); err != nil {
		return err
	}
	list, err := s.People.LegalPersons(ctx, c.Person)
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.ID == c.Legal {
			c.Applicant.LegalName, c.Applicant.CreditCode = l.Name, l.Code
		}
	}
	return nil
}

// actsFor refuses a caller whose delegation doesn't hold for a case.
func (s *Service) actsFor(ctx context.Context, c *Case) error {
	return s.mayActOn(ctx, access.From(ctx).ID, c.Legal, c)
}

// mayActOn refuses a person whose delegation doesn't hold for a case's item, or
// for each of a package's.
func (s *Service) mayActOn(ctx context.Context, person, legal string, c *Case) error {
	if c.Package == "" {
		return s.mayAct(ctx, person, legal, c.Item)
	}
	p, err := s.Items.Package(ctx, c.Package)
	if err != nil {
		return err
	}
	for _, id := range p.Items {
		if err := s.mayAct(ctx, person, legal, id); err != nil {
			return err
		}
	}
	return nil
}

// mayAct refuses a person whose delegation doesn't hold for an item.
func (s *Service) mayAct(ctx context.Context, person, legal, item string) error {
	scope, err := s.People.MayActFor(ctx, person, legal)
	if err == nil && !scope.Covers(item) {
		return ErrScope
	}
	if errors.Is(err, identity.ErrNoDelegate) {
		return ErrScope.Because(err)
	}
	return err
}

// earlierKept is how many earlier cases help to fill in a form.
const earlierKept = 5

// facts are what is known of a case's applicant.
func (s *Service) facts(ctx context.Context, c *Case) (Facts, error) {
	f := Facts{Applicant: c.Applicant, Answers: c.Dossier.Answers}
	earlier, err := s.Earlier(ctx, c)
	for _, e := range earlier {
		f.Earlier = append(f.Earlier, EarlierForm{e.Dossier.Form, e.Dossier.Values})
	}
	return f, err
}

// Earlier are an applicant's last cases that were submitted, for the same
// person or legal person.
func (s *Service) Earlier(ctx context.Context, c *Case) ([]Case, error) {
	if c.Legal != "" {
		return s.list(ctx, `legal = $1 AND legal <> '' AND submitted > 0 AND id <> $2 AND package = '' ORDER BY id DESC LIMIT $3`, c.Legal, c.ID, earlierKept)
	}
	return s.list(ctx, `holder = $1 AND legal = '' AND submitted > 0 AND id <> $2 AND package = '' ORDER BY id DESC LIMIT $3`, c.Holder, c.ID, earlierKept)
}

// prefill fills in what is known.
func (s *Service) prefill(ctx context.Context, c *Case) error {
	if s.Forms == nil {
		return nil
	}
	facts, err := s.facts(ctx, c)
	if err != nil {
		return err
	}
	known, locked, err := s.Forms.Prefill(ctx, c.Dossier.Form, facts)
	if err != nil {
		return err
	}
	for name, v := range known {
		if _, there := c.Dossier.Values[name]; !there {
			c.Dossier.Values[name] = v
		}
	}
	c.Dossier.Locked = append(c.Dossier.Locked, locked...)
	return nil
}

// Answer changes a draft's answers: what was provided for materials that stay
// is kept.
func (s *Service) Answer(ctx context.Context, id string, answers item.Answers, edition int64) (c Case, err error) {
	c, err = s.Mine(ctx, id)
	if err != nil {
		return c, err
	}
	if c.Package != "" {
		return c, ErrPackage
	}
	it, out, err := s.outcome(ctx, c.Item, answers)
	if err != nil {
		return c, err
	}
	err = s.change(ctx, "answer a case's questions", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if owned.State != Draft {
			return ErrState.With("申请已提交，不能再改情形")
		}
		if edition != owned.Edition {
			return &Stale{owned.Edition, owned.Dossier.Values, owned.Dossier.Values}
		}
		d := &owned.Dossier
		before := d.Materials
		d.Answers, d.Promised, d.Fees, d.Materials = maps.Clone(answers), term(out.Promised), fees(out.Fees), s.materials(out.Materials)
		owned.ItemVersion = it.Version
		for i := range d.Materials {
			k := slices.IndexFunc(before, func(m Material) bool { return m.ID == d.Materials[i].ID })
			if k >= 0 {
				d.Materials[i].Source, d.Materials[i].Trust, d.Materials[i].Files, d.Materials[i].Held = before[k].Source, before[k].Trust, before[k].Files, before[k].Held
				d.Materials[i].Record = before[k].Record
			}
		}
		for _, m := range before {
			if err := s.release(ctx, tx, owned, m.Files, nil); err != nil {
				return err
			}
		}
		return s.edited(ctx, tx, owned)
	})
	return c, err
}

// checkApplicant refuses somebody whom a clerk typed in wrongly.
func (s *Service) checkApplicant(a Applicant) error {
	wrong := ErrPerson
	if n := utf8.RuneCountInString(a.Name); n < 2 || n > 50 || strings.ContainsAny(a.Name, "<>=\"\x00\n\r\t") {
		wrong = wrong.Wrong("name", "请填写身份证上的姓名")
	}
	if _, err := codes.ParseID(a.IDNumber, s.Store.Now()); err != nil {
		wrong = wrong.Wrong("idNumber", "身份证号码有误，请核对")
	}
	if !phone(a.Phone) {
		wrong = wrong.Wrong("phone", "请填写电话号码")
	}
	if utf8.RuneCountInString(a.Address) > 200 || strings.ContainsAny(a.Address, "<>\x00") {
		wrong = wrong.Wrong("address", "地址有误")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// Delete drops a draft with all that it holds.
func (s *Service) Delete(ctx context.Context, id string) error {
	return s.change(ctx, "delete a draft", id, func(tx *store.Tx, c *Case) error {
		if c.State != Draft {
			return ErrState.With("申请已提交，不能删除；需要时可以撤回")
		}
		return s.drop(ctx, tx, c)
	})
}

// drop deletes a draft in a transaction that locked it.
func (s *Service) drop(ctx context.Context, tx *store.Tx, c *Case) error {
	for _, m := range c.Dossier.Materials {
		before := m.Files
		c.material(m.ID).Files = nil
		if err := s.release(ctx, tx, c, before, nil); err != nil {
			return err
		}
	}
	if a := c.Dossier.Attested; a != nil {
		c.Dossier.Attested = nil
		if err := s.release(ctx, tx, c, []File{a.Signature}, nil); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		`DELETE FROM case_handover WHERE case_id = $1`, `DELETE FROM case_request WHERE case_id = $1`, `DELETE FROM case_record WHERE id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, c.ID); err != nil {
			return err
		}
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.delete", Object: c.ID, Actor: actor(ctx)})
}

// wrongValues is what Check found, as one fault.
func wrongValues(fields []fault.Field) error {
	if len(fields) == 0 {
		return nil
	}
	wrong := ErrValues
	for _, f := range fields {
		wrong = wrong.Wrong("values."+f.Name, f.Message)
	}
	return wrong
}
