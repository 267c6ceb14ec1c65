package cases_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// TestACaseFromItsDraftToItsEnd walks the whole line by post.
func TestACaseFromItsDraftToItsEnd(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h := c.listen()
		d := c.filled(1)
		if d.State != cases.Draft || d.Mode != cases.Online || d.Dossier.Delivery.Way != cases.ByPost || d.Dossier.Values["who"] != nil {
			t.Fatalf("the draft is %+v", d.Standing)
		}
		ctx := c.person(1)
		if _, _, err := c.Submit(ctx, d.ID, ""); !errors.Is(err, cases.ErrInput) {
			t.Errorf("submitted without an address: %v", err)
		}
		d, err := c.SetDelivery(ctx, d.ID, cases.Delivery{Way: cases.ByPost, Name: "张三", Phone: "13800000001", Address: "东湖市湖滨路 1 号"})
		c.must(err)
		d, again, err := c.Submit(ctx, d.ID, "k1")
		c.must(err)
		if again || d.State != cases.Submitted || d.Number != "SQ20261123000001" || len(d.QueryCode) != 8 || d.Dossier.Values["who"] != "张三" {
			t.Fatalf("submitted: %v %+v %q", again, d.Standing, d.Number)
		}
		if _, again, err := c.Submit(ctx, d.ID, "k1"); err != nil || !again {
			t.Errorf("the same request again: %v, %v", again, err)
		}
		if got := c.sent(); !slices.Equal(got, []string{"case.submitted"}) {
			t.Errorf("sent %v", got)
		}
		c.good(d)
		d, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{Deferred: []cases.Deferral{{Material: "lease", Due: "2026-12-01"}}, Hall: "east", Window: "3号"}, "")
		c.must(err)
		if d.CaseNo != "11330102DEM000003A4000131001000202611230001" || d.PromisedDue != "2026-11-30" || d.StatutoryDue != "2026-12-21" || d.Deferred != 1 || c.flows[d.ID] != "running" {
			t.Fatalf("accepted: %q %q %q %+v", d.CaseNo, d.PromisedDue, d.StatutoryDue, d.Standing)
		}
		end := func(approved bool) error {
			return c.in(func(tx *store.Tx) error {
				return c.Ended(c.tb.Context(), tx, d.ID, cases.Decision{Approved: approved, Reason: "符合条件"})
			})
		}
		c.refused(end(true), cases.ErrDeferred)
		c.at(start.AddDate(0, 0, 2))
		_, err = c.Provide(ctx, d.ID, "lease", cases.Provide{Files: []string{c.upload(ctx)}})
		c.must(err)
		c.must(end(true))
		d = c.get(d.ID)
		if d.State != cases.Decided || d.Result != cases.Approved || d.Dossier.Licence == nil || len(c.issued) != 1 || len(c.posted) != 1 {
			t.Fatalf("decided: %+v, %d licences, %d parcels", d.Standing, len(c.issued), len(c.posted))
		}
		for range 2 { // the carrier says so twice
			c.must(c.in(func(tx *store.Tx) error { return c.Delivered(c.tb.Context(), tx, d.ID, "本人签收") }))
		}
		d = c.get(d.ID)
		if d.State != cases.Closed || d.Dossier.Rate == "" || len(c.invited) != 1 {
			t.Fatalf("closed: %+v", d.Standing)
		}
		if got := c.sent(); !slices.Equal(got, []string{"case.accepted", "case.certificate-ready", "case.completed"}) {
			t.Errorf("sent %v", got)
		}
		want := []string{"drafted", "submitted", "accepted", "deferred-brought", "decided", "delivered", "closed"}
		if got := c.events(h, d.ID); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		var kinds []string
		for _, p := range c.papers {
			kinds = append(kinds, p.Kind)
		}
		if !slices.Equal(kinds, []string{"receipt", "acceptance", "deferred", "approval", "delivery"}) {
			t.Errorf("papers %v", kinds)
		}
		if n := c.count(`SELECT count(*) FROM case_deferred`); n != 0 {
			t.Errorf("%d materials are still awaited", n)
		}
		for _, st := range d.Stages {
			if st.Ended.IsZero() || st.Ended.Before(st.Begun) {
				t.Errorf("stage %+v", st)
			}
		}
	})
}

