package form_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/form"
)

func TestAFormIsWrittenByOneAndPublishedByAnother(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		o := open(t, target)
		w, err := o.Begin(o.editor(), "food", "market", "330102", small("一版"))
		o.must(err)
		_, err = o.Published(t.Context(), "food")
		o.refused(err, form.ErrUnknown)
		w, err = o.Save(o.editor(), "food", w.Edition, small("首版"))
		o.must(err)
		_, err = o.Review(o.reviewer(), "food", w.Edition, true, "")
		o.refused(err, form.ErrState)
		w, err = o.Submit(o.editor(), "food", w.Edition)
		o.must(err)
		if w.State != form.Reviewing || w.Review {
			t.Errorf("after submission it is %s, and its author may review: %v", w.State, w.Review)
		}
		_, err = o.Save(o.editor(), "food", w.Edition, small("偷改"))
		o.refused(err, form.ErrState)
		_, err = o.Review(o.editor(), "food", w.Edition, true, "")
		o.refused(err, form.ErrReviewer)
		_, err = o.Review(o.reviewer(), "food", w.Edition, false, " ")
		o.refused(err, form.ErrComment)
		w, err = o.Review(o.reviewer(), "food", w.Edition, false, "标题不清楚")
		o.must(err)
		if w.State != form.Draft || w.Comment != "标题不清楚" {
			t.Errorf("sent back it is %s with %q", w.State, w.Comment)
		}
		w, err = o.Save(o.editor(), "food", w.Edition, small("食品经营许可申请书"))
		o.must(err)
		w, err = o.Submit(o.editor(), "food", w.Edition)
		o.must(err)
		_, err = o.Review(o.reviewer(), "food", w.Edition, true, "")
		o.must(err)
		f, err := o.Published(t.Context(), "food")
		o.must(err)
		if f.Version != 1 || f.Title != "食品经营许可申请书" {
			t.Errorf("published is %d %s", f.Version, f.Title)
		}

		// The next version leaves the cases of the first one alone.
		w, err = o.Work(o.editor(), "food")
		o.must(err)
		w, err = o.Save(o.editor(), "food", w.Edition, small("第二版"))
		o.must(err)
		w, err = o.Submit(o.editor(), "food", w.Edition)
		o.must(err)
		_, err = o.Version(t.Context(), "food", 2)
		o.refused(err, form.ErrUnknown)
		_, err = o.Review(o.reviewer(), "food", w.Edition, true, "")
		o.must(err)
		for version, title := range map[int]string{1: "食品经营许可申请书", 2: "第二版"} {
			if f, err = o.Version(t.Context(), "food", version); err != nil || f.Title != title {
				t.Errorf("version %d: %v %v", version, f, err)
			}
		}
		if n, err := o.audit.Verify(t.Context()); err != nil || n < 8 {
			t.Errorf("%d entries of the log, %v", n, err)
		}
	})
}

func TestOfTwoWhoSaveTheSecondHears(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		o := open(t, target)
		w, err := o.Begin(o.editor(), "food", "market", "330102", small("一"))
		o.must(err)
		var wait sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wait.Go(func() { _, errs[i] = o.Save(o.editor(), "food", w.Edition, small("二")) })
		}
		wait.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			} else {
				o.refused(err, form.ErrStale)
			}
		}
		if good != 1 {
			t.Errorf("%d saved", good)
		}
	})
}

