package codes_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/codes"
)

func TestEveryPaperSaysWhatItIsAbout(t *testing.T) {
	const ticket = "01JD3Q8Y5ZK6X9V2B7N4M1C0HG"
	const item = "1133010000250000012330107019000" // 31 characters
	check, err := codes.CheckDigit("11010520070606001")
	if err != nil {
		t.Fatal(err)
	}
	digit := string(check)
	for _, tt := range []struct {
		name, text string
		want       codes.Scan
	}{
		{"a label", "20261122E012", codes.Scan{Kind: codes.KindVisit, Day: "2026-11-22", Number: "E012"}},
		{"a label in small letters", " 20261122e012\r\n", codes.Scan{Kind: codes.KindVisit, Day: "2026-11-22", Number: "E012"}},
		{"a label of a number without letters", "202611229", codes.Scan{Kind: codes.KindVisit, Day: "2026-11-22", Number: "9"}},
		{"a ticket", "http://hall.example/t/" + ticket, codes.Scan{Kind: codes.KindTicket, Ticket: ticket}},
		{"a ticket of a portal", "https://city.example/hall/t/" + strings.ToLower(ticket) + "?from=paper", codes.Scan{Kind: codes.KindTicket, Ticket: ticket}},
		{"a ticket's id", ticket, codes.Scan{Kind: codes.KindTicket, Ticket: ticket}},
		{"a booking code", "04711234", codes.Scan{Kind: codes.KindBooking, Booking: "04711234"}},
		{"an application", "SQ20261122000123", codes.Scan{Kind: codes.KindCase, Case: "SQ20261122000123"}},
		{"an application that a hall received", "SQ202611229000012", codes.Scan{Kind: codes.KindCase, Case: "SQ202611229000012"}},
		{"an application without its letters", "20261122000123", codes.Scan{Kind: codes.KindCase, Case: "SQ20261122000123"}},
		{"a case by its item's code", item + "202611220007", codes.Scan{Kind: codes.KindCase, Case: item + "202611220007"}},
		{"a case by its body's code", "9144030071526726XG202611220007", codes.Scan{Kind: codes.KindCase, Case: "9144030071526726XG202611220007"}},
		{"a case by its region", "330102202611220007", codes.Scan{Kind: codes.KindCase, Case: "330102202611220007"}},
		{"a notice", "https://city.example/progress?number=SQ20261122000123&code=AB12", codes.Scan{Kind: codes.KindProgress, Case: "SQ20261122000123", Query: "AB12"}},
		{"a document's page", "https://city.example/progress?number=SQ20261122000123", codes.Scan{Kind: codes.KindCase, Case: "SQ20261122000123"}},
		{"nothing", "", codes.Scan{}},
		{"a called number", "E012", codes.Scan{}},
		{"a day that isn't", "20261322E012", codes.Scan{}},
		{"an ID number", "11010519491231002X", codes.Scan{}},
		{"an ID number of somebody born this century", "11010520070606001" + digit, codes.Scan{}},
		{"a credit code", "9144030071526726XG", codes.Scan{}},
		{"another site", "https://evil.example/?number=SQ1&code=1", codes.Scan{}},
		{"a script", "javascript://x/t/" + ticket, codes.Scan{}},
		{"a number that breaks out", "https://city.example/progress?number=SQ20261122000123%26x&code=1", codes.Scan{}},
		{"too long", strings.Repeat("9", 600), codes.Scan{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, codes.Read(tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"20261122E012", "SQ20261122000123", "https://city.example/progress?number=SQ20261122000123&code=AB12", "http://h/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := codes.Read(text)
		for _, part := range []string{s.Number, s.Ticket, s.Booking, s.Case} {
			if strings.ContainsAny(part, "<>&?/\\ \n'\"") {
				t.Errorf("%q is read as %+v", text, s)
			}
		}
		if s.Kind == codes.KindCase && codes.Read(s.Case).Case != s.Case {
			t.Errorf("%q: the number %q isn't read again", text, s.Case)
		}
	})
}
