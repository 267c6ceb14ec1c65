package item

import (
	"regexp"
	"strconv"
	"strings"
)

// Window numbers and opening hours are written in words. Most of them hold
// nothing but numbers, days and times, in a few ways of writing: these are read,
// so that pages can word them in other languages. What holds anything more stays
// the words that it is.

// OpeningHours is when a place is open.
type OpeningHours struct {
	Parts []Opening `json:"parts"`
	// ExceptHolidays tells that it is closed on public holidays.
	ExceptHolidays bool `json:"exceptHolidays,omitempty"`
}

// Opening is a part of a week with the same hours.
type Opening struct {
	// Days are those of the week, from Monday, 1, to Sunday, 7; none: the working
	// days of the calendar.
	Days  []int      `json:"days,omitempty"`
	Times []TimeSpan `json:"times"`
}

// TimeSpan is a part of a day; both ends are HH:MM, as the hall writes them.
type TimeSpan struct {
	From string `json:"from"`
	To   string `json:"to"`
}

const (
	// maxWindowNumbers is how many windows a range such as 1至20 stands for at most.
	maxWindowNumbers = 100
	endOfDay         = 24 * 60 // minutes
)

var (
	windowsText  = regexp.MustCompile(`^([0-9至到、,，-]+)号(?:窗口|窗)$`)
	holidaysText = regexp.MustCompile(`[（(，,]?(?:法定)?节假日(?:除外|休息)[）)]?$`)
	openingText  = regexp.MustCompile(`^((?:周|星期)[^0-9]*|工作日|每天|每日)\s*([0-9].*|全天)$`)
	spanText     = regexp.MustCompile(`^([0-9]{1,2})[:：]([0-9]{2})\s*[-—–~至到]\s*([0-9]{1,2})[:：]([0-9]{2})$`)
)

// readWindows returns the numbers of windows in a text such as 3、7号窗口 or
// 1至3号窗口, nil if there is anything else in it.
func readWindows(text string) []string {
	found := windowsText.FindStringSubmatch(strings.TrimSpace(text))
	if found == nil {
		return nil
	}
	var list []string
	for _, part := range splitAny(found[1], "、,，") {
		from, to, isRange := cutAny(part, "至到-")
		if !isRange {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || b < a || len(list)+b-a >= maxWindowNumbers {
			return nil
		}
		for n := a; n <= b; n++ {
			list = append(list, strconv.Itoa(n))
		}
	}
	return list
}

// readHours reads hours such as 周一至周五 9:00-12:00、13:30-17:00（法定节假日除外）;
// false means that there is anything else in the text.
func readHours(text string) (OpeningHours, bool) {
	text = strings.TrimSpace(text)
	var open OpeningHours
	if at := holidaysText.FindStringIndex(text); at != nil {
		open.ExceptHolidays, text = true, strings.TrimSpace(text[:at[0]])
	}
	for _, part := range splitAny(text, "；;") {
		o, ok := readOpening(strings.TrimSpace(part))
		if !ok {
			return OpeningHours{}, false
		}
		open.Parts = append(open.Parts, o)
	}
	return open, len(open.Parts) > 0
}

func readOpening(text string) (o Opening, ok bool) {
	if text == "全天" {
		text = "每天全天"
	}
	found := openingText.FindStringSubmatch(text)
	if found == nil {
		return o, false
	}
	if o.Days, ok = readDays(strings.TrimSpace(found[1])); !ok {
		return o, false
	}
	if found[2] == "全天" {
		o.Times = []TimeSpan{{From: "0:00", To: "24:00"}}
		return o, true
	}
	for _, part := range splitAny(found[2], "、,，") {
		span, ok := readSpan(strings.TrimSpace(part))
		if !ok {
			return o, false
		}
		o.Times = append(o.Times, span)
	}
	return o, true
}

// readDays are the days of the week in 周一至周五, 周六、周日, 周六日 and such; none
// for working days.
func readDays(text string) (days []int, ok bool) {
	switch text {
	case "工作日":
		return nil, true
	case "每天", "每日":
		return []int{1, 2, 3, 4, 5, 6, 7}, true
	}
	for _, part := range splitAny(text, "、,，和") {
		from, to, isRange := cutAny(part, "至到-")
		a := readDay(from)
		b := a
		if isRange {
			b = readDay(to)
		}
		if a == 0 || b < a || len(days) > 0 && a <= days[len(days)-1] {
			return nil, false
		}
		for d := a; d <= b; d++ {
			days = append(days, d)
		}
	}
	return days, true
}

// readDay is a day of the week, from Monday, 1; 0 if the text isn't one.
func readDay(text string) int {
	name := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(text), "星期"), "周")
	days := map[string]int{"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7}
	return days[name]
}

func readSpan(text string) (span TimeSpan, ok bool) {
	found := spanText.FindStringSubmatch(text)
	if found == nil {
		return span, false
	}
	minutes := func(hour, minute string) int {
		h, _ := strconv.Atoi(hour) // digits, as the pattern says
		m, _ := strconv.Atoi(minute)
		if m > 59 {
			return -1
		}
		return h*60 + m
	}
	from, to := minutes(found[1], found[2]), minutes(found[3], found[4])
	if from < 0 || to <= from || to > endOfDay {
		return span, false
	}
	return TimeSpan{From: found[1] + ":" + found[2], To: found[3] + ":" + found[4]}, true
}

func splitAny(text, signs string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(signs, r) })
}

// cutAny cuts a text around the first of some signs.
func cutAny(text, signs string) (before, after string, found bool) {
	at := strings.IndexAny(text, signs)
	if at < 0 {
		return text, "", false
	}
	r := []rune(text[at:])
	return text[:at], string(r[1:]), true
}
