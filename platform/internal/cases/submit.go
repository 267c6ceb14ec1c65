package cases

import (
	"context"
	"slices"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// answerTerm is how long a body may take to say whether an application is
// complete (行政许可法 art. 32).
var answerTerm = limit.Term{Unit: limit.WorkingDays, Days: 5}

// term is an item's limit as a clock has it.
func term(l item.Limit) limit.Term {
	t := limit.Term{Unit: limit.Unit(l.Unit), Days: l.Days}
	if t.Check() != nil {
		return limit.Term{Unit: limit.None}
	}
	return t
}

// Submit hands a draft in, or a supplement that was asked for. A case that was
// handed in already is returned as it is.
func (s *Service) Submit(ctx context.Context, id, key string) (c Case, again bool, err error) {
	if c, again, err = s.repeated(ctx, s.Store.Read(), key, "submit "+id); again || err != nil {
		return c, again, err
	}
	if c, err = s.Mine(ctx, id); err != nil {
		return c, false, err
	}
	clean, err := s.complete(ctx, &c)
	if err != nil {
		return c, false, err
	}
	edition := c.Edition
	err = s.change(ctx, "submit a case", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if again, err = s.once(ctx, tx, key, "submit "+id, id); again || err != nil {
			return err
		}
		if again = owned.State == Submitted && owned.Number != ""; again {
			return nil
		}
		if owned.Edition != edition {
			return ErrStale
		}
		if owned.Package == "" {
			owned.Dossier.Values = clean
		}
		switch {
		case owned.Parent != "" && owned.State == Draft:
			return ErrChild
		case owned.Package != "":
			return s.submitPackage(ctx, tx, owned)
		case owned.State == Supplementing:
			return s.supplemented(ctx, tx, owned)
		default:
			return s.submitted(ctx, tx, owned)
		}
	})
	return c, again, err
}

// complete refuses a case in which something is missing that the applicant has
// to provide on line, and returns its values without what the form doesn't ask.
func (s *Service) complete(ctx context.Context, c *Case) (map[string]any, error) {
	clean, err := s.checked(ctx, c)
	if err != nil {
		return nil, err
	}
	wrong := ErrMissing
	for i := range c.Dossier.Materials {
		m := &c.Dossier.Materials[i]
		switch {
		case c.State == Draft && c.Mode != Window && m.open():
			wrong = wrong.Wrong("materials."+m.ID, "请提供“"+m.Name+"”")
		case c.State == Supplementing && (m.Review == Missing || m.Review == Wrong):
			wrong = wrong.Wrong("materials."+m.ID, "请按告知书补正“"+m.Name+"”")
		}
	}
	if len(wrong.Fields) > 0 {
		return nil, wrong
	}
	if err := c.Dossier.Delivery.check(); err != nil {
		return nil, err
	}
	return clean, nil
}

// checked returns a case's values as its form wants them, or what is wrong.
func (s *Service) checked(ctx context.Context, c *Case) (map[string]any, error) {
	if s.Forms == nil || c.Package != "" {
		return c.Dossier.Values, nil
	}
	facts, err := s.facts(ctx, c)
	if err != nil {
		return nil, err
	}
	values := c.Dossier.Values
	if c.Mode != Window { // a clerk has seen the card, and knows better than a register
		if values, err = s.Forms.Lock(ctx, c.Dossier.Form, values, facts); err != nil {
			return nil, err
		}
	}
	clean, err := s.Forms.Clean(ctx, c.Dossier.Form, values, facts)
	if err != nil {
		return nil, err
	}
	fields, err := s.Forms.Check(ctx, c.Dossier.Form, clean, facts)
	if err != nil {
		return nil, err
	}
	return clean, wrongValues(fields)
}

// submitted does what a submission does, in a transaction that locked the case.
func (s *Service) submitted(ctx context.Context, tx *store.Tx, c *Case) (err error) {
	if c.Standing, err = Step(c.Standing, Command{Verb: Submit}); err != nil {
		return err
	}
	c.Dossier.Kiosk = access.From(ctx).Kiosk
	if c.Number, err = applicationNo(ctx, tx); err != nil {
		return err
	}
	c.QueryCode = newCode()
	if err := s.await(ctx, tx, c); err != nil {
		return err
	}
	return s.handedIn(ctx, tx, c, "已提交")
}

// handedIn gives the applicant the receipt of a case that has its number, and
// tells of it.
func (s *Service) handedIn(ctx context.Context, tx *store.Tx, c *Case, note string) error {
	c.enter(c.SubmittedAt, StagePreReview, c.OrganisationName, note)
	receipt := DocumentOrder{Kind: "receipt", Body: []string{
		"您提交的“" + c.ItemName + "”申请材料已收到，申请编号 " + c.Number + "，查询码 " + c.QueryCode + "。",
		"我们将在 5 个工作日内答复是否受理；需要补正的，会一次告知全部内容；逾期不答复的，自收到之日起即为受理。",
	}, Table: c.receivedTable(), Basis: "《中华人民共和国行政许可法》第三十二条"}
	if err := s.issue(ctx, tx, c, receipt); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeSubmitted, c, nil); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, c, noticeSubmitted, map[string]string{"number": c.Number, "query": c.QueryCode}); err != nil {
		return err
	}
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.submit", Object: c.ID, Detail: string(c.Mode), Actor: actor(ctx)})
}

