package alarm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smarthall/internal/link"
)

var nine = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// hallScene is a hall with a kiosk, a display, a window and a service where
// waiting people wait.
func hallScene(waiting, open int) *Scene {
	return &Scene{
		Now: nine, Targets: map[string]time.Duration{"tax": 15 * time.Minute}, Oldest: map[string]time.Time{"tax": nine.Add(-10 * time.Minute)},
		Comers: map[string]int{"tax": 30},
		Board: &link.BoardView{
			Totals:   link.TotalsView{Waiting: waiting},
			Services: []link.ServiceView{{ID: "tax", Short: "涉税", Zone: "A", Waiting: waiting, OpenWindows: open}},
			Windows:  []link.WindowView{{ID: "4", Number: "4", Zone: "A", State: link.WindowIdle, Services: []string{"tax"}}},
			Agents: []link.AgentView{
				{ID: "kiosk-1", Role: link.RoleKiosk, Name: "1 号取号机", Online: true, Devices: []link.DeviceView{{ID: "printer", Class: "printer", State: "online"}}},
				{ID: "display-1", Role: link.RoleDisplay, Name: "大厅显示", Online: true},
			},
		},
	}
}

func found(fs []Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s %s %.0f", f.Key, f.Tone, f.People))
	}
	return strings.Join(out, "; ")
}

