package pdf_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"smarthall/internal/fonts"
	"smarthall/internal/fonts/rare/raretest"
	"smarthall/internal/pdf"
)

// render draws each page of a PDF at 100 dpi, as poppler sees it.
func render(t *testing.T, file []byte) []image.Image {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("pdftoppm (poppler-utils) is not installed")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "in.pdf")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", "100", "-png", name, filepath.Join(dir, "page")).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Fatalf("pdftoppm: %v %s", err, out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "page*.png"))
	if err != nil {
		t.Fatal(err)
	}
	var pages []image.Image
	for _, n := range names {
		data, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, img)
	}
	return pages
}

// ink counts the dark dots of a part of a page, in millimetres.
func ink(img image.Image, x, y, w, h float64) (dark int) {
	const dots = 100 / 25.4
	for py := int(y * dots); py < int((y+h)*dots); py++ {
		for px := int(x * dots); px < int((x+w)*dots); px++ {
			r, g, b, _ := img.At(px, py).RGBA()
			if r+g+b < 3*0xC000 {
				dark++
			}
		}
	}
	return dark
}

func needFont(t testing.TB) {
	t.Helper()
	if _, err := fonts.SansSC(); errors.Is(err, fonts.ErrMissing) {
		t.Skip(err)
	}
}

func output(t testing.TB, d *pdf.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Names with a character of every extension from B to F: each is drawn where a
// 〓 and a code point would stand, and is found as text.
func TestNamesOfEveryPlaneReachTheDocument(t *testing.T) {
	needFont(t)
	raretest.Font(t)
	names := []string{"王𠮷", "李𠀀明", "赵𤭢", "𪚥芳", "周𩷶", "吴𣎴", "郑𪜈", "冯𫖯", "陈𫝀", "杨𫞩", "朱𬺈", "许𬻿", "何𭅺", "吕𮎳"}
	d := pdf.New(pdf.Options{})
	d.AddPage(pdf.A4)
	d.Font(24, pdf.Black)
	for i, name := range names {
		y := 10 + 18*float64(i)
		d.Cell(20, y, 80, 12, name, pdf.Left)
		if got, want := d.Width(name), float64(len([]rune(name)))*24*25.4/72; math.Abs(got-want) > 0.5 {
			t.Errorf("%s is %.1f mm wide, want %.1f", name, got, want)
		}
		d.Cell(110, y, 80, 12, "〓〓", pdf.Left)
	}
	file := output(t, d)
	if len(file) > 60_000 {
		t.Errorf("the document has %d bytes: more than the characters in it", len(file))
	}
	page := render(t, file)[0]
	text := extract(t, file)
	for i, name := range names {
		y := 10 + 18*float64(i)
		if dark := ink(page, 20, y, 80, 12); dark < ink(page, 110, y, 80, 12)/5 {
			t.Errorf("%s has %d dark dots", name, dark)
		}
		if !strings.Contains(text, name) {
			t.Errorf("%s isn't found", name)
		}
	}
	if strings.Contains(text, "U+") {
		t.Errorf("a code point in %q", text)
	}
}

func TestEveryCharacterIsDrawn(t *testing.T) {
	needFont(t)
	raretest.None(t)
	// U+2CB4A and U+2CA7D are in the font, beyond the basic plane; U+20BB7 is
	// not in it at all.
	tests := []struct {
		name, text string
		// like is text that needs about the same ink.
		like string
	}{
		{"of the basic plane", "张䶮", "张䶮"},
		{"beyond the basic plane", "𬭊", "龘"},
		{"beyond it among others", "钅𬭊A", "钅龙A"},
		{"not in the font", "𠮷", "〓"},
		{"an emoji", "😀", "〓"},
		{"the last code point", "\U0010FFFF", "〓"},
		{"U+FFFF", "\uFFFF", "〓"},
		{"broken UTF-8", "\xff", "�"},
	}
	d := pdf.New(pdf.Options{})
	d.AddPage(pdf.A4)
	for i, test := range tests {
		y := 20 + 20*float64(i)
		d.Font(24, pdf.Black)
		d.Cell(20, y, 60, 12, test.text, pdf.Left)
		d.Cell(110, y, 60, 12, test.like, pdf.Left)
	}
	file := output(t, d)
	page := render(t, file)[0]
	for i, test := range tests {
		y := 20 + 20*float64(i)
		got, like := ink(page, 20, y, 60, 12), ink(page, 110, y, 60, 12)
		if got < like/3 || like < 20 {
			t.Errorf("%s: %d dark dots, %s has %d", test.name, got, test.like, like)
		}
	}
	if text := extract(t, file); !strings.Contains(text, "钅𬭊A") || !strings.Contains(text, "U+20BB7") || !strings.Contains(text, "U+1F600") {
		t.Errorf("text to copy is %q", text)
	}
}

func extract(t *testing.T, file []byte) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out)
}

