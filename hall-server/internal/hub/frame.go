package hub

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"smarthall/internal/link"
)

// frame is one message of the hall's stream as it goes over the wire, encoded
// once for all who get it.
type frame struct {
	seq    uint64
	topics []topic
	wire   []byte
}

// pingFrame is an empty WebSocket ping.
var pingFrame = &frame{wire: []byte{0x89, 0}}

// pong is the frame that answers a ping with data, which has at most 125 bytes.
func pong(data string) []byte {
	return append([]byte{0x8a, byte(len(data))}, data...)
}

// encode returns a message as it goes over the wire.
func encode(t link.Type, seq uint64, at time.Time, re string, body any) ([]byte, error) {
	m, err := link.New(t, at, body)
	if err != nil {
		return nil, err
	}
	m.Seq, m.Re = seq, re
	data, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", t, err)
	}
	return wire(data), nil
}

// wire puts the header of an unfragmented text frame before text (RFC 6455,
// section 5.2; a server's frames are not masked). Frames are made here and not
// by the WebSocket package, so that one slice serves every session and several
// frames leave in one system call.
func wire(text []byte) []byte {
	const text1 = 0x80 | 1 // the last fragment of a text
	out := make([]byte, 0, len(text)+10)
	switch n := len(text); {
	case n < 126:
		out = append(out, text1, byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, text1, 126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, text1, 127), uint64(n))
	}
	return append(out, text...)
}
