package view

import (
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// windowDay counts how a window's day went. A visit counts for the window that
// it was called to last.
type windowDay struct {
	id     queue.WindowID
	out    link.WindowDay
	served int
	waited time.Duration
}

func (d *windowDay) count(t *queue.Ticket) {
	if t.Window != d.id {
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
		d.out.LongestServiceSeconds = max(d.out.LongestServiceSeconds, int(t.Served(t.Ended)/time.Second))
	}
	if t.Score > 0 {
		d.out.Rated++
	}
	if t.Score >= satisfied {
		d.out.Satisfied++
	}
}

// satisfied is the lowest rating that counts as such (基本满意).
const satisfied = 3

func (d *windowDay) view() link.WindowDay {
	if d.served > 0 {
		d.out.MeanWaitSeconds = int(d.waited/time.Second) / d.served
	}
	return d.out
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
