package cases

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// Examine notes what a clerk found of materials, all of it or nothing.
func (s *Service) Examine(ctx context.Context, id string, findings []Finding) (c Case, err error) {
	err = s.change(ctx, "examine materials", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if owned.Package != "" && owned.State != Draft {
			return ErrPackage
		}
		deferred := owned.State == Accepted || owned.State == Decided
		if !slices.Contains([]State{Draft, Submitted, Prepared, Supplementing}, owned.State) && !deferred {
			return ErrState.With("办件" + owned.State.Word() + "，不能再审查材料")
		}
		for _, f := range findings {
			// One that came later was brought before it is examined.
			if m := owned.material(f.Material); deferred && (m == nil || m.Due == "" && m.Review == Good) {
				return ErrState.With("办件" + owned.State.Word() + "，只能审查容缺后补的材料")
			}
			if err := owned.find(f, byClerk(ctx), tx.Now); err != nil {
				return err
			}
		}
		if err := s.save(ctx, tx, owned); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.examine", Object: id})
	})
	return c, err
}

// Prepare passes the pre-review: the applicant may come with her originals.
func (s *Service) Prepare(ctx context.Context, id string) (c Case, err error) {
	err = s.change(ctx, "pass a pre-review", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if owned.Package != "" {
			return ErrPackage
		}
		if err := owned.examined(false); err != nil {
			return err
		}
		if owned.Standing, err = Step(owned.Standing, Command{Verb: Prepare}); err != nil {
			return err
		}
		owned.wake = time.Time{}
		owned.enter(tx.Now, StageVisit, whoApplicant, "预审通过")
		if err := s.publish(ctx, tx, TypePrepared, owned, nil); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, owned, noticePrepared, map[string]string{"next": "请携带材料原件到大厅办理"}); err != nil {
			return err
		}
		if err := s.save(ctx, tx, owned); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.prepare", Object: id})
	})
	return c, err
}

