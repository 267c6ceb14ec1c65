package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"smarthall/internal/device"
)

// maxFile bounds a profile file in bytes.
const maxFile = 256 << 10

// mergedBlocks are the keys whose own keys a child profile adds to its
// parent's; ownKeys are never inherited, because a new model has to say itself
// what it is and prove itself. Any other key replaces the parent's.
var (
	mergedBlocks = map[string]bool{"caps": true, "timing": true, "status": true, "params": true, "frames": true, "commands": true}
	ownKeys      = map[string]bool{"schema": true, "id": true, "inherits": true, "names": true, "match": true, "evidence": true, "vectors": true}
)

// Finder looks a profile up by its id, for inheritance. It may be nil.
type Finder func(id string) (*Doc, bool)

// Doc is a file that is read as YAML, but not yet checked as a profile.
type Doc struct {
	file string
	data []byte
	root *yaml.Node
}

// ReadDoc reads a file's YAML: one document, a mapping, no repeated keys, no
// anchors. The error is Mistakes.
func ReadDoc(file string, data []byte) (*Doc, error) {
	whole := func(zh, en string) error { return Mistakes{{File: file, ZH: zh, EN: en}} }
	if len(data) > maxFile {
		return nil, whole("文件太大（上限 256 KB）", "the file is larger than 256 KB")
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		return nil, Mistakes{syntax(file, err)}
	}
	var extra yaml.Node
	if dec.Decode(&extra) == nil {
		return nil, Mistakes{{File: file, Line: extra.Line, Column: extra.Column, ZH: "一个文件只写一个型号", EN: "a file holds exactly one document"}}
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, whole("文件应是“键: 值”的映射", "the file must be a mapping of keys and values")
	}
	d := &Doc{file: file, data: data, root: doc.Content[0]}
	if ms := d.lint(d.root, nil); len(ms) > 0 {
		return nil, ms.sorted()
	}
	return d, nil
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// syntax is a YAML error with its line.
func syntax(file string, err error) *Mistake {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	m := &Mistake{File: file, ZH: "YAML 语法错误（常见原因：缩进、缺少空格或引号）", EN: "yaml: " + text}
	if found := yamlLine.FindStringSubmatch(text); found != nil {
		m.Line, _ = strconv.Atoi(found[1]) // the expression takes digits only
		m.Column = 1
		m.EN = "yaml: " + strings.Replace(text, found[0], "", 1)
	}
	return m
}

// lint refuses what YAML allows and a profile must not have.
func (d *Doc) lint(n *yaml.Node, where []string) Mistakes {
	var ms Mistakes
	add := func(at *yaml.Node, where []string, zh, en string) {
		ms = append(ms, &Mistake{File: d.file, Line: at.Line, Column: at.Column, Path: pointer(where), ZH: zh, EN: en})
	}
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		add(n, where, "不支持锚点和引用（& 和 *）", "anchors and aliases (& and *) are not supported")
		return ms
	}
	if n.Kind != yaml.MappingNode {
		for i, c := range n.Content {
			ms = append(ms, d.lint(c, append(where, strconv.Itoa(i)))...)
		}
		return ms
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || k.Value == "<<" {
			add(k, where, "键必须是普通文字", "a key must be plain text")
			continue
		}
		if seen[k.Value] {
			add(k, where, fmt.Sprintf("“%s”写了两次", k.Value), fmt.Sprintf("key %q is given twice", k.Value))
		}
		seen[k.Value] = true
		ms = append(ms, d.lint(v, append(where, k.Value))...)
	}
	return ms
}

// ID is the profile id that the document claims, or empty.
func (d *Doc) ID() string { return d.scalar("id") }

// Inherits is the id of the parent that the document names, or empty.
func (d *Doc) Inherits() string { return d.scalar("inherits") }

