package item

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"smarthall/platform/internal/access"
)

// Template writes the Excel file to fill in.
func Template(w io.Writer) error { return writeWorkbook(w, nil) }

// ErrExport says that there are more items, or rows about them, than a file holds.
var ErrExport = ErrInput.With(fmt.Sprintf("事项超过 %d 个，或材料等超过 %d 行，请按部门导出", maxImported, maxRows))

// ExportExcel writes the items that the caller may write, of one organisation if
// it isn't empty, into a file as ImportExcel reads it: each in the version that
// an import would go on from. Importing the file as it is changes nothing.
func (s *Service) ExportExcel(ctx context.Context, w io.Writer, organisation string) error {
	orgs, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	heads, err := s.heads(ctx, access.Stem(access.From(ctx).Region))
	if err != nil {
		return err
	}
	var items []Item
	for _, h := range heads {
		if h.state == Cancelled || h.latest == 0 || !s.mayEdit(ctx, h.organisation, h.region) || (organisation != "" && h.organisation != organisation) {
			continue
		}
		if len(items) == maxImported {
			return ErrExport
		}
		version := h.open
		if version == 0 {
			version = h.latest
		}
		it, err := scanVersion(s.Store.Read().QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = $2`, h.id, version))
		if err != nil {
			return fmt.Errorf("export item %s: %w", h.id, err)
		}
		if name := orgs[it.Organisation].Name; orgs.named(name) == it.Organisation {
			it.Organisation = name
		}
		items = append(items, it)
	}
	if d := rowsOf(items); max(len(d.materials), len(d.fees), len(d.steps), len(d.places), len(d.ways), len(d.asked)) > maxRows {
		return ErrExport
	}
	return writeWorkbook(w, items)
}

// heads are the rows of all items in a region, by id.
func (s *Service) heads(ctx context.Context, region string) ([]head, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT `+headColumns+` FROM item_head WHERE substr(region, 1, length($1)) = $1 ORDER BY id`, region)
	if err != nil {
		return nil, fmt.Errorf("read items: %w", err)
	}
	defer rows.Close()
	var heads []head
	for rows.Next() {
		h, err := scanHead(rows)
		if err != nil {
			return nil, fmt.Errorf("read items: %w", err)
		}
		heads = append(heads, h)
	}
	return heads, rows.Err()
}

// writeWorkbook writes a file with the rows of some items.
func writeWorkbook(w io.Writer, items []Item) error {
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // it was only written to memory
	head, err := f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Color: []string{"0B5CAD"}, Pattern: 1},
		Alignment: &excelize.Alignment{Vertical: "center"},
	})
	if err != nil {
		return fmt.Errorf("make a workbook: %w", err)
	}
	note, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Italic: true, Color: "5A6672"}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("make a workbook: %w", err)
	}
	d := rowsOf(items)
	err = errors.Join(
		writeSheet(f, entrySheet, head, note, nil), writeSheet(f, itemSheet, head, note, items), writeSheet(f, materialSheet, head, note, d.materials),
		writeSheet(f, feeSheet, head, note, d.fees), writeSheet(f, stepSheet, head, note, d.steps), writeSheet(f, placeSheet, head, note, d.places),
		writeSheet(f, waySheet, head, note, d.ways), writeSheet(f, askedSheet, head, note, d.asked),
		f.DeleteSheet("Sheet1"),
	)
	if err != nil {
		return fmt.Errorf("make a workbook: %w", err)
	}
	return f.Write(w)
}

// sheetRows are the rows of the sheets whose rows belong to items.
type sheetRows struct {
	materials []materialRow
	fees      []feeRow
	steps     []stepRow
	places    []placeRow
	ways      []wayRow
	asked     []askedRow
}

func rowsOf(items []Item) (d sheetRows) {
	for _, it := range items {
		for _, m := range it.Materials {
			d.materials = append(d.materials, materialRow{it.ID, m})
		}
		for _, f := range it.Fees {
			d.fees = append(d.fees, feeRow{it.ID, f})
		}
		for _, s := range it.Steps {
			d.steps = append(d.steps, stepRow{it.ID, s})
		}
		for _, p := range it.Places {
			d.places = append(d.places, placeRow{it.ID, p})
		}
		for _, c := range it.Consultations {
			d.ways = append(d.ways, wayRow{it.ID, false, c})
		}
		for _, c := range it.Supervision {
			d.ways = append(d.ways, wayRow{it.ID, true, c})
		}
		for _, a := range it.FAQ {
			d.asked = append(d.asked, askedRow{it.ID, a})
		}
	}
	return d
}

// writeSheet makes a sheet with its headings, notes, choices and rows.
func writeSheet[T any](f *excelize.File, s sheet[T], head, note int, rows []T) error {
	if _, err := f.NewSheet(s.name); err != nil {
		return err
	}
	for i, c := range s.columns {
		if err := writeColumn(f, s, i, c, rows); err != nil {
			return err
		}
	}
	last, err := excelize.ColumnNumberToName(len(s.columns))
	if err != nil {
		return err
	}
	return errors.Join(f.SetCellStyle(s.name, "A1", last+"1", head), f.SetCellStyle(s.name, "A2", last+"2", note),
		f.SetPanes(s.name, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: 2, TopLeftCell: "B3", ActivePane: "bottomRight"}))
}

func writeColumn[T any](f *excelize.File, s sheet[T], i int, c column[T], rows []T) error {
	name, err := excelize.ColumnNumberToName(i + 1)
	if err != nil {
		return err
	}
	title := c.head
	if c.must {
		title += "*"
	}
	if err := errors.Join(f.SetCellStr(s.name, name+"1", title), f.SetCellStr(s.name, name+"2", c.note), f.SetColWidth(s.name, name, name, 20)); err != nil {
		return err
	}
	for n := range rows {
		cell := c.get(&rows[n])
		if cell == "" {
			continue
		}
		if err := f.SetCellStr(s.name, fmt.Sprintf("%s%d", name, firstRow+n), cell); err != nil {
			return err
		}
	}
	if c.choices == nil {
		return nil
	}
	v := excelize.NewDataValidation(true)
	v.Sqref = fmt.Sprintf("%s%d:%s%d", name, firstRow, name, maxRows)
	return errors.Join(v.SetDropList(c.choices), f.AddDataValidation(s.name, v))
}
