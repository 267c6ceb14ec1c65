package appointment_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"smarthall/internal/calendar"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

func day(t *testing.T, text string) calendar.Day {
	t.Helper()
	d, err := calendar.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDaysOffAndOpenedHolidays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		staff, city := c.staff("330102"), c.staff("330100")
		c.must(c.PutDay(city, appointment.DayRule{Region: "330100", Day: tuesday, Name: "防汛"}))
		_, _, err := c.Book(c.person(1), visit(tuesday, nine))
		c.refused(err, appointment.ErrDay)
		c.must(c.PutDay(staff, appointment.DayRule{Hall: "east", Day: tuesday, Work: true, Name: "照常办公"})) // the hall's own wins
		c.book(c.person(1), visit(tuesday, nine))
		c.must(c.PutDay(staff, appointment.DayRule{Hall: "east", Day: saturday, Work: true, Name: "周末预约服务", Contact: "李主任 0571-12345"}))
		list, err := c.Offers(t.Context(), "invoice", "")
		c.must(err)
		i := 4 // from Tuesday
		if d := list[0].Days[i]; d.Day != saturday || !d.Open || d.Contact != "李主任 0571-12345" || d.Left != 30 || d.Name != "周末预约服务" {
			t.Errorf("the opened Saturday is %+v", d)
		}
		if d := list[0].Days[5]; d.Open || len(d.Periods) != 0 {
			t.Errorf("the Sunday is %+v", d)
		}
		if len(list[0].Days) != 7 || list[0].HallName != "东湖区政务服务中心" {
			t.Errorf("%d days of %s", len(list[0].Days), list[0].HallName)
		}
		c.book(c.person(2), visit(saturday, nine))
		c.must(c.DropDay(staff, appointment.DayRule{Hall: "east", Day: saturday}))
		_, _, err = c.Book(c.person(3), visit(saturday, nine))
		c.refused(err, appointment.ErrDay)
		cal, err := c.Calendar(t.Context(), "west")
		if err != nil || cal.IsWorkday(day(t, tuesday)) {
			t.Errorf("the other hall works: %v", err)
		}
	})
}

func TestOnlyOnesOwnRegionIsSet(t *testing.T) {
	c := file(t)
	west := c.staff("330103")
	c.refused(c.PutDay(west, appointment.DayRule{Hall: "east", Day: tuesday, Name: "x"}), node.ErrNoHall)
	c.refused(c.PutDay(west, appointment.DayRule{Region: "330100", Day: tuesday, Name: "x"}), appointment.ErrInput)
	c.refused(c.PutDay(west, appointment.DayRule{Region: "330103", Hall: "west", Day: tuesday, Name: "x"}), appointment.ErrInput)
	c.refused(c.PutDay(west, appointment.DayRule{Region: "33'--", Day: tuesday, Name: "x"}), appointment.ErrInput)
	c.refused(c.PutDay(west, appointment.DayRule{Hall: "west", Day: "tomorrow", Name: "x"}), appointment.ErrInput)
	c.refused(c.DropDay(west, appointment.DayRule{Hall: "east", Day: tuesday}), node.ErrNoHall)
	c.refused(c.PutService(west, tax), node.ErrNoHall)
	c.refused(c.PutItem(west, invoice), node.ErrNoHall)
	_, err := c.PutPeriod(west, appointment.PeriodRule{Hall: "east", Service: "tax", Day: tuesday, From: nine, Closed: "x"})
	c.refused(err, node.ErrNoHall)
	_, err = c.Settings(west, "east")
	c.refused(err, node.ErrNoHall)
	_, err = c.Day(west, "east", day(t, tuesday), "", "")
	c.refused(err, node.ErrNoHall)
	_, err = c.Statistics(west, "east", day(t, tuesday), day(t, tuesday))
	c.refused(err, node.ErrNoHall)
	if list, err := c.DayRules(west, day(t, "2020-01-01")); err != nil || len(list) != 0 {
		t.Errorf("days: %v, %v", list, err)
	}
}

