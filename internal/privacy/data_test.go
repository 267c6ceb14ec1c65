package privacy_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"smarthall/internal/privacy"
)

func TestSealedDataAreReadOnlyWithTheirSecretAndKind(t *testing.T) {
	v := vault('k')
	for _, data := range [][]byte{{}, []byte("x"), bytes.Repeat([]byte("picture "), 100_000)} {
		sealed := v.SealData("document/1", data)
		if len(sealed) != len(data)+privacy.DataOverhead {
			t.Errorf("%d bytes became %d", len(data), len(sealed))
		}
		if len(data) > 8 && bytes.Contains(sealed, data[:8]) {
			t.Error("the data can be seen")
		}
		got, err := v.OpenData("document/1", sealed)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("opened %d bytes, %v; want %d", len(got), err, len(data))
		}
		if _, err := v.OpenData("document/2", sealed); !errors.Is(err, privacy.ErrSealed) {
			t.Errorf("as another kind: %v", err)
		}
		if _, err := vault('o').OpenData("document/1", sealed); !errors.Is(err, privacy.ErrSealed) {
			t.Errorf("with another secret: %v", err)
		}
		for _, at := range []int{0, 1, len(sealed) / 2, len(sealed) - 1} {
			damaged := bytes.Clone(sealed)
			damaged[at] ^= 1
			if _, err := v.OpenData("document/1", damaged); !errors.Is(err, privacy.ErrSealed) {
				t.Errorf("byte %d changed: %v", at, err)
			}
		}
		if _, err := v.OpenData("document/1", sealed[:len(sealed)-1]); !errors.Is(err, privacy.ErrSealed) {
			t.Errorf("one byte short: %v", err)
		}
	}
}

func TestTextsAndDataNeverShareANonce(t *testing.T) {
	v := vault('k')
	text, err := base64.RawURLEncoding.DecodeString(v.Seal("phone", "1"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{string(text[1:13]): "the text"}
	for _, sealed := range []struct {
		name string
		data []byte
	}{
		{"the same as data", v.SealData("phone", []byte("1"))},
		{"other data", v.SealData("phone", []byte("2"))},
		{"a kind that ends sooner", v.SealData("phon", []byte("e1"))},
	} {
		nonce := string(sealed.data[1:13])
		if other, taken := seen[nonce]; taken {
			t.Errorf("%s shares its nonce with %s", sealed.name, other)
		}
		seen[nonce] = sealed.name
	}
}

func TestTheZeroSealerSealsNoData(t *testing.T) {
	var zero privacy.Sealer
	if got := zero.SealData("x", []byte("y")); got != nil {
		t.Errorf("got %d bytes", len(got))
	}
	if _, err := zero.OpenData("x", make([]byte, 64)); !errors.Is(err, privacy.ErrSealed) {
		t.Errorf("got %v", err)
	}
}
