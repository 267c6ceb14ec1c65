package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
)

// planes are a picture in memory: brightness, and colour unless it is grey.
type planes struct {
	width, height int
	y             []byte
	stride        int
	// cb and cr are nil for grey. One sample of them stands for
	// 1<<shiftX × 1<<shiftY pixels.
	cb, cr         []byte
	colour         int // stride of cb and cr
	shiftX, shiftY uint
}

// source is a decoded picture that may lie on its side.
type source struct {
	planes
	turn turn
}

// decode reads a JPEG or PNG within the limits. The picture is not turned yet:
// source.turn tells how it has to be.
func decode(ctx context.Context, src []byte) (*source, error) {
	if len(src) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(src))
	}
	r := until(ctx, src)
	var img image.Image
	var err error
	turned := upright
	switch {
	case bytes.HasPrefix(src, []byte{0xFF, 0xD8}):
		if err = limitJPEG(src); err != nil {
			return nil, err
		}
		img, err = jpeg.Decode(r)
		turned = orientation(src)
	case bytes.HasPrefix(src, []byte("\x89PNG\r\n\x1a\n")):
		if err = limitPNG(src); err != nil {
			return nil, err
		}
		img, err = png.Decode(r)
	default:
		return nil, ErrFormat
	}
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	p, err := planesOf(ctx, img)
	if err != nil {
		return nil, err
	}
	return &source{planes: p, turn: turned}, nil
}

