package hall

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Ticket is what stands on the paper: Lines, or without them the usual
// ones with Head and Foot around.
type Ticket struct {
	Head []string `yaml:"head"`
	Foot []string `yaml:"foot"`
	// Materials tells whether what to bring is printed.
	Materials bool `yaml:"materials"`
	// Lines are the paper from top to bottom; empty means the usual ones.
	Lines []TicketLine `yaml:"lines"`
}

// TicketLine is one element of the paper.
type TicketLine struct {
	// Show is what it shows; one of TicketShows.
	Show string `yaml:"show" json:"show"`
	// Text is that of a line of text.
	Text string `yaml:"text" json:"text,omitempty" maxLength:"200"`
	// Size is 1 (the default) to 4, in both directions.
	Size int  `yaml:"size" json:"size,omitempty" minimum:"0" maximum:"4"`
	Bold bool `yaml:"bold" json:"bold,omitempty"`
	// Align is left (the default), center or right.
	Align string `yaml:"align" json:"align,omitempty" enum:"left,center,right"`
	// Feed is how many empty lines a feed is; 1 if absent.
	Feed int `yaml:"feed" json:"feed,omitempty" minimum:"0" maximum:"20"`
}

// What a line of the paper may show. What doesn't apply to a ticket, such as the
// booked time of somebody who walked in, leaves no line.
const (
	ShowText      = "text"
	ShowHall      = "hall"      // the hall's name
	ShowService   = "service"   // the service's name
	ShowNumber    = "number"    // the ticket's number
	ShowSlot      = "slot"      // the booked time
	ShowPriority  = "priority"  // the priority class
	ShowAhead     = "ahead"     // how many people are ahead
	ShowWait      = "wait"      // the expected wait
	ShowWindows   = "windows"   // the windows and their zone
	ShowWay       = "way"       // how to get there
	ShowMaterials = "materials" // what to bring
	ShowQR        = "qr"        // the code that shows the progress on a phone
	ShowTime      = "time"      // when it was taken
	ShowRule      = "rule"      // a line across the paper
	ShowFeed      = "feed"      // empty lines
)

// TicketShows are all that a line may show.
var TicketShows = []string{
	ShowText, ShowHall, ShowService, ShowNumber, ShowSlot, ShowPriority, ShowAhead, ShowWait, ShowWindows, ShowWay,
	ShowMaterials, ShowQR, ShowTime, ShowRule, ShowFeed,
}

const maxTicketLines = 40

// Paper is the paper from top to bottom.
func (t *Ticket) Paper() []TicketLine {
	if len(t.Lines) > 0 {
		return t.Lines
	}
	centre := func(show string, size int, bold bool) TicketLine {
		return TicketLine{Show: show, Size: size, Bold: bold, Align: "center"}
	}
	text := func(text string, size int, bold bool) TicketLine {
		return TicketLine{Show: ShowText, Text: text, Size: size, Bold: bold, Align: "center"}
	}
	var lines []TicketLine
	for i, head := range t.Head {
		lines = append(lines, text(head, 2-min(i, 1), i == 0))
	}
	lines = append(lines, TicketLine{Show: ShowRule},
		centre(ShowService, 1, true), centre(ShowNumber, 4, true), centre(ShowSlot, 2, true), centre(ShowPriority, 1, true),
		centre(ShowAhead, 2, false), centre(ShowWait, 1, false), TicketLine{Show: ShowRule},
		TicketLine{Show: ShowWindows}, TicketLine{Show: ShowWay})
	if t.Materials {
		lines = append(lines, TicketLine{Show: ShowMaterials})
	}
	lines = append(lines, TicketLine{Show: ShowQR, Align: "center"}, text("扫码看排队进度", 1, false))
	for _, foot := range t.Foot {
		lines = append(lines, text(foot, 1, false))
	}
	return append(lines, centre(ShowTime, 1, false), TicketLine{Show: ShowFeed, Feed: 3})
}

// TicketMistake is one thing wrong with a paper. Path is the line's place from
// 0, empty for the whole.
type TicketMistake struct{ Path, Message string }

// CheckTicketLines tells what is wrong with a paper.
func CheckTicketLines(lines []TicketLine) []TicketMistake {
	var out []TicketMistake
	add := func(path, format string, args ...any) {
		out = append(out, TicketMistake{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	if len(lines) == 0 {
		return nil
	}
	if len(lines) > maxTicketLines {
		add("", "号票最多 %d 行", maxTicketLines)
		return out
	}
	numbers, codes := 0, 0
	for i, l := range lines {
		path := fmt.Sprint(i)
		if !slices.Contains(TicketShows, l.Show) {
			add(path, "号票上没有 %q 这种内容", l.Show)
		}
		if l.Size < 0 || l.Size > 4 {
			add(path, "字号只能是 1 到 4")
		}
		if !slices.Contains([]string{"", "left", "center", "right"}, l.Align) {
			add(path, "对齐只能是 left、center 或 right")
		}
		if l.Feed < 0 || l.Feed > 20 {
			add(path, "空行只能是 1 到 20 行")
		}
		if l.Show == ShowText && (strings.TrimSpace(l.Text) == "" || utf8.RuneCountInString(l.Text) > 200) {
			add(path, "文字不能为空，最多 200 个字")
		}
		if l.Show == ShowNumber {
			numbers++
		}
		if l.Show == ShowQR {
			codes++
		}
	}
	if numbers != 1 {
		add("", "号票上要有且只有一处号码")
	}
	if codes > 1 {
		add("", "号票上只能有一个二维码")
	}
	return out
}

func (c *checker) checkTicket(h *Hall) {
	for _, m := range CheckTicketLines(h.Ticket.Lines) {
		c.add(strings.TrimSuffix("ticket/lines/"+m.Path, "/"), "%s", m.Message)
	}
}
