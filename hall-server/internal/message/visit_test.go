package message_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
)

func TestAVisitIsToldStepByStep(t *testing.T) {
	h := newHall(t)
	id := h.take("tax", phone(1))
	h.callNext("1")
	h.wantTold(id, "called.1 accepted")
	if m := h.messages(id)[0]; m.Text != "【示范大厅】请 A001 号到 1 号窗口办理。" || m.Masked != "138****0001" ||
		m.Provider != message.ProviderOutbox || m.Version != 1 || m.Channel != message.SMS || m.Attempts != 1 {
		t.Errorf("the call is told as %+v", m)
	}
	h.verb(queue.VerbRecall, id)
	h.wantTold(id, "called.1 accepted, recalled.2 accepted")
	h.verb(queue.VerbNoShow, id)
	h.wantTold(id, "called.1 accepted, missed.2 accepted, recalled.2 accepted")
}

func TestWhoComesBackFromParkingIsToldEachTime(t *testing.T) {
	h := newHall(t)
	id := h.take("tax", phone(1))
	h.callNext("1")
	h.wantTold(id, "called.1 accepted")
	var now queue.Time
	h.Read(func(_ *queue.State, at queue.Time) { now = at })
	h.do(queue.Park{Ticket: id, Reason: "补材料", Until: now.Add(10 * time.Minute)})
	h.idle()
	h.wantTold(id, "called.1 accepted")
	h.pass(10 * time.Minute) // the deadline brings it back by itself
	h.wantTold(id, "called.1 accepted, returned.1 accepted")
	if text := h.messages(id)[1].Text; text != "【示范大厅】A001 号已恢复排队，前面还有 0 位，请留意叫号。" {
		t.Errorf("told %q", text)
	}
	h.callNext("1")
	h.wantTold(id, "called.1 accepted, called.2 accepted, returned.1 accepted")
	h.do(queue.Park{Ticket: id, Reason: "再补"})
	h.do(queue.Resume{Ticket: id, Back: true})
	h.wantTold(id, "called.1 accepted, called.2 accepted, returned.1 accepted, returned.2 accepted")
	h.callNext("1")
	h.do(queue.Park{Ticket: id, Reason: "又补"})
	h.do(queue.Resume{Ticket: id, Window: "1"}) // is at the window
	h.idle()
	if told := h.told(id); strings.Contains(told, "returned.3") {
		t.Errorf("told %s", told)
	}
}

func TestWhoIsServedIsToldNothingMore(t *testing.T) {
	h := newHall(t)
	id := h.take("tax", phone(1))
	h.callNext("1")
	h.wantTold(id, "called.1 accepted")
	h.verb(queue.VerbArrive, id)
	h.do(queue.Finish{Ticket: id})
	h.idle()
	h.wantTold(id, "called.1 accepted")
}

func TestThoseWithoutAPhoneAreLeftAlone(t *testing.T) {
	h := newHall(t)
	id := h.take("tax", "")
	h.callNext("1")
	h.idle()
	h.wantTold(id, "")
}

func TestATurnThatComesNearIsToldOnceAndOnlyAsNews(t *testing.T) {
	h := newHall(t)
	var ids []queue.TicketID
	for n := range 7 {
		ids = append(ids, h.take("tax", phone(n)))
	}
	h.idle()
	for _, id := range ids {
		h.wantTold(id, "")
	}
	h.callNext("1") // A001: now 3 are before A005
	h.wantTold(ids[0], "called.1 accepted")
	h.wantTold(ids[4], "soon.0 accepted")
	if text := h.messages(ids[4])[0].Text; !strings.Contains(text, "您前面还有 3 位") {
		t.Errorf("told %q", text)
	}
	h.verb(queue.VerbArrive, ids[0])
	h.do(queue.Finish{Ticket: ids[0]})
	h.callNext("1")
	h.wantTold(ids[5], "soon.0 accepted")
	h.idle()
	h.wantTold(ids[2], "") // knew from the beginning that it is near
	h.wantTold(ids[4], "soon.0 accepted")
	h.wantTold(ids[6], "")
}

