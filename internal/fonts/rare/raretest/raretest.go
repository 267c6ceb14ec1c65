// Package raretest gives tests the font for rare characters that `make` fetches
// for them, or none at all, whatever the machine has.
package raretest

import (
	"os"
	"path/filepath"
	"testing"

	"smarthall/internal/fonts/rare"
)

// Font has programs draw with HanaMinB until the test ends, and returns its
// file. Without the font the test is skipped; such tests don't run in parallel.
func Font(tb testing.TB) string {
	tb.Helper()
	file := find(tb)
	if _, err := os.Stat(file); err != nil {
		tb.Skip("no font for rare characters: run make var/fonts/HanaMinB.ttf")
	}
	tb.Cleanup(rare.Use(file))
	return file
}

// None has programs draw without such a font until the test ends.
func None(tb testing.TB) {
	tb.Helper()
	tb.Cleanup(rare.Use())
}

// find is where `make` puts the font, below the project's root.
func find(tb testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "var", "fonts", "HanaMinB.ttf")
		}
		if dir == filepath.Dir(dir) {
			tb.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
