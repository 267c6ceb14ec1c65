package hall

import (
	"fmt"
	"slices"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/calendar"
)

// OpeningHours say when the hall gives tickets. A hall without them always does.
type OpeningHours struct {
	// Week are hours such as 09:00-12:00 by weekday, mon … sun; a day that isn't
	// named is closed.
	Week map[string][]string `yaml:"week"`
	// Calendar closes the hall on statutory holidays and opens it, with Monday's
	// hours, on the days at weekends that make up for them (调休).
	Calendar bool `yaml:"calendar"`
	// Days are days with hours of their own, which stand above all else.
	Days []SpecialDay `yaml:"days"`
}

// SpecialDay is a day on which the hall is open otherwise than usual.
type SpecialDay struct {
	Day string `yaml:"day"` // 2026-12-31
	// Hours are those of the day; empty means closed.
	Hours []string `yaml:"hours"`
	// Name says why, such as 年末盘点.
	Name string `yaml:"name"`
}

// dayNames are the names of days in the file, Sunday first as in package time.
var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// maxSpecialDays bounds the days of the file.
const maxSpecialDays = 400

// queue is what the rules need of it. It is valid for checked hours.
func (o *OpeningHours) queue() *queue.Opening {
	if o == nil {
		return nil
	}
	out := &queue.Opening{Days: make(map[queue.Day][]queue.Hours)}
	for i, name := range dayNames {
		out.Week[i] = hoursOf(o.Week[name])
	}
	if o.Calendar {
		official, err := calendar.New(nil)
		if err == nil { // the shipped calendar is always whole
			for year := firstYear; official.Known(calendar.Day{Year: year, Month: time.January, Day: 1}); year++ {
				for day := range official.Rules(year) {
					out.Days[queue.Day(day.String())] = nil
					if official.IsWorkday(day) {
						out.Days[queue.Day(day.String())] = hoursOf(o.Week["mon"])
					}
				}
			}
		}
	}
	for _, d := range o.Days {
		out.Days[queue.Day(d.Day)] = hoursOf(d.Hours)
	}
	return out
}

// firstYear is from which on holidays count: before, this program wasn't there.
const firstYear = 2026

func hoursOf(texts []string) []queue.Hours {
	var out []queue.Hours
	for _, text := range texts {
		if h, err := hours(text); err == nil {
			out = append(out, h)
		}
	}
	return out
}

func (c *checker) checkHours(h *Hall) {
	if h.Hours == nil {
		return
	}
	open := false
	for day, list := range h.Hours.Week {
		if !slices.Contains(dayNames, day) {
			c.add("hours/week", "没有 %q 这一天，只能是 mon、tue、wed、thu、fri、sat、sun", day)
		}
		c.hours("hours/week/"+day, list)
		open = open || len(list) > 0
	}
	if !open {
		c.add("hours", "一周里至少要有一天开放；始终开放则不写 hours")
	}
	if len(h.Hours.Days) > maxSpecialDays {
		c.add("hours/days", "特别日最多 %d 天", maxSpecialDays)
	}
	seen := make(map[string]bool)
	for i, d := range h.Hours.Days {
		path := fmt.Sprintf("hours/days/%d", i)
		if _, err := calendar.ParseDay(d.Day); err != nil || seen[d.Day] {
			c.add(path, "日期 %q 无效或重复，应如 2026-12-31", d.Day)
		}
		seen[d.Day] = true
		c.hours(path+"/hours", d.Hours)
	}
}

// hours checks the periods of one day: in order, and none in another.
func (c *checker) hours(path string, list []string) {
	last := -1
	for i, text := range list {
		h, err := hours(text)
		switch {
		case err != nil:
			c.add(fmt.Sprintf("%s/%d", path, i), "%v", err)
			return
		case h.From >= h.To:
			c.add(fmt.Sprintf("%s/%d", path, i), "时段 %q 的结束要晚于开始", text)
			return
		case h.From < last:
			c.add(fmt.Sprintf("%s/%d", path, i), "时段 %q 与前一个重叠，或顺序不对", text)
			return
		}
		last = h.To
	}
}
