package hall

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxChanges bounds how many changes are told one by one.
const maxChanges = 200

// Changes tells in words what text says otherwise than old: 业务 食品经营许可
// 的目标等候 20 分钟 → 25 分钟. Passwords are never among them. What can't be read
// as YAML is told as a whole.
func Changes(old, text []byte) []string {
	var a, b map[string]any
	if yaml.Unmarshal(old, &a) != nil || yaml.Unmarshal(text, &b) != nil {
		return []string{"整个文件"}
	}
	t := teller{old: a, now: b}
	for _, key := range t.sections() {
		t.section(key, a[key], b[key])
	}
	if len(t.said) == 0 && string(old) != string(text) {
		return []string{"只改了注释或写法"}
	}
	if more := len(t.said) - maxChanges; more > 0 {
		return append(t.said[:maxChanges:maxChanges], fmt.Sprintf("另有 %d 处", more))
	}
	return t.said
}

// teller puts the differences of two decoded files into words.
type teller struct {
	old, now map[string]any
	said     []string
}

func (t *teller) say(format string, args ...any) {
	t.said = append(t.said, fmt.Sprintf(format, args...))
}

// sections are the parts of both files: the known ones in their usual order.
func (t *teller) sections() []string {
	var keys []string
	for _, s := range sectionWords {
		keys = append(keys, s.key)
	}
	var others []string
	for _, m := range []map[string]any{t.old, t.now} {
		for key := range m {
			if !slices.Contains(keys, key) && !slices.Contains(others, key) {
				others = append(others, key)
			}
		}
	}
	slices.Sort(others)
	return append(keys, others...)
}

func (t *teller) section(key string, was, is any) {
	if reflect.DeepEqual(was, is) {
		return
	}
	name := sectionName(key)
	switch {
	case coarse[key]:
		t.say("%s：%d 处修改", name, max(leaves(was, is), 1))
	case complexList(was) && !hasIDs(was) || complexList(is) && !hasIDs(is):
		t.rows(name, asList(was), asList(is))
	case hasIDs(was) || hasIDs(is):
		t.list(key, name, asList(was), asList(is))
	case isMap(was) || isMap(is):
		t.fields(name, key, asMap(was), asMap(is))
	case isTexts(was) && isTexts(is):
		t.texts(name, asList(was), asList(is))
	default:
		t.say("%s %s → %s", name, t.value("", was, t.old), t.value("", is, t.now))
	}
}

// list tells of entries with ids.
func (t *teller) list(section, name string, was, is []any) {
	old := make(map[string]map[string]any, len(was))
	var before, after []string
	for _, v := range was {
		old[idIn(v)] = asMap(v)
		if slices.ContainsFunc(is, func(o any) bool { return idIn(o) == idIn(v) }) {
			before = append(before, idIn(v))
		} else {
			t.say("删除%s %s", name, entryName(section, asMap(v)))
		}
	}
	for _, v := range is {
		entry := asMap(v)
		o, had := old[idIn(v)]
		if !had {
			t.say("新增%s %s", name, entryName(section, entry))
			continue
		}
		after = append(after, idIn(v))
		t.fields(name+" "+entryName(section, entry), section, o, entry)
	}
	if !slices.Equal(before, after) {
		t.say("%s的顺序：%s", name, strings.Join(t.named(section, after, t.now), "、"))
	}
}

// fields tells of the settings of one thing.
func (t *teller) fields(name, section string, was, is map[string]any) {
	for _, key := range keysOf(was, is) {
		a, b := was[key], is[key]
		if reflect.DeepEqual(a, b) {
			continue
		}
		label := fieldName(section, key)
		if section == "calls/zones" { // its keys are zones, its values those of channels
			label = t.named("zones", []string{key}, t.now)[0]
			key = "channels"
		}
		switch {
		case key == "password":
			t.say("%s的%s 已更改", name, label)
		case isMap(a) && (b == nil || isMap(b)) || isMap(b) && a == nil:
			t.fields(name+"的"+label, section+"/"+key, asMap(a), asMap(b))
		case isTexts(a) && isTexts(b) && reflect.DeepEqual(sorted(asList(a)), sorted(asList(b))):
			t.say("%s的%s 顺序改为 %s", name, label, t.value(key, b, t.now))
		case complexList(a) || complexList(b):
			t.rows(name+"的"+label, asList(a), asList(b))
		default:
			t.say("%s的%s %s → %s", name, label, t.value(key, a, t.old), t.value(key, b, t.now))
		}
	}
}

// rows tells of a list of things without names.
func (t *teller) rows(name string, was, is []any) {
	switch {
	case len(was) == 0:
		t.say("%s 设为 %d 项", name, len(is))
	case len(is) == 0:
		t.say("%s 恢复默认", name)
	case reflect.DeepEqual(sorted(was), sorted(is)):
		t.say("%s的顺序已调整", name)
	default:
		t.say("%s 改了 %d 处", name, max(leaves(was, is), 1))
	}
}

