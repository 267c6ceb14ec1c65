// Package audio says calls aloud. A text flows in; the sentences of calls are
// joined from recordings, anything else is spoken by espeak-ng; what comes out is a
// WAV file for a player program of this machine (aplay, paplay, ffplay) or for
// a loudspeaker on the network, and Say returns when it has been heard.
package audio

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Defaults of what a profile may leave open.
const (
	defaultPoll   = 10 * time.Second
	defaultVolume = 80 // percent
	// playSlack is how long after its own length a file must have ended.
	playSlack = 5 * time.Second
	// checkWait bounds the look whether an output works.
	checkWait = 5 * time.Second
	// maxSound bounds one announcement.
	maxSound = 2 * time.Minute
)

// Speaker is one loudspeaker. It is a device.Speaker.
type Speaker struct {
	profile *profile.Profile
	log     *slog.Logger
	out     output
	voice   Voice
	volume  int    // percent
	tongue  string // espeak-ng's voice
	poll    time.Duration

	turn chan struct{} // holds a token while something is said
	look chan struct{} // asks Run to look at the output now

	mu      sync.Mutex
	running bool // guarded by mu
}

var _ device.Speaker = (*Speaker)(nil)

// output plays WAV files.
type output interface {
	// check looks whether it works, without a sound that people hear.
	check(ctx context.Context) error
	// play returns when the file, which lasts so long, was played.
	play(ctx context.Context, wav []byte, length time.Duration) error
}

// New is the engine's factory. Ports are the name of a sound output of this
// machine, such as default or plughw:1,0; tcp://host:port, a loudspeaker on the
// network; and none, which plays nothing.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	params, err := p.ResolveParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	out, err := openOutput(p, cfg.Port)
	if err != nil {
		return nil, err
	}
	s := &Speaker{
		profile: p, log: log, out: out, volume: defaultVolume,
		poll: p.Status.Poll.Or(defaultPoll),
		turn: make(chan struct{}, 1), look: make(chan struct{}, 1),
	}
	if v, ok := params["volume"].(int); ok {
		s.volume = v
	}
	s.tongue, _ = params["language"].(string)
	folder, _ := params["clips"].(string)
	if folder == "" {
		s.voice, err = Shipped()
	} else {
		s.voice, err = LoadVoice(os.DirFS(folder))
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// LookEvery implements device.Looked: to look, the output is opened.
func (s *Speaker) LookEvery() time.Duration { return s.poll }

// Run looks now and then whether the output works, and reports it. It returns
// device.ErrOffline when a loudspeaker on the network is away, and ends with
// ctx.
func (s *Speaker) Run(ctx context.Context, sink device.Sink) error {
	defer s.setRunning(false)
	tick := time.NewTicker(s.poll)
	defer tick.Stop()
	for {
		err := s.check(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, device.ErrOffline):
			return err
		}
		s.setRunning(err == nil)
		sink.State(device.StateOf(err), faultDetail(err))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.look:
		case <-tick.C:
		}
	}
}

// check looks at the output, unless it is just playing.
func (s *Speaker) check(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()
	ctx, cancel := context.WithTimeout(ctx, checkWait)
	defer cancel()
	return s.out.check(ctx)
}

// faultDetail is the technical cause in Chinese; empty if there is none.
func faultDetail(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errNoPlayer):
		return "本机没有播放程序，请安装 alsa-utils（aplay）"
	default:
		return "播放设备不能用：" + err.Error()
	}
}

func (s *Speaker) setRunning(running bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = running
}

func (s *Speaker) isRunning() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running
}

// Say says a text and returns when it was heard; calls wait for each other.
// Errors are device.ErrOffline for a speaker that isn't there, ErrFault for one
// that can't play or a text that nothing can speak, ErrTimeout, or ctx's.
func (s *Speaker) Say(ctx context.Context, text string) error {
	if !s.isRunning() {
		return device.Temporary(fmt.Errorf("say: %w", device.ErrOffline))
	}
	wav, length, err := s.sound(ctx, text)
	if err != nil {
		return fmt.Errorf("say %d characters: %w", len([]rune(text)), err)
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()
	playing, cancel := context.WithTimeout(ctx, length+playSlack)
	defer cancel()
	err = s.out.play(playing, wav, length)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case playing.Err() != nil:
		err = fmt.Errorf("%w: %w", device.ErrTimeout, err)
	}
	s.lookNow()
	return fmt.Errorf("say: %w", err)
}

// lookNow makes Run look at the output at once.
func (s *Speaker) lookNow() {
	select {
	case s.look <- struct{}{}:
	default:
	}
}

// sound is a text as a WAV file: recordings if there are some, else speech.
func (s *Speaker) sound(ctx context.Context, text string) ([]byte, time.Duration, error) {
	if names := Recorded(text); names != nil {
		wav, length := s.voice.WAV(names, s.volume)
		return wav, length, nil
	}
	if s.profile.Caps.Speech == "none" {
		return nil, 0, fmt.Errorf("there are no recordings for it: %w", device.ErrFault)
	}
	wav, err := speak(ctx, text, s.tongue, s.volume)
	if err != nil {
		return nil, 0, err
	}
	length, err := Length(wav)
	if err == nil && length > maxSound {
		err = fmt.Errorf("speech lasts %v: %w", length, device.ErrFault)
	}
	return wav, length, err
}
