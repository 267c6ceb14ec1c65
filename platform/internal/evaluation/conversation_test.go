package evaluation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/evaluation"
)

// begin begins a conversation of the first person about the food licence.
func (c *city) begin(ctx context.Context, key string) evaluation.Conversation {
	c.tb.Helper()
	v, err := c.Begin(ctx, "", evaluation.Question{Item: "food-licence", Text: "开餐馆要哪些材料", Key: key})
	c.must(err)
	return v
}

// heard is what an asker's page shows of a conversation after a line.
func (c *city) heard(h http.Handler, who, id string, after int) evaluation.ConversationView {
	c.tb.Helper()
	w := request(h, who, "GET", fmt.Sprintf("/api/v1/conversations/%s?after=%d", id, after), "")
	if w.Code != 200 {
		c.tb.Fatalf("%d %s", w.Code, w.Body)
	}
	var v evaluation.ConversationView
	c.must(json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

func speakers(v evaluation.ConversationView) (all []evaluation.Speaker) {
	for _, l := range v.Lines {
		all = append(all, l.By)
	}
	return all
}

func TestTheProgramAnswersFirstThenAPersonOfTheItemsOrganisation(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h, _ := c.web()
		v := c.begin(c.person(1), "k1")
		if v.Organisation != "market" || v.Phase != evaluation.Automatic {
			t.Fatalf("got %+v", v)
		}
		shown := c.heard(h, "p1", v.ID, 0)
		if got := speakers(shown); !slices.Equal(got, []evaluation.Speaker{"asker", "automatic"}) || shown.Lines[1].Links[0].Path != "/items/food-licence" {
			t.Errorf("said %+v", shown.Lines)
		}
		lin := c.staff("lin", access.RoleClerk)
		if all, _, err := c.Live(lin); err != nil || len(all) != 0 {
			t.Errorf("staff sees what the program alone answered: %v, %v", all, err)
		}
		_, err := c.WantPerson(c.person(1), "", v.ID)
		c.must(err)
		c.at(start.Add(40 * time.Second))
		v, err = c.Reply(lin, v.ID, "带营业执照和身份证。", "r1")
		c.must(err)
		if v.Phase != evaluation.Served || v.Answered.Sub(v.Asked) != 40*time.Second || v.Owes {
			t.Errorf("answered %+v", v)
		}
		_, err = c.Say(c.person(1), "", v.ID, "要原件吗", "k2")
		c.must(err)
		_, err = c.Finish(lin, v.ID)
		c.refused(err, evaluation.ErrState) // she has asked
		_, err = c.Reply(lin, v.ID, "要原件。", "r2")
		c.must(err)
		_, err = c.Finish(lin, v.ID)
		c.must(err)
		_, err = c.Say(c.person(1), "", v.ID, "谢谢", "k3")
		c.refused(err, evaluation.ErrOver)
		want := []evaluation.Speaker{"asker", "automatic", "platform", "platform", "staff", "asker", "staff", "platform"}
		if shown = c.heard(h, "p1", v.ID, 0); !slices.Equal(speakers(shown), want) {
			t.Errorf("said %v", speakers(shown))
		}
		for i, l := range shown.Lines {
			if l.N != i+1 || l.Name != "" {
				t.Errorf("line %d is %+v", i, l)
			}
		}
		if n := c.count(`SELECT count(*) FROM evaluation_voice`); n != 0 {
			t.Error("an answered conversation became a written consultation")
		}
	})
}

func TestNothingIsSaidTwiceAndNothingIsLost(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h, _ := c.web()
		v := c.begin(c.person(1), "k")
		if again := c.begin(c.person(1), "k"); again.ID != v.ID {
			t.Error("a question that came again began another conversation")
		}
		_, err := c.WantPerson(c.person(1), "", v.ID)
		c.must(err)
		lin := c.staff("lin", access.RoleClerk)
		var all sync.WaitGroup
		for i := range 8 {
			for range 3 { // each is sent three times, at once
				all.Go(func() { c.must(second(c.Say(c.person(1), "", v.ID, fmt.Sprintf("问%d", i), fmt.Sprint("q", i)))) })
				all.Go(func() { c.must(second(c.Reply(lin, v.ID, fmt.Sprintf("答%d", i), fmt.Sprint("a", i)))) })
			}
		}
		all.Wait()
		before := c.heard(h, "p1", v.ID, 0)
		said := map[string]int{}
		for i, l := range before.Lines {
			if l.N != i+1 {
				t.Errorf("line %d has the number %d", i, l.N)
			}
			said[l.Text]++
		}
		for i := range 8 {
			if said[fmt.Sprintf("问%d", i)] != 1 || said[fmt.Sprintf("答%d", i)] != 1 {
				t.Errorf("said %v", said)
			}
		}
		rest := c.heard(h, "p1", v.ID, before.Lines[len(before.Lines)-3].N)
		if len(rest.Lines) != 2 || rest.Lines[1].Text != before.Lines[len(before.Lines)-1].Text {
			t.Errorf("after a reconnect %v", rest.Lines)
		}
	})
}