func TestOthersSeeAndChangeNothing(t *testing.T) {
	o := file(t)
	w, err := o.Begin(o.editor(), "food", "market", "330102", small("一"))
	o.must(err)
	manager := o.staff("manager", "centre", "330100", access.RoleItemEditor)
	for name, ctx := range map[string]context.Context{
		"nobody":                t.Context(),
		"a person":              access.With(t.Context(), access.Caller{Kind: access.Person, ID: "p"}),
		"a clerk":               o.staff("c", "market", "330102", access.RoleClerk),
		"another body's editor": o.staff("e", "police", "330102", access.RoleItemEditor),
		"another region":        o.staff("e", "market", "330103", access.RoleItemEditor, access.RoleItemReviewer),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := o.Work(ctx, "food")
			o.refused(err, form.ErrUnknown)
			_, err = o.Save(ctx, "food", w.Edition, small("x"))
			o.refused(err, form.ErrUnknown)
			_, err = o.Submit(ctx, "food", w.Edition)
			o.refused(err, form.ErrUnknown)
			_, err = o.Review(ctx, "food", w.Edition, true, "")
			o.refused(err, form.ErrUnknown)
			o.refused(o.Drop(ctx, "food"), form.ErrUnknown)
			_, err = o.Begin(ctx, "mine", "market", "330102", small("x"))
			o.refused(err, form.ErrRights)
			o.refused(o.Bind(ctx, "food-licence", ""), form.ErrRights)
			if list, err := o.List(ctx); err != nil || len(list) != 0 {
				t.Errorf("sees %d forms, %v", len(list), err)
			}
		})
	}
	_, err = o.Save(o.reviewer(), "food", w.Edition, small("x"))
	o.refused(err, form.ErrRights) // who reviews doesn't write
	if got, err := o.Work(manager, "food"); err != nil || !got.Mine || got.Edition != w.Edition {
		t.Errorf("the managing body sees %+v, %v", got, err)
	}
}

func TestItemsHaveTheFormThatIsBoundToThem(t *testing.T) {
	o := file(t)
	w, err := o.Begin(o.editor(), "food", "market", "330102", small("一"))
	o.must(err)
	o.refused(o.Bind(o.editor(), "food-licence", "food"), form.ErrUnknown) // not published yet
	w, err = o.Submit(o.editor(), "food", w.Edition)
	o.must(err)
	_, err = o.Review(o.reviewer(), "food", w.Edition, true, "")
	o.must(err)
	o.must(o.Bind(o.editor(), "food-licence", "food"))
	o.refused(o.Bind(o.staff("e", "market", "330102", access.RoleItemEditor), "passport", "food"), form.ErrRights)
	o.refused(o.Bind(o.editor(), "nothing", "food"), errNoItem)
	for item, want := range map[string]string{"food-licence": "food", "passport": form.GeneralID, "'; DROP TABLE form_item; --": form.GeneralID} {
		if f, err := o.ForItem(t.Context(), item); err != nil || f.ID != want {
			t.Errorf("%s has %v, %v", item, f, err)
		}
	}
	o.must(o.Bind(o.editor(), "food-licence", form.GeneralID))
	if f, err := o.ForItem(t.Context(), "food-licence"); err != nil || f.ID != form.GeneralID {
		t.Errorf("unbound it has %v, %v", f, err)
	}
}

func TestAFormWithMistakesStaysADraft(t *testing.T) {
	o := file(t)
	bad := small("一")
	bad.Sections[0].Fields[0].When = "later == 1"
	w, err := o.Begin(o.editor(), "food", "market", "330102", bad)
	o.must(err)
	if len(w.Mistakes) != 1 || w.Mistakes[0].Path != "sections[0].fields[0].when" {
		t.Errorf("mistakes are %v", w.Mistakes)
	}
	_, err = o.Submit(o.editor(), "food", w.Edition)
	o.refused(err, form.ErrDefinition)
	_, err = o.Begin(o.editor(), "food", "market", "330102", bad)
	o.refused(err, form.ErrTaken)
	for _, id := range []string{"", "General", form.GeneralID, "a b", "../x", strings.Repeat("x", 41), "x\x00"} {
		_, err = o.Begin(o.editor(), id, "market", "330102", small("一"))
		o.refused(err, form.ErrID)
	}
	o.must(o.Drop(o.editor(), "food"))
	_, err = o.Work(o.editor(), "food")
	o.refused(err, form.ErrUnknown)
}

