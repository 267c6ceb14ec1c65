package codes_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smarthall/internal/codes"
)

var today = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func TestParseID(t *testing.T) {
	tests := []struct {
		name    string
		in      string
		want    codes.ID
		wantErr error
	}{
		{"check character X", "11010519491231002X", codes.ID{Region: "110105", Birth: day(1949, 12, 31)}, nil},
		{"small x", "11010519491231002x", codes.ID{Region: "110105", Birth: day(1949, 12, 31)}, nil},
		{"example of the standard", "440524188001010014", codes.ID{Region: "440524", Birth: day(1880, 1, 1), Male: true}, nil},
		{"hong kong permit", "810000199001010019", codes.ID{Region: "810000", Birth: day(1990, 1, 1), Male: true}, nil},
		{"foreigner of 2023", "911276198701010018", codes.ID{Region: "911276", Birth: day(1987, 1, 1), Male: true, Foreigner: true}, nil},
		{"last character wrong", "110105194912310021", codes.ID{}, codes.ErrCheck},
		{"two digits swapped", "11010519491321002X", codes.ID{}, codes.ErrBirth},
		{"30 february", "110105199002300019", codes.ID{}, codes.ErrBirth},
		{"born tomorrow", "110105202606020015", codes.ID{}, codes.ErrBirth},
		{"no such province", "990105194912310025", codes.ID{}, codes.ErrCheck},
		{"province between two known ones", "161105194912310025", codes.ID{}, codes.ErrRegion},
		{"too short", "11010519491231002", codes.ID{}, codes.ErrLength},
		{"old number of 15 digits", "110105491231002", codes.ID{}, codes.ErrLength},
		{"empty", "", codes.ID{}, codes.ErrLength},
		{"letter inside", "1101051949123100AX", codes.ID{}, codes.ErrDigits},
		{"wide digits", "１１０１０５", codes.ID{}, codes.ErrDigits},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := codes.ParseID(tt.in, today)
			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("error: got %v, want %v", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if err != nil && tt.in != "" && strings.Contains(err.Error(), tt.in) {
				t.Error("the error shows the number")
			}
		})
	}
}

// MOD 11-2 finds every single wrong digit and every swap of neighbours.
func TestCheckDigitFindsTypingErrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[0-9]{17}`).Draw(t, "body")
		check, err := codes.CheckDigit(body)
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, 16).Draw(t, "at")
		wrong := []byte(body)
		wrong[at] = '0' + (wrong[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if got, _ := codes.CheckDigit(string(wrong)); got == check {
			t.Fatalf("%s and %s have the same check character", body, wrong)
		}
		if at == 16 || body[at] == body[at+1] {
			return
		}
		swapped := []byte(body)
		swapped[at], swapped[at+1] = swapped[at+1], swapped[at]
		if got, _ := codes.CheckDigit(string(swapped)); got == check {
			t.Fatalf("%s and %s have the same check character", body, swapped)
		}
	})
}

func TestOldForeignerNumber(t *testing.T) {
	for in, want := range map[string]bool{
		"CAN110081020300": true, "can110081020300": false, "CAN11008102030": false, "CA1110081020300": false, "CAN11008102030X": false, "": false,
	} {
		if got := codes.OldForeignerNumber(in); got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
}
