// Package jsontext reads the bodies of the APIs: JSON whose texts come out as
// they were sent. Go's decoder silently puts U+FFFD in the place of bytes that
// are no UTF-8 and of surrogates without their other half; what was sent would
// be kept as something else, and two names that differ would become one. Such a
// body is refused instead.
package jsontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// ErrNotText is what a body with such text is refused with.
var ErrNotText = errors.New("the body has text that is no UTF-8, or half of a character")

// Format reads and writes JSON as huma does, and refuses what isn't Whole.
func Format() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error { return huma.DefaultJSONFormat.Marshal(w, v) },
		Unmarshal: func(data []byte, v any) error {
			if !Whole(data) {
				return ErrNotText
			}
			return json.Unmarshal(data, v)
		},
	}
}

// Whole tells whether JSON is UTF-8 whose escapes are whole characters: a
// surrogate comes with its other half (RFC 8259, 8.2).
func Whole(data []byte) bool {
	if !utf8.Valid(data) {
		return false
	}
	for {
		i := bytes.IndexByte(data, '\\')
		if i < 0 || i+1 >= len(data) {
			return true
		}
		data = data[i:]
		first, ok := escaped(data)
		if !ok {
			data = data[2:] // another escape
			continue
		}
		data = data[6:]
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, ok := escaped(data)
		if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
			return false
		}
		data = data[6:]
	}
}

// escaped is the code unit that data begins with as \uXXXX.
func escaped(data []byte) (rune, bool) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	return rune(n), err == nil
}
