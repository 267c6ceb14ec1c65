package escpos

import (
	"bytes"
	"image"
	"image/draw"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"smarthall/internal/device"
	"smarthall/internal/fonts"
	"smarthall/internal/fonts/rare/raretest"
)

// rare is 𬭊, a character of names beyond the Basic Multilingual Plane.
const rare = "𬭊"

func drawing(tb testing.TB) Caps {
	tb.Helper()
	if _, err := fonts.SansSCOutlines(); err != nil {
		tb.Skip(err)
	}
	caps := caps80
	caps.DrawRare = true
	return caps
}

// pictures are the bitmaps of a stream, read from its bytes.
func pictures(t *testing.T, stream []byte) (out []dots, rest []byte) {
	t.Helper()
	head := []byte{0x1D, 0x76, 0x30, 0}
	for {
		i := bytes.Index(stream, head)
		if i < 0 {
			return out, append(rest, stream...)
		}
		rest = append(rest, stream[:i]...)
		stream = stream[i+len(head):]
		d := dots{stride: int(stream[0]) | int(stream[1])<<8, rows: int(stream[2]) | int(stream[3])<<8}
		d.data = stream[4 : 4+d.stride*d.rows]
		stream = stream[4+d.stride*d.rows:]
		out = append(out, d)
	}
}

func (d dots) black(x, y int) bool { return d.data[y*d.stride+x/8]&(0x80>>(x%8)) != 0 }

// expected is a character as another way of drawing has it: opentype's own
// faces, which share nothing with the scribe but the outlines.
func expected(t *testing.T, r rune, em int) *image.Alpha {
	t.Helper()
	f, err := fonts.SansSCOutlines()
	if err != nil {
		t.Fatal(err)
	}
	if other, _ := fonts.Find(&sfnt.Buffer{}, r); other != nil {
		f = other
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(em), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewAlpha(image.Rect(0, 0, em, em))
	dot := fixed.Point26_6{Y: fixed.I(em * baseline / 100)}
	rect, mask, at, _, ok := face.Glyph(dot, r)
	if !ok {
		t.Fatalf("no %c", r)
	}
	draw.DrawMask(img, rect, image.Opaque, image.Point{}, mask, at, draw.Over)
	return img
}

// alike is the share of black dots that both have, of those that either has.
func alike(d dots, left int, want *image.Alpha) float64 {
	both, either := 0, 0
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			a, b := d.black(left+x, y), want.AlphaAt(x, y).A >= inkFrom
			if a && b {
				both++
			}
			if a || b {
				either++
			}
		}
	}
	return float64(both) / float64(max(either, 1))
}

func TestALineWithARareCharacterIsDrawn(t *testing.T) {
	caps := drawing(t)
	for _, size := range []int{1, 2, 4} {
		drawn, rest := pictures(t, encodeLines(t, caps, device.Line{Text: "A" + rare + "明", Size: size}))
		if len(drawn) != 1 {
			t.Fatalf("size %d: %d pictures", size, len(drawn))
		}
		d := drawn[0]
		// A, half as wide as the others, then two Chinese characters.
		if d.stride != (60*size+7)/8 || d.rows != 24*size+6 {
			t.Errorf("size %d: %d × %d dots", size, d.stride*8, d.rows)
		}
		for i, r := range rare + "明" {
			left := 12 * size
			if i > 0 {
				left += 24 * size
			}
			if got := alike(d, left, expected(t, r, 24*size)); got < 0.9 {
				t.Errorf("size %d: %c is %.0f %% alike", size, r, 100*got)
			}
		}
		if other := alike(d, 12*size, expected(t, '鬼', 24*size)); other > 0.7 {
			t.Errorf("size %d: the measure tells nothing: another character is %.0f %% alike", size, 100*other)
		}
		if bytes.Contains(rest, []byte(geta)) {
			t.Errorf("size %d: 〓 as well", size)
		}
	}
}

func TestOnlyTheLineWithTheRareCharacterIsDrawn(t *testing.T) {
	stream := encodeLines(t, drawing(t),
		device.Line{Text: "请取号"}, device.Line{Text: rare, Align: device.Center, Bold: true}, device.Line{Text: "请取号", Align: device.Center})
	drawn, rest := pictures(t, stream)
	if len(drawn) != 1 || bytes.Count(rest, []byte{0xC7, 0xEB, 0xC8, 0xA1, 0xBA, 0xC5, 0x0A}) != 2 {
		t.Fatalf("%d pictures, and % X", len(drawn), rest)
	}
	if at := bytes.Index(stream, []byte{0x1B, 0x61, 1}); at < 0 || at > bytes.Index(stream, []byte{0x1D, 0x76}) {
		t.Error("the picture isn't centred by the printer")
	}
	plain, _ := pictures(t, encodeLines(t, drawing(t), device.Line{Text: rare}))
	if ink(drawn[0]) <= ink(plain[0]) {
		t.Error("bold is not bolder")
	}
}

func ink(d dots) (n int) {
	for y := range d.rows {
		for x := range d.stride * 8 {
			if d.black(x, y) {
				n++
			}
		}
	}
	return n
}

func TestALongLineIsDrawnAsManyLines(t *testing.T) {
	caps := drawing(t)
	drawn, rest := pictures(t, encodeLines(t, caps, device.Line{Text: rare + "一二三四五六七八九十一二三四五六七八九十一二三四" + rare}))
	if len(drawn) != 2 || len(bytes.Trim(rest, "\n")) != 4 { // what is left is the cut
		t.Fatalf("%d pictures, rest % X", len(drawn), rest)
	}
	if w := drawn[0].stride * 8; w != caps.WidthDots {
		t.Errorf("the first is %d dots wide", w)
	}
}

