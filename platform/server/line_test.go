package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// city is the whole platform with its demo city, asked over HTTP by people who
// are who they say.
type city struct {
	*contexts
	t       testing.TB
	handler http.Handler
	people  map[string]access.Caller

	watch *watch
}

// watch is a city's clock.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func (w *watch) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// in is the same city for a test of its own.
func (c *city) in(t testing.TB) *city {
	one := *c
	one.t = t
	return &one
}

// at moves the city's clock, lets its contexts hear each other and do what is
// due.
func (c *city) at(text string) {
	c.t.Helper()
	now, err := time.Parse("2006-01-02 15:04 -0700", text+" +0800")
	if err != nil {
		c.t.Fatal(err)
	}
	c.watch.mu.Lock()
	c.watch.now = now
	c.watch.mu.Unlock()
	c.settle()
}

// settle lets every context hear what the others published.
func (c *city) settle() {
	c.t.Helper()
	for range 20 {
		n, err := c.store.Deliver(c.t.Context())
		if err != nil {
			c.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	if _, err := c.supervision.Turn(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

func openCity(t testing.TB, target string) *city {
	t.Helper()
	conf := Config{Data: t.TempDir(), Demo: true, BaseURL: "https://donghu.example", Version: "test", Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler), passwordCost: bcrypt.MinCost}
	c := &city{t: t, watch: &watch{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))}, people: map[string]access.Caller{}}
	secret, err := keys.Load(conf.Data)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: c.watch.clock, Alone: true, Log: conf.Log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if c.contexts, err = openContexts(t.Context(), conf, st, secret); err != nil {
		t.Fatal(err)
	}
	members, err := c.identity.Members(access.With(t.Context(), access.Caller{Kind: access.Staff, Org: "centre", Region: "330100", Roles: []access.Role{access.RoleSecurityAdmin}}))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		c.people[m.Account] = access.Caller{Kind: access.Staff, ID: m.ID, Org: m.Organisation, Region: m.Region, Roles: m.Roles, Session: "s-" + m.ID}
	}
	lin, err := c.identity.PersonByNumber(access.With(t.Context(), c.people["zhuce"]), "330100199005200128")
	if err != nil {
		t.Fatal(err)
	}
	c.people["lin"] = access.Caller{Kind: access.Person, ID: lin.ID, Session: "s-lin"}
	chen, err := c.identity.PersonByNumber(access.With(t.Context(), c.people["zhuce"]), "330100198503110171")
	if err != nil {
		t.Fatal(err)
	}
	c.people["chen"] = access.Caller{Kind: access.Person, ID: chen.ID, Session: "s-chen"}
	router := httpd.New(httpd.Config{
		Version: conf.Version, Log: conf.Log, Limit: httpd.Limit{PerSecond: -1},
		Caller: func(r *http.Request) (access.Caller, error) { return c.people[r.Header.Get("X-Caller")], nil },
	})
	c.routes(router)
	c.handler = router.Handler()
	return c
}

// object is an answer of the API.
type object map[string]any

func (o object) text(path ...string) string {
	var v any = map[string]any(o)
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[name]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// list are the objects of a member.
func (o object) list(name string) (all []object) {
	members, _ := o[name].([]any)
	for _, m := range members {
		if member, ok := m.(map[string]any); ok {
			all = append(all, member)
		}
	}
	return all
}

// send asks the API as somebody and tells the status with the answer.
func (c *city) send(who, method, path string, body any) (int, object) {
	c.t.Helper()
	return c.sendWith(who, method, path, body, nil)
}

// sendWith is send with headers.
func (c *city) sendWith(who, method, path string, body any, headers map[string]string) (int, object) {
	c.t.Helper()
	var data []byte
	contentType := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		data, contentType = b, "application/octet-stream"
	default:
		var err error
		if data, err = json.Marshal(b); err != nil {
			c.t.Fatal(err)
		}
	}
	if !strings.HasPrefix(path, "/rate/") && !strings.HasPrefix(path, "/verify/") && !strings.HasPrefix(path, "/licences/verify") {
		path = "/api/v1" + path
	}
	req := httptest.NewRequestWithContext(c.t.Context(), method, path, bytes.NewReader(data))
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Caller", who)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, req)
	var out object
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		out = object{"body": w.Body.String()}
	}
	return w.Code, out
}

// do asks what has to work.
func (c *city) do(who, method, path string, body any) object {
	c.t.Helper()
	code, out := c.send(who, method, path, body)
	if code < 200 || code > 299 {
		c.t.Fatalf("%s %s by %s: %d %v", method, path, who, code, out)
	}
	return out
}

// onePDF is the smallest file that counts as a PDF.
const onePDF = "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"

// upload uploads a file and returns its id.
func (c *city) upload(who, name string) string {
	c.t.Helper()
	return c.do(who, http.MethodPost, "/files?name="+name, []byte(onePDF)).text("id")
}

