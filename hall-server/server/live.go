package server

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"smarthall/hall-server/internal/alarm"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/uplink"
	"smarthall/hall-server/internal/view"
)

// maxWorst bounds the words of an alarm that the platform is told, in
// characters.
const maxWorst = 120

// liveHall is how the hall is right now, for the platform's page of all halls.
func liveHall(c *core.Core, viewer *view.Viewer, alarms func() []alarm.Alarm) uplink.Live {
	out := uplink.Live{Windows: []uplink.LiveWindow{}}
	c.Read(func(s *queue.State, now queue.Time) {
		totals := viewer.Totals(s, now)
		out.Waiting, out.Serving, out.Served = totals.Waiting, totals.Called+totals.Serving, totals.Served
		out.Longest = totals.LongestWaitSeconds
		for _, w := range viewer.Windows(s, now) {
			live := uplink.LiveWindow{ID: w.ID, Number: w.Number, Name: w.Name, State: string(w.State)}
			if w.Disabled {
				live.State = "disabled"
			}
			if w.Ticket != nil {
				live.Ticket = w.Ticket.Number
			}
			out.Windows = append(out.Windows, live)
		}
	})
	out.Board = viewer.Address() + "/board"
	list := alarms()
	out.Alarms = len(list)
	if len(list) > 0 {
		out.Worst = short(words(list[0]), maxWorst)
	}
	return out
}

// kinds say what an alarm is about that the hall-server has no other words for.
var kinds = map[alarm.Kind]string{
	alarm.AgentAway: "没有连上", alarm.Device: "设备需要处理", alarm.Help: "有人求助", alarm.Trouble: "需要处理",
	alarm.Attendance: "考勤异常", alarm.LongWait: "等候过长", alarm.NoWindow: "有人等候，没有开放的窗口", alarm.Places: "名额将用完",
	alarm.Platform: "连不上平台", alarm.Numbers: "办件编号将用完", alarm.Rating: "有群众不满意", alarm.Satisfied: "满意率低于目标",
}

// words are an alarm in a line.
func words(a alarm.Alarm) string {
	name := a.Name
	if a.Kind == alarm.Attendance {
		name += " 号窗口" // its name is the window's number
	}
	return strings.TrimSpace(name + " " + cmp.Or(a.Detail, kinds[a.Kind]))
}

func short(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}
