package registry

import (
	"testing"
	"time"

	"smarthall/internal/link"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func withKiosk() *Registry {
	r := New()
	r.Expect([]link.AgentView{{ID: "kiosk-1", Role: link.RoleKiosk}}, noon)
	r.TakeChanged()
	return r
}

func TestAClockIsToldWhenItMovesAndATroubleFromTwoMinutes(t *testing.T) {
	r := withKiosk()
	for _, step := range []struct {
		name    string
		ahead   time.Duration
		told    bool
		trouble string
	}{
		{"right", 100 * time.Millisecond, false, ""},
		{"a little ahead", 90 * time.Second, true, ""},
		{"the same but for the line's delay", 90*time.Second + 300*time.Millisecond, false, ""},
		{"7 min ahead", 7 * time.Minute, true, "终端时钟快约 7 分钟"},
		{"5 min behind", -5 * time.Minute, true, "终端时钟慢约 5 分钟"},
		{"in another zone", -8 * time.Hour, true, "终端时钟慢约 8 小时"},
		{"put right", 0, true, ""},
	} {
		r.Clock("kiosk-1", step.ahead, noon)
		if told := len(r.TakeChanged()) == 1; told != step.told {
			t.Errorf("%s: told is %v", step.name, told)
		}
		a := r.Agents()[0]
		var got string
		for _, x := range a.Troubles {
			got += x.Detail
		}
		if got != step.trouble || step.told && a.ClockOffsetMillis != step.ahead.Milliseconds() {
			t.Errorf("%s: %d ms and %q, want %q", step.name, a.ClockOffsetMillis, got, step.trouble)
		}
	}
	r.Clock("stranger", time.Hour, noon)
	if got := r.TakeChanged(); len(got) != 0 {
		t.Errorf("an agent that isn't there became %+v", got)
	}
}

func TestOnlyTheNewestTroublesAreKept(t *testing.T) {
	r := withKiosk()
	r.Trouble("kiosk-1", link.TroubleView{Code: "old", Since: noon.Add(-keepTrouble - time.Minute)})
	for range 2 * maxTroubles {
		r.Trouble("kiosk-1", link.TroubleView{Code: "offline.day", Since: noon})
	}
	before := r.Agents()[0].Troubles
	if len(before) != maxTroubles || before[0].Code != "offline.day" {
		t.Errorf("kept %d, the first %+v", len(before), before[0])
	}
	r.Trouble("kiosk-1", link.TroubleView{Code: "offline.number", Since: noon})
	if before[maxTroubles-1].Code != "offline.day" {
		t.Error("a view that was handed out has changed")
	}
}
