package flow_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/store"
)

func TestACaseRunsFromAcceptanceToDecision(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.begin("c1", "", nil)
		o.wantStates("c1", "review now", "decide waiting")
		review := o.find("ann", "review")
		if review.Limit == nil || review.Limit.Due != "2026-11-25" || review.Limit.Light != "green" || review.OrganisationName != "市场监督管理局" {
			t.Errorf("task %+v, limit %+v", review, review.Limit)
		}
		o.refused(o.act("ann", review.ID, "pass", flow.Request{}), engine.ErrNotYours)
		o.do("ann", review.ID, "claim", flow.Request{})
		o.refused(o.act("ben", review.ID, "claim", flow.Request{}), engine.ErrTask) // it is another's now
		if len(o.list("ben", flow.Claimable)) != 0 || len(o.list("ann", flow.Mine)) != 1 {
			t.Error("a claimed task is still offered, or not in its owner's list")
		}
		o.do("ann", review.ID, "pass", flow.Request{Opinion: "材料齐全"})
		decide := o.find("ben", "decide")
		o.do("ben", decide.ID, "claim", flow.Request{})
		o.do("ben", decide.ID, "pass", flow.Request{Opinion: "准予许可"})
		if want := "ended c1 true 准予许可"; !slices.Equal(o.told, []string{want}) {
			t.Errorf("told %v, want %q", o.told, want)
		}
		if len(o.result.Opinions) != 2 || o.result.Opinions[0].Text != "材料齐全" || o.result.Opinions[1].By != "ben" {
			t.Errorf("opinions %+v", o.result.Opinions)
		}
		o.wantStates("c1", "review done", "decide done")
		want := []string{"task-opened", "task-claimed", "task-done", "task-opened", "task-claimed", "task-done", "ended"}
		if got := o.heard(); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		if done := o.list("ann", flow.Done); len(done) != 1 || done[0].Opinion != "材料齐全" {
			t.Errorf("done %+v", done)
		}
		if _, err := o.audit.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// The complaint that made this engine: a return across parallel branches, and a
// second one, must neither lose a branch nor double one.
func TestAReturnAcrossParallelBranchesKeepsTheOthers(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.begin("c1", o.joint(), nil)
		o.pass("ann", "lead")
		o.pass("hal", "first")
		o.pass("fay", "second")
		for round := range 2 {
			decide := o.find("ann", "decide")
			if decide.Person == "" {
				o.do("ann", decide.ID, "claim", flow.Request{})
			}
			o.do("ann", decide.ID, "return", flow.Request{Opinion: "请补充卫生意见", Node: "first"})
			o.wantStates("c1", "lead done", "first returned", "second done", "decide waiting")
			if len(o.list("fay", flow.Mine)) != 0 || len(o.list("ann", flow.Mine)) != 0 {
				t.Fatalf("round %d: others were asked again", round)
			}
			o.pass("hal", "first")
			o.wantStates("c1", "lead done", "first done", "second done", "decide now")
		}
		o.pass("ann", "decide")
		if len(o.told) != 1 || len(o.result.Opinions) != 4 {
			t.Errorf("told %v, %d opinions", o.told, len(o.result.Opinions))
		}
	})
}

func TestADirectReturnComesStraightBack(t *testing.T) {
	o := file(t)
	o.begin("c1", "three-step", nil)
	o.pass("ann", "check")
	o.pass("ann", "review")
	decide := o.find("ben", "decide")
	o.do("ben", decide.ID, "claim", flow.Request{})
	o.do("ben", decide.ID, "return", flow.Request{Opinion: "核对受理信息", Node: "check", Direct: true})
	o.wantStates("c1", "check returned", "review waiting", "decide waiting", "archive waiting")
	o.pass("ann", "check") // it is hers again without a claim
	o.wantStates("c1", "check done", "review done", "decide returned", "archive waiting")
	if back := o.find("ben", "decide"); back.Person != "ben" {
		t.Errorf("it came back to %q", back.Person)
	}
}

