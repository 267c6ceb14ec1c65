// Package bx5 drives Onbon BX-5 LED strips with a font card. A text flows into
// a dynamic area command in GB2312, the command into a frame with CRC-16, the
// frame over a line that several strips may share (RS-485), and the card's
// acknowledgement comes back.
package bx5

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/bus"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Defaults of what a profile may leave open.
const (
	defaultReply = 800 * time.Millisecond
	defaultPoll  = 5 * time.Second
	defaultSpeed = 10
	// usualVolume is how loud a card speaks, 0 to 10.
	usualVolume = 8
)

// tries is how often a command is sent before the card counts as away: once
// more than once, for a disturbed line.
const tries = 2

// Strip is one LED strip. It is a device.Strip.
type Strip struct {
	profile *profile.Profile
	cfg     device.Config
	log     *slog.Logger

	address     uint16
	colour      Colour
	speed       byte
	reply, poll time.Duration

	volume byte // of the voice, 0 to 10

	mu    sync.Mutex
	bus   *bus.Member        // the open line; nil while Run doesn't run. Guarded by mu.
	shown []device.StripArea // what was ordered last; guarded by mu
	// held is how many areas the card has, with the ids below it; unknownAreas
	// after the line was opened and after a failure. Guarded by mu.
	held int
}

// unknownAreas is what a strip holds that an earlier run may have left there.
const unknownAreas = -1

var _ device.AreaStrip = (*Strip)(nil)

// New is the engine's factory. It refuses a profile without a size and an
// address that no screen can have.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	if p.Caps.W <= 0 || p.Caps.H <= 0 || p.Caps.W >= pixels || p.Caps.H >= pixels {
		return nil, fmt.Errorf("profile %s: caps need w and h", p.ID)
	}
	params, err := p.ResolveParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	address, ok := params["address"].(int)
	if !ok || address < 1 || address >= int(Broadcast) {
		return nil, fmt.Errorf("profile %s: address %v isn't from 1 to %d", p.ID, params["address"], Broadcast-1)
	}
	s := &Strip{
		profile: p, cfg: cfg, log: log,
		address: uint16(address), colour: colourOf(p), speed: defaultSpeed,
		reply: p.Timing.Reply.Or(defaultReply),
		poll:  p.Status.Poll.Or(p.Timing.Poll.Or(defaultPoll)),
		held:  unknownAreas,
	}
	if speed, ok := params["speed"].(int); ok && speed > 0 && speed < 256 {
		s.speed = byte(speed)
	}
	if !p.Caps.Voice {
		return s, nil
	}
	s.volume = usualVolume
	if volume, ok := params["volume"].(int); ok && volume >= 0 && volume <= 10 {
		s.volume = byte(volume)
	}
	return &SpeakingStrip{s}, nil
}

// colourOf is the first of the strip's colours.
func colourOf(p *profile.Profile) Colour {
	if len(p.Caps.Colors) == 0 {
		return Red
	}
	switch p.Caps.Colors[0] {
	case "green":
		return Green
	case "yellow":
		return Yellow
	default:
		return Red
	}
}

// Run asks the card every few seconds whether it is there, and reports it. It
// returns device.ErrTimeout when the card is silent, and ends with ctx.
func (s *Strip) Run(ctx context.Context, sink device.Sink) error {
	b, err := engine.Join(ctx, s.profile, s.cfg)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }() // the cause is known
	s.publish(b)
	defer s.publish(nil)

	tick := time.NewTicker(s.poll)
	defer tick.Stop()
	var last device.State
	for {
		err := s.command(ctx, b, Ping())
		switch {
		case err == nil, errors.Is(err, device.ErrFault):
			if state := device.StateOf(err); state != last {
				last = state
				sink.State(state, faultDetail(err))
			}
		default:
			return fmt.Errorf("ping screen %d: %w", s.address, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.Broken():
			return b.Cause()
		case <-tick.C:
		}
	}
}

// faultDetail is the technical cause in Chinese; empty if there is none.
func faultDetail(err error) string {
	if err == nil {
		return ""
	}
	return "条屏控制卡拒绝了命令"
}

func (s *Strip) publish(b *bus.Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bus, s.held = b, unknownAreas
}

// Show puts text on the strip and returns once the card confirmed it: standing
// if it fits, running to the left if not; an empty text gives the strip back
// to the card's own programme. Errors are device.ErrOffline, ErrTimeout,
// ErrChecksum, ErrFault, or ctx's.
func (s *Strip) Show(ctx context.Context, text string) error {
	if err := s.order(ctx, s.whole(text), ""); err != nil {
		return fmt.Errorf("show text on screen %d: %w", s.address, err)
	}
	return nil
}

// Areas is how many areas the card shows side by side, at least 1.
func (s *Strip) Areas() int { return max(1, s.profile.Caps.Areas) }

