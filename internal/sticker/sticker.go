// Package sticker words the adhesive label of a visit. A ticket as its clerk
// sees it flows in, masked, and what stands on the label comes out, for the
// hall's print jobs and for the counters that print one by themselves.
package sticker

import (
	"cmp"
	"time"

	"smarthall/internal/codes"
	"smarthall/internal/link"
)

// Of is the label of a visit: its number and service, whose it is as far as
// anybody may read it, when it began, and the barcode that opens it at every
// counter. zone is the hall's time zone.
func Of(t link.TicketView, zone *time.Location) link.Label {
	label := link.Label{
		Title: t.Number + " " + t.ServiceName,
		Code:  codes.Visit(t.Day, t.Number),
		QR:    t.URL,
	}
	if who := cmp.Or(t.Name, t.Phone); who != "" {
		label.Lines = append(label.Lines, "申请人 "+who)
	}
	when := "取号 "
	at := t.TakenAt
	if t.StartedAt != nil {
		when, at = "受理 ", *t.StartedAt
	}
	label.Lines = append(label.Lines, when+at.In(zone).Format("2006-01-02 15:04"))
	return label
}
