package hall

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of a value in an edit.
const (
	maxValueDepth = 6
	maxValueItems = 500
	maxValueText  = 2000 // characters
)

// keyOrder is how new entries are written: what names a thing comes first.
var keyOrder = []string{"id", "tag", "number", "show", "role", "kind", "prefix", "digits", "first", "last", "name", "short", "zone", "series", "hours", "places"}

func byKeyOrder(a, b string) int {
	x, y := slices.Index(keyOrder, a), slices.Index(keyOrder, b)
	switch {
	case x >= 0 && y >= 0:
		return x - y
	case x >= 0:
		return -1
	case y >= 0:
		return 1
	}
	return strings.Compare(a, b)
}

// plainValue checks a value from outside and turns it into what YAML reads back:
// JSON has no whole numbers.
func plainValue(v any, depth int) (any, error) {
	if depth > maxValueDepth {
		return nil, fmt.Errorf("内容层次太深")
	}
	switch v := v.(type) {
	case nil, bool, int:
		return v, nil
	case float64:
		if math.Trunc(v) == v && math.Abs(v) < 1<<53 {
			return int(v), nil
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("不是数字")
		}
		return v, nil
	case string:
		return v, checkText(v)
	case []any:
		if len(v) > maxValueItems {
			return nil, fmt.Errorf("一个列表最多 %d 项", maxValueItems)
		}
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = plainValue(v[i], depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		if len(v) > maxValueItems {
			return nil, fmt.Errorf("最多 %d 项设置", maxValueItems)
		}
		out := make(map[string]any, len(v))
		for key, value := range v {
			if err := checkText(key); err != nil {
				return nil, err
			}
			var err error
			if out[key], err = plainValue(value, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("这里不能是 %T", v)
}

func checkText(text string) error {
	switch {
	case !utf8.ValidString(text):
		return fmt.Errorf("文字不是 UTF-8")
	case utf8.RuneCountInString(text) > maxValueText:
		return fmt.Errorf("文字太长，最多 %d 个字", maxValueText)
	case strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\uFEFF' || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
	}):
		return fmt.Errorf("文字中不能有换行或控制字符")
	}
	return nil
}

// nodeOf is a value as a node in brackets.
func nodeOf(v any) (*yaml.Node, error) {
	switch v := v.(type) {
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, item := range v {
			child, err := nodeOf(item)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		return n, nil
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		for _, key := range sortedKeys(v) {
			name, err := nodeOf(key)
			if err != nil {
				return nil, err
			}
			child, err := nodeOf(v[key])
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, name, child)
		}
		return n, nil
	}
	var n yaml.Node
	if err := n.Encode(v); err != nil {
		return nil, fmt.Errorf("write value: %w", err)
	}
	return &n, nil
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, byKeyOrder)
	return keys
}

// inBrackets is a value on one line, fit to stand in brackets.
func inBrackets(v any) (string, error) {
	n, err := nodeOf([]any{v})
	if err != nil {
		return "", err
	}
	text, err := yaml.Marshal(n)
	if err != nil {
		return "", fmt.Errorf("write value: %w", err)
	}
	line := strings.TrimRight(string(text), "\n")
	return line[1 : len(line)-1], nil
}

// onLine is a value as it stands behind a key or a dash of its own line.
func onLine(v any) (string, error) {
	if _, ok := v.(string); !ok {
		return inBrackets(v)
	}
	text, err := yaml.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write value: %w", err)
	}
	return strings.TrimRight(string(text), "\n"), nil
}

// rows tells whether v is a list of mappings, which is written line by line.
func rows(v any) ([]any, bool) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, false
	}
	for _, item := range list {
		if _, ok := item.(map[string]any); !ok {
			return nil, false
		}
	}
	return list, true
}

// behindKey is what follows a key's colon: the value on the same line, or a list
// of mappings below it, indented by indent.
func (s *source) behindKey(v any, indent int) (string, error) {
	list, ok := rows(v)
	if !ok {
		text, err := onLine(v)
		return " " + text, err
	}
	var b strings.Builder
	for _, item := range list {
		text, err := inBrackets(item)
		if err != nil {
			return "", err
		}
		b.WriteString(s.newline + strings.Repeat(" ", indent) + "- " + text)
	}
	return b.String(), nil
}

// asBlock is a mapping over several lines, as an item of a list whose siblings
// are written that way; indent is that of its keys.
func (s *source) asBlock(m map[string]any, indent int) (string, error) {
	var b strings.Builder
	for i, key := range sortedKeys(m) {
		if i > 0 {
			b.WriteString(s.newline + strings.Repeat(" ", indent))
		}
		name, err := inBrackets(key)
		if err != nil {
			return "", err
		}
		text, err := s.behindKey(m[key], indent+2)
		if err != nil {
			return "", err
		}
		b.WriteString(name + ":" + text)
	}
	return b.String(), nil
}
