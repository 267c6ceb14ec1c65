package item

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// Bounds of an Excel file.
const (
	maxUnzipped  = 128 << 20
	maxRows      = 20_000 // of a sheet
	maxImported  = 2_000  // items
	maxRowFaults = 100
	firstRow     = 3 // the first has the headings, the second tells how to fill in
)

// reading is an Excel file being read. Its faults name sheet and cell.
type reading struct {
	file  *excelize.File
	fault *fault.Fault
	// places are the columns of the sheets that were read, by sheet and heading,
	// from 0 on.
	places map[string]map[string]int
}

// tellAt says what is wrong with a row's cell under a heading.
func (r *reading) tellAt(sheet, head string, row int, message string) {
	column := 0
	if at, ok := r.places[sheet][head]; ok {
		column = at + 1
	}
	r.tell(sheet, column, row, message)
}

func (r *reading) tell(sheet string, column, row int, message string) {
	if len(r.fault.Fields) >= maxRowFaults {
		return
	}
	cell := fmt.Sprintf("第%d行", row)
	if column > 0 {
		if name, err := excelize.CoordinatesToCellName(column, row); err == nil {
			cell = name
		}
	}
	r.fault = r.fault.Wrong(sheet+"!"+cell, message)
}

// readSheet reads the rows of one sheet; a sheet that isn't there has none. each
// gets a row with its number.
func readSheet[T any](r *reading, s sheet[T], each func(row T, n int)) {
	if index, err := r.file.GetSheetIndex(s.name); err != nil || index < 0 {
		return
	}
	rows, err := r.file.Rows(s.name)
	if err != nil {
		r.tell(s.name, 0, 1, "工作表无法读取")
		return
	}
	defer rows.Close() //nolint:errcheck // it was only read
	var places map[string]int
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			r.tell(s.name, 0, n, "此行无法读取")
			return
		}
		switch {
		case n == 1:
			if places = headings(r, s, cells); places == nil {
				return
			}
			r.places[s.name] = places
		case n > maxRows+firstRow:
			r.tell(s.name, 0, n, fmt.Sprintf("最多 %d 行", maxRows))
			return
		case n >= firstRow && strings.TrimSpace(strings.Join(cells, "")) != "":
			each(readRow(r, s, places, cells, n), n)
		}
	}
}

// headings finds the columns; nil means that one is missing.
func headings[T any](r *reading, s sheet[T], cells []string) map[string]int {
	places := map[string]int{}
	for i, c := range cells {
		places[strings.TrimSuffix(strings.TrimSpace(c), "*")] = i
	}
	for _, c := range s.columns {
		if _, ok := places[c.head]; !ok && !c.optional {
			r.tell(s.name, 0, 1, "缺少“"+c.head+"”列，请使用最新模板")
			return nil
		}
	}
	return places
}

func readRow[T any](r *reading, s sheet[T], places map[string]int, cells []string, n int) (row T) {
	for _, c := range s.columns {
		at, ok := places[c.head]
		if !ok {
			continue // an optional column
		}
		cell := ""
		if at < len(cells) {
			cell = trimCell(cells[at])
		}
		if cell == "" {
			if c.must {
				r.tell(s.name, at+1, n, "请填写"+c.head)
			}
			continue
		}
		if err := c.set(&row, cell); err != nil {
			r.tell(s.name, at+1, n, err.Error())
		}
	}
	return row
}

// sheetData is what an Excel file says.
type sheetData struct {
	entries []Entry
	items   []*Item
	// rows are the places of items in their sheet, by id.
	rows map[string]int
	// lists tells which lists of an item came, by id and sheet.
	lists map[string]map[string]bool
}