func (d *Doc) scalar(key string) string {
	if n := child(d.root, key); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// Profile checks the document and everything it inherits. The error is
// Mistakes, all of them at once as far as they don't hide each other.
func (d *Doc) Profile(parents Finder) (*Profile, error) {
	c := &checker{file: d.file, root: d.root}
	hash := sha256.New()
	hash.Write(d.data)
	if id := d.Inherits(); id != "" {
		parent := c.parent(id, parents)
		if parent == nil {
			return nil, c.mistakes
		}
		hash.Write(parent.data)
		c.inherit(parent.root)
	}
	c.schema()
	if len(c.mistakes) > 0 {
		return nil, c.mistakes.sorted()
	}
	p := &Profile{File: d.file, Hash: hex.EncodeToString(hash.Sum(nil))}
	if err := c.root.Decode(p); err != nil {
		c.decodeError(err)
		return nil, c.mistakes.sorted()
	}
	for name, fr := range p.Frames {
		fr.Name = name
	}
	c.semantics(p)
	if len(c.mistakes) > 0 {
		return nil, c.mistakes.sorted()
	}
	return p, nil
}

// parent finds the profile to inherit from; it must not inherit itself.
func (c *checker) parent(id string, parents Finder) *Doc {
	at := []string{"inherits"}
	var doc *Doc
	found := false
	if parents != nil {
		doc, found = parents(id)
	}
	switch {
	case id == c.text("id"):
		c.add(at, "不能继承自己", "a profile can't inherit itself")
	case !found:
		c.add(at, fmt.Sprintf("找不到型号“%s”", id), fmt.Sprintf("there is no profile %q", id))
	case doc.Inherits() != "":
		c.add(at, fmt.Sprintf("“%s”自己也是继承来的，只能继承一层", id), fmt.Sprintf("%q inherits itself; only one level is possible", id))
	default:
		return doc
	}
	return nil
}

// inherit lays the document over its parent. Nodes of the parent are
// remembered, so that what is wrong with them is shown at "inherits".
func (c *checker) inherit(parent *yaml.Node) {
	own := c.root
	c.inherited = child(own, "inherits")
	merged := *own
	merged.Content = append([]*yaml.Node(nil), own.Content...)
	for i := 0; i+1 < len(parent.Content); i += 2 {
		k, v := parent.Content[i], parent.Content[i+1]
		mine := indexOf(merged.Content, k.Value)
		switch {
		case ownKeys[k.Value]:
		case mine < 0:
			c.mark(v)
			merged.Content = append(merged.Content, k, v)
		case mergedBlocks[k.Value] && v.Kind == yaml.MappingNode && merged.Content[mine].Kind == yaml.MappingNode:
			merged.Content[mine] = c.mergeBlock(merged.Content[mine], v)
		}
	}
	c.root = &merged
}

// mergeBlock adds the keys of a parent's block that the own block lacks.
func (c *checker) mergeBlock(own, parent *yaml.Node) *yaml.Node {
	block := *own
	block.Content = append([]*yaml.Node(nil), own.Content...)
	for i := 0; i+1 < len(parent.Content); i += 2 {
		if indexOf(own.Content, parent.Content[i].Value) < 0 {
			c.mark(parent.Content[i+1])
			block.Content = append(block.Content, parent.Content[i], parent.Content[i+1])
		}
	}
	return &block
}

// indexOf is the place of a key's value in a mapping's content, or -1.
func indexOf(content []*yaml.Node, key string) int {
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value == key {
			return i + 1
		}
	}
	return -1
}

// mark notes a node and all below it as the parent's.
func (c *checker) mark(n *yaml.Node) {
	if c.foreign == nil {
		c.foreign = map[*yaml.Node]bool{}
	}
	c.foreign[n] = true
	for _, x := range n.Content {
		c.mark(x)
	}
}

// Load reads and checks one profile; what it inherits is looked for among the
// other files of fsys. The error is Mistakes or a failure to read.
func Load(fsys fs.FS, file string) (*Profile, error) {
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	doc, err := ReadDoc(file, data)
	if err != nil {
		return nil, err
	}
	if doc.Inherits() == "" {
		return doc.Profile(nil)
	}
	docs, err := readDocs(fsys)
	var ms Mistakes
	if err != nil && !errors.As(err, &ms) {
		return nil, err
	}
	return doc.Profile(docs.find)
}

// classOf is the class that a profile's folder stands for, or empty.
func classOf(file string) device.Class {
	if c := device.Class(path.Base(path.Dir(file))); slices.Contains(device.Classes, c) {
		return c
	}
	return ""
}
