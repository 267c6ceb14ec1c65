package tool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smarthall/internal/device"
	"smarthall/internal/privacy"
)

// act does the one harmless action of the device's class.
func (a *attempt) act(ctx context.Context, r *running) bool {
	switch d := r.device.(type) {
	case device.Printer:
		return a.print(ctx, d)
	case device.LabelPrinter:
		return a.label(ctx, d)
	case device.Strip:
		return a.show(ctx, d)
	case device.PagePrinter:
		return a.page(ctx, d)
	case device.Speaker:
		return a.speak(ctx, d)
	case device.Camera:
		return a.photograph(ctx, d)
	case device.DocumentScanner:
		return a.scanPage(ctx, d)
	case device.Pad:
		return a.ask(ctx, d)
	}
	switch a.p.Class {
	case device.ClassIDReader:
		return a.card(ctx, r)
	case device.ClassScanner:
		return a.scan(ctx, r)
	case device.ClassKeypad:
		return a.key(ctx, r)
	case device.ClassButton:
		return a.button(ctx, r)
	case device.ClassSensor:
		return a.sense(ctx, r)
	default:
		a.begin("动作")
		a.say("这类设备没有可试的动作")
		return true
	}
}

// prompt lets the person act, or whoever stands in for one.
func (a *attempt) prompt(text string) {
	a.say(fmt.Sprintf("%s（%s 内）", text, a.wait))
	if a.person != nil {
		a.person(a.p.Class)
	}
}

// slip is the ticket that try prints: sizes, alignment, Chinese, a QR code.
func slip(name string) device.Document {
	return device.Document{Job: "try", Lines: []device.Line{
		{Text: "测试票 A001", Size: 2, Bold: true, Align: device.Center},
		{Rule: true},
		{Text: name},
		{Text: "汉字：请到3号窗口办理"},
		{Text: "A001 0123456789", Align: device.Right}, // without Chinese: text on every printer
		{QR: "SMARTHALL-TEST-A001", Align: device.Center},
		{Feed: 1},
	}}
}

func (a *attempt) print(ctx context.Context, d device.Printer) bool {
	a.begin("打印测试票")
	if !a.confirm(ctx, "会走纸约十厘米，继续吗？") {
		a.say("已跳过")
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, printWait)
	defer cancel()
	if err := d.Print(ctx, slip(a.p.Names.ZH)); err != nil {
		return a.failed(err)
	}
	a.say("已送出。请核对：大字居中加粗、汉字无乱码、号码右对齐、二维码能扫出 SMARTHALL-TEST-A001、切纸正常")
	return true
}

// testText fits on the narrowest strip.
const testText = "测试A1"

func (a *attempt) show(ctx context.Context, d device.Strip) bool {
	a.begin("显示文字")
	showing, cancel := context.WithTimeout(ctx, stateWait)
	defer cancel()
	if err := d.Show(showing, testText); err != nil {
		return a.failed(err)
	}
	a.say("控制卡已确认。请核对条屏显示“" + testText + "”，" + a.hold.String() + " 后恢复")
	select {
	case <-ctx.Done():
	case <-time.After(a.hold):
	}
	restoring, cancel := context.WithTimeout(context.WithoutCancel(ctx), stateWait)
	defer cancel()
	if err := d.Show(restoring, ""); err != nil {
		return a.failed(err)
	}
	return true
}

func (a *attempt) ask(ctx context.Context, d device.Pad) bool {
	a.begin("请求一次评价")
	ctx, cancel := context.WithTimeout(ctx, a.wait)
	defer cancel()
	a.prompt("请在评价器上按一个键")
	score, err := d.Ask(ctx)
	switch {
	case errors.Is(err, device.ErrOffline):
		a.say("失败：评价器没有确认“请求评价”命令。请核对地址（--set address=…）、波特率和帧格式")
		return false
	case err != nil:
		return a.failed(err)
	}
	names := []string{"非常不满意", "不满意", "基本满意", "满意", "非常满意"}
	if score < 1 || score > len(names) {
		return a.failed(fmt.Errorf("score %d: %w", score, device.ErrFrame))
	}
	a.say(fmt.Sprintf("收到评价 %d（%s）。请核对与所按的键一致", score, names[score-1]))
	return true
}

func (a *attempt) card(ctx context.Context, r *running) bool {
	a.begin("读一次证件")
	a.prompt("请把身份证放在读卡区")
	h, err := r.next(ctx, a.wait, func(h reported) bool {
		switch h.event.(type) {
		case device.CardPresent, device.CardFailed:
			return true
		default:
			return false
		}
	})
	if err != nil {
		return a.failed(err)
	}
	switch e := h.event.(type) {
	case device.CardFailed:
		a.say("找到证件，但读取失败：" + cause(e.Cause) + "。请取走后重新放置再试")
		return false
	case device.CardPresent:
		a.say("读到" + identityWords(e.Identity))
	}
	return true
}

// kindWords name the cards.
var kindWords = map[device.IdentityKind]string{
	device.Citizen: "居民身份证", device.ResidentPermit: "港澳台居民居住证",
	device.Foreigner2017: "外国人永久居留证（2017 版）", device.Foreigner2023: "外国人永久居留证（2023 版）",
}

// identityWords say enough of a card to check the reading, and no more.
func identityWords(id device.Identity) string {
	name := id.Name
	if name == "" {
		name = id.LatinName
	}
	photo := "无照片数据"
	if len(id.Photo) > 0 {
		photo = fmt.Sprintf("照片数据 %d 字节", len(id.Photo))
	}
	return fmt.Sprintf("%s：%s，%s，%s", kindWords[id.Kind], privacy.MaskName(name), privacy.MaskNumber(id.Number), photo)
}

func (a *attempt) scan(ctx context.Context, r *running) bool {
	a.begin("扫一个码")
	a.prompt("请扫一个条码或二维码")
	h, err := r.next(ctx, a.wait, func(h reported) bool {
		_, scanned := h.event.(device.CodeScanned)
		return scanned
	})
	if err != nil {
		return a.failed(err)
	}
	if e, ok := h.event.(device.CodeScanned); ok {
		a.say("扫到：" + codeWords(e.Text))
	}
	return true
}

// codeWords is a scanned text, without an ID number.
func codeWords(text string) string {
	if holdsIDNumber([]byte(text)) {
		return fmt.Sprintf("含证件号码的内容，%d 个字（不显示）", len([]rune(text)))
	}
	return fmt.Sprintf("%q", text)
}
