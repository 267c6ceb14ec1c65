package queue_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"smarthall/hall-server/internal/queue"
)

// dice is a fair number below 256; rapid itself prefers small ones.
var dice = rapid.Custom(func(t *rapid.T) int {
	n := 0
	for range 8 {
		n *= 2
		if rapid.Bool().Draw(t, "bit") {
			n++
		}
	}
	return n
})

// roll is a fair number below n, at most 256.
func roll(t *rapid.T, n int, label string) int { return dice.Draw(t, label) % n }

// rare is true about once in n.
func rare(t *rapid.T, n int, label string) bool { return roll(t, n, label) == n-1 }

// oneOf is one of list, all with the same chance.
func oneOf[T any](t *rapid.T, list []T, label string) T { return list[roll(t, len(list), label)] }

func minutes(t *rapid.T, from, to int, label string) time.Duration {
	return time.Duration(rapid.IntRange(from, to).Draw(t, label)) * time.Minute
}

func subset(t *rapid.T, of []queue.ServiceID, least int, label string) []queue.ServiceID {
	if len(of) == 0 {
		return nil
	}
	return rapid.Permutation(of).Draw(t, label)[:least+roll(t, len(of)-least+1, label)]
}

// genConfig draws a hall of few numbers and places and up to 20 windows, so
// that series end, bounds are met and windows fight for tickets within a few
// commands.
func genConfig(t *rapid.T) queue.Config {
	c := queue.Config{TimeZone: "Asia/Shanghai", CutOff: 4 * time.Hour}
	services := []queue.ServiceID{"x", "y", "z"}[:rapid.IntRange(1, 3).Draw(t, "services")]
	c.Rules = queue.Rules{
		RecallLimit:   rapid.IntRange(0, 2).Draw(t, "recallLimit"),
		RecallPause:   time.Duration(rapid.IntRange(0, 60).Draw(t, "recallPause")) * time.Second,
		Overtaking:    rapid.IntRange(1, 3).Draw(t, "overtaking"),
		OneLiveTicket: !rare(t, 4, "manyTickets"),
		NoShowAfter:   minutes(t, 0, 5, "noShowAfter"),
		RejoinWithin:  minutes(t, 0, 10, "rejoinWithin"),
		RejoinTimes:   rapid.IntRange(0, 2).Draw(t, "rejoinTimes"),
		RejoinAfter:   rapid.IntRange(0, 3).Draw(t, "rejoinAfter"),
		CheckInEarly:  minutes(t, 0, 60, "checkInEarly"),
		CheckInLate:   minutes(t, 0, 20, "checkInLate"),
		PersonDaily:   oneOf(t, []int{0, 0, 4}, "personDaily"),
		Needs:         oneOf(t, []queue.Needs{"", "", "", queue.NeedsOpen, queue.NeedsAll}, "needs"),
	}
	if rapid.Bool().Draw(t, "hallStrategy") {
		c.Rules.Strategy = genStrategy(t, services)
	}
	prefixes := rapid.Permutation([]string{"A", "B", "AB"}).Draw(t, "prefixes")
	for i := range rapid.IntRange(1, 3).Draw(t, "series") {
		first := rapid.IntRange(0, 2).Draw(t, "first")
		c.Series = append(c.Series, queue.Series{
			ID: queue.SeriesID(fmt.Sprint("s", i)), Prefix: prefixes[i], Digits: rapid.IntRange(1, 3).Draw(t, "digits"),
			First: first, Last: first + rapid.IntRange(1, 60).Draw(t, "room"), Refuse: rapid.Bool().Draw(t, "refuse"),
		})
	}
	for _, id := range services {
		c.Services = append(c.Services, genService(t, id, oneOf(t, c.Series, "seriesOf").ID))
	}
	c.Series = append(c.Series, queue.Series{ID: "off", Prefix: "L", Digits: 2, First: 1, Last: 30, Kiosk: "kiosk-1"})
	for i := range oneOf(t, []int{1, 2, 3, 20}, "windows") {
		w := queue.WindowConfig{
			ID: queue.WindowID(fmt.Sprint(i + 1)), Services: subset(t, services, 1, "serves"), Disabled: rare(t, 12, "disabled"),
		}
		others := slices.DeleteFunc(slices.Clone(services), func(id queue.ServiceID) bool { return slices.Contains(w.Services, id) })
		w.Helps = subset(t, others, 0, "helps")
		if rare(t, 3, "ownStrategy") {
			w.Strategy = genStrategy(t, services)
		}
		c.Windows = append(c.Windows, w)
	}
	c.Priorities = []queue.PriorityConfig{
		{ID: "elderly", Shorten: 25 * time.Minute, Age: 70},
		{ID: "disabled", Shorten: 5 * time.Minute, Authorise: true},
		{ID: "green", Shorten: 40 * time.Minute, Daily: 2},
	}
	return c
}