func TestWhatIsMissingIsToldOnceAndAllOfIt(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.submitted(1)
		clerk := c.clerk()
		_, err := c.Notify(clerk, d.ID, cases.Notice{})
		c.refused(err, cases.ErrNothing)
		_, err = c.Examine(clerk, d.ID, []cases.Finding{{Material: "form", Result: cases.Wrong}})
		c.refused(err, cases.ErrReason)
		_, err = c.Examine(clerk, d.ID, []cases.Finding{
			{Material: "form", Result: cases.Wrong, Note: "没有签字"}, {Material: "lease", Result: cases.Missing}, {Material: "clean", Result: cases.Good},
		})
		c.must(err)
		_, _, err = c.Accept(clerk, d.ID, cases.Acceptance{}, "")
		c.refused(err, cases.ErrReview)
		d, err = c.Notify(clerk, d.ID, cases.Notice{More: []string{"补充经营范围说明"}})
		c.must(err)
		want := []string{"申请书：没有签字", "场所使用证明：缺少", "补充经营范围说明"}
		if !slices.Equal(d.Dossier.Missing, want) || d.Dossier.MissingDue != "2026-12-14" || d.State != cases.Supplementing {
			t.Fatalf("asked for %v until %s", d.Dossier.Missing, d.Dossier.MissingDue)
		}
		lacks := []cases.Lack{{Material: "申请书", Review: cases.Wrong, Note: "没有签字"}, {Material: "场所使用证明", Review: cases.Missing}, {Note: "补充经营范围说明"}}
		if !slices.Equal(d.Dossier.Lacks, lacks) {
			t.Errorf("as data: %+v", d.Dossier.Lacks)
		}
		last := c.papers[len(c.papers)-1]
		if last.Kind != "supplement" || len(last.Table) != 4 {
			t.Errorf("the paper is %+v", last)
		}
		ctx := c.person(1)
		_, _, err = c.Submit(ctx, d.ID, "")
		c.refused(err, cases.ErrMissing)
		_, err = c.Provide(ctx, d.ID, "clean", cases.Provide{Promise: true})
		c.refused(err, cases.ErrSource)
		for _, m := range []string{"form", "lease"} {
			_, err = c.Provide(ctx, d.ID, m, cases.Provide{Files: []string{c.upload(ctx)}})
			c.must(err)
		}
		d, _, err = c.Submit(ctx, d.ID, "")
		c.must(err)
		if d.State != cases.Submitted || d.Dossier.Missing != nil || d.Dossier.Lacks != nil {
			t.Fatalf("supplemented: %+v", d.Standing)
		}
		_, err = c.Examine(clerk, d.ID, []cases.Finding{{Material: "form", Result: cases.Missing}})
		c.must(err)
		_, err = c.Notify(clerk, d.ID, cases.Notice{})
		c.refused(err, cases.ErrAskedOnce)
		_, err = c.Notify(clerk, d.ID, cases.Notice{Reason: "印章不清"})
		c.refused(err, cases.ErrHead)
		d, err = c.Notify(c.chief(), d.ID, cases.Notice{Reason: "印章不清"})
		c.must(err)
		if d.State != cases.Supplementing || d.Asked != 2 {
			t.Errorf("after a chief's reason: %+v", d.Standing)
		}
	})
}

