package signage

import (
	"slices"
	"strings"
	"testing"

	"smarthall/internal/link"
)

func ticketIn(state, number, call string) *link.TicketView {
	return &link.TicketView{ID: "t-" + number, Number: number, State: state, Call: call}
}

func TestFaceOfOneWindow(t *testing.T) {
	ticket := func(state, call string) *link.TicketView { return ticketIn(state, "A012", call) }
	calls := []link.CallView{
		{ID: "c9", Ticket: "t-A012"},
		{ID: "c8", Ticket: "t-A012"},
		{ID: "c7", Ticket: "t-A012", Channels: []link.CallChannel{link.CallBoard, link.CallVoice}},
		{ID: "c6", Ticket: "t-A012", Channels: []link.CallChannel{}},
		{ID: "c5", Ticket: "t-A012", Channels: []link.CallChannel{link.CallLED}, Silent: true},
	}
	for _, tt := range []struct {
		name string
		in   link.WindowView
		want face
	}{
		{"called", link.WindowView{Number: "3", State: link.WindowServing, Ticket: ticket("called", "c1")}, face{text: "请A012到3号窗口", calls: []string{"c1"}}},
		{"called, the call known by its ticket only", link.WindowView{Number: "3", State: link.WindowServing, Ticket: ticket("called", "")}, face{text: "请A012到3号窗口", calls: []string{"c9"}}},
		{"called without strips", link.WindowView{Number: "3", Name: "社会保险", State: link.WindowServing, Ticket: ticket("called", "c7")}, face{text: "社会保险"}},
		{"called by no channel at all", link.WindowView{Number: "3", State: link.WindowServing, Ticket: ticket("called", "c6")}, face{text: "3号窗口"}},
		{"called silently", link.WindowView{Number: "3", State: link.WindowServing, Ticket: ticket("called", "c5")}, face{text: "请A012到3号窗口", calls: []string{"c5"}}},
		{"serving", link.WindowView{Number: "3", State: link.WindowServing, Ticket: ticket("serving", "c1")}, face{text: "正在办理A012"}},
		{"idle", link.WindowView{Number: "3", Name: "社会保险", State: link.WindowIdle}, face{text: "社会保险"}},
		{"idle without a name", link.WindowView{Number: "3", State: link.WindowIdle}, face{text: "3号窗口"}},
		{"paused", link.WindowView{State: link.WindowPaused, Text: "午休，13:30 恢复"}, face{text: "午休，13:30 恢复"}},
		{"paused without a text", link.WindowView{State: link.WindowPaused}, face{text: "暂停办理"}},
		{"signed out", link.WindowView{Name: "x", State: link.WindowSignedOut}, face{text: "未开放"}},
		{"disabled", link.WindowView{Name: "x", State: link.WindowIdle, Disabled: true}, face{text: "未开放"}},
		{"anomaly", link.WindowView{State: link.WindowAnomaly}, face{text: "暂停办理"}},
		{"long text", link.WindowView{State: link.WindowPaused, Text: strings.Repeat("字", 60)}, face{text: strings.Repeat("字", 23) + "…"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := faceOf([]link.WindowView{tt.in}, calls); !got.equal(tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	if got := faceOf(nil, calls); !got.equal(face{text: "未开放"}) {
		t.Errorf("above no window it says %+v", got)
	}
}

func TestFaceOfWindowsThatShareAStrip(t *testing.T) {
	post := func(state link.WindowState, ticket *link.TicketView) link.WindowView {
		return link.WindowView{Number: "8", Name: "社保卡", State: state, Ticket: ticket}
	}
	called := func(number, call string) link.WindowView {
		return post(link.WindowServing, ticketIn("called", number, call))
	}
	serving := post(link.WindowServing, ticketIn("serving", "A010", "c0"))
	paused := post(link.WindowPaused, nil)
	paused.Text = "午休"
	other := called("B007", "c7")
	other.Number = "9"
	for _, tt := range []struct {
		name string
		in   []link.WindowView
		want face
	}{
		{"two posts call at the same moment", []link.WindowView{called("A012", "c1"), called("A013", "c2")}, face{text: "请A012、A013到8号窗口", calls: []string{"c1", "c2"}}},
		{"a call outweighs who is served", []link.WindowView{serving, called("A013", "c2")}, face{text: "请A013到8号窗口", calls: []string{"c2"}}},
		{"two windows of different numbers", []link.WindowView{called("A012", "c1"), other}, face{text: "请A012到8号窗口，B007到9号窗口", calls: []string{"c1", "c7"}}},
		{"many calls need fewer words", []link.WindowView{called("A012", "c1"), called("A013", "c2"), called("A014", "c3"), called("A015", "c4")}, face{text: "A012、A013、A014、A015到8号", calls: []string{"c1", "c2", "c3", "c4"}}},
		{"both serve", []link.WindowView{serving, serving}, face{text: "正在办理A010、A010"}},
		{"one paused, one serving", []link.WindowView{paused, serving}, face{text: "正在办理A010"}},
		{"one paused, one open", []link.WindowView{paused, post(link.WindowIdle, nil)}, face{text: "社保卡"}},
		{"one paused, one closed", []link.WindowView{post(link.WindowSignedOut, nil), paused}, face{text: "午休"}},
		{"all closed", []link.WindowView{post(link.WindowSignedOut, nil), post(link.WindowSignedOut, nil)}, face{text: "未开放"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := faceOf(tt.in, nil); !got.equal(tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestAStripHangsAboveAllPostsOfItsWindow(t *testing.T) {
	windows := []link.WindowView{
		{ID: "8-1", Number: "8", Post: 1, Screen: "8"},
		{ID: "8-2", Number: "8", Post: 2, Screen: "8"},
		{ID: "11", Number: "11", Screen: "C1"},
		{ID: "12", Number: "12", Screen: "C1"},
		{ID: "C1", Number: "20", Screen: "9"},
	}
	for name, want := range map[string][]string{
		"8": {"8-1", "8-2"}, "8-2": {"8-2"}, "11": {"11"}, "9": {"C1"}, "C1": {"C1"}, "7": nil,
	} {
		var got []string
		for _, w := range below(name, windows) {
			got = append(got, w.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("below %s are %v, want %v", name, got, want)
		}
	}
	if got := below("C1", windows[:4]); len(got) != 2 {
		t.Errorf("a strip of a shared screen has %d windows", len(got))
	}
}
