package queue_test

import (
	"errors"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

func TestTicketsAreGivenInOpeningHours(t *testing.T) {
	conf := config()
	loc, err := time.LoadLocation(conf.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	day := []queue.Hours{{From: 9 * 60, To: 12 * 60}, {From: 13 * 60, To: 17 * 60}}
	conf.Opening = &queue.Opening{Days: map[queue.Day][]queue.Hours{
		"2026-11-24": nil, "2026-11-28": {{From: 10 * 60, To: 11 * 60}}, // a Tuesday off, a Saturday
	}}
	for weekday := time.Monday; weekday <= time.Friday; weekday++ {
		conf.Opening.Week[weekday] = day
	}
	tests := []struct {
		name, at, opens string // local times; opens is empty if tickets are given
	}{
		{"too early", "2026-11-23 08:59", "2026-11-23 09:00"},
		{"from the first minute", "2026-11-23 09:00", ""},
		{"over noon", "2026-11-23 12:00", "2026-11-23 13:00"},
		{"in the afternoon", "2026-11-23 16:59", ""},
		{"in the evening, before a day off", "2026-11-23 17:00", "2026-11-25 09:00"},
		{"on a day off", "2026-11-24 10:00", "2026-11-25 09:00"},
		{"on Friday evening, before a Saturday with hours", "2026-11-27 18:00", "2026-11-28 10:00"},
		{"on that Saturday", "2026-11-28 10:30", ""},
		{"on Sunday", "2026-11-29 10:30", "2026-11-30 09:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, loc)
			if err != nil {
				t.Fatal(err)
			}
			now := queue.TimeOf(at)
			s := queue.NewState()
			events, err := queue.Decide(s, queue.Configure{Config: conf}, now)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if err := queue.Apply(s, e, now); err != nil {
					t.Fatal(err)
				}
			}
			take := queue.TakeTicket{ID: "t1", Service: conf.Services[0].ID, Channel: "card"}
			_, err = queue.Decide(s, take, now)
			var refusal *queue.Refusal
			if errors.As(err, &refusal) != (tt.opens != "") || refusal != nil && (refusal.Code != "hall.shut" || refusal.Vars["opens"] != tt.opens) {
				t.Errorf("got %v, want to open at %q", err, tt.opens)
			}
			take.Exceed = "staff say so"
			if _, err := queue.Decide(s, take, now); err != nil {
				t.Errorf("staff may not: %v", err)
			}
		})
	}
}
