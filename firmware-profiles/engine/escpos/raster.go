package escpos

import (
	"bytes"
	"fmt"

	"smarthall/internal/device"
)

// dots is a bitmap as printers take it: packed rows, most significant bit at
// the left, 1 = black.
type dots struct {
	stride int // bytes a row
	rows   int
	data   []byte
}

func newDots(width, rows int) dots {
	stride := (width + 7) / 8
	return dots{stride: stride, rows: rows, data: make([]byte, stride*rows)}
}

// Bounds of pictures.
const (
	// pictureRows is how many rows of a picture go out at once: no more than a
	// line of double size has, so that a picture that was cut short is made up
	// for as soon (see longestBlock).
	pictureRows = 24*2 + 6
	// maxPicture is how high a picture may be, in rows: 20 cm of paper.
	maxPicture = 1600
)

// picture prints a drawing. Its dots are copied: it may be printed again.
func (e *encoder) picture(p *device.Picture) error {
	stride := (p.Width + 7) / 8
	if p.Width <= 0 || p.Width > e.caps.WidthDots || len(p.Data) == 0 || len(p.Data)%stride != 0 || len(p.Data)/stride > maxPicture {
		return fmt.Errorf("picture of %d dots and %d bytes on paper of %d dots: %w", p.Width, len(p.Data), e.caps.WidthDots, device.ErrFrame)
	}
	if !e.caps.Pictures {
		return nil
	}
	d := dots{stride: stride, rows: len(p.Data) / stride, data: bytes.Clone(p.Data)}
	if spare := p.Width % 8; spare != 0 { // dots beside the picture
		for y := range d.rows {
			d.data[(y+1)*stride-1] &= 0xFF << (8 - spare)
		}
	}
	e.inBands(d, min(e.bandRows(), pictureRows))
	return nil
}

// bandRows is how many rows one bitmap command may have.
func (e *encoder) bandRows() int {
	if e.caps.BandRows <= 0 {
		return 128
	}
	return min(e.caps.BandRows, 255) // cheap models read one byte of the height
}

// raster sends a bitmap in bands of few rows.
func (e *encoder) raster(d dots) { e.inBands(d, e.bandRows()) }

// inBands sends a bitmap (GS v 0), band rows at a time.
func (e *encoder) inBands(d dots, band int) {
	tame(d.data)
	e.flush(false)
	for top := 0; top < d.rows; top += band {
		rows := min(band, d.rows-top)
		e.put(0x1D, 0x76, 0x30, 0, byte(d.stride), byte(d.stride>>8), byte(rows), byte(rows>>8))
		e.put(d.data[top*d.stride : (top+rows)*d.stride]...)
		e.flush(true)
	}
	e.dots += d.rows
}

// tame blackens one dot wherever a bitmap reads like a real-time command (DLE
// EOT, DLE ENQ, DLE DC4): some models obey these even inside of a picture.
func tame(data []byte) {
	for i := 1; i < len(data); i++ {
		if data[i-1] == 0x10 && (data[i] == 0x04 || data[i] == 0x05 || data[i] == 0x14) {
			data[i-1] |= 0x08
		}
	}
}