func TestAHeldCaseStandsWithItsClocks(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.begin("c1", "", nil)
		review := o.find("ann", "review")
		o.do("ann", review.ID, "claim", flow.Request{})
		o.refused(o.act("ann", review.ID, "hold", flow.Request{Reason: "holiday", Days: 3}), flow.ErrInput)
		o.do("ann", review.ID, "hold", flow.Request{Reason: "survey", Days: 3, Opinion: "周三现场"})
		if mine := o.list("ann", flow.Mine); mine[0].Limit.Light != "paused" {
			t.Errorf("light %s", mine[0].Limit.Light)
		}
		o.refused(o.act("ann", review.ID, "pass", flow.Request{}), engine.ErrHeld)
		o.at(monday.AddDate(0, 0, 7))
		o.do("ann", review.ID, "resume", flow.Request{})
		if mine := o.list("ann", flow.Mine); mine[0].Limit.Due != "2026-12-01" || mine[0].Limit.Light == "red" {
			t.Errorf("after a week's hold due %+v", mine[0].Limit)
		}
		if want := []string{"held c1 survey 周三现场 3", "resumed c1"}; !slices.Equal(o.told, want) {
			t.Errorf("told %v", o.told)
		}
	})
}

func TestASupplementWaitsForTheApplicant(t *testing.T) {
	o := file(t)
	o.begin("c1", "", nil)
	review := o.find("ann", "review")
	o.do("ann", review.ID, "claim", flow.Request{})
	o.refused(o.act("ann", review.ID, flow.Supplement, flow.Request{}), flow.ErrInput)
	o.do("ann", review.ID, flow.Supplement, flow.Request{Missing: []string{"平面图"}, Opinion: "请补正"})
	if !slices.Equal(o.told, []string{"supplement c1 [平面图] 请补正"}) {
		t.Errorf("told %v", o.told)
	}
	o.must(o.store.Write(t.Context(), "resume", func(tx *store.Tx) error { return o.Resume(t.Context(), tx, "c1", "已补正") }))
	o.do("ann", review.ID, "pass", flow.Request{})
	if len(o.told) != 1 {
		t.Errorf("the owner was told what she said herself: %v", o.told)
	}
}

func TestAnotherPersonDecidesOnMoreTime(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.begin("c1", "", nil)
		review := o.find("cat", "review")
		o.do("cat", review.ID, "claim", flow.Request{})
		o.do("cat", review.ID, "ask-extension", flow.Request{Days: 5, Opinion: "案情复杂"})
		o.refused(o.act("cat", review.ID, "ask-extension", flow.Request{Days: 5, Opinion: "再来"}), engine.ErrExtension)
		o.refused(o.act("cat", review.ID, "decide-extension", flow.Request{Granted: true}), engine.ErrOwnWish)
		boss := o.staff["cat"]
		boss.ID = "boss"
		o.staff["boss"] = boss
		if wishes := o.list("boss", flow.Extensions); len(wishes) != 1 {
			t.Fatalf("wishes %+v", wishes)
		}
		if _, err := o.Tasks(o.as("ann"), flow.Extensions, "", 10); err != nil || len(o.list("ann", flow.Extensions)) != 0 {
			t.Error("who isn't the chief sees wishes")
		}
		o.refused(o.act("ann", review.ID, "decide-extension", flow.Request{Granted: true}), engine.ErrTask)
		o.do("boss", review.ID, "decide-extension", flow.Request{Granted: true, Opinion: "同意"})
		if !slices.Equal(o.told, []string{"extended c1 5 案情复杂"}) || len(o.list("boss", flow.Extensions)) != 0 {
			t.Errorf("told %v", o.told)
		}
		if mine := o.list("cat", flow.Mine); mine[0].Limit.Due != "2026-12-02" {
			t.Errorf("due %s", mine[0].Limit.Due)
		}
	})
}

func TestRecallOnlyWhileNobodyHasLooked(t *testing.T) {
	o := file(t)
	o.begin("c1", "", nil)
	review := o.pass("ann", "review")
	o.refused(o.act("ben", review.ID, "recall", flow.Request{}), engine.ErrTask)
	o.do("ann", review.ID, "recall", flow.Request{})
	o.wantStates("c1", "review returned", "decide waiting")
	again := o.pass("ann", "review")
	o.do("ben", o.find("ben", "decide").ID, flow.Look, flow.Request{})
	o.refused(o.act("ann", again.ID, "recall", flow.Request{}), engine.ErrRecall)
}