func TestWhatHappenedWhileMessagesWereAwayIsToldAfterwards(t *testing.T) {
	h := newHall(t)
	missed, called := h.take("tax", phone(1)), h.take("tax", phone(2))
	gone := h.take("card", phone(3))
	h.idleless()
	h.callNext("1")
	h.verb(queue.VerbNoShow, missed)
	h.callNext("1")
	h.do(queue.CallTicket{Window: "2", Ticket: gone})
	h.verb(queue.VerbArrive, gone)
	h.restart()
	h.wantTold(missed, "missed.1 accepted")
	h.wantTold(called, "called.1 accepted")
	h.idleAt(gone)
	h.wantTold(gone, "") // is at the window: a call would be no news
}

// wantTried waits until a ticket's first message was tried in vain.
func (h *hall) wantTried(id queue.TicketID) {
	h.Helper()
	h.eventually(func() bool { ms := h.messages(id); return len(ms) > 0 && ms[0].Reason != "" }, func() string { return "the first try" })
}

// idleless ends the messages while the queue goes on.
func (h *hall) idleless() { h.stopMessages() }

// idleAt frees window 2 and waits as idle does.
func (h *hall) idleAt(id queue.TicketID) {
	h.Helper()
	h.do(queue.Finish{Ticket: id})
	h.idle()
}

// TestNoMessageIsDoubledOrLostOverRestarts runs visits while messages are
// stopped again and again at random moments and the gateway is moody, then
// compares what the gateway was told with what happened.
func TestNoMessageIsDoubledOrLostOverRestarts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	g := newGateway(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n%3 == 0 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(`{"code":"0"}`))
	})
	h := newHall(t, g.by)
	h.retry.Tries = 1000
	h.restart()
	want := make(map[string]queue.TicketID) // who was called, by the call's text
	for n := range 40 {
		id := h.take("tax", phone(n))
		if h.callNext("1") != id {
			t.Fatal("another ticket was called")
		}
		want[fmt.Sprintf("【示范大厅】请 A%03d 号到 1 号窗口办理。", n+1)] = id
		switch random.IntN(4) {
		case 0:
			h.restart()
		case 1:
			h.stopMessages()
			h.run()
		case 2:
			time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		}
		h.pass(21 * time.Second) // what a crash left under way is due again
		h.eventually(func() bool { h.pass(100 * time.Millisecond); return h.told(id) == "called.1 accepted" }, func() string { return h.told(id) })
		h.verb(queue.VerbArrive, id)
		h.do(queue.Finish{Ticket: id})
	}
	ids := make(map[string]map[string]bool) // the ids that a text came with
	for _, o := range g.orders() {
		if ids[o.Text] == nil {
			ids[o.Text] = make(map[string]bool)
		}
		ids[o.Text][o.ID] = true
	}
	for text, id := range want {
		if len(ids[text]) != 1 {
			t.Errorf("%s: the gateway has it under %d ids, want one", text, len(ids[text]))
		}
		if list := h.messages(id); len(list) != 1 || !ids[text][list[0].ID] {
			t.Errorf("%s: the table has %+v", text, list)
		}
	}
	if len(ids) != len(want) {
		t.Errorf("the gateway got %d texts, want %d", len(ids), len(want))
	}
}

func TestAMessageWhoseMomentHasPassedIsDropped(t *testing.T) {
	g := newGateway(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		http.Error(w, "down", http.StatusBadGateway)
	})
	h := newHall(t, g.by)
	h.retry = message.Retry{First: time.Minute, Most: time.Minute, Tries: 100}
	h.restart()
	id := h.take("tax", phone(1))
	h.callNext("1")
	h.wantTold(id, "called.1 pending")
	h.wantTried(id)
	h.verb(queue.VerbArrive, id)
	h.pass(time.Minute)
	h.wantTold(id, "called.1 dropped")
	if m := h.messages(id)[0]; m.Reason != "时机已过，没有发送" || len(g.orders()) != 1 {
		t.Errorf("%+v after %d orders", m, len(g.orders()))
	}
}

