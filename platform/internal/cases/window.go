package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/codes"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// AtWindow is a case that a clerk makes: of one item, or of one package.
type AtWindow struct {
	Item    string            `json:"item,omitempty" maxLength:"40"`
	Answers map[string]string `json:"answers,omitempty"`
	// Package takes the place of an item, Each that of its answers.
	Package string                  `json:"package,omitempty" maxLength:"40" doc:"Instead of an item"`
	Each    map[string]item.Answers `json:"each,omitempty" doc:"A package's answers, by item"`
	// Name, IDNumber, Phone and Address are read from the card or typed in.
	Name     string `json:"name" maxLength:"50"`
	IDNumber string `json:"idNumber" maxLength:"18"`
	Phone    string `json:"phone" maxLength:"20"`
	Address  string `json:"address,omitempty" maxLength:"200"`
	// LegalName and CreditCode are of the body that she applies for.
	LegalName  string `json:"legalName,omitempty" maxLength:"100"`
	CreditCode string `json:"creditCode,omitempty" maxLength:"18"`
	Hall       string `json:"hall,omitempty" maxLength:"40"`
	Window     string `json:"window,omitempty" maxLength:"40"`
	Ticket     string `json:"ticket,omitempty" maxLength:"40"`
}

// MakeAtWindow begins a case for somebody who stands at a window.
func (s *Service) MakeAtWindow(ctx context.Context, m AtWindow, key string) (c Case, again bool, err error) {
	if c, again, err = s.repeated(ctx, s.Store.Read(), key, "window"); again || err != nil {
		return c, again, err
	}
	if err := s.hall(ctx, m.Hall); err != nil {
		return c, false, err
	}
	var parts []part
	switch {
	case (m.Item == "") == (m.Package == ""):
		return c, false, ErrInput.Wrong("item", "请选择一个事项或一个套餐")
	case m.Package != "":
		c, parts, err = s.packageAtWindow(ctx, m)
	default:
		c, err = s.itemAtWindow(ctx, m)
	}
	if err != nil {
		return c, false, err
	}
	c.Hall, c.Window, c.Ticket = m.Hall, m.Window, m.Ticket
	if err := s.present(ctx, &c, m); err != nil {
		return c, false, err
	}
	if c.Package == "" {
		err = s.prefill(ctx, &c)
	} else {
		err = s.prefillParts(ctx, &c, parts)
	}
	if err != nil {
		return c, false, err
	}
	err = s.Store.Write(ctx, "begin a case at a window", func(tx *store.Tx) error {
		if c, again, err = s.repeatedOr(ctx, tx, key, "window", c); again || err != nil {
			return err
		}
		return s.addDraft(ctx, tx, &c, key, "window")
	})
	return c, again, err
}

// itemAtWindow is a case of one item, as far as it isn't known whose.
func (s *Service) itemAtWindow(ctx context.Context, m AtWindow) (Case, error) {
	it, out, err := s.outcome(ctx, m.Item, m.Answers)
	if err != nil {
		return Case{}, err
	}
	c, err := s.begin(ctx, it, Application{Item: m.Item, Answers: m.Answers, Mode: Window}, out)
	if err == nil && !s.covers(access.From(ctx), &c) {
		return Case{}, ErrUnknown.With("该事项不由您所在的部门或地区受理")
	}
	return c, err
}

// packageAtWindow is the same for a package. One clerk takes it for all bodies,
// so she is of a centre, whose region has all of its items.
func (s *Service) packageAtWindow(ctx context.Context, m AtWindow) (Case, []part, error) {
	b, err := s.whole(ctx, m.Package, m.Each)
	if err != nil {
		return Case{}, nil, err
	}
	c, err := s.beginPackage(ctx, b, Window)
	if err != nil {
		return Case{}, nil, err
	}
	caller := access.From(ctx)
	if !slices.Contains(s.Centres, caller.Org) {
		return Case{}, nil, ErrUnknown.With("套餐由政务服务中心的综合窗口受理")
	}
	for _, p := range b.parts {
		if !caller.Covers(p.item.Region) {
			return Case{}, nil, ErrUnknown.With("“" + p.item.DisplayName() + "”不由您所在的地区受理")
		}
	}
	return c, b.parts, nil
}

// present makes whoever stands at a window the applicant: the account with her
// ID number, if there is one.
func (s *Service) present(ctx context.Context, c *Case, m AtWindow) error {
	c.Applicant = Applicant{
		Name: strings.TrimSpace(m.Name), IDNumber: strings.ToUpper(strings.TrimSpace(m.IDNumber)), Phone: strings.TrimSpace(m.Phone),
		Address: strings.TrimSpace(m.Address), LegalName: strings.TrimSpace(m.LegalName), CreditCode: strings.ToUpper(strings.TrimSpace(m.CreditCode)),
	}
	if err := s.checkApplicant(c.Applicant); err != nil {
		return err
	}
	if c.Applicant.CreditCode != "" {
		if _, err := codes.ParseCredit(c.Applicant.CreditCode); err != nil {
			return ErrPerson.Wrong("creditCode", "统一社会信用代码有误，请核对")
		}
	}
	if strings.ContainsAny(c.Applicant.LegalName, "<>\x00\n\r\t") || tooLong(c.Applicant.LegalName, 100) {
		return ErrPerson.Wrong("legalName", "单位名称有误")
	}
	c.Holder = s.vault.Key(kindID, c.Applicant.IDNumber)
	c.Dossier.Delivery.Name, c.Dossier.Delivery.Phone = c.Applicant.Name, c.Applicant.Phone
	p, err := s.People.PersonByNumber(ctx, c.Applicant.IDNumber)
	switch {
	case errors.Is(err, identity.ErrUnknown):
		return nil
	case err != nil:
		return err
	case p.Name != c.Applicant.Name:
		return ErrPerson.Wrong("name", "姓名与身份证号不符")
	}
	c.Person = p.ID
	if c.Applicant.CreditCode == "" {
		return nil
	}
	list, err := s.People.LegalPersons(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.Code == c.Applicant.CreditCode && s.mayActOn(ctx, p.ID, l.ID, c) == nil {
			c.Legal, c.Applicant.LegalName = l.ID, l.Name
		}
	}
	return nil
}

// chineseDay is a day as people read it.
func chineseDay(d calendar.Day) string { return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day) }

// spoken is a stored day as people read it; an empty one stays empty.
func spoken(day string) string {
	d, err := calendar.ParseDay(day)
	if err != nil {
		return ""
	}
	return chineseDay(d)
}

// chineseCount is a place in a list.
func chineseCount(n int) string { return fmt.Sprint(n) }

// dayOf is the day of a moment here.
func dayOf(t time.Time) calendar.Day { return calendar.On(t.In(place)) }
