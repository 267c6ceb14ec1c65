package counter_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// Ids as pages make them: long enough to be unique in the world.
const (
	idArrive = "arrive-0123456789abcdef"
	idFinish = "finish-0123456789abcdef"
)

// order is the types of everything the hall was asked, in order.
func (r *rig) order() []link.Type {
	var all []link.Message
	for _, t := range []link.Type{link.TypeTicketArrive, link.TypeTicketFinish, link.TypeTicketRate, link.TypeTicketPark} {
		all = append(all, r.hall.Up(t)...)
	}
	slices.SortStableFunc(all, func(a, b link.Message) int { return a.At.Compare(b.At) })
	var types []link.Type
	for _, m := range all {
		types = append(types, m.Type)
	}
	return types
}

func (r *rig) back(t *testing.T) {
	t.Helper()
	r.hall.SetAway(false)
	agenttest.WaitFor(t, "the link is up", func() bool { return r.counter.Agent().Client.Online() })
}

// pending skips to a state of what is kept that is so.
func (r *rig) pending(t *testing.T, is func(link.Pending) bool) link.Pending {
	t.Helper()
	for {
		var p link.Pending
		r.page.Next(link.TypePendingChanged, &p)
		if is(p) {
			return p
		}
	}
}

func TestWhatIsDoneWhileTheHallIsAwayIsSentInOrder(t *testing.T) {
	r := start(t, time.Second)
	r.away(t)
	r.page.Send(link.TypeTicketArrive, idArrive, link.TicketRef{Ticket: "t"})
	first := r.pending(t, func(link.Pending) bool { return true })
	if m := r.page.Answer(idArrive, nil); m.Type != link.TypeAnswer {
		t.Fatalf("got %s %s", m.Type, m.Body)
	}
	a := first.Actions
	if len(a) != 1 || a[0].ID != idArrive || a[0].Number != "B012" || a[0].Type != link.TypeTicketArrive || time.Since(a[0].At) > time.Minute {
		t.Errorf("the page was told %+v", first)
	}
	r.page.Send(link.TypeTicketFinish, idFinish, link.FinishTicket{Ticket: "t"})
	r.page.Answer(idFinish, nil)
	r.page.Send(link.TypeTicketFinish, idFinish, link.FinishTicket{Ticket: "t"}) // a page that asks again
	r.page.Answer(idFinish, nil)
	if _, s := agenttest.Open(t, r.counter.Agent().Addr()); s.Pending == nil || len(s.Pending.Actions) != 2 {
		t.Errorf("a reloaded page sees %+v", s.Pending)
	}
	r.back(t)
	r.pending(t, func(p link.Pending) bool { return len(p.Actions) == 0 })
	if got := r.order(); !slices.Equal(got, []link.Type{link.TypeTicketArrive, link.TypeTicketFinish}) {
		t.Errorf("the hall was asked %v", got)
	}
	if done := r.hall.Done(); done[idArrive] != 1 || done[idFinish] != 1 {
		t.Errorf("done %v", done)
	}
	if got := string(r.hall.Up(link.TypeTicketFinish)[0].Body); got != `{"ticket":"t"}` {
		t.Errorf("finish went up as %s", got)
	}
}

func TestWhatIsKeptSurvivesARestart(t *testing.T) {
	r := start(t, time.Second)
	folder := t.TempDir()
	r.hall.SetAway(false)
	r.stop()
	one := startIn(t, r.hall, folder, time.Second)
	agenttest.WaitFor(t, "the link is up", func() bool { return one.counter.Agent().Client.Online() })
	one.away(t)
	one.page, _ = agenttest.Open(t, one.counter.Agent().Addr())
	one.page.Send(link.TypeTicketPark, idArrive, link.ParkTicket{Ticket: "t", Reason: "补签字"})
	one.page.Answer(idArrive, nil)
	one.stop()

	two := startIn(t, r.hall, folder, time.Second)
	_, s := agenttest.Open(t, two.counter.Agent().Addr())
	if s.Pending == nil || len(s.Pending.Actions) != 1 || s.Pending.Actions[0].ID != idArrive {
		t.Fatalf("after a restart %+v is kept", s.Pending)
	}
	if s.Hall == nil || len(s.Hall.Windows) != 1 {
		t.Errorf("after a restart the page knows %+v of the hall", s.Hall)
	}
	two.hall.SetAway(false)
	agenttest.WaitFor(t, "the action arrives", func() bool { return len(two.hall.Up(link.TypeTicketPark)) == 1 })
	if m := two.hall.Up(link.TypeTicketPark)[0]; m.ID != idArrive || !strings.Contains(string(m.Body), "补签字") {
		t.Errorf("the hall got %+v", m)
	}
}

