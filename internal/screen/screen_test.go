package screen_test

import (
	"strings"
	"testing"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/link"
	"smarthall/internal/screen"
)

var shanghai = time.FixedZone("CST", 8*3600)

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWhatIsLeftOfASetForADisplay(t *testing.T) {
	set := &link.LayoutSet{
		Rev: "9",
		Layouts: []link.LayoutView{
			{ID: "a", Picture: "f1", Blocks: []link.LayoutBlock{{ID: "1", Set: link.BlockSet{File: "f2"}}}}, {ID: "b", Picture: "f3"}, {ID: "c"},
		},
		Screens: []link.ScreenPlan{
			{Screen: "board", Slots: []link.ShowSlot{{Layout: "a"}, {Layout: "c"}}}, {Screen: "window-3", Slots: []link.ShowSlot{{Layout: "b"}}},
		},
		Files: []link.LayoutFile{{ID: "f1"}, {ID: "f2"}, {ID: "f3"}}, Voice: []link.VoiceRule{{Zone: "A", Volume: 50}},
	}
	only := func(screens ...string) *link.LayoutSet {
		t.Helper()
		got, err := screen.Only(set, screens)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := only("board", "nobody's")
	if len(got.Layouts) != 2 || got.Layouts[0].ID != "a" || len(got.Screens) != 1 || len(got.Files) != 2 || len(got.Voice) != 1 {
		t.Errorf("got %+v", got)
	}
	if none := only(); len(none.Layouts)+len(none.Screens)+len(none.Files) != 0 || len(none.Voice) != 1 {
		t.Errorf("a display without screens gets %+v", none)
	}
	// Another screen's layout doesn't change the rev, its own does.
	set.Layouts[1].Version, set.Rev = 2, "10"
	if again := only("board"); again.Rev != got.Rev {
		t.Error("the rev changes with another screen's layout")
	}
	set.Layouts[0].Version = 2
	if again := only("board"); again.Rev == got.Rev {
		t.Error("the rev stays when a layout changes")
	}
}

func TestASlotAppliesAtItsTimes(t *testing.T) {
	days, err := calendar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		slot link.ShowSlot
		yes  []string
		no   []string
	}{
		{"always", link.ShowSlot{}, []string{"2026-11-23 00:00", "2026-11-28 23:59"}, nil},
		{"part of the day", link.ShowSlot{From: "08:30", To: "17:30"}, []string{"2026-11-23 08:30", "2026-11-23 17:29"}, []string{"2026-11-23 08:29", "2026-11-23 17:30"}},
		{
			"past midnight, of the day on which it begins",
			link.ShowSlot{From: "22:00", To: "02:00", Weekdays: []int{5}},
			[]string{"2026-11-27 22:00", "2026-11-28 01:59"},
			[]string{"2026-11-27 01:00", "2026-11-28 02:00", "2026-11-28 22:30"},
		},
		{"weekdays", link.ShowSlot{Weekdays: []int{1, 7}}, []string{"2026-11-23 12:00", "2026-11-29 12:00"}, []string{"2026-11-24 12:00"}},
		{"working days; the first of October is none", link.ShowSlot{Days: "work"}, []string{"2026-11-23 12:00"}, []string{"2026-11-28 12:00", "2026-10-01 12:00"}},
		{"days off", link.ShowSlot{Days: "off"}, []string{"2026-11-28 12:00", "2026-10-01 12:00"}, []string{"2026-11-23 12:00"}},
		{"dates, both included", link.ShowSlot{First: "2026-11-23", Last: "2026-11-24"}, []string{"2026-11-23 00:00", "2026-11-24 23:59"}, []string{"2026-11-22 23:59", "2026-11-25 00:00"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, text := range tt.yes {
				if !screen.Applies(tt.slot, at(text), days) {
					t.Errorf("doesn't apply at %s", text)
				}
			}
			for _, text := range tt.no {
				if screen.Applies(tt.slot, at(text), days) {
					t.Errorf("applies at %s", text)
				}
			}
		})
	}
}

func TestTheStrongestSlotCounts(t *testing.T) {
	days, err := calendar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	set := &link.LayoutSet{
		Layouts: []link.LayoutView{{ID: "day"}, {ID: "noon"}},
		Screens: []link.ScreenPlan{{Screen: "board", Slots: []link.ShowSlot{
			{Layout: "day"}, {Layout: "noon", From: "12:00", To: "13:00", Priority: 1}, {Layout: "gone", From: "15:00", To: "16:00", Priority: 2},
		}}},
	}
	for text, want := range map[string]string{"2026-11-23 11:59": "day", "2026-11-23 12:00": "noon", "2026-11-23 13:00": "day", "2026-11-23 15:30": ""} {
		got := ""
		if v := screen.At(set, "board", at(text), days); v != nil {
			got = v.ID
		}
		if got != want {
			t.Errorf("at %s it shows %q, want %q", text, got, want)
		}
	}
	if v := screen.At(set, "board-A", at("2026-11-23 12:00"), days); v != nil {
		t.Errorf("a screen without a plan shows %s", v.ID)
	}
	if v := screen.At(nil, "board", at("2026-11-23 12:00"), days); v != nil {
		t.Error("without layouts there is one")
	}
}

