package supervision_test

import (
	"context"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/supervision"
)

// step publishes what happened with a step of the health commission's.
func (w *watch) step(kind, caseID, task string, more ...any) {
	w.t.Helper()
	w.says(kind, caseID, append([]any{"task", task, "node", "review", "name", "卫生审查", "organisation", "health"}, more...)...)
}

func (w *watch) file(caseID string) supervision.File {
	w.t.Helper()
	f, err := w.File(w.supervisor(), caseID)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// reminded are how many reminders somebody has.
func (w *watch) reminded(who context.Context) int {
	w.t.Helper()
	list, err := w.Reminders(who, 50)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

func (w *watch) one(id, org string, roles ...access.Role) context.Context {
	return staff(w.t.Context(), id, org, "330102", roles...)
}

func TestWhoHasAStepIsKnownHoweverItCameToHer(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		clock := w.clockOf(limit.WorkingDays, 3)
		done := "2026-03-02T11:00:00+08:00"
		for _, tt := range []struct {
			kind  string
			more  []any
			staff string
			words string
		}{
			{"flow.task-opened", []any{"person", "ann", "clock", clock}, "ann", "进入环节：卫生审查"}, // a seat that was asked for, a return
			{"flow.task-handed", []any{"action", "transfer", "by", "ann", "person", "ben", "opinion", "出差"}, "ben", "转办：卫生审查：出差"},
			{"flow.task-handed", []any{"action", "delegate", "by", "ben", "person", "cid"}, "cid", "委派：卫生审查"},
			{"flow.task-handed", []any{"action", "pass", "by", "cid", "person", "ben"}, "ben", "受委派人的意见送回：卫生审查"},
			{"flow.task-handed", []any{"action", "release", "by", "ben"}, "", "退回待签收：卫生审查"},
			{"flow.task-claimed", []any{"by", "dan", "person", "ann"}, "ann", "签收：卫生审查"}, // by her deputy
			{"flow.task-done", []any{"by", "ann", "result", "pass", "done", done}, "ann", "完成环节：卫生审查（通过）"},
			{"flow.recalled", []any{"by", "ann", "person", "ann", "clock", clock}, "ann", "拿回已作出的意见：卫生审查"},
		} {
			w.step(tt.kind, "c1", "t1", tt.more...)
			f := w.file("c1")
			if got := f.Steps[0]; got.Staff != tt.staff || got.Done.IsZero() != (tt.kind != "flow.task-done") {
				t.Errorf("after %s %v: %+v", tt.kind, tt.more, got)
			}
			if last := f.Log[len(f.Log)-1]; last.Words != tt.words {
				t.Errorf("after %s: %q, want %q", tt.kind, last.Words, tt.words)
			}
		}
		// The step that was opened again turns as before, and reminds who has it.
		w.at("2026-03-06 09:00")
		if got := w.signals(); !strings.Contains(got, "step-late") || w.reminded(w.one("ann", "health", access.RoleApprover)) == 0 {
			t.Errorf("the step that was taken back is forgotten: %q", got)
		}
		w.step("flow.task-done", "c1", "t1", "by", "ann", "result", "pass", "done", done)
		w.step("flow.recalled", "c1", "t1", "by", "ann", "person", "ann", "done", done)
		if got := w.file("c1").Steps[0]; got.Result != "recalled" || got.Done.IsZero() {
			t.Errorf("a step in whose place another one was opened: %+v", got)
		}
	})
}

func TestWhoGetsALateStepIsTold(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		w.step("flow.task-opened", "c1", "t1", "person", "ann", "clock", w.clockOf(limit.WorkingDays, 1))
		w.at("2026-03-04 00:01")
		ann, ben := w.one("ann", "health", access.RoleApprover), w.one("ben", "health", access.RoleApprover)
		if w.reminded(ann) != 2 || w.reminded(ben) != 0 {
			t.Fatalf("%d and %d reminders", w.reminded(ann), w.reminded(ben))
		}
		w.step("flow.task-handed", "c1", "t1", "action", "transfer", "by", "ann", "person", "ben")
		if w.reminded(ben) != 1 {
			t.Errorf("who has it now has %d reminders", w.reminded(ben))
		}
		w.step("flow.task-handed", "c1", "t1", "action", "release", "by", "ben")
		if w.reminded(ben) != 1 {
			t.Errorf("giving it back reminds: %d", w.reminded(ben))
		}
	})
}

// TestTheCasesOwnLimitsRemindAllWhoHaveIt holds to PA-10: the market body leads,
// the health commission and the fire brigade have its steps.
func TestTheCasesOwnLimitsRemindAllWhoHaveIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		w.step("flow.task-opened", "c1", "t1", "person", "ann")
		w.says("flow.task-opened", "c1", "task", "t2", "node", "fire", "name", "消防审查", "organisation", "fire")
		w.says("flow.task-opened", "c1", "task", "t3", "node", "past", "name", "初审", "organisation", "civil", "person", "old")
		w.says("flow.task-done", "c1", "task", "t3", "node", "past", "name", "初审", "organisation", "civil", "by", "old", "result", "pass")
		for _, tt := range []struct {
			now, signals string
			each         int
		}{
			{"2026-03-06 00:00", "promise-near", 1},
			{"2026-03-10 00:00", "promise-near promise-late", 2},
			{"2026-03-31 09:00", "promise-near promise-late statute-late", 3},
		} {
			w.at(tt.now)
			if got := w.signals(); got != tt.signals {
				t.Errorf("%s: %q", tt.now, got)
			}
			for name, who := range map[string]context.Context{
				"the lead's chief": w.chief(), "the health chief": w.one("h", "health", access.RoleChief), "who has the health step": w.one("ann", "health", access.RoleApprover),
				"the fire chief": w.one("f", "fire", access.RoleChief), "who may take the fire step": w.one("g", "fire", access.RoleApprover),
			} {
				if n := w.reminded(who); n != tt.each {
					t.Errorf("%s: %s has %d reminders, want %d", tt.now, name, n, tt.each)
				}
			}
			for name, who := range map[string]context.Context{
				"a chief whose step is done": w.one("x", "civil", access.RoleChief), "who did it": w.one("old", "civil", access.RoleApprover),
				"another approver": w.one("bob", "health", access.RoleApprover),
			} {
				if n := w.reminded(who); n != 0 {
					t.Errorf("%s: %s has %d reminders", tt.now, name, n)
				}
			}
		}
	})
}

