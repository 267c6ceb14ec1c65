package hall

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// source is a hall file's text with its nodes. The nodes know where they begin;
// where they end is read from the text, so that an edit touches nothing else.
type source struct {
	text []byte
	root *yaml.Node
	// starts are the offsets of the lines.
	starts []int
	// newline is how the file ends its lines.
	newline string
}

var errShape = errors.New("the file isn't a mapping")

func newSource(text []byte) (*source, error) {
	var top yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, err
	}
	if top.Kind != yaml.DocumentNode || len(top.Content) != 1 || top.Content[0].Kind != yaml.MappingNode {
		return nil, errShape
	}
	s := &source{text: text, root: top.Content[0], starts: []int{0}, newline: "\n"}
	for i, b := range text {
		if b == '\n' {
			s.starts = append(s.starts, i+1)
		}
	}
	if bytes.Contains(text, []byte("\r\n")) {
		s.newline = "\r\n"
	}
	return s, nil
}

// start is the offset of a node: of its anchor or tag, if it has one.
func (s *source) start(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(s.starts) {
		return len(s.text)
	}
	at := s.starts[n.Line-1]
	for range n.Column - 1 { // columns count characters
		_, size := utf8.DecodeRune(s.text[at:])
		at += size
	}
	return min(at, len(s.text))
}

func (s *source) lineStart(at int) int { return bytes.LastIndexByte(s.text[:at], '\n') + 1 }

// lineEnd is where the line of at ends, without its newline.
func (s *source) lineEnd(at int) int {
	end := bytes.IndexByte(s.text[at:], '\n')
	if end < 0 {
		return len(s.text)
	}
	if end > 0 && s.text[at+end-1] == '\r' {
		end--
	}
	return at + end
}

// nextLine is where the line after that of at begins.
func (s *source) nextLine(at int) int {
	if end := bytes.IndexByte(s.text[at:], '\n'); end >= 0 {
		return at + end + 1
	}
	return len(s.text)
}

func flows(n *yaml.Node) bool { return n.Style&yaml.FlowStyle != 0 }

func implicitNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Tag == "!!null" && n.Style == 0
}

// end is the offset after a node. inFlow tells whether it stands in brackets.
func (s *source) end(n *yaml.Node, inFlow bool) int {
	at := s.start(n)
	if implicitNull(n) {
		return at
	}
	at = s.skipProperties(at)
	switch n.Kind {
	case yaml.AliasNode:
		return at + len("*") + len(n.Value)
	case yaml.ScalarNode:
		return s.scalarEnd(n, at, inFlow)
	}
	if !flows(n) {
		if len(n.Content) == 0 {
			return at
		}
		return s.end(n.Content[len(n.Content)-1], inFlow)
	}
	if at >= len(s.text) || (s.text[at] != '{' && s.text[at] != '[') { // a pair alone in a list
		return s.end(n.Content[len(n.Content)-1], true)
	}
	closing := byte('}')
	if s.text[at] == '[' {
		closing = ']'
	}
	at++
	if len(n.Content) > 0 {
		at = s.end(n.Content[len(n.Content)-1], true)
	}
	return s.after(at, closing)
}

// after is the offset behind the next closing bracket; between are blanks,
// commas and comments only.
func (s *source) after(at int, closing byte) int {
	for at < len(s.text) {
		switch s.text[at] {
		case closing:
			return at + 1
		case '#':
			at = s.nextLine(at)
		default:
			at++
		}
	}
	return at
}

// skipProperties goes past an anchor and a tag.
func (s *source) skipProperties(at int) int {
	for at < len(s.text) && (s.text[at] == '&' || s.text[at] == '!') {
		for at < len(s.text) && !strings.ContainsRune(" \t\r\n", rune(s.text[at])) {
			at++
		}
		for at < len(s.text) && strings.ContainsRune(" \t\r\n", rune(s.text[at])) {
			at++
		}
	}
	return at
}

func (s *source) scalarEnd(n *yaml.Node, at int, inFlow bool) int {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		for at++; at < len(s.text) && s.text[at] != '"'; at++ {
			if s.text[at] == '\\' {
				at++
			}
		}
		return min(at+1, len(s.text))
	case n.Style&yaml.SingleQuotedStyle != 0:
		for at++; at < len(s.text); at++ {
			if s.text[at] != '\'' {
				continue
			}
			if at+1 >= len(s.text) || s.text[at+1] != '\'' {
				return at + 1
			}
			at++
		}
		return at
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return s.blockEnd(at)
	}
	return s.plainEnd(n, at, inFlow)
}

// blockEnd is the end of a literal or folded text whose | or > is at at.
func (s *source) blockEnd(at int) int {
	end, indent := s.lineEnd(at), -1
	for line := s.nextLine(at); line < len(s.text); line = s.nextLine(line) {
		text := s.text[line:s.lineEnd(line)]
		body := bytes.TrimLeft(text, " ")
		if len(bytes.TrimSpace(body)) == 0 {
			continue
		}
		if indent < 0 {
			indent = len(text) - len(body)
		}
		if len(text)-len(body) < max(indent, 1) {
			break
		}
		end = s.lineEnd(line)
	}
	return end
}

// plainEnd is the end of a text without quotes, which may go on over lines.
func (s *source) plainEnd(n *yaml.Node, at int, inFlow bool) int {
	first, said := s.plainLine(at, inFlow), ""
	end := first
	for {
		said = strings.TrimSpace(said + " " + string(bytes.TrimSpace(s.text[at:end])))
		if len(said) >= len(n.Value) || s.nextLine(end) >= len(s.text) {
			break
		}
		at = s.nextLine(end)
		for at < len(s.text) && (s.text[at] == ' ' || s.text[at] == '\t') {
			at++
		}
		end = s.plainLine(at, inFlow)
	}
	if said != n.Value {
		return first // what comes of it is compared with what should
	}
	return end
}

// plainLine is the end of an unquoted text on its line.
func (s *source) plainLine(at int, inFlow bool) int {
	end := at
	for limit := s.lineEnd(at); end < limit; end++ {
		b := s.text[end]
		next := byte(' ')
		if end+1 < limit {
			next = s.text[end+1]
		}
		if b == ':' && (next == ' ' || next == '\t') || b == '#' && end > at && s.text[end-1] == ' ' {
			break
		}
		if inFlow && strings.IndexByte(",[]{}", b) >= 0 {
			break
		}
	}
	return at + len(bytes.TrimRight(s.text[at:end], " \t"))
}

// colon is the offset behind the colon of a key.
func (s *source) colon(key *yaml.Node, inFlow bool) int {
	at := s.end(key, inFlow)
	for at < len(s.text) && s.text[at] != ':' {
		at++
	}
	return min(at+1, len(s.text))
}

// dash is the offset of the dash of a list's item, or -1 if it stands on
// another line.
func (s *source) dash(item *yaml.Node) int {
	at := s.start(item)
	for i := at - 1; i >= 0; i-- {
		switch s.text[i] {
		case '-':
			return i
		case ' ', '\t':
		default:
			return -1
		}
	}
	return -1
}

// first tells whether nothing but blanks stand before at on its line.
func (s *source) first(at int) bool {
	return len(bytes.TrimLeft(s.text[s.lineStart(at):at], " ")) == 0
}

// spliced is the text with [from, to) replaced by with.
func (s *source) spliced(from, to int, with string) []byte {
	out := make([]byte, 0, len(s.text)+len(with))
	out = append(out, s.text[:from]...)
	out = append(out, with...)
	return append(out, s.text[to:]...)
}
