package codes

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// maxCardPattern bounds the pattern of a card's code, in bytes.
const maxCardPattern = 200

// longestCardCode is the longest code that is looked at, in bytes.
const longestCardCode = 512

// notCards are texts that scanners read and that are no card's: of each kind of
// our own papers one, and what is in everybody's hands.
var notCards = []string{
	"", "a", "0", "身份证", "01JD3Q8Y5ZK6X9V2B7N4M1C0HG", "04711234", "SQ20261122000123", "20261122000123",
	"9144030071526726XG202611220007", "330102202611220007", "20261122E012", "330100199005200128", "11010519491231002X",
	"9144030071526726XG", "http://hall.example/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG", "https://zwfw.example.cn/progress?number=SQ20261122000123&code=ABCD2345",
	"6901234567892", "<script>alert(1)</script>",
}

// CardPattern reads the pattern of the codes of a kind of cards, which all of a
// code must match. Go's expressions take time in proportion to the text, whatever
// they are; those that are too long, or that match what is no card's, are refused.
func CardPattern(pattern string) (*regexp.Regexp, error) {
	switch {
	case strings.TrimSpace(pattern) == "":
		return nil, errors.New("空的")
	case len(pattern) > maxCardPattern:
		return nil, fmt.Errorf("超过 %d 字节", maxCardPattern)
	}
	re, err := regexp.Compile(`^(?:` + pattern + `)$`)
	if err != nil {
		return nil, errors.New("不是正则表达式")
	}
	if _, err := regexp.Compile(pattern); err != nil { // such as a)(b
		return nil, errors.New("不是正则表达式")
	}
	for _, text := range notCards {
		if re.MatchString(text) {
			return nil, fmt.Errorf("太宽，会把 %q 也当成市民卡码", text)
		}
	}
	return re, nil
}

// IsCard tells whether a scanned text is the code of a card, by the patterns of
// its kinds. What is no pattern matches nothing.
func IsCard(text string, patterns []string) bool {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > longestCardCode {
		return false
	}
	for _, p := range patterns {
		if re, err := CardPattern(p); err == nil && re.MatchString(text) {
			return true
		}
	}
	return false
}
