package profile

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FieldKind is what stands in one place of a frame.
type FieldKind string

// The field kinds.
const (
	FieldLit   FieldKind = "lit"   // fixed bytes
	FieldU8    FieldKind = "u8"    // a number of one byte
	FieldU16LE FieldKind = "u16le" // of two bytes, low byte first
	FieldU16BE FieldKind = "u16be" // of two bytes, high byte first
	FieldBCD   FieldKind = "bcd"   // decimal digits, two a byte
	FieldText  FieldKind = "text"
	FieldLen   FieldKind = "len" // the length of a range of fields
	FieldSum   FieldKind = "sum" // the checksum of a range of fields
)

// maxText bounds a text field, and maxFrame a whole frame, in bytes.
const (
	maxText  = 2048
	maxFrame = 4096
)

// Field is one place of a frame.
type Field struct {
	Kind FieldKind
	// Name is how values and ranges refer to the field; empty for a literal
	// that nobody refers to.
	Name string
	// Lit are the bytes of a literal.
	Lit []byte
	// Size is the number of bytes the field takes; -1 for a text whose size
	// another field or a literal after it tells.
	Size int
	// Digits is the number of decimal digits of a bcd field.
	Digits int
	// Enc and Pad are the encoding and the filling byte of a text; Max bounds
	// a text without a fixed size, in bytes.
	Enc string
	Pad byte
	Max int
	// From and To are the first and last field of the range that a len or sum
	// covers, as indexes.
	From, To int
	// Add is added to a range's length before it is written.
	Add int
	// LittleEndian is the byte order of a two-byte len or sum.
	LittleEndian bool
	Sum          SumKind

	over string // the range as written, until it is resolved
	node *yaml.Node
}

// carries tells whether the field holds a value that a caller gives or gets.
func (f *Field) carries() bool {
	switch f.Kind {
	case FieldU8, FieldU16LE, FieldU16BE, FieldBCD, FieldText:
		return true
	default:
		return false
	}
}

// The forms of a field that take a mapping.
type (
	lenSpec struct {
		Of  string `yaml:"of"`
		Add int    `yaml:"add"`
		As  string `yaml:"as"`
	}
	textSpec struct {
		Name string `yaml:"name"`
		Enc  string `yaml:"enc"`
		Size int    `yaml:"size"`
		Pad  Bytes  `yaml:"pad"`
		Max  int    `yaml:"max"`
	}
	bcdSpec struct {
		Name   string `yaml:"name"`
		Digits int    `yaml:"digits"`
	}
	sumSpec struct {
		Kind  SumKind `yaml:"kind"`
		Over  string  `yaml:"over"`
		Order string  `yaml:"order"`
	}
	fieldSpec struct {
		Name   string            `yaml:"name"`
		Lit    *Bytes            `yaml:"lit"`
		U8     *string           `yaml:"u8"`
		U16LE  *string           `yaml:"u16le"`
		U16BE  *string           `yaml:"u16be"`
		Len    *lenSpec          `yaml:"len"`
		Text   *textSpec         `yaml:"text"`
		BCD    *bcdSpec          `yaml:"bcd"`
		Sum    *sumSpec          `yaml:"sum"`
		Escape map[string]string `yaml:"escape"`
	}
)

// field turns the spec of one list element into a field. The element has
// exactly one kind.
func (s fieldSpec) field(n *yaml.Node) (*Field, error) {
	f := &Field{Name: s.Name, node: n}
	kinds := 0
	number := func(name *string, kind FieldKind, size int) {
		if name == nil {
			return
		}
		kinds++
		f.Kind, f.Size = kind, size
		if f.Name == "" {
			f.Name = *name
		}
	}
	number(s.U8, FieldU8, 1)
	number(s.U16LE, FieldU16LE, 2)
	number(s.U16BE, FieldU16BE, 2)
	if s.Lit != nil {
		kinds++
		f.Kind, f.Lit, f.Size = FieldLit, *s.Lit, len(*s.Lit)
	}
	for _, set := range []func(*Field) bool{s.setLen, s.setText, s.setBCD, s.setSum} {
		if set(f) {
			kinds++
		}
	}
	if kinds != 1 {
		return nil, bad(n, "每个字段必须且只能是 lit、u8、u16le、u16be、len、text、bcd、sum、escape 中的一种",
			"a field is exactly one of lit, u8, u16le, u16be, len, text, bcd, sum, escape")
	}
	return f, nil
}

func (s fieldSpec) setLen(f *Field) bool {
	if s.Len == nil {
		return false
	}
	f.Kind, f.over, f.Add, f.Size = FieldLen, s.Len.Of, s.Len.Add, 1
	if strings.HasPrefix(s.Len.As, "u16") {
		f.Size = 2
		f.LittleEndian = s.Len.As == "u16le"
	}
	if f.Name == "" {
		f.Name = "len"
	}
	return true
}

func (s fieldSpec) setText(f *Field) bool {
	if s.Text == nil {
		return false
	}
	f.Kind, f.Name, f.Enc, f.Max, f.Size = FieldText, s.Text.Name, s.Text.Enc, s.Text.Max, -1
	if s.Text.Size > 0 {
		f.Size, f.Max = s.Text.Size, s.Text.Size
	}
	f.Pad = ' '
	if len(s.Text.Pad) > 0 {
		f.Pad = s.Text.Pad[0]
	}
	return true
}

func (s fieldSpec) setBCD(f *Field) bool {
	if s.BCD == nil {
		return false
	}
	f.Kind, f.Name, f.Digits, f.Size = FieldBCD, s.BCD.Name, s.BCD.Digits, (s.BCD.Digits+1)/2
	return true
}

func (s fieldSpec) setSum(f *Field) bool {
	if s.Sum == nil {
		return false
	}
	f.Kind, f.over, f.Sum, f.Size = FieldSum, s.Sum.Over, s.Sum.Kind, s.Sum.Kind.size()
	f.LittleEndian = s.Sum.Order == "le"
	if f.Size == 2 && s.Sum.Order == "" {
		f.Size = 0 // compile reports the missing order
	}
	if f.Name == "" {
		f.Name = "sum"
	}
	return true
}

// resolveRange finds the fields of a range written as first..last or as one
// name.
func (fr *Frame) resolveRange(f *Field) error {
	first, last, isRange := strings.Cut(f.over, "..")
	if !isRange {
		last = first
	}
	from, okFrom := fr.index(first)
	to, okTo := fr.index(last)
	if !okFrom || !okTo || from > to {
		return bad(f.node, "范围“%s”应写成 首字段..末字段，且字段要在本帧内（固定字节可用 name 命名）",
			"range %q must be first..last of named fields of this frame (a literal can be given a name)", f.over)
	}
	f.From, f.To = from, to
	return nil
}

// index is the position of a named field.
func (fr *Frame) index(name string) (int, bool) {
	for i, f := range fr.Fields {
		if f.Name == name && name != "" {
			return i, true
		}
	}
	return 0, false
}

// String names the field for errors.
func (f *Field) String() string {
	if f.Name == "" {
		return fmt.Sprintf("literal %s", Bytes(f.Lit))
	}
	return fmt.Sprintf("%s %q", f.Kind, f.Name)
}
