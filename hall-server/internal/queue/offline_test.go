package queue_test

import (
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func adopt(h *hall, number string, issued queue.Time) queue.AdoptTicket {
	return queue.AdoptTicket{ID: h.id(), Number: number, Service: "tax", Channel: "card", Kiosk: "kiosk-1", Issued: issued}
}

func TestTicketsOfAKioskOnItsOwnAreMergedByIssueTime(t *testing.T) {
	h := newHall(t, allRules)
	h.take("tax") // A001 at 09:00
	h.pass(10 * time.Minute)
	h.take("tax") // A002 at 09:10
	h.do(adopt(h, "LA001", morning.Add(2*time.Minute)))
	cmd := adopt(h, "LA002", morning.Add(5*time.Minute))
	h.do(cmd)
	ticket := h.s.Tickets[cmd.ID]
	if ticket.Taken != cmd.Issued || ticket.Since != cmd.Issued || !ticket.Offline || ticket.Due != cmd.Issued.Add(20*time.Minute) {
		t.Errorf("adopted %+v", ticket)
	}
	if got := ticket.Waited(h.now); got != 5*time.Minute {
		t.Errorf("it has waited %s, want 5m since it was issued", got)
	}
	h.restart()
	h.wantCalls("2", "A001", "LA001", "LA002", "A002")
	if got := h.take("tax").Number; got != "A003" {
		t.Errorf("the hall's own series goes on with %s, want A003", got)
	}
}

func TestAnOfflineNumberIsNeverTakenTwice(t *testing.T) {
	h := newHall(t, allRules)
	first := adopt(h, "LA001", h.now)
	h.do(first)
	h.refuse(first, queue.Invalid, "ticket.id")
	h.refuse(adopt(h, "LA001", h.now), queue.Conflict, "offline.number")
	h.do(adopt(h, "LA003", h.now)) // out of order, with a gap
	h.do(adopt(h, "LA002", h.now))
	h.restart()
	h.refuse(adopt(h, "LA002", h.now), queue.Conflict, "offline.number")
}

func TestAdoptionRefusals(t *testing.T) {
	tests := []struct {
		name string
		edit func(*queue.AdoptTicket)
		kind queue.Kind
		code string
	}{
		{"no id", func(c *queue.AdoptTicket) { c.ID = "" }, queue.Invalid, "ticket.id"},
		{"no such service", func(c *queue.AdoptTicket) { c.Service = "nope" }, queue.Invalid, "service.unknown"},
		{"no such channel", func(c *queue.AdoptTicket) { c.Channel = "fax" }, queue.Invalid, "channel.unknown"},
		{"an endless name", func(c *queue.AdoptTicket) { c.Person.Name = strings.Repeat("长", 61) }, queue.Invalid, "person.invalid"},
		{"a kiosk without a series", func(c *queue.AdoptTicket) { c.Kiosk = "kiosk-2" }, queue.Conflict, "offline.series"},
		{"no kiosk", func(c *queue.AdoptTicket) { c.Kiosk = "" }, queue.Conflict, "offline.series"},
		{"yesterday's", func(c *queue.AdoptTicket) { c.Issued -= 24 * 3600 * 1000 }, queue.Conflict, "offline.day"},
		{"before the day began", func(c *queue.AdoptTicket) { c.Issued = morning.Add(-5*time.Hour) - 1 }, queue.Conflict, "offline.day"},
		{"before all time", func(c *queue.AdoptTicket) { c.Issued = -1 }, queue.Conflict, "offline.day"},
		{"a number of the hall's", func(c *queue.AdoptTicket) { c.Number = "A001" }, queue.Conflict, "offline.number"},
		{"a number before the range", func(c *queue.AdoptTicket) { c.Number = "LA000" }, queue.Conflict, "offline.number"},
		{"a number after it", func(c *queue.AdoptTicket) { c.Number = "LA100" }, queue.Conflict, "offline.number"},
		{"a number too short", func(c *queue.AdoptTicket) { c.Number = "LA1" }, queue.Conflict, "offline.number"},
		{"a number with a sign", func(c *queue.AdoptTicket) { c.Number = "LA+01" }, queue.Conflict, "offline.number"},
		{"no number", func(c *queue.AdoptTicket) { c.Number = "" }, queue.Conflict, "offline.number"},
		{"another script's digits", func(c *queue.AdoptTicket) { c.Number = "LA００１" }, queue.Conflict, "offline.number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, allRules)
			cmd := adopt(h, "LA001", h.now)
			tt.edit(&cmd)
			h.refuse(cmd, tt.kind, tt.code)
		})
	}
}

func TestThePaperInTheHandCountsWhateverTheQuotasSay(t *testing.T) {
	h := newHall(t, allRules, places(1), func(c *queue.Config) { c.Services[0].PersonDaily = 1 })
	h.do(h.takeFor("p1"))
	cmd := adopt(h, "LA001", h.now.Add(time.Hour)) // by a clock that goes ahead
	cmd.Person.Key, cmd.Priority = "p1", "class of another day"
	h.do(cmd)
	ticket := h.s.Tickets[cmd.ID]
	if ticket.Taken != h.now || ticket.Priority != "" || h.used("tax") != 2 {
		t.Errorf("adopted %+v, %d places used", ticket, h.used("tax"))
	}
	h.do(queue.Cancel{Ticket: "t1"})
	h.refuse(h.takeFor("p1"), queue.Conflict, "person.has-ticket")
}

func TestAnOfflineSeriesIsNeverTheHalls(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		edit       func(*queue.Config)
	}{
		{"a service that uses it", "services/0", func(c *queue.Config) { c.Services[0].Series = "off" }},
		{"two of one kiosk", "series/3", func(c *queue.Config) {
			c.Series = append(c.Series, queue.Series{ID: "off2", Prefix: "LB", Digits: 3, First: 1, Last: 9, Kiosk: "kiosk-1"})
		}},
		{"one that overlaps", "series/2", func(c *queue.Config) { c.Series[2].Prefix = "A" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t)
			conf := config()
			allRules(&conf)
			tt.edit(&conf)
			if r := h.refusal(queue.Configure{Config: conf}, queue.Invalid, "hall.invalid"); r.Vars["path"] != tt.path {
				t.Errorf("refusal names %v, want %s", r.Vars, tt.path)
			}
		})
	}
}
