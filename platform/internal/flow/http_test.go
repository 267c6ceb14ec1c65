package flow_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/flow"
)

func decode[T any](t *testing.T, a answer, status int) (v T) {
	t.Helper()
	if a.status != status {
		t.Fatalf("got %d %s, want %d", a.status, a.body, status)
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestATaskThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		h, _ := o.api()
		o.begin("c1", "", map[string]any{"values": map[string]any{"name": "张三"}})
		list := decode[flow.Page](t, ask(h, "ann", "GET", "/tasks?view=claimable", ""), 200)
		if len(list.Tasks) != 1 {
			t.Fatalf("claimable %+v", list)
		}
		path := "/tasks/" + list.Tasks[0].ID
		d := decode[flow.Detail](t, ask(h, "ann", "GET", path, ""), 200)
		if d.Summary.Applicant != "张*" || !slices.Equal(d.Verbs, []string{"claim"}) || len(d.Flow.Nodes) != 2 {
			t.Errorf("detail %+v", d)
		}
		decode[map[string]any](t, ask(h, "ann", "POST", path+"/claim", "{}"), 200)
		if a := ask(h, "ann", "POST", path+"/pass", fmt.Sprintf(`{"edition":%d}`, d.Edition)); a.status != 409 || a.code() != "flow.stale" {
			t.Errorf("with an old edition: %d %s", a.status, a.body)
		}
		first := ask(h, "ann", "POST", path+"/pass", `{"opinion":"同意"}`, "Idempotency-Key", "k1")
		again := ask(h, "ann", "POST", path+"/pass", `{"opinion":"同意"}`, "Idempotency-Key", "k1")
		if first.status != 200 || again.status != 200 || again.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("first %d, again %d %s", first.status, again.status, again.body)
		}
		if a := ask(h, "ann", "POST", path+"/pass", `{"opinion":"别的"}`, "Idempotency-Key", "k1"); a.code() != "flow.request-reused" {
			t.Errorf("another request with the key: %s", a.body)
		}
		if a := ask(h, "ann", "POST", path+"/pass", `{}`); a.code() != "flow.task-closed" {
			t.Errorf("passed twice: %s", a.body)
		}
		if done := decode[flow.Page](t, ask(h, "ann", "GET", "/tasks?view=done", ""), 200); len(done.Tasks) != 1 || done.Tasks[0].Result != "approve" {
			t.Errorf("done %+v", done)
		}
	})
}

