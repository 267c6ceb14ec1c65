package imaging_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"smarthall/internal/imaging"
)

func TestHostilePictures(t *testing.T) {
	good := jpegOf(t, quarters(400, 300))
	var p bytes.Buffer
	if err := png.Encode(&p, quarters(400, 300)); err != nil {
		t.Fatal(err)
	}
	size := func(file []byte, at int, w, h uint32) []byte {
		f := bytes.Clone(file)
		binary.BigEndian.PutUint32(f[at:], w)
		binary.BigEndian.PutUint32(f[at+4:], h)
		return f
	}
	sof := bytes.Index(good, []byte{0xFF, 0xC0})
	lying := bytes.Clone(good)
	binary.BigEndian.PutUint16(lying[sof+5:], 0xFFFF)
	binary.BigEndian.PutUint16(lying[sof+7:], 0xFFFF)
	tall := bytes.Clone(good)
	binary.BigEndian.PutUint16(tall[sof+5:], 3000)
	progressive := bytes.Clone(good)
	progressive[sof+1] = 0xC2
	binary.BigEndian.PutUint16(progressive[sof+5:], 8000)
	binary.BigEndian.PutUint16(progressive[sof+7:], 12000)
	tests := []struct {
		name string
		file []byte
		want error
	}{
		{"nothing", nil, imaging.ErrFormat},
		{"text", []byte("<svg></svg>"), imaging.ErrFormat},
		{"GIF", []byte("GIF89a\x01\x00\x01\x00"), imaging.ErrFormat},
		{"JPEG start only", []byte{0xFF, 0xD8}, imaging.ErrFormat},
		{"JPEG cut off in its header", good[:sof+6], imaging.ErrFormat},
		{"JPEG cut off in its pixels", good[:len(good)/2], imaging.ErrFormat},
		{"JPEG of 65535 × 65535", lying, imaging.ErrTooLarge},
		{"JPEG of more lines than there are", tall, imaging.ErrFormat},
		{"progressive JPEG of 96 megapixels", progressive, imaging.ErrTooLarge},
		{"PNG cut off", p.Bytes()[:p.Len()/2], imaging.ErrFormat},
		{"PNG header only", p.Bytes()[:20], imaging.ErrFormat},
		{"PNG bomb", size(p.Bytes(), 16, 100_000, 100_000), imaging.ErrTooLarge},
		{"PNG of no width", size(p.Bytes(), 16, 0, 300), imaging.ErrFormat},
		{"PNG with a lying size", size(p.Bytes(), 16, 500, 300), imaging.ErrFormat},
		{"too many bytes", append(bytes.Clone(good), make([]byte, imaging.MaxBytes)...), imaging.ErrTooLarge},
	}
	for _, test := range tests {
		_, err := imaging.Process(t.Context(), test.file, imaging.Edit{})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestUnusualPicturesBecomePages(t *testing.T) {
	encode := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	deep := image.NewNRGBA64(image.Rect(0, 0, 90, 60))
	clear := image.NewNRGBA(image.Rect(0, 0, 90, 60)) // all transparent
	few := image.NewPaletted(image.Rect(0, 0, 90, 60), color.Palette{color.White, color.Black})
	for y := range 60 {
		for x := range 90 {
			deep.SetNRGBA64(x, y, color.NRGBA64{R: 0xFFFF, G: 0xFFFF, B: 0xFFFF, A: 0xFFFF})
		}
	}
	for name, file := range map[string][]byte{
		"1 × 1":        jpegOf(t, quarters(1, 1)),
		"3 × 2":        jpegOf(t, quarters(3, 2)),
		"16000 × 1":    encode(image.NewGray(image.Rect(0, 0, 16000, 1))),
		"1 × 16000":    encode(image.NewGray(image.Rect(0, 0, 1, 16000))),
		"16-bit PNG":   encode(deep),
		"transparent":  encode(clear),
		"palette":      encode(few),
		"odd colours":  jpegOf(t, image.NewYCbCr(image.Rect(0, 0, 77, 33), image.YCbCrSubsampleRatio420)),
		"one colour":   jpegOf(t, image.NewGray(image.Rect(0, 0, 500, 400))),
		"EXIF of junk": withEXIF(jpegOf(t, quarters(90, 60)), binary.LittleEndian, 77),
	} {
		for _, sheet := range []imaging.Sheet{imaging.SheetFind, imaging.SheetScan} {
			page, err := imaging.Process(t.Context(), file, imaging.Edit{Sheet: sheet})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			img := decoded(t, page.JPEG)
			if strings.Contains("16-bit PNG, transparent, palette", name) && luma(img, 0.5, 0.5) < 240 {
				t.Errorf("%s: not white", name)
			}
		}
	}
}

func TestProcessEndsWithItsContext(t *testing.T) {
	src := photograph(t, 1, 9, 1e5).file
	cause := errors.New("the page was closed")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := imaging.Process(ctx, src, imaging.Edit{}); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	// At whatever moment it ends, the cause comes out, or the page.
	for n := range 14 {
		if slowly && n%7 != 0 {
			continue
		}
		ctx := &ending{Context: t.Context(), left: n * n}
		if page, err := imaging.Process(ctx, src, imaging.Edit{MaxBytes: 20_000}); err == nil && len(page.JPEG) == 0 || err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("after %d looks: %v", n, err)
		}
	}
}

// ending is a context that ends after it was looked at some times.
type ending struct {
	context.Context
	left int
}

func (e *ending) Err() error {
	if e.left--; e.left < 0 {
		return context.Canceled
	}
	return nil
}

// Value lets context.Cause see no other context behind it.
func (e *ending) Value(any) any { return nil }

func FuzzProcess(f *testing.F) {
	small := jpegOf(f, quarters(48, 40))
	f.Add(small, uint8(0))
	f.Add(withEXIF(small, binary.BigEndian, 6), uint8(1))
	f.Add(small[:len(small)/2], uint8(2))
	f.Add(jpegOf(f, image.NewYCbCr(image.Rect(0, 0, 33, 17), image.YCbCrSubsampleRatio420)), uint8(3))
	var b bytes.Buffer
	if err := png.Encode(&b, quarters(40, 30)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes(), uint8(4))
	f.Fuzz(func(t *testing.T, file []byte, how uint8) {
		// Large pictures are refused or slow, neither of which is looked for.
		if c, _, err := image.DecodeConfig(bytes.NewReader(file)); err == nil && c.Width*c.Height > 1<<18 {
			t.Skip("large")
		}
		e := imaging.Edit{Rotate: 90 * int(how&3), MaxBytes: 20_000}
		if how&4 != 0 {
			e.Sheet = imaging.SheetScan
		}
		if how&8 != 0 {
			e.Mode = imaging.ModeBlackWhite
		}
		page, err := imaging.Process(t.Context(), file, e)
		if err != nil {
			if !errors.Is(err, imaging.ErrFormat) && !errors.Is(err, imaging.ErrTooLarge) {
				t.Fatalf("unexpected error: %v", err)
			}
			return
		}
		if len(page.JPEG) > e.MaxBytes {
			t.Fatalf("%d bytes", len(page.JPEG))
		}
		decoded(t, page.JPEG)
	})
}

func FuzzEXIF(f *testing.F) {
	body := jpegOf(f, quarters(4, 4))
	for o := range 10 {
		full := withEXIF(body, binary.LittleEndian, o)
		f.Add(full[4+2+6 : len(full)-len(body)+2])
	}
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\xff\xff"))
	f.Fuzz(func(t *testing.T, tiff []byte) {
		if len(tiff) > 60_000 {
			t.Skip("longer than a segment")
		}
		n := len(tiff) + 8
		file := append([]byte{0xFF, 0xD8, 0xFF, 0xE1, byte(n >> 8), byte(n)}, "Exif\x00\x00"...)
		file = append(append(file, tiff...), body[2:]...)
		page, err := imaging.Process(t.Context(), file, plain())
		if err != nil {
			t.Fatalf("a bad EXIF spoiled the picture: %v", err)
		}
		if page.Width*page.Height != 16 {
			t.Fatal(fmt.Sprint(page.Width, page.Height))
		}
	})
}
