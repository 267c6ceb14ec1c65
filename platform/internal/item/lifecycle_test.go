package item_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

func TestDraftGoesThroughThreeReviewsIntoPublication(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		it := c.load()
		it.Promised.Days, it.Summary, it.Reason = 2, "新的简介", "流程优化"
		w, err := c.Draft(c.editor(), it)
		if err != nil {
			t.Fatal(err)
		}
		if w.Kind != item.KindChange || w.State != item.Draft || w.Version != 2 || len(w.Gaps) != 0 {
			t.Fatalf("got %s %s %d %v", w.Kind, w.State, w.Version, w.Gaps)
		}
		changes, err := c.WorkDiff(c.editor(), it.ID)
		if err != nil || len(changes) != 2 || changes[0].Path != "promised.days" || changes[0].Before != "1" || changes[0].After != "2" || changes[1].Path != "summary" {
			t.Errorf("changes %v, %v", changes, err)
		}
		if w, err = c.Submit(c.editor(), it.ID, w.Edition); err != nil || w.State != item.InReview || w.Stage.ID != "department-legal" {
			t.Fatalf("submitted %+v, %v", w.Stage, err)
		}
		reviewers := c.reviewers()
		if err := c.Review(reviewers[1], it.ID, w.Edition, true, ""); !errors.Is(err, item.ErrStage) {
			t.Errorf("another body's reviewer at the body's own stage: %v", err)
		}
		for i, r := range reviewers {
			if got, _ := c.Get(t.Context(), it.ID); got.Version != 1 {
				t.Fatalf("version %d is published before stage %d", got.Version, i+1)
			}
			if err := c.Review(r, it.ID, w.Edition, true, "同意"); err != nil {
				t.Fatalf("stage %d: %v", i+1, err)
			}
		}
		got, err := c.Get(t.Context(), it.ID)
		if err != nil || got.Version != 2 || got.Summary != "新的简介" || got.Promised.Days != 2 || got.State != item.Published {
			t.Errorf("published %d %s, %v", got.Version, got.Summary, err)
		}
		old, err := c.Version(t.Context(), it.ID, 1)
		if err != nil || old.State != item.Replaced || old.Promised.Days != 1 {
			t.Errorf("the version that cases pinned: %s %d, %v", old.State, old.Promised.Days, err)
		}
		if got := c.events("demo"); len(got) != 2 || got[1] != "item.published business-licence" {
			t.Errorf("the hall heard %v", got)
		}
		entries, err := c.audit.Of(t.Context(), it.ID, 100)
		if err != nil || len(entries) != 5 {
			t.Errorf("%d entries in the audit log, %v", len(entries), err)
		}
	})
}

func TestReturnedDraftIsReviewedFromTheBeginning(t *testing.T) {
	c := file(t)
	it := c.load()
	it.Summary = "改一下"
	w, err := c.Draft(c.editor(), it)
	if err != nil {
		t.Fatal(err)
	}
	w, err = c.Submit(c.editor(), it.ID, w.Edition)
	if err != nil {
		t.Fatal(err)
	}
	r := c.reviewers()
	if err := errors.Join(c.Review(r[0], it.ID, w.Edition, true, ""), c.Review(r[1], it.ID, w.Edition, false, "依据不足")); err != nil {
		t.Fatal(err)
	}
	w, err = c.Work(c.editor(), it.ID)
	if err != nil || w.State != item.Draft || len(w.Reviews) != 2 || w.Reviews[1].Comment != "依据不足" {
		t.Fatalf("returned: %s %v %v", w.State, w.Reviews, err)
	}
	if w, err = c.Submit(c.editor(), it.ID, w.Edition); err != nil || w.Stage.ID != "department-legal" {
		t.Errorf("the second round begins at %v, %v", w.Stage, err)
	}
}