func TestAWaitingPageHearsWhatAnotherProcessSaid(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		other := c.beside()
		for _, one := range []*city{c, other} {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- one.Run(ctx) }()
			defer func() { cancel(); c.must(<-done) }()
		}
		h, _ := c.web()
		v := c.begin(c.person(1), "")
		v, err := c.WantPerson(c.person(1), "", v.ID)
		c.must(err)
		heard := make(chan string, 1)
		go func() {
			w := request(h, "p1", "GET", fmt.Sprintf("/api/v1/conversations/%s?after=%d&version=%d&wait=25", v.ID, v.Lines, v.Version), "")
			heard <- w.Body.String()
		}()
		_, err = other.Reply(other.staff("lin", access.RoleClerk), v.ID, "请带身份证。", "")
		c.must(err)
		if got := <-heard; !strings.Contains(got, "工作人员为您服务") && !strings.Contains(got, "请带身份证。") {
			t.Errorf("heard %s", got)
		}
	})
}

func TestOthersConversationsAreNobodysBusiness(t *testing.T) {
	c := file(t)
	v := c.begin(c.person(1), "")
	_, err := c.WantPerson(c.person(1), "", v.ID)
	c.must(err)
	for name, ctx := range map[string]context.Context{"another person": c.person(2), "nobody": t.Context(), "staff": c.staff("lin", access.RoleClerk)} {
		for verb, err := range map[string]error{
			"hear": second(c.Hear(ctx, "", v.ID)), "say": second(c.Say(ctx, "", v.ID, "你好", "")), "want": second(c.WantPerson(ctx, "", v.ID)),
			"leave": second(c.Leave(ctx, "", v.ID)), "write": second(c.WriteDown(ctx, "", v.ID, "")), "guess": second(c.Hear(ctx, strings.Repeat("0", 32), v.ID)),
		} {
			if err == nil {
				t.Errorf("%s may %s", name, verb)
				continue
			}
			c.refused(err, evaluation.ErrConversation)
		}
	}
	for name, ctx := range map[string]context.Context{"another department": c.staff("shui", access.RoleClerk), "another district": c.elsewhere(), "the asker": c.person(1)} {
		for verb, err := range map[string]error{
			"overhear": second(c.Overhear(ctx, v.ID)), "take": second(c.TakeUp(ctx, v.ID)), "reply": second(c.Reply(ctx, v.ID, "好的", "")),
			"hand over": second(c.HandOver(ctx, v.ID, "tax", "")), "write": second(c.PutInWriting(ctx, v.ID)), "finish": second(c.Finish(ctx, v.ID)),
		} {
			if err == nil {
				t.Errorf("%s may %s", name, verb)
				continue
			}
			c.refused(err, evaluation.ErrConversation)
		}
	}
	_, err = c.Reply(c.staff("shui", access.RoleSupervisor), v.ID, "好的", "")
	c.refused(err, evaluation.ErrForbidden) // who supervises reads
	_, err = c.TakeUp(c.staff("lin", access.RoleClerk), v.ID)
	c.must(err)
	_, err = c.Reply(c.staff("mei", access.RoleClerk), v.ID, "好的", "")
	c.refused(err, evaluation.ErrTaken)
}

func TestAHandedOverConversationWaitsAtTheOtherOrganisation(t *testing.T) {
	c := file(t)
	h, _ := c.web()
	v := c.begin(c.person(1), "")
	_, err := c.WantPerson(c.person(1), "", v.ID)
	c.must(err)
	lin, shui := c.staff("lin", access.RoleClerk), c.staff("shui", access.RoleClerk)
	_, err = c.HandOver(lin, v.ID, "market", "")
	c.refused(err, evaluation.ErrHandover)
	_, err = c.HandOver(lin, v.ID, "moon", "")
	c.refused(err, evaluation.ErrOrg)
	_, err = c.HandOver(lin, v.ID, "tax", "是税务的问题")
	c.must(err)
	_, err = c.Overhear(lin, v.ID)
	c.refused(err, evaluation.ErrConversation)
	if shown := c.heard(h, "p1", v.ID, 0); strings.Contains(fmt.Sprint(shown.Lines), "是税务的问题") || shown.OrganisationName != "东湖区税务局" {
		t.Errorf("the asker sees %+v", shown)
	}
	w := request(h, "shui/clerk", "GET", "/api/v1/staff/conversations/"+v.ID, "")
	if body := w.Body.String(); !strings.Contains(body, "是税务的问题") || !strings.Contains(body, `"asker":"欧阳*"`) || strings.Contains(body, "欧阳小明") {
		t.Errorf("the tax bureau sees %s", body)
	}
	all, _, err := c.Live(shui)
	c.must(err)
	if len(all) != 1 || all[0].Phase != evaluation.Waiting {
		t.Errorf("waiting at the tax bureau: %+v", all)
	}
}

