package knowledge_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/knowledge"
)

func ids(entries []knowledge.Entry) (list []string) {
	for _, e := range entries {
		list = append(list, e.ID)
	}
	return list
}

func TestPointsAreInStepWithTheItem(t *testing.T) {
	c := file(t)
	p, err := c.Points(c.lin(), "food-licence", "plan")
	c.must(err)
	if diff := cmp.Diff([]string{"item.food-licence.m.plan"}, ids(p.Material)); diff != "" {
		t.Error(diff)
	}
	want := []string{"review", "mistakes", "faq.1", "contact", "guide"}
	for i := range want {
		want[i] = "item.food-licence." + want[i]
	}
	if diff := cmp.Diff(want, ids(p.Item)); diff != "" {
		t.Error(diff)
	}
	if got := p.Material[0].Body; got != "标明功能分区和面积\n填写须知：手绘亦可" {
		t.Errorf("the point says %q", got)
	}
	next := food(2)
	next.Materials[1].Standard, next.FAQ = "比例不小于 1:100", nil
	c.publish(next)
	p, err = c.Points(c.lin(), "food-licence", "plan")
	c.must(err)
	if !strings.HasPrefix(p.Material[0].Body, "比例不小于") || p.Material[0].Version != 2 || slices.Contains(ids(p.Item), "item.food-licence.faq.1") {
		t.Errorf("after the new version: %+v", p)
	}
	c.withdraw("food-licence")
	if p, err = c.Points(c.lin(), "food-licence", "plan"); err != nil || len(p.Material)+len(p.Item) > 0 {
		t.Errorf("of a withdrawn item: %+v %v", p, err)
	}
	if _, err := c.Entry(c.lin(), "item.food-licence.m.plan"); kindOf(err) != fault.NotFound {
		t.Errorf("a withdrawn item's entry: %v", err)
	}
}

func TestSearchFindsTwoCharactersAndSynonyms(t *testing.T) {
	c := file(t)
	id := c.written(tip())
	for text, want := range map[string]string{"比例": id, "健康": "item.food-licence.faq.1", "照面": "item.food-licence.m.id-card", "缩放": id} {
		if got := c.found(knowledge.Query{Text: text}); !slices.Contains(got, want) {
			t.Errorf("%s found %v, not %s", text, got, want)
		}
	}
	if got := c.found(knowledge.Query{Text: "平面图", Kind: knowledge.Experience, Origin: knowledge.FromStaff}); !slices.Equal(got, []string{id}) {
		t.Errorf("filtered: %v", got)
	}
	if got := c.found(knowledge.Query{Item: "none"}); len(got) != 0 {
		t.Errorf("of no item: %v", got)
	}
	f, err := c.Search(c.lin(), knowledge.Query{Text: "出入口"})
	c.must(err)
	marked := false
	for _, p := range f.Hits[0].Excerpt {
		marked = marked || p.Hit && p.Text == "出入口"
	}
	if !marked {
		t.Errorf("the hit isn't marked: %+v", f.Hits[0].Excerpt)
	}
}

