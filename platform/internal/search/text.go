package search

import (
	"strings"
	"unicode"
)

// fold makes characters equal that people don't tell apart: full width and half
// width, capitals and small letters; what is neither letter nor digit becomes a
// blank. One character stays one, so that places are the same in both texts.
func fold(text string) []rune {
	runes := []rune(text)
	for i, r := range runes {
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFEE0
		}
		r = unicode.ToLower(r)
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = ' '
		}
		runes[i] = r
	}
	return runes
}

// isHan tells whether r is a Chinese character, which is a word by itself or a
// half of one; all others make words between blanks.
func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// token is one thing that is looked up, with its place in the text.
type token struct {
	text     string
	from, to int // characters, to exclusive
}

// run is a stretch of folded text of one kind.
type run struct {
	from, to int
	han      bool
}

// runs splits folded text into stretches of Chinese and words of letters and
// digits.
func runs(text []rune) []run {
	var list []run
	for i := 0; i < len(text); {
		if text[i] == ' ' {
			i++
			continue
		}
		from, han := i, isHan(text[i])
		for i < len(text) && text[i] != ' ' && isHan(text[i]) == han {
			i++
		}
		list = append(list, run{from, i, han})
	}
	return list
}

// tokens are what folded text is found by: pairs of neighbouring Chinese
// characters, and words. With singles each Chinese character too, for queries
// of one character.
func tokens(text []rune, singles bool) []token {
	var list []token
	for _, r := range runs(text) {
		if !r.han {
			list = append(list, token{string(text[r.from:r.to]), r.from, r.to})
			continue
		}
		for i := r.from; i < r.to; i++ {
			if singles || r.to-r.from == 1 {
				list = append(list, token{string(text[i]), i, i + 1})
			}
			if i+1 < r.to {
				list = append(list, token{string(text[i : i+2]), i, i + 2})
			}
		}
	}
	return list
}

// fillers are what people say around what they look for. They are taken out of
// a query unless nothing else is in it.
var fillers = []string{
	"请问一下", "请问", "我想要", "我想", "我要", "想要", "怎么样", "怎么办理", "怎么办", "怎么", "如何办理", "如何", "怎样", "需要什么", "需要哪些", "要什么材料", "什么材料",
	"哪些材料", "在哪里", "在哪儿", "哪里", "去哪", "能不能", "手续", "流程", "一下", "多少钱", "多久", "办理",
}

// plain takes fillers out of a folded query.
func plain(query string) string {
	rest := query
	for _, f := range fillers {
		rest = strings.ReplaceAll(rest, f, " ")
	}
	if strings.TrimSpace(rest) == "" {
		return query
	}
	return rest
}

// distance is how many characters have to be put in, taken out, changed or
// swapped with a neighbour to make b of a, or limit+1 if it is more than limit.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
			best = min(best, now[j])
		}
		if best > limit {
			return limit + 1
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
