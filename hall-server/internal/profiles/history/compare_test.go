package history_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/profiles/history"
)

func TestLinesThatDifferAreToldWithTheirNumbers(t *testing.T) {
	const text = "id: a/b\nbaud: 9600\nport: 1\nend: yes\n"
	for _, tt := range []struct {
		name, old, now string
		want           []history.Line
	}{
		{"nothing", text, text, nil},
		{"one line is another", text, strings.Replace(text, "9600", "19200", 1), []history.Line{{Was: 2, Now: 2, Old: "baud: 9600", New: "baud: 19200"}}},
		{"a line is put in", text, strings.Replace(text, "port", "# why\nport", 1), []history.Line{{Now: 3, New: "# why"}}},
		{"a line is taken out", text, strings.Replace(text, "baud: 9600\n", "", 1), []history.Line{{Was: 2, Old: "baud: 9600"}}},
		{"a whole text is new", "", "a\nb\n", []history.Line{{Now: 1, New: "a"}, {Now: 2, New: "b"}}},
		{"it is taken away", "a\n", "", []history.Line{{Was: 1, Old: "a"}}},
		{"two places", text, "id: a/c\nbaud: 9600\nport: 1\nend: no\n", []history.Line{
			{Was: 1, Now: 1, Old: "id: a/b", New: "id: a/c"}, {Was: 4, Now: 4, Old: "end: yes", New: "end: no"},
		}},
		{"only the end of the last line", text, strings.TrimSuffix(text, "\n"), []history.Line{{Was: 4, Now: 4, Old: "end: yes", New: "end: yes"}}},
		{"line ends of another system", text, strings.ReplaceAll(text, "\n", "\r\n"), []history.Line{{Was: 4, Now: 4, Old: "end: yes", New: "end: yes"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, more := history.Compare(tt.old, tt.now)
			if diff := cmp.Diff(tt.want, got); diff != "" || more != 0 {
				t.Errorf("%d more, (-want +got):\n%s", more, diff)
			}
		})
	}
}

func TestLargeDifferencesAreToldInPart(t *testing.T) {
	old, now := strings.Repeat("a\n", 100_000), strings.Repeat("b\n", 120_000)
	got, more := history.Compare(old, now)
	if len(got) != 400 || len(got)+more != 120_000 {
		t.Errorf("%d told, %d more", len(got), more)
	}
	got, _ = history.Compare("", strings.Repeat("长", 5000))
	if n := len([]rune(got[0].New)); n != 201 {
		t.Errorf("a long line is told with %d characters", n)
	}
}

// FuzzCompare: what is told leads from one text to the other.
func FuzzCompare(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\nd")
	f.Add("", "x")
	f.Add("a\r\n", "a\n")
	f.Fuzz(func(t *testing.T, old, now string) {
		lines, more := history.Compare(old, now)
		if (old == now) != (len(lines) == 0) {
			t.Fatalf("%d lines of %q and %q", len(lines), old, now)
		}
		was, is := 0, 0
		for _, l := range lines {
			if l.Was == 0 && l.Now == 0 && (old == "") == (now == "") {
				t.Errorf("a line of neither: %+v", l)
			}
			if l.Was != 0 && l.Was <= was || l.Now != 0 && l.Now <= is {
				t.Errorf("lines out of order: %+v", lines)
			}
			was, is = max(was, l.Was), max(is, l.Now)
		}
		if more < 0 {
			t.Errorf("%d more", more)
		}
	})
}
