package access

import "strings"

// Codes of regions have levels (GB/T 2260 and GB/T 10114): two digits say the
// province, two more the city, two the county, three the township and three the
// village. A level of zeros stands for all below it; zeros within a level are
// part of its number: 330110 is a county, and 330111 another one beside it.
var levels = []int{2, 4, 6, 9, 12}

// nowhere is what no region's code begins with.
const nowhere = "-"

// Stem is what the codes of a region and of all below it begin with: 3301 for
// 330100, nothing for the whole country (000000). What is no code has a stem that
// no code begins with, so that a mistake opens nothing.
func Stem(region string) string {
	if !IsCode(region) {
		return nowhere
	}
	for i := len(levels) - 1; i >= 0; i-- {
		from := 0
		if i > 0 {
			from = levels[i-1]
		}
		if len(region) == levels[i] && strings.Trim(region[from:], "0") == "" {
			region = region[:from]
		}
	}
	return region
}

// IsCode tells whether a text is a region's code: digits up to the end of a level.
func IsCode(text string) bool {
	whole := false
	for _, n := range levels {
		whole = whole || len(text) == n
	}
	return whole && strings.Trim(text, "0123456789") == ""
}

// Within tells whether a region lies in another one or is the same: 330102 and
// 330100 itself in 330100, but nothing of 330111 in 330110.
func Within(inner, outer string) bool {
	return IsCode(inner) && IsCode(outer) && strings.HasPrefix(Stem(inner), Stem(outer))
}

// Span is a region with all below it as a range of codes, for a database: those
// from the first on that come before the second.
func Span(region string) (from, to string) {
	stem := Stem(region)
	return stem, stem + "\U0010FFFF"
}
