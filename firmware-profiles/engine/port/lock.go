package port

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockFile is the claim on a serial port. TIOCEXCL alone doesn't stop a second
// program that runs as root, and a file that only exists would outlive a
// crash: an advisory lock on a file does neither.
type lockFile struct{ f *os.File }

// lockDirs are tried in turn.
var lockDirs = []string{"/run/lock", os.TempDir()}

// takeLock claims the port behind path. Several names of one port share a lock.
func takeLock(path string) (*lockFile, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, offline("find serial port", err)
	}
	if target, err = filepath.Abs(target); err != nil {
		return nil, fmt.Errorf("serial port %s: %w", path, err)
	}
	name := fmt.Sprintf("smarthall-%x.lock", sha256.Sum256([]byte(target)))
	f, err := openLock(name)
	if err != nil {
		return nil, fmt.Errorf("lock serial port %s: %w", path, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		closeErr := f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("serial port %s: %w", path, ErrBusy)
		}
		return nil, fmt.Errorf("lock serial port %s: %w", path, errors.Join(err, closeErr))
	}
	return &lockFile{f}, nil
}

// openLock opens the lock file, making it where that is possible. Reading
// rights are enough for a lock, so users needn't own each other's files.
func openLock(name string) (*os.File, error) {
	var failed error
	for _, dir := range lockDirs {
		path := filepath.Join(dir, name)
		f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
		if errors.Is(err, os.ErrNotExist) {
			f, err = os.OpenFile(path, os.O_RDONLY|os.O_CREATE|unix.O_NOFOLLOW, 0o644)
		}
		if err == nil {
			return f, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// release gives the port free. The file stays: removing it would let two
// programs lock two files of the same name.
func (l *lockFile) release() { _ = l.f.Close() }
