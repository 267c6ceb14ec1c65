package cases_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/httpd"
)

// api serves the context's operations to callers that a header names: p1, p2 …
// are people, hall is a hall, and ORGANISATION/REGION/ROLE is staff.
func (c *city) api() (http.Handler, []httpd.Operation) {
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Limit: httpd.Limit{PerSecond: -1}, Caller: func(r *http.Request) (access.Caller, error) {
		who := r.Header.Get("X-Test-Caller")
		part := strings.Split(who, "/")
		switch {
		case who == "":
			return access.Caller{}, nil
		case who == "hall":
			return access.Caller{Kind: access.Hall, ID: "east"}, nil
		case len(part) == 3:
			return access.Caller{Kind: access.Staff, ID: "s1", Org: part[0], Region: part[1], Roles: []access.Role{access.Role(part[2])}}, nil
		default:
			return access.Caller{Kind: access.Person, ID: who}, nil
		}
	}})
	c.Routes(r)
	return r.Handler(), r.Operations()
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// code is the problem document's code.
func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal([]byte(a.body), &p) // no problem has no code
	return p.Code
}

func ask(h http.Handler, who, method, path, body string, headers ...string) answer {
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	if !strings.HasPrefix(path, "/progress") && !strings.HasPrefix(path, "/api") {
		path = "/api/v1" + path
	}
	req := httptest.NewRequest(method, path, in)
	req.Header.Set("X-Test-Caller", who)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return answer{w.Code, w.Header(), w.Body.String()}
}

func decode[T any](t *testing.T, a answer, status int) (v T) {
	t.Helper()
	if a.status != status {
		t.Fatalf("got %v, want %d", a, status)
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v in %v", err, a)
	}
	return v
}

const (
	centreClerk = "centre/330102/clerk"
	marketChief = "market/330102/chief-representative"
)

// TestOthersCases asks every operation with an id for a case that is somebody
// else's, by every kind of caller: it isn't there, and nothing changes.
func TestOthersCases(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.person(2)
		c.actingFor(3, "legal1")
		d := c.deferred(1)
		late := c.filled(1)
		h, ops := c.api()
		callers := []string{
			"", "p2", "p3", "hall", "police/330102/clerk", "market/330103/clerk", "centre/330103/clerk", "market/330103/chief-representative",
			"police/330102/chief-representative", "police/330102/approver", "centre/330102/auditor", "centre/330102/system-admin", "market/330102/item-editor",
		}
		before := c.count(`SELECT sum(revision) FROM case_record`)
		tried := 0
		for _, op := range ops {
			if !strings.Contains(op.Path, "cases/{id}") {
				continue
			}
			for _, id := range []string{d.ID, late.ID, "nothing", "%27%20OR%201=1--"} {
				for _, who := range callers {
					path := strings.NewReplacer("{id}", id, "{material}", "form", "{document}", "d1", "{file}", "f1").Replace(op.Path)
					got := ask(h, who, op.Method, path, bodies[op.ID])
					tried++
					if got.status != http.StatusNotFound && got.status != http.StatusUnauthorized && got.status != http.StatusForbidden {
						t.Errorf("%s %s by %q: %v", op.Method, path, who, got)
					}
					if strings.Contains(got.body, "张") || strings.Contains(got.body, number(1)) {
						t.Errorf("%s %s by %q tells who it is", op.Method, path, who)
					}
				}
			}
		}
		if after := c.count(`SELECT sum(revision) FROM case_record`); after != before || tried < 1000 {
			t.Errorf("%d changes by %d requests", after-before, tried)
		}
	})
}

// bodies are good ones for the operations that want one.
var bodies = map[string]string{
	"compare-originals": `{"materials":["form"]}`,
	"fill-case":         `{"values":{"shop":"x"},"edition":5}`, "fill-case-at-window": `{"values":{"shop":"x"},"edition":5}`, "answer-case": `{"answers":{"kind":"own"},"edition":5}`,
	"provide-material": `{"promise":true}`, "provide-material-at-window": `{"paper":true}`, "set-case-delivery": `{"way":"collect"}`, "set-delivery-at-window": `{"way":"collect"}`,
	"review-material": `{"result":"ok"}`, "review-materials": `{"findings":[{"material":"form","result":"ok"}]}`, "notify-missing": `{"more":["x"]}`, "accept-case": `{}`,
	"refuse-case": `{"reason":"x"}`, "decide-case": `{"approved":true}`, "deliver-case": `{"by":"other","note":"本人"}`, "decide-deferred": `{"decision":"revoke","reason":"x"}`,
	"attest-case": `{"signature":"f1"}`,
}

