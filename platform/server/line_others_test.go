package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"smarthall/platform/internal/item"
)

// bundled answers a package's questions, each the first way.
func (c *city) bundled(id string) map[string]item.Answers {
	c.t.Helper()
	answers := map[string]item.Answers{}
	for range 40 {
		b, err := c.cases.Bundle(c.t.Context(), id, answers)
		if err != nil {
			c.t.Fatal(err)
		}
		if b.Done {
			return answers
		}
		for _, of := range b.Next[0].Items {
			if answers[of] == nil {
				answers[of] = item.Answers{}
			}
			options := b.Next[0].Question.Options
			i := slices.IndexFunc(options, func(o item.Option) bool { return o.Refuse == "" })
			answers[of][b.Next[0].Question.ID] = options[i].ID
		}
	}
	c.t.Fatalf("the package %s asks without end", id)
	return nil
}

// provided uploads what a draft still wants.
func (c *city) provided(who string, made object) {
	c.t.Helper()
	for _, m := range made.list("materials") {
		if m.text("source") == "" && m.text("electronic") == "true" {
			c.do(who, http.MethodPut, "/cases/"+made.text("id")+"/materials/"+m.text("id"), object{"files": []string{c.upload(who, "m.pdf")}})
		}
	}
}

func aPackageIsOneApplicationWithOneEnd(t *testing.T, c *city) {
	made := c.do("lin", http.MethodPost, "/packages/retirement/cases", object{"answers": c.bundled("retirement")})
	id := made.text("id")
	c.do("lin", http.MethodPut, "/cases/"+id+"/values", object{"values": general("办理退休，材料随附。"), "edition": made["edition"]})
	c.provided("lin", made)
	c.do("lin", http.MethodPut, "/cases/"+id+"/delivery", object{"way": "collect"})
	c.refused("chen", http.MethodPost, "/cases/"+id+"/submit", object{}, http.StatusNotFound, "cases.unknown")
	submitted := c.do("lin", http.MethodPost, "/cases/"+id+"/submit", object{})
	children := submitted.list("children")
	if len(children) != 4 {
		t.Fatalf("%d cases: %v", len(children), submitted["children"])
	}
	c.refused("shouli", http.MethodPost, "/acceptance/cases/"+id+"/accept", object{}, http.StatusConflict, "cases.package")
	for i, k := range children {
		child := k.text("id")
		c.refused("shouli", http.MethodPost, "/acceptance/cases/"+id+"/deliver", object{"by": "other", "note": "刷身份证"}, http.StatusConflict, "cases.state")
		who := "shouli"
		if k.text("organisationName") == "东湖市住房公积金管理中心东湖分中心" {
			who = "jinshou" // the city's own body: the district's centre has nothing to do with it
			c.refused("shouli", http.MethodGet, "/acceptance/cases/"+child, nil, http.StatusNotFound, "cases.unknown")
		}
		if got := c.takeBy(who, child, nil); got.text("state") != "accepted" {
			t.Fatalf("%s: %v", k.text("itemName"), got["state"])
		}
		switch {
		case k.text("instant") == "true":
			c.do(who, http.MethodPost, "/acceptance/cases/"+child+"/decide", object{"approved": i != 3, "reason": "未满 60 周岁"})
		default:
			c.pass(child, [2]string{"renshen", "review"}, [2]string{"rendai", "decide"})
		}
		c.settle()
	}
	c.state(id, "decided")
	child := children[0].text("id")
	c.refused("shouli", http.MethodPost, "/acceptance/cases/"+child+"/deliver", object{"by": "other", "note": "刷身份证"}, http.StatusConflict, "cases.child")
	// What was sent on line is compared once, for all of its items.
	var originals []string
	for _, m := range c.state(id, "decided").list("materials") {
		if m.text("compare") == "true" {
			originals = append(originals, m.text("id"))
		}
	}
	c.refused("shouli", http.MethodPost, "/acceptance/cases/"+id+"/deliver", object{"by": "other", "note": "本人"}, http.StatusConflict, "cases.compare")
	c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/originals", object{"materials": originals})
	c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/deliver", object{"by": "other", "note": "刷身份证，本人领取"})
	c.settle()
	closed := c.state(id, "closed")
	if closed.text("rate") == "" {
		t.Error("nobody asks how it was")
	}
	for _, k := range closed.list("children") {
		if k.text("state") != "closed" {
			t.Errorf("%s is %s", k.text("itemName"), k.text("state"))
		}
	}
}

