package cases

import (
	"context"
	"slices"
	"strings"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// A package at a window: one clerk takes it from the person before her, looks
// at each material once and decides at once for every item: accepted, accepted
// with materials that come later, to be supplemented, or refused. What comes of
// it goes to the bodies as cases of their own.

// PartRefusal refuses one item of a package.
type PartRefusal struct {
	Item   string `json:"item" maxLength:"40"`
	Reason string `json:"reason" maxLength:"500"`
}

// refusals are the reasons by item.
func refusals(c *Case, a Acceptance, items []string) (map[string]string, error) {
	reasons := map[string]string{}
	for _, r := range a.Refused {
		switch {
		case !slices.Contains(items, r.Item) || reasons[r.Item] != "":
			return nil, ErrInput.Wrong("refused."+r.Item, "套餐中没有这个事项，或重复填写")
		case strings.TrimSpace(r.Reason) == "" || tooLong(r.Reason, 500):
			return nil, ErrReason.Wrong("refused."+r.Item, "请写明不予受理的理由，不超过 500 字")
		}
		reasons[r.Item] = r.Reason
	}
	if len(reasons) == len(items) {
		return nil, ErrInput.Wrong("refused", "“"+c.ItemName+"”的全部事项都不受理的，请对套餐不予受理")
	}
	return reasons, nil
}

// acceptPackage takes on a package that was made at a window, each item as its
// materials allow.
func (s *Service) acceptPackage(ctx context.Context, id string, a Acceptance, key string) (c Case, again bool, err error) {
	if a.Days < 0 || a.Days > maxDays {
		return c, false, ErrInput.Wrong("days", "补正期限不超过 30 个工作日")
	}
	err = s.change(ctx, "accept a package", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if again, err = s.once(ctx, tx, key, "accept "+id, id); again || err != nil {
			return err
		}
		if owned.State != Draft || owned.Mode != Window {
			return ErrPackage
		}
		owned.comes(a)
		if err := s.postpone(ctx, tx, owned, a.Deferred); err != nil {
			return err
		}
		children, reasons, err := s.split(ctx, tx, owned, a)
		if err != nil {
			return err
		}
		for i := range children {
			if err := s.acceptPart(ctx, tx, owned, &children[i], a, reasons); err != nil {
				return err
			}
		}
		return s.takenIn(ctx, tx, owned, children)
	})
	return c, again, err
}

// postpone notes on the package's own list which materials come later.
func (s *Service) postpone(ctx context.Context, tx *store.Tx, c *Case, list []Deferral) error {
	for _, d := range list {
		m := c.material(d.Material)
		switch {
		case m == nil:
			return ErrMaterial
		case m.Due != "":
			return ErrInput.Wrong("deferred."+m.ID, "同一材料重复")
		}
		due, err := s.dueDay(ctx, c, tx.Now, d.Due)
		if err != nil {
			return err
		}
		before := m.Files
		m.forget()
		m.Source, m.Due = Later, due.String()
		if err := s.release(ctx, tx, c, before, nil); err != nil {
			return err
		}
	}
	return nil
}

// split hands the package in and makes its items' cases, none of which is
// decided about yet. The package's own row comes first: what becomes of an item
// looks at it.
func (s *Service) split(ctx context.Context, tx *store.Tx, c *Case, a Acceptance) (children []Case, reasons map[string]string, err error) {
	p, err := s.Items.Package(ctx, c.Package)
	if err != nil {
		return nil, nil, err
	}
	if reasons, err = refusals(c, a, p.Items); err != nil {
		return nil, nil, err
	}
	if err := c.Dossier.Delivery.check(); err != nil {
		return nil, nil, err
	}
	if children, err = s.children(ctx, c, reasons); err != nil {
		return nil, nil, err
	}
	if err := s.handIn(ctx, tx, c); err != nil {
		return nil, nil, err
	}
	return children, reasons, s.insertChildren(ctx, tx, children)
}

