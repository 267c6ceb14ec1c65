package message

import (
	"regexp"
	"strings"
	"unicode"
)

// defaultMax is how many characters a variable may have.
const defaultMax = 60

// unwanted tells whether a rune has no business in a message: control
// characters, and marks that turn the direction of text or can't be seen, by
// which a name could disguise what follows it.
func unwanted(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

// scheme begins an address that phones turn into a link.
var scheme = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]{1,20}://|\bwww\.`)

// clean makes a value fit for a text: one line, nothing hidden, no link, no
// second signature (【】 marks who an SMS is from), at most limit characters.
func clean(value string, limit int) string {
	if limit == 0 {
		limit = defaultMax
	}
	if len(value) > 8*defaultMax*limit { // don't walk through megabytes
		value = value[:8*defaultMax*limit]
	}
	value = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unwanted(r):
			return -1
		case r == '【':
			return '（'
		case r == '】':
			return '）'
		}
		return r
	}, strings.ToValidUTF8(value, ""))
	for scheme.MatchString(value) { // what is left may be one again
		value = scheme.ReplaceAllString(value, "")
	}
	value = strings.Join(strings.Fields(value), " ")
	if r := []rune(value); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return value
}

// oneLine keeps a title inside its header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
