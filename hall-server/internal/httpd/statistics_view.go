package httpd

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/statistics"
)

// statisticsView is a table of figures. Times are in whole seconds.
type statisticsView struct {
	Hall string `json:"hall"`
	// Today is the hall's business day.
	Today string `json:"today"`
	From  string `json:"from"`
	To    string `json:"to"`
	By    string `json:"by"`
	// Unit is what a row counts: visit or stage.
	Unit string `json:"unit" enum:"visit,stage"`
	// Whole is false while the latest visits are still being counted.
	Whole bool          `json:"whole"`
	Rows  []figuresView `json:"rows"`
	Total figuresView   `json:"total"`
	// Heat counts by weekday, Monday first, and hour.
	Heat [][]int `json:"heat"`
}

// figuresView are the figures of one row.
type figuresView struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	// Taken are all; each is also in one of finished … parked.
	Taken        int          `json:"taken"`
	Finished     int          `json:"finished"`
	Missed       int          `json:"missed" doc:"Called, and nobody came"`
	Abandoned    int          `json:"abandoned" doc:"Cancelled, or the day ended, while waiting"`
	Closed       int          `json:"closed" doc:"The day ended during the service; left out of service times"`
	Open         int          `json:"open" doc:"Still going on"`
	Transferred  int          `json:"transferred" doc:"Stages that were handed on"`
	Parked       int          `json:"parked" doc:"Stages that went on elsewhere or later"`
	Returned     int          `json:"returned" doc:"Visits: came back after a missed call"`
	Recalls      int          `json:"recalls" doc:"Visits: called again"`
	Offline      int          `json:"offline" doc:"Given by a machine without its hall"`
	Wait         timesView    `json:"wait" doc:"Of those whose service began"`
	WithinTarget int          `json:"withinTarget" doc:"Of wait.count: no longer than the service's target"`
	Service      timesView    `json:"service" doc:"Of those whose service was brought to an end"`
	Ratings      ratingsView  `json:"ratings"`
	Promises     promisesView `json:"promises"`
}

// timesView sums up durations, in seconds.
type timesView struct {
	Count  int `json:"count"`
	Mean   int `json:"mean"`
	Median int `json:"median"`
	P90    int `json:"p90"`
	Max    int `json:"max"`
}

// ratingsView sums up ratings.
type ratingsView struct {
	Count     int     `json:"count"`
	Mean      float64 `json:"mean"`
	Satisfied int     `json:"satisfied" doc:"3 (基本满意) and better"`
	Levels    []int   `json:"levels" doc:"How often 1, 2 … 5 was given"`
}

// promisesView compares the waits that were told with those that were.
type promisesView struct {
	Count            int `json:"count"`
	Kept             int `json:"kept" doc:"Right within five minutes or a quarter"`
	MeanErrorSeconds int `json:"meanErrorSeconds"`
}

func (s *statisticsAPI) view(f statistics.Filter, t *statistics.Table, whole bool) statisticsView {
	h := s.Hall.Hall()
	words := labels{h}
	out := statisticsView{
		Hall: h.Name, Today: string(s.today()), From: string(f.From), To: string(f.To), By: string(t.By), Unit: "visit",
		Whole: whole, Rows: make([]figuresView, 0, len(t.Rows)), Total: figuresOf(&t.Total, "合计"),
	}
	if t.Staged {
		out.Unit = "stage"
	}
	for i := range t.Rows {
		out.Rows = append(out.Rows, figuresOf(&t.Rows[i], words.of(t.By, t.Rows[i].Key)))
	}
	for i := range t.Heat {
		out.Heat = append(out.Heat, t.Heat[i][:])
	}
	return out
}

func figuresOf(r *statistics.Row, label string) figuresView {
	out := figuresView{
		Key: r.Key, Label: label, Taken: r.Taken, Finished: r.Finished, Missed: r.Missed, Abandoned: r.Abandoned,
		Closed: r.Closed, Open: r.Open, Transferred: r.Transferred, Parked: r.Parked, Returned: r.Returned,
		Recalls: r.Recalls, Offline: r.Offline, Wait: timesOf(r.Wait), WithinTarget: r.WithinTarget, Service: timesOf(r.Service),
		Ratings:  ratingsView{Count: r.Ratings.Count, Satisfied: r.Ratings.Satisfied(), Levels: r.Ratings.Levels[:]},
		Promises: promisesView{Count: r.Promises.Count, Kept: r.Promises.Kept},
	}
	if n := r.Ratings.Count; n > 0 {
		out.Ratings.Mean = float64(r.Ratings.Sum) / float64(n)
	}
	if n := r.Promises.Count; n > 0 {
		out.Promises.MeanErrorSeconds = wholeSeconds(r.Promises.Error / time.Duration(n))
	}
	return out
}