// handIn gives a package its number and lets it wait for its items.
func (s *Service) handIn(ctx context.Context, tx *store.Tx, c *Case) (err error) {
	if c.Standing, err = Step(c.Standing, Command{Verb: Submit}); err != nil {
		return err
	}
	if c.Number, err = applicationNo(ctx, tx); err != nil {
		return err
	}
	c.QueryCode, c.SubmittedAt, c.wake, c.Dossier.Clerk = newCode(), tx.Now, never, byClerk(ctx)
	c.enter(tx.Now, StageReview, whoDepartments, "窗口一次收件，分送各部门")
	return s.save(ctx, tx, c)
}

// acceptPart decides about one item of a package.
func (s *Service) acceptPart(ctx context.Context, tx *store.Tx, c, child *Case, a Acceptance, reasons map[string]string) error {
	child.together = reasons[child.Item] == ""
	if err := s.submitted(ctx, tx, child); err != nil {
		return err
	}
	if reason := reasons[child.Item]; reason != "" {
		return s.refused(ctx, tx, child, reason)
	}
	if missing := child.wanting(); len(missing) > 0 {
		return s.notified(ctx, tx, child, missing, a.Days, "")
	}
	own := Acceptance{Originals: true, Amounts: map[string]int64{}}
	for _, d := range a.Deferred {
		if id := c.material(d.Material).Items[child.Item]; id != "" {
			own.Deferred = append(own.Deferred, Deferral{id, d.Due})
		}
	}
	for fee, amount := range a.Amounts {
		if name, ok := strings.CutPrefix(fee, child.Item+"."); ok {
			own.Amounts[name] = amount
		}
	}
	return s.accept(ctx, tx, child, own)
}

// takenIn ends the intake: the applicant gets one paper that names every item
// and what became of it.
func (s *Service) takenIn(ctx context.Context, tx *store.Tx, c *Case, children []Case) (err error) {
	if *c, err = s.lock(ctx, tx, c.ID); err != nil { // a refused item may have saved it
		return err
	}
	due, rows := "", [][]string{{"事项", "承办部门", "编号", "收件结果"}}
	for i := range children {
		k := &children[i]
		rows = append(rows, []string{k.ItemName, k.OrganisationName, k.ShownNo(), k.intake()})
		due = max(due, k.PromisedDue)
	}
	if err := s.issue(ctx, tx, c, DocumentOrder{Kind: "receipt", Table: rows, Body: c.intakeWords(), Basis: "《中华人民共和国行政许可法》第三十二条"}); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypePackageSubmitted, c, map[string]any{"cases": len(children)}); err != nil {
		return err
	}
	notice, vars := noticeSubmitted, map[string]string{"query": c.QueryCode}
	if slices.ContainsFunc(children, func(k Case) bool { return k.State == Accepted }) {
		notice, vars["due"] = noticeAccepted, spoken(due)
	}
	if err := s.tell(ctx, tx, c, notice, vars); err != nil {
		return err
	}
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.accept", Object: c.ID, Detail: "package"})
}

// intake is what became of an item of a package when it was taken in.
func (c *Case) intake() string {
	switch {
	case c.State == NotAccepted:
		return "不予受理：" + c.Dossier.Reason
	case c.State == Supplementing:
		return "需补正，" + spoken(c.Dossier.MissingDue) + "前"
	case c.State != Accepted:
		return c.State.Word()
	}
	word := "已受理"
	if c.Deferred > 0 {
		word = "容缺受理"
	}
	if c.PromisedDue != "" {
		word += "，" + spoken(c.PromisedDue) + "前办结"
	}
	return word
}

