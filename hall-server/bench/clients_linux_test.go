package bench_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The clients of a broadcast live in a process of their own, so that the
// server's sockets and memory can be told from theirs. They are raw sockets
// under one epoll: cheap, and the same for the hub and for bare writes.

// clientRole, if set in the environment, makes this program the clients.
const clientRole = "SMARTHALL_BENCH_CLIENTS"

// The commands to the clients, one a line, and their answers:
//
//	connect ADDR N NAME   N connections; displays called NAME-0 and so on unless NAME is -; "ok"
//	stick ADDR NAME       a display that is never read; "ok"
//	await MARK            "ready", then, when every connection has had a frame that contains MARK, "at NANOSECONDS"
//	quit
//
// Times are of CLOCK_MONOTONIC, which all processes share.
type clients struct {
	epoll int
	conns map[int32]*client
	buf   []byte
}

// client is one connection; rest is the beginning of a frame that is not whole
// yet.
type client struct {
	fd   int
	rest []byte
	got  bool
}

func runClients(in io.Reader, out io.Writer) int {
	if _, err := raiseLimit(); err != nil {
		fmt.Fprintln(out, "error", err)
		return 1
	}
	epoll, err := unix.EpollCreate1(0)
	if err != nil {
		fmt.Fprintln(out, "error", err)
		return 1
	}
	cs := &clients{epoll: epoll, conns: make(map[int32]*client), buf: make([]byte, 256<<10)}
	// What comes while no command is at work must be read too: pings want their
	// pongs, and a socket that fills up would be a slow reader.
	commands := make(chan string)
	go func() {
		defer close(commands)
		for lines := bufio.NewScanner(in); lines.Scan(); {
			commands <- lines.Text()
		}
	}()
	for {
		select {
		case line, ok := <-commands:
			if !ok || line == "quit" {
				return 0
			}
			answer, err := cs.run(strings.Fields(line), out)
			if err != nil {
				fmt.Fprintln(out, "error", strings.ReplaceAll(err.Error(), "\n", " "))
				return 1
			}
			fmt.Fprintln(out, answer)
		default:
			if err := cs.poll(5*time.Millisecond, nil, nil); err != nil {
				fmt.Fprintln(out, "error", err)
				return 1
			}
		}
	}
}

func (cs *clients) run(args []string, out io.Writer) (string, error) {
	switch args[0] {
	case "connect":
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return "", err
		}
		for i := range n {
			name := args[3]
			if name != "-" {
				name = fmt.Sprintf("%s-%d", name, i)
			}
			if err := cs.connect(args[1], name, true); err != nil {
				return "", fmt.Errorf("connection %d: %w", i, err)
			}
		}
		return "ok", nil
	case "stick":
		return "ok", cs.connect(args[1], args[2], false)
	case "await":
		return cs.await([]byte(args[1]), out)
	}
	return "", fmt.Errorf("unknown command %q", args[0])
}

func (cs *clients) await(mark []byte, out io.Writer) (string, error) {
	for _, c := range cs.conns {
		c.got = false
	}
	left := len(cs.conns)
	fmt.Fprintln(out, "ready")
	deadline := time.Now().Add(60 * time.Second)
	for left > 0 {
		if err := cs.poll(100*time.Millisecond, mark, &left); err != nil {
			return "", err
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("%d connections never had %s", left, mark)
		}
	}
	return fmt.Sprintf("at %d", monotonic()), nil
}

// monotonic is the machine's clock that all processes share.
func monotonic() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err)
	}
	return ts.Nano()
}

