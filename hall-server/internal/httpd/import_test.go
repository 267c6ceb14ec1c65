package httpd_test

import (
	"net/http"
	"strings"
	"testing"

	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// csvHead is the head line of an appointments file.
const csvHead = "预约编号,预约码,业务,日期,开始,结束,取消\n"

func (f *fixture) importCSV(file string) testkit.Answer {
	f.Helper()
	return f.hall.Do(testkit.Request{
		Method: "POST", Path: api + "/appointments/import-csv", Token: f.tokens[manager], Body: file,
		Header: http.Header{"Content-Type": {"text/csv"}},
	})
}

// TestAFileIsRefusedWithTheLineThatIsWrong: whoever has to repair it finds it.
func TestAFileIsRefusedWithTheLineThatIsWrong(t *testing.T) {
	f := newFixture(t)
	good := "a,71001,tax,2026-11-23,10:00,10:30,\n"
	for name, test := range map[string]struct{ file, code, want string }{
		"columns in the words of the file": {"姓名\n王\n", "appointment.file", "预约编号、业务、日期、开始、结束"},
		"an id twice":                      {csvHead + good + "b,,tax,2026-11-23,10:00,10:30,\na,,tax,2026-11-23,10:00,10:30,\n", "appointment.id", `"line":4`},
		"a code twice":                     {csvHead + good + "b,71001,tax,2026-11-23,10:00,10:30,\n", "appointment.code", `"line":3`},
		"years ahead":                      {csvHead + good + "\nb,,tax,2036-11-23,10:00,10:30,\n", "appointment.slot", `"line":4`},
		"neither yes nor no":               {csvHead + good + "b,,tax,2026-11-23,10:00,10:30,也许\n", "appointment.file", `"line":3`},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.importCSV(test.file)
			if p := f.problem(a); p.Code != test.code || !strings.Contains(a.Body, test.want) {
				t.Errorf("got %d %s, want %s with %s", a.Status, a.Body, test.code, test.want)
			}
		})
	}
	wrong := imported("q-2")
	wrong["to"] = "2026-11-23T09:00:00+08:00"
	a := f.as(manager, "POST", api+"/appointments/import", map[string]any{"appointments": []any{imported("q-1"), wrong}})
	if a.Status != 422 || !strings.Contains(a.Body, "body.appointments[1]") {
		t.Errorf("got %d %s, want the second named", a.Status, a.Body)
	}
	var list struct{ Appointments []link.AppointmentView }
	f.must(200, "GET", api+"/appointments", nil, &list)
	if len(list.Appointments) != 0 {
		t.Errorf("files with mistakes were taken over: %+v", list.Appointments)
	}
}

// TestACancelledColumnThatSaysNo is no cancellation.
func TestACancelledColumnThatSaysNo(t *testing.T) {
	f := newFixture(t)
	if a := f.importCSV(csvHead + "a,,tax,2026-11-23,10:00,10:30,否\nb,,tax,2026-11-23,10:00,10:30,是\n"); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	var list struct{ Appointments []link.AppointmentView }
	f.must(200, "GET", api+"/appointments", nil, &list)
	got := map[string]string{}
	for _, one := range list.Appointments {
		got[one.ID] = one.State
	}
	if got["a"] != "booked" || got["b"] != "cancelled" {
		t.Errorf("got %v, want a booked and b cancelled", got)
	}
}

// TestQuestionsThatMakeNoSense are refused, not answered with nothing.
func TestQuestionsThatMakeNoSense(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/appointments?day=someday", "/appointments?day=2026-02-31", "/quotas?day=2026-02-31", "/statistics?weekday=9", "/statistics.xlsx?weekday=0"} {
		a := f.as(manager, "GET", api+path, nil)
		if p := f.problem(a); a.Status != 422 || p.Code != "request.invalid" {
			t.Errorf("%s: got %d %s", path, a.Status, a.Body)
		}
	}
}

// TestACopyOfATicketThatIsNotThere names the ticket, not the kiosk.
func TestACopyOfATicketThatIsNotThere(t *testing.T) {
	f := newFixture(t)
	a := f.as(manager, "POST", api+"/tickets/01ARZ3NDEKTSV4RRFFQ69G5FAV/reprint", nil)
	if p := f.problem(a); p.Code != "ticket.unknown" {
		t.Errorf("got %d %s, want ticket.unknown", a.Status, a.Body)
	}
}

// TestNamesThatWouldTurnALineAround lose what can't be seen.
func TestNamesThatWouldTurnALineAround(t *testing.T) {
	f := newFixture(t)
	var ticket link.TicketView
	f.must(201, "POST", api+"/tickets", map[string]any{
		"service": "tax", "channel": "name", "person": map[string]any{"name": "\u202e\u0000王小明", "phone": "\u202e13800138000"},
	}, &ticket)
	if ticket.Name != "王*明" && ticket.Name != "王**" && ticket.Name != "王*" || strings.ContainsAny(ticket.Name+ticket.Phone, "\u202e\u0000") {
		t.Errorf("got %q %q", ticket.Name, ticket.Phone)
	}
}