func TestSilenceForFiveWorkingDaysIsAcceptance(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.submitted(1)
		c.at(time.Date(2026, 11, 30, 23, 59, 0, 0, china)) // the fifth working day
		c.must(c.Wake(t.Context()))
		if got := c.get(d.ID); got.State != cases.Submitted {
			t.Fatalf("accepted on the last day: %+v", got.Standing)
		}
		c.at(time.Date(2026, 12, 1, 0, 0, 1, 0, china))
		for range 2 {
			c.must(c.Wake(t.Context()))
		}
		got := c.get(d.ID)
		if got.State != cases.Accepted || !got.Dossier.Tacit || !got.AcceptedAt.Equal(start) || got.PromisedDue != "2026-11-30" || c.flows[d.ID] != "running" {
			t.Errorf("after five working days: %+v, due %s", got.Standing, got.PromisedDue)
		}
		if p := c.papers[len(c.papers)-1]; p.Kind != "acceptance" || !strings.Contains(p.Body[0], "自收到申请材料之日起即为受理") {
			t.Errorf("the paper says %v", p.Body)
		}
	})
}

func TestASpecialProcedureStopsTheClock(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.accepted(1)
		hook := func(f func(ctx context.Context, tx *store.Tx) error) error {
			return c.in(func(tx *store.Tx) error { return f(t.Context(), tx) })
		}
		c.at(start.AddDate(0, 0, 1))
		c.must(hook(func(ctx context.Context, tx *store.Tx) error { return c.Held(ctx, tx, d.ID, "现场勘验", "", 3) }))
		c.refused(hook(func(ctx context.Context, tx *store.Tx) error { return c.Ended(ctx, tx, d.ID, cases.Decision{}) }), cases.ErrHeld)
		c.at(start.AddDate(0, 0, 4))
		c.must(hook(func(ctx context.Context, tx *store.Tx) error { return c.Resumed(ctx, tx, d.ID) }))
		if got := c.get(d.ID); got.PromisedDue != "2026-12-03" {
			t.Errorf("three days held: due %s", got.PromisedDue)
		}
		c.must(hook(func(ctx context.Context, tx *store.Tx) error { return c.Extended(ctx, tx, d.ID, 2, "案情复杂") }))
		if got := c.get(d.ID); got.PromisedDue != "2026-12-07" {
			t.Errorf("extended: due %s", got.PromisedDue)
		}
		c.refused(hook(func(ctx context.Context, tx *store.Tx) error { return c.Extended(ctx, tx, d.ID, 2, "") }), cases.ErrExtended)
		c.must(hook(func(ctx context.Context, tx *store.Tx) error {
			return c.AskAgain(ctx, tx, d.ID, []string{"form"}, "请补签")
		}))
		got := c.get(d.ID)
		if got.State != cases.Supplementing || got.Dossier.Missing[0] != "申请书" {
			t.Fatalf("asked again: %+v", got.Standing)
		}
		ctx := c.person(1)
		_, err := c.Provide(ctx, d.ID, "form", cases.Provide{Files: []string{c.upload(ctx)}})
		c.must(err)
		got, _, err = c.Submit(ctx, d.ID, "")
		c.must(err)
		if got.State != cases.Accepted || c.flows[d.ID] != "resumed" {
			t.Errorf("supplemented: %+v, flow %s", got.Standing, c.flows[d.ID])
		}
		c.must(hook(func(ctx context.Context, tx *store.Tx) error {
			return c.Terminated(ctx, tx, d.ID, "申请人主体注销")
		}))
		c.must(hook(func(ctx context.Context, tx *store.Tx) error { return c.Terminated(ctx, tx, d.ID, "again") }))
		if got := c.get(d.ID); got.State != cases.Terminated || got.Dossier.Reason != "申请人主体注销" {
			t.Errorf("terminated: %+v", got.Standing)
		}
	})
}

