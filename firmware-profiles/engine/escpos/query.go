package escpos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

const (
	// reprobe is how many polls pass before a printer that never answered is
	// asked again: it may have been switched on. The first reprobeAtOnce polls all
	// ask: it may just have been busy, and what is printed meanwhile is unproved.
	reprobe       = 15
	reprobeAtOnce = 3
	// agree is how often a changed state is asked for until two answers in a
	// row agree; a disturbed line can look like any status.
	agree = 4
)

const (
	silentDetail = "打印机不回报状态"
	portDetail   = "打印机不回报状态，只从 USB 口得知有没有纸"
)

// probe finds out whether the printer answers real-time questions and reports
// its first state.
func (s *session) probe(ctx context.Context) error {
	if s.p.profile.Has(profile.QuirkNoStatus) || s.p.profile.Status.Via == "none" {
		s.p.status = modeNone
		s.report(device.Online, silentDetail)
		return nil
	}
	if s.p.status == modeNone {
		s.p.status = modeUnknown
	}
	return s.pollStatus(ctx)
}

// pollStatus asks for the state and reports it. Silence is device.ErrTimeout,
// except from a printer on the network or on USB that never answered.
func (s *session) pollStatus(ctx context.Context) error {
	if s.p.status == modeNone && !s.reprobeNow() {
		return s.reportSilent(ctx)
	}
	state, detail, err := s.askState(ctx)
	switch {
	case err == nil:
		s.p.status = modeDLEEOT
		s.report(state, detail)
		return nil
	case !errors.Is(err, device.ErrTimeout):
		return err
	case s.p.status != modeDLEEOT && s.network():
		s.p.status = modeNone
		return s.reportSilent(ctx)
	default:
		err = device.Temporary(fmt.Errorf("ask for status: %w", err))
		s.Fail(err)
		return err
	}
}

// reprobeNow tells, once in a while, that a silent printer is worth asking.
func (s *session) reprobeNow() bool {
	if s.p.profile.Has(profile.QuirkNoStatus) || s.p.profile.Status.Via == "none" {
		return false
	}
	s.idlePolls++
	return s.idlePolls <= reprobeAtOnce || s.idlePolls%reprobe == 0
}

// reportSilent reports a printer that answers nothing: as its port sees it, if
// the port sees something and the profile doesn't say that nothing can be told.
func (s *session) reportSilent(ctx context.Context) error {
	if s.p.profile.Has(profile.QuirkNoStatus) || s.p.profile.Status.Via == "none" {
		return nil // reported when the line was opened
	}
	switch state, err := s.PortState(ctx); {
	case err != nil:
		return err
	case state == "":
		s.report(device.Online, silentDetail)
	default:
		s.report(state, portDetail)
	}
	return nil
}

// network tells of a line that says itself when it breaks.
func (s *session) network() bool { return !port.Serial(s.p.cfg.Port) }

// askState asks until the answer is the state already known, or two answers
// agree.
func (s *session) askState(ctx context.Context) (device.State, string, error) {
	var state device.State
	var detail string
	for try := range agree {
		status, err := s.askStatus(ctx)
		if errors.Is(err, device.ErrTimeout) && try == 0 {
			status, err = s.askStatus(ctx)
		}
		if err != nil {
			return "", "", err
		}
		next, nextDetail := status.Of(s.p.caps)
		if next == s.state || next == state {
			return next, nextDetail, nil
		}
		state, detail = next, nextDetail
	}
	return state, detail, nil
}

// askStatus asks DLE EOT 1, 2 and 4, and 3 when there is an error to explain.
func (s *session) askStatus(ctx context.Context) (Status, error) {
	var st Status
	for _, part := range []struct {
		n    byte
		into *byte
	}{{askPrinter, &st.Printer}, {askOffline, &st.Offline}, {askPaper, &st.Paper}, {askError, &st.Error}} {
		if part.n == askError && st.Offline&0x40 == 0 {
			continue
		}
		b, err := s.ask(ctx, part.n)
		if err != nil {
			return Status{}, fmt.Errorf("status %d: %w", part.n, err)
		}
		*part.into = b
	}
	return st, nil
}

// ask sends DLE EOT n and returns the answer.
func (s *session) ask(ctx context.Context, n byte) (byte, error) {
	s.drain()
	wctx, cancel := context.WithTimeout(ctx, writeSlack)
	defer cancel()
	if err := s.Write(wctx, []byte{0x10, 0x04, n}); err != nil {
		return 0, s.Lost(ctx, "ask", err)
	}
	return s.receive(ctx, s.p.answer, IsStatus)
}

// drain forgets what the printer said unasked or too late, but not that it
// confirmed a ticket: it does that when it is done, not when it is listened to.
func (s *session) drain() {
	for {
		select {
		case b := <-s.Heard():
			s.confirmed = s.confirmed || isConfirm(b)
		default:
			return
		}
	}
}

// receive returns the next byte that is wanted, or device.ErrTimeout.
func (s *session) receive(ctx context.Context, within time.Duration, wanted func(byte) bool) (byte, error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		select {
		case b := <-s.Heard():
			s.confirmed = s.confirmed || isConfirm(b)
			if wanted(b) {
				return b, nil
			}
		case <-timer.C:
			return 0, device.ErrTimeout
		case <-s.Broken():
			return 0, s.Cause()
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// report tells the sink what changed.
func (s *session) report(state device.State, detail string) {
	if state == s.state && detail == s.detail {
		return
	}
	s.state, s.detail = state, detail
	s.sink.State(state, detail)
}