// readExcel reads a whole file.
func readExcel(r *reading) sheetData {
	d := sheetData{rows: map[string]int{}, lists: map[string]map[string]bool{}}
	readSheet(r, entrySheet, func(e Entry, n int) {
		for _, g := range checkEntry(e) {
			r.tell(entrySheet.name, 0, n, g.Message)
		}
		d.entries = append(d.entries, e)
	})
	byID := map[string]*Item{}
	readSheet(r, itemSheet, func(it Item, n int) {
		if d.rows[it.ID] > 0 {
			r.tell(itemSheet.name, 0, n, "事项编号与前面的行重复")
			return
		}
		if len(d.items) == maxImported {
			r.tell(itemSheet.name, 0, n, fmt.Sprintf("一次最多导入 %d 个事项", maxImported))
			return
		}
		d.rows[it.ID], byID[it.ID] = n, &it
		d.items = append(d.items, &it)
	})
	// of finds the item that a row of another sheet belongs to.
	of := func(sheet, id string, n int) *Item {
		it, ok := byID[id]
		if !ok {
			r.tell(sheet, 1, n, "实施清单中没有这个事项编号")
			return &Item{}
		}
		if d.lists[id] == nil {
			d.lists[id] = map[string]bool{}
		}
		d.lists[id][sheet] = true
		return it
	}
	readLists(r, of)
	return d
}

// readLists reads the sheets whose rows belong to items, which of finds.
func readLists(r *reading, of func(sheet, id string, n int) *Item) {
	readSheet(r, materialSheet, func(row materialRow, n int) {
		it := of(materialSheet.name, row.item, n)
		it.Materials = append(it.Materials, row.Material)
	})
	readSheet(r, feeSheet, func(row feeRow, n int) {
		it := of(feeSheet.name, row.item, n)
		it.Fees = append(it.Fees, row.Fee)
	})
	readSheet(r, stepSheet, func(row stepRow, n int) {
		it := of(stepSheet.name, row.item, n)
		if row.Limit.Unit == "" {
			row.Limit.Unit = NoLimit
		}
		it.Steps = append(it.Steps, row.Step)
	})
	readSheet(r, placeSheet, func(row placeRow, n int) {
		it := of(placeSheet.name, row.item, n)
		it.Places = append(it.Places, row.Place)
	})
	readSheet(r, waySheet, func(row wayRow, n int) {
		it := of(waySheet.name, row.item, n)
		if row.supervision {
			it.Supervision = append(it.Supervision, row.Consultation)
			return
		}
		it.Consultations = append(it.Consultations, row.Consultation)
	})
	readSheet(r, askedSheet, func(row askedRow, n int) {
		it := of(askedSheet.name, row.item, n)
		it.FAQ = append(it.FAQ, row.Asked)
	})
}

// ImportExcel takes items from an Excel file made from the template, all or
// none: entries become proposals, items drafts, which go through their reviews
// like all others. What is wrong is told with sheet and cell. Situations, which
// the file doesn't have, stay as they are.
func (s *Service) ImportExcel(ctx context.Context, in io.Reader) (Report, error) {
	file, err := excelize.OpenReader(in, excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped / 8})
	if err != nil {
		return Report{}, ErrImport.With("文件无法打开，请使用模板另存为 .xlsx 文件").Because(err)
	}
	r := &reading{file: file, fault: ErrImport, places: map[string]map[string]int{}}
	d := readExcel(r)
	if err := file.Close(); err != nil {
		return Report{}, fmt.Errorf("close the imported file: %w", err)
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return Report{}, err
	}
	s.checkExcel(ctx, r, d, orgs)
	if err := s.checkNeighbours(ctx, r, d); err != nil {
		return Report{}, err
	}
	if len(r.fault.Fields) > 0 {
		return Report{}, r.fault
	}
	if len(d.items)+len(d.entries) == 0 {
		return Report{}, ErrImport.With("文件中没有事项，请从第3行开始填写")
	}
	report := Report{ID: store.NewID(), Kind: "excel", At: s.Store.Now(), By: access.From(ctx).ID, Read: len(d.items), Entries: len(d.entries), Problems: []ImportProblem{}}
	err = s.Store.Write(ctx, "import items from Excel", func(tx *store.Tx) error {
		report.Drafted, report.Unchanged, report.Problems = 0, 0, []ImportProblem{}
		for _, e := range d.entries {
			if err := s.importEntry(ctx, tx, e); err != nil {
				return about(entrySheet.name+" "+e.BasicCode, err)
			}
		}
		for _, it := range d.items {
			if err := s.importItem(ctx, tx, *it, r.came(d, it.ID), &report); err != nil {
				return about(fmt.Sprintf("%s!第%d行", itemSheet.name, d.rows[it.ID]), err)
			}
		}
		if err := putReport(ctx, tx, report); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.import", Object: report.ID, Detail: fmt.Sprintf("%d drafted, %d unchanged", report.Drafted, report.Unchanged)})
	})
	return report, err
}

