package item_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/platform/internal/item"
)

func TestPrintedGuideHasEveryElement(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	c := file(t)
	it := c.load()
	var buf bytes.Buffer
	if err := c.PrintGuide(t.Context(), &buf, it.ID, nil, ""); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "guide.pdf")
	if err := os.WriteFile(name, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if keep := os.Getenv("SMARTHALL_KEEP"); keep != "" {
		if err := os.WriteFile(filepath.Join(keep, "guide.pdf"), buf.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-raw", name, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(strings.ReplaceAll(string(out), "\n", ""), " ", "")
	want := []string{
		it.DisplayName(), it.Name, "行政许可", "法定时限3个工作日", "承诺时限1个工作日", "营业执照", "不收费", "审查标准", "全市通办", "预约办理支持", "网上支付不支持",
		"结果可邮寄", "湖滨路1号", "9:00-12:00", "0571-00000011", "12345", "第三条", "公司章程", "前置审批文件", "市场监督管理局",
	}
	for _, w := range want {
		if !strings.Contains(text, strings.ReplaceAll(w, " ", "")) {
			t.Errorf("the guide lacks %q", w)
		}
	}
	if !strings.Contains(text, "注册资本要不要马上缴足") {
		t.Error("the guide lacks the questions")
	}
	var one bytes.Buffer
	if err := c.PrintGuide(t.Context(), &one, it.ID, item.Answers{"owner": "person", "premises": "own", "scope": "no", "agent": "self"}, ""); err != nil {
		t.Fatal(err)
	}
	if buf.Len() == 0 || one.Len() >= buf.Len() {
		t.Errorf("the guide for one case has %d bytes, the whole %d", one.Len(), buf.Len())
	}
}
