package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Mistake is one thing that is wrong with a definition.
type Mistake struct {
	// Path leads to it, such as sections[0].fields[2].when.
	Path    string `json:"path"`
	Message string `json:"message"`
}

// mistakes collects them.
type mistakes struct{ list []Mistake }

// maxMistakes is how many are told at once.
const maxMistakes = 100

func (m *mistakes) add(path, format string, args ...any) {
	if len(m.list) < maxMistakes {
		m.list = append(m.list, Mistake{path, fmt.Sprintf(format, args...)})
	}
}

// tree is JSON or YAML as it was read, before anybody says what it means.
type tree struct {
	kind   byte     // '{', '[' or 's'
	keys   []string // of an object
	seen   map[string]bool
	kids   []*tree
	scalar any // nil, bool, float64, string
}

// plain is the tree as Go values.
func (t *tree) plain() any {
	switch t.kind {
	case '{':
		m := make(map[string]any, len(t.keys))
		for i, k := range t.keys {
			m[k] = t.kids[i].plain()
		}
		return m
	case '[':
		list := make([]any, len(t.kids))
		for i, k := range t.kids {
			list[i] = k.plain()
		}
		return list
	default:
		return t.scalar
	}
}

// join is the path of a member.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// readJSON reads one JSON document; keys may not be there twice.
func readJSON(data []byte, depth int, m *mistakes) *tree {
	if !utf8.Valid(data) {
		m.add("", "内容不是 UTF-8 文字")
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if t, err := jsonTree(dec, "", depth, m); err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			return t
		}
	}
	if len(m.list) == 0 {
		m.add("", "内容不是有效的 JSON")
	}
	return nil
}

// errTold ends reading after a mistake that was told.
var errTold = errors.New("told")

func jsonTree(dec *json.Decoder, path string, depth int, m *mistakes) (*tree, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return jsonScalar(token, path, m), nil
	}
	if depth == 0 {
		m.add(path, "嵌套层次太深")
		return nil, errTold
	}
	t := &tree{kind: byte(delim)}
	for dec.More() {
		at := index(path, len(t.kids))
		if delim == '{' {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			name, _ := key.(string) // the decoder lets nothing else be a key
			at = join(path, name)
			t.key(name, path, m)
		}
		kid, err := jsonTree(dec, at, depth-1, m)
		if err != nil {
			return nil, err
		}
		t.kids = append(t.kids, kid)
	}
	_, err = dec.Token()
	return t, err
}

// key adds a key, which may not be there.
func (t *tree) key(name, path string, m *mistakes) {
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	if t.seen[name] {
		m.add(join(path, clip(name, 40)), "重复出现")
	}
	t.seen[name] = true
	t.keys = append(t.keys, name)
}

func jsonScalar(token json.Token, path string, m *mistakes) *tree {
	n, ok := token.(json.Number)
	if !ok {
		return &tree{kind: 's', scalar: token}
	}
	f, err := n.Float64()
	if err != nil {
		m.add(path, "数字太大")
	}
	return &tree{kind: 's', scalar: f}
}

// readYAML reads one YAML document without anchors, tags or keys that are there
// twice.
func readYAML(data []byte, depth int, m *mistakes) *tree {
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil || len(doc.Content) != 1 {
		m.add("", "内容不是有效的 YAML：%s", yamlPlace(err))
		return nil
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		m.add("", "只能有一份文档")
		return nil
	}
	return yamlTree(doc.Content[0], "", depth, m)
}

// yamlPlace is the line that the library complains of.
func yamlPlace(err error) string {
	var line int
	if err != nil {
		if _, scan := fmt.Sscanf(err.Error(), "yaml: line %d:", &line); scan == nil {
			return fmt.Sprintf("第 %d 行附近", line)
		}
	}
	return "无法读取"
}

func yamlTree(n *yaml.Node, path string, depth int, m *mistakes) *tree {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		m.add(path, "不能使用锚点和引用（第 %d 行）", n.Line)
		return nil
	case n.Kind != yaml.ScalarNode && depth == 0:
		m.add(path, "嵌套层次太深")
		return nil
	case n.Kind == yaml.MappingNode:
		t := &tree{kind: '{'}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode || k.Tag == "!!merge" {
				m.add(path, "不能用作名称（第 %d 行）", k.Line)
				continue
			}
			t.key(k.Value, path, m)
			t.kids = append(t.kids, yamlTree(n.Content[i+1], join(path, k.Value), depth-1, m))
		}
		return t
	case n.Kind == yaml.SequenceNode:
		t := &tree{kind: '['}
		for i, c := range n.Content {
			t.kids = append(t.kids, yamlTree(c, index(path, i), depth-1, m))
		}
		return t
	default:
		return yamlScalar(n, path, m)
	}
}

func yamlScalar(n *yaml.Node, path string, m *mistakes) *tree {
	t := &tree{kind: 's'}
	switch n.Tag {
	case "!!str", "!!timestamp":
		t.scalar = n.Value
	case "!!null":
	case "!!bool":
		t.scalar = n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
	case "!!int", "!!float":
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			m.add(path, "不是普通的十进制数字（第 %d 行）", n.Line)
		}
		t.scalar = f
	default:
		m.add(path, "不能使用 %s（第 %d 行），文字请加引号", clip(n.Tag, 40), n.Line)
	}
	return t
}
