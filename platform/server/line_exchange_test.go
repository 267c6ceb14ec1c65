package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/item"
)

// A case that a department's own system examines: handed over when it is
// accepted, moved by the system's account, decided by it; the province hears of
// every step and of nobody's name.
func TestADepartmentsSystemExaminesItsCase(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := openCity(t, target)
		id := c.taken("maternity", item.Answers{"kind": "birth"})
		c.exchanged()
		c.at("2026-11-23 09:10")
		c.exchanged()
		c.at("2026-11-23 09:11")
		c.exchanged()
		decided := c.do("lin", http.MethodGet, "/cases/"+id, nil)
		if state := decided.text("state"); state != "decided" && state != "closed" {
			t.Fatalf("the case is %s", state)
		}
		told := c.do("shouli", http.MethodGet, "/exchange/cases/"+id, nil).list("told")
		if len(told) != 3 || told[0].text("service") != exchange.ServiceProgress || told[2].text("approved") != "true" {
			t.Errorf("the clerk sees %v", told)
		}
		c.refused("jingshen", http.MethodGet, "/exchange/cases/"+id, nil, http.StatusNotFound, "cases.unknown")
		log, err := c.audit.Of(t.Context(), id, 50)
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]string{}
		for _, e := range log {
			by[e.Action] = e.Actor.ID
		}
		if system := c.people["yibao-system"].ID; system == "" || by["flow.pass"] != system || by["cases.decide"] != system {
			t.Errorf("it was moved by %v", by)
		}
		var events []string
		for _, m := range c.do("admin", http.MethodGet, "/exchange/messages?member=province&subject="+id, nil).list("messages") {
			if m.text("state") != "acknowledged" {
				t.Errorf("message %s is %s", m.text("id"), m.text("state"))
			}
			body := c.do("admin", http.MethodGet, "/exchange/messages/"+m.text("key"), nil).text("body")
			var report exchange.Report
			if err := json.Unmarshal([]byte(body), &report); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(body, "林") {
				t.Errorf("the province hears %s", body)
			}
			events = append([]string{report.Event + " " + report.Step}, events...)
		}
		if got := strings.TrimSpace(strings.Join(events, ", ")); !strings.HasPrefix(got, "case.accepted , flow.task-done 审查, ") || !strings.Contains(got, "case.decided") {
			t.Errorf("the province heard %s", got)
		}
		for _, m := range c.do("admin", http.MethodGet, "/exchange/messages?member=medicare-system&service=case.handover", nil).list("messages") {
			if body := c.do("admin", http.MethodGet, "/exchange/messages/"+m.text("key"), nil).text("body"); body != "" {
				t.Errorf("an administrator reads a person's papers: %s", body)
			}
		}
		c.do("admin", http.MethodPost, "/exchange/members/province/check", nil)
		r := c.do("admin", http.MethodPost, "/exchange/members/province/reconciliations", object{"day": "2026-11-23"})
		if r.text("ours") == "0" || r.text("ours") != r.text("theirs") || r.text("again") != "0" {
			t.Errorf("the day is %v", r)
		}
		if v := c.do("admin", http.MethodPost, "/exchange/verification", nil); v.text("whole") != "true" {
			t.Errorf("the ledger is %v", v)
		}
	})
}

// exchanged lets messages go and come.
func (c *city) exchanged() {
	c.t.Helper()
	c.settle()
	if err := c.exchange.SendAll(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.peers.Send(c.t.Context(), c.exchange, c.watch.clock())
	c.settle()
	if err := c.exchange.SendAll(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

// Third parties see what is public, as often as their key says.
func TestThirdPartiesUseTheOpenAPIByTheirKey(t *testing.T) {
	c := openCity(t, sqldbtest.File(t))
	made := c.do("admin", http.MethodPost, "/exchange/keys", object{"name": "地图服务商", "contact": "张三 0571-00000000", "perDay": 3})
	get := func(path, key string) (int, object) {
		return c.sendWith("", http.MethodGet, path, nil, map[string]string{"X-Api-Key": key})
	}
	if code, out := get("/open/items?q=营业执照", "sh-wrong-wrong-wrong"); code != http.StatusUnauthorized || out.text("code") != "exchange.key" {
		t.Errorf("a wrong key: %d %v", code, out)
	}
	code, out := get("/open/items?q=%E8%90%A5%E4%B8%9A%E6%89%A7%E7%85%A7", made.text("secret"))
	if list := out.list("items"); code != http.StatusOK || len(list) == 0 || list[0].text("guide") == "" {
		t.Errorf("items: %d %v", code, out)
	}
	if code, out = get("/open/items?page=2&size=10", made.text("secret")); code != http.StatusOK || len(out.list("items")) != 10 {
		t.Errorf("a page of items: %d %v", code, out)
	}
	if code, out = get("/open/halls", made.text("secret")); code != http.StatusOK || len(out.list("halls")) != 2 {
		t.Errorf("halls: %d %v", code, out)
	}
	if code, out = get("/open/halls", made.text("secret")); code != http.StatusTooManyRequests || out.text("code") != "exchange.quota" {
		t.Errorf("after its day is used up: %d %v", code, out)
	}
}

// An administrator connects a system; nobody else does.
func TestAnAdministratorConnectsASystem(t *testing.T) {
	c := openCity(t, sqldbtest.File(t))
	member := object{
		"code": "xicheng", "kind": "lower", "name": "西城区平台", "knownAs": "donghu", "publicKey": "04" + strings.Repeat("12ab", 32), "region": "330103",
		"grants": []object{{"service": "case.report"}},
	}
	c.refused("anquan", http.MethodPost, "/exchange/members", member, http.StatusForbidden, "request.forbidden")
	c.do("admin", http.MethodPost, "/exchange/members", member)
	c.refused("admin", http.MethodPost, "/exchange/members", member, http.StatusConflict, "exchange.code-taken")
	delete(member, "code")
	delete(member, "kind")
	member["active"], member["region"] = false, "33"
	changed := c.do("admin", http.MethodPut, "/exchange/members/xicheng", member)
	if changed.text("region") != "33" || changed.text("active") != "false" || changed.text("kind") != "lower" {
		t.Errorf("it is %v", changed)
	}
	code, out := c.send("", http.MethodPost, "/exchange/messages", []byte(`{"id":"message-0001","from":"xicheng","to":"donghu"}`))
	if code != http.StatusUnprocessableEntity || out.text("code") != "exchange.envelope" {
		t.Errorf("half a message: %d %v", code, out)
	}
}
