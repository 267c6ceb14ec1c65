package kiosk_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
	"smarthall/kiosk-agent/kiosk"
)

// startReal starts kiosk-1 of a real hall whose clock stands at its opening.
func startReal(t *testing.T, opts ...testkit.Option) (visitor, *testkit.Running) {
	t.Helper()
	hall := testkit.Hall(t, opts...)
	r := &rig{config: &agent.Config{
		Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(hall.URL, "http") + "/link", Token: hall.Token("kiosk", "", "kiosk-1"),
		Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute,
		Devices: []device.Config{{ID: "printer", Profile: "printer"}, {ID: "reader", Profile: "id-reader"}},
	}}
	k, err := kiosk.New(kiosk.Options{
		Config: r.config, Open: r.fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.NewTextHandler(&r.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.kiosk = k
	r.stop = agenttest.Start(t, k, k.Agent().Ready())
	agenttest.WaitFor(t, "the kiosk has its hall", func() bool { _, ok := k.Agent().Hall(); return ok && k.Agent().Client.Online() })
	page, _ := agenttest.Open(t, k.Agent().Addr())
	return visitor{r, page}, hall
}

// found looks the person up and returns what is here.
func (v visitor) found(t *testing.T, by link.FindForSession) link.VisitsView {
	t.Helper()
	a, p := v.ask(t, link.TypeVisitsFind, by)
	if a.Visits == nil {
		t.Fatalf("got %+v", p)
	}
	return *a.Visits
}

func TestABookedVisitAtARealHall(t *testing.T) {
	v, hall := startReal(t)
	staff := hall.Token("manager", "", "")
	book := func(service string, after time.Duration, code string) {
		hall.Must(201, testkit.Request{Method: "POST", Path: "/api/v1/appointments", Token: staff, Body: map[string]any{
			"service": service, "code": code, "via": "portal",
			"from": testkit.Opening.Add(after), "to": testkit.Opening.Add(after + 30*time.Minute),
			"person": link.Person{Name: name, IDNumber: number},
		}}, nil)
	}
	book("tax", 10*time.Minute, "20613370")
	book("social-card", 3*time.Hour, "31415926")
	// Somebody else is before her.
	v.ask(t, link.TypeTicketTake, link.TakeForSession{Service: "tax", Phone: phone(1)})

	got := v.found(t, link.FindForSession{Session: v.card(t)})
	if len(got.Appointments) != 2 || len(got.Tickets) != 0 {
		t.Fatalf("found %+v", got)
	}
	booked, early := got.Appointments[0], got.Appointments[1]
	if _, p := v.ask(t, link.TypeAppointmentCheckIn, link.CheckInAppointment{Appointment: early.ID}); p.Code != "appointment.early" || p.Detail == "" {
		t.Errorf("too early: %+v", p)
	}
	if _, p := v.ask(t, link.TypeAppointmentCancel, link.CancelAppointment{Appointment: early.ID}); p.Code != "" {
		t.Errorf("to cancel: %+v", p)
	}
	a, p := v.ask(t, link.TypeAppointmentCheckIn, link.CheckInAppointment{Appointment: booked.ID})
	if a.Ticket == nil || a.Ticket.Priority != "elderly" {
		t.Fatalf("checked in: %+v, %+v", a.Ticket, p)
	}
	ticket := *a.Ticket
	agenttest.WaitFor(t, "both papers", func() bool { return len(v.fakes.Get("printer").Printed()) == 2 })

	// She lays her card again: the same ticket, and another paper of it.
	got = v.found(t, link.FindForSession{Session: v.card(t)})
	if len(got.Tickets) != 1 || got.Tickets[0].ID != ticket.ID || got.Tickets[0].Appointment != booked.ID {
		t.Fatalf("found %+v", got.Tickets)
	}
	if again, p := v.ask(t, link.TypeAppointmentCheckIn, link.CheckInAppointment{Appointment: booked.ID}); again.Ticket == nil || again.Ticket.ID != ticket.ID {
		t.Errorf("asked twice: %+v, %+v", again.Ticket, p)
	}
	v.found(t, link.FindForSession{Session: v.card(t)})
	if _, p := v.ask(t, link.TypeTicketReprint, link.ReprintTicket{Ticket: ticket.ID}); p.Code != "" {
		t.Errorf("to print again: %+v", p)
	}
	agenttest.WaitFor(t, "the copy", func() bool { return len(v.fakes.Get("printer").Printed()) == 3 })
	paper := ""
	for _, l := range v.fakes.Get("printer").Printed()[2].Lines {
		paper += l.Text + "\n"
	}
	if !strings.Contains(paper, ticket.Number) || !strings.Contains(paper, "补打") {
		t.Errorf("the copy says:\n%s", paper)
	}
}

func TestPeopleAheadAreCountedAnewAtARealHall(t *testing.T) {
	v, _ := startReal(t)
	for n := range 3 {
		if _, p := v.ask(t, link.TypeTicketTake, link.TakeForSession{Service: "tax", Phone: phone(n)}); p.Code != "" {
			t.Fatalf("got %+v", p)
		}
	}
	ahead := func() int {
		got := v.found(t, link.FindForSession{Phone: phone(2)})
		if len(got.Tickets) != 1 {
			t.Fatalf("found %+v", got)
		}
		return got.Tickets[0].Ahead
	}
	if n := ahead(); n != 2 {
		t.Errorf("%d are ahead, want 2", n)
	}
	first := v.found(t, link.FindForSession{Phone: phone(0)}).Tickets[0]
	if _, p := v.ask(t, link.TypeTicketCancel, link.TicketRef{Ticket: first.ID}); p.Code != "" {
		t.Fatalf("got %+v", p)
	}
	if n := ahead(); n != 1 {
		t.Errorf("after one has left %d are ahead, want 1", n)
	}
}

func TestStaffVouchForPriorityAtARealHall(t *testing.T) {
	v, _ := startReal(t)
	for n, tt := range []struct {
		name  string
		staff *link.SignIn
		code  string
	}{
		{"nobody vouches", nil, "priority.unauthorised"},
		{"a wrong password", &link.SignIn{Staff: "li", Password: "wrong"}, "staff.password"},
		{"a member of staff", &link.SignIn{Staff: "li", Password: "demo1234"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ask := link.TakeForSession{Service: "tax", Phone: phone(n), Priority: "pregnant", Authoriser: tt.staff, Silent: true}
			a, p := v.ask(t, link.TypeTicketTake, ask)
			if p.Code != tt.code || (tt.code == "") != (a.Ticket != nil) {
				t.Fatalf("got %+v, %+v", a.Ticket, p)
			}
			if a.Ticket != nil && (a.Ticket.Priority != "pregnant" || !a.Ticket.Silent) {
				t.Errorf("got %+v", a.Ticket)
			}
		})
	}
}

// The hall ends while a paper is on its way, and is started anew before it
// hears of it: it orders the paper once more, and gets the report instead.
func TestAPaperIsPrintedOnceAcrossARestartOfTheHall(t *testing.T) {
	data := t.TempDir()
	v, hall := startReal(t, testkit.Data(data))
	printer := v.fakes.Get("printer")
	begun, goOn := make(chan struct{}), make(chan struct{})
	printer.OnPrint(func(context.Context, device.Document) error {
		close(begun)
		<-goOn
		return fmt.Errorf("%w: %w", device.ErrPartly, device.ErrNoPaper)
	})
	a, p := v.ask(t, link.TypeTicketTake, link.TakeForSession{Service: "tax", Phone: phone(1)})
	if a.Ticket == nil {
		t.Fatalf("got %+v", p)
	}
	<-begun
	hall.Stop()
	close(goOn)
	v.page.Next(link.TypePrintDone, nil)
	printer.OnPrint(nil)

	hall = testkit.Hall(t, testkit.Data(data), testkit.Listen(strings.TrimPrefix(hall.URL, "http://")))
	staff := hall.Token("manager", "", "")
	board := func() (troubles []string, unprinted int) {
		var got link.BoardView
		hall.Must(200, testkit.Request{Method: "GET", Path: "/api/v1/board", Token: staff}, &got)
		for _, a := range got.Agents {
			for _, x := range a.Troubles {
				troubles = append(troubles, x.Detail)
			}
		}
		return troubles, got.Totals.Unprinted
	}
	agenttest.WaitFor(t, "the board tells of the half ticket", func() bool {
		troubles, unprinted := board()
		return len(troubles) == 1 && strings.Contains(troubles[0], a.Ticket.Number) && unprinted == 1
	})
	if n := len(printer.Printed()); n != 1 {
		t.Fatalf("printing began %d times", n)
	}
	v.found(t, link.FindForSession{Phone: phone(1)})
	if _, p := v.ask(t, link.TypeTicketReprint, link.ReprintTicket{Ticket: a.Ticket.ID}); p.Code != "" {
		t.Fatalf("to print again: %+v", p)
	}
	agenttest.WaitFor(t, "the board forgets it after the copy", func() bool {
		troubles, unprinted := board()
		return len(troubles) == 0 && unprinted == 0
	})
	if n := len(printer.Printed()); n != 2 {
		t.Errorf("printing began %d times", n)
	}
}
