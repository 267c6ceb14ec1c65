package hall_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
)

func set(path string, v any) hall.Edit { return hall.Edit{Op: hall.OpSet, Path: path, Value: v} }

func at(i int) *int { return &i }

// file is a hall in every way of writing YAML that people use.
const file = `# the hall
id: "x"
name: '大厅 ''一''' # its name
zones: [{id: A, name: 综合}, {id: B, name: "社保, 医保"}] # two
series:
  # counted anew each day
  - {id: A, prefix: A, digits: 3, first: 1, last: 999} # of all
  - id: B
    prefix: B   # b
    digits: 3
    first: 1

    last: 999
services:
- id: tax           # 涉税
  name: 涉税业务
  zone: A
  series: A
  target_wait: 15m  # 希望多久之内叫到
  service_time: 8m
  materials:
    - 身份证        # the first
    - 营业执照
    # none other
- id: card
  name: 社保卡
  zone: B
  series: B
  target_wait: 10m
  service_time: 6m
windows:
  - {id: "1", number: "1", name: 综合, zone: A, services: [tax, card], direction: "左, 右"}
  # the second
  - {id: "2", number: "2", name: 社保, zone: B, services: [card]}
notices:   # run along the foot
  - 工作日 9:00-17:00
  - '中午: 不休息'
tips: []
agents:
rules: {strategy: {kind: ratio, weights: {card: 2, tax: 1}}, recall_limit: 3}
`

// diff are the lines that went and came, without those that stand elsewhere.
func diff(old, text string) string {
	a, b := strings.Split(old, "\n"), strings.Split(text, "\n")
	var out []string
	for _, line := range a {
		if !slices.Contains(b, line) {
			out = append(out, "-"+strings.TrimSpace(line))
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) {
			out = append(out, "+"+strings.TrimSpace(line))
		}
	}
	return strings.Join(out, "\n")
}