func TestSlotsThatCouldMeetOverlap(t *testing.T) {
	slot := func(from, to string, weekdays ...int) link.ShowSlot {
		return link.ShowSlot{From: from, To: to, Weekdays: weekdays}
	}
	for _, tt := range []struct {
		name string
		a, b link.ShowSlot
		want bool
	}{
		{"both always", link.ShowSlot{}, link.ShowSlot{}, true},
		{"one after the other", slot("08:00", "12:00"), slot("12:00", "18:00"), false},
		{"a minute in common", slot("08:00", "12:01"), slot("12:00", "18:00"), true},
		{"other weekdays", slot("", "", 1, 2), slot("", "", 3), false},
		{"Sunday night reaches into Monday", slot("22:00", "03:00", 7), slot("02:00", "04:00", 1), true},
		{"Sunday night ends before", slot("22:00", "02:00", 7), slot("02:00", "04:00", 1), false},
		{"work and off", link.ShowSlot{Days: "work"}, link.ShowSlot{Days: "off"}, false},
		{"dates apart", link.ShowSlot{Last: "2026-11-23"}, link.ShowSlot{First: "2026-11-24"}, false},
		{"dates meet", link.ShowSlot{Last: "2026-11-24"}, link.ShowSlot{First: "2026-11-24"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := screen.Overlap(tt.a, tt.b); got != tt.want {
				t.Errorf("got %v", got)
			}
			if got := screen.Overlap(tt.b, tt.a); got != tt.want {
				t.Errorf("the other way round got %v", got)
			}
		})
	}
}

func TestCallsAreSpokenByZoneAndHour(t *testing.T) {
	set := &link.LayoutSet{Voice: []link.VoiceRule{
		{Zone: "A", From: "12:00", To: "13:30", Volume: 0}, {Zone: "A", Volume: 60, Repeat: 2, Order: 1}, {Volume: 90, Order: 4},
	}}
	for _, tt := range []struct {
		zone, at string
		want     screen.Voice
	}{
		{"A", "2026-11-23 12:30", screen.Voice{Volume: 0, Repeat: 1}},
		{"A", "2026-11-23 14:00", screen.Voice{Volume: 60, Repeat: 2, Order: 1}},
		{"B", "2026-11-23 12:30", screen.Voice{Volume: 90, Repeat: 1, Order: 4}},
	} {
		if got := screen.VoiceAt(set, tt.zone, at(tt.at)); got != tt.want {
			t.Errorf("%s at %s: got %+v, want %+v", tt.zone, tt.at, got, tt.want)
		}
	}
	if got := screen.VoiceAt(nil, "A", at("2026-11-23 12:00")); got.Volume != 100 || got.Repeat != 1 {
		t.Errorf("without rules it is %+v", got)
	}
}

func TestMinutesAreReadStrictly(t *testing.T) {
	for _, text := range []string{"", "8:30", "24:01", "12:60", "12:00:00", "noon", "-1:00"} {
		if m, err := screen.Minute(text); err == nil {
			t.Errorf("%q is %d", text, m)
		}
	}
	if m, err := screen.Minute("24:00"); err != nil || m != 1440 {
		t.Errorf("got %d, %v", m, err)
	}
}

func TestDotsStandWhereTheCardPutsThem(t *testing.T) {
	got, err := screen.Draw("A1请", 64, 16)
	if err != nil {
		t.Fatal(err)
	}
	if got.Width != 64 || got.Height != 16 || len(got.Rows) != 16 || got.Runs {
		t.Fatalf("got %d by %d, %d rows, runs %v", got.Width, got.Height, len(got.Rows), got.Runs)
	}
	lit := func(from, to int) (n int) {
		for _, row := range got.Rows {
			n += strings.Count(row[from:to], "#")
		}
		return n
	}
	for _, cell := range [][2]int{{0, 8}, {8, 16}, {16, 32}} {
		if n := lit(cell[0], cell[1]); n < 8 {
			t.Errorf("%d dots shine in %v", n, cell)
		}
	}
	if n := lit(32, 64); n != 0 {
		t.Errorf("%d dots shine behind the text", n)
	}
	long, err := screen.Draw("请到3号窗口办理", 64, 16)
	if err != nil || !long.Runs || long.Width != 7*16+8 || len(long.Rows[0]) != long.Width {
		t.Errorf("got %+v, %v", long, err)
	}
	if got := screen.Shown("a\\b\n𠮷龘"); got != "a/b 〓〓" {
		t.Errorf("the card is sent %q", got)
	}
}

func TestTextsOfStripsAreFilled(t *testing.T) {
	w := screen.StripWords{Number: "A012", Window: "3", Words: "午休", Now: at("2026-11-23 09:05")}
	if got := w.Fill("{number} {window} {words} {time} {date} {x}"); got != "A012 3 午休 09:05 11月23日 {x}" {
		t.Errorf("got %q", got)
	}
	if got := (screen.StripWords{Number: "{words}", Words: "x"}).Fill("{number}"); got != "{words}" {
		t.Errorf("what is filled in is filled again: %q", got)
	}
}
