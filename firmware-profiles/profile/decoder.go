package profile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"smarthall/internal/device"
)

// errMore says that the bytes so far may become a frame.
var errMore = errors.New("frame is not complete yet")

// Decoded is one finding in a stream: a frame with its values, or bytes that
// are none.
type Decoded struct {
	// Frame is nil for bytes that fit no frame.
	Frame  *Frame
	Values Values
	// Raw are the bytes on the wire.
	Raw []byte
	// Err wraps device.ErrChecksum for a frame whose checksum is wrong, and
	// device.ErrFrame for anything else that is no frame.
	Err error
}

// Decoder finds frames in a stream of bytes that may begin anywhere, be split
// anywhere and contain garbage. After bytes that are no frame it goes on at the
// very next one, so that a broken frame never swallows a good one. The zero
// value finds nothing; use NewDecoder.
type Decoder struct {
	frames  []*Frame
	buf     []byte
	garbage []byte
	silent  bool // the garbage belongs to a frame that was reported already
}

// NewDecoder looks for any of the frames, the first that fits wins.
func NewDecoder(frames ...*Frame) *Decoder { return &Decoder{frames: frames} }

// Feed adds received bytes.
func (d *Decoder) Feed(p []byte) { d.buf = append(d.buf, p...) }

// Next is the next finding, or false when more bytes are needed.
func (d *Decoder) Next() (Decoded, bool) { return d.next(false) }

// Flush is Next for a line that has fallen silent: an unfinished frame is
// taken for broken. Call it until it returns false.
func (d *Decoder) Flush() (Decoded, bool) { return d.next(true) }

// Pending tells whether unfinished bytes wait.
func (d *Decoder) Pending() bool { return len(d.buf) > 0 }

func (d *Decoder) next(flush bool) (Decoded, bool) {
	for len(d.buf) > 0 {
		found, n, err := d.at(d.buf)
		if errors.Is(err, errMore) && !flush {
			return d.takeGarbage()
		}
		switch {
		case err == nil:
			if g, ok := d.takeGarbage(); ok {
				return g, true
			}
			d.silent = false
			found.Raw = slices.Clone(d.buf[:n])
			d.buf = d.buf[n:]
			return found, true
		case errors.Is(err, device.ErrChecksum):
			if g, ok := d.takeGarbage(); ok {
				return g, true
			}
			found.Raw, found.Err = slices.Clone(d.buf[:n]), err
			d.buf = d.buf[1:]
			d.silent = true
			return found, true
		default:
			d.drop()
		}
	}
	g, ok := d.takeGarbage()
	d.silent = false
	return g, ok
}

// drop moves the first byte to the garbage, of which only the beginning is
// kept.
func (d *Decoder) drop() {
	if len(d.garbage) < maxFrame {
		d.garbage = append(d.garbage, d.buf[0])
	}
	d.buf = d.buf[1:]
}

// takeGarbage reports the bytes that were skipped, once.
func (d *Decoder) takeGarbage() (Decoded, bool) {
	raw := d.garbage
	d.garbage = nil
	if len(raw) == 0 || d.silent {
		return Decoded{}, false
	}
	return Decoded{Raw: raw, Err: fmt.Errorf("%d bytes fit no frame: %w", len(raw), device.ErrFrame)}, true
}

// at tries every frame at the beginning of buf. A frame that fits wins over
// one that might with more bytes, and that over a broken one.
func (d *Decoder) at(buf []byte) (Decoded, int, error) {
	best, bestLen, bestErr := Decoded{}, 0, error(device.ErrFrame)
	for _, fr := range d.frames {
		v, n, err := fr.parse(buf)
		switch {
		case err == nil:
			return Decoded{Frame: fr, Values: v}, n, nil
		case errors.Is(err, errMore):
			bestErr = err
		case errors.Is(err, device.ErrChecksum) && !errors.Is(bestErr, errMore):
			best, bestLen, bestErr = Decoded{Frame: fr, Values: v}, n, err
		}
	}
	return best, bestLen, bestErr
}

