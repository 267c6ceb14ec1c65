package report

import (
	"bytes"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"smarthall/hall-server/internal/statistics"
)

// fontPath is where npm puts the font that the build copies.
const fontPath = "../../../../node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"

func font(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(fontPath)
	if err != nil {
		t.Skipf("the font isn't installed (npm ci): %v", err)
	}
	return data
}

func row(taken int) statistics.Row {
	return statistics.Row{
		Taken: taken, Finished: taken - 1, Missed: 1, WithinTarget: 3,
		Wait:    statistics.Times{Count: 4, Mean: 90 * time.Second, Median: time.Minute, P90: 5 * time.Minute, Max: 26*time.Hour + time.Second},
		Service: statistics.Times{Count: 4, Mean: 8 * time.Minute, Median: 7 * time.Minute, P90: 12 * time.Minute},
		Ratings: statistics.Ratings{Count: 4, Sum: 15, Levels: [5]int{0, 1, 0, 2, 1}},
	}
}

// sample is a report whose labels try to be formulas and rare characters.
func sample() *Report {
	r := &Report{
		Hall: "东湖区政务服务中心", Range: "2026-11-01 至 2026-11-24", Filters: []string{"窗口：3 号窗口"},
		Made: time.Date(2026, 11, 24, 13, 10, 0, 0, time.UTC), Sum: row(7),
	}
	for _, title := range []string{"按业务", "按时段"} {
		r.Tables = append(r.Tables, Table{Title: title, Head: strings.TrimPrefix(title, "按"), Lines: []Line{
			{Label: "涉税业务办理", Row: row(1234)},
			{Label: `=HYPERLINK("http://example.com","领奖")`, Row: row(5)},
			{Label: "𠮷田𠀀窗口\x00一个特别特别长而且怎么也放不下的业务名称", Row: statistics.Row{}},
		}, Total: row(1239)})
	}
	r.Heat[0][9], r.Heat[4][15] = 12, 3
	return r
}

