// Package zpl is the language of Zebra's label printers and of those that copy
// it. A label flows out as ASCII commands, pictures as packed hex, the status
// comes back as three lines of numbers.
package zpl

import (
	"bytes"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"smarthall/firmware-profiles/engine/label"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// New is the engine's factory.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	return label.New(p, cfg, Language{}, log)
}

// RunVector plays one vector of a profile, see label.RunVector.
func RunVector(p *profile.Profile, v profile.Vector) error { return label.RunVector(Language{}, p, v) }

// Language is ZPL II.
type Language struct{}

var _ label.Language = Language{}

// Encode is a whole label. Nothing of it comes from the label's text but the
// data of codes, which are label.Plain.
func (Language) Encode(p label.Plan) []byte {
	var out bytes.Buffer
	setup(&out, p)
	for _, picture := range p.Pictures {
		size := len(picture.Rows)
		fmt.Fprintf(&out, "^FO%d,%d^GFA,%d,%d,%d,", picture.X, picture.Y, size, size, picture.Stride)
		out.Write(pack(picture.Bitmap))
		out.WriteString("^FS\n")
	}
	if b := p.Bar; b != nil {
		fmt.Fprintf(&out, "^FO%d,%d^BY%d^BCN,%d,N,N,N,A^FD%s^FS\n", b.X, b.Y, b.Module, b.Height, b.Data)
	}
	if q := p.QR; q != nil {
		fmt.Fprintf(&out, "^FO%d,%d^BQN,2,%d^FDMA,%s^FS\n", q.X, max(q.Y-qrDrop, 0), q.Cell, q.Data)
	}
	fmt.Fprintf(&out, "^PQ%d\n^XZ\n", p.Copies)
	return out.Bytes()
}

// qrDrop is how many dots below its place Zebra's printers draw a QR code.
const qrDrop = 10

// setup says which paper it is and begins a label.
func setup(out *bytes.Buffer, p label.Plan) {
	m := p.Media
	if m.Density >= 0 {
		fmt.Fprintf(out, "~SD%02d\n", min(m.Density, 30))
	}
	fmt.Fprintf(out, "^XA\n^CI28^LH0,0^LT0^PW%d^LL%d\n", p.Width, p.Height)
	out.WriteString(map[bool]string{true: "^MNY", false: "^MNN"}[m.GapMM > 0])
	if m.Choice {
		out.WriteString(map[bool]string{true: "^MTT", false: "^MTD"}[m.Ribbon])
	}
	out.WriteString(map[bool]string{true: "^POI", false: "^PON"}[m.Turn])
	out.WriteString(map[string]string{"cut": "^MMC\n", "peel": "^MMP\n", "tear": "^MMT\n"}[m.After])
}

// pack is a picture in hex, shortened as ZPL allows: a letter repeats the digit
// behind it, a comma fills a row with white, a colon repeats the row before.
func pack(b label.Bitmap) []byte {
	const digits = "0123456789ABCDEF"
	var out []byte
	var before []byte
	for y := range b.Height {
		row := b.Rows[y*b.Stride : (y+1)*b.Stride]
		if y > 0 && bytes.Equal(row, before) {
			out = append(out, ':')
			continue
		}
		before = row
		nibbles := make([]byte, 0, 2*len(row))
		for _, dots := range row {
			nibbles = append(nibbles, digits[dots>>4], digits[dots&15])
		}
		inked := bytes.TrimRight(nibbles, "0")
		out = appendRuns(out, inked)
		if len(inked) < len(nibbles) {
			out = append(out, ',')
		}
	}
	return out
}

// appendRuns shortens runs of one digit. Capital letters repeat it 1 to 19
// times, small ones 20 to 400 times in steps of 20; both together add up.
func appendRuns(out, nibbles []byte) []byte {
	for i := 0; i < len(nibbles); {
		n := 1
		for i+n < len(nibbles) && n < 419 && nibbles[i+n] == nibbles[i] {
			n++
		}
		if n >= 20 {
			out = append(out, 'f'+byte(n/20))
		}
		if rest := n % 20; rest > 0 && n > 1 {
			out = append(out, 'F'+byte(rest))
		}
		out = append(out, nibbles[i])
		i += n
	}
	return out
}

// Question asks for the status; printers answer at once.
func (Language) Question() []byte { return []byte("~HS") }

// Cancel drops all that waits to be printed.
func (Language) Cancel() []byte { return []byte("~JA") }

// Recover drops a label that was cut short. No label has binary parts, so n
// says nothing.
func (Language) Recover(int) []byte { return []byte("~JA\n") }

// SilentInTrouble is true: by Zebra's guide ~HS isn't answered while paper or
// ribbon is out, the head is open or too hot.
func (Language) SilentInTrouble() bool { return true }

// Answer reads the three lines of ~HS, each between STX and ETX.
func (Language) Answer(p []byte) (label.Status, bool) {
	lines := framed(p)
	if len(lines) < 3 {
		return label.Status{}, false
	}
	lines = lines[len(lines)-3:]
	first, second := strings.Split(lines[0], ","), strings.Split(lines[1], ",")
	if len(first) < 12 || len(second) < 9 {
		return label.Status{}, false
	}
	n := reader{}
	out, pause := n.of(first[1]), n.of(first[2])
	waiting, partial := n.of(first[4]), n.of(first[7])
	cold, hot := n.of(first[10]), n.of(first[11])
	open, ribbon, left := n.of(second[2]), n.of(second[3]), n.of(second[8])
	if n.bad {
		return label.Status{}, false
	}
	switch {
	case open != 0:
		return label.Status{State: device.CoverOpen, Detail: "打印头未压好"}, true
	case out != 0:
		return label.Status{State: device.PaperEnd, Detail: "标签纸已用完"}, true
	case ribbon != 0:
		return label.Status{State: device.PaperEnd, Detail: "碳带已用完"}, true
	case hot != 0:
		return label.Status{State: device.Fault, Detail: "打印头过热，正在冷却"}, true
	case cold != 0:
		return label.Status{State: device.Fault, Detail: "打印头温度过低"}, true
	case pause != 0:
		return label.Status{State: device.Fault, Detail: "打印机已暂停，请按打印机上的暂停键继续"}, true
	default:
		return label.Status{State: device.Online, Busy: waiting+partial+left > 0}, true
	}
}

// reader reads numbers and remembers whether one was none.
type reader struct{ bad bool }

func (r *reader) of(text string) int {
	n, err := strconv.ParseUint(text, 10, 31)
	r.bad = r.bad || err != nil
	return int(n)
}

// framed are the texts between STX and ETX.
func framed(p []byte) []string {
	var out []string
	for {
		begin := bytes.IndexByte(p, 0x02)
		if begin < 0 {
			return out
		}
		p = p[begin+1:]
		end := bytes.IndexByte(p, 0x03)
		if end < 0 {
			return out
		}
		// Of a frame that lost its end the last beginning counts.
		text := p[:end]
		out = append(out, string(text[bytes.LastIndexByte(text, 0x02)+1:]))
		p = p[end+1:]
	}
}