// task opens and claims the task of a node that somebody may have.
func (c *city) task(who, node string) string {
	c.t.Helper()
	for _, view := range []string{"mine", "claimable"} {
		for _, one := range c.do(who, http.MethodGet, "/tasks?view="+view, nil).list("tasks") {
			if one.text("node") != node {
				continue
			}
			id := one.text("id")
			c.do(who, http.MethodPost, "/tasks/"+id+"/open", object{})
			if view == "claimable" {
				c.do(who, http.MethodPost, "/tasks/"+id+"/claim", object{})
			}
			return id
		}
	}
	c.t.Fatalf("%s has no task %q", who, node)
	return ""
}

// The whole line of the platform: an application made on the portal is accepted
// at a window with a deferred material, examined by three in parallel with one
// return, decided, licensed, handed over and rated; supervision has every step
// with its time.
func TestApplicationRunsToItsDecision(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := openCity(t, target)
		c.do("zhongxin", http.MethodPut, "/flows/bindings/food-licence", object{"flow": "joint-review"})

		made := c.apply()
		id := made.text("id")
		c.accept(id)
		c.examine(id)
		c.finish(id)
		c.supervised(id)
	})
}

// apply fills an application in on the portal and submits it.
func (c *city) apply() object {
	c.t.Helper()
	answers := object{"what": "restaurant", "cold": "no", "agent": "self"}
	made := c.do("lin", http.MethodPost, "/cases", object{"item": "food-licence", "answers": answers, "mode": "pre-review"})
	id := made.text("id")
	values, _ := made["values"].(map[string]any)
	if values == nil {
		values = map[string]any{}
	}
	for name, v := range foodForm {
		if _, ok := values[name]; !ok {
			values[name] = v
		}
	}
	c.do("lin", http.MethodPut, "/cases/"+id+"/values", object{"values": values, "edition": made["edition"]})
	for _, m := range made.list("materials") {
		body := object{"files": []string{c.upload("lin", m.text("id")+".pdf")}}
		c.do("lin", http.MethodPut, "/cases/"+id+"/materials/"+m.text("id"), body)
	}
	c.do("lin", http.MethodPut, "/cases/"+id+"/delivery", object{"way": "collect"})
	return c.do("lin", http.MethodPost, "/cases/"+id+"/submit", object{})
}

// foodForm is what a restaurant fills in; names and numbers are nobody's.
var foodForm = object{
	"name": "东湖市小雨餐饮管理有限公司", "code": "91330102DEM000101H", "representative": "林小雨", "phone": "13800000101", "years": "5",
	"address": object{"region": "330102", "area": "东湖市东湖区", "street": "人民路 100 号"}, "area": 180, "kitchen": 60, "seats": 80, "delivery": false,
	"items": []string{"hot", "drink"}, "water": "public", "manager": object{"name": "郭伟", "number": "330100197802140528", "phone": "13800000106"},
	"staff": []object{{"name": "郭伟", "number": "330100197802140528", "job": "厨师", "health": "2027-06-30"}},
}

// accept is the window's part: materials looked at, one asked for again, then
// the case accepted.
func (c *city) accept(id string) {
	c.t.Helper()
	waiting := c.do("shouli", http.MethodGet, "/acceptance/cases?state=submitted", nil).list("cases")
	if len(waiting) != 1 || waiting[0].text("id") != id {
		c.t.Fatalf("the window has %v", waiting)
	}
	if code, _ := c.send("chen", http.MethodGet, "/cases/"+id, nil); code != http.StatusNotFound {
		c.t.Errorf("another reads the case: %d", code)
	}
	seen := c.do("shouli", http.MethodGet, "/acceptance/cases/"+id, nil)
	for i, m := range seen.list("materials") {
		finding := object{"result": "ok"}
		if i == 1 {
			finding = object{"result": "wrong", "note": "平面图看不清，请重新拍摄"}
		}
		c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/materials/"+m.text("id")+"/review", finding)
	}
	c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/notice", object{})
	c.at("2026-11-23 10:00")

	asked := c.do("lin", http.MethodGet, "/cases/"+id, nil)
	if asked.text("state") != "supplementing" || len(asked["missing"].([]any)) != 1 {
		c.t.Fatalf("the applicant sees %v, missing %v", asked["state"], asked["missing"])
	}
	again := seen.list("materials")[1].text("id")
	c.do("lin", http.MethodPut, "/cases/"+id+"/materials/"+again, object{"files": []string{c.upload("lin", "again.pdf")}})
	c.do("lin", http.MethodPost, "/cases/"+id+"/submit", object{})
	c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/materials/"+again+"/review", object{"result": "ok"})
	accepted := c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/accept", object{"originals": true, "hall": "demo", "window": "3"})
	if accepted.text("state") != "accepted" || accepted.text("caseNo") == "" || accepted.text("promisedDue") != "2026-12-02" {
		c.t.Fatalf("accepted: %v", accepted)
	}
	c.at("2026-11-24 09:00")
}

