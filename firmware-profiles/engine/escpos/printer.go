// Package escpos drives receipt printers that speak ESC/POS. A document flows
// through the encoder, which turns it into bands of bytes for the model's
// abilities (Chinese in GB18030, lines with rarer characters and QR codes as
// bitmaps where need be, a cut), over one line that Print and the status poll
// share, and comes back as what the printer says about its paper.
//
// What is printed is confirmed as far as the model can: the printer is asked
// in real time (DLE EOT) before and during the ticket, and last with a
// question that it answers in the order of printing (GS r), so that nil means
// that the paper was cut. A printer that doesn't answer real-time questions,
// as many network clones don't, is printed to in good faith, and its state
// says so.
package escpos

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/engine/printline"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Defaults of what a profile may leave open.
const (
	defaultStatus = 400 * time.Millisecond // answer to a status question
	defaultPoll   = time.Second
	defaultPrint  = 15 * time.Second // from the last byte to the cut
	defaultBaud   = 9600

	dotsPerMM = 8 // 203 dpi
)

// Words of a profile's caps.
const (
	fallbackRaster = "raster-line" // chinese.fallback: a line with a rare character is drawn
	rasterGSv0     = "gsv0"
)

// Printer is one ticket printer. It is a device.Printer.
type Printer struct {
	profile *profile.Profile
	cfg     device.Config
	caps    Caps
	log     *slog.Logger

	answer, poll, patience, pace time.Duration
	baud                         int

	mu      sync.Mutex
	current *session // the open line; nil while Run doesn't run. Guarded by mu.

	// What is learnt of this printer outlives a line. The fields below are
	// used by whoever holds the line's turn.
	status   mode
	confirms bool // answers GS r; assumed until it doesn't
	leftover int  // 0, or 1 + the bytes that a half-sent ticket still expects
}

// mode is how the printer tells its status, as far as is known.
type mode string

const (
	modeUnknown mode = ""
	modeNone    mode = "none"    // it never answered
	modeDLEEOT  mode = "dle-eot" // it answered once, so silence means trouble
)

var (
	_ device.Printer    = (*Printer)(nil)
	_ device.PaperGauge = (*Printer)(nil)
	_ device.Resumer    = (*Printer)(nil)

	_ device.PicturePrinter = (*Printer)(nil)
)

// New is the engine's factory. It refuses a profile without paper width.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	caps, err := capsOf(p)
	if err != nil {
		return nil, err
	}
	baud := engine.Settings(p, cfg).Baud
	if baud <= 0 {
		baud = defaultBaud
	}
	return &Printer{
		profile: p, cfg: cfg, caps: caps, log: log,
		answer:   p.Timing.Status.Or(defaultStatus),
		poll:     p.Status.Poll.Or(defaultPoll),
		patience: p.Timing.Print.Or(defaultPrint),
		pace:     p.Timing.Pace.Or(0),
		baud:     baud,
		confirms: true,
	}, nil
}

// capsOf reads the abilities of a printer profile.
func capsOf(p *profile.Profile) (Caps, error) {
	c := Caps{
		WidthDots: p.Caps.WidthDots, Columns: p.Caps.Columns, Cut: CutNone,
		NativeQR: p.Caps.QR == "native", NearEnd: p.Status.NearEndSensor, BandRows: 255,
		Pictures:  p.Caps.Raster == rasterGSv0,
		JamByBit2: p.Has(profile.QuirkJamByBit2),
		DrawRare:  p.Caps.Chinese.Fallback == fallbackRaster && p.Caps.Raster == rasterGSv0,
	}
	if c.WidthDots <= 0 || c.Columns < 8 {
		return Caps{}, fmt.Errorf("profile %s: caps need width_dots and at least 8 columns", p.ID)
	}
	switch {
	case p.Caps.Chinese.Mode == profile.ChineseNone:
		c.Charset = NoChinese
	case p.Caps.Chinese.Charset == "gb2312":
		c.Charset = GB2312
	case p.Caps.Chinese.Charset == "gb18030":
		c.Charset = FourByte
	}
	switch {
	case slices.Contains(p.Caps.Cut, string(CutPartial)):
		c.Cut = CutPartial // a ticket that hangs on isn't blown off the slot
	case slices.Contains(p.Caps.Cut, string(CutFull)):
		c.Cut = CutFull
	}
	if p.Has(profile.QuirkRasterBand128) {
		c.BandRows = 128
	}
	return c, nil
}

