package codes_test

import (
	"strings"
	"testing"

	"smarthall/internal/codes"
)

func TestAPatternOfCardsThatTakesOtherPapersIsRefused(t *testing.T) {
	for name, pattern := range map[string]string{
		"nothing":             "",
		"blanks":              "  ",
		"anything":            ".*",
		"anything or a card":  "DHM[0-9]{12}|.+",
		"any digits":          "[0-9]+",
		"ID numbers":          "[0-9]{17}[0-9X]",
		"booking codes":       "[0-9]{8}",
		"tickets":             "[0-9A-Z]{26}",
		"addresses":           "https?://.*",
		"no expression":       "DHM[0-9",
		"one that breaks out": "DHM)|(.*",
		"too long":            strings.Repeat("a", 201),
		"too often":           "(?:(?:a{1000}){1000}){1000}",
		"a look behind":       "(?<=a)b",
	} {
		if _, err := codes.CardPattern(pattern); err == nil {
			t.Errorf("%s: %q is taken", name, pattern)
		}
	}
}

func TestACardIsToldByItsWholeCode(t *testing.T) {
	patterns := []string{"broken(", "DHM[12][0-9]{12}", "3301[0-9]{15}"}
	for text, want := range map[string]bool{
		"DHM1202611230001":           true,
		"  DHM2202611230001\r\n":     true,
		"3301020000000000001":        true,
		"xDHM1202611230001":          false,
		"DHM12026112300012":          false,
		"DHM3202611230001":           false,
		"":                           false,
		strings.Repeat("DHM1", 1000): false,
		"20261122E012":               false,
	} {
		if got := codes.IsCard(text, patterns); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if codes.IsCard("DHM1202611230001", nil) {
		t.Error("a hall without cards has one")
	}
}
