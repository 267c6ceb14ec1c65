package profile

import "fmt"

// SumKind is a way to check a frame's bytes.
type SumKind string

// The checksums. CRC tables are tiny frames' work: they are computed bit by
// bit, which is far below a serial line's speed.
const (
	SumXOR      SumKind = "xor"          // one byte: all bytes xored
	Sum8        SumKind = "sum8"         // one byte: low byte of the sum
	Sum16       SumKind = "sum16"        // two bytes: low word of the sum
	CRC16ARC    SumKind = "crc16-arc"    // poly 8005 reflected, init 0
	CRC16Modbus SumKind = "crc16-modbus" // poly 8005 reflected, init FFFF
	CRC8        SumKind = "crc8"         // poly 07, init 0
)

// size is the number of bytes the checksum takes in a frame, 0 if unknown.
func (k SumKind) size() int {
	switch k {
	case SumXOR, Sum8, CRC8:
		return 1
	case Sum16, CRC16ARC, CRC16Modbus:
		return 2
	default:
		return 0
	}
}

// Sum computes the checksum of p. It panics on an unknown kind: the loader has
// refused those.
func (k SumKind) Sum(p []byte) uint16 {
	switch k {
	case SumXOR:
		var x byte
		for _, b := range p {
			x ^= b
		}
		return uint16(x)
	case Sum8:
		return add(p) & 0xFF
	case Sum16:
		return add(p)
	case CRC16ARC:
		return crc16(0, p)
	case CRC16Modbus:
		return crc16(0xFFFF, p)
	case CRC8:
		return uint16(crc8(p))
	default:
		panic(fmt.Sprintf("checksum %q", string(k)))
	}
}

func add(p []byte) uint16 {
	var s uint16
	for _, b := range p {
		s += uint16(b)
	}
	return s
}

func crc16(crc uint16, p []byte) uint16 {
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

func crc8(p []byte) byte {
	var crc byte
	for _, b := range p {
		crc ^= b
		for range 8 {
			if crc&0x80 != 0 {
				crc = crc<<1 ^ 0x07
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}