func TestWhatStaffWriteIsCheckedBySomebodyElse(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		chief := c.staff("lin", access.RoleClerk, access.RoleChief)
		w, err := c.Begin(chief, tip())
		c.must(err)
		c.refused(c.Check(c.mei(), w.ID, w.Edition, true, ""), knowledge.ErrState)
		if got := c.found(knowledge.Query{Text: "缩放"}); len(got) != 0 {
			t.Error("a draft is found")
		}
		w, err = c.Submit(chief, w.ID, w.Edition)
		c.must(err)
		c.refused(c.Check(chief, w.ID, w.Edition, true, ""), knowledge.ErrChecker)
		c.refused(c.Check(c.shui(), w.ID, w.Edition, true, ""), knowledge.ErrNone)
		c.refused(c.Check(c.far(), w.ID, w.Edition, true, ""), knowledge.ErrNone)
		c.refused(c.Check(c.mei(), w.ID, w.Edition-1, true, ""), knowledge.ErrStale)
		c.refused(c.Check(c.mei(), w.ID, w.Edition, false, ""), knowledge.ErrInput)
		c.must(c.Check(c.mei(), w.ID, w.Edition, false, "请写明出处"))
		works, err := c.Works(c.lin())
		c.must(err)
		if len(works) != 1 || works[0].Note != "请写明出处" || works[0].State != knowledge.Draft {
			t.Fatalf("returned: %+v", works)
		}
		better := tip()
		better.Body += "见窗口手册。"
		_, err = c.Save(c.lin(), w.ID, w.Edition, better)
		c.refused(err, knowledge.ErrStale)
		w, err = c.Save(c.lin(), w.ID, works[0].Edition, better)
		c.must(err)
		w, err = c.Submit(c.lin(), w.ID, w.Edition)
		c.must(err)
		c.must(c.Check(c.desk(), w.ID, w.Edition, true, ""))
		e, err := c.Entry(c.shui(), w.ID)
		c.must(err)
		if e.Body != better.Body || e.MaterialName != "场所平面图" || e.OrganisationName != "东湖区市场监督管理局" {
			t.Errorf("published: %+v", e)
		}
		p, err := c.Points(c.lin(), "food-licence", "plan")
		c.must(err)
		if diff := cmp.Diff([]string{"item.food-licence.m.plan", w.ID}, ids(p.Material)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestVersionsFollowOneAnother(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		id := c.written(tip())
		_, err := c.Revise(c.shui(), id)
		c.refused(err, knowledge.ErrForbidden)
		_, err = c.Revise(c.lin(), "item.food-licence.review")
		c.refused(err, knowledge.ErrLibrary)
		w, err := c.Revise(c.lin(), id)
		c.must(err)
		_, err = c.Revise(c.mei(), id)
		c.refused(err, knowledge.ErrState)
		next := tip()
		next.Title = "平面图怎么画"
		w, err = c.Save(c.lin(), id, w.Edition, next)
		c.must(err)
		if e, err := c.Entry(c.lin(), id); err != nil || e.Title != tip().Title {
			t.Errorf("while the next is written: %+v %v", e, err)
		}
		w, err = c.Submit(c.lin(), id, w.Edition)
		c.must(err)
		c.must(c.Check(c.mei(), id, w.Edition, true, ""))
		if e, err := c.Entry(c.lin(), id); err != nil || e.Title != next.Title || e.Version != 2 {
			t.Errorf("the next: %+v %v", e, err)
		}
		w, err = c.Revise(c.lin(), id)
		c.must(err)
		c.must(c.Drop(c.lin(), id, w.Edition))
		c.refused(c.Withdraw(c.lin(), id, "政策已变"), knowledge.ErrForbidden)
		c.refused(c.Withdraw(c.mei(), id, " "), knowledge.ErrInput)
		c.must(c.Withdraw(c.mei(), id, "政策已变"))
		_, err = c.Entry(c.lin(), id)
		c.refused(err, knowledge.ErrNone)
		history, err := c.History(c.lin(), id)
		c.must(err)
		var states []knowledge.State
		for _, v := range history {
			states = append(states, v.State)
		}
		if diff := cmp.Diff([]knowledge.State{knowledge.Withdrawn, knowledge.Replaced}, states); diff != "" || history[0].Checker != "梅二" {
			t.Errorf("%s %+v", diff, history)
		}
	})
}

func TestADoubtedEntryGoesBackToItsDepartment(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		const id = "item.food-licence.m.plan"
		_, err := c.Rate(c.shui(), id, knowledge.Wrong, "错")
		c.refused(err, knowledge.ErrInput)
		_, err = c.Rate(c.shui(), "item.none.review", knowledge.Accurate, "")
		c.refused(err, knowledge.ErrNone)
		_, err = c.Rate(c.desk(), id, knowledge.Accurate, "")
		c.must(err)
		if all, err := c.Todos(c.mei(), true); err != nil || len(all) != 0 {
			t.Errorf("an accurate entry is to be looked into: %+v %v", all, err)
		}
		r, err := c.Rate(c.shui(), id, knowledge.Outdated, "新规定不再要求面积")
		c.must(err)
		_, err = c.Rate(c.desk(), id, knowledge.Wrong, "与新办法第八条不符")
		c.must(err)
		if want := time.Date(2026, 11, 30, 23, 59, 59, 999e6, start.Location()); !r.Due.Equal(want) {
			t.Errorf("due %v, want %v", r.Due, want)
		}
		if e, err := c.Entry(c.lin(), id); err != nil || !e.Doubted {
			t.Errorf("it isn't marked: %+v %v", e, err)
		}
		for who, ctx := range map[string]int{"mei": 1, "shui": 0, "far": 0} {
			caller := c.staff(who, access.RoleChief)
			if all, err := c.Todos(caller, true); err != nil || len(all) != ctx {
				t.Errorf("%s sees %+v %v", who, all, err)
			}
		}
		all, err := c.Todos(c.mei(), true)
		c.must(err)
		if got := all[0]; len(got.Ratings) != 2 || got.Left != 5 || got.Late || !got.May || got.Ratings[0].Rater != "资迅" {
			t.Fatalf("the to-do: %+v", got)
		}
		c.refused(c.Answer(c.shui(), all[0].ID, knowledge.Kept, "没有问题的"), knowledge.ErrNone)
		c.refused(c.Answer(c.mei(), all[0].ID, knowledge.Kept, "好"), knowledge.ErrInput)
		c.pass(8)
		c.must(c.Answer(c.mei(), all[0].ID, knowledge.Corrected, "已按新办法修改办事指南。"))
		c.refused(c.Answer(c.mei(), all[0].ID, knowledge.Corrected, "再答复一次。"), knowledge.ErrState)
		mine, err := c.Mine(c.shui())
		c.must(err)
		if len(mine) != 1 || mine[0].Answer != "已按新办法修改办事指南。" || !mine[0].New {
			t.Errorf("who rated sees %+v", mine)
		}
		c.must(c.See(c.shui()))
		if mine, err = c.Mine(c.shui()); err != nil || mine[0].New {
			t.Errorf("once seen: %+v %v", mine, err)
		}
		if e, err := c.Entry(c.lin(), id); err != nil || e.Doubted {
			t.Errorf("it is still marked: %+v %v", e, err)
		}
		if rated, answered := c.events(knowledge.TypeRated), c.events(knowledge.TypeAnswered); rated != 3 || answered != 1 {
			t.Errorf("%d were told rated, %d answered", rated, answered)
		}
		counts, err := c.Counts(c.mei(), start.AddDate(0, 0, -1), start.AddDate(0, 0, 30))
		c.must(err)
		if len(counts) != 1 {
			t.Fatalf("counts: %+v", counts)
		}
		// The desk said two things of one version: the latter counts.
		if n := counts[0]; n.Outdated != 1 || n.Wrong != 1 || n.Accurate != 0 || n.Answered != 1 || n.Corrected != 1 || n.Late != 1 || n.Open != 0 || n.Entries != 7 {
			t.Errorf("counts: %+v", n)
		}
	})
}

