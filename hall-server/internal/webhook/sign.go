package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// The headers of a delivery, as Standard Webhooks names them.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// Bounds of a secret's key in bytes, by the specification.
const (
	minSecret  = 24
	maxSecret  = 64
	madeSecret = 32
)

// secretPrefix marks a secret of the symmetric scheme.
const secretPrefix = "whsec_"

// errSecret says that a text is no secret.
var errSecret = errors.New("a secret is whsec_ and 24 to 64 bytes in base64")

// Secret is the key that hall and receiver share. It signs with HMAC-SHA256.
type Secret struct {
	key []byte
}

// NewSecret makes a secret.
func NewSecret() Secret {
	key := make([]byte, madeSecret)
	_, _ = rand.Read(key) // never fails
	return Secret{key}
}

// ParseSecret reads whsec_… as people and systems exchange it.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	if !ok {
		return Secret{}, errSecret
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) < minSecret || len(key) > maxSecret {
		return Secret{}, errSecret
	}
	return Secret{key}, nil
}

// Text is s as ParseSecret reads it.
func (s Secret) Text() string { return secretPrefix + base64.StdEncoding.EncodeToString(s.key) }

// String hides the secret from whoever prints it.
func (s Secret) String() string { return secretPrefix + "***" }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Sign returns the signature header of a delivery that is sent at the time at.
func (s Secret) Sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id + "." + timestamp(at) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// timestamp is at in Unix seconds.
func timestamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
