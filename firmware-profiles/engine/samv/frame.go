// Package samv speaks the protocol of ID card readers with a SAM_V module: it
// turns device.Config into a reader that tells when a card is laid, what it
// says and when it is taken away. The frames, the card's text block and the
// tables are exported, because simulators speak the same from the other side.
package samv

import (
	"bytes"
	"fmt"
	"slices"

	"smarthall/internal/device"
)

// preamble begins every frame in both directions.
var preamble = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// maxBody bounds the length word: the longest answer that exists, text, photo
// and two fingerprints, has 2314.
const maxBody = 2600

// Request is a question to the module: command, parameter and data.
type Request struct {
	Cmd, Para byte
	Data      []byte
}

// The requests.
var (
	ResetModule = Request{Cmd: 0x10, Para: 0xFF}
	ReadStatus  = Request{Cmd: 0x11, Para: 0xFF}
	ReadSAMID   = Request{Cmd: 0x12, Para: 0xFF}
	FindCard    = Request{Cmd: 0x20, Para: 0x01}
	SelectCard  = Request{Cmd: 0x20, Para: 0x02}
	// ReadCard answers text and photo; find and select come before it.
	ReadCard = Request{Cmd: 0x30, Para: 0x01}
	// ReadAddress answers the additional address. After a read it works until
	// the card is taken away, without find and select: which makes it the way
	// to ask whether a card still lies there.
	ReadAddress     = Request{Cmd: 0x30, Para: 0x03}
	ReadFingerprint = Request{Cmd: 0x30, Para: 0x10}
)

// Is tells whether the request is the same command as other, whatever its data.
func (r Request) Is(other Request) bool { return r.Cmd == other.Cmd && r.Para == other.Para }

// Encode is the request on the wire.
func (r Request) Encode() []byte {
	return frame(append([]byte{r.Cmd, r.Para}, r.Data...))
}

// Answer is what the module says to a request.
type Answer struct {
	// SW3 is the status word that counts; SW1 and SW2 are zero on every known
	// module and are not looked at.
	SW3  Status
	Data []byte
}

// Encode is the answer on the wire.
func (a Answer) Encode() []byte {
	return frame(append([]byte{0, 0, byte(a.SW3)}, a.Data...))
}

// Response is the bytes of an answer: what a simulator sends.
func Response(sw3 Status, data []byte) []byte { return Answer{SW3: sw3, Data: data}.Encode() }

// CardData is the data of a good answer to ReadCard: the text block and the
// photo, each with its length.
func CardData(text [TextSize]byte, photo []byte) []byte {
	out := []byte{TextSize >> 8, TextSize & 0xFF, byte(len(photo) >> 8), byte(len(photo))}
	out = append(out, text[:]...)
	return append(out, photo...)
}

// CardDataFinger is the data of a good answer to ReadFingerprint.
func CardDataFinger(text [TextSize]byte, photo, finger []byte) []byte {
	plain := CardData(text, photo)
	out := append(slices.Clone(plain[:4]), byte(len(finger)>>8), byte(len(finger)))
	out = append(out, plain[4:]...)
	return append(out, finger...)
}

// frame puts preamble, length and checksum around a body.
func frame(body []byte) []byte {
	n := len(body) + 1
	out := append(slices.Clone(preamble), byte(n>>8), byte(n))
	out = append(out, body...)
	return append(out, xor(out[len(preamble):]))
}

func xor(p []byte) byte {
	var x byte
	for _, b := range p {
		x ^= b
	}
	return x
}

// Parser finds frames in a stream that may begin anywhere, be split anywhere
// and hold garbage. It serves both sides: NextAnswer for the host, NextRequest
// for a simulator. The zero value is ready.
type Parser struct{ buf []byte }

// Feed adds received bytes.
func (p *Parser) Feed(b []byte) { p.buf = append(p.buf, b...) }

// Reset forgets unfinished bytes: what a host does before it asks.
func (p *Parser) Reset() { p.buf = nil }

// NextAnswer is the next answer, or false when more bytes are needed. The
// error wraps device.ErrChecksum or device.ErrFrame; the parser goes on behind
// the preamble of the broken frame, so that nothing good is lost.
func (p *Parser) NextAnswer() (Answer, bool, error) {
	body, ok, err := p.next(3)
	if !ok || err != nil {
		return Answer{}, ok, err
	}
	return Answer{SW3: Status(body[2]), Data: body[3:]}, true, nil
}

// NextRequest is the next request, like NextAnswer.
func (p *Parser) NextRequest() (Request, bool, error) {
	body, ok, err := p.next(2)
	if !ok || err != nil {
		return Request{}, ok, err
	}
	return Request{Cmd: body[0], Para: body[1], Data: body[2:]}, true, nil
}

// next is the body of the next frame without its checksum; it has at least
// least bytes.
func (p *Parser) next(least int) (body []byte, ok bool, err error) {
	at := bytes.Index(p.buf, preamble)
	if at < 0 {
		p.skipTo(len(p.buf) - min(len(p.buf), len(preamble)-1))
		return nil, false, nil
	}
	p.skipTo(at)
	if len(p.buf) < len(preamble)+2 {
		return nil, false, nil
	}
	rest := p.buf[len(preamble):]
	n := int(rest[0])<<8 | int(rest[1])
	if n < least+1 || n > maxBody {
		p.skipTo(len(preamble))
		return nil, true, fmt.Errorf("length %d: %w", n, device.ErrFrame)
	}
	if len(rest) < 2+n {
		return nil, false, nil
	}
	if got, want := rest[1+n], xor(rest[:1+n]); got != want {
		p.skipTo(len(preamble))
		return nil, true, fmt.Errorf("checksum %02X, computed %02X: %w", got, want, device.ErrChecksum)
	}
	body = slices.Clone(rest[2 : 1+n])
	p.skipTo(len(preamble) + 2 + n)
	return body, true, nil
}

// skipTo drops the first n bytes.
func (p *Parser) skipTo(n int) { p.buf = append([]byte(nil), p.buf[n:]...) }