// Run opens the line, reports the printer's state and its changes, and keeps
// the line for Print until ctx ends or the printer is gone. It returns the
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

	if err := s.Exclusive(ctx, s.probe); err != nil {
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
			if err := s.Exclusive(ctx, s.pollStatus); err != nil {
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

// Print prints doc and returns after its cut, or with the cause:
// device.ErrNoPaper, ErrCoverOpen, ErrJam, ErrFault, ErrOffline, ErrTimeout,
// or ctx's error. If the error wraps device.ErrPartly as well, part of the
// ticket may be on paper; the next ticket is cut apart from it.
func (p *Printer) Print(ctx context.Context, doc device.Document) error {
	ticket, err := Encode(doc, p.caps)
	if err != nil {
		return err
	}
	for _, r := range ticket.Missing {
		p.log.Warn("character not in the printer's font", slog.String("code", fmt.Sprintf("U+%04X", r)))
	}
	p.mu.Lock()
	s := p.current
	p.mu.Unlock()
	if s == nil {
		return device.Temporary(fmt.Errorf("print: %w", device.ErrOffline))
	}
	err = s.Exclusive(ctx, func(ctx context.Context) error { return s.print(ctx, ticket) })
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// PaperLength is how long the paper of doc is, in millimetres, with the feed
// to the cutter.
func (p *Printer) PaperLength(doc device.Document) (int, error) {
	ticket, err := Encode(doc, p.caps)
	if err != nil {
		return 0, err
	}
	return (ticket.Dots + dotsPerMM - 1) / dotsPerMM, nil
}

// SeesNearEnd tells whether the profile trusts the model's near-end sensor.
func (p *Printer) SeesNearEnd() bool {
	return p.caps.NearEnd && !p.profile.Has(profile.QuirkNoStatus) && p.profile.Status.Via != "none"
}

// pictureWait is how long the pictures of a document may take on a serial line:
// somebody stands there and waits.
const pictureWait = 6 * time.Second

// PictureRoom implements device.PicturePrinter.
func (p *Printer) PictureRoom() device.PictureRoom {
	if !p.caps.Pictures {
		return device.PictureRoom{}
	}
	room := device.PictureRoom{Width: p.caps.WidthDots}
	if once := p.lineTime(1000); once > 0 {
		room.Bytes = int(1000 * pictureWait / once)
	}
	return room
}

// LeftHalf has the next ticket cut apart from one that ended anywhere, even
// inside a bitmap. It is called before the first Print.
func (p *Printer) LeftHalf() { p.leftover = 1 + longestBlock(p.caps) }

// longestBlock is at least as long as the blocks of tickets: a band of a QR
// code's bitmap, a line of double size, or a stored QR text.
func longestBlock(c Caps) int {
	n := 512
	if !c.NativeQR {
		n = max(n, c.BandRows*qrDots/8)
	}
	if c.DrawRare || c.Pictures {
		n = max(n, c.WidthDots/8*pictureRows)
	}
	return n
}

// session is one open line to the printer. One caller at a time has the turn.
type session struct {
	*printline.Line
	p    *Printer
	sink device.Sink

	// Used with the turn:
	state     device.State // last reported
	detail    string
	idlePolls int  // polls since a silent printer was asked last
	confirmed bool // an answer to GS r came since the flag was cleared
}

// rxBuffer is more than a printer says in a poll; what doesn't fit is noise.
const rxBuffer = 256

func newSession(p *Printer, line port.Port, sink device.Sink) *session {
	return &session{Line: printline.New(line, rxBuffer), p: p, sink: sink}
}
