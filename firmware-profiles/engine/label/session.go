package label

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smarthall/firmware-profiles/engine/printline"
	"smarthall/internal/device"
)

const (
	// chunk is how many bytes are written at once.
	chunk = 2048
	// writeSlack is how much longer than its time on the line a chunk may take.
	writeSlack = 4 * time.Second
	// quiet is the silence after which what came is taken as an answer.
	quiet = 25 * time.Millisecond
	// agree is how often a changed state is asked for until two answers in a
	// row agree; a disturbed line can look like any status.
	agree = 4
	// watchEvery is how often the printer is asked while a label is printed.
	watchEvery = 120 * time.Millisecond
	// slowest is how fast the slowest printers feed, in millimetres a second.
	slowest = 40
	// maxSilent is after how many unanswered questions a line that keeps silent
	// is opened anew.
	maxSilent = 8
	// reprobe is how many polls pass before a printer that never answered is
	// asked again: it may have been switched on.
	reprobe = 15
)

// What people read of printers that don't answer.
const (
	silentDetail  = "打印机不回报状态"
	portDetail    = "打印机不回报状态，只从 USB 口得知有没有纸"
	troubleDetail = "打印机没有应答，可能缺纸、缺碳带、机盖未关或打印头过热"
)

// refresh asks for the state and reports it. Silence is device.ErrTimeout,
// except from a printer on the network or on USB that never answered and from one that falls
// silent in trouble.
func (s *session) refresh(ctx context.Context) error {
	if s.p.mute || !s.p.told && s.silent > 0 && s.p.network() && s.silent%reprobe != 0 {
		s.silent++
		return s.reportSilent(ctx)
	}
	status, err := s.ask(ctx)
	switch {
	case err == nil:
		s.p.told, s.silent = true, 0
		s.report(status.State, status.Detail)
		return nil
	case !errors.Is(err, device.ErrTimeout):
		return err
	}
	s.silent++
	switch {
	case !s.p.told && s.p.network():
		return s.reportSilent(ctx)
	case s.p.told && s.p.lang.SilentInTrouble() && s.silent < maxSilent:
		s.report(device.Fault, troubleDetail)
		return nil
	}
	err = device.Temporary(fmt.Errorf("ask for status: %w", err))
	s.Fail(err)
	return err
}

// reportSilent reports a printer that answers nothing: as its port sees it, if
// the port sees something and the profile doesn't say that nothing can be told.
func (s *session) reportSilent(ctx context.Context) error {
	state, err := device.State(""), error(nil)
	if !s.p.mute {
		state, err = s.PortState(ctx)
	}
	switch {
	case err != nil:
		return err
	case state == "":
		s.report(device.Online, silentDetail)
	default:
		s.report(state, portDetail)
	}
	return nil
}

// ask asks until the answer is the state already known, or two answers agree.
func (s *session) ask(ctx context.Context) (Status, error) {
	var last Status
	for try := range agree {
		status, err := s.askOnce(ctx)
		if errors.Is(err, device.ErrTimeout) && try == 0 {
			status, err = s.askOnce(ctx)
		}
		if err != nil {
			return Status{}, err
		}
		if status.State == s.state || try > 0 && status.State == last.State {
			return status, nil
		}
		last = status
	}
	return last, nil
}

// askOnce sends the question and returns the answer.
func (s *session) askOnce(ctx context.Context) (Status, error) {
	for len(s.Heard()) > 0 {
		<-s.Heard() // said unasked or too late
	}
	if err := s.write(ctx, s.p.lang.Question()); err != nil {
		return Status{}, s.Lost(ctx, "ask for status", err)
	}
	late := time.NewTimer(s.p.answer + s.p.lineTime(128))
	defer late.Stop()
	pause := time.NewTimer(time.Hour)
	defer pause.Stop()
	var got []byte
	for {
		select {
		case b := <-s.Heard():
			got = append(got, b)
			pause.Reset(quiet)
		case <-pause.C:
			if status, ok := s.p.lang.Answer(got); ok {
				return status, nil
			}
		case <-late.C:
			return Status{}, fmt.Errorf("%d bytes that are no answer: %w", len(got), device.ErrTimeout)
		case <-s.Broken():
			return Status{}, s.Cause()
		case <-ctx.Done():
			return Status{}, ctx.Err()
		}
	}
}

