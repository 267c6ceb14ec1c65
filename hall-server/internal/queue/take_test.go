package queue_test

import (
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func TestNumbersRunPerSeries(t *testing.T) {
	h := newHall(t)
	for _, tt := range []struct {
		service queue.ServiceID
		want    string
	}{
		{"tax", "A001"}, {"card", "A002"}, {"licence", "B001"}, {"tax", "A003"}, {"licence", "B002"},
	} {
		if got := h.take(tt.service).Number; got != tt.want {
			t.Errorf("%s got number %s, want %s", tt.service, got, tt.want)
		}
	}
}

func TestANumberIsNeverGivenAgainOnItsDay(t *testing.T) {
	h := newHall(t)
	h.do(queue.Cancel{Ticket: h.take("tax").ID})
	h.take("tax")
	missed := h.callNext("1")
	h.verb(queue.VerbNoShow, missed)
	if got := h.take("tax").Number; got != "A003" {
		t.Errorf("got %s after a cancelled and a missed ticket, want A003", got)
	}
}

func TestAUsedUpSeries(t *testing.T) {
	short := func(refuse bool) func(*queue.Config) {
		return func(c *queue.Config) {
			c.Series[0] = queue.Series{ID: "a", Prefix: "A", Digits: 1, First: 1, Last: 2, Refuse: refuse}
		}
	}
	t.Run("grows by a digit", func(t *testing.T) {
		h := newHall(t, short(false))
		var got []string
		for range 10 {
			got = append(got, h.take("tax").Number)
		}
		if want := "A1 A2 A3 A4 A5 A6 A7 A8 A9 A10"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
	t.Run("or refuses with the reason", func(t *testing.T) {
		h := newHall(t, short(true))
		h.take("tax")
		h.take("card")
		r := h.refusal(queue.TakeTicket{ID: "x", Service: "tax", Channel: "name"}, queue.Unavailable, "number.used-up")
		if r.Vars["last"] != "A2" {
			t.Errorf("refusal names %v, want the last number A2", r.Vars)
		}
		h.take("licence") // another series goes on
	})
	t.Run("has an end even when it grows", func(t *testing.T) {
		h := newHall(t, func(c *queue.Config) { c.Series[0] = queue.Series{ID: "a", Prefix: "A", Digits: 1, First: 0, Last: 1} })
		for range 20 { // 0 to 19
			h.take("tax")
		}
		h.refuse(queue.TakeTicket{ID: "x", Service: "tax", Channel: "name"}, queue.Unavailable, "number.used-up")
	})
}

func TestASeriesThatInheritsAPrefixSkipsGivenNumbers(t *testing.T) {
	h := newHall(t)
	for range 3 {
		h.take("tax")
	}
	conf := config()
	conf.Series[0].ID = "renamed"
	conf.Services[0].Series, conf.Services[1].Series = "renamed", "renamed"
	h.do(queue.Configure{Config: conf})
	if got := h.take("tax").Number; got != "A004" {
		t.Errorf("got %s, want A004: A001 to A003 were given by the series' old name", got)
	}
	h.restart()
	if got := h.take("tax").Number; got != "A005" {
		t.Errorf("got %s after a restart, want A005", got)
	}
}

func TestOneLiveTicketPerPersonAndService(t *testing.T) {
	h := newHall(t)
	first := h.takeFor("p1")
	h.do(first)
	r := h.refusal(h.takeFor("p1"), queue.Conflict, "person.has-ticket")
	if r.Vars["number"] != "A001" || r.State != "waiting" || len(r.Allowed) == 0 {
		t.Errorf("refusal %+v doesn't say which ticket, its state and what is allowed", r)
	}
	other := h.takeFor("p1")
	other.Service = "card"
	h.do(other) // another service
	h.do(h.takeFor("p2"))

	ticket := h.s.Tickets[first.ID]
	h.do(queue.CallTicket{Window: "2", Ticket: first.ID})
	h.refuse(h.takeFor("p1"), queue.Conflict, "person.has-ticket")
	h.restart()
	h.refuse(h.takeFor("p1"), queue.Conflict, "person.has-ticket")
	h.verb(queue.VerbNoShow, ticket)
	h.do(h.takeFor("p1")) // a missed one isn't live
}

func TestPersonsWithoutAKeyAreStrangers(t *testing.T) {
	h := newHall(t)
	h.take("tax")
	h.take("tax")
}

func TestTheOneTicketRuleCanBeTurnedOffAndOnAgain(t *testing.T) {
	off := config()
	off.Rules.OneLiveTicket = false
	h := newHall(t)
	h.do(queue.Configure{Config: off})
	a, b := h.takeFor("p1"), h.takeFor("p1")
	h.do(a)
	h.do(b)
	h.do(queue.Configure{Config: config()})
	h.do(queue.Cancel{Ticket: a.ID})
	r := h.refusal(h.takeFor("p1"), queue.Conflict, "person.has-ticket")
	if r.Vars["ticket"] != string(b.ID) {
		t.Errorf("refusal names %v, want the ticket still live", r.Vars)
	}
	h.do(queue.Cancel{Ticket: b.ID})
	h.do(h.takeFor("p1"))
}

func TestTakeRefusals(t *testing.T) {
	long := strings.Repeat("长", 61)
	tests := []struct {
		name string
		edit func(*queue.TakeTicket)
		kind queue.Kind
		code string
	}{
		{"no id", func(c *queue.TakeTicket) { c.ID = "" }, queue.Invalid, "ticket.id"},
		{"an id that is taken", func(c *queue.TakeTicket) { c.ID = "t1" }, queue.Invalid, "ticket.id"},
		{"an unknown service", func(c *queue.TakeTicket) { c.Service = "nope" }, queue.Invalid, "service.unknown"},
		{"an unknown channel", func(c *queue.TakeTicket) { c.Channel = "fax" }, queue.Invalid, "channel.unknown"},
		{"no channel", func(c *queue.TakeTicket) { c.Channel = "" }, queue.Invalid, "channel.unknown"},
		{"an unknown priority", func(c *queue.TakeTicket) { c.Priority = "vip" }, queue.Invalid, "priority.unknown"},
		{"a name that is too long", func(c *queue.TakeTicket) { c.Person.Name = long }, queue.Invalid, "person.invalid"},
		{"a phone that is too long", func(c *queue.TakeTicket) { c.Person.Phone = long }, queue.Invalid, "person.invalid"},
		{"a key that is too long", func(c *queue.TakeTicket) { c.Person.Key = strings.Repeat("k", 201) }, queue.Invalid, "person.invalid"},
		{"a closed service", func(c *queue.TakeTicket) { c.Service = "licence" }, queue.Conflict, "service.closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, func(c *queue.Config) { c.Services[2].Closed = "今天系统维护" })
			h.take("tax")
			cmd := queue.TakeTicket{ID: "new", Service: "tax", Channel: "name"}
			tt.edit(&cmd)
			r := h.refusal(cmd, tt.kind, tt.code)
			if tt.code == "service.closed" && r.Vars["why"] != "今天系统维护" {
				t.Errorf("refusal says %v, want the reason citizens read", r.Vars)
			}
		})
	}
}

func TestAServiceWhoseWindowsAreAllDisabledGivesNoTickets(t *testing.T) {
	h := newHall(t, func(c *queue.Config) { c.Windows[2].Disabled = true })
	r := h.refusal(queue.TakeTicket{ID: "x", Service: "licence", Channel: "name"}, queue.Conflict, "service.closed")
	if r.Vars["why"] != queue.ReasonNoWindow {
		t.Errorf("why = %q, want %q", r.Vars["why"], queue.ReasonNoWindow)
	}
	h.refuse(queue.SignIn{Window: "3", Staff: "x", StaffName: "X"}, queue.Conflict, "window.disabled")
	if got := h.s.OpenWindows("licence"); got != 0 {
		t.Errorf("%d open windows, want 0", got)
	}
	h.do(queue.Configure{Config: config()})
	h.take("licence")
}

func TestAllWaysOfTakingATicket(t *testing.T) {
	h := newHall(t)
	for _, c := range queue.Channels {
		got := h.take("tax", func(cmd *queue.TakeTicket) { cmd.Channel = c })
		if got.Channel != c || got.State != queue.Waiting {
			t.Errorf("taken by %s: %+v", c, got)
		}
	}
}

func TestDueTimes(t *testing.T) {
	slot := morning.Add(2 * time.Hour)
	tests := []struct {
		name string
		edit func(*queue.TakeTicket)
		want queue.Time
	}{
		{"a walk-in is due after the service's target wait", func(*queue.TakeTicket) {}, morning.Add(20 * time.Minute)},
		{"a priority class shortens it", func(c *queue.TakeTicket) { c.Priority = "elderly" }, morning.Add(10 * time.Minute)},
		{"an appointment is due at its slot", func(c *queue.TakeTicket) { c.Channel, c.Slot = "appointment", slot }, slot},
		{"one without a slot is due at once", func(c *queue.TakeTicket) { c.Channel = "appointment" }, morning},
		{"a slot before all time counts as none", func(c *queue.TakeTicket) { c.Channel, c.Slot = "appointment", -5 }, morning},
		{"a slot says nothing for a walk-in", func(c *queue.TakeTicket) { c.Slot = slot }, morning.Add(20 * time.Minute)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t)
			if got := h.take("tax", tt.edit).Due; got != tt.want {
				t.Errorf("due %s, want %s", got.Std(), tt.want.Std())
			}
		})
	}
}

func TestThePromiseCountsThoseWhoAreCalledBefore(t *testing.T) {
	h := newHall(t)
	for i := range 3 {
		if got := h.take("tax").Promise.Ahead; got != i {
			t.Errorf("ticket %d was promised %d ahead, want %d", i+1, got, i)
		}
	}
	elderly := queue.TakeTicket{ID: h.id(), Service: "tax", Channel: "card", Priority: "elderly", Minutes: 7}
	if got := h.s.AheadOf(elderly, h.now); got != 0 {
		t.Errorf("AheadOf = %d for a priority, want 0", got)
	}
	h.do(elderly)
	if got := h.s.Tickets[elderly.ID].Promise; got != (queue.Promise{Ahead: 0, Minutes: 7}) {
		t.Errorf("a priority was promised %+v, want nobody ahead and 7 minutes", got)
	}
	if got := h.s.AheadOf(queue.TakeTicket{Service: "nope"}, h.now); got != 0 {
		t.Errorf("AheadOf = %d for an unknown service, want 0", got)
	}
}