func TestAHandedOverConversationHasTheWholePatienceAgain(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h, _ := c.web()
		v := c.begin(c.person(1), "")
		_, err := c.WantPerson(c.person(1), "", v.ID)
		c.must(err)
		lin, shui := c.staff("lin", access.RoleClerk), c.staff("shui", access.RoleClerk)
		c.must(second(c.TakeUp(lin, v.ID)))
		c.at(start.Add(15 * time.Minute))
		c.heard(h, "p1", v.ID, 0)
		c.must(second(c.HandOver(lin, v.ID, "tax", "")))
		c.must(c.Settle(t.Context()))
		all, _, err := c.Waiting(shui)
		c.must(err)
		if len(all) != 1 || !all[0].Waits.Equal(start.Add(15*time.Minute)) || !all[0].Asked.Equal(start) {
			t.Fatalf("waiting at the tax bureau: %+v", all)
		}
		w := request(h, "shui/clerk", "GET", "/api/v1/staff/conversations/"+v.ID, "")
		var shown evaluation.OverheardView
		c.must(json.Unmarshal(w.Body.Bytes(), &shown))
		if !shown.Due.Equal(start.Add(25 * time.Minute)) {
			t.Errorf("due at %s", shown.Due)
		}
		c.at(start.Add(26 * time.Minute))
		c.heard(h, "p1", v.ID, 0)
		c.must(c.Settle(t.Context()))
		if v, err = c.Hear(c.person(1), "", v.ID); err != nil || v.Phase != evaluation.Written {
			t.Errorf("it is %s, %v", v.Phase, err)
		}
	})
}

func TestPatienceEndsWithTheServiceHours(t *testing.T) {
	c := file(t)
	h, _ := c.web()
	c.at(time.Date(2026, 11, 23, 11, 55, 0, 0, china)) // five minutes before the pause
	v := c.begin(c.person(1), "")
	_, err := c.WantPerson(c.person(1), "", v.ID)
	c.must(err)
	var shown evaluation.OverheardView
	c.must(json.Unmarshal(request(h, "lin/clerk", "GET", "/api/v1/staff/conversations/"+v.ID, "").Body.Bytes(), &shown))
	if !shown.Due.Equal(time.Date(2026, 11, 23, 12, 0, 0, 0, china)) {
		t.Errorf("due at %s", shown.Due)
	}
}

func TestWhoMayAnswerHearsWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h, _ := c.web()
		waiting := func(who string) (ids []string, mark string) {
			var got struct {
				Waiting []evaluation.WaitingView `json:"waiting"`
				Mark    string                   `json:"mark"`
			}
			c.must(json.Unmarshal(request(h, who, "GET", "/api/v1/staff/conversations/waiting", "").Body.Bytes(), &got))
			for _, v := range got.Waiting {
				ids = append(ids, v.ID)
			}
			return ids, got.Mark
		}
		v := c.begin(c.person(1), "")
		if ids, _ := waiting("lin/clerk"); len(ids) != 0 {
			t.Errorf("nobody asked for a person, and %v wait", ids)
		}
		_, err := c.WantPerson(c.person(1), "", v.ID)
		c.must(err)
		for who, hears := range map[string]bool{"lin/clerk": true, "shui/clerk": false, "desk/service-desk": true, "shui/supervisor": false} {
			if ids, _ := waiting(who); (len(ids) == 1) != hears {
				t.Errorf("%s: %v", who, ids)
			}
		}
		if w := request(h, "p1", "GET", "/api/v1/staff/conversations/waiting", ""); w.Code != 403 {
			t.Errorf("a citizen: %d", w.Code)
		}
		_, mark := waiting("lin/clerk")
		c.must(second(c.TakeUp(c.staff("lin", access.RoleClerk), v.ID)))
		if ids, now := waiting("lin/clerk"); len(ids) != 0 || now == mark {
			t.Errorf("taken up, and %v wait, mark %s as before", ids, now)
		}
	})
}

