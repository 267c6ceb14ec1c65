package kiosk_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// cardHall is a hall with cards, sites and, over HTTP, a card centre behind it.
type cardHall struct {
	link http.Handler

	mu     sync.Mutex
	asked  []string
	answer string // absent: the platform is away
}

func (h *cardHall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/v1/citizen-card" {
		h.link.ServeHTTP(w, r)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var c link.CardCode
	_ = json.NewDecoder(r.Body).Decode(&c)
	h.asked = append(h.asked, c.Code)
	if h.answer == "" {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"code":"card.away","detail":"暂时连不上市民卡中心，请使用身份证","status":503}`)
		return
	}
	_, _ = io.WriteString(w, h.answer)
}

const herCode = "DHM1202611230001"

// startCards starts a kiosk of a hall that has citizen cards and two sites.
func startCards(t *testing.T) (visitor, *cardHall) {
	t.Helper()
	hall := agenttest.NewHall(t)
	hall.SetSnapshot(link.Snapshot{Hall: link.HallView{
		CitizenCards: []link.CitizenCardView{{Name: "市民卡", Pattern: "DHM[12][0-9]{12}"}},
		Sites: []link.SiteView{
			{Name: `<b>"门户"</b>`, Address: "https://zwfw.example.cn:8443/items?a=1&b=2"}, {Name: "坏", Address: "https://a;b.example/"},
		},
	}})
	to, err := url.Parse("http" + strings.TrimSuffix(strings.TrimPrefix(hall.URL, "ws"), "/link"))
	if err != nil {
		t.Fatal(err)
	}
	h := &cardHall{link: httputil.NewSingleHostReverseProxy(to), answer: `{"name":"` + name + `","idNumber":"` + number + `"}`}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r := &rig{hall: hall, config: &agent.Config{
		Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(server.URL, "http") + "/link", Token: agenttest.Token,
		Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute,
		Devices: []device.Config{{ID: "printer", Profile: "printer"}, {ID: "reader", Profile: "id-reader"}, {ID: "scanner", Profile: "scanner"}},
	}}
	r.boot(t)
	agenttest.WaitFor(t, "the kiosk has its hall", func() bool {
		s, ok := r.kiosk.Agent().Hall()
		return ok && len(s.Hall.Sites) == 2
	})
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	return visitor{r, page}, h
}

// scan holds a code before the scanner; the page is told of it.
func (v visitor) scan(t *testing.T, text string) (told link.Scanned) {
	t.Helper()
	v.fakes.Get("scanner").Event(device.CodeScanned{Text: text})
	v.page.Next(link.TypeScanned, &told)
	return told
}

func TestACitizenCardIsAsACardThatWasLaid(t *testing.T) {
	v, h := startCards(t)
	told := v.scan(t, herCode)
	if told.Kind != link.ScannedCard || strings.Contains(told.Text, "DHM") || told.Case != "" {
		t.Fatalf("the page is told %+v", told)
	}
	v.page.Send(link.TypeVisitsFind, "find", link.FindForSession{Code: told.Text})
	var read link.CardRead
	v.page.Next(link.TypeCardRead, &read)
	if read.Kind != "citizen-card" || read.KindName != "市民卡" || read.Name == name || read.Number == number || read.Session == "" || !read.Elderly {
		t.Errorf("the page sees %+v", read)
	}
	v.page.Next(link.TypeCardRemoved, nil) // nobody is asked to take a card back
	if m := v.page.Answer("find", nil); m.Type != link.TypeAnswer {
		t.Errorf("answered %+v", m)
	}
	a, p := v.ask(t, link.TypeTicketTake, link.TakeForSession{Service: "tax", Session: read.Session})
	if p.Code != "" {
		t.Fatalf("got %+v %+v", a, p)
	}
	if got := up[link.TakeTicket](t, v.rig, link.TypeTicketTake); got.Person.Name != name || got.Person.IDNumber != number {
		t.Errorf("the hall is told of %+v", got.Person)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.asked) != 1 || h.asked[0] != herCode {
		t.Errorf("asked %q", h.asked)
	}
	if s := v.log.String(); leaks(s) || strings.Contains(s, herCode) {
		t.Errorf("the log tells of people:\n%s", s)
	}
	if spool := spoolBytes(t, v.config.Data); leaks(spool) || strings.Contains(spool, herCode) {
		t.Error("the spool tells of people")
	}
}

func TestACodeIsOfWhoComesNextAlsoWhileThePageGoesHome(t *testing.T) {
	v, _ := startCards(t)
	told := v.scan(t, herCode)
	v.page.Send(link.TypeSessionClear, "", nil) // the person before was still on the page
	v.page.Send(link.TypeVisitsFind, "find", link.FindForSession{Code: told.Text})
	if m := v.page.Answer("find", nil); m.Type != link.TypeAnswer {
		t.Errorf("answered %+v", m)
	}
}

func TestACitizenCardIsGoodForCasesToo(t *testing.T) {
	v, _ := startCards(t)
	told := v.scan(t, herCode)
	v.page.Send(link.TypeCaseQuery, "cases", link.CaseQuery{Scanned: told.Text})
	var read link.CardRead
	v.page.Next(link.TypeCardRead, &read)
	if m := v.page.Answer("cases", nil); m.Type != link.TypeError { // this hall knows no cases: the session is what counts
		t.Errorf("answered %+v", m)
	}
	if _, p := v.ask(t, link.TypeTicketTake, link.TakeForSession{Service: "tax", Session: read.Session}); p.Code != "" {
		t.Errorf("got %+v", p)
	}
}

func TestACodeThatNobodyResolvesSaysWhatToDo(t *testing.T) {
	v, h := startCards(t)
	h.answer = ""
	told := v.scan(t, herCode)
	if _, p := v.ask(t, link.TypeVisitsFind, link.FindForSession{Code: told.Text}); p.Code != "card.away" || !strings.Contains(p.Detail, "身份证") {
		t.Errorf("away: %+v", p)
	}
	if _, p := v.ask(t, link.TypeVisitsFind, link.FindForSession{Code: told.Text}); p.Code != "session.gone" {
		t.Errorf("the handle is good twice: %+v", p)
	}
	for name, answer := range map[string]string{
		"nonsense": "<html>", "nobody": `{"name":"","idNumber":""}`, "a wrong number": `{"name":"王样例","idNumber":"110101195003071260"}`,
		"endless": `{"name":"` + strings.Repeat("长", 1<<20) + `"}`,
	} {
		h.mu.Lock()
		h.answer = answer
		h.mu.Unlock()
		told := v.scan(t, herCode)
		if _, p := v.ask(t, link.TypeVisitsFind, link.FindForSession{Code: told.Text}); p.Code != "card.away" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for _, handle := range []string{"card:", "card:guess", "card:" + herCode} {
		if _, p := v.ask(t, link.TypeVisitsFind, link.FindForSession{Code: handle}); p.Code != "session.gone" {
			t.Errorf("%s: %+v", handle, p)
		}
	}
	if told := v.scan(t, "20613370"); told.Text != "20613370" || told.Kind != "booking" {
		t.Errorf("another code: %+v", told)
	}
	if s := v.log.String(); strings.Contains(s, herCode) || strings.Contains(s, "王样例") {
		t.Errorf("the log tells of people:\n%s", s)
	}
}

func TestASiteIsHeldInByItsFrame(t *testing.T) {
	v, _ := startCards(t)
	get := func(path string) (*http.Response, string) {
		resp, err := http.Get("http://" + v.kiosk.Agent().Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	resp, page := get("/site/0?storage=1")
	policy := resp.Header.Get("Content-Security-Policy")
	if resp.StatusCode != http.StatusOK || !strings.Contains(policy, "frame-src https://zwfw.example.cn:8443;") || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "*") {
		t.Errorf("%d, policy %q", resp.StatusCode, policy)
	}
	if !strings.Contains(page, `sandbox="allow-scripts allow-forms allow-same-origin" credentialless`) || !strings.Contains(page, `src="https://zwfw.example.cn:8443/items?a=1&amp;b=2"`) || strings.Contains(page, "<b>") {
		t.Errorf("the frame is %s", page)
	}
	if _, page := get("/site/0"); !strings.Contains(page, `sandbox="allow-scripts allow-forms" credentialless`) {
		t.Errorf("an old browser's frame is %s", page)
	}
	for _, path := range []string{"/site/1", "/site/2", "/site/-1", "/site/x", "/site/99999999999999999999"} {
		if resp, _ := get(path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
