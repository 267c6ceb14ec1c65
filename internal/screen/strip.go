package screen

import (
	"strings"
	"time"

	"smarthall/internal/link"
)

// StripWords fill the texts of a strip.
type StripWords struct {
	Number, Window, Unit, Name, Service, Words string
	// Now is in the hall's time zone.
	Now time.Time
}

// Variables are what texts of strips may hold.
var Variables = []string{"{number}", "{window}", "{unit}", "{name}", "{service}", "{words}", "{time}", "{date}"}

// Fill puts the words into a text.
func (w StripWords) Fill(text string) string {
	return strings.NewReplacer(
		"{number}", w.Number, "{window}", w.Window, "{unit}", w.Unit, "{name}", w.Name, "{service}", w.Service, "{words}", w.Words,
		"{time}", w.Now.Format("15:04"), "{date}", w.Now.Format("1月2日"),
	).Replace(text)
}

// StripPages are the pages of a state: called, serving, idle, paused or closed.
func StripPages(s *link.StripLayout, state string) []link.StripPage {
	if s == nil {
		return nil
	}
	switch state {
	case "called":
		return s.Called
	case "serving":
		return s.Serving
	case "idle":
		return s.Idle
	case "paused":
		return s.Paused
	case "closed":
		return s.Closed
	}
	return nil
}
