package framed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// afterwards bounds what is sent when a question is over: disarm and thanks.
const afterwards = time.Second

// pad is an evaluation pad.
type pad struct {
	*framed
	asking chan struct{} // one place: a pad asks one person at a time
}

// errBusy is the error of a second Ask while one runs.
var errBusy = errors.New("the pad is asking already")

// Ask arms the pad and waits for a key, at most as long as the profile's
// answer_window. It returns device.ErrTimeout when nobody pressed,
// device.ErrOffline when the pad is not there or doesn't confirm the arming,
// and ctx's error when ctx was cancelled rather than over. A key that comes
// before the pad has confirmed the arming was meant for an earlier question.
func (p *pad) Ask(ctx context.Context) (int, error) {
	select {
	case p.asking <- struct{}{}:
		defer func() { <-p.asking }()
	default:
		return 0, errBusy
	}
	ch, done, err := p.expectScore()
	if err != nil {
		return 0, fmt.Errorf("ask for a rating: %w", err)
	}
	defer done()
	waiting, cancel := context.WithTimeout(ctx, p.p.Timing.AnswerWindow.Or(defaultWindow))
	defer cancel()
	if err := p.command(waiting, CommandArm, nil); err != nil {
		if waiting.Err() != nil {
			p.disarm(ctx) // it may have heard the question
		}
		if errors.Is(err, device.ErrTimeout) {
			err = fmt.Errorf("%w: %w", device.ErrOffline, err)
		}
		return 0, fmt.Errorf("ask for a rating: %w", pressed(err))
	}
	p.say(waiting, profile.PromptRate)
	select {
	case h := <-ch:
		if h.err != nil {
			return 0, fmt.Errorf("wait for a rating: %w", h.err)
		}
		score, ok := h.Value.(int)
		if !ok {
			return 0, fmt.Errorf("rating %v: %w", h.Value, device.ErrFrame)
		}
		p.say(ctx, profile.PromptThanks)
		return score, nil
	case <-waiting.Done():
		p.disarm(ctx)
		return 0, fmt.Errorf("wait for a rating: %w", pressed(waiting.Err()))
	}
}

// expectScore waits for a key that is pressed after the pad confirmed that it
// is armed, if it confirms at all.
func (p *pad) expectScore() (<-chan heard, func(), error) {
	confirms := p.p.Commands[CommandArm].Reply != nil
	p.mu.Lock()
	p.armed = false
	if !confirms {
		clear(p.last) // as the confirmation would do
	}
	p.mu.Unlock()
	return p.expect(func(h profile.Heard) bool {
		return h.Kind == profile.EmitScore && (!confirms || p.armed) // called with mu held
	})
}

// say has the pad speak, if it can. A pad that doesn't is no failure.
func (p *pad) say(ctx context.Context, prompt int) {
	if _, can := p.p.Commands[profile.CommandSay]; !can {
		return
	}
	p.aside(ctx, profile.CommandSay, profile.Values{profile.InputPrompt: prompt})
}

// disarm takes the question back, if the pad knows that.
func (p *pad) disarm(ctx context.Context) {
	if _, can := p.p.Commands[profile.CommandDisarm]; can {
		p.aside(ctx, profile.CommandDisarm, nil)
	}
}

// aside sends what the question doesn't depend on, also when ctx is over.
func (p *pad) aside(ctx context.Context, name string, in profile.Values) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterwards)
	defer cancel()
	if err := p.command(ctx, name, in); err != nil {
		p.log.Debug("pad didn't follow", slog.String("command", name), slog.Any("err", err))
	}
}

// pressed makes the end of the time to press a device.ErrTimeout.
func pressed(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return device.ErrTimeout
	}
	return err
}
