package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Secret is the hall's secret for one purpose, to be shared with one peer that
// can't send a token. It tells nothing of the others, and dies with the keys.
func (k *Keys) Secret(purpose string) string {
	mac := hmac.New(sha256.New, k.token)
	mac.Write([]byte("secret\x00" + purpose))
	return hex.EncodeToString(mac.Sum(nil))
}

// Shares tells whether secret is the hall's for purpose.
func (k *Keys) Shares(purpose, secret string) bool {
	return hmac.Equal([]byte(k.Secret(purpose)), []byte(secret))
}
