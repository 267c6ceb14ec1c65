package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/jung-kurt/gofpdf"

	"smarthall/hall-server/internal/statistics"
)

// PDF writes r on A4 pages, in font: a TrueType font with Chinese characters,
// such as Noto Sans SC. What the font doesn't have is shown as 〓.
func PDF(w io.Writer, r *Report, font []byte) (err error) {
	defer func() {
		// The library panics at what it can't draw.
		if p := recover(); p != nil {
			err = fmt.Errorf("make PDF: %v", p)
		}
	}()
	g, err := glyphsOf(font)
	if err != nil {
		return fmt.Errorf("make PDF: %w", err)
	}
	d := newDocument(r, g, font)
	d.write()
	if err := d.pdf.Output(w); err != nil {
		return fmt.Errorf("make PDF: %w", err)
	}
	return nil
}

// Measures in millimetres, of A4 across.
const (
	pageWidth  = 297.0
	pageHeight = 210.0
	margin     = 12.0
	inner      = pageWidth - 2*margin
	foot       = 14.0
	nameWidth  = 42.0
	lineHeight = 6.4
	headHeight = 10.0
)

// rgb is a colour.
type rgb [3]int

var (
	ink    = rgb{22, 32, 46}
	grey   = rgb{94, 108, 130}
	rule   = rgb{213, 221, 232}
	action = rgb{21, 87, 192}
	soft   = rgb{230, 239, 252}
	white  = rgb{255, 255, 255}
)

// document is a PDF in the making.
type document struct {
	pdf    *gofpdf.Fpdf
	report *Report
	glyphs glyphs
}

