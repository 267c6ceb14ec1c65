package tool_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/firmware-profiles/internal/tool"
)

func TestCheckSpeaksTheLanguageThatIsAskedFor(t *testing.T) {
	bad := write(t, "bad.yaml", strings.Replace(shippedPad(t), "timing:", "timming:", 1))
	tests := []struct{ lang, want, not string }{
		{"zh", "bad.yaml:35:1: /timming: 不认识的项“timming”", "unknown key"},
		{"en", `bad.yaml:35:1: /timming: unknown key "timming"`, "不认识"},
	}
	for _, tt := range tests {
		t.Run(tt.lang, func(t *testing.T) {
			code, _, complaints := run(t.Context(), "check", bad, "--lang", tt.lang)
			if code != 1 || !strings.Contains(complaints, tt.want) || strings.Contains(complaints, tt.not) {
				t.Errorf("code %d: %s", code, complaints)
			}
		})
	}
}

func TestCheckGivesLineAndColumnToPrograms(t *testing.T) {
	good := write(t, "good.yaml", shippedPad(t))
	bad := write(t, "bad.yaml", strings.Replace(shippedPad(t), "timing:", "timming:", 1))
	missing := filepath.Join(t.TempDir(), "missing.yaml")
	code, out, complaints := run(t.Context(), "check", "--json", good, bad, missing)
	if code != 1 || complaints != "" {
		t.Errorf("code %d: %s", code, complaints)
	}
	var got []struct {
		File, ID, Name string
		OK             bool
		Mistakes       []struct {
			Line, Column int
			Path, ZH, EN string
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) != 3 {
		t.Fatalf("%v: %s", err, out)
	}
	if g := got[0]; !g.OK || g.ID != "generic/pad-5key-bin" || g.Name == "" || len(g.Mistakes) != 0 {
		t.Errorf("good: %+v", g)
	}
	if g := got[1]; g.OK || len(g.Mistakes) != 1 || g.Mistakes[0].Line != 35 || g.Mistakes[0].Column != 1 || g.Mistakes[0].ZH == "" {
		t.Errorf("bad: %+v", g)
	}
	if g := got[2]; g.OK || len(g.Mistakes) != 1 || g.Mistakes[0].Line != 0 || !strings.Contains(g.Mistakes[0].ZH, "没有这个端口或文件") {
		t.Errorf("missing: %+v", g)
	}
}

// A vector that lies is a mistake of the file, whatever engine plays it.
func TestCheckPlaysTheVectorsOfEveryEngine(t *testing.T) {
	child := `schema: hall.device/v1
id: test/printer
inherits: generic/escpos-80
class: printer
names: {zh: 测试, en: test}
evidence: {protocol: guess}
vectors:
` + strings.Replace(tool.ShippedVectors(t, "printer/generic-escpos-80.yaml"), `out: "1B40"`, `out: "1B41"`, 1)
	code, _, complaints := run(t.Context(), "check", "--lang", "zh", write(t, "printer.yaml", child))
	if code != 1 || !strings.Contains(complaints, "printer.yaml:8:5: /vectors/0: 样例不符") {
		t.Errorf("code %d: %s", code, complaints)
	}
}

func TestNewListsWhatIsLeftToFillIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pad5.yaml")
	code, out, complaints := run(t.Context(), "new", "--from", "generic/pad-5key-bin", "acme/pad5", "--out", file)
	if code != 0 || !strings.Contains(out, "已写入") {
		t.Fatalf("code %d: %s%s", code, out, complaints)
	}
	for _, want := range []string{"还要填写 4 处", "pad5.yaml:8:13: /names/zh", "/names/en", "/evidence", "/vectors"} {
		if !strings.Contains(complaints, want) {
			t.Errorf("lacks %q:\n%s", want, complaints)
		}
	}
	if code, _, complaints := run(t.Context(), "new", "--from", "generic/pad-5key-bin", "acme/pad5", "--out", file); code != 1 || !strings.Contains(complaints, "已经存在") {
		t.Errorf("overwrite: code %d: %s", code, complaints)
	}
}

// Filling in what new leaves open, and nothing else, makes a good profile.
func TestWhatNewBeginsCanBeFinished(t *testing.T) {
	_, text, _ := run(t.Context(), "new", "--from", "generic/pad-5key-bin", "acme/pad5")
	begun, examples, _ := strings.Cut(text, "vectors: []\n")
	text = strings.NewReplacer(
		`names: {zh: "", en: ""}`, `names: {zh: 某厂五键评价器, en: ACME pad}`,
		"evidence: {}", `evidence: {transports: {level: manual, note: "maker's manual, page 3"}}`,
		"# transports: [{kind: serial, baud: 9600}]", "transports: [{kind: serial, baud: 19200}]",
	).Replace(begun) + "vectors:\n" + strings.ReplaceAll(examples, "# ", "")
	file := write(t, "pad5.yaml", text)
	if code, _, complaints := run(t.Context(), "check", file); code != 0 {
		t.Fatalf("check: code %d: %s\n%s", code, complaints, text)
	}
	code, out, complaints := run(t.Context(), "test", file)
	if code != 0 || !strings.Contains(out, "acme/pad5: 9/9") || !strings.Contains(out, "acme/pad5: 与模拟设备对话通过") {
		t.Errorf("test: code %d: %s%s", code, out, complaints)
	}
}

func TestNewRefusesWhatCanNeverBeAProfile(t *testing.T) {
	tests := []struct{ name, from, id, want string }{
		{"id is taken", "generic/pad-5key-bin", "generic/pad-5key-ascii", "已经用于"},
		{"id is malformed", "generic/pad-5key-bin", "Acme Pad", "不合规则"},
		{"parent inherits", "generic/pad-3key-bin", "acme/pad3", "--from generic/pad-5key-bin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "new.yaml")
			code, _, complaints := run(t.Context(), "new", "--from", tt.from, tt.id, "--out", file)
			if code != 1 || !strings.Contains(complaints, tt.want) {
				t.Errorf("code %d: %s", code, complaints)
			}
			if _, err := os.Stat(file); err == nil {
				t.Error("a file was written")
			}
		})
	}
}
