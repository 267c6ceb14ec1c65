package cases

import (
	"context"
	"fmt"
	"slices"

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
	b, err := s.whole(ctx, id, answers)
	if err != nil {
		return c, false, err
	}
	for _, p := range b.parts {
		if len(modes(p.item)) == 0 {
			return c, false, ErrNotOnline.With("“" + p.item.DisplayName() + "”不能在网上申请，请到大厅综合窗口办理套餐")
		}
	}
	if c, err = s.beginPackage(ctx, b, b.Mode); err != nil {
		return c, false, err
	}
	if err := s.applicant(ctx, &c); err != nil {
		return c, false, err
	}
	if err := s.prefillParts(ctx, &c, b.parts); err != nil {
		return c, false, err
	}
	err = s.Store.Write(ctx, "begin a package", func(tx *store.Tx) error {
		if c, again, err = s.repeatedOr(ctx, tx, key, "package "+id, c); again || err != nil {
			return err
		}
		return s.addDraft(ctx, tx, &c, key, "package "+id)
	})
	return c, again, err
}

// whole is what a package needs, all of whose questions are answered.
func (s *Service) whole(ctx context.Context, id string, answers map[string]item.Answers) (Bundle, error) {
	b, err := s.Bundle(ctx, id, answers)
	if err == nil && !b.Done {
		err = ErrAnswers.Wrong("answers", "请回答："+b.Next[0].Question.Text)
	}
	return b, err
}

// beginPackage makes a package's case, without an applicant.
func (s *Service) beginPackage(ctx context.Context, b Bundle, m Mode) (Case, error) {
	c := Case{
		ID: store.NewID(), Package: b.Package.ID, ItemName: b.Package.Name, OrganisationName: "综合窗口", Region: b.parts[0].item.Region,
		Standing: Standing{State: Draft, Mode: m}, Edition: 1,
	}
	c.Dossier = Dossier{Each: b.Answers, Materials: b.Materials, Fees: b.Fees, Values: map[string]any{}, Delivery: Delivery{Way: b.way(m)}}
	return c, s.toCentre(ctx, &c)
}

// toCentre gives a package's case to a centre of its region, the clerk's own if
// one takes it, whose one window takes it and gives the results out.
func (s *Service) toCentre(ctx context.Context, c *Case) error {
	bodies, err := s.Bodies.Organisations(ctx)
	if err != nil {
		return fmt.Errorf("find the centre for a package: %w", err)
	}
	own := access.From(ctx).Org
	for _, b := range bodies {
		if !slices.Contains(s.Centres, b.ID) || !access.Within(c.Region, b.Region) {
			continue
		}
		if c.Organisation == "" || b.ID == own {
			c.Organisation, c.OrganisationName = b.ID, b.Name
		}
	}
	return nil
}

// way is how a package's results reach the applicant if she says nothing else:
// whatever has to be carried decides.
func (b Bundle) way(m Mode) Way {
	way := Electronic
	for _, p := range b.parts {
		switch usual(p.item, partMode(p.item, m)) {
		case Collect:
			return Collect
		case ByPost:
			way = ByPost
		}
	}
	return way
}

// partMode is how an item of a package is applied for: at the window like the
// package, or with the fewest visits.
func partMode(it item.Item, m Mode) Mode {
	if may := modes(it); m != Window && len(may) > 0 {
		return may[0]
	}
	return Window
}

