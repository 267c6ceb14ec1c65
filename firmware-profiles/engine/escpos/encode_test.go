package escpos

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	gozxingqr "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/skip2/go-qrcode"

	"smarthall/firmware-profiles/engine/printline"
	"smarthall/internal/device"
)

var caps80 = Caps{WidthDots: 576, Columns: 48, Cut: CutPartial, NativeQR: true, NearEnd: true, BandRows: 128}

// sampleTicket is a queue ticket as halls print it.
func sampleTicket() device.Document {
	return device.Document{Job: "job-1", Lines: []device.Line{
		{Text: "市民中心", Size: 2, Align: device.Center},
		{Text: "A012", Size: 4, Bold: true, Align: device.Center},
		{Text: "您前面还有 6 位，预计等候约 15 分钟"},
		{QR: "http://127.0.0.1:8080/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG", Align: device.Center},
		{Feed: 2},
	}}
}

// encodeLines encodes lines without ESC @, FS & and the cut around them.
func encodeLines(t *testing.T, caps Caps, lines ...device.Line) []byte {
	t.Helper()
	ticket, err := Encode(device.Document{Lines: lines}, caps)
	if err != nil {
		t.Fatal(err)
	}
	b := ticket.Bytes()
	start := []byte{0x1B, 0x40, 0x1C, 0x26} // ESC @ FS &
	if caps.Charset == NoChinese {
		start = start[:2]
	}
	b, ok := bytes.CutPrefix(b, start)
	if !ok {
		t.Fatalf("begins with % X, want % X", b[:4], start)
	}
	return b
}

func TestCutFollowsTheModel(t *testing.T) {
	for cut, want := range map[Cut][]byte{
		CutPartial: {0x1D, 0x56, 0x42, 0x00},
		CutFull:    {0x1B, 0x64, 5, 0x1D, 0x56, 0x00},
		CutNone:    {0x1B, 0x64, 6},
	} {
		caps := caps80
		caps.Cut = cut
		if got := encodeLines(t, caps); !bytes.Equal(got, want) {
			t.Errorf("%s: % X, want % X", cut, got, want)
		}
	}
}

