package signage

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/link"
)

// maxStrip is how many characters a strip shows; longer texts are cut.
const maxStrip = 24

// What a strip says where the window has nothing better.
const (
	textClosed = "未开放"
	textPaused = "暂停办理"
)

// face is what a strip is to show; the zero value means nothing is known yet.
type face struct {
	text  string
	calls []string // ids of those it tells of
	// pages are shown in turn, each for its time; text is the first. Empty if
	// text stands alone.
	pages []link.StripPage
}

func (f face) equal(o face) bool {
	return f.text == o.text && slices.Equal(f.calls, o.calls) && slices.EqualFunc(f.pages, o.pages, samePage)
}

func samePage(a, b link.StripPage) bool {
	return a.Text == b.Text && a.Seconds == b.Seconds && slices.Equal(a.Areas, b.Areas)
}

// page returns what is shown in the turn-th turn, and for how long; 0 is until
// something else comes.
func (f face) page(turn int) (p link.StripPage, stay time.Duration) {
	switch len(f.pages) {
	case 0:
		return link.StripPage{Text: f.text}, 0
	case 1:
		return f.pages[0], 0
	}
	p = f.pages[turn%len(f.pages)]
	return p, time.Duration(p.Seconds) * time.Second
}

// below are the windows under a strip: the one it is named after, with all its
// posts, or those that share the screen of that name.
func below(name string, windows []link.WindowView) []link.WindowView {
	var own, shared []link.WindowView
	for _, w := range windows {
		switch {
		case w.Number == name || w.ID == name:
			own = append(own, w)
		case w.Screen == name:
			shared = append(shared, w)
		}
	}
	if len(own) > 0 {
		return own
	}
	return shared
}

// faceOf says what hangs above windows that share a strip. Who is called comes
// first, of all of them; then who is served; then what the open ones are for.
func faceOf(windows []link.WindowView, calls []link.CallView) face {
	called, serving, ids := busy(windows, calls)
	if len(called) > 0 {
		return face{text: summons(called), calls: ids}
	}
	if len(serving) > 0 {
		return face{text: cut("正在办理" + numbers(serving))}
	}
	return face{text: cut(atRest(windows))}
}

// busy are the windows that call on strips, with the ids of those calls, and
// those that serve.
func busy(windows []link.WindowView, calls []link.CallView) (called, serving []link.WindowView, ids []string) {
	for _, w := range windows {
		if w.Disabled || w.State != link.WindowServing || w.Ticket == nil {
			continue
		}
		if w.Ticket.State != "called" {
			serving = append(serving, w)
			continue
		}
		call := callOf(*w.Ticket, calls)
		if call.Uses(link.CallLED) {
			called = append(called, w)
			ids = append(ids, call.ID)
		}
	}
	return called, serving, slices.DeleteFunc(ids, func(id string) bool { return id == "" })
}

// summons says which numbers go to which windows, in fewer words if there are
// many: 请A012、A013到8号窗口.
func summons(called []link.WindowView) string {
	var parts []string
	for len(called) > 0 {
		number := called[0].Number
		other := func(w link.WindowView) bool { return w.Number != number }
		here := slices.DeleteFunc(slices.Clone(called), other)
		called = slices.DeleteFunc(called, func(w link.WindowView) bool { return !other(w) })
		parts = append(parts, numbers(here)+"到"+number+"号窗口")
	}
	text := "请" + strings.Join(parts, "，")
	if utf8.RuneCountInString(text) <= maxStrip {
		return text
	}
	return cut(strings.ReplaceAll(strings.Join(parts, " "), "号窗口", "号"))
}

// numbers are those of the tickets in front.
func numbers(windows []link.WindowView) string {
	var list []string
	for _, w := range windows {
		list = append(list, w.Ticket.Number)
	}
	return strings.Join(list, "、")
}

// atRest is what windows say that neither call nor serve: the open ones their
// name, else the paused ones the clerk's words.
func atRest(windows []link.WindowView) string {
	text := textClosed
	for _, w := range windows {
		switch {
		case w.Disabled, w.State == link.WindowSignedOut:
		case w.State == link.WindowPaused || w.State == link.WindowAnomaly:
			if text != textClosed && text != textPaused {
				continue
			}
			text = textPaused
			if w.State == link.WindowPaused && w.Text != "" {
				text = w.Text
			}
		case w.Name != "":
			return w.Name
		default:
			return w.Number + "号窗口"
		}
	}
	return text
}

// callOf returns the latest call of a ticket; one that isn't known yet is taken
// to use every channel.
func callOf(t link.TicketView, calls []link.CallView) link.CallView {
	for _, c := range calls {
		if c.ID == t.Call || t.Call == "" && c.Ticket == t.ID {
			return c
		}
	}
	return link.CallView{ID: t.Call}
}

// cut shortens text to what a strip can show.
func cut(text string) string {
	if utf8.RuneCountInString(text) <= maxStrip {
		return text
	}
	return string([]rune(text)[:maxStrip-1]) + "…"
}
