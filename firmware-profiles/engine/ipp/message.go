package ipp

import (
	"encoding/binary"
	"fmt"

	"smarthall/internal/device"
)

// Delimiter and value tags (RFC 8010, section 3.5).
const (
	TagOperation   = 0x01
	TagJob         = 0x02
	tagEnd         = 0x03
	TagPrinter     = 0x04
	TagUnsupported = 0x05

	lastDelimiter = 0x0F

	TagInteger  = 0x21
	TagBoolean  = 0x22
	TagEnum     = 0x23
	TagRange    = 0x33
	TagText     = 0x41
	TagName     = 0x42
	TagKeyword  = 0x44
	TagURI      = 0x45
	TagCharset  = 0x47
	TagLanguage = 0x48
	TagMimeType = 0x49
)

// Bounds of a message. A printer with every attribute of the standard needs
// some 60 KiB.
const (
	maxMessage    = 1 << 20
	maxAttributes = 4096
	maxValues     = 1 << 16
)

// Version2 is IPP/2.0, version11 what old printers speak.
const (
	Version2  uint16 = 0x0200
	version11 uint16 = 0x0101
)

// Message is a request or a response without its document.
type Message struct {
	Version uint16
	// Code is a request's operation or a response's status.
	Code uint16
	ID   uint32
	// Groups are the attribute groups in their order.
	Groups []Group
}

// Group is one group of attributes.
type Group struct {
	Tag        byte
	Attributes []Attribute
}

// Attribute has one value or more. The members of a collection stand flat
// among its values.
type Attribute struct {
	Name   string
	Values []Value
}

// Value is one value as it stands on the wire.
type Value struct {
	Tag  byte
	Data []byte
}

// Text is an attribute of one text value: a name, keyword, URI and the like.
func Text(tag byte, name string, texts ...string) Attribute {
	a := Attribute{Name: name}
	for _, t := range texts {
		a.Values = append(a.Values, Value{tag, []byte(t)})
	}
	return a
}

// Number is an attribute of integers or enums.
func Number(tag byte, name string, numbers ...int) Attribute {
	a := Attribute{Name: name}
	for _, n := range numbers {
		a.Values = append(a.Values, Value{tag, binary.BigEndian.AppendUint32(nil, uint32(int32(n)))})
	}
	return a
}

// Bool is an attribute that is true or false.
func Bool(name string, v bool) Attribute {
	b := byte(0)
	if v {
		b = 1
	}
	return Attribute{Name: name, Values: []Value{{TagBoolean, []byte{b}}}}
}

// Range is an attribute of a range of integers.
func Range(name string, low, high int) Attribute {
	data := binary.BigEndian.AppendUint32(nil, uint32(int32(low)))
	data = binary.BigEndian.AppendUint32(data, uint32(int32(high)))
	return Attribute{Name: name, Values: []Value{{TagRange, data}}}
}

// Append encodes m to dst. A name or value that is longer than the wire can
// say is refused with device.ErrFrame.
func (m Message) Append(dst []byte) ([]byte, error) {
	dst = binary.BigEndian.AppendUint16(dst, m.Version)
	dst = binary.BigEndian.AppendUint16(dst, m.Code)
	dst = binary.BigEndian.AppendUint32(dst, m.ID)
	for _, g := range m.Groups {
		dst = append(dst, g.Tag)
		for _, a := range g.Attributes {
			for i, v := range a.Values {
				name := a.Name
				if i > 0 {
					name = "" // a further value of the same attribute
				}
				if len(name) > 0x7FFF || len(v.Data) > 0x7FFF {
					return nil, fmt.Errorf("encode attribute %.40q of %d bytes: %w", name, len(v.Data), device.ErrFrame)
				}
				dst = append(dst, v.Tag)
				dst = binary.BigEndian.AppendUint16(dst, uint16(len(name)))
				dst = append(dst, name...)
				dst = binary.BigEndian.AppendUint16(dst, uint16(len(v.Data)))
				dst = append(dst, v.Data...)
			}
		}
	}
	return append(dst, tagEnd), nil
}