func TestTheWorkbookHasTheReportsFigures(t *testing.T) {
	var out bytes.Buffer
	if err := Excel(&out, sample()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := strings.Join(f.GetSheetList(), " "); got != "按业务 评价与告知 按时段 一周热力" {
		t.Errorf("got the sheets %s", got)
	}
	cell := func(sheet, at string) (text, raw string) {
		t.Helper()
		text, err := f.GetCellValue(sheet, at)
		if err != nil {
			t.Fatal(err)
		}
		raw, err = f.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		return text, raw
	}
	columns := map[string]string{}
	for i := range figures(false) {
		name, _ := excelize.ColumnNumberToName(i + 2)
		title, _ := cell("按业务", name+strconv.Itoa(headRow))
		columns[title] = name
	}
	for _, c := range []struct{ title, row, text, raw string }{
		{"取号", "5", "1,234", "1234"},
		{"办结", "8", "1,238", "1238"},
		{"平均等候", "5", "0:01:30", "0.00104166666666667"},
		{"最长等候", "5", "26:00:01", ""},
		{"等候达标率", "5", "75.0%", "0.75"},
		{"满意率", "6", "75.0%", "0.75"},
		{"平均分", "6", "3.75", "3.75"},
		{"平均等候", "7", "", ""}, // nobody waited: no figure, not nought
		{"满意率", "7", "", ""},
	} {
		if columns[c.title] == "" {
			t.Errorf("no column %s in %v", c.title, columns)
			continue
		}
		text, raw := cell("按业务", columns[c.title]+c.row)
		if text != c.text || c.raw != "" && raw != c.raw {
			t.Errorf("%s in row %s: got %q (%s), want %q (%s)", c.title, c.row, text, raw, c.text, c.raw)
		}
	}
	if title, _ := cell("按业务", "A1"); !strings.Contains(title, "东湖区政务服务中心") {
		t.Errorf("got the title %q", title)
	}
	if about, _ := cell("一周热力", "A2"); !strings.Contains(about, "2026-11-01 至 2026-11-24") || !strings.Contains(about, "3 号窗口") {
		t.Errorf("got the range %q", about)
	}
	if hour, _ := cell("一周热力", "B4"); hour != "9 时" {
		t.Errorf("the week begins with %q", hour)
	}
	if n, _ := cell("一周热力", "B5"); n != "12" {
		t.Errorf("got %s on Monday at 9", n)
	}
	if panes, err := f.GetPanes("按业务"); err != nil || !panes.Freeze || panes.YSplit != headRow {
		t.Errorf("the header isn't frozen: %+v, %v", panes, err)
	}
}

func TestNoTextIsAFormula(t *testing.T) {
	for in, want := range map[string]string{
		"涉税": "涉税", "": "", "3 号": "3 号",
		"=1+1": "'=1+1", "+86": "'+86", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", " =1": "' =1", "\t=1": "' =1", "＝1": "'＝1",
		"a\x00b\r\nc": "a b  c", "坏\xff": "坏〓",
	} {
		if got := safe(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	var out bytes.Buffer
	if err := Excel(&out, sample()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if formula, err := f.GetCellFormula("按业务", "A6"); err != nil || formula != "" {
		t.Errorf("got the formula %q, %v", formula, err)
	}
	if text, err := f.GetCellValue("按业务", "A6"); err != nil || !strings.HasPrefix(text, "'=HYPERLINK") {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestThePDFCanBeSeen renders the pages: a text that can be extracted may
// still be drawn as boxes.
func TestThePDFCanBeSeen(t *testing.T) {
	data := font(t)
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm isn't installed (Debian: poppler-utils)")
	}
	r := sample()
	for range 60 {
		r.Tables[0].Lines = append(r.Tables[0].Lines, Line{Label: "居民身份证补领换领", Row: row(20)})
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "report.pdf")
	var out bytes.Buffer
	if err := PDF(&out, r, data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.CommandContext(t.Context(), tool, "-r", "50", "-png", path, filepath.Join(dir, "page")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "page*.png"))
	if err != nil || len(pages) < 3 {
		t.Fatalf("got the pages %v, %v; want at least 3", pages, err)
	}
	for _, page := range pages {
		if part := inked(t, page); part < 0.01 || part > 0.6 {
			t.Errorf("%s is inked to %.1f%%", filepath.Base(page), 100*part)
		}
	}
	if text, err := exec.CommandContext(t.Context(), "pdftotext", path, "-").Output(); err == nil {
		for _, want := range []string{"东湖区政务服务中心", "1234", "75.0%", "1分30秒", "〓田〓窗口", "第 1 页，共 " + strconv.Itoa(len(pages)) + " 页"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("no %q on the pages", want)
			}
		}
	}
}

// inked is the part of a picture that isn't white.
func inked(t *testing.T, path string) float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	dark, b := 0, img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); r+g+b < 3*0xF000 {
				dark++
			}
		}
	}
	return float64(dark) / float64(b.Dx()*b.Dy())
}

func TestWhatTheFontLacksIsShownAsSuch(t *testing.T) {
	g, err := glyphsOf(font(t))
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"A012 王*": "A012 王*", "䶮龘㐂": "䶮龘㐂", "𠮷": "〓", "🙂": "〓", "坏\xff": "坏〓", "\uFFFF": "〓",
	} {
		if got := g.printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestAFontThatIsNoneIsAnError(t *testing.T) {
	data := font(t)
	for name, bad := range map[string][]byte{"none": nil, "text": []byte("not a font at all"), "cut": data[:300]} {
		var out bytes.Buffer
		if err := PDF(&out, sample(), bad); err == nil {
			t.Errorf("%s: made a PDF of %d bytes", name, out.Len())
		}
	}
}

func FuzzGlyphs(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00cmap\x00\x00\x00\x00\x00\x00\x00\x1c\x00\x00\x00\x20"))
	f.Fuzz(func(t *testing.T, font []byte) {
		if g, err := glyphsOf(font); err == nil {
			for _, r := range g.printable("A王\U00020BB7") {
				if r > 0xFFFF {
					t.Errorf("%U would be drawn", r)
				}
			}
		}
	})
}

func TestDurationsInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0分00秒", 65 * time.Second: "1分05秒", 59*time.Minute + 59600*time.Millisecond: "1时00分",
		62*time.Minute + 59*time.Second: "1时02分", 26 * time.Hour: "26时00分",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}
