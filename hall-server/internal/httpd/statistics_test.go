package httpd_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"smarthall/internal/testkit"
)

// statisticsView is what the tests read of the answer.
type statisticsView struct {
	Hall, Today, From, To, By, Unit string
	Whole                           bool
	Rows                            []figures
	Total                           figures
	Heat                            [][]int
}

type figures struct {
	Key, Label                               string
	Taken, Finished, Missed, Abandoned, Open int
	WithinTarget                             int
	Wait, Service                            struct{ Count, Mean, Max int }
	Ratings                                  struct {
		Count, Satisfied int
		Mean             float64
		Levels           []int
	}
}

func (f *fixture) statistics(query string) statisticsView {
	f.Helper()
	var out statisticsView
	f.must(http.StatusOK, "GET", api+"/statistics?"+query, nil, &out)
	if !out.Whole {
		f.Error("the latest visits weren't counted")
	}
	return out
}

// busyDay leaves two finished visits with ratings 5 and 2, a missed, a
// cancelled and a waiting one.
func (f *fixture) busyDay() {
	f.Helper()
	for _, score := range []int{5, 2} {
		id := f.ticket("finished")
		f.must(http.StatusOK, "POST", api+"/tickets/"+id+"/rate", map[string]any{"score": score}, nil)
	}
	missed := f.ticket("called")
	f.must(http.StatusOK, "POST", api+"/tickets/"+missed+"/no-show", nil, nil)
	f.must(http.StatusOK, "POST", api+"/tickets/"+f.take()+"/cancel", nil, nil)
	f.take()
}

func TestStatisticsCountTheDay(t *testing.T) {
	f := newFixture(t)
	if got := f.statistics(""); got.Total.Taken != 0 || got.Rows == nil || got.From != got.Today || got.To != got.Today || len(got.Heat) != 7 {
		t.Errorf("an empty hall: got %+v", got)
	}
	f.busyDay()
	got := f.statistics("by=day")
	if len(got.Rows) != 1 || got.Rows[0].Key != got.Today || got.Unit != "visit" || got.Hall != "东湖区政务服务中心" {
		t.Fatalf("got %+v", got)
	}
	row := got.Rows[0]
	if row.Taken != 5 || row.Finished != 2 || row.Missed != 1 || row.Abandoned != 1 || row.Open != 1 {
		t.Errorf("got %+v, want 5 taken: 2 finished, 1 missed, 1 abandoned, 1 open", row)
	}
	if row.Wait.Count != 2 || row.WithinTarget != 2 || row.Service.Count != 2 {
		t.Errorf("got %+v, want the waits and service times of the two that were served", row)
	}
	if r := row.Ratings; r.Count != 2 || r.Satisfied != 1 || r.Mean != 3.5 || r.Levels[4] != 1 || r.Levels[1] != 1 {
		t.Errorf("got the ratings %+v, want a five and a two", r)
	}
	for query, want := range map[string]struct {
		label string
		taken int
	}{
		"by=service":                   {"涉税业务办理", 5},
		"by=window":                    {"4 号窗口 涉税业务", 3},
		"by=clerk":                     {"李敏", 3},
		"by=zone":                      {"综合服务区", 5},
		"by=channel":                   {"手机号取号", 5},
		"by=priority":                  {"普通", 5},
		"by=weekday":                   {"周一", 5},
		"by=hour":                      {"9:00–10:00", 5},
		"by=day&window=4":              {"2026-11-23 周一", 3},
		"by=hour&hourFrom=9&hourTo=10": {"9:00–10:00", 5},
		"by=day&weekday=1&weekday=3":   {"2026-11-23 周一", 5},
	} {
		got := f.statistics(query)
		if len(got.Rows) != 1 || got.Rows[0].Label != want.label || got.Rows[0].Taken != want.taken || got.Total.Taken != want.taken {
			t.Errorf("%s: got %+v, want %d of %s", query, got.Rows, want.taken, want.label)
		}
	}
	for _, query := range []string{"service=real-estate", "weekday=2", "hourFrom=10", "zone=B", "channel=card", "clerk=wang", "priority=elderly", "from=2026-11-01&to=2026-11-22"} {
		if got := f.statistics(query); got.Total.Taken != 0 || len(got.Rows) != 0 {
			t.Errorf("%s: got %+v", query, got)
		}
	}
}

