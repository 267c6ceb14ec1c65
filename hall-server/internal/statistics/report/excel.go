package report

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"

	"smarthall/hall-server/internal/statistics"
)

// Excel writes r as a workbook: a sheet for each table, one for ratings and
// one for the week. Figures are numbers and durations, not text.
func Excel(w io.Writer, r *Report) error {
	b := book{file: excelize.NewFile(), report: r}
	err := b.write()
	if err == nil {
		err = b.file.Write(w)
	}
	if err := errors.Join(err, b.file.Close()); err != nil {
		return fmt.Errorf("make workbook: %w", err)
	}
	return nil
}

// book is a workbook in the making.
type book struct {
	file   *excelize.File
	report *Report
	styles map[kind]int
	title  int
	note   int
	head   int
	sheets int
}

// The rows above every table.
const (
	titleRow = 1
	rangeRow = 2
	headRow  = 4
)

func (b *book) write() error {
	if err := b.makeStyles(); err != nil {
		return err
	}
	for i, t := range b.report.Tables {
		if err := b.table(t.Title, t, figures(t.Staged)); err != nil {
			return err
		}
		if i > 0 {
			continue
		}
		if err := b.table("评价与告知", t, ratings()); err != nil {
			return err
		}
	}
	if err := b.heat(); err != nil {
		return err
	}
	b.file.SetActiveSheet(0)
	return nil
}

func (b *book) makeStyles() error {
	font := &excelize.Font{Family: "等线", Size: 11}
	border := []excelize.Border{{Type: "bottom", Style: 1, Color: "D5DDE8"}}
	b.styles = make(map[kind]int)
	for k, format := range map[kind]string{count: "#,##0", length: "[h]:mm:ss", share: "0.0%", score: "0.00"} {
		id, err := b.file.NewStyle(&excelize.Style{Font: font, Border: border, CustomNumFmt: &format})
		if err != nil {
			return err
		}
		b.styles[k] = id
	}
	for id, style := range map[*int]*excelize.Style{
		&b.title: {Font: &excelize.Font{Family: "等线", Size: 16, Bold: true}},
		&b.note:  {Font: &excelize.Font{Family: "等线", Size: 11, Color: "5E6C82"}},
		&b.head: {
			Font: &excelize.Font{Family: "等线", Size: 11, Bold: true}, Border: border,
			Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E6EFFC"}},
			Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true},
		},
	} {
		var err error
		if *id, err = b.file.NewStyle(style); err != nil {
			return err
		}
	}
	return nil
}

// sheet begins a sheet with its titles.
func (b *book) sheet(name string) error {
	if b.sheets++; b.sheets == 1 {
		if err := b.file.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	about := b.report.Range + "　制表时间：" + b.report.Made.Format("2006-01-02 15:04")
	for _, filter := range b.report.Filters {
		about += "　" + filter
	}
	if err := b.text(name, 1, titleRow, b.report.Hall+" 排队叫号统计（"+name+"）", b.title); err != nil {
		return err
	}
	return b.text(name, 1, rangeRow, about, b.note)
}

func (b *book) table(name string, t Table, columns []column) error {
	if err := b.sheet(name); err != nil {
		return err
	}
	if err := b.text(name, 1, headRow, t.Head, b.head); err != nil {
		return err
	}
	for i, c := range columns {
		if err := b.text(name, i+2, headRow, c.title, b.head); err != nil {
			return err
		}
	}
	for i := range t.Lines {
		if err := b.line(name, headRow+1+i, t.Lines[i].Label, &t.Lines[i].Row, columns); err != nil {
			return err
		}
	}
	if err := b.line(name, headRow+1+len(t.Lines), "合计", &t.Total, columns); err != nil {
		return err
	}
	return b.frame(name, len(columns)+1)
}

// frame freezes the header and sets the widths.
func (b *book) frame(name string, columns int) error {
	last, err := excelize.ColumnNumberToName(columns)
	if err != nil {
		return err
	}
	if err := b.file.SetColWidth(name, "A", "A", 24); err != nil {
		return err
	}
	if columns > 1 {
		if err := b.file.SetColWidth(name, "B", last, 11); err != nil {
			return err
		}
	}
	if err := b.file.SetRowHeight(name, headRow, 34); err != nil {
		return err
	}
	landscape, a4, wide, many := "landscape", 9, 1, 0
	if err := b.file.SetPageLayout(name, &excelize.PageLayoutOptions{
		Orientation: &landscape, Size: &a4, FitToWidth: &wide, FitToHeight: &many,
	}); err != nil {
		return err
	}
	return b.file.SetPanes(name, &excelize.Panes{
		Freeze: true, XSplit: 1, YSplit: headRow, TopLeftCell: fmt.Sprintf("B%d", headRow+1), ActivePane: "bottomRight",
	})
}

func (b *book) line(name string, row int, label string, figures *statistics.Row, columns []column) error {
	if err := b.text(name, 1, row, label, b.styles[count]); err != nil {
		return err
	}
	for i, c := range columns {
		value, ok := c.value(figures)
		if !ok {
			value = nil
		}
		if d, ok := value.(time.Duration); ok {
			value = d.Round(time.Second).Hours() / 24 // Excel counts days
		}
		if err := b.cell(name, i+2, row, value, b.styles[c.kind]); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) heat() error {
	const name = "一周热力"
	if err := b.sheet(name); err != nil {
		return err
	}
	from, to, _ := busy(&b.report.Heat)
	if err := b.text(name, 1, headRow, "取号时间", b.head); err != nil {
		return err
	}
	for hour := from; hour < to; hour++ {
		if err := b.text(name, hour-from+2, headRow, fmt.Sprintf("%d 时", hour), b.head); err != nil {
			return err
		}
	}
	for day, word := range weekdays {
		row := headRow + 1 + day
		if err := b.text(name, 1, row, word, b.styles[count]); err != nil {
			return err
		}
		for hour := from; hour < to; hour++ {
			if err := b.cell(name, hour-from+2, row, b.report.Heat[day][hour], b.styles[count]); err != nil {
				return err
			}
		}
	}
	end, err := excelize.CoordinatesToCellName(to-from+1, headRow+len(weekdays))
	if err != nil {
		return err
	}
	err = b.file.SetConditionalFormat(name, fmt.Sprintf("B%d:%s", headRow+1, end), []excelize.ConditionalFormatOptions{
		{Type: "2_color_scale", Criteria: "=", MinType: "num", MinValue: "0", MinColor: "#FFFFFF", MaxType: "max", MaxColor: "#1557C0"},
	})
	if err != nil {
		return err
	}
	return b.frame(name, to-from+1)
}

func (b *book) text(sheet string, column, row int, text string, style int) error {
	return b.cell(sheet, column, row, safe(text), style)
}

func (b *book) cell(sheet string, column, row int, value any, style int) error {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return err
	}
	if err := b.file.SetCellValue(sheet, name, value); err != nil {
		return err
	}
	return b.file.SetCellStyle(sheet, name, name, style)
}

// safe is text that no spreadsheet takes for a formula, not even after it was
// saved as CSV, and that XML can hold.
func safe(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "〓"))
	if strings.ContainsAny(firstOf(strings.TrimSpace(text)), "=+-@＝＋－＠") {
		return "'" + text
	}
	return text
}

// firstOf is the first character of text.
func firstOf(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}
