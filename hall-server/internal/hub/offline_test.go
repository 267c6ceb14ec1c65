package hub_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/hub"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// offline is the n-th ticket that kiosk-1 gave on its own, n minutes before now.
func (f *fixture) offline(n int) link.OfflineTicket {
	return link.OfflineTicket{
		Ticket: fmt.Sprintf("01JDB90000KZ5V0Q3N6T1M%04d", n), Number: fmt.Sprintf("LA%03d", n), Day: "2026-11-23",
		Service: "tax", Channel: link.ChannelPhone, Person: link.Person{Phone: fmt.Sprintf("138%08d", n)},
		IssuedAt: f.core.Now().Add(time.Duration(n-10) * time.Minute).Truncate(time.Millisecond),
	}
}

// upload sends a ticket and reads its receipt.
func (l *line) upload(t link.OfflineTicket) (r link.Received) {
	l.t.Helper()
	l.send(link.TypeTicketOffline, t.Ticket, t)
	m := l.reply(t.Ticket)
	if m.Type != link.TypeReceived {
		l.t.Fatalf("%s: got %s %s", t.Number, m.Type, m.Body)
	}
	l.into(m, &r)
	return r
}

// adopted returns the offline tickets in the order in which they will be called.
func (f *fixture) adopted() (numbers []string) {
	f.core.Read(func(s *queue.State, _ queue.Time) {
		for _, t := range s.Waiting("tax") {
			if t.Offline {
				numbers = append(numbers, t.Number)
			}
		}
	})
	return numbers
}

func (f *fixture) ticket(id string) (t queue.Ticket) {
	f.core.Read(func(s *queue.State, _ queue.Time) {
		if found := s.Tickets[queue.TicketID(id)]; found != nil {
			t = *found
		}
	})
	return t
}

func TestAKiosksSnapshotHasItsOwnSeries(t *testing.T) {
	f := newFixture(t, options{})
	kiosk, snap := f.join(who{role: access.Kiosk, name: "kiosk-1"})
	want := link.OfflineSeriesView{Prefix: "LA", Digits: 3, First: 1, Last: 999, Next: 1, Day: "2026-11-23"}
	if snap.Offline == nil || *snap.Offline != want {
		t.Fatalf("got %+v, want %+v", snap.Offline, want)
	}
	if snap.Hall.DayBegins != "04:00" || snap.Hall.TimeZone == "" {
		t.Errorf("the kiosk can't know the business day from %+v", snap.Hall)
	}
	kiosk.upload(f.offline(7))
	if _, snap := f.join(who{role: access.Kiosk, name: "kiosk-1"}); snap.Offline.Next != 8 {
		t.Errorf("after LA007 the next is %d: a machine with a new disk would repeat numbers", snap.Offline.Next)
	}
	if _, snap := f.join(who{role: access.Kiosk, name: "kiosk-9"}); snap.Offline != nil {
		t.Errorf("a kiosk without a series got %+v", snap.Offline)
	}
	if _, snap := f.join(who{role: access.Display, name: "display-1"}); snap.Offline != nil {
		t.Errorf("a display got %+v", snap.Offline)
	}
}

func TestOfflineTicketsAreMergedByIssueTimeAndOnlyOnce(t *testing.T) {
	f := newFixture(t, options{})
	first, second := f.kiosk("kiosk-1"), f.kiosk("kiosk-2")
	other := f.offline(2)
	other.Ticket, other.Number, other.Person.Phone = "01JDB9ZZZZKZ5V0Q3N6T1M0001", "LB001", "13900000001"
	other.IssuedAt = f.offline(1).IssuedAt.Add(30 * time.Second)
	f.take("online", "tax")
	for range 3 { // however often they are sent
		for n := 1; n <= 3; n++ {
			first.upload(f.ticketAt(n))
		}
		second.upload(other)
	}
	if got, want := f.adopted(), []string{"LA001", "LB001", "LA002", "LA003"}; !slices.Equal(got, want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
	for n := 1; n <= 3; n++ {
		o := f.ticketAt(n)
		got := f.ticket(o.Ticket)
		if got.Taken.Std() != o.IssuedAt.UTC() || got.Person.Phone != "138****"+o.Person.Phone[7:] || got.Kiosk != "kiosk-1" || got.Promise.Ahead > 0 {
			t.Errorf("%s became %+v", o.Number, got)
		}
	}
	// The paper came out at the kiosk; the hall orders none, and is told of it.
	first.send(link.TypePrintDone, "p1", link.PrintDone{
		Job: link.OfflinePrint(f.ticketAt(1).Ticket), Ticket: f.ticketAt(1).Ticket, Outcome: link.PrintPrinted,
	})
	if m := first.reply("p1"); m.Type != link.TypeReceived {
		t.Errorf("got %s %s", m.Type, m.Body)
	}
	if got := f.ticket(f.ticketAt(1).Ticket).Print; got != "printed" {
		t.Errorf("its paper is %q", got)
	}
	if _, snap := f.join(who{role: access.Kiosk, name: "kiosk-1"}); len(snap.Prints) != 0 {
		t.Errorf("the hall orders %+v", snap.Prints)
	}
}

// ticketAt is offline with a time that doesn't move between calls.
func (f *fixture) ticketAt(n int) link.OfflineTicket {
	if f.issued == nil {
		f.issued = map[int]link.OfflineTicket{}
	}
	if _, ok := f.issued[n]; !ok {
		f.issued[n] = f.offline(n)
	}
	return f.issued[n]
}

func TestWhatCanNeverBeAdoptedIsReceivedAndShownOnTheBoard(t *testing.T) {
	f := newFixture(t, options{})
	kiosk := f.kiosk("kiosk-1")
	kiosk.upload(f.offline(1))
	board := f.board()
	for name, tt := range map[string]struct {
		change func(*link.OfflineTicket)
		code   string
	}{
		"yesterday's":          {func(o *link.OfflineTicket) { o.IssuedAt = o.IssuedAt.AddDate(0, 0, -1) }, "offline.day"},
		"a number given again": {func(o *link.OfflineTicket) { o.Number = "LA001" }, "offline.number"},
		"another's series":     {func(o *link.OfflineTicket) { o.Number = "LB002" }, "offline.number"},
		"no such service":      {func(o *link.OfflineTicket) { o.Service = "moon" }, "service.unknown"},
		"no such channel":      {func(o *link.OfflineTicket) { o.Channel = "star" }, "channel.unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			o := f.offline(2)
			o.Ticket += name[:1]
			tt.change(&o)
			kiosk.upload(o)
			board.until("the trouble "+tt.code, func(m link.Message) bool {
				var a link.AgentView
				return m.Type == link.TypeAgentChanged && m.Into(&a) == nil && a.ID == "kiosk-1" &&
					slices.ContainsFunc(a.Troubles, func(x link.TroubleView) bool {
						return x.Code == tt.code && x.Detail != "" && x.Advice != "" && !x.Since.IsZero()
					})
			})
		})
	}
	if got := f.adopted(); !slices.Equal(got, []string{"LA001"}) {
		t.Errorf("adopted %v", got)
	}
}

