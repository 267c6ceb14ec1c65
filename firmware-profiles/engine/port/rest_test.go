package port_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/port"
)

// lateReader has bytes that are fetched only when asked in time.
type lateReader struct {
	missed int // reads that come too late, as on a machine that is busy
	end    error
	asked  int
}

func (r *lateReader) Read(ctx context.Context, buf []byte) (int, error) {
	r.asked++
	if r.asked <= r.missed {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	if r.end != nil {
		return 0, r.end
	}
	return copy(buf, "rest"), nil
}

func TestRestThatCameWhileTheMachineWasBusyIsNoSilence(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name string
		ctx  context.Context
		line *lateReader
		n    int
		want error
	}{
		{"in time", t.Context(), &lateReader{}, 4, nil},
		{"fetched late", t.Context(), &lateReader{missed: 1}, 4, nil},
		{"silence", t.Context(), &lateReader{missed: 2}, 0, port.ErrIdle},
		{"unplugged", t.Context(), &lateReader{end: io.ErrClosedPipe}, 0, io.ErrClosedPipe},
		{"ended", ended, &lateReader{missed: 2}, 0, context.Canceled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, err := port.ReadRest(test.ctx, test.line, make([]byte, 8), time.Millisecond)
			if n != test.n || !errors.Is(err, test.want) {
				t.Errorf("got %d, %v, want %d, %v", n, err, test.n, test.want)
			}
		})
	}
}