func TestAnAnswerThatIsLostIsAskedForAgain(t *testing.T) {
	r := start(t, time.Second)
	var done atomic.Bool
	r.hall.OnCommand(func(link.Message) (link.Type, any) {
		done.Store(true)
		return link.TypeAnswer, link.Answer{}
	})
	r.hall.SetChaos(func() bool { return done.Swap(false) }) // done, but not answered
	r.page.Send(link.TypeTicketFinish, idFinish, link.FinishTicket{Ticket: "t"})
	agenttest.WaitFor(t, "the hall has done it", func() bool { return r.hall.Done()[idFinish] == 1 })
	r.hall.SetAway(true)
	if m := r.page.Answer(idFinish, nil); m.Type != link.TypeAnswer {
		t.Fatalf("got %s %s", m.Type, m.Body)
	}
	r.back(t)
	agenttest.WaitFor(t, "it is sent again", func() bool { return len(r.hall.Up(link.TypeTicketFinish)) > 1 })
	if n := r.hall.Done()[idFinish]; n != 1 {
		t.Errorf("it was done %d times", n)
	}
}

func TestARefusalOnReturnIsToldByName(t *testing.T) {
	r := start(t, time.Second)
	r.hall.OnCommand(func(m link.Message) (link.Type, any) {
		if m.Type == link.TypeTicketArrive {
			return link.TypeError, link.Problem{Status: 409, Code: "ticket.wrong-state", Detail: "B012 号现在是“已过号”"}
		}
		return link.TypeAnswer, link.Answer{}
	})
	r.away(t)
	r.page.Send(link.TypeTicketArrive, idArrive, link.TicketRef{Ticket: "t"})
	r.page.Answer(idArrive, nil)
	r.back(t)
	p := r.pending(t, func(p link.Pending) bool { return len(p.Refused) > 0 })
	want := link.PendingRefused{Type: link.TypeTicketArrive, Ticket: "t", Number: "B012", Detail: "B012 号现在是“已过号”"}
	if p.Refused[0] != want || len(p.Actions) != 0 {
		t.Errorf("told %+v, want %+v", p, want)
	}
	r.page.Send(link.TypePendingClear, "clear-0123456789abcdef", nil)
	r.pending(t, func(p link.Pending) bool { return len(p.Refused) == 0 })
	if _, s := agenttest.Open(t, r.counter.Agent().Addr()); s.Pending != nil {
		t.Errorf("after it was read a page sees %+v", s.Pending)
	}
}

func TestCallingNextWaitsForWhatIsKept(t *testing.T) {
	r := start(t, time.Second)
	r.hall.OnCommand(func(link.Message) (link.Type, any) {
		return link.TypeError, link.Problem{Status: 503, Code: "store.unavailable", Detail: "数据没有保存成功"}
	})
	r.away(t)
	r.page.Send(link.TypeTicketArrive, idArrive, link.TicketRef{Ticket: "t"})
	r.page.Answer(idArrive, nil)
	r.back(t)
	r.page.Send(link.TypeWindowCallNext, "1", nil)
	var problem link.Problem
	if r.page.Answer("1", &problem); problem.Code != "pending.first" || problem.Detail != "前面还有 1 个操作正在同步，请稍候" {
		t.Errorf("got %+v", problem)
	}
	// What is done meanwhile goes behind, never before; looking changes nothing.
	r.page.Send(link.TypeTicketFinish, idFinish, link.FinishTicket{Ticket: "t"})
	p := r.pending(t, func(p link.Pending) bool { return len(p.Actions) == 2 })
	if p.Actions[0].ID != idArrive || p.Actions[1].ID != idFinish {
		t.Errorf("kept %+v", p.Actions)
	}
	agenttest.WaitFor(t, "the first is sent", func() bool { return len(r.hall.Up(link.TypeTicketArrive)) > 0 })
	if n := len(r.hall.Up(link.TypeTicketFinish)) + len(r.hall.Up(link.TypeWindowCallNext)); n != 0 {
		t.Errorf("%d commands overtook the first", n)
	}
}

