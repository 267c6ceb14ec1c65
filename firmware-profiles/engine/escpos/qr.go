package escpos

import (
	"fmt"

	qrcode "github.com/skip2/go-qrcode"

	"smarthall/internal/device"
)

// qrBytes is how many bytes a QR code of version 1 to 40 holds at error
// correction M (ISO/IEC 18004, table 7).
var qrBytes = [...]int{
	14, 26, 42, 62, 84, 106, 122, 152, 180, 213,
	251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
	711, 779, 857, 911, 997, 1059, 1125, 1190, 1264, 1370,
	1452, 1538, 1628, 1722, 1809, 1911, 1989, 2099, 2213, 2331,
}

const (
	qrDots    = 264 // the size aimed at: 33 mm is read from an arm's length
	qrMaxUnit = 8
	qrMinUnit = 3 // below 3/8 mm phones fail on thermal paper
)

// qrUnit is the size of one module in dots for a QR code of n bytes on paper
// of the given width; 0 if it can't be printed legibly.
func qrUnit(n, widthDots int) int {
	for i, capacity := range qrBytes {
		if n > capacity {
			continue
		}
		modules := 21 + 4*i
		unit := min(max(qrDots/modules, qrMinUnit), qrMaxUnit)
		if (modules+8)*unit > widthDots {
			return 0
		}
		return unit
	}
	return 0
}

func (e *encoder) qr(text string) error {
	unit := qrUnit(len(text), e.caps.WidthDots)
	if unit == 0 {
		return fmt.Errorf("QR code of %d bytes doesn't fit on the paper: %w", len(text), device.ErrFrame)
	}
	e.quiet()
	e.flush(false)
	if e.caps.NativeQR {
		e.nativeQR(text, unit)
	} else if err := e.rasterQR(text, unit); err != nil {
		return err
	}
	e.quiet()
	return nil
}

// quiet leaves the blank strip that a QR code needs above and below it.
func (e *encoder) quiet() {
	e.style(1, e.bold)
	e.endLine(1)
}

// nativeQR lets the printer draw the code (GS ( k).
func (e *encoder) nativeQR(text string, unit int) {
	n := len(text) + 3
	e.put(0x1D, 0x28, 0x6B, 4, 0, 0x31, 0x41, 0x32, 0)           // model 2
	e.put(0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x43, byte(unit))        // dots per module
	e.put(0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x45, 0x31)              // error correction M
	e.put(0x1D, 0x28, 0x6B, byte(n), byte(n>>8), 0x31, 'P', '0') // store
	e.put([]byte(text)...)
	e.put(0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x51, 0x30) // print
	e.dots += qrDots
	e.flush(true)
}

// rasterQR sends the code as a bitmap (GS v 0) in bands of few rows.
func (e *encoder) rasterQR(text string, unit int) error {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("draw QR code: %w", err)
	}
	code.DisableBorder = true
	modules := code.Bitmap()
	side := len(modules) * unit
	d := newDots(side, side)
	for y := range side {
		for x := range side {
			if modules[y/unit][x/unit] {
				d.data[y*d.stride+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	e.raster(d)
	return nil
}