// Every path of the line that names something by its id, asked by everybody who
// has nothing to do with it: nobody sees or changes it.
func nobodyReachesAnothersCaseOnAnyPath(t *testing.T, c *city) {
	id := c.taken("passport", nil)
	task := c.taskOf("jingshen", "review", id)
	c.pass(id, [2]string{"jingshen", "review"}, [2]string{"jingdai", "decide"})
	seen := c.state(id, "decided")
	material, order := seen.list("materials")[0].text("id"), seen.text("payment")
	document := seen.list("documents")[0].text("id")
	held := c.taken("pension", nil)
	open := c.taskOf("renshen", "review", held)
	people := []struct {
		method, path string
		body         any
	}{
		{"GET", "/cases/" + id, nil},
		{"PUT", "/cases/" + id + "/values", object{"values": object{}, "edition": 1}},
		{"PUT", "/cases/" + id + "/answers", object{"answers": object{}, "edition": 1}},
		{"PUT", "/cases/" + id + "/materials/" + material, object{"later": true}},
		{"DELETE", "/cases/" + id + "/materials/" + material, nil},
		{"PUT", "/cases/" + id + "/delivery", object{"way": "collect"}},
		{"POST", "/cases/" + id + "/submit", object{}},
		{"POST", "/cases/" + id + "/withdraw", object{}},
		{"DELETE", "/cases/" + id, nil},
		{"POST", "/cases/" + id + "/handover", object{}},
		{"GET", "/cases/" + id + "/progress.svg", nil},
		{"GET", "/cases/" + id + "/form.pdf", nil},
		{"GET", "/cases/" + id + "/documents/" + document, nil},
		{"GET", "/cases/" + id + "/files/x", nil},
		{"GET", "/cases/" + id + "/parcel", nil},
		{"GET", "/payments/" + order, nil},
		{"POST", "/payments/" + order + "/pay", object{}},
		{"POST", "/payments/" + order + "/look", object{}},
	}
	staff := []struct {
		method, path string
		body         any
	}{
		{"GET", "/acceptance/cases/" + id, nil},
		{"GET", "/acceptance/cases/" + id + "/earlier", nil},
		{"GET", "/acceptance/cases/" + id + "/form.pdf", nil},
		{"GET", "/acceptance/cases/" + id + "/documents/" + document, nil},
		{"PUT", "/acceptance/cases/" + id + "/values", object{"values": object{}, "edition": 1}},
		{"PUT", "/acceptance/cases/" + id + "/materials/" + material, object{"paper": true}},
		{"PUT", "/acceptance/cases/" + id + "/delivery", object{"way": "collect"}},
		{"POST", "/acceptance/cases/" + id + "/materials/" + material + "/review", object{"result": "ok"}},
		{"POST", "/acceptance/cases/" + id + "/reviews", object{"findings": []object{{"material": material, "result": "ok"}}}},
		{"POST", "/acceptance/cases/" + id + "/submit", object{}},
		{"POST", "/acceptance/cases/" + id + "/notice", object{"more": []string{"缺材料"}}},
		{"POST", "/acceptance/cases/" + id + "/prepare", object{}},
		{"POST", "/acceptance/cases/" + id + "/accept", object{}},
		{"POST", "/acceptance/cases/" + id + "/refuse", object{"reason": "不受理"}},
		{"POST", "/acceptance/cases/" + id + "/decide", object{"approved": true}},
		{"POST", "/acceptance/cases/" + id + "/deliver", object{"by": "other", "note": "本人"}},
		{"POST", "/acceptance/cases/" + id + "/deferred/" + material, object{"decision": "revoke", "reason": "逾期"}},
		{"GET", "/payments/" + order, nil},
		{"POST", "/payments/" + order + "/at-window", object{"proof": "现金"}},
		{"POST", "/payments/" + order + "/refund", object{"reason": "退"}},
		{"GET", "/tasks/" + task, nil},
		{"GET", "/tasks/" + open, nil},
		{"GET", "/tasks/" + open + "/colleagues", nil},
		{"GET", "/supervision/cases/" + id, nil},
	}
	verbs := map[string]object{
		"open": {}, "claim": {}, "release": {}, "pass": {"opinion": "同意"}, "refuse": {"opinion": "不同意"}, "return": {"opinion": "退", "node": "review"}, "recall": {},
		"transfer": {"to": c.people["renshen"].ID}, "delegate": {"to": c.people["renshen"].ID}, "add-sign": {"to": c.people["renshen"].ID}, "drop-sign": {},
		"hold": {"reason": "survey", "days": 3}, "supplement": {"missing": []string{"说明"}}, "resume": {}, "ask-extension": {"days": 3, "opinion": "要时间"},
		"decide-extension": {"granted": true, "opinion": "同意"}, "terminate": {"opinion": "终止"},
	}
	for verb, body := range verbs {
		staff = append(staff, struct {
			method, path string
			body         any
		}{"POST", "/tasks/" + open + "/" + verb, body})
	}
	before := [2]string{fmt.Sprint(c.do("lin", http.MethodGet, "/cases/"+id, nil)), fmt.Sprint(c.do("renshen", http.MethodGet, "/tasks/"+open, nil)["edition"])}
	refused := func(who, method, path string, body any) {
		t.Helper()
		code, out := c.send(who, method, path, body)
		if code != http.StatusNotFound && code != http.StatusForbidden && code != http.StatusUnauthorized {
			t.Errorf("%s %s by %q: %d %v", method, path, who, code, out)
		}
		if text := fmt.Sprint(out); strings.Contains(text, "林小雨") || strings.Contains(text, "0128") {
			t.Errorf("%s %s tells %q: %v", method, path, who, out)
		}
	}
	for _, p := range people {
		for _, who := range []string{"", "chen", "shouli"} {
			if who == "shouli" && strings.HasPrefix(p.path, "/payments/") || who == "shouli" && strings.HasSuffix(p.path, "/parcel") {
				continue // the centre's clerk has to do with them
			}
			refused(who, p.method, p.path, p.body)
		}
	}
	for _, p := range staff {
		for _, who := range []string{"", "chen", "lin", "shenpi", "shoudai", "zhushen", "weidai", "renshou"} {
			if who == "renshou" && strings.Contains(p.path, open) || who == "lin" && p.method == http.MethodGet && strings.HasPrefix(p.path, "/payments/") {
				continue
			}
			refused(who, p.method, p.path, p.body)
		}
	}
	for _, who := range []string{"", "chen", "shenpi", "shoudai"} {
		if w := c.page(who, http.MethodGet, "/payment-receipts/"+order, nil); w.Code < 400 && w.Code != http.StatusSeeOther {
			t.Errorf("%q reads the receipt: %d", who, w.Code)
		}
	}
	after := [2]string{fmt.Sprint(c.do("lin", http.MethodGet, "/cases/"+id, nil)), fmt.Sprint(c.do("renshen", http.MethodGet, "/tasks/"+open, nil)["edition"])}
	if before != after {
		t.Errorf("something changed: %v, %v", before, after)
	}
}