func TestDeferredMaterials(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h := c.listen()
		d := c.submitted(1)
		c.good(d)
		for name, b := range map[string]cases.Deferral{
			"not tolerable": {Material: "form", Due: "2026-12-01"}, "unknown": {Material: "nothing", Due: "2026-12-01"}, "past": {Material: "lease", Due: "2026-11-23"},
			"far": {Material: "lease", Due: "2027-06-01"}, "no day": {Material: "lease", Due: "soon"},
		} {
			if _, _, err := c.Accept(c.clerk(), d.ID, cases.Acceptance{Deferred: []cases.Deferral{b}}, ""); fault.Of(err) == nil {
				t.Errorf("%s was taken: %v", name, err)
			}
		}
		d, _, err := c.Accept(c.clerk(), d.ID, cases.Acceptance{Deferred: []cases.Deferral{{Material: "lease", Due: "2026-12-01"}}}, "")
		c.must(err)
		c.sent()
		for _, step := range []struct {
			at   time.Time
			want []string
		}{
			{time.Date(2026, 11, 26, 8, 0, 0, 0, china), nil},
			{time.Date(2026, 11, 26, 9, 1, 0, 0, china), []string{"case.deferred-due"}}, // three working days before
			{time.Date(2026, 11, 27, 9, 1, 0, 0, china), nil},
			{time.Date(2026, 11, 30, 9, 1, 0, 0, china), []string{"case.deferred-due"}}, // one before
			{time.Date(2026, 12, 1, 23, 0, 0, 0, china), nil},
			{time.Date(2026, 12, 2, 0, 1, 0, 0, china), []string{"case.deferred-overdue"}},
			{time.Date(2026, 12, 5, 0, 1, 0, 0, china), nil},
		} {
			c.at(step.at)
			for range 2 {
				c.must(c.Dun(t.Context()))
			}
			if got := c.sent(); !slices.Equal(got, step.want) {
				t.Errorf("at %s sent %v, want %v", step.at, got, step.want)
			}
		}
		late := cases.Lateness{Decision: "extend", Due: "2026-12-09", Reason: "出租人在外地"}
		_, err = c.DecideLate(c.clerk(), d.ID, "lease", late)
		c.refused(err, cases.ErrHead)
		_, err = c.DecideLate(c.chief(), d.ID, "lease", late)
		c.must(err)
		c.at(time.Date(2026, 12, 10, 0, 1, 0, 0, china))
		c.must(c.Dun(t.Context()))
		_, err = c.DecideLate(c.chief(), d.ID, "lease", cases.Lateness{Decision: "extend", Due: "2026-12-20", Reason: "再等等"})
		c.refused(err, cases.ErrState)
		d, err = c.DecideLate(c.chief(), d.ID, "lease", cases.Lateness{Decision: "revoke", Reason: "经催告仍不补交"})
		c.must(err)
		if d.State != cases.Terminated || !strings.Contains(c.flows[d.ID], "逾期未补交") {
			t.Errorf("revoked: %+v, flow %q", d.Standing, c.flows[d.ID])
		}
		want := []string{"drafted", "submitted", "accepted", "deferred-due", "deferred-due", "deferred-overdue", "deferred-overdue", "terminated"}
		if got := c.events(h, d.ID); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})
}

// What came later is examined when it was brought; what was found good before
// the acceptance is settled.
func TestBroughtMaterialIsExamined(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.submitted(1)
		c.good(d)
		_, _, err := c.Accept(c.clerk(), d.ID, cases.Acceptance{Deferred: []cases.Deferral{{Material: "lease", Due: "2026-12-01"}}}, "")
		c.must(err)
		_, err = c.Provide(c.clerk(), d.ID, "lease", cases.Provide{Paper: true})
		c.must(err)
		_, err = c.Examine(c.clerk(), d.ID, []cases.Finding{{Material: "form", Result: cases.Wrong, Note: "x"}})
		c.refused(err, cases.ErrState)
		d, err = c.Examine(c.clerk(), d.ID, []cases.Finding{{Material: "lease", Result: cases.Good}})
		c.must(err)
		for _, m := range d.Dossier.Materials {
			if m.ID == "lease" && m.Review != cases.Good {
				t.Errorf("the lease is %q", m.Review)
			}
		}
		_, err = c.Examine(c.clerk(), d.ID, []cases.Finding{{Material: "lease", Result: cases.Wrong, Note: "x"}})
		c.refused(err, cases.ErrState)
	})
}

