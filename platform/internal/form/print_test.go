package form_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/platform/internal/form"
)

// textOf is what a reader finds in a PDF, and how many pages it has.
func textOf(t *testing.T, file []byte) (string, int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "form.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out), strings.Count(string(out), "\f")
}

func TestAFilledFormIsPrintedInItsOrder(t *testing.T) {
	o := file(t)
	o.must(o.AddDemo(t.Context()))
	f, err := o.Published(t.Context(), "food-licence")
	o.must(err)
	rows := []any{}
	for i := range 60 {
		rows = append(rows, map[string]any{"name": fmt.Sprintf("员工%02d", i), "number": "11010519491231002X", "job": "切配", "health": "2027-05-01"})
	}
	values := form.Values{
		"name": "𬭊华（东湖）餐饮有限公司", "code": "91330106673959654P", "phone": "13800000001", "area": 120.5, "delivery": true, "items": []any{"hot", "drink"},
		"address": map[string]any{"region": "330102", "area": "浙江省东湖市东湖区", "street": "湖滨路1号"}, "manager": map[string]any{"name": "王芳"},
		"staff": rows, "coldDevices": "看不见的", "years": "5",
	}
	var out bytes.Buffer
	o.must(o.Print(t.Context(), &out, f, values, form.Answers{"what": "restaurant"}, form.Head{Number: "SQ20261122000001", Link: "https://donghu.example/x", Printed: noon}))
	text, pages := textOf(t, out.Bytes())
	if pages < 3 {
		t.Errorf("60 rows on %d pages", pages)
	}
	at := 0
	for _, want := range []string{
		"食品经营许可申请书", "SQ20261122000001", "经营者", "𬭊华", "5年", "浙江省东湖市东湖区湖滨路1号", "120.5 平方米", "是", "热食类食品制售、自制饮品制售", "王芳", "员工00", "2027年5月1日", "员工59", "签名",
	} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("%q doesn't follow; the text is\n%s", want, text)
		}
		at += i
	}
	if strings.Contains(text, "看不见的") {
		t.Error("what is hidden is printed")
	}
	if n := strings.Count(text, "健康证有效期至"); n < pages-1 {
		t.Errorf("the table's heading stands %d times on %d pages", n, pages)
	}
}

func TestLongTextsAndNarrowColumnsLoseNothing(t *testing.T) {
	o := file(t)
	columns := ""
	for i := range 12 {
		columns += fmt.Sprintf("{name: c%d, widget: text, label: 列%d, maxLength: 500}, ", i, i)
	}
	f := mustLoad(t, "wide", "title: 宽\nsections: [{title: 一, fields: [{name: long, widget: long-text, label: 长, maxLength: 5000}, {name: table, widget: table, label: 表, columns: ["+columns+"]}]}]")
	long := strings.Repeat("东湖区政务服务中心", 500) + "完了"
	cell := strings.Repeat("字", 490) + "末尾"
	var out bytes.Buffer
	o.must(o.Print(t.Context(), &out, f, form.Values{"long": long, "table": []any{map[string]any{"c0": cell, "c11": "短"}}}, nil, form.Head{}))
	text, _ := textOf(t, out.Bytes())
	if n := strings.Count(text, "字"); n != 490 || !strings.Contains(text, "完了") {
		t.Errorf("%d of 490 characters of a cell", n)
	}
}

func TestAnEmptyFormHasEveryField(t *testing.T) {
	o := file(t)
	o.must(o.AddDemo(t.Context()))
	f, err := o.Published(t.Context(), "food-licence")
	o.must(err)
	var out bytes.Buffer
	o.must(o.PrintBlank(t.Context(), &out, f, form.Head{Printed: noon}))
	text, _ := textOf(t, out.Bytes())
	text = strings.Join(strings.Fields(text), "")
	for _, want := range []string{"经营者名称", "自动设备清单", "□热食类食品制售", "□是□否", "视情形", "设备编号"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the empty form", want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.refused(o.PrintBlank(ctx, &out, f, form.Head{}), form.ErrBusy) // who has gone waits for nothing
}
