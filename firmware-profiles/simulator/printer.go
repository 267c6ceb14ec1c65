package simulator

import (
	"fmt"
	"io"
	"slices"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/firmware-profiles/simulator/receipt"
)

// TicketView is a printed ticket as the console shows it.
type TicketView struct {
	N     int            `json:"n"`
	At    time.Time      `json:"at"`
	Cut   string         `json:"cut"`
	Lines []receipt.Line `json:"lines"`
}

const (
	// keepTickets bounds what the tray holds.
	keepTickets = 20
	// inputBuffer bounds what a printer holds while it can't print; more is
	// lost, as from a printer without handshake.
	inputBuffer = 256 << 10
	// tearAfter is how long a piece of paper hangs before somebody tears it off.
	tearAfter = 3 * time.Second
	// torn is the "cut" of a piece that no cutter parted.
	torn = "torn"
)

// paper is how much paper a printer has.
type paper int

const (
	paperIn paper = iota
	paperNearEnd
	paperOut
)

// printer is a receipt printer. The device's mutex guards it.
type printer struct {
	d       *Device
	decoder *receipt.Decoder
	input   []byte
	current receipt.Ticket
	tickets []receipt.Ticket
	count   int

	paper paper
	cover bool // open
	jam   bool
	// linesLeft is how many more lines there is paper for; negative is enough.
	linesLeft int
	// jamAfter is after how many more lines it jams; 0 is never.
	jamAfter int

	hangs    *time.Timer // runs while a piece hangs and nothing happens; nil before
	busy     bool        // a line is being printed; its timer goes on with work
	realtime int         // bytes of a DLE EOT seen
	mute     bool        // ignores DLE EOT
	muteTurn bool        // ignores GS r
}

func newPrinter(d *Device) *printer {
	p := &printer{d: d, linesLeft: -1}
	p.powerOn()
	return p
}

// powerOn is a printer that was switched on: settings and buffer are gone.
func (p *printer) powerOn() {
	p.decoder = receipt.NewDecoder(p.d.profile.Caps.Columns, p.d.profile.Caps.WidthDots)
	switch {
	case p.d.profile.Caps.Chinese.Mode == profile.ChineseNone:
		p.decoder.NoChinese()
	case p.d.profile.Caps.Chinese.PowerOn == "on":
		p.decoder.StartChinese()
	}
	if p.d.profile.Caps.Chinese.Charset == "gb18030" {
		p.decoder.FourBytes()
	}
	p.input, p.realtime = nil, 0
}

func (p *printer) receive(b []byte) {
	for _, c := range b {
		p.watchRealtime(c)
	}
	room := inputBuffer - len(p.input)
	p.input = append(p.input, b[:min(room, len(b))]...)
	p.work()
}

// watchRealtime answers DLE EOT n the moment it arrives, wherever the printer
// is, even without paper or inside a bitmap.
func (p *printer) watchRealtime(c byte) {
	switch {
	case p.realtime == 1 && c == 0x04:
		p.realtime = 2
	case p.realtime == 2 && c >= 1 && c <= 4:
		p.realtime = 0
		if !p.mute {
			p.d.send([]byte{p.status(c)})
		}
	case c == 0x10:
		p.realtime = 1
	default:
		p.realtime = 0
	}
}

// status is the answer to DLE EOT n.
func (p *printer) status(n byte) byte {
	jam := byte(0x08) // the cutter
	if p.d.profile.Has(profile.QuirkJamByBit2) {
		jam = 0x04
	}
	flags := map[byte][]struct {
		on  bool
		bit byte
	}{
		1: {{!p.ready(), 0x08}},
		2: {{p.cover, 0x04}, {p.paper == paperOut, 0x20}, {p.jam, 0x40}},
		3: {{p.jam, jam}},
		4: {{p.paper != paperIn, 0x0C}, {p.paper == paperOut, 0x60}},
	}
	b := byte(0x12)
	for _, f := range flags[n] {
		if f.on {
			b |= f.bit
		}
	}
	return b
}

// ready tells whether it can print.
func (p *printer) ready() bool { return p.paper != paperOut && !p.cover && !p.jam }

