package codes

import (
	"errors"
	"strings"
)

// The rules of a unified social credit code (GB 32100). Errors of ParseCredit
// are one of them.
var (
	ErrCreditLength = errors.New("credit code must have 18 characters")
	ErrCreditLetter = errors.New("credit code has a character that GB 32100 doesn't know")
	ErrCreditCheck  = errors.New("credit code has a wrong last character")
)

// creditLetters are the digits of a credit code in the order of their values:
// no I, O, S, V, Z.
const creditLetters = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// Credit is what a unified social credit code says.
type Credit struct {
	// Department registered the body, Class is its kind there.
	Department, Class byte
	// Region is where it was registered (GB/T 2260).
	Region string
	// Organisation is the nine-character code of GB 11714.
	Organisation string
}

// ParseCredit reads a unified social credit code in capital letters. A few
// early codes fail its check though they were given out: whoever knows better
// may go on after ErrCreditCheck, with which the parts are returned.
func ParseCredit(code string) (Credit, error) {
	if len(code) != 18 {
		return Credit{}, ErrCreditLength
	}
	sum, weight := 0, 1
	for i := range 17 {
		value := strings.IndexByte(creditLetters, code[i])
		if value < 0 {
			return Credit{}, ErrCreditLetter
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	if strings.IndexByte(creditLetters, code[17]) < 0 {
		return Credit{}, ErrCreditLetter
	}
	c := Credit{Department: code[0], Class: code[1], Region: code[2:8], Organisation: code[8:17]}
	if creditLetters[(31-sum%31)%31] != code[17] {
		return c, ErrCreditCheck
	}
	return c, nil
}
