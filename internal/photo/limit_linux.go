package photo

import (
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// alone puts the program into a process group of its own, which ends as one,
// and with us.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// limit bounds what a started program may use.
func limit(pid int, timeout time.Duration) error {
	seconds := uint64(timeout/time.Second) + 1
	for _, l := range []struct {
		name     string
		resource int
		most     uint64
	}{
		{"memory", unix.RLIMIT_DATA, memoryLimit},
		{"time", unix.RLIMIT_CPU, seconds},
		{"files", unix.RLIMIT_FSIZE, fileLimit},
		{"core files", unix.RLIMIT_CORE, 0},
	} {
		if err := unix.Prlimit(pid, l.resource, &unix.Rlimit{Cur: l.most, Max: l.most}, nil); err != nil {
			return fmt.Errorf("limit its %s: %w", l.name, err)
		}
	}
	return nil
}