// TestIllegalStepsChangeNothing tries every verb of the API on a case in every
// state: what isn't allowed is one clear fault.
func TestIllegalStepsChangeNothing(t *testing.T) {
	c := lone(t)
	h, ops := c.api()
	closed := c.submitted(1)
	_, err := c.RefuseCase(c.clerk(), closed.ID, "不受理")
	c.must(err)
	for _, op := range ops {
		if !strings.Contains(op.Path, "cases/{id}") || op.Method == http.MethodGet {
			continue
		}
		who := "p1"
		if strings.Contains(op.Path, "/acceptance/") {
			who = centreClerk
		}
		if op.ID == "decide-deferred" {
			who = marketChief
		}
		path := strings.NewReplacer("{id}", closed.ID, "{material}", "form").Replace(op.Path)
		got := ask(h, who, op.Method, path, bodies[op.ID])
		if got.status != http.StatusConflict && got.status != http.StatusUnprocessableEntity || !strings.HasPrefix(got.code(), "cases.") {
			t.Errorf("%s on a case that is over: %v", op.ID, got)
		}
		if now := c.get(closed.ID); now.State != cases.NotAccepted {
			t.Fatalf("%s led to %s", op.ID, now.State)
		}
	}
}

func TestTheWholeLineOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h, _ := c.api()
		ctx := c.person(1)
		made := ask(h, "p1", "POST", "/cases", `{"item":"food","answers":{"kind":"rented"},"mode":"verification"}`, "Idempotency-Key", "a")
		v := decode[cases.View](t, made, 201)
		if again := ask(h, "p1", "POST", "/cases", `{"item":"food","answers":{"kind":"rented"},"mode":"verification"}`, "Idempotency-Key", "a"); again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("again: %v", again)
		}
		if v.Who.Name != "张*" || len(v.Locked) != 1 || !slices.Equal(v.Guidance.Actions, []string{"edit", "submit"}) {
			t.Errorf("who %+v, guidance %+v", v.Who, v.Guidance)
		}
		path := "/cases/" + v.ID
		saved := decode[cases.ValuesView](t, ask(h, "p1", "PUT", path+"/values", `{"values":{"shop":"湖畔面馆"},"edition":1}`), 200)
		conflict := ask(h, "p1", "PUT", path+"/values", `{"values":{"shop":"别的"},"edition":1}`)
		if both := decode[cases.ValuesView](t, conflict, 409); both.Theirs["shop"] != "湖畔面馆" || both.Yours["shop"] != "别的" || both.Edition != saved.Edition || both.Code != "cases.stale" {
			t.Errorf("conflict %+v", both)
		}
		file := c.upload(ctx)
		decode[cases.View](t, ask(h, "p1", "PUT", path+"/materials/form", `{"files":["`+file+`"]}`), 200)
		decode[cases.View](t, ask(h, "p1", "PUT", path+"/materials/lease", `{"later":true}`), 200)
		decode[cases.View](t, ask(h, "p1", "PUT", path+"/materials/clean", `{"promise":true}`), 200)
		code := decode[struct{ Code, QR string }](t, ask(h, "p1", "POST", path+"/handover", ""), 200)
		if !strings.HasPrefix(code.QR, "data:image/png;base64,") {
			t.Errorf("qr %.40q", code.QR)
		}
		if got := ask(h, "p1", "GET", path+"/progress.png", ""); got.code() != "cases.file" {
			t.Errorf("a draft has no number to look up: %v", got)
		}
		v = decode[cases.View](t, ask(h, "p1", "POST", path+"/submit", ""), 200)
		if got := ask(h, "p1", "GET", path+"/progress.png", ""); got.status != 200 || !strings.HasPrefix(got.body, "\x89PNG") {
			t.Errorf("code of the progress page: %.60v", got)
		}
		if got := ask(h, "p2", "GET", path+"/progress.png", ""); got.code() != "cases.unknown" {
			t.Errorf("another's code: %.60v", got)
		}
		staff := "/acceptance" + path
		list := decode[struct{ Cases []cases.Summary }](t, ask(h, centreClerk, "GET", "/acceptance/cases", ""), 200)
		if len(list.Cases) != 1 || list.Cases[0].Applicant != "张*" {
			t.Errorf("list %+v", list.Cases)
		}
		seen := decode[cases.View](t, ask(h, centreClerk, "GET", staff, ""), 200)
		if seen.Who.IDNumber != number(1) || seen.QueryCode != "" || seen.Materials[0].Standard == "" {
			t.Errorf("the clerk sees %+v", seen.Who)
		}
		if n, err := c.audit.Of(t.Context(), v.ID, 10); err != nil || !slices.ContainsFunc(n, func(e auditEntry) bool { return e.Action == "cases.look" }) {
			t.Errorf("the look isn't noted: %v %v", n, err)
		}
		if got := ask(h, centreClerk, "GET", staff+"/files/"+file, ""); got.status != 200 || got.header.Get("Content-Type") != "application/pdf" {
			t.Errorf("file: %v", got)
		}
		for _, m := range []string{"form", "clean", "show", "shared"} {
			decode[cases.View](t, ask(h, centreClerk, "POST", staff+"/materials/"+m+"/review", `{"result":"ok"}`), 200)
		}
		v = decode[cases.View](t, ask(h, centreClerk, "POST", staff+"/accept", `{"deferred":[{"material":"lease","due":"2026-12-01"}]}`), 200)
		if v.CaseNo == "" || v.Promised == nil || v.Promised.Left != 5 || len(v.Steps) != 1 || len(v.Documents) != 3 {
			t.Errorf("accepted %+v %+v", v.Summary, v.Documents)
		}
		if got := ask(h, "p1", "GET", path+"/documents/"+v.Documents[0].ID, ""); got.status != 200 || !strings.HasPrefix(got.body, "%PDF") {
			t.Errorf("paper: %v", got)
		}
		if got := ask(h, "p1", "GET", path+"/documents/d99", ""); got.code() != "cases.file" {
			t.Errorf("another's paper: %v", got)
		}
		if got := ask(h, "p1", "GET", path+"/progress.svg", ""); got.status != 200 || !strings.Contains(got.body, "<svg") {
			t.Errorf("picture: %v", got)
		}
		if got := ask(h, "p1", "GET", path+"/form.pdf", ""); got.status != 200 || !strings.HasPrefix(got.body, "%PDF") {
			t.Errorf("form: %v", got)
		}
		mine := decode[struct{ Cases []cases.Summary }](t, ask(h, "p1", "GET", "/me/cases", ""), 200)
		if len(mine.Cases) != 1 || mine.Cases[0].StateWord != "办理中" || mine.Cases[0].Applicant != "" {
			t.Errorf("her list %+v", mine.Cases)
		}
	})
}

