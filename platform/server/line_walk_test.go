package server

import (
	"net/http"
	"strings"
	"testing"

	"smarthall/platform/internal/item"
)

// light is how supervision sees a case, with the last day of both its limits.
func (c *city) light(id string) (light, promised, statutory string) {
	c.t.Helper()
	file := c.do("jiancha", http.MethodGet, "/supervision/cases/"+id, nil)
	now := c.do("lin", http.MethodGet, "/cases/"+id, nil)
	return file.text("case", "light"), now.text("promisedDue"), now.text("statutoryDue")
}

// verb does something with a task.
func (c *city) verb(who, task, verb string, body object) object {
	c.t.Helper()
	out := c.do(who, http.MethodPost, "/tasks/"+task+"/"+verb, body)
	c.settle()
	return out
}

func aHoldMovesBothLimits(t *testing.T, c *city) {
	id := c.taken("pension", nil) // 10 working days promised, 30 days by law
	if light, promised, statutory := c.light(id); light != "green" || promised != "2026-12-07" || statutory != "2026-12-23" {
		t.Fatalf("accepted: %s, %s, %s", light, promised, statutory)
	}
	c.at("2026-11-24 09:00")
	task := c.taskOf("renshen", "review", id)
	c.refused("renshen", http.MethodPost, "/tasks/"+task+"/hold", object{"reason": "holiday", "days": 5}, http.StatusUnprocessableEntity, "flow.input")
	c.verb("renshen", task, "hold", object{"reason": "appraisal", "days": 5, "opinion": "档案需要鉴定"})
	c.refused("renshen", http.MethodPost, "/tasks/"+task+"/pass", object{"opinion": "同意"}, http.StatusConflict, "flow.on-hold")
	c.at("2026-11-26 09:00")
	if light, _, _ := c.light(id); light != "paused" {
		t.Errorf("held: %s", light)
	}
	held := c.state(id, "accepted")
	if held.text("held") != "true" || !strings.Contains(held.text("documents"), "special") {
		t.Errorf("the applicant doesn't see that it is held: %v", held["documents"])
	}
	c.verb("renshen", task, "resume", object{})
	if light, promised, statutory := c.light(id); light != "yellow" || promised != "2026-12-09" || statutory != "2026-12-25" { // the step has a day left
		t.Errorf("resumed: %s, %s, %s", light, promised, statutory)
	}
	c.refused("renshen", http.MethodPost, "/tasks/"+task+"/resume", object{}, http.StatusConflict, "flow.not-held")
	c.pass(id, [2]string{"renshen", "review"}, [2]string{"rendai", "decide"})
	c.state(id, "closed") // a result on line is there at once
}

func anApproverAsksTheApplicantOnceMore(t *testing.T, c *city) {
	id := c.taken("pension", nil)
	material := c.state(id, "accepted").list("materials")[0].text("id")
	task := c.taskOf("renshen", "review", id)
	c.refused("renshen", http.MethodPost, "/tasks/"+task+"/supplement", object{"missing": []string{" "}}, http.StatusUnprocessableEntity, "flow.input")
	c.verb("renshen", task, "supplement", object{"missing": []string{material, "说明<b>工龄</b>"}, "opinion": "请补充"})
	c.at("2026-11-25 09:00")
	if light, _, _ := c.light(id); light != "paused" {
		t.Errorf("asked: %s", light)
	}
	asked := c.state(id, "supplementing")
	if missing, _ := asked["missing"].([]any); len(missing) != 2 {
		t.Errorf("asked for %v", asked["missing"])
	}
	c.refused("chen", http.MethodPost, "/cases/"+id+"/submit", object{}, http.StatusNotFound, "cases.unknown")
	c.refused("lin", http.MethodPost, "/cases/"+id+"/submit", object{}, http.StatusUnprocessableEntity, "cases.missing")
	c.refused("renshen", http.MethodPost, "/tasks/"+task+"/pass", object{"opinion": "同意"}, http.StatusConflict, "flow.on-hold")
	c.do("lin", http.MethodPut, "/cases/"+id+"/materials/"+material, object{"files": []string{c.upload("lin", "more.pdf")}})
	c.do("lin", http.MethodPost, "/cases/"+id+"/submit", object{})
	c.settle()
	if light, promised, _ := c.light(id); light != "yellow" || promised != "2026-12-08" {
		t.Errorf("brought: %s, %s", light, promised)
	}
	c.state(id, "accepted")
	c.pass(id, [2]string{"renshen", "review"}, [2]string{"rendai", "decide"})
	c.state(id, "closed") // a result on line is there at once
}

