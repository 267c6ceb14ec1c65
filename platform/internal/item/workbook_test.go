package item_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
)

func TestExportedItemsAreImportedUnchanged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		files, err := filepath.Glob("../demo/content/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		items := 0
		for _, name := range files {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			d, err := item.ReadData(f)
			if err = errors.Join(err, f.Close()); err != nil {
				continue // it is about something else
			}
			if err := c.AddData(t.Context(), d); err != nil {
				t.Logf("%s: %v", name, err)
				continue
			}
			items += len(d.Items)
		}
		chief := c.staff("chief", "centre", access.RoleItemEditor)
		var out bytes.Buffer
		if err := c.ExportExcel(chief, &out, ""); err != nil {
			t.Fatal(err)
		}
		r, err := c.ImportExcel(chief, bytes.NewReader(out.Bytes()))
		if err != nil || items == 0 || r.Read != items || r.Unchanged != items || r.Drafted != 0 {
			t.Fatalf("%d items: %+v, %v", items, r, err)
		}
	})
}

func TestExportHasOnlyWhatTheCallerMayWrite(t *testing.T) {
	c := file(t)
	c.load()
	read := func(of string, organisation string) int {
		var out bytes.Buffer
		if err := c.ExportExcel(c.staff(of, of, access.RoleItemEditor), &out, organisation); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := f.GetRows("实施清单")
		if err != nil {
			t.Fatal(err)
		}
		return len(rows) - 2
	}
	if n := read("market", ""); n != 1 {
		t.Errorf("the body's own: %d", n)
	}
	if n := read("civil", ""); n != 0 {
		t.Errorf("another body's: %d", n)
	}
	if n := read("centre", ""); n != 1 {
		t.Errorf("the managers': %d", n)
	}
	if n := read("centre", "civil"); n != 0 {
		t.Errorf("narrowed to another body: %d", n)
	}
}

func TestExcelTellsWhatComesBeforeAndAfter(t *testing.T) {
	c := file(t)
	it := c.load()
	s := sheets()
	s["实施清单"][0]["前置事项"], s["实施清单"][0]["后续事项"] = it.ID+"、second", "third"
	for _, id := range []string{"second", "third"} {
		other := map[string]string{}
		for head, cell := range s["实施清单"][0] {
			other[head] = cell
		}
		other["事项编号"], other["办理项名称"], other["前置事项"], other["后续事项"] = id, id, "", ""
		s["实施清单"] = append(s["实施清单"], other)
	}
	s["实施清单"][1]["实施编码"], s["实施清单"][2]["实施编码"] = "code-2", "code-3"
	if _, err := c.ImportExcel(c.editor(), filled(t, s)); err != nil {
		t.Fatal(err)
	}
	w, err := c.Work(c.editor(), "filing")
	if err != nil || !slices.Equal(w.Before, []string{it.ID, "second"}) || !slices.Equal(w.After, []string{"third"}) {
		t.Fatalf("before %v, after %v, %v", w.Before, w.After, err)
	}
	var out bytes.Buffer
	if err := c.ExportExcel(c.editor(), &out, ""); err != nil {
		t.Fatal(err)
	}
	if r, err := c.ImportExcel(c.editor(), bytes.NewReader(out.Bytes())); err != nil || r.Unchanged != 4 {
		t.Errorf("the export again: %+v, %v", r, err)
	}
	// An empty cell takes them out.
	s["实施清单"][0]["前置事项"] = ""
	if _, err := c.ImportExcel(c.editor(), filled(t, s)); err != nil {
		t.Fatal(err)
	}
	if w, err = c.Work(c.editor(), "filing"); err != nil || len(w.Before) != 0 || len(w.After) != 1 {
		t.Errorf("before %v, after %v, %v", w.Before, w.After, err)
	}
}

func TestExcelOfAnOlderTemplateLeavesNeighboursAsTheyAre(t *testing.T) {
	c := file(t)
	it := c.load()
	s := sheets()
	s["实施清单"][0]["前置事项"] = it.ID
	if _, err := c.ImportExcel(c.editor(), filled(t, s)); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(filled(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	heads, err := f.GetRows("实施清单")
	if err != nil {
		t.Fatal(err)
	}
	at, err := excelize.ColumnNumberToName(slices.Index(heads[0], "前置事项") + 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveCol("实施清单", at); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	r, err := c.ImportExcel(c.editor(), &out)
	if err != nil || r.Unchanged != 1 {
		data, _ := json.Marshal(r)
		t.Errorf("%s, %v", data, err)
	}
}

func TestExcelFaultsOfNeighboursNameTheirCell(t *testing.T) {
	cases := []struct{ name, head, cell, at string }{
		{"no id", "前置事项", "营业执照", "实施清单!AH3"},
		{"twice", "前置事项", "business-licence、business-licence", "实施清单!AH3"},
		{"itself", "前置事项", "filing", "实施清单!AH3"},
		{"nobody's", "后续事项", "nothing-there", "实施清单!AI3"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := file(t)
			c.load()
			s := sheets()
			s["实施清单"][0][tc.head] = tc.cell
			_, err := c.ImportExcel(c.editor(), filled(t, s))
			f := fault.Of(err)
			if !errors.Is(err, item.ErrImport) || f == nil || len(f.Fields) != 1 || f.Fields[0].Name != tc.at {
				t.Fatalf("got %+v", f)
			}
		})
	}
	t.Run("before and after", func(t *testing.T) {
		c := file(t)
		it := c.load()
		s := sheets()
		s["实施清单"][0]["前置事项"], s["实施清单"][0]["后续事项"] = it.ID, it.ID
		_, err := c.ImportExcel(c.editor(), filled(t, s))
		if f := fault.Of(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Name != "实施清单!AI3" {
			t.Fatalf("got %+v", f)
		}
	})
}
