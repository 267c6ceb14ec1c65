package kiosk_test

import (
	"slices"
	"strings"
	"testing"

	"smarthall/internal/agent/agenttest"
	"smarthall/internal/link"
)

// here is what the person of these tests has in the hall today.
var here = link.VisitsView{
	Appointments: []link.AppointmentView{{ID: "booked", Code: "20613370", Service: "tax", State: "booked"}},
	Tickets: []link.TicketView{
		{ID: "by-card", Number: "A001", State: "waiting", Channel: link.ChannelCard},
		{ID: "by-phone", Number: "A002", State: "missed", Channel: link.ChannelPhone},
	},
}

// visitor is a page in front of a hall that knows a person.
type visitor struct {
	*rig
	page *agenttest.Page
}

func startVisit(t *testing.T) visitor {
	t.Helper()
	r := startWith(t, open())
	r.hall.OnCommand(func(m link.Message) (link.Type, any) {
		if m.Type == link.TypeVisitsFind {
			return link.TypeAnswer, link.Answer{Visits: &here}
		}
		return link.TypeAnswer, link.Answer{Ticket: &here.Tickets[0]}
	})
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	return visitor{r, page}
}

// ask sends a command of the page and returns its answer or problem.
func (v visitor) ask(t *testing.T, kind link.Type, body any) (a link.Answer, p link.Problem) {
	t.Helper()
	v.page.Send(kind, "1", body)
	m := v.page.Answer("1", nil)
	into := any(&a)
	if m.Type == link.TypeError {
		into = &p
	}
	if err := m.Into(into); err != nil {
		t.Fatal(err)
	}
	return a, p
}

// card lays a card and returns its session.
func (v visitor) card(t *testing.T) string {
	t.Helper()
	v.lay(t)
	var read link.CardRead
	v.page.Next(link.TypeCardRead, &read)
	return read.Session
}

// up decodes the only command of a kind that the hall got.
func up[T any](t *testing.T, r *rig, kind link.Type) T {
	t.Helper()
	var body T
	messages := r.hall.Up(kind)
	if len(messages) != 1 {
		t.Fatalf("the hall got %d times %s", len(messages), kind)
	}
	if err := messages[0].Into(&body); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestVisitsAreFoundWithoutThePageKnowingThePerson(t *testing.T) {
	v := startVisit(t)
	session := v.card(t)
	a, p := v.ask(t, link.TypeVisitsFind, link.FindForSession{Session: session})
	if a.Visits == nil || len(a.Visits.Appointments) != 1 || len(a.Visits.Tickets) != 2 {
		t.Fatalf("got %+v, %+v", a, p)
	}
	if got := up[link.FindVisits](t, v.rig, link.TypeVisitsFind); got.Person != (link.Person{Name: name, IDNumber: number}) || got.Code != "" {
		t.Errorf("the hall got %+v", got)
	}
	v.stop()
	if leaks(v.log.String()) || leaks(spoolBytes(t, v.config.Data)) {
		t.Error("the person is in the log or the spool")
	}
}

func TestFindIsChecked(t *testing.T) {
	v := startVisit(t)
	for _, tt := range []struct {
		name string
		body link.FindForSession
		code string
	}{
		{"nobody", link.FindForSession{}, "person.missing"},
		{"blank code", link.FindForSession{Code: "  "}, "person.missing"},
		{"endless code", link.FindForSession{Code: strings.Repeat("1", 65)}, "appointment.unknown"},
		{"short phone", link.FindForSession{Phone: "138"}, "phone.invalid"},
		{"card and phone", link.FindForSession{Session: "x", Phone: phone(1)}, "person.ambiguous"},
		{"card that is gone", link.FindForSession{Session: "x"}, "session.gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, p := v.ask(t, link.TypeVisitsFind, tt.body); p.Code != tt.code || p.Detail == "" {
				t.Errorf("got %+v, want %s", p, tt.code)
			}
		})
	}
	if n := len(v.hall.Up(link.TypeVisitsFind)); n != 0 {
		t.Errorf("the hall got %d commands", n)
	}
}

