package profile

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Values are the values of a frame's fields by name: int for numbers, string
// for texts.
type Values map[string]any

// Frame is the shape of a message: fields in order, and bytes that must not
// occur between the first and the last of them. A Frame is not changed after
// loading and may be shared.
type Frame struct {
	Name   string
	Fields []*Field
	// Escape gives the bytes that are sent in place of a byte that would end
	// or begin the frame; nil when nothing is escaped.
	Escape map[byte][]byte

	max int // longest unescaped frame in bytes
}

// UnmarshalYAML reads the list of fields and checks that a receiver can tell
// where each of them ends.
func (fr *Frame) UnmarshalYAML(n *yaml.Node) error {
	for _, item := range n.Content {
		var spec fieldSpec
		if err := item.Decode(&spec); err != nil {
			return err
		}
		if spec.Escape != nil {
			if err := fr.setEscape(item, spec.Escape); err != nil {
				return err
			}
			continue
		}
		f, err := spec.field(item)
		if err != nil {
			return err
		}
		if _, dup := fr.index(f.Name); dup {
			return bad(item, "字段名“%s”重复", "field name %q is used twice", f.Name)
		}
		fr.Fields = append(fr.Fields, f)
	}
	return fr.compile(n)
}

// setEscape reads {"7E": "7D5E"}.
func (fr *Frame) setEscape(n *yaml.Node, spec map[string]string) error {
	fr.Escape = make(map[byte][]byte, len(spec))
	for from, to := range spec {
		b, err := ParseBytes(from)
		seq, err2 := ParseBytes(to)
		if err != nil || err2 != nil || len(b) != 1 || len(seq) < 2 {
			return bad(n, "转义应写成 {\"7E\": \"7D 5E\"}：一个字节对应至少两个字节",
				"an escape is written {\"7E\": \"7D 5E\"}: one byte and at least two that stand for it")
		}
		fr.Escape[b[0]] = seq
	}
	return nil
}

// compile resolves ranges and refuses frames that can't be read back.
func (fr *Frame) compile(n *yaml.Node) error {
	if len(fr.Fields) == 0 {
		return bad(n, "帧里没有字段", "the frame has no fields")
	}
	for i, f := range fr.Fields {
		switch f.Kind {
		case FieldSum:
			if f.Size == 0 {
				return bad(f.node, "两字节的校验要写 order: be 或 le", "a checksum of two bytes needs order: be or le")
			}
			if err := fr.resolveRange(f); err != nil {
				return err
			}
			if f.To >= i {
				return bad(f.node, "校验范围必须在校验字段之前", "a checksum's range must end before the checksum")
			}
		case FieldLen:
			if err := fr.resolveRange(f); err != nil {
				return err
			}
		}
		fr.max += max(f.Size, f.Max)
	}
	if fr.max > maxFrame {
		return bad(n, "帧最长 %d 字节，超过上限 %d", "the frame can be %d bytes long, the limit is %d", fr.max, maxFrame)
	}
	for i, f := range fr.Fields {
		if f.Size < 0 && !fr.measurable(i) {
			return bad(f.node, "变长文本“%s”要么写 size，要么由前面的 len 覆盖（该范围内只有一个变长字段），要么后面紧跟 lit 结束符，并写 max",
				"text %q needs a size, or a len before it that covers no other variable text, or a literal right after it; and a max", f.Name)
		}
	}
	return fr.checkEscape(n)
}

// measurable tells whether a receiver can find the end of the variable text i.
func (fr *Frame) measurable(i int) bool {
	if m := fr.Fields[i].Max; m <= 0 || m > maxText {
		return false
	}
	if i+1 < len(fr.Fields) && fr.Fields[i+1].Kind == FieldLit {
		return true
	}
	_, ok := fr.lenOf(i)
	return ok
}

// lenOf is the length field before the variable text i that tells its size.
func (fr *Frame) lenOf(i int) (*Field, bool) {
	for _, l := range fr.Fields[:i] {
		if l.Kind != FieldLen || l.From > i || l.To < i {
			continue
		}
		variable := 0
		for _, f := range fr.Fields[l.From : l.To+1] {
			if f.Size < 0 {
				variable++
			}
		}
		if variable == 1 {
			return l, true
		}
	}
	return nil, false
}

