package receipt

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A million bytes of noise, as from a line at the wrong speed, with commands
// strewn in: the decoder goes on, and what it keeps stays small.
func TestAMillionRandomBytesStayBounded(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	heads := []string{
		"\x1B@", "\x1C&", "\x1Dv0\x00", "\x1D(k", "\x1D8L", "\x1Dk", "\x1DV", "\x1Bd", "\x1D(L\x02\x00\x302", "\x1B*\x21", "\x1C(", "\x10\x04",
		"\x1Dv0\x00\xFF\xFF\xFF\xFF", "\x1D8L\xFF\xFF\xFF\xFF\x30\x70", "\x1D(k\xFF\xFF1P0",
	}
	d := NewDecoder(48, 576)
	var current Ticket
	var buf []byte
	most, fed, parts := 0, 0, 0
	for fed < 1<<20 {
		chunk := make([]byte, 1+rnd.IntN(400))
		for i := range chunk {
			chunk[i] = byte(rnd.Uint32())
		}
		chunk = append(chunk, heads[rnd.IntN(len(heads))]...)
		fed += len(chunk)
		buf = append(buf, chunk...)
		for {
			n, ev := d.Step(buf)
			if n == 0 && ev.Kind == Nothing {
				break
			}
			current.AddRaw(buf[:n])
			buf = bytes.Clone(buf[n:])
			switch ev.Kind {
			case Printed:
				current.Add(ev.Line)
			case CutOff:
				parts++
				current = Ticket{}
			}
		}
		// What waits for its end is at most one stored QR text.
		most = max(most, len(buf))
		held := len(current.Raw) + len(d.line)*4 + len(d.qr.data)
		if d.raster != nil {
			held += len(d.raster.got)
		}
		if held > maxRaw+maxBitmap+maxStored+64<<10 {
			t.Fatalf("%d bytes are held after %d", held, fed)
		}
	}
	if most > maxStored+2048 {
		t.Errorf("%d bytes wait for their end", most)
	}
	if parts == 0 {
		t.Error("nothing was ever cut: the noise is no test")
	}
}

func TestAPrinterThatStartsInChineseModeReturnsToIt(t *testing.T) {
	d := NewDecoder(48, 576)
	d.StartChinese()
	in := []byte("\xC7\xEB\n\x1C.\xC7\xEB\n\x1B@\xC7\xEB\n")
	var got []string
	for {
		n, ev := d.Step(in)
		if n == 0 && ev.Kind == Nothing {
			break
		}
		in = in[n:]
		if ev.Kind == Printed {
			got = append(got, ev.Line.Text)
		}
	}
	if len(got) != 3 || got[0] != "请" || got[1] != "\uFFFD\uFFFD" || got[2] != "请" {
		t.Errorf("got %q", got)
	}
}