func TestSenselessSettingsAreRefused(t *testing.T) {
	c := file(t)
	staff := c.staff("330100")
	for name, change := range map[string]func(*appointment.ServicePlan){
		"backwards":      func(v *appointment.ServicePlan) { v.Periods = []appointment.Period{{From: 600, To: 540, Places: 1}} },
		"beyond the day": func(v *appointment.ServicePlan) { v.Periods = []appointment.Period{{From: 600, To: 1500, Places: 1}} },
		"negative":       func(v *appointment.ServicePlan) { v.Periods = []appointment.Period{{From: 540, To: 600, Places: -1}} },
		"more than all": func(v *appointment.ServicePlan) {
			v.Periods = []appointment.Period{{From: 540, To: 600, Places: 5, Online: 6}}
		},
		"overlapping": func(v *appointment.ServicePlan) {
			v.Periods = []appointment.Period{{From: 540, To: 600}, {From: 599, To: 660}}
		},
		"101 percent":     func(v *appointment.ServicePlan) { v.Share = 101 },
		"no service":      func(v *appointment.ServicePlan) { v.Service = "" },
		"a hundred parts": func(v *appointment.ServicePlan) { v.Periods = make([]appointment.Period, 100) },
	} {
		v := tax
		change(&v)
		if err := c.PutService(staff, v); !errors.Is(err, appointment.ErrSettings) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*appointment.ItemPlan){
		"no name":         func(v *appointment.ItemPlan) { v.Name = " " },
		"no days":         func(v *appointment.ItemPlan) { v.Days = 0 },
		"years ahead":     func(v *appointment.ItemPlan) { v.Days = 1000 },
		"an id with SQL":  func(v *appointment.ItemPlan) { v.Item = "a b" },
		"less than none":  func(v *appointment.ItemPlan) { v.Most = -1 },
		"the day before":  func(v *appointment.ItemPlan) { v.FirstDay = -1 },
		"a later century": func(v *appointment.ItemPlan) { v.FirstDay = 40000 },
	} {
		v := invoice
		change(&v)
		if err := c.PutItem(staff, v); !errors.Is(err, appointment.ErrSettings) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := invoice
	other.Service = "food"
	c.refused(c.PutItem(staff, other), appointment.ErrNoService)
	for _, r := range []appointment.Rules{{Misses: -1, Days: 1, Suspended: 1}, {Misses: 1, Days: 0, Suspended: 1}, {Misses: 1, Days: 1, Suspended: 1000}} {
		c.refused(c.SetRules(staff, r), appointment.ErrSettings)
	}
	h := c.halls["east"]
	h.Described.Services = []node.HallService{{ID: "tax"}}
	c.halls["east"] = h
	v := tax
	v.Service = "food"
	c.refused(c.PutService(staff, v), appointment.ErrSettings)
	got, err := c.Settings(staff, "east")
	if err != nil || len(got.Services) != 1 || len(got.Items) != 2 || got.Services[0].Share != 50 {
		t.Errorf("settings are now %+v, %v", got, err)
	}
}

func TestAClosedPeriodTellsWhoBookedIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		var all []appointment.Booking
		for i := range 4 {
			all = append(all, c.book(c.person(i), visit(tuesday, nine)))
		}
		other := c.book(c.person(9), visit(tuesday, ten))
		c.must(c.says("east", all[3], appointment.CheckedIn))
		c.sent("")
		n, err := c.PutPeriod(c.staff("330102"), appointment.PeriodRule{Hall: "east", Service: "tax", Day: tuesday, From: nine, Closed: "系统升级", Cancel: true})
		if err != nil || n != 3 {
			t.Fatalf("%d cancelled, %v", n, err)
		}
		if notices := c.sent("appointment.cancelled"); len(notices) != 3 || notices[0].Vars["reason"] != "系统升级" {
			t.Errorf("told %+v", notices)
		}
		if len(c.down(appointment.TypeCancelled)) != 3 || c.state(all[3]) != appointment.CheckedIn || c.state(other) != appointment.Booked {
			t.Error("others were cancelled too")
		}
		_, _, err = c.Book(c.person(1), visit(tuesday, nine))
		c.refused(err, appointment.ErrClosed)
		if got := c.left("invoice", tuesday, nine); got != 0 {
			t.Errorf("%d places left in a closed period", got)
		}
		c.must(putPeriod(c, appointment.PeriodRule{Hall: "east", Service: "tax", Day: tuesday, From: nine}))
		if got := c.left("invoice", tuesday, nine); got != 9 {
			t.Errorf("%d places left in the opened period", got)
		}
	})
}

func TestOnePeriodsOwnPlaces(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		c.book(c.person(1), visit(tuesday, nine))
		two, none := 2, 0
		r := appointment.PeriodRule{Hall: "east", Service: "tax", Day: tuesday, From: nine, Places: &two}
		c.must(putPeriod(c, r))
		c.book(c.person(2), visit(tuesday, nine))
		_, _, err := c.Book(c.person(3), visit(tuesday, nine))
		c.refused(err, appointment.ErrFull)
		r.Places = &none
		c.must(putPeriod(c, r))
		if got := c.left("invoice", tuesday, nine); got != 0 {
			t.Errorf("%d places left", got)
		}
		r.Places = nil
		c.must(putPeriod(c, r))
		if got := c.left("invoice", tuesday, nine); got != 8 {
			t.Errorf("%d places left", got)
		}
		ofItem := appointment.PeriodRule{Hall: "east", Service: "tax", Item: "levy", Day: tuesday, From: ten, Closed: "人员培训"}
		c.must(putPeriod(c, ofItem))
		_, _, err = c.Book(c.person(4), appointment.Request{Hall: "east", Item: "levy", Day: tuesday, From: 600})
		c.refused(err, appointment.ErrClosed)
		c.book(c.person(4), visit(tuesday, ten))
		closedDay := appointment.PeriodRule{Hall: "east", Service: "tax", Day: tuesday, From: 9*60 + 30, Closed: "x"}
		c.refused(putPeriod(c, closedDay), appointment.ErrPeriod)
		closedDay.From, closedDay.Day = nine, "2026-11-20"
		c.refused(putPeriod(c, closedDay), appointment.ErrOver)
	})
}