func genService(t *rapid.T, id queue.ServiceID, series queue.SeriesID) queue.Service {
	s := queue.Service{
		ID: id, Series: series, Target: minutes(t, 1, 30, "target"), Expected: time.Minute,
		PersonDaily: oneOf(t, []int{0, 0, 3}, "servicePersonDaily"),
	}
	if rare(t, 10, "closed") {
		s.Closed = "系统维护"
	}
	if rapid.Bool().Draw(t, "quota") {
		from := rapid.IntRange(8, 11).Draw(t, "quotaFrom") * 60
		s.Quotas = []queue.Quota{
			{Hours: queue.Hours{From: 0, To: 24 * 60}, Places: rapid.IntRange(2, 30).Draw(t, "placesADay")},
			{Hours: queue.Hours{From: from, To: from + 60}, Places: rapid.IntRange(0, 15).Draw(t, "placesAPeriod")},
		}
	}
	return s
}

func genStrategy(t *rapid.T, services []queue.ServiceID) *queue.Strategy {
	s := queue.Strategy{Kind: oneOf(t, queue.Strategies(), "strategy")}
	switch s.Kind {
	case queue.StrategyStrict:
		s.Order = subset(t, services, 0, "order")
	case queue.StrategyRatio:
		s.Weights = map[string]int{}
		if rapid.Bool().Draw(t, "byService") {
			for _, id := range subset(t, services, 1, "weighed") {
				s.Weights[string(id)] = rapid.IntRange(1, 3).Draw(t, "weight")
			}
			break
		}
		s.Weights[queue.ClassAppointment] = rapid.IntRange(0, 3).Draw(t, "appointments")
		s.Weights[queue.ClassWalkIn] = rapid.IntRange(1, 3).Draw(t, "walkIns")
	}
	return &s
}

// source draws commands that fit the hall most of the time.
type source struct {
	*hall
	rt *rapid.T
}

func (g *source) ticketID(states ...queue.TicketState) queue.TicketID {
	all := g.s.List()
	some := slices.DeleteFunc(slices.Clone(all), func(t *queue.Ticket) bool { return !slices.Contains(states, t.State) })
	switch {
	case len(all) == 0 || rare(g.rt, 40, "noTicket"):
		return "nope"
	case len(some) == 0 || rare(g.rt, 12, "anyTicket"):
		some = all
	}
	return oneOf(g.rt, some, "ticket").ID
}

func (g *source) windowID() queue.WindowID {
	if rare(g.rt, 40, "noWindow") {
		return "nope"
	}
	return oneOf(g.rt, g.s.Config.Windows, "window").ID
}

// asker is a window that asks for a ticket verb, or a supervisor.
func (g *source) asker(id queue.TicketID) queue.WindowID {
	t := g.s.Tickets[id]
	switch {
	case t != nil && !rare(g.rt, 12, "otherWindow"):
		return t.Window
	case rapid.Bool().Draw(g.rt, "supervisor"):
		return ""
	}
	return g.windowID()
}

func (g *source) service() queue.ServiceID {
	if rare(g.rt, 40, "noService") {
		return "nope"
	}
	return oneOf(g.rt, g.s.Config.Services, "service").ID
}

func (g *source) person() queue.Person {
	return queue.Person{Key: oneOf(g.rt, []string{"", "", "", "", "p1", "p2", "p3"}, "person")}
}

func (g *source) priority() string {
	return oneOf(g.rt, []string{"", "", "", "", "", "", "", "", "", "elderly", "disabled", "green", "vip"}, "priority")
}

func (g *source) age() int {
	return oneOf(g.rt, []int{0, 0, 30, 70, 90}, "age")
}

func (g *source) authoriser() queue.StaffID {
	return oneOf(g.rt, []queue.StaffID{"", "chief", "chief"}, "authoriser")
}

