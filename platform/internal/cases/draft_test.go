package cases_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

func TestTwoDevicesLoseNothing(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		ctx := c.person(1)
		d, _, err := c.Draft(ctx, cases.Application{Item: "record"}, "")
		c.must(err)
		phone, desk := map[string]any{"shop": "手机上填的"}, map[string]any{"shop": "电脑上填的", "more": "说明"}
		first, err := c.Fill(ctx, d.ID, phone, d.Edition)
		c.must(err)
		if again, err := c.Fill(ctx, d.ID, phone, d.Edition); err != nil || again.Edition != first.Edition {
			t.Errorf("the same values again: %v, edition %d", err, again.Edition)
		}
		_, err = c.Fill(ctx, d.ID, desk, d.Edition)
		var stale *cases.Stale
		if !errors.As(err, &stale) || stale.Theirs["shop"] != "手机上填的" || stale.Yours["shop"] != "电脑上填的" || stale.Edition != first.Edition {
			t.Fatalf("got %+v, %v", stale, err)
		}
		_, err = c.Fill(ctx, d.ID, desk, stale.Edition)
		c.must(err)
		if got := c.get2(ctx, d.ID); got.Dossier.Values["more"] != "说明" {
			t.Errorf("stored %v", got.Dossier.Values)
		}
	})
}

func (c *city) get2(ctx context.Context, id string) cases.Case {
	c.tb.Helper()
	d, err := c.Mine(ctx, id)
	c.must(err)
	return d
}

// TestManyDevicesAtOnce has sixteen of them write the same edition: one gets
// through, all others get both versions.
func TestManyDevicesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		ctx := c.person(1)
		d, _, err := c.Draft(ctx, cases.Application{Item: "record"}, "")
		c.must(err)
		var wg sync.WaitGroup
		var mu sync.Mutex
		saved := 0
		for i := range 16 {
			wg.Go(func() {
				_, err := c.Fill(ctx, d.ID, map[string]any{"shop": fmt.Sprint(i)}, d.Edition)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					saved++
				} else if !errors.Is(err, cases.ErrStale) {
					t.Errorf("device %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if saved != 1 {
			t.Errorf("%d devices were stored", saved)
		}
	})
}

func TestADraftThatNobodyTouchesIsDeletedAfterAWarning(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.filled(1)
		c.at(start.AddDate(0, 0, 26))
		c.must(c.Wake(t.Context()))
		if got := c.sent(); got != nil {
			t.Errorf("warned too early: %v", got)
		}
		c.at(start.AddDate(0, 0, 27).Add(time.Minute))
		for range 2 {
			c.must(c.Wake(t.Context()))
		}
		if got := c.sent(); len(got) != 1 || got[0] != "case.draft-expiring" {
			t.Errorf("sent %v", got)
		}
		file := d.Dossier.Materials[0].Files[0].ID
		c.at(start.AddDate(0, 0, 30).Add(time.Minute))
		c.must(c.Wake(t.Context()))
		_, err := c.Mine(c.person(1), d.ID)
		c.refused(err, cases.ErrUnknown)
		if n := c.count(`SELECT count(*) FROM case_record`); n != 0 || len(c.files[file].owners) != 0 {
			t.Errorf("%d cases left, file of %v", n, c.files[file].owners)
		}
	})
}

func TestAChangeKeepsADraftForThirtyDaysMore(t *testing.T) {
	c := lone(t)
	d := c.filled(1)
	c.at(start.AddDate(0, 0, 28))
	c.must(c.Wake(t.Context()))
	ctx := c.person(1)
	_, err := c.Fill(ctx, d.ID, map[string]any{"shop": "新店名"}, d.Edition)
	c.must(err)
	c.at(start.AddDate(0, 0, 31))
	c.must(c.Wake(t.Context()))
	if got := c.get2(ctx, d.ID); got.State != cases.Draft || got.Dossier.Warned {
		t.Errorf("%+v, warned %v", got.Standing, got.Dossier.Warned)
	}
}

