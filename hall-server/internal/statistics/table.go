package statistics

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Table are the figures of a range, by one dimension.
type Table struct {
	By Dimension
	// Staged tells that the rows count stages: a visit that was handed on counts
	// once for each service, window or clerk it came to.
	Staged bool
	// Rows are in the order of time, or by Taken, the most first.
	Rows  []Row
	Total Row
	// Heat counts what Total.Taken does, by weekday (Monday first) and hour.
	Heat Heat
}

// Heat counts by weekday and hour.
type Heat [7][24]int

// Row are the figures of one day, hour, service …
type Row struct {
	// Key is the day, two digits of the hour, a digit of the weekday, or an id;
	// of a channel it is card, or appointment/online with the origin of the
	// appointment.
	Key string
	// Taken are all of the row, each of them also in one of the next seven.
	Taken       int
	Finished    int
	Missed      int
	Abandoned   int
	Closed      int
	Open        int
	Transferred int // stages only
	Parked      int // stages only
	// Returned and Recalls are counted for visits only.
	Returned int
	Recalls  int
	Offline  int
	// Wait is of those whose service began, Service of those whose service was
	// brought to an end.
	Wait, Service Times
	// WithinTarget counts waits that were no longer than the service's target.
	WithinTarget int
	Ratings      Ratings
	Promises     Promises
}

// Times sums up durations. The zero value is that of none.
type Times struct {
	Count  int
	Sum    time.Duration
	Mean   time.Duration
	Median time.Duration
	// P90 is the shortest that nine in ten don't exceed.
	P90 time.Duration
	Max time.Duration
}

// Ratings sums up scores.
type Ratings struct {
	Count int
	Sum   int
	// Levels counts each score: Levels[4] are fives.
	Levels [5]int
}

// satisfiedFrom is the lowest score of somebody satisfied: 基本满意.
const satisfiedFrom = 3

// Satisfied counts those who were satisfied at least by and large.
func (r *Ratings) Satisfied() int {
	n := 0
	for level, count := range r.Levels {
		if level+1 >= satisfiedFrom {
			n += count
		}
	}
	return n
}

// Promises compares the wait that was told with the wait until the first call.
type Promises struct {
	Count int
	// Kept were right within five minutes, or a quarter of the promise.
	Kept int
	// Error sums how far off they were.
	Error time.Duration
}

// kept tells whether truth is as promised.
func kept(promised, truth time.Duration) bool {
	return (truth - promised).Abs() <= max(5*time.Minute, promised/4)
}

// Builder makes a table of visits. It is not safe for concurrent use.
type Builder struct {
	by     Dimension
	filter Filter
	staged bool
	rows   map[string]*group
	total  group
	heat   Heat
}

// group is a row in the making.
type group struct {
	row            Row
	waits, service []time.Duration
}

// NewBuilder returns a builder of the table of what filter lets through.
func NewBuilder(by Dimension, filter Filter) *Builder {
	return &Builder{by: by, filter: filter, staged: by.staged() || filter.staged(), rows: make(map[string]*group)}
}

// Add counts v if the filter lets it through.
func (b *Builder) Add(v *Visit) {
	if !b.filter.visit(v) {
		return
	}
	if !b.staged {
		b.addVisit(v)
		return
	}
	for i := range v.Stages {
		if s := &v.Stages[i]; b.filter.stage(s) {
			b.addStage(v, s, i)
		}
	}
}

func (b *Builder) addVisit(v *Visit) {
	for _, g := range b.groups(v, nil) {
		g.count(v.Outcome)
		g.row.Returned += v.Returned
		g.row.Recalls += v.Recalls
		for i := range v.Stages {
			g.times(&v.Stages[i])
		}
		g.visit(v)
	}
	b.warm(v)
}

func (b *Builder) addStage(v *Visit, s *Stage, i int) {
	groups := b.groups(v, s)
	if len(groups) == 0 {
		return
	}
	for _, g := range groups {
		g.count(s.End)
		g.times(s)
		if i == 0 {
			g.promise(v)
		}
		if i == len(v.Stages)-1 {
			g.rate(v.Score)
		}
		if v.Offline {
			g.row.Offline++
		}
	}
	b.warm(v)
}

