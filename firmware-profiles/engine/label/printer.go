package label

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/engine/printline"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Language is what a maker's label printers understand. Its methods keep
// nothing and may be called from anywhere.
type Language interface {
	// Encode is a whole label in commands.
	Encode(p Plan) []byte
	// Question asks for the status at any time.
	Question() []byte
	// Answer reads what came back, all of it so far; false if it isn't a whole
	// and clean answer.
	Answer(p []byte) (Status, bool)
	// Cancel drops what the printer has been sent and hasn't printed.
	Cancel() []byte
	// Recover ends whatever a label cut short by n bytes has left open.
	Recover(n int) []byte
	// SilentInTrouble tells that printers which have told their status before
	// may say nothing while the cover is open or paper is out.
	SilentInTrouble() bool
}

// Status is what a printer tells of itself.
type Status struct {
	State  device.State
	Detail string
	// Busy is set while a label is on its way to paper.
	Busy bool
}

// Defaults of what a profile may leave open.
const (
	defaultAnswer = 700 * time.Millisecond
	defaultPoll   = 1500 * time.Millisecond
	defaultPrint  = 12 * time.Second // from the last byte to the label, for one copy
	defaultBaud   = 9600
)

// Printer is one label printer. It is a device.LabelPrinter.
type Printer struct {
	profile *profile.Profile
	cfg     device.Config
	lang    Language
	media   Media
	log     *slog.Logger

	answer, poll, patience time.Duration
	baud                   int
	mute                   bool // the profile says that it tells nothing

	mu      sync.Mutex
	current *session // the open line; nil while Run doesn't run. Guarded by mu.

	// What is learnt of this printer outlives a line. Both are used by whoever
	// has the line's turn.
	told     bool // it answered once, so silence means trouble
	leftover int  // 0, or 1 + the bytes that a label cut short still lacks
}

var _ device.LabelPrinter = (*Printer)(nil)

// New makes a printer that speaks lang. It refuses paper that the model can't
// take.
func New(p *profile.Profile, cfg device.Config, lang Language, log *slog.Logger) (*Printer, error) {
	media, err := MediaOf(p, cfg.Params)
	if err != nil {
		return nil, err
	}
	baud := engine.Settings(p, cfg).Baud
	if baud <= 0 {
		baud = defaultBaud
	}
	return &Printer{
		profile: p, cfg: cfg, lang: lang, media: media, log: log,
		answer:   p.Timing.Status.Or(defaultAnswer),
		poll:     p.Status.Poll.Or(defaultPoll),
		patience: p.Timing.Print.Or(defaultPrint),
		baud:     baud,
		mute:     p.Status.Via == "none",
	}, nil
}

// Media is the paper that the printer is set up for.
func (p *Printer) Media() Media { return p.media }

// Run opens the line, reports the printer's state and its changes, and keeps
// the line for PrintLabel until ctx ends or the printer is gone. It returns the
// cause.
func (p *Printer) Run(ctx context.Context, sink device.Sink) error {
	line, err := engine.OpenPort(ctx, p.profile, p.cfg)
	if err != nil {
		return err
	}
	s := newSession(p, line, sink)
	defer s.Close()
	p.publish(s)
	defer p.publish(nil)

	if err := s.Exclusive(ctx, s.refresh); err != nil {
		return err
	}
	tick := time.NewTicker(p.poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.Broken():
			return s.Cause()
		case <-tick.C:
			if err := s.Exclusive(ctx, s.refresh); err != nil {
				return err
			}
		}
	}
}

func (p *Printer) publish(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = s
}

// PrintLabel prints a label and returns after it came out, or with the cause:
// device.ErrNoPaper, ErrCoverOpen, ErrJam, ErrFault, ErrOffline, ErrTimeout,
// ErrSize, or ctx's error; it wraps device.ErrPartly as well once the first
// byte may have left. What the printer still holds after an error is cancelled,
// so that it doesn't come out when somebody puts paper in.
func (p *Printer) PrintLabel(ctx context.Context, l device.Label) error {
	plan, err := Lay(l, p.media)
	if err != nil {
		return err
	}
	p.mu.Lock()
	s := p.current
	p.mu.Unlock()
	if s == nil {
		return device.Temporary(fmt.Errorf("print label: %w", device.ErrOffline))
	}
	data := p.lang.Encode(plan)
	if err := s.Exclusive(ctx, func(ctx context.Context) error { return s.print(ctx, data, plan.Copies) }); err != nil {
		return fmt.Errorf("print label: %w", err)
	}
	return nil
}

// network tells of a line that says itself when it breaks.
func (p *Printer) network() bool { return !port.Serial(p.cfg.Port) }

// lineTime is how long n bytes take on a serial line, ten bits a byte; 0 on a
// network and on USB.
func (p *Printer) lineTime(n int) time.Duration {
	if p.network() {
		return 0
	}
	return time.Duration(n) * 10 * time.Second / time.Duration(p.baud)
}

// session is one open line to the printer. One caller at a time has the turn.
type session struct {
	*printline.Line
	p    *Printer
	sink device.Sink

	// Used with the turn:
	state  device.State // last reported
	detail string
	silent int // questions in a row without an answer
}

// rxBuffer is more than a printer says in a poll; what doesn't fit is noise.
const rxBuffer = 1024

func newSession(p *Printer, line port.Port, sink device.Sink) *session {
	return &session{Line: printline.New(line, rxBuffer), p: p, sink: sink}
}

// report tells the sink what changed.
func (s *session) report(state device.State, detail string) {
	if state == s.state && detail == s.detail {
		return
	}
	s.state, s.detail = state, detail
	s.sink.State(state, detail)
}
