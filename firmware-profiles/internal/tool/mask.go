package tool

import (
	"bytes"

	"smarthall/internal/codes"
)

// masker finds personal data in the bytes of one direction of a line, so that
// a log can leave it out. It knows the answers of ID card readers wherever
// their frames begin and however they are split, and ID numbers in any text.
// The zero value is ready.
type masker struct {
	run   int // bytes of the preamble seen: 1 to 3 times AA, then 96, then 69
	state int // bytes of the frame seen after the preamble; -1 outside a frame
	size  int // length word of the frame
	begun bool
	tail  []byte // the end of what came before, for a number that was split
}

// The parts of a SAM_V frame after its preamble: two bytes of length, three
// status bytes, data, one checksum byte.
const (
	lengthBytes  = 2
	statusBytes  = 3
	maxCardFrame = 2600
	// numberBytes is more than an ID number takes in UTF-16.
	numberBytes = 36
	// samIDBytes is the size of the reader's own number, the only data that
	// says nothing about a person.
	samIDBytes = 16
)

// hide tells for every byte whether it must not be shown. Bytes of later calls
// continue those of earlier ones.
func (m *masker) hide(p []byte) []bool {
	hidden := make([]bool, len(p))
	for i, b := range p {
		hidden[i] = m.next(b)
	}
	text := append(m.tail, p...)
	if holdsIDNumber(text) {
		for i := range hidden {
			hidden[i] = true
		}
		text = nil
	}
	m.tail = append([]byte(nil), text[max(0, len(text)-numberBytes):]...)
	return hidden
}

// next tells whether one byte belongs to a card's data.
func (m *masker) next(b byte) bool {
	if !m.begun {
		m.begun, m.state = true, -1
	}
	secret := false
	if m.state >= 0 {
		secret = m.inFrame(b)
	}
	m.preamble(b)
	return secret
}

// inFrame follows a frame.
func (m *masker) inFrame(b byte) bool {
	at := m.state
	m.state++
	switch at {
	case 0:
		m.size = int(b) << 8
		return false
	case 1:
		m.size |= int(b)
		if m.size > maxCardFrame {
			m.state = -1
		}
		return false
	}
	if m.state >= lengthBytes+m.size {
		m.state = -1
	}
	data := m.size - statusBytes - 1
	begins, ends := lengthBytes+statusBytes, lengthBytes+m.size-1
	return at >= begins && at < ends && data != samIDBytes
}

// preamble looks for AA AA AA 96 69, also inside a frame that was cut off.
func (m *masker) preamble(b byte) {
	switch {
	case b == 0xAA:
		if m.run < 3 {
			m.run++
		}
		return
	case b == 0x96 && m.run == 3:
		m.run = 4
		return
	case b == 0x69 && m.run == 4:
		m.state, m.size = 0, 0
	}
	m.run = 0
}

// holdsIDNumber tells whether an ID number stands in the bytes, in ASCII, GBK,
// UTF-8 or UTF-16: eighteen characters with a right check character, or the
// fifteen of a foreigner's card of 2017.
func holdsIDNumber(p []byte) bool {
	text := string(bytes.ReplaceAll(p, []byte{0}, nil))
	for i := range text {
		if i+15 <= len(text) && codes.OldForeignerNumber(text[i:i+15]) {
			return true
		}
		if i+18 > len(text) {
			continue
		}
		if check, err := codes.CheckDigit(text[i : i+17]); err == nil && (text[i+17] == check || text[i+17] == 'x' && check == 'X') {
			return true
		}
	}
	return false
}