func TestStaffSeeTheirDay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		c.book(c.person(1), visit(tuesday, ten))
		first := c.book(c.person(2), visit(tuesday, nine))
		c.book(c.person(3), visit(wednesday, nine))
		staff := c.staff("330102")
		list, err := c.Day(staff, "east", day(t, tuesday), "", "")
		if err != nil || len(list) != 2 || list[0].ID != first.ID {
			t.Errorf("the day is %v, %v", list, err)
		}
		if list, err := c.Day(staff, "east", day(t, tuesday), appointment.Missed, "invoice"); err != nil || len(list) != 0 {
			t.Errorf("missed: %v, %v", list, err)
		}
		if n := c.count(`SELECT count(*) FROM audit WHERE action = 'appointment.list'`); n != 2 {
			t.Errorf("%d looks in the audit log, want 2", n)
		}
		got, err := c.ByNumber(staff, first.Number)
		if err != nil || got.ID != first.ID {
			t.Errorf("by number: %v", err)
		}
		_, err = c.ByNumber(c.staff("330103"), first.Number)
		c.refused(err, appointment.ErrNone)
		counts, err := c.Statistics(staff, "east", day(t, tuesday), day(t, wednesday))
		if err != nil || len(counts) != 1 || counts[0] != (appointment.Count{Hall: "east", Item: "invoice", Via: "portal", State: "booked", Count: 3}) {
			t.Errorf("counted %+v, %v", counts, err)
		}
		var out bytes.Buffer
		c.must(c.Export(staff, &out, "east", day(t, tuesday)))
		file, err := excelize.OpenReader(&out)
		c.must(err)
		rows, err := file.GetRows("Sheet1")
		if err != nil || len(rows) != 3 || rows[1][0] != first.Number || rows[1][2] != "09:00" || rows[1][9] != "已预约" {
			t.Errorf("exported %v, %v", rows, err)
		}
		if rows[1][5] == "张三" || rows[1][6] == number(2) {
			t.Error("the workbook shows whole names and numbers")
		}
	})
}

func TestADemoCityBeginsOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		changed := appointment.DefaultService("east", "tax")
		c.must(c.store.Write(t.Context(), "demo", func(tx *store.Tx) error {
			return c.AddDemo(t.Context(), tx, []appointment.ServicePlan{changed, appointment.DefaultService("west", "food")},
				[]appointment.ItemPlan{appointment.DefaultItem("east", "invoice", "tax", "另一个名称"), appointment.DefaultItem("west", "food-licence", "food", "食品经营许可")})
		}))
		got, err := c.Settings(c.staff("330100"), "east")
		if err != nil || len(got.Services[0].Periods) != 3 || got.Items[0].Name != "发票领用" {
			t.Errorf("the plans were replaced: %+v, %v", got, err)
		}
		list, err := c.Offers(t.Context(), "food-licence", "")
		if err != nil || len(list) != 1 || list[0].Days[0].Left != 60 {
			t.Errorf("the new hall offers %+v, %v", list, err)
		}
	})
}

// guides say of items whether they may be booked.
type guides map[string]bool

func (g guides) Bookable(_ context.Context, item string) (string, bool, error) {
	return item, g[item], nil
}

func TestOnlyItemsWhoseGuideSaysSoAreBooked(t *testing.T) {
	c := file(t)
	g := guides{"invoice": true}
	c.Items = g
	b := c.book(c.person(1), visit(tuesday, nine))
	_, _, err := c.Book(c.person(1), appointment.Request{Hall: "east", Item: "levy", Day: tuesday, From: nine})
	c.refused(err, appointment.ErrNotOffered)
	if list, err := c.Offers(t.Context(), "levy", ""); err != nil || len(list) != 0 {
		t.Errorf("offers %v, %v", list, err)
	}
	g["invoice"] = false // it was suspended: what is booked may be given up, not moved
	_, err = c.Move(c.person(1), b.ID, wednesday, nine)
	c.refused(err, appointment.ErrNotOffered)
	if _, err := c.Cancel(c.person(1), b.ID, ""); err != nil {
		t.Error(err)
	}
}

func TestTheJobsRunUntilToldToStop(t *testing.T) {
	c := file(t)
	c.book(c.person(1), visit(tuesday, nine))
	c.at(time.Date(2026, 11, 23, 18, 0, 0, 0, china))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	deadline := time.After(time.Minute)
	for len(c.sent("appointment.reminder")) == 0 {
		select {
		case <-deadline:
			t.Fatal("nobody was reminded")
		case <-time.After(5 * time.Millisecond):
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