func TestSettingsAreSentOnlyWhenTheyChange(t *testing.T) {
	got := encodeLines(t, caps80,
		device.Line{Text: "A", Bold: true, Align: device.Center},
		device.Line{Text: "B", Bold: true, Align: device.Center},
		device.Line{Text: "C"},
	)
	want := []byte("\x1Ba\x01\x1BE\x01A\nB\n\x1Ba\x00\x1BE\x00C\n\x1DV\x42\x00")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTextCannotCommandThePrinter(t *testing.T) {
	got := encodeLines(t, caps80, device.Line{Text: "a\x1B@b\x10\x04\x01c\x7F\u0085d\te\r\nf"})
	want := []byte("a @b   c  d e\nf\n\x1DV\x42\x00")
	if !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCharactersBeyondTheFontBecomeGeta(t *testing.T) {
	tests := []struct {
		name, in, want string
		missing        []rune
	}{
		{"two bytes", "龘·—…￥", "\xFD\x93\xA1\xA4\xA1\xAA\xA1\xAD\xA3\xA4", nil},
		{"narrow yen is the wide one", "¥", "\xA3\xA4", nil},
		{"four bytes", "㐂𠮷", "\xA1\xFE\xA1\xFE", []rune{'㐂', '𠮷'}},
		{"emoji", "好😀", "\xBA\xC3\xA1\xFE", []rune{'😀'}},
		{"invalid UTF-8", "a\xFFb", "a\xA1\xFEb", []rune{'\uFFFD'}},
		{"joiners and selectors vanish", "葛\U000E0100", "\xB8\xF0\xA1\xFE", []rune{0xE0100}},
		{"zero width", "a\u200Bb\uFE0F", "ab", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ticket, err := Encode(device.Document{Lines: []device.Line{{Text: tt.in}}}, caps80)
			if err != nil {
				t.Fatal(err)
			}
			if got := ticket.Bytes(); !bytes.Contains(got, []byte("\x1C&"+tt.want+"\n")) {
				t.Errorf("got % X, want % X", got, tt.want)
			}
			if diff := cmp.Diff(tt.missing, ticket.Missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFontPrintsWhatItHas(t *testing.T) {
	// By hand from the code tables: 请 stands in GB/T 2312, 镕 in GBK only, 㐂 in
	// four bytes of GB18030 only.
	tests := []struct {
		name    string
		font    Charset
		want    string
		missing []rune
	}{
		{"gb2312", GB2312, "\xC7\xEB" + geta + geta, []rune{'镕', '㐂'}},
		{"two bytes", TwoByte, "\xC7\xEB\xE9\x46" + geta, []rune{'㐂'}},
		{"four bytes", FourByte, "\xC7\xEB\xE9\x46\x81\x39\xEF\x31", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			caps := caps80
			caps.Charset, caps.DrawRare = tt.font, false
			ticket, err := Encode(device.Document{Lines: []device.Line{{Text: "请镕㐂"}}}, caps)
			if err != nil {
				t.Fatal(err)
			}
			if got := ticket.Bytes(); !bytes.Contains(got, []byte("\x1C&"+tt.want+"\n")) {
				t.Errorf("got % X, want % X", got, tt.want)
			}
			if diff := cmp.Diff(tt.missing, ticket.Missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinesWrapByColumns(t *testing.T) {
	tests := []struct {
		name    string
		in      string
		columns int
		want    []string
	}{
		{"fits", "请到3号窗口", 11, []string{"请到3号窗口"}},
		{"chinese counts two", "请到三号窗口", 8, []string{"请到三号", "窗口"}},
		{"a character isn't cut in two", "a请到", 4, []string{"a请", "到"}},
		{"words stay whole", "请带 ID-card 来", 10, []string{"请带 ", "ID-card 来"}},
		{"a word longer than the line is cut", "0123456789ABCDEF", 8, []string{"01234567", "89ABCDEF"}},
		{"no closing mark begins a line", "请到窗口，谢谢", 8, []string{"请到窗", "口，谢谢"}},
		{"nothing but marks", "，，，，", 4, []string{"，，", "，，"}},
		{"spaces don't begin a line", "请到      窗口", 6, []string{"请到  ", "窗口"}},
		{"narrower than a character", "请到", 1, []string{"请", "到"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			wrap(newCharset(TwoByte, nil).encode(tt.in), tt.columns, func(line []cell) {
				var b strings.Builder
				for _, c := range line {
					b.WriteRune(c.r)
				}
				got = append(got, b.String())
			})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLargeTypeHasFewerColumns(t *testing.T) {
	got := encodeLines(t, caps80, device.Line{Text: strings.Repeat("请", 13), Size: 2})
	if n := bytes.Count(got, []byte("\n")); n != 2 {
		t.Errorf("%d lines of double size, want 2", n)
	}
}

func TestRuleIsAsWideAsThePaper(t *testing.T) {
	caps := caps80
	caps.Columns = 32
	if got := encodeLines(t, caps, device.Line{Rule: true}); !bytes.HasPrefix(got, []byte(strings.Repeat("-", 32)+"\n")) {
		t.Errorf("got %q", got)
	}
}

func TestBandsAreSmallAndBitmapsStandAlone(t *testing.T) {
	doc := sampleTicket()
	for i := range 100 {
		doc.Lines = append(doc.Lines, device.Line{Text: fmt.Sprintf("第 %d 行", i)})
	}
	caps := caps80
	caps.NativeQR = false
	ticket, err := Encode(doc, caps)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range ticket.Bands {
		raster := bytes.HasPrefix(b.Data, []byte{0x1D, 0x76, 0x30})
		if raster != b.Binary {
			t.Errorf("band %d: binary %t, begins % X", i, b.Binary, b.Data[:3])
		}
		if !b.Binary && len(b.Data) > textBand+caps.Columns+8 {
			t.Errorf("band %d has %d bytes", i, len(b.Data))
		}
		if raster && int(b.Data[6])+int(b.Data[7])<<8 > caps.BandRows {
			t.Errorf("band %d has too many rows", i)
		}
	}
}

// rasterImage draws the GS v 0 bands of a ticket as a picture.
func rasterImage(t *testing.T, ticket Ticket) image.Image {
	t.Helper()
	const quiet = 40
	var rows [][]byte
	for _, b := range ticket.Bands {
		if !b.Binary {
			continue
		}
		stride := int(b.Data[4]) + int(b.Data[5])<<8
		for data := b.Data[8:]; len(data) > 0; data = data[stride:] {
			rows = append(rows, data[:stride])
		}
	}
	if len(rows) == 0 {
		t.Fatal("no bitmap")
	}
	img := image.NewGray(image.Rect(0, 0, len(rows[0])*8+2*quiet, len(rows)+2*quiet))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	for y, row := range rows {
		for x := range len(row) * 8 {
			if row[x/8]&(0x80>>(x%8)) != 0 {
				img.SetGray(x+quiet, y+quiet, color.Gray{})
			}
		}
	}
	return img
}

func TestRasterQRIsReadByAnotherDecoder(t *testing.T) {
	for _, text := range []string{"A012", "http://127.0.0.1:8080/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG", strings.Repeat("请到三号窗口。", 15)} {
		caps := caps80
		caps.NativeQR = false
		ticket, err := Encode(device.Document{Lines: []device.Line{{QR: text, Align: device.Center}}}, caps)
		if err != nil {
			t.Fatal(err)
		}
		bmp, err := gozxing.NewBinaryBitmapFromImage(rasterImage(t, ticket))
		if err != nil {
			t.Fatal(err)
		}
		result, err := gozxingqr.NewQRCodeReader().Decode(bmp, nil)
		if err != nil {
			t.Fatalf("QR of %d bytes: %v", len(text), err)
		}
		if result.GetText() != text {
			t.Errorf("QR says %q, want %q", result.GetText(), text)
		}
	}
}

func TestQRCapacitiesAreTheStandards(t *testing.T) {
	for i, n := range qrBytes {
		for extra, want := range []int{i + 1, i + 2} {
			if want > len(qrBytes) {
				continue
			}
			code, err := qrcode.New(strings.Repeat("é", (n+extra)/2)+strings.Repeat("a", (n+extra)%2), qrcode.Medium)
			if err != nil {
				t.Fatal(err)
			}
			if code.VersionNumber != want {
				t.Errorf("%d bytes need version %d, want %d", n+extra, code.VersionNumber, want)
			}
		}
	}
}

func TestWhatCannotBePrintedIsRefused(t *testing.T) {
	caps58 := caps80
	caps58.WidthDots, caps58.Columns = 384, 32
	tests := []struct {
		name string
		line device.Line
		caps Caps
	}{
		{"no QR version holds it", device.Line{QR: strings.Repeat("a", 2332)}, caps80},
		{"QR too fine for the paper", device.Line{QR: strings.Repeat("a", 2000)}, caps58},
		{"text without end", device.Line{Text: strings.Repeat("a", maxLineText+1)}, caps80},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Encode(device.Document{Lines: []device.Line{tt.line}}, tt.caps); !errors.Is(err, device.ErrFrame) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestStatusBytesMeanStates(t *testing.T) {
	tests := []struct {
		name    string
		in      Status
		nearEnd bool
		want    device.State
	}{
		{"well", Status{0x12, 0x12, 0, 0x12}, true, device.Online},
		{"paper out", Status{0x1A, 0x32, 0, 0x7E}, true, device.PaperEnd},
		{"paper out by the sensor alone", Status{0x12, 0x12, 0, 0x72}, true, device.PaperEnd},
		{"near end", Status{0x12, 0x12, 0, 0x1E}, true, device.PaperNearEnd},
		{"near end without a sensor", Status{0x12, 0x12, 0, 0x1E}, false, device.Online},
		{"cover before paper", Status{0x1A, 0x36, 0, 0x7E}, true, device.CoverOpen},
		{"cutter", Status{0x1A, 0x52, 0x1A, 0x12}, true, device.Jam},
		{"hot head", Status{0x1A, 0x52, 0x52, 0x12}, true, device.Fault},
		{"broken", Status{0x1A, 0x52, 0x32, 0x12}, true, device.Fault},
		{"error without a cause", Status{0x1A, 0x52, 0x12, 0x12}, true, device.Fault},
		{"offline without a cause", Status{0x1A, 0x12, 0, 0x12}, true, device.Fault},
		{"drawer is no trouble", Status{0x16, 0x12, 0, 0x12}, true, device.Online},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, detail := tt.in.State(tt.nearEnd)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if (detail == "") != (got == device.Online) {
				t.Errorf("%s has detail %q", got, detail)
			}
			if (printline.StateErr(got) == nil) != got.Works() {
				t.Errorf("%s: error %v", got, printline.StateErr(got))
			}
		})
	}
}

func TestStatusBytesAreToldFromOthers(t *testing.T) {
	for b := range 256 {
		fixed := b&0x02 != 0 && b&0x10 != 0 && b&0x01 == 0 && b&0x80 == 0
		if IsStatus(byte(b)) != fixed {
			t.Errorf("%02X", b)
		}
		if IsStatus(byte(b)) && isConfirm(byte(b)) {
			t.Errorf("%02X is both", b)
		}
	}
}

func BenchmarkTicket(b *testing.B) {
	doc := sampleTicket()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(doc, caps80); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTicketRasterQR(b *testing.B) {
	doc, caps := sampleTicket(), caps80
	caps.NativeQR = false
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(doc, caps); err != nil {
			b.Fatal(err)
		}
	}
}
