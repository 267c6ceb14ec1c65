package httpd_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/hall-server/server"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// withScript serves pages as a build makes them.
func withScript(c *server.Config) {
	c.Pages = fstest.MapFS{
		"dist/mobile.html":          {Data: []byte(`<title>x</title><script type="module" crossorigin src="./assets/mobile-a_1.js"></script>`)},
		"dist/assets/mobile-a_1.js": {Data: []byte("live()")},
	}
}

// holders counts citizens: each has a number of its own.
var holders atomic.Int64

// holder is a citizen with a phone and a ticket.
type holder struct {
	*fixture
	id string
}

func (f *fixture) holder() holder {
	f.Helper()
	number := fmt.Sprintf("1380013%04d", 8000+holders.Add(1)%1000)
	var t link.TicketView
	f.must(http.StatusCreated, "POST", api+"/tickets", map[string]any{
		"service": "tax", "channel": "phone", "person": map[string]any{"name": "王小明", "phone": number},
	}, &t)
	return holder{f, t.ID}
}

// see is the page.
func (h holder) see() string {
	h.Helper()
	return h.hall.Must(http.StatusOK, testkit.Request{Method: "GET", Path: "/t/" + h.id}, nil).Body
}

// press sends a form, as the script does if part is set.
func (h holder) press(verb, form string, part bool, header ...string) testkit.Answer {
	h.Helper()
	head := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if part {
		head.Set("Smarthall-Part", "1")
	}
	for i := 0; i+1 < len(header); i += 2 {
		head.Set(header[i], header[i+1])
	}
	return h.hall.Do(testkit.Request{Method: "POST", Path: "/t/" + h.id + "/" + verb, Body: form, Header: head})
}

func (h holder) wantSeen(page string, texts ...string) {
	h.Helper()
	for _, text := range texts {
		if rest, not := strings.CutPrefix(text, "not "); strings.Contains(page, rest) == not {
			h.Errorf("want %s in\n%s", text, page)
		}
	}
}

func TestAVisitOnThePhone(t *testing.T) {
	f := newFixture(t, withScript)
	first, h := f.holder(), f.holder()
	page := h.see()
	h.wantSeen(page, `<script type="module" src="/assets/mobile-a_1.js"></script>`, "C002", "等候中", "您前面还有 <b>1</b> 位",
		"营业执照副本", "4 号窗口", "尾号 8", "我还需要 10 分钟", "确定取消", "not 请到 <b>", "not 王", "not 138****", "not 满意", "not 重新排队</button>")
	f.open()
	f.must(http.StatusOK, "POST", api+"/windows/4/call", map[string]any{"ticket": first.id}, nil)
	f.must(http.StatusOK, "POST", api+"/tickets/"+first.id+"/no-show", nil, nil)
	first.wantSeen(first.see(), "您已过号", "过号重新排队", "确定取消", "not 我还需要")
	f.must(http.StatusOK, "POST", api+"/windows/4/call", map[string]any{"ticket": h.id}, nil)
	h.wantSeen(h.see(), "请到 <b>4</b> 号窗口", `data-call="`+h.id+`.1"`, `data-title="请到 4 号窗口 · C002"`, "not 确定取消", "not 前面")
	f.must(http.StatusOK, "POST", api+"/tickets/"+h.id+"/arrive", nil, nil)
	h.wantSeen(h.see(), "正在 4 号窗口办理", `data-call=""`, "not 确定取消")
	f.must(http.StatusOK, "POST", api+"/tickets/"+h.id+"/finish", nil, nil)
	h.wantSeen(h.see(), "已办结", "非常满意", "非常不满意", `data-live="true"`)
	h.wantSeen(h.press("rate", "score=5", true).Body, "谢谢您的评价", "您的评价：<b>非常满意</b>", `data-live="false"`, "not 基本满意")
	if a := h.press("rate", "score=1", true); a.Status != http.StatusConflict || !strings.Contains(a.Body, "已经评价过") {
		t.Errorf("rated twice: %d %s", a.Status, a.Body)
	}
	var ticket link.TicketView
	f.must(http.StatusOK, "GET", api+"/tickets/"+h.id, nil, &ticket)
	if ticket.Score != 5 {
		t.Errorf("the rating is %d", ticket.Score)
	}
}

