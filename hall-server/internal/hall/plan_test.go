package hall_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"smarthall/hall-server/internal/hall"
)

var update = flag.Bool("update", false, "write the demo plan that the pages' tests use")

// TestDemoPlanOfThePages keeps the plan that the pages' tests draw and walk on
// the demo hall's.
func TestDemoPlanOfThePages(t *testing.T) {
	text, err := json.MarshalIndent(mustParse(t, hall.Demo).PlanView(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "..", "internal", "ui", "tests", "demo-plan.json")
	if *update {
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any // as values: the file is formatted like all of the pages'
	if err := errors.Join(json.Unmarshal(text, &got), json.Unmarshal(file, &want)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is not the demo hall's plan; run go test ./hall-server/internal/hall -run DemoPlan -update", path)
	}
}

func mustParse(t *testing.T, text []byte) *hall.Hall {
	t.Helper()
	h, err := hall.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// mistakes are what Parse finds in the demo hall after a change; the change must
// fit.
func mistakes(t *testing.T, from, to string) hall.Mistakes {
	t.Helper()
	text := strings.Replace(string(hall.Demo), from, to, 1)
	if text == string(hall.Demo) {
		t.Fatalf("the demo hall has no %q", from)
	}
	_, err := hall.Parse([]byte(text))
	var found hall.Mistakes
	if err != nil && !errors.As(err, &found) {
		t.Fatalf("got %v, want mistakes", err)
	}
	return found
}

func TestPlanMistakesNameTheirLine(t *testing.T) {
	const w11 = `{id: w11, kind: window, window: "11", at: [55.5, 18], turn: 90}`
	const counter = `{id: a-counter, kind: counter, shape: [[15, 3], [45, 3], [45, 4.5], [15, 4.5]]}`
	tests := []struct{ name, old, new, want string }{
		{"a window that isn't there", w11, `{id: w11, kind: window, window: "99", at: [55.5, 18]}`, `"99" 不是`},
		{"a window without one", w11, `{id: w11, kind: window, at: [55.5, 18]}`, "窗口位置要写大厅里有的窗口"},
		{"a window on a place that is none", w11, `{id: w11, kind: water, name: 水, window: "11", at: [55.5, 18]}`, "窗口位置要写大厅里有的窗口"},
		{"a machine that isn't there", "agent: kiosk-1, name: 1 号取号机, at", "agent: kiosk-9, name: 1 号取号机, at", `"kiosk-9" 不是`},
		{"an unknown kind of place", w11, `{id: w11, kind: bar, name: 吧, at: [55.5, 18]}`, `不认识的位置种类 "bar"`},
		{"a place without a name", w11, `{id: w11, kind: water, at: [55.5, 18]}`, `位置 "w11" 需要名称`},
		{"a place twice", w11, `{id: w10, kind: window, window: "11", at: [55.5, 18]}`, `位置编号 "w10" 重复`},
		{"a place off the floor", w11, `{id: w11, kind: window, window: "11", at: [60.1, 18]}`, "这个位置在楼层之外"},
		{"a place at no number", w11, `{id: w11, kind: window, window: "11", at: [.nan, 18]}`, "这个位置在楼层之外"},
		{"a place at infinity", w11, `{id: w11, kind: window, window: "11", at: [.inf, 18]}`, "这个位置在楼层之外"},
		{"a place in one dimension", w11, `{id: w11, kind: window, window: "11", at: [55.5]}`, "位置应写作 [横, 纵]"},
		{"a place in words", w11, `{id: w11, kind: window, window: "11", at: left}`, "left"},
		{"a front that looks nowhere", w11, `{id: w11, kind: window, window: "11", at: [55.5, 18], turn: .nan}`, "朝向是 -360 到 360 度"},
		{"a mistyped setting", w11, `{id: w11, kind: window, windows: "11", at: [55.5, 18]}`, "不认识的设置 windows"},
		{"a line for an area", counter, `{id: a-counter, kind: counter, shape: [[15, 3], [45, 3]]}`, "轮廓要有 3 到 200 个角"},
		{"a corner off the floor", counter, `{id: a-counter, kind: counter, shape: [[15, 3], [45, 3], [45, -1]]}`, "这个角在楼层之外"},
		{"an unknown kind of area", counter, `{id: a-counter, kind: pool, shape: [[15, 3], [45, 3], [45, 4]]}`, "kind 只能是"},
		{"an area twice", counter, `{id: a, kind: counter, shape: [[15, 3], [45, 3], [45, 4]]}`, `区域编号 "a" 为空或重复`},
		{"a zone that isn't there", "zone: A, name: 综合服务区, shape", "zone: Z, name: 综合服务区, shape", `没有区域 "Z"`},
		{"stairs that lead nowhere", "leads: [stairs-2]", "leads: [stairs-9]", `"stairs-9" 应是另一层`},
		{"stairs that lead to their own floor", "leads: [stairs-2]", "leads: [lift-1]", `"lift-1" 应是另一层`},
		{"a floor twice", "    - id: f2\n      name: 二楼\n", "    - id: f1\n      name: 二楼\n", `楼层编号 "f1" 为空或重复`},
		{"a floor without width", "      name: 二楼\n      width: 60\n", "      name: 二楼\n      width: 0\n", "应大于 0"},
		{"a floor as wide as no number", "      name: 二楼\n      width: 60\n", "      name: 二楼\n      width: .nan\n", "应大于 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := mistakes(t, tt.old, tt.new)
			text := strings.Replace(string(hall.Demo), tt.old, tt.new, 1)
			begin := strings.Count(text[:strings.Index(text, tt.new)], "\n") + 1
			end := begin + strings.Count(tt.new, "\n")
			for _, m := range found {
				if strings.Contains(m.Message, tt.want) && m.Line >= begin && m.Line <= end {
					return
				}
			}
			t.Errorf("got %v, want %q on line %d", found, tt.want, begin)
		})
	}
}

func TestPlansAreBounded(t *testing.T) {
	floor := func(areas, places string) string {
		return "plan:\n  floors:\n    - id: f\n      name: 楼\n      width: 60\n      depth: 36\n      areas: [" + areas + "]\n      places: [" + places + "]\n"
	}
	demo, _, _ := strings.Cut(string(hall.Demo), "\nplan:")
	many := func(n int, one string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, one+",", i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	const place = "{id: p%d, kind: water, name: 水, at: [1, 1]}"
	corner := "[1, 1],"
	tests := []struct{ name, plan, want string }{
		{"as many places as a floor may have", floor("", many(2000, place)), ""},
		{"one more", floor("", many(2001, place)), "一层最多画 2000 个"},
		{"thousands of areas", floor(many(3000, "{id: a%d, kind: wall, shape: [[1, 1], [2, 1], [2, 2]]}"), ""), "一层最多画 2000 个"},
		{"an outline of thousands of corners", floor("{id: a, kind: wall, shape: ["+strings.Repeat(corner, 5000)+"[2, 2]]}", ""), "3 到 200 个角"},
		{"no floor", "plan:\n  floors: []\n", "平面图要有 1 到 60 层"},
		{"no plan", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, err := hall.Parse([]byte(demo + "\n" + tt.plan))
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if (h.PlanView() == nil) != (tt.plan == "") {
					t.Error("a view of a plan that isn't there, or none of one that is")
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestPlanNamesWindowsByTheirSigns(t *testing.T) {
	text := strings.Replace(string(hall.Demo), `services: [social-card], helps: [social-insurance]}`, `services: [social-card], posts: 2}`, 1)
	h := mustParse(t, []byte(text))
	found := 0
	for _, p := range h.PlanView().Floors[0].Places {
		switch p.ID {
		case "w8": // two posts under one sign
			found++
			if p.Name != "8号窗口 社保卡" || p.Number != "8" || p.Sign != "社保卡" {
				t.Errorf("window 8 is %+v", p)
			}
		case "desk":
			found++
			if p.Name != "咨询服务台" || p.Number != "" || p.Sign != "" {
				t.Errorf("the desk is %+v", p)
			}
		}
	}
	if found != 2 {
		t.Errorf("found %d of 2 places", found)
	}
}
