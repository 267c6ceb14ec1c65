package escpos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/engine/printline"
	"smarthall/internal/device"
)

const (
	// checkEvery is how many bytes are sent between two looks at the paper;
	// less than the smallest buffers, which stop the line when paper is out.
	checkEvery = 2048
	// writeSlack is how much longer than its time on the line a band may take.
	writeSlack = 3 * time.Second
	// confirmStep is how long one wait for GS r lasts before the paper is
	// looked at.
	confirmStep = 400 * time.Millisecond
	// dotsPerSecond is the speed of a slow receipt printer, 75 mm/s.
	dotsPerSecond = 600
)

// print sends a ticket and waits until it is cut.
func (s *session) print(ctx context.Context, t Ticket) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if err := s.separate(ctx); err != nil {
		return err
	}
	if err := s.pour(ctx, t); err != nil {
		return fmt.Errorf("%w: %w", device.ErrPartly, err)
	}
	return nil
}

// pour sends a ticket's bands and waits for its cut. Whatever it fails with,
// something of the ticket may be on paper.
func (s *session) pour(ctx context.Context, t Ticket) error {
	sent := 0
	for i, band := range t.Bands {
		if err := s.send(ctx, band); err != nil {
			return err
		}
		last := i == len(t.Bands)-1
		if sent += len(band.Data); sent < checkEvery || last {
			continue
		}
		sent = 0
		if err := s.ready(ctx); err != nil {
			s.p.leftover = 1
			return err
		}
	}
	return s.confirm(ctx, t)
}

// ready is nil if the printer can print, or doesn't tell.
func (s *session) ready(ctx context.Context) error {
	if s.p.status == modeNone {
		if err := s.reportSilent(ctx); err != nil {
			return err
		}
		return printline.StateErr(s.state)
	}
	if err := s.pollStatus(ctx); err != nil {
		return err
	}
	return printline.StateErr(s.state)
}

// separate parts a ticket from one that was cut short: what the printer still
// waits for is filled with zeroes, which print nothing, and the rest is cut
// off.
func (s *session) separate(ctx context.Context) error {
	if s.p.leftover == 0 {
		return nil
	}
	fill := make([]byte, s.p.leftover-1)
	e := newEncoder(s.p.caps)
	e.put(fill...)
	e.put(0x0A)
	e.put(cmdInit...)
	e.cut()
	if err := s.send(ctx, Band{Data: e.out, Binary: len(fill) > 0}); err != nil {
		return err
	}
	s.p.leftover = 0
	return nil
}

// send writes a band and lets the line and the printer keep up.
func (s *session) send(ctx context.Context, b Band) error {
	onLine := s.p.lineTime(len(b.Data))
	wctx, cancel := context.WithTimeout(ctx, onLine+writeSlack)
	defer cancel()
	if err := s.Write(wctx, b.Data); err != nil {
		s.p.leftover = 1
		if b.Binary {
			s.p.leftover += len(b.Data)
		}
		return s.Lost(ctx, "write", err)
	}
	if err := s.Wait(ctx, onLine+s.p.pace); err != nil {
		s.p.leftover = 1
		return err
	}
	return nil
}

// lineTime is how long n bytes take on a serial line, ten bits a byte; 0 on a
// network and on USB.
func (p *Printer) lineTime(n int) time.Duration {
	if !port.Serial(p.cfg.Port) {
		return 0
	}
	return time.Duration(n) * 10 * time.Second / time.Duration(p.baud)
}

// confirm waits until the ticket, all of which was sent, is on paper and cut.
func (s *session) confirm(ctx context.Context, t Ticket) error {
	if s.p.status == modeNone {
		return nil // nobody can tell
	}
	printing := time.Duration(t.Dots) * time.Second / dotsPerSecond
	if !s.p.confirms {
		if err := s.Wait(ctx, printing); err != nil {
			return err
		}
		return s.ready(ctx)
	}
	s.drain()
	s.confirmed = false
	if err := s.send(ctx, Band{Data: cmdPaperQuery}); err != nil {
		return err
	}
	deadline := time.Now().Add(printing + s.p.patience)
	for time.Now().Before(deadline) {
		_, err := s.receive(ctx, confirmStep, isConfirm)
		if err == nil || !errors.Is(err, device.ErrTimeout) {
			return err
		}
		err = s.ready(ctx)
		if s.confirmed {
			return nil // it came while the state was asked for
		}
		if err != nil {
			return err
		}
	}
	// It is well, had its time and doesn't know the question: remember that.
	s.p.confirms = false
	s.p.log.Warn("printer doesn't answer the paper query; printing is confirmed by its state from now on")
	return nil
}