// checkEscape makes sure that unescaping is unique and that the frame's ends
// can't occur inside.
func (fr *Frame) checkEscape(n *yaml.Node) error {
	if fr.Escape == nil {
		return nil
	}
	first, last := fr.Fields[0], fr.Fields[len(fr.Fields)-1]
	if first.Kind != FieldLit || last.Kind != FieldLit || len(fr.Fields) < 3 {
		return bad(n, "有转义的帧必须以 lit 开头、以 lit 结尾", "an escaped frame must begin and end with a literal")
	}
	for _, b := range append(slices.Clone(first.Lit), last.Lit...) {
		if fr.Escape[b] == nil {
			return bad(n, "起止字节 %02X 没有转义", "byte %02X of the frame's ends is not escaped", b)
		}
	}
	for b, seq := range fr.Escape {
		if fr.Escape[seq[0]] == nil {
			return bad(n, "转义标志 %02X 自身也要转义", "the escape mark %02X must be escaped itself", seq[0])
		}
		if slices.ContainsFunc(seq, func(c byte) bool { return slices.Contains(first.Lit, c) || slices.Contains(last.Lit, c) }) {
			return bad(n, "%02X 的转义里出现了起止字节", "the escape of %02X contains a byte of the frame's ends", b)
		}
		for other, seq2 := range fr.Escape {
			if other != b && bytes.HasPrefix(seq2, seq) {
				return bad(n, "%02X 与 %02X 的转义无法区分", "the escapes of %02X and %02X can't be told apart", b, other)
			}
		}
	}
	return nil
}

// Encode builds the frame. Every value field must be given, nothing else may
// be; a value that doesn't fit its field is an error that names it.
func (fr *Frame) Encode(v Values) ([]byte, error) {
	for name := range v {
		if i, ok := fr.index(name); !ok || !fr.Fields[i].carries() {
			return nil, fmt.Errorf("encode frame %s: no value field %q", fr.Name, name)
		}
	}
	var out []byte
	starts := make([]int, len(fr.Fields)+1)
	for i, f := range fr.Fields {
		starts[i] = len(out)
		b, err := fr.encodeField(f, v)
		if err != nil {
			return nil, fmt.Errorf("encode frame %s: %w", fr.Name, err)
		}
		if fr.endsEarly(i, b) {
			return nil, fmt.Errorf("encode frame %s: %s contains the bytes that end it", fr.Name, f)
		}
		out = append(out, b...)
	}
	starts[len(fr.Fields)] = len(out)
	if err := fr.fillLengths(out, starts); err != nil {
		return nil, fmt.Errorf("encode frame %s: %w", fr.Name, err)
	}
	fr.fillSums(out, starts)
	return fr.escape(out), nil
}

// endsEarly tells whether a receiver that looks for the literal after the
// variable text i would find it inside the text b.
func (fr *Frame) endsEarly(i int, b []byte) bool {
	if fr.Fields[i].Size >= 0 {
		return false
	}
	if _, measured := fr.lenOf(i); measured {
		return false
	}
	if fr.Escape != nil && i+2 == len(fr.Fields) {
		return false // the frame's own end, which is escaped
	}
	lit := fr.Fields[i+1].Lit
	return bytes.Index(append(slices.Clone(b), lit...), lit) < len(b)
}