// examined refuses a case whose materials weren't all found good. Those that
// are only shown on paper, and those that will come later, wait until the
// applicant is present.
func (c *Case) examined(present bool) error {
	wrong := ErrReview
	for i := range c.Dossier.Materials {
		m := &c.Dossier.Materials[i]
		switch {
		case m.Review == Good, m.Due != "", !present && paperOnly(m) && m.Review == Unseen, !present && m.Source == Later && m.Review == Unseen:
		case m.Review == Unseen:
			wrong = wrong.Wrong("materials."+m.ID, "“"+m.Name+"”还没有审查")
		default:
			wrong = wrong.Wrong("materials."+m.ID, "“"+m.Name+"”审查不合格，请一次性告知补正")
		}
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// Deferral lets a material come later (容缺).
type Deferral struct {
	Material string `json:"material" maxLength:"60"`
	Due      string `json:"due" maxLength:"10" doc:"Last day: 2026-12-01"`
}

// Acceptance accepts a case.
type Acceptance struct {
	Deferred []Deferral `json:"deferred,omitempty" maxItems:"40"`
	// Originals tells that the applicant stands at the window with them; in
	// pre-review nothing is accepted without her.
	Originals bool `json:"originals,omitempty"`
	// Green takes the green channel's limit, where the item has one.
	Green bool `json:"green,omitempty"`
	// Amounts are fees that the window figured, in fen by fee.
	Amounts map[string]int64 `json:"amounts,omitempty"`
	// Refused are a package's items that aren't accepted; Days is how long the
	// applicant has to mend what is missing for others.
	Refused []PartRefusal `json:"refused,omitempty" maxItems:"40" doc:"Items of a package that are refused"`
	Days    int           `json:"days,omitempty" minimum:"0" maximum:"30" doc:"Of a package: working days to mend what is missing; 0 means 15"`
	Hall    string        `json:"hall,omitempty" maxLength:"40"`
	Window  string        `json:"window,omitempty" maxLength:"40"`
	Ticket  string        `json:"ticket,omitempty" maxLength:"40"`
}

// maxFee is the highest fee, in fen.
const maxFee = 1_000_000_000

// Accept takes a case on (受理): its clock begins, and its flow.
func (s *Service) Accept(ctx context.Context, id string, a Acceptance, key string) (c Case, again bool, err error) {
	if c, again, err = s.repeated(ctx, s.Store.Read(), key, "accept "+id); again || err != nil {
		return c, again, err
	}
	if c, err = s.Mine(ctx, id); err != nil {
		return c, false, err
	}
	if err := s.hall(ctx, a.Hall); err != nil {
		return c, false, err
	}
	if c.Package != "" {
		return s.acceptPackage(ctx, id, a, key)
	}
	clean, err := s.checked(ctx, &c)
	if err != nil {
		return c, false, err
	}
	edition := c.Edition
	err = s.change(ctx, "accept a case", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if again, err = s.once(ctx, tx, key, "accept "+id, id); again || err != nil {
			return err
		}
		if owned.Edition != edition {
			return ErrStale
		}
		owned.Dossier.Values = clean
		owned.comes(a)
		if owned.State == Draft && owned.Mode == Window {
			if err := s.submitted(ctx, tx, owned); err != nil {
				return err
			}
		}
		return s.accept(ctx, tx, owned, a)
	})
	return c, again, err
}

// comes notes where the applicant came to.
func (c *Case) comes(a Acceptance) {
	c.Hall, c.Window, c.Ticket = cmp.Or(a.Hall, c.Hall), cmp.Or(a.Window, c.Window), cmp.Or(a.Ticket, c.Ticket)
}

func (s *Service) accept(ctx context.Context, tx *store.Tx, c *Case, a Acceptance) (err error) {
	present := c.Mode == Window || c.Mode == PreReview && a.Originals
	standing, err := Step(c.Standing, Command{Verb: Accept, Present: present})
	if err != nil {
		return err
	}
	if err := s.deferAll(ctx, tx, c, a.Deferred); err != nil {
		return err
	}
	if err := c.examined(present); err != nil {
		return err
	}
	for fee, amount := range a.Amounts {
		i := slices.IndexFunc(c.Dossier.Fees, func(f FeeLine) bool { return f.Fee == fee })
		if i < 0 || amount < 0 || amount > maxFee {
			return ErrInput.Wrong("amounts."+fee, "收费项目或金额有误")
		}
		c.Dossier.Fees[i].Amount = amount
	}
	standing.Deferred = c.Deferred
	c.Standing = standing
	if a.Green {
		if err := s.toGreen(ctx, tx, c); err != nil {
			return err
		}
	}
	return s.begun(ctx, tx, c, tx.Now, false)
}

// begun does what an acceptance does: the clock began at begun.
func (s *Service) begun(ctx context.Context, tx *store.Tx, c *Case, begun time.Time, tacit bool) (err error) {
	code, err := s.code(ctx, c)
	if err != nil {
		return err
	}
	if c.CaseNo, err = caseNumber(ctx, tx, code, tx.Now); err != nil {
		return err
	}
	it, err := s.Items.Get(ctx, c.Item)
	if err != nil {
		return err
	}
	promised := c.Dossier.Promised
	if c.Green {
		promised = c.Time.Promised
	}
	c.AcceptedAt, c.wake, c.Dossier.Tacit, c.Dossier.Clerk = begun, time.Time{}, tacit, byClerk(ctx)
	c.Time = Time{Begun: begun, Statutory: term(it.Statutory), Promised: promised}
	if err := s.reckon(ctx, c, tx.Now); err != nil {
		return err
	}
	note := "已受理"
	if tacit {
		note = "逾期未答复，视为受理"
	}
	c.enter(tx.Now, StageReview, c.OrganisationName, note)
	if err := s.acceptedDocuments(ctx, tx, c, tacit); err != nil {
		return err
	}
	if err := s.chargeFirst(ctx, tx, c); err != nil {
		return err
	}
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeAccepted, c, map[string]any{"deferred": c.awaited(), "tacit": tacit}); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, c, noticeAccepted, map[string]string{"due": spoken(c.PromisedDue), "query": c.QueryCode}); err != nil {
		return err
	}
	if s.Flows != nil && !c.Instant {
		if err := s.Flows.Start(ctx, tx, c.flow()); err != nil {
			return err
		}
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.accept", Object: c.ID, Detail: note, Actor: actor(ctx)})
}

// flow is what the examination gets to know.
func (c *Case) flow() FlowStart {
	return FlowStart{
		Case: c.ID, CaseNo: c.CaseNo, Title: c.ItemName, Item: c.Item, Organisation: c.Organisation, Region: c.Region, Begun: c.Time.Begun,
		Facts: map[string]any{
			"values": c.Dossier.Values, "answers": c.Dossier.Answers, "mode": string(c.Mode), "legal": c.Legal != "", "green": c.Green,
			"deferred": c.Deferred, "applicant": c.Applicant.Called(),
		},
	}
}

