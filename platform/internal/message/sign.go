package message

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of what is signed, as Standard Webhooks names them.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// maxSkew is how old or how far ahead a signature may be.
const maxSkew = 5 * time.Minute

// Secret is the key that platform and gateway share: requests and receipts are
// signed with it (HMAC-SHA256, Standard Webhooks v1). The zero value verifies
// nothing.
type Secret struct{ key []byte }

// ParseSecret reads whsec_ and 24 to 64 bytes in base64.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return Secret{}, errors.New("a secret is whsec_ and 24 to 64 bytes in base64")
	}
	return Secret{key}, nil
}

// String hides the secret from whoever prints it.
func (s Secret) String() string { return "whsec_***" }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Sign sets the headers of a request with body.
func (s Secret) Sign(h http.Header, id string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(headerID, id)
	h.Set(headerTimestamp, stamp)
	h.Set(headerSignature, "v1,"+base64.StdEncoding.EncodeToString(s.sum(id, stamp, body)))
}

func (s Secret) sum(id, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// Verify tells whether one of the signatures, with spaces between, is ours and
// fresh.
func (s Secret) Verify(id, stamp, signatures string, body []byte, now time.Time) bool {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || len(s.key) == 0 || id == "" || len(id) > maxKey {
		return false
	}
	if skew := now.Sub(time.Unix(seconds, 0)); skew > maxSkew || skew < -maxSkew {
		return false
	}
	want := s.sum(id, stamp, body)
	for given := range strings.FieldsSeq(signatures) {
		encoded, ok := strings.CutPrefix(given, "v1,")
		if got, err := base64.StdEncoding.DecodeString(encoded); ok && err == nil && hmac.Equal(got, want) {
			return true
		}
	}
	return false
}