func TestStatisticsAreForWhomTheyConcern(t *testing.T) {
	f := newFixture(t)
	f.busyDay()
	for _, tt := range []struct {
		query string
		want  [7]int
	}{
		{"", [7]int{401, 403, 403, 403, 403, 200, 200}},
		{"by=clerk", [7]int{401, 403, 403, 200, 200, 200, 200}},
		{"by=clerk&clerk=li", [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"by=window&clerk=li", [7]int{401, 403, 403, 403, 403, 200, 200}},
	} {
		for i, who := range everybody {
			for _, path := range []string{"/statistics", "/statistics.xlsx"} {
				a := f.as(who, "GET", api+path+"?"+tt.query, nil)
				if a.Status != tt.want[i] {
					t.Errorf("%s asks %s?%s: got %d, want %d: %.200s", who, path, tt.query, a.Status, tt.want[i], a.Body)
				}
				if a.Status >= 400 {
					f.problem(a)
				}
			}
		}
	}
	var own statisticsView
	f.hall.Must(http.StatusOK, testkit.Request{Method: "GET", Path: api + "/statistics?by=clerk", Token: f.tokens[other]}, &own)
	if len(own.Rows) != 0 {
		t.Errorf("wang sees %+v, and served nobody", own.Rows)
	}
}

func TestStatisticsOfABadRangeAreRefused(t *testing.T) {
	f := newFixture(t)
	for query, code := range map[string]string{
		"from=2026-11-24&to=2026-11-23": "statistics.range",
		"from=2025-11-01&to=2026-11-23": "statistics.range",
		"hourFrom=12&hourTo=9":          "statistics.range",
		"from=yesterday":                "request.invalid",
		"by=mood":                       "request.invalid",
		"hourFrom=24":                   "request.invalid",
	} {
		for _, path := range []string{"/statistics", "/statistics.xlsx", "/statistics.pdf"} {
			a := f.as(manager, "GET", api+path+"?"+query, nil)
			if p := f.problem(a); a.Status != http.StatusUnprocessableEntity || p.Code != code {
				t.Errorf("%s?%s: got %d %s, want 422 %s", path, query, a.Status, p.Code, code)
			}
		}
	}
}

func TestTheWorkbookIsNamedAndSaysTheSame(t *testing.T) {
	f := newFixture(t)
	f.busyDay()
	a := f.as(manager, "GET", api+"/statistics.xlsx?by=window", nil)
	if a.Status != http.StatusOK || a.Header.Get("Content-Type") != "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" {
		t.Fatalf("got %d, %v: %.100s", a.Status, a.Header, a.Body)
	}
	_, encoded, _ := strings.Cut(a.Header.Get("Content-Disposition"), "filename*=UTF-8''")
	if name, err := url.PathUnescape(encoded); err != nil || name != "东湖区政务服务中心统计 2026-11-23 周一 按窗口.xlsx" {
		t.Errorf("got the name %q, %v", name, err)
	}
	book, err := excelize.OpenReader(strings.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("按窗口")
	if err != nil || len(rows) < 6 {
		t.Fatalf("got %v, %v", rows, err)
	}
	want := f.statistics("by=window").Rows[0]
	if got := rows[4]; got[0] != want.Label || got[1] != fmt.Sprint(want.Taken) || got[2] != fmt.Sprint(want.Finished) || got[3] != fmt.Sprint(want.Missed) {
		t.Errorf("got %v, want %+v", got, want)
	}
}

func TestThePDFIsOne(t *testing.T) {
	f := newFixture(t)
	f.busyDay()
	a := f.as(manager, "GET", api+"/statistics.pdf?by=window", nil)
	if a.Status != http.StatusOK || a.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.Body, "%PDF-") {
		t.Errorf("got %d, %v: %.100q", a.Status, a.Header, a.Body)
	}
}