// prefillParts fills in what is known of the forms of a package's items.
func (s *Service) prefillParts(ctx context.Context, c *Case, parts []part) error {
	for _, p := range parts {
		if err := s.prefillPart(ctx, c, p); err != nil {
			return err
		}
	}
	return nil
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
// of what was filled in and found. What is refused needn't be filled in.
func (s *Service) children(ctx context.Context, c *Case, refused map[string]string) ([]Case, error) {
	b, err := s.whole(ctx, c.Package, c.Dossier.Each)
	if err != nil {
		return nil, err
	}
	wrong := ErrValues
	list := make([]Case, 0, len(b.parts))
	for _, p := range b.parts {
		child, err := s.child(ctx, c, p)
		if err != nil {
			return nil, err
		}
		if refused[child.Item] == "" {
			clean, err := s.checked(ctx, &child)
			if f := fault.Of(err); f != nil && f.Is(ErrValues) {
				for _, field := range f.Fields {
					wrong = wrong.Wrong(field.Name, field.Message)
				}
			} else if err != nil {
				return nil, err
			}
			child.Dossier.Values = clean
		}
		list = append(list, child)
	}
	if len(wrong.Fields) > 0 {
		return nil, wrong
	}
	return list, nil
}

// child is the case of one of a package's items.
func (s *Service) child(ctx context.Context, c *Case, p part) (Case, error) {
	child, err := s.begin(ctx, p.item, Application{Item: p.item.ID, Answers: c.Dossier.Each[p.item.ID], Mode: partMode(p.item, c.Mode)}, p.out)
	if err != nil {
		return child, err
	}
	child.Parent, child.Person, child.Legal, child.Holder, child.Applicant = c.ID, c.Person, c.Legal, c.Holder, c.Applicant
	child.Hall, child.Window, child.Ticket = c.Hall, c.Window, c.Ticket
	child.Dossier.Values, child.Dossier.Delivery = c.Dossier.Values, c.Dossier.Delivery
	child.Dossier.Attested = c.Dossier.Attested // one signature stands for all of it
	child.Dossier.Delivery.Order = ""
	child.inherit(c)
	return child, nil
}

// inherit takes what was provided for a package's materials, and what a clerk
// found of them.
func (c *Case) inherit(parent *Case) {
	for _, m := range parent.Dossier.Materials {
		own := c.material(m.Items[c.Item])
		if own == nil {
			continue
		}
		if m.Source != NotProvided {
			own.Source, own.Trust, own.Files, own.Held = m.Source, m.Trust, m.Files, m.Held
		}
		if m.Review != Unseen {
			own.Review, own.Note, own.Reviewer, own.Reviewed = m.Review, m.Note, m.Reviewer, m.Reviewed
		}
	}
}

// submitPackage splits a package's case into those of its items, each handed in
// to its own body.
func (s *Service) submitPackage(ctx context.Context, tx *store.Tx, c *Case) error {
	children, err := s.children(ctx, c, nil)
	if err != nil {
		return err
	}
	if c.Standing, err = Step(c.Standing, Command{Verb: Submit}); err != nil {
		return err
	}
	if c.Number, err = applicationNo(ctx, tx); err != nil {
		return err
	}
	c.QueryCode, c.SubmittedAt, c.Dossier.Kiosk = newCode(), tx.Now, access.From(ctx).Kiosk
	c.wake = never
	c.enter(tx.Now, StageReview, whoDepartments, "已提交")
	names := [][]string{{"事项", "承办部门", "申请编号"}}
	if err := s.insertChildren(ctx, tx, children); err != nil {
		return err
	}
	for i := range children {
		child := &children[i]
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

// insertChildren stores the cases of a package's items, which have the
// package's files, too.
func (s *Service) insertChildren(ctx context.Context, tx *store.Tx, children []Case) error {
	for i := range children {
		child := &children[i]
		child.enter(tx.Now, StageApplication, whoApplicant, "")
		if err := s.insert(ctx, tx, child); err != nil {
			return err
		}
		for _, f := range child.files() {
			if err := s.Files.Share(ctx, tx, f.ID, child.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// files are all that a case has: those of its materials, and the signature that
// stands for it.
func (c *Case) files() []File {
	var list []File
	if a := c.Dossier.Attested; a != nil {
		list = append(list, a.Signature)
	}
	for _, m := range c.Dossier.Materials {
		list = append(list, m.Files...)
	}
	return list
}

// Children are the cases of a package's case, in the order of its items.
func (s *Service) Children(ctx context.Context, q store.Querier, id string) ([]Case, error) {
	return s.listIn(ctx, q, `parent = $1 AND parent <> '' ORDER BY id`, id)
}
