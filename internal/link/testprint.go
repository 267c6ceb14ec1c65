package link

import (
	"errors"
	"strings"
)

// TestJob begins the key of a trial print: a ticket that nobody took, printed to
// see the paper. What became of it is told to who ordered it and isn't kept.
const TestJob = "test/"

// SlipJob begins the key of a slip that a clerk waits for, such as the receipt of
// an application. It is treated as a trial print is.
const SlipJob = "slip/"

// IsAwaited tells whether somebody waits for what becomes of a print job: of a
// trial, or of a slip.
func IsAwaited(job string) bool {
	return strings.HasPrefix(job, TestJob) || strings.HasPrefix(job, SlipJob)
}

// ErrAway says that an agent isn't connected.
var ErrAway = errors.New("the agent is not connected")
