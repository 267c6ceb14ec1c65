package labelview

import (
	"bytes"
	"strconv"
	"strings"

	qrcode "github.com/skip2/go-qrcode"

	"smarthall/firmware-profiles/engine/label"
)

// zpl reads ZPL II.
type zpl struct {
	canvas
	width, height int // of ^PW and ^LL, in dots
	copies        int
	open          bool // between ^XA and ^XZ
	field         field
	module        int // of ^BY
	barHeight     int
	unknown       int
}

// field is what stands between ^FO and ^FS.
type field struct {
	x, y int
	kind string // BC, BQ or A
	args []string
	hex  bool // of ^FH: _41 is a character
	data string
}

// NewZPL is a decoder of ZPL for a head of so many dots per inch.
func NewZPL(dpi int) Decoder {
	d := &zpl{canvas: canvas{dpi: dpi}, module: 2, barHeight: 10}
	d.width, d.height = d.dots(60), d.dots(40)
	d.Reset()
	return d
}

// Reset implements Decoder.
func (d *zpl) Reset() {
	d.open, d.copies, d.field = false, 1, field{}
	d.begin(d.width, d.height)
}

// Step implements Decoder. A command ends where the next one begins; the end
// of a label ends itself.
func (d *zpl) Step(p []byte) (int, *Label) {
	if len(p) == 0 {
		return 0, nil
	}
	if p[0] != '^' && p[0] != '~' {
		next := bytes.IndexAny(p, "^~")
		if next < 0 {
			next = len(p)
		}
		return next, nil
	}
	if len(p) < 3 {
		return 0, nil
	}
	name := string(p[1:3])
	if p[0] == '~' && (name == "HS" || name == "JA") {
		return 3, nil // obeyed when they came
	}
	if name == "XA" || name == "XZ" {
		return 3, d.obey(name, "")
	}
	end := bytes.IndexAny(p[3:], "^~")
	if end < 0 {
		if len(p) > maxBinary {
			d.unknown++
			return len(p), nil
		}
		return 0, nil
	}
	if name[0] == 'A' && p[0] == '^' {
		return 3 + end, d.obey("A", name[1:]+string(p[3:3+end]))
	}
	return 3 + end, d.obey(name, string(p[3:3+end]))
}

// obey does one command and returns the label if it printed one.
func (d *zpl) obey(name, rest string) *Label {
	rest = strings.TrimRight(rest, "\r\n")
	args := strings.Split(rest, ",")
	n := numbers(append(args, "", "", "", ""))
	switch name {
	case "XA":
		d.Reset()
		d.open = true
	case "XZ":
		if d.open {
			done := d.print(d.copies)
			d.Reset()
			return done
		}
	case "PW", "LL":
		if n[0] > 0 {
			if name == "PW" {
				d.width = min(n[0], maxDots)
			} else {
				d.height = min(n[0], maxDots)
			}
			d.begin(d.width, d.height)
		}
	case "PQ":
		d.copies = n[0]
	case "BY":
		d.module = min(max(n[0], 1), 10)
		if n[2] > 0 {
			d.barHeight = n[2]
		}
	case "FO", "FT":
		d.field = field{x: n[0], y: n[1]}
	case "BC", "BQ", "A":
		d.field.kind, d.field.args = name, args
	case "FH":
		d.field.hex = true
	case "FD":
		d.field.data = rest
	case "GF":
		d.graphic(rest)
	case "GB":
		d.box(d.field.x, d.field.y, n[0], n[1], n[2])
	case "FS":
		d.finish()
	case "CI", "LH", "LT", "MN", "MT", "MM", "PO", "SD", "MD", "PR", "LS", "FX":
	default:
		d.unknown++
	}
	return nil
}

// finish draws the field that ended.
func (d *zpl) finish() {
	f := d.field
	d.field = field{}
	if f.data == "" {
		return
	}
	if f.hex {
		f.data = unhex(f.data)
	}
	n := numbers(append(f.args, "", "", ""))
	var err error
	switch f.kind {
	case "BC":
		height := n[1]
		if height <= 0 {
			height = d.barHeight
		}
		err = d.bar(f.x, f.y, height, d.module, f.data)
	case "BQ":
		levels := map[byte]qrcode.RecoveryLevel{'L': qrcode.Low, 'M': qrcode.Medium, 'Q': qrcode.High, 'H': qrcode.Highest}
		level, known := levels[f.data[0]]
		mode, data, ok := strings.Cut(f.data[1:], ",")
		if !known || !ok || mode != "A" {
			err = errDraw
			break
		}
		err = d.qr(f.x, f.y+10, n[2], level, data) // ten dots lower, as the real ones
	default:
		err = d.text(f.x, f.y, max(n[1], 12), f.data)
	}
	if err != nil {
		d.unknown++
	}
}

// graphic draws ^GFA,total,total,stride,data.
func (d *zpl) graphic(rest string) {
	parts := strings.SplitN(rest, ",", 5)
	if len(parts) != 5 || parts[0] != "A" {
		d.unknown++
		return
	}
	n := numbers(parts[:4])
	total, stride := n[2], n[3]
	if stride < 1 || total < 1 || total > maxBinary || stride > maxDots/8 || total/stride > maxDots {
		d.unknown++
		return
	}
	picture := label.Bitmap{Width: stride * 8, Height: total / stride, Stride: stride, Rows: unpack(parts[4], stride, total/stride)}
	d.paper().Lay(picture, d.field.x, d.field.y)
}

// unpack reads the hex of a graphic with its shortenings into rows; what lacks
// stays white, what is too much is dropped.
func unpack(text string, stride, rows int) []byte {
	out := make([]byte, 0, stride*rows)
	row := make([]byte, 0, 2*stride)
	end := func(fill byte) {
		for len(row) < 2*stride {
			row = append(row, fill)
		}
		for i := 0; i < len(row); i += 2 {
			out = append(out, row[i]<<4|row[i+1])
		}
		row = row[:0]
	}
	count := 0
	for i := 0; i < len(text) && len(out) < stride*rows; i++ {
		switch c := text[i]; {
		case c >= 'G' && c <= 'Y':
			count += int(c-'G') + 1
		case c >= 'g' && c <= 'z':
			count += 20 * (int(c-'g') + 1)
		case c == ',':
			end(0)
		case c == '!':
			end(15)
		case c == ':':
			if len(out) >= stride {
				out = append(out, out[len(out)-stride:]...)
			}
		default:
			digit, err := strconv.ParseUint(string(rune(c)), 16, 8)
			if err != nil {
				continue
			}
			for range min(max(count, 1), 2*stride) {
				if row = append(row, byte(digit)); len(row) == 2*stride {
					end(0)
				}
			}
			count = 0
		}
	}
	out = append(out, make([]byte, max(0, stride*rows-len(out)))...)
	return out[:stride*rows]
}

// unhex reads _41 as a character.
func unhex(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '_' && i+2 < len(text) {
			if b, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				out.WriteByte(byte(b))
				i += 2
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}
