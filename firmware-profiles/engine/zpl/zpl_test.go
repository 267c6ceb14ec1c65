package zpl_test

import (
	"bytes"
	"strings"
	"testing"

	"smarthall/firmware-profiles/engine/label"
	"smarthall/firmware-profiles/engine/zpl"
)

// Runs, white ends and repeated rows are shortened; the simulator, which reads
// them, is another's work than this.
func TestPicturesAreShortened(t *testing.T) {
	picture := label.Picture{Bitmap: label.NewBitmap(8*60, 4)}
	picture.Fill(0, 0, 240, 1) // 60 digits F, 60 white
	picture.Fill(0, 1, 240, 1)
	picture.Fill(4, 3, 4, 1)
	out := string(zpl.Language{}.Encode(label.Plan{Media: label.Media{After: "tear"}, Pictures: []label.Picture{picture}, Copies: 1}))
	if !strings.Contains(out, "^GFA,240,240,60,iF,:,0F,^FS") {
		t.Errorf("got %q", out)
	}
}

const answer = "\x02030,0,0,0320,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x020000,0\x03\r\n"

// An answer in pieces isn't one until it is whole.
func TestAnAnswerCutShortIsNone(t *testing.T) {
	for n := range len(answer) - 2 {
		if status, ok := (zpl.Language{}).Answer([]byte(answer[:n])); ok {
			t.Errorf("%d bytes are read as %+v", n, status)
		}
	}
	if _, ok := (zpl.Language{}).Answer([]byte("\x02noise\x00\x02" + answer)); !ok {
		t.Error("noise before an answer hides it")
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(answer))
	f.Add([]byte("\x02\x03\x02,,,\x03\x02\x03"))
	f.Add(bytes.Repeat([]byte{2}, 100))
	f.Fuzz(func(t *testing.T, p []byte) {
		if status, ok := (zpl.Language{}).Answer(p); ok && status.State == "" {
			t.Errorf("% X is read as nothing", p)
		}
	})
}
