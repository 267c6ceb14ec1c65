package cases_test

import (
	"slices"
	"strings"
	"testing"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// rented is the shop package of somebody at the window, filled in; both of its
// items want the lease.
func (c *city) rented() cases.Case {
	c.tb.Helper()
	stamp := c.items["stamp"]
	stamp.Materials = append(slices.Clone(stamp.Materials), material("room", "场所使用证明", item.Tolerable, true))
	c.items["stamp"] = stamp
	m := cases.AtWindow{
		Package: "shop", Each: map[string]item.Answers{"food": {"kind": "rented"}},
		Name: "张三", IDNumber: number(5), Phone: "13800000005", Hall: "east", Window: "2号", Ticket: "A012",
	}
	d, again, err := c.MakeAtWindow(c.clerk(), m, "w")
	c.must(err)
	if again || d.Mode != cases.Window || d.Organisation != "centre" || d.Dossier.Delivery.Way != cases.Collect {
		c.tb.Fatalf("made %+v of %s", d.Standing, d.Organisation)
	}
	if same, again, err := c.MakeAtWindow(c.clerk(), m, "w"); err != nil || !again || same.ID != d.ID {
		c.tb.Errorf("the same request again: %v %v", again, err)
	}
	d, err = c.Fill(c.clerk(), d.ID, map[string]any{"shop": "湖畔面馆"}, d.Edition)
	c.must(err)
	return d
}

// look finds all of a case's materials good but those named.
func (c *city) look(d cases.Case, but ...string) {
	c.tb.Helper()
	var list []cases.Finding
	for _, m := range d.Dossier.Materials {
		if !slices.Contains(but, m.ID) {
			list = append(list, cases.Finding{Material: m.ID, Result: cases.Good})
		}
	}
	_, err := c.Examine(c.clerk(), d.ID, list)
	c.must(err)
}

// parts are a package's cases by item.
func (c *city) parts(id string) map[string]cases.Case {
	c.tb.Helper()
	list, err := c.Children(c.tb.Context(), c.store.Read(), id)
	c.must(err)
	parts := map[string]cases.Case{}
	for _, k := range list {
		parts[k.Item] = k
	}
	return parts
}

// papersOf are a case's papers by kind; the last of each.
func (c *city) papersOf(id string) map[string]cases.DocumentOrder {
	kinds := map[string]cases.DocumentOrder{}
	for _, p := range c.papers {
		if p.Case == id {
			kinds[p.Kind] = p
		}
	}
	return kinds
}

func TestOneClerkTakesAPackageAtTheWindow(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h := c.listen()
		d := c.rented()
		c.look(d, "food.lease")
		c.sent()
		a := cases.Acceptance{Deferred: []cases.Deferral{{Material: "food.lease", Due: "2026-12-01"}}, Amounts: map[string]int64{"stamp.make": 8000}}
		d, again, err := c.Accept(c.clerk(), d.ID, a, "a")
		c.must(err)
		if again || d.State != cases.Submitted || d.Number == "" || d.Ticket != "A012" {
			t.Fatalf("taken in: %v %+v %q", again, d.Standing, d.Number)
		}
		if _, again, err = c.Accept(c.clerk(), d.ID, a, "a"); err != nil || !again {
			t.Errorf("the same request again: %v %v", again, err)
		}
		if _, _, err = c.Accept(c.clerk(), d.ID, a, ""); err == nil {
			t.Error("accepted twice")
		}
		parts := c.parts(d.ID)
		food, stamp := parts["food"], parts["stamp"]
		if len(parts) != 2 || food.State != cases.Accepted || food.Deferred != 1 || stamp.Deferred != 1 || food.CaseNo == stamp.CaseNo || stamp.Hall != "east" || stamp.Ticket != "A012" {
			t.Fatalf("food %+v, stamp %+v of %q", food.Standing, stamp.Standing, stamp.Hall)
		}
		if c.flows[food.ID] != "running" || stamp.Dossier.Fees[0].Amount != 8000 {
			t.Errorf("flow %q, fees %v", c.flows[food.ID], stamp.Dossier.Fees)
		}
		if got := c.sent(); !slices.Equal(got, []string{"case.accepted"}) {
			t.Errorf("sent %v", got)
		}
		receipt := c.papersOf(d.ID)["receipt"]
		words := strings.Join(receipt.Body, "")
		if len(receipt.Table) != 3 || receipt.Table[1][2] != food.CaseNo || !strings.Contains(receipt.Table[1][3], "容缺受理") ||
			strings.Count(words, "场所使用证明") != 1 || !strings.Contains(words, "2026年12月1日") || strings.Count(words, "申请书") != 1 {
			t.Errorf("the receipt says %v %v", receipt.Table, receipt.Body)
		}

		// The lease is brought to one of them, and is there for both.
		_, err = c.Provide(c.clerk(), food.ID, "lease", cases.Provide{Paper: true})
		c.must(err)
		if stamp = c.get(stamp.ID); stamp.Deferred != 0 || stamp.Dossier.Materials[2].Source != cases.OnPaper {
			t.Errorf("the other part waits for it: %+v %+v", stamp.Standing, stamp.Dossier.Materials[2])
		}
		if m := c.get(d.ID).Dossier.Materials[1]; m.Due != "" || m.Source != cases.OnPaper {
			t.Errorf("the package's list says %+v", m)
		}

		c.must(c.in(func(tx *store.Tx) error {
			return c.Ended(t.Context(), tx, food.ID, cases.Decision{Reason: "场所不符合卫生条件"})
		}))
		_, err = c.DecideNow(c.clerk(), stamp.ID, cases.Decision{Approved: true})
		c.must(err)
		stamp = c.get(stamp.ID)
		c.must(c.in(func(tx *store.Tx) error { return c.Paid(t.Context(), tx, stamp.ID, stamp.Dossier.Payment) }))
		c.sent()
		d, err = c.HandOver(c.clerk(), d.ID, by("本人刷身份证"))
		c.must(err)
		all := c.papersOf(d.ID)["delivery"]
		if d.State != cases.Closed || !all.Sign || len(all.Table) != 3 || all.Table[1][2] != "不予" || all.Table[2][2] != "准予" || c.papersOf(stamp.ID)["delivery"].Sign {
			t.Errorf("%s, the delivery says %+v", d.State, all)
		}
		if len(c.notices) != 1 || c.notices[0].Vars["result"] != "1 项不予、1 项准予" {
			t.Errorf("told %+v", c.notices)
		}
		if kinds := c.events(h, d.ID); !slices.Equal(kinds, []string{"drafted", "package.submitted", "package.closed"}) {
			t.Errorf("events %v", kinds)
		}
	})
}

