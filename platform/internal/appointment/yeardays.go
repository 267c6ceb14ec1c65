package appointment

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Year is a year's days off and make-up days as somebody pasted them: lines of
// the State Council's notice (国庆节：10月1日至7日放假，9月27日上班), or one day in a
// line (2027-10-01 休 国庆节).
type Year struct {
	Hall   string `json:"hall,omitempty" maxLength:"40"`
	Region string `json:"region,omitempty" maxLength:"12"`
	// Year is that of days that are written without one.
	Year int    `json:"year" minimum:"2020" maximum:"2100"`
	Text string `json:"text" minLength:"1" maxLength:"20000"`
}

// YearDay is what a year's text says of a day, and how the day is now.
type YearDay struct {
	Day  string `json:"day"`
	Work bool   `json:"work"`
	Name string `json:"name"`
	// Was tells whether it is a working day now, Changed whether the text makes
	// it another.
	Was     bool `json:"was"`
	Changed bool `json:"changed"`
}

// YearPlan is what a year's text comes to.
type YearPlan struct {
	Days []YearDay `json:"days"`
	// Unread are the sentences that name a day and don't say what it is.
	Unread []string `json:"unread"`
}

// Bounds of a year's text.
const (
	maxYearDays = 200
	maxSpan     = 31 // days of one holiday
)

// PlanYear reads a year's text and tells what it would change, and changes
// nothing.
func (s *Service) PlanYear(ctx context.Context, y Year) (YearPlan, error) {
	p := YearPlan{Days: []YearDay{}, Unread: []string{}}
	rules, unread, err := readYear(y)
	if err != nil {
		return p, err
	}
	if err := s.checkDay(ctx, rules[0]); err != nil {
		return p, err
	}
	now, err := s.daysAt(ctx, y)
	if err != nil {
		return p, err
	}
	for _, r := range rules {
		day, err := calendar.ParseDay(r.Day)
		if err != nil {
			return p, fmt.Errorf("plan a year: %w", err)
		}
		was := now.IsWorkday(day)
		p.Days = append(p.Days, YearDay{Day: r.Day, Work: r.Work, Name: r.Name, Was: was, Changed: was != r.Work})
	}
	p.Unread = append(p.Unread, unread...)
	return p, nil
}

// daysAt is the calendar of where a year's days will hold.
func (s *Service) daysAt(ctx context.Context, y Year) (*calendar.Calendar, error) {
	if y.Hall != "" {
		return s.Calendar(ctx, y.Hall)
	}
	return s.RegionCalendar(ctx, y.Region)
}

// PutYear sets a year's days, all or none, and tells how many.
func (s *Service) PutYear(ctx context.Context, y Year) (int, error) {
	rules, _, err := readYear(y)
	if err != nil {
		return 0, err
	}
	if err := s.checkDay(ctx, rules[0]); err != nil {
		return 0, err
	}
	return len(rules), s.Store.Write(ctx, "set a year's working days", func(tx *store.Tx) error {
		for _, r := range rules {
			if err := putDay(ctx, tx, r); err != nil {
				return err
			}
		}
		if err := daysChanged(ctx, tx, rules...); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{
			Action: "appointment.set-year", Object: y.Hall + y.Region, Detail: fmt.Sprintf("%s 至 %s，%d 天", rules[0].Day, rules[len(rules)-1].Day, len(rules)),
		})
	})
}

// A day as notices and lists write it, one that ends a span, and what makes it
// a working day or a day off.
var (
	aside    = regexp.MustCompile(`（[^）]*）|\([^)]*\)|【[^】]*】`)
	listed   = regexp.MustCompile(`(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})日?`)
	spoken   = regexp.MustCompile(`(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\s*(?:至|到|~|～|-|—|–)\s*(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日)?|放假|休息|上班|补班|工作日|休|班|(?i:\b(?:off|work)\b)`)
	titled   = regexp.MustCompile(`^\s*(?:[一二三四五六七八九十0-9]+[、.．]\s*)?([^：:\d]{1,20})[：:]`)
	sentence = regexp.MustCompile(`[。；;\n]+`)
)

