package phrases_test

import (
	"strings"
	"testing"

	"smarthall/internal/phrases"
)

var book = phrases.New("；", []phrases.Phrase{
	{"缺纸", "out of paper"},
	{"没有区域 %q", "there is no zone %q"},
	{"没有 %s 号窗口", "there is no window %s"},
	{"约剩 %d 张", "about %d left"},
	{"号段 %q 与号段 %q 重叠", "series %[2]q overlaps series %[1]q"},
	{"没有保存：%s", "not saved: %s"},
})

func TestEnglish(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"缺纸", "out of paper"},
		{`没有区域 "A"`, `there is no zone "A"`},
		{"没有 12 号窗口", "there is no window 12"},
		{"约剩 -3 张", "about -3 left"},
		{`号段 "a" 与号段 "b" 重叠`, `series "b" overlaps series "a"`},
		{`没有保存：没有区域 "东"`, `not saved: there is no zone "东"`},
		{"缺纸；约剩 2 张", "out of paper; about 2 left"},
	} {
		if got, ok := book.English(tt.in); !ok || got != tt.want {
			t.Errorf("%s: got %q %v, want %q", tt.in, got, ok, tt.want)
		}
	}
	for _, unknown := range []string{"", "缺", "缺纸；别的", "约剩 x 张", strings.Repeat("缺纸", 2_000)} {
		if got, ok := book.English(unknown); ok {
			t.Errorf("%.20s: got %q, want nothing", unknown, got)
		}
	}
	if got, ok := (*phrases.Book)(nil).English("缺纸"); ok {
		t.Errorf("no book says %q", got)
	}
}

func FuzzEnglish(f *testing.F) {
	for _, s := range []string{"缺纸；缺纸；", `没有保存：没有保存：没有区域 "%s"`, "约剩 9 张", "；；；"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, ok := book.English(text); ok && strings.Contains(got, "%!") && !strings.Contains(text, "%!") {
			t.Errorf("%q: %q", text, got)
		}
	})
}