// reader is a function that reads.
type reader func(p []byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// until reads src and ends with ctx, so that a long decoding can be left.
func until(ctx context.Context, src []byte) io.Reader {
	r := bytes.NewReader(src)
	return reader(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

// limit refuses what would take too much to decode.
func limit(width, height int, bytesPerPixel float64) error {
	switch {
	case width <= 0 || height <= 0:
		return fmt.Errorf("%w: no pixels", ErrFormat)
	case width > MaxSide || height > MaxSide, width*height > MaxPixels,
		float64(width)*float64(height)*bytesPerPixel > MaxMemory:
		return fmt.Errorf("%w: %d × %d pixels", ErrTooLarge, width, height)
	}
	return nil
}

// limitJPEG reads the frame header, which tells the size before anything is
// decoded, and what decoding will take.
func limitJPEG(src []byte) error {
	frame, progressive, err := frameHeader(src)
	if err != nil {
		return err
	}
	height, width := int(binary.BigEndian.Uint16(frame[1:])), int(binary.BigEndian.Uint16(frame[3:]))
	components := int(frame[5])
	if len(frame) < 6+3*components || components == 0 || components > 4 {
		return fmt.Errorf("%w: frame header is cut off", ErrFormat)
	}
	most := 1
	samples := 0.0
	for i := range components {
		f := frame[6+3*i+1]
		most = max(most, int(f>>4)*int(f&15))
		samples += float64(f>>4) * float64(f&15)
	}
	perPixel := samples / float64(most)
	if progressive {
		// The decoder keeps all coefficients, four bytes each, to the end.
		perPixel *= 5
	}
	if components == 4 {
		perPixel += 4
	}
	return limit(width, height, perPixel)
}

// frameHeader is the content of the first start-of-frame segment.
func frameHeader(src []byte) (frame []byte, progressive bool, err error) {
	s := segments{rest: src[2:]}
	for {
		marker, data, ok := s.next()
		if !ok {
			return nil, false, fmt.Errorf("%w: no frame header", ErrFormat)
		}
		const first, last, dht, jpg, dac = 0xC0, 0xCF, 0xC4, 0xC8, 0xCC
		if marker < first || marker > last || marker == dht || marker == jpg || marker == dac {
			continue
		}
		if len(data) < 6 {
			return nil, false, fmt.Errorf("%w: frame header is cut off", ErrFormat)
		}
		return data, marker == 0xC2, nil
	}
}

// segments walks through the header of a JPEG, up to its pixels.
type segments struct{ rest []byte }

func (s *segments) next() (marker byte, data []byte, ok bool) {
	for len(s.rest) >= 4 {
		if s.rest[0] != 0xFF {
			s.rest = s.rest[1:]
			continue
		}
		marker = s.rest[1]
		switch {
		case marker == 0xFF:
			s.rest = s.rest[1:]
			continue
		case marker == 0 || marker == 0x01 || marker >= 0xD0 && marker <= 0xD8:
			s.rest = s.rest[2:]
			continue
		case marker == 0xD9 || marker == 0xDA: // end, or the pixels
			return 0, nil, false
		}
		n := int(binary.BigEndian.Uint16(s.rest[2:]))
		if n < 2 || 2+n > len(s.rest) {
			return 0, nil, false
		}
		data = s.rest[4 : 2+n]
		s.rest = s.rest[2+n:]
		return marker, data, true
	}
	return 0, nil, false
}

// limitPNG reads the first chunk, which tells the size.
func limitPNG(src []byte) error {
	const header = 8 + 8 + 13
	if len(src) < header || string(src[12:16]) != "IHDR" {
		return fmt.Errorf("%w: no header", ErrFormat)
	}
	width, height := binary.BigEndian.Uint32(src[16:]), binary.BigEndian.Uint32(src[20:])
	if width > MaxSide || height > MaxSide {
		return fmt.Errorf("%w: %d × %d pixels", ErrTooLarge, width, height)
	}
	depth, kind := float64(src[24]), src[25]
	channels := 4.0
	if kind == 0 || kind == 3 {
		channels = 1
	}
	// The decoded pixels, and the three planes made of them.
	return limit(int(width), int(height), channels*max(depth/8, 1)+3)
}

// planesOf is img as planes, without a copy where it is made of some already.
func planesOf(ctx context.Context, img image.Image) (planes, error) {
	b := img.Bounds()
	p := planes{width: b.Dx(), height: b.Dy()}
	switch m := img.(type) {
	case *image.Gray:
		p.y, p.stride = m.Pix, m.Stride
		return p, nil
	case *image.YCbCr:
		if shiftX, shiftY, ok := shifts(m.SubsampleRatio); ok && b.Min == (image.Point{}) {
			p.y, p.stride, p.cb, p.cr, p.colour = m.Y, m.YStride, m.Cb, m.Cr, m.CStride
			p.shiftX, p.shiftY = shiftX, shiftY
			return p, nil
		}
	}
	m, ok := img.(image.RGBA64Image)
	if !ok {
		return planes{}, fmt.Errorf("%w: unknown colours", ErrFormat)
	}
	p.stride, p.colour = p.width, p.width
	p.y, p.cb, p.cr = make([]byte, p.width*p.height), make([]byte, p.width*p.height), make([]byte, p.width*p.height)
	for y := range p.height {
		if err := ctx.Err(); err != nil {
			return planes{}, context.Cause(ctx)
		}
		for x := range p.width {
			i := y*p.stride + x
			p.y[i], p.cb[i], p.cr[i] = onWhite(m.RGBA64At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return p, nil
}

// onWhite is a colour as it looks on white paper.
func onWhite(c color.RGBA64) (luma, cb, cr byte) {
	white := 0xFFFF - c.A // the colours are multiplied by A
	return color.RGBToYCbCr(byte((c.R+white)>>8), byte((c.G+white)>>8), byte((c.B+white)>>8))
}

func shifts(r image.YCbCrSubsampleRatio) (x, y uint, ok bool) {
	switch r {
	case image.YCbCrSubsampleRatio444:
		return 0, 0, true
	case image.YCbCrSubsampleRatio422:
		return 1, 0, true
	case image.YCbCrSubsampleRatio420:
		return 1, 1, true
	case image.YCbCrSubsampleRatio440:
		return 0, 1, true
	case image.YCbCrSubsampleRatio411:
		return 2, 0, true
	case image.YCbCrSubsampleRatio410:
		return 2, 1, true
	}
	return 0, 0, false
}
