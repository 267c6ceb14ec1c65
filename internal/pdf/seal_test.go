package pdf_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"smarthall/internal/pdf"
)

func sealed(t *testing.T, s pdf.Seal) []byte {
	t.Helper()
	doc := pdf.New(pdf.Options{})
	doc.AddPage(pdf.A4)
	doc.Font(12, pdf.Black)
	doc.Text(90, 150, "东湖市市场监督管理局 2026年11月22日")
	doc.Seal(120, 150, 42, s)
	var b bytes.Buffer
	if err := doc.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Where the picture is asked for, it is left for eyes.
func TestSealIsDrawnOverText(t *testing.T) {
	file := sealed(t, pdf.Seal{Around: "东湖市市场监督管理局", Below: "行政审批专用章"})
	if path := os.Getenv("SMARTHALL_SEAL"); path != "" {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plain := sealed(t, pdf.Seal{Around: "〇"})
	if len(file) < len(plain)+500 {
		t.Errorf("a seal of ten letters is as small as one of one: %d and %d bytes", len(file), len(plain))
	}
}

func TestSealWithoutAnOfficeIsAnError(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("局", 41)} {
		doc := pdf.New(pdf.Options{})
		doc.AddPage(pdf.A4)
		doc.Seal(100, 100, 42, pdf.Seal{Around: name})
		if err := doc.Output(&bytes.Buffer{}); err == nil {
			t.Errorf("a seal of %d letters is drawn", len([]rune(name)))
		}
	}
}