// readYear reads a year's text: its days in order, and the sentences that name
// a day and don't say what it is.
func readYear(y Year) (rules []DayRule, unread []string, err error) {
	if y.Year < 2020 || y.Year > 2100 {
		return nil, nil, ErrInput.Wrong("year", "年份须为 2020 至 2100")
	}
	if utf8.RuneCountInString(y.Text) > 20000 {
		return nil, nil, ErrInput.Wrong("text", "内容过长，最多 20000 字")
	}
	found := map[string]DayRule{}
	for line := range strings.Lines(plainDigits(y.Text)) {
		line = listed.ReplaceAllString(aside.ReplaceAllString(line, ""), "${1}年${2}月${3}日")
		name := ""
		if m := titled.FindStringSubmatch(line); m != nil {
			name = strings.TrimSpace(m[1])
		}
		for _, part := range sentence.Split(line, -1) {
			list, whole, err := readSentence(part, y.Year)
			if err != nil {
				return nil, nil, err
			}
			if !whole {
				unread = append(unread, clipped(part))
			}
			for _, r := range list {
				r.Hall, r.Region, r.Name = y.Hall, y.Region, cmp.Or(name, r.Name)
				if before, ok := found[r.Day]; ok && before.Work != r.Work {
					return nil, nil, ErrInput.Wrong("text", r.Day+" 既写为放假又写为上班，请核对")
				}
				found[r.Day] = r
			}
		}
	}
	if len(found) == 0 {
		return nil, nil, ErrInput.Wrong("text", "没有读出日期，请粘贴放假通知，或每行写一天，如 2027-10-01 休 国庆节")
	}
	if len(found) > maxYearDays {
		return nil, nil, ErrInput.Wrong("text", fmt.Sprintf("日期过多，最多 %d 天", maxYearDays))
	}
	for _, r := range found {
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b DayRule) int { return cmp.Compare(a.Day, b.Day) })
	return rules, unread, nil
}

// readSentence reads the days of one sentence: each belongs to the next word
// that says what it is, or, in a list, to the one behind it. whole is false
// where a day is left over.
func readSentence(text string, year int) (rules []DayRule, whole bool, err error) {
	if strings.Contains(text, "鼓励") || strings.Contains(text, "建议") {
		return nil, !spoken.MatchString(text), nil // advice to employers, no rule
	}
	var waiting []calendar.Day
	month, end := 0, 0
	for _, m := range spoken.FindAllStringSubmatchIndex(text, -1) {
		word := text[m[0]:m[1]]
		if m[6] < 0 { // a word, no day
			work := isWork(word)
			for _, d := range waiting {
				name := "放假"
				if work {
					name = "补班"
				}
				rules = append(rules, DayRule{Day: d.String(), Work: work, Name: name})
			}
			waiting, end = nil, m[1]
			continue
		}
		days, last, err := span(text, m, year, month)
		if err != nil {
			return nil, false, err
		}
		waiting, month = append(waiting, days...), last
	}
	// One day in a line is followed by its name.
	if name := strings.Trim(text[end:], " \t\r\n,，、:：."); len(rules) == 1 && name != "" && utf8.RuneCountInString(name) <= maxName && !strings.ContainsAny(name, "，,共天") {
		rules[0].Name = name
	}
	return rules, len(waiting) == 0, nil
}

// isWork tells whether a word makes a day a working day.
func isWork(word string) bool {
	return strings.Contains(word, "班") || word == "工作日" || strings.EqualFold(word, "work")
}

// span are the days from one to another, or one day, of a match of spoken;
// month is the one that was said before.
func span(text string, m []int, year, month int) (days []calendar.Day, last int, err error) {
	number := func(group, otherwise int) int {
		if m[2*group] < 0 {
			return otherwise
		}
		n, err := strconv.Atoi(text[m[2*group]:m[2*group+1]])
		if err != nil {
			return 0
		}
		return n
	}
	wrong := ErrInput.Wrong("text", "没有“"+text[m[0]:m[1]]+"”这样的日期，请核对")
	read := func(y, mo, d int) (calendar.Day, bool) {
		day, err := calendar.ParseDay(fmt.Sprintf("%04d-%02d-%02d", y, mo, d))
		return day, err == nil
	}
	y, mo := number(1, year), number(2, month)
	first, ok := read(y, mo, number(3, 0))
	if !ok {
		return nil, 0, wrong
	}
	if m[12] < 0 {
		return []calendar.Day{first}, mo, nil
	}
	toYear, toMonth := number(4, y), number(5, mo)
	if m[8] < 0 && toMonth < mo {
		toYear++ // over New Year
	}
	to, ok := read(toYear, toMonth, number(6, 0))
	if !ok || to.Before(first) || first.Add(maxSpan).Before(to) {
		return nil, 0, wrong
	}
	for d := first; !to.Before(d); d = d.Add(1) {
		days = append(days, d)
	}
	return days, toMonth, nil
}

// plainDigits makes digits and spaces of full width common ones, and drops what
// isn't text.
func plainDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		switch {
		case r == '　':
			return ' '
		case unicode.IsControl(r) && r != '\n':
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// clipped is a sentence, not too long.
func clipped(text string) string {
	r := []rune(strings.TrimSpace(text))
	return string(r[:min(len(r), 80)])
}
