package server

import (
	"context"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/form"
	"smarthall/platform/internal/licence"
	"smarthall/platform/internal/store"
)

// caseLicences are the licences as cases want them.
type caseLicences struct {
	*licence.Service
	forms *form.Service
}

// Issue implements cases.Licences; Held likewise.
func (s caseLicences) Issue(ctx context.Context, tx *store.Tx, o cases.LicenceOrder) (cases.Licence, error) {
	holder := licence.Holder{Person: o.Person, Name: o.Applicant.Name, Number: o.Applicant.IDNumber, Address: o.Applicant.Address}
	if o.Applicant.CreditCode != "" {
		holder.Legal, holder.Represented = o.Legal, o.Applicant.Name
		holder.Name, holder.Number = o.Applicant.LegalName, o.Applicant.CreditCode
	}
	values, err := s.words(ctx, o)
	if err != nil {
		return cases.Licence{}, err
	}
	l, err := s.Service.Issue(ctx, tx, licence.Order{
		Type: o.Type, Case: o.Case, CaseNo: o.CaseNo, Item: o.Item, Organisation: o.Organisation, Region: o.Region, Holder: holder, Values: values,
	})
	return cases.Licence{ID: l.ID, Name: l.Name, Number: l.Number}, err
}

// words are what was filled in as people read it: a choice by its label, a
// person by her name.
func (s caseLicences) words(ctx context.Context, o cases.LicenceOrder) (map[string]any, error) {
	if o.Form.ID == "" {
		return o.Values, nil
	}
	f, err := s.forms.Version(ctx, o.Form.ID, o.Form.Version)
	if err != nil {
		return nil, err
	}
	words := map[string]any{}
	for _, part := range f.Lines(o.Values, form.Answers(o.Answers), s.Store.Now()) {
		for _, line := range part.Lines {
			words[line.Name] = line.Text
			if person, ok := o.Values[line.Name].(map[string]any); ok && person["name"] != nil {
				words[line.Name] = person["name"]
			}
		}
	}
	return words, nil
}

func (s caseLicences) Held(ctx context.Context, kind string, a cases.Applicant, _, _ string) (cases.Licence, error) {
	number := a.IDNumber
	if a.CreditCode != "" {
		number = a.CreditCode
	}
	l, err := s.Service.Held(ctx, kind, number)
	return cases.Licence{ID: l.ID, Name: l.Name, Number: l.Number}, err
}
