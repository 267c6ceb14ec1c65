package view

import (
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// ClerkDay counts how a clerk's day went, at whatever windows. A visit counts
// for the clerk who called it last.
type ClerkDay struct {
	clerk  queue.StaffID
	out    link.ClerkDay
	served int
	took   time.Duration
	waited time.Duration
}

// NewClerkDay begins the count for clerk; "" counts nothing.
func NewClerkDay(clerk queue.StaffID) *ClerkDay { return &ClerkDay{clerk: clerk} }

// Count adds a visit of the day, if it is the clerk's.
func (d *ClerkDay) Count(t *queue.Ticket) {
	if d.clerk == "" || t.Clerk != d.clerk {
		return
	}
	switch t.State {
	case queue.Missed:
		d.out.Missed++
	case queue.Parked:
		d.out.Parked++
	case queue.Finished:
		d.served++
		d.waited += t.Waited(t.Ended)
		took := t.Served(t.Ended)
		d.took += took
		d.out.LongestServiceSeconds = max(d.out.LongestServiceSeconds, int(took/time.Second))
	}
	if t.Score > 0 {
		d.out.Rated++
	}
	if t.Score >= satisfied {
		d.out.Satisfied++
	}
}

// View is the day so far: how many were served, in how many seconds each, and
// the rest.
func (d *ClerkDay) View() (served, meanSeconds int, rest link.ClerkDay) {
	if d.served > 0 {
		meanSeconds = int(d.took/time.Second) / d.served
		d.out.MeanWaitSeconds = int(d.waited/time.Second) / d.served
	}
	return d.served, meanSeconds, d.out
}

// satisfied is the lowest rating that counts as such (基本满意).
const satisfied = 3

// next says why the first of waiting is the one that the window would call next;
// nil if it would call somebody else or nobody.
func (v *Viewer) next(s *queue.State, id queue.WindowID, waiting []*queue.Ticket) *link.ReasonView {
	next, why := s.WouldCall(id, s.Last)
	if next == "" || len(waiting) == 0 || waiting[0].ID != next {
		return nil
	}
	reason := Reason(why)
	return &reason
}

// notes are what clerks wrote about a visit, for the clerk who has it in front.
func (v *Viewer) notes(t *queue.Ticket) []link.NoteView {
	var out []link.NoteView
	h := v.Hall.Hall()
	for _, n := range t.Notes {
		w, _ := h.Window(n.Window)
		clerk := string(n.Clerk)
		if person, ok := h.Person(clerk); ok {
			clerk = person.Name
		}
		out = append(out, link.NoteView{Window: w.Number, Clerk: clerk, Text: n.Text, At: n.At.Std()})
	}
	return out
}