// Parse reads a message and returns what follows it, the document. Anything
// that is cut short, lies about its lengths or is larger than a printer's
// answer can be is device.ErrFrame. The values share p's memory.
func Parse(p []byte) (m Message, document []byte, err error) {
	bad := func(what string) (Message, []byte, error) {
		return Message{}, nil, fmt.Errorf("decode IPP message: %s: %w", what, device.ErrFrame)
	}
	if len(p) < 9 {
		return bad("cut short")
	}
	m = Message{Version: binary.BigEndian.Uint16(p), Code: binary.BigEndian.Uint16(p[2:]), ID: binary.BigEndian.Uint32(p[4:])}
	rest := p[8:]
	attributes, values := 0, 0
	for {
		if len(rest) == 0 {
			return bad("no end of attributes")
		}
		tag := rest[0]
		rest = rest[1:]
		if tag == tagEnd {
			return m, rest, nil
		}
		if tag <= lastDelimiter {
			m.Groups = append(m.Groups, Group{Tag: tag})
		} else {
			var name, value []byte
			var ok bool
			if name, rest, ok = field(rest); !ok {
				return bad("name is longer than the message")
			}
			if value, rest, ok = field(rest); !ok {
				return bad("value is longer than the message")
			}
			if len(name) > 0 {
				attributes++
			}
			if !m.add(Value{tag, value}, string(name)) {
				return bad("value without an attribute")
			}
		}
		if values++; values > maxValues || attributes > maxAttributes {
			return bad("too many attributes")
		}
	}
}

// field reads two bytes of length and what they announce.
func field(p []byte) (data, rest []byte, ok bool) {
	if len(p) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(p))
	if n > len(p)-2 {
		return nil, nil, false
	}
	return p[2 : 2+n], p[2+n:], true
}

// add enters a value; without a name it belongs to the attribute before.
func (m *Message) add(v Value, name string) bool {
	if len(m.Groups) == 0 {
		return false
	}
	g := &m.Groups[len(m.Groups)-1]
	if name != "" {
		g.Attributes = append(g.Attributes, Attribute{name, []Value{v}})
		return true
	}
	if len(g.Attributes) == 0 {
		return false
	}
	a := &g.Attributes[len(g.Attributes)-1]
	a.Values = append(a.Values, v)
	return true
}

// find is an attribute of the groups with a tag.
func (m Message) find(tag byte, name string) (Attribute, bool) {
	for _, g := range m.Groups {
		if g.Tag != tag {
			continue
		}
		for _, a := range g.Attributes {
			if a.Name == name {
				return a, true
			}
		}
	}
	return Attribute{}, false
}

// Texts are the texts of an attribute; nil if it has none.
func (m Message) Texts(tag byte, name string) []string {
	a, _ := m.find(tag, name)
	var out []string
	for _, v := range a.Values {
		if v.Tag >= 0x40 && v.Tag != 0x4A { // character strings, but no names of members
			out = append(out, string(v.Data))
		}
	}
	return out
}

// Text is the first text of an attribute, or empty.
func (m Message) Text(tag byte, name string) string {
	if t := m.Texts(tag, name); len(t) > 0 {
		return t[0]
	}
	return ""
}

// Numbers are the integers and enums of an attribute; of a range its two ends.
func (m Message) Numbers(tag byte, name string) []int {
	a, _ := m.find(tag, name)
	var out []int
	for _, v := range a.Values {
		switch {
		case (v.Tag == TagInteger || v.Tag == TagEnum) && len(v.Data) == 4, v.Tag == TagRange && len(v.Data) == 8:
			for d := v.Data; len(d) > 0; d = d[4:] {
				out = append(out, int(int32(binary.BigEndian.Uint32(d))))
			}
		}
	}
	return out
}

// Number is the first integer or enum of an attribute.
func (m Message) Number(tag byte, name string) (int, bool) {
	if n := m.Numbers(tag, name); len(n) > 0 {
		return n[0], true
	}
	return 0, false
}

// Bool is the value of a boolean attribute.
func (m Message) Bool(tag byte, name string) (value, ok bool) {
	a, _ := m.find(tag, name)
	if len(a.Values) == 0 || a.Values[0].Tag != TagBoolean || len(a.Values[0].Data) != 1 {
		return false, false
	}
	return a.Values[0].Data[0] != 0, true
}