func TestManyDoubtsAtOnceAreOneTodo(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		_, err := c.Entry(c.lin(), "item.food-licence.review")
		c.must(err)
		var all sync.WaitGroup
		for _, who := range []string{"desk", "lin", "mei", "shui", "far"} {
			ctx := c.staff(who, access.RoleClerk)
			all.Go(func() {
				if _, err := c.Rate(ctx, "item.food-licence.review", knowledge.Outdated, "与新规定不一致"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		todos, err := c.Todos(c.mei(), true)
		c.must(err)
		if len(todos) != 1 || len(todos[0].Ratings) != 5 {
			t.Errorf("to-dos: %+v", todos)
		}
	})
}

func TestLimitsAreTheOrganisationsOwn(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.refused(c.SetLimit(c.desk(), knowledge.Limit{Days: 0}), knowledge.ErrSettings)
		c.refused(c.SetLimit(c.desk(), knowledge.Limit{Organisation: "none", Days: 3}), knowledge.ErrOrg)
		c.refused(c.SetLimit(c.far(), knowledge.Limit{Organisation: "market", Days: 3}), knowledge.ErrForbidden)
		c.must(c.SetLimit(c.desk(), knowledge.Limit{Days: 10}))
		c.must(c.SetLimit(c.desk(), knowledge.Limit{Organisation: "market", Days: 1}))
		r, err := c.Rate(c.shui(), "item.food-licence.review", knowledge.Wrong, "标准已经修订")
		c.must(err)
		if want := 24; r.Due.Day() != want {
			t.Errorf("due %v", r.Due)
		}
		c.must(c.SetLimit(c.desk(), knowledge.Limit{Organisation: "market"}))
		all, err := c.Limits(c.desk())
		c.must(err)
		if diff := cmp.Diff([]knowledge.Limit{{Days: 10}}, all); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPublishedAnswersAreProposedOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.answers = []knowledge.Answer{
			{ID: "v1", Title: "外卖店要平面图吗", Question: "只做外卖要平面图吗？", Text: "要，标明加工区即可。", Item: "food-licence", Organisation: "东湖区市场监督管理局"},
			{ID: "v2", Title: "发票在哪里领", Question: "", Text: "在税务窗口领取。", Item: "gone", Organisation: "东湖区税务局"},
			{ID: "v3", Title: "没有人管", Text: "没有这个部门。", Organisation: "不存在的部门"},
		}
		for _, want := range []int{2, 0} {
			if n, err := c.Propose(t.Context()); err != nil || n != want {
				t.Errorf("proposed %d, want %d: %v", n, want, err)
			}
		}
		works, err := c.Works(c.lin())
		c.must(err)
		if len(works) != 1 || works[0].Origin != knowledge.FromAnswer || works[0].Body != "问：只做外卖要平面图吗？\n答：要，标明加工区即可。" {
			t.Fatalf("proposed: %+v", works)
		}
		w, err := c.Submit(c.mei(), works[0].ID, works[0].Edition)
		c.must(err)
		c.refused(c.Check(c.mei(), w.ID, w.Edition, true, ""), knowledge.ErrChecker)
		c.must(c.Check(c.desk(), w.ID, w.Edition, true, ""))
		if got := c.found(knowledge.Query{Text: "外卖"}); !slices.Equal(got, []string{w.ID}) {
			t.Errorf("found %v", got)
		}
	})
}
