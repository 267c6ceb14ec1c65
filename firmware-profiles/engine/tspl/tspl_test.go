package tspl_test

import (
	"bytes"
	"testing"

	"smarthall/firmware-profiles/engine/label"
	"smarthall/firmware-profiles/engine/tspl"
	"smarthall/internal/device"
)

// ESC ! begins commands that printers obey even inside a picture; ESC !R would
// restart it.
func TestNoPictureHoldsACommand(t *testing.T) {
	picture := label.Picture{Bitmap: label.NewBitmap(8*256, 1)}
	for i := range picture.Rows {
		picture.Rows[i] = ^[]byte{0x1B, '!', 'R'}[i%3]
	}
	out := tspl.Language{}.Encode(label.Plan{Media: label.Media{After: "tear"}, Pictures: []label.Picture{picture}, Copies: 1})
	if bytes.Contains(out, []byte("\x1B!")) {
		t.Error("a picture holds ESC !")
	}
}

func TestAPictureIsWhiteWhereNothingIsBurnt(t *testing.T) {
	picture := label.Picture{X: 8, Y: 3, Bitmap: label.NewBitmap(16, 2)}
	picture.Burn(0, 0)
	picture.Burn(15, 1)
	out := tspl.Language{}.Encode(label.Plan{Media: label.Media{After: "tear"}, Pictures: []label.Picture{picture}, Copies: 2})
	if !bytes.Contains(out, []byte("BITMAP 8,3,2,2,0,\x7F\xFF\xFF\xFE\r\n")) || !bytes.HasSuffix(out, []byte("PRINT 1,2\r\n")) {
		t.Errorf("got %q", out)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{4, 4})
	f.Fuzz(func(t *testing.T, p []byte) {
		status, ok := tspl.Language{}.Answer(p)
		if ok && (len(p) != 1 || status.State == "" || status.Busy && status.State != device.Online) {
			t.Errorf("% X is read as %+v", p, status)
		}
	})
}
