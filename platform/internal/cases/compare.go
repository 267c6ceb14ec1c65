package cases

import (
	"context"
	"slices"
	"strings"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// In 原件核验 the applicant comes once: her case is accepted and decided by what
// she sent, and the originals are compared at the window before the result
// leaves it. A result that goes by post or on line waits for that visit, too.

// toCompare tells whether nobody has seen a material's original: it was sent as
// a file, or is only shown on paper. What an organ issued, a form or a promise
// has none, and what is awaited is compared when it is brought.
func (m *Material) toCompare() bool {
	switch {
	case !m.Compared.IsZero() || m.Due != "":
		return false
	case m.Source == Upload:
		return m.Trust == TrustC
	default:
		return m.Source == NotProvided && m.Review == Unseen && (!m.Electronic || m.Type == item.ShowMaterial)
	}
}

// uncompared counts the originals that nobody has seen.
func (c *Case) uncompared() (n int) {
	for i := range c.Dossier.Materials {
		if c.Dossier.Materials[i].toCompare() {
			n++
		}
	}
	return n
}

// askOriginals marks what has to be compared.
func (c *Case) askOriginals() {
	for i := range c.Dossier.Materials {
		m := &c.Dossier.Materials[i]
		m.Compare = m.toCompare()
	}
}

// bring says where the applicant of a decided case takes her originals.
var bring = map[Way]string{
	Collect:    "请带身份证和材料原件到大厅窗口核验并领取",
	ByPost:     "请带身份证和材料原件到大厅窗口核验，核验后为您寄出",
	Electronic: "请带身份证和材料原件到大厅窗口核验，核验后送到您的空间",
}

// CompareOriginals notes that a clerk compared materials with their originals:
// from then on they are believed as if they had been seen at the window. With
// the last one, what goes by post or on line is on its way.
func (s *Service) CompareOriginals(ctx context.Context, id string, materials []string) (c Case, err error) {
	if len(materials) == 0 {
		return c, ErrInput.Wrong("materials", "请选择已核对原件的材料")
	}
	err = s.change(ctx, "compare originals", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if owned.Parent != "" {
			return ErrChild
		}
		for _, material := range materials {
			if err := s.compare(ctx, tx, owned, material); err != nil {
				return err
			}
		}
		if err := s.save(ctx, tx, owned); err != nil {
			return err
		}
		err := s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.compare-originals", Object: id, Detail: strings.Join(materials, " ")})
		if err != nil || owned.Originals > 0 || owned.Unpaid || owned.Dossier.Delivery.Way == Collect {
			return err
		}
		return s.send(ctx, tx, owned)
	})
	return c, err
}

// compare notes that one material's original was seen, of a package for all of
// its items that want it.
func (s *Service) compare(ctx context.Context, tx *store.Tx, c *Case, material string) error {
	if err := c.compared(ctx, tx, material); err != nil || c.Package == "" {
		return err
	}
	items := c.material(material).Items
	list, err := s.Children(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, k := range list {
		own := k.material(items[k.Item])
		if own == nil || !own.Compare {
			continue
		}
		child, err := s.lock(ctx, tx, k.ID)
		if err != nil {
			return err
		}
		if err := child.compared(ctx, tx, own.ID); err != nil {
			return err
		}
		if err := s.save(ctx, tx, &child); err != nil {
			return err
		}
	}
	return nil
}

// compared is compare for the case alone. A material that was compared before
// stays so.
func (c *Case) compared(ctx context.Context, tx *store.Tx, material string) (err error) {
	m := c.material(material)
	switch {
	case m == nil:
		return ErrMaterial
	case !m.Compare && !m.Compared.IsZero():
		return nil
	case !m.Compare:
		return ErrState.With("“" + m.Name + "”不需要核对原件")
	}
	if c.Standing, err = Step(c.Standing, Command{Verb: Compare}); err != nil {
		return err
	}
	m.Compare, m.Compared, m.Trust = false, tx.Now, TrustB
	m.Review, m.Reviewer, m.Reviewed = Good, byClerk(ctx), tx.Now
	if m.Source == NotProvided {
		m.Source = OnPaper
	}
	return nil
}

// gather marks at a package what has to be compared for its items.
func (c *Case) gather(children []Case) {
	c.Originals = 0
	for i := range c.Dossier.Materials {
		m := &c.Dossier.Materials[i]
		m.Compare = slices.ContainsFunc(children, func(k Case) bool {
			own := k.material(m.Items[k.Item])
			return own != nil && own.Compare
		})
		if m.Compare {
			c.Originals++
		}
	}
}
