package privacy

import (
	"crypto/hmac"

	"github.com/emmansun/gmsm/sm3"
)

// SealData is Seal for bytes: files, pictures and parts of them. The result is
// DataOverhead bytes longer. Empty data are sealed too, so that nothing can be
// taken away unnoticed. The zero Sealer returns nil.
func (s Sealer) SealData(kind string, data []byte) []byte {
	if s.aead == nil {
		return nil
	}
	out := make([]byte, 1, DataOverhead+len(data))
	out[0] = sealVersion
	out = append(out, s.nonceOf(kind, data)...)
	return s.aead.Seal(out, out[1:], data, []byte(kind))
}

// OpenData returns what SealData was given; the error is ErrSealed.
func (s Sealer) OpenData(kind string, sealed []byte) ([]byte, error) {
	if s.aead == nil || len(sealed) < DataOverhead || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	nonce, rest := sealed[1:1+s.aead.NonceSize()], sealed[1+s.aead.NonceSize():]
	data, err := s.aead.Open(nil, nonce, rest, []byte(kind))
	if err != nil {
		return nil, ErrSealed // why exactly is nobody's business
	}
	return data, nil
}

// DataOverhead is by how many bytes SealData's result is longer than the data:
// version, nonce and tag.
const DataOverhead = 1 + 12 + 16

// nonceOf is derive of kind and data without copying the data. It begins with
// another byte than what Seal hashes, so that the two never share a nonce.
func (s Sealer) nonceOf(kind string, data []byte) []byte {
	mac := hmac.New(sm3.New, s.nonce)
	mac.Write([]byte{0})
	mac.Write([]byte(kind))
	mac.Write([]byte{0})
	mac.Write(data)
	return mac.Sum(nil)[:s.aead.NonceSize()]
}