func TestWhatIsFound(t *testing.T) {
	few := 3
	for _, tt := range []struct {
		name   string
		change func(*Scene)
		rings  bool
		want   string
	}{
		{"all is well", func(*Scene) {}, false, ""},
		{"no paper", func(s *Scene) { s.Board.Agents[0].Devices[0].State = "paper_end" }, false, "agent/kiosk-1/device/printer alarm 10"},
		{"little paper", func(s *Scene) { s.Board.Agents[0].Devices[0].State = "paper_near_end" }, false, "agent/kiosk-1/device/printer pause 1"},
		{"a state not told yet", func(s *Scene) { s.Board.Agents[0].Devices[0].State = "" }, false, ""},
		{"a kiosk is away, not its printer too", func(s *Scene) {
			s.Board.Agents[0].Online = false
			s.Board.Agents[0].Devices[0].State = "offline"
		}, false, "agent/kiosk-1 alarm 10"},
		{"the display is away", func(s *Scene) { s.Board.Agents[1].Online = false }, false, "agent/display-1 alarm 4"},
		{"somebody asks for help", func(s *Scene) {
			s.Board.Agents[0].Troubles = []link.TroubleView{{Code: "kiosk.help", Detail: "需要帮助"}}
		}, false, "agent/kiosk-1/help alarm 10"},
		{"a call button beside a display is pressed", func(s *Scene) {
			s.Board.Agents[1].Troubles = []link.TroubleView{{Code: "kiosk.help", Detail: "需要帮助"}}
		}, false, "agent/display-1/help alarm 1"},
		{"a cabinet stands open", func(s *Scene) {
			s.Board.Agents[0].Devices = append(s.Board.Agents[0].Devices, link.DeviceView{ID: "door", Class: "sensor", State: "cover_open"})
		}, false, "agent/kiosk-1/device/door alarm 0"},
		{"a clock is off", func(s *Scene) {
			s.Board.Agents[0].Troubles = []link.TroubleView{{Code: "clock.off", Detail: "慢"}}
		}, false, "agent/kiosk-1/clock.off/慢 pause 1"},
		{"考勤异常", func(s *Scene) { s.Board.Windows[0].State = link.WindowAnomaly }, false, "window/4 alarm 4"},
		{"a disabled window", func(s *Scene) { s.Board.Windows[0].State, s.Board.Windows[0].Disabled = link.WindowAnomaly, true }, false, ""},
		{"nobody serves", func(s *Scene) { s.Board.Services[0].OpenWindows = 0 }, false, "no-window/tax alarm 8"},
		{"above the target", func(s *Scene) { s.Oldest["tax"] = nine.Add(-20 * time.Minute) }, false, ""},
		{"far above it", func(s *Scene) { s.Oldest["tax"] = nine.Add(-23 * time.Minute) }, false, "long-wait/tax alarm 8"},
		{"above it, and rings", func(s *Scene) { s.Oldest["tax"] = nine.Add(-20 * time.Minute) }, true, "long-wait/tax alarm 8"},
		{"below the lower bound, and rings", func(s *Scene) { s.Oldest["tax"] = nine.Add(-17 * time.Minute) }, true, ""},
		{"few places", func(s *Scene) { s.Board.Services[0].PlacesLeft = &few }, false, "places/tax pause 1"},
		{"no places", func(s *Scene) { s.Board.Services[0].PlacesLeft = new(int) }, false, "places/tax pause 10"},
		{"few numbers are left", func(s *Scene) { s.NumbersLeft = new(int64(39)) }, false, "numbers pause 1"},
		{"no number is left", func(s *Scene) { s.NumbersLeft = new(int64(0)) }, false, "numbers alarm 1"},
		{"the platform is away", func(s *Scene) { s.PlatformAway = nine }, false, "platform pause 1"},
		{"a bad rating", func(s *Scene) {
			s.Ratings = []BadRating{{Ticket: "t", Number: "C001", Window: "4", Score: 1, At: nine}}
		}, false, "rating/t pause 1"},
		{"19 ratings say nothing", func(s *Scene) { s.Board.Totals.Rated, s.Board.Totals.Satisfied = 19, 10 }, false, ""},
		{"19 of 20 are 95 %", func(s *Scene) { s.Board.Totals.Rated, s.Board.Totals.Satisfied = 20, 19 }, false, ""},
		{"18 of 20 are too few", func(s *Scene) { s.Board.Totals.Rated, s.Board.Totals.Satisfied = 20, 18 }, false, "satisfaction pause 2"},
	} {
		s := hallScene(8, 1)
		tt.change(s)
		if got := found(Find(s, func(string) bool { return tt.rings })); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAlarmsAreOrderedByPeopleTimesMinutes(t *testing.T) {
	tracker := NewTracker(nil)
	list := []Finding{
		{Key: "a few for long", Kind: Help, People: 3, Since: nine.Add(-20 * time.Minute)},
		{Key: "many for a moment", Kind: Help, People: 30, Since: nine},
		{Key: "nobody, forgotten", Kind: Help, Since: nine.Add(-50 * time.Hour)},
		{Key: "many for long", Kind: Help, People: 30, Since: nine.Add(-10 * time.Minute)},
	}
	tracker.Look(list, nine)
	var got []string
	for _, a := range tracker.Open() {
		got = append(got, fmt.Sprintf("%s %.0f", a.Key, a.Cost))
	}
	want := "many for long 300, nobody, forgotten 120, a few for long 60, many for a moment 30"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got %s\nwant %s", s, want)
	}
}

// A printer whose plug is loose: one alarm, however often it is seen well.
func TestTheSameAlarmDoesNotFlicker(t *testing.T) {
	tracker := NewTracker(nil)
	paper := []Finding{{Key: "p", Kind: Device, Tone: Red, Name: "1", Since: nine}}
	now := nine
	var events []string
	look := func(list []Finding, pass time.Duration) {
		now = now.Add(pass)
		for _, a := range tracker.Look(list, now) {
			word := "raised"
			if !a.Ended.IsZero() {
				word = "ended"
			}
			events = append(events, fmt.Sprintf("%s at %s", word, now.Sub(nine)))
		}
	}
	look(paper, 0)             // seen for the first time: it may be nothing
	look(nil, time.Second)     // it was nothing
	look(paper, 2*time.Second) // 3 s
	look(paper, 2*time.Second) // 5 s: it lasts
	first := tracker.Open()[0] //
	look(nil, 3*time.Second)   // 8 s: well for a moment
	look(paper, 5*time.Second) // 13 s: not so
	look(nil, 2*time.Second)   // 15 s
	look(nil, 9*time.Second)   // 24 s: nearly
	if again := tracker.Open()[0]; again.ID != first.ID || !again.Since.Equal(first.Since) {
		t.Errorf("it became another alarm: %+v, %+v", first, again)
	}
	look(nil, time.Second)     // 25 s: over
	look(paper, 2*time.Minute) // a new one
	look(paper, time.Second)   //
	if got := strings.Join(events, ", "); got != "raised at 5s, ended at 25s, raised at 2m26s" {
		t.Errorf("got %s", got)
	}
	if other := tracker.Open()[0]; other.ID == first.ID {
		t.Error("the new alarm has the name of the old one")
	}
}

func TestAnAlarmEndsWhenItWasLastSeen(t *testing.T) {
	tracker := NewTracker(nil)
	tracker.Look([]Finding{{Key: "h", Kind: Help, Since: nine}}, nine)
	tracker.Look(nil, nine.Add(time.Minute))
	ended := tracker.Look(nil, nine.Add(2*time.Minute))
	if len(ended) != 1 || !ended[0].Ended.Equal(nine.Add(time.Minute)) {
		t.Errorf("got %+v", ended)
	}
}

func TestOpenAlarmsRingOnAfterARestart(t *testing.T) {
	old := Alarm{ID: "x", Finding: Finding{Key: "k", Kind: Device, Since: nine}, Taken: &Taken{Name: "张工"}}
	tracker := NewTracker([]Alarm{old})
	if changed := tracker.Look([]Finding{{Key: "k", Kind: Device, Since: nine.Add(time.Hour)}}, nine.Add(time.Hour)); len(changed) != 0 {
		t.Errorf("raised anew: %+v", changed)
	}
	got := tracker.Open()
	if len(got) != 1 || got[0].ID != "x" || got[0].Taken == nil || !got[0].Since.Equal(nine) {
		t.Errorf("got %+v", got)
	}
}

func TestOnlyWhatRingsCanBeTaken(t *testing.T) {
	tracker := NewTracker(nil)
	tracker.Look([]Finding{{Key: "w", Kind: LongWait, Since: nine}}, nine) // rises in a minute
	id := tracker.tracks["w"].alarm.ID
	if _, ok := tracker.Take(id, Taken{Name: "张工"}); ok {
		t.Error("an alarm that doesn't ring was taken")
	}
	tracker.Look([]Finding{{Key: "w", Kind: LongWait, Since: nine}}, nine.Add(time.Minute))
	if a, ok := tracker.Take(id, Taken{Name: "张工"}); !ok || a.Taken.Name != "张工" || tracker.Open()[0].Taken == nil {
		t.Errorf("got %+v, %v", a, ok)
	}
	if _, ok := tracker.Take("nonsense", Taken{}); ok {
		t.Error("nonsense was taken")
	}
}