// acceptedDocuments gives the applicant what says that her case was accepted.
func (s *Service) acceptedDocuments(ctx context.Context, tx *store.Tx, c *Case, tacit bool) error {
	body := []string{
		"您申请的“" + c.ItemName + "”，经审查，申请材料齐全、符合法定形式，现予受理。",
		"统一办件编号：" + c.CaseNo + "，查询码：" + c.QueryCode + "。",
	}
	if tacit {
		body[0] = "您申请的“" + c.ItemName + "”，因收到申请材料之日起五个工作日内未告知补正内容，自收到申请材料之日起即为受理。"
	}
	if c.PromisedDue != "" {
		body = append(body, "承诺办结日期："+spoken(c.PromisedDue)+"。")
	}
	if err := s.issue(ctx, tx, c, DocumentOrder{Kind: "acceptance", Body: body, Basis: "《中华人民共和国行政许可法》第三十二条第一款第五项、第二款"}); err != nil {
		return err
	}
	rows := [][]string{{"容缺材料", "补交期限"}}
	for _, m := range c.Dossier.Materials {
		if m.Due != "" {
			rows = append(rows, []string{m.Name, spoken(m.Due)})
		}
	}
	if len(rows) == 1 {
		return nil
	}
	return s.issue(ctx, tx, c, DocumentOrder{Kind: "deferred", Sign: true, Table: rows, Body: []string{
		"您申请的“" + c.ItemName + "”主要材料齐全，次要材料有欠缺，现先予受理、同步审查。请在下列期限前补交。",
		"申请人承诺按期补交；逾期未补交的，依法终止办理。",
	}})
}

// reckon figures when a case is due by both of its terms.
func (s *Service) reckon(ctx context.Context, c *Case, now time.Time) error {
	r, err := s.reckoner(ctx, c.Region)
	if err != nil {
		return err
	}
	for _, t := range []struct {
		term limit.Term
		into *string
	}{{c.Time.Statutory, &c.StatutoryDue}, {c.Time.Promised, &c.PromisedDue}} {
		due, ok, err := r.Due(c.Time.clock(t.term), now)
		if err != nil {
			return err
		}
		*t.into = ""
		if ok {
			*t.into = due.String()
		}
	}
	return nil
}

// RefuseCase refuses to take a case on, in writing (不予受理).
func (s *Service) RefuseCase(ctx context.Context, id, reason string) (c Case, err error) {
	if strings.TrimSpace(reason) == "" || tooLong(reason, 500) {
		return c, ErrReason.Wrong("reason", "请写明不予受理的理由，不超过 500 字")
	}
	err = s.change(ctx, "refuse a case", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if owned.Package != "" {
			return s.refusePackage(ctx, tx, owned, reason)
		}
		if owned.State == Draft && owned.Mode == Window {
			if err := s.submitted(ctx, tx, owned); err != nil {
				return err
			}
		}
		return s.refused(ctx, tx, owned, reason)
	})
	return c, err
}

// refused does what a refusal does, in a transaction that locked the case.
func (s *Service) refused(ctx context.Context, tx *store.Tx, c *Case, reason string) (err error) {
	if c.Standing, err = Step(c.Standing, Command{Verb: Refuse}); err != nil {
		return err
	}
	c.Dossier.Reason = reason
	c.finish(tx.Now, "不予受理")
	err = s.issue(ctx, tx, c, DocumentOrder{Kind: "refusal", Body: []string{
		"您申请的“" + c.ItemName + "”，经审查，不予受理。理由：" + reason, remedy,
	}, Basis: "《中华人民共和国行政许可法》第三十二条"})
	if err != nil {
		return err
	}
	if err := s.over(ctx, tx, c, "不予受理"); err != nil {
		return err
	}
	kind := TypeNotAccepted
	if c.Package != "" {
		kind = TypePackageClosed
	}
	if err := s.publish(ctx, tx, kind, c, map[string]any{"reason": reason}); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, c, noticeRefused, map[string]string{"reason": reason}); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.refuse", Object: c.ID})
}

// remedy is what somebody can do against a decision (行政复议法, 行政诉讼法).
const remedy = "如不服本决定，可以自收到本决定书之日起六十日内申请行政复议，或者自收到本决定书之日起六个月内向人民法院提起行政诉讼。"

// hall refuses a hall that isn't one of the platform's.
func (s *Service) hall(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	if _, err := s.Halls.Hall(ctx, id); err != nil {
		return ErrHall.Because(err)
	}
	return nil
}

// inWorkingDays is the day n working days after now.
func (s *Service) inWorkingDays(ctx context.Context, region string, now time.Time, n int) (calendar.Day, error) {
	r, err := s.reckoner(ctx, region)
	if err != nil {
		return calendar.Day{}, err
	}
	return r.Calendar.Add(calendar.On(now.In(place)), n)
}

func tooLong(text string, runes int) bool {
	return utf8.RuneCountInString(text) > runes || strings.ContainsRune(text, 0)
}
