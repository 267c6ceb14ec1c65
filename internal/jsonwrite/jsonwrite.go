// Package jsonwrite writes JSON objects member by member, without reflection:
// for the few that a busy hall makes thousands of times a second. What comes
// out is what encoding/json writes for the same struct, without the escapes for
// HTML; the tests of those who use it hold every type to that.
package jsonwrite

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// Writer appends to a buffer. Methods whose names end with Some leave out empty
// values, as omitempty and omitzero do.
type Writer struct {
	buf []byte
	err error
}

// Append returns a writer at the end of buf.
func Append(buf []byte) *Writer { return &Writer{buf: buf} }

// Bytes are what was there and what was written; the error is that of the first
// value that JSON can't hold.
func (w *Writer) Bytes() ([]byte, error) { return w.buf, w.err }

// Raw writes text as it stands.
func (w *Writer) Raw(text string) { w.buf = append(w.buf, text...) }

// Open begins an object, End ends it.
func (w *Writer) Open() { w.buf = append(w.buf, '{') }

// End ends an object.
func (w *Writer) End() { w.buf = append(w.buf, '}') }

// Name writes a member's name, which needs no escapes, with what parts it from
// the one before.
func (w *Writer) Name(name string) {
	if n := len(w.buf); n > 0 && w.buf[n-1] != '{' {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
}

// Text writes a member that is a string.
func (w *Writer) Text(name, value string) {
	w.Name(name)
	w.value(value)
}

// TextSome is Text but for "".
func (w *Writer) TextSome(name, value string) {
	if value != "" {
		w.Text(name, value)
	}
}

// TextsSome writes a member that is an array of strings, unless it is empty.
func (w *Writer) TextsSome(name string, values []string) {
	if len(values) == 0 {
		return
	}
	w.Name(name)
	for i, v := range values {
		w.buf = append(w.buf, "[,"[min(i, 1)])
		w.value(v)
	}
	w.buf = append(w.buf, ']')
}

// Int writes a member that is a whole number.
func (w *Writer) Int(name string, value int64) {
	w.Name(name)
	w.buf = strconv.AppendInt(w.buf, value, 10)
}

// IntSome is Int but for 0.
func (w *Writer) IntSome(name string, value int64) {
	if value != 0 {
		w.Int(name, value)
	}
}

// IntAt is Int but for nil.
func (w *Writer) IntAt(name string, value *int) {
	if value != nil {
		w.Int(name, int64(*value))
	}
}

// TrueSome writes a member that is true, and none for false.
func (w *Writer) TrueSome(name string, value bool) {
	if value {
		w.Name(name)
		w.buf = append(w.buf, "true"...)
	}
}

// Time writes a member that is an instant, as RFC 3339 has it.
func (w *Writer) Time(name string, value time.Time) {
	w.Name(name)
	w.buf = append(w.buf, '"')
	buf, err := value.AppendText(w.buf)
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		return
	}
	w.buf = append(buf, '"')
}

// TimeAt is Time but for nil.
func (w *Writer) TimeAt(name string, value *time.Time) {
	if value != nil {
		w.Time(name, *value)
	}
}

// value writes a string. Nearly all need no escapes.
func (w *Writer) value(s string) {
	if !plain(s) {
		w.escaped(s)
		return
	}
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, s...)
	w.buf = append(w.buf, '"')
}

// plain tells whether s stands in JSON as it is.
func plain(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' || c == 0x7f {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		// encoding/json escapes what ends a line in JavaScript.
		if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return false
		}
		i += n
	}
	return true
}

func (w *Writer) escaped(s string) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		if w.err == nil {
			w.err = err
		}
		return
	}
	w.buf = append(w.buf, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}
