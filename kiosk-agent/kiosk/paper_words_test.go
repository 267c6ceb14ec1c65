package kiosk_test

import (
	"slices"
	"strings"
	"testing"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// slipOf prints what a page asks for and returns the text of the paper, and its code.
func slipOf(t *testing.T, v visitor, key string, body link.PaperPrint) (text, code string, refused link.Problem) {
	t.Helper()
	v.page.Send(link.TypePaperPrint, key, body)
	if m := v.page.Answer(key, nil); m.Type == link.TypeError {
		if err := m.Into(&refused); err != nil {
			t.Fatal(err)
		}
		return "", "", refused
	}
	printed := v.fakes.Get("printer").Printed()
	if len(printed) != 1 {
		t.Fatalf("%d slips", len(printed))
	}
	for _, l := range printed[0].Lines {
		text += l.Text + "\n"
		if l.QR != "" {
			code = l.QR
		}
	}
	return text, code, refused
}

func english() *link.SlipWords {
	return &link.SlipWords{
		Hall: "Donghu District Government Service Centre", Title: "What to bring", Scan: "Scan for the guide on your phone", Printed: "self-service",
		Lines: []link.SlipLine{{Text: "食品经营许可证核发", Bold: true}, {Text: "□ 1. 申请书", Bold: true}, {Text: "   1 original"}, {Rule: true}, {Text: "Where: Windows 3, 7"}},
	}
}

func TestASlipSpeaksTheLanguageOfThePage(t *testing.T) {
	v, _ := startCity(t)
	text, code, p := slipOf(t, v, "a", link.PaperPrint{Item: "food", Materials: []string{"form"}, Words: english()})
	if p.Code != "" {
		t.Fatalf("%+v", p)
	}
	for _, want := range []string{"Government Service Centre", "What to bring", "   1 original", "Windows 3, 7", "Scan for the guide", "self-service"} {
		if !strings.Contains(text, want) {
			t.Errorf("the slip lacks %q:\n%s", want, text)
		}
	}
	for _, ours := range []string{"一次性告知单", "办理时限", "原件", "自助打印", "扫码"} {
		if strings.Contains(text, ours) {
			t.Errorf("the slip says %q:\n%s", ours, text)
		}
	}
	if code != "https://zwfw.example/items/food" {
		t.Errorf("its code is %q", code)
	}
}

func TestASlipOfACaseInOtherWordsIsOfACaseThatWasFound(t *testing.T) {
	v, _ := startCity(t)
	words := english()
	words.Title = "My case"
	if _, _, p := slipOf(t, v, "none", link.PaperPrint{Case: "11330102DEM1", Words: words}); p.Code == "" {
		t.Error("a slip came out of a case that nobody looked up")
	}
	v.ask(t, link.TypeCaseQuery, link.CaseQuery{Number: "SQ1", Code: "0012"})
	text, code, p := slipOf(t, v, "a", link.PaperPrint{Case: "11330102DEM1", Words: words})
	if p.Code != "" || !strings.Contains(text, "My case") || strings.Contains(text, "已办结") || !strings.HasPrefix(code, "https://zwfw.example/progress") {
		t.Errorf("%+v, code %q:\n%s", p, code, text)
	}
}

func TestWordsThatNoPrinterShapesComeInChinese(t *testing.T) {
	v, _ := startCity(t)
	words := english()
	words.Lines = append(words.Lines, link.SlipLine{Text: "བོད་ཡིག"})
	text, _, p := slipOf(t, v, "a", link.PaperPrint{Item: "food", Materials: []string{"form"}, Words: words})
	if p.Code != "" || !strings.Contains(text, "一次性告知单") || strings.Contains(text, "What to bring") {
		t.Errorf("%+v:\n%s", p, text)
	}
}

func TestWordsThatArentAreRefused(t *testing.T) {
	v, _ := startCity(t)
	for name, change := range map[string]func(w *link.SlipWords){
		"no title":          func(w *link.SlipWords) { w.Title = "" },
		"nothing":           func(w *link.SlipWords) { w.Lines = nil },
		"a printer command": func(w *link.SlipWords) { w.Lines[0].Text = "a\x1b@b" },
		"a novel":           func(w *link.SlipWords) { w.Lines = slices.Repeat(w.Lines, 20) },
		"two lines in one":  func(w *link.SlipWords) { w.Hall = "a\nb" },
	} {
		words := english()
		change(words)
		if _, _, p := slipOf(t, v, name, link.PaperPrint{Item: "food", Words: words}); p.Code != "paper.unknown" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if _, _, p := slipOf(t, v, "none", link.PaperPrint{Item: "none", Words: english()}); p.Code != "paper.unknown" {
		t.Errorf("no such item: %+v", p)
	}
	if n := len(v.fakes.Get("printer").Printed()); n != 0 {
		t.Errorf("%d came out of %s", n, device.ClassPrinter)
	}
}
