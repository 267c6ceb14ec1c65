package form

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
)

// maxPattern bounds a pattern, in bytes; maxRepeat what a pattern counts to.
const (
	maxPattern = 200
	maxRepeat  = 500
)

// checkPattern says why a pattern can't be used, or nothing. What Go and
// JavaScript read differently is refused, and so is what takes JavaScript for
// ever: a repetition within a repetition.
func checkPattern(pattern string) string {
	const refused = "正则表达式用了这里不支持的写法："
	if len(pattern) > maxPattern {
		return "正则表达式太长"
	}
	if bad := unlike(pattern); bad != "" {
		return refused + bad
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "正则表达式有误"
	}
	return checkRepeats(tree)
}

// unlike is the first thing of a pattern that Go and JavaScript read
// differently, or nothing.
func unlike(pattern string) string {
	class, begin := false, 0
	for i := 0; i < len(pattern); i++ {
		c, rest := pattern[i], pattern[i+1:]
		switch {
		case c == '\\':
			if i++; rest == "" || !strings.ContainsRune(`dD\.^$*+?()[]{}|/-`, rune(rest[0])) || !class && rest[0] == '-' || class && rest[0] == 'D' {
				return pattern[i-1 : min(i+1, len(pattern))]
			}
			if class && rest[0] == 'd' && len(rest) > 2 && rest[1] == '-' && rest[2] != ']' {
				return `\d-`
			}
		case class && c == ']':
			class = false
		case class && strings.ContainsRune("[&~", rune(c)), class && c == '-' && i > begin && strings.HasPrefix(rest, `\d`):
			return "方括号中的" + string(c)
		case class:
		case c == '[':
			class, begin = true, i+1
			if strings.HasPrefix(rest, "]") || strings.HasPrefix(rest, "^]") {
				return "[]"
			}
		case c == '{' && !counts.MatchString(pattern[i:]):
			return "{"
		case c == '{':
			i += strings.IndexByte(rest, '}') + 1
		case c == '}', c == ']':
			return string(c)
		case c == '.':
			return "“.”，请写明允许的字符"
		case c == '(' && strings.HasPrefix(rest, "?"):
			return "(?"
		}
	}
	return ""
}

// counts are how often something is repeated.
var counts = regexp.MustCompile(`^\{[0-9]+(?:,[0-9]*)?\}`)

// maxOpen bounds the repetitions without an end, and maxChoices all that offer
// a choice of how often.
const (
	maxOpen    = 3
	maxChoices = 8
)

// repeats counts the repetitions of a pattern.
type repeats struct {
	open, choices int
	problem       string
}

// checkRepeats says whether a pattern may take JavaScript, which tries one way
// after another, too long.
func checkRepeats(r *syntax.Regexp) string {
	var n repeats
	n.walk(r, false)
	switch {
	case n.problem != "":
		return n.problem
	case n.open > maxOpen || n.choices > maxChoices:
		return "正则表达式中的重复太多"
	default:
		return ""
	}
}

// walk looks at what may be repeated within a repetition: only what offers no
// choice.
func (n *repeats) walk(r *syntax.Regexp, repeated bool) {
	choice := false
	inner := repeated
	switch r.Op { //nolint:exhaustive // only repetitions and choices matter
	case syntax.OpStar, syntax.OpPlus:
		n.open++
		choice, inner = true, true
	case syntax.OpRepeat:
		if r.Max > maxRepeat || r.Min > maxRepeat {
			n.problem = "正则表达式中的次数太大"
		}
		if r.Max < 0 {
			n.open++
		}
		choice, inner = r.Max != r.Min, true
	case syntax.OpQuest, syntax.OpAlternate:
		choice = true
	}
	if choice {
		n.choices++
	}
	if choice && repeated {
		n.problem = "正则表达式中不能重复套重复"
	}
	for _, sub := range r.Sub {
		n.walk(sub, inner)
	}
}

// whole is a pattern for the whole text.
func whole(pattern string) string { return "^(?:" + pattern + ")$" }

// compiled keeps the patterns of rules, which definitions bound in number.
var compiled sync.Map // of *regexp.Regexp by pattern

// matches tells whether a text is in a pattern anywhere, as expr-lang means it.
func matches(text, pattern string) bool {
	kept, ok := compiled.Load(pattern)
	if !ok {
		made, err := regexp.Compile(pattern)
		if err != nil {
			return false
		}
		kept, _ = compiled.LoadOrStore(pattern, made)
	}
	r, _ := kept.(*regexp.Regexp)
	return r.MatchString(text)
}