func TestAHandedOverDraftGoesOnElsewhereOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.filled(1)
		ctx := c.person(1)
		hall := access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "east"})
		_, err := c.Mine(hall, d.ID)
		c.refused(err, cases.ErrUnknown)
		h, err := c.HandOn(ctx, d.ID)
		c.must(err)
		_, err = c.Take(c.person(2), h.Code)
		c.refused(err, cases.ErrHandover)
		_, err = c.Take(hall, strings.ToLower(h.Code))
		c.must(err)
		_, err = c.Take(hall, h.Code)
		c.refused(err, cases.ErrHandover)
		got, err := c.Fill(hall, d.ID, map[string]any{"shop": "在自助机上改的"}, d.Edition)
		c.must(err)
		_, err = c.Mine(access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "west"}), d.ID)
		c.refused(err, cases.ErrUnknown)
		c.at(start.Add(31 * time.Minute))
		_, err = c.Fill(hall, d.ID, map[string]any{"shop": "晚了"}, got.Edition)
		c.refused(err, cases.ErrUnknown)

		late, err := c.HandOn(ctx, d.ID)
		c.must(err)
		c.at(start.Add(42 * time.Minute))
		_, err = c.Take(hall, late.Code)
		c.refused(err, cases.ErrHandover)
		toClerk, err := c.HandOn(ctx, d.ID)
		c.must(err)
		_, err = c.Take(c.staff("police", "330102"), toClerk.Code)
		c.refused(err, cases.ErrHandover)
		got, err = c.Take(c.clerk(), toClerk.Code)
		c.must(err)
		if got.Mode != cases.Window || got.Dossier.Values["shop"] != "在自助机上改的" {
			t.Errorf("at the window: %+v %v", got.Standing, got.Dossier.Values)
		}
		if n := c.count(`SELECT count(*) FROM case_handover WHERE code LIKE '%` + toClerk.Code + `%'`); n != 0 {
			t.Error("a code is stored as it is")
		}
	})
}

