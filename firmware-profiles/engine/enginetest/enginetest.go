// Package enginetest helps the tests of engines: a device's side of a
// pseudo-terminal or TCP line, and a sink that remembers what a driver said.
package enginetest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"smarthall/internal/device"
)

// Patience is how long a test waits for what must happen, on a busy machine too.
const Patience = time.Minute

// Log is a logger that says nothing.
func Log() *slog.Logger { return slog.New(slog.DiscardHandler) }

// WaitFor polls until done, or fails the test.
func WaitFor(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if done() {
			return
		}
	}
	tb.Fatalf("waited in vain for %s", what)
}

// PTY is a raw pseudo-terminal: the device's side and the path that the driver
// opens. The line stays up while no driver has it open, as a cable does. Both
// ends are closed when the test ends; closing the device's side is an unplug.
func PTY(tb testing.TB) (dev *os.File, path string) {
	tb.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		tb.Fatal(err)
	}
	dev = pollable(tb, master)
	tb.Cleanup(func() {
		_ = dev.Close() // a test may have unplugged it already
		_ = slave.Close()
	})
	conn, err := slave.SyscallConn()
	if err != nil {
		tb.Fatal(err)
	}
	if err := conn.Control(func(fd uintptr) { raw(tb, int(fd)) }); err != nil {
		tb.Fatal(err)
	}
	return dev, slave.Name()
}

// pollable is f under another descriptor that doesn't block, so that closing it
// ends a read. f is closed.
func pollable(tb testing.TB, f *os.File) *os.File {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(unix.SetNonblock(fd, true), f.Close()); err != nil {
		tb.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

// raw switches off what a terminal does to bytes.
func raw(tb testing.TB, fd int) {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		tb.Fatal(err)
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		tb.Fatal(err)
	}
}

// Listen is the device's side of a TCP line: the address that the driver opens
// and the connections that come in. Everything is closed when the test ends.
func Listen(tb testing.TB) (address string, conns <-chan net.Conn) {
	tb.Helper()
	l, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	ch := make(chan net.Conn, 8)
	var open []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open = append(open, c)
			ch <- c
		}
	}()
	tb.Cleanup(func() {
		_ = l.Close()
		<-done
		for _, c := range open {
			_ = c.Close() // a test may have closed it already
		}
	})
	return "tcp://" + l.Addr().String(), ch
}

// Report is one state that a driver reported.
type Report struct {
	State  device.State
	Detail string
}

// Sink remembers what a driver said. The zero value is ready.
type Sink struct {
	mu     sync.Mutex
	states []Report
	events []any
}

var _ device.Sink = (*Sink)(nil)

// State implements device.Sink.
func (s *Sink) State(state device.State, detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.states = append(s.states, Report{state, detail})
}

// Event implements device.Sink.
func (s *Sink) Event(e any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

// States are all reports so far.
func (s *Sink) States() []Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Report(nil), s.states...)
}

// Events are all events so far.
func (s *Sink) Events() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]any(nil), s.events...)
}

// Last is the newest report, or nothing.
func (s *Sink) Last() Report {
	all := s.States()
	if len(all) == 0 {
		return Report{}
	}
	return all[len(all)-1]
}

// Start runs a driver until stop is called, which returns what Run returned.
// The test ends it in any case.
func Start(tb testing.TB, d device.Device, sink device.Sink) (stop func() error) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx, sink) }()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() {
			cancel()
			select {
			case err = <-ended:
			case <-time.After(Patience):
				err = errors.New("the driver doesn't stop")
			}
		})
		return err
	}
	tb.Cleanup(func() { _ = stop() }) // the test looks at the error if it cares
	return stop
}