func TestWhatNobodyAnswersBecomesAWrittenConsultation(t *testing.T) {
	tests := map[string]struct {
		served, answered, seen bool
		after                  time.Duration
		want                   evaluation.Phase
	}{
		"nobody comes":                     {seen: true, after: 11 * time.Minute, want: evaluation.Written},
		"the staff may still come":         {seen: true, after: 9 * time.Minute, want: evaluation.Waiting},
		"the service hours end":            {seen: true, after: 3 * time.Hour, want: evaluation.Written},
		"the asker leaves while she waits": {after: 4 * time.Minute, want: evaluation.Written},
		"she leaves a question open":       {served: true, after: 4 * time.Minute, want: evaluation.Written},
		"she leaves with her answer":       {served: true, answered: true, after: 4 * time.Minute, want: evaluation.Ended},
		"she only looks elsewhere":         {served: true, after: 2 * time.Minute, want: evaluation.Served},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := file(t)
			h, _ := c.web()
			v := c.begin(c.person(1), "")
			_, err := c.WantPerson(c.person(1), "", v.ID)
			c.must(err)
			if tt.served {
				c.must(second(c.TakeUp(c.staff("lin", access.RoleClerk), v.ID)))
			}
			if tt.answered {
				c.must(second(c.Reply(c.staff("lin", access.RoleClerk), v.ID, "带身份证。", "")))
			}
			c.at(start.Add(tt.after))
			if tt.seen {
				c.heard(h, "p1", v.ID, 0)
			}
			c.must(c.Settle(t.Context()))
			v, err = c.Hear(c.person(1), "", v.ID)
			c.must(err)
			if v.Phase != tt.want {
				t.Fatalf("it is %s", v.Phase)
			}
			if tt.want != evaluation.Written {
				return
			}
			written, err := c.Mine(c.person(1), v.Voice)
			c.must(err)
			due := time.Date(2026, 11, 30, 23, 59, 59, 999e6, china)
			if written.Organisation != "market" || !written.Due.Equal(due) || !strings.Contains(written.Body, "开餐馆要哪些材料") || written.ItemName != "食品经营许可新办" {
				t.Errorf("written %+v", written)
			}
			c.must(c.Settle(t.Context()))
			if n := c.count(`SELECT count(*) FROM evaluation_voice`); n != 1 {
				t.Errorf("%d consultations of one conversation", n)
			}
		})
	}
}

func TestOutsideOfServiceHoursOneLeavesAMessage(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		h, _ := c.web()
		target := func() string {
			return request(h, "", "GET", "/api/v1/conversations/target?item=food-licence", "").Body.String()
		}
		if got := target(); !strings.Contains(got, `"open":true`) || !strings.Contains(got, "东湖区市场监督管理局") {
			t.Errorf("on Monday at nine %s", got)
		}
		v := c.begin(c.person(1), "")
		for day, next := range map[time.Time]string{
			start.Add(4 * time.Hour):                  "2026-11-23T13:30:00+08:00", // the lunch break
			start.AddDate(0, 0, 5):                    "2026-11-30T09:00:00+08:00", // a Saturday
			start.Add(10 * time.Hour):                 "2026-11-24T09:00:00+08:00",
			start.AddDate(0, 0, 4).Add(9 * time.Hour): "2026-11-30T09:00:00+08:00", // Friday evening
			start.Add(-30 * time.Minute):              "2026-11-23T09:00:00+08:00",
		} {
			c.at(day)
			if got := target(); !strings.Contains(got, `"open":false`) || !strings.Contains(got, next) {
				t.Errorf("%v: %s, want %s", day, got, next)
			}
		}
		c.at(start.Add(4 * time.Hour))
		_, err := c.WantPerson(c.person(1), "", v.ID)
		c.refused(err, evaluation.ErrOffHours)
		c.must(c.SetHours(c.desk(), []evaluation.Hours{{From: "08:00", To: "20:00"}}))
		_, err = c.WantPerson(c.person(1), "", v.ID)
		c.must(err)
		for _, wrong := range [][]evaluation.Hours{nil, {{From: "09:00", To: "09:00"}}, {{From: "9", To: "10:00"}}, {{From: "09:00", To: "12:00"}, {From: "11:00", To: "13:00"}}} {
			c.refused(c.SetHours(c.desk(), wrong), evaluation.ErrHours)
		}
	})
}

