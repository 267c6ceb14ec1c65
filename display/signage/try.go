package signage

import (
	"context"
	"errors"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
)

// stripTrial is a strip that shows a technician that it works.
type stripTrial struct {
	shown chan error    // takes how showing ended
	over  chan struct{} // closed when a call takes the strip
	begun bool          // it was handed to the strip once; guarded by the strip's mu
}

// Why a trial isn't begun, or ends before its time.
const (
	busyShowing  = "正在显示叫号，请稍后再试"
	busySpeaking = "正在播报叫号，请稍后再试"
	settingUp    = "设备正在准备，请稍后再试"
	takenByCall  = "试到一半来了叫号，已让给叫号"
)

var errCalled = errors.New("a call is to be heard")

// try has a strip or a loudspeaker tried out in the pauses between calls.
func (s *Signage) try(ctx context.Context, d *agent.Device) error {
	out := s.outs.Load()
	if out.of[d.Config.ID] != d {
		if d.Info.Class == device.ClassLED && d.Config.Window != "" || d.Info.Class == device.ClassSpeaker && s.voice != nil {
			return agent.InUse(settingUp)
		}
		return agent.ErrUnsupported
	}
	if strip := out.strips[d.Config.ID]; strip != nil {
		return strip.try(ctx)
	}
	return s.trySpeaker(ctx, d)
}

// trySpeaker has a loudspeaker say something that a call cuts short.
func (s *Signage) trySpeaker(ctx context.Context, d *agent.Device) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s.mu.Lock()
	s.trial = stop
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.trial = nil
		s.mu.Unlock()
	}()
	if s.voice.speaking() {
		return agent.InUse(busySpeaking)
	}
	err := d.Say(ctx, agent.TrySaid)
	if errors.Is(context.Cause(ctx), errCalled) {
		return agent.InUse(takenByCall)
	}
	return err
}

// callComes ends the trial of a loudspeaker.
func (s *Signage) callComes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trial != nil {
		s.trial(errCalled)
	}
}

// speaking tells whether a call is being said, or waits for that.
func (v *announcer) speaking() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.current != nil || len(v.queue) > 0
}

// try shows a text for a moment and then what is due again.
func (s *strip) try(ctx context.Context) error {
	t := &stripTrial{shown: make(chan error, 1), over: make(chan struct{})}
	s.mu.Lock()
	if len(s.want.calls) > 0 {
		s.mu.Unlock()
		return agent.InUse(busyShowing)
	}
	s.trial = t
	s.mu.Unlock()
	s.poke()
	defer s.endTrial(t)
	select {
	case err := <-t.shown:
		if err != nil {
			return err
		}
	case <-t.over:
		return agent.InUse(takenByCall)
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-time.After(agent.TryShown):
	case <-t.over:
		return agent.InUse(takenByCall)
	case <-ctx.Done():
	}
	return nil
}

// endTrial has the strip show what is due again.
func (s *strip) endTrial(t *stripTrial) {
	s.mu.Lock()
	if s.trial == t {
		s.trial = nil
	}
	s.mu.Unlock()
	s.poke()
}

// tryFace is what a strip shows when it is tried; nothing is what it shows where
// nothing is known.
var (
	tryFace = face{text: agent.TryText}
	nothing = face{text: " "}
)

// told hands a trial how showing it ended.
func (t *stripTrial) told(err error) {
	if t == nil {
		return
	}
	select {
	case t.shown <- err:
	default:
	}
}