func TestQueries(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h, _ := c.api()
		d := c.deferred(1)
		tail := number(1)[14:]
		for name, body := range map[string]string{
			"application number and code": fmt.Sprintf(`{"number":%q,"code":%q}`, d.Number, strings.ToLower(d.QueryCode)),
			"case number and tail":        fmt.Sprintf(`{"number":%q,"idTail":%q}`, d.CaseNo, tail),
		} {
			got := ask(h, "", "POST", "/case-query", body)
			p := decode[cases.Progress](t, got, 200)
			if p.Applicant != "张*" || p.StateWord != "办理中" || len(p.Stages) != 3 || strings.Contains(got.body, "138") || strings.Contains(got.body, number(1)) {
				t.Errorf("%s: %v", name, got)
			}
		}
		page := ask(h, "", "GET", "/progress?number="+d.Number+"&code="+d.QueryCode, "")
		for _, want := range []string{"办理中", "审查决定", "用时", "<svg>", "补交容缺材料", "承诺 5 个工作日"} {
			if page.status != 200 || !strings.Contains(page.body, want) {
				t.Errorf("the page lacks %q: %v", want, page)
			}
		}
		form := url.Values{"number": {d.CaseNo}, "code": {tail}}.Encode()
		if got := ask(h, "", "POST", "/progress", form, "Content-Type", "application/x-www-form-urlencoded"); got.status != 200 || !strings.Contains(got.body, "办理中") {
			t.Errorf("by the form: %v", got)
		}
		odd := ask(h, "", "GET", "/progress?number="+url.QueryEscape(`"><script>alert(1)</script>`)+"&code=1", "")
		if odd.status != 404 || strings.Contains(odd.body, "<script>") {
			t.Errorf("odd: %v", odd)
		}
		if got := ask(h, "", "GET", "/progress", ""); got.status != 200 || !strings.Contains(got.body, "查询码") {
			t.Errorf("empty: %v", got)
		}
		for i := range 5 {
			if got := ask(h, "", "POST", "/case-query", fmt.Sprintf(`{"number":%q,"idTail":"000%d"}`, d.Number, i)); got.code() != "cases.query" {
				t.Errorf("guess %d: %v", i, got)
			}
		}
		right := fmt.Sprintf(`{"number":%q,"code":%q}`, d.Number, d.QueryCode)
		if got := ask(h, "", "POST", "/case-query", right); got.status != 429 {
			t.Errorf("after five guesses: %v", got)
		}
		c.at(start.Add(31 * time.Minute))
		if got := ask(h, "", "POST", "/case-query", right); got.status != 200 {
			t.Errorf("half an hour later: %v", got)
		}
		for _, body := range []string{`{"number":"SQ1","code":"X"}`, `{"number":"","code":""}`, fmt.Sprintf(`{"number":%q}`, d.Number), `{"number":"' OR 1=1 --","code":"X"}`} {
			if got := ask(h, "", "POST", "/case-query", body); got.code() != "cases.query" {
				t.Errorf("%s: %v", body, got)
			}
		}
		kiosk := decode[struct{ Cases []cases.Progress }](t, ask(h, "hall", "POST", "/halls/case-query", `{"idNumber":"`+number(1)+`"}`), 200)
		if len(kiosk.Cases) != 1 || kiosk.Cases[0].CaseNo != d.CaseNo {
			t.Errorf("at the kiosk %+v", kiosk)
		}
		if got := ask(h, "p1", "POST", "/halls/case-query", `{"idNumber":"`+number(1)+`"}`); got.status != 403 {
			t.Errorf("a person as a hall: %v", got)
		}
		found := decode[struct{ Cases []cases.Summary }](t, ask(h, centreClerk, "GET", "/acceptance/cases?q="+number(1), ""), 200)
		other := decode[struct{ Cases []cases.Summary }](t, ask(h, "police/330102/clerk", "GET", "/acceptance/cases?q="+d.CaseNo, ""), 200)
		if len(found.Cases) != 1 || len(other.Cases) != 0 {
			t.Errorf("found %d, another body %d", len(found.Cases), len(other.Cases))
		}
	})
}