// examine is the departments' part: three in parallel, one of them returned by
// who decides.
func (c *city) examine(id string) {
	c.t.Helper()
	for _, node := range []string{"lead", "first", "second"} {
		c.do("shenpi", http.MethodPost, "/tasks/"+c.task("shenpi", node)+"/pass", object{"opinion": "符合要求。"})
	}
	c.at("2026-11-25 09:00")
	c.do("shoudai", http.MethodPost, "/tasks/"+c.task("shoudai", "decide")+"/return", object{"node": "first", "opinion": "请补充现场核查照片。", "direct": true})
	c.at("2026-11-26 09:00")
	c.do("shenpi", http.MethodPost, "/tasks/"+c.task("shenpi", "first")+"/pass", object{"opinion": "照片已补充。"})
	c.at("2026-11-27 09:00")
	c.do("shoudai", http.MethodPost, "/tasks/"+c.task("shoudai", "decide")+"/pass", object{"opinion": "同意。"})
	c.at("2026-11-27 10:00")
}

// finish is the end: the licence, the hand-over and the rating.
func (c *city) finish(id string) {
	c.t.Helper()
	decided := c.do("lin", http.MethodGet, "/cases/"+id, nil)
	if decided.text("state") != "decided" || decided.text("result") != "approved" || decided.text("licence", "name") != "食品经营许可证" {
		c.t.Fatalf("decided: state %v, result %v, licence %v", decided["state"], decided["result"], decided["licence"])
	}
	var kinds []string
	for _, d := range decided.list("documents") {
		kinds = append(kinds, d.text("kind"))
		if code, page := c.send("", http.MethodGet, "/verify/"+d.text("code"), nil); code != http.StatusOK || !strings.Contains(page.text("body"), d.text("number")) {
			c.t.Errorf("%s isn't verified: %d", d.text("number"), code)
		}
	}
	for _, kind := range []string{"supplement", "acceptance", "approval"} {
		if !strings.Contains(strings.Join(kinds, " "), kind) {
			c.t.Errorf("no %s among the documents %v", kind, kinds)
		}
	}
	held := c.do("lin", http.MethodGet, "/me/licences", nil).list("licences")
	if len(held) != 1 || !strings.Contains(fmt.Sprint(held[0]["lines"]), "热食类食品制售、自制饮品制售") {
		c.t.Fatalf("licences: %v", held)
	}
	c.do("shouli", http.MethodPost, "/acceptance/cases/"+id+"/deliver", object{"by": "other", "note": "刷身份证，本人领取"})
	c.at("2026-11-27 11:00")
	closed := c.do("lin", http.MethodGet, "/cases/"+id, nil)
	rate := closed.text("rate")
	if closed.text("state") != "closed" || rate == "" {
		c.t.Fatalf("closed: state %v, rating %q", closed["state"], rate)
	}
	path := strings.TrimPrefix(rate, "https://donghu.example")
	form := []byte("score=5&confirm=1")
	for i, want := range []string{"ok", "again"} {
		req := httptest.NewRequestWithContext(c.t.Context(), http.MethodPost, path, bytes.NewReader(form))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, req)
		if w.Code >= 500 || i == 0 && w.Code >= 400 {
			c.t.Errorf("rating %s: %d %s", want, w.Code, w.Body)
		}
	}
	c.at("2026-11-27 12:00")
}

// supervised is what supervision has of it all.
func (c *city) supervised(id string) {
	c.t.Helper()
	file := c.do("jiancha", http.MethodGet, "/supervision/cases/"+id, nil)
	if file.text("case", "state") != "closed" || file.text("case", "light") != "green" || file.text("case", "applicant") != "林*" {
		c.t.Errorf("supervision has %v", file["case"])
	}
	var words []string
	last := ""
	for _, h := range file.list("log") {
		words = append(words, h.text("words"))
		if at := h.text("at"); at < last {
			c.t.Errorf("%s comes after %s", at, last)
		} else {
			last = at
		}
	}
	all := strings.Join(words, "\n")
	for _, want := range []string{"提交申请", "一次性告知补正", "申请人补正材料", "受理", "进入环节：协办部门一审查", "退回：", "作出准予决定", "电子证照签发", "办结归档", "评价 5 分"} {
		if !strings.Contains(all, want) {
			c.t.Errorf("supervision doesn't have %q in\n%s", want, all)
		}
	}
	steps := file.list("steps")
	if len(steps) < 6 {
		c.t.Errorf("%d steps", len(steps))
	}
	returned := 0
	for _, s := range steps {
		if s.text("done") == "" || s.text("result") == "" {
			c.t.Errorf("the step %v has no end", s)
		}
		if s.text("result") == "returned" {
			returned++
		}
	}
	if returned != 1 {
		c.t.Errorf("%d steps returned the case, want 1: %v", returned, steps)
	}
	if code, _ := c.send("lin", http.MethodGet, "/supervision/cases/"+id, nil); code != http.StatusForbidden {
		c.t.Errorf("the applicant supervises: %d", code)
	}
	if _, err := c.audit.Verify(c.t.Context()); err != nil {
		c.t.Error(err)
	}
}
