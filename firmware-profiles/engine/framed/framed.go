// Package framed drives any device whose frames its profile describes:
// evaluation pads, clerks' keypads with or without a display, LED strips,
// buttons that call staff and simple sensors, each by nothing but another file.
// Bytes flow from the line through profile.Codec and come out as events;
// commands flow the other way and are confirmed by their replies. A device
// whose profile has the command ping is asked again and again whether it is
// there.
package framed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// The engine's own patience, where a profile says nothing.
const (
	defaultIdle   = 100 * time.Millisecond
	defaultReply  = 500 * time.Millisecond
	defaultWindow = 20 * time.Second
)

// CommandArm is the command that asks a pad for one rating.
const CommandArm = profile.CommandArm

// tries is how often a command is sent before the device counts as silent.
const tries = 2

// New is the factory of the engine framed-serial. It returns a device.Pad for
// profiles of class pad, a device.Strip for class led, and a device.DeskDisplay
// for keypads that can show something.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	params, err := p.ResolveParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	d := &framed{p: p, cfg: cfg, log: log, codec: p.Codec(params), last: map[string]time.Time{}, talk: make(chan struct{}, 1)}
	switch p.Class {
	case device.ClassPad:
	case device.ClassKeypad:
		return newKeypad(d), nil
	case device.ClassLED:
		return &strip{framed: d}, nil
	default:
		return d, nil
	}
	if _, ok := p.Commands[CommandArm]; !ok {
		return nil, fmt.Errorf("profile %s has no command %q, a pad needs it", p.ID, CommandArm)
	}
	return &pad{framed: d, asking: make(chan struct{}, 1)}, nil
}

// framed is a framed device.
type framed struct {
	p     *profile.Profile
	cfg   device.Config
	log   *slog.Logger
	codec *profile.Codec
	talk  chan struct{} // one place: a device is asked one thing at a time

	mu   sync.Mutex
	line port.Port                  // guarded by mu; nil while Run doesn't run
	sink device.Sink                // guarded by mu
	last map[string]time.Time       // guarded by mu: when an event was last seen, by kind and value
	wait map[chan<- heard]heardFunc // guarded by mu: who waits for what
	mute bool                       // guarded by mu: nobody knows whether the device is there
	lost bool                       // guarded by mu: it didn't answer, and that was told
	said device.State               // guarded by mu: what the device told of itself

	armed bool // guarded by mu: a pad confirmed the latest arming
}

// heard is what a waiting caller gets: what the device said, or why it can't.
type heard struct {
	profile.Heard
	err error
}

// heardFunc tells whether what was heard is waited for.
type heardFunc func(profile.Heard) bool

// Run listens until ctx ends or the line breaks.
func (d *framed) Run(ctx context.Context, sink device.Sink) (err error) {
	line, err := engine.OpenPort(ctx, d.p, d.cfg)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.line, d.sink, d.said, d.lost = line, sink, device.Online, false
	d.mute = d.p.Asked() // nobody knows before the first answer
	if !d.mute {
		sink.State(d.said, "")
	}
	d.mu.Unlock()
	asking, stop := context.WithCancel(ctx)
	var asker sync.WaitGroup
	asker.Go(func() { d.askAll(asking) })
	err = d.listen(ctx, line)
	stop()
	d.mu.Lock()
	d.line = nil
	for ch := range d.wait {
		ch <- heard{err: device.ErrOffline}
	}
	d.wait = nil
	d.mu.Unlock()
	asker.Wait()
	return errors.Join(err, line.Close())
}

// listen reads frames and hands on what they mean.
func (d *framed) listen(ctx context.Context, line port.Port) error {
	decoder := d.codec.Decoder()
	buf := make([]byte, 256)
	for {
		n, err := d.read(ctx, line, buf, decoder.Pending())
		next := decoder.Next
		switch {
		case errors.Is(err, port.ErrIdle):
			next = decoder.Flush
		case err != nil:
			return fmt.Errorf("read device: %w", err)
		default:
			decoder.Feed(buf[:n])
		}
		for found, ok := next(); ok; found, ok = next() {
			d.dispatch(found)
		}
	}
}

// read waits for bytes: for ever, or for a moment when a frame is unfinished.
func (d *framed) read(ctx context.Context, line port.Port, buf []byte, pending bool) (int, error) {
	if !pending {
		return line.Read(ctx, buf)
	}
	return port.ReadRest(ctx, line, buf, d.p.Timing.Idle.Or(defaultIdle))
}

