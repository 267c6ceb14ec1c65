package gm_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"smarthall/internal/gm"
)

func signer(t testing.TB, b byte) *gm.Signer {
	t.Helper()
	s, err := gm.NewSigner(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignatureFitsItsMessageAndKeyOnly(t *testing.T) {
	s, other := signer(t, 7), signer(t, 8)
	message := []byte("东湖市市场监督管理局准〔2026〕00012号")
	signature, err := s.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	if err := gm.Verify(s.Public(), message, signature); err != nil {
		t.Error(err)
	}
	cut := signature[:len(signature)-1]
	flipped := bytes.Clone(signature)
	flipped[len(flipped)/2] ^= 1
	for name, tt := range map[string]struct {
		public             string
		message, signature []byte
	}{
		"another message":   {s.Public(), []byte("东湖市市场监督管理局准〔2026〕00013号"), signature},
		"another key":       {other.Public(), message, signature},
		"a bit flipped":     {s.Public(), message, flipped},
		"cut short":         {s.Public(), message, cut},
		"no signature":      {s.Public(), message, nil},
		"no key":            {"", message, signature},
		"no hex":            {"zz", message, signature},
		"not on the curve":  {"04" + strings.Repeat("01", 64), message, signature},
		"a huge signature":  {s.Public(), message, bytes.Repeat([]byte{0x30}, 1<<16)},
		"an infinite point": {"04" + strings.Repeat("00", 64), message, signature},
	} {
		if err := gm.Verify(tt.public, tt.message, tt.signature); !errors.Is(err, gm.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneSeedGivesOneKey(t *testing.T) {
	first, again := signer(t, 7).Public(), signer(t, 7).Public()
	if first != again || first == signer(t, 8).Public() {
		t.Error("keys don't follow their seeds")
	}
	// All ones is beyond the curve's order: it is brought into range.
	if _, err := signer(t, 0xff).Sign(nil); err != nil {
		t.Error(err)
	}
	if _, err := gm.NewSigner([]byte("short")); err == nil {
		t.Error("a short seed is taken")
	}
}

// The example of GB/T 32905, A.1.
func TestDigestIsSM3(t *testing.T) {
	if got := gm.Digest([]byte("abc")); got != "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" {
		t.Error(got)
	}
}

func FuzzVerify(f *testing.F) {
	s := signer(f, 7)
	f.Add(s.Public(), []byte("m"), []byte{0x30, 0})
	f.Fuzz(func(t *testing.T, public string, message, signature []byte) {
		if gm.Verify(public, message, signature) == nil {
			t.Error("a forged signature fits")
		}
	})
}

func TestAChainTellsFieldsApartAndHoldsToWhatCameBefore(t *testing.T) {
	seen := map[string]string{}
	for name, hash := range map[string]string{
		"one entry":         gm.Chain("", "ab", "c"),
		"letters moved":     gm.Chain("", "a", "bc"),
		"a field more":      gm.Chain("", "ab", "c", ""),
		"after another one": gm.Chain(gm.Chain("", "ab", "c"), "ab", "c"),
	} {
		if other, ok := seen[hash]; ok {
			t.Errorf("%s and %s have one hash", name, other)
		}
		seen[hash] = name
	}
	again := gm.Chain("", []string{"ab", "c"}...)
	if seen[again] != "one entry" {
		t.Error("the same fields have two hashes")
	}
}
