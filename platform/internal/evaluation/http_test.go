package evaluation_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/evaluation"
)

const evil = `<script>alert(1)</script>'); DROP TABLE evaluation_voice;--`

func TestEachRoleMayDoWhatIsItsOwn(t *testing.T) {
	c := file(t)
	h, ops := c.web()
	c.raise(c.person(1), ask(evaluation.Complaint))
	c.visit("t1", "wang", "", 1)
	desk := []string{
		"set-consultation-hours", "dispatch-voice", "close-voice", "publish-voice", "withdraw-voice", "list-voice-handlers", "get-evaluation-settings", "set-evaluation-limit", "set-evaluation-desk", "show-rating",
	}
	watch := []string{"list-ratings", "count-ratings", "count-conversations"}
	personal := []string{"evaluation-form-complaint", "evaluation-send-complaint", "evaluation-mine", "evaluation-pending", "evaluation-mine-one", "evaluation-satisfy"}
	open := []string{
		"evaluation-form-consultation", "evaluation-send-consultation", "evaluation-form-suggestion", "evaluation-send-suggestion", "evaluation-by-token",
		"get-consultation-target", "begin-conversation", "list-own-conversations", "get-conversation", "say-in-conversation", "want-person", "write-conversation-down",
		"leave-conversation", "evaluation-satisfy-by-token", "evaluation-answers", "evaluation-answer", "evaluation-rate", "evaluation-rate-send", "evaluation-ratings",
	}
	callers := map[string]func(id string) bool{
		"": func(id string) bool { return slices.Contains(open, id) }, "hall": func(id string) bool { return slices.Contains(open, id) },
		"p2":                func(id string) bool { return slices.Contains(open, id) || slices.Contains(personal, id) },
		"desk/service-desk": func(id string) bool { return !slices.Contains(personal, id) },
		"desk/supervisor":   func(id string) bool { return !slices.Contains(personal, id) && !slices.Contains(desk, id) },
	}
	for _, role := range access.Roles() {
		if role != access.RoleServiceDesk && role != access.RoleSupervisor {
			callers["shui/"+string(role)] = func(id string) bool {
				return !slices.Contains(personal, id) && !slices.Contains(desk, id) && !slices.Contains(watch, id)
			}
		}
	}
	wild := strings.NewReplacer("{id}", "none", "{token}", "none", "{organisation}", "tax", "{deed}", "explain")
	for who, may := range callers {
		for _, op := range ops {
			c.at(c.clock().AddDate(0, 0, 1)) // so that nothing is too often
			w := request(h, who, op.Method, wild.Replace(op.Path), "")
			refused := w.Code == http.StatusUnauthorized || w.Code == http.StatusForbidden
			if refused == may(op.ID) || w.Code >= 500 {
				t.Errorf("%q at %s: %d %.200s", who, op.ID, w.Code, w.Body)
			}
		}
	}
}

func TestAConsultationByTheForm(t *testing.T) {
	c := file(t)
	h, _ := c.web()
	page := request(h, "", "GET", "/ask/new?item=food-licence", "")
	if body := page.Body.String(); page.Code != 200 || !strings.Contains(body, "食品经营许可新办") || !strings.Contains(body, "由东湖区市场监督管理局答复") {
		t.Fatalf("%d %s", page.Code, body)
	}
	form := url.Values{"form": {"f1"}, "item": {"food-licence"}, "category": {"申请材料"}, "title": {evil}, "body": {evil + "？"}, "consent": {"1"}}
	short := url.Values{"form": {"f1"}, "title": {"好"}, "body": {evil}, "phone": {"1"}}
	w := request(h, "", "POST", "/ask/new", short.Encode())
	if body := w.Body.String(); w.Code != 422 || !strings.Contains(body, "标题须为 2 至 60 个字") || !strings.Contains(body, "手机号须为 11 位") || !strings.Contains(body, "&lt;script&gt;") || strings.Contains(body, "<script>") {
		t.Errorf("%d %s", w.Code, body)
	}
	w = request(h, "", "POST", "/ask/new", form.Encode())
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/voices/") {
		t.Fatalf("%d %s %s", w.Code, to, w.Body)
	}
	if again := request(h, "", "POST", "/ask/new", form.Encode()).Header().Get("Location"); again != to {
		t.Errorf("sent again it leads to %q, not %q", again, to)
	}
	body := request(h, "", "GET", to, "").Body.String()
	if !strings.Contains(body, "2026年11月30日") || !strings.Contains(body, "ZX202611230001") || strings.Contains(body, "<script>") {
		t.Errorf("its page: %s", body)
	}
	if w := request(h, "", "POST", to, "score=5"); w.Code != 422 {
		t.Errorf("satisfied without an answer: %d", w.Code)
	}
	list := request(h, "lin/clerk", "GET", "/api/v1/voices?q="+url.QueryEscape("%"), "")
	var found struct{ Voices []evaluation.VoiceView }
	c.must(json.Unmarshal(list.Body.Bytes(), &found))
	if len(found.Voices) != 0 {
		t.Errorf("%% found %v", found.Voices)
	}
	list = request(h, "lin/clerk", "GET", "/api/v1/voices?state=waiting&q=DROP", "")
	c.must(json.Unmarshal(list.Body.Bytes(), &found))
	if len(found.Voices) != 1 || found.Voices[0].Left != 5 || !slices.Equal(found.Voices[0].May, []string{"answer"}) {
		t.Fatalf("the department lists %s", list.Body)
	}
	if w := request(h, "lin/clerk", "POST", "/api/v1/voices/"+found.Voices[0].ID+"/answer", `{"text":"请带身份证和营业执照。"}`); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := request(h, "", "POST", to, "score=2&text="+url.QueryEscape(evil)); w.Code != http.StatusSeeOther {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if body := request(h, "", "GET", to, "").Body.String(); !strings.Contains(body, "不满意") || !strings.Contains(body, "请带身份证和营业执照") {
		t.Errorf("after the answer: %s", body)
	}
}