// Nobody learns of another's task, whatever role she has.
func TestOthersTasksAreNotThere(t *testing.T) {
	o := file(t)
	h, ops := o.api()
	o.begin("c1", "", nil)
	free, mine := o.find("ann", "review").ID, ""
	o.begin("c2", "", nil)
	for _, task := range o.list("ann", flow.Claimable) {
		if task.Case == "c2" {
			mine = task.ID
			o.do("ann", mine, "claim", flow.Request{})
		}
	}
	callers := []string{"", "person", "hall", "hal", "des", "eve", "rob", "far"}
	for _, r := range access.Roles() {
		callers = append(callers, "role:"+string(r))
	}
	checked := 0
	for _, op := range ops {
		if !strings.Contains(op.Path, "/tasks/{id}") {
			continue
		}
		for _, verb := range []string{"open", "claim", "pass", "refuse", "return", "transfer", "hold", "terminate", "decide-extension", "recall", "drop-sign", "resume", "release", "supplement", "add-sign", "delegate", "ask-extension"} {
			for _, id := range []string{free, mine, "nope", "' OR 1=1 --", "%00"} {
				path := strings.NewReplacer("{id}", strings.NewReplacer("'", "%27", " ", "%20").Replace(id), "{verb}", verb, "/api/v1", "").Replace(op.Path)
				for _, who := range append(callers, "ben") {
					if who == "ben" && id == free {
						continue // he may claim it
					}
					checked++
					body := ""
					if op.Method == "POST" {
						body = `{"opinion":"x","node":"review","to":"cat","reason":"survey","days":3,"missing":["x"],"granted":true}`
					}
					if a := ask(h, who, op.Method, path, body); a.status != 404 && a.status != 401 && a.status != 403 && a.status != 422 && a.status != 400 {
						t.Errorf("%s %s by %q: %d %s", op.Method, path, who, a.status, a.body)
					}
				}
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d requests", checked)
	}
	o.wantStates("c1", "review now", "decide waiting")
	if got := o.list("ann", flow.Mine); len(got) != 1 || len(o.told) != 0 {
		t.Errorf("mine %+v, told %v", got, o.told)
	}
}

func TestWhoMayDoWhatWithDefinitions(t *testing.T) {
	o := file(t)
	h, ops := o.api()
	want := map[string]string{
		"list-flows": "ADER", "get-flow": "ADER", "get-flow-bpmn": "ADER", "get-flow-picture": "ADER", "create-flow": "E", "save-flow": "E", "check-flow": "ER",
		"propose-flow": "E", "publish-flow": "R", "bind-flow": "R", "try-flow": "ER",
	}
	letters := map[string]string{"role:approver": "A", "role:supervisor": "D", "role:item-editor": "E", "role:item-reviewer": "R"}
	for _, op := range ops {
		allowed, ok := want[op.ID]
		if !ok {
			continue
		}
		path := strings.NewReplacer("{id}", "two-step", "{item}", "food", "/api/v1", "").Replace(op.Path)
		for _, who := range []string{"", "person", "hall", "role:clerk", "role:auditor", "role:approver", "role:supervisor", "role:item-editor", "role:item-reviewer"} {
			body := ""
			if op.Method != http.MethodGet {
				body = `{"edition":0,"pass":true,"flow":"two-step","name":"x","bpmn":"<x/>"}`
			}
			a := ask(h, who, op.Method, path, body)
			refused := a.status == 401 || a.code() == "request.forbidden"
			if letter, ok := letters[who]; refused == (ok && strings.Contains(allowed, letter)) {
				t.Errorf("%s by %q: %d %s", op.ID, who, a.status, a.body)
			}
		}
	}
}

func TestADefinitionFromDrawingToBinding(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		h, _ := o.api()
		xml := string(ask(h, "eve", "GET", "/flows/site-survey/bpmn", "").body)
		body, err := json.Marshal(map[string]any{"bpmn": xml, "name": "食品经营许可审批"})
		o.must(err)
		type saved struct {
			Definition string
			Edition    int64
			Version    int
			State      string
			Findings   []struct{ Text string }
		}
		v := decode[saved](t, ask(h, "eve", "POST", "/flows", string(body)), 201)
		path := "/flows/" + v.Definition
		if v.State != "draft" || len(v.Findings) != 0 {
			t.Errorf("saved %+v", v)
		}
		if a := ask(h, "eve", "PUT", path, strings.Replace(string(body), "{", `{"edition":9,`, 1)); a.code() != "flow.stale" {
			t.Errorf("with a wrong edition: %s", a.body)
		}
		bad := strings.Replace(string(body), "approver", "wizard", 1)
		v = decode[saved](t, ask(h, "eve", "PUT", path, strings.Replace(bad, "{", `{"edition":1,`, 1)), 200)
		if len(v.Findings) != 1 {
			t.Errorf("findings %+v", v.Findings)
		}
		if a := ask(h, "eve", "POST", path+"/propose", `{"edition":2}`); a.code() != "flow.findings" || !strings.Contains(string(a.body), "wizard") {
			t.Errorf("proposed with findings: %s", a.body)
		}
		v = decode[saved](t, ask(h, "eve", "PUT", path, strings.Replace(string(body), "{", `{"edition":2,`, 1)), 200)
		decode[saved](t, ask(h, "eve", "POST", path+"/propose", `{"edition":3}`), 200)
		if a := ask(h, "eve", "PUT", path, strings.Replace(string(body), "{", `{"edition":4,`, 1)); a.code() != "flow.state" {
			t.Errorf("changed while it waits: %s", a.body)
		}
		if a := ask(h, "rob", "POST", path+"/publish", `{"edition":4,"pass":false}`); a.status != 422 {
			t.Errorf("sent back without a word: %s", a.body)
		}
		v = decode[saved](t, ask(h, "rob", "POST", path+"/publish", `{"edition":4,"pass":true}`), 200)
		if v.State != "published" {
			t.Errorf("published %+v", v)
		}
		if a := ask(h, "rob", "PUT", "/flows/bindings/food", fmt.Sprintf(`{"flow":%q}`, v.Definition)); a.status != 204 {
			t.Errorf("bound: %d %s", a.status, a.body)
		}
		if a := ask(h, "rob", "PUT", "/flows/bindings/nothing", `{"flow":"two-step"}`); a.status != 404 {
			t.Errorf("an item that isn't there: %d", a.status)
		}
		o.begin("c1", "", nil)
		// The next version changes nothing for the running case.
		v = decode[saved](t, ask(h, "eve", "PUT", path, strings.Replace(strings.Replace(string(body), "书面审查", "网上审查", 1), "{", `{"edition":0,`, 1)), 200)
		decode[saved](t, ask(h, "eve", "POST", path+"/propose", `{"edition":1}`), 200)
		decode[saved](t, ask(h, "rob", "POST", path+"/publish", `{"edition":2,"pass":true}`), 200)
		if name := o.find("ann", "review").Name; name != "书面审查" || v.Version != 2 {
			t.Errorf("the running case's step is %q", name)
		}
		o.begin("c2", "", nil)
		if got := len(o.list("ann", flow.Claimable)); got != 2 {
			t.Errorf("%d tasks", got)
		}
	})
}

