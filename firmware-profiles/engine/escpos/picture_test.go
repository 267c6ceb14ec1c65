package escpos

import (
	"bytes"
	"errors"
	"image/color"
	"testing"

	"smarthall/internal/device"
)

// checks is a picture of width dots and rows in which every third dot is black.
func checks(width, rows int) *device.Picture {
	p := &device.Picture{Width: width, Data: make([]byte, (width+7)/8*rows)}
	for y := range rows {
		for x := range width {
			if (x+y)%3 == 0 {
				p.Data[y*((width+7)/8)+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return p
}

func picturing(caps Caps) Caps {
	caps.Pictures = true
	return caps
}

func TestAPictureComesOutAsItIs(t *testing.T) {
	for _, width := range []int{576, 384, 383, 1} {
		const rows = 300
		ticket, err := Encode(device.Document{Lines: []device.Line{{Picture: checks(width, rows), Align: device.Center}}}, picturing(caps80))
		if err != nil {
			t.Fatal(err)
		}
		img := rasterImage(t, ticket)
		const quiet = 40
		if got := img.Bounds().Dy() - 2*quiet; got != rows {
			t.Errorf("width %d: %d rows, want %d", width, got, rows)
		}
		for y := range rows {
			for x := range width {
				if black := img.At(x+quiet, y+quiet) == (color.Gray{}); black != ((x+y)%3 == 0) {
					t.Fatalf("width %d: dot %d in row %d is black: %t", width, x, y, black)
				}
			}
		}
	}
}

func TestAPicturesBandsFillNoBuffer(t *testing.T) {
	caps := picturing(caps80)
	caps.BandRows = 0xFFFF
	ticket, err := Encode(device.Document{Lines: []device.Line{{Picture: checks(576, 700)}, {Text: "A"}}}, caps)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, b := range ticket.Bands {
		if !b.Binary {
			continue
		}
		n := int(b.Data[6]) + int(b.Data[7])<<8
		if rows += n; n > 255 || len(b.Data) != 8+n*72 || len(b.Data) > longestBlock(caps)+8 {
			t.Errorf("a band of %d rows and %d bytes; what is half sent is made up for by %d", n, len(b.Data), longestBlock(caps))
		}
	}
	if rows != 700 || ticket.Dots < 700 {
		t.Errorf("%d rows in bands, %d dots of paper", rows, ticket.Dots)
	}
}

func TestAPrinterWithoutPicturesPrintsTheWordsAlone(t *testing.T) {
	with := encodeLines(t, caps80, device.Line{Text: "A"}, device.Line{Picture: checks(576, 9)}, device.Line{Text: "B"})
	without := encodeLines(t, caps80, device.Line{Text: "A"}, device.Line{Text: "B"})
	if !bytes.Equal(with, without) {
		t.Errorf("got % X, want % X", with, without)
	}
}

func TestAPictureIsLeftAsItWas(t *testing.T) {
	p := &device.Picture{Width: 15, Data: []byte{0x10, 0x05}} // DLE ENQ, and a dot beside it
	if _, err := Encode(device.Document{Lines: []device.Line{{Picture: p}}}, picturing(caps80)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p.Data, []byte{0x10, 0x05}) {
		t.Errorf("its dots became % X", p.Data)
	}
	got := encodeLines(t, picturing(caps80), device.Line{Picture: p})
	if want := []byte{0x1D, 0x76, 0x30, 0, 2, 0, 1, 0, 0x18, 0x04}; !bytes.HasPrefix(got, want) {
		t.Errorf("got % X, want % X", got[:len(want)], want)
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	for name, p := range map[string]*device.Picture{
		"wider than the paper": checks(577, 8), "no width": {Width: 0, Data: []byte{1}}, "a negative width": {Width: -8, Data: []byte{1}},
		"no dots": {Width: 8}, "half a row": {Width: 16, Data: []byte{1, 2, 3}}, "longer than anybody carries": checks(8, maxPicture+1),
	} {
		for _, caps := range []Caps{caps80, picturing(caps80)} {
			if _, err := Encode(device.Document{Lines: []device.Line{{Picture: p}}}, caps); !errors.Is(err, device.ErrFrame) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}
