package tool

import (
	"context"
	"fmt"

	"smarthall/firmware-profiles/engine/label"
	"smarthall/firmware-profiles/engine/tspl"
	"smarthall/firmware-profiles/engine/zpl"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// labelLanguage is what a label printer's engine speaks; nil for other engines.
func labelLanguage(e profile.Engine) label.Language {
	switch e {
	case profile.EngineTSPL:
		return tspl.Language{}
	case profile.EngineZPL:
		return zpl.Language{}
	default:
		return nil
	}
}

// testLabel is the label that try prints: Chinese, a barcode, a QR code.
func testLabel(name string) device.Label {
	return device.Label{Job: "try", Title: "测试标签 A001", Lines: []string{name, "汉字：请到3号窗口办理"}, Code: "SMARTHALL-A001", QR: "SMARTHALL-TEST-A001"}
}

func (a *attempt) label(ctx context.Context, d device.LabelPrinter) bool {
	a.begin("打印测试标签")
	if !a.confirm(ctx, "会打印一张标签，继续吗？") {
		a.say("已跳过")
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, printWait)
	defer cancel()
	if err := d.PrintLabel(ctx, testLabel(a.p.Names.ZH)); err != nil {
		return a.failed(err)
	}
	a.say("已送出。请核对：内容在一张标签之内、汉字清楚、条码能扫出 SMARTHALL-A001、二维码能扫出 SMARTHALL-TEST-A001、下一张停在撕纸口")
	return true
}

// labelListener hears label printers.
type labelListener struct{ lang label.Language }

func (l *labelListener) host(p []byte) []heard {
	text := string(p)
	for _, command := range []struct {
		do    string
		bytes []byte
	}{{"ask", l.lang.Question()}, {"cancel", l.lang.Cancel()}} {
		if text == string(command.bytes) {
			return []heard{{do: command.do}}
		}
	}
	return nil
}

func (l *labelListener) device(p []byte) []heard {
	status, ok := l.lang.Answer(p)
	if !ok {
		return nil
	}
	return []heard{{do: "status", is: map[string]any{"state": string(status.State)}}}
}

// labelCaps are the caps of a label printer as name and value.
func labelCaps(p *profile.Profile) [][2]string {
	c := p.Caps
	dpi := 0
	if len(c.DPI) > 0 {
		dpi = c.DPI[0]
	}
	paper := "热敏标签纸"
	if c.Ribbon {
		paper = "热敏标签纸，或普通标签纸加碳带（参数 `ribbon`）"
	}
	return [][2]string{
		{"分辨率", fmt.Sprintf("%d dpi", dpi)},
		{"可打印宽度", fmt.Sprintf("%d 毫米", c.WidthMM)},
		{"纸张", paper},
		{"打印后", words(c.After, map[string]string{"tear": "手撕", "cut": "切断", "peel": "剥离"})},
		{"条码", "Code 128，打印机自己生成；含特殊字符时由程序画成图片"},
		{"二维码", map[string]string{"native": "打印机自己生成；含特殊字符时由程序画成图片", "raster": "由程序画成图片"}[c.QR]},
		{"汉字", "由程序画成图片（思源黑体），不依赖打印机字库"},
	}
}

// labelStates adds the states that a label printer's answers tell.
func labelStates(p *profile.Profile, add func(device.State, string)) {
	if p.Status.Via == "none" {
		return
	}
	if p.Engine == profile.EngineTSPL {
		add(device.CoverOpen, "ESC !? 的位 `01`")
		add(device.Jam, "ESC !? 的位 `02`")
		add(device.PaperEnd, "ESC !? 的位 `04`（标签），`08`（碳带）")
		add(device.Fault, "ESC !? 的位 `10`（暂停），`80`")
		return
	}
	add(device.PaperEnd, "~HS 第 1 行第 2 项（标签），第 2 行第 4 项（碳带）")
	add(device.CoverOpen, "~HS 第 2 行第 3 项")
	add(device.Fault, "~HS 第 1 行第 3 项（暂停），第 11、12 项（打印头温度）；答过之后不再应答")
}