func TestOnePartOfAPackageIsRefused(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.rented()
		c.look(d, "food.clean", "food.lease") // what the refused item alone misses holds nobody up
		c.sent()
		a := cases.Acceptance{
			Deferred: []cases.Deferral{{Material: "food.lease", Due: "2026-12-01"}}, Refused: []cases.PartRefusal{{Item: "food", Reason: "经营场所在禁设区内"}},
		}
		d, _, err := c.Accept(c.clerk(), d.ID, a, "")
		c.must(err)
		parts := c.parts(d.ID)
		if parts["food"].State != cases.NotAccepted || parts["stamp"].State != cases.Accepted || d.State != cases.Submitted {
			t.Fatalf("food %+v, stamp %+v", parts["food"].Standing, parts["stamp"].Standing)
		}
		if got := c.sent(); !slices.Equal(got, []string{"case.refused", "case.accepted"}) {
			t.Errorf("sent %v", got)
		}
		if _, ok := c.papersOf(parts["food"].ID)["refusal"]; !ok {
			t.Error("the refusal isn't in writing")
		}
		if row := c.papersOf(d.ID)["receipt"].Table[1]; !strings.Contains(row[3], "禁设区") {
			t.Errorf("the receipt says %v", row)
		}
		stamp := parts["stamp"]
		_, err = c.Provide(c.clerk(), stamp.ID, "room", cases.Provide{Paper: true})
		c.must(err)
		_, err = c.DecideNow(c.clerk(), stamp.ID, cases.Decision{Approved: true})
		c.must(err)
		if got := c.get(d.ID); got.State != cases.Decided {
			t.Errorf("the package is %s", got.State)
		}
	})
}

