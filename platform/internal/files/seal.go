package files

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Sealed files are a version byte, then chunks of at most chunkSize bytes in
// AES-256-GCM, all but the last full. The key is the place's own, and a place
// is used once, so the chunk's number is nonce enough; its top bit says that no
// chunk follows, so that a file can't be cut unnoticed (the STREAM construction
// of Hoang, Reyhanitabar, Rogaway and Vizár).
const (
	sealVersion = 1
	chunkSize   = 64 << 10
	tagSize     = 16
	lastChunk   = 1 << 63
)

// ErrAltered says that the bytes in the back end aren't those that were put
// there.
var ErrAltered = errors.New("stored file was altered")

// aeadFor is what seals the bytes at a place.
func (s *Service) aeadFor(place string) (cipher.AEAD, error) {
	mac := hmac.New(sha256.New, s.sealer)
	mac.Write([]byte("place\x00" + place))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("seal file: %w", err)
	}
	return cipher.NewGCM(block)
}

// sealedSize is how long size bytes are sealed.
func sealedSize(size int64) int64 {
	chunks := max(1, (size+chunkSize-1)/chunkSize)
	return 1 + size + chunks*tagSize
}

func nonce(n uint64) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint64(b[4:], n)
	return b
}

// sealing reads the sealed form of data.
type sealing struct {
	aead cipher.AEAD
	data []byte
	n    uint64
	out  bytes.Buffer
	done bool
}

func (s *Service) seal(place string, data []byte) (io.Reader, error) {
	aead, err := s.aeadFor(place)
	if err != nil {
		return nil, err
	}
	r := &sealing{aead: aead, data: data}
	r.out.WriteByte(sealVersion)
	return r, nil
}

// Read implements io.Reader.
func (r *sealing) Read(p []byte) (int, error) {
	if r.out.Len() == 0 {
		if r.done {
			return 0, io.EOF
		}
		chunk := r.data[:min(chunkSize, len(r.data))]
		r.data = r.data[len(chunk):]
		n := r.n
		if len(r.data) == 0 {
			n, r.done = n|lastChunk, true
		}
		r.n++
		r.out.Write(r.aead.Seal(nil, nonce(n), chunk, nil))
	}
	return r.out.Read(p)
}

// opening reads what was sealed and tells when it was altered.
type opening struct {
	io.Closer
	aead  cipher.AEAD
	in    io.Reader
	begun bool
	last  bool
	n     uint64
	// next is the sealed chunk that was read ahead, to know which is the last.
	next, clear []byte
}

func (s *Service) unseal(place string, in io.ReadCloser) (io.ReadCloser, error) {
	aead, err := s.aeadFor(place)
	if err != nil {
		return nil, err
	}
	return &opening{Closer: in, aead: aead, in: in}, nil
}

// Read implements io.Reader.
func (r *opening) Read(p []byte) (int, error) {
	for len(r.clear) == 0 {
		if r.last {
			return 0, io.EOF
		}
		if err := r.open(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.clear)
	r.clear = r.clear[n:]
	return n, nil
}

// open opens the next chunk.
func (r *opening) open() error {
	if !r.begun {
		version := make([]byte, 1)
		if _, err := io.ReadFull(r.in, version); err != nil || version[0] != sealVersion {
			return errors.Join(ErrAltered, err)
		}
		first, err := r.chunk()
		if err != nil {
			return err
		}
		r.begun, r.next = true, first
	}
	this := r.next
	next, err := r.chunk()
	if err != nil {
		return err
	}
	n := r.n
	if len(next) == 0 {
		n, r.last = n|lastChunk, true
	}
	r.n++
	r.next = next
	if r.clear, err = r.aead.Open(this[:0], nonce(n), this, nil); err != nil {
		return ErrAltered
	}
	return nil
}

// chunk reads a sealed chunk; it is empty at the end.
func (r *opening) chunk() ([]byte, error) {
	b := make([]byte, chunkSize+tagSize)
	n, err := io.ReadFull(r.in, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return b[:n], err
}