func (g *source) around(least, most int, label string) queue.Time {
	return g.now.Add(time.Duration(least+roll(g.rt, most-least+1, label)) * time.Minute)
}

// command draws one; arrivals and calls are the most frequent.
func (g *source) command() queue.Command {
	switch kind := roll(g.rt, 40, "command"); {
	case kind < 8:
		return g.take()
	case kind < 15:
		return queue.CallNext{Window: g.windowID()}
	case kind < 17:
		return queue.CallTicket{Window: g.windowID(), Ticket: g.ticketID(queue.Waiting), Reason: "带小孩"}
	case kind < 27:
		return g.visitCommand()
	case kind < 30:
		return g.holderCommand()
	case kind < 34:
		return g.appointmentCommand()
	case kind < 36:
		return g.adopt()
	default:
		return g.windowCommand()
	}
}

func (g *source) take() queue.Command {
	cmd := queue.TakeTicket{
		ID: g.id(), Service: g.service(), Channel: oneOf(g.rt, append(slices.Concat(queue.Channels, queue.Channels, queue.Channels), "fax"), "channel"),
		Person: g.person(), Priority: g.priority(), Age: g.age(), Authoriser: g.authoriser(), Kiosk: "kiosk-2",
		Slot: g.around(-60, 60, "slot"), Minutes: 5, Low: 3, High: 8,
	}
	if rare(g.rt, 15, "exceed") {
		cmd.Exceed = "领导同意"
	}
	return cmd
}

func (g *source) adopt() queue.Command {
	return queue.AdoptTicket{
		ID: g.id(), Number: fmt.Sprintf("L%02d", roll(g.rt, 32, "number")), Service: g.service(), Channel: "card",
		Person: g.person(), Priority: g.priority(), Issued: g.around(-90, 5, "issued"),
		Kiosk: oneOf(g.rt, []string{"kiosk-1", "kiosk-1", "kiosk-1", "kiosk-9"}, "kiosk"),
	}
}

// visitCommand is for somebody at a window, parked or missed; mostly one that
// fits.
func (g *source) visitCommand() queue.Command {
	t := g.s.Tickets[g.ticketID(queue.Called, queue.Serving, queue.Parked, queue.Missed)]
	if t == nil {
		return queue.TicketCommand{Verb: queue.VerbArrive, Ticket: "nope"}
	}
	state := t.State
	if state == queue.Waiting || t.Ended != 0 { // there is no other
		return queue.CallNext{Window: g.windowID()}
	}
	if rare(g.rt, 12, "misfit") {
		state = oneOf(g.rt, queue.States(), "asIf")
	}
	by := g.asker(t.ID)
	switch state {
	case queue.Called:
		verb := oneOf(g.rt, []queue.Verb{
			queue.VerbArrive, queue.VerbArrive, queue.VerbArrive, queue.VerbNoShow, queue.VerbPutBack, queue.VerbRecall, queue.VerbPark, "dance",
		}, "verb")
		if verb == queue.VerbPark {
			return g.park(t.ID, by)
		}
		return queue.TicketCommand{Verb: verb, Ticket: t.ID, Window: by}
	case queue.Serving:
		return oneOf(g.rt, []queue.Command{
			queue.Finish{Ticket: t.ID, Window: by, Result: "issued"},
			g.transfer(t.ID, by), g.transfer(t.ID, by), g.park(t.ID, by),
			queue.Note{Ticket: t.ID, Window: by, Text: "备注"},
			queue.SeeMaterials{Ticket: t.ID, Window: by, Seen: []string{"身份证", "申请表"}[:roll(g.rt, 3, "seen")]},
		}, "serving")
	case queue.Parked:
		return queue.Resume{
			Ticket: t.ID, Window: oneOf(g.rt, []queue.WindowID{"", t.Window, g.windowID()}, "at"), Back: rare(g.rt, 4, "back"),
		}
	case queue.Missed:
		return queue.Rejoin{Ticket: t.ID, By: "kiosk"}
	default:
		return queue.Cancel{Ticket: t.ID}
	}
}

// holderCommand is for somebody who waits or has left.
func (g *source) holderCommand() queue.Command {
	waiting := g.ticketID(queue.Waiting)
	return oneOf(g.rt, []queue.Command{
		queue.Delay{Ticket: waiting, By: time.Duration(roll(g.rt, 32, "by")) * time.Minute},
		queue.Cancel{Ticket: g.ticketID(queue.Waiting, queue.Missed)},
		queue.Rate{Ticket: g.ticketID(queue.Finished), Score: roll(g.rt, 7, "score")},
		queue.Reprint{Ticket: waiting, Kiosk: oneOf(g.rt, []string{"kiosk-2", "kiosk-2", ""}, "at")},
		queue.RecordPrint{Ticket: waiting, Outcome: "printed"},
	}, "holderCommand")
}

