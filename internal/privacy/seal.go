package privacy

import (
	"crypto/cipher"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// ErrSealed says that a text was not sealed by this hall, or not as this kind,
// or was changed since.
var ErrSealed = errors.New("sealed text can't be opened")

// Sealer keeps what must be read again, such as the phone that a message goes
// to, unreadable in files and backups (SM4-GCM, GB/T 32907 and RFC 8998). Make
// it with NewSealer; the zero Sealer seals nothing and opens nothing.
type Sealer struct {
	aead  cipher.AEAD
	nonce []byte // the secret that nonces are made with
}

// sealVersion begins every sealed text, so that another method can follow.
const sealVersion = 1

// NewSealer returns a Sealer whose keys are derived from secret, which must be
// at least 32 random bytes and be kept.
func NewSealer(secret []byte) Sealer {
	block, err := sm4.NewCipher(derive(secret, "smarthall seal sm4-gcm key")[:sm4.BlockSize])
	if err != nil {
		panic("sm4 refuses a key of its own size: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("gcm refuses sm4: " + err.Error())
	}
	return Sealer{aead: aead, nonce: derive(secret, "smarthall seal sm4-gcm nonce")}
}

// derive returns 32 bytes that tell nothing of secret.
func derive(secret []byte, purpose string) []byte {
	mac := hmac.New(sm3.New, secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// Seal returns text so that only Open with the same secret and kind reads it.
// An empty text stays empty. The nonce is a keyed hash of kind and text, never
// used for another text: the same text gives the same result, so that a request
// that is sent again is the same request. That shows which results are equal,
// as Hasher's keys do, and nothing else.
func (s Sealer) Seal(kind, text string) string {
	if text == "" || s.aead == nil {
		return ""
	}
	nonce := derive(s.nonce, kind+"\x00"+text)[:s.aead.NonceSize()]
	out := append([]byte{sealVersion}, nonce...)
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(out, nonce, []byte(text), []byte(kind)))
}

// Open returns what Seal was given; the error is ErrSealed.
func (s Sealer) Open(kind, sealed string) (string, error) {
	data, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return "", fmt.Errorf("%w: it is not base64", ErrSealed)
	}
	if s.aead == nil || len(data) < 1+s.aead.NonceSize() || data[0] != sealVersion {
		return "", ErrSealed
	}
	nonce, rest := data[1:1+s.aead.NonceSize()], data[1+s.aead.NonceSize():]
	text, err := s.aead.Open(nil, nonce, rest, []byte(kind))
	if err != nil {
		return "", ErrSealed // why exactly is nobody's business
	}
	return string(text), nil
}

// Vault is all that keeps a person's numbers: hashed to recognise, sealed to
// read again.
type Vault struct {
	Hasher
	Sealer
}

// NewVault returns the Vault of secret, which must be at least 32 random bytes
// and be kept.
func NewVault(secret []byte) Vault { return Vault{NewHasher(secret), NewSealer(secret)} }