func TestAtTheWindow(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.submitted(5) // an earlier case of the same person
		police := c.staff("police", "330102")
		m := cases.AtWindow{Item: "stamp", Answers: item.Answers{"where": "y"}, Name: "张三", IDNumber: number(5), Phone: "13800000005", Hall: "east", Window: "2号", Ticket: "A012"}
		d, again, err := c.MakeAtWindow(police, m, "w1")
		c.must(err)
		if again || d.Mode != cases.Window || d.Person != "p5" || d.Dossier.Values["address"] != "湖滨路 1 号" {
			t.Fatalf("made %+v, %v", d.Standing, d.Dossier.Values)
		}
		if _, again, err = c.MakeAtWindow(police, m, "w1"); err != nil || !again {
			t.Errorf("again: %v %v", again, err)
		}
		d, err = c.Fill(police, d.ID, map[string]any{"shop": "湖畔面馆"}, d.Edition)
		c.must(err)
		_, err = c.Provide(police, d.ID, "form", cases.Provide{Files: []string{c.upload(police)}})
		c.must(err)
		_, err = c.Examine(police, d.ID, []cases.Finding{{Material: "form", Result: cases.Good}, {Material: "old", Result: cases.Good}})
		c.must(err)
		d, _, err = c.Accept(police, d.ID, cases.Acceptance{}, "w2")
		c.must(err)
		if d.State != cases.Accepted || d.Number == "" || d.CaseNo != "11330102DEM000004D202611230001" || c.flows[d.ID] != "" {
			t.Fatalf("accepted %+v %s, flow %q", d.Standing, d.CaseNo, c.flows[d.ID])
		}
		if m := d.Dossier.Materials; m[0].Source != cases.Scanned || m[0].Trust != cases.TrustB || m[1].Source != cases.OnPaper {
			t.Errorf("materials %+v", m)
		}
		_, err = c.DecideNow(police, d.ID, cases.Decision{})
		c.refused(err, cases.ErrReason)
		d, err = c.DecideNow(police, d.ID, cases.Decision{Approved: true})
		c.must(err)
		if !d.Unpaid || len(c.orders) != 1 || c.orders[0].Lines[0].Amount != 10000 {
			t.Fatalf("decided %+v, orders %v", d.Standing, c.orders)
		}
		_, err = c.HandOver(police, d.ID, by("本人刷身份证"))
		c.refused(err, cases.ErrUnpaid)
		c.must(c.in(func(tx *store.Tx) error { return c.Paid(t.Context(), tx, d.ID, "another") }))
		for range 2 {
			c.must(c.in(func(tx *store.Tx) error { return c.Paid(t.Context(), tx, d.ID, d.Dossier.Payment) }))
		}
		for range 2 {
			d, err = c.HandOver(police, d.ID, by("本人刷身份证"))
			c.must(err)
		}
		if d.State != cases.Closed {
			t.Errorf("delivered %+v", d.Standing)
		}
	})
}

func TestARefusalNamesItsReasonAndTheRemedy(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.submitted(1)
		_, err := c.RefuseCase(c.clerk(), d.ID, "  ")
		c.refused(err, cases.ErrReason)
		d, err = c.RefuseCase(c.clerk(), d.ID, "不属于本机关职权范围")
		c.must(err)
		p := c.papers[len(c.papers)-1]
		if d.State != cases.NotAccepted || p.Kind != "refusal" || !strings.Contains(strings.Join(p.Body, ""), "六十日内申请行政复议") || !strings.Contains(strings.Join(p.Body, ""), "不属于本机关职权范围") {
			t.Errorf("%+v, paper %+v", d.Standing, p)
		}
	})
}