func TestHandingOnStaysInTheBody(t *testing.T) {
	o := file(t)
	o.begin("c1", "", nil)
	review := o.find("ann", "review")
	o.do("ann", review.ID, "claim", flow.Request{})
	for _, to := range []string{"hal", "eve", "far", "ann", "nobody", ""} {
		o.refused(o.act("ann", review.ID, "transfer", flow.Request{To: to}), engine.ErrPerson)
	}
	o.do("ann", review.ID, "delegate", flow.Request{To: "ben"})
	o.refused(o.act("ann", review.ID, "pass", flow.Request{}), engine.ErrTask)
	o.do("ben", review.ID, "pass", flow.Request{Opinion: "我看可以"})
	if mine := o.list("ann", flow.Mine); len(mine) != 1 || mine[0].State != "open" {
		t.Fatalf("what was delegated didn't come back: %+v", mine)
	}
	o.do("ann", review.ID, "add-sign", flow.Request{To: "hal"})
	o.do("ann", review.ID, "pass", flow.Request{})
	o.wantStates("c1", "review now", "decide waiting") // the added seat is still asked
	seat := o.list("hal", flow.Mine)[0]
	if verbs := o.detail("hal", seat.ID).Verbs; slices.Contains(verbs, "release") || !slices.Contains(verbs, "pass") {
		t.Errorf("verbs of an added seat: %v", verbs)
	}
	o.refused(o.act("ben", seat.ID, "drop-sign", flow.Request{}), engine.ErrTask)
	o.do("ann", seat.ID, "drop-sign", flow.Request{})
	o.wantStates("c1", "review done", "decide now")
	words := []string{}
	for _, st := range o.detail("ann", review.ID).History {
		words = append(words, st.Word)
	}
	if want := "流程开始 领取 委派 同意 加签 同意 减签"; strings.Join(words, " ") != want {
		t.Errorf("history %v, want %s", words, want)
	}
}

func (o *office) detail(who, task string) flow.Detail {
	o.tb.Helper()
	d, err := o.Task(o.as(who), task)
	o.must(err)
	return d
}

func TestADeputyActsForSomebody(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.begin("c1", "", nil)
		review := o.find("ann", "review")
		o.do("ann", review.ID, "claim", flow.Request{})
		for _, bad := range [][3]string{{"hal", "2026-11-24", "2026-11-25"}, {"ann", "2026-11-24", "2026-11-25"}, {"ben", "2026-11-20", "2026-11-25"}, {"ben", "2026-11-25", "2026-11-24"}, {"ben", "x", "y"}, {"des", "2026-11-24", "2026-11-25"}} {
			_, err := o.SetDeputy(o.as("ann"), bad[0], bad[1], bad[2])
			o.refused(err, flow.ErrDeputy)
		}
		d, err := o.SetDeputy(o.as("ann"), "ben", "2026-11-24", "2026-11-25")
		o.must(err)
		o.refused(o.act("ben", review.ID, "pass", flow.Request{}), engine.ErrTask) // tomorrow
		o.at(monday.AddDate(0, 0, 1))
		if mine := o.list("ben", flow.Mine); len(mine) != 1 || mine[0].For != "员工ann" {
			t.Fatalf("the deputy's list %+v", mine)
		}
		o.do("ben", review.ID, "pass", flow.Request{Opinion: "代为同意"})
		if h := o.detail("ann", review.ID).History; h[len(h)-1].By != "员工ben" || h[len(h)-1].For != "员工ann" {
			t.Errorf("history %+v", h[len(h)-1])
		}
		o.refused(o.DropDeputy(o.as("ben"), d.ID), flow.ErrNoDeputy)
		o.must(o.DropDeputy(o.as("ann"), d.ID))
	})
}

