package view_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

func TestTheLabelOpensItsVisitAndNamesNobody(t *testing.T) {
	f := newFixture(t, nil)
	person := view.Person(privacy.NewVault([]byte(strings.Repeat("k", 32))), link.Person{Name: "欧阳小明", IDNumber: "11010519491231002X"})
	f.do(queue.TakeTicket{ID: "t1", Service: "social-card", Channel: "card", Person: person, Minutes: 12})
	ticket := f.state.Tickets["t1"]
	label := f.view.Paper(ticket).Label
	want := &link.Label{
		Title: "F001 社会保障卡业务", Lines: []string{"申请人 欧阳*", "取号 2026-11-23 09:00"},
		Code: "20261123F001", QR: "http://hall.test/t/t1",
	}
	if diff := cmp.Diff(want, label); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if copied := f.view.Copy(ticket, 1, f.now).Label; copied.Code != label.Code || !strings.Contains(strings.Join(copied.Lines, ""), "补打") {
		t.Errorf("a copy says %+v", copied)
	}
	for text, want := range map[string]*queue.Ticket{
		label.Code: ticket, strings.ToLower(label.Code) + "\r": ticket, label.QR: ticket, "t1": ticket, "f001": ticket,
		"20261122F001": nil, // yesterday's number is another's
		"20261123F002": nil,
	} {
		if got := view.FindTicket(f.state, text); got != want {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
}

func TestTheLabelOpensItsVisitAtAKiosk(t *testing.T) {
	f := newFixture(t, nil)
	person := view.Person(privacy.NewVault([]byte(strings.Repeat("k", 32))), link.Person{Name: "欧阳小明", IDNumber: "11010519491231002X"})
	const id = "01JDB7ZK3R8Q4W2V5T6Y7N8M9P"
	f.do(queue.TakeTicket{ID: id, Service: "social-card", Channel: "card", Person: person, Minutes: 12})
	label := f.view.Paper(f.state.Tickets[id]).Label
	for code, want := range map[string]int{
		label.Code: 1, label.QR: 1, id: 1,
		"20261122F001":     0, // another day's
		"20261123F002":     0,
		"F001":             0, // called out for everybody to hear
		"SQ20261123000012": 0,
		"":                 0,
	} {
		visits := f.view.Visits(f.state, nil, code, f.now)
		if len(visits.Tickets) != want {
			t.Errorf("%q opens %d visits, want %d", code, len(visits.Tickets), want)
		}
	}
	own := []string{f.state.Tickets[id].Person.Key}
	if visits := f.view.Visits(f.state, own, label.Code, f.now); len(visits.Tickets) != 1 {
		t.Errorf("her card and her label show %d visits", len(visits.Tickets))
	}
}