// ShowAreas puts a text into each of several areas in one command, so that they
// change together. Areas that the strip lacks, or that lie outside it, are
// device.ErrNoArea; other errors are those of Show.
func (s *Strip) ShowAreas(ctx context.Context, areas []device.StripArea) error {
	if err := s.fits(areas); err != nil {
		return fmt.Errorf("show areas on screen %d: %w", s.address, err)
	}
	if err := s.order(ctx, areas, ""); err != nil {
		return fmt.Errorf("show areas on screen %d: %w", s.address, err)
	}
	return nil
}

func (s *Strip) fits(areas []device.StripArea) error {
	if len(areas) == 0 || len(areas) > s.Areas() {
		return fmt.Errorf("%d areas, it has %d: %w", len(areas), s.Areas(), device.ErrNoArea)
	}
	for i, a := range areas {
		if a.X < 0 || a.Y < 0 || a.W <= 0 || a.H <= 0 || a.X+a.W > s.profile.Caps.W || a.Y+a.H > s.profile.Caps.H {
			return fmt.Errorf("area %d lies outside of %d by %d dots: %w", i+1, s.profile.Caps.W, s.profile.Caps.H, device.ErrNoArea)
		}
	}
	return nil
}

// whole is a text on the whole strip; an empty one is nothing.
func (s *Strip) whole(text string) []device.StripArea {
	if text == "" {
		return nil
	}
	return []device.StripArea{{W: s.profile.Caps.W, H: s.profile.Caps.H, Text: text}}
}

// order shows areas, speaks what is to be said, and keeps what the card has now.
func (s *Strip) order(ctx context.Context, areas []device.StripArea, said string) error {
	s.mu.Lock()
	b, held := s.bus, s.held
	if b != nil {
		s.shown, s.held = areas, unknownAreas
	}
	s.mu.Unlock()
	if b == nil {
		return device.Temporary(device.ErrOffline)
	}
	if err := s.command(ctx, b, s.changeTo(areas, held, said)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bus == b {
		s.held = len(areas)
	}
	return nil
}

// changeTo is the command that shows areas where there were held.
func (s *Strip) changeTo(areas []device.StripArea, held int, said string) []byte {
	if len(areas) == 0 {
		return DeleteAreas()
	}
	var c Change
	// A card of one area has but the one that is replaced.
	switch {
	case s.Areas() == 1:
	case held == unknownAreas:
		c.DeleteAll = true
	default:
		for id := len(areas); id < held; id++ {
			c.Delete = append(c.Delete, byte(id))
		}
	}
	for i, a := range areas {
		area := s.area(a)
		area.ID = byte(i)
		if i == 0 && said != "" {
			area.Voice = Voice{Text: said, Volume: s.volume}
		}
		c.Areas = append(c.Areas, area)
	}
	return c.Command()
}

// SpeakingStrip is a strip whose card speaks. It is a device.Speaker, too.
type SpeakingStrip struct{ *Strip }

var _ device.Speaker = (*SpeakingStrip)(nil)

// speakingPace is how long a card takes for a character of GB2312, at its
// usual rate.
const speakingPace = 300 * time.Millisecond

// Say speaks a text once, while the strip shows on what it shows, or the text
// itself if that is nothing. The card doesn't tell when it has said it: Say
// returns after the time that such a text takes. Errors are those of Show.
func (s *SpeakingStrip) Say(ctx context.Context, text string) error {
	s.mu.Lock()
	b, shown := s.bus, s.shown
	s.mu.Unlock()
	if len(shown) == 0 {
		shown = s.whole(text)
	}
	if err := s.order(ctx, shown, text); err != nil {
		return fmt.Errorf("say on screen %d: %w", s.address, err)
	}
	if b == nil {
		return nil // the line was opened in between: it is being said
	}
	spoken := time.NewTimer(time.Duration(len([]rune(text))) * speakingPace)
	defer spoken.Stop()
	select {
	case <-spoken.C:
		return nil
	case <-b.Broken():
		return b.Cause()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// area is a text in its place: standing if it fits, running if not.
func (s *Strip) area(a device.StripArea) Area {
	effect := s.effect("static", EffectStatic)
	if TextWidth(a.Text) > a.W {
		effect = s.effect("left", EffectLeft)
	}
	return Area{
		X: uint16(a.X), Y: uint16(a.Y), Width: uint16(a.W), Height: uint16(a.H),
		Effect: effect, Speed: s.speed, Colour: s.colour, Text: a.Text,
	}
}

// effect is the card's number for an effect, from the profile.
func (s *Strip) effect(name string, usual Effect) Effect {
	return cmp.Or(Effect(s.profile.Caps.Effects[name]), usual)
}

// command sends a command and waits for its acknowledgement, twice at most.
func (s *Strip) command(ctx context.Context, b *bus.Member, data []byte) error {
	frame, err := Frame{Dst: s.address, Src: Host, Data: data}.Append(nil)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		err = exchange(ctx, b, frame, s.address, s.reply)
		again := errors.Is(err, device.ErrTimeout) || errors.Is(err, device.ErrChecksum) || errors.Is(err, device.ErrFrame)
		if !again || try == tries {
			return err
		}
		s.log.Debug("screen is asked again", slog.Int("address", int(s.address)), slog.Any("cause", err))
	}
}
