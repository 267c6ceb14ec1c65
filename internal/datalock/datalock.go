// Package datalock keeps a data folder for one process: a second program that
// is started on the same data by mistake is told so, and doesn't write.
package datalock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrTaken says that another process works with the folder.
var ErrTaken = errors.New("data folder is in use by another process")

// Lock is a folder that belongs to this process. The system gives it back when
// the process ends, however it ends.
type Lock struct {
	file *os.File
}

// Take takes the folder dir, creating it, for its owner only, if need be. If
// another process has it, or this one by another Lock, the error is ErrTaken.
// The file .lock in the folder stays there and means nothing by itself.
func Take(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("take data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take data folder: %w", err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(fmt.Errorf("take data folder %s: %w", dir, err), f.Close())
	}
	return &Lock{f}, nil
}

// Release gives the folder back.
func (l *Lock) Release() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("release data folder: %w", err)
	}
	return nil
}