func TestGlyphFromOutlinesLooksLikeOneOfTheLibrary(t *testing.T) {
	needFont(t)
	// A character of the basic plane beside its double: the ink of drawn
	// outlines must be where the library's would be. 龘 is drawn by the
	// library, 𬭊 by us, both fill their square.
	d := pdf.New(pdf.Options{})
	d.AddPage(pdf.A4)
	d.Font(60, pdf.Black)
	d.Text(20, 60, "𬭊")
	d.Text(60, 60, "镑")
	page := render(t, output(t, d))[0]
	box := func(x float64) image.Rectangle {
		var r image.Rectangle
		const dots = 100 / 25.4
		for py := range page.Bounds().Dy() {
			for px := int((x - 3) * dots); px < int((x+30)*dots); px++ {
				if v, _, _, _ := page.At(px, py).RGBA(); v < 0x8000 {
					r = r.Union(image.Rect(px, py, px+1, py+1))
				}
			}
		}
		return r.Sub(image.Pt(int(x*dots), 0))
	}
	got, want := box(20), box(60)
	for _, d := range []int{got.Min.X - want.Min.X, got.Min.Y - want.Min.Y, got.Max.X - want.Max.X, got.Max.Y - want.Max.Y} {
		if d < -6 || d > 6 {
			t.Fatalf("outline fills %v, the library's character %v", got, want)
		}
	}
}

func TestQRIsRead(t *testing.T) {
	needFont(t)
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("zbarimg (zbar-tools) is not installed")
	}
	const text = "https://hall.example/c/25-0000123?办理=甲"
	d := pdf.New(pdf.Options{})
	d.AddPage(pdf.A4)
	d.Cell(20, 20, 100, 8, "扫码查看办理进度", pdf.Left)
	d.QR(20, 40, 40, text)
	var b bytes.Buffer
	if err := png.Encode(&b, render(t, output(t, d))[0]); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", "-")
	cmd.Stdin = &b
	out, err := cmd.Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != text {
		t.Errorf("zbarimg reads %q, %v", got, err)
	}
}

