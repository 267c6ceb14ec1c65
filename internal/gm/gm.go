// Package gm signs with the national algorithms (国密): SM2 signatures (GB/T
// 32918) over SM3 digests (GB/T 32905). What is signed flows in, a signature
// flows out, and whoever holds the public key can tell that not a byte was
// changed since. A certified module can take the place of the software here.
package gm

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// ErrSignature says that a signature isn't that of the message and the key.
var ErrSignature = errors.New("the signature doesn't fit")

// Signer holds a private key. It may be used from any goroutine.
type Signer struct{ key *sm2.PrivateKey }

// NewSigner derives a key from 32 secret bytes: the same seed gives the same
// key, so that the processes of one platform need not share another file.
func NewSigner(seed []byte) (*Signer, error) {
	if len(seed) != 32 {
		return nil, fmt.Errorf("a signing key needs 32 bytes, not %d", len(seed))
	}
	curve := sm2.P256()
	// A private key is 1 … n-2 (GB/T 32918.1, 6.1).
	d := new(big.Int).SetBytes(seed)
	d.Mod(d, new(big.Int).Sub(curve.Params().N, big.NewInt(2)))
	d.Add(d, big.NewInt(1))
	//nolint:staticcheck // the curve isn't one of the standard library's, whose newer ways know no other
	key := &sm2.PrivateKey{PrivateKey: ecdsa.PrivateKey{D: d, PublicKey: ecdsa.PublicKey{Curve: curve}}}
	key.X, key.Y = curve.ScalarBaseMult(d.Bytes()) //nolint:staticcheck // as above
	return &Signer{key}, nil
}

// Public is the key to verify with: 65 bytes as hex, uncompressed.
func (s *Signer) Public() string {
	var b [65]byte
	b[0] = 4
	s.key.X.FillBytes(b[1:33])
	s.key.Y.FillBytes(b[33:])
	return hex.EncodeToString(b[:])
}

// Sign returns the signature of a message in ASN.1.
func (s *Signer) Sign(message []byte) ([]byte, error) {
	signature, err := s.key.SignWithSM2(rand.Reader, nil, message)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return signature, nil
}

// Verify tells whether a signature is that of a message under a public key:
// nil, or ErrSignature.
func Verify(public string, message, signature []byte) error {
	b, err := hex.DecodeString(public)
	if err != nil || len(b) != 65 || b[0] != 4 {
		return fmt.Errorf("%w: no public key", ErrSignature)
	}
	//nolint:staticcheck // as above
	key := &ecdsa.PublicKey{Curve: sm2.P256(), X: new(big.Int).SetBytes(b[1:33]), Y: new(big.Int).SetBytes(b[33:])}
	if !key.IsOnCurve(key.X, key.Y) { //nolint:staticcheck // as above
		return fmt.Errorf("%w: no public key", ErrSignature)
	}
	if !sm2.VerifyASN1WithSM2(key, nil, message, signature) {
		return ErrSignature
	}
	return nil
}

// Chain is the hash of an entry of a log after the entry before it: whoever
// changes one changes all that follow. Every field is preceded by its length, so
// that none can lend characters to the next.
func Chain(before string, fields ...string) string {
	h := sm3.New()
	_, _ = fmt.Fprintf(h, "%d:%s", len(before), before) // a hash takes everything
	for _, field := range fields {
		_, _ = fmt.Fprintf(h, "%d:%s", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Digest is the SM3 digest of data as hex.
func Digest(data []byte) string {
	sum := sm3.Sum(data)
	return hex.EncodeToString(sum[:])
}
