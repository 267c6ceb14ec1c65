package codes

import (
	"regexp"
	"strings"
)

// Visit is what the barcode of a visit's label says: the business day,
// YYYY-MM-DD, without its dashes and the ticket's number. Numbers begin again
// every day, so a label that outlives its day must not open another's visit.
// It is empty for a number that no barcode holds.
func Visit(day, number string) string {
	text := strings.ReplaceAll(day, "-", "") + number
	if !visit.MatchString(text) {
		return ""
	}
	return text
}

var visit = regexp.MustCompile(`^([0-9]{4})([0-9]{2})([0-9]{2})([A-Z0-9-]{1,12})$`)

// ParseVisit reads what a scanner read from such a barcode; false if it is
// another text.
func ParseVisit(text string) (day, number string, ok bool) {
	m := visit.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(text)))
	if m == nil {
		return "", "", false
	}
	return m[1] + "-" + m[2] + "-" + m[3], m[4], true
}
