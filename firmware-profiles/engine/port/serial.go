package port

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// readSlice is how long one read of the serial library waits. The library has
// no context, and its timeout returns (0, nil): so Read asks again and again,
// and this is how late it may notice that its context ended.
const readSlice = 20 * time.Millisecond

// serialPort is a Port over go.bug.st/serial.
type serialPort struct {
	path string
	port serial.Port // sets the line up and reads
	// out is a second descriptor of the port, for writing: the library's write
	// can't be interrupted, and a device that holds the line by flow control
	// would block it for ever.
	out  *os.File
	lock *lockFile

	read   sync.Mutex    // held during one slice of a read
	write  sync.Mutex    // held by the one writer
	closed chan struct{} // closed by the first Close
	once   sync.Once
	err    error // of Close
}

func openSerial(ctx context.Context, path string, s Settings) (Port, error) {
	mode, err := s.mode()
	if err != nil {
		return nil, fmt.Errorf("serial port %s: %w", path, err)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, err := os.Stat(path); err != nil {
		return nil, offline("open serial port", err)
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	p := &serialPort{path: path, lock: lock, closed: make(chan struct{})}
	if err := p.open(mode); err != nil {
		lock.release()
		return nil, err
	}
	return p, nil
}

// open opens both descriptors. The one for writing comes first, because the
// library claims the port for itself.
func (p *serialPort) open(mode *serial.Mode) (err error) {
	if p.out, err = os.OpenFile(p.path, os.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0); err != nil {
		return p.refused(err)
	}
	if p.port, err = serial.Open(p.path, mode); err != nil {
		return p.refused(errors.Join(err, p.out.Close()))
	}
	if err := p.port.SetReadTimeout(readSlice); err != nil {
		return p.refused(errors.Join(err, p.port.Close(), p.out.Close()))
	}
	return nil
}

// refused tells a port that somebody else holds from one that is away.
func (p *serialPort) refused(err error) error {
	var pe *serial.PortError
	if errors.Is(err, unix.EBUSY) || errors.As(err, &pe) && pe.Code() == serial.PortBusy {
		return &BusyError{Port: p.path}
	}
	return offline("open serial port "+p.path, err)
}

// mode translates the settings for the library.
func (s Settings) mode() (*serial.Mode, error) {
	m := &serial.Mode{BaudRate: s.Baud, DataBits: s.DataBits}
	if m.BaudRate == 0 {
		m.BaudRate = 9600
	}
	if m.DataBits == 0 {
		m.DataBits = 8
	}
	if m.BaudRate < 50 || m.DataBits < 5 || m.DataBits > 8 {
		return nil, fmt.Errorf("no serial line has %d baud and %d data bits", s.Baud, s.DataBits)
	}
	var ok bool
	if m.Parity, ok = parities[s.Parity]; !ok {
		return nil, fmt.Errorf("unknown parity %q", s.Parity)
	}
	if m.StopBits, ok = stopBits[s.StopBits]; !ok {
		return nil, fmt.Errorf("unknown stop bits %q", s.StopBits)
	}
	return m, nil
}

var parities = map[string]serial.Parity{
	"": serial.NoParity, "none": serial.NoParity, "odd": serial.OddParity,
	"even": serial.EvenParity, "mark": serial.MarkParity, "space": serial.SpaceParity,
}

var stopBits = map[string]serial.StopBits{
	"": serial.OneStopBit, "1": serial.OneStopBit, "1.5": serial.OnePointFiveStopBits, "2": serial.TwoStopBits,
}

func (p *serialPort) Read(ctx context.Context, buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, nil
	}
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := p.readSlice(buf)
		if n > 0 {
			return n, nil
		}
		if err != nil {
			return 0, offline("read from "+p.path, err)
		}
	}
}

// readSlice waits for bytes for a moment. Close waits for it, because the
// library would close the descriptor under a waiting read.
func (p *serialPort) readSlice(buf []byte) (int, error) {
	p.read.Lock()
	defer p.read.Unlock()
	select {
	case <-p.closed:
		return 0, os.ErrClosed
	default:
		return p.port.Read(buf)
	}
}

func (p *serialPort) Write(ctx context.Context, b []byte) error {
	p.write.Lock()
	defer p.write.Unlock()
	_, err := until(ctx, p.out.SetWriteDeadline, func() (int, error) { return p.out.Write(b) })
	if err != nil {
		return cause(ctx, "write to "+p.path, err)
	}
	return nil
}

func (p *serialPort) Close() error {
	p.once.Do(func() {
		close(p.closed)
		p.err = p.out.Close() // ends a waiting write
		p.read.Lock()
		defer p.read.Unlock()
		p.err = errors.Join(p.err, p.port.Close())
		p.lock.release()
	})
	return p.err
}
