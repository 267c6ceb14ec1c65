package tool_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/internal/tool"
)

const docs = "../../../docs/devices"

// The pages in docs/devices are what the catalogue says today. When this fails,
// run: go generate ./firmware-profiles
func TestDocumentationIsUpToDate(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := tool.Pages(cat)
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(docs, name))
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if diff := cmp.Diff(text, string(got)); diff != "" {
			t.Errorf("%s is stale (-want +got):\n%s", name, diff)
		}
	}
	files, err := filepath.Glob(filepath.Join(docs, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, ok := want[filepath.Base(file)]; !ok {
			t.Errorf("%s describes no shipped profile", file)
		}
	}
}

func TestExplainShowsWhatATechnicianNeeds(t *testing.T) {
	tests := []struct {
		id   string
		want []string
	}{
		{"generic/escpos-80", []string{"# 80 毫米热敏票据打印机（通用）", "TCP 端口 9100", "波特率 19200、9600", "| 缺纸 | `paper_end` |", "装纸，合上机盖", "推测，请先实测 `guess`", "`raster-band-128`", "`1C 26 FD 93 0A`"}},
		{"generic/sam-v-serial", []string{"依次尝试", "| 未授权 | `unauthorised` |", "港澳台居民居住证", "共 1295 字节", "寻卡 `find`"}},
		{"onbon/bx-5k-64x16", []string{"RS-485", "| `address` | 屏号 | 1 | 1–65533 |", "64 × 16", "实录数据 `capture`"}},
		{"generic/pad-5key-escaped", []string{"`7E` 写成 `7D 5E`", "xor 校验，范围 `len` 到 `val`", "1→5，2→4", "请求评价 `arm`"}},
		{"generic/scanner-no-suffix", []string{"无后缀；静默也算结束", "继承自"}},
		{"generic/escpos-80-no-status", []string{"不向打印机查询状态"}},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			code, out, complaints := run(t.Context(), "explain", tt.id)
			if code != 0 {
				t.Fatalf("code %d: %s", code, complaints)
			}
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("lacks %q:\n%s", want, out)
				}
			}
		})
	}
}

// Where every row has as many cells as its head, no text of a profile broke a
// table.
func TestPagesAreWellFormedTables(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range tool.Pages(cat) {
		columns := 0
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if columns == 0 {
				columns = n
			}
			if n != columns {
				t.Errorf("%s: %d cells, want %d: %s", name, n-1, columns-1, line)
			}
		}
	}
}

func TestExplainWritesAPageOfAFileAndKeepsWhatPeopleWrote(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "notes.md")
	if err := os.WriteFile(own, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := write(t, "pad.yaml", strings.Replace(shippedPad(t), "generic/pad-5key-bin", "acme/pad", 1))
	if code, _, complaints := run(t.Context(), "explain", file, "--out", dir); code != 0 {
		t.Fatalf("code %d: %s", code, complaints)
	}
	page := filepath.Join(dir, "acme-pad.md")
	if _, err := os.Stat(page); err != nil {
		t.Error(err)
	}
	if code, _, complaints := run(t.Context(), "explain", "--all", "--out", dir); code != 0 {
		t.Fatalf("code %d: %s", code, complaints)
	}
	if _, err := os.Stat(page); err == nil {
		t.Error("the page of a model that isn't shipped is still there")
	}
	if _, err := os.Stat(own); err != nil {
		t.Error(err)
	}
}
