package escposdb

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Bounds of a printer that this project's tickets can be printed with.
const (
	// fontDots is how wide a character of font A is at 203 and 180 dpi, and
	// wideDots what it may take with its gap: in 42-column modes it has 13.
	fontDots, wideDots = 12, 13
	minColumns         = 24
	// narrowDots is the widest print that is still that of 58 mm paper.
	narrowDots = 440
	// impactDPI is a resolution below which a printer is one with needles, that
	// can't draw a Chinese character in the place of two letters.
	impactDPI = 150
)

// UnfitError is why a model can't print tickets.
type UnfitError struct{ ZH, EN string }

// Error is the reason in English.
func (e *UnfitError) Error() string { return e.EN }

// Draft is a profile that was written from a model.
type Draft struct {
	// ID is the profile's id, and File the name of its file.
	ID, File string
	Text     string
}

// Options say what the database doesn't know.
type Options struct {
	// Chinese printers have a Simplified Chinese font that FS & turns on. The
	// others get every line with Chinese as a picture.
	Chinese bool
}

var notInID = regexp.MustCompile(`[^a-z0-9]+`)

// slug is a name as it stands in an id.
func slug(s string) string {
	return strings.Trim(notInID.ReplaceAllString(strings.ToLower(strings.ReplaceAll(s, "+", " plus ")), "-"), "-")
}

// chineseMakers are makers by the name they have in China.
var chineseMakers = map[string]string{"Epson": "爱普生", "Citizen": "西铁城", "Seiko": "精工", "Rongta": "容大", "Bixolon": "毕索龙"}

// NewDraft writes a model's profile, or returns an UnfitError.
func NewDraft(m Model, o Options) (Draft, error) {
	maker, model := slug(m.Vendor), slug(m.Key)
	if maker == "" || model == "" {
		return Draft{}, &UnfitError{ZH: "厂家或型号没有可用的字母", EN: "vendor or key has no letter for an id"}
	}
	dots, err := m.dots()
	if err != nil {
		return Draft{}, err
	}
	d := draft{Model: m, o: o, id: maker + "/" + model, width: dots, base: "generic/escpos-80"}
	if dots <= narrowDots {
		d.base = "generic/escpos-58"
	}
	return Draft{ID: d.id, File: maker + "-" + model + ".yaml", Text: d.text()}, nil
}

// dots is the width of the print in whole bytes, or why the model is unfit.
func (m Model) dots() (int, error) {
	switch {
	case !m.Raster && !m.QR && !m.FullCut && !m.PartCut && m.Columns > 0 && m.Columns < minColumns:
		return 0, &UnfitError{ZH: "是顾客显示屏或太窄，不是票据打印机", EN: "a customer display or too narrow, no ticket printer"}
	case !m.Raster:
		return 0, &UnfitError{ZH: "打印机不能印图片（GS v 0），印不出汉字和二维码", EN: "it prints no pictures (GS v 0), so neither Chinese nor QR codes"}
	case m.DPI > 0 && m.DPI < impactDPI:
		return 0, &UnfitError{ZH: fmt.Sprintf("%.0f dpi 的针式打印机，画出的汉字无法辨认", m.DPI), EN: fmt.Sprintf("an impact printer of %.0f dpi can't draw Chinese", m.DPI)}
	case m.Columns < minColumns:
		return 0, &UnfitError{ZH: fmt.Sprintf("每行 %d 个字符，不像是每行的字符数", m.Columns), EN: fmt.Sprintf("%d columns are no line of a ticket", m.Columns)}
	}
	byFont := m.Columns * fontDots
	dots := int(m.Dots)
	if dots < byFont || dots > m.Columns*wideDots+fontDots {
		// The database often has the paper's width here, or columns that were
		// inherited: the smaller of both is on paper whichever is wrong.
		if dots > 0 && dots < byFont {
			return 0, &UnfitError{ZH: fmt.Sprintf("%d 点放不下每行 %d 个字符，资料自相矛盾", dots, m.Columns), EN: fmt.Sprintf("%d dots don't hold %d columns: the data contradict each other", dots, m.Columns)}
		}
		dots = byFont
	}
	return dots &^ 7, nil
}

