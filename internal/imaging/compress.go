package imaging

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math"
)

// The qualities tried. Below the least, fewer pixels look better than a worse
// quality.
const (
	bestQuality  = 85
	leastQuality = 40
)

// compress writes p into page with the best quality, and after that with the
// most pixels, that most bytes have room for.
func compress(ctx context.Context, page *Page, p *planes, most int) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		file, quality, err := p.within(ctx, page.DPI, most)
		if err != nil {
			return err
		}
		if file != nil {
			page.JPEG, page.Quality, page.Width, page.Height = file, quality, p.width, p.height
			return nil
		}
		smaller := 0.8
		if p.width*p.height > 1<<20 {
			// The size goes with the pixels.
			if n := p.sample(leastQuality); n > most {
				smaller = min(smaller, math.Sqrt(float64(most)/float64(n)))
			}
		}
		width, height := max(1, int(float64(p.width)*smaller)), max(1, int(float64(p.height)*smaller))
		if width == p.width && height == p.height {
			return fmt.Errorf("%w: %d bytes are too few", ErrEdit, most)
		}
		page.DPI = int(math.Round(float64(page.DPI) * float64(width) / float64(p.width)))
		if p, err = p.resized(ctx, width, height); err != nil {
			return err
		}
	}
}

// within is p as a JPEG of at most most bytes, nil if there is none.
func (p *planes) within(ctx context.Context, dpi, most int) (file []byte, quality int, err error) {
	quality = bestQuality
	if p.sample(quality) > most+most/8 {
		// Measured on a part of the page: the whole is written once or twice.
		low, high := leastQuality, bestQuality
		for low < high {
			middle := (low + high + 1) / 2
			if p.sample(middle) <= most {
				low = middle
			} else {
				high = middle - 1
			}
		}
		quality = low
	}
	for {
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		file, err := p.encode(dpi, quality)
		if err != nil {
			return nil, 0, err
		}
		if len(file) <= most {
			return file, quality, nil
		}
		if quality == leastQuality {
			return nil, 0, nil
		}
		// A part in a hundred is about one step of quality.
		over := float64(len(file))/float64(most) - 1
		quality = max(leastQuality, quality-1-int(over*60))
	}
}

// sample guesses the bytes of p at a quality by writing every eighth band of
// it.
func (p *planes) sample(quality int) int {
	const band, every = 16, 8
	if p.height < 4*band*every {
		file, err := p.encode(0, quality)
		if err != nil {
			return 0
		}
		return len(file)
	}
	bands := p.height / (band * every)
	part := &planes{width: p.width, height: bands * band, stride: p.width, colour: p.colour, shiftX: p.shiftX, shiftY: p.shiftY}
	for i := range bands {
		y := (i*every + i%every) * band
		part.y = append(part.y, p.y[y*p.stride:(y+band)*p.stride]...)
		if p.cb != nil {
			from, to := (y>>p.shiftY)*p.colour, ((y+band)>>p.shiftY)*p.colour
			part.cb, part.cr = append(part.cb, p.cb[from:to]...), append(part.cr, p.cr[from:to]...)
		}
	}
	file, err := part.encode(0, quality)
	if err != nil {
		return 0
	}
	const header = 630
	return header + int(float64(len(file)-header)*float64(p.height)/float64(part.height))
}

// encode writes p as a JPEG that tells its resolution.
func (p *planes) encode(dpi, quality int) ([]byte, error) {
	r := image.Rect(0, 0, p.width, p.height)
	var img image.Image = &image.Gray{Pix: p.y, Stride: p.stride, Rect: r}
	if p.cb != nil {
		img = &image.YCbCr{Y: p.y, Cb: p.cb, Cr: p.cr, YStride: p.stride, CStride: p.colour, SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: r}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("write JPEG: %w", err)
	}
	return withDensity(b.Bytes(), dpi), nil
}

// withDensity puts a JFIF header (ISO/IEC 10918-5) behind the start of a JPEG
// that has none.
func withDensity(file []byte, dpi int) []byte {
	unit, density := byte(1), min(dpi, math.MaxUint16)
	if dpi <= 0 {
		unit, density = 0, 1 // square pixels of no known size
	}
	hi, lo := byte(density>>8), byte(density)
	jfif := []byte{0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, unit, hi, lo, hi, lo, 0, 0}
	out := make([]byte, 0, len(file)+len(jfif))
	out = append(out, file[:2]...)
	out = append(out, jfif...)
	return append(out, file[2:]...)
}

// resized is p in another size.
func (p *planes) resized(ctx context.Context, width, height int) (*planes, error) {
	for p.width >= 2*width && p.height >= 2*height && min(p.width, p.height) >= 4 {
		p = p.halved()
	}
	m := matrix{float64(p.width), 0, 0, 0, float64(p.height), 0, 0, 0, 1}
	return warp(ctx, p, &m, width, height, p.cb == nil)
}
