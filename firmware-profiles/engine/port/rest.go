package port

import (
	"context"
	"errors"
	"time"
)

// ErrIdle says that a line fell silent in the middle of what it was saying.
var ErrIdle = errors.New("line is idle")

// glance is how long ReadRest looks once more for what has come meanwhile.
const glance = 5 * time.Millisecond

// Reader is the part of a Port that is read.
type Reader interface {
	Read(ctx context.Context, buf []byte) (int, error)
}

// ReadRest reads on in what is unfinished. It returns ErrIdle when nothing came
// for so long. Bytes that came in time while this program was not given the
// time to fetch them count: a busy machine is no silent line.
func ReadRest(ctx context.Context, line Reader, buf []byte, idle time.Duration) (int, error) {
	for _, within := range []time.Duration{idle, glance} {
		waiting, cancel := context.WithTimeout(ctx, within)
		n, err := line.Read(waiting, buf)
		cancel()
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return n, err
		}
	}
	return 0, ErrIdle
}