func TestEditsTouchNothingElse(t *testing.T) {
	tests := []struct {
		name string
		edit hall.Edit
		want string // lines that went and came
	}{
		{
			"a setting with a comment behind it", set("services/tax/target_wait", "20m"),
			"-target_wait: 15m  # 希望多久之内叫到\n+target_wait: 20m  # 希望多久之内叫到",
		},
		{"a text in quotes", set("name", "新大厅: #1"), "-name: '大厅 ''一''' # its name\n+name: '新大厅: #1' # its name"},
		{
			"in brackets, with a comma in quotes", set("zones/B/name", "社保"),
			"-zones: [{id: A, name: 综合}, {id: B, name: \"社保, 医保\"}] # two\n+zones: [{id: A, name: 综合}, {id: B, name: 社保}] # two",
		},
		{
			"a text that would be more in brackets", set("windows/1/name", "a, b]"),
			"-- {id: \"1\", number: \"1\", name: 综合, zone: A, services: [tax, card], direction: \"左, 右\"}\n" +
				"+- {id: \"1\", number: \"1\", name: 'a, b]', zone: A, services: [tax, card], direction: \"左, 右\"}",
		},
		{
			"a list below its key", set("services/tax/materials", []any{"户口簿"}),
			"-materials:\n-- 身份证        # the first\n-- 营业执照\n+materials: [户口簿]",
		},
		{"a setting that wasn't there", set("services/card/short", "卡"), "+short: 卡"},
		{
			"one in brackets that wasn't there", set("windows/2/posts", 2.0),
			"-- {id: \"2\", number: \"2\", name: 社保, zone: B, services: [card]}\n+- {id: \"2\", number: \"2\", name: 社保, zone: B, services: [card], posts: 2}",
		},
		{"a whole part that wasn't there", set("ticket/head", []any{"欢迎"}), "+ticket: {head: [欢迎]}"},
		{
			"a text that looks like a number", set("windows/2/number", "02"),
			"-- {id: \"2\", number: \"2\", name: 社保, zone: B, services: [card]}\n+- {id: \"2\", number: \"02\", name: 社保, zone: B, services: [card]}",
		},
		{
			"an entry in brackets among others",
			hall.Edit{Op: hall.OpInsert, Path: "windows", Value: map[string]any{"id": "3", "number": "3", "zone": "A", "services": []any{"tax"}}, At: at(1)},
			"+- {id: \"3\", number: \"3\", zone: A, services: [tax]}",
		},
		{
			"an entry over lines among others",
			hall.Edit{Op: hall.OpInsert, Path: "services", Value: map[string]any{"id": "food", "name": "食品", "zone": "A", "series": "A", "target_wait": "5m", "service_time": "4m"}},
			"+- id: food\n+name: 食品\n+service_time: 4m\n+target_wait: 5m",
		},
		{"into a list without any", hall.Edit{Op: hall.OpInsert, Path: "tips", Value: "问我"}, "-tips: []\n+tips: [问我]"},
		{"into a list that isn't even empty", hall.Edit{Op: hall.OpInsert, Path: "agents", Value: map[string]any{"id": "k", "role": "kiosk"}}, "+- {id: k, role: kiosk}"},
		{"an entry goes with its lines", hall.Edit{Op: hall.OpRemove, Path: "notices/1"}, "-- '中午: 不休息'"},
		{
			"the only one goes",
			hall.Edit{Op: hall.OpRemove, Path: "rules/strategy/weights/card"},
			"-rules: {strategy: {kind: ratio, weights: {card: 2, tax: 1}}, recall_limit: 3}\n+rules: {strategy: {kind: ratio, weights: {tax: 1}}, recall_limit: 3}",
		},
		{
			"the last in brackets goes",
			hall.Edit{Op: hall.OpRemove, Path: "windows/1/direction"},
			"-- {id: \"1\", number: \"1\", name: 综合, zone: A, services: [tax, card], direction: \"左, 右\"}\n" +
				"+- {id: \"1\", number: \"1\", name: 综合, zone: A, services: [tax, card]}",
		},
		{"an entry moves", hall.Edit{Op: hall.OpMove, Path: "windows/2", At: at(0)}, ""},
		{"an entry of several lines moves", hall.Edit{Op: hall.OpMove, Path: "services/tax", At: at(1)}, ""},
		{
			"in brackets, one moves",
			hall.Edit{Op: hall.OpMove, Path: "windows/1/services/1", At: at(0)},
			"-- {id: \"1\", number: \"1\", name: 综合, zone: A, services: [tax, card], direction: \"左, 右\"}\n" +
				"+- {id: \"1\", number: \"1\", name: 综合, zone: A, services: [card, tax], direction: \"左, 右\"}",
		},
		{
			"a new id is named everywhere",
			hall.Edit{Op: hall.OpRename, Path: "services/card", ID: "ss"},
			"-- id: card\n" +
				"-- {id: \"1\", number: \"1\", name: 综合, zone: A, services: [tax, card], direction: \"左, 右\"}\n" +
				"-- {id: \"2\", number: \"2\", name: 社保, zone: B, services: [card]}\n" +
				"-rules: {strategy: {kind: ratio, weights: {card: 2, tax: 1}}, recall_limit: 3}\n" +
				"+- id: ss\n" +
				"+- {id: \"1\", number: \"1\", name: 综合, zone: A, services: [tax, ss], direction: \"左, 右\"}\n" +
				"+- {id: \"2\", number: \"2\", name: 社保, zone: B, services: [ss]}\n" +
				"+rules: {strategy: {kind: ratio, weights: {ss: 2, tax: 1}}, recall_limit: 3}",
		},
	}
	for _, tt := range tests {
		for _, newline := range []string{"\n", "\r\n"} {
			t.Run(tt.name, func(t *testing.T) {
				old := strings.ReplaceAll(file, "\n", newline)
				text, _, err := hall.Apply([]byte(old), []hall.Edit{tt.edit})
				if err != nil {
					t.Fatal(err)
				}
				got := strings.ReplaceAll(diff(old, string(text)), "\r", "")
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("(-want +got):\n%s\nin\n%s", d, text)
				}
				if newline == "\r\n" && strings.Count(string(text), "\n") != strings.Count(string(text), "\r\n") {
					t.Error("lines end in two ways")
				}
			})
		}
	}
}

