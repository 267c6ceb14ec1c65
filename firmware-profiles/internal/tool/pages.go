package tool

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Steps and words for page printers, loudspeakers and scanners that type.

// straight tells whether the engine reaches the device by itself, because what
// passes is more than one line's bytes.
func straight(p *profile.Profile, port string) bool {
	switch p.Transports[0].Kind {
	case profile.IPP, profile.Audio, profile.HTTP, profile.V4L2, profile.SANE:
		return true
	case profile.Input:
		return len(port) < 6 || port[:6] != "tcp://"
	default:
		return p.Class == device.ClassSpeaker
	}
}

// direct does the steps without a tap: no bytes are shown.
func (a *attempt) direct(ctx context.Context, cfg device.Config) bool {
	a.begin("打开端口")
	r, err := start(ctx, a.p, cfg)
	if err != nil {
		return a.failed(err)
	}
	defer r.stop()
	a.say("由程序直接连接，不显示收发的字节")
	a.begin("查询状态")
	state, detail, err := r.first(ctx, stateWait)
	if err != nil {
		return a.failed(err)
	}
	return a.tellState(state, detail) && a.act(ctx, r)
}

// pageWait is how long a test page may take: the printer may have to warm up.
const pageWait = 3 * time.Minute

func (a *attempt) page(ctx context.Context, d device.PagePrinter) bool {
	a.begin("打印测试页")
	if !a.confirm(ctx, "会打印一张 A4 纸，继续吗？") {
		a.say("已跳过")
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, pageWait)
	defer cancel()
	if err := d.PrintPDF(ctx, device.PageJob{Job: "try", Title: "smarthall-profile try", PDF: testPage()}); err != nil {
		return a.failed(err)
	}
	a.say("打印机报告已完成。请核对：一张 A4 纸，正中偏上有 SMARTHALL TEST A001")
	return true
}

// testPage is a PDF of one A4 page, with a font that every printer has.
func testPage() []byte {
	const content = "BT /F1 32 Tf 110 600 Td (SMARTHALL TEST A001) Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}

// testSaid is what a loudspeaker says.
const testSaid = "请A001号到1号窗口办理"

func (a *attempt) speak(ctx context.Context, d device.Speaker) bool {
	a.begin("播放一次叫号")
	ctx, cancel := context.WithTimeout(ctx, printWait)
	defer cancel()
	if err := d.Say(ctx, testSaid); err != nil {
		return a.failed(err)
	}
	a.say("已播放“" + testSaid + "”。请核对能听清，音量合适")
	return true
}

// pagesPort is an example of the port of such a device, empty for other
// transports.
func pagesPort(tr profile.Transport) string {
	switch tr.Kind {
	case profile.IPP:
		return fmt.Sprintf("ipp://192.168.10.31:%d/ipp/print", tr.Port)
	case profile.Input:
		return "/dev/input/by-id/usb-扫描器名称-event-kbd"
	case profile.Audio:
		return "default"
	default:
		return ""
	}
}

// pagesSettings are the settings of such a transport.
func pagesSettings(tr profile.Transport) string {
	switch tr.Kind {
	case profile.IPP:
		return fmt.Sprintf("IPP，TCP 端口 %d；加密用 `ipps://`", tr.Port)
	case profile.Input:
		return "Linux 输入设备，写 `/dev/input/by-id/` 下的固定名称；程序独占它，扫的码不会打进页面"
	default:
		return "本机声音输出：`default`，或 `aplay -L` 列出的名称；`none` 不出声"
	}
}

// pagesCaps are the caps of a page printer or loudspeaker.
func pagesCaps(p *profile.Profile) [][2]string {
	if p.Engine == profile.EngineAudio {
		return [][2]string{
			{"播放程序", words(p.Caps.Players, nil) + "，依次尝试；网络音箱不用"},
			{"叫号", "录音拼接"},
			{"其他文字", map[string]string{"espeak-ng": "espeak-ng 合成", "none": "不播"}[p.Caps.Speech]},
		}
	}
	papers := make([]string, len(p.Caps.Media))
	for i, m := range p.Caps.Media {
		papers[i] = string(m)
	}
	return [][2]string{
		{"纸张", words(papers, nil)},
		{"双面", map[bool]string{true: "可以", false: "不能"}[p.Caps.Duplex]},
		{"文件格式", "PDF；只接受 PWG 光栅的打印机请用 CUPS 队列"},
	}
}

// pagesStates adds the states that the engines read from every model.
func pagesStates(p *profile.Profile, add func(device.State, string)) {
	if p.Engine == profile.EngineAudio {
		add(device.Fault, "没有播放程序，或播放程序报错")
		return
	}
	add(device.PaperEnd, "`media-empty` `media-needed` `input-tray-missing`")
	add(device.PaperNearEnd, "`media-low`，以及带 `-warning` 的缺纸")
	add(device.CoverOpen, "`cover-open` `door-open` `interlock-open`")
	add(device.Jam, "`media-jam`")
	add(device.Fault, "`marker-supply-empty` `toner-empty` `output-area-full` `paused`，或 printer-state 为 5")
	add(device.Unauthorised, "拒绝请求（0401 0402 0403，HTTP 401 403）")
	add(device.Offline, "`shutdown` `offline` `timed-out`")
}