func TestPreReview(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		ctx := c.person(1)
		d, _, err := c.Draft(ctx, cases.Application{Item: "record"}, "")
		c.must(err)
		if d.Mode != cases.PreReview || d.Dossier.Delivery.Way != cases.Electronic {
			t.Fatalf("%+v by %s", d.Standing, d.Dossier.Delivery.Way)
		}
		_, err = c.Fill(ctx, d.ID, map[string]any{"shop": "湖畔面馆"}, d.Edition)
		c.must(err)
		_, _, err = c.Submit(ctx, d.ID, "")
		c.must(err)
		_, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{}, "")
		c.refused(err, cases.ErrOriginals)
		_, err = c.Prepare(c.clerk(), d.ID)
		c.must(err)
		_, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{}, "")
		c.refused(err, cases.ErrOriginals) // she has to be there
		_, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{Originals: true}, "")
		c.must(err)
		c.must(c.in(func(tx *store.Tx) error {
			return c.Ended(t.Context(), tx, d.ID, cases.Decision{Approved: true})
		}))
		if got := c.get(d.ID); got.State != cases.Closed {
			t.Errorf("an electronic result is there at once: %+v", got.Standing)
		}
	})
}

func TestFeesBeforeTheDecision(t *testing.T) {
	c := lone(t)
	c.first = true
	police := c.staff("police", "330102")
	d, _, err := c.MakeAtWindow(police, cases.AtWindow{Item: "stamp", Answers: item.Answers{"where": "n"}, Name: "张三", IDNumber: number(3), Phone: "13800000005"}, "")
	c.must(err)
	d, err = c.Fill(police, d.ID, map[string]any{"shop": "店"}, d.Edition)
	c.must(err)
	_, err = c.Examine(police, d.ID, []cases.Finding{{Material: "form", Result: cases.Good}, {Material: "old", Result: cases.Good}})
	c.must(err)
	d, _, err = c.Accept(police, d.ID, cases.Acceptance{Amounts: map[string]int64{"make": 5000}}, "")
	c.must(err)
	_, err = c.DecideNow(police, d.ID, cases.Decision{Approved: true})
	c.refused(err, cases.ErrUnpaid)
	c.must(c.in(func(tx *store.Tx) error { return c.Paid(t.Context(), tx, d.ID, d.Dossier.Payment) }))
	d, err = c.DecideNow(police, d.ID, cases.Decision{Approved: true})
	c.must(err)
	if d.State != cases.Decided || d.Unpaid || len(c.orders) != 1 || c.orders[0].Lines[0].Amount != 5000 {
		t.Errorf("%+v, orders %+v", d.Standing, c.orders)
	}
}

func TestTheGreenChannelHasItsOwnLimitAndComesFirst(t *testing.T) {
	c := lone(t)
	reviewer := c.staff("market", "330102", access.RoleItemReviewer)
	one, two := c.submitted(1), c.submitted(2)
	accept := func(d cases.Case, green bool) (cases.Case, error) {
		_, err := c.Provide(c.clerk(), d.ID, "lease", cases.Provide{Paper: true})
		c.must(err)
		c.good(c.get(d.ID))
		d, _, err = c.Accept(c.clerk(), d.ID, cases.Acceptance{Green: green}, "")
		return d, err
	}
	if _, err := accept(one, true); fault.Of(err) == nil {
		t.Errorf("taken before the channel was open: %v", err)
	}
	c.refused(c.SetGreen(c.staff("police", "330102", access.RoleItemReviewer), cases.Green{Item: "food", Days: 2, Reason: "重点项目"}), cases.ErrUnknown)
	c.refused(c.SetGreen(reviewer, cases.Green{Item: "food", Days: 2}), cases.ErrInput)
	c.must(c.SetGreen(reviewer, cases.Green{Item: "food", Days: 2, Reason: "重点项目"}))
	one, err := accept(one, false)
	c.must(err)
	two, err = accept(two, true)
	c.must(err)
	if one.PromisedDue != "2026-11-30" || two.PromisedDue != "2026-11-25" {
		t.Errorf("due %s and %s", one.PromisedDue, two.PromisedDue)
	}
	found, err := c.Find(c.clerk(), cases.Filter{State: cases.Accepted})
	c.must(err)
	if len(found.Cases) != 2 || found.Cases[0].ID != two.ID {
		t.Errorf("the green one isn't first: %v", found.Cases)
	}
}
