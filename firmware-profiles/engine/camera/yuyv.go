package camera

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/internal/device"
)

// fromYUYV compresses a frame of the packed format YUYV (YUY2), in which two
// pixels share their colour: Y0 Cb Y1 Cr.
func fromYUYV(frame []byte, size image.Point) ([]byte, error) {
	if size.X%2 != 0 || size.X <= 0 || size.Y <= 0 || len(frame) < size.X*size.Y*2 {
		return nil, fmt.Errorf("%d bytes are no YUYV frame of %dx%d: %w", len(frame), size.X, size.Y, device.ErrFrame)
	}
	img := image.NewYCbCr(image.Rect(0, 0, size.X, size.Y), image.YCbCrSubsampleRatio422)
	for y := range size.Y {
		row := frame[y*size.X*2 : (y+1)*size.X*2]
		for x := 0; x < size.X; x += 2 {
			p := row[2*x : 2*x+4]
			img.Y[y*img.YStride+x], img.Y[y*img.YStride+x+1] = p[0], p[2]
			img.Cb[y*img.CStride+x/2], img.Cr[y*img.CStride+x/2] = p[1], p[3]
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: sheet.Quality}); err != nil {
		return nil, fmt.Errorf("compress frame: %w", err)
	}
	return b.Bytes(), nil
}
