package labelview

import (
	"bytes"
	"strconv"
	"strings"

	qrcode "github.com/skip2/go-qrcode"

	"smarthall/firmware-profiles/engine/label"
)

// tspl reads TSPL.
type tspl struct {
	canvas
	width, height int // of SIZE, in dots
	// skip is how many bytes of a picture that can't be drawn are left.
	skip int
	// unknown counts lines that mean nothing to it.
	unknown int
}

// NewTSPL is a decoder of TSPL for a head of so many dots per inch.
func NewTSPL(dpi int) Decoder {
	d := &tspl{canvas: canvas{dpi: dpi}}
	d.width, d.height = d.dots(60), d.dots(40)
	d.Reset()
	return d
}

// Reset implements Decoder.
func (d *tspl) Reset() {
	d.skip = 0
	d.begin(d.width, d.height)
}

// Step implements Decoder.
func (d *tspl) Step(p []byte) (int, *Label) {
	if d.skip > 0 {
		n := min(d.skip, len(p))
		d.skip -= n
		return n, nil
	}
	// Commands that act at once stand before a line.
	if len(p) > 0 && p[0] == 0x1B {
		if len(p) < 3 {
			return 0, nil
		}
		return 3, nil
	}
	if bytes.HasPrefix(p, []byte("BITMAP ")) {
		return d.bitmap(p), nil
	}
	end := bytes.IndexByte(p, '\n')
	if end < 0 {
		if len(p) > maxLine {
			d.unknown++
			return len(p), nil
		}
		return 0, nil
	}
	return end + 1, d.line(strings.TrimRight(string(p[:end]), "\r"))
}

// bitmap takes a picture with its head.
func (d *tspl) bitmap(p []byte) int {
	const heads = 5 // x, y, bytes a row, rows, mode
	const maxHead = 64
	at, fields := len("BITMAP "), [heads]int{}
	for i := range fields {
		comma := bytes.IndexByte(p[at:min(len(p), maxHead)], ',')
		if comma < 0 {
			if len(p) >= maxHead {
				d.unknown++
				return at
			}
			return 0
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(p[at : at+comma])))
		if err != nil || n < -maxDots || n > maxBinary {
			d.unknown++
			return at
		}
		fields[i] = n
		at += comma + 1
	}
	stride, rows := fields[2], fields[3]
	if stride < 1 || rows < 1 || rows > maxDots || stride*rows > maxBinary {
		d.unknown++
		d.skip = min(max(stride, 0)*max(rows, 0), maxSkip)
		return at
	}
	size := stride * rows
	if len(p) < at+size {
		return 0
	}
	picture := label.Bitmap{Width: stride * 8, Height: rows, Stride: stride, Rows: make([]byte, size)}
	for i, dots := range p[at : at+size] {
		picture.Rows[i] = ^dots // 0 is black
	}
	d.paper().Lay(picture, fields[0], fields[1])
	return at + size
}

// line obeys one line and returns the label if it printed one.
func (d *tspl) line(text string) *Label {
	verb, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	args := arguments(rest)
	var err error
	switch verb {
	case "":
	case "SIZE":
		d.size(args)
	case "CLS":
		d.begin(d.width, d.height)
	case "BARCODE":
		if len(args) != 9 || args[2] != "128" {
			err = errDraw
			break
		}
		n := numbers(args)
		err = d.bar(n[0], n[1], n[3], n[6], args[8])
	case "QRCODE":
		if len(args) < 7 {
			err = errDraw
			break
		}
		n := numbers(args)
		levels := map[string]qrcode.RecoveryLevel{"L": qrcode.Low, "M": qrcode.Medium, "Q": qrcode.High, "H": qrcode.Highest}
		err = d.qr(n[0], n[1], n[3], levels[args[2]], args[len(args)-1])
	case "TEXT":
		if len(args) < 7 {
			err = errDraw
			break
		}
		n := numbers(args)
		err = d.text(n[0], n[1], 20*min(max(n[5], 1), 10), args[len(args)-1])
	case "BAR", "BOX":
		n := numbers(append(args, "", "", "", "", ""))
		if verb == "BAR" {
			d.paper().Fill(n[0], n[1], n[2], n[3])
		} else {
			d.box(n[0], n[1], n[2]-n[0], n[3]-n[1], n[4])
		}
	case "PRINT":
		n := numbers(append(args, "1", "1"))
		return d.print(min(n[0], maxCopies) * min(n[1], maxCopies))
	case "GAP", "BLINE", "DENSITY", "SPEED", "SET", "DIRECTION", "REFERENCE", "OFFSET", "SHIFT", "CODEPAGE", "COUNTRY", "HOME", "SOUND":
	default:
		err = errDraw
	}
	if err != nil {
		d.unknown++
	}
	return nil
}

// size reads SIZE 60 mm,40 mm, in inches without the unit.
func (d *tspl) size(args []string) {
	side := func(i, or int) int {
		if i >= len(args) {
			return or
		}
		text, mm := strings.CutSuffix(args[i], "mm")
		n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || n <= 0 || n > 1000 {
			return or
		}
		if !mm {
			n *= 25.4
		}
		return d.dots(n)
	}
	d.width, d.height = side(0, d.width), side(1, d.height)
	d.begin(d.width, d.height)
}

// arguments parts a list at its commas, but not within quotes, where \["] is a
// quote.
func arguments(text string) []string {
	var out []string
	var now strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && strings.HasPrefix(text[i:], `\["]`):
			now.WriteByte('"')
			i += len(`\["]`) - 1
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			out = append(out, strings.TrimSpace(now.String()))
			now.Reset()
		default:
			now.WriteByte(c)
		}
	}
	if text == "" {
		return nil
	}
	return append(out, strings.TrimSpace(now.String()))
}

// numbers are the arguments as numbers, 0 for those that are none.
func numbers(args []string) []int {
	out := make([]int, len(args))
	for i, a := range args {
		if n, err := strconv.Atoi(a); err == nil && n > -100_000 && n < 100_000 {
			out[i] = n
		}
	}
	return out
}