func TestSupervisorsSeeNoNeighboursCases(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		for id, region := range map[string]string{"own": "330110", "below": "330110003", "beside": "330111"} {
			w.says("case.submitted", id, "region", region)
			w.says("case.not-accepted", id, "region", region, "reason", "") // a signal of each
		}
		who := staff(t.Context(), "jiancha", "government", "330110", access.RoleSupervisor)
		page, err := w.Cases(who, supervision.Filter{Limit: 10, Ended: true})
		if err != nil || len(page.Cases) != 2 {
			t.Errorf("%+v, %v", page.Cases, err)
		}
		if list, err := w.Signals(who, "", "", 10); err != nil || len(list) != 2 {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := w.File(who, "beside"); err == nil {
			t.Error("a neighbour's case is shown")
		}
		if _, err := w.Issue(who, supervision.Order{Case: "beside", Subject: "x", Text: "x", Due: "2026-03-12"}); err == nil {
			t.Error("a neighbour was urged")
		}
	})
}

func TestEveryRoundOfAnUrgingNoticeIsKept(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		o, err := w.Issue(w.supervisor(), supervision.Order{Case: "c1", Subject: "超期", Text: "请说明。", Due: "2026-03-03"})
		if err != nil {
			t.Fatal(err)
		}
		late := func() int { return strings.Count(w.signals(), "order-late") }
		w.at("2026-03-04 09:00")
		if _, err = w.Reply(w.chief(), o.ID, "正在核查。"); err != nil || late() != 1 {
			t.Fatalf("%v, %d signals", err, late())
		}
		if _, err = w.Verify(w.supervisor(), o.ID, false, "未说明原因", 3, "2026-03-05"); err != nil {
			t.Fatal(err)
		}
		w.at("2026-03-05 23:59")
		if got := w.file("c1").Orders[0]; got.Overdue || late() != 1 {
			t.Errorf("the new day isn't over: %+v, %d signals", got, late())
		}
		w.at("2026-03-06 00:01")
		w.at("2026-03-06 00:02")
		if got := w.file("c1").Orders[0]; !got.Overdue || late() != 2 {
			t.Errorf("the second missed day: %+v, %d signals", got, late())
		}
		if _, err = w.Reply(w.chief(), o.ID, "已办结。"); err != nil {
			t.Fatal(err)
		}
		if o, err = w.Verify(w.supervisor(), o.ID, true, "予以销号", 2, ""); err != nil || o.Score != 5 || o.State != "closed" {
			t.Fatalf("%+v, %v", o, err)
		}
		list, err := w.Orders(w.supervisor(), "", true, 10)
		if err != nil || len(list) != 1 || len(list[0].Rounds) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		first, second := list[0].Rounds[0], list[0].Rounds[1]
		if first.Reply != "正在核查。" || first.RepliedBy != "shoudai" || first.Verdict != "未说明原因" || first.VerifiedBy != "jiancha" || first.Score != 3 || !first.Overdue || first.Accepted || first.Due != "2026-03-03" {
			t.Errorf("the first round: %+v", first)
		}
		if second.Reply != "已办结。" || second.Verdict != "予以销号" || second.Score != 2 || !second.Overdue || !second.Accepted || second.Due != "2026-03-05" {
			t.Errorf("the second round: %+v", second)
		}
	})
}

func TestOnlyWhoIsConcernedIsUrged(t *testing.T) {
	w := open(t, t.TempDir()+"/p.db")
	w.accept("c1")
	w.says("flow.task-opened", "c1", "task", "t2", "node", "fire", "name", "消防审查", "organisation", "fire")
	for _, tt := range []struct {
		name, about, organisation string
		good                      bool
	}{
		{"the lead", "c1", "", true},
		{"who has a step, though of the province", "c1", "fire", true},
		{"another body of the region", "c1", "civil", true},
		{"a body of the region, about nothing", "", "civil", true},
		{"of the province, about nothing", "", "fire", false},
		{"another region's", "c1", "beside", false},
		{"one that isn't there", "c1", "nobody", false},
		{"hostile", "", "'; DROP TABLE supervision_order; --", false},
	} {
		o, err := w.Issue(w.supervisor(), supervision.Order{Case: tt.about, Organisation: tt.organisation, Subject: "x", Text: "x", Due: "2026-03-12"})
		if (err == nil) != tt.good || tt.good && o.Region != "330102" {
			t.Errorf("%s: %+v, %v", tt.name, o, err)
		}
	}
}
