package evaluation_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/evaluation"
)

const answer = "需要营业执照、身份证和布局图三份材料。"

func TestAConsultationGoesToTheItemsOrganisationAndBack(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		a := ask(evaluation.Consultation)
		a.Item = "food-licence"
		v := c.raise(c.person(1), a)
		if v.Organisation != "market" || v.Number != "ZX202611230001" || v.ItemName != "食品经营许可新办" || c.events("evaluation.asked") != 1 {
			t.Fatalf("got %+v", v)
		}
		if want := time.Date(2026, 11, 30, 23, 59, 59, 999e6, china); !v.Due.Equal(want) {
			t.Errorf("due %v, want %v", v.Due, want)
		}
		v, err := c.Answer(c.staff("lin", access.RoleApprover), v.ID, answer)
		c.must(err)
		sent := c.sent()
		if v.State != evaluation.Answered || len(sent) != 1 || sent[0].To.Person != "p1" || sent[0].Vars["number"] != v.Number || c.events("evaluation.answered") != 1 {
			t.Errorf("answered %v, sent %v", v.State, sent)
		}
		v, err = c.Satisfy(c.person(1), v, 5, "很清楚")
		c.must(err)
		if v.State != evaluation.Closed || v.Satisfaction != 5 {
			t.Errorf("after satisfaction %v, %d", v.State, v.Satisfaction)
		}
		_, err = c.Satisfy(c.person(1), v, 1, "")
		c.refused(err, evaluation.ErrRated)
		_, err = c.Answer(c.desk(), v.ID, answer)
		c.refused(err, evaluation.ErrState)
	})
}

func TestWithoutAnItemTheCentreAnswers(t *testing.T) {
	c := file(t)
	if v := c.raise(t.Context(), ask(evaluation.Suggestion)); v.Organisation != "centre" || v.Person != "" {
		t.Errorf("got %+v", v)
	}
	a := ask(evaluation.Consultation)
	a.Organisation = "tax"
	if v := c.raise(c.person(1), a); v.Organisation != "tax" {
		t.Errorf("asked of the tax bureau, with %s", v.Organisation)
	}
	a.Item = "none"
	_, _, err := c.Raise(c.person(1), a)
	c.refused(err, evaluation.ErrItem)
	a = ask(evaluation.Suggestion)
	a.Organisation = "moon"
	_, _, err = c.Raise(c.person(1), a)
	c.refused(err, evaluation.ErrOrg)
}

func TestAComplaintIsDispatchedExplainedAnsweredAndOnceMore(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		_, _, err := c.Raise(t.Context(), ask(evaluation.Complaint))
		c.refused(err, evaluation.ErrSignIn)
		v := c.raise(c.person(1), ask(evaluation.Complaint))
		lin, mei := c.staff("lin", access.RoleClerk), c.staff("mei", access.RoleClerk)
		if v.Organisation != "centre" || v.About != "market" {
			t.Fatalf("got %+v", v)
		}
		_, err = c.Explain(lin, v.ID, "这是我们的说明。")
		c.refused(err, evaluation.ErrNone) // it isn't with the department yet
		_, err = c.Dispatch(c.desk(), v.ID, "market", "shui", "")
		c.refused(err, evaluation.ErrAssignee)
		v, err = c.Dispatch(c.desk(), v.ID, "market", "lin", "请核实")
		c.must(err)
		_, err = c.Explain(mei, v.ID, "这是我们的说明。")
		c.refused(err, evaluation.ErrNone) // it is another's
		_, err = c.Contact(lin, v.ID)
		c.refused(err, evaluation.ErrForbidden) // who complained stays unknown to the department
		_, err = c.Answer(lin, v.ID, answer)
		c.refused(err, evaluation.ErrState)
		v, err = c.Explain(lin, v.ID, "经查，当日系统故障。")
		c.must(err)
		_, err = c.Answer(lin, v.ID, answer)
		c.refused(err, evaluation.ErrNone)
		v, err = c.Answer(c.desk(), v.ID, answer)
		c.must(err)
		first := v.Due
		c.at(start.AddDate(0, 0, 1))
		v, err = c.Satisfy(c.person(1), v, 2, "没有解决")
		c.must(err)
		if v.State != evaluation.Answered {
			t.Errorf("a dissatisfied asker's complaint is %s", v.State)
		}
		v, err = c.Dispatch(c.desk(), v.ID, "market", "", "请再核实")
		c.must(err)
		if !v.Due.After(first) || v.Satisfaction != 0 {
			t.Errorf("second dispatch: due %v after %v, satisfaction %d", v.Due, first, v.Satisfaction)
		}
		_, err = c.Explain(mei, v.ID, "已经整改。")
		c.must(err)
		_, err = c.Dispatch(c.desk(), v.ID, "market", "", "")
		c.refused(err, evaluation.ErrDispatches)
		_, err = c.Answer(c.desk(), v.ID, answer)
		c.must(err)
		v, err = c.Close(c.desk(), v.ID, "")
		c.must(err)
		if keys := c.sent(); len(keys) != 2 || keys[0].Key == keys[1].Key || v.State != evaluation.Closed {
			t.Errorf("%d messages, state %s", len(keys), v.State)
		}
		contact, err := c.Contact(c.desk(), v.ID)
		c.must(err)
		seen, err := c.trail.Of(t.Context(), v.ID, 1)
		c.must(err)
		if contact.Phone != "13800000001" || seen[0].Action != "evaluation.see-contact" || seen[0].Actor != (audit.Actor{Kind: access.Staff, ID: "desk"}) {
			t.Errorf("contact %v, log %v", contact, seen)
		}
	})
}