// Decode reads exactly one frame from p, without anything around it.
func (fr *Frame) Decode(p []byte) (Values, error) {
	v, n, err := fr.parse(p)
	switch {
	case errors.Is(err, errMore):
		return nil, fmt.Errorf("frame %s is cut off: %w", fr.Name, device.ErrFrame)
	case err != nil:
		return nil, fmt.Errorf("frame %s: %w", fr.Name, err)
	case n != len(p):
		return nil, fmt.Errorf("%d bytes after frame %s: %w", len(p)-n, fr.Name, device.ErrFrame)
	}
	return v, nil
}

// parse reads a frame at the beginning of p and returns its length on the
// wire. The error is errMore, device.ErrFrame or device.ErrChecksum, and with
// the last one values and length are set.
func (fr *Frame) parse(p []byte) (Values, int, error) {
	if fr.Escape == nil {
		return fr.parsePlain(p)
	}
	head, tail := fr.Fields[0].Lit, fr.Fields[len(fr.Fields)-1].Lit
	if n := min(len(p), len(head)); !bytes.Equal(p[:n], head[:n]) {
		return nil, 0, device.ErrFrame
	} else if n < len(head) {
		return nil, 0, errMore
	}
	plain := slices.Clone(head)
	for i := len(head); i < len(p); {
		if p[i] == tail[0] {
			return fr.parseEscaped(p, i, plain)
		}
		b, n, err := fr.unescape(p[i:])
		if err != nil {
			return nil, 0, err
		}
		i += n
		if plain = append(plain, b); len(plain) > fr.max {
			return nil, 0, device.ErrFrame
		}
	}
	return nil, 0, errMore
}

// parseEscaped ends an escaped frame, whose last literal begins at p[end].
func (fr *Frame) parseEscaped(p []byte, end int, plain []byte) (Values, int, error) {
	tail := fr.Fields[len(fr.Fields)-1].Lit
	if n := min(len(p)-end, len(tail)); !bytes.Equal(p[end:end+n], tail[:n]) {
		return nil, 0, device.ErrFrame
	} else if n < len(tail) {
		return nil, 0, errMore
	}
	plain = append(plain, tail...)
	v, n, err := fr.parsePlain(plain)
	switch {
	case errors.Is(err, errMore), err == nil && n != len(plain):
		return nil, 0, device.ErrFrame
	case err != nil && !errors.Is(err, device.ErrChecksum):
		return nil, 0, err
	}
	return v, end + len(tail), err
}

// unescape is the byte that p begins with and how many bytes stand for it.
func (fr *Frame) unescape(p []byte) (byte, int, error) {
	if _, special := fr.Escape[p[0]]; !special {
		return p[0], 1, nil
	}
	more := false
	for b, seq := range fr.Escape {
		if bytes.HasPrefix(p, seq) {
			return b, len(seq), nil
		}
		more = more || bytes.HasPrefix(seq, p)
	}
	if more {
		return 0, 0, errMore
	}
	return 0, 0, device.ErrFrame
}

// parsePlain reads the fields one after the other.
func (fr *Frame) parsePlain(p []byte) (Values, int, error) {
	v := make(Values)
	sizes := make(map[int]int)
	starts := make([]int, len(fr.Fields)+1)
	pos := 0
	for i, f := range fr.Fields {
		starts[i] = pos
		size, err := fr.sizeAt(i, p[pos:], sizes)
		if err != nil {
			return nil, 0, err
		}
		if pos+size > len(p) {
			return nil, 0, errMore
		}
		if err := fr.take(f, p[pos:pos+size], v); err != nil {
			return nil, 0, err
		}
		if f.Kind == FieldLen && !fr.applyLen(f, f.word(p[pos:]), sizes) {
			return nil, 0, device.ErrFrame
		}
		pos += size
	}
	starts[len(fr.Fields)] = pos
	return v, pos, fr.verify(p, starts)
}

