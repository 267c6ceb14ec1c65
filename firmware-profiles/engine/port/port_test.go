package port_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is the device's side of a line.
type peer interface {
	io.ReadWriteCloser
}

// lines opens a port over each transport, with its other side.
func lines(t *testing.T, test func(t *testing.T, p port.Port, dev peer)) {
	t.Run("pty", func(t *testing.T) {
		dev, path := enginetest.PTY(t)
		test(t, open(t, path), dev)
	})
	t.Run("tcp", func(t *testing.T) {
		address, conns := enginetest.Listen(t)
		test(t, open(t, address), <-conns)
	})
}

func open(t *testing.T, address string) port.Port {
	t.Helper()
	p, err := port.Open(t.Context(), address, port.Settings{Baud: 115200})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

// within is a context that ends soon enough for a test.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func readFull(t *testing.T, p port.Port, n int) []byte {
	t.Helper()
	var got []byte
	buf := make([]byte, 100)
	for len(got) < n {
		k, err := p.Read(within(t, enginetest.Patience), buf)
		if err != nil {
			t.Fatalf("read after %d bytes: %v", len(got), err)
		}
		if k == 0 {
			t.Fatal("read gave (0, nil)")
		}
		got = append(got, buf[:k]...)
	}
	return got
}

func TestEveryByteValuePassesBothWays(t *testing.T) {
	lines(t, func(t *testing.T, p port.Port, dev peer) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		if _, err := dev.Write(all); err != nil {
			t.Fatal(err)
		}
		if got := readFull(t, p, len(all)); !bytes.Equal(got, all) {
			t.Errorf("from the device: got % X", got)
		}
		if err := p.Write(within(t, enginetest.Patience), all); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(all))
		if _, err := io.ReadFull(dev, got); err != nil || !bytes.Equal(got, all) {
			t.Errorf("to the device: got % X, %v", got, err)
		}
	})
}

func TestReadEndsWithItsContext(t *testing.T) {
	lines(t, func(t *testing.T, p port.Port, dev peer) {
		n, err := p.Read(within(t, 30*time.Millisecond), make([]byte, 8))
		if n != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline: got %d, %v", n, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		n, err = p.Read(ctx, make([]byte, 8))
		if n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("cancel: got %d, %v", n, err)
		}
		if _, err := dev.Write([]byte("still alive")); err != nil {
			t.Fatal(err)
		}
		if got := readFull(t, p, 11); string(got) != "still alive" {
			t.Errorf("after a timeout: got %q", got)
		}
	})
}

func TestAnEndedContextNeitherReadsNorWrites(t *testing.T) {
	lines(t, func(t *testing.T, p port.Port, _ peer) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.Read(ctx, make([]byte, 8)); !errors.Is(err, context.Canceled) {
			t.Errorf("read: got %v", err)
		}
		if err := p.Write(ctx, []byte("x")); !errors.Is(err, context.Canceled) {
			t.Errorf("write: got %v", err)
		}
	})
}

func TestUnplugEndsReadAsOffline(t *testing.T) {
	lines(t, func(t *testing.T, p port.Port, dev peer) {
		ended := make(chan error, 1)
		go func() {
			_, err := p.Read(within(t, enginetest.Patience), make([]byte, 8))
			ended <- err
		}()
		time.Sleep(10 * time.Millisecond) // the reader should be waiting, but either order must work
		if err := dev.Close(); err != nil {
			t.Fatal(err)
		}
		err := <-ended
		if !errors.Is(err, device.ErrOffline) || !device.IsTemporary(err) {
			t.Errorf("got %v, want a temporary device.ErrOffline", err)
		}
	})
}

func TestCloseEndsReadAndIsRepeatable(t *testing.T) {
	lines(t, func(t *testing.T, p port.Port, _ peer) {
		ended := make(chan error, 1)
		go func() {
			_, err := p.Read(t.Context(), make([]byte, 8))
			ended <- err
		}()
		time.Sleep(10 * time.Millisecond) // as above
		if err := errors.Join(p.Close(), p.Close()); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, device.ErrOffline) {
			t.Errorf("read: got %v", err)
		}
		if err := p.Write(t.Context(), []byte("x")); !errors.Is(err, device.ErrOffline) {
			t.Errorf("write: got %v", err)
		}
	})
}

// A device that takes no more bytes must not hold a writer beyond its deadline.
func TestWriteToAStuckDeviceEndsWithItsContext(t *testing.T) {
	lines(t, func(t *testing.T, p port.Port, _ peer) {
		start := time.Now()
		var err error
		for err == nil && time.Since(start) < enginetest.Patience {
			err = p.Write(within(t, 50*time.Millisecond), make([]byte, 1<<20))
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestCloseEndsAStuckWrite(t *testing.T) {
	lines(t, func(t *testing.T, p port.Port, _ peer) {
		ended := make(chan error, 1)
		go func() { ended <- p.Write(t.Context(), make([]byte, 64<<20)) }()
		time.Sleep(20 * time.Millisecond) // long enough to fill the buffers
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, device.ErrOffline) {
			t.Errorf("got %v", err)
		}
	})
}

func TestASerialPortHasOneOwner(t *testing.T) {
	_, path := enginetest.PTY(t)
	link := filepath.Join(t.TempDir(), "reader")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	first := open(t, path)
	for _, name := range []string{path, link} {
		if _, err := port.Open(t.Context(), name, port.Settings{}); !errors.Is(err, port.ErrBusy) {
			t.Errorf("second open of %s: got %v, want ErrBusy", name, err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, link)
}

func TestOpenFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once, only its address is wanted
	if err != nil {
		t.Fatal(err)
	}
	dead := "tcp://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, path := enginetest.PTY(t)
	tests := []struct {
		name     string
		address  string
		settings port.Settings
		want     string
		offline  bool
	}{
		{"no address", "", port.Settings{}, "neither", false},
		{"unknown scheme", "udp://127.0.0.1:9100", port.Settings{}, "neither", false},
		{"path that is not there", filepath.Join(t.TempDir(), "ttyUSB9"), port.Settings{}, "open serial port", true},
		{"a file", os.Args[0], port.Settings{}, "open serial port", true},
		{"nobody listens", dead, port.Settings{}, "connect", true},
		{"no port", "tcp://127.0.0.1", port.Settings{}, "connect", true},
		{"parity", path, port.Settings{Parity: "maybe"}, "parity", false},
		{"stop bits", path, port.Settings{StopBits: "3"}, "stop bits", false},
		{"data bits", path, port.Settings{DataBits: 9}, "data bits", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := port.Open(t.Context(), tt.address, tt.settings)
			if err == nil {
				_ = p.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.want) || errors.Is(err, device.ErrOffline) != tt.offline {
				t.Errorf("got %v", err)
			}
		})
	}
}
