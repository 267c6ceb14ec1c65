package statistics

import (
	"fmt"
	"slices"
	"time"

	"smarthall/hall-server/internal/queue"
)

// Dimension is what a table has its rows by.
type Dimension string

// The dimensions.
const (
	ByDay      Dimension = "day"
	ByHour     Dimension = "hour"
	ByWeekday  Dimension = "weekday"
	ByService  Dimension = "service"
	ByWindow   Dimension = "window"
	ByClerk    Dimension = "clerk"
	ByZone     Dimension = "zone"
	ByChannel  Dimension = "channel"
	ByPriority Dimension = "priority"
)

// Dimensions lists every dimension.
func Dimensions() []Dimension {
	return []Dimension{ByDay, ByHour, ByWeekday, ByService, ByWindow, ByClerk, ByZone, ByChannel, ByPriority}
}

// staged tells whether stages are counted, not visits: a visit that was handed
// on was at several services, windows and clerks.
func (d Dimension) staged() bool { return d == ByService || d == ByWindow || d == ByClerk }

// Filter says which visits are counted. Empty members let everything through.
type Filter struct {
	// From and To are business days, both included.
	From, To queue.Day
	// Hours are those of the hall's clock, [from, to), in which the ticket was
	// taken; Weekdays are 1 (Monday) to 7.
	Hours    [2]int
	Weekdays []int
	Service  queue.ServiceID
	Window   queue.WindowID
	Clerk    queue.StaffID
	Zone     string
	Channel  queue.Channel
	Priority string
}

// maxDays is the longest range of one table: more would say little, and cost
// the memory of every wait in it.
const maxDays = 366

// Check returns what is wrong with f, for people who write programs.
func (f *Filter) Check() error {
	from, err := time.Parse(time.DateOnly, string(f.From))
	if err != nil {
		return fmt.Errorf("first day: %w", err)
	}
	to, err := time.Parse(time.DateOnly, string(f.To))
	if err != nil {
		return fmt.Errorf("last day: %w", err)
	}
	if to.Before(from) || to.Sub(from) >= maxDays*24*time.Hour {
		return fmt.Errorf("%s to %s isn't a range of 1 to %d days", f.From, f.To, maxDays)
	}
	if f.Hours[0] < 0 || f.Hours[1] > 24 || f.Hours != [2]int{} && f.Hours[0] >= f.Hours[1] {
		return fmt.Errorf("%d to %d aren't hours of a day", f.Hours[0], f.Hours[1])
	}
	return nil
}

// visit tells whether v is counted, but for its stages.
func (f *Filter) visit(v *Visit) bool {
	switch {
	case f.From != "" && v.Day < f.From, f.To != "" && v.Day > f.To:
		return false
	case f.Hours != [2]int{} && (v.Hour < f.Hours[0] || v.Hour >= f.Hours[1]):
		return false
	case len(f.Weekdays) > 0 && !slices.Contains(f.Weekdays, v.Weekday):
		return false
	}
	return (f.Zone == "" || f.Zone == v.Zone) && (f.Channel == "" || f.Channel == v.Channel) &&
		(f.Priority == "" || f.Priority == v.Priority)
}

// staged tells whether f chooses among stages.
func (f *Filter) staged() bool { return f.Service != "" || f.Window != "" || f.Clerk != "" }

// stage tells whether s, of a visit that is counted, is counted.
func (f *Filter) stage(s *Stage) bool {
	return (f.Service == "" || f.Service == s.Service) && (f.Window == "" || f.Window == s.Window) &&
		(f.Clerk == "" || f.Clerk == s.Clerk)
}
