package hall

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bare is the demo hall without a roster and video of its own, which stand one
// after the other.
func bare() string {
	before, rest, _ := strings.Cut(string(Demo), "\nvideo:")
	_, after, _ := strings.Cut(rest, "\npriorities:")
	return before + "\npriorities:" + after
}

// rostered is the demo hall with more at its end.
func rostered(t *testing.T, more string) *Hall {
	t.Helper()
	h, err := Parse([]byte(bare() + "\n" + more))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// at is a time of Monday 23 November 2026, or of days later.
func at(t *testing.T, clock string, days ...int) time.Time {
	t.Helper()
	loc := time.FixedZone("CST", 8*3600)
	got, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-23 "+clock, loc)
	if err != nil {
		t.Fatal(err)
	}
	if len(days) > 0 {
		got = got.AddDate(0, 0, days[0])
	}
	return got
}

const plainRoster = `
roster:
  - {window: "3", clerks: [li, wang], hours: 09:00-12:00}
  - {window: "3", clerks: [zhao], days: ["2026-11-24"], hours: 13:00-17:00}
  - {window: "4", days: [mon, sat], hours: 09:00-17:00}
  - {window: "5", days: [daily], hours: 09:00-17:00}
presence: {grace: 5m}
`

func TestARosterKnowsWeekdaysDatesAndHolidays(t *testing.T) {
	h := rostered(t, plainRoster)
	for _, tt := range []struct {
		name string
		days int
		want string
	}{
		{"Monday", 0, "3 09:00-12:00 李敏、王强; 4 09:00-17:00 ; 5 09:00-17:00 "},
		{"a date stands before the weekdays", 1, "3 13:00-17:00 赵静; 5 09:00-17:00 "},
		{"Saturday is no working day", 5, "4 09:00-17:00 ; 5 09:00-17:00 "},
		{"National Day", -53, "5 09:00-17:00 "},
	} {
		var got []string
		for _, d := range h.Duties(at(t, "08:00", tt.days)) {
			got = append(got, d.Window+" "+d.From.Format("15:04")+"-"+d.To.Format("15:04")+" "+d.Who())
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestAMissingClerkIsToldInWordsAfterTheGrace(t *testing.T) {
	h := rostered(t, plainRoster)
	morning := at(t, "04:00")
	for _, tt := range []struct {
		name, window, now string
		since             time.Time
		want              string
	}{
		{"within the grace", "3", "09:04", morning, ""},
		{"too late", "3", "09:05", morning, "李敏、王强 应 09:00 到岗，未登录"},
		{"anybody will do", "4", "10:00", morning, "应 09:00 到岗，未登录"},
		{"gone without a pause", "3", "10:30", at(t, "10:10"), "李敏、王强 应在岗到 12:00，10:10 起没有登录"},
		{"the shift is over", "3", "12:00", morning, ""},
		{"nobody is expected", "9", "10:00", morning, ""},
	} {
		if got := h.MissingText(tt.window, tt.since, at(t, tt.now)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTheDaysAttendance(t *testing.T) {
	h := rostered(t, plainRoster)
	in := func(clock, window, staff string) WindowChange {
		return WindowChange{At: at(t, clock), Window: window, Staff: staff, Name: staff, Open: true}
	}
	pause := func(clock, window string) WindowChange {
		return WindowChange{At: at(t, clock), Window: window, Paused: true}
	}
	back := func(clock, window string) WindowChange {
		return WindowChange{At: at(t, clock), Window: window, Open: true}
	}
	out := func(clock, window string) WindowChange { return WindowChange{At: at(t, clock), Window: window} }
	for _, tt := range []struct {
		name    string
		changes []WindowChange
		now     string
		want    string // what is wrong at windows 3 and 4
	}{
		{"as it should be", []WindowChange{in("08:58", "3", "li"), in("08:50", "4", "sun"), out("12:01", "3"), out("16:57", "4")}, "18:00", ""},
		{"late within the grace", []WindowChange{in("09:05", "3", "li")}, "09:06", "4 absent 6"},
		{"late", []WindowChange{in("09:12", "3", "li"), in("09:00", "4", "sun")}, "10:00", "3 late 12"},
		{"early", []WindowChange{in("09:00", "3", "li"), in("09:00", "4", "sun"), out("11:30", "3")}, "13:00", "3 early 30"},
		{"away now", []WindowChange{in("09:00", "3", "li"), in("09:00", "4", "sun"), out("10:00", "3")}, "10:20", "3 away 20"},
		{"away and back", []WindowChange{in("09:00", "3", "li"), in("09:00", "4", "sun"), out("10:00", "3"), in("10:40", "3", "li")}, "11:00", "3 away 40"},
		{"absent", []WindowChange{in("09:00", "3", "li")}, "18:00", "4 absent 480"},
		{"a pause that is too long", []WindowChange{in("09:00", "3", "li"), in("09:00", "4", "sun"), pause("09:30", "3"), back("10:15", "3")}, "10:20", "3 long-pause 45"},
		{"a pause that still is", []WindowChange{in("09:00", "3", "li"), in("09:00", "4", "sun"), pause("09:30", "3")}, "10:20", "3 long-pause 50"},
		{"a short pause", []WindowChange{in("09:00", "3", "li"), in("09:00", "4", "sun"), pause("09:30", "3"), back("09:45", "3")}, "10:20", ""},
		{"somebody stands in", []WindowChange{in("09:00", "3", "sun"), in("09:00", "4", "sun")}, "10:00", "3 stand-in 60"},
	} {
		var got []string
		for _, e := range h.Attendance(at(t, "08:00"), tt.changes, at(t, tt.now)) {
			if e.Kind != SignedIn && e.Kind != SignedOut && e.Window != "5" {
				got = append(got, strings.Join([]string{e.Window, string(e.Kind), strconv.Itoa(e.Minutes)}, " "))
			}
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestWindowsLinkToTheirVideo(t *testing.T) {
	text := strings.Replace(bare(), `{id: "1", number: "1",`, `{id: "1", number: "1", camera: {name: "A&1 号", rtsp: "rtsp://10.0.0.8/1", onvif: "http://10.0.0.8/onvif"},`, 1)
	h, err := Parse([]byte(text + "\nvideo: {player: \"https://nvr.example/play?src={camera}&from={from}&to={to}&s={from.unix}\", live: \"https://nvr.example/live/{camera}\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	first, second := &h.Windows[0], &h.Windows[1]
	want := "https://nvr.example/play?src=A%261+%E5%8F%B7&from=2026-11-23T09%3A00%3A00%2B08%3A00&to=2026-11-23T09%3A12%3A00%2B08%3A00&s=1795395600"
	if got := h.VideoLink(first, at(t, "09:00"), at(t, "09:12")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := h.VideoLink(first, time.Time{}, time.Time{}); got != "https://nvr.example/live/A%261+%E5%8F%B7" {
		t.Errorf("live is %s", got)
	}
	if got := h.VideoLink(second, at(t, "09:00"), at(t, "09:12")); got != "" {
		t.Errorf("a window without a camera has %s", got)
	}
}

func TestWrongRostersAndAddressesAreRefusedByLine(t *testing.T) {
	for _, tt := range []struct{ name, more, want string }{
		{"unknown window", `roster: [{window: "77", hours: 09:00-12:00}]`, "没有窗口"},
		{"unknown clerk", `roster: [{window: "3", clerks: [nobody], hours: 09:00-12:00}]`, "没有工作人员"},
		{"unknown day", `roster: [{window: "3", days: [monday], hours: 09:00-12:00}]`, "mon 到 sun"},
		{"no such date", `roster: [{window: "3", days: ["2026-02-30"], hours: 09:00-12:00}]`, "mon 到 sun"},
		{"backwards", `roster: [{window: "3", hours: 12:00-09:00}]`, "晚于开始"},
		{"no hours", `roster: [{window: "3"}]`, "不是时段"},
		{"unknown setting", `roster: [{window: "3", from: 9, hours: 09:00-12:00}]`, "不认识的设置"},
		{"grace", `presence: {grace: 5h}`, "宽限"},
		{"a script for a player", `video: {player: "javascript:alert(1)"}`, "播放地址"},
		{"a password in the player", `video: {player: "https://u:p@nvr.example/{camera}"}`, "播放地址"},
		{"a host that is filled in", `video: {player: "https://{camera}/x"}`, "播放地址"},
		{"an unknown hole", `video: {player: "https://nvr.example/{id}"}`, "占位符"},
		{"no player", `video: {}`, "播放地址"},
	} {
		_, err := Parse([]byte(bare() + "\n" + tt.more + "\n"))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	for _, camera := range []string{`{rtsp: "rtsp://h/1"}`, `{name: a, rtsp: "http://h/1"}`, `{name: a, rtsp: "rtsp://u:p@h/1"}`, `{name: a, onvif: "ftp://h"}`} {
		text := strings.Replace(bare(), `{id: "1", number: "1",`, `{id: "1", number: "1", camera: `+camera+`,`, 1)
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("camera %s is taken", camera)
		}
	}
}
