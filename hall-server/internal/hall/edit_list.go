package hall

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// insert adds an entry to the list at p.
func (s *source) insert(p place, v any, place *int) ([]byte, error) {
	list := p.node.Content
	if len(list) == 0 {
		return s.replace(p, []any{v})
	}
	at := len(list)
	if place != nil {
		at = *place
	}
	if flows(p.node) || p.inFlow {
		text, err := inBrackets(v)
		if err != nil {
			return nil, err
		}
		if at == len(list) {
			end := s.end(list[at-1], true)
			return s.spliced(end, end, ", "+text), nil
		}
		start := s.start(list[at])
		return s.spliced(start, start, text+", "), nil
	}
	indent := p.node.Column - 1
	text, err := onLine(v)
	if m, ok := v.(map[string]any); ok && len(m) > 0 && !flows(list[min(at, len(list)-1)]) {
		text, err = s.asBlock(m, indent+2)
	}
	if err != nil {
		return nil, err
	}
	return s.insertLine(list, at, strings.Repeat(" ", indent)+"- "+text+s.newline)
}

// insertLine puts whole lines before the at-th entry of a list that is written
// line by line: behind the entry before it, so that comments stay above theirs.
func (s *source) insertLine(list []*yaml.Node, at int, lines string) ([]byte, error) {
	if at == 0 {
		dash := s.dash(list[0])
		if dash < 0 || !s.first(dash) {
			return nil, errLayout
		}
		start := s.lineStart(dash)
		return s.spliced(start, start, lines), nil
	}
	end := s.nextLine(s.end(list[at-1], false))
	if end == len(s.text) && end > 0 && s.text[end-1] != '\n' {
		lines = s.newline + strings.TrimSuffix(lines, s.newline)
	}
	return s.spliced(end, end, lines), nil
}

// move puts the entry at p to another place of its list.
func (s *source) move(p place, to int) ([]byte, error) {
	list := p.parent.Content
	if to == p.at {
		return s.text, nil
	}
	if p.inFlow {
		return s.moveInBrackets(list, p.at, to), nil
	}
	dash := s.dash(p.node)
	if dash < 0 || !s.first(dash) {
		return nil, errLayout
	}
	from, end := s.lineStart(dash), s.nextLine(s.end(p.node, false))
	lines := string(s.text[from:end])
	if !strings.HasSuffix(lines, "\n") {
		lines += s.newline
	}
	// The entry before which it comes, as they stand now.
	before := to
	if to > p.at {
		before = to + 1
	}
	moved, err := s.insertLine(list, before, lines)
	if err != nil {
		return nil, err
	}
	if before > p.at { // inserted behind: what is cut out stands where it did
		return append(append([]byte{}, moved[:from]...), moved[end:]...), nil
	}
	shift := len(moved) - len(s.text)
	return append(append([]byte{}, moved[:from+shift]...), moved[end+shift:]...), nil
}

// moveInBrackets gives the texts of a list's entries their new order; what
// stands between them stays.
func (s *source) moveInBrackets(list []*yaml.Node, from, to int) []byte {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = string(s.text[s.start(n):s.end(n, true)])
	}
	texts = moved(texts, from, to)
	var out []byte
	at := 0
	for i, n := range list {
		out = append(out, s.text[at:s.start(n)]...)
		out = append(out, texts[i]...)
		at = s.end(n, true)
	}
	return append(out, s.text[at:]...)
}
