package receipt

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// play runs a stream through a decoder, a few bytes at a time.
func play(in []byte, chunk int) (tickets []Ticket, queries []byte, d *Decoder) {
	d = NewDecoder(48, 576)
	var current Ticket
	var buf []byte
	for len(in) > 0 {
		n := min(chunk, len(in))
		buf = append(buf, in[:n]...)
		in = in[n:]
		for {
			n, ev := d.Step(buf)
			if n == 0 && ev.Kind == Nothing {
				break
			}
			buf = buf[n:]
			switch ev.Kind {
			case Printed:
				current.Add(ev.Line)
			case CutOff:
				current.Cut = ev.Cut
				tickets = append(tickets, current)
				current = Ticket{}
			case Asked:
				queries = append(queries, ev.Query)
			}
		}
	}
	if len(current.Lines) > 0 {
		tickets = append(tickets, current)
	}
	return tickets, queries, d
}

// The bytes below are written by hand from the command reference.
func TestCommandsDoWhatTheReferenceSays(t *testing.T) {
	line := func(text string) Line { return Line{Text: text, Size: 1, Align: Left} }
	tests := []struct {
		name string
		in   string
		want []Line
	}{
		{"plain", "A012\n", []Line{line("A012")}},
		{"chinese needs its mode", "\xC7\xEB\n\x1C&\xC7\xEB\n\x1C.\xC7\xEB\n", []Line{line("\uFFFD\uFFFD"), line("请"), line("\uFFFD\uFFFD")}},
		{"init ends chinese", "\x1C&\x1B@\xC7\xEB\n", []Line{line("\uFFFD\uFFFD")}},
		{"size", "\x1D!\x11A\n\x1D!\x32B\n\x1D!\x00C\n", []Line{
			{Text: "A", Size: 2, Align: Left}, {Text: "B", Size: 4, Align: Left}, line("C"),
		}},
		{"print mode", "\x1B!\x38A\n\x1B!\x00B\n", []Line{{Text: "A", Size: 2, Bold: true, Align: Left}, line("B")}},
		{"bold and align", "\x1BE\x01\x1Ba\x01A\n\x1BE\x00\x1Ba\x02B\n", []Line{
			{Text: "A", Size: 1, Bold: true, Align: Center}, {Text: "B", Size: 1, Align: Right},
		}},
		{"feed lines", "A\x1Bd\x03B\n", []Line{line("A"), line(""), line(""), line("B")}},
		{"feed dots", "A\x1BJ\x20B\n", []Line{line("A"), line("B")}},
		{"a full line wraps", strings.Repeat("x", 50) + "\n", []Line{line(strings.Repeat("x", 48)), line("xx")}},
		{"large characters wrap earlier", "\x1C&\x1D!\x33" + strings.Repeat("\xC7\xEB", 7) + "\n", []Line{
			{Text: "请请请请请请", Size: 4, Align: Left}, {Text: "请", Size: 4, Align: Left},
		}},
		{"barcode as text", "\x1Dk\x49\x06{BA012", []Line{line("|{BA012|")}},
		{"old barcode", "\x1Dk\x04A012\x00", []Line{line("|A012|")}},
		{"what isn't shown is passed over", "\x1Bt\x00\x1BR\x0F\x1Bp\x00\x19\xFA\x1B*\x21\x02\x00AAAAAA\x1D(L\x02\x00XXB\n", []Line{line("B")}},
		{"unknown commands are two bytes", "\x1B\x01\x1C\x01\x1D\x01B\n", []Line{line("B")}},
		{"real-time questions leave no trace", "A\x10\x04\x01B\n", []Line{line("AB")}},
		{"half a character", "\x1C&\xC7\x20\n", []Line{line("□")}},
		{"no QR without data", "\x1D(k\x03\x001Q0A\n", []Line{line("A")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, chunk := range []int{1, 3, 1000} {
				tickets, _, _ := play([]byte(tt.in), chunk)
				var got []Line
				for _, ticket := range tickets {
					got = append(got, ticket.Lines...)
				}
				if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(Line{})); diff != "" {
					t.Errorf("in chunks of %d (-want +got):\n%s", chunk, diff)
				}
			}
		})
	}
}