// encodeField is the bytes of one field; lengths and sums are zeros yet.
func (fr *Frame) encodeField(f *Field, v Values) ([]byte, error) {
	switch f.Kind {
	case FieldLit:
		return f.Lit, nil
	case FieldLen, FieldSum:
		return make([]byte, f.Size), nil
	case FieldText:
		s, ok := v[f.Name].(string)
		if !ok {
			return nil, fmt.Errorf("%s needs a text, got %v", f, v[f.Name])
		}
		return f.encodeText(s)
	}
	n, ok := v[f.Name].(int)
	if !ok {
		return nil, fmt.Errorf("%s needs a number, got %v", f, v[f.Name])
	}
	limit := f.limit()
	if n < 0 || n > limit {
		return nil, fmt.Errorf("%s must be 0 to %d, got %d", f, limit, n)
	}
	out := make([]byte, f.Size)
	switch f.Kind {
	case FieldU8:
		out[0] = byte(n)
	case FieldU16LE:
		out[0], out[1] = byte(n), byte(n>>8)
	case FieldU16BE:
		out[0], out[1] = byte(n>>8), byte(n)
	case FieldBCD:
		for i := f.Size - 1; i >= 0; i-- {
			out[i] = byte(n%10 | n/10%10<<4)
			n /= 100
		}
	}
	return out, nil
}

// limit is the largest number that a field holds.
func (f *Field) limit() int {
	if f.Kind == FieldBCD {
		return int(math.Pow10(f.Digits)) - 1
	}
	return 1<<(8*f.Size) - 1
}

// encodeText is a text's bytes, padded to its fixed size.
func (f *Field) encodeText(s string) ([]byte, error) {
	b, err := f.encoded(s)
	if err != nil {
		return nil, err
	}
	if len(b) > f.Max {
		return nil, fmt.Errorf("%s takes %d bytes, got %d", f, f.Max, len(b))
	}
	for f.Size >= 0 && len(b) < f.Size {
		b = append(b, f.Pad)
	}
	return b, nil
}

// encoded is a text in the field's encoding.
func (f *Field) encoded(s string) ([]byte, error) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError) {
		return nil, fmt.Errorf("%s: the text is not valid unicode", f)
	}
	b := []byte(s)
	switch f.Enc {
	case "gb18030":
		enc, err := simplifiedchinese.GB18030.NewEncoder().Bytes(b)
		if err != nil {
			return nil, fmt.Errorf("%s: encode gb18030: %w", f, err)
		}
		b = enc
	case "ascii":
		for _, c := range b {
			if c >= 0x80 {
				return nil, fmt.Errorf("%s: %s is not ascii", f, strconv.QuoteToASCII(s))
			}
		}
	}
	return b, nil
}

// fillLengths writes the length fields.
func (fr *Frame) fillLengths(out []byte, starts []int) error {
	for i, f := range fr.Fields {
		if f.Kind != FieldLen {
			continue
		}
		n := starts[f.To+1] - starts[f.From] + f.Add
		if n < 0 || n >= 1<<(8*f.Size) {
			return fmt.Errorf("%s can't hold the length %d", f, n)
		}
		f.putWord(out[starts[i]:], uint16(n))
	}
	return nil
}

// fillSums writes the checksums, each over what stands before it.
func (fr *Frame) fillSums(out []byte, starts []int) {
	for i, f := range fr.Fields {
		if f.Kind == FieldSum {
			f.putWord(out[starts[i]:], f.Sum.Sum(out[starts[f.From]:starts[f.To+1]]))
		}
	}
}

// putWord writes a number of one or two bytes.
func (f *Field) putWord(p []byte, n uint16) {
	switch {
	case f.Size == 1:
		p[0] = byte(n)
	case f.LittleEndian:
		p[0], p[1] = byte(n), byte(n>>8)
	default:
		p[0], p[1] = byte(n>>8), byte(n)
	}
}

// word reads what putWord writes.
func (f *Field) word(p []byte) int {
	switch {
	case f.Size == 1:
		return int(p[0])
	case f.LittleEndian:
		return int(p[0]) | int(p[1])<<8
	default:
		return int(p[0])<<8 | int(p[1])
	}
}

// escape replaces bytes between the first and the last literal.
func (fr *Frame) escape(p []byte) []byte {
	if fr.Escape == nil {
		return p
	}
	head, tail := fr.Fields[0].Size, fr.Fields[len(fr.Fields)-1].Size
	out := slices.Clone(p[:head])
	for _, b := range p[head : len(p)-tail] {
		if seq, ok := fr.Escape[b]; ok {
			out = append(out, seq...)
		} else {
			out = append(out, b)
		}
	}
	return append(out, p[len(p)-tail:]...)
}
