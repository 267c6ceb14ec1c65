// Package queue is the hall's queue as one deterministic state machine.
//
// A command goes in, events or a refusal come out (Decide), and events change
// the state (Apply). There is no I/O, no clock and no randomness inside: time
// and ids come with the command, so a day of the hall can be replayed from its
// log to the same state. One goroutine owns a State; package core is that
// owner.
//
// What flows through: TakeTicket → TicketTaken → waiting; CallNext → pick →
// TicketCalled with the Reason that this ticket was chosen; Arrive, NoShow,
// PutBack, Finish … along the transition table in transition.go.
package queue

import "time"

// Time is an instant in Unix milliseconds, the resolution of the log.
type Time int64

// TimeOf converts t, dropping what is below a millisecond.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// Std converts t to the standard library's type, in UTC.
func (t Time) Std() time.Time { return time.UnixMilli(int64(t)).UTC() }

// Add returns t+d.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

// Sub returns t-u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Millisecond }

type (
	// TicketID names a ticket for ever; the command that takes it brings it.
	TicketID string
	// ServiceID names a service; the hall's configuration gives it.
	ServiceID string
	// WindowID names a service window.
	WindowID string
	// SeriesID names a run of ticket numbers.
	SeriesID string
	// StaffID names a member of staff.
	StaffID string
)

// Day is a business day, YYYY-MM-DD in the hall's time zone.
type Day string

// BusinessDay returns the day that t belongs to when days change at cutOff
// after midnight in loc.
func BusinessDay(t Time, loc *time.Location, cutOff time.Duration) Day {
	return Day(t.Std().In(loc).Add(-cutOff).Format(time.DateOnly))
}