func TestNobodyReviewsHerOwnWorkNorTwice(t *testing.T) {
	c := file(t)
	it := c.load()
	both := c.staff("both", "market", access.RoleItemEditor, access.RoleItemReviewer)
	it.Summary = "改一下"
	w, err := c.Draft(both, it)
	if err != nil {
		t.Fatal(err)
	}
	if w, err = c.Submit(both, it.ID, w.Edition); err != nil {
		t.Fatal(err)
	}
	if err := c.Review(both, it.ID, w.Edition, true, ""); !errors.Is(err, item.ErrReviewer) {
		t.Errorf("the author: %v", err)
	}
	r := c.reviewers()
	if err := c.Review(r[0], it.ID, w.Edition, true, ""); err != nil {
		t.Fatal(err)
	}
	if err := c.Review(r[0], it.ID, w.Edition, true, ""); !errors.Is(err, item.ErrReviewer) {
		t.Errorf("the same reviewer at the next stage: %v", err)
	}
	if err := c.Review(r[1], it.ID, w.Edition-1, true, ""); !errors.Is(err, item.ErrStale) {
		t.Errorf("a review of an older text: %v", err)
	}
	if err := c.Review(r[1], it.ID, w.Edition, false, "  "); !errors.Is(err, item.ErrInput) {
		t.Errorf("a return without a reason: %v", err)
	}
}

func TestSaveLosesNobodysWork(t *testing.T) {
	c := file(t)
	it := c.load()
	w, err := c.Draft(c.editor(), it)
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := w.Item, w.Item
	mine.Summary, theirs.Summary = "我的", "别人的"
	if _, err := c.Save(c.editor(), theirs, w.Edition); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Save(c.editor(), mine, w.Edition); !errors.Is(err, item.ErrStale) {
		t.Errorf("a save over another: %v", err)
	}
	if w, _ = c.Work(c.editor(), it.ID); w.Summary != "别人的" {
		t.Errorf("what is stored is %q", w.Summary)
	}
	if _, err := c.Draft(c.editor(), it); !errors.Is(err, item.ErrOpen) {
		t.Errorf("a second draft: %v", err)
	}
	if err := c.Drop(c.editor(), it.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Draft(c.editor(), it); err != nil {
		t.Errorf("a draft after the first was given up: %v", err)
	}
}

func TestCatalogueCannotBeDifferentBelow(t *testing.T) {
	c := file(t)
	it := c.load()
	it.Name, it.Type, it.Bases = "别的名称", item.Penalty, nil
	w, err := c.Draft(c.editor(), it)
	if err != nil {
		t.Fatal(err)
	}
	if w.Name != "企业登记注册" || w.Type != item.Permit || len(w.Bases) != 2 {
		t.Errorf("the draft has %q %s %d bases", w.Name, w.Type, len(w.Bases))
	}
	fresh := w.Item
	fresh.ID, fresh.BasicCode, fresh.Code = "not-listed", "000199999000", ""
	if _, err := c.Draft(c.editor(), fresh); !errors.Is(err, item.ErrEntry) {
		t.Errorf("an item outside the catalogue: %v", err)
	}
}

func TestCatalogueChangeReachesEveryItem(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		it := c.load()
		draft := it
		draft.Summary = "正在编制"
		if _, err := c.Draft(c.editor(), draft); err != nil {
			t.Fatal(err)
		}
		e := example(t).Catalogue[0]
		e.Name = "经营主体登记注册"
		proposer := c.staff("chief", "centre", access.RoleItemEditor, access.RoleItemReviewer)
		if err := c.ProposeEntry(c.editor(), e); !errors.Is(err, item.ErrRights) {
			t.Errorf("a department proposes: %v", err)
		}
		if err := c.ProposeEntry(proposer, e); err != nil {
			t.Fatal(err)
		}
		if err := c.ReviewEntry(proposer, e.BasicCode, true); !errors.Is(err, item.ErrReviewer) {
			t.Errorf("the proposer reviews: %v", err)
		}
		if err := c.ReviewEntry(c.staff("other", "centre", access.RoleItemReviewer), e.BasicCode, true); err != nil {
			t.Fatal(err)
		}
		got, err := c.Get(t.Context(), it.ID)
		if err != nil || got.Name != "经营主体登记注册" || got.Summary != it.Summary || len(got.Materials) != len(it.Materials) {
			t.Errorf("after the change: %q, local part kept: %v, %v", got.Name, got.Summary == it.Summary, err)
		}
		c.publish(it.ID)
		got, err = c.Get(t.Context(), it.ID)
		if err != nil || got.Name != "经营主体登记注册" || got.Summary != "正在编制" {
			t.Errorf("the draft, published: %q %q %v", got.Name, got.Summary, err)
		}
		history, err := c.History(t.Context(), it.ID)
		if err != nil || len(history) != 3 || history[0].State != item.Published || history[1].State != item.Replaced {
			t.Errorf("history %v, %v", history, err)
		}
		e.State = item.Cancelled
		if err := errors.Join(c.ProposeEntry(proposer, e), c.ReviewEntry(c.staff("other", "centre", access.RoleItemReviewer), e.BasicCode, true)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Get(t.Context(), it.ID); !errors.Is(err, item.ErrUnknown) {
			t.Errorf("an item whose entry is cancelled: %v", err)
		}
		if got := c.events("demo"); got[len(got)-1] != "item.withdrawn business-licence" {
			t.Errorf("the hall heard %v", got)
		}
	})
}

