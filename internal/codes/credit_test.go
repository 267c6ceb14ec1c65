package codes_test

import (
	"errors"
	"testing"

	"smarthall/internal/codes"
)

func TestCreditCodesOfRealBodiesAreGood(t *testing.T) {
	// Published codes: Tencent, Huawei, the Guangdong housing department's
	// district office of an item in platform use.
	for _, code := range []string{"9144030071526726XG", "914403001922038216", "11440232MB2D06811W"} {
		c, err := codes.ParseCredit(code)
		if err != nil {
			t.Errorf("%s: %v", code, err)
		}
		if c.Region != code[2:8] || c.Organisation != code[8:17] {
			t.Errorf("%s: parts %+v", code, c)
		}
	}
}

func TestWrongCreditCodesSayWhichRuleTheyBreak(t *testing.T) {
	tests := []struct {
		name, code string
		want       error
	}{
		{"too short", "9144030071526726X", codes.ErrCreditLength},
		{"too long", "9144030071526726XGG", codes.ErrCreditLength},
		{"two digits swapped", "9144030075126726XG", codes.ErrCreditCheck},
		{"wrong last", "9144030071526726XH", codes.ErrCreditCheck},
		{"letter I", "914403007I526726XG", codes.ErrCreditLetter},
		{"small letters", "9144030071526726xg", codes.ErrCreditLetter},
		{"letter O at the end", "9144030071526726XO", codes.ErrCreditLetter},
		{"Chinese", "九一四四三零", codes.ErrCreditLetter},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := codes.ParseCredit(tt.code); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