func TestTheRatingPageTakesOneRating(t *testing.T) {
	c := file(t)
	h, _ := c.web()
	path := "/rate/" + c.invite(evaluation.Subject{Case: "c1", Item: "food-licence", Person: "p1"})
	page := request(h, "", "GET", path, "").Body.String()
	for _, word := range []string{"食品经营许可新办", "非常满意", "满意", "基本满意", "不满意", "非常不满意", "推诿扯皮"} {
		if !strings.Contains(page, word) {
			t.Errorf("%q is missing", word)
		}
	}
	if n := c.count(`SELECT count(*) FROM evaluation_rating`); n != 0 {
		t.Error("looking at the page rated")
	}
	if w := request(h, "", "POST", path, "score=9"); w.Code != 422 || !strings.Contains(w.Body.String(), "请选择满意程度") {
		t.Errorf("score 9: %d", w.Code)
	}
	for range 2 {
		if w := request(h, "", "POST", path, "score=1&tag="+url.QueryEscape("推诿扯皮")+"&text="+url.QueryEscape(evil)); w.Code != http.StatusSeeOther {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if n, m := c.count(`SELECT count(*) FROM evaluation_rating`), c.count(`SELECT count(*) FROM evaluation_rectification`); n != 1 || m != 1 {
		t.Errorf("%d ratings, %d rectifications", n, m)
	}
	if body := request(h, "", "GET", path, "").Body.String(); !strings.Contains(body, "感谢您的评价：非常不满意") || !strings.Contains(body, "15 个工作日") {
		t.Errorf("after: %s", body)
	}
	if w := request(h, "", "GET", "/rate/"+strings.Repeat("0", 32), ""); w.Code != 404 {
		t.Errorf("a forged link: %d", w.Code)
	}
	public := request(h, "", "GET", "/ratings", "").Body.String()
	if !strings.Contains(public, "东湖区市场监督管理局") || strings.Contains(public, "DROP") {
		t.Errorf("public: %s", public)
	}
	ratings := request(h, "desk/service-desk", "GET", "/api/v1/ratings?bad=true&worded=true", "")
	if !strings.Contains(ratings.Body.String(), `"rater":"欧阳*"`) {
		t.Errorf("the desk sees %s", ratings.Body)
	}
}

func TestAFloodOfFormsIsRefused(t *testing.T) {
	c := file(t)
	h, _ := c.web()
	codes := map[int]int{}
	for i := range 12 {
		form := url.Values{"form": {fmt.Sprint(i)}, "title": {"标题标题"}, "body": {"内容内容内容"}, "category": {"其他"}}
		codes[request(h, "", "POST", "/ask/new", form.Encode()).Code]++
	}
	if codes[303] != 5 || codes[429] != 7 {
		t.Errorf("got %v", codes)
	}
	c.at(c.clock().AddDate(0, 0, 1))
	if w := request(h, "", "POST", "/ask/new", "title="+strings.Repeat("x", 1<<20)); w.Code != 422 {
		t.Errorf("a huge form: %d", w.Code)
	}
	if n := c.count(`SELECT count(*) FROM evaluation_voice`); n != 5 {
		t.Errorf("%d voices", n)
	}
}

func TestTheDeskWorksThroughTheAPI(t *testing.T) {
	c := file(t)
	h, _ := c.web()
	a := ask(evaluation.Complaint)
	a.Body += "我的电话13812345678。"
	v := c.raise(c.person(1), a)
	at := "/api/v1/voices/" + v.ID
	do := func(who, method, path, body string, want int) string {
		t.Helper()
		w := request(h, who, method, path, body)
		if w.Code != want {
			t.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, want)
		}
		return w.Body.String()
	}
	if got := do("desk/service-desk", "GET", "/api/v1/voices/handlers/market", "", 200); !strings.Contains(got, "林一") || strings.Contains(got, "税三") {
		t.Errorf("handlers %s", got)
	}
	do("desk/service-desk", "POST", at+"/dispatch", `{"organisation":"market","member":"lin"}`, 200)
	if got := do("lin/clerk", "GET", at, "", 200); !strings.Contains(got, `"may":["explain"]`) || strings.Contains(got, "欧阳") || strings.Contains(got, "13812345678") {
		t.Errorf("the department sees %s", got)
	}
	do("mei/clerk", "GET", at, "", 404)
	do("lin/clerk", "POST", at+"/explanation", `{"text":"经查，当日系统故障。"}`, 200)
	do("desk/service-desk", "POST", at+"/answer", `{"text":"已核实，向您致歉。"}`, 200)
	if got := do("desk/service-desk", "POST", at+"/contact", "", 200); !strings.Contains(got, "13800000001") {
		t.Errorf("contact %s", got)
	}
	got := do("desk/service-desk", "GET", at, "", 200)
	for _, want := range []string{`"proposed":{`, `"asker":"欧阳*"`, `"action":"explain"`, `"actor":"林一"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	do("desk/service-desk", "PUT", at+"/publication", `{"title":"窗口服务","question":"窗口态度不好。","answer":"已致歉并整改。"}`, 204)
	if page := do("", "GET", "/answers?q="+url.QueryEscape("窗口"), "", 200); !strings.Contains(page, "窗口服务") {
		t.Errorf("public answers %s", page)
	}
	do("", "GET", "/answers/"+v.ID, "", 200)
	do("desk/service-desk", "DELETE", at+"/publication", "", 204)
	do("", "GET", "/answers/"+v.ID, "", 404)
	if mine := do("p1", "GET", "/my/voices/"+v.ID, "", 200); !strings.Contains(mine, "已核实，向您致歉。") || strings.Contains(mine, "系统故障") || strings.Contains(mine, "林一") {
		t.Errorf("the asker sees %s", mine)
	}
	do("p2", "GET", "/my/voices/"+v.ID, "", 404)
	do("desk/service-desk", "PUT", "/api/v1/evaluation/desk", `{"organisation":"west"}`, 403)
	do("desk/service-desk", "PUT", "/api/v1/evaluation/desk", `{"organisation":"government"}`, 204)
	if got := do("desk/service-desk", "GET", "/api/v1/evaluation/settings", "", 200); !strings.Contains(got, `"desk":"government"`) {
		t.Errorf("settings %s", got)
	}
}

func TestARectificationThroughTheAPI(t *testing.T) {
	c := file(t)
	h, _ := c.web()
	c.visit("t1", "wang", "a1", 1)
	var found struct {
		Rectifications []evaluation.RectificationView
		Total          int
	}
	c.must(json.Unmarshal(request(h, "lin/clerk", "GET", "/api/v1/rectifications?state=waiting", "").Body.Bytes(), &found))
	if found.Total != 1 || found.Rectifications[0].Left != 15 || !slices.Equal(found.Rectifications[0].May, []string{"explain", "extend", "contact-data"}) {
		t.Fatalf("the department lists %+v", found)
	}
	at := "/api/v1/rectifications/" + found.Rectifications[0].ID
	for _, step := range []struct {
		who, path, body string
		want            int
	}{
		{"shui/clerk", "/explain", `{"text":"这不是我们的。"}`, 404},
		{"lin/clerk", "/accept", `{"text":""}`, 403},
		{"lin/clerk", "/dance", `{"text":"跳舞跳舞跳舞"}`, 422},
		{"lin/clerk", "/extension", `{"days":16,"reason":"需要补充核实。"}`, 422},
		{"lin/clerk", "/extension", `{"days":3,"reason":"需要补充核实。"}`, 200},
		{"lin/clerk", "/extension", `{"days":3,"reason":"需要补充核实。"}`, 409},
		{"lin/clerk", "/explain", `{"text":"短"}`, 422},
		{"lin/clerk", "/explain", `{"text":"当日窗口少。"}`, 200},
		{"lin/clerk", "/contact-data", "", 200},
		{"lin/clerk", "/contact", `{"text":"电话回访，接受说明。"}`, 200},
		{"lin/clerk", "/resolve", `{"text":"已增开窗口。"}`, 200},
		{"desk/service-desk", "/accept", `{"text":""}`, 200},
		{"desk/service-desk", "/accept", `{"text":""}`, 409},
	} {
		if w := request(h, step.who, "POST", at+step.path, step.body); w.Code != step.want {
			t.Errorf("%s %s %s: %d %s, want %d", step.who, step.path, step.body, w.Code, w.Body, step.want)
		}
	}
	if got := request(h, "desk/supervisor", "GET", at, "").Body.String(); !strings.Contains(got, `"state":"closed"`) || !strings.Contains(got, "已增开窗口。") || !strings.Contains(got, `"may":[]`) {
		t.Errorf("supervision sees %s", got)
	}
}