func TestSuspendResumeCancelAreReviewed(t *testing.T) {
	c := file(t)
	it := c.load()
	steps := []struct {
		kind  item.Kind
		state item.State
		event string
	}{
		{item.KindSuspend, item.Suspended, "item.suspended"}, {item.KindResume, item.Published, "item.published"}, {item.KindCancel, item.Cancelled, "item.withdrawn"},
	}
	for _, st := range steps {
		if _, err := c.Propose(c.editor(), it.ID, st.kind, "政策调整", nil); err != nil {
			t.Fatalf("%s: %v", st.kind, err)
		}
		c.publish(it.ID)
		events := c.events("demo")
		if got := events[len(events)-1]; got != st.event+" "+it.ID {
			t.Errorf("%s: the hall heard %s", st.kind, got)
		}
		got, err := c.Get(t.Context(), it.ID)
		if st.state == item.Cancelled {
			if !errors.Is(err, item.ErrUnknown) {
				t.Errorf("a cancelled item: %v", err)
			}
			continue
		}
		b, bookErr := c.Bookable(t.Context(), it.ID)
		if err != nil || got.State != st.state || bookErr != nil || b.Bookable != (st.state == item.Published) {
			t.Errorf("%s: %s, bookable %v, %v", st.kind, got.State, b.Bookable, err)
		}
	}
	if _, err := c.Propose(c.editor(), it.ID, item.KindResume, "恢复", nil); !errors.Is(err, item.ErrState) {
		t.Errorf("a cancelled item comes back: %v", err)
	}
	if _, err := c.Draft(c.editor(), it); !errors.Is(err, item.ErrState) {
		t.Errorf("a cancelled item is changed: %v", err)
	}
}

