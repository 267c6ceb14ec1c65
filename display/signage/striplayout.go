package signage

import (
	"time"

	"smarthall/internal/link"
	"smarthall/internal/screen"
)

// laidOut is faceOf for a strip with a layout of its own; now is in the hall's
// time zone. A state that the layout says nothing for is told as usual.
func laidOut(l *link.LayoutView, windows []link.WindowView, calls []link.CallView, now time.Time) face {
	usual := faceOf(windows, calls)
	if l == nil || l.Strip == nil {
		return usual
	}
	called, serving, ids := busy(windows, calls)
	state, of := rest(windows)
	switch {
	case len(called) > 0:
		state, of = "called", called
	case len(serving) > 0:
		state, of = "serving", serving
	}
	pages := screen.StripPages(l.Strip, state)
	if len(pages) == 0 {
		return usual
	}
	words := screen.StripWords{Now: now}
	if len(of) > 0 {
		words.Window, words.Unit, words.Name, words.Words = of[0].Number, of[0].Unit, of[0].Name, of[0].Text
	}
	if words.Words == "" {
		words.Words = textPaused
	}
	if state == "called" || state == "serving" {
		words.Number, words.Service = numbers(of), of[0].Ticket.ServiceName
	}
	f := face{}
	for _, p := range pages {
		page := link.StripPage{Text: words.Fill(p.Text), Seconds: p.Seconds}
		for _, a := range p.Areas {
			a.Text = words.Fill(a.Text)
			page.Areas = append(page.Areas, a)
		}
		f.pages = append(f.pages, page)
	}
	f.text = f.pages[0].Text
	if state == "called" {
		f.calls = ids
	}
	return f
}

// rest is the state of windows of which none calls or serves, and those that
// are in it: one that is open counts before a paused one.
func rest(windows []link.WindowView) (state string, of []link.WindowView) {
	var paused []link.WindowView
	for _, w := range windows {
		switch {
		case w.Disabled || w.State == link.WindowSignedOut:
		case w.State == link.WindowPaused || w.State == link.WindowAnomaly:
			if w.State == link.WindowAnomaly {
				w.Text = "" // of a pause that is over
			}
			paused = append(paused, w)
		default:
			return "idle", []link.WindowView{w}
		}
	}
	if len(paused) > 0 {
		return "paused", paused
	}
	return "closed", windows
}
