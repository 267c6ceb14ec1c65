package view_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("", 8*3600))

// fixture is the demo hall with a viewer and a clock.
type fixture struct {
	t     *testing.T
	view  *view.Viewer
	state *queue.State
	now   queue.Time
}

func newFixture(t *testing.T, edit func(text string) string) *fixture {
	t.Helper()
	text := string(hall.Demo)
	if edit != nil {
		text = edit(text)
	}
	live, err := hall.Open(t.TempDir()+"/hall.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	reg := registry.New()
	f := &fixture{t: t, view: &view.Viewer{Hall: live, Registry: reg, URL: "http://hall.test"}, state: queue.NewState(), now: queue.TimeOf(nine)}
	reg.Expect([]link.AgentView{{ID: "counter-3", Role: link.RoleCounter, Window: "3"}}, nine)
	f.do(queue.Configure{Config: live.Hall().Queue()})
	return f
}

func (f *fixture) do(cmd queue.Command) {
	f.t.Helper()
	events, err := queue.Decide(f.state, cmd, f.now)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range events {
		if err := queue.Apply(f.state, e, f.now); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *fixture) wait(d time.Duration) { f.now = f.now.Add(d) }

func (f *fixture) window() link.WindowView {
	return f.view.Window(f.state, f.state.Windows["3"], f.now)
}

// TestTheFiveWindowStates walks a window through 未登录 空闲 正在办理 暂停办理 考勤异常.
func TestTheFiveWindowStates(t *testing.T) {
	f := newFixture(t, nil)
	want := func(state link.WindowState, why string) {
		t.Helper()
		if w := f.window(); w.State != state || w.Why != why {
			t.Errorf("got %s %q, want %s %q", w.State, w.Why, state, why)
		}
	}
	want(link.WindowSignedOut, "")
	f.do(queue.SignIn{Window: "3", Staff: "zhao", StaffName: "赵静"})
	want(link.WindowIdle, "")
	f.do(queue.TakeTicket{ID: "t1", Service: "social-card", Channel: "card"})
	f.do(queue.CallNext{Window: "3"})
	want(link.WindowServing, "")
	f.do(queue.TicketCommand{Verb: queue.VerbNoShow, Ticket: "t1"})
	f.do(queue.Pause{Window: "3", Text: "设备维护"})
	want(link.WindowPaused, "")
	f.wait(31 * time.Minute)
	want(link.WindowAnomaly, "暂停时间过长")
}

func TestAWindowWhoseTerminalWasLostIsAnAnomaly(t *testing.T) {
	f := newFixture(t, nil)
	f.do(queue.SignIn{Window: "3", Staff: "zhao", StaffName: "赵静"})
	f.wait(5 * time.Minute)
	if w := f.window(); w.State != link.WindowIdle {
		t.Errorf("a window run without a terminal is %s, want idle", w.State)
	}
	f.view.Registry.Connected(link.Hello{Agent: "counter-3", Role: link.RoleCounter}, "3", f.now.Std())
	f.view.Registry.Disconnected("counter-3", f.now.Std())
	if w := f.window(); w.State != link.WindowIdle {
		t.Errorf("right after the line broke it is %s, want idle: lines blink", w.State)
	}
	f.wait(61 * time.Second)
	if w := f.window(); w.State != link.WindowAnomaly || w.Why != "窗口终端掉线" {
		t.Errorf("got %s %q", w.State, w.Why)
	}
}

func TestAnEmptyWindowDuringDutyIsAnAnomaly(t *testing.T) {
	f := newFixture(t, func(text string) string {
		return strings.Replace(text, `{id: "3", number: "3",`, `{id: "3", number: "3", attendance: ["08:30-12:00"],`, 1)
	})
	if w := f.window(); w.State != link.WindowAnomaly || w.Why != "应到岗未登录" {
		t.Errorf("at 9:00 got %s %q", w.State, w.Why)
	}
	f.wait(4 * time.Hour)
	if w := f.window(); w.State != link.WindowSignedOut {
		t.Errorf("at 13:00 got %s", w.State)
	}
}

func TestThePaperSaysWhatACitizenNeeds(t *testing.T) {
	f := newFixture(t, nil)
	person := view.Person(privacy.NewVault([]byte(strings.Repeat("k", 32))), link.Person{Name: "欧阳小明", IDNumber: "11010519491231002X"})
	f.do(queue.TakeTicket{ID: "first", Service: "social-card", Channel: "card", Minutes: -1})
	f.do(queue.TakeTicket{ID: "t1", Service: "social-card", Channel: "card", Person: person, Minutes: 12})
	job := f.view.Paper(f.state.Tickets["t1"])
	var text strings.Builder
	for _, l := range job.Lines {
		text.WriteString(l.Text + "\n" + l.QR + "\n")
	}
	for _, want := range []string{
		"东湖区政务服务中心", "社会保障卡业务", "F002", "您前面还有 1 位", "约 12 分钟", "3、7、8 号", "社会保障区",
		"左转", "本人身份证", "http://hall.test/t/t1", "请在等候区留意叫号屏和语音", "2026-11-23 09:00:00",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the paper does not say %q:\n%s", want, text.String())
		}
	}
	for _, secret := range []string{"欧阳", "小明", "1101"} {
		if strings.Contains(text.String(), secret) {
			t.Errorf("the paper says %q of its holder", secret)
		}
	}
}

func TestAServiceWithoutMaterialsOfItsOwnHasThoseOfItsItems(t *testing.T) {
	f := newFixture(t, func(text string) string { return strings.Replace(text, "    materials: [本人身份证]\n", "", 1) })
	f.view.Items = func(service string) []string { return []string{"按事项：" + service} }
	own, none := 0, 0
	for _, s := range f.view.Services(f.state, f.now) {
		svc, _ := f.view.Hall.Hall().Service(queue.ServiceID(s.ID))
		switch {
		case len(svc.Materials) > 0 && slices.Equal(s.Materials, svc.Materials):
			own++
		case len(svc.Materials) == 0 && slices.Equal(s.Materials, []string{"按事项：" + s.ID}):
			none++
		default:
			t.Errorf("%s: got %v", s.ID, s.Materials)
		}
	}
	if own == 0 || none != 1 {
		t.Errorf("%d services have materials of the file, %d of the items", own, none)
	}
}

// TestThePostsOfAWindowAreOneWindowForPeople: the sign has one number.
func TestThePostsOfAWindowAreOneWindowForPeople(t *testing.T) {
	f := newFixture(t, func(text string) string {
		text = strings.Replace(text, `{id: "3", number: "3",`, `{id: "3", number: "3", posts: 2,`, 1)
		return strings.Replace(text, `window: "3"}`, `window: "3-1"}`, 1)
	})
	f.do(queue.TakeTicket{ID: "t1", Service: "social-card", Channel: "card", Minutes: -1})
	if got := f.view.Ticket(f.state, f.state.Tickets["t1"]).Windows; strings.Join(got, " ") != "3 7 8" {
		t.Errorf("the ticket names windows %v", got)
	}
	found := false
	for _, l := range f.view.Paper(f.state.Tickets["t1"]).Lines {
		found = found || strings.Contains(l.Text, "3、7、8 号")
	}
	if !found {
		t.Error("the paper does not name 3、7、8 号")
	}
}

// TestAPhoneIsKnownHoweverItIsWritten: a booking from a portal is found by what
// its holder types at the machine.
func TestAPhoneIsKnownHoweverItIsWritten(t *testing.T) {
	vault := privacy.NewVault([]byte(strings.Repeat("k", 32)))
	typed := view.Person(vault, link.Person{Phone: "13900001111"})
	for _, phone := range []string{"139 0000 1111", "139-0000-1111", "+8613900001111", "+86 139-0000-1111", "008613900001111", "8613900001111", "\u202d13900001111"} {
		if got := view.Person(vault, link.Person{Phone: phone}); got.Key != typed.Key || got.Phone != typed.Phone {
			t.Errorf("%q is %+v, want %+v", phone, got, typed)
		}
		if keys := view.PersonKeys(vault, link.Person{Phone: phone}); len(keys) != 1 || keys[0] != typed.Key {
			t.Errorf("%q has other keys", phone)
		}
	}
	if view.Person(vault, link.Person{Phone: "861390000111"}).Key == view.Person(vault, link.Person{Phone: "1390000111"}).Key {
		t.Error("a number that only begins like a country's code lost its beginning")
	}
}

func TestEveryRefusalOfARuleHasItsWords(t *testing.T) {
	f := newFixture(t, nil)
	p := f.view.Problem(queue.Refuse(queue.Conflict, "ticket.recall-too-soon", "number", "A001", "seconds", "7"))
	if p.Status != 409 || p.Detail != "刚刚呼叫过 A001 号，请 7 秒后再呼" {
		t.Errorf("got %+v", p)
	}
	p = f.view.Problem(queue.Refuse(queue.Conflict, "window.taken", "window", "3", "staff", "赵静"))
	if p.Detail != "3 号窗口已由赵静登录" {
		t.Errorf("got %q", p.Detail)
	}
	p = f.view.Problem(queue.Refuse(queue.Conflict, "service.closed", "service", "tax", "why", queue.ReasonNoWindow))
	if p.Detail != "涉税业务办理暂不取号：办理窗口已停用" {
		t.Errorf("got %q", p.Detail)
	}
	p = f.view.Problem(queue.Refuse(queue.Conflict, "quota.full", "service", "tax", "places", "9", "from", "00:00", "to", "24:00"))
	if p.Detail != "涉税业务办理当天的 9 个号已取完" {
		t.Errorf("got %q", p.Detail)
	}
	p = f.view.Problem(queue.Refuse(queue.Unavailable, "request.limit"))
	if p.Status != 503 || p.Detail != "口令输错次数过多，请 10 秒后再试" {
		t.Errorf("guessing passwords: got %+v", p)
	}
}

// The office above a window is the one that the hall presents there; why the
// first is next is what the call then says.
func TestTheClerkSeesWhyTheNextIsNextAndWhatWasSeen(t *testing.T) {
	f := newFixture(t, nil)
	if got := f.window().Unit; got != "人力资源和社会保障局" {
		t.Errorf("window 3 is %q's", got)
	}
	f.do(queue.SignIn{Window: "3", Staff: "zhao", StaffName: "赵静"})
	if q := f.view.Queue(f.state, "3"); q.Next != nil || q.Front != "" {
		t.Errorf("nobody waits, and there is a reason: %+v", q)
	}
	for _, id := range []queue.TicketID{"t1", "t2"} {
		f.do(queue.TakeTicket{ID: id, Service: "social-card", Channel: "card"})
	}
	next := f.view.Queue(f.state, "3").Next
	f.do(queue.CallNext{Window: "3"})
	q := f.view.Queue(f.state, "3")
	if next == nil || q.Reason == nil || next.Text != q.Reason.Text || next.Rule != q.Reason.Rule {
		t.Errorf("it was to be called by %+v and was by %+v", next, q.Reason)
	}
	f.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: "t1", Window: "3"})
	f.do(queue.SeeMaterials{Ticket: "t1", Window: "3", Seen: []string{"身份证"}})
	if q := f.view.Queue(f.state, "3"); q.Front != "t1" || !slices.Equal(q.Seen, []string{"身份证"}) {
		t.Errorf("in front is %q, seen %q", q.Front, q.Seen)
	}
	f.wait(6 * time.Minute)
	f.do(queue.Finish{Ticket: "t1", Window: "3"})
	f.do(queue.SetStrategy{Strategy: &queue.Strategy{Kind: queue.StrategyByHand}})
	if q := f.view.Queue(f.state, "3"); q.Next != nil || len(q.Seen) != 0 || q.Served != 1 || q.MeanServiceSeconds != 360 {
		t.Errorf("a clerk who picks herself sees %+v", q)
	}
	f.do(queue.SignOut{Window: "3"})
	f.do(queue.SignIn{Window: "3", Staff: "li", StaffName: "李敏"})
	if q := f.view.Queue(f.state, "3"); q.Served != 0 {
		t.Errorf("a clerk's day has a colleague's %d visits", q.Served)
	}
}
