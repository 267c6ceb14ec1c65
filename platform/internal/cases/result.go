package cases

import (
	"context"
	"strconv"
	"strings"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// Decision is what was decided, and why.
type Decision struct {
	Approved bool
	Reason   string
}

// Ended takes the flow's result: the case is decided.
func (s *Service) Ended(ctx context.Context, tx *store.Tx, id string, d Decision) error {
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.decided(ctx, tx, &c, Command{Verb: Decide, Approved: d.Approved}, d.Reason)
}

// DecideNow decides an instant case at the window.
func (s *Service) DecideNow(ctx context.Context, id string, d Decision) (c Case, err error) {
	if !d.Approved && strings.TrimSpace(d.Reason) == "" || tooLong(d.Reason, 500) {
		return c, ErrReason.Wrong("reason", "请写明不予办理的理由，不超过 500 字")
	}
	err = s.change(ctx, "decide a case at the window", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		return s.decided(ctx, tx, owned, Command{Verb: DecideNow, Approved: d.Approved}, d.Reason)
	})
	return c, err
}

// decided does what a decision does, in a transaction that locked the case.
func (s *Service) decided(ctx context.Context, tx *store.Tx, c *Case, cmd Command, reason string) (err error) {
	cmd.Originals = c.uncompared()
	if c.Standing, err = Step(c.Standing, cmd); err != nil {
		return err
	}
	if c.Originals > 0 {
		c.askOriginals()
	}
	c.DecidedAt, c.Time.Ended, c.Dossier.Reason = tx.Now, tx.Now, strings.TrimSpace(reason)
	if err := s.decisionDocument(ctx, tx, c); err != nil {
		return err
	}
	it, err := s.Items.Get(ctx, c.Item)
	if err != nil {
		return err
	}
	if cmd.Approved {
		if err := s.license(ctx, tx, c, it); err != nil {
			return err
		}
		if err := s.charge(ctx, tx, c); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM case_deferred WHERE case_id = $1`, c.ID); err != nil {
		return err
	}
	c.Deferred = 0
	stage, who := StageDelivery, c.OrganisationName
	if c.Unpaid {
		stage, who = StagePayment, whoApplicant
	}
	c.enter(tx.Now, stage, who, c.Result.Word())
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeDecided, c, map[string]any{"approved": cmd.Approved}); err != nil {
		return err
	}
	if err := s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.decide", Object: c.ID, Detail: string(c.Result), Actor: actor(ctx)}); err != nil {
		return err
	}
	if c.Parent != "" {
		return s.childMoved(ctx, tx, c)
	}
	return s.send(ctx, tx, c)
}

// decisionDocument gives the applicant the decision in writing.
func (s *Service) decisionDocument(ctx context.Context, tx *store.Tx, c *Case) error {
	if c.Result == Approved {
		return s.issue(ctx, tx, c, DocumentOrder{Kind: "approval", Body: []string{
			"您申请的“" + c.ItemName + "”，经审查，符合法定条件、标准，现决定准予。",
		}, Basis: "《中华人民共和国行政许可法》第三十八条第一款"})
	}
	reason := c.Dossier.Reason
	if reason == "" {
		reason = "不符合法定条件、标准。"
	}
	return s.issue(ctx, tx, c, DocumentOrder{Kind: "rejection", Body: []string{
		"您申请的“" + c.ItemName + "”，经审查，决定不予准许。理由：" + reason, remedy,
	}, Basis: "《中华人民共和国行政许可法》第三十八条第二款"})
}

// license issues the licence of an approved case, where its item has one.
func (s *Service) license(ctx context.Context, tx *store.Tx, c *Case, it item.Item) error {
	if s.Licences == nil || it.Result.Kind != item.ResultLicence || it.Result.Licence == "" {
		return nil
	}
	l, err := s.Licences.Issue(ctx, tx, LicenceOrder{
		Type: it.Result.Licence, Case: c.ID, CaseNo: c.CaseNo, Organisation: c.Organisation, Region: c.Region, Applicant: c.Applicant, Person: c.Person, Legal: c.Legal,
		Item: c.ItemName, Form: c.Dossier.Form, Answers: c.Dossier.Answers, Values: c.Dossier.Values,
	})
	if err != nil {
		return err
	}
	c.Dossier.Licence = &l
	return nil
}

// due are the fees that are to be paid.
func (c *Case) dueFees() (lines []FeeLine) {
	for _, f := range c.Dossier.Fees {
		if f.Amount > 0 {
			lines = append(lines, f)
		}
	}
	return lines
}

// chargeFirst asks for fees that an item wants before the decision.
func (s *Service) chargeFirst(ctx context.Context, tx *store.Tx, c *Case) error {
	if s.Payments == nil || len(c.dueFees()) == 0 {
		return nil
	}
	before, err := s.Payments.First(ctx, c.Item)
	if err != nil || !before {
		return err
	}
	return s.charge(ctx, tx, c)
}

// charge asks for a case's fees, once.
func (s *Service) charge(ctx context.Context, tx *store.Tx, c *Case) (err error) {
	lines := c.dueFees()
	if s.Payments == nil || len(lines) == 0 || c.Dossier.Payment != "" {
		return nil
	}
	c.Dossier.Payment, err = s.Payments.Order(ctx, tx, PaymentOrder{
		Case: c.ID, CaseNo: c.CaseNo, Title: c.ItemName, Organisation: c.Organisation, Region: c.Region, Person: c.Person, Legal: c.Legal,
		Payer: c.Applicant.Called(), Lines: lines,
	})
	if err != nil {
		return err
	}
	c.Unpaid = true
	rows := [][]string{{"收费项目", "金额（元）", "依据"}}
	for _, l := range lines {
		rows = append(rows, []string{l.Name, yuan(l.Amount), l.Basis})
	}
	return s.issue(ctx, tx, c, DocumentOrder{Kind: "payment", Table: rows, Body: []string{
		"您申请的“" + c.ItemName + "”应缴纳下列费用，请在网上或到窗口缴纳。",
	}})
}

// yuan writes fen as yuan.
func yuan(fen int64) string { return strconv.FormatFloat(float64(fen)/100, 'f', 2, 64) }

// Paid takes payment's word that a case's fees are paid.
func (s *Service) Paid(ctx context.Context, tx *store.Tx, id, order string) error {
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if !c.Unpaid || c.Dossier.Payment != order || c.State.Over() {
		return nil // it came before, or is for an order that was taken back
	}
	c.Unpaid = false
	if c.State != Decided {
		return s.save(ctx, tx, &c)
	}
	c.enter(tx.Now, StageDelivery, c.OrganisationName, "已缴费")
	if err := s.save(ctx, tx, &c); err != nil {
		return err
	}
	if c.Parent != "" {
		return s.childMoved(ctx, tx, &c)
	}
	return s.send(ctx, tx, &c)
}

// send brings the result on its way, once nothing is left to pay or to be
// compared: an electronic
// one is there at once, one by post is handed to the carrier, all others wait
// at the window.
func (s *Service) send(ctx context.Context, tx *store.Tx, c *Case) (err error) {
	way := c.Dossier.Delivery.Way
	if c.Unpaid {
		return s.tell(ctx, tx, c, noticeProgress, map[string]string{"step": "已决定，请缴费后领取结果"})
	}
	if c.Originals > 0 {
		return s.tell(ctx, tx, c, noticeReady, map[string]string{"certificate": c.made(), "place": bring[way]})
	}
	if way == Electronic && c.Package != "" {
		return s.deliverPackage(ctx, tx, c, "电子送达")
	}
	if way == Electronic {
		return s.delivered(ctx, tx, c, "电子送达")
	}
	place := "请到大厅窗口领取"
	if way == ByPost {
		place = "已为您安排邮寄"
		if s.Deliveries != nil && c.Dossier.Delivery.Order == "" {
			c.Dossier.Delivery.Order, err = s.Deliveries.Order(ctx, tx, DeliveryOrder{
				Case: c.ID, CaseNo: c.ShownNo(), Organisation: c.Organisation, Region: c.Region, Person: c.Person, Legal: c.Legal,
				Delivery: c.Dossier.Delivery, Title: c.ItemName,
			})
			if err != nil {
				return err
			}
			if err := s.save(ctx, tx, c); err != nil {
				return err
			}
		}
	}
	return s.tell(ctx, tx, c, noticeReady, map[string]string{"certificate": c.made(), "place": place})
}

// made is what the applicant gets, in words.
func (c *Case) made() string {
	if c.Dossier.Licence != nil {
		return c.Dossier.Licence.Name
	}
	return c.Result.Word() + "决定书"
}

// Delivered takes delivery's word that the result reached the applicant.
func (s *Service) Delivered(ctx context.Context, tx *store.Tx, id, proof string) error {
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return err
	}
	switch {
	case c.State == Closed:
		return nil
	case c.Package != "":
		return s.deliverPackage(ctx, tx, &c, proof)
	default:
		return s.delivered(ctx, tx, &c, proof)
	}
}

// delivered closes a case in a transaction that locked it.
func (s *Service) delivered(ctx context.Context, tx *store.Tx, c *Case, proof string) (err error) {
	if c.Standing, err = Step(c.Standing, Command{Verb: Deliver}); err != nil {
		return err
	}
	how := c.Dossier.Delivery.Way.Word()
	c.leave(tx.Now, how)
	c.finish(tx.Now, "办结")
	err = s.issue(ctx, tx, c, DocumentOrder{Kind: "delivery", Sign: c.Dossier.Delivery.Way == Collect && c.Parent == "", Body: []string{"送达方式：" + how, "送达情况：" + proof}})
	if err != nil {
		return err
	}
	if s.Evaluations != nil && c.Parent == "" {
		c.Dossier.Rate, err = s.Evaluations.Invite(ctx, tx, c.invitation())
		if err != nil {
			return err
		}
	}
	if err := s.over(ctx, tx, c, "已办结"); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeDelivered, c, map[string]any{"way": c.Dossier.Delivery.Way}); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeClosed, c, map[string]any{"approved": c.Result == Approved}); err != nil {
		return err
	}
	if c.Parent == "" {
		if err := s.tell(ctx, tx, c, noticeCompleted, map[string]string{"result": c.Result.Word() + "许可", "rate": s.rateLink(c)}); err != nil {
			return err
		}
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.deliver", Object: c.ID, Detail: string(c.Dossier.Delivery.Way), Actor: actor(ctx)})
}
