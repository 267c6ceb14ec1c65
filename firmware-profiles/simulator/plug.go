package simulator

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// plug is a device's end of a line.
type plug interface {
	// write sends bytes to the host; nobody there means they are lost.
	write(p []byte)
	// close cuts the line and returns when nothing of it runs any more.
	close()
}

// writeWait is how long a write waits for a host that doesn't read.
const writeWait = 200 * time.Millisecond

// openPlug opens "tcp://host:port" to listen on, or a pseudo-terminal with a
// symbolic link at the path. It returns the address that the host opens.
func openPlug(address string, receive func([]byte)) (plug, string, error) {
	if host, ok := strings.CutPrefix(address, "tcp://"); ok {
		return listenTCP(host, receive)
	}
	return openPTY(address, receive)
}

// socket is a device with a network interface. It serves the latest
// connection, as print servers do that let a newcomer in.
type socket struct {
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	conn   net.Conn // guarded by mu; nil while nobody is connected
	closed bool     // guarded by mu
}

func listenTCP(host string, receive func([]byte)) (plug, string, error) {
	l, err := net.Listen("tcp", host)
	if err != nil {
		return nil, "", err
	}
	s := &socket{listener: l}
	s.running.Go(func() { s.accept(receive) })
	return s, "tcp://" + l.Addr().String(), nil
}

func (s *socket) accept(receive func([]byte)) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		if !s.replace(conn) {
			return
		}
		s.running.Go(func() {
			readAll(conn, receive)
			_ = conn.Close() // the host is gone
		})
	}
}

// replace makes conn the connection; false if the plug is out.
func (s *socket) replace(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close() // nobody has used it
		return false
	}
	if s.conn != nil {
		_ = s.conn.Close() // its reader sees that and ends
	}
	s.conn = conn
	return true
}

// readAll hands over what comes until the line ends.
func readAll(r interface{ Read([]byte) (int, error) }, receive func([]byte)) {
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			receive(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

func (s *socket) write(p []byte) {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn == nil {
		return
	}
	if conn.SetWriteDeadline(time.Now().Add(writeWait)) == nil {
		_, _ = conn.Write(p) // a host that is gone hears nothing
	}
}

func (s *socket) close() {
	s.mu.Lock()
	s.closed = true
	if s.conn != nil {
		_ = s.conn.Close() // ends its reader
	}
	s.mu.Unlock()
	_ = s.listener.Close() // ends accept
	s.running.Wait()
}

// terminal is a device on a serial line. The slave is kept open, so that its
// raw mode stays and the master can be read while no host has it open.
type terminal struct {
	master, slave *os.File
	link          string
	running       sync.WaitGroup
}

func openPTY(link string, receive func([]byte)) (plug, string, error) {
	if link == "" {
		return nil, "", errors.New("no port")
	}
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, "", fmt.Errorf("open pseudo-terminal: %w", err)
	}
	master, err := pollable(blocking)
	_ = blocking.Close() // only its duplicate is used
	if err != nil {
		_ = slave.Close() // the first error counts
		return nil, "", err
	}
	t := &terminal{master: master, slave: slave, link: link}
	if err := errors.Join(makeRaw(slave), symlink(slave.Name(), link)); err != nil {
		_ = master.Close() // the first error counts
		_ = slave.Close()
		return nil, "", err
	}
	t.running.Go(func() { readAll(master, receive) })
	return t, link, nil
}

// pollable is the same terminal as f, but one whose reads end when it is
// closed: asking for the terminal's number made f a blocking file.
func pollable(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("duplicate pseudo-terminal: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd) // the first error counts
		return nil, fmt.Errorf("make pseudo-terminal pollable: %w", err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// makeRaw stops the line discipline from changing or echoing bytes.
func makeRaw(f *os.File) error {
	fd := int(f.Fd())
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read terminal settings: %w", err)
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8 | unix.CREAD | unix.CLOCAL
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return fmt.Errorf("make terminal raw: %w", err)
	}
	return nil
}

// symlink points link to the terminal. It replaces another link, left behind
// by a run that was killed, but never anything else.
func symlink(target, link string) error {
	if err := os.MkdirAll(filepath.Dir(link), 0o750); err != nil {
		return fmt.Errorf("make folder of %s: %w", link, err)
	}
	if st, err := os.Lstat(link); err == nil {
		if st.Mode()&os.ModeSymlink == 0 {
			return fmt.Errorf("%s exists and is no symbolic link", link)
		}
		if err := os.Remove(link); err != nil {
			return fmt.Errorf("remove old link: %w", err)
		}
	}
	if err := os.Symlink(target, link); err != nil {
		return fmt.Errorf("link pseudo-terminal: %w", err)
	}
	return nil
}

// unread is how many bytes may wait for a host before they count as unheard.
const unread = 2048

func (t *terminal) write(p []byte) {
	fd := int(t.slave.Fd())
	if n, err := unix.IoctlGetInt(fd, unix.TIOCINQ); err == nil && n > unread {
		_ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) // at worst the host reads old bytes
	}
	if t.master.SetWriteDeadline(time.Now().Add(writeWait)) == nil {
		_, _ = t.master.Write(p) // nobody there: lost, as on a wire
	}
}

func (t *terminal) close() {
	if target, err := os.Readlink(t.link); err == nil && target == t.slave.Name() {
		_ = os.Remove(t.link) // somebody else's new link stays
	}
	_ = t.master.Close() // the host sees a hang-up
	_ = t.slave.Close()
	t.running.Wait()
}