func TestAGuestIsKnownByHerCookieAlone(t *testing.T) {
	c := file(t)
	h, _ := c.web()
	w := request(h, "", "POST", "/api/v1/conversations", `{"text":"开餐馆要哪些材料"}`)
	cookie := w.Result().Cookies()
	var v evaluation.ConversationView
	c.must(json.Unmarshal(w.Body.Bytes(), &v))
	if len(cookie) != 1 || !cookie[0].HttpOnly || v.OrganisationName != "东湖区政务服务管理办公室" {
		t.Fatalf("%d %s %v", w.Code, w.Body, cookie)
	}
	if w := request(h, "", "GET", "/api/v1/conversations/"+v.ID, ""); w.Code != 404 {
		t.Errorf("without the cookie %d", w.Code)
	}
	secret := cookie[0].Value
	if n := c.count(`SELECT count(*) FROM evaluation_conversation WHERE guest = $1`, secret); n != 0 {
		t.Error("the secret itself is stored")
	}
	_, err := c.WriteDown(t.Context(), secret, v.ID, "123")
	c.refused(err, evaluation.ErrInput)
	written, err := c.WriteDown(t.Context(), secret, v.ID, "13800138000")
	c.must(err)
	contact, err := c.Contact(c.desk(), written.Voice)
	c.must(err)
	if contact.Phone != "13800138000" {
		t.Errorf("contact %v", contact)
	}
	lines := c.heardBy(secret, v.ID)
	link := lines[len(lines)-1].Links[0].Path
	if page := request(h, "", "GET", link, ""); page.Code != 200 || !strings.Contains(page.Body.String(), "ZX202611230001") {
		t.Errorf("her consultation at %s: %d", link, page.Code)
	}
}

// heardBy are the lines that a guest sees.
func (c *city) heardBy(secret, id string) []evaluation.LineView {
	c.tb.Helper()
	h, _ := c.web()
	w := requestWith(h, map[string]string{"Cookie": "consultation=" + secret}, "GET", "/api/v1/conversations/"+id, "")
	var v evaluation.ConversationView
	c.must(json.Unmarshal(w.Body.Bytes(), &v))
	return v.Lines
}

func TestConversationsHaveBounds(t *testing.T) {
	c := file(t)
	ctx := c.person(1)
	for i := range 3 {
		c.begin(ctx, fmt.Sprint(i))
	}
	_, err := c.Begin(ctx, "", evaluation.Question{Text: "还有一个问题"})
	c.refused(err, evaluation.ErrConversations)
	v := c.begin(c.person(2), "")
	for name, text := range map[string]string{"nothing": " \n ", "what can't be seen": "\u202e", "too much": strings.Repeat("长", 501)} {
		if _, err := c.Say(c.person(2), "", v.ID, text, ""); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	refused := 0
	for i := range 20 {
		if _, err := c.Say(c.person(2), "", v.ID, "在吗", fmt.Sprint(i)); err != nil {
			c.refused(err, evaluation.ErrHaste)
			refused++
		}
	}
	if refused != 9 { // the question was one of twelve
		t.Errorf("%d of 20 lines in a moment were refused", refused)
	}
	c.at(start.Add(2 * time.Minute))
	_, err = c.Say(c.person(2), "", v.ID, evil, "")
	c.must(err)
	h, _ := c.web()
	if lines := c.heard(h, "p2", v.ID, 0).Lines; lines[len(lines)-2].Text != evil {
		t.Errorf("what was said has become %q", lines[len(lines)-2].Text)
	}
}

func TestTheSupervisorSeesHowSoonOrganisationsAnswer(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		lin := c.staff("lin", access.RoleClerk)
		for i, wait := range []time.Duration{time.Minute, 5 * time.Minute} {
			c.at(start.Add(time.Duration(i) * 10 * time.Minute))
			v := c.begin(c.person(i+1), "")
			c.must(second(c.WantPerson(c.person(i+1), "", v.ID)))
			c.at(c.clock().Add(wait))
			c.must(second(c.Reply(lin, v.ID, "带身份证。", "")))
			if i == 1 { // it counts as whose who answered first
				c.must(second(c.HandOver(lin, v.ID, "tax", "")))
			}
		}
		v := c.begin(c.person(3), "")
		c.must(second(c.WantPerson(c.person(3), "", v.ID)))
		c.must(second(c.WriteDown(c.person(3), "", v.ID, "")))
		c.begin(c.person(4), "") // asked for nobody
		h, _ := c.web()
		want := `"asked":3,"answered":2,"written":1,"quick":1,"mean":180,"longest":300`
		if got := request(h, "desk/supervisor", "GET", "/api/v1/staff/conversations/statistics", "").Body.String(); !strings.Contains(got, want) {
			t.Errorf("counted %s", got)
		}
	})
}
