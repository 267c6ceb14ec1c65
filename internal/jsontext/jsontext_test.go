package jsontext_test

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"smarthall/internal/jsontext"
)

func TestTextComesOutAsItWasSent(t *testing.T) {
	for text, want := range map[string]bool{
		`{"name":"甲"}`: true, `"\u4e2d\n\"\\"`: true, `"\ud83d\ude00"`: true, `"\\ud83d"`: true, `"\\\\ud83d"`: true, "": true, `"\`: true, `"\u12`: true,
		`"\ud83d"`: false, `"\ude00"`: false, `"\ud83d\ud83d\ude00"`: false, `"\ud83d\u4e2d"`: false, `"\\\ud83d"`: false, `{"\uDFFF":1}`: false,
		"\"a\xff\"": false, "\"\xed\xa0\x80\"": false,
	} {
		if got := jsontext.Whole([]byte(text)); got != want {
			t.Errorf("%q is whole: %t", text, got)
		}
	}
	var name string
	if err := jsontext.Format().Unmarshal([]byte(`"\ud83d"`), &name); !errors.Is(err, jsontext.ErrNotText) || name != "" {
		t.Errorf("half a character is read as %q: %v", name, err)
	}
	if err := jsontext.Format().Unmarshal([]byte(`"\ud83d\ude00"`), &name); err != nil || name != "😀" {
		t.Errorf("a whole one is read as %q: %v", name, err)
	}
}

// FuzzWhole holds against the decoder: where it puts no sign of its own, a text
// is whole, and the other way round.
func FuzzWhole(f *testing.F) {
	for _, seed := range []string{`"a"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\\ud83d"`, "\"\xff\"", `{"a\ud800":["\udc00"]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var text string
		if json.Unmarshal(data, &text) != nil {
			return
		}
		signs := 0
		for _, r := range text {
			if r == utf8.RuneError {
				signs++
			}
		}
		if whole := jsontext.Whole(data); whole && signs > count(data) || !whole && signs == 0 {
			t.Errorf("%q is whole: %t, and is read as %q", data, whole, text)
		}
	})
}

// count is how many signs were sent as such, at most.
func count(data []byte) (n int) {
	for i := range data {
		if data[i] == 0xef || i+5 < len(data) && data[i] == '\\' && data[i+1] == 'u' {
			n++
		}
	}
	return n
}
