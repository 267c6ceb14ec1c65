package cases_test

import (
	"errors"
	"slices"
	"testing"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// verified is a case in 原件核验 whose result goes a way, decided without that
// anybody has seen an original.
func (c *city) verified(i int, way cases.Way) cases.Case {
	c.tb.Helper()
	ctx := c.person(i)
	d, _, err := c.Draft(ctx, cases.Application{Item: "food", Answers: item.Answers{"kind": "rented"}, Mode: cases.Verification}, "")
	c.must(err)
	_, err = c.Fill(ctx, d.ID, map[string]any{"shop": "湖畔面馆", "address": "湖滨路 1 号"}, d.Edition)
	c.must(err)
	for _, material := range []string{"form", "lease"} {
		_, err = c.Provide(ctx, d.ID, material, cases.Provide{Files: []string{c.upload(ctx)}})
		c.must(err)
	}
	_, err = c.Provide(ctx, d.ID, "clean", cases.Provide{Promise: true})
	c.must(err)
	_, err = c.SetDelivery(ctx, d.ID, cases.Delivery{Way: way, Name: "张三", Phone: "13800000001", Address: "东湖区人民路 100 号"})
	c.must(err)
	_, _, err = c.Submit(ctx, d.ID, "")
	c.must(err)
	for _, material := range []string{"form", "lease", "clean", "shared"} {
		_, err = c.Examine(c.clerk(), d.ID, []cases.Finding{{Material: material, Result: cases.Good}})
		c.must(err)
	}
	// What is only shown isn't asked for before she comes, whatever the desk says.
	d, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{Originals: true}, "")
	c.must(err)
	c.must(c.in(func(tx *store.Tx) error { return c.Ended(c.tb.Context(), tx, d.ID, cases.Decision{Approved: true}) }))
	return c.get(d.ID)
}

func TestOriginalsAreComparedBeforeTheResultIsHandedOver(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.verified(1, cases.Collect)
		if d.State != cases.Decided || d.Originals != 3 {
			t.Fatalf("%+v", d.Standing)
		}
		_, err := c.HandOver(c.clerk(), d.ID, by("本人领取"))
		c.refused(err, cases.ErrCompare)
		for name, list := range map[string][]string{"none": {}, "another's": {"nothing"}, "one that has no original": {"shared"}, "one that is good and one that isn't": {"lease", "clean"}} {
			if _, err := c.CompareOriginals(c.clerk(), d.ID, list); err == nil {
				t.Errorf("%s was compared", name)
			}
		}
		_, err = c.CompareOriginals(c.staff("police", "330102"), d.ID, []string{"lease"})
		c.refused(err, cases.ErrUnknown)
		for range 2 { // pressed twice it is done once
			d, err = c.CompareOriginals(c.clerk(), d.ID, []string{"lease"})
			c.must(err)
		}
		i := slices.IndexFunc(d.Dossier.Materials, func(m cases.Material) bool { return m.ID == "lease" })
		if m := d.Dossier.Materials[i]; d.Originals != 2 || m.Trust != cases.TrustB || m.Compared.IsZero() || m.Compare {
			t.Errorf("%d left, %+v", d.Originals, m)
		}
		_, err = c.HandOver(c.clerk(), d.ID, by("本人领取"))
		c.refused(err, cases.ErrCompare)
		_, err = c.CompareOriginals(c.clerk(), d.ID, []string{"form", "show"})
		c.must(err)
		d, err = c.HandOver(c.clerk(), d.ID, by("本人领取"))
		c.must(err)
		if d.State != cases.Closed {
			t.Errorf("%+v", d.Standing)
		}
	})
}

// The one visit is the check: what goes by post waits for it.
func TestAPostedResultWaitsForItsOriginals(t *testing.T) {
	c := lone(t)
	d := c.verified(1, cases.ByPost)
	if d.Dossier.Delivery.Order != "" {
		t.Fatal("it was sent before anybody saw an original")
	}
	if g := cases.Guide(d.Standing, cases.ByPost, false); g.Visits != 1 {
		t.Errorf("%d visits: %s", g.Visits, g.Text)
	}
	_, err := c.CompareOriginals(c.clerk(), d.ID, []string{"form", "lease", "show"})
	c.must(err)
	if d = c.get(d.ID); d.Dossier.Delivery.Order == "" || d.State != cases.Decided {
		t.Errorf("%+v, order %q", d.Standing, d.Dossier.Delivery.Order)
	}
	if g := cases.Guide(d.Standing, cases.ByPost, false); g.Visits != 0 {
		t.Errorf("%d visits: %s", g.Visits, g.Text)
	}
	d = c.verified(2, cases.Electronic)
	if d.State != cases.Decided {
		t.Fatalf("%+v", d.Standing)
	}
	if _, err = c.CompareOriginals(c.clerk(), d.ID, []string{"form", "lease", "show"}); err != nil || c.get(d.ID).State != cases.Closed {
		t.Errorf("%+v, %v", c.get(d.ID).Standing, err)
	}
}

// A case on line as a whole asks nobody to come.
func TestOtherModesCompareNothingAtTheEnd(t *testing.T) {
	c := lone(t)
	d := c.accepted(1)
	c.must(c.in(func(tx *store.Tx) error { return c.Ended(t.Context(), tx, d.ID, cases.Decision{Approved: true}) }))
	if d = c.get(d.ID); d.Originals != 0 {
		t.Errorf("%+v", d.Standing)
	}
	if _, err := c.CompareOriginals(c.clerk(), d.ID, []string{"lease"}); !errors.Is(err, cases.ErrState) {
		t.Errorf("compared: %v", err)
	}
}
