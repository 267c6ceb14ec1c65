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

// ForCase is a visit's label once its application has a number: that is what
// the barcode says, which opens the case on any day and everywhere. The number
// comes from a page; false if it is none.
func ForCase(label link.Label, number string) (link.Label, bool) {
	read := codes.Read(number)
	if read.Kind != codes.KindCase || len(read.Case) > longestCase {
		return label, false
	}
	label.Code = read.Case
	label.Lines = append([]string{"办件 " + read.Case}, label.Lines...)
	return label, true
}

// longestCase is the longest number that a barcode has room for: applications'
// numbers have 16 characters or a few more.
const longestCase = 24

// Scanned is what a page is told of a scanned text.
func Scanned(text string) link.Scanned {
	read := codes.Read(text)
	told := link.Scanned{Text: text, Kind: string(read.Kind), Case: read.Case, Visit: read.Ticket}
	if read.Kind == codes.KindVisit {
		told.Visit = codes.Visit(read.Day, read.Number)
	}
	return told
}
