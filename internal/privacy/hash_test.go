package privacy_test

import (
	"strings"
	"testing"

	"smarthall/internal/privacy"
)

func TestKeyRecognisesAPersonAndNothingElse(t *testing.T) {
	h := privacy.NewHasher([]byte(strings.Repeat("s", 32)))
	key := h.Key("id", "11010519491231002X")
	if key == "" || strings.Contains(key, "19491231") {
		t.Fatalf("got key %q", key)
	}
	if got := h.Key("id", " 11010519491231002x "); got != key {
		t.Error("spaces and the check letter's case make another person")
	}
	if h.Key("phone", "11010519491231002X") == key {
		t.Error("a phone and a document with the same digits are one person")
	}
	if privacy.NewHasher([]byte(strings.Repeat("t", 32))).Key("id", "11010519491231002X") == key {
		t.Error("another hall's secret gives the same key")
	}
	if h.Key("id", " ") != "" {
		t.Error("nobody has a key")
	}
}