// await begins the five working days in which the body has to answer.
func (s *Service) await(ctx context.Context, tx *store.Tx, c *Case) error {
	return s.awaitFrom(ctx, c, tx.Now, tx.Now)
}

// awaitFrom is await for a case that was received earlier.
func (s *Service) awaitFrom(ctx context.Context, c *Case, received, now time.Time) error {
	c.SubmittedAt = received
	r, err := s.reckoner(ctx, c.Region)
	if err != nil {
		return err
	}
	due, _, err := r.Due(limit.Clock{Begun: received, Term: answerTerm}, now)
	if err != nil {
		return err
	}
	c.wake = due.Add(1).In(place)
	return nil
}

// receivedTable lists what was handed in.
func (c *Case) receivedTable() [][]string {
	rows := [][]string{{"材料名称", "提交方式"}}
	for _, m := range c.Dossier.Materials {
		how := map[Source]string{
			Upload: "网上提交", FromLibrary: "电子证照", Shared: "部门共享，无需提交", ByForm: "在线填写", OnPaper: "纸质", Scanned: "窗口扫描", Promised: "告知承诺", Later: "申请容缺后补",
		}[m.Source]
		if how == "" {
			how = "到场核验"
		}
		rows = append(rows, []string{m.Name, how})
	}
	return rows
}

// supplemented takes what was brought after a notice.
func (s *Service) supplemented(ctx context.Context, tx *store.Tx, c *Case) (err error) {
	for _, m := range c.Dossier.Materials {
		if m.Review == Missing || m.Review == Wrong {
			return ErrMissing.Wrong("materials."+m.ID, "请按告知书补正“"+m.Name+"”")
		}
	}
	if c.Standing, err = Step(c.Standing, Command{Verb: Supplement}); err != nil {
		return err
	}
	c.Dossier.Missing, c.Dossier.Lacks, c.Dossier.MissingDue = nil, nil, ""
	if c.Taken {
		err = s.goOn(ctx, tx, c, "已补正")
	} else {
		c.enter(tx.Now, StagePreReview, c.OrganisationName, "已补正")
		err = s.await(ctx, tx, c)
	}
	if err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeSupplemented, c, nil); err != nil {
		return err
	}
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	if c.Taken && s.Flows != nil && !c.Instant {
		if err := s.Flows.Resume(ctx, tx, c.ID, "已补正"); err != nil {
			return err
		}
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.supplement", Object: c.ID, Actor: actor(ctx)})
}

// Withdraw takes an application back.
func (s *Service) Withdraw(ctx context.Context, id, reason string) (c Case, err error) {
	if len([]rune(reason)) > 300 {
		return c, ErrInput.Wrong("reason", "理由不超过 300 字")
	}
	err = s.change(ctx, "withdraw a case", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if owned.State == Withdrawn {
			return nil
		}
		if owned.Package != "" {
			return s.withdrawPackage(ctx, tx, owned, reason)
		}
		return s.withdrawn(ctx, tx, owned, reason)
	})
	return c, err
}

func (s *Service) withdrawn(ctx context.Context, tx *store.Tx, c *Case, reason string) (err error) {
	examined := c.Taken
	if c.Standing, err = Step(c.Standing, Command{Verb: Withdraw}); err != nil {
		return err
	}
	c.Dossier.Reason = strings.TrimSpace(reason)
	c.finish(tx.Now, "申请人撤回")
	if err := s.over(ctx, tx, c, "申请人撤回"); err != nil {
		return err
	}
	if examined {
		if err := s.stopFlow(ctx, tx, c, "申请人撤回申请"); err != nil {
			return err
		}
	}
	if err := s.publish(ctx, tx, TypeWithdrawn, c, nil); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, c, noticeProgress, map[string]string{"step": "您已撤回申请"}); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.withdraw", Object: c.ID})
}

// stopFlow ends the examination of a case.
func (s *Service) stopFlow(ctx context.Context, tx *store.Tx, c *Case, reason string) error {
	if s.Flows == nil || c.Instant {
		return nil
	}
	return s.Flows.Terminate(ctx, tx, c.ID, reason)
}

// never is when nothing happens by itself.
var never time.Time

// over stores a case that has ended: nothing is awaited any more.
func (s *Service) over(ctx context.Context, tx *store.Tx, c *Case, why string) error {
	c.ClosedAt, c.wake = tx.Now, never
	if !c.Time.Begun.IsZero() && c.Time.Ended.IsZero() {
		c.Time.Ended = tx.Now
	}
	if c.Unpaid && s.Payments != nil && c.Dossier.Payment != "" {
		if err := s.Payments.Cancel(ctx, tx, c.Dossier.Payment, why); err != nil {
			return err
		}
		c.Unpaid = false
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM case_deferred WHERE case_id = $1`, c.ID); err != nil {
		return err
	}
	c.Deferred = 0
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	if c.Parent == "" {
		return nil
	}
	return s.childMoved(ctx, tx, c)
}

// byClerk is the id of the member of staff who acts, for the case.
func byClerk(ctx context.Context) string {
	if caller := access.From(ctx); caller.Kind == access.Staff {
		return caller.ID
	}
	return ""
}

// paperOnly tells whether a material is only seen when the applicant comes.
func paperOnly(m *Material) bool {
	return !m.online() && slices.Contains([]Source{NotProvided, OnPaper}, m.Source)
}