var comment = regexp.MustCompile(`(?m)(^| )#.*$`)

// TestEditsAreWhatTheStructWouldSay makes random edits in the file and the same
// in the hall that was read from it.
func TestEditsAreWhatTheStructWouldSay(t *testing.T) {
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		text := hall.Demo
		h, err := hall.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		comments := comment.FindAllString(string(text), -1)
		var edits []hall.Edit
		for n := range 15 {
			edits = append(edits, randomEdit(rnd, h, n))
		}
		text, got, err := hall.Apply(text, edits)
		if err != nil {
			t.Fatalf("seed %d: %+v: %v", seed, edits, err)
		}
		if d := cmp.Diff(h, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, d)
		}
		if d := cmp.Diff(comments, comment.FindAllString(string(text), -1), cmpopts.SortSlices(strings.Compare)); d != "" {
			t.Fatalf("seed %d: comments (-want +got):\n%s", seed, d)
		}
	}
}

// words are texts that YAML could take for something else.
var words = []string{"综合", "a: b", "- x", "no", "1", "#7", "{a}", "a, b", "'q'", `"`, "2026-01-02", "~", "*x", "&y", "!t", "%", "@", "null", " 空 格", "e1", "0x1F", "</script>"}

// randomEdit chooses an edit and makes it in h, too.
func randomEdit(rnd *rand.Rand, h *hall.Hall, n int) hall.Edit {
	word := words[rnd.IntN(len(words))]
	i := rnd.IntN(len(h.Services))
	s := &h.Services[i]
	w := &h.Windows[rnd.IntN(len(h.Windows))]
	switch rnd.IntN(9) {
	case 0:
		s.TargetWait = time.Duration(1+rnd.IntN(90)) * time.Minute
		return set("services/"+s.ID+"/target_wait", fmt.Sprintf("%dm", int(s.TargetWait.Minutes())))
	case 1:
		s.Name = word
		return set("services/"+s.ID+"/name", word)
	case 2:
		s.Materials = []string{word, "照片"}
		return set("services/"+s.ID+"/materials", []any{word, "照片"})
	case 3:
		w.Direction = word
		return set("windows/"+w.ID+"/direction", word)
	case 4:
		id := fmt.Sprintf("n%d", n)
		h.Windows = append(h.Windows, hall.Window{ID: id, Number: word, Zone: "A", Services: []string{s.ID}, Screen: id})
		return hall.Edit{Op: hall.OpInsert, Path: "windows", Value: map[string]any{"id": id, "number": word, "zone": "A", "services": []any{s.ID}}}
	case 5:
		from, to := rnd.IntN(len(h.Windows)), rnd.IntN(len(h.Windows))
		id := h.Windows[from].ID
		moved := h.Windows[from]
		h.Windows = slices.Insert(slices.Delete(h.Windows, from, from+1), to, moved)
		return hall.Edit{Op: hall.OpMove, Path: "windows/" + id, At: &to}
	case 6:
		h.Notices = append(h.Notices, word)
		return hall.Edit{Op: hall.OpInsert, Path: "notices", Value: word}
	case 7:
		h.Tips = []string{word}
		return set("tips", []any{word})
	default:
		h.Rules.Overtaking = 1 + rnd.IntN(50)
		return set("rules/overtaking", float64(h.Rules.Overtaking))
	}
}

