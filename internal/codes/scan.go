package codes

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
)

// Kind is what a scanned text is about.
type Kind string

// The kinds. The zero value is a text that no paper of ours carries.
const (
	KindVisit    Kind = "visit"    // a label's barcode: Day and Number
	KindTicket   Kind = "ticket"   // a ticket's QR code, or its id: Ticket
	KindBooking  Kind = "booking"  // an appointment's code: Booking
	KindCase     Kind = "case"     // a number of a case or an application: Case
	KindProgress Kind = "progress" // the address of a case's progress, which opens it: Case and Query
)

// Scan is what a text says that a scanner read from a paper, whichever it was.
type Scan struct {
	Kind        Kind
	Day, Number string // YYYY-MM-DD, and the number as it was called
	Ticket      string
	Booking     string
	Case, Query string
}

var (
	ticketID = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)
	booking  = regexp.MustCompile(`^[0-9]{8}$`)
	// An application's number (申请编号): fourteen digits, of which people leave
	// the letters out, and more where a hall made it while the platform was away.
	application = regexp.MustCompile(`^(?:SQ([0-9]{8})[0-9]{6,12}|([0-9]{8})[0-9]{6})$`)
	// A case's number (统一办件编号): the code of its item, or what stands for
	// that, the day and four digits.
	caseNumber = regexp.MustCompile(`^[0-9A-Z]{6,31}([0-9]{8})[0-9]{4}$`)
)

// longestScan is the longest text that is looked at.
const longestScan = 512

// Read tells what a scanned text is about. Nothing is looked up: a code of the
// right shape may still name nothing. An ID number is none of ours, though it
// has the shape of a case's number.
func Read(text string) Scan {
	text = strings.TrimSpace(text)
	if len(text) > longestScan {
		return Scan{}
	}
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		return readAddress(u)
	}
	text = strings.ToUpper(text)
	if ticketID.MatchString(text) {
		return Scan{Kind: KindTicket, Ticket: text}
	}
	if booking.MatchString(text) {
		return Scan{Kind: KindBooking, Booking: text}
	}
	if number := readCase(text); number != "" {
		return Scan{Kind: KindCase, Case: number}
	}
	if day, number, ok := ParseVisit(text); ok && isDay(strings.ReplaceAll(day, "-", "")) {
		return Scan{Kind: KindVisit, Day: day, Number: number}
	}
	return Scan{}
}

// readAddress reads what a QR code says: …/t/TICKET, …/progress?number=…&code=….
func readAddress(u *url.URL) Scan {
	if u.Scheme != "http" && u.Scheme != "https" {
		return Scan{}
	}
	if id := strings.ToUpper(path.Base(u.Path)); ticketID.MatchString(id) {
		return Scan{Kind: KindTicket, Ticket: id}
	}
	number := readCase(strings.ToUpper(u.Query().Get("number")))
	switch code := u.Query().Get("code"); {
	case !strings.HasSuffix(u.Path, "/progress") || number == "":
		return Scan{}
	case code == "":
		return Scan{Kind: KindCase, Case: number}
	default:
		return Scan{Kind: KindProgress, Case: number, Query: code}
	}
}

// readCase is text as a case's number, with the letters that people leave out;
// empty if it is none.
func readCase(text string) string {
	if m := application.FindStringSubmatch(text); m != nil && isDay(m[1]+m[2]) {
		return "SQ" + strings.TrimPrefix(text, "SQ")
	}
	m := caseNumber.FindStringSubmatch(text)
	if m == nil || !isDay(m[1]) {
		return ""
	}
	if _, err := ParseID(text, time.Now()); err == nil {
		return ""
	}
	return text
}

// isDay tells whether eight digits are a day of this century.
func isDay(digits string) bool {
	_, err := time.Parse("20060102", digits)
	return err == nil && strings.HasPrefix(digits, "20")
}
