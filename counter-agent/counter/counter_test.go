package counter_test

import (
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"smarthall/counter-agent/counter"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a counter in its surroundings.
type rig struct {
	counter *counter.Counter
	hall    *agenttest.Hall
	fakes   agenttest.Devices
	page    *agenttest.Page
	stop    func()
}

// start starts a counter whose window has t, number B012, in front.
func start(t *testing.T, wait time.Duration) *rig {
	t.Helper()
	hall := agenttest.NewHall(t)
	hall.SetSnapshot(link.Snapshot{Windows: []link.WindowView{{ID: "3", Ticket: &link.TicketView{ID: "t", Number: "B012"}}}})
	r := startIn(t, hall, t.TempDir(), wait)
	agenttest.WaitFor(t, "link and devices are up", func() bool {
		for _, d := range r.counter.Agent().Devices.All() {
			if d.State() != device.Online {
				return false
			}
		}
		return r.counter.Agent().Client.Online()
	})
	page, s := agenttest.Open(t, r.counter.Agent().Addr())
	if s.Window != "3" || s.Role != link.RoleCounter || s.Pending != nil {
		t.Errorf("the page's snapshot is %+v", s)
	}
	r.page = page
	return r
}

// startIn starts a counter of the hall that keeps its files in folder.
func startIn(t *testing.T, hall *agenttest.Hall, folder string, wait time.Duration) *rig {
	t.Helper()
	r := &rig{hall: hall}
	r.hall.OnCommand(func(m link.Message) (link.Type, any) {
		var ref link.TicketRef
		if err := m.Into(&ref); err != nil {
			return link.TypeError, link.Problem{Status: 400, Code: "bad"}
		}
		return link.TypeAnswer, link.Answer{Ticket: &link.TicketView{ID: ref.Ticket, Number: "N-" + ref.Ticket}}
	})
	c, err := counter.New(counter.Options{
		Config: &agent.Config{
			Agent: "counter-1", Hall: r.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0",
			Data: folder, Window: "3", RatingWait: wait,
			Devices: []device.Config{{ID: "pad", Profile: "pad"}, {ID: "reader", Profile: "id-reader"}, {ID: "scanner", Profile: "scanner"}},
		},
		Open: r.fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.counter = c
	r.stop = agenttest.Start(t, c, c.Agent().Ready())
	return r
}

func (r *rig) away(t *testing.T) {
	t.Helper()
	r.hall.SetAway(true)
	agenttest.WaitFor(t, "the link is down", func() bool { return !r.counter.Agent().Client.Online() })
}

func TestCommandsAreRelayedWithTheirBody(t *testing.T) {
	r := start(t, time.Second)
	for _, tt := range []struct {
		t    link.Type
		body any
		want string
	}{
		{link.TypeWindowSignIn, link.SignIn{Staff: "li", Password: "p"}, `{"staff":"li","password":"p"}`},
		{link.TypeWindowSignOut, nil, ""},
		{link.TypeWindowPause, link.Pause{Text: "午休"}, `{"text":"午休"}`},
		{link.TypeWindowContinue, nil, ""},
		{link.TypeWindowCallNext, nil, ""},
		{link.TypeWindowCall, link.CallTicket{Ticket: "t", Reason: "老人"}, `{"ticket":"t","reason":"老人"}`},
		{link.TypeTicketRecall, link.TicketRef{Ticket: "t"}, `{"ticket":"t"}`},
		{link.TypeTicketArrive, link.TicketRef{Ticket: "t"}, `{"ticket":"t"}`},
		{link.TypeTicketNoShow, link.TicketRef{Ticket: "t"}, `{"ticket":"t"}`},
		{link.TypeTicketPutBack, link.TicketRef{Ticket: "t"}, `{"ticket":"t"}`},
		{link.TypeTicketFinish, link.FinishTicket{Ticket: "t"}, `{"ticket":"t"}`},
		{link.TypeTicketTransfer, link.TransferTicket{Ticket: "t", Service: "tax", Place: "front"}, `{"ticket":"t","service":"tax","place":"front"}`},
		{link.TypeTicketPark, link.ParkTicket{Ticket: "t", Reason: "补签字", Minutes: 20}, `{"ticket":"t","reason":"补签字","minutes":20}`},
		{link.TypeTicketResume, link.ResumeTicket{Ticket: "t", Back: true}, `{"ticket":"t","back":true}`},
		{link.TypeTicketRejoin, link.TicketRef{Ticket: "t"}, `{"ticket":"t"}`},
		{link.TypeTicketReprint, link.ReprintTicket{Ticket: "t", Kiosk: "kiosk-2"}, `{"ticket":"t","kiosk":"kiosk-2"}`},
		{link.TypeTicketFind, link.FindTicket{Text: "B012"}, `{"text":"B012"}`},
		{link.TypeTicketCancel, link.CancelTicket{Ticket: "t", Reason: "r"}, `{"ticket":"t","reason":"r"}`},
	} {
		t.Run(string(tt.t), func(t *testing.T) {
			r.page.Send(tt.t, "1", tt.body)
			if m := r.page.Answer("1", nil); m.Type != link.TypeAnswer {
				t.Fatalf("got %s %s", m.Type, m.Body)
			}
			up := r.hall.Up(tt.t)
			if len(up) != 1 || string(up[0].Body) != tt.want {
				t.Errorf("the hall got %+v, want body %s", up, tt.want)
			}
		})
	}
}

func TestOnlyTheClerksCommandsAreRelayed(t *testing.T) {
	r := start(t, time.Second)
	for _, typ := range []link.Type{link.TypeTicketTake, link.TypeTicketRate, link.TypePrintDone, link.TypeHello, "moon.rise"} {
		r.page.Send(typ, "1", nil)
		var p link.Problem
		r.page.Answer("1", &p)
		if p.Code != "message.unsupported" {
			t.Errorf("%s got %+v", typ, p)
		}
		if n := len(r.hall.Up(typ)); n != 0 {
			t.Errorf("%s reached the hall", typ)
		}
	}
}

func TestHallAway(t *testing.T) {
	r := start(t, time.Second)
	r.away(t)
	began := time.Now()
	r.page.Send(link.TypeWindowCallNext, "1", nil)
	var p link.Problem
	r.page.Answer("1", &p)
	if p.Code != "link.away" || p.Detail != "与大厅服务器的连接中断，请稍候重试，办理内容不会丢失" {
		t.Errorf("got %+v", p)
	}
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("call-next waited %v for a hall that is away", d)
	}
	r.page.Send(link.TypeTicketFinish, "2", link.FinishTicket{Ticket: "t"})
	r.hall.SetAway(false)
	if m := r.page.Answer("2", nil); m.Type != link.TypeAnswer {
		t.Errorf("finish, which may wait a moment, got %s %s", m.Type, m.Body)
	}
	if n := len(r.hall.Up(link.TypeWindowCallNext)); n != 0 {
		t.Error("the failed call-next came late")
	}
}

func TestFinishAsksForTheRating(t *testing.T) {
	r := start(t, time.Minute)
	r.page.Send(link.TypeTicketFinish, "1", link.FinishTicket{Ticket: "t1"})
	var asked link.RatingAsked
	r.page.Next(link.TypeRatingAsked, &asked)
	if asked.Ticket != "t1" || asked.Number != "N-t1" || time.Until(asked.Until) > 61*time.Second || time.Until(asked.Until) < 5*time.Second {
		t.Errorf("got %+v", asked)
	}
	r.fakes.Get("pad").Keys <- 4
	var given link.RatingGiven
	r.page.Next(link.TypeRatingGiven, &given)
	if given != (link.RatingGiven{Ticket: "t1", Score: 4}) {
		t.Errorf("got %+v", given)
	}
	var rate link.RateTicket
	if err := r.hall.Up(link.TypeTicketRate)[0].Into(&rate); err != nil {
		t.Fatal(err)
	}
	if rate != (link.RateTicket{Ticket: "t1", Score: 4, Via: "pad"}) {
		t.Errorf("the hall got %+v", rate)
	}
}

func TestRefusedFinishAsksNobody(t *testing.T) {
	r := start(t, time.Minute)
	r.hall.OnCommand(func(link.Message) (link.Type, any) {
		return link.TypeError, link.Problem{Status: 409, Code: "ticket.wrong-state", Detail: "该号码尚未开始办理"}
	})
	r.page.Send(link.TypeTicketFinish, "1", link.FinishTicket{Ticket: "t1"})
	r.page.Answer("1", nil)
	select {
	case r.fakes.Get("pad").Keys <- 5:
		t.Error("the pad asks for a ticket that isn't finished")
	case <-time.After(50 * time.Millisecond):
	}
}

func TestRatingMissed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(*rig)
		want   string
	}{
		{"nobody presses", func(*rig) {}, "群众没有评价"},
		{"the pad is away", func(r *rig) { r.fakes.Get("pad").State(device.Offline) }, "评价器未就绪，请检查评价器的数据线"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t, 50*time.Millisecond)
			tt.before(r)
			r.page.Send(link.TypeTicketFinish, "1", link.FinishTicket{Ticket: "t1"})
			var missed link.RatingMissed
			r.page.Next(link.TypeRatingMissed, &missed)
			if missed.Ticket != "t1" || missed.Detail != tt.want {
				t.Errorf("got %+v", missed)
			}
			if n := len(r.hall.Up(link.TypeTicketRate)); n != 0 {
				t.Errorf("the hall got %d ratings", n)
			}
		})
	}
}

