package server

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/item"
)

// The walks go over the line where it hurts, one after the other in one city;
// each begins on the same morning.
func TestTheLineHoldsWhereItHurts(t *testing.T) {
	walks := []struct {
		name string
		walk func(t *testing.T, c *city)
	}{
		{"fees are due before the result is given", feesAreDueBeforeTheResultIsGiven},
		{"a parcel closes its case by itself", aParcelClosesItsCaseByItself},
		{"a hold moves both limits", aHoldMovesBothLimits},
		{"an approver asks the applicant once more", anApproverAsksTheApplicantOnceMore},
		{"the chief grants more time once", theChiefGrantsMoreTimeOnce},
		{"a terminated case is over everywhere", aTerminatedCaseIsOverEverywhere},
		{"withdrawing is open until the decision", withdrawingIsOpenUntilTheDecision},
		{"a material that never comes ends the case", aMaterialThatNeverComesEndsTheCase},
		{"a package is one application with one end", aPackageIsOneApplicationWithOneEnd},
		{"nobody reaches another's case on any path", nobodyReachesAnothersCaseOnAnyPath},
		{"what people write is text wherever it is shown", whatPeopleWriteIsTextWhereverItIsShown},
	}
	sqldbtest.Each(t, func(t *testing.T, target string) {
		shared := openCity(t, target)
		for _, w := range walks {
			t.Run(w.name, func(t *testing.T) {
				c := shared.in(t)
				c.at("2026-11-23 09:00")
				w.walk(t, c)
			})
		}
		if _, err := shared.audit.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// general fills in the general form as 林小雨.
func general(matter string) object {
	return object{"kind": "person", "name": "林小雨", "number": "330100199005200128", "phone": "13800000101", "matter": matter, "declared": true}
}

// begin makes a case at the window for 林小雨, who has an account: she follows
// it on line.
func (c *city) begin(of string, answers item.Answers) string {
	c.t.Helper()
	made := c.do("shouli", http.MethodPost, "/acceptance/cases", object{
		"item": of, "answers": answers, "name": "林小雨", "idNumber": "330100199005200128", "phone": "13800000101", "hall": "demo", "window": "3",
	})
	id := made.text("id")
	c.do("shouli", http.MethodPut, "/acceptance/cases/"+id+"/values", object{"values": general("申请办理，材料随附。"), "edition": made["edition"]})
	return id
}

// take accepts a case; changes are over what it is accepted with.
func (c *city) take(id string, changes object) object {
	c.t.Helper()
	return c.takeBy("shouli", id, changes)
}

func (c *city) takeBy(who, id string, changes object) object {
	c.t.Helper()
	with := object{"originals": true}
	maps.Copy(with, changes)
	later := map[string]bool{}
	if list, ok := with["deferred"].([]object); ok {
		for _, d := range list {
			later[d.text("material")] = true
		}
	}
	for _, m := range c.do(who, http.MethodGet, "/acceptance/cases/"+id, nil).list("materials") {
		if !later[m.text("id")] {
			c.do(who, http.MethodPost, "/acceptance/cases/"+id+"/materials/"+m.text("id")+"/review", object{"result": "ok"})
		}
	}
	accepted := c.do(who, http.MethodPost, "/acceptance/cases/"+id+"/accept", with)
	c.settle()
	return accepted
}

// taken begins and accepts a case.
func (c *city) taken(of string, said item.Answers) string {
	c.t.Helper()
	id := c.begin(of, c.answersOf(of, said))
	c.take(id, nil)
	return id
}

// pass passes the steps of a case's flow, each by somebody.
func (c *city) pass(id string, steps ...[2]string) {
	c.t.Helper()
	for _, s := range steps {
		c.do(s[0], http.MethodPost, "/tasks/"+c.taskOf(s[0], s[1], id)+"/pass", object{"opinion": "同意。"})
		c.settle()
	}
}

// taskOf is somebody's task of a case's node, claimed.
func (c *city) taskOf(who, node, id string) string {
	c.t.Helper()
	for _, view := range []string{"mine", "claimable"} {
		for _, one := range c.do(who, http.MethodGet, "/tasks?limit=200&view="+view, nil).list("tasks") {
			if one.text("node") != node || one.text("case") != id {
				continue
			}
			if view == "claimable" {
				c.do(who, http.MethodPost, "/tasks/"+one.text("id")+"/claim", object{})
			}
			return one.text("id")
		}
	}
	c.t.Fatalf("%s has no task %q of %s", who, node, id)
	return ""
}

// refused asks what has to be refused with a code, and nothing else.
func (c *city) refused(who, method, path string, body any, status int, code string) {
	c.t.Helper()
	got, out := c.send(who, method, path, body)
	if got != status || out.text("code") != code {
		c.t.Errorf("%s %s by %q: %d %v, want %d %s", method, path, who, got, out, status, code)
	}
}

// page asks for a page outside the API.
func (c *city) page(who, method, path string, form url.Values) *httptest.ResponseRecorder {
	c.t.Helper()
	req := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Caller", who)
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, req)
	return w
}

// answersOf go through an item's questions as said, else the first way.
func (c *city) answersOf(id string, said item.Answers) item.Answers {
	c.t.Helper()
	answers := item.Answers{}
	for {
		out, err := c.items.Outcome(c.t.Context(), id, answers)
		if err != nil {
			c.t.Fatal(err)
		}
		if out.Next == nil {
			return answers
		}
		i := slices.IndexFunc(out.Next.Options, func(o item.Option) bool {
			want, ok := said[out.Next.ID]
			return o.Refuse == "" && (!ok || o.ID == want)
		})
		if i < 0 {
			c.t.Fatalf("%s has no way on after %v", id, answers)
		}
		answers[out.Next.ID] = out.Next.Options[i].ID
	}
}

func feesAreDueBeforeTheResultIsGiven(t *testing.T, c *city) {
	id := c.taken("passport", nil)
	c.pass(id, [2]string{"jingshen", "review"}, [2]string{"jingdai", "decide"})
	decided := c.do("lin", http.MethodGet, "/cases/"+id, nil)
	order := decided.text("payment")
	if decided.text("state") != "decided" || decided.text("unpaid") != "true" || order == "" {
		t.Fatalf("decided: %v, unpaid %v, order %q", decided["state"], decided["unpaid"], order)
	}
	c.refused("shouli", http.MethodPost, "/acceptance/cases/"+id+"/deliver", object{"by": "other", "note": "刷身份证"}, http.StatusConflict, "cases.unpaid")
	for _, who := range []string{"chen", "shenpi"} {
		if code, _ := c.send(who, http.MethodGet, "/payments/"+order, nil); code != http.StatusNotFound && code != http.StatusForbidden {
			t.Errorf("%s reads the order: %d", who, code)
		}
	}
	c.refused("chen", http.MethodPost, "/payments/"+order+"/pay", object{}, http.StatusNotFound, "payment.unknown")

	// Sixteen days later the order has lapsed; the case hasn't.
	c.at("2026-12-09 09:00")
	if err := c.payments.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	where := c.do("lin", http.MethodPost, "/payments/"+order+"/pay", object{}).text("page")
	if w := c.page("chen", http.MethodPost, where, nil); w.Code != http.StatusNotFound {
		t.Errorf("another pays: %d", w.Code)
	}
	if w := c.page("lin", http.MethodGet, where, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "不会发生真实扣款") {
		t.Errorf("the provider's page: %d %s", w.Code, w.Body)
	}
	for range 2 { // twice is once
		if w := c.page("lin", http.MethodPost, where, nil); w.Code != http.StatusSeeOther {
			t.Fatalf("paid: %d %s", w.Code, w.Body)
		}
	}
	c.settle()
	if paid := c.do("lin", http.MethodGet, "/payments/"+order, nil); paid.text("state") != "paid" || paid.text("receipt") == "" {
		t.Errorf("paid: %v", paid)
	}
	if w := c.page("lin", http.MethodGet, "/payment-receipts/"+order, nil); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "%PDF") {
		t.Errorf("receipt: %d", w.Code)
	}
	if w := c.page("chen", http.MethodGet, "/payment-receipts/"+order, nil); w.Code != http.StatusNotFound {
		t.Errorf("another reads the receipt: %d", w.Code)
	}
	c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/deliver", object{"by": "other", "note": "刷身份证，本人领取"})
	c.state(id, "closed")

	c.refused("shoudai", http.MethodPost, "/payments/"+order+"/refund", object{"reason": "多收"}, http.StatusNotFound, "payment.unknown")
	if back := c.do("jingdai", http.MethodPost, "/payments/"+order+"/refund", object{"reason": "重复收取"}); back.text("state") != "refunded" {
		t.Errorf("refund: %v", back)
	}
	c.refused("jingdai", http.MethodPost, "/payments/"+order+"/refund", object{"reason": "再退一次"}, http.StatusConflict, "payment.state")
	c.settle()
	c.state(id, "closed")
}

// state checks where a case stands, for its applicant.
func (c *city) state(id, want string) object {
	c.t.Helper()
	got := c.do("lin", http.MethodGet, "/cases/"+id, nil)
	if got.text("state") != want {
		c.t.Errorf("the case is %s, want %s", got.text("state"), want)
	}
	return got
}

func aParcelClosesItsCaseByItself(t *testing.T, c *city) {
	id := c.begin("residence-permit", c.answersOf("residence-permit", nil))
	c.refused("shouli", http.MethodPut, "/acceptance/cases/"+id+"/delivery", object{"way": "post", "name": "林小雨"}, http.StatusUnprocessableEntity, "cases.input")
	c.do("shouli", http.MethodPut, "/acceptance/cases/"+id+"/delivery", object{"way": "post", "name": "林小雨", "phone": "13800000101", "address": "东湖市东湖区人民路 1 号"})
	c.take(id, nil)
	c.pass(id, [2]string{"jingshen", "review"}, [2]string{"jingdai", "decide"})
	c.state(id, "decided")
	c.refused("chen", http.MethodGet, "/cases/"+id+"/parcel", nil, http.StatusNotFound, "delivery.unknown")
	for _, at := range []string{"2026-11-23 10:00", "2026-11-23 11:00", "2026-11-23 12:30"} {
		c.at(at)
		if err := c.deliveries.Move(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c.settle()
	closed := c.state(id, "closed")
	if closed.text("rate") == "" {
		t.Error("nobody asks how it was")
	}
	if p := c.do("lin", http.MethodGet, "/cases/"+id+"/parcel", nil); p.text("state") != "delivered" || len(p.list("movements")) < 4 {
		t.Errorf("parcel: %v", p)
	}
	file := c.do("jiancha", http.MethodGet, "/supervision/cases/"+id, nil)
	if file.text("case", "state") != "closed" || !strings.Contains(file.text("log"), "寄出") {
		t.Errorf("supervision: %v %v", file["case"], file["log"])
	}
}
