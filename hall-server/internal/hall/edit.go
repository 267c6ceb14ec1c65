package hall

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Op is what an edit does.
type Op string

// The operations of edits.
const (
	OpSet    Op = "set"    // give a setting a value, or a list's entry another content
	OpInsert Op = "insert" // add an entry to a list
	OpRemove Op = "remove" // take an entry or a setting away
	OpMove   Op = "move"   // give a list's entry another place
	OpRename Op = "rename" // give a thing another id, wherever it is named
)

// Edit is one change of a hall file. A form makes it of what people fill in; all
// else in the file, comments too, stays as it is.
type Edit struct {
	Op Op `json:"op" enum:"set,insert,remove,move,rename"`
	// Path leads to a setting: entries of lists by their id, or by their place
	// from 0 if they have none, such as services/tax/target_wait or notices/0.
	Path string `json:"path" minLength:"1" maxLength:"4100"`
	// Value is for set and insert.
	Value any `json:"value,omitempty"`
	// At is the place for insert (the end, if absent) and move.
	At *int `json:"at,omitempty"`
	// ID is the new id for rename.
	ID string `json:"id,omitempty" maxLength:"60"`
}

// Refused says which edit can't be made, and why, in words for people.
type Refused struct {
	// Edit counts from 0.
	Edit    int
	Message string
}

// Error implements error.
func (r *Refused) Error() string { return r.Message }

// Bounds of what is edited at once.
const (
	MaxEdits = 100
	maxWork  = 64 << 20 // bytes of the file times the edits
	maxPath  = 8        // steps
)

// Apply makes edits in text, one after another, and returns the new text with
// the hall it makes. The error is a *Refused for an edit that can't be made, or
// Mistakes if the hall that comes of them is wrong.
func Apply(text []byte, edits []Edit) ([]byte, *Hall, error) {
	if len(edits) == 0 || len(edits) > MaxEdits || len(text)*len(edits) > maxWork {
		return nil, nil, &Refused{Message: fmt.Sprintf("一次可以改 1 到 %d 处", MaxEdits)}
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, nil, mistakesOf(err)
	}
	want := any(tree)
	for i := range edits {
		var err error
		if text, want, err = applyOne(text, want, &edits[i]); err != nil {
			return nil, nil, &Refused{Edit: i, Message: err.Error()}
		}
	}
	if err := means(text, want); err != nil {
		return nil, nil, err
	}
	h, err := Parse(text)
	if err != nil {
		return nil, nil, err
	}
	return text, h, nil
}

// means refuses a text that doesn't say what the edits were to make it say: it
// is written in a way that can't be edited piece by piece, such as with anchors.
func means(text []byte, want any) error {
	var got map[string]any
	if err := yaml.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(any(got), want) {
		return &Refused{Message: "这处的写法比较特殊，请在“大厅配置”页修改"}
	}
	return nil
}

// applyOne makes one edit in the text, and in tree what it should come to.
func applyOne(text []byte, tree any, e *Edit) ([]byte, any, error) {
	value, err := plainValue(e.Value, 0)
	if err != nil {
		return nil, nil, err
	}
	edits := []Edit{*e}
	if e.Op == OpRename {
		if edits, err = renames(tree, e.Path, e.ID); err != nil {
			return nil, nil, err
		}
	} else {
		edits[0].Value = value
	}
	for i := range edits {
		steps, err := stepsOf(edits[i].Path)
		if err != nil {
			return nil, nil, err
		}
		if tree, err = change(tree, steps, &edits[i]); err != nil {
			return nil, nil, err
		}
		s, err := newSource(text)
		if err != nil {
			return nil, nil, errors.New("文件无法按项修改，请在“大厅配置”页修改")
		}
		if text, err = s.apply(steps, &edits[i]); err != nil {
			return nil, nil, err
		}
		if len(text) > MaxFile {
			return nil, nil, fmt.Errorf("文件超过 %d 字节", MaxFile)
		}
	}
	return text, tree, nil
}

func stepsOf(path string) ([]string, error) {
	steps := strings.Split(path, "/")
	for i, step := range steps {
		// A name may hold a slash: ~1 stands for it, ~0 for a tilde (RFC 6901).
		steps[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		if step == "" {
			return nil, errors.New("路径不完整")
		}
	}
	if len(steps) > maxPath {
		return nil, errors.New("路径太长")
	}
	return steps, nil
}

// place is where a path has led to in the nodes.
type place struct {
	node   *yaml.Node
	parent *yaml.Node // nil for the root
	// at is the place of node in parent's content.
	at int
	// inFlow tells whether parent stands in brackets, or is them.
	inFlow bool
	// missing are the steps that the file doesn't have.
	missing []string
}

var errAlias = errors.New("这处引用了文件的另一处，请在“大厅配置”页修改")

// find follows steps as far as the file has them.
func (s *source) find(steps []string) (place, error) {
	p := place{node: s.root}
	for i, step := range steps {
		at := -1
		switch p.node.Kind {
		case yaml.AliasNode:
			return p, errAlias
		case yaml.MappingNode:
			for k := 0; k+1 < len(p.node.Content); k += 2 {
				if p.node.Content[k].Value == step {
					at = k + 1
				}
			}
		case yaml.SequenceNode:
			at = entryOf(len(p.node.Content), step, func(i int) string { return idOf(p.node.Content[i]) })
		}
		if at < 0 {
			p.missing = steps[i:]
			return p, nil
		}
		p = place{node: p.node.Content[at], parent: p.node, at: at, inFlow: p.inFlow || flows(p.node)}
	}
	if p.node.Kind == yaml.AliasNode {
		return p, errAlias
	}
	return p, nil
}

// idOf is how a path names an entry; empty if only by its place.
func idOf(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	for _, key := range []string{"id", "tag"} {
		if v := child(n, key); v != nil {
			return v.Value
		}
	}
	return ""
}

func (s *source) apply(steps []string, e *Edit) ([]byte, error) {
	p, err := s.find(steps)
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case OpSet:
		if len(p.missing) > 0 {
			return s.add(p, e.Value)
		}
		return s.replace(p, e.Value)
	case OpInsert:
		if len(p.missing) > 0 {
			return s.add(p, []any{e.Value})
		}
		return s.insert(p, e.Value, e.At)
	case OpRemove:
		return s.remove(p)
	case OpMove:
		return s.move(p, *e.At)
	case opKey:
		name, err := inBrackets(e.ID)
		key := p.parent.Content[p.at-1]
		return s.spliced(s.start(key), s.end(key, p.inFlow), name), err
	}
	return nil, errOp
}

