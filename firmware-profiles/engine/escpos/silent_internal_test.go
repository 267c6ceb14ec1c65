package escpos

import (
	"slices"
	"testing"

	"smarthall/firmware-profiles/profile"
)

// Whether paper came out can't be known of a printer that doesn't answer: one
// that was only slow once must not stay such for half a minute.
func TestASilentPrinterIsAskedAgainAtOnceAndSeldomLater(t *testing.T) {
	s := &session{p: &Printer{profile: &profile.Profile{}}}
	var asked []int
	for poll := 1; poll <= 2*reprobe; poll++ {
		if s.reprobeNow() {
			asked = append(asked, poll)
		}
	}
	if want := []int{1, 2, 3, 15, 30}; !slices.Equal(asked, want) {
		t.Errorf("asked at polls %v, want %v", asked, want)
	}
	s = &session{p: &Printer{profile: &profile.Profile{Quirks: []profile.Quirk{profile.QuirkNoStatus}}}}
	for range reprobe {
		if s.reprobeNow() {
			t.Fatal("a printer that can't answer was asked")
		}
	}
}
