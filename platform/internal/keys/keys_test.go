package keys_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"smarthall/platform/internal/keys"
)

func TestTheKeyIsMadeOnceAndReadByItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	one, err := keys.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	two, err := keys.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.For("x"), two.For("x")) || bytes.Equal(one.For("x"), one.For("y")) {
		t.Error("keys must be the same for a purpose and differ between purposes")
	}
	info, err := os.Stat(filepath.Join(dir, "platform.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestTheEnvironmentWinsAndAWrongKeyIsRefused(t *testing.T) {
	t.Setenv(keys.Env, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	if _, err := keys.Load("/nowhere"); err != nil {
		t.Error(err)
	}
	t.Setenv(keys.Env, "c2hvcnQ=")
	if _, err := keys.Load(t.TempDir()); err == nil {
		t.Error("a short key was taken")
	}
}