func TestAMessageIsOfNoUseForEver(t *testing.T) {
	g := newGateway(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		http.Error(w, "down", http.StatusBadGateway)
	})
	h := newHall(t, g.by)
	h.retry = message.Retry{First: time.Minute, Most: time.Minute, Tries: 1000}
	h.restart()
	id := h.take("tax", phone(1))
	h.callNext("1")
	h.wantTold(id, "called.1 pending")
	h.wantTried(id)
	h.pass(16 * time.Minute)
	h.wantTold(id, "called.1 dropped")
}

func TestTheDaysEndDropsWhatIsLeft(t *testing.T) {
	g := newGateway(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		http.Error(w, "down", http.StatusBadGateway)
	})
	h := newHall(t, g.by)
	h.retry = message.Retry{First: time.Minute, Most: time.Minute, Tries: 1000}
	h.restart()
	id := h.take("tax", phone(1))
	h.callNext("1")
	h.wantTold(id, "called.1 pending")
	h.wantTried(id)
	h.pass(24 * time.Hour)
	h.do(queue.Tick{})
	h.wantTold(id, "called.1 dropped")
	h.eventually(func() bool { m := h.messages(id)[0]; return m.To == "" && m.Person == "" }, func() string {
		return "yesterday's number is forgotten"
	})
}

func TestASlowGatewayHoldsNobodyUp(t *testing.T) {
	release := make(chan struct{})
	g := newGateway(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	h := newHall(t, g.by, func(s *message.Settings) { s.SMS.Gateway.Timeout = time.Minute })
	defer close(release)
	for n := range 20 {
		id := h.take("tax", phone(n))
		h.callNext("1")
		h.wantTold(id, "called.1 pending")
		h.verb(queue.VerbArrive, id)
		h.do(queue.Finish{Ticket: id})
	}
	h.eventually(func() bool { return len(g.orders()) == 8 }, func() string {
		return fmt.Sprintf("%d orders are under way, want as many as there are senders", len(g.orders()))
	})
	begun := time.Now()
	h.stopMessages()
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("stopping took %s", took)
	}
}

func TestNumbersStayUnreadable(t *testing.T) {
	g := newGateway(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		_, _ = w.Write([]byte(`{"code":"1001","message":"13800000042 is no number"}`))
	})
	h := newHall(t, g.by)
	id := h.take("tax", phone(42))
	h.callNext("1")
	h.eventually(func() bool { h.pass(time.Second); return h.told(id) == "called.1 failed" }, func() string { return h.told(id) })
	if m := h.messages(id)[0]; m.Reason != "138****0042 is no number" {
		t.Errorf("the reason is %q", m.Reason)
	}
	orders := g.orders()
	if last := orders[len(orders)-1]; last.Phone != phone(42) {
		t.Errorf("the gateway was given %q", last.Phone)
	}
	h.close()
	for name, text := range map[string]string{"log": h.log.String(), "database": h.read()} {
		if text == "" || strings.Contains(text, phone(42)) {
			t.Errorf("the %s has the number, or is empty", name)
		}
	}
	if p := message.Phone(phone(42)); fmt.Sprintf("%v %+v %#v %s", p, p, p, p) != strings.TrimSpace(strings.Repeat("138****0042 ", 4)) {
		t.Errorf("a phone prints as %v %#v", p, p)
	}
}

