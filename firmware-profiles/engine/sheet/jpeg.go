// Package sheet has what the engines of cameras and scanners share: JPEG files
// are checked as they come from the device, completed where it leaves parts
// out, and made smaller; sizes of paper, and wishes that a device can't fulfil.
package sheet

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"

	"smarthall/internal/device"
)

// MaxSide bounds a picture's width and height in pixels, and MaxPixels both;
// MaxBytes bounds its file.
const (
	MaxSide   = 12000
	MaxPixels = 64 << 20
	MaxBytes  = 48 << 20
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	markTEM  = 0x01
	markSOF0 = 0xC0
	markSOF2 = 0xC2
	markDHT  = 0xC4
	markRST0 = 0xD0
	markSOI  = 0xD8
	markEOI  = 0xD9
	markSOS  = 0xDA
	markDRI  = 0xDD
)

// Complete makes a whole JPEG file of one frame, or returns an error that
// wraps device.ErrFrame. Cameras leave two things to the receiver: the Huffman
// tables, which MJPEG allows to leave out when they are the usual ones, and
// the end, behind which buffers are filled up with zeros.
func Complete(frame []byte) ([]byte, error) {
	start := bytes.Index(frame, []byte{0xFF, markSOI})
	if start < 0 || start > 1<<16 {
		return nil, broken("no start of a picture")
	}
	frame = frame[start:]
	head, err := readHead(frame)
	if err != nil {
		return nil, err
	}
	end := scanEnd(frame[head.data:])
	if end < 0 {
		return nil, broken("picture ends too early")
	}
	frame = frame[:head.data+end]
	if head.tables {
		return bytes.Clone(frame), nil
	}
	out := make([]byte, 0, len(frame)+len(usualTables))
	out = append(out, frame[:head.sos]...)
	out = append(out, usualTables...)
	return append(out, frame[head.sos:]...), nil
}

// head is what stands before a picture's data.
type head struct {
	size   image.Point
	tables bool // it has Huffman tables
	sos    int  // where the start of scan stands
	data   int  // where the compressed data begin
}

// readHead walks the segments up to the start of scan.
func readHead(frame []byte) (head, error) {
	var h head
	for i := 2; i+4 <= len(frame); {
		if frame[i] != 0xFF {
			return head{}, broken("no marker where one must be")
		}
		mark := frame[i+1]
		if mark == 0xFF { // fill byte
			i++
			continue
		}
		length := int(frame[i+2])<<8 | int(frame[i+3])
		if mark <= markTEM || (mark >= markRST0 && mark <= markEOI) || length < 2 || i+2+length > len(frame) {
			return head{}, broken("wrong segment in the head")
		}
		body := frame[i+4 : i+2+length]
		switch {
		case mark == markDHT:
			h.tables = true
		case mark >= markSOF0 && mark <= 0xCF && mark != 0xC8 && mark != 0xCC:
			if mark > markSOF2 || len(body) < 6 {
				return head{}, broken("a kind of JPEG that cameras don't send")
			}
			h.size = image.Pt(int(body[3])<<8|int(body[4]), int(body[1])<<8|int(body[2]))
		case mark == markSOS:
			h.sos, h.data = i, i+2+length
			return h, h.check()
		}
		i += 2 + length
	}
	return head{}, broken("head without data")
}

// check refuses sizes that would not fit into memory.
func (h head) check() error {
	if h.size.X == 0 || h.size.Y == 0 || h.size.X > MaxSide || h.size.Y > MaxSide || h.size.X*h.size.Y > MaxPixels {
		return broken(fmt.Sprintf("size %dx%d", h.size.X, h.size.Y))
	}
	return nil
}

// scanEnd is where the picture ends in its data, behind the end marker, or -1.
// Progressive pictures have segments between their scans; a marker's second
// byte is never zero, so that the end can't be taken for data.
func scanEnd(data []byte) int {
	for i := 0; i+1 < len(data); {
		at := bytes.IndexByte(data[i:], 0xFF)
		if at < 0 || i+at+1 >= len(data) {
			return -1
		}
		i += at
		switch mark := data[i+1]; {
		case mark == markEOI:
			return i + 2
		case mark == 0 || mark == markTEM || (mark >= markRST0 && mark < markSOI):
			i += 2
		case mark == 0xFF:
			i++
		case mark == markSOI || i+3 >= len(data):
			return -1
		default: // a segment such as the next scan's head
			length := int(data[i+2])<<8 | int(data[i+3])
			if length < 2 {
				return -1
			}
			i += 2 + length
		}
	}
	return -1
}

// Size is the size of a complete JPEG in pixels.
func Size(jpg []byte) (image.Point, error) {
	if len(jpg) < 4 || jpg[0] != 0xFF || jpg[1] != markSOI {
		return image.Point{}, broken("no start of a picture")
	}
	h, err := readHead(jpg)
	return h.size, err
}

func broken(what string) error { return fmt.Errorf("%s: %w", what, device.ErrFrame) }

// Quality is for the pictures that we compress ourselves.
const Quality = 90

// Shrink makes a picture fit into a size; one that fits stays as it is.
func Shrink(jpg []byte, into image.Point) ([]byte, error) {
	size, err := Size(jpg)
	if err != nil {
		return nil, err
	}
	if size.X <= into.X && size.Y <= into.Y {
		return jpg, nil
	}
	img, err := jpeg.Decode(bytes.NewReader(jpg))
	if err != nil {
		return nil, broken("picture can't be read: " + err.Error())
	}
	scale := min(float64(into.X)/float64(size.X), float64(into.Y)/float64(size.Y))
	small := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(size.X)*scale)), max(1, int(float64(size.Y)*scale))))
	draw.ApproxBiLinear.Scale(small, small.Rect, img, img.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: Quality}); err != nil {
		return nil, fmt.Errorf("compress preview: %w", err)
	}
	return b.Bytes(), nil
}