// write sends a few bytes with a deadline of its own.
func (s *session) write(ctx context.Context, p []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.p.lineTime(len(p))+writeSlack)
	defer cancel()
	return s.Write(ctx, p)
}

// print sends a label and waits until it came out.
func (s *session) print(ctx context.Context, data []byte, copies int) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	// What the label before lacks is owed until this one has come out: the line
	// may lose this, too.
	owed := s.p.leftover
	if owed > 0 {
		if err := s.write(ctx, s.p.lang.Recover(owed-1)); err != nil {
			return s.Lost(ctx, "part from the label before", err)
		}
	}
	err := s.send(ctx, data, owed)
	if err == nil {
		if err = s.watch(ctx, copies); err != nil {
			if errors.Is(err, device.ErrOffline) {
				s.p.leftover = max(owed, 1+len(data)) // what the line still held is lost
			}
			s.cancel(ctx)
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", device.ErrPartly, err)
	}
	return nil
}

// ready is nil if the printer can print, or doesn't tell.
func (s *session) ready(ctx context.Context) error {
	if err := s.refresh(ctx); err != nil {
		return err
	}
	return printline.StateErr(s.state)
}

// send writes a label in chunks and lets the line keep up. If it fails, at
// least owed is left over.
func (s *session) send(ctx context.Context, data []byte, owed int) error {
	for sent := 0; sent < len(data); {
		n := min(chunk, len(data)-sent)
		s.p.leftover = max(owed, 1+len(data)-sent)
		if err := s.write(ctx, data[sent:sent+n]); err != nil {
			return s.Lost(ctx, "write", err)
		}
		sent += n
		s.p.leftover = max(owed, 1+len(data)-sent)
		if err := s.Wait(ctx, s.p.lineTime(n)); err != nil {
			return err
		}
	}
	s.p.leftover = 0
	return nil
}

// watch waits until the label, all of which was sent, came out.
func (s *session) watch(ctx context.Context, copies int) error {
	feeding := time.Duration(s.p.media.HeightMM+s.p.media.GapMM) * time.Second / slowest * time.Duration(copies)
	if s.p.mute || !s.p.told {
		return s.Wait(ctx, feeding) // nobody can tell
	}
	idle := 0
	for deadline := time.Now().Add(feeding + s.p.patience); time.Now().Before(deadline); {
		if err := s.Wait(ctx, watchEvery); err != nil {
			return err
		}
		status, err := s.ask(ctx)
		if errors.Is(err, device.ErrTimeout) && s.p.lang.SilentInTrouble() {
			s.report(device.Fault, troubleDetail)
			return fmt.Errorf("it fell silent while printing: %w", device.ErrFault)
		}
		if err != nil {
			return err
		}
		s.report(status.State, status.Detail)
		if err := printline.StateErr(status.State); err != nil {
			return err
		}
		// The first answer may be from before the label was read.
		if idle++; status.Busy {
			idle = 0
		}
		if idle >= 2 {
			return nil
		}
	}
	return fmt.Errorf("the label didn't come out: %w", device.ErrTimeout)
}

// cancelWithin bounds the cancelling of a label that failed.
const cancelWithin = 2 * time.Second

// cancel drops what the printer still holds. Whether that arrives shows when
// the printer is asked next.
func (s *session) cancel(ctx context.Context) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelWithin)
	defer stop()
	if err := s.Write(ctx, s.p.lang.Cancel()); err != nil {
		s.Fail(fmt.Errorf("cancel a label: %w", err))
	}
}
