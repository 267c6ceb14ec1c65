package bx5

import (
	"encoding/binary"
	"fmt"

	"smarthall/internal/device"
)

// Addresses of the protocol. Screen numbers are 1 to 0xFFFD.
const (
	// Host is the address of the controlling computer.
	Host uint16 = 0x8000
	// Broadcast reaches every screen; nobody answers it.
	Broadcast uint16 = 0xFFFE
)

const (
	head     = 0xA5 // starts a frame, eight times
	tail     = 0x5A // ends it
	escHead  = 0xA6 // A6 02 = A5, A6 01 = A6
	escTail  = 0x5B // 5B 02 = 5A, 5B 01 = 5B
	heads    = 8
	headLen  = 14
	crcLen   = 2
	devType  = 0xFE
	version  = 0x02
	crcSkips = 0xFFFF // a CRC field that the receiver doesn't check

	checkCRC  = 0
	checkSum  = 1
	checkNone = 2
)

// MaxData bounds the data of one frame, in either direction. The longest
// frame we send, a strip's text, is far below it.
const MaxData = 2048

// Frame is one message between the host and a screen.
type Frame struct {
	Dst, Src uint16
	// Data is the command group, its number and what belongs to them.
	Data []byte
}

// Append encodes f, as it stands on the wire, to dst. Data longer than
// MaxData is refused with device.ErrFrame.
func (f Frame) Append(dst []byte) ([]byte, error) {
	if len(f.Data) > MaxData {
		return dst, fmt.Errorf("encode frame of %d bytes: %w", len(f.Data), device.ErrFrame)
	}
	body := make([]byte, 0, headLen+len(f.Data)+crcLen)
	body = binary.LittleEndian.AppendUint16(body, f.Dst)
	body = binary.LittleEndian.AppendUint16(body, f.Src)
	body = append(body, 0, 0, 0, 0, checkCRC, 0, devType, version)
	body = binary.LittleEndian.AppendUint16(body, uint16(len(f.Data)))
	body = append(body, f.Data...)
	body = binary.LittleEndian.AppendUint16(body, CRC16(body))

	for range heads {
		dst = append(dst, head)
	}
	for _, b := range body {
		switch b {
		case head:
			dst = append(dst, escHead, 0x02)
		case escHead:
			dst = append(dst, escHead, 0x01)
		case tail:
			dst = append(dst, escTail, 0x02)
		case escTail:
			dst = append(dst, escTail, 0x01)
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, tail), nil
}

// CRC16 is CRC-16/ARC: polynomial 0x8005 reflected, initial value 0. Its
// check value over "123456789" is 0xBB3D.
func CRC16(p []byte) uint16 {
	var crc uint16
	for _, b := range p {
		crc ^= uint16(b)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0xA001
			} else {
				crc >>= 1
			}
		}
	}
	return crc
}

// Decoder finds frames in a stream of bytes. Head and tail bytes never occur
// inside a frame, so after any garbage it finds its feet at the next frame.
// The zero value is ready.
type Decoder struct {
	body    []byte
	inFrame bool
	escape  byte // the escape byte read last, or 0
	broken  bool // the frame being read is already known to be bad
}

// Feed reads p and calls emit for every frame that ends in it: with the frame,
// or with device.ErrFrame or device.ErrChecksum. Bytes between frames are
// noise and skipped. A frame's Data belong to the receiver.
func (d *Decoder) Feed(p []byte, emit func(Frame, error)) {
	for _, b := range p {
		if b == head {
			d.start()
			continue
		}
		if !d.inFrame {
			continue
		}
		if d.escape != 0 && b != tail {
			d.unescape(b)
			continue
		}
		switch b {
		case tail:
			d.inFrame = false
			if len(d.body) > 0 || d.broken {
				emit(d.finish())
			}
		case escHead, escTail:
			d.escape = b
		default:
			d.add(b)
		}
	}
}

func (d *Decoder) start() {
	d.body = d.body[:0]
	d.inFrame, d.broken, d.escape = true, false, 0
}

func (d *Decoder) unescape(b byte) {
	escape := d.escape
	d.escape = 0
	switch b {
	case 0x01:
		d.add(escape)
	case 0x02:
		d.add(escape - 1)
	default:
		d.broken = true
	}
}

func (d *Decoder) add(b byte) {
	if len(d.body) >= headLen+MaxData+crcLen {
		d.broken = true
		return
	}
	d.body = append(d.body, b)
}

func (d *Decoder) finish() (Frame, error) {
	if d.broken || d.escape != 0 {
		return Frame{}, fmt.Errorf("decode frame: %w", device.ErrFrame)
	}
	return parse(d.body)
}

// parse reads an unescaped frame without its head and tail bytes.
func parse(body []byte) (Frame, error) {
	if len(body) < headLen+crcLen {
		return Frame{}, fmt.Errorf("decode frame of %d bytes: %w", len(body), device.ErrFrame)
	}
	header, rest := body[:headLen], body[headLen:]
	n := int(binary.LittleEndian.Uint16(header[12:]))
	if n != len(rest)-crcLen {
		return Frame{}, fmt.Errorf("decode frame: length says %d, there are %d: %w", n, len(rest)-crcLen, device.ErrFrame)
	}
	covered := body[:headLen+n]
	got := binary.LittleEndian.Uint16(rest[n:])
	if want, checked := checksum(header[8], covered); checked && got != crcSkips && got != want {
		return Frame{}, fmt.Errorf("decode frame: checksum %04X, want %04X: %w", got, want, device.ErrChecksum)
	}
	return Frame{
		Dst:  binary.LittleEndian.Uint16(header),
		Src:  binary.LittleEndian.Uint16(header[2:]),
		Data: append([]byte(nil), rest[:n]...),
	}, nil
}

// checksum is what the check field must hold in the given check mode; checked
// is false where the mode has no check.
func checksum(mode byte, covered []byte) (want uint16, checked bool) {
	switch mode {
	case checkNone:
		return 0, false
	case checkSum:
		var sum uint16
		for _, b := range covered {
			sum += uint16(b)
		}
		return sum, true
	default:
		return CRC16(covered), true
	}
}