// checkExcel checks what can be checked before anything is stored.
func (s *Service) checkExcel(ctx context.Context, r *reading, d sheetData, orgs organisations) {
	if len(d.entries) > 0 && !s.manages(access.From(ctx)) {
		r.tell(entrySheet.name, 0, firstRow, "基本目录由牵头部门编制")
	}
	for _, it := range d.items {
		n := d.rows[it.ID]
		if id := orgs.named(it.Organisation); id != "" {
			it.Organisation = id
		}
		switch {
		case !orgs.fill(it):
			r.tellAt(itemSheet.name, bodyColumn, n, "没有这个部门")
		case !validRegion(it.Region):
			r.tellAt(itemSheet.name, regionColumn, n, "行政区划代码须为 6 至 12 位数字")
		case !s.mayEdit(ctx, it.Organisation, it.Region):
			r.tellAt(itemSheet.name, bodyColumn, n, ErrRights.Detail)
		}
		for _, g := range bounds(*it) {
			r.tell(itemSheet.name, 0, n, g.String())
		}
	}
}

// importEntry proposes an entry.
func (s *Service) importEntry(ctx context.Context, tx *store.Tx, e Entry) error {
	if known, err := s.entry(ctx, tx, e.BasicCode); err == nil {
		e.State = known.State
		old := known
		old.Revision = 0
		a, errA := encode(old)
		b, errB := encode(e)
		if errA == nil && errB == nil && a == b {
			return nil
		}
	} else if !errors.Is(err, ErrEntry) {
		return err
	}
	return s.proposeEntry(ctx, tx, e)
}

// importItem makes a draft of an item.
func (s *Service) importItem(ctx context.Context, tx *store.Tx, it Item, lists map[string]bool, report *Report) error {
	if err := s.inherit(ctx, tx, &it); err != nil {
		return err
	}
	h, err := lock(ctx, tx, it.ID)
	if errors.Is(err, ErrUnknown) {
		if h, err = s.insertHead(ctx, tx, &it); err != nil {
			return err
		}
		report.Drafted++
		return s.begin(ctx, tx, &h, it, KindNew, nil)
	}
	if err != nil {
		return err
	}
	if !s.mayEdit(ctx, h.organisation, h.region) || h.organisation != it.Organisation || h.region != it.Region {
		return ErrTaken
	}
	if h.current > 0 && h.basic != it.BasicCode {
		return ErrInput.With("已发布事项的基本编码不能改变")
	}
	if h.state == Cancelled || h.latest == 0 {
		return ErrState.With("事项已取消")
	}
	version := h.open
	if version == 0 {
		version = h.latest
	}
	own, err := scanVersion(tx.QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = $2`, it.ID, version))
	if err != nil {
		return err
	}
	keep(&it, &own, lists)
	if same(own, it) {
		report.Unchanged++
		return nil
	}
	if h.open > 0 && own.State != Draft {
		return ErrState.With("事项正在审核中")
	}
	report.Drafted++
	if h.open == 0 {
		kind := KindChange
		if h.current == 0 {
			kind = KindNew
		}
		return s.begin(ctx, tx, &h, it, kind, nil)
	}
	data, err := encode(it)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE item_version SET data = $1, edition = edition + 1, author = $2, changed = $3 WHERE item = $4 AND version = $5`,
		data, access.From(ctx).ID, store.Millis(tx.Now), it.ID, h.open)
	return err
}

