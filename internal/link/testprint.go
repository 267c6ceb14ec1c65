package link

import (
	"errors"
	"strings"
)

// TestJob begins the key of a trial print: a ticket that nobody took, printed to
// see the paper. What became of it is told to who ordered it and isn't kept.
const TestJob = "test/"

// IsTestJob tells whether a print job is a trial.
func IsTestJob(job string) bool { return strings.HasPrefix(job, TestJob) }

// ErrAway says that an agent isn't connected.
var ErrAway = errors.New("the agent is not connected")
