package documents

import (
	"crypto/sha256"
	"encoding/hex"
)

// CheckContent looks at a whole file that is said to be of a type.
func CheckContent(kind string, data []byte) error {
	if checkers[kind] == nil {
		return ErrType
	}
	sum := sha256.Sum256(data)
	return checkContent(Document{Type: kind, SHA256: hex.EncodeToString(sum[:])}, data)
}