// dispatch gives what was found to whoever waits for it, else to the sink.
func (d *framed) dispatch(found profile.Decoded) {
	h := d.codec.Interpret(found)
	if h.Err != nil {
		d.log.Debug("bytes from device ignored", slog.Int("bytes", len(found.Raw)), slog.Any("cause", h.Err))
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if h.Nothing() {
		return
	}
	if d.mute {
		d.mute, d.lost = false, false
		d.sink.State(d.said, "")
	}
	if d.repeated(h) {
		return
	}
	if h.Reply == CommandArm {
		d.armed = true
		clear(d.last) // the key that comes next is pressed for this question
	}
	for ch, wanted := range d.wait {
		if wanted(h) {
			delete(d.wait, ch)
			ch <- heard{Heard: h}
			return
		}
	}
	d.tell(h)
}

// tell reports an event that nobody waits for. The caller holds mu.
func (d *framed) tell(h profile.Heard) {
	switch h.Kind {
	case profile.EmitScore, profile.EmitKey:
		if n, ok := h.Value.(int); ok {
			d.sink.Event(device.KeyPressed{Key: n})
		}
	case profile.EmitCode:
		if s, ok := h.Value.(string); ok {
			d.sink.Event(device.CodeScanned{Text: s})
		}
	case profile.EmitAction:
		if s, ok := h.Value.(string); ok {
			d.sink.Event(device.ActionPressed{Action: device.Action(s)})
		}
	case profile.EmitState:
		if s, ok := h.Value.(string); ok {
			d.said = device.State(s)
			d.sink.State(d.said, "")
		}
	}
}

// repeated tells whether an event is the bounce of the one before, or one more
// of a key that is held. The caller holds mu.
func (d *framed) repeated(h profile.Heard) bool {
	if h.Kind == "" {
		return false
	}
	debounce := time.Duration(d.p.Events[h.Index].Debounce)
	key := fmt.Sprintf("%d %v", h.Index, h.Value)
	now := time.Now()
	before, seen := d.last[key]
	d.last[key] = now
	return seen && now.Sub(before) < debounce
}

// expect registers a wait; the returned function ends it.
func (d *framed) expect(wanted heardFunc) (<-chan heard, func(), error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.line == nil {
		return nil, nil, device.ErrOffline
	}
	ch := make(chan heard, 1) // buffered: dispatch never waits
	if d.wait == nil {
		d.wait = map[chan<- heard]heardFunc{}
	}
	d.wait[ch] = wanted
	return ch, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.wait, ch)
	}, nil
}

// command sends a command with its inputs and waits for its reply, if it has one. A device
// that doesn't reply is reported as offline until it is heard again.
func (d *framed) command(ctx context.Context, name string, in profile.Values) error {
	frame, err := d.codec.EncodeCommandWith(name, in)
	if err != nil {
		return err
	}
	for range tries {
		err = d.once(ctx, name, frame)
		if err == nil || !errors.Is(err, device.ErrTimeout) || ctx.Err() != nil {
			break
		}
	}
	if errors.Is(err, device.ErrTimeout) && ctx.Err() == nil {
		d.silent(name)
	}
	if err != nil {
		return fmt.Errorf("send %s: %w", name, err)
	}
	return nil
}

// once sends a command one time.
func (d *framed) once(ctx context.Context, name string, frame []byte) error {
	select {
	case d.talk <- struct{}{}:
		defer func() { <-d.talk }()
	case <-ctx.Done():
		return timeout(ctx, ctx.Err())
	}
	cmd := d.p.Commands[name]
	ch, done, err := d.expect(func(h profile.Heard) bool { return h.Reply == name })
	if err != nil {
		return err
	}
	defer done()
	d.mu.Lock()
	line := d.line
	d.mu.Unlock()
	if line == nil {
		return device.ErrOffline
	}
	return engine.Exchange(ctx, line, func() error { return d.exchange(ctx, line, cmd, frame, ch) })
}

// exchange writes a command and waits for its reply on ch.
func (d *framed) exchange(ctx context.Context, line port.Port, cmd profile.Command, frame []byte, ch <-chan heard) error {
	waiting, cancel := context.WithTimeout(ctx, cmd.ReplyWithin.Or(defaultReply))
	defer cancel()
	if err := line.Write(waiting, frame); err != nil {
		return timeout(ctx, err)
	}
	if cmd.Reply == nil {
		return nil
	}
	select {
	case h := <-ch:
		return h.err
	case <-waiting.Done():
		return timeout(ctx, waiting.Err())
	}
}

// timeout makes the end of a command's own deadline a device.ErrTimeout.
func timeout(ctx context.Context, err error) error {
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return device.ErrTimeout
	}
	return err
}

// silent reports a device that doesn't reply.
func (d *framed) silent(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.line == nil || d.lost {
		return
	}
	d.mute, d.lost = true, true
	d.sink.State(device.Offline, "设备没有应答命令 "+name)
}
