package signage

import (
	"context"
	"log/slog"
	"time"

	"smarthall/internal/link"
)

// textLead is how long a strip that speaks shows the text before it says it:
// both orders go to the same card, and the later one counts.
const textLead = 500 * time.Millisecond

// loudspeaker is a device of the box that says calls: a speaker, or a strip
// whose card has a voice. It does as a page does, for an announcer.
type loudspeaker struct {
	dev   sayer
	voice *announcer
	lead  time.Duration // before each call
	log   *slog.Logger
	calls chan link.VoicePlay
}

// sayer is what a loudspeaker needs of its device; *agent.Device has it.
type sayer interface {
	Say(ctx context.Context, text string) error
}

func newLoudspeaker(dev sayer, v *announcer, lead time.Duration, log *slog.Logger) *loudspeaker {
	return &loudspeaker{dev: dev, voice: v, lead: lead, log: log, calls: make(chan link.VoicePlay, 1)}
}

// failedBusy is the failure of a loudspeaker that still says something else.
const failedBusy = "播放设备正忙"

// Send implements speaker: it takes one announcement.
func (l *loudspeaker) Send(_ link.Type, body any) {
	p, ok := body.(link.VoicePlay)
	if !ok {
		return
	}
	select {
	case l.calls <- p:
	default:
		l.voice.played(l, link.VoicePlayed{Call: p.Call, Failed: failedBusy})
	}
}

// run says what it is sent until ctx ends.
func (l *loudspeaker) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-l.calls:
			report := link.VoicePlayed{Call: p.Call}
			if err := l.say(ctx, p.Text); err != nil {
				l.log.Warn("loudspeaker fails", slog.String("call", p.Call), slog.Any("err", err))
				report.Failed = failedSilent
			}
			l.voice.played(l, report)
		}
	}
}

func (l *loudspeaker) say(ctx context.Context, text string) error {
	timer := time.NewTimer(l.lead)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return l.dev.Say(ctx, text)
	}
}

// talker is a strip that says the calls to its windows, one after another.
type talker struct {
	*announcer
	out *loudspeaker
}

// atWindow has the strip above the call's window say it, if there is one that
// can; false if there is none.
func (s *Signage) atWindow(call link.CallView) bool {
	hall, _ := s.agent.Hall()
	said, out := false, s.outs.Load()
	for id, t := range out.talkers {
		if !out.strips[id].dev.State().Works() {
			continue
		}
		for _, w := range below(out.strips[id].window, hall.Windows) {
			if w.ID == call.Window || w.Number == call.WindowNumber {
				said = t.add(call) || said
				break
			}
		}
	}
	return said
}

// callEnded takes a call out of every queue.
func (s *Signage) callEnded(end link.CallEnded) {
	if s.voice != nil {
		s.voice.ended(end)
	}
	for _, t := range s.outs.Load().talkers {
		t.ended(end)
	}
}

// speakerChanged enters or removes a loudspeaker by its state, which is read
// here: of two that call this at once, the later goes by the newer state.
func (s *Signage) speakerChanged(id string) {
	s.speaks.Lock()
	defer s.speaks.Unlock()
	out := s.outs.Load()
	d := out.of[id]
	if d == nil {
		return
	}
	works := d.State().Works()
	if l, ok := out.speakers[id]; ok {
		s.voice.ready(l, works)
	}
	if t, ok := out.talkers[id]; ok {
		t.ready(t.out, works)
	}
}
