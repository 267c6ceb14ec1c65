// Package phrases says sentences that a program makes in Chinese in English:
// it finds the format that a sentence was made with, and puts the same values
// into the English one. What comes from people (names, ids, numbers) stays.
package phrases

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxText bounds, in bytes, what is looked up: sentences are short, and what is
// longer is not one of ours.
const maxText = 2_000

// Phrase is a format in both languages. Both have the same verbs in the same
// order, unless the English one names them: %[2]s.
type Phrase struct{ Chinese, English string }

// Book finds the English of Chinese sentences. The zero Book knows none. It is
// safe for concurrent use.
type Book struct {
	plain    map[string]string
	patterns []pattern
	parts    string
}

type pattern struct {
	phrase Phrase
	whole  *regexp.Regexp
	fixed  int // bytes that the format itself says
}

var verb = regexp.MustCompile(`%[qsdv]`)

// New makes a book. Sentences that parts join, such as "；", are looked up one
// by one if they aren't known as a whole; empty for none. It panics over a
// format with other verbs than %q, %s, %d and %v: books are written down in code.
func New(parts string, list []Phrase) *Book {
	b := &Book{plain: make(map[string]string), parts: parts}
	for _, p := range list {
		verbs := verb.FindAllString(p.Chinese, -1)
		if strings.Count(p.Chinese, "%") != len(verbs) {
			panic("phrases: " + p.Chinese)
		}
		if len(verbs) == 0 {
			b.plain[p.Chinese] = p.English
			continue
		}
		var expr strings.Builder
		expr.WriteString(`(?s)^`)
		rest := p.Chinese
		for _, v := range verbs {
			before, after, _ := strings.Cut(rest, v)
			expr.WriteString(regexp.QuoteMeta(before))
			expr.WriteString(map[string]string{"%d": `(-?\d+)`, "%q": `(".*")`, "%s": `(.*)`, "%v": `(.*)`}[v])
			rest = after
		}
		expr.WriteString(regexp.QuoteMeta(rest) + `$`)
		b.patterns = append(b.patterns, pattern{p, regexp.MustCompile(expr.String()), len(verb.ReplaceAllString(p.Chinese, ""))})
	}
	// Whoever says most of a sentence itself, said it.
	slices.SortStableFunc(b.patterns, func(x, y pattern) int { return y.fixed - x.fixed })
	return b
}

// English is text in English; ok tells whether the book knows it. A value inside
// a sentence that is itself in the book is in English, too.
func (b *Book) English(text string) (english string, ok bool) {
	if b == nil || text == "" || len(text) > maxText {
		return "", false
	}
	return b.english(text, 3)
}

func (b *Book) english(text string, depth int) (string, bool) {
	if e, ok := b.plain[text]; ok {
		return e, true
	}
	if e, ok := b.joined(text, depth); ok {
		return e, true
	}
	for _, p := range b.patterns {
		found := p.whole.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		values := make([]any, len(found)-1)
		for i, v := range found[1:] {
			if inner, ok := b.inner(v, depth); ok {
				v = inner
			}
			values[i] = v
		}
		return fmt.Sprintf(verbsAsText(p.phrase.English), values...), true
	}
	return "", false
}

// inner is a value that is a sentence itself.
func (b *Book) inner(value string, depth int) (string, bool) {
	if depth == 0 {
		return "", false
	}
	return b.english(value, depth-1)
}

// joined says sentences that stand one after the other, all of which must be known.
func (b *Book) joined(text string, depth int) (string, bool) {
	if b.parts == "" || depth == 0 || !strings.Contains(text, b.parts) {
		return "", false
	}
	var out []string
	for one := range strings.SplitSeq(text, b.parts) {
		e, ok := b.english(one, 0)
		if !ok {
			return "", false
		}
		out = append(out, e)
	}
	return strings.Join(out, "; "), true
}

var anyVerb = regexp.MustCompile(`%(\[\d+\])?[qsdv]`)

// verbsAsText puts %s for every verb: values come as the text that they are.
func verbsAsText(format string) string { return anyVerb.ReplaceAllString(format, "%${1}s") }
