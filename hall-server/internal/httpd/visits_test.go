package httpd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"smarthall/hall-server/internal/hall"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// slot is an appointment of the day on which the hall's clock starts.
func slot(service, from, to string) map[string]any {
	return map[string]any{"service": service, "from": "2026-11-23T" + from + ":00+08:00", "to": "2026-11-23T" + to + ":00+08:00", "via": "portal"}
}

// imported is one that comes with the id it was booked under.
func imported(id string) map[string]any {
	one := slot("tax", "10:00", "10:30")
	one["id"] = id
	return one
}

// book books a visit for tax and returns its id.
func (f *fixture) book(from, to string) string {
	f.Helper()
	var a link.AppointmentView
	f.must(http.StatusCreated, "POST", api+"/appointments", slot("tax", from, to), &a)
	return a.ID
}

// edited starts the demo hall with one text of its file replaced by another.
func edited(t *testing.T, from, to string) *fixture {
	t.Helper()
	text := strings.Replace(string(hall.Demo), from, to, 1)
	if text == string(hall.Demo) {
		t.Fatalf("the demo hall has no %q", from)
	}
	file := filepath.Join(t.TempDir(), "hall.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h := testkit.Hall(t, testkit.File(file))
	return &fixture{T: t, hall: h, tokens: map[string]string{
		kiosk: h.Token("kiosk", "", "kiosk-1"), manager: h.Token("manager", "", "manager"),
	}}
}

// TestATransferKeepsTheNumber: the citizen goes on with the same paper.
func TestATransferKeepsTheNumber(t *testing.T) {
	f := newFixture(t)
	id := f.ticket("serving")
	var before, after link.TicketView
	f.must(200, "GET", api+"/tickets/"+id, nil, &before)
	f.must(200, "POST", api+"/tickets/"+id+"/transfer", map[string]any{"service": "real-estate", "reason": "材料在那边"}, &after)
	if after.Number != before.Number || after.Service != "real-estate" || after.State != "waiting" {
		t.Errorf("got %+v from %+v", after, before)
	}
	var history struct {
		Steps []struct{ Event, Text, Actor string }
	}
	f.must(200, "GET", api+"/tickets/"+id+"/history", nil, &history)
	var events []string
	for _, step := range history.Steps {
		events = append(events, step.Event)
		if step.Text == "" || step.Actor == "" {
			t.Errorf("a step without words or without whose it was: %+v", step)
		}
	}
	if got, want := strings.Join(events, " "), "ticket.taken ticket.called service.started ticket.transferred"; got != want {
		t.Errorf("the history is %s, want %s", got, want)
	}
}

// TestParkingFreesTheWindow: the clerk calls somebody else meanwhile, and goes
// on with the parked visit afterwards.
func TestParkingFreesTheWindow(t *testing.T) {
	f := newFixture(t)
	parked, next := f.ticket("serving"), f.take()
	f.must(200, "POST", api+"/tickets/"+parked+"/park", map[string]any{"reason": "去复印", "minutes": 20}, nil)
	f.must(200, "POST", api+"/windows/4/call-next", nil, nil)
	if a := f.as(clerk, "POST", api+"/tickets/"+parked+"/resume", nil); a.Status != http.StatusConflict {
		t.Errorf("a busy window resumed: %d %s", a.Status, a.Body)
	}
	f.must(200, "POST", api+"/tickets/"+next+"/no-show", nil, nil)
	var v link.TicketView
	f.hall.Must(200, testkit.Request{Method: "POST", Path: api + "/tickets/" + parked + "/resume", Token: f.tokens[clerk]}, &v)
	if v.State != "serving" || v.Window != "4" || v.Parked != "" {
		t.Errorf("resumed as %+v", v)
	}
}

// TestOneAppointmentOneTicket, even if asked twice and at two machines.
func TestOneAppointmentOneTicket(t *testing.T) {
	f := newFixture(t)
	id := f.book("09:10", "09:40")
	var first, again link.TicketView
	f.must(201, "POST", api+"/appointments/"+id+"/check-in", nil, &first)
	f.must(201, "POST", api+"/appointments/"+id+"/check-in", nil, &again)
	if first.ID == "" || first.ID != again.ID || first.Appointment != id || first.SlotAt == nil {
		t.Errorf("got %+v, then %+v", first, again)
	}
	early := f.book("11:00", "11:30")
	p := f.problem(f.as(kiosk, "POST", api+"/appointments/"+early+"/check-in", nil))
	if p.Code != "appointment.early" || !strings.Contains(p.Detail, "10:30") {
		t.Errorf("too early: %+v", p)
	}
}

// TestAnImportSentAgainChangesNothing, in JSON and as the file that Excel
// writes.
func TestAnImportSentAgainChangesNothing(t *testing.T) {
	f := newFixture(t)
	body := map[string]any{"appointments": []any{imported("p-1"), imported("p-2")}}
	f.must(200, "POST", api+"/appointments/import", body, nil)
	before := f.records()
	f.must(200, "POST", api+"/appointments/import", body, nil)
	if after := f.records(); after != before {
		t.Errorf("the log grew from %s to %s", before, after)
	}
	file := "\xef\xbb\xbf预约编号,业务,日期,开始,结束,姓名,手机号,渠道\np-3,tax,2026/11/23,14:00,14:30,王小明,13800138000,app\n"
	a := f.hall.Do(testkit.Request{
		Method: "POST", Path: api + "/appointments/import-csv", Token: f.tokens[manager], Body: file,
		Header: http.Header{"Content-Type": {"text/csv"}},
	})
	if a.Status != 200 {
		t.Fatalf("import a file: %d %s", a.Status, a.Body)
	}
	var list struct{ Appointments []link.AppointmentView }
	f.must(200, "GET", api+"/appointments?day=2026-11-23", nil, &list)
	if len(list.Appointments) != 3 || list.Appointments[2].ID != "p-3" || strings.Contains(list.Appointments[2].Name, "小") {
		t.Errorf("got %+v", list.Appointments)
	}
}

// TestTwoHundredPlacesForFiveHundredRequests gives exactly two hundred, to
// walk-ins and bookings together, and says why to the others.
func TestTwoHundredPlacesForFiveHundredRequests(t *testing.T) {
	f := edited(t, "    series: C\n", "    series: C\n    quotas: [{places: 200}]\n")
	var given, full, wrong atomic.Int64
	var wg sync.WaitGroup
	requests := make(chan int, 500)
	for i := range 500 {
		requests <- i
	}
	close(requests)
	for range 64 {
		wg.Go(func() {
			for i := range requests {
				path, body := api+"/tickets", map[string]any{"service": "tax", "channel": "phone"}
				if i%5 == 0 {
					path, body = api+"/appointments", slot("tax", "10:00", "10:30")
				}
				a := f.hall.Do(testkit.Request{Method: "POST", Path: path, Token: f.tokens[kiosk], Body: body})
				switch {
				case a.Status == http.StatusCreated:
					given.Add(1)
				case a.Status == http.StatusConflict && strings.Contains(a.Body, "quota.full"):
					full.Add(1)
				default:
					wrong.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if given.Load() != 200 || full.Load() != 300 || wrong.Load() != 0 {
		t.Errorf("%d got a place, %d read that it is full, %d got something else", given.Load(), full.Load(), wrong.Load())
	}
	var quotas struct {
		Quotas []struct{ Places, Used int }
	}
	f.must(200, "GET", api+"/quotas", nil, &quotas)
	if len(quotas.Quotas) != 1 || quotas.Quotas[0].Used != 200 {
		t.Errorf("quotas are %+v", quotas)
	}
}

// TestFiftyCallersOnOneQueue: everybody gets somebody else, nobody gets an
// error, nobody is skipped.
func TestFiftyCallersOnOneQueue(t *testing.T) {
	var windows, staff strings.Builder
	for i := range 50 {
		fmt.Fprintf(&windows, "  - {id: \"w%d\", number: \"%d\", name: 涉税, zone: A, services: [tax]}\n", i, 100+i)
		fmt.Fprintf(&staff, "  - {id: s%d, name: 某%d, role: clerk, password: $2a$10$4OzDmqjL8/F5v6FyUgIh3es047QJYHM0dAe8e7jAG3zxnhgD8otOy}\n", i, i)
	}
	text := strings.Replace(string(hall.Demo), "\nwindows:\n", "\nwindows:\n"+windows.String(), 1)
	text = text[:strings.Index(text, "\nagents:")] + "\n" + staff.String() + text[strings.Index(text, "\nagents:"):]
	file := filepath.Join(t.TempDir(), "hall.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h := testkit.Hall(t, testkit.File(file))
	f := &fixture{T: t, hall: h, tokens: map[string]string{manager: h.Token("manager", "", "manager")}}
	const people = 200
	for range people {
		f.take()
	}
	for i := range 50 {
		f.must(200, "POST", fmt.Sprintf("%s/windows/w%d/sign-in", api, i), map[string]any{"staff": fmt.Sprintf("s%d", i)}, nil)
	}
	var called sync.Map
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for range people / 50 {
				var out struct{ Ticket link.TicketView }
				a := h.Do(testkit.Request{Method: "POST", Path: fmt.Sprintf("%s/windows/w%d/call-next", api, i), Token: f.tokens[manager]})
				if a.Status != 200 {
					t.Errorf("window w%d: %d %s", i, a.Status, a.Body)
					return
				}
				if err := json.Unmarshal([]byte(a.Body), &out); err != nil {
					t.Errorf("window w%d: %v", i, err)
				}
				if by, twice := called.LoadOrStore(out.Ticket.Number, i); twice {
					t.Errorf("%s was called by w%v and w%d", out.Ticket.Number, by, i)
				}
				for _, verb := range []string{"arrive", "finish"} {
					if a := h.Do(testkit.Request{Method: "POST", Path: api + "/tickets/" + out.Ticket.ID + "/" + verb, Token: f.tokens[manager]}); a.Status != 200 {
						t.Errorf("%s: %d %s", verb, a.Status, a.Body)
					}
				}
			}
		})
	}
	wg.Wait()
	for i := 1; i <= people; i++ {
		if _, ok := called.Load(fmt.Sprintf("C%03d", i)); !ok {
			t.Errorf("C%03d was never called", i)
		}
	}
}

// TestAStrategyTakesEffectAtTheNextCall, for one window or all.
func TestAStrategyTakesEffectAtTheNextCall(t *testing.T) {
	f := newFixture(t)
	f.open()
	id := f.take()
	var out struct{ Windows []link.WindowView }
	f.must(200, "PUT", api+"/windows/strategy", map[string]any{"strategy": map[string]any{"kind": "by-hand"}}, &out)
	for _, w := range out.Windows {
		if w.Strategy != "by-hand" || w.StrategyText == "" {
			t.Errorf("window %s uses %q (%s)", w.ID, w.Strategy, w.StrategyText)
		}
	}
	if p := f.problem(f.as(manager, "POST", api+"/windows/4/call-next", nil)); p.Code != "window.by-hand" {
		t.Errorf("call-next by hand: %+v", p)
	}
	f.must(200, "PUT", api+"/windows/4/strategy", map[string]any{"kind": "ratio", "weights": map[string]int{"appointment": 2, "walk-in": 1}}, nil)
	var called struct {
		Ticket link.TicketView
		Reason link.ReasonView
	}
	f.must(200, "POST", api+"/windows/4/call-next", nil, &called)
	if called.Ticket.ID != id || called.Reason.Rule != "ratio" || called.Reason.Text == "" {
		t.Errorf("called %+v because of %+v", called.Ticket, called.Reason)
	}
}

// TestAPriorityNeedsItsAuthoriser: age by the card, or a member of staff.
func TestAPriorityNeedsItsAuthoriser(t *testing.T) {
	f := newFixture(t)
	take := map[string]any{"service": "tax", "channel": "phone", "priority": "pregnant"}
	if p := f.problem(f.as(kiosk, "POST", api+"/tickets", take)); p.Code != "priority.unauthorised" {
		t.Errorf("a machine alone: %+v", p)
	}
	take["authoriser"] = map[string]string{"staff": "li", "password": "wrong"}
	if p := f.problem(f.as(kiosk, "POST", api+"/tickets", take)); p.Code != "staff.password" {
		t.Errorf("a wrong password: %+v", p)
	}
	take["authoriser"] = map[string]string{"staff": "li", "password": "demo1234"}
	var v link.TicketView
	f.hall.Must(201, testkit.Request{Method: "POST", Path: api + "/tickets", Token: f.tokens[kiosk], Body: take}, &v)
	if v.Priority != "pregnant" {
		t.Errorf("got %+v", v)
	}
	old := map[string]any{"service": "tax", "channel": "card", "person": map[string]any{"name": "王大明", "idNumber": "11010519491231002X"}}
	f.hall.Must(201, testkit.Request{Method: "POST", Path: api + "/tickets", Token: f.tokens[kiosk], Body: old}, &v)
	if v.Priority != "elderly" {
		t.Errorf("born in 1949 and %q", v.Priority)
	}
}