func TestNobodyElseSeesOrChangesAVoice(t *testing.T) {
	c := file(t)
	v := c.raise(c.person(1), ask(evaluation.Complaint))
	strangers := map[string]context.Context{
		"nobody": t.Context(), "another person": c.person(2), "another department": c.staff("shui", access.RoleClerk), "its department": c.staff("lin", access.RoleClerk),
		"another district's desk": c.elsewhere(),
		"a hall":                  access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "demo"}),
	}
	for name, ctx := range strangers {
		for verb, err := range map[string]error{
			"dispatch": second(c.Dispatch(ctx, v.ID, "market", "", "")), "explain": second(c.Explain(ctx, v.ID, answer)), "answer": second(c.Answer(ctx, v.ID, answer)),
			"close": second(c.Close(ctx, v.ID, "")), "publish": c.Publish(ctx, v.ID, "标题", answer, answer), "withdraw": c.Withdraw(ctx, v.ID),
			"contact": second(c.Contact(ctx, v.ID)), "mine": second(c.Mine(ctx, v.ID)),
		} {
			if err == nil {
				t.Errorf("%s may %s", name, verb)
				continue
			}
			c.refused(err, evaluation.ErrNone)
		}
	}
	if n := c.count(`SELECT count(*) FROM evaluation_step`); n != 1 {
		t.Errorf("%d steps after what was refused", n)
	}
	all, total, err := c.Voices(c.staff("lin", access.RoleClerk), evaluation.Filter{Limit: 10})
	c.must(err)
	if len(all) != 0 || total != 0 {
		t.Errorf("the department lists a complaint that wasn't dispatched to it: %v", all)
	}
	all, _, err = c.Voices(c.elsewhere(), evaluation.Filter{Limit: 10})
	c.must(err)
	if len(all) != 0 {
		t.Errorf("another district lists %v", all)
	}
}

func second[T any](_ T, err error) error { return err }

func TestALimitThatIsOverIsSaidOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.must(c.SetLimit(c.desk(), evaluation.Limit{Organisation: "market", Kind: evaluation.Consultation, Days: 2}))
		a := ask(evaluation.Consultation)
		a.Item = "food-licence"
		v := c.raise(c.person(1), a)
		other := c.raise(c.person(1), ask(evaluation.Consultation))
		if got := v.Due.In(china).Format(time.DateOnly); got != "2026-11-25" {
			t.Errorf("the department's own limit ends %s", got)
		}
		c.at(v.Due)
		c.must(c.Overdue(t.Context()))
		if n := c.events("evaluation.overdue"); n != 0 {
			t.Errorf("%d said at the last moment of the limit", n)
		}
		c.at(v.Due.Add(time.Millisecond))
		c.must(c.Overdue(t.Context()))
		c.must(c.Overdue(t.Context()))
		if n := c.events("evaluation.overdue"); n != 1 {
			t.Errorf("said %d times", n)
		}
		late, _, err := c.Voices(c.desk(), evaluation.Filter{Late: true, Limit: 10})
		c.must(err)
		if len(late) != 1 || late[0].ID != v.ID {
			t.Errorf("late are %v", late)
		}
		c.refused(c.SetLimit(c.desk(), evaluation.Limit{Kind: evaluation.Complaint}), evaluation.ErrSettings)
		c.refused(c.SetLimit(c.desk(), evaluation.Limit{Organisation: "west", Kind: evaluation.Complaint, Days: 3}), evaluation.ErrForbidden)
		c.must(c.SetLimit(c.desk(), evaluation.Limit{Organisation: "market", Kind: evaluation.Consultation}))
		s, err := c.Settings(c.desk())
		c.must(err)
		if s.Desk != "centre" || len(s.Limits) != 4 || s.Limits[0].Days != 5 {
			t.Errorf("settings %+v", s)
		}
		_ = other
	})
}

