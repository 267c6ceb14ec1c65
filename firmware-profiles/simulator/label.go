package simulator

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/firmware-profiles/simulator/labelview"
)

const (
	// keepLabels bounds what is kept of the labels that came out.
	keepLabels = 20
	// maxWaiting bounds the labels that a printer holds while it can't print.
	maxWaiting = 50
)

// labelPrinter is a printer of adhesive labels. The device's mutex guards it.
type labelPrinter struct {
	d       *Device
	decoder labelview.Decoder
	zpl     bool
	input   []byte
	waiting []*labelview.Label // read, not yet on paper
	labels  []labelview.Label
	count   int

	paper paper
	cover bool // open
	jam   bool
	busy  bool // a label is being printed; its timer goes on with work
	drop  bool // the label that is being printed was cancelled
	mute  bool // tells nothing of itself

	seen []byte // the last bytes, for commands that act at once
}

func newLabelPrinter(d *Device) *labelPrinter {
	p := &labelPrinter{d: d, zpl: d.profile.Engine == profile.EngineZPL}
	p.powerOn()
	return p
}

// powerOn is a printer that was switched on: buffers are gone.
func (p *labelPrinter) powerOn() {
	dpi := 203
	if len(p.d.profile.Caps.DPI) > 0 {
		dpi = p.d.profile.Caps.DPI[0]
	}
	if p.zpl {
		p.decoder = labelview.NewZPL(dpi)
	} else {
		p.decoder = labelview.NewTSPL(dpi)
	}
	p.input, p.waiting, p.seen = nil, nil, nil
}

func (p *labelPrinter) receive(b []byte) {
	for _, c := range b {
		room := inputBuffer - len(p.input)
		if room > 0 {
			p.input = append(p.input, c)
		}
		p.watch(c)
	}
	p.work()
}

// watch obeys the commands that act the moment they arrive, wherever the
// printer is, even inside a picture.
func (p *labelPrinter) watch(c byte) {
	p.seen = append(p.seen, c)
	if over := len(p.seen) - 3; over > 0 {
		p.seen = p.seen[over:]
	}
	switch now := string(p.seen); {
	case p.zpl && now == "~HS":
		p.tell(p.statusZPL())
	case !p.zpl && now == "\x1B!?":
		p.tell([]byte{p.statusTSPL()})
	case p.zpl && now == "~JA", !p.zpl && now == "\x1B!.":
		p.input, p.waiting, p.drop = nil, nil, p.busy
		p.decoder.Reset()
	case !p.zpl && now == "\x1B!R":
		p.powerOn()
	}
}

func (p *labelPrinter) tell(answer []byte) {
	// What came before the question is read before it is answered.
	p.read()
	if !p.mute {
		p.d.send(answer)
	}
}

// statusTSPL is the answer to ESC !?.
func (p *labelPrinter) statusTSPL() byte {
	var b byte
	for _, f := range []struct {
		on  bool
		bit byte
	}{{p.cover, 0x01}, {p.jam, 0x02}, {p.paper == paperOut, 0x04}, {p.busy, 0x20}} {
		if f.on {
			b |= f.bit
		}
	}
	return b
}

// statusZPL is the answer to ~HS. A jam has no flag of its own: a printer that
// stands still without a reason is paused.
func (p *labelPrinter) statusZPL() []byte {
	flag := map[bool]int{true: 1}
	left := len(p.waiting) + flag[p.busy]
	return fmt.Appendf(nil, "\x02030,%d,%d,0320,%03d,0,0,0,000,0,0,0\x03\r\n\x02000,0,%d,0,0,2,4,0,%08d,1,000\x03\r\n\x020000,0\x03\r\n",
		flag[p.paper == paperOut], flag[p.jam], len(p.waiting), flag[p.cover], left)
}

// ready tells whether it can print.
func (p *labelPrinter) ready() bool { return p.paper != paperOut && !p.cover && !p.jam }

// read understands what is in the buffer.
func (p *labelPrinter) read() {
	for len(p.input) > 0 && len(p.waiting) < maxWaiting {
		n, printed := p.decoder.Step(p.input)
		if n == 0 {
			return
		}
		p.input = p.input[n:]
		if printed != nil {
			p.waiting = append(p.waiting, printed)
		}
	}
}

// work prints what waits, until it ends or something is wrong.
func (p *labelPrinter) work() {
	p.read()
	for p.ready() && !p.busy && !p.d.closed && len(p.waiting) > 0 {
		next := p.waiting[0]
		p.waiting = p.waiting[1:]
		if p.d.cfg.LineTime <= 0 {
			p.comeOut(next)
			p.read()
			continue
		}
		p.busy = true
		time.AfterFunc(p.d.cfg.LineTime, func() {
			p.d.mu.Lock()
			defer p.d.mu.Unlock()
			p.busy = false
			switch {
			case p.drop: // it hangs there half printed
			case p.ready():
				p.comeOut(next)
			default:
				p.waiting = slices.Insert(p.waiting, 0, next) // printed again, as printers do after a mishap
			}
			p.drop = false
			p.work()
		})
	}
}

// comeOut drops a label into the tray.
func (p *labelPrinter) comeOut(l *labelview.Label) {
	p.count++
	done := *l
	done.N, done.At = p.count, now()
	p.labels = append(p.labels, done)
	if over := len(p.labels) - keepLabels; over > 0 {
		p.labels = slices.Delete(p.labels, 0, over)
	}
	p.d.changed()
}

func (p *labelPrinter) setPaper(to paper) {
	p.paper = to
	p.work()
}

func (p *labelPrinter) setCover(open bool) {
	p.cover = open
	p.work()
}

func (p *labelPrinter) setJam(jam bool) {
	p.jam = jam
	p.work()
}

func (p *labelPrinter) muteStatus() { p.mute = true }

func (p *labelPrinter) show(v *View) {
	for _, c := range []struct {
		name string
		on   bool
	}{{"paper-out", p.paper == paperOut}, {"cover-open", p.cover}, {"jam", p.jam}} {
		if c.on {
			v.Conditions = append(v.Conditions, c.name)
		}
	}
	v.Labels = slices.Clone(p.labels)
}

// Labels are what came out of a label printer, the oldest first.
func (d *Device) Labels() []labelview.Label {
	var out []labelview.Label
	_ = look(d, func(p *labelPrinter) error { // other devices have none
		out = slices.Clone(p.labels)
		return nil
	})
	return out
}

// WriteLabelPNG draws label n.
func (d *Device) WriteLabelPNG(w io.Writer, n int) error {
	var found labelview.Label
	err := look(d, func(p *labelPrinter) error {
		for _, l := range p.labels {
			if l.N == n {
				found = l
				return nil
			}
		}
		return fmt.Errorf("label %d isn't in the tray: %w", n, ErrArgument)
	})
	if err != nil {
		return err
	}
	return found.WritePNG(w)
}

// label answers with the picture of a label.
func (c *Console) label(w http.ResponseWriter, r *http.Request) {
	d, ok := c.device(w, r)
	if !ok {
		return
	}
	name, isPNG := strings.CutSuffix(r.PathValue("file"), ".png")
	n, err := strconv.Atoi(name)
	var png bytes.Buffer
	if err != nil || !isPNG || d.WriteLabelPNG(&png, n) != nil {
		c.problem(w, http.StatusNotFound, "label.unknown", "没有这张标签")
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store") // numbers begin again with a restart
	c.write(w, png.Bytes())
}