func TestCutsPartTickets(t *testing.T) {
	tickets, _, _ := play([]byte("A\n\x1DV\x00B\x1DV\x42\x00C\n\x1BiD\n\x1Bm\x1DV1E\n"), 1)
	var got []string
	for _, ticket := range tickets {
		text := ""
		for _, l := range ticket.Lines {
			text += l.Text
		}
		got = append(got, text+" "+ticket.Cut)
	}
	want := []string{"A full", "B partial", "C full", "D partial", " partial", "E "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPaperQueryIsInTurn(t *testing.T) {
	_, queries, _ := play([]byte("A\n\x1Dr\x01"), 1)
	if !bytes.Equal(queries, []byte{1}) {
		t.Errorf("queries % X", queries)
	}
}

// qrStream stores and prints a QR code natively.
func qrStream(data string) []byte {
	n := len(data) + 3
	out := append([]byte("\x1Ba\x01\x1D(k\x04\x001A2\x00\x1D(k\x03\x001C\x06\x1D(k\x03\x001E\x31\x1D(k"), byte(n), byte(n>>8))
	return append(out, "1P0"+data+"\x1D(k\x03\x001Q0"...)
}

// read decodes the QR code of a ticket's picture by another program's code.
func read(t *testing.T, ticket Ticket) string {
	t.Helper()
	var buf bytes.Buffer
	if err := ticket.WritePNG(&buf, 576); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds().Dx() != 576 {
		t.Errorf("picture is %v", img.Bounds())
	}
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bmp, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

func TestNativeQRIsReadByAnotherDecoder(t *testing.T) {
	const text = "请到3号窗口 https://hall.example/t/A012"
	for _, chunk := range []int{1, 1000} {
		tickets, _, _ := play(qrStream(text), chunk)
		if len(tickets) != 1 || tickets[0].Lines[0].QR != text || tickets[0].Lines[0].Align != Center {
			t.Fatalf("got %+v", tickets)
		}
		if got := read(t, tickets[0]); got != text {
			t.Errorf("QR says %q", got)
		}
	}
}

func TestBandsOfABitmapJoin(t *testing.T) {
	band := func(rows int, fill byte) string {
		return "\x1Dv0\x00\x02\x00" + string([]byte{byte(rows), 0}) + strings.Repeat(string([]byte{fill}), 2*rows)
	}
	tickets, _, _ := play([]byte(band(3, 0xFF)+band(2, 0x0F)+"A\n"+band(1, 0xF0)), 1)
	got := tickets[0].Lines
	if len(got) != 3 || got[0].Height != 5 || got[0].Width != 16 || !got[0].Image || got[2].Height != 1 {
		t.Fatalf("got %+v", got)
	}
	if !got[0].bitmap.black(0, 2) || got[0].bitmap.black(0, 3) || !got[0].bitmap.black(4, 3) {
		t.Error("dots are not where they were sent")
	}
}

func TestAFontOfFourBytes(t *testing.T) {
	d := NewDecoder(48, 576)
	d.FourBytes()
	in := []byte("\x1C&\x81\x39\xEF\x31\n") // 㐂
	var got Line
	for size := 1; len(in) > 0; {
		n, ev := d.Step(in[:min(size, len(in))])
		if ev.Kind == Printed {
			got = ev.Line
		}
		if in = in[n:]; n == 0 {
			size++ // an unfinished character waits for the rest
		} else {
			size = 1
		}
	}
	if got.Text != "㐂" {
		t.Errorf("got %+v", got)
	}
}

func TestDoubledBitmap(t *testing.T) {
	tickets, _, _ := play([]byte("\x1Dv0\x03\x01\x00\x01\x00\x80"), 1)
	got := tickets[0].Lines[0]
	if got.Width != 16 || got.Height != 2 || !got.bitmap.black(1, 1) || got.bitmap.black(2, 0) {
		t.Errorf("got %+v", got)
	}
}

func TestSizesAreBounded(t *testing.T) {
	// A bitmap wider than any paper is passed over, with all its bytes.
	tickets, _, d := play([]byte("\x1Dv0\x00\x00\x01\x01\x00"+strings.Repeat("\xFF", 256)+"A\n"), 7)
	if len(tickets) != 1 || tickets[0].Lines[0].Text != "A" || d.Unknown != 1 {
		t.Errorf("got %+v", tickets)
	}
	tickets, _, _ = play(bytes.Repeat([]byte("x\n"), 3*maxLines), 1000)
	if n := len(tickets[0].Lines); n != maxLines {
		t.Errorf("%d lines", n)
	}
	tickets, _, _ = play(bytes.Repeat([]byte("\x1Dv0\x00\x01\x00\xFF\xFF"+strings.Repeat("\xAA", 0xFFFF)), 3), 1<<20)
	if len(tickets) != 0 {
		t.Errorf("%d lines of two metres each", len(tickets[0].Lines))
	}
	var ticket Ticket
	ticket.AddRaw(make([]byte, 2*maxRaw))
	if len(ticket.Raw) != maxRaw {
		t.Errorf("%d raw bytes", len(ticket.Raw))
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add([]byte("\x1B@\x1C&\x1Ba\x01\xC7\xEBA012\n\x1DV\x42\x00"))
	f.Add(qrStream("A012"))
	f.Add([]byte("\x1Dv0\x03\x01\x00\x01\x00\x80\x1Bd\xFF\x10\x04\x01"))
	f.Add([]byte("\x1Dk\x04A012\x00\x1D(L\xFF\xFF"))
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, _, _ := play(in, len(in)+1)
		bytewise, _, _ := play(in, 1)
		opts := cmp.Options{cmp.AllowUnexported(Line{}, Ticket{}, bitmap{})}
		if diff := cmp.Diff(whole, bytewise, opts); diff != "" {
			t.Errorf("splitting changes the ticket:\n%s", diff)
		}
		for _, ticket := range whole {
			if len(ticket.Lines) > maxLines {
				t.Fatalf("%d lines", len(ticket.Lines))
			}
			if err := ticket.WritePNG(&bytes.Buffer{}, 576); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestStreamsOfOtherEncoders reads what two independent public encoders make
// of the same ticket, so that the decoder doesn't only agree with our own.
func TestStreamsOfOtherEncoders(t *testing.T) {
	tests := []struct {
		file, cut string
		texts     []string
	}{
		// The first draws the QR code as stored graphics and the rule from a
		// western code page; its two columns are placed by position.
		{"receiptline-4.0.4.bin", "partial", []string{
			"2 false 市民中心", "1 false " + strings.Repeat("\uFFFD", 48), "3 true A012", "1 false 社会保险请到3号窗口",
		}},
		{"receipt-printer-encoder-3.bin", "partial", []string{"2 true A012", "1 false left text"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			in, err := os.ReadFile("testdata/" + tt.file)
			if err != nil {
				t.Fatal(err)
			}
			for _, chunk := range []int{1, 64, len(in)} {
				tickets, _, d := play(in, chunk)
				if len(tickets) == 0 || tickets[0].Cut != tt.cut || d.Unknown != 0 {
					t.Fatalf("%d tickets, %d unknown commands", len(tickets), d.Unknown)
				}
				var texts []string
				for _, l := range tickets[0].Lines {
					if l.QR == "" && !l.Image && l.Text != "" {
						texts = append(texts, fmt.Sprintf("%d %t %s", l.Size, l.Bold, l.Text))
					}
				}
				if diff := cmp.Diff(tt.texts, texts); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if got := read(t, tickets[0]); got != "http://127.0.0.1:8080/t/A012" {
					t.Errorf("QR says %q", got)
				}
			}
		})
	}
}