func TestHostileEditsAreRefused(t *testing.T) {
	deep := any("x")
	for range 50 {
		deep = []any{deep}
	}
	many := make([]hall.Edit, 100_000)
	for i := range many {
		many[i] = set("name", "x")
	}
	aliases := strings.Replace(file, "target_wait: 10m", "target_wait: &w 10m", 1)
	aliases = strings.Replace(aliases, "service_time: 6m", "service_time: *w", 1)
	tests := []struct {
		name  string
		text  string
		edits []hall.Edit
	}{
		{"none", file, nil},
		{"a hundred thousand", file, many},
		{"a place that isn't there", file, []hall.Edit{set("services/none/name", "x")}},
		{"before the first", file, []hall.Edit{{Op: hall.OpMove, Path: "windows/1", At: at(-1)}}},
		{"behind the last", file, []hall.Edit{{Op: hall.OpInsert, Path: "windows", Value: "x", At: at(9999)}}},
		{"move without a place", file, []hall.Edit{{Op: hall.OpMove, Path: "windows/1"}}},
		{"a path without end", file, []hall.Edit{set(strings.Repeat("a/", 60)+"a", "x")}},
		{"an empty path", file, []hall.Edit{set("", "x")}},
		{"an empty step", file, []hall.Edit{set("services//name", "x")}},
		{"no such operation", file, []hall.Edit{{Op: "run", Path: "name"}}},
		{"a key renamed from outside", file, []hall.Edit{{Op: "key", Path: "services/tax/name", ID: "x: y\nz"}}},
		{"a line break", file, []hall.Edit{set("name", "a\r\nstaff: []")}},
		{"a control character", file, []hall.Edit{set("name", "a\x1bb")}},
		{"letters that turn the text round", file, []hall.Edit{set("name", "a\u202Eb")}},
		{"no UTF-8", file, []hall.Edit{set("name", "a\xff")}},
		{"too long", file, []hall.Edit{set("name", strings.Repeat("长", 2001))}},
		{"too deep", file, []hall.Edit{set("name", deep)}},
		{"an unknown setting", file, []hall.Edit{set("services/tax/colour", "red")}},
		{"below a text", file, []hall.Edit{set("name/x", "red")}},
		{"a service that is still named", file, []hall.Edit{{Op: hall.OpRemove, Path: "services/tax"}}},
		{"two of one id", file, []hall.Edit{{Op: hall.OpRename, Path: "windows/1", ID: "2"}}},
		{"an alias", aliases, []hall.Edit{set("services/card/service_time", "3m")}},
		{"what an alias refers to", aliases, []hall.Edit{set("services/card/target_wait", "3m")}},
		{"a bomb of aliases", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nname: x\n", []hall.Edit{set("name", "y")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, h, err := hall.Apply([]byte(tt.text), tt.edits)
			var refused *hall.Refused
			var mistakes hall.Mistakes
			if !errors.As(err, &refused) && !errors.As(err, &mistakes) {
				t.Fatalf("got %v and %s", err, text)
			}
			if text != nil || h != nil || err.Error() == "" {
				t.Errorf("got %d bytes with %q", len(text), err)
			}
		})
	}
}

func FuzzEdit(f *testing.F) {
	f.Add(file, "services/tax/name", "x")
	f.Add(string(hall.Demo), "windows/1/services", "y")
	f.Fuzz(func(t *testing.T, text, path, value string) {
		if len(text) > 1<<14 {
			return
		}
		for _, op := range []hall.Op{hall.OpSet, hall.OpInsert, hall.OpRemove, hall.OpMove, hall.OpRename} {
			_, _, _ = hall.Apply([]byte(text), []hall.Edit{{Op: op, Path: path, Value: value, ID: value, At: at(len(value) % 5)}})
		}
	})
}

