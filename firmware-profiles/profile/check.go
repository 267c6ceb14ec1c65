package profile

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// checker collects what is wrong in one document.
type checker struct {
	file string
	root *yaml.Node
	// foreign are nodes of the parent; inherited is the node that names it.
	foreign   map[*yaml.Node]bool
	inherited *yaml.Node
	mistakes  Mistakes
}

// add notes a mistake at a path of the document, or at the deepest part of it
// that exists.
func (c *checker) add(where []string, zh, en string) {
	n := c.root
	for _, step := range where {
		next := stepInto(n, step)
		if next == nil {
			break
		}
		n = next
	}
	c.addNode(n, where, zh, en)
}

// addKey is add at a key rather than at its value.
func (c *checker) addKey(where []string, key, zh, en string) {
	n := c.root
	for _, step := range where {
		if n = stepInto(n, step); n == nil {
			c.add(where, zh, en)
			return
		}
	}
	if i := indexOf(n.Content, key); i > 0 && !c.foreign[n.Content[i]] {
		c.addNode(n.Content[i-1], append(slices.Clone(where), key), zh, en)
		return
	}
	c.add(append(slices.Clone(where), key), zh, en)
}

func (c *checker) addNode(n *yaml.Node, where []string, zh, en string) {
	if c.foreign[n] && c.inherited != nil {
		n = c.inherited
	}
	c.mistakes = append(c.mistakes, &Mistake{File: c.file, Line: n.Line, Column: n.Column, Path: pointer(where), ZH: zh, EN: en})
}

// stepInto is the value of a key or the element of a list, or nil.
func stepInto(n *yaml.Node, step string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(n.Content) {
			return nil
		}
		return n.Content[i]
	}
	return child(n, step)
}

// pointer writes a path as /a/b/0.
func pointer(where []string) string {
	if len(where) == 0 {
		return ""
	}
	return "/" + strings.Join(where, "/")
}

func (c *checker) text(key string) string {
	if n := child(c.root, key); n != nil {
		return n.Value
	}
	return ""
}

// schema checks the merged document against the JSON Schema.
func (c *checker) schema() {
	for _, f := range validate(plain(c.root)) {
		if f.key != "" {
			c.addKey(f.path, f.key, f.zh, f.en)
			continue
		}
		c.add(f.path, f.zh, f.en)
	}
}

// plain is a document as the schema library wants it.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, x := range n.Content {
			list[i] = plain(x)
		}
		return list
	}
	var v any
	if n.Decode(&v) != nil {
		return n.Value
	}
	switch v := v.(type) {
	case nil, bool, int, string:
		return v
	case float64:
		if v == v && v < 1e300 && v > -1e300 { // YAML has NaN and infinity, JSON has not
			return v
		}
	}
	return n.Value
}

// decodeError notes an error of turning the document into a Profile.
func (c *checker) decodeError(err error) {
	var at *errNode
	if errors.As(err, &at) {
		c.addNode(at.node, nil, at.zh, at.en)
		return
	}
	m := syntax(c.file, err)
	m.ZH = "这一项的写法不对"
	c.mistakes = append(c.mistakes, m)
}

// semantics checks what the schema can't say.
func (c *checker) semantics(p *Profile) {
	c.class(p)
	for i, q := range p.Quirks {
		if quirkEngines[q] != p.Engine {
			c.add([]string{"quirks", strconv.Itoa(i)}, fmt.Sprintf("协议引擎 %s 没有“%s”这种特例", p.Engine, q), fmt.Sprintf("engine %s has no quirk %q", p.Engine, q))
		}
	}
	if p.Match.Probe != "" {
		if _, err := regexp.Compile(p.Match.Probe); err != nil {
			c.add([]string{"match", "probe"}, "正则表达式写法不对", "probe is no regular expression: "+err.Error())
		}
	}
	c.transports(p)
	c.recognition(p)
	c.params(p)
	c.chinese(p)
	c.evidence(p)
	before := len(c.mistakes)
	if p.Engine == EngineFramed {
		c.commands(p)
		c.events(p)
		c.pad(p)
		c.keypad(p)
		c.must(p)
		c.used(p)
	}
	if len(c.mistakes) == before {
		c.vectors(p)
	}
}

// class takes the class from the folder when the file doesn't say it.
func (c *checker) class(p *Profile) {
	folder := classOf(p.File)
	switch {
	case p.Class == "":
		p.Class = folder
	case folder != "" && folder != p.Class:
		c.add([]string{"class"}, fmt.Sprintf("与所在文件夹 %s 不一致", folder), fmt.Sprintf("the file lies in folder %s", folder))
	}
	if p.Class == "" && len(engineClasses[p.Engine]) == 1 {
		p.Class = engineClasses[p.Engine][0]
	}
	switch {
	case p.Class == "":
		c.add(nil, "请用 class 写明设备类别", "class is needed, because neither the folder nor the engine tells it")
	case !slices.Contains(engineClasses[p.Engine], p.Class):
		c.add([]string{"engine"}, fmt.Sprintf("协议引擎 %s 不能用于 %s", p.Engine, p.Class), fmt.Sprintf("engine %s can't drive a %s", p.Engine, p.Class))
	}
}

// params checks that defaults have their type and range.
func (c *checker) params(p *Profile) {
	for _, name := range slices.Sorted(maps.Keys(p.Params)) {
		param := p.Params[name]
		at := []string{"params", name}
		if param.Type != "int" && (param.Min != nil || param.Max != nil) {
			c.add(at, "只有 int 才有 min 和 max", "only an int has min and max")
		}
		var ok bool
		switch v := param.Default.(type) {
		case int:
			ok = param.Type == "int"
			if err := param.inRange(v); ok && err != nil {
				c.add(append(at, "default"), "默认值超出范围", "default: "+err.Error())
			}
		case string:
			ok = param.Type == "string"
		case bool:
			ok = param.Type == "bool"
		}
		if !ok {
			c.add(append(at, "default"), fmt.Sprintf("默认值不是 %s", param.Type), fmt.Sprintf("the default is no %s", param.Type))
		}
	}
}

// chinese checks that a ticket printer with a Chinese font says which, and that
// one without can print pictures, for all Chinese is one there.
func (c *checker) chinese(p *Profile) {
	if p.Engine != EngineESCPOS {
		return
	}
	at := []string{"caps", "chinese"}
	font := map[string]string{"charset": p.Caps.Chinese.Charset, "power_on": p.Caps.Chinese.PowerOn}
	for _, key := range slices.Sorted(maps.Keys(font)) {
		switch has, none := font[key] != "", p.Caps.Chinese.Mode == ChineseNone; {
		case none && has:
			c.addKey(at, key, fmt.Sprintf("没有汉字字库（mode: none）时不写 %s", key), fmt.Sprintf("a printer without a Chinese font (mode: none) has no %s", key))
		case !none && !has:
			c.addKey(at, key, fmt.Sprintf("缺少“%s”", key), fmt.Sprintf("%s is missing", key))
		}
	}
	if p.Caps.Chinese.Mode == ChineseNone && (p.Caps.Raster == "none" || p.Caps.Chinese.Fallback != "raster-line") {
		c.add(at, "没有汉字字库的打印机只能把汉字印成图片：请写 fallback: raster-line，raster 不能是 none",
			"a printer without a Chinese font needs pictures: fallback raster-line, and a raster that isn't none")
	}
}