func TestTheAuthorDoesNotPublish(t *testing.T) {
	o := file(t)
	_, def, err := o.Definition(o.as("rob"), "two-step", 0)
	o.must(err)
	def.ID = ""
	v, err := o.Save(o.as("rob"), *def, 0) // rob is editor and reviewer
	o.must(err)
	o.must(o.Propose(o.as("rob"), v.Definition, 1, ""))
	o.refused(o.Publish(o.as("rob"), v.Definition, 2, true, ""), flow.ErrPublisher)
	_, err = o.Save(o.as("eve"), *def, 0) // her own
	o.must(err)
	def.ID = v.Definition
	_, err = o.Save(o.as("eve"), *def, 2)
	o.refused(err, flow.ErrRegion)
	def.ID = "two-step"
	_, err = o.Save(o.as("rob"), *def, 0)
	o.refused(err, flow.ErrRegion) // templates are nobody's
}

// hostile are texts that people try.
var hostile = []string{"'; DROP TABLE flow_task; --", "<script>alert(1)</script>", "${jndi:ldap://x}", "\u202e反转", strings.Repeat("长", 1000)}

func TestHostileWordsStayWords(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for i, text := range hostile {
			id := fmt.Sprintf("c%d", i)
			o.begin(id, "instant", map[string]any{"x": text})
			task := o.find("ann", "decide")
			o.do("ann", task.ID, "claim", flow.Request{})
			o.do("ann", task.ID, "refuse", flow.Request{Opinion: text, Values: map[string]any{"v": text}})
			if got := o.detail("ann", task.ID).Opinion; got != text {
				t.Errorf("got %q, want %q", got, text)
			}
		}
		o.begin("last", "instant", nil)
		task := o.find("ann", "decide")
		o.do("ann", task.ID, "claim", flow.Request{})
		for _, r := range []flow.Request{
			{Opinion: strings.Repeat("长", 1001)},
			{Opinion: "a\x00b"},
			{Opinion: "x", Values: map[string]any{"deep": map[string]any{"a": 1}}},
			{Opinion: "x", Values: map[string]any{strings.Repeat("n", 61): true}},
			{Opinion: ""},
		} {
			o.refused(o.act("ann", task.ID, "refuse", r), flow.ErrInput)
		}
		o.wantStates("last", "decide now")
	})
}

// Many claim one task at once: one gets it, the others are told so.
func TestOneClaimsItAtATime(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.begin("c1", "", nil)
		task := o.find("ann", "review").ID
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 12 {
			who := []string{"ann", "ben", "cat"}[i%3]
			wg.Go(func() {
				err := o.act(who, task, "claim", flow.Request{})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				}
			})
		}
		wg.Wait()
		seen := 0
		for _, who := range []string{"ann", "ben", "cat"} {
			seen += len(o.list(who, flow.Mine))
		}
		// Her own four claims are one and the same.
		if seen != 1 || won < 1 || won > 4 {
			t.Errorf("%d claims won, %d have it", won, seen)
		}
	})
}

// Each list is read along one index, without sorting, so that it doesn't care
// how many tasks there are.
func TestListsReadOneIndex(t *testing.T) {
	o := file(t)
	for index, query := range flow.Lists() {
		args := []any{"a", 1, "c", 1}
		if strings.Contains(query, "$5") {
			args = []any{"a", "b", 1, "d", 1}
		}
		rows, err := o.store.Read().QueryContext(t.Context(), "EXPLAIN QUERY PLAN SELECT * FROM flow_task "+query, args...)
		o.must(err)
		plan := ""
		for rows.Next() {
			var id, parent, unused int
			var text string
			o.must(rows.Scan(&id, &parent, &unused, &text))
			plan += text + "; "
		}
		o.must(rows.Err())
		o.must(rows.Close())
		if !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s is read by %s", index, plan)
		}
	}
}
