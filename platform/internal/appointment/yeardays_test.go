package appointment_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/store"
)

// notice is as the State Council's general office writes them.
const notice = `国务院办公厅关于２０２７年部分节假日安排的通知
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
一、元旦：2026年12月31日（周四）至2027年1月2日（周六）放假调休，共3天。
二、春节：2月5日（农历除夕、周五）至12日（农历正月初七、周五）放假调休，共8天。1月31日（周日）、2月14日（周日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在2月4日休息。
三、清明节：4月5日（周一）放假1天，与周末连休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
　　　　国务院办公厅
　　　　2026年11月4日`

func TestAYearsNoticeIsReadAsItIsWritten(t *testing.T) {
	c := open(t, sqldbtest.File(t))
	city := c.staff("330100")
	for _, tt := range []struct {
		name, text string
		want       string // days off and, marked by +, working days
		unread     int
	}{
		{"the notice", notice, "2026-12-31 2027-01-01 2027-01-02 +2027-01-31 2027-02-05 2027-02-06 2027-02-07 2027-02-08 2027-02-09 2027-02-10 2027-02-11 2027-02-12 " +
			"+2027-02-14 2027-04-05 +2027-09-26 2027-10-01 2027-10-02 2027-10-03 2027-10-04 2027-10-05 2027-10-06 2027-10-07 +2027-10-09", 2},
		{"one line", "10月1日至3日放假, 9月27日上班", "+2027-09-27 2027-10-01 2027-10-02 2027-10-03", 0},
		{"days of one month", "2月6日、7日上班", "+2027-02-06 +2027-02-07", 0},
		{"a list", "2027-10-01 休 国庆节\n2027/10/9 上班\n2027.1.1,off,元旦\n", "2027-01-01 2027-10-01 +2027-10-09", 0},
		{"over New Year", "12月30日至1月1日放假", "2027-12-30 2027-12-31 2028-01-01", 0},
		{"a day of which nothing is said", "5月1日放假。5月9日另行通知", "2027-05-01", 1},
	} {
		p, err := c.PlanYear(city, appointment.Year{Region: "330100", Year: 2027, Text: tt.text})
		c.must(err)
		var got []string
		for _, d := range p.Days {
			got = append(got, map[bool]string{true: "+"}[d.Work]+d.Day)
		}
		if strings.Join(got, " ") != tt.want || len(p.Unread) != tt.unread {
			t.Errorf("%s: read\n%s, want\n%s; unread %q", tt.name, strings.Join(got, " "), tt.want, p.Unread)
		}
	}
	p, err := c.PlanYear(city, appointment.Year{Region: "330100", Year: 2027, Text: notice})
	c.must(err)
	if d := p.Days[4]; d.Name != "春节" || !d.Was || !d.Changed {
		t.Errorf("%+v", d)
	}
	if d := p.Days[5]; d.Was || d.Changed { // a Saturday
		t.Errorf("%+v", d)
	}
	for name, y := range map[string]appointment.Year{
		"no day":              {Region: "330100", Year: 2027, Text: "祝大家节日快乐"},
		"no such day":         {Region: "330100", Year: 2027, Text: "2月30日放假"},
		"no month":            {Region: "330100", Year: 2027, Text: "3日放假"},
		"both":                {Region: "330100", Year: 2027, Text: "5月1日放假，5月1日上班"},
		"backwards":           {Region: "330100", Year: 2027, Text: "5月5日至5月1日放假"},
		"a holiday of a year": {Region: "330100", Year: 2027, Text: "1月1日至12月31日放假"},
		"no year":             {Region: "330100", Text: "5月1日放假"},
		"another region":      {Region: "330200", Year: 2027, Text: "5月1日放假"},
		"nowhere":             {Year: 2027, Text: "5月1日放假"},
		"a pattern":           {Region: "33%", Year: 2027, Text: "5月1日放假"},
	} {
		if _, err := c.PlanYear(city, y); err == nil {
			t.Errorf("%s is read", name)
		}
		if _, err := c.PutYear(city, y); err == nil {
			t.Errorf("%s is set", name)
		}
	}
}

func TestAYearIsSetAtOnceAndToldOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		city := c.staff("330100")
		var told []string
		c.store.On("appointment.days-changed", "test", func(_ context.Context, _ *store.Tx, e store.Event) error {
			var body struct {
				Region string
				Days   []string
			}
			err := json.Unmarshal(e.Data, &body)
			told = append(told, body.Region+" "+strings.Join(body.Days, ","))
			return err
		})
		deliver := func() {
			_, err := c.store.Deliver(t.Context())
			c.must(err)
		}
		if n, err := c.PutYear(city, appointment.Year{Region: "330100", Year: 2027, Text: "10月1日至2日放假，9月26日上班"}); err != nil || n != 3 {
			t.Fatal(n, err)
		}
		days, err := c.RegionCalendar(t.Context(), "330102")
		c.must(err)
		for text, want := range map[string]bool{"2027-10-01": false, "2027-09-26": true, "2027-10-04": true} {
			day, err := appointment.ParseDay("day", text)
			c.must(err)
			if days.IsWorkday(day) != want {
				t.Errorf("%s is a working day: %v", text, !want)
			}
		}
		c.must(c.PutDay(city, appointment.DayRule{Region: "330100", Day: "2026-12-07", Name: "防汛"}))
		c.must(c.PutDay(c.staff("330100"), appointment.DayRule{Hall: "east", Day: "2026-12-08", Name: "检修"}))
		c.must(c.DropDay(city, appointment.DayRule{Region: "330100", Day: "2026-12-07"}))
		deliver()
		want := "330100 2027-09-26,2027-10-01,2027-10-02|330100 2026-12-07|330100 2026-12-07"
		if got := strings.Join(told, "|"); got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	})
}
