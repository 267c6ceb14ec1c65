package cases

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/codes"
	"smarthall/platform/internal/identity"
)

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
		if l.Code == c.Applicant.CreditCode && s.mayAct(ctx, p.ID, l.ID, c.Item) == nil {
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
