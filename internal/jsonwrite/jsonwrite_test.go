package jsonwrite_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"smarthall/internal/jsonwrite"
)

type sample struct {
	Text  string     `json:"text"`
	Some  string     `json:"some,omitempty"`
	Texts []string   `json:"texts,omitempty"`
	Int   int64      `json:"int"`
	More  int64      `json:"more,omitempty"`
	At    *int       `json:"at,omitempty"`
	True  bool       `json:"true,omitempty"`
	Time  time.Time  `json:"time"`
	Then  *time.Time `json:"then,omitempty"`
}

func (s *sample) write(buf []byte) ([]byte, error) {
	w := jsonwrite.Append(buf)
	w.Open()
	w.Text("text", s.Text)
	w.TextSome("some", s.Some)
	w.TextsSome("texts", s.Texts)
	w.Int("int", s.Int)
	w.IntSome("more", s.More)
	w.IntAt("at", s.At)
	w.TrueSome("true", s.True)
	w.Time("time", s.Time)
	w.TimeAt("then", s.Then)
	w.End()
	return w.Bytes()
}

// same asks for what encoding/json writes, and for an error where it has one.
func same(t *testing.T, s *sample) {
	t.Helper()
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	wantErr := e.Encode(s)
	got, err := s.write([]byte("before:"))
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%+v: error %v, encoding/json has %v", s, err, wantErr)
	}
	if err == nil && "before:"+want.String() != string(got)+"\n" {
		t.Errorf("%+v:\n%s, encoding/json writes\n%s", s, got, want.String())
	}
}

func FuzzItIsWhatEncodingJSONWrites(f *testing.F) {
	for _, text := range []string{
		"", "税务", "a\"b\\c", "\x00\x1f\x7f", "\u2028\u2029", "\xff\xfe", "\xed\xa0\x80", "<&>", "𠮷", "\ufffd", "line\nline\ttab",
	} {
		f.Add(text, int64(0), int64(0), false)
		f.Add(text, int64(math.MinInt64), int64(1_764_000_000_123_456_789), true)
	}
	f.Fuzz(func(t *testing.T, text string, n, at int64, on bool) {
		s := sample{Text: text, Int: n, True: on, Time: time.Unix(0, at)}
		if on {
			i, then := int(n), time.Unix(0, at).UTC()
			s.Some, s.Texts, s.More, s.At, s.Then = text, []string{text, "", text}, n, &i, &then
		}
		same(t, &s)
	})
}

func TestAYearThatJSONCantHoldIsAnError(t *testing.T) {
	same(t, &sample{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)})
	same(t, &sample{Time: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)})
}

func TestObjectsInObjectsArePartedRight(t *testing.T) {
	w := jsonwrite.Append(nil)
	w.Open()
	w.Name("a")
	w.Open()
	w.Int("b", 1)
	w.End()
	w.Name("c")
	w.Open()
	w.End()
	w.TextSome("d", "x")
	w.End()
	if got, err := w.Bytes(); err != nil || string(got) != `{"a":{"b":1},"c":{},"d":"x"}` {
		t.Errorf("%s, %v", got, err)
	}
}