func TestChangesAreToldInWords(t *testing.T) {
	tests := []struct {
		name string
		edit hall.Edit
		want []string
	}{
		{"a time", set("services/tax/target_wait", "90m"), []string{"业务 涉税业务的目标等候 15 分钟 → 1 小时 30 分钟"}},
		{"a reference", set("services/tax/zone", "B"), []string{"业务 涉税业务的区域 综合 → 社保, 医保"}},
		{"a list", set("windows/1/services", []any{"tax"}), []string{"窗口 1 号 综合的业务 涉税业务、社保卡 → 涉税业务"}},
		{"its order", set("windows/1/services", []any{"card", "tax"}), []string{"窗口 1 号 综合的业务 顺序改为 社保卡、涉税业务"}},
		{"a sentence", set("notices/0", "休息"), []string{"滚动通知 第 1 条 工作日 9:00-17:00 → 休息"}},
		{"one more", hall.Edit{Op: hall.OpInsert, Path: "notices", Value: "x"}, []string{"滚动通知 新增“x”"}},
		{"the order of things", hall.Edit{Op: hall.OpMove, Path: "windows/2", At: at(0)}, []string{"窗口的顺序：2 号 社保、1 号 综合"}},
		{"a word of the rules", set("rules/tickets_need", "open"), []string{"排队规则的取号条件 （未设置） → 有窗口在办理"}},
		{"a design", set("ticket/lines", []any{map[string]any{"show": "number"}, map[string]any{"show": "rule"}}), []string{"号票的版面 设为 2 项"}},
		{
			"opening hours", set("hours", map[string]any{"week": map[string]any{"mon": []any{"09:00-12:00", "13:00-17:00"}}, "calendar": true}),
			[]string{"开放时间的每周的周一 （未设置） → 09:00-12:00、13:00-17:00", "开放时间的按国家节假日 （未设置） → 是"},
		},
		{
			"special days", set("hours", map[string]any{"week": map[string]any{"mon": []any{"09:00-12:00"}}, "days": []any{map[string]any{"day": "2026-12-31"}}}),
			[]string{"开放时间的每周的周一 （未设置） → 09:00-12:00", "开放时间的特别日 设为 1 项"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, _, err := hall.Apply([]byte(file), []hall.Edit{tt.edit})
			if err != nil {
				t.Fatal(err)
			}
			got := hall.Changes([]byte(file), text)
			slices.Sort(got)
			slices.Sort(tt.want)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if got := hall.Changes([]byte(file), []byte(file+"# more\n")); !slices.Equal(got, []string{"只改了注释或写法"}) {
		t.Errorf("a comment is told as %q", got)
	}
}

func TestOpeningHoursFollowTheCalendar(t *testing.T) {
	text := file + "hours:\n  week: {mon: [\"09:00-17:00\"], tue: [\"09:00-17:00\"]}\n  calendar: true\n  days:\n    - {day: \"2026-12-31\", hours: [\"09:00-12:00\"], name: 年末}\n    - {day: \"2027-01-04\"}\n"
	h, err := hall.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	opening := h.Queue().Opening
	if opening == nil || len(opening.Week[1]) != 1 || len(opening.Week[3]) != 0 {
		t.Fatalf("got %+v", opening)
	}
	for day, want := range map[string]int{"2026-10-01": 0, "2026-10-10": 1, "2026-12-31": 1, "2027-01-04": 0} {
		hours, special := opening.Days[queue.Day(day)]
		if !special || len(hours) != want {
			t.Errorf("%s has %v, special %t", day, hours, special)
		}
	}
	for _, bad := range []string{
		"hours: {}", "hours: {week: {monday: [\"09:00-12:00\"]}}", "hours: {week: {mon: [\"12:00-09:00\"]}}", "hours: {week: {mon: [\"x\"]}}",
		"hours: {week: {mon: [\"09:00-12:00\", \"11:00-17:00\"]}}", "hours: {week: {mon: [\"09:00-12:00\"]}, days: [{day: \"31.12.\"}]}",
		"hours: {week: {mon: [\"09:00-12:00\"]}, days: [{day: \"2026-12-31\"}, {day: \"2026-12-31\"}]}",
	} {
		if _, err := hall.Parse([]byte(file + bad + "\n")); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
