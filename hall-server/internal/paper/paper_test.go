package paper_test

import (
	"errors"
	"strings"
	"testing"

	"smarthall/hall-server/internal/paper"
	"smarthall/internal/link"
)

// The whole grid is compared with what the simulated printers' own reader makes
// of the bytes in internal/testkit; here stand the rules by themselves.
func TestRowsBreakAsPaperDoes(t *testing.T) {
	tests := []struct {
		name, text string
		size       int
		want       []string
	}{
		{"fits", "请到 3 号窗口", 1, []string{"请到 3 号窗口"}},
		{"a closing mark begins no row", strings.Repeat("请", 16) + "，好", 1, []string{strings.Repeat("请", 15), "请，好"}},
		{"a word stays whole", strings.Repeat("请", 15) + "ID-card", 1, []string{strings.Repeat("请", 15), "ID-card"}},
		{"four times as large", "A012B", 4, []string{"A012B"}},
		{"larger than the paper", "请请请请请", 4, []string{"请请请请", "请"}},
		{"blanks don't begin a row", strings.Repeat("a ", 16) + "  b", 1, []string{strings.Repeat("a ", 16), "b"}},
		{"control characters are blanks", "a\x1bb\tc", 1, []string{"a b c"}},
		{"joiners take no room", "a\u200bb\ufe0f", 1, []string{"ab"}},
		{"an empty line is a row", "", 1, []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := paper.Layout(&link.PrintJob{Lines: []link.PrintLine{{Text: tt.text, Size: tt.size}}}, paper.Narrow)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rows {
				if r.Kind == "text" {
					got = append(got, r.Text)
					if r.Columns > paper.Narrow.Columns {
						t.Errorf("%q takes %d columns", r.Text, r.Columns)
					}
				}
			}
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRareCharactersAreNamed(t *testing.T) {
	rows, err := paper.Layout(&link.PrintJob{Lines: []link.PrintLine{{Text: "王㐂𠮷龘"}}}, paper.Wide)
	if err != nil || rows[0].Missing != "㐂𠮷" || rows[0].Columns != 8 {
		t.Errorf("got %+v, %v", rows, err)
	}
}

func TestACodeThatDoesNotFitIsRefused(t *testing.T) {
	job := link.PrintJob{Lines: []link.PrintLine{{QR: strings.Repeat("a", 2000)}}}
	if _, err := paper.Layout(&job, paper.Narrow); !errors.Is(err, paper.ErrWide) {
		t.Errorf("got %v", err)
	}
	job.Lines[0].QR = strings.Repeat("a", 4000)
	if _, err := paper.Layout(&job, paper.Wide); !errors.Is(err, paper.ErrWide) {
		t.Errorf("got %v", err)
	}
}