// keep takes over what the file doesn't have: situations, help with materials,
// whole lists that no row was about, optional columns that aren't there, and what
// cells can't hold of what they were written from.
func keep(it, own *Item, lists map[string]bool) {
	it.Situation, it.OnlineURL, it.BookingNote, it.Delivery.Note, it.Reason = own.Situation, own.OnlineURL, own.BookingNote, own.Delivery.Note, "批量导入"
	it.Result.Valid, it.Result.Licence = own.Result.Valid, own.Result.Licence
	statutory, promised := own.Statutory.Note, own.Promised.Note
	keepCells(itemSheet, it, own)
	it.Statutory.Note, it.Promised.Note = statutory, promised
	if it.Code == "" || own.Code != "" {
		it.Code = own.Code
	}
	if !lists[beforeColumn] {
		it.Before = own.Before
	}
	if !lists[afterColumn] {
		it.After = own.After
	}
	keepLists(it, own)
	if !lists[materialSheet.name] {
		it.Materials = own.Materials
	}
	if !lists[feeSheet.name] {
		it.Fees = own.Fees
	}
	if !lists[stepSheet.name] {
		it.Steps = own.Steps
	}
	if !lists[placeSheet.name] {
		it.Places = own.Places
	}
	if !lists[waySheet.name] {
		it.Consultations, it.Supervision = own.Consultations, own.Supervision
	}
	if !lists[askedSheet.name] {
		it.FAQ = own.FAQ
	}
}

// keepLists takes over what cells can't hold of materials, fees and steps.
func keepLists(it, own *Item) {
	for i := range it.Materials {
		for _, m := range own.Materials {
			if m.ID == it.Materials[i].ID {
				it.Materials[i].Licence = m.Licence
				row, old := materialRow{it.ID, it.Materials[i]}, materialRow{it.ID, m}
				keepCells(materialSheet, &row, &old)
				it.Materials[i] = row.Material
			}
		}
	}
	for i := range it.Fees {
		for _, f := range own.Fees {
			if f.ID == it.Fees[i].ID {
				row, old := feeRow{it.ID, it.Fees[i]}, feeRow{it.ID, f}
				keepCells(feeSheet, &row, &old)
				it.Fees[i] = row.Fee
			}
		}
	}
	for i := range min(len(it.Steps), len(own.Steps)) {
		row, old := stepRow{it.ID, it.Steps[i]}, stepRow{it.ID, own.Steps[i]}
		keepCells(stepSheet, &row, &old)
		it.Steps[i] = row.Step
	}
}

// came tells which lists and optional columns of an item the file has.
func (r *reading) came(d sheetData, id string) map[string]bool {
	came := map[string]bool{}
	for list := range d.lists[id] {
		came[list] = true
	}
	for _, head := range []string{beforeColumn, afterColumn} {
		_, came[head] = r.places[itemSheet.name][head]
	}
	return came
}

// checkNeighbours checks that the items before and after others are there, in the
// file or on the platform, and that none comes before and after the same item.
func (s *Service) checkNeighbours(ctx context.Context, r *reading, d sheetData) error {
	known := map[string]bool{}
	for id := range d.rows {
		known[id] = true
	}
	for _, it := range d.items {
		for head, list := range map[string][]string{beforeColumn: it.Before, afterColumn: it.After} {
			for _, id := range list {
				if len(r.fault.Fields) >= maxRowFaults {
					return nil
				}
				if _, asked := known[id]; !asked {
					h, err := scanHead(s.Store.Read().QueryRowContext(ctx, `SELECT `+headColumns+` FROM item_head WHERE id = $1`, id))
					if err != nil && !store.IsNone(err) {
						return fmt.Errorf("look for item %s: %w", id, err)
					}
					known[id] = err == nil && h.state != Cancelled
				}
				switch {
				case id == it.ID:
					r.tellAt(itemSheet.name, head, d.rows[it.ID], "不能是本事项")
				case !known[id]:
					if stands, err := s.stands(ctx, it.ID, id); err != nil {
						return err
					} else if stands {
						continue // it was cancelled since
					}
					r.tellAt(itemSheet.name, head, d.rows[it.ID], "没有事项“"+clip(id, 40)+"”")
				case head == afterColumn && slices.Contains(it.Before, id):
					r.tellAt(itemSheet.name, head, d.rows[it.ID], "事项“"+id+"”不能既是前置又是后续事项")
				}
			}
		}
	}
	return nil
}

// stands tells whether an item names a neighbour already.
func (s *Service) stands(ctx context.Context, id, neighbour string) (bool, error) {
	own, err := scanVersion(s.Store.Read().QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = (SELECT latest FROM item_head WHERE id = $1)`, id))
	if store.IsNone(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read item %s: %w", id, err)
	}
	return slices.Contains(own.Before, neighbour) || slices.Contains(own.After, neighbour), nil
}
