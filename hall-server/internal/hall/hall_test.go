package hall_test

import (
	"errors"
	"strings"
	"testing"

	"smarthall/hall-server/internal/hall"
)

func TestDemoHallIsLargeEnough(t *testing.T) {
	h, err := hall.Parse(hall.Demo)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Services) < 8 || len(h.Windows) < 12 {
		t.Errorf("demo hall has %d services and %d windows, want at least 8 and 12", len(h.Services), len(h.Windows))
	}
	room := 0
	for _, s := range h.Series {
		room += s.Last - s.First + 1
	}
	if room < 5000 {
		t.Errorf("demo hall has room for %d tickets a day, want 5000", room)
	}
	served := map[string]bool{}
	for _, w := range h.Windows {
		for _, s := range w.Services {
			served[s] = true
		}
	}
	for _, s := range h.Services {
		if !served[s.ID] {
			t.Errorf("no window serves %s", s.ID)
		}
	}
}

func TestMistakesNameTheirLine(t *testing.T) {
	demo := string(hall.Demo)
	line := func(text, part string) int {
		before, _, _ := strings.Cut(text, part)
		return strings.Count(before, "\n") + 1
	}
	tests := []struct {
		name, old, new string
		at             string // the mistake must be on this text's line
		want           string
	}{
		{"a mistyped key", "time_zone: Asia/Shanghai", "timezone: Asia/Shanghai", "timezone:", "不认识的设置 timezone"},
		{"an unknown time zone", "Asia/Shanghai", "Asia/Nowhere", "time_zone:", "不认识的时区"},
		{"a service in a zone that isn't there", "zone: C\n    series: H", "zone: X\n    series: H", "zone: X", `没有区域 "X"`},
		{"a window with an unknown service", "services: [id-card]", "services: [passport]", "services: [passport]", `没有业务 "passport"`},
		{"two series with one prefix", "{id: B, prefix: B,", "{id: B, prefix: A,", "{id: B, prefix: A,", "会发出重复的号"},
		{"a duration without a unit", "target_wait: 10m", "target_wait: ten", "target_wait: ten", "ten 不是时长"},
		{"broken indentation", "zones:\n", "zones:\n   bad\n", "", "第"},
		{"a password in clear", "$2a$10$4OzDmqjL8/F5v6FyUgIh3es047QJYHM0dAe8e7jAG3zxnhgD8otOy}", "demo1234}", "{id: admin,", "bcrypt"},
		{"a broken address", "id: demo\n", "id: demo\nurl: 127.0.0.1\n", "url: 127", "不是地址"},
		{"a day that begins at no time", `day_begins: "04:00"`, `day_begins: "25:00"`, `day_begins: "25`, "不是时刻"},
		{"a counter without its window", `place: 社会保障区, window: "3"`, `place: 社会保障区, window: "33"`, `window: "33"`, `没有窗口 "33"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(demo, tt.old, tt.new, 1)
			if text == demo {
				t.Fatalf("the demo hall has no %q any more", tt.old)
			}
			_, err := hall.Parse([]byte(text))
			var ms hall.Mistakes
			if !errors.As(err, &ms) {
				t.Fatalf("got %v, want mistakes", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, want it to say %q", err, tt.want)
			}
			if tt.at != "" && ms[0].Line != line(text, tt.at) {
				t.Errorf("got line %d, want %d", ms[0].Line, line(text, tt.at))
			}
		})
	}
}

func TestNotATextIsOneMistake(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty":     {},
		"binary":    {0xff, 0xfe, 0, 1},
		"huge":      []byte(strings.Repeat("a: b\n", hall.MaxFile)),
		"a list":    []byte("- 1\n- 2\n"),
		"a bomb":    []byte("a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nname: *c\n"),
		"not YAML":  []byte("\t{{{"),
		"no fields": []byte("{}"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := hall.Parse(data)
			var ms hall.Mistakes
			if !errors.As(err, &ms) || len(ms) == 0 {
				t.Fatalf("got %v, want mistakes", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(hall.Demo)
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := hall.Parse(data)
		var ms hall.Mistakes
		if err != nil && !errors.As(err, &ms) {
			t.Fatalf("a bad file is not blamed: %v", err)
		}
		if err == nil {
			c := h.Queue()
			if ps := c.Check(); len(ps) > 0 {
				t.Fatalf("an accepted hall has problems: %v", ps)
			}
		}
	})
}