func TestThePhonesButtons(t *testing.T) {
	f := newFixture(t)
	t.Run("cancel, without a script", func(t *testing.T) {
		h := holder{&fixture{T: t, hall: f.hall, tokens: f.tokens}, f.take()}
		a := h.press("cancel", "", false)
		if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/t/"+h.id {
			t.Errorf("got %d to %s", a.Status, a.Header.Get("Location"))
		}
		h.wantSeen(h.see(), "已取消", "not 确定取消", "not http-equiv")
		if a := h.press("cancel", "", false); a.Status != http.StatusConflict || !strings.Contains(a.Body, "<!doctype html>") ||
			!strings.Contains(a.Body, "已取消”，不能取消") {
			t.Errorf("cancelled twice: %d %s", a.Status, a.Body)
		}
	})
	t.Run("ten minutes more, once", func(t *testing.T) {
		h := holder{&fixture{T: t, hall: f.hall, tokens: f.tokens}, f.take()}
		h.wantSeen(h.press("delay", "", true).Body, "10 分钟内不会叫到您", "之前不会叫到您", "not 我还需要 10 分钟", "not <!doctype")
		if a := h.press("delay", "", true); a.Status != http.StatusConflict || !strings.Contains(a.Body, `class="notice bad"`) {
			t.Errorf("asked twice: %d %s", a.Status, a.Body)
		}
	})
	t.Run("rejoin", func(t *testing.T) {
		id := f.ticket("called")
		h := holder{&fixture{T: t, hall: f.hall, tokens: f.tokens}, id}
		if a := h.press("rejoin", "", true); a.Status != http.StatusConflict {
			t.Errorf("rejoined while called: %d", a.Status)
		}
		h.must(http.StatusOK, "POST", api+"/tickets/"+id+"/no-show", nil, nil)
		h.wantSeen(h.press("rejoin", "", true).Body, "已重新排队", "等候中")
	})
	t.Run("messages off and on", func(t *testing.T) {
		f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
		h := f.holder()
		h.wantSeen(h.press("notice", "channel=sms&wanted=0", true).Body, "不再给您的手机发消息", "短信提醒已关闭")
		h.wantSeen(h.press("notice", "channel=sms&wanted=1", true).Body, "短信提醒已开启")
		for _, form := range []string{"channel=wechat&wanted=1", "channel=pigeon&wanted=1", ""} {
			if a := h.press("notice", form, true); a.Status != http.StatusConflict {
				t.Errorf("%s: got %d", form, a.Status)
			}
		}
		if a := (holder{f, f.take()}).press("notice", "channel=sms&wanted=1", true); a.Status != http.StatusConflict {
			t.Errorf("messages to nobody's phone: %d", a.Status)
		}
	})
	t.Run("nonsense", func(t *testing.T) {
		h := holder{&fixture{T: t, hall: f.hall, tokens: f.tokens}, f.ticket("finished")}
		for verb, want := range map[string]int{"rate": 422, "arrive": 404, "finish": 404} {
			if a := h.press(verb, "score=x", true); a.Status != want {
				t.Errorf("%s: got %d, want %d", verb, a.Status, want)
			}
		}
		if a := h.press("rate", "score="+strings.Repeat("5", 4000), true); a.Status != 422 {
			t.Errorf("a huge form: %d", a.Status)
		}
		h.id = "01JD3Q8Y5ZK6X9V2B7N4M1C0HG"
		if a := h.press("cancel", "", true); a.Status != http.StatusNotFound || !strings.Contains(a.Body, "没有找到这张号票") {
			t.Errorf("nobody's ticket: %d %s", a.Status, a.Body)
		}
	})
}

func TestAnotherSiteMayNotPress(t *testing.T) {
	f := newFixture(t)
	h := holder{f, f.take()}
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if a := h.press("cancel", "", false, header...); a.Status != http.StatusForbidden {
			t.Errorf("%v: got %d", header, a.Status)
		}
	}
	if a := f.hall.Do(testkit.Request{Method: "GET", Path: "/t/" + h.id + "/cancel"}); a.Status != http.StatusNotFound {
		t.Errorf("GET cancel: %d", a.Status)
	}
	h.wantSeen(h.see(), "等候中")
}

func TestAHolderWhoPressesAllTheTimeWaits(t *testing.T) {
	f := newFixture(t)
	h, other := f.holder(), f.holder()
	refused := 0
	for i := range 12 {
		if a := h.press("notice", fmt.Sprint("channel=sms&wanted=", i%2), true); a.Status == http.StatusTooManyRequests {
			refused++
			if a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, "操作太频繁") {
				t.Errorf("refused with %s", a.Body)
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	if a := other.press("cancel", "", true); a.Status != http.StatusOK {
		t.Errorf("another holder got %d", a.Status)
	}
}

func TestAPageThatKnowsItAllGetsNothing(t *testing.T) {
	f := newFixture(t)
	first, h := f.holder(), f.holder()
	look := func(tag string) testkit.Answer {
		return f.hall.Do(testkit.Request{Method: "GET", Path: "/t/" + h.id + "/live", Header: http.Header{"If-None-Match": {tag}}})
	}
	a := look("")
	tag := a.Header.Get("ETag")
	if a.Status != http.StatusOK || tag == "" || a.Header.Get("Smarthall-Next") != "3" || strings.Contains(a.Body, "<html") {
		t.Fatalf("got %d %v %s", a.Status, a.Header, a.Body)
	}
	if a := look(tag); a.Status != http.StatusNotModified || a.Body != "" || a.Header.Get("Smarthall-Next") != "3" || a.Header.Get("Smarthall-Now") == "" {
		t.Errorf("got %d %v", a.Status, a.Header)
	}
	first.press("cancel", "", true)
	if a := look(tag); a.Status != http.StatusOK || a.Header.Get("ETag") == tag || !strings.Contains(a.Body, "您前面还有 <b>0</b> 位") {
		t.Errorf("after a change: %d %s", a.Status, a.Body)
	}
	pressed := h.press("cancel", "", true)
	if a := look(pressed.Header.Get("ETag")); a.Status != http.StatusNotModified || a.Header.Get("Smarthall-Next") != "0" {
		t.Errorf("after a button: %d %v: its notice would vanish", a.Status, a.Header)
	}
}

func TestYesterdaysTicketOnThePhone(t *testing.T) {
	first := newFixture(t, testkit.Data(t.TempDir()))
	h := first.holder()
	first.hall.Stop()
	next := newFixture(t, testkit.Data(first.hall.Data), testkit.Clock(testkit.Opening.Add(24*time.Hour)))
	testkit.WaitFor(t, "the day has changed", func() bool {
		return strings.Contains(next.as(manager, "GET", api+"/tickets", nil).Body, `"day":"2026-11-24"`)
	})
	h = holder{next, h.id}
	h.wantSeen(h.see(), "C001", "已过期", `data-live="false"`, "not <button name", "not 确定取消")
	if a := h.press("cancel", "", true); a.Status != http.StatusNotFound {
		t.Errorf("cancelled yesterday's: %d", a.Status)
	}
}
