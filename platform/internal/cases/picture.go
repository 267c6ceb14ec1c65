package cases

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// Sizes of the picture of stages, in its own units.
const (
	stageHeight = 64
	stageWidth  = 340
)

// drawStages draws a case's stages below each other: what is over with a tick,
// what goes on with a ring.
func drawStages(list []StageView) []byte {
	var out bytes.Buffer
	height := stageHeight*max(len(list), 1) + 16
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="办理进度" font-family="sans-serif">`, stageWidth, height)
	for i, st := range list {
		y := 32 + i*stageHeight
		if i > 0 {
			fmt.Fprintf(&out, `<path d="M24 %dV%d" stroke="#8a94a6" stroke-width="2"/>`, y-stageHeight+14, y-14)
		}
		now := st.Ended.IsZero()
		if now {
			fmt.Fprintf(&out, `<circle cx="24" cy="%d" r="12" fill="#fff" stroke="#1456a0" stroke-width="4"/>`, y)
		} else {
			fmt.Fprintf(&out, `<circle cx="24" cy="%d" r="13" fill="#1e7a3c"/><path d="M18 %dl4 4 8-9" fill="none" stroke="#fff" stroke-width="3"/>`, y, y)
		}
		word := st.Word
		if now {
			word += "（进行中）"
		} else if st.Note != "" {
			word += "：" + st.Note
		}
		fmt.Fprintf(&out, `<text x="50" y="%d" font-size="16" font-weight="600" fill="#1d2530">%s</text>`, y-2, escaped(word, 17))
		line := st.Begun.In(place).Format("01-02 15:04") + "　" + st.Who
		fmt.Fprintf(&out, `<text x="50" y="%d" font-size="13" fill="#4a5565">%s</text>`, y+18, escaped(line, 21))
	}
	out.WriteString(`</svg>`)
	return out.Bytes()
}

// escaped is a text for XML, cut where it would leave the picture.
func escaped(text string, runes int) string {
	r := []rune(text)
	if len(r) > runes {
		r = append(r[:runes-1], '…')
	}
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(string(r))) // a buffer takes everything
	return out.String()
}