func TestAPictureIsSentInBandsOfTheModel(t *testing.T) {
	caps := drawing(t)
	caps.BandRows = 40
	drawn, _ := pictures(t, encodeLines(t, caps, device.Line{Text: rare, Size: 4}))
	if len(drawn) != 3 || drawn[0].rows != 40 || drawn[1].rows != 40 || drawn[2].rows != 22 {
		t.Fatalf("got %d bands", len(drawn))
	}
	ticket, err := Encode(device.Document{Lines: []device.Line{{Text: rare, Size: 4}}}, caps)
	if err != nil {
		t.Fatal(err)
	}
	binary := 0
	for _, b := range ticket.Bands {
		if b.Binary {
			binary++
		}
	}
	if binary != 3 {
		t.Errorf("%d bands are binary", binary)
	}
}

// The stroke that lies across the top of 𣎴 is thinner than a dot in the smallest
// type, and not lost.
func TestThinStrokesStayWhole(t *testing.T) {
	caps := drawing(t)
	raretest.Font(t)
	drawn, _ := pictures(t, encodeLines(t, caps, device.Line{Text: "𣎴"}))
	longest := 0
	for y := range 8 {
		for x, run := 0, 0; x < 24; x++ {
			if run++; !drawn[0].black(x, y) {
				run = 0
			}
			longest = max(longest, run)
		}
	}
	if longest < 15 {
		t.Errorf("the longest line has %d dots", longest)
	}
}

// Names with a character of every extension from B to F, as cards may hold.
var names = []string{"王𠮷", "李𠀀明", "赵𤭢", "𪚥芳", "周𩷶", "吴𣎴", "郑𪜈", "冯𫖯", "陈𫝀", "杨𫞩", "朱𬺈", "许𬻿", "何𭅺", "吕𮎳"}

func TestNamesOfEveryPlaneReachThePaper(t *testing.T) {
	caps := drawing(t)
	raretest.Font(t)
	for _, name := range names {
		ticket, err := Encode(device.Document{Lines: []device.Line{{Text: name, Size: 2}}}, caps)
		if err != nil {
			t.Fatal(err)
		}
		if len(ticket.Missing) > 0 {
			t.Errorf("%s: %q is missing", name, string(ticket.Missing))
		}
		drawn, _ := pictures(t, ticket.Bytes())
		if len(drawn) != 1 {
			t.Errorf("%s: %d pictures", name, len(drawn))
			continue
		}
		for i, r := range []rune(name) {
			want := expected(t, r, 48)
			if got := alike(drawn[0], i*48, want); got < 0.75 {
				t.Errorf("%s: %c is %.0f %% alike", name, r, 100*got)
			}
			if tofu := alike(drawn[0], i*48, expected(t, '〓', 48)); tofu > 0.6 {
				t.Errorf("%s: %c is 〓", name, r)
			}
		}
	}
}

// 𠮷 is in no font that is built in: the mark is followed by its code point.
func TestACharacterThatNoFontHasLeavesItsCodePoint(t *testing.T) {
	raretest.None(t)
	caps := drawing(t)
	ticket, err := Encode(device.Document{Lines: []device.Line{{Text: "𠮷明"}}}, caps)
	if err != nil {
		t.Fatal(err)
	}
	if string(ticket.Missing) != "𠮷" {
		t.Errorf("missing %q", string(ticket.Missing))
	}
	drawn, _ := pictures(t, ticket.Bytes())
	if len(drawn) != 1 {
		t.Fatalf("%d pictures", len(drawn))
	}
	if got := alike(drawn[0], 0, expected(t, '〓', 24)); got < 0.9 {
		t.Errorf("〓 is %.0f %% alike", 100*got)
	}
	// 20BB7 in half the height between 〓 and 明: ink below, none above.
	above, below := 0, 0
	for x := 24; x < 60; x++ {
		for y := range 24 {
			switch {
			case !drawn[0].black(x, y):
			case y < 12:
				above++
			default:
				below++
			}
		}
	}
	if above > 0 || below < 50 {
		t.Errorf("%d dots above, %d below", above, below)
	}
	if got := alike(drawn[0], 60, expected(t, '明', 24)); got < 0.9 {
		t.Errorf("what follows is %.0f %% alike", 100*got)
	}
}

func TestWithoutAFontARareCharacterIsGeta(t *testing.T) {
	stream := encodeLines(t, caps80, device.Line{Text: rare + "明"})
	if !bytes.HasPrefix(stream, []byte(geta+"\xC3\xF7\n")) {
		t.Errorf("got % X", stream)
	}
}

func TestABitmapNeverReadsLikeARealTimeCommand(t *testing.T) {
	data := []byte{0x10, 0x04, 0x01, 0x10, 0x10, 0x14, 0x10, 0x05, 0xFF, 0x10}
	tame(data)
	for _, code := range []byte{0x04, 0x05, 0x14} {
		if bytes.Contains(data, []byte{0x10, code}) {
			t.Errorf("10 %02X is still in % X", code, data)
		}
	}
	if data[1] != 0x04 || data[9] != 0x10 || data[8] != 0xFF {
		t.Errorf("more than needed: % X", data)
	}
}

func BenchmarkRareLine(b *testing.B) {
	caps := drawing(b)
	doc := device.Document{Lines: []device.Line{{Text: "一二三四五六七八九十一二三四五六七八九十" + rare}}}
	for b.Loop() {
		if _, err := Encode(doc, caps); err != nil {
			b.Fatal(err)
		}
	}
}
