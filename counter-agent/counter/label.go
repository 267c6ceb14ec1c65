package counter

import (
	"context"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/link"
	"smarthall/internal/sticker"
)

// printLabel prints the label of a visit for the papers on the desk. It works
// without the hall for the tickets that the page shows.
func (c *Counter) printLabel(ctx context.Context, m link.Message) (any, error) {
	var ref link.PrintLabel
	if err := m.Into(&ref); err != nil {
		return nil, err
	}
	if ref.Ticket == "" {
		return nil, agent.Refuse(422, "ticket.missing", "没有指明号码")
	}
	hall, _ := c.agent.Hall()
	ticket, ok := ticketIn(hall, ref.Ticket)
	if !ok {
		answer, err := c.agent.Client.CallBriefly(ctx, m.ID, link.TypeTicketFind, link.FindTicket{Text: ref.Ticket})
		if err != nil {
			return nil, err
		}
		var found link.Answer
		if err := answer.Into(&found); err != nil {
			return nil, err
		}
		if found.Ticket == nil {
			return nil, agent.Refuse(404, "ticket.unknown", "没有这张号票，可能已过当日")
		}
		ticket = *found.Ticket
	}
	label := sticker.Of(ticket, zoneOf(hall))
	if ref.Case != "" {
		if label, ok = sticker.ForCase(label, ref.Case); !ok {
			return nil, agent.Refuse(422, "label.case", "办件编号不对，请重新打印")
		}
	}
	label.QR = "" // papers on a desk are read by scanners, and the barcode gets its room
	return link.Answer{}, c.agent.PrintLabel(ctx, m.ID, ticket.ID, label)
}

// ticketIn is a ticket as the hall last told of it.
func ticketIn(hall link.Snapshot, id string) (link.TicketView, bool) {
	var known []link.TicketView
	for _, w := range hall.Windows {
		if w.Ticket != nil {
			known = append(known, *w.Ticket)
		}
	}
	if q := hall.Queue; q != nil {
		for _, list := range [][]link.TicketView{q.Waiting, q.Missed, q.Parked} {
			known = append(known, list...)
		}
	}
	for _, t := range known {
		if t.ID == id {
			return t, true
		}
	}
	return link.TicketView{}, false
}

// zoneOf is the hall's time zone, this machine's if the hall doesn't say.
func zoneOf(hall link.Snapshot) *time.Location {
	if hall.Hall.TimeZone == "" {
		return time.Local
	}
	zone, err := time.LoadLocation(hall.Hall.TimeZone)
	if err != nil {
		return time.Local
	}
	return zone
}
