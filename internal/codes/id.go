// Package codes checks the numbers that the state gives to people. A number
// flows in as text from a card or a keyboard and comes out as what it says, or
// with the one rule that it breaks. Nothing here logs or keeps a number.
package codes

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The rules of an ID number (GB 11643). Errors of ParseID wrap one of them and
// never contain the number.
var (
	ErrLength = errors.New("id number must have 18 characters")
	ErrDigits = errors.New("id number has a character that is no digit")
	ErrRegion = errors.New("id number begins with no known region")
	ErrBirth  = errors.New("id number has no possible date of birth")
	ErrCheck  = errors.New("id number has a wrong last character")
)

// ID is what an 18-character ID number says.
type ID struct {
	// Region is its first six digits: the county of the first registration, or
	// 810000, 820000, 830000 for Hong Kong, Macao and Taiwan; of a foreigner
	// 9, two digits of the authority and three of the country.
	Region string
	// Birth is the day, in UTC.
	Birth time.Time
	// Male is told by the number's last digit but one.
	Male bool
	// Foreigner is set for the numbers of the foreigner's card of 2023.
	Foreigner bool
}

// provinces are the first two digits of GB/T 2260, without the 9 of foreigners.
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"

// weights and checks are the ISO 7064 MOD 11-2 table of GB 11643.
var weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const checks = "10X98765432"

// firstBirth is the earliest day that a holder of such a number was born; the
// latest is today.
var firstBirth = time.Date(1880, 1, 1, 0, 0, 0, 0, time.UTC)

// ParseID reads an ID number. A small x at its end is taken for X; spaces are
// not. now bounds the day of birth.
func ParseID(number string, now time.Time) (ID, error) {
	if len(number) != 18 {
		return ID{}, ErrLength
	}
	number = strings.ToUpper(number)
	check, err := CheckDigit(number[:17])
	if err != nil {
		return ID{}, err
	}
	id := ID{Region: number[:6], Male: (number[16]-'0')%2 == 1, Foreigner: number[0] == '9'}
	if !id.Foreigner && !strings.Contains(provinces, number[:2]) {
		return ID{}, ErrRegion
	}
	id.Birth, err = time.Parse("20060102", number[6:14])
	if err != nil || id.Birth.Before(firstBirth) || id.Birth.After(now) {
		return ID{}, ErrBirth
	}
	if number[17] != check {
		return ID{}, ErrCheck
	}
	return id, nil
}

// CheckDigit is the 18th character for the first 17 digits of an ID number.
func CheckDigit(first17 string) (byte, error) {
	if len(first17) != 17 {
		return 0, fmt.Errorf("check digit of %d characters: %w", len(first17), ErrLength)
	}
	sum := 0
	for i := range len(first17) {
		d := first17[i]
		if d < '0' || d > '9' {
			return 0, ErrDigits
		}
		sum += int(d-'0') * weights[i]
	}
	return checks[sum%11], nil
}

// OldForeignerNumber tells whether a text has the shape of the number on a
// foreigner's card of 2017: three letters of the country and twelve digits. Its
// check character follows a rule of its own and is not looked at.
func OldForeignerNumber(number string) bool {
	if len(number) != 15 {
		return false
	}
	for i := range len(number) {
		c := number[i]
		if i < 3 && (c < 'A' || c > 'Z') || i >= 3 && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
