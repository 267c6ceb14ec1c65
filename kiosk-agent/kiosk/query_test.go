package kiosk_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// cityHall is the hall's REST API with a platform behind it.
type cityHall struct {
	mu     sync.Mutex
	proofs []link.CaseProof
	rated  []link.CaseRating
	refuse string // a problem document instead of an answer
}

const herCase = `{"cases":[{"number":"SQ20261123000001","caseNo":"11330102DEM1","itemName":"食品经营许可证核发","organisationName":"东湖区市场监督管理局",
	"applicant":"张*","state":"closed","stateWord":"已办结","guidance":"请评价","stages":[{"word":"申请","begun":"2026-11-20T01:35:00Z"}],"rate":true,
	"todo":[{"kind":"pay","amount":12050},{"kind":"supplement","what":["营业执照"],"until":"2026-12-01"}],"link":"https://zwfw.example/progress?number=SQ1&code=X"}]}`

const oneGuide = `{"items":[{"id":"food","name":"食品经营许可证核发","item":{"promised":"5 个工作日","url":"https://zwfw.example/items/food","materials":[
	{"id":"form","name":"申请书","note":"原件 1 份","fill":"用黑色笔","blank":{"text":"食品经营许可申请书\n经营者：\n地址："},"sample":{"text":"食品经营许可申请书（示例）\n经营者：林小雨\n请勿涂改"}},
	{"id":"card","name":"身份证","note":"出示原件"}]}}]}`

// proved returns what was asked with since it was called last.
func (h *cityHall) proved() []link.CaseProof {
	h.mu.Lock()
	defer h.mu.Unlock()
	proofs := h.proofs
	h.proofs = nil
	return proofs
}

// refuses sets what the platform says instead of an answer, "silence" for
// nothing at all.
func (h *cityHall) refuses(with string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = with
}

func (h *cityHall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "Bearer "+agenttest.Token:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/api/v1/items":
		_, _ = io.WriteString(w, oneGuide)
	case h.refuse == "silence":
		w.WriteHeader(http.StatusBadGateway)
	case h.refuse != "":
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, h.refuse)
	case r.URL.Path == "/api/v1/case-query":
		var p link.CaseProof
		_ = json.NewDecoder(r.Body).Decode(&p)
		h.proofs = append(h.proofs, p)
		_, _ = io.WriteString(w, herCase)
	case r.URL.Path == "/api/v1/case-rating":
		var p link.CaseRating
		_ = json.NewDecoder(r.Body).Decode(&p)
		h.rated = append(h.rated, p)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// startCity starts a kiosk in front of a hall that has a platform.
