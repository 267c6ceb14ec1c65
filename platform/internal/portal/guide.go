package portal

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
)

// answerPrefix is what a situation's answers are called in an address, before
// the question's id.
const answerPrefix = "s-"

// guideBody is what an item's page shows.
type guideBody struct {
	Item   item.Item
	Name   string
	Themes []item.Theme
	// Outcome is what the reader's case needs; Asked what she answered, each with
	// the address where she is asked again; Hidden the answers for the form.
	Outcome item.Outcome
	Asked   []answered
	Hidden  []chip
	Wrong   bool // her answers made no sense
	// Narrowed tells that the materials are those of a case.
	Narrowed  bool
	Materials []item.Material
	Fees      []item.Fee
	Instead   *item.Summary
	Before    []item.Summary
	After     []item.Summary
	// Packages are those that the item belongs to.
	Packages  []item.Package
	Suspended bool
	// Path is the item's address; With the answers as they follow an address, PDF
	// the printed guide's address with the same answers.
	Path, With, PDF string
	// Apply is where it is applied for on line; empty: only at a window, or at
	// the body's own site.
	Apply string
	Print bool
}

// onLine tells whether an item can be applied for on this site.
func onLine(form item.Form, how item.Online) bool {
	return form != item.AtWindow && (how == item.OnlinePreview || how == item.OnlineAccept || how == item.OnlineWhole)
}

// answered is a question with what was chosen.
type answered struct{ Question, Option, Again string }

// guide is an item's guide with all elements (GD-01, P-17).
func (s *Service) guide(ctx context.Context, in address) (page, error) {
	it, err := s.Items.Get(ctx, in.id)
	if err != nil {
		return page{}, err
	}
	b := guideBody{
		Item: it, Name: it.DisplayName(), Path: "/items/" + url.PathEscape(it.ID), Suspended: it.State == item.Suspended,
		Print: strings.HasSuffix(in.path, "/print"),
	}
	if err := b.answer(in.query); err != nil {
		return page{}, err
	}
	if it.State == item.Published && it.OnlineURL == "" && onLine(it.Form, it.Online) {
		b.Apply = "/apply?item=" + url.QueryEscape(it.ID)
	}
	if err := s.neighbours(ctx, &b); err != nil {
		return page{}, err
	}
	p := page{
		template: "item", title: b.Name, text: it.Summary, nav: "do", body: b, consult: consultOn(it.ID),
		crumbs: []crumb{{"首页", "/"}, {"办事指南", "/items"}},
	}
	if len(b.Themes) > 0 {
		p.crumbs = append(p.crumbs, crumb{b.Themes[0].Name, "/themes/" + b.Themes[0].ID})
	}
	p.crumbs = append(p.crumbs, crumb{b.Name, ""})
	if b.Print {
		p.template = "print"
	}
	return p, nil
}

// consultOn is the query of a consultation about an item.
func consultOn(item string) string { return url.Values{"item": {item}}.Encode() }

// answer reads the reader's case from the address and narrows what she needs.
func (b *guideBody) answer(query url.Values) error {
	answers := item.Answers{}
	for _, q := range b.Item.Situation.Questions {
		if v := query.Get(answerPrefix + q.ID); v != "" {
			answers[q.ID] = v
		}
	}
	out, err := b.Item.Outcome(answers)
	if f := fault.Of(err); f != nil && errors.Is(err, item.ErrAnswer) {
		b.Wrong = true
		out, err = b.Item.Outcome(nil)
	}
	if err != nil {
		return err
	}
	b.Outcome, b.Narrowed = out, len(out.Asked) > 0
	so := url.Values{}
	var pairs []string // as the items' context reads answers
	for _, a := range out.Asked {
		b.Asked = append(b.Asked, answered{a.Question.Text, a.Option.Text, at(b.Path, so) + "#situation"})
		so = with(so, answerPrefix+a.Question.ID, a.Option.ID)
		pairs = append(pairs, a.Question.ID+":"+a.Option.ID)
		b.Hidden = append(b.Hidden, chip{Label: answerPrefix + a.Question.ID, Word: a.Option.ID})
	}
	b.PDF = b.Path + "/guide.pdf"
	if len(so) > 0 {
		b.With = "?" + so.Encode()
		b.PDF = at(b.PDF, url.Values{"answers": {strings.Join(pairs, ",")}})
	}
	b.Materials, b.Fees = b.Item.Materials, b.Item.Fees
	if b.Narrowed {
		b.Materials, b.Fees = out.Materials, out.Fees
	}
	return nil
}

// neighbours adds the items and themes that the guide names.
func (s *Service) neighbours(ctx context.Context, b *guideBody) (err error) {
	for _, id := range b.Item.Themes {
		if t, ok := item.ThemeByID(id); ok {
			b.Themes = append(b.Themes, t)
		}
	}
	if b.Before, err = s.Items.Summaries(ctx, b.Item.Before...); err != nil {
		return err
	}
	if b.After, err = s.Items.Summaries(ctx, b.Item.After...); err != nil {
		return err
	}
	packages, err := s.Items.Packages(ctx)
	if err != nil {
		return err
	}
	for _, p := range packages {
		if slices.Contains(p.Items, b.Item.ID) {
			b.Packages = append(b.Packages, p)
		}
	}
	if b.Outcome.Instead == "" {
		return nil
	}
	list, err := s.Items.Summaries(ctx, b.Outcome.Instead)
	if err == nil && len(list) > 0 {
		b.Instead = &list[0]
	}
	return err
}