// draft is a profile that is being written.
type draft struct {
	Model
	o     Options
	id    string
	base  string
	width int
	b     strings.Builder
}

func (d *draft) printf(format string, a ...any) { fmt.Fprintf(&d.b, format, a...) }

// quoted is a text as YAML and JSON write it.
func quoted(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

const source = "escpos-printer-db by its contributors, CC BY 4.0, github.com/receipt-print-hq/escpos-printer-db"

// text is the profile.
func (d *draft) text() string {
	name := d.Vendor + " " + d.Name
	zh := name
	if maker, known := chineseMakers[d.Vendor]; known {
		zh = maker + " " + d.Name
	}
	d.printf("# %s. Facts: escpos-printer-db, profile %s, CC BY 4.0\n# (github.com/receipt-print-hq/escpos-printer-db), changed as NOTICE.md says.\n", name, d.Key)
	d.printf("schema: hall.device/v1\nid: %s\ninherits: %s\nclass: printer\nnames: {zh: %s, en: %s}\n", d.id, d.base, quoted(zh), quoted(name))
	d.help()
	d.caps()
	d.evidence()
	d.vectors()
	return d.b.String()
}

// help tells the technician what has to be seen to.
func (d *draft) help() {
	var zh, en []string
	if d.Star {
		zh, en = append(zh, "先把打印机设为 ESC/POS 仿真。"), append(en, "Set the printer to its ESC/POS emulation first.")
	}
	switch {
	case !d.FullCut && !d.PartCut:
		zh, en = append(zh, "没有切刀，打印后请手撕。"), append(en, "No cutter: tear the ticket off.")
	case !d.PartCut:
		zh, en = append(zh, "只有全切，票会落下，请装接纸盒。"), append(en, "It cuts fully: the ticket falls.")
	}
	if !d.o.Chinese {
		zh, en = append(zh, "汉字印成图片，稍慢；自检页上有汉字的机型请改用通用型号，会更快。"), append(en, "Chinese is printed as pictures, somewhat slower; if the self-test page shows Chinese, the generic model is faster.")
	}
	if len(zh) > 0 {
		d.printf("help:\n  zh: %s\n  en: %s\n", quoted(strings.Join(zh, "")), quoted(strings.Join(en, " ")))
	}
}

// cuts are the cutter's abilities as caps has them.
func (d *draft) cuts() []string {
	var out []string
	if d.PartCut {
		out = append(out, "partial")
	}
	if d.FullCut {
		out = append(out, "full")
	}
	return out
}

func (d *draft) caps() {
	qr := "raster"
	if d.QR {
		qr = "native"
	}
	d.printf("caps:\n  width_dots: %d\n  columns: %d\n  cut: [%s]\n  qr: %s\n  raster: gsv0\n", d.width, d.Columns, strings.Join(d.cuts(), ", "), qr)
	if d.o.Chinese {
		d.printf("  chinese: {mode: fs-amp, charset: gb18030-2byte, power_on: \"on\", fallback: raster-line}\n")
		return
	}
	d.printf("  chinese: {mode: none, fallback: raster-line}\n")
}

func (d *draft) evidence() {
	said := fmt.Sprintf("%d columns", d.Columns)
	saidZH := fmt.Sprintf("%d 列", d.Columns)
	switch {
	case d.Dots == 0:
		said += fmt.Sprintf(", no width; %d dots are its columns of 12", d.width)
		saidZH += fmt.Sprintf("、未写点数，按每列 12 点取 %d", d.width)
	case int(d.Dots)&^7 != d.width:
		said += fmt.Sprintf(", %.0f dots, which don't fit; %d are its columns of 12", d.Dots, d.width)
		saidZH += fmt.Sprintf("、%.0f 点（与列数不符，按每列 12 点取 %d）", d.Dots, d.width)
	default:
		said += fmt.Sprintf(", %.0f dots", d.Dots)
		saidZH += fmt.Sprintf("、%.0f 点", d.Dots)
	}
	cut, cutZH := "no cutter", "无切刀"
	if cuts := d.cuts(); len(cuts) > 0 {
		cut = strings.Join(cuts, " and ") + " cut"
		cutZH = strings.NewReplacer("partial", "半切", "full", "全切").Replace(strings.Join(cuts, "和"))
	}
	qr, qrZH := "no QR command", "无二维码指令"
	if d.QR {
		qr, qrZH = "QR command", "支持二维码"
	}
	font, fontZH := "it says nothing of Chinese, so that goes out as pictures", "未提到汉字，汉字用图片"
	if d.o.Chinese {
		font, fontZH = "the Chinese font is the technician's word", "汉字字库由技术人员确认"
	}
	d.printf("evidence:\n  caps: {level: manual, note: %s,\n    zh: %s}\n",
		quoted(fmt.Sprintf("%s: %s, %s, %s; %s", source, said, cut, qr, font)),
		quoted(fmt.Sprintf("公开的打印机资料库 escpos-printer-db（CC BY 4.0）：%s、%s、%s；%s", saidZH, cutZH, qrZH, fontZH)))
	d.printf("  transports: {level: guess, note: inherited, zh: 沿用通用机型}\n")
	d.printf("  status: {level: guess, note: %s, zh: 沿用通用机型，未在本型号上试过}\n", quoted("inherited, not tried with this model"))
}

// vectors are written from the command reference, not by the engine that they
// check.
func (d *draft) vectors() {
	mode := ""
	d.printf("vectors:\n  - {do: init, out: \"1B40\"}\n")
	if d.o.Chinese {
		mode = "1C26 "
		d.printf("  - {do: text, in: A012 请取号, out: \"1C26 41303132 20 C7EBC8A1BAC5 0A\"}\n")
	} else {
		d.printf("  - {do: text, in: A012, out: \"41303132 0A\"}\n")
	}
	digits := strings.Repeat("0123456789", (d.Columns+11)/10)[:d.Columns+2]
	d.printf("  - {do: text, in: %s, out: \"%s%s 0A %s 0A\", note: a line holds %d characters}\n", quoted(digits), mode,
		hex.EncodeToString([]byte(digits[:d.Columns])), hex.EncodeToString([]byte(digits[d.Columns:])), d.Columns)
	d.printf("  - {do: title, in: A012, out: \"%s1B6101 1D2111 1B4501 41303132 0A\"}\n", mode)
	cut := "1B6406"
	switch {
	case d.PartCut:
		cut = "1D564200"
	case d.FullCut:
		cut = "1B6405 1D5600"
	}
	d.printf("  - {do: cut, out: %q}\n", cut)
	if d.QR {
		d.printf("  - do: qr\n    in: A012\n    out: |\n      1B6101 0A\n      1D286B 0400 3141 3200\n      1D286B 0300 3143 08\n" +
			"      1D286B 0300 3145 31\n      1D286B 0700 3150 30 41303132\n      1D286B 0300 3151 30\n      0A\n")
	}
	d.b.WriteString(fixedVectors)
	if d.base == "generic/escpos-80" {
		d.printf("  - {do: status, recv: {1: \"12\", 2: \"12\", 4: \"1E\"}, is: {state: paper_near_end}}\n")
	}
}

// fixedVectors are those of every ESC/POS printer.
const fixedVectors = `  - {do: raster, in: "FF 81", out: "1D763000 0100 0200 FF81", note: "GS v 0, one byte wide, two rows high"}
  - {do: ask, in: 4, out: "100404"}
  - {do: paper-query, out: "1D7201"}
  - {do: status, recv: {1: "12", 2: "12", 4: "12"}, is: {state: online}}
  - {do: status, recv: {1: "1A", 2: "32", 4: "72"}, is: {state: paper_end}}
  - {do: status, recv: {1: "1A", 2: "16", 4: "12"}, is: {state: cover_open}}
  - {do: status, recv: {1: "1A", 2: "52", 3: "32", 4: "12"}, is: {state: fault}}
`
