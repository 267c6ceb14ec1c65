package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// DraftPackage begins an application for a package.
func (s *Service) DraftPackage(ctx context.Context, id string, answers map[string]item.Answers, key string) (c Case, again bool, err error) {
	if c, again, err = s.repeated(ctx, s.Store.Read(), key, "package "+id); again || err != nil {
		return c, again, err
	}
	b, err := s.Bundle(ctx, id, answers)
	if err != nil {
		return c, false, err
	}
	if !b.Done {
		return c, false, ErrAnswers.Wrong("answers", "请回答："+b.Next[0].Question.Text)
	}
	for _, p := range b.parts {
		if len(modes(p.item)) == 0 {
			return c, false, ErrNotOnline.With("“" + p.item.DisplayName() + "”不能在网上申请，请到大厅综合窗口办理套餐")
		}
	}
	c = Case{
		ID: store.NewID(), Package: id, ItemName: b.Package.Name, OrganisationName: "综合窗口", Region: b.parts[0].item.Region,
		Standing: Standing{State: Draft, Mode: b.Mode}, Edition: 1,
	}
	c.Dossier = Dossier{Each: b.Answers, Materials: b.Materials, Fees: b.Fees, Values: map[string]any{}, Delivery: Delivery{Way: b.way()}}
	if err := s.toCentre(ctx, &c); err != nil {
		return c, false, err
	}
	if err := s.applicant(ctx, &c); err != nil {
		return c, false, err
	}
	for _, p := range b.parts {
		if err := s.prefillPart(ctx, &c, p); err != nil {
			return c, false, err
		}
	}
	err = s.Store.Write(ctx, "begin a package", func(tx *store.Tx) error {
		if c, again, err = s.repeatedOr(ctx, tx, key, "package "+id, c); again || err != nil {
			return err
		}
		return s.addDraft(ctx, tx, &c, key, "package "+id)
	})
	return c, again, err
}

// toCentre gives a package's case to the centre of its region, whose one window
// takes it and gives the results out.
func (s *Service) toCentre(ctx context.Context, c *Case) error {
	bodies, err := s.Bodies.Organisations(ctx)
	if err != nil {
		return fmt.Errorf("find the centre for a package: %w", err)
	}
	for _, b := range bodies {
		if slices.Contains(s.Centres, b.ID) && strings.HasPrefix(c.Region, strings.TrimRight(b.Region, "0")) {
			c.Organisation, c.OrganisationName = b.ID, b.Name
			return nil
		}
	}
	return nil
}

// way is how a package's results reach the applicant if she says nothing else:
// whatever has to be carried decides.
func (b Bundle) way() Way {
	way := Electronic
	for _, p := range b.parts {
		switch usual(p.item, modes(p.item)[0]) {
		case Collect:
			return Collect
		case ByPost:
			way = ByPost
		}
	}
	return way
}

// prefillPart fills in what is known of the form of a package's item.
func (s *Service) prefillPart(ctx context.Context, c *Case, p part) error {
	if s.Forms == nil {
		return nil
	}
	of := Case{ID: c.ID, Applicant: c.Applicant, Holder: c.Holder, Legal: c.Legal, Item: p.item.ID}
	of.Dossier.Answers, of.Dossier.Values = c.Dossier.Each[p.item.ID], c.Dossier.Values
	var err error
	if of.Dossier.Form, err = s.Forms.ForItem(ctx, p.item.ID); err != nil {
		return err
	}
	err = s.prefill(ctx, &of)
	for _, l := range of.Dossier.Locked {
		if !slices.Contains(c.Dossier.Locked, l) {
			c.Dossier.Locked = append(c.Dossier.Locked, l)
		}
	}
	return err
}

