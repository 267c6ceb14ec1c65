//go:build unix

package datalock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"smarthall/internal/datalock"
)

func TestAFolderBelongsToOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hall", "data")
	first, err := datalock.Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v, want it for its owner only", info, err)
	}
	if l, err := datalock.Take(dir); !errors.Is(err, datalock.ErrTaken) {
		t.Fatalf("taken twice: got %v, %v", l, err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := datalock.Take(dir)
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatCantBeMadeIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := datalock.Take(filepath.Join(file, "data")); err == nil || errors.Is(err, datalock.ErrTaken) {
		t.Errorf("got %v, %v", l, err)
	}
}
