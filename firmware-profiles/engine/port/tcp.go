package port

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// dialTimeout bounds the connection to a device on the hall's own network.
const dialTimeout = 3 * time.Second

// tcpPort is a Port over a connection. Deadlines come from ctx by way of
// context.AfterFunc, so that a cancelled ctx ends a wait at once.
type tcpPort struct {
	conn    net.Conn
	address string
	read    sync.Mutex // held by the one reader
	write   sync.Mutex // held by the one writer
}

func openTCP(ctx context.Context, address string) (Port, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, offline("connect to "+address, err)
	}
	return &tcpPort{conn: conn, address: address}, nil
}

func (p *tcpPort) Read(ctx context.Context, buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, nil
	}
	p.read.Lock()
	defer p.read.Unlock()
	n, err := until(ctx, p.conn.SetReadDeadline, func() (int, error) { return p.conn.Read(buf) })
	if n > 0 {
		return n, nil
	}
	return 0, cause(ctx, "read from "+p.address, err)
}

func (p *tcpPort) Write(ctx context.Context, b []byte) error {
	p.write.Lock()
	defer p.write.Unlock()
	_, err := until(ctx, p.conn.SetWriteDeadline, func() (int, error) { return p.conn.Write(b) })
	if err != nil {
		return cause(ctx, "write to "+p.address, err)
	}
	return nil
}

func (p *tcpPort) Close() error {
	if err := p.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// cause is ctx's error when ctx ended the wait, else a broken line.
func cause(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return ctx.Err()
	}
	return offline(doing, err)
}

// until runs io and ends it when ctx does. The deadline is set back before the
// next wait, after the function that AfterFunc started is known to be over.
func until(ctx context.Context, setDeadline func(time.Time) error, io func() (int, error)) (int, error) {
	if err := setDeadline(time.Time{}); err != nil {
		return 0, err
	}
	if ctx.Err() != nil {
		return 0, os.ErrDeadlineExceeded
	}
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(fired)
		_ = setDeadline(time.Unix(1, 0)) // fails only on a closed connection, which ends io too
	})
	n, err := io()
	if !stop() {
		<-fired
	}
	return n, err
}