// TestWhatAPersonMayDo is by how she said who she is: a phone number, which
// others know too, gives up nothing but what was taken by it.
func TestWhatAPersonMayDo(t *testing.T) {
	checkIn := func(id string) (link.Type, any) {
		return link.TypeAppointmentCheckIn, link.CheckInAppointment{Appointment: id}
	}
	cancel := func(id string) (link.Type, any) { return link.TypeTicketCancel, link.TicketRef{Ticket: id} }
	giveUp := func() (link.Type, any) {
		return link.TypeAppointmentCancel, link.CancelAppointment{Appointment: "booked"}
	}
	for _, tt := range []struct {
		name string
		by   link.FindForSession // Session "card" is the card laid
		ask  func() (link.Type, any)
		code string // of the refusal; empty for none
		ends bool   // the session is over afterwards
	}{
		{"a card checks in", link.FindForSession{Session: "card"}, func() (link.Type, any) { return checkIn("booked") }, "", true},
		{"a code checks in", link.FindForSession{Code: "20613370"}, func() (link.Type, any) { return checkIn("booked") }, "", true},
		{"a phone checks in", link.FindForSession{Phone: phone(1)}, func() (link.Type, any) { return checkIn("booked") }, "", true},
		{"a phone rejoins", link.FindForSession{Phone: phone(1)}, func() (link.Type, any) {
			return link.TypeTicketRejoin, link.TicketRef{Ticket: "by-phone"}
		}, "", true},
		{"a phone prints again", link.FindForSession{Phone: phone(1)}, func() (link.Type, any) {
			return link.TypeTicketReprint, link.ReprintTicket{Ticket: "by-phone"}
		}, "", true},
		{"a phone gives up what was taken by it", link.FindForSession{Phone: phone(1)}, func() (link.Type, any) { return cancel("by-phone") }, "", false},
		{"a phone gives up nothing else", link.FindForSession{Phone: phone(1)}, func() (link.Type, any) { return cancel("by-card") }, "visit.unproven", false},
		{"a phone cancels no appointment", link.FindForSession{Phone: phone(1)}, giveUp, "visit.unproven", false},
		{"a card cancels an appointment", link.FindForSession{Session: "card"}, giveUp, "", false},
		{"a code cancels its appointment", link.FindForSession{Code: " 20613370 "}, giveUp, "", false},
		{"another code doesn't", link.FindForSession{Code: "2061337"}, giveUp, "visit.unproven", false},
		{"a card gives up her ticket", link.FindForSession{Session: "card"}, func() (link.Type, any) { return cancel("by-card") }, "", false},
		{"nobody touches another's ticket", link.FindForSession{Session: "card"}, func() (link.Type, any) { return cancel("another") }, "session.gone", false},
		{"nor another's appointment", link.FindForSession{Session: "card"}, func() (link.Type, any) { return checkIn("another") }, "session.gone", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := startVisit(t)
			if tt.by.Session != "" {
				tt.by.Session = v.card(t)
			}
			if a, p := v.ask(t, link.TypeVisitsFind, tt.by); a.Visits == nil {
				t.Fatalf("got %+v", p)
			}
			kind, body := tt.ask()
			if _, p := v.ask(t, kind, body); p.Code != tt.code {
				t.Fatalf("got %+v, want %q", p, tt.code)
			}
			if n := len(v.hall.Up(kind)); (n == 1) != (tt.code == "") {
				t.Errorf("the hall got %d commands", n)
			}
			_, p := v.ask(t, link.TypeTicketReprint, link.ReprintTicket{Ticket: "by-card"})
			if ended := p.Code == "session.gone"; ended != tt.ends {
				t.Errorf("the session ended: %v, want %v", ended, tt.ends)
			}
		})
	}
}

func TestCheckInTellsTheHallWhoAndPrints(t *testing.T) {
	v := startVisit(t)
	session := v.card(t)
	v.ask(t, link.TypeVisitsFind, link.FindForSession{Session: session})
	foreign := link.CheckInAppointment{Appointment: "booked", Silent: true, Person: link.Person{Name: "别人", IDNumber: "1"}}
	if a, p := v.ask(t, link.TypeAppointmentCheckIn, foreign); a.Ticket == nil {
		t.Fatalf("got %+v", p)
	}
	want := link.CheckInAppointment{Appointment: "booked", Person: link.Person{Name: name, IDNumber: number}, Print: true, Silent: true}
	if got := up[link.CheckInAppointment](t, v.rig, link.TypeAppointmentCheckIn); got != want {
		t.Errorf("the hall got %+v", got)
	}
	if _, p := v.ask(t, link.TypeTicketTake, link.TakeForSession{Service: "tax", Session: session}); p.Code != "session.gone" {
		t.Errorf("after the ticket the person is still there: %+v", p)
	}
}