// intakeWords say what was handed in, each material once however many items
// need it, and what comes later.
func (c *Case) intakeWords() []string {
	var got, later []string
	for _, m := range c.Dossier.Materials {
		switch {
		case m.Due != "":
			later = append(later, m.Name+"（"+spoken(m.Due)+"前）")
		case m.Source != NotProvided && m.Review != Missing:
			got = append(got, m.Name)
		}
	}
	body := []string{
		"您申请的套餐“" + c.ItemName + "”已由窗口一次收件，申请编号 " + c.Number + "，查询码 " + c.QueryCode + "。",
		"各事项由承办部门同时办理，全部办好后一次送达。",
	}
	if len(got) > 0 {
		body = append(body, "已收材料："+strings.Join(got, "、")+"。")
	}
	if len(later) > 0 {
		body = append(body, "容缺后补："+strings.Join(later, "、")+"，只需补交一次。")
	}
	return body
}

// refusePackage refuses all of a package that was made at a window.
func (s *Service) refusePackage(ctx context.Context, tx *store.Tx, c *Case, reason string) error {
	if c.State != Draft || c.Mode != Window {
		return ErrPackage
	}
	p, err := s.Items.Package(ctx, c.Package)
	if err != nil {
		return err
	}
	reasons := map[string]string{}
	for _, id := range p.Items {
		reasons[id] = reason
	}
	children, err := s.children(ctx, c, reasons)
	if err != nil {
		return err
	}
	if err := s.handIn(ctx, tx, c); err != nil {
		return err
	}
	if err := s.refused(ctx, tx, c, reason); err != nil { // it is over before its items are
		return err
	}
	if err := s.insertChildren(ctx, tx, children); err != nil {
		return err
	}
	for i := range children {
		child := &children[i]
		child.together = true
		if err := s.submitted(ctx, tx, child); err != nil {
			return err
		}
		if err := s.refused(ctx, tx, child, reason); err != nil {
			return err
		}
	}
	return nil
}

// shareBrought gives what was brought for one item of a package to the items
// that wait for the same material: it is brought once.
func (s *Service) shareBrought(ctx context.Context, tx *store.Tx, c *Case, material string) error {
	from := c.material(material)
	if c.Parent == "" || from.Source == Later {
		return nil
	}
	parent, err := s.lock(ctx, tx, c.Parent)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(parent.Dossier.Materials, func(m Material) bool { return m.Items[c.Item] == material })
	if i < 0 {
		return nil
	}
	shared := &parent.Dossier.Materials[i]
	list, err := s.Children(ctx, tx, parent.ID)
	if err != nil {
		return err
	}
	for _, k := range list {
		if own := shared.Items[k.Item]; k.ID != c.ID && own != "" {
			if err := s.passOn(ctx, tx, k.ID, own, from); err != nil {
				return err
			}
		}
	}
	shared.bring(from)
	shared.Due, shared.Overdue = "", false
	return s.save(ctx, tx, &parent)
}

// passOn gives a case what was brought for another one, if it waits for it.
func (s *Service) passOn(ctx context.Context, tx *store.Tx, id, material string, from *Material) error {
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return err
	}
	m := c.material(material)
	if m == nil {
		return nil
	}
	deferred := m.Due != "" && c.State == Accepted
	if asked := c.State == Supplementing && (m.Review == Missing || m.Review == Wrong); !deferred && !asked {
		return nil
	}
	before := m.Files
	m.bring(from)
	for _, f := range m.Files {
		if err := s.Files.Share(ctx, tx, f.ID, c.ID); err != nil {
			return err
		}
	}
	if err := s.release(ctx, tx, &c, before, m.Files); err != nil {
		return err
	}
	if deferred {
		return s.brought(ctx, tx, &c, material)
	}
	return s.edited(ctx, tx, &c)
}

// bring takes what was provided for the same material elsewhere.
func (m *Material) bring(from *Material) {
	m.Source, m.Trust, m.Files, m.Held = from.Source, from.Trust, from.Files, from.Held
	m.From, m.Record = from.From, from.Record
	m.Review, m.Note = Unseen, ""
}
