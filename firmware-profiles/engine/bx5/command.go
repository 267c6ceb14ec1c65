package bx5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"

	"smarthall/internal/device"
)

// Effect is how a text enters a dynamic area.
type Effect byte

// The effects that every BX-5 font card has.
const (
	EffectStatic Effect = 1
	EffectFast   Effect = 2
	EffectLeft   Effect = 3
	EffectRight  Effect = 4
	EffectUp     Effect = 5
	EffectDown   Effect = 6
)

// Colour is a text colour; on a strip of one colour all look the same.
type Colour byte

// The colours of font cards.
const (
	Red    Colour = '1'
	Green  Colour = '2'
	Yellow Colour = '3'
)

// Area is one dynamic area: a text that replaces what the screen shows until
// the next, and is gone after a power cut.
type Area struct {
	// X, Y, Width and Height are in pixels.
	X, Y, Width, Height uint16
	ID                  byte
	Effect              Effect
	// Speed is 1 (fast) to 24; Stay counts half seconds.
	Speed, Stay byte
	// Align is 0 left top; bits 0-1 choose left, right, centre, bits 2-3 top,
	// bottom, centre.
	Align  byte
	Colour Colour
	Text   string
	// Voice is spoken by cards with a speaker, once; empty says nothing.
	Voice Voice
}

// Voice is a text that a card speaks while it shows an area.
type Voice struct {
	Text string
	// Volume is 0 to 10.
	Volume byte
}

// usualRate is how fast a card speaks, 0 to 10.
const usualRate = 5

// pixels marks a coordinate as pixels; without it cards count 8-pixel bytes.
const pixels = 0x8000

// replacement is GB2312's 〓 (geta sign), which stands for characters that
// the card's font doesn't have.
var replacement = []byte{0xA1, 0xFE}

// Ping is the command that every card acknowledges and that changes nothing.
func Ping() []byte { return []byte{0xA2, 0x00, 0x01, 0x00, 0x00} }

// Clear is the command that clears the whole screen.
func Clear() []byte { return []byte{0xA3, 0x10, 0x01, 0x00, 0x00} }

// DeleteAreas is the command that deletes every dynamic area, so that the
// card's own programme shows again. Its third byte pair is as captured.
func DeleteAreas() []byte { return []byte{0xA3, 0x06, 0x01, 0x02, 0x00, 0xFF, 0x00} }

// ShowArea is the command that shows one dynamic area and asks for an answer.
func ShowArea(a Area) []byte { return Change{Areas: []Area{a}}.Command() }

// encode is the area as it stands in a command, with so many bytes of text.
func (a Area) encode(most int) []byte {
	text := encodeText(a.Text, a.Colour, most)
	area := make([]byte, 0, 27+len(text))
	area = append(area, 0x00)
	area = binary.LittleEndian.AppendUint16(area, a.X|pixels)
	area = binary.LittleEndian.AppendUint16(area, a.Y)
	area = binary.LittleEndian.AppendUint16(area, a.Width|pixels)
	area = binary.LittleEndian.AppendUint16(area, a.Height)
	area = append(area,
		a.ID,
		0x00,       // line space
		0x00,       // run mode: loop
		0x00, 0x00) // timeout: none
	area = appendVoice(area, a.Voice)
	area = append(area,
		0x00, // no extension
		a.Align,
		0x01, // one line
		0x01, // no line wrap
		byte(a.Effect), 0x00, a.Speed, a.Stay)
	area = binary.LittleEndian.AppendUint32(area, uint32(len(text)))
	return append(area, text...)
}

// appendVoice encodes what is to be spoken: by the card's first speaker, at its
// usual rate.
func appendVoice(dst []byte, v Voice) []byte {
	if v.Text == "" {
		return append(dst, 0x00)
	}
	text := EncodeText(v.Text, 0)
	dst = append(dst, 0x01, 0x00, v.Volume, usualRate)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(text)))
	return append(dst, text...)
}

// maxText bounds the encoded text of one area, in bytes; maxShared that of each
// of several areas, so that four of them and a voice fit into a frame.
const (
	maxText   = 512
	maxShared = 340
)

// EncodeText is text in GB2312 behind its colour code. What the card's font
// doesn't have becomes 〓, a backslash (which begins the card's own codes)
// becomes a slash, control characters become spaces.
func EncodeText(text string, colour Colour) []byte { return encodeText(text, colour, maxText) }

func encodeText(text string, colour Colour, most int) []byte {
	var out []byte
	if colour != 0 {
		out = append(out, '\\', 'C', byte(colour))
	}
	for _, r := range text {
		b := encodeRune(r)
		if len(out)+len(b) > most {
			break
		}
		out = append(out, b...)
	}
	return out
}