func (g *source) park(id queue.TicketID, by queue.WindowID) queue.Command {
	until := oneOf(g.rt, []queue.Time{0, g.now, g.now.Add(5 * time.Minute), g.now.Add(5 * time.Minute), g.now.Add(48 * time.Hour)}, "until")
	return queue.Park{Ticket: id, Window: by, Reason: "补材料", Until: until}
}

func (g *source) transfer(id queue.TicketID, by queue.WindowID) queue.Command {
	cmd := queue.Transfer{
		Ticket: id, Window: by, After: rapid.IntRange(0, 3).Draw(g.rt, "after"),
		Place: oneOf(g.rt, []queue.Place{"", queue.PlaceArrival, queue.PlaceFront, queue.PlaceAfter}, "place"),
	}
	if !rare(g.rt, 3, "sameService") {
		cmd.Service = g.service()
	}
	if rare(g.rt, 2, "toWindow") {
		cmd.To = g.windowID()
	}
	return cmd
}

func (g *source) appointmentID() queue.AppointmentID {
	return queue.AppointmentID(fmt.Sprint("b", roll(g.rt, 31, "appointment")))
}

// knownAppointment is mostly one that is booked for today.
func (g *source) knownAppointment() queue.AppointmentID {
	all := g.s.ListAppointments("")
	some := slices.DeleteFunc(g.s.ListAppointments(g.s.Day), func(a *queue.Appointment) bool { return a.State != queue.AppointmentBooked })
	switch {
	case len(all) == 0:
		return g.appointmentID()
	case len(some) == 0 || rare(g.rt, 8, "anyAppointment"):
		some = all
	}
	return oneOf(g.rt, some, "known").ID
}

func (g *source) appointment() queue.Appointment {
	a := queue.Appointment{ID: g.appointmentID(), Service: g.service(), From: g.around(-40, 90, "from"), Person: g.person()}
	if rare(g.rt, 8, "tomorrow") {
		a.From = a.From.Add(24 * time.Hour)
	}
	a.To = a.From.Add(minutes(g.rt, 0, 30, "slotLength"))
	a.Code = oneOf(g.rt, []string{"", string(a.ID), string(a.ID), "123456"}, "code")
	if a.Person.Key != "" {
		a.Keys = []string{a.Person.Key}
	}
	if rare(g.rt, 6, "cancelledThere") {
		a.State = queue.AppointmentCancelled
	}
	return a
}

func (g *source) appointmentCommand() queue.Command {
	switch roll(g.rt, 7, "appointmentCommand") {
	case 0, 1:
		return queue.BookAppointment{Appointment: g.appointment()}
	case 2:
		return queue.ImportAppointments{List: []queue.Appointment{g.appointment(), g.appointment()}}
	case 3:
		return queue.CancelAppointment{Appointment: g.knownAppointment(), Reason: "不来了"}
	default:
		return queue.CheckIn{
			Appointment: g.knownAppointment(), ID: g.id(), Priority: g.priority(), Age: g.age(), Authoriser: g.authoriser(), Minutes: 5,
		}
	}
}

func (g *source) windowCommand() queue.Command {
	w := g.windowID()
	staff := oneOf(g.rt, []queue.StaffID{"clerk-" + queue.StaffID(w), "li"}, "staff")
	return oneOf(g.rt, []queue.Command{
		queue.SignIn{Window: w, Staff: staff, StaffName: string(staff)},
		queue.SignIn{Window: w, Staff: staff, StaffName: string(staff)},
		queue.SignOut{Window: w},
		queue.Pause{Window: w, Text: "午休"},
		queue.Continue{Window: w},
		queue.Tick{},
		queue.SetStrategy{Windows: []queue.WindowID{w}, Strategy: genStrategy(g.rt, []queue.ServiceID{"x"})},
		queue.SetStrategy{Strategy: genStrategy(g.rt, []queue.ServiceID{"x", "y"})},
		queue.SetStrategy{Windows: []queue.WindowID{w}},
	}, "windowCommand")
}