func TestAnItemsRulesOfApplying(t *testing.T) {
	c := lone(t)
	ctx := c.person(1)
	for name, a := range map[string]struct {
		cases.Application
		want error
	}{
		"nothing is answered":   {cases.Application{Item: "food"}, cases.ErrAnswers},
		"the wrong item":        {cases.Application{Item: "food", Answers: item.Answers{"kind": "none"}}, cases.ErrWrongItem},
		"an answer of another":  {cases.Application{Item: "food", Answers: item.Answers{"kind": "' OR 1=1"}}, item.ErrAnswer},
		"at the window only":    {cases.Application{Item: "window"}, cases.ErrNotOnline},
		"suspended":             {cases.Application{Item: "stopped"}, cases.ErrItem},
		"unknown":               {cases.Application{Item: "x"}, item.ErrUnknown},
		"more than it offers":   {cases.Application{Item: "record", Mode: cases.Online}, cases.ErrNotOnline},
		"a mode of the counter": {cases.Application{Item: "record", Mode: cases.Window}, cases.ErrNotOnline},
	} {
		if _, _, err := c.Draft(ctx, a.Application, ""); !errors.Is(err, a.want) {
			t.Errorf("%s: got %v, want %v", name, err, a.want)
		}
	}
	d, _, err := c.Draft(ctx, cases.Application{Item: "food", Answers: item.Answers{"kind": "own"}}, "")
	c.must(err)
	if len(d.Dossier.Materials) != 4 || d.Dossier.Materials[3].Source != cases.Shared {
		t.Errorf("materials %+v", d.Dossier.Materials)
	}
	for name, p := range map[string]cases.Provide{
		"nothing": {}, "two ways": {Promise: true, Later: true}, "not deferrable": {Later: true}, "no promise": {Promise: true}, "paper on line": {Paper: true},
		"no licence of its kind": {Licence: "card-p1"}, "no file": {Files: []string{"none"}}, "another's file": {Files: []string{c.upload(c.person(2))}},
	} {
		if _, err := c.Provide(ctx, d.ID, "form", p); fault.Of(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = c.Provide(ctx, d.ID, "show", cases.Provide{Licence: "card-p2"})
	c.refused(err, cases.ErrSource)
	d, err = c.Provide(ctx, d.ID, "show", cases.Provide{Licence: "card-p1"})
	c.must(err)
	if d.Dossier.Materials[2].Trust != cases.TrustA {
		t.Errorf("a licence of the library has trust %s", d.Dossier.Materials[2].Trust)
	}
	_, _, err = c.Submit(ctx, d.ID, "")
	if f := fault.Of(err); f == nil || len(f.Fields) == 0 {
		t.Errorf("an empty form was handed in: %v", err)
	}
	d, err = c.Fill(ctx, d.ID, map[string]any{"shop": "店"}, d.Edition)
	c.must(err)
	_, _, err = c.Submit(ctx, d.ID, "")
	if f := fault.Of(err); f == nil || len(f.Fields) != 2 || f.Fields[0].Name != "materials.form" {
		t.Errorf("without materials: %v", err)
	}
	d, err = c.Answer(ctx, d.ID, item.Answers{"kind": "rented"}, d.Edition)
	c.must(err)
	if len(d.Dossier.Materials) != 5 || d.Dossier.Materials[3].Source != cases.FromLibrary {
		t.Errorf("other answers: %+v", d.Dossier.Materials)
	}
	c.must(c.Delete(ctx, d.ID))
	c.refused(c.Delete(ctx, d.ID), cases.ErrUnknown)
}

func TestHugeAndOddValuesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		ctx := c.person(1)
		d, _, err := c.Draft(ctx, cases.Application{Item: "record"}, "")
		c.must(err)
		deep := map[string]any{"v": "x"}
		for range 20 {
			deep = map[string]any{"v": deep}
		}
		for name, v := range map[string]map[string]any{
			"huge": {"shop": strings.Repeat("很", 100_000)}, "deep": deep, "a NUL": {"shop": "a\x00b"}, "a NUL in a name": {"sh\x00op": "a"},
		} {
			if _, err := c.Fill(ctx, d.ID, v, d.Edition); !errors.Is(err, cases.ErrInput) {
				t.Errorf("%s: %v", name, err)
			}
		}
		odd := "<script>alert(1)</script>'; DROP TABLE case_record; --"
		_, err = c.Fill(ctx, d.ID, map[string]any{"shop": odd}, d.Edition)
		c.must(err)
		if got := c.get2(ctx, d.ID); got.Dossier.Values["shop"] != odd {
			t.Errorf("stored %v", got.Dossier.Values)
		}
	})
}

// TestNothingAboutPeopleIsReadableAtRest looks at all that is stored.
func TestNothingAboutPeopleIsReadableAtRest(t *testing.T) {
	c := lone(t)
	d := c.deferred(1)
	rows, err := c.store.Read().QueryContext(t.Context(), `SELECT coalesce(number,'') || coalesce(case_no,'') || query_code || person || legal || holder || applicant || dossier || standing || clock || stages FROM case_record`)
	c.must(err)
	defer rows.Close()
	for rows.Next() {
		var text string
		c.must(rows.Scan(&text))
		for _, secret := range []string{number(1), "张三", "13800000001", "湖畔面馆", "湖滨路", d.QueryCode} {
			if strings.Contains(text, secret) {
				t.Errorf("%q stands in the database", secret)
			}
		}
	}
	c.must(rows.Err())
}

func TestWithdrawing(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.deferred(1)
		_, err := c.Withdraw(c.person(2), d.ID, "")
		c.refused(err, cases.ErrUnknown)
		for range 2 {
			d, err = c.Withdraw(c.person(1), d.ID, "不办了")
			c.must(err)
		}
		if d.State != cases.Withdrawn || c.flows[d.ID] != "申请人撤回申请" || c.count(`SELECT count(*) FROM case_deferred`) != 0 {
			t.Errorf("%+v, flow %q", d.Standing, c.flows[d.ID])
		}
		c.refused(c.in(func(tx *store.Tx) error { return c.Ended(t.Context(), tx, d.ID, cases.Decision{Approved: true}) }), cases.ErrState)
	})
}