// work prints what is in the buffer, until it ends or something is wrong.
func (p *printer) work() {
	for p.ready() && !p.busy && !p.d.closed {
		n, ev := p.decoder.Step(p.input)
		if n == 0 && ev.Kind == receipt.Nothing {
			p.hang()
			return
		}
		p.current.AddRaw(p.input[:n])
		p.input = p.input[n:]
		p.obey(ev)
	}
}

func (p *printer) obey(ev receipt.Event) {
	switch ev.Kind {
	case receipt.Printed:
		if len(p.current.Lines) == 0 {
			p.current.At = now()
		}
		p.current.Add(ev.Line)
		p.useLine()
		p.takeTime()
		p.d.changed()
	case receipt.CutOff:
		p.cutOff(ev.Cut)
		p.d.changed()
	case receipt.Asked:
		if !p.muteTurn && (ev.Query == 1 || ev.Query == '1') {
			p.d.send([]byte{map[paper]byte{paperNearEnd: 0x03, paperOut: 0x0F}[p.paper]})
		}
	}
}

// hang has the piece that stands out of the slot torn off, unless something
// happens before: it is a ticket of a printer without a cutter, or half a one.
func (p *printer) hang() {
	if p.current.Blank() {
		return
	}
	after := p.d.cfg.TearAfter
	if after <= 0 {
		after = tearAfter
	}
	if p.hangs != nil {
		p.hangs.Reset(after)
		return
	}
	p.hangs = time.AfterFunc(after, func() {
		p.d.mu.Lock()
		defer p.d.mu.Unlock()
		if p.d.closed || p.busy || !p.ready() || p.current.Blank() {
			return
		}
		p.cutOff(torn)
		p.d.changed()
	})
}

// takeTime makes a line last as long as the paper takes to move.
func (p *printer) takeTime() {
	if p.d.cfg.LineTime <= 0 {
		return
	}
	p.busy = true
	time.AfterFunc(p.d.cfg.LineTime, func() {
		p.d.mu.Lock()
		defer p.d.mu.Unlock()
		p.busy = false
		p.work()
	})
}

// useLine takes one line of a roll that is about to end or to jam.
func (p *printer) useLine() {
	if p.jamAfter > 0 {
		p.jamAfter--
		p.jam = p.jam || p.jamAfter == 0
	}
	if p.linesLeft < 0 {
		return
	}
	if p.linesLeft > 0 {
		p.linesLeft--
	}
	if p.linesLeft == 0 {
		p.paper = paperOut
	}
}

// cutOff drops the piece into the tray; a blank strip is thrown away.
func (p *printer) cutOff(how string) {
	t := p.current
	p.current = receipt.Ticket{}
	if t.Blank() {
		return
	}
	p.count++
	t.N, t.At, t.Cut = p.count, now(), how
	p.tickets = append(p.tickets, t)
	if over := len(p.tickets) - keepTickets; over > 0 {
		p.tickets = slices.Delete(p.tickets, 0, over)
	}
}

func (p *printer) show(v *View) {
	for _, c := range []struct {
		name string
		on   bool
	}{
		{"paper-near-end", p.paper == paperNearEnd},
		{"paper-out", p.paper == paperOut},
		{"cover-open", p.cover},
		{"jam", p.jam},
	} {
		if c.on {
			v.Conditions = append(v.Conditions, c.name)
		}
	}
	for _, t := range p.tickets {
		v.Tickets = append(v.Tickets, TicketView{N: t.N, At: t.At, Cut: t.Cut, Lines: slices.Clone(t.Lines)})
	}
	if !p.current.Blank() { // still hangs in the printer
		v.Tickets = append(v.Tickets, TicketView{N: p.count + 1, At: p.current.At, Lines: slices.Clone(p.current.Lines)})
	}
}

// ticket is the ticket with number n, one that still hangs included.
func (p *printer) ticket(n int) (receipt.Ticket, bool) {
	for _, t := range append(slices.Clone(p.tickets), p.current) {
		if t.N == n || t.N == 0 && n == p.count+1 && !t.Blank() {
			t.Lines = slices.Clone(t.Lines)
			t.Raw = slices.Clone(t.Raw)
			return t, true
		}
	}
	return receipt.Ticket{}, false
}