func TestACitizensChoiceHolds(t *testing.T) {
	h := newHall(t)
	choose := func(id queue.TicketID, wanted bool) {
		t.Helper()
		var day queue.Day
		h.Read(func(s *queue.State, _ queue.Time) { day = s.Day })
		if err := h.service.Choose(context.Background(), message.Choice{Ticket: id, Day: day, Channel: message.SMS, Wanted: wanted}); err != nil {
			t.Fatal(err)
		}
	}
	offer := func(id queue.TicketID, want string) {
		t.Helper()
		h.Read(func(s *queue.State, _ queue.Time) {
			possible, wanted := h.service.Offer(s.Tickets[id], "A", message.SMS)
			if got := fmt.Sprint(possible, wanted); got != want {
				t.Errorf("offered %s, want %s", got, want)
			}
		})
	}
	off, back, none := h.take("tax", phone(1)), h.take("tax", phone(2)), h.take("tax", "")
	offer(off, "true true")
	offer(none, "false false")
	choose(off, false)
	choose(back, false)
	offer(off, "true false")
	h.restart()
	h.idle()
	offer(off, "true false")
	h.callNext("1")
	h.idle()
	h.verb(queue.VerbNoShow, off)
	choose(back, true)
	h.callNext("1")
	h.wantTold(back, "called.1 accepted")
	h.wantTold(off, "")
}

func TestChannelsEventsAndZonesAreSwitchedSeparately(t *testing.T) {
	tests := []struct {
		name string
		edit func(*message.Settings)
		want string
	}{
		{"both", func(s *message.Settings) { s.WeChat.On, s.WeChat.Unasked = true, true }, "called.1 accepted, called.1 accepted"},
		{"none", func(s *message.Settings) { s.SMS.On = false }, ""},
		{"WeChat only", func(s *message.Settings) { s.SMS.On, s.WeChat.On, s.WeChat.Unasked = false, true, true }, "called.1 accepted"},
		{"WeChat if asked for", func(s *message.Settings) { s.SMS.On, s.WeChat.On = false, true }, ""},
		{"not for calls", func(s *message.Settings) { s.SMS.Events = []message.Event{message.Missed} }, ""},
		{"in this zone", func(s *message.Settings) { s.SMS.Zones = []string{"A"} }, "called.1 accepted"},
		{"in another zone", func(s *message.Settings) { s.SMS.Zones = []string{"B"} }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, tt.edit)
			id := h.take("tax", phone(1))
			h.callNext("1")
			if tt.want == "" {
				time.Sleep(250 * time.Millisecond) // longer than changes are gathered
			}
			h.wantTold(id, tt.want)
		})
	}
}

func TestADaysQuotas(t *testing.T) {
	h := newHall(t, func(s *message.Settings) { s.PerPhone, s.PerHall = 2, 3 })
	visit := func(number int, want string) string {
		t.Helper()
		id := h.take("tax", phone(number))
		h.callNext("1")
		h.wantTold(id, want)
		h.verb(queue.VerbArrive, id)
		h.do(queue.Finish{Ticket: id})
		return h.messages(id)[0].Reason
	}
	visit(1, "called.1 accepted")
	visit(1, "called.1 accepted")
	if why := visit(1, "called.1 dropped"); why != "该号码今天的消息已达上限" {
		t.Errorf("the third to one phone: %s", why)
	}
	h.restart() // what was sent still counts
	visit(2, "called.1 accepted")
	if why := visit(3, "called.1 dropped"); why != "大厅今天的消息已达上限" {
		t.Errorf("the fourth of the hall: %s", why)
	}
}

func TestStaffSendAgainWhatFailed(t *testing.T) {
	var good bool
	g := newGateway(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if good = n > 1; good {
			_, _ = w.Write([]byte(`{"code":"0"}`))
			return
		}
		_, _ = w.Write([]byte(`{"code":"1001"}`))
	})
	h := newHall(t, g.by)
	id := h.take("tax", phone(1))
	h.callNext("1")
	h.wantTold(id, "called.1 failed")
	if _, err := h.service.Again(t.Context(), h.messages(id)[0].ID); err != nil {
		t.Fatal(err)
	}
	h.wantTold(id, "called.1 accepted")
	if _, err := h.service.Again(t.Context(), h.messages(id)[0].ID); err == nil {
		t.Error("an accepted message was sent again")
	}
	if _, err := h.service.Again(t.Context(), "nope"); err == nil {
		t.Error("an unknown message was sent again")
	}
	if orders := g.orders(); len(orders) != 2 || orders[0].ID != orders[1].ID {
		t.Errorf("the gateway got %+v, want one message twice", orders)
	}
}