func TestWhatAPartMissesIsAskedOfItAlone(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.rented()
		c.look(d, "stamp.old")
		_, err := c.Examine(c.clerk(), d.ID, []cases.Finding{{Material: "stamp.old", Result: cases.Missing}})
		c.must(err)
		d, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{Days: 3}, "")
		c.must(err)
		parts := c.parts(d.ID)
		stamp := parts["stamp"]
		if parts["food"].State != cases.Accepted || stamp.State != cases.Supplementing || stamp.Dossier.MissingDue != "2026-11-26" || len(stamp.Dossier.Missing) != 1 {
			t.Fatalf("food %+v, stamp %+v until %s", parts["food"].Standing, stamp.Standing, stamp.Dossier.MissingDue)
		}
		_, err = c.Provide(c.clerk(), stamp.ID, "old", cases.Provide{Paper: true})
		c.must(err)
		_, err = c.Examine(c.clerk(), stamp.ID, []cases.Finding{{Material: "old", Result: cases.Good}})
		c.must(err)
		_, _, err = c.Submit(c.clerk(), stamp.ID, "")
		c.must(err)
		stamp, _, err = c.Accept(c.clerk(), stamp.ID, cases.Acceptance{}, "")
		c.must(err)
		if stamp.State != cases.Accepted {
			t.Errorf("the supplement led to %s", stamp.State)
		}
	})
}

func TestASharedMaterialIsSupplementedOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.rented()
		c.look(d, "food.form")
		_, err := c.Examine(c.clerk(), d.ID, []cases.Finding{{Material: "food.form", Result: cases.Wrong, Note: "没有签名"}})
		c.must(err)
		d, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{}, "")
		c.must(err)
		if got := c.sent(); !slices.Equal(got, []string{"case.supplement", "case.supplement", "case.submitted"}) {
			t.Errorf("sent %v", got)
		}
		parts := c.parts(d.ID)
		file := c.upload(c.clerk())
		_, err = c.Provide(c.clerk(), parts["food"].ID, "form", cases.Provide{Files: []string{file}})
		c.must(err)
		stamp := c.get(parts["stamp"].ID)
		if m := stamp.Dossier.Materials[0]; m.Review != cases.Unseen || len(m.Files) != 1 || m.Files[0].ID != file {
			t.Fatalf("the other part's form: %+v", m)
		}
		if owners := c.files[file].owners; !slices.Contains(owners, stamp.ID) {
			t.Errorf("the form is owned by %v", owners)
		}
		for _, k := range parts {
			_, _, err = c.Submit(c.clerk(), k.ID, "")
			c.must(err)
		}
	})
}

func TestAPackageIsRefusedWhole(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.rented()
		c.sent()
		d, err := c.RefuseCase(c.clerk(), d.ID, "不属于本中心管辖")
		c.must(err)
		for _, k := range c.parts(d.ID) {
			if k.State != cases.NotAccepted {
				t.Errorf("%s is %s", k.Item, k.State)
			}
		}
		if d.State != cases.NotAccepted || len(c.invited) != 0 {
			t.Errorf("%+v, %d invitations", d.Standing, len(c.invited))
		}
		if got := c.sent(); !slices.Equal(got, []string{"case.refused"}) {
			t.Errorf("sent %v", got)
		}
	})
}

