package cases_test

import (
	"errors"
	"slices"
	"testing"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

func TestAPackageAsksTheSameThingOnce(t *testing.T) {
	c := lone(t)
	b, err := c.Bundle(t.Context(), "shop", nil)
	c.must(err)
	if b.Done || len(b.Next) != 1 || !slices.Equal(b.Next[0].Items, []string{"food", "stamp"}) {
		t.Fatalf("asks %+v", b.Next)
	}
	b, err = c.Bundle(t.Context(), "shop", map[string]item.Answers{"food": {"kind": "rented"}})
	c.must(err)
	if !b.Done || b.Answers["stamp"]["where"] != "y" {
		t.Errorf("the same question of the other item: %+v", b.Answers)
	}
	var names []string
	for _, m := range b.Materials {
		names = append(names, m.Name)
	}
	if !slices.Equal(names, []string{"申请书", "场所使用证明", "卫生承诺书", "身份证", "营业执照", "旧公章"}) || len(b.Materials[0].Items) != 2 {
		t.Errorf("materials %v", names)
	}
	if b.Mode != cases.Verification || len(b.Fees) != 1 {
		t.Errorf("mode %s, fees %v", b.Mode, b.Fees)
	}
	_, err = c.Bundle(t.Context(), "shop", map[string]item.Answers{"record": {}})
	c.refused(err, cases.ErrAnswers)
	_, err = c.Bundle(t.Context(), "shop", map[string]item.Answers{"food": {"kind": "none"}})
	c.refused(err, cases.ErrWrongItem)
	_, err = c.Bundle(t.Context(), "x", nil)
	c.refused(err, item.ErrUnknown)
}

// shop is a package of the first person, filled in.
func (c *city) shop() cases.Case {
	c.tb.Helper()
	ctx := c.person(1)
	answers := map[string]item.Answers{"food": {"kind": "own"}}
	d, _, err := c.DraftPackage(ctx, "shop", answers, "k")
	c.must(err)
	if _, again, err := c.DraftPackage(ctx, "shop", answers, "k"); err != nil || !again {
		c.tb.Errorf("again: %v %v", again, err)
	}
	_, _, err = c.Submit(ctx, d.ID, "")
	if !errors.Is(err, cases.ErrMissing) {
		c.tb.Errorf("an empty package was handed in: %v", err)
	}
	_, err = c.Provide(ctx, d.ID, "food.form", cases.Provide{Files: []string{c.upload(ctx)}})
	c.must(err)
	d, err = c.Provide(ctx, d.ID, "food.clean", cases.Provide{Promise: true})
	c.must(err)
	_, _, err = c.Submit(ctx, d.ID, "")
	if !errors.Is(err, cases.ErrValues) {
		c.tb.Errorf("an empty form was handed in: %v", err)
	}
	_, err = c.Fill(ctx, d.ID, map[string]any{"shop": "湖畔面馆"}, d.Edition)
	c.must(err)
	d, err = c.SetDelivery(ctx, d.ID, cases.Delivery{Way: cases.Collect})
	c.must(err)
	return d
}

func TestAPackageSplitsAndComesTogetherAgain(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h := c.listen()
		ctx := c.person(1)
		d := c.shop()
		d, _, err := c.Submit(ctx, d.ID, "")
		c.must(err)
		if _, again, err := c.Submit(ctx, d.ID, ""); err != nil || !again {
			t.Errorf("handed in twice: %v %v", again, err)
		}
		children, err := c.Children(ctx, c.store.Read(), d.ID)
		c.must(err)
		if d.State != cases.Submitted || d.Number == "" || len(children) != 2 || children[0].Item != "food" || children[1].Number == "" {
			t.Fatalf("%+v with %d cases", d.Standing, len(children))
		}
		file := children[1].Dossier.Materials[0].Files[0].ID
		if owners := c.files[file].owners; len(owners) != 3 {
			t.Errorf("the application is owned by %v", owners)
		}
		if got := c.sent(); !slices.Equal(got, []string{"case.submitted"}) {
			t.Errorf("sent %v", got)
		}
		list, err := c.Own(ctx, "")
		c.must(err)
		if len(list) != 1 || list[0].ID != d.ID {
			t.Errorf("her list has %d cases", len(list))
		}
		for i, k := range children {
			c.good(k)
			if _, err := c.Examine(c.clerk(), k.ID, []cases.Finding{{Material: k.Dossier.Materials[0].ID, Result: cases.Good}}); err != nil {
				t.Fatal(err)
			}
			_, _, err := c.Accept(c.clerk(), k.ID, cases.Acceptance{}, "")
			c.must(err)
			if i == 0 {
				c.must(c.in(func(tx *store.Tx) error { return c.Ended(ctx, tx, k.ID, cases.Decision{Approved: true}) }))
			} else {
				_, err := c.DecideNow(c.clerk(), k.ID, cases.Decision{Approved: true})
				c.must(err)
			}
			if got := c.get2(ctx, d.ID); (got.State == cases.Decided) != (i == 1) {
				t.Errorf("after %d decisions the package is %s", i+1, got.State)
			}
			_, err = c.HandOver(c.clerk(), k.ID, by("本人"))
			c.refused(err, cases.ErrChild)
		}
		got := c.get2(ctx, d.ID)
		if !got.Unpaid {
			t.Fatalf("the stamp isn't paid: %+v", got.Standing)
		}
		stamp := c.get(children[1].ID)
		c.sent()
		c.must(c.in(func(tx *store.Tx) error { return c.Paid(ctx, tx, stamp.ID, stamp.Dossier.Payment) }))
		if got := c.sent(); !slices.Equal(got, []string{"case.certificate-ready"}) {
			t.Errorf("sent %v", got)
		}
		_, err = c.HandOver(c.clerk(), d.ID, by("本人刷身份证"))
		c.refused(err, cases.ErrCompare)
		var seen []string // of the package, for all of its items that want them
		for _, m := range c.get2(ctx, d.ID).Dossier.Materials {
			if m.Compare {
				seen = append(seen, m.ID)
			}
		}
		_, err = c.CompareOriginals(c.clerk(), stamp.ID, seen)
		c.refused(err, cases.ErrChild)
		_, err = c.CompareOriginals(c.clerk(), d.ID, seen)
		c.must(err)
		got, err = c.HandOver(c.clerk(), d.ID, by("本人刷身份证"))
		c.must(err)
		if got.State != cases.Closed || c.get(stamp.ID).State != cases.Closed || len(c.invited) != 1 {
			t.Errorf("%+v, %d invitations", got.Standing, len(c.invited))
		}
		if kinds := c.events(h, d.ID); !slices.Equal(kinds, []string{"drafted", "package.submitted", "package.closed"}) {
			t.Errorf("events %v", kinds)
		}
	})
}

func TestAPackageIsWithdrawnWhole(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		ctx := c.person(1)
		d := c.shop()
		d, _, err := c.Submit(ctx, d.ID, "")
		c.must(err)
		children, err := c.Children(ctx, c.store.Read(), d.ID)
		c.must(err)
		d, err = c.Withdraw(ctx, d.ID, "")
		c.must(err)
		if d.State != cases.Withdrawn || c.get(children[0].ID).State != cases.Withdrawn {
			t.Errorf("%+v", d.Standing)
		}
	})
}
