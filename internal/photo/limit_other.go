//go:build !linux

package photo

import (
	"os/exec"
	"time"
)

// alone does nothing where processes have no groups of this kind.
func alone(*exec.Cmd) {}

// limit does nothing where a program's memory can't be bounded from outside;
// its time and its output are bounded all the same.
func limit(int, time.Duration) error { return nil }
