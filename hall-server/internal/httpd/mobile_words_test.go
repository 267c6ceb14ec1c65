package httpd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

func phoneTexts(t *testing.T, tag string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("mobile_" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestEnglishForPhonesIsComplete(t *testing.T) {
	chinese, english := phoneTexts(t, "zh-CN"), phoneTexts(t, "en")
	names := func(text string) []string {
		var out []string
		for _, m := range regexp.MustCompile(`\{(\w+)`).FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	for key, text := range chinese {
		switch translated, ok := english[key]; {
		case !ok:
			t.Errorf("%s isn't in English", key)
		case !slices.Equal(names(text), names(translated)):
			t.Errorf("%s: %v, in English %v", key, names(text), names(translated))
		case key != "language" && regexp.MustCompile(`\p{Han}`).MatchString(translated):
			t.Errorf("%s is Chinese", key)
		}
	}
	for key := range english {
		if _, ok := chinese[key]; !ok && !strings.HasPrefix(key, "problem.") {
			t.Errorf("%s is in English only", key)
		}
	}
	if english["problem.other"] == "" {
		t.Error("there is no text for a refusal without one")
	}
}

// usedKey is how pages and code ask for a text by a name that is written out.
var usedKey = regexp.MustCompile(`\b[TB]\(?\s?"([a-z.-]+[a-z])"`)

func TestTextsForPhonesAreThereAndUsed(t *testing.T) {
	chinese := phoneTexts(t, "zh-CN")
	used := map[string]bool{}
	for _, file := range []string{"mobile_common.html", "mobile.html", "upload.html", "mobile.go", "mobile_view.go", "upload.go"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".html") && regexp.MustCompile(`\p{Han}`).Match(data) {
			t.Errorf("%s has texts of its own", file)
		}
		for _, m := range usedKey.FindAllStringSubmatch(string(data), -1) {
			used[m[1]] = true
			if chinese[m[1]] == "" {
				t.Errorf("%s: no text for %s", file, m[1])
			}
		}
	}
	made := []string{"state.", "score.", "notice.", "done."} // with a name that comes later
	for key := range chinese {
		if !used[key] && key != "list.join" && !slices.ContainsFunc(made, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("%s is never used", key)
		}
	}
}

func TestAPhoneReadsItsOwnLanguage(t *testing.T) {
	f := newFixture(t)
	h := f.holder()
	long := strings.Repeat("en,", 5000) + "en"
	for _, tt := range []struct {
		name, query, accepted, tag string
	}{
		{"says nothing", "", "", "zh-CN"},
		{"Chinese", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"},
		{"English", "", "en-GB,en;q=0.9", "en"},
		{"English rather than Chinese", "", "zh;q=0.3,en;q=0.9", "en"},
		{"Chinese as in Taiwan", "", "zh-TW", "zh-CN"},
		{"neither", "", "bo", "zh-CN"},
		{"chosen: English", "?lang=en", "zh-CN", "en"},
		{"chosen: Chinese", "?lang=zh-CN", "en", "zh-CN"},
		{"nonsense", `?lang="><script>`, "en", "en"},
		{"a header that doesn't parse", "", ";;q=x", "zh-CN"},
		{"a huge header", "", long, "zh-CN"},
	} {
		a := f.hall.Do(testkit.Request{
			Method: "GET", Path: "/t/" + h.id + strings.ReplaceAll(tt.query, `"><script>`, "%22%3E%3Cscript%3E"),
			Header: http.Header{"Accept-Language": {tt.accepted}},
		})
		ours := map[string]string{"zh-CN": "您前面还有", "en": "before you"}
		if !strings.Contains(a.Body, `<html lang="`+tt.tag+`" dir="ltr">`) || !strings.Contains(a.Body, ours[tt.tag]) || a.Header.Get("Content-Language") != tt.tag {
			t.Errorf("%s: want %s, got %s", tt.name, tt.tag, a.Body[:min(len(a.Body), 60)])
		}
		if strings.Contains(a.Body, "<script>") {
			t.Errorf("%s: the address came through", tt.name)
		}
	}
}

func TestAWholeVisitInEnglish(t *testing.T) {
	f := newFixture(t, withScript)
	h := f.holder()
	en := holder{f, h.id + "?lang=en"}
	page := en.see()
	f.wantEnglish(page)
	h.wantSeen(page, "C001", "Waiting", "<b>0</b> before you", "Taxes", "window ", "Business licence (copy)", "I need 10 more minutes", "Yes, leave the queue",
		"Text messages are on", `action="/t/`+h.id+`/cancel?lang=en"`, "lang=en", "not 分钟")
	push := func(verb, form string) string {
		return (holder{f, h.id}).press(verb+"?lang=en", form, true).Body
	}
	h.wantSeen(push("delay", ""), "You will not be called for 10 minutes", "not 10 分钟")
	h.wantSeen(push("delay", ""), "A call can be put off once only", `class="notice bad"`)
	h.wantSeen(push("notice", "channel=sms&wanted=0"), "Your phone gets no more messages", "Text messages are off")
	f.open()
	f.must(http.StatusOK, "POST", api+"/windows/4/call", map[string]any{"ticket": h.id}, nil)
	page = en.see()
	f.wantEnglish(page)
	h.wantSeen(page, "Please go to window <b>4</b>", `data-title="Please go to window 4 · C001"`, "straight ahead, general services")
	h.wantSeen(push("cancel", ""), "That is not possible with this ticket now")
	if a := h.press("cancel?lang=en", "", false); a.Status != http.StatusConflict || !strings.Contains(a.Body, `href="/t/`+h.id+`?lang=zh-CN"`) {
		t.Errorf("from a page after a refusal one can't go on in Chinese: %d %s", a.Status, a.Body)
	}
	f.must(http.StatusOK, "POST", api+"/tickets/"+h.id+"/arrive", nil, nil)
	f.must(http.StatusOK, "POST", api+"/tickets/"+h.id+"/finish", nil, nil)
	h.wantSeen(en.see(), "Finished", "Were you satisfied this time?", "Very dissatisfied")
	if a := h.press("rate?lang=en", "score=4", false); a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/t/"+h.id+"?lang=en" {
		t.Errorf("rated: %d to %s", a.Status, a.Header.Get("Location"))
	}
	h.wantSeen(en.see(), "Your rating: <b>Satisfied</b>. Thank you!")
	gone := f.hall.Do(testkit.Request{Method: "GET", Path: "/t/nobody?lang=en"})
	if gone.Status != http.StatusNotFound || !strings.Contains(gone.Body, "This ticket was not found") {
		t.Errorf("nobody's: %d %s", gone.Status, gone.Body)
	}
}

// TestAFileAddsALanguageForPhones holds that a language file of the hall's
// folder can be chosen, is found by the phone's own wish, and speaks Chinese
// where it says nothing.
func TestAFileAddsALanguageForPhones(t *testing.T) {
	data := t.TempDir()
	f := newFixture(t, testkit.Data(data))
	path := "/t/" + f.take()
	see := func(query, accept string) string {
		return f.hall.Do(testkit.Request{Method: "GET", Path: path + query, Header: http.Header{"Accept-Language": {accept}}}).Body
	}
	put := func(name, text string) {
		if err := os.MkdirAll(filepath.Join(data, "languages"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, "languages", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("bo.json", `{"name": "Bod", "texts": {"kiosk.nav.back": "of the kiosk"}}`)
	if page := see("", "zh-CN"); strings.Contains(page, "Bod") {
		t.Error("a language without texts for phones can be chosen")
	}
	put("ug.json", `{"name": "Uy", "dir": "rtl", "fonts": "'UKIJ Tuz'", "texts": {"phone/ticket": "Belet", "phone/ahead": "Aldida {n}", "phone/problem.other": "Yaq"}}`)
	for _, page := range []string{see("?lang=ug", "zh-CN"), see("", "ug-CN, zh;q=0.5")} {
		for _, want := range []string{`<html lang="ug" dir="rtl">`, `1.25rem/1.5 'UKIJ Tuz', "Noto Sans SC"`, "Belet", "Aldida <b>0</b>", `hreflang="ug" aria-current="true"`, "取消排队"} {
			if !strings.Contains(page, want) {
				t.Errorf("no %s in %s", want, page)
			}
		}
	}
	if page := see("", "zh-CN"); !strings.Contains(page, `<html lang="zh-CN" dir="ltr">`) || !strings.Contains(page, ">Uy</a>") {
		t.Errorf("a Chinese phone sees %s", page)
	}
	put("ug.json", `{"name": "Uy", "fonts": "x; } body { display: none", "texts": {"phone/ticket": "Belet"}}`)
	if page := see("?lang=ug", "zh-CN"); strings.Contains(page, "display: none }") || strings.Contains(page, "Belet") {
		t.Error("a file that can't be used is used")
	}
}

// wantEnglish fails if a page for a phone says more in Chinese than the name of
// the language.
func (f *fixture) wantEnglish(page string) {
	f.Helper()
	page = regexp.MustCompile(`(?s)<style>.*?</style>|<nav class="languages".*?</nav>`).ReplaceAllString(page, "")
	if han := regexp.MustCompile(`\p{Han}+`).FindAllString(page, -1); len(han) > 0 {
		f.Errorf("in English it says %s", han)
	}
}

func TestPapersAreSentInEnglish(t *testing.T) {
	f := newFixture(t)
	var open link.PaperPhone
	f.must(http.StatusOK, "POST", api+"/tickets/"+f.ticket("serving")+"/phone-upload", nil, &open)
	path := strings.TrimPrefix(open.URL, f.hall.URL) + "?lang=en"
	page := f.hall.Do(testkit.Request{Method: "GET", Path: path}).Body
	f.wantEnglish(page)
	for _, want := range []string{"Send papers", "Pictures received: 0", `data-picture="Picture #"`, `action="` + path + `"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	cookie := ""
	send := func(part bool, pictures ...string) testkit.Answer {
		kind, body := form(t, "", pictures...)
		h := http.Header{"Content-Type": {kind}, "Cookie": {cookie}}
		if part {
			h.Set("Smarthall-Part", "1")
		}
		return f.hall.Do(testkit.Request{Method: "POST", Path: path, Body: body, Header: h})
	}
	refused := send(true, "<html>")
	if f.problem(refused).Detail != "Only JPEG and PNG pictures or PDF files can be sent" {
		t.Errorf("a page: %s", refused.Body)
	}
	cookie, _, _ = strings.Cut(refused.Header.Get("Set-Cookie"), ";")
	if a := send(false); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "No picture came") {
		t.Errorf("nothing: %d %s", a.Status, a.Body)
	}
	a := send(false, jpegFile(t))
	if want := fmt.Sprint(path, "&done=1"); a.Status != http.StatusSeeOther || a.Header.Get("Location") != want {
		t.Errorf("a form: %d to %s", a.Status, a.Header.Get("Location"))
	}
	done := f.hall.Do(testkit.Request{Method: "GET", Path: path + "&done=1"}).Body
	if !strings.Contains(done, "Pictures received: 1. You can add more") {
		t.Errorf("after that: %s", done)
	}
	over := f.hall.Do(testkit.Request{Method: "GET", Path: "/u/none?lang=en"})
	f.wantEnglish(over.Body)
	if over.Status != http.StatusNotFound || !strings.Contains(over.Body, "This code no longer holds") {
		t.Errorf("a code that doesn't hold: %d", over.Status)
	}
}
