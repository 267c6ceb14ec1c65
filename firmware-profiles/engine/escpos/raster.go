package escpos

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

// raster sends a bitmap (GS v 0) in bands of few rows.
func (e *encoder) raster(d dots) {
	tame(d.data)
	band := e.caps.BandRows
	if band <= 0 {
		band = 128
	}
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
