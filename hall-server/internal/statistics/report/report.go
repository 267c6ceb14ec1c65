// Package report writes statistics for people: tables flow in, an Excel
// workbook or a PDF flows out, both in Chinese and with the same figures.
package report

import (
	"time"

	"smarthall/hall-server/internal/statistics"
)

// Report is what is to be written.
type Report struct {
	// Hall is its name, Range the days in words, Filters what else was chosen.
	Hall    string
	Range   string
	Filters []string
	// Made is when, in the hall's time zone.
	Made time.Time
	// Tables are written in their order; the first is what was asked for.
	Tables []Table
	// Sum is of everything, and Staged tells that it counts stages.
	Sum    statistics.Row
	Staged bool
	Heat   statistics.Heat
}

// Table is a table with words instead of ids.
type Table struct {
	// Title names the table, such as 按业务; Head the first column, such as 业务.
	Title string
	Head  string
	// Staged tells that stages are counted, not visits.
	Staged bool
	Lines  []Line
	Total  statistics.Row
}

// Line is one row with its name.
type Line struct {
	Label string
	statistics.Row
}

// kind is how a figure is written.
type kind int

const (
	count  kind = iota // a number of visits
	length             // a duration, h:mm:ss
	share              // a part of one, as per cent
	score              // a mean rating, 1 to 5
)

// column is a figure of a row.
type column struct {
	title string
	kind  kind
	// value is the figure: an int, a time.Duration or a float64. false means
	// that there is none, which is not the same as nought.
	value func(*statistics.Row) (any, bool)
}

func counted(title string, of func(*statistics.Row) int) column {
	return column{title, count, func(r *statistics.Row) (any, bool) { return of(r), true }}
}

func timed(title string, of func(*statistics.Row) statistics.Times, pick func(statistics.Times) time.Duration) column {
	return column{title, length, func(r *statistics.Row) (any, bool) {
		t := of(r)
		return pick(t), t.Count > 0
	}}
}

func shared(title string, of func(*statistics.Row) (part, whole int)) column {
	return column{title, share, func(r *statistics.Row) (any, bool) {
		part, whole := of(r)
		if whole == 0 {
			return 0.0, false
		}
		return float64(part) / float64(whole), true
	}}
}

func waits(r *statistics.Row) statistics.Times        { return r.Wait }
func services(r *statistics.Row) statistics.Times     { return r.Service }
func mean(t statistics.Times) time.Duration           { return t.Mean }
func median(t statistics.Times) time.Duration         { return t.Median }
func nineInTen(t statistics.Times) time.Duration      { return t.P90 }
func longest(t statistics.Times) time.Duration        { return t.Max }
func onTarget(r *statistics.Row) (part, whole int)    { return r.WithinTarget, r.Wait.Count }
func satisfied(r *statistics.Row) (part, whole int)   { return r.Ratings.Satisfied(), r.Ratings.Count }
func promiseKept(r *statistics.Row) (part, whole int) { return r.Promises.Kept, r.Promises.Count }

// figures are the columns of a table.
func figures(staged bool) []column {
	columns := []column{counted("取号", func(r *statistics.Row) int { return r.Taken })}
	if staged {
		columns[0].title = "人次"
	}
	columns = append(columns,
		counted("办结", func(r *statistics.Row) int { return r.Finished }),
		counted("过号", func(r *statistics.Row) int { return r.Missed }),
		counted("弃号", func(r *statistics.Row) int { return r.Abandoned }),
	)
	if staged {
		columns = append(columns,
			counted("转出", func(r *statistics.Row) int { return r.Transferred }),
			counted("挂起", func(r *statistics.Row) int { return r.Parked }))
	} else {
		columns = append(columns, counted("过号后返回", func(r *statistics.Row) int { return r.Returned }))
	}
	columns = append(columns,
		counted("日终关闭", func(r *statistics.Row) int { return r.Closed }),
		counted("进行中", func(r *statistics.Row) int { return r.Open }),
		timed("平均等候", waits, mean), timed("等候中位数", waits, median),
		timed("九成等候不超过", waits, nineInTen), timed("最长等候", waits, longest),
		shared("等候达标率", onTarget),
		timed("平均办理", services, mean), timed("办理中位数", services, median), timed("九成办理不超过", services, nineInTen),
	)
	return append(columns, rated()...)
}

// rated are the columns of ratings.
func rated() []column {
	return []column{
		counted("评价数", func(r *statistics.Row) int { return r.Ratings.Count }),
		shared("满意率", satisfied),
		{"平均分", score, func(r *statistics.Row) (any, bool) {
			if r.Ratings.Count == 0 {
				return 0.0, false
			}
			return float64(r.Ratings.Sum) / float64(r.Ratings.Count), true
		}},
	}
}

// levels are the ratings in words, from 5 to 1 (国办发〔2019〕51 号).
var levels = []string{"非常满意", "满意", "基本满意", "不满意", "非常不满意"}

// ratings are the columns of the table of ratings.
func ratings() []column {
	columns := rated()
	for i, word := range levels {
		columns = append(columns, counted(word, func(r *statistics.Row) int { return r.Ratings.Levels[len(levels)-1-i] }))
	}
	return append(columns,
		counted("告知过等候时间", func(r *statistics.Row) int { return r.Promises.Count }),
		shared("告知准确率", promiseKept))
}

// weekdays are the rows of the heat map.
var weekdays = []string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"}

// busy returns the hours that have anything in heat, the last excluded, and
// its largest count; 8 to 18 o'clock if all is nought.
func busy(heat *statistics.Heat) (from, to, most int) {
	from, to = 24, 0
	for _, day := range heat {
		for hour, n := range day {
			if n > 0 {
				from, to, most = min(from, hour), max(to, hour+1), max(most, n)
			}
		}
	}
	if most == 0 {
		return 8, 18, 0
	}
	return from, to, most
}
