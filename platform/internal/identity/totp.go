package identity

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238: what authenticator apps speak
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image/png"
	"net/url"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// totpStep is the life of a code in seconds, totpSkew how many steps a phone's
// clock may be off.
const (
	totpStep = 30
	totpSkew = 1
)

var totpEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpSecret writes a key the way authenticator apps take it.
func totpSecret(key []byte) string { return totpEncoding.EncodeToString(key[:20]) }

// TOTPURI is what an authenticator app reads from a QR code.
func TOTPURI(account, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {"Smart Hall"}}
	return "otpauth://totp/Smart%20Hall:" + url.PathEscape(account) + "?" + q.Encode()
}

// setupSize is the side of the picture that a phone scans, in pixels.
const setupSize = 264

// pictureOf is a QR code of text as a data: address, which a page can show
// without asking anybody for it.
func pictureOf(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("make a QR code: %w", err)
	}
	if code, err = barcode.Scale(code, setupSize, setupSize); err != nil {
		return "", fmt.Errorf("make a QR code: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, code); err != nil {
		return "", fmt.Errorf("make a QR code: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

// totpCode is the six-digit code of a step (RFC 6238, RFC 4226 section 5.3).
func totpCode(secret string, step int64) (string, error) {
	key, err := totpEncoding.DecodeString(secret)
	if err != nil {
		return "", fmt.Errorf("read the second factor: %w", err)
	}
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step)) //nolint:gosec // steps since 1970 are positive
	mac := hmac.New(sha1.New, key)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000), nil
}

// totpCheck returns the step that the code belongs to, if it is of now.
func totpCheck(secret, code string, now time.Time) (int64, bool) {
	step := now.Unix() / totpStep
	for s := step - totpSkew; s <= step+totpSkew; s++ {
		want, err := totpCode(secret, s)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return s, true
		}
	}
	return 0, false
}