func TestWhatAClerkCantDoWithAPackage(t *testing.T) {
	c := lone(t)
	d := c.rented()
	good := cases.AtWindow{Package: "shop", Each: map[string]item.Answers{"food": {"kind": "own"}}, Name: "张三", IDNumber: number(6), Phone: "13800000006"}
	making := map[string]struct {
		change func(*cases.AtWindow)
		org    string
		want   error
	}{
		"an item and a package":        {func(m *cases.AtWindow) { m.Item = "food" }, "centre", cases.ErrInput},
		"neither":                      {func(m *cases.AtWindow) { m.Package = "" }, "centre", cases.ErrInput},
		"no such package":              {func(m *cases.AtWindow) { m.Package = "' OR 1=1" }, "centre", item.ErrUnknown},
		"a question without an answer": {func(m *cases.AtWindow) { m.Each = nil }, "centre", cases.ErrAnswers},
		"another item's answers":       {func(m *cases.AtWindow) { m.Each = map[string]item.Answers{"record": {}} }, "centre", cases.ErrAnswers},
		"a body that isn't the centre": {func(*cases.AtWindow) {}, "market", cases.ErrUnknown},
		"somebody else's number":       {func(m *cases.AtWindow) { c.person(6); m.Name = "李四" }, "centre", cases.ErrPerson},
	}
	for name, tt := range making {
		m := good
		tt.change(&m)
		_, _, err := c.MakeAtWindow(c.staff(tt.org, "330102"), m, "")
		if f := fault.Of(err); f == nil || !f.Is(tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}

	c.look(d, "food.lease")
	if _, _, err := c.Accept(c.clerk(), d.ID, cases.Acceptance{}, ""); !fault.Of(err).Is(cases.ErrReview) {
		t.Errorf("a material that nobody looked at: %v", err)
	}
	later := []cases.Deferral{{Material: "food.lease", Due: "2026-12-01"}}
	accepting := map[string]struct {
		a    cases.Acceptance
		want error
	}{
		"another item":              {cases.Acceptance{Deferred: later, Refused: []cases.PartRefusal{{Item: "record", Reason: "x"}}}, cases.ErrInput},
		"twice the same":            {cases.Acceptance{Deferred: later, Refused: []cases.PartRefusal{{Item: "food", Reason: "x"}, {Item: "food", Reason: "y"}}}, cases.ErrInput},
		"no reason":                 {cases.Acceptance{Deferred: later, Refused: []cases.PartRefusal{{Item: "food", Reason: " "}}}, cases.ErrReason},
		"everything":                {cases.Acceptance{Deferred: later, Refused: []cases.PartRefusal{{Item: "food", Reason: "x"}, {Item: "stamp", Reason: "x"}}}, cases.ErrInput},
		"a must that comes later":   {cases.Acceptance{Deferred: append(later, cases.Deferral{Material: "food.form", Due: "2026-12-01"})}, cases.ErrTolerance},
		"no such material":          {cases.Acceptance{Deferred: append(later, cases.Deferral{Material: "form", Due: "2026-12-01"})}, cases.ErrMaterial},
		"the same material twice":   {cases.Acceptance{Deferred: append(later, later...)}, cases.ErrInput},
		"yesterday":                 {cases.Acceptance{Deferred: []cases.Deferral{{Material: "food.lease", Due: "2026-11-22"}}}, cases.ErrDue},
		"a year to mend it":         {cases.Acceptance{Deferred: later, Days: 365}, cases.ErrInput},
		"a fee below nothing":       {cases.Acceptance{Deferred: later, Amounts: map[string]int64{"stamp.make": -1}}, cases.ErrInput},
		"a hall that doesn't exist": {cases.Acceptance{Deferred: later, Hall: "west"}, cases.ErrHall},
	}
	for name, tt := range accepting {
		_, _, err := c.Accept(c.clerk(), d.ID, tt.a, "")
		if f := fault.Of(err); f == nil || !f.Is(tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if got := c.get(d.ID); got.State != cases.Draft || len(c.parts(d.ID)) != 0 || got.Dossier.Materials[1].Due != "" {
			t.Fatalf("%s changed it: %+v", name, got.Standing)
		}
	}
	_, err := c.Notify(c.clerk(), d.ID, cases.Notice{})
	c.refused(err, cases.ErrPackage)
	if _, err := c.RefuseCase(c.staff("market", "330102"), d.ID, "x"); !fault.Of(err).Is(cases.ErrUnknown) {
		t.Errorf("refused by another body: %v", err)
	}
	d, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{Deferred: later}, "")
	c.must(err)
	for name, act := range map[string]func() error{
		"examined": func() error {
			_, err := c.Examine(c.clerk(), d.ID, []cases.Finding{{Material: "food.form", Result: cases.Wrong, Note: "x"}})
			return err
		},
		"provided": func() error {
			_, err := c.Provide(c.clerk(), d.ID, "food.form", cases.Provide{Paper: true})
			return err
		},
		"notified": func() error { _, err := c.Notify(c.clerk(), d.ID, cases.Notice{More: []string{"x"}}); return err },
		"prepared": func() error { _, err := c.Prepare(c.clerk(), d.ID); return err },
		"refused":  func() error { _, err := c.RefuseCase(c.clerk(), d.ID, "x"); return err },
	} {
		if err := act(); !fault.Of(err).Is(cases.ErrPackage) {
			t.Errorf("%s after it was split: %v", name, err)
		}
	}
}