var errOp = errors.New("没有这种修改")

// replace gives the node at p another value.
func (s *source) replace(p place, v any) ([]byte, error) {
	if p.parent == nil {
		return nil, errors.New("不能替换整个文件")
	}
	start, end := s.start(p.node), s.end(p.node, p.inFlow)
	line := onLine
	if p.inFlow {
		line = inBrackets
	}
	text, err := line(v)
	if err != nil {
		return nil, err
	}
	if p.parent.Kind == yaml.MappingNode && !p.inFlow {
		key := p.parent.Content[p.at-1]
		if below := p.node.Line > key.Line; below || implicitNull(p.node) {
			return s.replaceBelow(key, v, below, end)
		}
	}
	if start > 0 && strings.IndexByte(":-,", s.text[start-1]) >= 0 {
		text = " " + text
	}
	return s.spliced(start, end, text), nil
}

// replaceBelow puts a value behind a key whose own stands on the lines below up
// to end, or that has none.
func (s *source) replaceBelow(key *yaml.Node, v any, below bool, end int) ([]byte, error) {
	text, err := s.behindKey(v, key.Column+1)
	if err != nil {
		return nil, err
	}
	colon := s.colon(key, false)
	at := colon // a comment behind the colon stays there
	if strings.Contains(text, "\n") {
		at = s.lineEnd(colon)
	}
	if !below {
		return s.spliced(at, at, text), nil
	}
	from := s.lineEnd(colon)
	out := append([]byte{}, s.text[:at]...)
	out = append(out, text...)
	out = append(out, s.text[at:from]...)
	return append(out, s.text[s.lineEnd(end):]...), nil
}

// add gives the mapping at p the settings that are missing on the way to v.
func (s *source) add(p place, v any) ([]byte, error) {
	for i := len(p.missing) - 1; i > 0; i-- {
		v = map[string]any{p.missing[i]: v}
	}
	key, err := inBrackets(p.missing[0])
	if err != nil {
		return nil, err
	}
	if implicitNull(p.node) || p.node.Kind == yaml.MappingNode && len(p.node.Content) == 0 {
		return s.replace(p, map[string]any{p.missing[0]: v})
	}
	last := s.end(p.node.Content[len(p.node.Content)-1], p.inFlow || flows(p.node))
	if flows(p.node) {
		text, err := inBrackets(v)
		return s.spliced(last, last, ", "+key+": "+text), err
	}
	indent := p.node.Column - 1
	text, err := s.behindKey(v, indent+2)
	if err != nil {
		return nil, err
	}
	at := s.lineEnd(last)
	return s.spliced(at, at, s.newline+strings.Repeat(" ", indent)+key+":"+text), nil
}

// remove takes the entry at p away, and its lines with it.
func (s *source) remove(p place) ([]byte, error) {
	first, count := p.at, 1
	if p.parent.Kind == yaml.MappingNode {
		first, count = p.at-1, 2
	}
	if len(p.parent.Content) == count {
		return s.empty(p)
	}
	start, end := s.start(p.parent.Content[first]), s.end(p.node, p.inFlow)
	if p.inFlow {
		if next := p.at + 1; next < len(p.parent.Content) {
			return s.spliced(start, s.start(p.parent.Content[next]), ""), nil
		}
		return s.spliced(s.end(p.parent.Content[first-1], true), end, ""), nil
	}
	if p.parent.Kind == yaml.SequenceNode {
		if start = s.dash(p.node); start < 0 {
			return nil, errLayout
		}
	}
	if !s.first(start) { // behind the dash of an entry
		next := p.at + 1
		if next >= len(p.parent.Content) {
			return nil, errLayout
		}
		return s.spliced(start, s.start(p.parent.Content[next]), ""), nil
	}
	return s.spliced(s.lineStart(start), s.nextLine(end), ""), nil
}

var errLayout = errors.New("这处的排版比较特殊，请在“大厅配置”页修改")

// empty leaves the list or mapping around p as empty brackets.
func (s *source) empty(p place) ([]byte, error) {
	var none any = []any{}
	if p.parent.Kind == yaml.MappingNode {
		none = map[string]any{}
	}
	above, err := s.parentOf(s.root, p.parent, false)
	if err != nil {
		return nil, err
	}
	return s.replace(above, none)
}

// parentOf is the place of node, somewhere below n.
func (s *source) parentOf(n, node *yaml.Node, inFlow bool) (place, error) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		here := place{node: c, parent: n, at: i, inFlow: inFlow || flows(n)}
		if c == node {
			return here, nil
		}
		if found, err := s.parentOf(c, node, here.inFlow); err == nil {
			return found, nil
		}
	}
	return place{}, errors.New("不能清空整个文件")
}