// picture is a JPEG with a black quarter at its top left.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetGray(x, y, color.Gray{Y: 230})
			if x < width/2 && y < height/2 {
				m.SetGray(x, y, color.Gray{})
			}
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPagesTakeTheirPaper(t *testing.T) {
	tests := []struct {
		name          string
		width, height int
		dpi           int
		want          pdf.Size
		// w and h are those of the picture on the page, in millimetres.
		w, h float64
	}{
		{"A4 upright", 827, 1169, 100, pdf.A4, 210, 297},
		{"A4 across", 1169, 827, 100, pdf.A4.Across(), 297, 210},
		{"A3 upright", 1169, 1654, 100, pdf.A3, 297, 420},
		{"A3 across", 1654, 1169, 100, pdf.A3.Across(), 420, 297},
		{"a card stays small", 337, 213, 100, pdf.A4.Across(), 85.6, 54},
		{"larger than A3 is shrunk", 3000, 3000, 100, pdf.A3, 297, 297},
		{"of unknown size", 1000, 1000, 0, pdf.A4, 190, 190},
	}
	var pages []pdf.Page
	for _, test := range tests {
		pages = append(pages, pdf.Page{JPEG: picture(t, test.width, test.height), DPI: test.dpi})
	}
	var b bytes.Buffer
	if err := pdf.Pages(t.Context(), &b, pages, pdf.Options{Title: "材料"}); err != nil {
		t.Fatal(err)
	}
	got := render(t, b.Bytes())
	if len(got) != len(tests) {
		t.Fatalf("%d pages", len(got))
	}
	const dots = 100 / 25.4
	for i, test := range tests {
		size := got[i].Bounds().Size()
		if near(float64(size.X), test.want.Width*dots) > 2 || near(float64(size.Y), test.want.Height*dots) > 2 {
			t.Errorf("%s: page of %v dots, want %v mm", test.name, size, test.want)
		}
		dark := ink(got[i], 0, 0, test.want.Width, test.want.Height)
		if want := test.w * test.h / 4 * dots * dots; near(float64(dark), want) > want/25 {
			t.Errorf("%s: %d dots of picture, want %.0f", test.name, dark, want)
		}
	}
}

func near(a, b float64) float64 { return max(a-b, b-a) }