// children are the cases that a package's draft becomes, each with its own part
// of what was filled in.
func (s *Service) children(ctx context.Context, c *Case) ([]Case, error) {
	b, err := s.Bundle(ctx, c.Package, c.Dossier.Each)
	if err != nil {
		return nil, err
	}
	wrong := ErrValues
	list := make([]Case, 0, len(b.parts))
	for _, p := range b.parts {
		child, err := s.begin(ctx, p.item, Application{Item: p.item.ID, Answers: b.Answers[p.item.ID], Mode: modes(p.item)[0]}, p.out)
		if err != nil {
			return nil, err
		}
		child.Parent, child.Person, child.Legal, child.Holder, child.Applicant = c.ID, c.Person, c.Legal, c.Holder, c.Applicant
		child.Dossier.Values, child.Dossier.Delivery = c.Dossier.Values, c.Dossier.Delivery
		child.Dossier.Delivery.Order = ""
		child.inherit(c)
		clean, err := s.checked(ctx, &child)
		if f := fault.Of(err); f != nil && f.Is(ErrValues) {
			for _, field := range f.Fields {
				wrong = wrong.Wrong(field.Name, field.Message)
			}
		} else if err != nil {
			return nil, err
		}
		child.Dossier.Values = clean
		list = append(list, child)
	}
	if len(wrong.Fields) > 0 {
		return nil, wrong
	}
	return list, nil
}

// inherit takes what was provided for a package's materials.
func (c *Case) inherit(parent *Case) {
	for _, m := range parent.Dossier.Materials {
		if own := c.material(m.Items[c.Item]); own != nil && m.Source != NotProvided {
			own.Source, own.Trust, own.Files, own.Held = m.Source, m.Trust, m.Files, m.Held
		}
	}
}

// submitPackage splits a package's case into those of its items, each handed in
// to its own body.
func (s *Service) submitPackage(ctx context.Context, tx *store.Tx, c *Case) error {
	children, err := s.children(ctx, c)
	if err != nil {
		return err
	}
	if c.Standing, err = Step(c.Standing, Command{Verb: Submit}); err != nil {
		return err
	}
	if c.Number, err = applicationNo(ctx, tx); err != nil {
		return err
	}
	c.QueryCode, c.SubmittedAt = newCode(), tx.Now
	c.wake = never
	c.enter(tx.Now, StageReview, "各部门", "已提交")
	names := [][]string{{"事项", "承办部门", "申请编号"}}
	for i := range children {
		child := &children[i]
		child.enter(tx.Now, StageApplication, whoApplicant, "")
		if err := s.insert(ctx, tx, child); err != nil {
			return err
		}
		for _, m := range child.Dossier.Materials {
			for _, f := range m.Files {
				if err := s.Files.Share(ctx, tx, f.ID, child.ID); err != nil {
					return err
				}
			}
		}
		if err := s.submitted(ctx, tx, child); err != nil {
			return err
		}
		names = append(names, []string{child.ItemName, child.OrganisationName, child.Number})
	}
	receipt := DocumentOrder{Kind: "receipt", Table: names, Body: []string{
		"您提交的套餐“" + c.ItemName + "”申请已收到，申请编号 " + c.Number + "，查询码 " + c.QueryCode + "。各事项由承办部门同时办理，全部办好后一次送达。",
	}}
	if err := s.issue(ctx, tx, c, receipt); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypePackageSubmitted, c, map[string]any{"cases": len(children)}); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, c, noticeSubmitted, map[string]string{"number": c.Number, "query": c.QueryCode}); err != nil {
		return err
	}
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.submit", Object: c.ID, Detail: "package", Actor: actor(ctx)})
}

// Children are the cases of a package's case, in the order of its items.
func (s *Service) Children(ctx context.Context, q store.Querier, id string) ([]Case, error) {
	return s.listIn(ctx, q, `parent = $1 AND parent <> '' ORDER BY id`, id)
}