// PaperOut takes the paper out of a printer.
func (d *Device) PaperOut() error { return d.setPaper(paperOut) }

// PaperNearEnd lets a printer's paper run low.
func (d *Device) PaperNearEnd() error { return d.setPaper(paperNearEnd) }

// PaperIn puts a new roll into a printer, which then prints what waits.
func (d *Device) PaperIn() error { return d.setPaper(paperIn) }

func (d *Device) setPaper(to paper) error {
	return on(d, func(p paperDevice) error {
		p.setPaper(to)
		return nil
	})
}

// paperDevice is a model with paper in it. Its methods change what is wrong
// with the paper and let it go on.
type paperDevice interface {
	model
	setPaper(to paper)
	setCover(open bool)
	setJam(jam bool)
}

func (p *printer) setPaper(to paper) {
	if p.paper == paperOut && to != paperOut {
		p.cutOff(torn) // the old roll's end is taken out
	}
	p.paper, p.linesLeft = to, -1
	p.work()
}

// PaperOutAfter lets a printer's paper end after so many more lines.
func (d *Device) PaperOutAfter(lines int) error {
	return on(d, func(p *printer) error {
		if lines < 1 {
			return fmt.Errorf("%d lines: %w", lines, ErrArgument)
		}
		p.linesLeft = lines
		return nil
	})
}

// OpenCover opens a printer's cover.
func (d *Device) OpenCover() error { return d.setCover(true) }

// CloseCover closes it.
func (d *Device) CloseCover() error { return d.setCover(false) }

func (d *Device) setCover(open bool) error {
	return on(d, func(p paperDevice) error {
		p.setCover(open)
		return nil
	})
}

func (p *printer) setCover(open bool) {
	p.cover = open
	p.work()
}

// Jam blocks a printer's cutter.
func (d *Device) Jam() error { return d.setJam(true) }

// ClearJam frees it.
func (d *Device) ClearJam() error { return d.setJam(false) }

func (d *Device) setJam(jam bool) error {
	return on(d, func(p paperDevice) error {
		p.setJam(jam)
		return nil
	})
}

func (p *printer) setJam(jam bool) {
	p.jam = jam
	p.work()
}

// MuteStatus makes a printer ignore real-time questions for good, as half the
// network clones do.
func (d *Device) MuteStatus() error {
	return on(d, func(p interface {
		model
		muteStatus()
	},
	) error {
		p.muteStatus()
		return nil
	})
}

func (p *printer) muteStatus() { p.mute = true }

// MutePaperQuery makes a printer ignore GS r for good, as simple clones do.
func (d *Device) MutePaperQuery() error {
	return on(d, func(p *printer) error {
		p.muteTurn = true
		return nil
	})
}

// JamAfter lets a printer's paper jam after so many more lines.
func (d *Device) JamAfter(lines int) error {
	return on(d, func(p *printer) error {
		if lines < 1 {
			return fmt.Errorf("%d lines: %w", lines, ErrArgument)
		}
		p.jamAfter = lines
		return nil
	})
}

// Tickets are the tickets in a printer's tray, the oldest first.
func (d *Device) Tickets() []receipt.Ticket {
	var out []receipt.Ticket
	_ = look(d, func(p *printer) error { // other devices have none
		for _, t := range p.tickets {
			t.Lines, t.Raw = slices.Clone(t.Lines), slices.Clone(t.Raw)
			out = append(out, t)
		}
		return nil
	})
	return out
}

// WriteTicketPNG draws the codes and images of ticket n.
func (d *Device) WriteTicketPNG(w io.Writer, n int) error {
	var t receipt.Ticket
	err := look(d, func(p *printer) error {
		var ok bool
		if t, ok = p.ticket(n); !ok {
			return fmt.Errorf("ticket %d isn't in the tray: %w", n, ErrArgument)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.WritePNG(w, d.profile.Caps.WidthDots)
}
