package sheet_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/internal/device"
)

// picture is a JPEG as a camera takes it.
func picture(tb testing.TB, w, h int) []byte {
	tb.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{uint8(x * 7), uint8(y * 5), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// withoutTables is a frame as UVC cameras send it: its DHT segments cut out.
func withoutTables(tb testing.TB, jpg []byte) []byte {
	tb.Helper()
	out := bytes.Clone(jpg[:2])
	for i := 2; i+4 <= len(jpg); {
		n := 2 + int(jpg[i+2])<<8 + int(jpg[i+3])
		if jpg[i+1] == 0xDA {
			return append(out, jpg[i:]...)
		}
		if jpg[i+1] != 0xC4 {
			out = append(out, jpg[i:i+n]...)
		}
		i += n
	}
	tb.Fatal("no start of scan")
	return nil
}

func TestAFrameBecomesAWholePicture(t *testing.T) {
	whole := picture(t, 80, 48)
	bare := withoutTables(t, whole)
	if len(bare) >= len(whole) {
		t.Fatal("the tables were not cut out")
	}
	want, err := jpeg.Decode(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		frame []byte
	}{
		{"a whole file", whole},
		{"without Huffman tables", bare},
		{"with zeros behind the end", append(bytes.Clone(whole), make([]byte, 5000)...)},
		{"without tables and with zeros", append(bytes.Clone(bare), 0, 0, 0, 0)},
		{"with something before the start", append([]byte{0, 1, 2}, whole...)},
		{"with the rest of another frame behind", append(bytes.Clone(whole), whole[100:]...)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			jpg, err := sheet.Complete(tt.frame)
			if err != nil {
				t.Fatal(err)
			}
			got, err := jpeg.Decode(bytes.NewReader(jpg))
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range []image.Point{{0, 0}, {40, 24}, {79, 47}} {
				if got.At(at.X, at.Y) != want.At(at.X, at.Y) {
					t.Errorf("pixel %v is %v, want %v", at, got.At(at.X, at.Y), want.At(at.X, at.Y))
				}
			}
			if size, err := sheet.Size(jpg); err != nil || size != image.Pt(80, 48) {
				t.Errorf("size %v, %v", size, err)
			}
			if !bytes.HasSuffix(jpg, []byte{0xFF, 0xD9}) {
				t.Error("it doesn't stop at the end")
			}
		})
	}
}

func TestFramesThatAreNoPicture(t *testing.T) {
	whole := picture(t, 80, 48)
	huge := bytes.Clone(whole)
	at := bytes.Index(huge, []byte{0xFF, 0xC0})
	copy(huge[at+5:], []byte{0xFF, 0xFF, 0xFF, 0xFF})
	tests := []struct {
		name  string
		frame []byte
	}{
		{"nothing", nil},
		{"zeros", make([]byte, 1000)},
		{"half of it", whole[:len(whole)/2]},
		{"all but the last byte", whole[:len(whole)-1]},
		{"the head only", whole[:200]},
		{"a start in the middle", append(bytes.Clone(whole[:len(whole)-20]), whole...)},
		{"more pixels than fit into memory", huge},
		{"text", []byte("HTTP/1.1 500 Internal Server Error")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if jpg, err := sheet.Complete(tt.frame); !errors.Is(err, device.ErrFrame) {
				t.Errorf("got %d bytes, %v", len(jpg), err)
			}
		})
	}
}

func TestShrinkKeepsWhatFitsAndTheProportions(t *testing.T) {
	jpg := picture(t, 400, 300)
	same, err := sheet.Shrink(jpg, image.Pt(400, 300))
	if err != nil || !bytes.Equal(same, jpg) {
		t.Errorf("one that fits was changed: %v", err)
	}
	small, err := sheet.Shrink(jpg, image.Pt(100, 100))
	if err != nil {
		t.Fatal(err)
	}
	if size, err := sheet.Size(small); err != nil || size != image.Pt(100, 75) {
		t.Errorf("got %v, %v", size, err)
	}
	if _, err := sheet.Shrink(jpg[:150], image.Pt(10, 10)); !errors.Is(err, device.ErrFrame) {
		t.Errorf("a broken one: got %v", err)
	}
}

func TestNearestResolution(t *testing.T) {
	tests := []struct {
		name string
		list []int
		dpi  int
		want int
	}{
		{"it has it", []int{100, 200, 300}, 200, 200},
		{"the next finer", []int{100, 200, 300}, 150, 200},
		{"the order is free", []int{300, 100, 200}, 150, 200},
		{"the finest", []int{100, 200, 300}, 600, 300},
		{"the coarsest is finer", []int{300, 600}, 100, 300},
		{"none", nil, 100, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := sheet.Nearest(tt.list, tt.dpi); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// FuzzComplete wants no panic, and that what passes has an end and a size that
// fits into memory.
func FuzzComplete(f *testing.F) {
	whole := picture(f, 24, 16)
	f.Add(whole)
	f.Add(withoutTables(f, whole))
	f.Add(whole[:len(whole)/2])
	f.Add(append(bytes.Clone(whole), 0, 0))
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xFF, 0xFF, 0xDA, 0, 2, 0xFF, 0xD9})
	f.Fuzz(func(t *testing.T, frame []byte) {
		jpg, err := sheet.Complete(frame)
		if err != nil {
			if !errors.Is(err, device.ErrFrame) {
				t.Errorf("got %v", err)
			}
			return
		}
		size, err := sheet.Size(jpg)
		if err != nil || size.X <= 0 || size.Y <= 0 || size.X*size.Y > sheet.MaxPixels {
			t.Errorf("size %v, %v", size, err)
		}
		again, err := sheet.Complete(jpg)
		if err != nil || !bytes.Equal(again, jpg) {
			t.Errorf("completing twice changes it: %v", err)
		}
	})
}