func TestWhatIsNoOfflineTicketIsRefused(t *testing.T) {
	f := newFixture(t, options{})
	kiosk, display := f.kiosk("kiosk-1"), f.display("display-1")
	good := f.offline(1)
	display.refused("link.unsupported", link.TypeTicketOffline, good.Ticket, good)
	kiosk.refused("link.malformed", link.TypeTicketOffline, "another-id", good)
	kiosk.refused("link.malformed", link.TypeTicketOffline, good.Ticket, []int{1})
	if got := f.adopted(); len(got) != 0 {
		t.Errorf("adopted %v", got)
	}
}

func TestAnUnansweredTicketGivesWayToTheOneThatWasPrinted(t *testing.T) {
	f := newFixture(t, options{})
	kiosk := f.kiosk("kiosk-1")
	o := f.offline(1)
	// The hall has done the command, but its answer never arrived.
	a := kiosk.ask(link.TypeTicketTake, "key-1", link.TakeTicket{Service: "tax", Channel: link.ChannelPhone, Person: o.Person, Print: true})
	o.Replaces = "key-1"
	for range 2 {
		if r := kiosk.upload(o); r.Withdrawn != a.Ticket.ID {
			t.Errorf("withdrawn is %q, want %s", r.Withdrawn, a.Ticket.ID)
		}
	}
	if got := f.ticket(a.Ticket.ID).State; got != queue.Cancelled {
		t.Errorf("the ticket that nobody holds is %s", got)
	}
	if got := f.adopted(); !slices.Equal(got, []string{"LA001"}) {
		t.Errorf("adopted %v", got)
	}

	// The hall has not done the command, and must not do it any more.
	never := f.offline(2)
	never.Replaces = "key-2"
	for range 2 {
		if r := kiosk.upload(never); r.Withdrawn != "" {
			t.Errorf("withdrawn is %q", r.Withdrawn)
		}
	}
	kiosk.refused("key.reused", link.TypeTicketTake, "key-2", link.TakeTicket{Service: "tax", Channel: link.ChannelPhone, Person: never.Person, Print: true})
	if got := f.adopted(); !slices.Equal(got, []string{"LA001", "LA002"}) {
		t.Errorf("adopted %v", got)
	}
}

func TestAClockThatIsOffIsShownUntilItIsRight(t *testing.T) {
	f := newFixture(t, options{})
	board := f.board()
	l := f.dial("/link", who{role: access.Kiosk, name: "kiosk-1"})
	hello, err := link.New(link.TypeHello, time.Now().Add(7*time.Minute), link.Hello{
		Versions: [2]int{1, link.Version}, Agent: "kiosk-1", Role: link.RoleKiosk,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.ws.WriteJSON(hello); err != nil {
		t.Fatal(err)
	}
	clock := func(m link.Message) (a link.AgentView, off bool) {
		if m.Type != link.TypeAgentChanged || m.Into(&a) != nil || a.ID != "kiosk-1" {
			return a, false
		}
		return a, slices.ContainsFunc(a.Troubles, func(x link.TroubleView) bool { return x.Code == "clock.off" })
	}
	board.until("the trouble", func(m link.Message) bool {
		a, off := clock(m)
		return off && (time.Duration(a.ClockOffsetMillis)*time.Millisecond-7*time.Minute).Abs() < 5*time.Second
	})
	beat := []byte(strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
	if err := l.ws.WriteControl(websocket.PingMessage, beat, time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	board.until("the end of it", func(m link.Message) bool {
		a, off := clock(m)
		return a.ID != "" && !off && a.ClockOffsetMillis > 0 && a.ClockOffsetMillis < 70_000
	})
}

func FuzzHeartbeat(f *testing.F) {
	for _, seed := range []string{"", "1795312800000", "-1", "0", "99999999999999999999", "noon", "253402300800000"} {
		f.Add(seed)
	}
	now := time.Now()
	f.Fuzz(func(t *testing.T, data string) {
		skew, ok := hub.Skew(data, now)
		if at := now.Add(skew); ok && (at.Year() < 1970 || at.Year() > 9999) {
			t.Errorf("heartbeat %q says %v", data, at)
		}
	})
}