func startCity(t *testing.T) (visitor, *cityHall) {
	t.Helper()
	h := &cityHall{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r := &rig{config: &agent.Config{
		Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(server.URL, "http") + "/link", Token: agenttest.Token,
		Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute,
		Devices: []device.Config{{ID: "printer", Profile: "printer"}, {ID: "reader", Profile: "id-reader"}, {ID: "pages", Profile: "page-printer"}},
	}}
	r.boot(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	return visitor{r, page}, h
}

func TestCasesAreFoundWithoutThePageKnowingThePerson(t *testing.T) {
	v, h := startCity(t)
	got, p := v.ask(t, link.TypeCaseQuery, link.CaseQuery{Session: v.card(t)})
	if proofs := h.proved(); got.Cases == nil || len(got.Cases.Cases) != 1 || len(proofs) != 1 || proofs[0].IDNumber != number {
		t.Fatalf("%+v %+v, asked %+v", got, p, proofs)
	}
	v.page.Send(link.TypeCaseRate, "rate", link.CaseRate{Case: "11330102DEM1", Score: 2, Tags: []string{"等候时间长"}})
	if m := v.page.Answer("rate", nil); m.Type != link.TypeAnswer || len(h.rated) != 1 || h.rated[0].IDNumber != number || h.rated[0].Score != 2 {
		t.Errorf("%v, rated %+v", m.Type, h.rated)
	}
	v.page.Send(link.TypeSessionClear, "", nil)
	agenttest.WaitFor(t, "the cases are forgotten", func() bool { return !v.kiosk.KnowsCases() })
	for _, body := range []link.CaseRate{{Case: "11330102DEM1", Score: 5}, {Case: "", Score: 5}} {
		if _, p := v.ask(t, link.TypeCaseRate, body); p.Code != "session.gone" {
			t.Errorf("%+v: %+v", body, p)
		}
	}
	if s := v.log.String(); leaks(s) {
		t.Errorf("the log tells of people:\n%s", s)
	}
}

func TestACaseIsAskedForByNumberOrByTheCodeOnAPaper(t *testing.T) {
	v, h := startCity(t)
	for _, tt := range []struct {
		name string
		ask  link.CaseQuery
		want link.CaseProof // none: refused
		code string
	}{
		{"the end of the ID number", link.CaseQuery{Number: " 11330102DEM1 ", Code: "012X"}, link.CaseProof{Number: "11330102DEM1", IDTail: "012X"}, ""},
		{"the query code", link.CaseQuery{Number: "11330102DEM1", Code: "ABCD2345"}, link.CaseProof{Number: "11330102DEM1", Code: "ABCD2345"}, ""},
		{"an application's digits", link.CaseQuery{Number: "20261123000001", Code: "0012"}, link.CaseProof{Number: "SQ20261123000001", IDTail: "0012"}, ""},
		{"the code on a paper", link.CaseQuery{Scanned: "https://zwfw.example/progress?number=SQ1&code=ABCD2345"}, link.CaseProof{Number: "SQ1", Code: "ABCD2345"}, ""},
		{"another code", link.CaseQuery{Scanned: "https://evil.example/?number=SQ1&code=X"}, link.CaseProof{}, "case.code"},
		{"a script", link.CaseQuery{Scanned: "<script>alert(1)</script>"}, link.CaseProof{}, "case.code"},
		{"nothing", link.CaseQuery{}, link.CaseProof{}, "case.proof"},
		{"no code", link.CaseQuery{Number: "11330102DEM1"}, link.CaseProof{}, "case.proof"},
		{"a novel", link.CaseQuery{Number: strings.Repeat("9", 1000), Code: "0012"}, link.CaseProof{}, "case.proof"},
		{"a session that is gone", link.CaseQuery{Session: "x"}, link.CaseProof{}, "session.gone"},
	} {
		_, p := v.ask(t, link.TypeCaseQuery, tt.ask)
		proofs := h.proved()
		if p.Code != tt.code || tt.code == "" && (len(proofs) != 1 || proofs[0] != tt.want) || tt.code != "" && len(proofs) > 0 {
			t.Errorf("%s: %+v, asked %+v", tt.name, p, proofs)
		}
	}
}

func TestWhatThePlatformRefusesIsTold(t *testing.T) {
	v, h := startCity(t)
	h.refuses(`{"status":404,"code":"cases.query","detail":"编号与查询码不符，请核对"}`)
	ask := link.CaseQuery{Number: "SQ1", Code: "0012"}
	if _, p := v.ask(t, link.TypeCaseQuery, ask); p.Code != "cases.query" || p.Status != 404 || !strings.Contains(p.Detail, "核对") {
		t.Errorf("%+v", p)
	}
	h.refuses("silence")
	if _, p := v.ask(t, link.TypeCaseQuery, ask); p.Code != "platform.away" || !strings.Contains(p.Detail, "连不上市级平台") {
		t.Errorf("%+v", p)
	}
}

func TestASlipHoldsWhatTheAgentKnowsAndComesOutOncePerPress(t *testing.T) {
	v, _ := startCity(t)
	print := func(key string, body link.PaperPrint) (p link.Problem) {
		t.Helper()
		v.page.Send(link.TypePaperPrint, key, body)
		if m := v.page.Answer(key, nil); m.Type == link.TypeError {
			if err := m.Into(&p); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	for name, body := range map[string]link.PaperPrint{
		"session.gone": {Case: "11330102DEM1"}, "paper.unknown": {Item: "none"}, "request": {},
	} {
		if p := print("x"+name, body); p.Code != name && p.Code != "paper.unknown" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	v.ask(t, link.TypeCaseQuery, link.CaseQuery{Number: "SQ1", Code: "0012"})
	if p := print("a", link.PaperPrint{Case: "11330102DEM1"}); p.Code != "" {
		t.Fatalf("%+v", p)
	}
	if p := print("a", link.PaperPrint{Case: "11330102DEM1"}); p.Code != "paper.busy" {
		t.Errorf("the same press again: %+v", p)
	}
	if p := print("b", link.PaperPrint{Item: "food", Materials: []string{"card"}}); p.Code != "paper.busy" {
		t.Errorf("at once again: %+v", p)
	}
	printed := v.fakes.Get("printer").Printed()
	if len(printed) != 1 {
		t.Fatalf("%d slips", len(printed))
	}
	var text, qr string
	for _, l := range printed[0].Lines {
		text += l.Text + "\n"
		qr += l.QR
	}
	for _, want := range []string{"办件进度", "11330102DEM1", "张*", "已办结", "120.50 元", "□ 营业执照", "2026-12-01 前"} {
		if !strings.Contains(text, want) {
			t.Errorf("the slip lacks %q:\n%s", want, text)
		}
	}
	if !strings.HasPrefix(qr, "https://zwfw.example/progress") {
		t.Errorf("QR %q", qr)
	}
}

func TestAFormComesOutOnAWholePage(t *testing.T) {
	v, _ := startCity(t)
	for _, body := range []link.PaperPrint{{Item: "food", Form: "card"}, {Item: "food", Form: "none"}, {Item: "none", Form: "form"}} {
		if _, p := v.ask(t, link.TypePaperPrint, body); p.Code != "paper.unknown" {
			t.Errorf("%+v: %+v", body, p)
		}
	}
	v.page.Send(link.TypePaperPrint, "form", link.PaperPrint{Item: "food", Form: "form", Filled: true})
	if m := v.page.Answer("form", nil); m.Type != link.TypeAnswer {
		t.Fatalf("%s", m.Body)
	}
	jobs := v.fakes.Get("pages").Pages()
	if len(jobs) != 1 || !strings.HasPrefix(string(jobs[0].PDF), "%PDF-") || strings.Contains(jobs[0].Title, "林") {
		t.Fatalf("%d jobs", len(jobs))
	}
}