func TestATimerFiresWhenItsTermIsOver(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		def := engine.Definition{
			Name: "公示", Nodes: []engine.Node{
				{ID: "s", Kind: engine.Start},
				{ID: "show", Name: "公示", Kind: engine.Timer, Wait: &engine.Term{Unit: engine.WorkingDays, Days: 3}},
				{ID: "d", Name: "决定", Kind: engine.User, Decides: true, Assign: &engine.Assign{Org: engine.ItemOrg}},
				{ID: "e", Kind: engine.End},
			},
			Edges: []engine.Edge{{ID: "a", From: "s", To: "show"}, {ID: "b", From: "show", To: "d"}, {ID: "c", From: "d", To: "e"}},
		}
		v, err := o.Save(o.as("eve"), def, 0)
		o.must(err)
		o.must(o.Propose(o.as("eve"), v.Definition, 1, ""))
		o.must(o.Publish(o.as("rob"), v.Definition, 2, true, ""))
		o.begin("c1", v.Definition, nil)
		o.at(time.Date(2026, 11, 26, 23, 59, 0, 0, china))
		o.must(o.Fire(t.Context()))
		o.wantStates("c1", "show now", "d waiting")
		o.at(time.Date(2026, 11, 27, 0, 0, 1, 0, china))
		o.must(o.Fire(t.Context()))
		o.must(o.Fire(t.Context()))
		o.wantStates("c1", "show done", "d now")
	})
}

func TestTheOwnersRefusalUndoesTheStep(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.begin("c1", "instant", nil)
		decide := o.find("ann", "decide")
		o.do("ann", decide.ID, "claim", flow.Request{})
		o.refuse = flow.ErrState
		o.refused(o.act("ann", decide.ID, "pass", flow.Request{}), flow.ErrState)
		o.wantStates("c1", "decide now")
		o.refuse = nil
		o.do("ann", decide.ID, "refuse", flow.Request{Opinion: "不符合条件"})
		if !slices.Equal(o.told, []string{"ended c1 false 不符合条件"}) {
			t.Errorf("told %v", o.told)
		}
	})
}

func TestTerminationClosesEverything(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.begin("c1", "", nil)
		review := o.find("ann", "review")
		o.do("ann", review.ID, "claim", flow.Request{})
		o.refused(o.act("ann", review.ID, "terminate", flow.Request{Opinion: "申请人死亡"}), flow.ErrForbidden)
		o.do("cat", review.ID, "terminate", flow.Request{Opinion: "申请人死亡"})
		o.refused(o.act("ann", review.ID, "pass", flow.Request{}), engine.ErrOver)
		if len(o.list("ann", flow.Mine)) != 0 || !slices.Equal(o.told, []string{"terminated c1 申请人死亡"}) {
			t.Errorf("told %v, left %v", o.told, o.list("ann", flow.Mine))
		}
		o.begin("c2", "", nil)
		for range 2 { // again is as wanted
			o.must(o.store.Write(t.Context(), "withdraw", func(tx *store.Tx) error { return o.Terminate(t.Context(), tx, "c2", "撤回") }))
		}
		if len(o.told) != 1 || len(o.list("ann", flow.Claimable)) != 0 {
			t.Errorf("told %v", o.told)
		}
	})
}

func TestWhoHasATaskIsToldHoweverItCameToHer(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		var got []string
		o.store.On("flow.task-handed", "hands", func(_ context.Context, _ *store.Tx, e store.Event) error {
			var h struct{ Person, From, Action string }
			err := json.Unmarshal(e.Data, &h)
			got = append(got, h.Action+" "+h.From+" > "+h.Person)
			return err
		})
		o.begin("c1", "", nil)
		review := o.find("ann", "review").ID
		o.do("ann", review, "claim", flow.Request{})
		o.do("ann", review, "transfer", flow.Request{To: "ben"})
		o.do("ben", review, "delegate", flow.Request{To: "ann"})
		o.do("ann", review, "pass", flow.Request{Opinion: "我看可以"})
		o.do("ben", review, "release", flow.Request{})
		o.heard()
		want := []string{"transfer ann > ben", "delegate ben > ann", "pass ann > ben", "release ben > "}
		if !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}