func TestScoreOutsideTheScaleIsNoRating(t *testing.T) {
	r := start(t, time.Minute)
	r.page.Send(link.TypeTicketFinish, "1", link.FinishTicket{Ticket: "t1"})
	r.fakes.Get("pad").Keys <- 9
	r.page.Next(link.TypeRatingMissed, nil)
	if n := len(r.hall.Up(link.TypeTicketRate)); n != 0 {
		t.Errorf("the hall got %d ratings", n)
	}
}

func TestRatingCanBeAskedForAgain(t *testing.T) {
	r := start(t, time.Minute)
	r.page.Send(link.TypeRatingAsk, "1", link.TicketRef{})
	var p link.Problem
	r.page.Answer("1", &p)
	if p.Code != "ticket.missing" {
		t.Errorf("without a ticket got %+v", p)
	}
	r.page.Send(link.TypeRatingAsk, "2", link.TicketRef{Ticket: "t1"})
	r.fakes.Get("pad").Keys <- 5
	var given link.RatingGiven
	r.page.Next(link.TypeRatingGiven, &given)
	if given.Score != 5 || given.Ticket != "t1" {
		t.Errorf("got %+v", given)
	}
}

func TestNextRatingEndsTheOneBefore(t *testing.T) {
	r := start(t, time.Minute)
	r.page.Send(link.TypeTicketFinish, "1", link.FinishTicket{Ticket: "t1"})
	r.page.Next(link.TypeRatingAsked, nil)
	r.page.Send(link.TypeTicketFinish, "2", link.FinishTicket{Ticket: "t2"})
	var missed link.RatingMissed
	r.page.Next(link.TypeRatingMissed, &missed)
	if missed.Ticket != "t1" {
		t.Errorf("missed %+v", missed)
	}
	r.fakes.Get("pad").Keys <- 3
	var given link.RatingGiven
	r.page.Next(link.TypeRatingGiven, &given)
	if given.Ticket != "t2" {
		t.Errorf("given %+v", given)
	}
}

