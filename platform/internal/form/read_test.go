package form_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"smarthall/platform/internal/form"
)

func TestEveryMistakeIsToldWithItsPlace(t *testing.T) {
	fields := func(list string) string {
		return "title: 一\nsections:\n  - title: 一\n    fields:\n" + list
	}
	for _, tt := range []struct{ name, in, path, message string }{
		{"no YAML", "title: [", "", "不是有效的 YAML"},
		{"no JSON", `{"title": `, "", "不是有效的 JSON"},
		{"two documents", "title: 一\n---\ntitle: 二", "", "只能有一份文档"},
		{"more JSON", `{"title":"一"}{}`, "", "不是有效的 JSON"},
		{"too big", "title: " + strings.Repeat("x", 300<<10), "", "不能超过 256 KB"},
		{"unknown key", "titel: 一", "titel", "不认识"},
		{"key twice in YAML", "title: 一\ntitle: 二", "title", "重复出现"},
		{"key twice in JSON", `{"title":"一","title":"二"}`, "title", "重复出现"},
		{"a list for a text", "title: [一]", "title", "应为文字"},
		{"a number for a text", "title: 5", "title", "应为文字"},
		{"anchors", "title: &a 一\nintro: *a", "title", "锚点"},
		{"tags", "title: !!binary aGk=", "title", "不能使用"},
		{"too deep", `{"sections":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, "sections" + strings.Repeat("[0]", 11), "嵌套层次太深"},
		{"infinite", "title: 一\nsections: [{title: 一, fields: [{name: a, widget: number, label: 一, maximum: .inf}]}]", "sections[0].fields[0].maximum", "十进制"},
		{"huge number", `{"sections":[{"fields":[{"maximum":1e999}]}]}`, "sections[0].fields[0].maximum", "数字太大"},
		{"no sections", "title: 一", "sections", "应有 1 至"},
		{"empty section", "title: 一\nsections: [{title: 一}]", "sections[0].fields", "至少要有一项"},
		{"no title", "sections: [{title: 一, fields: [{name: a, widget: text, label: 一}]}]", "title", "不能为空"},
		{"bad name", fields("      - {name: 姓名, widget: text, label: 一}"), "sections[0].fields[0].name", "名称应以小写字母开头"},
		{"reserved name", fields("      - {name: answers, widget: text, label: 一}"), "sections[0].fields[0].name", "保留字"},
		{"name of JavaScript's", fields("      - {name: constructor, widget: text, label: 一}"), "sections[0].fields[0].name", "保留字"},
		{"name twice", fields("      - {name: a, widget: text, label: 一}\n      - {name: a, widget: text, label: 二}"), "sections[0].fields[1].name", "已经用过"},
		{"unknown widget", fields("      - {name: a, widget: map, label: 一}"), "sections[0].fields[0].widget", "没有这种控件"},
		{"no label", fields("      - {name: a, widget: text}"), "sections[0].fields[0].label", "不能为空"},
		{"a NUL in a label", fields(`      - {name: a, widget: text, label: "a\0b"}`), "sections[0].fields[0].label", "不能使用的字符"},
		{"no options", fields("      - {name: a, widget: choice, label: 一}"), "sections[0].fields[0].options", "选项"},
		{"option twice", fields("      - {name: a, widget: choice, label: 一, options: [{value: x, label: 一}, {value: x, label: 二}]}"), "sections[0].fields[0].options[1].value", "重复"},
		{"what it has no use for", fields("      - {name: a, widget: date, label: 一, maxLength: 5}"), "sections[0].fields[0].maxLength", "用不上"},
		{"lengths crossed", fields("      - {name: a, widget: text, label: 一, minLength: 5, maxLength: 4}"), "sections[0].fields[0].minLength", "不大于"},
		{"bounds crossed", fields("      - {name: a, widget: number, label: 一, minimum: 5, maximum: 4}"), "sections[0].fields[0].minimum", "不大于"},
		{"beyond browsers", fields("      - {name: a, widget: number, label: 一, maximum: 9007199254740993}"), "sections[0].fields[0].maximum", "超出范围"},
		{"bad day", fields("      - {name: a, widget: date, label: 一, latest: tomorrow}"), "sections[0].fields[0].latest", "应为 today"},
		{"slow pattern", fields("      - {name: a, widget: text, label: 一, pattern: '(a+)+'}"), "sections[0].fields[0].pattern", "重复套重复"},
		{"table of tables", fields("      - {name: a, widget: table, label: 一, columns: [{name: b, widget: table, label: 一}]}"), "sections[0].fields[0].columns[0].widget", "列不能用"},
		{"column twice", fields("      - {name: a, widget: table, label: 一, columns: [{name: b, widget: text, label: 一}, {name: b, widget: text, label: 一}]}"), "sections[0].fields[0].columns[1].name", "重复"},
		{"condition on what follows", fields("      - {name: a, widget: text, label: 一, when: b == 1}\n      - {name: b, widget: number, label: 一}"), "sections[0].fields[0].when", "前面没有“b”"},
		{"condition on itself", fields("      - {name: a, widget: text, label: 一, when: a == nil}"), "sections[0].fields[0].when", "前面没有“a”"},
		{"broken condition", fields("      - {name: a, widget: text, label: 一, when: 'answers.x =='}"), "sections[0].fields[0].when", "表达式写法有误"},
		{"forbidden function", fields("      - {name: a, widget: text, label: 一, when: 'now() == nil'}"), "sections[0].fields[0].when", "没有函数"},
		{"locked without a register", fields("      - {name: a, widget: text, label: 一, from: [earlier.a], locked: true}"), "sections[0].fields[0].locked", "用不上"},
		{"unknown source", fields("      - {name: a, widget: text, label: 一, from: [system.secret]}"), "sections[0].fields[0].from[0]", "来源"},
		{"rule at nothing", fields("      - {name: a, widget: text, label: 一}\nrules: [{that: a == 'x', message: 不对, at: b}]"), "rules[0].at", "应为表中一项"},
		{"rule without a sentence", fields("      - {name: a, widget: text, label: 一}\nrules: [{that: a == 'x', message: '', at: a}]"), "rules[0].message", "不能为空"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, wrong := form.Read([]byte(tt.in))
			if len(wrong) == 0 {
				_, wrong = form.Compile("x", 1, d)
			}
			if !slices.ContainsFunc(wrong, func(m form.Mistake) bool { return m.Path == tt.path && strings.Contains(m.Message, tt.message) }) {
				t.Errorf("got %v, want %s: …%s…", wrong, tt.path, tt.message)
			}
		})
	}
}

func TestJSONAndYAMLAreTheSameForm(t *testing.T) {
	forms, err := form.DemoForms()
	if err != nil {
		t.Fatal(err)
	}
	for id, d := range forms {
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		again, wrong := form.Read(data)
		if len(wrong) > 0 {
			t.Fatalf("%s: %v", id, wrong)
		}
		if fmt.Sprint(again) != fmt.Sprint(d) && mustJSON(t, again) != string(data) {
			t.Errorf("%s changed on its way through JSON", id)
		}
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestHostileValuesAreOneFault(t *testing.T) {
	for name, in := range map[string]string{
		"twice":        `{"a":1,"a":2}`,
		"twice below":  `{"a":{"b":1,"b":2}}`,
		"deep":         strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50),
		"huge":         `{"a":"` + strings.Repeat("x", 300<<10) + `"}`,
		"huge number":  `{"a":1e999}`,
		"a list":       `[1]`,
		"a text":       `"x"`,
		"broken UTF-8": "{\"a\":\"\xff\"}",
	} {
		var v form.Values
		if err := json.Unmarshal([]byte(in), &v); err == nil {
			t.Errorf("%s: taken as %d values", name, len(v))
		}
	}
	var v form.Values
	if err := json.Unmarshal([]byte(`{"a":1,"b":{"a":[{"x":null}]}}`), &v); err != nil || len(v) != 2 {
		t.Errorf("good values: %v, %v", v, err)
	}
}

func TestPatternsAreWhatBothEndsReadAlike(t *testing.T) {
	for pattern, good := range map[string]bool{
		`[0-9]{6}`: true, `\d{4}-\d{2}`: true, `[^<>"]+`: true, `(?:a|b)`: false, `(a|b)?c`: true, `a.c`: false, `a\.c`: true, `\w`: false, `\s`: false, `\pL`: false,
		`[\w]`: false, `[[:alpha:]]`: false, `a**`: false, `(a*)*`: false, `(ab{2}){3}`: true, `(a+){2}`: false, `(a|ab)*`: false, `(ab?)+`: false, `a*b*c*`: true, `a*b*c*d*`: false, `((a?)+)`: false, `[`: false, `(`: false, `a{1000}`: false,
		`\-`: false, `[\-x]`: true, `[\d-x]`: false, `[\d-]`: true, `[a-\d]`: false, `a{`: false, `a}`: false, `a]`: false, `{2}`: false, `[]a]`: false, `[^]`: false,
		`[一-龥]{2,4}`: true, `[a&&b]`: false, `\x41`: false, `\`: false, `a|`: true, `^a$`: true, strings.Repeat("a", 201): false,
	} {
		if problem := form.CheckPattern(pattern); (problem == "") != good {
			t.Errorf("%s: %q", pattern, problem)
			continue
		}
		if good {
			regexp.MustCompile(pattern)
		}
	}
}

func TestWhatIsHiddenDoesNotCount(t *testing.T) {
	f := mustLoad(t, "every", every)
	values := form.Values{"text": "东湖", "choice": "a", "more": "深处", "deep": true, "unknown": 1.0, "hint": "x"}
	got := f.Clean(values, nil, noon)
	if len(got) != 2 || got["text"] != "东湖" {
		t.Errorf("kept %v", got)
	}
	if len(values) != 6 {
		t.Error("the values were changed")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(every))
	f.Add([]byte(`{"title":"一","sections":[{"title":"一","fields":[{"name":"a","widget":"text","label":"一","when":"answers.a matches 'x'"}]}]}`))
	f.Add([]byte("title: &a [*a]"))
	f.Add([]byte(`{"title":"一","sections":[{"title":"一","fields":[{"name":"a","widget":"table","label":"一","columns":[{"name":"b","widget":"money","label":"一"}]}]}],"rules":[{"that":"sum(a, .b) > 1","message":"x","at":"a"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, wrong := form.Read(data)
		if len(wrong) > 0 {
			return
		}
		compiled, wrong := form.Compile("fuzz", 1, d)
		if (compiled == nil) == (len(wrong) == 0) {
			t.Fatalf("a form and mistakes: %v", wrong)
		}
		if compiled != nil {
			compiled.Check(form.Values{}, nil, noon)
		}
	})
}

func FuzzCheck(f *testing.F) {
	full := mustLoad(f, "every", every)
	for _, tt := range hand {
		f.Add([]byte(tt.values))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v form.Values
		if json.Unmarshal(data, &v) != nil {
			return
		}
		clean := full.Clean(v, nil, noon)
		first, again := full.Check(v, nil, noon), full.Check(clean, nil, noon)
		if fmt.Sprint(first) != fmt.Sprint(again) {
			t.Errorf("cleaned values are judged otherwise: %v, then %v", first, again)
		}
		if mustJSON(t, full.Clean(clean, nil, noon)) != mustJSON(t, clean) {
			t.Error("cleaning again changes values")
		}
		full.Lines(v, nil, noon)
	})
}

func BenchmarkCheck(b *testing.B) {
	f := mustLoad(b, "every", every)
	v := decode(b, `{"text":"东湖","table":[{"name":"甲","share":60.5},{"name":"乙","share":39.5}],"person":{"name":"张三","number":"11010519491231002X"}}`)
	for b.Loop() {
		if wrong := f.Check(v, nil, noon); len(wrong) > 0 {
			b.Fatal(wrong)
		}
	}
}
