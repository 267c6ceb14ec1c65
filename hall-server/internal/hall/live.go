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
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.yaml.in/yaml/v3"

	"smarthall/internal/atomicfile"
)

// Live is the hall in force, with its file.
type Live struct {
	path string
	now  atomic.Pointer[version]
	mu   sync.Mutex // one edit at a time
	// keeper keeps versions by clock; nil keeps none. Guarded by mu.
	keeper Keeper
	clock  func() time.Time
	// models are the device models that files may name; nil for any. It is set
	// before the hall is used.
	models Models
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

// Know has files checked against the device models that there are. What is wrong
// with the file in force is returned: a hall opens all the same, and its agents
// say what they can't open.
func (l *Live) Know(models Models) Mistakes {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.models = models
	v := l.now.Load()
	return checkModels(v.text, v.hall, models)
}

// Models are the device models that there are; nil if nobody knows.
func (l *Live) Models() Models { return l.models }

// Hall is the hall in force. It is shared: read only.
func (l *Live) Hall() *Hall { return l.now.Load().hall }

// Text is its file and the tag that names this version of it.
func (l *Live) Text() (text []byte, tag string) {
	v := l.now.Load()
	return v.text, v.tag
}

// Hold calls f with the hall in force, which nobody changes meanwhile. f must
// not call Edit.
func (l *Live) Hold(f func(*Hall) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return f(l.Hall())
}

// Change is a new text of the hall file, and who wants it.
type Change struct {
	Text []byte
	// Tag is the version that was changed; empty for any.
	Tag string
	// By, Name, Note, Cause and Restored are the Version's.
	By, Name, Note string
	Cause          Cause
	Restored       int64
}

// Check reads a text that is to take the place of the file in force: it must be
// a hall, and somebody must be able to sign in and mend it.
func (l *Live) Check(text []byte) (*Hall, error) {
	h, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if l.Hall().administered() && !h.administered() {
		return nil, Mistakes{{Line: lineOf(text, "staff"), Column: 1, Message: "至少要有一位可以登录的管理员"}}
	}
	if found := checkModels(text, h, l.models); len(found) > 0 {
		return nil, found
	}
	return h, nil
}

// administered tells whether somebody may edit the hall file.
func (h *Hall) administered() bool {
	return slices.ContainsFunc(h.Staff, func(s Staff) bool { return s.Role == "admin" && !s.Disabled })
}

func lineOf(text []byte, path string) int {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || len(root.Content) == 0 {
		return 1
	}
	return max(find(&root, path).Line, 1)
}

// Edit replaces the file by c's text. apply must bring the hall into force in
// the queue; only then is the file written, kept as a version and shown.
func (l *Live) Edit(ctx context.Context, c Change, apply func(context.Context, *Hall) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.now.Load()
	if c.Tag != "" && c.Tag != old.tag {
		return ErrChanged
	}
	h, err := l.Check(c.Text)
	if err != nil {
		return err
	}
	if err := apply(ctx, h); err != nil {
		return err
	}
	// The queue runs by it now: whoever asked may have gone, the rest is done.
	ctx = context.WithoutCancel(ctx)
	v := newVersion(h, c.Text)
	if err := atomicfile.Write(l.path, c.Text, 0o600); err != nil {
		return fmt.Errorf("save hall file: %w", err)
	}
	l.now.Store(v)
	return l.keep(ctx, c, old, v)
}
