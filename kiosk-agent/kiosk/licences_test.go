package kiosk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

const (
	herLicences = `{"licences":[{"id":"01L","name":"营业执照","number":"3301*************0001","holder":"欧*","issuer":"市场监督管理局","from":"2026-11-02","left":3}]}`
	herPaper    = "%PDF-1.4 licence of 欧阳小芳"
)

// licenceHall is the hall's API before a platform that knows one licence.
type licenceHall struct {
	mu       sync.Mutex
	asked    []string
	outcomes []link.LicenceOutcome
	away     bool
	refuse   string            // a problem document instead of a sheet
	given    func()            // is called as a sheet is given
	held     map[string][]byte // bodies by path
}

func (h *licenceHall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api/v1")
	h.asked = append(h.asked, path)
	h.held[path] = body
	switch {
	case r.Header.Get("Authorization") != "Bearer "+agenttest.Token:
		w.WriteHeader(http.StatusUnauthorized)
	case h.away:
		w.WriteHeader(http.StatusBadGateway)
	case path == "/licence-query":
		_, _ = io.WriteString(w, herLicences)
	case path == "/licence-prints" && h.refuse != "":
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, h.refuse)
	case path == "/licence-prints":
		if h.given != nil {
			h.given()
		}
		_ = json.NewEncoder(w).Encode(link.LicenceSheet{Print: fmt.Sprintf("01P%d", len(h.asked)), PDF: []byte(herPaper)})
	case path == "/licence-outcomes":
		var o link.LicenceOutcome
		_ = json.Unmarshal(body, &o)
		h.outcomes = append(h.outcomes, o)
		w.WriteHeader(http.StatusNoContent)
	case path == "/terminal/voucher" && strings.Contains(string(body), "right"):
		_, _ = io.WriteString(w, `{"staff":"zhao"}`)
	default:
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"status":401,"code":"staff.wrong","detail":"账号或口令不对"}`)
	}
}

func (h *licenceHall) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// last is what was asked below a path.
func (h *licenceHall) last(path string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return string(h.held[path])
}

// told waits for the hall to have heard what became of a sheet.
func (h *licenceHall) told(t *testing.T, want link.PrintOutcome) {
	t.Helper()
	agenttest.WaitFor(t, "the outcome", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.outcomes) > 0
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.outcomes) != 1 || h.outcomes[0].Outcome != want || h.outcomes[0].Print == "" {
		t.Errorf("told %+v, want %s", h.outcomes, want)
	}
	h.outcomes = nil
}

// startLicences starts a kiosk with a page printer.
func startLicences(t *testing.T, change func(*agent.Config)) (visitor, *licenceHall) {
	t.Helper()
	h := &licenceHall{held: map[string][]byte{}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r := &rig{config: &agent.Config{
		Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(server.URL, "http") + "/link", Token: agenttest.Token,
		Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute,
		Devices: []device.Config{{ID: "reader", Profile: "id-reader"}, {ID: "pages", Profile: "page-printer"}},
	}}
	if change != nil {
		change(r.config)
	}
	r.boot(t)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	return visitor{r, page}, h
}

// http asks the machine's program for its page, and reads a refusal's code.
func (v visitor) http(t *testing.T, method, path, body string) (status int, code, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+v.kiosk.Agent().Addr().String()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s may be kept: %v", path, resp.Header)
	}
	var p link.Problem
	_ = json.Unmarshal(data, &p)
	return resp.StatusCode, p.Code, string(data)
}

// at is where a session's licences are.
func at(session string) string { return "/terminal/" + session + "/licences" }

func TestHerLicenceComesOutAndNothingOfItStays(t *testing.T) {
	v, h := startLicences(t, nil)
	session := v.card(t)
	status, _, list := v.http(t, "GET", at(session), "")
	if status != 200 || !strings.Contains(list, "营业执照") || leaks(list) {
		t.Fatalf("%d %s", status, list)
	}
	if status, code, _ := v.http(t, "POST", at(session)+"/01L/prints", "{}"); status != 200 {
		t.Fatalf("%d %s", status, code)
	}
	jobs := v.fakes.Get("pages").Pages()
	if len(jobs) != 1 || strings.Contains(jobs[0].Title+jobs[0].Job, "01L") {
		t.Fatalf("%d jobs %+v", len(jobs), jobs)
	}
	if asked := h.last("/licence-prints"); asked != `{"idNumber":"`+number+`","licence":"01L"}` {
		t.Errorf("the hall was asked for %s", asked)
	}
	h.told(t, link.PrintPrinted)
	v.page.Send(link.TypeSessionClear, "", nil)
	agenttest.WaitFor(t, "she is forgotten", func() bool { s, _, _ := v.http(t, "GET", at(session), ""); return s == http.StatusGone })
	if status, code, _ := v.http(t, "POST", at(session)+"/01L/prints", "{}"); status != http.StatusGone || code != "session.gone" {
		t.Errorf("after she has gone: %d %s", status, code)
	}
	if s := v.log.String(); leaks(s) || strings.Contains(s, "营业执照") {
		t.Errorf("the log tells of people:\n%s", s)
	}
	err := filepath.WalkDir(v.config.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("%PDF")) || bytes.Contains(data, []byte("营业执照")) || leaks(string(data)) {
			t.Errorf("%s holds something of her licence", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestALicenceThatWasntListedForThisCardIsntPrinted(t *testing.T) {
	v, h := startLicences(t, nil)
	first := v.card(t)
	if status, code, _ := v.http(t, "POST", at(first)+"/01L/prints", "{}"); status != 404 || code != "licence.unknown" {
		t.Errorf("nothing was listed: %d %s", status, code)
	}
	v.http(t, "GET", at(first), "")
	for _, id := range []string{"01X", "..%2F01L", "%00"} {
		if status, code, _ := v.http(t, "POST", at(first)+"/"+id+"/prints", "{}"); status != 404 || code != "licence.unknown" {
			t.Errorf("%s: %d %s", id, status, code)
		}
	}
	if status, _, _ := v.http(t, "POST", at(first)+"/01L/prints", "no JSON"); status != 404 {
		t.Errorf("no JSON: %d", status)
	}
	v.lay(t) // the next person's card
	var read link.CardRead
	v.page.Next(link.TypeCardRead, &read)
	if status, code, _ := v.http(t, "POST", at(read.Session)+"/01L/prints", "{}"); status != 404 || code != "licence.unknown" {
		t.Errorf("the next person: %d %s", status, code)
	}
	if status, code, _ := v.http(t, "POST", at(first)+"/01L/prints", "{}"); status != 410 || code != "session.gone" {
		t.Errorf("the one before: %d %s", status, code)
	}
	if n := len(v.fakes.Get("pages").Pages()); n > 0 || h.last("/licence-prints") != "" {
		t.Errorf("%d sheets", n)
	}
}

func TestAPrinterInTroubleIsSaidAndNothingCountsAsPrinted(t *testing.T) {
	v, h := startLicences(t, nil)
	session := v.card(t)
	v.http(t, "GET", at(session), "")
	pages := v.fakes.Get("pages")
	print := func() (int, string, string) { return v.http(t, "POST", at(session)+"/01L/prints", "{}") }

	pages.State(device.PaperEnd)
	agenttest.WaitFor(t, "the paper is out", func() bool { _, code, _ := print(); return code == "page.not-ready" })
	if _, _, text := print(); !strings.Contains(text, "打印机没有纸了。请找工作人员") {
		t.Errorf("said %s", text)
	}
	if h.last("/licence-prints") != "" {
		t.Error("the platform gave a sheet away that couldn't be printed")
	}
	pages.State(device.Online)
	pages.OnPage(func(context.Context, device.PageJob) error {
		return fmt.Errorf("%w: %w", device.ErrPartly, device.ErrJam)
	})
	agenttest.WaitFor(t, "the printer works", func() bool { _, code, _ := print(); return code == "page.failed" })
	h.told(t, link.PrintFailed)
	pages.OnPage(func(context.Context, device.PageJob) error {
		return fmt.Errorf("%w: %w", device.ErrPartly, device.ErrTimeout)
	})
	if status, code, _ := print(); status != 504 || code != "page.unknown" {
		t.Errorf("%d %s", status, code)
	}
	h.told(t, link.PrintUnknown)
	pages.OnPage(nil)
	if status, code, text := print(); status != 200 {
		t.Errorf("again: %d %s %s", status, code, text)
	}
	h.told(t, link.PrintPrinted)
}

func TestWhatThePlatformSaysNoToIsTold(t *testing.T) {
	v, h := startLicences(t, nil)
	session := v.card(t)
	v.http(t, "GET", at(session), "")
	h.set(func() {
		h.refuse = `{"status":429,"code":"licence.print-limit","detail":"这份证照今天的打印次数已用完，请明天再来，或到窗口办理"}`
	})
	if status, code, text := v.http(t, "POST", at(session)+"/01L/prints", "{}"); status != 429 || code != "licence.print-limit" || !strings.Contains(text, "明天再来") {
		t.Errorf("%d %s %s", status, code, text)
	}
	h.set(func() { h.away = true })
	for _, op := range [][2]string{{"GET", ""}, {"POST", "/01L/prints"}} {
		if status, code, _ := v.http(t, op[0], at(session)+op[1], "{}"); status != 503 || code != "platform.away" {
			t.Errorf("%s: %d %s", op[0], status, code)
		}
	}
	if n := len(v.fakes.Get("pages").Pages()); n > 0 {
		t.Errorf("%d sheets", n)
	}
}

func TestWhoLeavesBeforeTheSheetComesGetsNone(t *testing.T) {
	v, h := startLicences(t, nil)
	session := v.card(t)
	v.http(t, "GET", at(session), "")
	h.set(func() {
		h.given = func() {
			v.page.Send(link.TypeSessionClear, "", nil)
			agenttest.WaitFor(t, "she is forgotten", func() bool { return !v.kiosk.KnowsSession(session) })
		}
	})
	if status, code, _ := v.http(t, "POST", at(session)+"/01L/prints", "{}"); status != 410 || code != "session.gone" {
		t.Errorf("%d %s", status, code)
	}
	h.told(t, link.PrintFailed)
	if n := len(v.fakes.Get("pages").Pages()); n > 0 {
		t.Errorf("%d sheets", n)
	}
}

func TestOneSheetComesOutAtATime(t *testing.T) {
	v, h := startLicences(t, nil)
	session := v.card(t)
	v.http(t, "GET", at(session), "")
	began, end := make(chan struct{}), make(chan struct{})
	v.fakes.Get("pages").OnPage(func(context.Context, device.PageJob) error { close(began); <-end; return nil })
	done := make(chan int)
	go func() {
		status, _, _ := v.http(t, "POST", at(session)+"/01L/prints", "{}")
		done <- status
	}()
	<-began
	if status, code, _ := v.http(t, "POST", at(session)+"/01L/prints", "{}"); status != 429 || code != "paper.busy" {
		t.Errorf("%d %s", status, code)
	}
	close(end)
	if status := <-done; status != 200 {
		t.Errorf("the first: %d", status)
	}
	h.told(t, link.PrintPrinted)
	if n := len(v.fakes.Get("pages").Pages()); n != 1 {
		t.Errorf("%d sheets", n)
	}
}

func TestWhereFacesAreComparedACardAloneIsNotEnough(t *testing.T) {
	v, _ := startLicences(t, func(c *agent.Config) { c.Face.On = true })
	session := v.card(t)
	v.http(t, "GET", at(session), "")
	print := func(face string) (int, string) {
		status, code, _ := v.http(t, "POST", at(session)+"/01L/prints", `{"face":"`+face+`"}`)
		return status, code
	}
	for _, face := range []string{"", "vouched", "yes"} {
		if status, code := print(face); status != 403 || code != "licence.face" {
			t.Errorf("%q: %d %s", face, status, code)
		}
	}
	if status, code, _ := v.http(t, "POST", at(session)+"/voucher", `{"staff":"zhao","password":"wrong"}`); status != 401 || code != "staff.wrong" {
		t.Errorf("a wrong password: %d %s", status, code)
	}
	if status, _ := print("vouched"); status != 403 {
		t.Errorf("after a wrong password: %d", status)
	}
	if status, code, _ := v.http(t, "POST", at(session)+"/voucher", `{"staff":"zhao","password":"right"}`); status != 200 {
		t.Errorf("a voucher: %d %s", status, code)
	}
	for _, face := range []string{"vouched", "same"} {
		if status, code := print(face); status != 200 {
			t.Errorf("%q: %d %s", face, status, code)
		}
	}
	v.page.Send(link.TypeSessionClear, "", nil)
	agenttest.WaitFor(t, "she is forgotten", func() bool { return !v.kiosk.KnowsSession(session) })
	next := v.card(t)
	v.http(t, "GET", at(next), "")
	if status, code, _ := v.http(t, "POST", at(next)+"/01L/prints", `{"face":"vouched"}`); status != 403 || code != "licence.face" {
		t.Errorf("the next person: %d %s", status, code)
	}
}
