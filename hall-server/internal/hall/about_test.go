package hall_test

import (
	"errors"
	"strings"
	"testing"

	"smarthall/hall-server/internal/hall"
)

func TestTheDemoHallTellsOfItself(t *testing.T) {
	h, err := hall.Parse(hall.Demo)
	if err != nil {
		t.Fatal(err)
	}
	about := h.AboutView()
	if about == nil || len(about.Introduction) == 0 || len(about.Departments) == 0 || len(about.Process) == 0 ||
		len(about.Laws) == 0 || len(about.Notices) == 0 || len(about.Telephones) == 0 || len(about.Traffic) == 0 {
		t.Fatalf("the demo hall leaves parts of its introduction out: %+v", about)
	}
	if got := about.Departments[0]; got.Name == "" || len(got.Windows) == 0 {
		t.Errorf("first department %+v", got)
	}
}

func TestMistakesInTheIntroduction(t *testing.T) {
	base, _, _ := strings.Cut(string(hall.Demo), "\nabout:")
	base += "\n"
	long := strings.Repeat("字", 4001)
	many := strings.Repeat("    - 一段\n", 101)
	tests := []struct{ name, about, want string }{
		{"an unknown key", "about: {intro: [x]}", "不认识的设置 intro"},
		{"an empty paragraph", `about: {introduction: [""]}`, "缺少文字"},
		{"an article without a title", "about: {laws: [{text: [x]}]}", "缺少标题"},
		{"a date that isn't one", "about: {notices: [{title: x, date: 明天}]}", "不是日期"},
		{"a department without a name", "about: {departments: [{duties: x}]}", "缺少名称"},
		{"a window that isn't there", `about: {departments: [{name: x, windows: ["99"]}]}`, "没有 99 号窗口"},
		{"a telephone without a number", "about: {telephones: [{name: x}]}", "缺少号码"},
		{"a paragraph that nobody reads", "about: {introduction: [" + long + "]}", "最多 4000 个字"},
		{"too many paragraphs", "about:\n  introduction:\n" + many, "最多 100 条"},
		{
			"more than a kiosk should load", "about: {introduction: [" + strings.TrimSuffix(strings.Repeat(strings.Repeat("字", 3000)+",", 10), ",") + "]}",
			"合计不能超过",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := hall.Parse([]byte(base + tt.about + "\n"))
			var ms hall.Mistakes
			if !errors.As(err, &ms) || len(ms) != 1 || !strings.Contains(ms[0].Message, tt.want) {
				t.Errorf("mistakes %v, want one with %q", err, tt.want)
			}
		})
	}
	if h, err := hall.Parse([]byte(base)); err != nil || h.AboutView() != nil {
		t.Errorf("a hall without an introduction: %v, %v", h.AboutView(), err)
	}
}