func encodeRune(r rune) []byte {
	switch {
	case r == '\\':
		return []byte{'/'}
	case r < 0x20 || r == 0x7F:
		return []byte{' '}
	case r < 0x7F:
		return []byte{byte(r)}
	}
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(string(r)))
	if err != nil || len(b) != 2 || b[0] < 0xA1 || b[0] > 0xF7 || b[1] < 0xA1 {
		return replacement
	}
	return b
}

// TextWidth is the width of text in pixels on a card with the usual 16-dot
// font: 8 for ASCII, 16 for everything else.
func TextWidth(text string) int {
	w := 0
	for _, r := range text {
		w += 8 * len(encodeRune(r))
	}
	return w
}

// DecodeText is the text of an area without the card's own codes (\C1 colour,
// \FO000 font).
func DecodeText(p []byte) string {
	text, err := simplifiedchinese.GBK.NewDecoder().String(string(p))
	if err != nil {
		text = strings.ToValidUTF8(string(p), "〓")
	}
	for _, colour := range []string{`\C1`, `\C2`, `\C3`} {
		text = strings.ReplaceAll(text, colour, "")
	}
	for {
		i := strings.Index(text, `\FO`)
		if i < 0 || len(text) < i+6 {
			return text
		}
		text = text[:i] + text[i+6:]
	}
}

// areaHead is the length of an area before its text.
const areaHead = 27

func parseArea(p []byte) (Area, error) {
	if len(p) < areaHead {
		return Area{}, fmt.Errorf("dynamic area of %d bytes: %w", len(p), device.ErrFrame)
	}
	voice, p, err := parseVoice(p)
	if err != nil {
		return Area{}, err
	}
	text := p[areaHead:]
	if n := binary.LittleEndian.Uint32(p[23:]); uint64(n) != uint64(len(text)) {
		return Area{}, fmt.Errorf("dynamic area: text length says %d, there are %d: %w", n, len(text), device.ErrFrame)
	}
	a := Area{
		X: coordinate(p[1:]), Y: binary.LittleEndian.Uint16(p[3:]),
		Width: coordinate(p[5:]), Height: binary.LittleEndian.Uint16(p[7:]),
		ID: p[9], Align: p[16], Effect: Effect(p[19]), Speed: p[21], Stay: p[22],
		Text: DecodeText(text), Voice: voice,
	}
	if len(text) > 2 && text[0] == '\\' && text[1] == 'C' {
		a.Colour = Colour(text[2])
	}
	return a, nil
}

// voiceAt is where an area's voice begins, voiceHead its length before its text.
const (
	voiceAt   = 14
	voiceHead = 8
)

// parseVoice reads what an area speaks and returns the area without it.
func parseVoice(p []byte) (Voice, []byte, error) {
	mode, rest := p[voiceAt], p[voiceAt+1:]
	if mode == 0 {
		return Voice{}, p, nil
	}
	bad := fmt.Errorf("dynamic area with voice of mode %d and %d bytes: %w", mode, len(rest), device.ErrFrame)
	if mode != 1 || len(rest) < voiceHead-1 {
		return Voice{}, nil, bad
	}
	n := uint64(binary.LittleEndian.Uint32(rest[3:]))
	if n > uint64(len(rest)-(voiceHead-1)) {
		return Voice{}, nil, bad
	}
	v := Voice{Text: DecodeText(rest[voiceHead-1 : voiceHead-1+n]), Volume: rest[1]}
	bare := append(append([]byte(nil), p[:voiceAt]...), 0)
	if bare = append(bare, rest[voiceHead-1+n:]...); len(bare) < areaHead {
		return Voice{}, nil, bad
	}
	return v, bare, nil
}

// coordinate reads a horizontal measure, which counts pixels or 8-pixel bytes.
func coordinate(p []byte) uint16 {
	v := binary.LittleEndian.Uint16(p)
	if v&pixels != 0 {
		return v &^ pixels
	}
	return v * 8
}

// errNotAnswer marks a frame that isn't an acknowledgement at all.
var errNotAnswer = errors.New("not an answer")

// Acknowledge is a card's answer: agreed, or refused with the error code.
func Acknowledge(refusal byte) []byte {
	status := byte(0x00)
	if refusal != 0 {
		status = 0x01
	}
	return []byte{0xA0, status, 0x00, 0x00, refusal}
}

// parseAnswer reads an acknowledgement: nil, device.ErrFault for a refusal, or
// errNotAnswer. Which command is meant isn't looked at: captured cards answer
// with zeroes there.
func parseAnswer(data []byte) error {
	if len(data) < 2 || data[0] != 0xA0 {
		return errNotAnswer
	}
	if data[1] == 0x00 {
		return nil
	}
	return fmt.Errorf("card refused the command (% X): %w", data, device.ErrFault)
}