func TestVisitsAreForgottenWithThePerson(t *testing.T) {
	for _, tt := range []struct {
		name  string
		leave func(*testing.T, visitor)
	}{
		{"when the page clears itself", func(t *testing.T, v visitor) {
			v.page.Send(link.TypeSessionClear, "c", nil)
			v.page.Answer("c", nil)
		}},
		{"when another card is laid", func(t *testing.T, v visitor) { v.card(t) }},
		{"when another person is looked up", func(t *testing.T, v visitor) {
			v.hall.OnCommand(func(link.Message) (link.Type, any) {
				return link.TypeAnswer, link.Answer{Visits: &link.VisitsView{}}
			})
			v.ask(t, link.TypeVisitsFind, link.FindForSession{Phone: phone(2)})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := startVisit(t)
			v.ask(t, link.TypeVisitsFind, link.FindForSession{Phone: phone(1)})
			tt.leave(t, v)
			if _, p := v.ask(t, link.TypeTicketCancel, link.TicketRef{Ticket: "by-phone"}); p.Code != "session.gone" {
				t.Errorf("got %+v", p)
			}
			if n := len(v.hall.Up(link.TypeTicketCancel)); n != 0 {
				t.Errorf("the hall got %d commands", n)
			}
		})
	}
}

func TestVisitsOfAPhoneEndByThemselves(t *testing.T) {
	r := start(t) // idle for 150 ms
	r.hall.OnCommand(func(link.Message) (link.Type, any) { return link.TypeAnswer, link.Answer{Visits: &here} })
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	v := visitor{r, page}
	v.ask(t, link.TypeVisitsFind, link.FindForSession{Phone: phone(1)})
	agenttest.WaitFor(t, "the visits are forgotten", func() bool { return !r.kiosk.Remembers() })
	if _, p := v.ask(t, link.TypeTicketRejoin, link.TicketRef{Ticket: "by-phone"}); p.Code != "session.gone" {
		t.Errorf("got %+v", p)
	}
}

func TestPriorityGoesToTheHallWithWhoVouches(t *testing.T) {
	v := startVisit(t)
	ask := link.TakeForSession{
		Service: "tax", Phone: phone(1), Priority: "pregnant", Silent: true,
		Authoriser: &link.SignIn{Staff: "li", Password: "secret-of-li"},
	}
	if a, p := v.ask(t, link.TypeTicketTake, ask); a.Ticket == nil {
		t.Fatalf("got %+v", p)
	}
	got := up[link.TakeTicket](t, v.rig, link.TypeTicketTake)
	if got.Priority != "pregnant" || !got.Silent || got.Authoriser == nil || *got.Authoriser != *ask.Authoriser {
		t.Errorf("the hall got %+v", got)
	}
	v.stop()
	if strings.Contains(v.log.String()+spoolBytes(t, v.config.Data), "secret-of-li") {
		t.Error("a password is in the log or the spool")
	}
}

func TestWithoutTheHallNobodyIsPreferred(t *testing.T) {
	v := startVisit(t)
	v.leave(t)
	ask := link.TakeForSession{
		Service: "tax", Phone: phone(1), Priority: "pregnant", Authoriser: &link.SignIn{Staff: "li", Password: "secret-of-li"},
	}
	if _, p := v.ask(t, link.TypeTicketTake, ask); p.Code != "offline.priority" || !strings.Contains(p.Detail, "咨询台") {
		t.Errorf("got %+v", p)
	}
	ask.Priority, ask.Authoriser = "", nil
	if a, p := v.ask(t, link.TypeTicketTake, ask); a.Ticket == nil || !a.Ticket.Offline {
		t.Errorf("without priority got %+v, %+v", a.Ticket, p)
	}
	if _, p := v.ask(t, link.TypeVisitsFind, link.FindForSession{Phone: phone(1)}); p.Code != "link.away" {
		t.Errorf("a lookup got %+v", p)
	}
	v.stop()
	if strings.Contains(v.log.String()+spoolBytes(t, v.config.Data), "secret-of-li") {
		t.Error("a password is in the log or the spool")
	}
	if kinds := v.hall.Up(link.TypeTicketTake); slices.ContainsFunc(kinds, func(m link.Message) bool { return strings.Contains(string(m.Body), "pregnant") }) {
		t.Error("the hall was asked all the same")
	}
}