func TestRatingWaitsForTheHall(t *testing.T) {
	r := start(t, 20*time.Second)
	r.page.Send(link.TypeTicketFinish, "1", link.FinishTicket{Ticket: "t1"})
	r.page.Next(link.TypeRatingAsked, nil)
	r.away(t)
	r.fakes.Get("pad").Keys <- 5
	r.page.Next(link.TypeRatingGiven, nil)
	r.hall.SetAway(false)
	agenttest.WaitFor(t, "the rating", func() bool { return len(r.hall.Up(link.TypeTicketRate)) == 1 })
}

func TestRefusedRatingIsToldToTheClerk(t *testing.T) {
	r := start(t, time.Minute)
	r.hall.OnCommand(func(m link.Message) (link.Type, any) {
		if m.Type == link.TypeTicketRate {
			return link.TypeError, link.Problem{Status: 409, Code: "ticket.rated", Detail: "已评价"}
		}
		return link.TypeAnswer, link.Answer{}
	})
	r.page.Send(link.TypeTicketFinish, "1", link.FinishTicket{Ticket: "t1"})
	r.fakes.Get("pad").Keys <- 5
	var missed link.RatingMissed
	r.page.Next(link.TypeRatingMissed, &missed)
	if missed.Detail != "已评价" || missed.Ticket != "t1" {
		t.Errorf("got %+v", missed)
	}
}

func TestCardIsShownMasked(t *testing.T) {
	r := start(t, time.Second)
	r.fakes.Get("reader").Event(device.CardPresent{Identity: device.Identity{
		Kind: device.Foreigner2023, LatinName: "SMITH JOHN", Number: "911124198108030024",
		ValidUntil: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
	}})
	var read link.CardRead
	r.page.Next(link.TypeCardRead, &read)
	if read.Name != "S* J*" || read.Number != "9****************4" || !read.Expired || read.Elderly || read.KindName != "外国人永久居留身份证" {
		t.Errorf("got %+v", read)
	}
	if _, s := agenttest.Open(t, r.counter.Agent().Addr()); s.Card == nil || s.Card.Session != read.Session {
		t.Errorf("a reloaded page sees %+v", s.Card)
	}
	r.fakes.Get("reader").Event(device.CardRemoved{})
	r.page.Next(link.TypeCardRemoved, nil)
	r.fakes.Get("reader").Event(device.CardFailed{Cause: device.ErrTimeout})
	r.page.Next(link.TypeCardFailed, nil)
	if _, s := agenttest.Open(t, r.counter.Agent().Addr()); s.Card != nil {
		t.Errorf("without a card a page sees %+v", s.Card)
	}
}
