package form

import (
	"regexp"
	"strings"
	"time"

	"smarthall/internal/codes"
)

// The formats of texts, as the schema names them.
const (
	formatLine   = "line" // one line without control characters
	formatText   = "text" // several lines without other control characters
	formatDate   = "date"
	formatID     = "id-number"
	formatCredit = "credit-code"
	formatPhone  = "phone"
	formatRegion = "region"
)

// zone is that of every date of a form.
var zone = time.FixedZone("CST", 8*60*60)

func today(now time.Time) string { return now.In(zone).Format(time.DateOnly) }

// isID tells whether a text is a number of an ID card (GB 11643).
func isID(number string, now time.Time) bool {
	_, err := codes.ParseID(number, endOfDay(now))
	return err == nil
}

// endOfDay makes a birth today one that was.
func endOfDay(now time.Time) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func isCredit(code string) bool {
	_, err := codes.ParseCredit(code)
	return err == nil
}

// phones are mobile numbers, and landlines with their area code.
var phones = regexp.MustCompile(`^(?:1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}(?:-[0-9]{1,6})?)$`)

func isPhone(number string) bool { return phones.MatchString(number) }

var regions = regexp.MustCompile(`^(?:[1-9][0-9]{5}|[1-9][0-9]{8}|[1-9][0-9]{11})$`)

var dates = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

func isDate(day string) bool {
	if !dates.MatchString(day) || strings.HasPrefix(day, "0000") {
		return false
	}
	_, err := time.Parse(time.DateOnly, day)
	return err == nil
}

// birth is the day that an ID number tells, or nil.
func birth(number string, now time.Time) any {
	id, err := codes.ParseID(number, endOfDay(now))
	if err != nil {
		return nil
	}
	return id.Birth.Format(time.DateOnly)
}

// years are the full years from a day to today, or nil. Who was born on 29
// February gets older on 1 March where there is none.
func years(day string, now time.Time) any {
	if !isDate(day) {
		return nil
	}
	from, to := day, today(now)
	n := number(to[:4]) - number(from[:4])
	if to[5:] < from[5:] {
		n--
	}
	return n
}

// number is a row of digits.
func number(digits string) float64 {
	n := 0.0
	for _, c := range digits {
		n = n*10 + float64(c-'0')
	}
	return n
}

// days are those from a day to another, or nil.
func days(from, to string) any {
	if !isDate(from) || !isDate(to) {
		return nil
	}
	a, _ := time.Parse(time.DateOnly, from) // isDate parsed them
	b, _ := time.Parse(time.DateOnly, to)
	return float64((b.Unix() - a.Unix()) / (24 * 60 * 60))
}

// forbidden tells whether a text has characters that nobody types: controls,
// what stands for unreadable bytes, and marks that turn the direction of
// writing.
func forbidden(s string, lines bool) bool {
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			if !lines {
				return true
			}
		case r < 0x20, r >= 0x7F && r <= 0x9F, r == 0x2028, r == 0x2029, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069,
			r == 0xFFFD, r&0xFFFF == 0xFFFE, r&0xFFFF == 0xFFFF, r >= 0xFDD0 && r <= 0xFDEF:
			return true
		}
	}
	return false
}

// spaces are what trim takes off both ends.
const spaces = " \t\n\r\u00A0\u3000\uFEFF\u200B"

func trim(s string) string { return strings.Trim(s, spaces) }

// narrow makes full-width letters and figures, as Chinese input methods give
// them, ordinary ones and takes spaces out.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(spaces, r):
			return -1
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFEE0
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		default:
			return r
		}
	}, s)
}