func TestSplitAndMergeTakeEffectTogether(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		it := c.load()
		for _, id := range []string{"part-a", "part-b"} {
			part := it
			part.ID, part.Title, part.Code = id, "设立登记 "+id, ""
			if _, err := c.Draft(c.editor(), part); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Propose(c.editor(), it.ID, item.KindSplit, "按材料拆分", []string{"part-a", "part-b"}); err != nil {
			t.Fatal(err)
		}
		c.publish(it.ID)
		if _, err := c.Get(t.Context(), it.ID); !errors.Is(err, item.ErrUnknown) {
			t.Errorf("the item that was split: %v", err)
		}
		next, err := c.Successors(t.Context(), it.ID)
		if err != nil || !slices.Equal(next, []string{"part-a", "part-b"}) {
			t.Errorf("it became %v, %v", next, err)
		}
		a, err := c.Get(t.Context(), "part-a")
		if err != nil || !strings.HasSuffix(a.Code, "01") || len(a.Code) != 33 {
			t.Errorf("a part has the code %s, %v", a.Code, err)
		}
		whole := it
		whole.ID, whole.Title, whole.Code = "whole", "设立登记", ""
		if _, err := c.Draft(c.editor(), whole); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Propose(c.editor(), "whole", item.KindMerge, "合并办理", []string{"part-a", "part-b"}); err != nil {
			t.Fatal(err)
		}
		c.publish("whole")
		found, err := c.Search(t.Context(), item.Query{Text: "设立登记"})
		if err != nil || found.Total != 1 || found.Hits[0].ID != "whole" {
			t.Errorf("after the merge there are %d items, %v", found.Total, err)
		}
	})
}

func TestIncompleteDraftIsNotSubmitted(t *testing.T) {
	c := file(t)
	it := c.load()
	it.ID, it.Code = "half", ""
	it.Supervision, it.Materials[0].Name, it.Statutory.Days, it.Situation.Questions[0].Options[0].Next = nil, "其他材料", 0, "nowhere"
	w, err := c.Draft(c.editor(), it)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Submit(c.editor(), "half", w.Edition)
	f := fault.Of(err)
	if !errors.Is(err, item.ErrIncomplete) || f == nil {
		t.Fatalf("got %v", err)
	}
	for _, path := range []string{"supervision", "materials[0].name", "statutory.days", "situation.questions[0].options[0].next"} {
		if !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == path }) {
			t.Errorf("%s isn't told: %v", path, f.Fields)
		}
	}
}

func TestOthersWorkIsNotTouched(t *testing.T) {
	c := file(t)
	it := c.load()
	w, err := c.Draft(c.editor(), it)
	if err != nil {
		t.Fatal(err)
	}
	strangers := map[string]context.Context{
		"another department": c.staff("x", "civil", access.RoleItemEditor),
		"another region":     access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "y", Org: "market", Region: "330103", Roles: []access.Role{access.RoleItemEditor}}),
		"a clerk":            c.staff("z", "market", access.RoleClerk),
		"a person":           access.With(t.Context(), access.Caller{Kind: access.Person, ID: "p"}),
		"nobody":             t.Context(),
	}
	for name, ctx := range strangers {
		t.Run(name, func(t *testing.T) {
			if _, err := c.Work(ctx, it.ID); !errors.Is(err, item.ErrUnknown) {
				t.Errorf("reads: %v", err)
			}
			if _, err := c.Save(ctx, w.Item, w.Edition); !errors.Is(err, item.ErrUnknown) {
				t.Errorf("saves: %v", err)
			}
			if _, err := c.Submit(ctx, it.ID, w.Edition); !errors.Is(err, item.ErrUnknown) {
				t.Errorf("submits: %v", err)
			}
			if err := c.Review(ctx, it.ID, w.Edition, true, ""); !errors.Is(err, item.ErrUnknown) {
				t.Errorf("reviews: %v", err)
			}
			if err := c.Drop(ctx, it.ID); !errors.Is(err, item.ErrUnknown) {
				t.Errorf("drops: %v", err)
			}
			if _, err := c.Propose(ctx, it.ID, item.KindCancel, "x", nil); !errors.Is(err, item.ErrUnknown) {
				t.Errorf("cancels: %v", err)
			}
			fresh := w.Item
			fresh.ID, fresh.Code = "fresh", ""
			if _, err := c.Draft(ctx, fresh); !errors.Is(err, item.ErrRights) {
				t.Errorf("drafts: %v", err)
			}
		})
	}
	manager := c.staff("m", "centre", access.RoleItemEditor)
	if _, err := c.Save(manager, w.Item, w.Edition); err != nil {
		t.Errorf("the centre saves: %v", err)
	}
}

