package documents

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image/jpeg"
	"image/png"
)

// Bounds of pictures, the same as those of the programs that make pages of them.
const (
	maxSide   = 20_000
	maxPixels = 51 << 20
)

// checkers look at a whole file of a type; the error is ErrType, ErrDamaged or
// ErrPixels.
var checkers = map[string]func([]byte) error{
	"application/pdf": checkPDF, "image/jpeg": checkJPEG, "image/png": checkPNG,
}

// magics are what files of a type begin with.
var magics = map[string]string{
	"application/pdf": "%PDF-1.", "image/jpeg": "\xff\xd8\xff", "image/png": "\x89PNG\r\n\x1a\n",
}

// begins tells whether the first part of a file may be of a type.
func begins(kind string, part []byte) bool {
	magic := magics[kind]
	return len(part) >= len(magic) && string(part[:len(magic)]) == magic
}

// TypeOf returns the type of a file by what it begins with, empty if it is none
// that is taken.
func TypeOf(data []byte) string {
	for kind := range magics {
		if begins(kind, data) {
			return kind
		}
	}
	return ""
}

// Check looks at a whole file of a type that TypeOf found; the error is ErrType,
// ErrDamaged or ErrPixels.
func Check(kind string, data []byte) error {
	if checkers[kind] == nil {
		return ErrType
	}
	return checkers[kind](data)
}

func checkContent(d Document, data []byte) error {
	sum := sha256.Sum256(data)
	if hex.EncodeToString(sum[:]) != d.SHA256 {
		return ErrHash
	}
	if !begins(d.Type, data) {
		return ErrType
	}
	return checkers[d.Type](data)
}

// checkPDF holds that the file ends as PDF files do. Readers of PDF look from
// the end, so one that was cut off lacks what they look for.
func checkPDF(data []byte) error {
	tail := data[max(0, len(data)-1024):]
	if !bytes.Contains(tail, []byte("startxref")) || !bytes.Contains(tail, []byte("%%EOF")) {
		return ErrDamaged
	}
	return nil
}

func pixels(width, height int) error {
	if width <= 0 || height <= 0 || width > maxSide || height > maxSide || width*height > maxPixels {
		return ErrPixels
	}
	return nil
}

// checkJPEG holds that the picture is there to its end marker, and nothing
// behind it.
func checkJPEG(data []byte) error {
	end := jpegEnd(data)
	if end == 0 {
		return ErrDamaged
	}
	if len(data)-end > slack {
		return ErrType
	}
	conf, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return ErrDamaged
	}
	return pixels(conf.Width, conf.Height)
}

// slack is how many bytes some encoders leave behind the end, to fill a block.
const slack = 16

// JPEG's markers that matter here.
const (
	markerSOI, markerEOI, markerSOS = 0xd8, 0xd9, 0xda
	markerRST0, markerRST7          = 0xd0, 0xd7
)

// jpegEnd returns the offset behind the end marker, 0 if the file has none: it
// walks from segment to segment, because thumbnails inside have end markers of
// their own.
func jpegEnd(data []byte) int {
	if len(data) < 4 || data[0] != 0xff || data[1] != markerSOI {
		return 0
	}
	for at := 2; at+2 <= len(data); {
		marker := data[at+1]
		switch {
		case data[at] != 0xff:
			return 0
		case marker == 0xff: // filling
			at++
		case marker == markerEOI:
			return at + 2
		default:
			if at+4 > len(data) {
				return 0
			}
			length := int(binary.BigEndian.Uint16(data[at+2:]))
			if length < 2 {
				return 0
			}
			if at += 2 + length; marker == markerSOS {
				at = scanEnd(data, at)
			}
		}
	}
	return 0
}

// scanEnd returns where the next marker begins behind the compressed data at.
func scanEnd(data []byte, at int) int {
	for at < len(data) {
		next := bytes.IndexByte(data[at:], 0xff)
		if next < 0 || at+next+1 >= len(data) {
			return len(data)
		}
		at += next
		if m := data[at+1]; m != 0 && (m < markerRST0 || m > markerRST7) {
			return at
		}
		at += 2
	}
	return at
}

// Trimmed returns a picture without what some phones put behind it, such as a
// short film.
func Trimmed(data []byte) []byte {
	if end := jpegEnd(data); end > 0 {
		return data[:end]
	}
	return data
}

// checkPNG holds that every chunk of the picture is whole, to the last.
func checkPNG(data []byte) error {
	for at := len(magics["image/png"]); ; {
		if at+12 > len(data) {
			return ErrDamaged
		}
		length := int64(binary.BigEndian.Uint32(data[at:]))
		end := int64(at) + 12 + length
		if end > int64(len(data)) {
			return ErrDamaged
		}
		chunk := data[at+4 : end-4]
		if crc32.ChecksumIEEE(chunk) != binary.BigEndian.Uint32(data[end-4:]) {
			return ErrDamaged
		}
		if at = int(end); string(chunk[:4]) == "IEND" {
			if len(data)-at > slack {
				return ErrType
			}
			break
		}
	}
	conf, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return ErrDamaged
	}
	return pixels(conf.Width, conf.Height)
}