func theChiefGrantsMoreTimeOnce(t *testing.T, c *city) {
	id := c.taken("pension", nil)
	task := c.taskOf("renshen", "review", id)
	for _, days := range []int{0, 16, 365} {
		c.refused("renshen", http.MethodPost, "/tasks/"+task+"/ask-extension", object{"days": days, "opinion": "档案在外地"}, http.StatusUnprocessableEntity, "flow.input")
	}
	c.verb("renshen", task, "ask-extension", object{"days": 5, "opinion": "档案在外地"})
	for _, who := range []string{"jingdai", "jingshen"} {
		c.refused(who, http.MethodPost, "/tasks/"+task+"/decide-extension", object{"granted": true, "opinion": "同意"}, http.StatusNotFound, "flow.unknown-task")
	}
	if code, out := c.send("renshen", http.MethodPost, "/tasks/"+task+"/decide-extension", object{"granted": true, "opinion": "同意"}); code < 400 {
		t.Errorf("who asked grants it: %v", out)
	}
	if wishes := c.do("rendai", http.MethodGet, "/tasks?view=extensions", nil).list("tasks"); len(wishes) != 1 || wishes[0].text("id") != task {
		t.Errorf("the chief has %v", wishes)
	}
	c.verb("rendai", task, "decide-extension", object{"granted": true, "opinion": "同意"})
	if _, promised, statutory := c.light(id); promised != "2026-12-14" || statutory <= "2026-12-23" {
		t.Errorf("granted: %s, %s", promised, statutory)
	}
	if got := c.state(id, "accepted"); !strings.Contains(got.text("documents"), "extension") {
		t.Error("the applicant has no notice of it")
	}
	if code, out := c.send("renshen", http.MethodPost, "/tasks/"+task+"/ask-extension", object{"days": 5, "opinion": "还要时间"}); code != http.StatusConflict {
		t.Errorf("asked again: %d %v", code, out)
	}
	c.pass(id, [2]string{"renshen", "review"}, [2]string{"rendai", "decide"})
	c.state(id, "closed") // a result on line is there at once
}

func aTerminatedCaseIsOverEverywhere(t *testing.T, c *city) {
	id := c.taken("pension", nil)
	task := c.taskOf("renshen", "review", id)
	if code, _ := c.send("renshen", http.MethodPost, "/tasks/"+task+"/terminate", object{"opinion": "我来终止"}); code != http.StatusForbidden && code != http.StatusNotFound {
		t.Errorf("an approver terminates: %d", code)
	}
	c.refused("rendai", http.MethodPost, "/tasks/"+task+"/terminate", object{}, http.StatusUnprocessableEntity, "flow.input")
	c.verb("rendai", task, "terminate", object{"opinion": "申请人死亡"})
	if got := c.state(id, "terminated"); !strings.Contains(got.text("documents"), "termination") {
		t.Error("nobody has it in writing")
	}
	for _, who := range []string{"renshen", "rendai"} {
		if code, _ := c.send(who, http.MethodPost, "/tasks/"+task+"/pass", object{"opinion": "同意"}); code < 400 {
			t.Errorf("%s goes on with it", who)
		}
	}
	c.refused("lin", http.MethodPost, "/cases/"+id+"/withdraw", object{}, http.StatusConflict, "cases.state")
	c.refused("shouli", http.MethodPost, "/acceptance/cases/"+id+"/deliver", object{"by": "other", "note": "本人"}, http.StatusConflict, "cases.state")
	if file := c.do("jiancha", http.MethodGet, "/supervision/cases/"+id, nil); file.text("case", "state") != "terminated" || file.text("case", "running") == "true" {
		t.Errorf("supervision: %v", file["case"])
	}
}

