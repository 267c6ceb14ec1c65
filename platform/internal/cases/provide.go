package cases

import (
	"context"
	"strings"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// Provide sets how a material is provided: in a draft, in a supplement, or for
// a deferred one.
func (s *Service) Provide(ctx context.Context, id, material string, p Provide) (c Case, err error) {
	err = s.change(ctx, "provide a material", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		m := owned.material(material)
		if m == nil {
			return ErrMaterial
		}
		if m.Due != "" && owned.State == Accepted {
			if err := s.provide(ctx, tx, owned, material, p); err != nil {
				return err
			}
			if err := s.brought(ctx, tx, owned, material); err != nil {
				return err
			}
			return s.shareBrought(ctx, tx, owned, material)
		}
		if err := s.editable(ctx, owned); err != nil {
			return err
		}
		if owned.State == Supplementing && m.Review == Good {
			return ErrSource.With("这项材料已审查合格，不需要再提供")
		}
		if err := s.provide(ctx, tx, owned, material, p); err != nil {
			return err
		}
		if err := s.edited(ctx, tx, owned); err != nil || owned.State != Supplementing {
			return err
		}
		return s.shareBrought(ctx, tx, owned, material)
	})
	return c, err
}

// Unprovide takes back what was provided for a material of a draft.
func (s *Service) Unprovide(ctx context.Context, id, material string) (c Case, err error) {
	err = s.change(ctx, "take a material back", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if err := s.editable(ctx, owned); err != nil {
			return err
		}
		m := owned.material(material)
		switch {
		case m == nil:
			return ErrMaterial
		case m.Source == Shared || owned.State == Supplementing && m.Review == Good:
			return ErrSource
		}
		before, review, note := m.Files, m.Review, m.Note
		m.forget()
		if owned.State == Supplementing && m.Source == NotProvided { // or the supplement would count as complete without it
			m.Review, m.Note = Missing, note
			if review == Wrong {
				m.Review = Wrong
			}
		}
		if err := s.release(ctx, tx, owned, before, nil); err != nil {
			return err
		}
		return s.edited(ctx, tx, owned)
	})
	return c, err
}

// editable refuses a case that the applicant can't change now.
func (s *Service) editable(ctx context.Context, c *Case) error {
	switch {
	case c.Parent != "" && c.State == Draft:
		return ErrChild
	case c.Package != "" && c.State != Draft:
		return ErrPackage
	case c.State == Draft, c.State == Supplementing:
		return nil
	case access.From(ctx).Kind == access.Staff && (c.State == Submitted || c.State == Prepared):
		return nil // at the window, with the applicant's paper before the clerk
	default:
		return ErrState.With("申请" + c.State.Word() + "，不能再修改")
	}
}

// SetDelivery says where the result goes, as long as it wasn't sent.
func (s *Service) SetDelivery(ctx context.Context, id string, d Delivery) (c Case, err error) {
	d.Order = ""
	if err := d.check(); err != nil {
		return c, err
	}
	err = s.change(ctx, "set a delivery", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		switch {
		case owned.Parent != "":
			return ErrChild
		case owned.State.Over() || owned.State == Decided:
			return ErrState.With("结果已在送达，不能再改送达方式")
		}
		owned.Dossier.Delivery = d
		return s.save(ctx, tx, owned)
	})
	return c, err
}

// check refuses a delivery that leads nowhere.
func (d Delivery) check() error {
	wrong := ErrInput
	switch {
	case d.Way != Collect && d.Way != ByPost && d.Way != Electronic:
		wrong = wrong.Wrong("way", "请选择送达方式")
	case d.Way == ByPost:
		if n := utf8.RuneCountInString(strings.TrimSpace(d.Name)); n < 2 || n > 50 {
			wrong = wrong.Wrong("name", "请填写收件人姓名")
		}
		if !phone(d.Phone) {
			wrong = wrong.Wrong("phone", "请填写收件人电话")
		}
		if n := utf8.RuneCountInString(strings.TrimSpace(d.Address)); n < 5 || n > 200 {
			wrong = wrong.Wrong("address", "请填写详细的收件地址")
		}
	}
	if strings.ContainsAny(d.Name+d.Phone+d.Address, "<>\x00\n\r\t") {
		wrong = wrong.Wrong("address", "收件信息含有不能使用的字符")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// phone tells whether a text can be a telephone number.
func phone(text string) bool {
	return len(text) >= 7 && len(text) <= 20 && !strings.ContainsFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '-' })
}
