package imaging

import (
	"bytes"
	"encoding/binary"
)

// turn is how a decoded picture lies: the EXIF orientation, 1 to 8.
type turn int

const upright turn = 1

// sideways tells that width and height change places.
func (t turn) sideways() bool { return t >= 5 }

// raw takes a place in the upright picture, in parts of its width and height,
// to the same place in the picture as it was decoded.
func (t turn) raw(p Point) Point {
	switch t {
	case 2:
		return Point{1 - p.X, p.Y}
	case 3:
		return Point{1 - p.X, 1 - p.Y}
	case 4:
		return Point{p.X, 1 - p.Y}
	case 5:
		return Point{p.Y, p.X}
	case 6:
		return Point{p.Y, 1 - p.X}
	case 7:
		return Point{1 - p.Y, 1 - p.X}
	case 8:
		return Point{1 - p.Y, p.X}
	}
	return p
}

// orientation reads how a JPEG wants to be turned, upright if it doesn't say
// or says it wrongly. Only the first directory is read, and it once: there is
// nothing to go around in. Source: CIPA DC-008 (Exif 2.32), TIFF 6.0.
func orientation(jpeg []byte) turn {
	if len(jpeg) < 2 {
		return upright
	}
	s := segments{rest: jpeg[2:]}
	for {
		marker, data, ok := s.next()
		if !ok {
			return upright
		}
		const app1 = 0xE1
		if exif, ok := bytes.CutPrefix(data, []byte("Exif\x00\x00")); ok && marker == app1 {
			return orientationOf(exif)
		}
	}
}

// orientationOf reads a TIFF header and its first directory.
func orientationOf(tiff []byte) turn {
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		const entry, tagOrientation, typeShort = 12, 0x0112, 3
		if len(entries) < entry {
			return upright
		}
		if order.Uint16(entries) == tagOrientation {
			value := turn(order.Uint16(entries[8:]))
			if order.Uint16(entries[2:]) != typeShort || value < 1 || value > 8 {
				return upright
			}
			return value
		}
		entries = entries[entry:]
	}
	return upright
}