func TestHostileTextIsRefusedOrKeptAsText(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		it := c.load()
		kept := it
		kept.ID, kept.Code, kept.Title, kept.Summary = "kept", "", "'; DROP TABLE item_head; --", "<script>alert(1)</script>"
		w, err := c.Draft(c.editor(), kept)
		if err != nil || w.Title != kept.Title || w.Summary != kept.Summary {
			t.Errorf("text is text: %q, %v", w.Title, err)
		}
		refused := map[string]func(*item.Item){
			"a zero byte":     func(it *item.Item) { it.Title = "a\x00b" },
			"no UTF-8":        func(it *item.Item) { it.Summary = "\xff\xfe" },
			"too long":        func(it *item.Item) { it.Summary = strings.Repeat("长", 301) },
			"too many":        func(it *item.Item) { it.Materials = make([]item.Material, 81) },
			"an unknown type": func(it *item.Item) { it.Class = "whatever" },
			"a path as id":    func(it *item.Item) { it.ID = "../../etc" },
			"a region":        func(it *item.Item) { it.Region = "33'--1" },
			"negative":        func(it *item.Item) { it.Visits = -1 },
			"no organisation": func(it *item.Item) { it.Organisation = "nobody" },
		}
		for name, spoil := range refused {
			bad := it
			bad.ID, bad.Code = "bad", ""
			spoil(&bad)
			if _, err := c.Draft(c.editor(), bad); !errors.Is(err, item.ErrInput) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, url := range []string{"javascript:alert(1)", "//evil.example", "http://a", "data:text/html,x", `/\evil.example`} {
			bad := it
			bad.OnlineURL = url
			if gaps := item.Check(&bad); len(gaps) != 1 || gaps[0].Path != "onlineUrl" {
				t.Errorf("%s: %v", url, gaps)
			}
		}
		if _, err := c.Work(c.editor(), "bad"); !errors.Is(err, item.ErrUnknown) {
			t.Errorf("something was stored: %v", err)
		}
	})
}

func TestAHallThatBeginsHearsOfItsItems(t *testing.T) {
	c := file(t)
	it := c.load()
	resend := func(hall string) {
		t.Helper()
		err := c.store.Write(t.Context(), "resend", func(tx *store.Tx) error { return c.Resend(t.Context(), tx, hall) })
		if err != nil {
			t.Fatal(err)
		}
	}
	resend("demo")
	resend("unknown")
	if got := c.events("demo"); !slices.Equal(got, []string{"item.published " + it.ID, "item.published " + it.ID}) {
		t.Errorf("the hall heard %v", got)
	}
	if got := c.events("unknown"); len(got) != 0 {
		t.Errorf("a hall without items heard %v", got)
	}
}

func TestPackagesHoldItemsThatAreThere(t *testing.T) {
	c := file(t)
	it := c.load()
	p := item.Package{ID: "open-shop", Name: "开店一件事", Object: item.ForLegal, Summary: "一次办好", Items: []string{it.ID, "nothing"}}
	if err := c.PutPackage(c.editor(), p); !errors.Is(err, item.ErrInput) {
		t.Errorf("a package with an unknown item: %v", err)
	}
	second := example(t)
	second.Items[0].ID, second.Items[0].Title = "second", "第二项"
	if err := c.AddData(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	p.Items[1] = "second"
	if err := c.PutPackage(c.editor(), p); err != nil {
		t.Fatal(err)
	}
	got, err := c.Package(t.Context(), p.ID)
	if err != nil || got.Name != p.Name || len(got.Items) != 2 {
		t.Errorf("package %+v, %v", got, err)
	}
	if _, err := c.Package(t.Context(), "' OR 1=1"); !errors.Is(err, item.ErrPackage) {
		t.Errorf("an unknown package: %v", err)
	}
}
