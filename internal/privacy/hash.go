package privacy

import (
	"crypto/hmac"
	"encoding/hex"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

// Hasher turns numbers of persons into keys that recognise a person again and
// can't be turned back without the hall's secret (HMAC-SM3, GB/T 32905).
type Hasher struct{ secret []byte }

// NewHasher returns a Hasher with secret, which must be at least 32 random
// bytes and be kept.
func NewHasher(secret []byte) Hasher { return Hasher{secret} }

// Key returns the key of a number. kind keeps documents and phones apart;
// spaces and the case of letters don't matter. An empty number has no key.
func (h Hasher) Key(kind, number string) string {
	number = strings.ToUpper(strings.Join(strings.Fields(number), ""))
	if number == "" {
		return ""
	}
	mac := hmac.New(sm3.New, h.secret)
	mac.Write([]byte(kind + "\x00" + number))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
