package item_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/platform/internal/item"
)

// printed is a text as its PDF has it, without blanks and breaks.
func printed(t *testing.T, title, text string) (words string, pages int) {
	t.Helper()
	var out bytes.Buffer
	if err := item.PrintText(&out, title, text, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "form.pdf")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := exec.CommandContext(t.Context(), "pdftotext", "-raw", name, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("\n", "", " ", "", "\f", "").Replace(string(raw)), bytes.Count(raw, []byte("\f"))
}

func TestATextFormIsAPaperToFillIn(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	words, pages := printed(t, "租赁合同", "出租方：________\r\n\r\n承租方：________\n\t一、房屋位于湖滨路 100 号。\n")
	if pages != 1 || !strings.Contains(words, "租赁合同") || !strings.Contains(words, "出租方：________承租方：________一、房屋位于湖滨路100号。") {
		t.Errorf("%d pages: %s", pages, words)
	}
	if words, _ = printed(t, "承诺书", "承诺书\n本人知晓。"); strings.Count(words, "本人知晓") != 1 || strings.Contains(words, "承诺书承诺书") {
		t.Errorf("the title stands twice: %s", words)
	}
	long := strings.Repeat("本人承诺提供的材料真实有效并承担相应责任", 199) + "到此为止"
	words, pages = printed(t, "承诺书", long)
	if pages < 3 || !strings.Contains(words, "到此为止") || strings.Count(words, "责") != 199 {
		t.Errorf("of a long text %d pages have %d parts", pages, strings.Count(words, "责"))
	}
	if words, _ = printed(t, `<script>"样本"`, "a\x00b\x1b[31m<b>😀\u202e反\n\n\n"); !strings.Contains(words, "<b>") {
		t.Errorf("what it shows of odd characters: %q", words)
	}
	if _, pages = printed(t, "", ""); pages != 1 {
		t.Errorf("nothing has %d pages", pages)
	}
}

func BenchmarkPrintText(b *testing.B) {
	text := strings.Repeat("本人承诺提供的材料真实有效并承担相应责任。\n", 190)
	for b.Loop() {
		if err := item.PrintText(&bytes.Buffer{}, "承诺书", text, time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
}
