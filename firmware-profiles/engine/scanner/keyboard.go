package scanner

import (
	"encoding/binary"
	"fmt"
	"strings"

	"smarthall/internal/device"
)

// Input events of Linux (linux/input.h, linux/input-event-codes.h).
const (
	evSyn      = 0x00
	evKey      = 0x01
	evMax      = 0x1F
	keyMax     = 0x2FF
	synDropped = 3

	keyUp   = 0
	keyDown = 1
	keyAuto = 2 // held down

	keyEnter    = 28
	keyKPEnter  = 96
	keyCapsLock = 58
)

// eventSize is a struct input_event on a 64-bit machine, the only ones we build
// for: two words of time, then type, code and value.
const eventSize = 24

// modifiers are the keys that change what others mean.
var modifiers = map[uint16]modifier{
	42: shift, 54: shift, // left and right
	29: ctrl, 97: ctrl,
	56: alt, 100: alt,
}

type modifier byte

const (
	shift modifier = iota
	ctrl
	alt
)

// rows are the keys with a character on a US keyboard, by the code of the first
// one of each row: bare and with shift.
var rows = []struct {
	first         uint16
	bare, shifted string
}{
	{2, "1234567890-=", "!@#$%^&*()_+"},
	{15, "\tqwertyuiop[]\r", "\tQWERTYUIOP{}\r"},
	{30, "asdfghjkl;'`", `ASDFGHJKL:"~`},
	{43, `\zxcvbnm,./`, "|ZXCVBNM<>?"},
	{55, "*", "*"},
	{57, " ", " "},
	{71, "789-456+1230.", "789-456+1230."},
	{keyKPEnter, "\r", "\r"},
	{98, "/", "/"},
}

// keys are the characters of rows by the key's code.
var keys = func() map[uint16][2]byte {
	m := map[uint16][2]byte{}
	for _, r := range rows {
		for i := range len(r.bare) {
			m[r.first+uint16(i)] = [2]byte{r.bare[i], r.shifted[i]}
		}
	}
	return m
}()

// untypable stands for keystrokes that are no character of the keyboard; it
// makes the code one that is no text.
const untypable = 0x00

// Keyboard turns the events of a scanner that types, as a keyboard does, into
// the bytes that it typed: US layout, enter is CR. Characters that it enters by
// their number with ALT held, such as Chinese ones, make the code unreadable:
// what the number means depends on the scanner's setting.
type Keyboard struct {
	partial []byte
	held    map[uint16]bool // modifiers
	caps    bool
}

// NewKeyboard is a keyboard on which no key is held.
func NewKeyboard() *Keyboard { return &Keyboard{held: map[uint16]bool{}} }

// Pending tells whether an event is incomplete.
func (k *Keyboard) Pending() bool { return len(k.partial) > 0 }

// Silence drops an incomplete event: devices send whole ones, so the rest will
// not come.
func (k *Keyboard) Silence() { k.partial = nil }

// Feed reads events and returns what was typed. Bytes that no input device
// sends are device.ErrFrame.
func (k *Keyboard) Feed(p []byte) ([]byte, error) {
	var typed []byte
	k.partial = append(k.partial, p...)
	for len(k.partial) >= eventSize {
		e := k.partial[eventSize-8 : eventSize]
		kind, code := binary.NativeEndian.Uint16(e), binary.NativeEndian.Uint16(e[2:])
		value := int32(binary.NativeEndian.Uint32(e[4:]))
		if kind > evMax || kind == evKey && (code > keyMax || value < keyUp || value > keyAuto) {
			k.partial = nil
			return typed, fmt.Errorf("input event of type %d, code %d, value %d: %w", kind, code, value, device.ErrFrame)
		}
		k.partial = k.partial[eventSize:]
		switch kind {
		case evKey:
			typed = k.press(typed, code, value)
		case evSyn:
			if code == synDropped { // the kernel's buffer ran over: keys are missing
				clear(k.held)
				typed = append(typed, untypable)
			}
		}
	}
	return typed, nil
}

// press adds what a key types.
func (k *Keyboard) press(typed []byte, code uint16, value int32) []byte {
	if _, ok := modifiers[code]; ok {
		k.held[code] = value != keyUp
		return typed
	}
	if value != keyDown {
		return typed // let go, or held so long that it repeats
	}
	if code == keyCapsLock {
		k.caps = !k.caps
		return typed
	}
	pair, ok := keys[code]
	switch {
	case !ok:
		return typed // a key without a character
	case k.holds(alt):
		return append(typed, untypable)
	}
	shifted := k.holds(shift)
	if pair[0] >= 'a' && pair[0] <= 'z' && k.caps {
		shifted = !shifted
	}
	c := pair[0]
	if shifted {
		c = pair[1]
	}
	if k.holds(ctrl) && c != '\r' { // scanners type the separators of GS1 so
		c &= 0x1F
	}
	return append(typed, c)
}

func (k *Keyboard) holds(m modifier) bool {
	for code, down := range k.held {
		if down && modifiers[code] == m {
			return true
		}
	}
	return false
}

// Type is Feed's reverse, the events of a scanner that types text with CR for
// enter. What a US keyboard doesn't have can't be typed.
func Type(text string) ([]byte, error) {
	var out []byte
	event := func(kind, code uint16, value int32) {
		out = append(out, make([]byte, eventSize-8)...) // the time, which nobody looks at
		out = binary.NativeEndian.AppendUint16(out, kind)
		out = binary.NativeEndian.AppendUint16(out, code)
		out = binary.NativeEndian.AppendUint32(out, uint32(value))
	}
	stroke := func(code uint16, value int32) {
		event(evKey, code, value)
		event(evSyn, 0, 0)
	}
	for i := range len(text) {
		code, shifted, ok := keyOf(text[i])
		if !ok {
			return nil, fmt.Errorf("a keyboard has no key for byte %02X: %w", text[i], device.ErrFrame)
		}
		if shifted {
			stroke(42, keyDown)
		}
		stroke(code, keyDown)
		stroke(code, keyUp)
		if shifted {
			stroke(42, keyUp)
		}
	}
	return out, nil
}

// keyOf is the key that types c.
func keyOf(c byte) (code uint16, shifted, ok bool) {
	if c == '\n' {
		c = '\r'
	}
	for _, r := range rows {
		if i := strings.IndexByte(r.bare, c); i >= 0 {
			return r.first + uint16(i), false, true
		}
		if i := strings.IndexByte(r.shifted, c); i >= 0 {
			return r.first + uint16(i), true, true
		}
	}
	return 0, false, false
}