// childMoved brings a package's case to where its items are: accepted when one
// is, decided when all are, over when all are.
func (s *Service) childMoved(ctx context.Context, tx *store.Tx, child *Case) error {
	c, err := s.lock(ctx, tx, child.Parent)
	if err != nil || c.State.Over() {
		return err
	}
	list, err := s.Children(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	over, decided, withdrawn, unpaid := 0, 0, 0, false
	for _, k := range list {
		switch {
		case k.State == Withdrawn:
			withdrawn++
			over++
		case k.State.Over():
			over++
		case k.State == Decided:
			decided++
			unpaid = unpaid || k.Unpaid
		}
	}
	switch {
	case over == len(list):
		return s.closePackage(ctx, tx, &c, withdrawn == len(list))
	case over+decided == len(list):
		ready := c.State != Decided || c.Unpaid && !unpaid
		c.Unpaid = unpaid
		if !ready {
			return s.save(ctx, tx, &c)
		}
		c.State, c.DecidedAt = Decided, tx.Now
		c.enter(tx.Now, StageDelivery, c.OrganisationName, "各事项均已决定")
		if err := s.save(ctx, tx, &c); err != nil {
			return err
		}
		return s.send(ctx, tx, &c)
	}
	return s.save(ctx, tx, &c)
}

// closePackage ends a package's case.
func (s *Service) closePackage(ctx context.Context, tx *store.Tx, c *Case, withdrawn bool) (err error) {
	c.State = Closed
	note := "全部办结"
	if withdrawn {
		c.State, note = Withdrawn, "申请人撤回"
	}
	c.finish(tx.Now, note)
	c.Unpaid = false
	if !withdrawn && s.Evaluations != nil {
		c.Dossier.Rate, err = s.Evaluations.Invite(ctx, tx, Invitation{
			Case: c.ID, CaseNo: c.ShownNo(), ItemName: c.ItemName, Region: c.Region, Person: c.Person, Hall: c.Hall,
		})
		if err != nil {
			return err
		}
	}
	if err := s.over(ctx, tx, c, note); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypePackageClosed, c, nil); err != nil {
		return err
	}
	if withdrawn {
		return s.tell(ctx, tx, c, noticeProgress, map[string]string{"step": "您已撤回申请"})
	}
	return s.tell(ctx, tx, c, noticeCompleted, map[string]string{"result": c.resultWords(), "rate": s.rateLink(c)})
}

// deliverPackage gives all results of a package to the applicant at once; the
// last of them closes it.
func (s *Service) deliverPackage(ctx context.Context, tx *store.Tx, c *Case, proof string) error {
	if c.State != Decided {
		return ErrState.With("套餐中还有事项没有办好，办好后一并送达")
	}
	list, err := s.Children(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, k := range list {
		if k.State != Decided {
			continue
		}
		child, err := s.lock(ctx, tx, k.ID)
		if err != nil {
			return err
		}
		child.Dossier.Delivery.Way = c.Dossier.Delivery.Way
		if err := s.delivered(ctx, tx, &child, proof); err != nil {
			return err
		}
	}
	*c, err = s.lock(ctx, tx, c.ID)
	return err
}

// withdrawPackage takes all items of a package back, or none.
func (s *Service) withdrawPackage(ctx context.Context, tx *store.Tx, c *Case, reason string) error {
	list, err := s.Children(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if c.State.Over() || len(list) == 0 {
		return ErrState.With("套餐" + c.State.Word() + "，不能撤回")
	}
	for _, k := range list {
		if k.State.Over() {
			continue
		}
		child, err := s.lock(ctx, tx, k.ID)
		if err != nil {
			return err
		}
		if err := s.withdrawn(ctx, tx, &child, reason); err != nil {
			return fmt.Errorf("withdraw %s: %w", child.ItemName, err)
		}
	}
	*c, err = s.lock(ctx, tx, c.ID)
	return err
}

// ownItems refuses a person whose delegation doesn't hold for every item of a
// package.
func (s *Service) ownItems(ctx context.Context, c *Case) error {
	caller := access.From(ctx)
	p, err := s.Items.Package(ctx, c.Package)
	if err != nil {
		return err
	}
	for _, id := range p.Items {
		if err := s.mayAct(ctx, caller.ID, c.Legal, id); err != nil {
			return err
		}
	}
	return nil
}
