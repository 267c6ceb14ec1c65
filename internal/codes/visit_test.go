package codes_test

import (
	"testing"

	"smarthall/internal/codes"
)

func TestAVisitsBarcodeSaysItsDayAndNumber(t *testing.T) {
	for _, tt := range []struct{ day, number, text string }{
		{"2026-11-22", "E012", "20261122E012"},
		{"2026-11-22", "K1-007", "20261122K1-007"},
		{"2026-11-22", "9", "202611229"},
	} {
		if got := codes.Visit(tt.day, tt.number); got != tt.text {
			t.Errorf("%s %s: got %q, want %q", tt.day, tt.number, got, tt.text)
		}
		day, number, ok := codes.ParseVisit(" " + tt.text + "\r\n")
		if !ok || day != tt.day || number != tt.number {
			t.Errorf("%s: got %q %q %v", tt.text, day, number, ok)
		}
	}
}

func TestOtherTextsAreNoVisitsBarcode(t *testing.T) {
	for _, text := range []string{"", "E012", "20261122", "2026112E012", "http://hall/t/20261122E012", "01JD3Q8Y5ZK6X9V2B7N4M1C0HG", "20261122E012 x"} {
		if day, number, ok := codes.ParseVisit(text); ok {
			t.Errorf("%q is read as %s %s", text, day, number)
		}
	}
	for _, tt := range []struct{ day, number string }{{"", "E012"}, {"2026-11-22", ""}, {"2026-11-22", "号1"}, {"2026-11-22", "E 1"}} {
		if got := codes.Visit(tt.day, tt.number); got != "" {
			t.Errorf("%q %q becomes %q", tt.day, tt.number, got)
		}
	}
}

func FuzzParseVisit(f *testing.F) {
	f.Add("20261122E012")
	f.Add("E012")
	f.Fuzz(func(t *testing.T, text string) {
		day, number, ok := codes.ParseVisit(text)
		if ok && codes.Visit(day, number) == "" {
			t.Errorf("%q is read as %q %q, which have no barcode", text, day, number)
		}
	})
}
