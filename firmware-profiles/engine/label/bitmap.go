package label

import (
	"image"
	"image/color"
)

// Bitmap is packed dots: the most significant bit at the left, 1 is black.
type Bitmap struct {
	Width, Height int
	// Stride is bytes a row.
	Stride int
	Rows   []byte
}

// NewBitmap is a white one.
func NewBitmap(width, height int) Bitmap {
	stride := (width + 7) / 8
	return Bitmap{Width: width, Height: height, Stride: stride, Rows: make([]byte, stride*height)}
}

// Black tells whether a dot is burnt; outside nothing is.
func (b Bitmap) Black(x, y int) bool {
	if x < 0 || y < 0 || x >= b.Width || y >= b.Height {
		return false
	}
	return b.Rows[y*b.Stride+x/8]&(0x80>>(x%8)) != 0
}

// Burn makes a dot black; outside it does nothing.
func (b Bitmap) Burn(x, y int) {
	if x < 0 || y < 0 || x >= b.Width || y >= b.Height {
		return
	}
	b.Rows[y*b.Stride+x/8] |= 0x80 >> (x % 8)
}

// Fill burns a rectangle.
func (b Bitmap) Fill(x, y, width, height int) {
	for row := max(y, 0); row < min(y+height, b.Height); row++ {
		for col := max(x, 0); col < min(x+width, b.Width); col++ {
			b.Burn(col, row)
		}
	}
}

// Lay burns the black dots of another bitmap at a place.
func (b Bitmap) Lay(other Bitmap, x, y int) {
	for row := range other.Height {
		for col := range other.Width {
			if other.Black(col, row) {
				b.Burn(x+col, y+row)
			}
		}
	}
}

// Image is the bitmap as a picture.
func (b Bitmap) Image() image.Image {
	img := image.NewPaletted(image.Rect(0, 0, b.Width, b.Height), color.Palette{color.White, color.Black})
	for y := range b.Height {
		for x := range b.Width {
			if b.Black(x, y) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	return img
}