func TestAnOldAnswerClosesByItself(t *testing.T) {
	c := file(t)
	v := c.raise(c.person(1), ask(evaluation.Suggestion))
	_, err := c.Answer(c.desk(), v.ID, answer)
	c.must(err)
	c.must(c.CloseOld(t.Context()))
	if n := c.count(`SELECT count(*) FROM evaluation_voice WHERE state = 'answered'`); n != 1 {
		t.Error("a fresh answer was closed")
	}
	c.at(start.AddDate(0, 0, 16))
	c.must(c.CloseOld(t.Context()))
	if n := c.count(`SELECT count(*) FROM evaluation_voice WHERE state = 'closed'`); n != 1 {
		t.Error("an old answer stays open")
	}
}

func TestAFormThatComesAgainIsTheSameVoice(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		a := ask(evaluation.Consultation)
		a.Form = "form-1"
		var mu sync.Mutex
		ids := map[string]bool{}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				v, token, err := c.Raise(t.Context(), a)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[v.ID+token] = true
			})
		}
		wg.Wait()
		if n := c.count(`SELECT count(*) FROM evaluation_voice`); len(ids) != 1 || n != 1 {
			t.Errorf("%d voices of one form, %d stored", len(ids), n)
		}
		a.Body = "完全不同的另一个问题。"
		_, _, err := c.Raise(t.Context(), a)
		c.refused(err, evaluation.ErrFormExpired)
	})
}

func TestWhoIsNotSignedInFindsTheAnswerByItsAddress(t *testing.T) {
	c := file(t)
	a := ask(evaluation.Consultation)
	a.Phone = "13900000009"
	v, token, err := c.Raise(t.Context(), a)
	c.must(err)
	if found, err := c.ByToken(t.Context(), token); err != nil || found.ID != v.ID {
		t.Errorf("found %v, %v", found.ID, err)
	}
	if n := c.count(`SELECT count(*) FROM evaluation_voice WHERE token = $1 OR phone LIKE '%139%'`, token); n != 0 {
		t.Error("the token or the phone is stored as it is")
	}
	for _, forged := range []string{"", "x", v.ID, strings.Repeat("0", 32), strings.ToUpper(token) + "0", token[:31] + "g", "' OR '1'='1"} {
		_, err := c.ByToken(t.Context(), forged)
		c.refused(err, evaluation.ErrNone)
	}
	_, err = c.Answer(c.desk(), v.ID, answer)
	c.must(err)
	if sent := c.sent(); len(sent) != 1 || sent[0].To.Phone != "13900000009" {
		t.Errorf("sent %v", sent)
	}
}

func TestWrongInputChangesNothing(t *testing.T) {
	c := file(t)
	tests := map[string]func(a *evaluation.Ask){
		"no title": func(a *evaluation.Ask) { a.Title = " " }, "long title": func(a *evaluation.Ask) { a.Title = strings.Repeat("长", 61) },
		"no body": func(a *evaluation.Ask) { a.Body = "\x00\x00\x00\x00\x00\x00" }, "long body": func(a *evaluation.Ask) { a.Body = strings.Repeat("长", 2001) },
		"phone": func(a *evaluation.Ask) { a.Phone = "12345" }, "category": func(a *evaluation.Ask) { a.Category = "<script>" },
		"kind": func(a *evaluation.Ask) { a.Kind = "rectification" }, "form": func(a *evaluation.Ask) { a.Form = strings.Repeat("x", 100) },
	}
	for name, spoil := range tests {
		a := ask(evaluation.Consultation)
		spoil(&a)
		_, _, err := c.Raise(c.person(1), a)
		if err == nil {
			t.Errorf("%s was taken", name)
		}
		c.refused(err, evaluation.ErrInput)
	}
	if n := c.count(`SELECT count(*) FROM evaluation_voice`); n != 0 {
		t.Errorf("%d voices of wrong input", n)
	}
}

