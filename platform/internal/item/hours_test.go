package item_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/platform/internal/item"
)

func TestWindowsAreReadWhereTheTextHoldsNothingElse(t *testing.T) {
	for text, want := range map[string][]string{
		"3、7号窗口":     {"3", "7"},
		"1至3号窗口":     {"1", "2", "3"},
		"12号窗口":      {"12"},
		"1-2，5号窗口":   {"1", "2", "5"},
		"综合服务1至6号窗口": nil,
		"户籍窗口":       nil,
		"":           nil,
		"3至1号窗口":     nil,
		"1至999号窗口":   nil,
		"至号窗口":       nil,
		"1至2至3号窗口":   nil,
	} {
		if got := item.ReadWindows(text); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestHoursAreReadWhereTheTextHoldsNothingElse(t *testing.T) {
	week := []int{1, 2, 3, 4, 5}
	span := func(from, to string) item.TimeSpan { return item.TimeSpan{From: from, To: to} }
	for text, want := range map[string]item.OpeningHours{
		"周一至周五 9:00-17:00（法定节假日除外）": {ExceptHolidays: true, Parts: []item.Opening{{Days: week, Times: []item.TimeSpan{span("9:00", "17:00")}}}},
		"周一至周五 9:00-12:00、13:30-17:00；周六 9:00-12:00（法定节假日除外）": {ExceptHolidays: true, Parts: []item.Opening{
			{Days: week, Times: []item.TimeSpan{span("9:00", "12:00"), span("13:30", "17:00")}},
			{Days: []int{6}, Times: []item.TimeSpan{span("9:00", "12:00")}},
		}},
		"工作日 9:00-17:00":      {Parts: []item.Opening{{Times: []item.TimeSpan{span("9:00", "17:00")}}}},
		"星期六、星期日09：00—11：30":  {Parts: []item.Opening{{Days: []int{6, 7}, Times: []item.TimeSpan{span("09:00", "11:30")}}}},
		"全天":                  {Parts: []item.Opening{{Days: []int{1, 2, 3, 4, 5, 6, 7}, Times: []item.TimeSpan{span("0:00", "24:00")}}}},
		"每天 8:00-20:00，节假日休息": {ExceptHolidays: true, Parts: []item.Opening{{Days: []int{1, 2, 3, 4, 5, 6, 7}, Times: []item.TimeSpan{span("8:00", "20:00")}}}},
	} {
		got, ok := item.ReadHours(text)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %v %s", text, ok, diff)
		}
	}
	for _, text := range []string{
		"", "上午", "以各医院公布为准", "周一至周五", "9:00-17:00", "周五至周一 9:00-17:00", "周一至周五 9:00-17:00 中午不休息",
		"周一至周五 17:00-9:00", "周一至周五 9:70-17:00", "周一至周五 9:00-25:00", "每月第一个周六 9:00-12:00", "周一至周五、周三 9:00-10:00",
		"夏令时周一至周五 9:00-17:00", "（法定节假日除外）", "周一至周五 9:00-17:00；周末请预约",
	} {
		if got, ok := item.ReadHours(text); ok {
			t.Errorf("%s was read as %+v", text, got)
		}
	}
}

func FuzzHours(f *testing.F) {
	f.Add("周一至周五 9:00-12:00、13:30-17:00；周六 9:00-12:00（法定节假日除外）")
	f.Add("1至3号窗口")
	f.Add("周-周 0:00-24:00")
	f.Fuzz(func(t *testing.T, text string) {
		if n := len(item.ReadWindows(text)); n > 100 {
			t.Errorf("%q names %d windows", text, n)
		}
		open, ok := item.ReadHours(text)
		if ok != (len(open.Parts) > 0) {
			t.Errorf("%q: %v with %d parts", text, ok, len(open.Parts))
		}
		for _, o := range open.Parts {
			if !slices.IsSorted(o.Days) || len(o.Times) == 0 {
				t.Errorf("%q: %s with %d times", text, strconv.Itoa(len(o.Days)), len(o.Times))
			}
		}
	})
}
