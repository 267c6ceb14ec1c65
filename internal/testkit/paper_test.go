package testkit_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smarthall/firmware-profiles/engine/escpos"
	"smarthall/firmware-profiles/simulator/receipt"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// paperRow is a row of the designer's preview.
type paperRow struct {
	Kind, Text, Align string
	Size, Unit, Feed  int
	Bold              bool
	Modules           []string
}

// preview is the answer of the designer.
type preview struct {
	Columns, Dots int
	Rows          []paperRow
	Job           link.PrintJob
}

// printed reads an ESC/POS stream as the simulated printer does.
func printed(t *testing.T, data []byte, columns, dots int) []receipt.Line {
	t.Helper()
	d := receipt.NewDecoder(columns, dots)
	var paper receipt.Ticket
	for len(data) > 0 {
		n, ev := d.Step(data)
		if n == 0 && ev.Kind == receipt.Nothing {
			t.Fatalf("the printer doesn't understand % X", data[:min(len(data), 16)])
		}
		data = data[n:]
		if ev.Kind == receipt.Printed {
			paper.Add(ev.Line)
		}
	}
	return paper.Lines
}

// said are the rows of a preview as the printer's reader puts them: a rule is
// dashes, a QR code stands between empty rows, a feed is empty rows.
func said(rows []paperRow, columns int) []receipt.Line {
	align := func(text string) receipt.Align {
		if text == "" {
			return receipt.Left
		}
		return receipt.Align(text)
	}
	var out []receipt.Line
	for _, r := range rows {
		switch r.Kind {
		case "text":
			out = append(out, receipt.Line{Text: r.Text, Size: r.Size, Bold: r.Bold, Align: align(r.Align)})
		case "rule":
			out = append(out, receipt.Line{Text: strings.Repeat("-", columns), Size: 1, Align: align(r.Align)})
		case "qr":
			side := len(r.Modules) * r.Unit
			out = append(out, receipt.Line{Image: true, Width: side, Height: side, Align: align(r.Align)})
		}
	}
	return out
}

// shown leaves out what a preview says otherwise: empty rows, and the style of
// what has no letters.
func shown(lines []receipt.Line) []receipt.Line {
	var out []receipt.Line
	for _, l := range lines {
		if l.Text == "" && !l.Image {
			continue
		}
		if l.Image {
			l.Width = (l.Width + 7) / 8 * 8 // bitmaps are bytes wide
		}
		l.Text = strings.TrimRight(l.Text, " ")
		if l.Image {
			l.Size, l.Bold = 0, false
		}
		out = append(out, receipt.Line{Text: l.Text, Size: l.Size, Bold: l.Bold, Align: l.Align, Image: l.Image, Width: l.Width, Height: l.Height})
	}
	return out
}

// TestTheDesignerShowsThePaperThatComesOut prints what the designer shows and
// reads it with the simulated printers' own reader, on both widths of paper.
func TestTheDesignerShowsThePaperThatComesOut(t *testing.T) {
	h := testkit.Hall(t)
	manager := h.Token("manager", "", "m")
	papers := map[string][]map[string]any{"the usual": nil}
	for name, text := range map[string]string{
		"long": strings.Repeat("请在等候区留意叫号屏和语音，过号请到咨询台。", 4), "words": "Please bring your ID-card, passport or residence_permit to window 12 today.",
		"marks": "，，，，，，，，，，，，，，，，，，，，，，，，，，，，，，，，", "narrow and wide": "A1请B2到C3窗D4口 ￥100 · 「甲」…",
		"rare": "王㐂、李𠮷 100¥ 好", "blanks": "请   带    好  　　材料", "one long word": strings.Repeat("0123456789", 8), "script": "<script>alert(1)</script> \\ % {hall}",
	} {
		var lines []map[string]any
		for size := 1; size <= 4; size++ {
			lines = append(lines, map[string]any{"show": "text", "text": text, "size": size, "bold": size%2 == 0, "align": []string{"left", "center", "right"}[size%3]})
		}
		papers[name] = append(lines, map[string]any{"show": "number", "size": 4}, map[string]any{"show": "rule"}, map[string]any{"show": "qr", "align": "center"}, map[string]any{"show": "feed", "feed": 2})
	}
	for _, paper := range []struct{ mm, columns, dots int }{{80, 48, 576}, {58, 32, 384}} {
		for name, lines := range papers {
			var p preview
			body := map[string]any{"mm": paper.mm, "booked": true}
			if lines != nil {
				body["lines"] = lines
			}
			h.Must(http.StatusOK, testkit.Request{Method: "POST", Path: "/api/v1/hall/ticket/preview", Token: manager, Body: body}, &p)
			doc := device.Document{Job: "x"}
			aligns := map[string]device.Align{"center": device.Center, "right": device.Right}
			for _, l := range p.Job.Lines {
				doc.Lines = append(doc.Lines, device.Line{Text: l.Text, Size: l.Size, Bold: l.Bold, Align: aligns[l.Align], QR: l.QR, Feed: l.Feed, Rule: l.Rule})
			}
			ticket, err := escpos.Encode(doc, escpos.Caps{WidthDots: paper.dots, Columns: paper.columns, Cut: escpos.CutPartial})
			if err != nil {
				t.Fatal(err)
			}
			want := shown(printed(t, ticket.Bytes(), paper.columns, paper.dots))
			got := shown(said(p.Rows, paper.columns))
			if name == "rare" { // this printer hasn't the character; the preview shows it and says so
				for i := range got {
					got[i].Text = strings.NewReplacer("㐂", "〓", "𠮷", "〓").Replace(got[i].Text)
				}
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(receipt.Line{})); diff != "" {
				t.Errorf("%s on %d mm (-printed +shown):\n%s", name, paper.mm, diff)
			}
		}
	}
}