// mischief is what somebody writes who wants more than to be read.
const mischief = `</script><script>alert(1)</script>'; DROP TABLE case_record; --{{7*7}}`

// Script and SQL in every text of the line come back as text, and none of them
// is the page's own.
func whatPeopleWriteIsTextWhereverItIsShown(t *testing.T, c *city) {
	made := c.do("shouli", http.MethodPost, "/acceptance/cases", object{
		"item": "pension", "answers": c.answersOf("pension", nil), "name": "林小雨", "idNumber": "330100199005200128", "phone": "13800000101",
		"window": mischief[:30], "ticket": mischief[:30],
	})
	id := made.text("id")
	c.do("shouli", http.MethodPut, "/acceptance/cases/"+id+"/values", object{"values": general(mischief), "edition": made["edition"]})
	c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/notice", object{"more": []string{mischief}})
	seen := c.state(id, "supplementing")
	if seen.text("missing") != "["+mischief+"]" {
		t.Errorf("what is missing came back as %q", seen.text("missing"))
	}
	progress := c.page("", http.MethodPost, "/progress", url.Values{"number": {seen.text("number")}, "code": {seen.text("queryCode")}})
	if progress.Code != http.StatusOK || !strings.Contains(progress.Body.String(), "&lt;script&gt;alert(1)") {
		t.Errorf("the progress page: %d", progress.Code)
	}
	pages := map[string]string{"progress": progress.Body.String()}

	c.do("lin", http.MethodPost, "/cases/"+id+"/submit", object{})
	c.take(id, nil)
	task := c.taskOf("renshen", "review", id)
	c.verb("renshen", task, "hold", object{"reason": "appraisal", "days": 3, "opinion": mischief})
	c.verb("renshen", task, "resume", object{})
	c.verb("renshen", task, "refuse", object{"opinion": mischief})
	c.verb("rendai", c.taskOf("rendai", "decide", id), "refuse", object{"opinion": mischief})
	c.settle()
	done := c.do("lin", http.MethodGet, "/cases/"+id, nil)
	for _, d := range done.list("documents") {
		w := c.page("", http.MethodGet, "/verify/"+d.text("code"), nil)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", d.text("number"), w.Code)
		}
		pages["document "+d.text("kind")] = w.Body.String()
		if pdf := c.do("lin", http.MethodGet, "/cases/"+id+"/documents/"+d.text("id"), nil).text("body"); !strings.HasPrefix(pdf, "%PDF") {
			t.Errorf("%s is no PDF", d.text("number"))
		}
	}
	for name, path := range map[string]string{"applicant's picture": "/cases/" + id + "/progress.svg", "staff's picture": "/acceptance/cases/" + id + "/progress.svg"} {
		who := map[bool]string{true: "shouli", false: "lin"}[strings.HasPrefix(path, "/acc")]
		pages[name] = c.do(who, http.MethodGet, path, nil).text("body")
	}
	rate := strings.TrimPrefix(done.text("rate"), "https://donghu.example")
	if rate == "" {
		t.Fatalf("no rating of %v", done["state"])
	}
	if w := c.page("", http.MethodPost, rate, url.Values{"score": {"1"}, "text": {mischief}, "confirm": {"1"}}); w.Code >= 400 {
		t.Errorf("rated: %d %s", w.Code, w.Body)
	}
	pages["rating"] = c.page("", http.MethodGet, rate, nil).Body.String()
	c.settle()
	for name, html := range pages {
		if strings.Contains(html, "<script>alert") || strings.Contains(html, "{{7*7}}\"") || strings.Contains(html, ">49<") {
			t.Errorf("the %s has the script as its own", name)
		}
	}
	file := c.do("jiancha", http.MethodGet, "/supervision/cases/"+id, nil)
	if !strings.Contains(file.text("log"), "<script>alert(1)") {
		t.Errorf("supervision reads something else: %v", file["log"])
	}
	for _, number := range []string{mischief, "' OR '1'='1", "%", seen.text("number") + "' --"} {
		if code, out := c.send("", http.MethodPost, "/case-query", object{"number": number, "code": "' OR 1=1 --"}); code < 400 || code >= 500 {
			t.Errorf("asked for %q: %d %v", number, code, out)
		}
		if code, out := c.send("shouli", http.MethodGet, "/acceptance/cases?q="+url.QueryEscape(number), nil); code == http.StatusOK && len(out.list("cases")) > 0 || code >= 500 {
			t.Errorf("looked for %q: %d %v", number, code, out)
		}
		if code, out := c.send("jiancha", http.MethodGet, "/supervision/cases?number="+url.QueryEscape(number), nil); code == http.StatusOK && len(out.list("cases")) > 0 || code >= 500 {
			t.Errorf("supervised %q: %d %v", number, code, out)
		}
	}
	c.do("shouli", http.MethodGet, "/acceptance/cases/"+id, nil) // the table is still there
}
