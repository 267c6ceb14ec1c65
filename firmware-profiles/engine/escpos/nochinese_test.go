package escpos

import (
	"bytes"
	"testing"

	"smarthall/internal/device"
)

// withoutChinese is the font of a printer for western letters.
func withoutChinese(t *testing.T) Caps {
	t.Helper()
	caps := drawing(t)
	caps.Charset = NoChinese
	return caps
}

func TestWithoutAChineseFontEveryChineseLineIsDrawn(t *testing.T) {
	stream := encodeLines(t, withoutChinese(t),
		device.Line{Text: "A012"}, device.Line{Text: "请取号"}, device.Line{Text: "¥20"}, device.Line{Text: "Window 3"})
	drawn, rest := pictures(t, stream)
	if len(drawn) != 2 {
		t.Errorf("%d pictures, want one for each line with more than ASCII", len(drawn))
	}
	for _, plain := range []string{"A012\n", "Window 3\n"} {
		if !bytes.Contains(rest, []byte(plain)) {
			t.Errorf("%q isn't sent as text", plain)
		}
	}
	for i, b := range rest {
		if b == 0x1C || b >= 0x80 {
			t.Errorf("byte %d is %02X, which such a printer doesn't know", i, b)
		}
	}
}

func TestWithoutAnyFontAChineseCharacterIsAQuestionMark(t *testing.T) {
	caps := caps80
	caps.Charset = NoChinese
	if stream := encodeLines(t, caps, device.Line{Text: "3号"}); !bytes.Contains(stream, []byte("3?\n")) || bytes.Contains(stream, []byte(geta)) {
		t.Errorf("got % X", stream)
	}
}