// texts tells of a list of sentences.
func (t *teller) texts(name string, was, is []any) {
	if len(was) == len(is) && !reflect.DeepEqual(sorted(was), sorted(is)) {
		for i := range was {
			if !reflect.DeepEqual(was[i], is[i]) {
				t.say("%s 第 %d 条 %v → %v", name, i+1, was[i], is[i])
			}
		}
		return
	}
	n := len(t.said)
	for _, v := range was {
		if !slices.Contains(is, v) {
			t.say("%s 删除“%v”", name, v)
		}
	}
	for _, v := range is {
		if !slices.Contains(was, v) {
			t.say("%s 新增“%v”", name, v)
		}
	}
	if len(t.said) == n {
		t.say("%s的顺序已调整", name)
	}
}

// value is a setting's value for people.
func (t *teller) value(key string, v any, in map[string]any) string {
	switch v := v.(type) {
	case nil:
		return "（未设置）"
	case bool:
		return map[bool]string{true: "是", false: "否"}[v]
	case string:
		if v == "" {
			return "（空）"
		}
		if section, ok := refersTo[key]; ok {
			return t.named(section, []string{v}, in)[0]
		}
		if d, err := time.ParseDuration(v); err == nil && durations[key] {
			return durationWords(d)
		}
		if word, ok := valueWords[key+"="+v]; ok {
			return word
		}
		return v
	case []any:
		if len(v) == 0 {
			return "（无）"
		}
		out := make([]string, len(v))
		for i := range v {
			out[i] = t.value(key, v[i], in)
		}
		return strings.Join(out, "、")
	case map[string]any:
		var out []string
		for _, k := range sortedKeys(v) {
			out = append(out, k+" "+t.value(k, v[k], in))
		}
		return strings.Join(out, "，")
	}
	return fmt.Sprint(v)
}

// named are the names of a section's entries with ids.
func (t *teller) named(section string, ids []string, in map[string]any) []string {
	out := slices.Clone(ids)
	for _, v := range asList(in[section]) {
		for i, id := range ids {
			if idIn(v) == id {
				out[i] = entryName(section, asMap(v))
			}
		}
	}
	return out
}

// entryName is what people call an entry.
func entryName(section string, m map[string]any) string {
	text := func(key string) string {
		if m[key] == nil {
			return ""
		}
		return fmt.Sprint(m[key])
	}
	name, id := text("name"), idIn(m)
	switch {
	case section == "windows" && text("number") != "":
		return strings.TrimSpace(text("number") + " 号 " + name)
	case section == "series" && text("prefix") != "":
		return text("prefix")
	case name != "":
		return name
	}
	return id
}

func durationWords(d time.Duration) string {
	var out []string
	for _, u := range []struct {
		unit time.Duration
		word string
	}{{time.Hour, "小时"}, {time.Minute, "分钟"}, {time.Second, "秒"}} {
		if n := d / u.unit; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, u.word))
			d -= n * u.unit
		}
	}
	if len(out) == 0 {
		return "0"
	}
	return strings.Join(out, " ")
}

// leaves counts the differences between two values.
func leaves(a, b any) int {
	if reflect.DeepEqual(a, b) {
		return 0
	}
	if isMap(a) && isMap(b) {
		n := 0
		for _, key := range keysOf(asMap(a), asMap(b)) {
			n += leaves(asMap(a)[key], asMap(b)[key])
		}
		return n
	}
	x, okX := a.([]any)
	y, okY := b.([]any)
	if !okX || !okY {
		return 1
	}
	n := max(len(x), len(y)) - min(len(x), len(y))
	for i := range min(len(x), len(y)) {
		n += leaves(x[i], y[i])
	}
	return n
}

func keysOf(a, b map[string]any) []string {
	keys := sortedKeys(a)
	for _, key := range sortedKeys(b) {
		if _, ok := a[key]; !ok {
			keys = append(keys, key)
		}
	}
	return keys
}

func asList(v any) []any         { list, _ := v.([]any); return list }
func asMap(v any) map[string]any { m, _ := v.(map[string]any); return m }
func isMap(v any) bool           { _, ok := v.(map[string]any); return ok }
func hasIDs(v any) bool          { list := asList(v); return len(list) > 0 && idIn(list[0]) != "" }
func complexList(v any) bool     { _, ok := rows(v); return ok }

// isTexts tells of lists of simple values, and of none.
func isTexts(v any) bool {
	list, ok := v.([]any)
	return (ok || v == nil) && !slices.ContainsFunc(list, func(item any) bool {
		switch item.(type) {
		case map[string]any, []any:
			return true
		}
		return false
	})
}

func sorted(list []any) []any {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return out
}
