package privacy_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"smarthall/internal/privacy"
)

const phone = "13812345678"

func vault(b byte) privacy.Vault { return privacy.NewVault(bytes.Repeat([]byte{b}, 32)) }

func TestWhatIsSealedIsReadOnlyWithItsSecretAndKind(t *testing.T) {
	v := vault('k')
	sealed := v.Seal("phone", phone)
	if sealed == "" || strings.Contains(sealed, phone) || strings.Contains(sealed, base64.RawURLEncoding.EncodeToString([]byte(phone))) {
		t.Fatalf("sealed %q", sealed)
	}
	if got, err := v.Open("phone", sealed); err != nil || got != phone {
		t.Errorf("opened %q, %v", got, err)
	}
	if got, err := vault('o').Open("phone", sealed); !errors.Is(err, privacy.ErrSealed) || got != "" {
		t.Errorf("another secret opened %q, %v", got, err)
	}
	if got, err := v.Open("name", sealed); !errors.Is(err, privacy.ErrSealed) || got != "" {
		t.Errorf("as another kind: %q, %v", got, err)
	}
	for i := range len(sealed) {
		damaged := []byte(sealed)
		damaged[i] ^= 1
		if got, err := v.Open("phone", string(damaged)); err == nil && got != phone {
			t.Errorf("byte %d changed: opened %q", i, got)
		}
	}
}

func TestSealingAgainGivesTheSame(t *testing.T) {
	v := vault('k')
	if a, b := v.Seal("phone", phone), v.Seal("phone", phone); a != b {
		t.Errorf("%s and %s: a request sent again would be another one", a, b)
	}
	seen := map[string]bool{}
	for _, text := range []string{phone, "13812345679", "1", "13812345678 "} {
		for _, kind := range []string{"phone", "phon", "name"} {
			// The nonce is the beginning; two texts must never share one.
			nonce := v.Seal(kind, text)[:17]
			if seen[nonce] {
				t.Errorf("%s %s shares its nonce", kind, text)
			}
			seen[nonce] = true
		}
	}
}

func TestNothingStaysNothing(t *testing.T) {
	if got := vault('k').Seal("phone", ""); got != "" {
		t.Errorf("sealed nothing as %q", got)
	}
	var zero privacy.Sealer
	if got := zero.Seal("phone", phone); got != "" {
		t.Errorf("the zero Sealer sealed %q", got)
	}
	if _, err := zero.Open("phone", "AQID"); !errors.Is(err, privacy.ErrSealed) {
		t.Errorf("the zero Sealer: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	v := vault('k')
	f.Add(v.Seal("phone", phone))
	f.Add("")
	f.Add("AQID!")
	f.Fuzz(func(t *testing.T, sealed string) {
		text, err := v.Open("phone", sealed)
		if err != nil {
			if !errors.Is(err, privacy.ErrSealed) || text != "" {
				t.Errorf("%q, %v", text, err)
			}
			return
		}
		if again, err := v.Open("phone", v.Seal("phone", text)); text != "" && (err != nil || again != text) {
			t.Errorf("%q opened to %q, which can't be sealed", sealed, text)
		}
	})
}
