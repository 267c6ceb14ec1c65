package port

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"
)

// ErrBusy is the error of a serial or USB port that another program, or another
// device of this one, already holds. The error that wraps it is a *BusyError.
var ErrBusy = errors.New("port is in use")

// BusyError says who holds a serial or USB port.
type BusyError struct {
	Port string
	// PID and Program are the holder's; 0 and empty where nobody knows, as with
	// programs that aren't ours.
	PID     int
	Program string
}

// Error implements error.
func (e *BusyError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("port %s: %v", e.Port, ErrBusy)
	}
	return fmt.Sprintf("port %s: %v by %s (process %d)", e.Port, ErrBusy, e.Program, e.PID)
}

// Is makes it ErrBusy.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// Explain implements device.Explainer.
func (e *BusyError) Explain() string {
	switch e.PID {
	case 0:
		return "端口被其他程序占用"
	case os.Getpid():
		return "端口被本程序的另一个设备占用"
	default:
		return fmt.Sprintf("端口被 %s 占用（进程 %d）", e.Program, e.PID)
	}
}

// lockFile is the claim on a serial or USB port. TIOCEXCL alone doesn't stop a second
// program that runs as root, and a file that only exists would outlive a
// crash: an advisory lock on a file does neither. The file holds the process
// and the program that has the lock, for whoever wants the port too. There is one
// in each of lockDirs that this user may write to: another user may be let into
// the second only.
type lockFile struct{ files []*os.File }

// lockDirs are where locks lie; one of them will do.
var lockDirs = []string{"/run/lock", os.TempDir()}

// maxHolder bounds what is read of a lock file, in bytes.
const maxHolder = 128

// takeLock claims the port behind path. Several names of one port share a lock.
func takeLock(path string) (*lockFile, error) {
	target, err := Resolve(path)
	if err != nil {
		return nil, offline("find serial port", err)
	}
	return lockNamed(target, path)
}

// lockNamed claims what has one name of its own; path is what people call it.
func lockNamed(own, path string) (*lockFile, error) {
	name := fmt.Sprintf("smarthall-%x.lock", sha256.Sum256([]byte(own)))
	l := &lockFile{}
	var failed error
	for _, dir := range lockDirs {
		f, err := openLock(filepath.Join(dir, name))
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if err := claim(f, path); err != nil {
			_ = f.Close() // it was only read
			l.release()
			return nil, err
		}
		l.files = append(l.files, f)
	}
	if len(l.files) == 0 {
		return nil, fmt.Errorf("lock port %s: %w", path, failed)
	}
	l.sign()
	return l, nil
}

// claim locks a lock file, or tells who has.
func claim(f *os.File, path string) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, unix.EWOULDBLOCK):
		return fmt.Errorf("lock port %s: %w", path, err)
	}
	busy := holder(f)
	busy.Port = path
	return busy
}

// Resolve is the one name of a port that may have several: symbolic links are
// followed. A tcp:// address is its own name, and so is a USB device's.
func Resolve(address string) (string, error) {
	if strings.HasPrefix(address, tcpScheme) || named(address) {
		return address, nil
	}
	target, err := filepath.EvalSymlinks(address)
	if err != nil {
		return "", err
	}
	return filepath.Abs(target)
}

// openLock opens a lock file, making it where that is possible. Anybody may
// write into it, for the holders of a port change and with them the users they
// run as; one that can't be written is locked all the same.
func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOFOLLOW, 0)
	if errors.Is(err, os.ErrPermission) {
		f, err = os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	}
	if errors.Is(err, os.ErrNotExist) {
		if f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o666); err == nil {
			_ = f.Chmod(0o666) // against the umask; without it the next user only reads
		}
	}
	return f, err
}

// sign writes who we are into the files. It only informs people, so a file that
// can't be written is no failure.
func (l *lockFile) sign() {
	program := filepath.Base(os.Args[0])
	for _, f := range l.files {
		if err := f.Truncate(0); err == nil {
			_, _ = f.WriteAt(fmt.Appendf(nil, "%d %s\n", os.Getpid(), program), 0)
		}
	}
}

// holder reads who has the lock. What can't be a signature of ours is nobody.
func holder(f io.Reader) *BusyError {
	data, err := io.ReadAll(io.LimitReader(f, maxHolder))
	if err != nil {
		return &BusyError{}
	}
	return parseHolder(string(data))
}

// parseHolder reads a signature: a process and a program.
func parseHolder(line string) *BusyError {
	line, _, _ = strings.Cut(line, "\n")
	first, program, ok := strings.Cut(line, " ")
	pid, err := strconv.Atoi(first)
	odd := func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }
	if !ok || err != nil || pid <= 0 || program == "" || strings.ContainsFunc(program, odd) {
		return &BusyError{}
	}
	return &BusyError{PID: pid, Program: program}
}

// release gives the port free. The files stay: removing them would let two
// programs lock two files of the same name.
func (l *lockFile) release() {
	for _, f := range l.files {
		_ = f.Truncate(0) // whoever reads it now finds nobody
		_ = f.Close()
	}
}
