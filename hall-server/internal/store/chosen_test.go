package store_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/statistics"
)

func TestServicesAreCountedByTheDaysAsked(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "hall.db"))
	var list []statistics.Visit
	for _, v := range []struct{ ticket, day, service string }{
		{"t1", "2026-10-23", "tax"},
		{"t2", "2026-10-24", "tax"},
		{"t3", "2026-11-22", "tax"},
		{"t4", "2026-11-22", "card"},
		{"t5", "2026-11-23", "card"},
	} {
		visit := someVisit()
		visit.Ticket, visit.Day, visit.Service = queue.TicketID(v.ticket), queue.Day(v.day), queue.ServiceID(v.service)
		list = append(list, visit)
	}
	must(t, db.SaveVisits(t.Context(), list, nil))
	got, err := db.Chosen(t.Context(), "2026-10-24", "2026-11-22")
	must(t, err)
	if diff := cmp.Diff(got, map[string]int{"tax": 2, "card": 1}); diff != "" {
		t.Error(diff)
	}
	if got, err := db.Chosen(t.Context(), "2027-01-01", "2027-01-31"); err != nil || len(got) != 0 {
		t.Errorf("of days without visits: %v, %v", got, err)
	}
}