// sizeAt is the size of field i, whose bytes begin at rest.
func (fr *Frame) sizeAt(i int, rest []byte, sizes map[int]int) (int, error) {
	f := fr.Fields[i]
	if f.Kind == FieldLit {
		if n := min(len(rest), f.Size); !bytes.Equal(rest[:n], f.Lit[:n]) {
			return 0, device.ErrFrame
		}
	}
	if f.Size >= 0 {
		return f.Size, nil
	}
	if size, ok := sizes[i]; ok {
		return size, nil
	}
	end := bytes.Index(rest, fr.Fields[i+1].Lit)
	if fr.Escape != nil && i+2 == len(fr.Fields) {
		end = len(rest) - fr.Fields[i+1].Size // rest is the whole, unescaped end
	}
	switch {
	case end > f.Max, end < 0 && len(rest) >= f.Max+fr.Fields[i+1].Size:
		return 0, device.ErrFrame
	case end < 0:
		return 0, errMore
	}
	return end, nil
}

// applyLen notes the size of the variable text that a received length
// determines; false when the length can't be true.
func (fr *Frame) applyLen(l *Field, word int, sizes map[int]int) bool {
	rest, variable := word-l.Add, -1
	for i := l.From; i <= l.To; i++ {
		switch f := fr.Fields[i]; {
		case f.Size >= 0:
			rest -= f.Size
		case variable >= 0:
			return true // verify compares when all is known
		default:
			variable = i
		}
	}
	if variable < 0 {
		return rest == 0
	}
	if rest < 0 || rest > fr.Fields[variable].Max {
		return false
	}
	if size, ok := sizes[variable]; ok && size != rest {
		return false
	}
	sizes[variable] = rest
	return true
}

// take reads one field's value.
func (fr *Frame) take(f *Field, b []byte, v Values) error {
	switch f.Kind {
	case FieldU8, FieldU16BE:
		n := 0
		for _, c := range b {
			n = n<<8 | int(c)
		}
		v[f.Name] = n
	case FieldU16LE:
		v[f.Name] = int(b[0]) | int(b[1])<<8
	case FieldBCD:
		n := 0
		for i, c := range b {
			hi, lo := int(c>>4), int(c&0x0F)
			if hi > 9 || lo > 9 || i == 0 && f.Digits%2 == 1 && hi != 0 {
				return device.ErrFrame
			}
			n = n*100 + hi*10 + lo
		}
		v[f.Name] = n
	case FieldText:
		s, err := f.decodeText(b)
		if err != nil {
			return err
		}
		v[f.Name] = s
	}
	return nil
}

// decodeText reads a text; bytes that its encoding doesn't know are an error.
func (f *Field) decodeText(b []byte) (string, error) {
	for f.Size >= 0 && len(b) > 0 && b[len(b)-1] == f.Pad {
		b = b[:len(b)-1]
	}
	s := string(b)
	switch f.Enc {
	case "gb18030":
		dec, err := simplifiedchinese.GB18030.NewDecoder().String(s)
		if err != nil {
			return "", device.ErrFrame
		}
		s = dec
	case "ascii":
		if slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 }) {
			return "", device.ErrFrame
		}
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError) {
		return "", device.ErrFrame
	}
	return s, nil
}

// verify compares lengths and then checksums of a complete frame.
func (fr *Frame) verify(p []byte, starts []int) error {
	for i, f := range fr.Fields {
		if f.Kind == FieldLen && starts[f.To+1]-starts[f.From]+f.Add != f.word(p[starts[i]:]) {
			return device.ErrFrame
		}
	}
	for i, f := range fr.Fields {
		if f.Kind == FieldSum && int(f.Sum.Sum(p[starts[f.From]:starts[f.To+1]])) != f.word(p[starts[i]:]) {
			return device.ErrChecksum
		}
	}
	return nil
}