// TestALegalPersonsCases are for whoever may act for it in that item.
func TestALegalPersonsCases(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		boss, other, stranger := c.actingFor(1, "legal1"), c.actingFor(2, "legal1", "stamp"), c.person(3)
		d, _, err := c.Draft(boss, cases.Application{Item: "record"}, "")
		c.must(err)
		if d.Applicant.LegalName == "" || d.Legal != "legal1" {
			t.Errorf("%+v", d.Legal)
		}
		_, _, err = c.Draft(other, cases.Application{Item: "record"}, "")
		c.refused(err, cases.ErrScope)
		_, err = c.Mine(other, d.ID)
		c.refused(err, cases.ErrUnknown)
		_, err = c.Mine(stranger, d.ID)
		c.refused(err, cases.ErrUnknown)
		list, err := c.Own(other, "")
		c.must(err)
		if len(list) != 0 {
			t.Errorf("a delegate for another item sees %d cases", len(list))
		}
		own, err := c.Own(c.person(1), "")
		c.must(err)
		if len(own) != 0 {
			t.Errorf("her own list holds the company's case")
		}
	})
}

// TestListsContinue goes through 120 cases in pages of 50.
func TestListsContinue(t *testing.T) {
	c := lone(t)
	for i := range 120 {
		c.fast(i, cases.Submitted)
	}
	seen, after := map[string]bool{}, ""
	for range 4 {
		f, err := c.Find(c.clerk(), cases.Filter{After: after})
		c.must(err)
		for _, d := range f.Cases {
			seen[d.ID] = true
		}
		if after = f.Next; after == "" {
			break
		}
	}
	if len(seen) != 120 || after != "" {
		t.Errorf("saw %d, next %q", len(seen), after)
	}
	_, err := c.Find(c.clerk(), cases.Filter{After: "x'; --"})
	c.refused(err, cases.ErrInput)
}

// TestWhoExaminesMayLookAndNoMore holds that an approver of another body, who
// has a step of the case, reads it and can't do what is its own body's.
func TestWhoExaminesMayLookAndNoMore(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		a := c.accepted(1)
		fire := c.staff(examiner, "330102", access.RoleApprover)
		seen, err := c.Look(fire, a.ID, "case")
		if c.must(err); seen.ID != a.ID {
			t.Errorf("sees %q", seen.ID)
		}
		_, err = c.Look(c.staff("civil", "330102", access.RoleApprover), a.ID, "case")
		c.refused(err, cases.ErrUnknown)
		_, err = c.HandOver(fire, a.ID, by("x"))
		c.refused(err, cases.ErrUnknown)
		_, err = c.Look(c.person(2), a.ID, "case")
		c.refused(err, cases.ErrUnknown)
	})
}

// TestLinkWithoutItsCodeAsksForIt holds that following the link of a document's
// verification isn't a wrong try.
func TestLinkWithoutItsCodeAsksForIt(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.submitted(1)
		h, _ := c.api()
		for range 7 {
			page := ask(h, "", "GET", "/progress?number="+d.Number, "")
			if page.status != http.StatusOK || !strings.Contains(page.body, `value="`+d.Number+`"`) {
				t.Fatalf("%v", page)
			}
		}
		if page := ask(h, "", "GET", "/progress?number="+d.Number+"&code="+d.QueryCode, ""); page.status != http.StatusOK || !strings.Contains(page.body, d.ItemName) {
			t.Errorf("with its code: %v", page)
		}
	})
}
