package labelview_test

import (
	"testing"

	"smarthall/firmware-profiles/simulator/labelview"
)

var decoders = map[string]func(dpi int) labelview.Decoder{"tspl": labelview.NewTSPL, "zpl": labelview.NewZPL}

// feed gives a decoder bytes in pieces and returns the labels.
func feed(d labelview.Decoder, p []byte, piece int) []*labelview.Label {
	var out []*labelview.Label
	var buf []byte
	for len(p) > 0 || len(buf) > 0 {
		n := min(piece, len(p))
		buf, p = append(buf, p[:n]...), p[n:]
		for {
			n, printed := d.Step(buf)
			if printed != nil {
				out = append(out, printed)
			}
			if buf = buf[n:]; n == 0 || len(buf) == 0 {
				break
			}
		}
		if len(p) == 0 {
			return out
		}
	}
	return out
}

const (
	tsplLabel = "SIZE 40 mm,30 mm\r\nCLS\r\nBITMAP 0,0,1,2,0,\x0F\xF0\r\nBARCODE 40,100,\"128\",60,0,0,2,2,\"A-1\"\r\nPRINT 1,2\r\n"
	zplLabel  = "^XA^PW320^LL240^FO0,0^GFA,4,4,2,F0,0F:^FS^FO40,100^BY2^BCN,60,N,N,N,A^FDA-1^FS^PQ2^XZ"
)

// However the bytes are parted, the label is the same.
func TestALabelInPiecesIsTheSame(t *testing.T) {
	for lang, text := range map[string]string{"tspl": tsplLabel, "zpl": zplLabel} {
		for piece := 1; piece <= len(text); piece++ {
			got := feed(decoders[lang](203), []byte(text), piece)
			if len(got) != 1 || got[0].Copies != 2 || got[0].WidthMM != 40 || len(got[0].Codes) != 1 || got[0].Blank() {
				t.Fatalf("%s in pieces of %d: %d labels", lang, piece, len(got))
			}
		}
	}
}

func TestLyingSizesAreSurvived(t *testing.T) {
	for lang, texts := range map[string][]string{
		"tspl": {
			"BITMAP 0,0,99999,99999,0,x\r\n" + tsplLabel, "BITMAP 0,0,-1,5,0,\r\n" + tsplLabel, "BITMAP ,,,,,,\r\n" + tsplLabel,
			"SIZE 99999 mm,99999 mm\r\n" + tsplLabel, "SIZE x\r\nPRINT -5,99999999999\r\n" + tsplLabel, "BOX\r\nBAR 1\r\nTEXT\r\nQRCODE 1,1,M\r\n" + tsplLabel,
		},
		"zpl": {
			"^XA^FO0,0^GFA,999999,999999,1,FF^FS^XZ" + zplLabel, "^XA^FO0,0^GFA,4,4,0,FF^FS^XZ" + zplLabel, "^XA^PW999999^LL999999^FO9,9^GB999999,999999,99^FS^XZ" + zplLabel,
			"^XA^FO1,1^BQN,2,9^FD^FS^BQ^FDx^FS^BC^FD^FS^XZ" + zplLabel, "^XA^GFA,9,9,3,zzzzzzzzF^FS^PQ-3^XZ" + zplLabel,
		},
	} {
		for _, text := range texts {
			if got := feed(decoders[lang](203), append([]byte(text), make([]byte, 5<<20)...), 4096); lang == "zpl" && len(got) == 0 {
				t.Errorf("%s: %.40q hides the label behind it", lang, text)
			}
		}
	}
}

func fuzzDecoder(f *testing.F, lang, label string) {
	f.Add([]byte(label), uint8(0))
	f.Add([]byte(label), uint8(7))
	f.Fuzz(func(t *testing.T, p []byte, piece uint8) {
		if len(p) > 4096 {
			return
		}
		for _, l := range feed(decoders[lang](203), p, int(piece)+1) {
			if l.Copies < 1 || l.WidthMM < 0 || l.WidthMM > 400 || len(l.Codes) > 100 {
				t.Errorf("printed %d copies of %d×%d mm", l.Copies, l.WidthMM, l.HeightMM)
			}
		}
	})
}

func FuzzTSPL(f *testing.F) { fuzzDecoder(f, "tspl", tsplLabel) }

func FuzzZPL(f *testing.F) { fuzzDecoder(f, "zpl", zplLabel) }
