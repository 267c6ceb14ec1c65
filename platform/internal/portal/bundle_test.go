package portal_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/portal"
)

func TestTheBundleHasTheFilesOfEditorsAndNamesTheOthers(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	it, err := town.items.Get(t.Context(), "business-licence")
	must(t, err)
	it.Materials = append([]item.Material(nil), it.Materials[:4]...)
	it.Materials[0].Blank = item.File{URL: "/item-files/small"}
	it.Materials[1].Blank, it.Materials[1].Name = item.File{URL: "/item-files/huge"}, "../../etc/passwd"
	it.Materials[2].Blank, it.Materials[2].Name = item.File{URL: "https://elsewhere.example/a.doc"}, `表<格>`
	it.Materials[3].Blank = item.File{URL: "/item-files/none"}
	it.Situation = item.Situation{}
	spoil(t, town, it, func(conf *portal.Config) {
		conf.Upload = func(_ context.Context, at string) (io.ReadCloser, string, error) {
			switch at {
			case "/item-files/small":
				return readCloser("a form"), "申请表.DOCX", nil
			case "/item-files/huge":
				return readCloser(strings.Repeat("x", 6<<20)), "huge.pdf", nil
			default:
				return nil, "", portal.ErrFile
			}
		}
	})
	w := town.ask(http.MethodGet, "/items/business-licence/guide.zip")
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	must(t, err)
	names := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		data, err := io.ReadAll(r)
		must(t, err)
		if _, twice := names[f.Name]; twice || strings.Contains(f.Name, "..") || strings.Count(f.Name, "/") > 1 {
			t.Errorf("a file called %q", f.Name)
		}
		names[f.Name] = string(data)
	}
	if got := names["空白表格/01 "+it.Materials[0].Name+".docx"]; got != "a form" {
		t.Errorf("the editor's form is %q", got)
	}
	has(t, names["目录.txt"], "http://example.com/item-files/huge", "https://elsewhere.example/a.doc", "http://example.com/item-files/none", "http://example.com/items/business-licence")
}