func (b *Builder) warm(v *Visit) {
	if v.Weekday >= 1 && v.Weekday <= 7 && v.Hour >= 0 && v.Hour < 24 {
		b.heat[v.Weekday-1][v.Hour]++
	}
}

// groups are those that v, or its stage s, counts in: its row's and the total.
// A stage that no window called yet is in no window's or clerk's row, and not
// in their total.
func (b *Builder) groups(v *Visit, s *Stage) []*group {
	key := b.key(v, s)
	if key == "" && (b.by == ByWindow || b.by == ByClerk) {
		return nil
	}
	g := b.rows[key]
	if g == nil {
		g = &group{row: Row{Key: key}}
		b.rows[key] = g
	}
	return []*group{g, &b.total}
}

func (b *Builder) key(v *Visit, s *Stage) string {
	switch b.by {
	case ByDay:
		return string(v.Day)
	case ByHour:
		return fmt.Sprintf("%02d", v.Hour)
	case ByWeekday:
		return fmt.Sprint(v.Weekday)
	case ByService:
		return string(s.Service)
	case ByWindow:
		return string(s.Window)
	case ByClerk:
		return string(s.Clerk)
	case ByZone:
		return v.Zone
	case ByChannel:
		if v.Origin != "" {
			return string(v.Channel) + "/" + v.Origin
		}
		return string(v.Channel)
	default:
		return v.Priority
	}
}

func (g *group) count(end Outcome) {
	r := &g.row
	r.Taken++
	switch end {
	case Finished:
		r.Finished++
	case Missed:
		r.Missed++
	case Abandoned:
		r.Abandoned++
	case Closed:
		r.Closed++
	case Transferred:
		r.Transferred++
	case Parked:
		r.Parked++
	default:
		r.Open++
	}
}

func (g *group) visit(v *Visit) {
	if v.Offline {
		g.row.Offline++
	}
	g.rate(v.Score)
	g.promise(v)
}

func (g *group) rate(score int) {
	if r := &g.row.Ratings; score >= 1 && score <= len(r.Levels) {
		r.Count++
		r.Sum += score
		r.Levels[score-1]++
	}
}

func (g *group) promise(v *Visit) {
	if v.Promised < 0 || v.Truth < 0 {
		return
	}
	p := &g.row.Promises
	p.Count++
	p.Error += (v.Truth - v.Promised).Abs()
	if kept(v.Promised, v.Truth) {
		p.Kept++
	}
}

func (g *group) times(s *Stage) {
	if s.HasWait() {
		g.waits = append(g.waits, s.Wait)
		if s.Wait <= s.Target {
			g.row.WithinTarget++
		}
	}
	if s.HasService() {
		g.service = append(g.service, s.Served)
	}
}

// Table is the table of what was added.
func (b *Builder) Table() Table {
	t := Table{By: b.by, Staged: b.staged, Rows: make([]Row, 0, len(b.rows)), Total: b.total.finish(), Heat: b.heat}
	for _, key := range slices.Sorted(maps.Keys(b.rows)) {
		t.Rows = append(t.Rows, b.rows[key].finish())
	}
	if b.by != ByDay && b.by != ByHour && b.by != ByWeekday {
		slices.SortStableFunc(t.Rows, func(x, y Row) int { return cmp.Compare(y.Taken, x.Taken) })
	}
	return t
}

func (g *group) finish() Row {
	g.row.Wait, g.row.Service = timesOf(g.waits), timesOf(g.service)
	return g.row
}

// timesOf sums ds up, sorting them.
func timesOf(ds []time.Duration) Times {
	n := len(ds)
	if n == 0 {
		return Times{}
	}
	slices.Sort(ds)
	t := Times{Count: n, Max: ds[n-1], P90: ds[rank(n, 0.9)], Median: (ds[(n-1)/2] + ds[n/2]) / 2}
	for _, d := range ds {
		t.Sum += d
	}
	t.Mean = t.Sum / time.Duration(n)
	return t
}

// rank is where in n sorted values the smallest is that a share of them doesn't
// exceed (nearest rank).
func rank(n int, share float64) int { return int(math.Ceil(share*float64(n))) - 1 }
