package samv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// The engine's own patience, where a profile says nothing.
const (
	defaultFind   = 200 * time.Millisecond
	defaultRead   = 3 * time.Second
	defaultStatus = time.Second
	defaultPoll   = 400 * time.Millisecond
	defaultHold   = 5 * time.Second

	// brokenGrace is how long to listen on after a broken frame, which may
	// have been garbage before the answer.
	brokenGrace = 200 * time.Millisecond
	// maxErrors is how many questions in a row may fail before the line is
	// given up.
	maxErrors = 5
)

// reader is a card reader that is not opened yet.
type reader struct {
	p   *profile.Profile
	cfg device.Config
	log *slog.Logger
}

// New is the factory of the engine sam-v.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	if _, err := p.ResolveParams(cfg.Params); err != nil {
		return nil, err
	}
	return &reader{p: p, cfg: cfg, log: log}, nil
}

// Run finds the reader's speed, then looks for cards until ctx ends or the
// reader falls silent.
func (r *reader) Run(ctx context.Context, sink device.Sink) error {
	line, err := r.open(ctx)
	if err != nil {
		return err
	}
	w := &watch{conn: line, p: r.p, sink: sink}
	err = w.run(ctx)
	w.lifted()
	if closeErr := line.port.Close(); err == nil {
		err = closeErr
	}
	return err
}

// open tries the speeds of the profile until the module answers.
func (r *reader) open(ctx context.Context) (*conn, error) {
	var failed error
	for _, baud := range r.bauds() {
		cfg := r.cfg
		cfg.Baud = baud
		line, err := engine.OpenPort(ctx, r.p, cfg)
		if err != nil {
			return nil, err
		}
		c := &conn{port: line, baud: baud}
		_, err = c.ask(ctx, ReadStatus, r.p.Timing.Status.Or(defaultStatus))
		if err == nil {
			r.log.Debug("reader answers", slog.Int("baud", baud))
			return c, nil
		}
		failed = errors.Join(err, line.Close())
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, device.Temporary(fmt.Errorf("look for the reader: %w", failed))
}

// bauds are the speeds to try. TCP and USB have one, whatever it is.
func (r *reader) bauds() []int {
	t, _ := r.p.Transport(profile.Serial)
	switch {
	case r.cfg.Baud != 0:
		return []int{r.cfg.Baud}
	case len(t.Baud) == 0:
		return []int{0}
	case t.Probe == "" || !port.Serial(r.cfg.Port):
		return t.Baud[:1]
	default:
		return t.Baud
	}
}

// conn asks questions over an open port, one at a time.
type conn struct {
	port   port.Port
	baud   int
	parser Parser
	stale  bool // an answer to an earlier question may still come
}

// ask sends a request and waits for its answer, timeout plus the time that the
// bytes take on the line. The error wraps device.ErrTimeout, ErrChecksum,
// ErrFrame or ErrOffline, or is ctx's.
func (c *conn) ask(ctx context.Context, req Request, timeout time.Duration) (Answer, error) {
	if err := c.settle(ctx); err != nil {
		return Answer{}, err
	}
	waiting, cancel := context.WithTimeout(ctx, timeout+c.lineTime(req))
	defer cancel()
	if err := c.port.Write(waiting, req.Encode()); err != nil {
		return Answer{}, fmt.Errorf("ask %02X %02X: %w", req.Cmd, req.Para, c.silence(ctx, err))
	}
	a, err := c.answer(waiting)
	if err != nil {
		c.stale = true
		return Answer{}, fmt.Errorf("ask %02X %02X: %w", req.Cmd, req.Para, c.silence(ctx, err))
	}
	return a, nil
}

// answer reads until an answer is complete.
func (c *conn) answer(ctx context.Context) (Answer, error) {
	var broken error
	buf := make([]byte, 512)
	for {
		a, ok, err := c.parser.NextAnswer()
		if ok && err == nil {
			return a, nil
		}
		if ok && broken == nil {
			broken = err
			grace, cancel := context.WithTimeout(ctx, brokenGrace)
			defer cancel()
			ctx = grace
		}
		if ok {
			continue
		}
		n, err := c.port.Read(ctx, buf)
		if err != nil {
			if broken != nil && !errors.Is(err, device.ErrOffline) {
				return Answer{}, broken
			}
			return Answer{}, err
		}
		c.parser.Feed(buf[:n])
	}
}

// silence makes the end of a question's own deadline a device.ErrTimeout.
func (c *conn) silence(ctx context.Context, err error) error {
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return device.ErrTimeout
	}
	return err
}

// settle throws away what came too late for an earlier question: an answer
// doesn't say what it answers.
func (c *conn) settle(ctx context.Context) error {
	c.parser.Reset()
	if !c.stale {
		return nil
	}
	buf := make([]byte, 512)
	for range 20 {
		quiet, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		_, err := c.port.Read(quiet, buf)
		cancel()
		if errors.Is(err, device.ErrOffline) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			break
		}
	}
	c.stale = false
	return nil
}

// lineTime is how long the bytes of a question and of its longest answer take.
func (c *conn) lineTime(req Request) time.Duration {
	if c.baud == 0 {
		return 0
	}
	size := 64
	if req.Cmd == ReadCard.Cmd {
		size = maxBody
	}
	return time.Duration(size) * 10 * time.Second / time.Duration(c.baud)
}
