package counter

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"smarthall/internal/device"
)

// strokesKey is the keyword under which a signature's picture carries its
// strokes, in a zTXt chunk (PNG, third edition, 11.3.3.3).
const strokesKey = "Smart-Hall-Strokes"

// errPNG says that a picture isn't a PNG with an end.
var errPNG = errors.New("not a PNG picture")

// pngEnd is the chunk that ends every PNG: its length, IEND and its checksum.
const pngEnd = "\x00\x00\x00\x00IEND\xAE\x42\x60\x82"

// withStrokes is a signature's picture that carries the strokes, so that one
// file has both.
func withStrokes(s device.Signature) ([]byte, error) {
	body, ok := bytes.CutSuffix(s.PNG, []byte(pngEnd))
	if !ok {
		return nil, fmt.Errorf("add strokes: %w", errPNG)
	}
	text, err := strokesOf(s)
	if err != nil {
		return nil, fmt.Errorf("add strokes: %w", err)
	}
	var chunk bytes.Buffer
	chunk.WriteString("zTXt" + strokesKey + "\x00\x00") // method 0: deflate
	z := zlib.NewWriter(&chunk)
	_, err = z.Write(text)
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, fmt.Errorf("add strokes: %w", err)
	}
	out := bytes.Clone(body)
	out = binary.BigEndian.AppendUint32(out, uint32(chunk.Len()-4))
	out = append(out, chunk.Bytes()...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk.Bytes()))
	return append(out, pngEnd...), nil
}