func timesOf(t statistics.Times) timesView {
	return timesView{
		Count: t.Count, Mean: wholeSeconds(t.Mean), Median: wholeSeconds(t.Median), P90: wholeSeconds(t.P90), Max: wholeSeconds(t.Max),
	}
}

func wholeSeconds(d time.Duration) int { return int(d.Round(time.Second) / time.Second) }

// headings name the dimensions.
var headings = map[statistics.Dimension]string{
	statistics.ByDay: "日期", statistics.ByHour: "时段", statistics.ByWeekday: "星期", statistics.ByService: "业务",
	statistics.ByWindow: "窗口", statistics.ByClerk: "工作人员", statistics.ByZone: "区域", statistics.ByChannel: "取号方式",
	statistics.ByPriority: "优先类别",
}

var channelNames = map[queue.Channel]string{
	"card": "身份证取号", "phone": "手机号取号", "name": "姓名取号", "appointment": "预约取号",
	"mobile": "手机扫码取号", "staff": "工作人员代取",
}

// originNames are the ways to book (AP-16).
var originNames = map[string]string{
	"portal": "网上", "online": "网上", "app": "APP", "wechat": "微信", "phone": "电话", "kiosk": "自助机", "staff": "窗口",
}

var weekdayNames = []string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"}

// labels puts the keys of rows into the hall's words.
type labels struct{ hall *hall.Hall }

func (l labels) of(by statistics.Dimension, key string) string {
	switch by {
	case statistics.ByDay:
		return dayWords(queue.Day(key))
	case statistics.ByHour:
		hour := 0
		if _, err := fmt.Sscanf(key, "%d", &hour); err != nil {
			return key
		}
		return fmt.Sprintf("%d:00–%d:00", hour, hour+1)
	case statistics.ByWeekday:
		if len(key) == 1 && key >= "1" && key <= "7" {
			return weekdayNames[key[0]-'1']
		}
		return key
	case statistics.ByService:
		service, _ := l.hall.Service(queue.ServiceID(key))
		return service.Name
	case statistics.ByWindow:
		w, _ := l.hall.Window(queue.WindowID(key))
		return strings.TrimSpace(w.Number + " 号窗口 " + w.Name)
	case statistics.ByClerk:
		person, _ := l.hall.Person(key)
		return cmp.Or(person.Name, key)
	case statistics.ByZone:
		return cmp.Or(l.hall.ZoneName(key), "未分区")
	case statistics.ByChannel:
		return channelWords(key)
	default:
		return l.priority(key)
	}
}

func (l labels) priority(id string) string {
	for _, p := range l.hall.Priorities {
		if p.ID == id {
			return p.Name
		}
	}
	return cmp.Or(id, "普通")
}

// channelWords are those of a channel, and of an appointment's origin.
func channelWords(key string) string {
	channel, origin, booked := strings.Cut(key, "/")
	name := cmp.Or(channelNames[queue.Channel(channel)], channel)
	if booked {
		return name + "（" + cmp.Or(originNames[origin], origin) + "预约）"
	}
	return name
}

// filters says what was chosen besides the days.
func (l labels) filters(f *statistics.Filter) []string {
	var out []string
	for _, c := range []struct {
		by  statistics.Dimension
		key string
	}{
		{statistics.ByService, string(f.Service)},
		{statistics.ByWindow, string(f.Window)},
		{statistics.ByClerk, string(f.Clerk)},
		{statistics.ByZone, f.Zone},
		{statistics.ByChannel, string(f.Channel)},
		{statistics.ByPriority, f.Priority},
	} {
		if c.key != "" {
			out = append(out, headings[c.by]+"："+l.of(c.by, c.key))
		}
	}
	if f.Hours != [2]int{} {
		out = append(out, fmt.Sprintf("取号时段：%d:00–%d:00", f.Hours[0], f.Hours[1]))
	}
	var days []string
	for _, n := range f.Weekdays {
		days = append(days, l.of(statistics.ByWeekday, fmt.Sprint(n)))
	}
	if len(days) > 0 {
		out = append(out, "星期："+strings.Join(days, "、"))
	}
	return out
}

// dayWords is a business day for people: 2026-11-23 周一.
func dayWords(day queue.Day) string {
	d, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return string(day)
	}
	return string(day) + " " + weekdayNames[(int(d.Weekday())+6)%7]
}

func rangeWords(from, to queue.Day) string {
	if from == to {
		return dayWords(from)
	}
	return string(from) + " 至 " + string(to)
}
