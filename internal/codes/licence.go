package codes

import (
	"errors"
	"strings"
)

// licenceRoot is the object identifier below which all electronic licences lie
// (GB/T 36904-2018).
const licenceRoot = "1.2.156.3005.2."

// ErrLicence says that a text is no identifier of an electronic licence.
var ErrLicence = errors.New("not an identifier of an electronic licence")

// LicenceID is what an identifier of an electronic licence says (GB/T
// 36904-2018).
type LicenceID struct {
	// Type is the code of the licence's kind: the 18 characters of the body
	// that defines it and 3 of its own.
	Type string
	// Issuer is the credit code of the body that issued it, Serial its number
	// there.
	Issuer, Serial string
	// Version counts from 001.
	Version string
}

// String writes the identifier with its check character; empty where a part
// can't be written.
func (l LicenceID) String() string {
	if len(l.Type) != 21 || len(l.Issuer) != 18 || len(l.Serial) == 0 || len(l.Serial) > 32 || len(l.Version) != 3 {
		return ""
	}
	check, ok := licenceCheck(l.Type + l.Issuer + l.Serial + l.Version)
	if !ok {
		return ""
	}
	return licenceRoot + l.Type + "." + l.Issuer + "." + l.Serial + "." + l.Version + "." + string(check)
}

// ParseLicenceID reads an identifier of an electronic licence.
func ParseLicenceID(text string) (LicenceID, error) {
	rest, ok := strings.CutPrefix(text, licenceRoot)
	parts := strings.Split(rest, ".")
	if !ok || len(parts) != 5 || len(rest) > 100 {
		return LicenceID{}, ErrLicence
	}
	l := LicenceID{Type: parts[0], Issuer: parts[1], Serial: parts[2], Version: parts[3]}
	if l.String() != text {
		return LicenceID{}, ErrLicence
	}
	return l, nil
}

// licenceLetters are the digits of the check in the order of their values.
const licenceLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// licenceCheck is the check character by ISO 7064 MOD 37,36.
func licenceCheck(text string) (byte, bool) {
	const m = 36
	p := m
	for i := range len(text) {
		v := strings.IndexByte(licenceLetters, text[i])
		if v < 0 {
			return 0, false
		}
		if p = (p + v) % m; p == 0 {
			p = m
		}
		p = p * 2 % (m + 1)
	}
	return licenceLetters[(m+1-p)%m], true
}
