package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/access"
)

func TestTokens(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	keys := load(t, t.TempDir())
	token, err := keys.Token(access.Claims{Role: access.Clerk, Subject: "counter-3", Window: "3", Expires: now.Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := keys.Check(token, now); err != nil || !c.Runs("3") || c.Runs("4") || c.Staff() {
		t.Errorf("got %+v, %v", c, err)
	}
	body, signature, _ := strings.Cut(token, ".")
	other, _ := load(t, t.TempDir()).Token(access.Claims{Role: access.Admin, Subject: "x"})
	bad := map[string]string{
		"empty": "", "no signature": body, "cut": token[:len(token)-3], "another body": "e30." + signature,
		"another hall's": other, "not base64": body + ".***", "huge": strings.Repeat("a", 5000) + "." + signature,
	}
	for name, text := range bad {
		if _, err := keys.Check(text, now); !errors.Is(err, access.ErrToken) {
			t.Errorf("%s: got %v, want ErrToken", name, err)
		}
	}
	if _, err := keys.Check(token, now.Add(time.Hour)); !errors.Is(err, access.ErrToken) {
		t.Errorf("expired: got %v", err)
	}
	if _, err := keys.Token(access.Claims{Role: "root"}); err == nil {
		t.Error("a token for a role that isn't one was made")
	}
}

func TestSecretsAreKept(t *testing.T) {
	dir := t.TempDir()
	token, err := load(t, dir).Token(access.Claims{Role: access.Admin, Subject: "script"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, dir).Check(token, time.Now()); err != nil {
		t.Errorf("a token of the same data folder: %v", err)
	}
}

func load(t *testing.T, dir string) *access.Keys {
	t.Helper()
	keys, err := access.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