func newDocument(r *Report, g glyphs, font []byte) *document {
	pdf := gofpdf.New("L", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes("text", "", font)
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(false, foot)
	pdf.SetCreationDate(r.Made)
	pdf.SetModificationDate(r.Made)
	pdf.SetTitle(g.printable(r.Hall+" 排队叫号统计"), true)
	d := &document{pdf: pdf, report: r, glyphs: g}
	pdf.AliasNbPages("{pages}")
	pdf.SetFooterFunc(func() {
		pdf.SetXY(margin, pageHeight-foot+2)
		d.ink(grey, 8)
		d.cell(inner/2, 5, "制表时间："+r.Made.Format("2006-01-02 15:04"), "L")
		pdf.CellFormat(inner/2, 5, g.printable(fmt.Sprintf("第 %d 页，共 ", pdf.PageNo()))+"{pages}"+g.printable(" 页"), "", 0, "R", false, 0, "")
	})
	return d
}

func (d *document) write() {
	d.pdf.AddPage()
	d.heading()
	d.tiles(&d.report.Sum, d.report.Staged)
	for i := range d.report.Tables {
		d.table(&d.report.Tables[i])
	}
	d.heat()
}

func (d *document) ink(c rgb, size float64) {
	d.pdf.SetFont("text", "", size)
	d.pdf.SetTextColor(c[0], c[1], c[2])
}

func (d *document) fill(c rgb) { d.pdf.SetFillColor(c[0], c[1], c[2]) }

// cell writes text at the current place, shortened to its width.
func (d *document) cell(width, height float64, text, align string) {
	d.pdf.CellFormat(width, height, d.fit(text, width), "", 0, align, false, 0, "")
}

// fit is text as far as it goes into width.
func (d *document) fit(text string, width float64) string {
	text = d.glyphs.printable(text)
	const room = 2 // the cell's own margins
	if d.pdf.GetStringWidth(text) <= width-room {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && d.pdf.GetStringWidth(string(runes)+"…") > width-room {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

func (d *document) heading() {
	d.ink(ink, 18)
	d.cell(inner, 10, d.report.Hall+" 排队叫号统计", "L")
	d.pdf.Ln(10)
	d.ink(grey, 10)
	about := d.report.Range
	for _, filter := range d.report.Filters {
		about += "　" + filter
	}
	d.cell(inner, 6, about, "L")
	d.pdf.Ln(9)
}

// tiles are the figures that matter most, large.
func (d *document) tiles(total *statistics.Row, staged bool) {
	wanted := []string{"取号", "人次", "办结", "过号", "弃号", "平均等候", "等候达标率", "平均办理", "满意率"}
	columns := slices.DeleteFunc(figures(staged), func(c column) bool { return !slices.Contains(wanted, c.title) })
	const gap = 3.0
	width := (inner - gap*float64(len(columns)-1)) / float64(len(columns))
	top := d.pdf.GetY()
	for i, c := range columns {
		x := margin + float64(i)*(width+gap)
		d.fill(soft)
		d.pdf.Rect(x, top, width, 17, "F")
		d.pdf.SetXY(x+2, top+1.5)
		d.ink(grey, 9)
		d.cell(width-4, 5, c.title, "L")
		d.pdf.SetXY(x+2, top+7)
		d.ink(action, 15)
		d.cell(width-4, 8, written(&c, total), "L")
	}
	d.pdf.SetXY(margin, top+22)
}

// narrow are the columns that a page has room for.
func narrow(staged bool) []column {
	left := []string{"过号后返回", "转出", "挂起", "日终关闭", "进行中", "办理中位数"}
	return slices.DeleteFunc(figures(staged), func(c column) bool { return slices.Contains(left, c.title) })
}

func (d *document) table(t *Table) {
	columns := narrow(t.Staged)
	const least = 3 // lines that must follow a title
	d.room(8 + headHeight + least*lineHeight)
	d.ink(ink, 12)
	d.cell(inner, 8, t.Title, "L")
	d.pdf.Ln(8)
	d.tableHead(t, columns)
	for i := range t.Lines {
		if d.room(lineHeight) {
			d.tableHead(t, columns)
		}
		d.line(t.Lines[i].Label, &t.Lines[i].Row, columns)
	}
	if d.room(lineHeight) {
		d.tableHead(t, columns)
	}
	y := d.pdf.GetY()
	d.fill(soft)
	d.pdf.Rect(margin, y, inner, lineHeight, "F")
	d.line("合计", &t.Total, columns)
	d.pdf.Ln(5)
}

// room begins a new page if less than height is left, and tells so.
func (d *document) room(height float64) bool {
	if d.pdf.GetY()+height <= pageHeight-foot {
		return false
	}
	d.pdf.AddPage()
	return true
}

func (d *document) tableHead(t *Table, columns []column) {
	y := d.pdf.GetY()
	d.fill(soft)
	d.pdf.Rect(margin, y, inner, headHeight, "F")
	d.ink(ink, 8)
	d.pdf.SetXY(margin, y)
	d.cell(nameWidth, headHeight, t.Head, "L")
	width := (inner - nameWidth) / float64(len(columns))
	for i, c := range columns {
		x := margin + nameWidth + float64(i)*width
		lines := twoLines(c.title)
		for j, line := range lines {
			d.pdf.SetXY(x, y+headHeight/2-float64(len(lines))*2+float64(j)*4)
			d.cell(width, 4, line, "R")
		}
	}
	d.pdf.SetXY(margin, y+headHeight)
}

// twoLines breaks a long title.
func twoLines(title string) []string {
	const most = 5
	runes := []rune(title)
	if len(runes) <= most {
		return []string{title}
	}
	half := len(runes) - 3
	return []string{string(runes[:half]), string(runes[half:])}
}

func (d *document) line(label string, figures *statistics.Row, columns []column) {
	d.ink(ink, 8.5)
	d.cell(nameWidth, lineHeight, label, "L")
	width := (inner - nameWidth) / float64(len(columns))
	for _, c := range columns {
		d.cell(width, lineHeight, written(&c, figures), "R")
	}
	y := d.pdf.GetY() + lineHeight
	d.pdf.SetDrawColor(rule[0], rule[1], rule[2])
	d.pdf.SetLineWidth(0.2)
	d.pdf.Line(margin, y, margin+inner, y)
	d.pdf.SetXY(margin, y)
}

// heat draws the week, each hour the darker the more came.
func (d *document) heat() {
	const cell = 8.0
	from, to, most := busy(&d.report.Heat)
	d.room(8 + 6 + cell*float64(len(weekdays)))
	d.ink(ink, 12)
	d.cell(inner, 8, "一周热力（各时段取号人数）", "L")
	d.pdf.Ln(8)
	const name = 16.0
	width := min((inner-name)/float64(to-from), 22)
	d.ink(grey, 8)
	d.pdf.SetX(margin + name)
	for hour := from; hour < to; hour++ {
		d.cell(width, 6, strconv.Itoa(hour)+" 时", "C")
	}
	d.pdf.Ln(6)
	for day, word := range weekdays {
		y := d.pdf.GetY()
		d.ink(ink, 9)
		d.cell(name, cell, word, "L")
		for hour := from; hour < to; hour++ {
			n := d.report.Heat[day][hour]
			x := margin + name + float64(hour-from)*width
			back, text := shade(n, most)
			d.fill(back)
			d.pdf.Rect(x, y, width-0.6, cell-0.6, "F")
			d.ink(text, 8)
			d.pdf.SetXY(x, y)
			if n > 0 {
				d.cell(width-0.6, cell-0.6, strconv.Itoa(n), "C")
			}
		}
		d.pdf.SetXY(margin, y+cell)
	}
}

// shade is the colour of n out of most, and one that can be read on it.
func shade(n, most int) (back, text rgb) {
	if most == 0 || n == 0 {
		return rgb{243, 246, 250}, grey
	}
	part := float64(n) / float64(most)
	for i := range back {
		back[i] = soft[i] + int(part*float64(action[i]-soft[i]))
	}
	if part > 0.5 {
		return back, white
	}
	return back, ink
}

// written is a figure as people read it.
func written(c *column, figures *statistics.Row) string {
	value, ok := c.value(figures)
	if !ok {
		return "–"
	}
	switch v := value.(type) {
	case time.Duration:
		return Duration(v)
	case float64:
		if c.kind == share {
			return fmt.Sprintf("%.1f%%", 100*v)
		}
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprint(v)
	}
}

// Duration is d in Chinese words: 6分05秒, and 1时02分 from an hour on.
func Duration(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d时%02d分", s/3600, s%3600/60)
	}
	return fmt.Sprintf("%d分%02d秒", s/60, s%60)
}