func TestTheDemoCityHasItsForms(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		o := open(t, target)
		for range 2 { // filling again changes nothing
			o.must(o.AddDemo(t.Context()))
		}
		forms, err := form.DemoForms()
		o.must(err)
		if len(forms) != 6 {
			t.Errorf("%d forms", len(forms))
		}
		for id := range forms {
			if f, err := o.ForItem(t.Context(), id); err != nil || f.ID != id || f.Version != 1 {
				t.Errorf("%s: %v, %v", id, f, err)
			}
		}
		list, err := o.List(o.staff("m", "centre", "330100", access.RoleItemEditor))
		if err != nil || len(list) != 6 || len(list[0].Items) != 1 {
			t.Errorf("the list is %+v, %v", list, err)
		}
	})
}

func TestFactsFillAFormAndRegistersLockIt(t *testing.T) {
	o := file(t)
	o.must(o.AddDemo(t.Context()))
	f, err := o.Published(t.Context(), "food-licence")
	o.must(err)
	facts := form.Facts{
		"legal.name": "东湖市远筑餐饮有限公司", "legal.code": "91330106673959654p", "legal.representative": "", "person.phone": "１３８00000001",
		"earlier.companyAddress": map[string]any{"region": "330102", "area": "东湖区", "street": "湖滨路1号", "evil": "x"},
	}
	values, locked := f.Prefill(facts)
	if values["code"] != "91330106673959654P" || values["phone"] != "13800000001" || values["representative"] != nil {
		t.Errorf("filled with %v", values)
	}
	if a, _ := values["address"].(map[string]any); a["street"] != "湖滨路1号" || a["evil"] != nil {
		t.Errorf("the address is %v", values["address"])
	}
	if len(locked) != 2 || locked[0].Name != "name" || locked[0].Why == "" || locked[0].From != "legal" || locked[1].Name != "code" {
		t.Errorf("locked are %v", locked)
	}
	forged := form.Values{"name": "别的公司", "phone": "13900000000", "kitchen": 5.0}
	kept := f.Lock(forged, facts)
	if kept["name"] != "东湖市远筑餐饮有限公司" || kept["phone"] != "13900000000" || kept["kitchen"] != 5.0 || forged["name"] != "别的公司" {
		t.Errorf("locked values are %v of %v", kept, forged)
	}
	if got := f.Earlier(kept); got["earlier.companyName"] != "东湖市远筑餐饮有限公司" || got["legal.name"] != nil {
		t.Errorf("later forms hear %v", map[string]any(got))
	}
	if v, locked := f.Prefill(form.Facts{"legal.code": "not a code", "legal.name": 7}); len(v) != 0 || len(locked) != 0 {
		t.Errorf("wrong facts fill %v", v)
	}
	general, err := o.Published(t.Context(), form.GeneralID)
	o.must(err)
	if v, _ := general.Prefill(form.Facts{"person.address": "湖滨路1号"}); v["address"].(map[string]any)["street"] != "湖滨路1号" {
		t.Errorf("the card's address fills %v", v)
	}
}

func TestRegionsGoFromProvinceToStreet(t *testing.T) {
	r, err := form.DemoRegions()
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Below(""); len(got) != 34 || got[0].Name != "北京市" || got[0].More {
		t.Errorf("%d provinces, the first %+v", len(got), got[0])
	}
	if got := r.Below("330100"); len(got) != 2 || got[0].Code != "330102" || !got[0].More {
		t.Errorf("below 330100: %+v", got)
	}
	if got := r.Below("330102001"); len(got) != 0 {
		t.Errorf("below a street: %+v", got)
	}
	if got := r.Name("330102001"); got != "浙江省东湖市东湖区湖滨街道" {
		t.Errorf("its name is %s", got)
	}
	if got := r.Name("'; --"); got != "" {
		t.Errorf("nowhere is %s", got)
	}
	if _, err := form.ReadRegions([]byte(`"33": x`)); err == nil {
		t.Error("33 is taken for a code")
	}
}

func TestAnswersAreFaults(t *testing.T) {
	o := file(t)
	_, err := o.Version(t.Context(), form.GeneralID, 2)
	o.refused(err, form.ErrUnknown)
	if _, err := o.Published(t.Context(), "x"); !errors.Is(err, form.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}