func TestARatingComesAfterTheFinishThatIsKept(t *testing.T) {
	r := start(t, time.Minute)
	r.away(t)
	r.page.Send(link.TypeTicketFinish, idFinish, link.FinishTicket{Ticket: "t"})
	var asked link.RatingAsked
	r.page.Next(link.TypeRatingAsked, &asked)
	if asked.Ticket != "t" || asked.Number != "B012" {
		t.Errorf("the pad asks for %+v", asked)
	}
	r.fakes.Get("pad").Keys <- 4
	r.page.Next(link.TypeRatingGiven, nil)
	r.back(t)
	agenttest.WaitFor(t, "the rating", func() bool { return len(r.hall.Up(link.TypeTicketRate)) > 0 })
	if got := r.order(); !slices.Equal(got, []link.Type{link.TypeTicketFinish, link.TypeTicketRate}) {
		t.Errorf("the hall was asked %v", got)
	}
	if done := r.hall.Done(); len(done) != 2 {
		t.Errorf("done %v", done)
	}
}

func TestAnActionWithoutATicketIsNotKept(t *testing.T) {
	r := start(t, time.Second)
	r.away(t)
	r.page.Send(link.TypeTicketFinish, idFinish, map[string]any{"number": "B012"})
	var p link.Problem
	if r.page.Answer(idFinish, &p); p.Code != "ticket.missing" {
		t.Errorf("got %+v", p)
	}
	r.page.Send(link.TypeTicketArrive, idArrive, []int{1})
	if r.page.Answer(idArrive, &p); p.Code != "message.malformed" {
		t.Errorf("got %+v", p)
	}
	if _, s := agenttest.Open(t, r.counter.Agent().Addr()); s.Pending != nil {
		t.Errorf("a page sees %+v", s.Pending)
	}
}

func TestAnOutboxThatCannotBeReadIsPutAside(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "outbox.json")
	if err := os.WriteFile(path, []byte(`{"actions":[{`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := startIn(t, agenttest.NewHall(t), folder, time.Second)
	_, s := agenttest.Open(t, r.counter.Agent().Addr())
	if s.Pending != nil {
		t.Errorf("kept %+v", s.Pending)
	}
	if _, err := os.Stat(path + ".unreadable"); err != nil {
		t.Errorf("what was there is gone: %v", err)
	}
}

func TestScannedCodesReachThePage(t *testing.T) {
	r := start(t, time.Second)
	scanner := r.fakes.Get("scanner")
	scanner.Event(device.CodeScanned{Text: "  "})
	scanner.Event(device.CodeScanned{Text: strings.Repeat("x", 5000)})
	scanner.Event(device.CodeScanned{Text: "http://hall/t/1\r"})
	var code link.Scanned
	if r.page.Next(link.TypeScanned, &code); code.Text != "http://hall/t/1" {
		t.Errorf("got %q", code.Text)
	}
}

// Ticks on materials are always all of a visit's, so the latest stand for those
// before; a page that is loaded anew still shows them.
func TestTheLatestTicksStandForThoseBefore(t *testing.T) {
	r := start(t, time.Second)
	r.away(t)
	see := func(id string, seen ...string) {
		r.page.Send(link.TypeTicketMaterials, id, link.SeeMaterials{Ticket: "t", Seen: seen})
		if m := r.page.Answer(id, nil); m.Type != link.TypeAnswer {
			t.Fatalf("got %s %s", m.Type, m.Body)
		}
	}
	see("ticks-1-0123456789abcdef", "身份证")
	see("ticks-2-0123456789abcdef", "身份证", "申请表")
	r.page.Send(link.TypeTicketArrive, idArrive, link.TicketRef{Ticket: "t"})
	r.page.Answer(idArrive, nil)
	see("ticks-3-0123456789abcdef", "申请表")
	_, s := agenttest.Open(t, r.counter.Agent().Addr())
	if s.Pending == nil || len(s.Pending.Actions) != 3 {
		t.Fatalf("a reloaded page sees %+v", s.Pending)
	}
	if a := s.Pending.Actions; !slices.Equal(a[0].Seen, []string{"身份证", "申请表"}) || !slices.Equal(a[2].Seen, []string{"申请表"}) {
		t.Errorf("a reloaded page sees %+v", a)
	}
	r.back(t)
	r.pending(t, func(p link.Pending) bool { return len(p.Actions) == 0 })
	var asked []string
	for _, m := range r.hall.Up(link.TypeTicketMaterials) {
		asked = append(asked, m.ID)
	}
	// The first may have been under way when the second came.
	want := []string{"ticks-2-0123456789abcdef", "ticks-3-0123456789abcdef"}
	if len(asked) > 3 || !slices.Equal(asked[max(0, len(asked)-2):], want) {
		t.Errorf("the hall was asked %v", asked)
	}
}
