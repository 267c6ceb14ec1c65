package server

import (
	"os"
	"path/filepath"
	"testing"

	"smarthall/platform/internal/licence"
)

func TestHowOftenALicenceIsPrintedIsRead(t *testing.T) {
	for text, want := range map[string]int{"": licence.DefaultPrints, "prints: 5": 5, "prints: 0": 0, "prints: 21": -1, "prints: -1": -1, "prints: many": -1, "print: 5": -1, "- 5": -1} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "licences.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := licencePrints(folder)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	if got, err := licencePrints(t.TempDir()); got != licence.DefaultPrints || err != nil {
		t.Errorf("no file: %d, %v", got, err)
	}
}