func TestFootersStandOnEveryPageOfAnySize(t *testing.T) {
	needFont(t)
	page := pdf.Page{JPEG: picture(t, 827, 1169), DPI: 100}
	wide := pdf.Page{JPEG: picture(t, 1654, 1169), DPI: 100}
	var b bytes.Buffer
	footer := func(page, pages int) string { return fmt.Sprintf("第 %d 页，共 %d 页 𬭊", page, pages) }
	if err := pdf.Pages(t.Context(), &b, []pdf.Page{page, wide, page}, pdf.Options{Footer: footer}); err != nil {
		t.Fatal(err)
	}
	for i, img := range render(t, b.Bytes()) {
		height := float64(img.Bounds().Dy()) / 100 * 25.4
		width := float64(img.Bounds().Dx()) / 100 * 25.4
		if got := ink(img, width/2-30, height-6, 60, 6); got < 60 {
			t.Errorf("page %d has %d dark dots in its footer", i+1, got)
		}
	}
	text := extract(t, b.Bytes())
	for i := range 3 {
		if want := footer(i+1, 3); !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
}

func TestWrapBreaksAsPeopleDo(t *testing.T) {
	needFont(t)
	d := pdf.New(pdf.Options{})
	d.Font(10, pdf.Black) // a Chinese character is 3.53 mm wide
	tests := []struct {
		name, text string
		want       []string
	}{
		{"anywhere between characters", "一二三四五六七", []string{"一二三四五", "六七"}},
		{"no mark begins a line", "一二三四五。六", []string{"一二三四", "五。六"}},
		{"words stay whole", "请带 passport 来", []string{"请带", "passport", "来"}},
		{"a word too long is cut", "ABCDEFGHIJKLMNOPQ", []string{"ABCDEFGH", "IJKLMNOP", "Q"}},
		{"its own lines", "一\n\n二", []string{"一", "", "二"}},
		{"rare characters have a width", "𬭊𬭊𬭊𬭊𬭊𬭊", []string{"𬭊𬭊𬭊𬭊𬭊", "𬭊"}},
		{"nothing", "", []string{""}},
	}
	for _, test := range tests {
		got := d.Lines(test.text, 18)
		if test.name == "a word too long is cut" {
			if strings.Join(got, "") != test.text || len(got) < 2 {
				t.Errorf("%s: %q", test.name, got)
			}
			continue
		}
		if strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestCellKeepsToItsWidth(t *testing.T) {
	needFont(t)
	d := pdf.New(pdf.Options{})
	d.AddPage(pdf.A4)
	d.Font(12, pdf.Black)
	d.Cell(20, 20, 30, 8, strings.Repeat("很长的名称𬭊", 10), pdf.Left)
	page := render(t, output(t, d))[0]
	if in, out := ink(page, 20, 20, 30, 8), ink(page, 50.5, 15, 150, 20); in < 100 || out != 0 {
		t.Errorf("%d dots in the cell, %d beside it", in, out)
	}
}

func TestFileTellsNothingOfPeople(t *testing.T) {
	var b bytes.Buffer
	if err := pdf.Pages(t.Context(), &b, []pdf.Page{{JPEG: picture(t, 100, 100)}}, pdf.Options{Title: "𠮷材料"}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"/Author", "/Subject", "/Keywords", "/Creator"} {
		if bytes.Contains(b.Bytes(), []byte(key)) {
			t.Errorf("the file has %s", key)
		}
	}
	if !regexp.MustCompile(`/CreationDate \(D:20000101000000`).Match(b.Bytes()) {
		t.Error("the file tells when it was made without being asked to")
	}
	var again bytes.Buffer
	if err := pdf.Pages(t.Context(), &again, []pdf.Page{{JPEG: picture(t, 100, 100)}}, pdf.Options{Title: "𠮷材料"}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same pages gave another file")
	}
}

func TestMistakesAreErrors(t *testing.T) {
	needFont(t)
	tests := []struct {
		name string
		do   func(d *pdf.Document)
	}{
		{"no page", func(*pdf.Document) {}},
		{"text without a page", func(d *pdf.Document) { d.Text(1, 1, "甲") }},
		{"picture that is none", func(d *pdf.Document) { d.AddPage(pdf.A4); d.Image(0, 0, 10, 10, []byte("GIF89a")) }},
		{"picture cut off", func(d *pdf.Document) { d.AddPage(pdf.A4); d.Image(0, 0, 10, 10, []byte("\x89PNG\r\n\x1a\n\x00")) }},
		{"QR code of too much", func(d *pdf.Document) { d.AddPage(pdf.A4); d.QR(0, 0, 10, strings.Repeat("甲", 3000)) }},
		{"page of no size", func(d *pdf.Document) { d.AddPage(pdf.Size{}) }},
	}
	for _, test := range tests {
		d := pdf.New(pdf.Options{})
		test.do(d)
		d.Cell(0, 0, 10, 10, "后文", pdf.Left)
		if err := d.Output(&bytes.Buffer{}); err == nil || !strings.HasPrefix(err.Error(), "make PDF: ") {
			t.Errorf("%s: error %v", test.name, err)
		}
	}
	if err := pdf.Pages(t.Context(), &bytes.Buffer{}, []pdf.Page{{JPEG: []byte{0xFF, 0xD8}}}, pdf.Options{}); err == nil {
		t.Error("half a picture became a page")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pdf.Pages(ctx, &bytes.Buffer{}, []pdf.Page{{JPEG: picture(t, 10, 10)}}, pdf.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the end", err)
	}
}

// FuzzText holds that no text makes a document panic or fail.
func FuzzText(f *testing.F) {
	needFont(f)
	for _, s := range []string{"取号单", "𠮷𬭊\U0010FFFF", "\xff\xfe", "a\tb\r\nc", "(\\)", "\uFFFF\uFFFE\x00", "葛\U000E0100", "שלום"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			t.Skip("long text takes long to break")
		}
		d := pdf.New(pdf.Options{Title: text, Footer: func(int, int) string { return text }})
		d.AddPage(pdf.A4)
		d.Text(10, 20, text)
		d.Cell(10, 30, 50, 8, text, pdf.Right)
		d.Wrap(10, 40, 60, 6, text)
		output(t, d)
	})
}

func BenchmarkNotice(b *testing.B) {
	needFont(b)
	text := strings.Repeat("请您携带本人有效身份证件到窗口办理，", 60)
	for b.Loop() {
		d := pdf.New(pdf.Options{})
		d.AddPage(pdf.A4)
		d.Wrap(20, 20, 170, 7, text)
		output(b, d)
	}
}