func TestPublishedAnswersAreFoundAndHoldNoPersonalData(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		a := ask(evaluation.Consultation)
		a.Item, a.Body = "food-licence", "我叫王小二，电话13800138000，想开餐馆，要哪些材料？"
		v := c.raise(c.person(1), a)
		c.refused(c.Publish(c.desk(), v.ID, a.Title, "问题", answer), evaluation.ErrState)
		_, err := c.Answer(c.desk(), v.ID, answer)
		c.must(err)
		c.refused(c.Publish(c.desk(), v.ID, a.Title, a.Body, answer), evaluation.ErrPersonal)
		c.refused(c.Publish(c.staff("lin", access.RoleApprover), v.ID, a.Title, "问题", answer), evaluation.ErrForbidden)
		c.must(c.Publish(c.desk(), v.ID, a.Title, evaluation.Mask(a.Body), answer))
		found, total, err := c.FindAnswers(t.Context(), "餐馆", "", 10, 0)
		c.must(err)
		if total != 1 || len(found) != 1 || strings.Contains(found[0].Question, "138") || strings.Contains(found[0].Question, "王小二") || found[0].Organisation != "东湖区市场监督管理局" {
			t.Fatalf("found %+v", found)
		}
		if none, _, err := c.FindAnswers(t.Context(), "餐馆", evaluation.Complaint, 10, 0); err != nil || len(none) != 0 {
			t.Errorf("a consultation among complaints: %v, %v", none, err)
		}
		if all, _, err := c.FindAnswers(t.Context(), "", "", 10, 0); err != nil || len(all) != 1 {
			t.Errorf("without words %v, %v", all, err)
		}
		c.must(c.Withdraw(c.desk(), v.ID))
		if found, _, err := c.FindAnswers(t.Context(), "餐馆", "", 10, 0); err != nil || len(found) != 0 {
			t.Errorf("taken back, still found: %v, %v", found, err)
		}
		_, err = c.PublishedAnswer(t.Context(), v.ID)
		c.refused(err, evaluation.ErrNone)
		a.Consent = false
		secret := c.raise(c.person(1), a)
		_, err = c.Answer(c.desk(), secret.ID, answer)
		c.must(err)
		c.refused(c.Publish(c.desk(), secret.ID, a.Title, "问题", answer), evaluation.ErrConsent)
	})
}

func TestMaskHidesWhatTellsWhoItIs(t *testing.T) {
	tests := map[string]string{
		"电话13800138000谢谢": "电话********谢谢", "电话１３８００１３８０００": "电话********", "138-0013-8000": "********", "身份证330102199001011234": "身份证********",
		"身份证33010219900101123X。": "身份证********。", "座机0571-87654321": "座机********", "邮箱 a.b@example.cn 请回": "邮箱 ******** 请回", "车牌浙A12345停": "车牌*******停",
		"我叫张三丰，": "我叫某某，", "3 份材料？5 个工作日，2026年，注册资本500000元": "3 份材料？5 个工作日，2026年，注册资本500000元", "": "",
	}
	for in, want := range tests {
		if got := evaluation.Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOnesOwnVoicesAreListed(t *testing.T) {
	c := file(t)
	one, two := c.raise(c.person(1), ask(evaluation.Suggestion)), c.raise(c.person(1), ask(evaluation.Complaint))
	c.raise(c.person(2), ask(evaluation.Suggestion))
	all, err := c.AllMine(c.person(1))
	c.must(err)
	var ids []string
	for _, v := range all {
		ids = append(ids, v.ID)
	}
	if !slices.Equal(ids, []string{two.ID, one.ID}) {
		t.Errorf("mine are %v", ids)
	}
	_, err = c.AllMine(c.desk())
	c.refused(err, evaluation.ErrNone)
}
