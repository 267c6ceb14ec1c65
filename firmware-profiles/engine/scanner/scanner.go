// Package scanner reads barcode and QR scanners. Bytes flow in from a serial
// line, or are typed by a scanner that is a keyboard (Linux input events); they
// are cut into codes at CR, LF or a moment of silence, freed of what the
// scanner puts before them, read as UTF-8 or else GB18030, and flow out as
// device.CodeScanned.
package scanner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// defaultIdle is the silence that ends a code without a terminator.
const defaultIdle = 60 * time.Millisecond

// scanner is a scanner that is not opened yet.
type scanner struct {
	p   *profile.Profile
	cfg device.Config
	log *slog.Logger
	// open is openLine, but for tests.
	open func(ctx context.Context, p *profile.Profile, cfg device.Config) (line, error)
}

// New is the factory of the engine scanner.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	if _, err := p.ResolveParams(cfg.Params); err != nil {
		return nil, err
	}
	return &scanner{p: p, cfg: cfg, log: log, open: openLine}, nil
}

// Run reports codes until ctx ends or the line breaks. A scanner is never
// asked anything: it counts as online while its port is open.
func (s *scanner) Run(ctx context.Context, sink device.Sink) (err error) {
	line, err := s.open(ctx, s.p, s.cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, line.Close()) }()
	sink.State(device.Online, "")
	split, keyboard := NewSplitter(s.p), NewKeyboard()
	buf := make([]byte, 512)
	for {
		n, err := s.read(ctx, line, buf, split.Pending() || keyboard.Pending())
		switch {
		case errors.Is(err, port.ErrIdle):
			keyboard.Silence()
			if split.Pending() {
				s.emit(sink, split.Flush())
			}
			continue
		case err != nil:
			return fmt.Errorf("read scanner: %w", err)
		}
		sent := buf[:n]
		if types(s.p) {
			if sent, err = keyboard.Feed(sent); err != nil {
				return fmt.Errorf("read scanner: %w", err)
			}
		}
		for _, code := range split.Feed(sent) {
			s.emit(sink, code)
		}
	}
}

// read waits for bytes: for ever, or for a moment when a code is unfinished.
func (s *scanner) read(ctx context.Context, line line, buf []byte, pending bool) (int, error) {
	if !pending {
		return line.Read(ctx, buf)
	}
	return port.ReadRest(ctx, line, buf, s.p.Timing.Idle.Or(defaultIdle))
}

// emit reports a code. One that is too long or no text is dropped; its content
// may be personal and is not logged.
func (s *scanner) emit(sink device.Sink, c Code) {
	switch {
	case c.Err != nil:
		s.log.Warn("scanned bytes are no code", slog.Int("bytes", c.Size), slog.Any("cause", c.Err))
	case c.Text != "":
		sink.Event(device.CodeScanned{Text: c.Text})
	}
}
