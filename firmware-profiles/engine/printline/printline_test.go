package printline_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/printline"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wire is a port whose device says what is put into it.
type wire struct {
	says   chan []byte
	closed chan struct{}
}

func newWire() *wire { return &wire{says: make(chan []byte), closed: make(chan struct{})} }

func (w *wire) Read(ctx context.Context, buf []byte) (int, error) {
	select {
	case p := <-w.says:
		return copy(buf, p), nil
	case <-w.closed:
		return 0, device.ErrOffline
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (w *wire) Write(ctx context.Context, _ []byte) error { return ctx.Err() }

func (w *wire) Close() error { close(w.closed); return nil }

func TestABabblingPrinterBlocksNothing(t *testing.T) {
	w := newWire()
	l := printline.New(w, 4)
	defer l.Close()
	for range 3 {
		w.says <- []byte("abcdef")
	}
	if b := <-l.Heard(); b != 'a' {
		t.Errorf("heard %q first", b)
	}
}

func TestTheFirstFailureEndsTheLineForAll(t *testing.T) {
	l := printline.New(newWire(), 4)
	defer l.Close()
	l.Fail(device.ErrJam)
	l.Fail(device.ErrFault)
	<-l.Broken()
	if !errors.Is(l.Cause(), device.ErrJam) {
		t.Errorf("cause %v", l.Cause())
	}
}

func TestWhoWaitsForTheTurnHearsOfTheEnd(t *testing.T) {
	l := printline.New(newWire(), 4)
	inside, leave, waiting := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_ = l.Exclusive(t.Context(), func(context.Context) error { close(inside); <-leave; return nil })
	}()
	<-inside
	go func() { waiting <- l.Exclusive(t.Context(), func(context.Context) error { return nil }) }()
	l.Fail(device.ErrOffline)
	if err := <-waiting; !errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v", err)
	}
	close(leave)
	l.Close() // waits for the one inside
}

func TestAWriteThatFailedIsTheEndOfTheLine(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx         context.Context
		err         error
		want, cause error
	}{
		"its own deadline is silence": {t.Context(), context.DeadlineExceeded, device.ErrTimeout, device.ErrTimeout},
		"the caller's end is his own": {ended, context.Canceled, context.Canceled, device.ErrOffline},
		"unplugged":                   {t.Context(), device.ErrOffline, device.ErrOffline, device.ErrOffline},
	} {
		t.Run(name, func(t *testing.T) {
			l := printline.New(newWire(), 4)
			defer l.Close()
			if err := l.Lost(test.ctx, "write", test.err); !errors.Is(err, test.want) {
				t.Errorf("got %v", err)
			}
			if !errors.Is(l.Cause(), test.cause) {
				t.Errorf("cause %v", l.Cause())
			}
		})
	}
}

func TestOnlyAPrinterThatPrintsIsNoError(t *testing.T) {
	for _, s := range []device.State{
		device.Online, device.PaperNearEnd, device.PaperEnd, device.CoverOpen, device.Jam, device.Fault, device.Offline,
	} {
		if err := printline.StateErr(s); (err == nil) != s.Works() {
			t.Errorf("%s: %v", s, err)
		}
	}
}
