package tool_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const database = `---
profiles:
  RX-80:
    name: RX-80
    vendor: Example
    features: {bitImageRaster: yes, paperPartCut: yes, qrCode: yes}
    fonts: {0: {columns: 48}}
    media: {dpi: 203, width: {mm: 72, pixels: 576}}
  VFD:
    name: Display
    vendor: Example
    features: {bitImageRaster: no}
    fonts: {0: {columns: 20}}
  TM-T88V:
    name: TM-T88V
    vendor: Epson
    features: {bitImageRaster: yes, qrCode: yes}
    fonts: {0: {columns: 42}}
`

func TestImportDraftsWhatIsFitAndNewAndTellsOfTheRest(t *testing.T) {
	file, dir := write(t, "capabilities.yml", database), filepath.Join(t.TempDir(), "drafts")
	code, out, complaints := run(t.Context(), "import", file)
	if code != 0 {
		t.Fatalf("code %d: %s", code, complaints)
	}
	for _, want := range []string{"→ example/rx-80", "不适用：是顾客显示屏", "已有自带型号 epson/tm-t88v"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	if code, _, complaints = run(t.Context(), "import", "--out", dir, file); code != 0 {
		t.Fatalf("code %d: %s", code, complaints)
	}
	draft := filepath.Join(dir, "example-rx-80.yaml")
	if code, out, complaints = run(t.Context(), "test", draft); code != 0 || !strings.Contains(out, "与模拟设备对话通过") {
		t.Errorf("code %d: %s%s", code, out, complaints)
	}
	if found, err := os.ReadDir(dir); err != nil || len(found) != 1 {
		t.Errorf("%d files, %v", len(found), err)
	}
}

func TestImportNeverWritesOverAFile(t *testing.T) {
	file, dir := write(t, "capabilities.yml", database), t.TempDir()
	mine := filepath.Join(dir, "example-rx-80.yaml")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, complaints := run(t.Context(), "import", "--out", dir, file); code != 1 || !strings.Contains(complaints, "已经存在") {
		t.Errorf("code %d: %s", code, complaints)
	}
	if data, err := os.ReadFile(mine); err != nil || string(data) != "mine" {
		t.Errorf("now it has %q, %v", data, err)
	}
}

func TestImportSaysWhatIsWrongWithTheFile(t *testing.T) {
	good := write(t, "capabilities.yml", database)
	for want, args := range map[string][]string{
		"anchors and aliases": {write(t, "alias.yml", "A: &a {name: N}\nB: *a\n")},
		"no such file":        {filepath.Join(t.TempDir(), "none.json")},
		"no such model":       {"--model", "RX-81", good},
	} {
		if code, _, complaints := run(t.Context(), append([]string{"import"}, args...)...); code != 1 || !strings.Contains(complaints, want) {
			t.Errorf("%s: code %d: %s", want, code, complaints)
		}
	}
	if code, _, _ := run(t.Context(), "import"); code != 2 {
		t.Errorf("without a file: code %d", code)
	}
}
