package hall

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"smarthall/internal/atomicfile"
)

// Live is the hall in force, with its file.
type Live struct {
	path string
	now  atomic.Pointer[version]
	mu   sync.Mutex // one edit at a time
}

type version struct {
	hall *Hall
	text []byte
	tag  string
}

// ErrChanged says that somebody else edited the file in the meantime.
var ErrChanged = errors.New("the hall file was changed by somebody else")

// Open reads the hall file at path; if there is none yet, it writes first
// there as a beginning.
func Open(path string, first []byte) (*Live, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && first != nil {
		text = first
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("make folder for the hall file: %w", err)
		}
		err = atomicfile.Write(path, first, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("read hall file: %w", err)
	}
	h, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("hall file %s:\n%w", path, err)
	}
	l := &Live{path: path}
	l.now.Store(newVersion(h, text))
	return l, nil
}

func newVersion(h *Hall, text []byte) *version {
	sum := sha256.Sum256(text)
	return &version{hall: h, text: text, tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// Hall is the hall in force. It is shared: read only.
func (l *Live) Hall() *Hall { return l.now.Load().hall }

// Text is its file and the tag that names this version of it.
func (l *Live) Text() (text []byte, tag string) {
	v := l.now.Load()
	return v.text, v.tag
}

// Edit replaces the file by text if its version still is tag (any, if empty).
// apply must bring the hall into force in the queue; only then is the file
// written and shown.
func (l *Live) Edit(ctx context.Context, text []byte, tag string, apply func(context.Context, *Hall) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if tag != "" && tag != l.now.Load().tag {
		return ErrChanged
	}
	h, err := Parse(text)
	if err != nil {
		return err
	}
	if err := apply(ctx, h); err != nil {
		return err
	}
	if err := atomicfile.Write(l.path, text, 0o600); err != nil {
		return fmt.Errorf("save hall file: %w", err)
	}
	l.now.Store(newVersion(h, text))
	return nil
}