// connect opens one connection. An agent shakes hands and says hello; the
// answers are read like everything else.
func (cs *clients) connect(addr, name string, read bool) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	port, err := netip.ParseAddrPort(addr)
	if err != nil {
		return err
	}
	if !read { // a stuck one takes as little as may be
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<10)
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(port.Port()), Addr: port.Addr().As4()}); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	var rest []byte
	if name != "-" {
		if rest, err = cs.shakeHands(fd, addr, name); err != nil {
			return err
		}
	}
	if !read {
		return nil
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	c := &client{fd: fd}
	cs.conns[int32(fd)] = c
	c.take(rest, nil)
	return unix.EpollCtl(cs.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (cs *clients) shakeHands(fd int, addr, name string) (rest []byte, err error) {
	request := "GET /link HTTP/1.1\r\nHost: " + addr + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: smarthall.v1\r\nX-Agent: " + name + "\r\n\r\n"
	if _, err := unix.Write(fd, []byte(request)); err != nil {
		return nil, err
	}
	hello := fmt.Sprintf(`{"type":"hello","at":"2026-11-23T09:00:00Z","body":{"versions":[1,1],"agent":%q,"role":"display"}}`, name)
	var got []byte
	for {
		n, err := unix.Read(fd, cs.buf)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("read the handshake: %d bytes, %w", n, err)
		}
		got = append(got, cs.buf[:n]...)
		head, rest, ok := bytes.Cut(got, []byte("\r\n\r\n"))
		if !ok {
			continue
		}
		if !bytes.HasPrefix(head, []byte("HTTP/1.1 101")) {
			return nil, fmt.Errorf("handshake refused: %.100s", head)
		}
		_, err = unix.Write(fd, masked(1, []byte(hello)))
		return rest, err
	}
}

// masked is a client's frame under the mask of four zeros.
func masked(opcode byte, payload []byte) []byte {
	out := []byte{0x80 | opcode}
	if len(payload) < 126 {
		out = append(out, 0x80|byte(len(payload)))
	} else {
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(len(payload)))
	}
	return append(append(out, 0, 0, 0, 0), payload...)
}

// poll reads what has come, and takes those that had mark off left.
func (cs *clients) poll(wait time.Duration, mark []byte, left *int) error {
	events := make([]unix.EpollEvent, 512)
	n, err := unix.EpollWait(cs.epoll, events, int(wait.Milliseconds()))
	if err != nil {
		if err == unix.EINTR {
			return nil
		}
		return fmt.Errorf("wait for the network: %w", err)
	}
	for _, e := range events[:n] {
		c := cs.conns[e.Fd]
		got, err := unix.Read(c.fd, cs.buf)
		if err == unix.EAGAIN {
			continue
		}
		if err != nil || got == 0 {
			if mark != nil {
				return fmt.Errorf("a connection ended: %w", err)
			}
			_ = unix.Close(c.fd)
			delete(cs.conns, e.Fd)
			continue
		}
		if c.take(cs.buf[:got], mark) && left != nil {
			*left--
		}
	}
	return nil
}

// take reads frames; it is true when the first with mark has come.
func (c *client) take(data, mark []byte) (first bool) {
	if len(c.rest) > 0 {
		data = append(c.rest, data...)
		c.rest = nil
	}
	for {
		opcode, payload, n := frame(data)
		if n == 0 {
			break
		}
		if opcode == 9 {
			_, _ = unix.Write(c.fd, masked(10, payload))
		}
		if mark != nil && !c.got && bytes.Contains(payload, mark) {
			c.got, first = true, true
		}
		data = data[n:]
	}
	if len(data) > 0 {
		c.rest = bytes.Clone(data)
	}
	return first
}

// frame is the first whole frame of data; n is 0 if there is none.
func frame(data []byte) (opcode byte, payload []byte, n int) {
	if len(data) < 2 {
		return 0, nil, 0
	}
	head, size := 2, int(data[1]&0x7f)
	switch {
	case size == 126 && len(data) >= 4:
		head, size = 4, int(binary.BigEndian.Uint16(data[2:]))
	case size == 127 && len(data) >= 10:
		head, size = 10, int(binary.BigEndian.Uint64(data[2:]))
	case size >= 126:
		return 0, nil, 0
	}
	if len(data) < head+size {
		return 0, nil, 0
	}
	return data[0] & 0xf, data[head : head+size], head + size
}

// raiseLimit lets this process open as many sockets as the machine allows.
func raiseLimit() (int, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	return int(min(limit.Cur, 1<<20)), nil
}
