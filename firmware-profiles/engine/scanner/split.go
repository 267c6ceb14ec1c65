package scanner

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"smarthall/firmware-profiles/profile"
)

// maxCode bounds a code in bytes, whatever a profile says.
const maxCode = 4096

// ErrTooLong is the error of a code that is longer than the profile allows.
var ErrTooLong = errors.New("code is too long")

// ErrNoText is the error of bytes that are no text in any charset of the
// profile.
var ErrNoText = errors.New("bytes are no text")

// Code is one scanned code. Text is empty when only a terminator came.
type Code struct {
	Text string
	Size int // bytes received for it
	Err  error
}

// Splitter cuts a stream of bytes into codes.
type Splitter struct {
	caps  profile.Caps
	limit int
	ends  string
	buf   []byte
	size  int // bytes of the code so far, also those beyond limit
}

// NewSplitter cuts as the profile says.
func NewSplitter(p *profile.Profile) *Splitter {
	s := &Splitter{caps: p.Caps, limit: maxCode}
	if n := p.Caps.MaxBytes; n > 0 && n < maxCode {
		s.limit = n
	}
	for _, t := range p.Caps.Terminators {
		s.ends += map[string]string{"cr": "\r", "lf": "\n"}[t]
	}
	return s
}

// Pending tells whether an unfinished code waits.
func (s *Splitter) Pending() bool { return s.size > 0 }

// Feed adds received bytes and returns the codes that they finish.
func (s *Splitter) Feed(p []byte) []Code {
	var codes []Code
	for _, b := range p {
		if strings.IndexByte(s.ends, b) >= 0 {
			if c := s.Flush(); c.Size > 0 {
				codes = append(codes, c)
			}
			continue
		}
		if s.size++; s.size <= s.limit {
			s.buf = append(s.buf, b)
		}
	}
	return codes
}

// Flush ends the code by silence.
func (s *Splitter) Flush() Code {
	c := Code{Size: s.size}
	raw := s.buf
	s.buf, s.size = nil, 0
	if c.Size > s.limit {
		c.Err = fmt.Errorf("%d bytes: %w", c.Size, ErrTooLong)
		return c
	}
	text, ok := s.read(raw)
	if !ok {
		c.Err = ErrNoText
		return c
	}
	c.Text = s.strip(text)
	return c
}

// read turns bytes into text by the first charset that fits them.
func (s *Splitter) read(raw []byte) (string, bool) {
	for _, charset := range s.caps.Charsets {
		text := string(raw)
		if charset == "gb18030" {
			dec, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
			if err != nil {
				continue
			}
			text = string(dec)
		}
		if printable(text) {
			return text, true
		}
	}
	return "", false
}

// printable tells whether a text may leave the engine: valid, and without
// control characters but for the separators that GS1 codes contain.
func printable(s string) bool {
	if !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' && (r < 0x1C || r > 0x1E)
	})
}

// strip removes what the scanner adds before a code, and spaces around it.
func (s *Splitter) strip(text string) string {
	text = strings.TrimPrefix(text, s.caps.Strip.Prefix)
	if s.caps.Strip.AIM && isAIM(text) {
		text = text[3:]
	}
	return strings.TrimSpace(text)
}

// isAIM tells whether a text begins with a symbology identifier: ], a letter
// and a modifier, such as ]Q1 for a QR code (ISO/IEC 15424).
func isAIM(s string) bool {
	if len(s) < 3 || s[0] != ']' {
		return false
	}
	letter := s[1] >= 'A' && s[1] <= 'Z' || s[1] >= 'a' && s[1] <= 'z'
	modifier := s[2] >= '0' && s[2] <= '9' || s[2] >= 'A' && s[2] <= 'Z' || s[2] >= 'a' && s[2] <= 'z'
	return letter && modifier
}

// Encode is what a scanner of this profile sends for a code: the device's side.
// A text that a scanner which types has no keys for is an error.
func Encode(p *profile.Profile, text string) ([]byte, error) {
	text = p.Caps.Strip.Prefix + text
	if ends := p.Caps.Terminators; len(ends) > 0 {
		text += map[string]string{"cr": "\r", "lf": "\n"}[ends[0]]
	}
	if types(p) {
		return Type(text)
	}
	return []byte(text), nil
}