func withdrawingIsOpenUntilTheDecision(t *testing.T, c *city) {
	answers := c.answersOf("pension", nil)
	way := map[string]func() string{
		"submitted": func() string {
			id := c.begin("pension", answers)
			c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/submit", object{})
			return id
		},
		"supplementing": func() string {
			id := c.begin("pension", answers)
			c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/notice", object{"more": []string{"请补充档案材料"}})
			return id
		},
		"accepted": func() string { return c.taken("pension", nil) },
		"held": func() string {
			id := c.taken("pension", nil)
			c.verb("renshen", c.taskOf("renshen", "review", id), "hold", object{"reason": "appraisal", "days": 5})
			return id
		},
		"asked again": func() string {
			id := c.taken("pension", nil)
			c.verb("renshen", c.taskOf("renshen", "review", id), "supplement", object{"missing": []string{"补充说明"}})
			return id
		},
	}
	for name, make := range way {
		id := make()
		c.refused("chen", http.MethodPost, "/cases/"+id+"/withdraw", object{}, http.StatusNotFound, "cases.unknown")
		c.do("lin", http.MethodPost, "/cases/"+id+"/withdraw", object{"reason": "不办了"})
		c.settle()
		c.state(id, "withdrawn")
		c.do("lin", http.MethodPost, "/cases/"+id+"/withdraw", object{}) // again is the same
		if file := c.do("jiancha", http.MethodGet, "/supervision/cases/"+id, nil); file.text("case", "state") != "withdrawn" {
			t.Errorf("%s: supervision has %v", name, file["case"])
		}
	}
	if left := c.do("rendai", http.MethodGet, "/tasks?view=organisation", nil).list("tasks"); len(left) != 0 {
		t.Errorf("tasks are left: %v", left)
	}
	id := c.taken("pension", nil)
	c.pass(id, [2]string{"renshen", "review"}, [2]string{"rendai", "decide"})
	c.refused("lin", http.MethodPost, "/cases/"+id+"/withdraw", object{}, http.StatusConflict, "cases.state")
	c.state(id, "closed")
}

func aMaterialThatNeverComesEndsTheCase(t *testing.T, c *city) {
	id := c.begin("foreign-work", c.answersOf("foreign-work", item.Answers{"class": "b"}))
	c.take(id, object{"deferred": []object{{"material": "degree", "due": "2026-11-26"}}})
	if code, out := c.send("rendai", http.MethodPost, "/acceptance/cases/"+id+"/deferred/degree", object{"decision": "revoke", "reason": "逾期"}); code != http.StatusConflict {
		t.Errorf("revoked before its day: %d %v", code, out)
	}
	c.pass(id, [2]string{"renshen", "review"})
	decide := c.taskOf("rendai", "decide", id)
	c.refused("rendai", http.MethodPost, "/tasks/"+decide+"/pass", object{"opinion": "同意"}, http.StatusConflict, "cases.deferred-open")
	for _, at := range []string{"2026-11-25 09:30", "2026-11-27 09:30"} {
		c.at(at)
		if err := c.cases.Dun(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.settle()
	}
	path := "/acceptance/cases/" + id + "/deferred/degree"
	for _, who := range []string{"shoudai", "jingdai"} {
		c.refused(who, http.MethodPost, path, object{"decision": "revoke", "reason": "逾期"}, http.StatusNotFound, "cases.unknown")
	}
	if code, _ := c.send("shouli", http.MethodPost, path, object{"decision": "revoke", "reason": "逾期"}); code != http.StatusForbidden {
		t.Errorf("a clerk revokes: %d", code)
	}
	c.do("rendai", http.MethodPost, path, object{"decision": "extend", "due": "2026-11-30", "reason": "认证机构排队"})
	c.refused("rendai", http.MethodPost, path, object{"decision": "revoke", "reason": "逾期"}, http.StatusConflict, "cases.state")
	c.at("2026-12-01 09:30")
	if err := c.cases.Dun(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.refused("rendai", http.MethodPost, path, object{"decision": "extend", "due": "2026-12-03", "reason": "再等等"}, http.StatusConflict, "cases.state")
	c.do("rendai", http.MethodPost, path, object{"decision": "revoke", "reason": "未按承诺补交"})
	c.settle()
	if got := c.state(id, "terminated"); !strings.Contains(got.text("reason"), "逾期未补交") {
		t.Errorf("why: %v", got["reason"])
	}
	if code, _ := c.send("rendai", http.MethodPost, "/tasks/"+decide+"/pass", object{"opinion": "同意"}); code < 400 {
		t.Error("it is decided all the same")
	}
	file := c.do("jiancha", http.MethodGet, "/supervision/cases/"+id, nil)
	if !strings.Contains(file.text("log"), "容缺") {
		t.Errorf("supervision doesn't know: %v", file["log"])
	}
}
