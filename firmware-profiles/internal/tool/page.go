package tool

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// writer builds one page.
type writer struct {
	strings.Builder
	p *profile.Profile
}

// page is the documentation page of a profile, Chinese first.
func page(p *profile.Profile) string {
	w := &writer{p: p}
	w.head()
	w.evidence()
	w.connection()
	w.params()
	w.caps()
	w.messages()
	w.states()
	w.quirks()
	w.timing()
	w.vectors()
	return w.String()
}

// row writes a table row; what would break the table is made harmless.
func (w *writer) row(cells ...string) {
	for _, c := range cells {
		c = strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ").Replace(c)
		w.WriteString("| " + strings.TrimSpace(c) + " ")
	}
	w.WriteString("|\n")
}

// table writes a heading and the head of a table.
func (w *writer) table(title string, columns ...string) {
	fmt.Fprintf(w, "\n## %s\n\n", title)
	w.columns(columns...)
}

// columns writes the head of a table.
func (w *writer) columns(columns ...string) {
	w.row(columns...)
	w.WriteString(strings.Repeat("| --- ", len(columns)) + "|\n")
}

func (w *writer) head() {
	p := w.p
	fmt.Fprintf(w, "%s# %s\n\n*%s*\n\n", generated, p.Names.ZH, p.Names.EN)
	c := classOf(p.Class)
	w.columns("项", "内容")
	w.row("型号编号", code(p.ID))
	w.row("设备类别", c.zh+" "+code(string(p.Class)))
	w.row("协议引擎", code(string(p.Engine))+" "+engineWords[p.Engine])
	if p.Inherits != "" {
		w.row("继承自", code(p.Inherits))
	}
	if len(p.Match.Aliases) > 0 {
		w.row("又名", strings.Join(p.Match.Aliases, "、"))
	}
	if len(p.Match.USB) > 0 {
		w.row("USB 编号", strings.Join(p.Match.USB, "、"))
	}
	if p.Match.Firmware != "" {
		w.row("适用固件", p.Match.Firmware)
	}
	if p.Help.ZH != "" {
		fmt.Fprintf(w, "\n%s\n", p.Help.ZH)
	}
	if p.Help.EN != "" {
		fmt.Fprintf(w, "\n*%s*\n", p.Help.EN)
	}
}

// evidence says what the page is worth before it says anything else.
func (w *writer) evidence() {
	w.table("依据 Evidence", "部分", "依据", "说明")
	found := grounds(w.p)
	for _, block := range slices.Sorted(maps.Keys(found)) {
		e := w.p.Evidence[block]
		note, level := e.ZH, evidenceWords[found[block]]
		if note == "" {
			note = e.Note
		}
		switch {
		case e.Level != "":
			level += " " + code(e.Level)
		case w.p.Inherits != "":
			note = "沿用 " + code(w.p.Inherits)
		}
		w.row(blockWords[block], level, note)
	}
	if weakest(w.p) == "hardware" {
		return
	}
	fmt.Fprintf(w, "\n> 本型号还没有全部在真机上验证。接入前请先运行 `smarthall-profile try %s 端口`，与本页不符时以实测为准。\n", w.p.ID)
}

// connection is how the device is wired and named in an agent's file.
func (w *writer) connection() {
	w.table("连接 Connection", "方式", "设置")
	for _, tr := range w.p.Transports {
		if tr.Kind == profile.USBLP || tr.Kind == profile.USBFS {
			w.row(transportWord(tr), usbSettings(w.p, tr))
			continue
		}
		w.row(transportWord(tr), settings(tr))
	}
	_, serial := w.p.Transport(profile.Serial)
	if _, tcp := w.p.Transport(profile.TCP); serial && !tcp {
		w.row("串口服务器", "`tcp://地址:端口`，波特率在串口服务器上设")
	}
	port := "/dev/ttyUSB0"
	if onPage(w.p) {
		port = "page:pad"
	}
	if tr := w.p.Transports[0]; tr.Kind == profile.TCP {
		port = fmt.Sprintf("tcp://192.168.10.31:%d", tr.Port)
	} else if own := imagingPort(tr); own != "" {
		port = own
	} else if own := pagesPort(tr); own != "" {
		port = own
	} else if own := usbPort(w.p, tr); own != "" {
		port = own
	}
	fmt.Fprintf(w, "\n终端配置文件里写：\n\n```yaml\ndevices:\n  - {id: %s, profile: %s, port: %q}\n```\n", classOf(w.p.Class).id, w.p.ID, port)
}

// parityWords are the parities in words.
var parityWords = map[string]string{"": "无校验", "none": "无校验", "odd": "奇校验", "even": "偶校验", "mark": "标志校验", "space": "空校验"}

// settings are a transport's settings in words.
func settings(tr profile.Transport) string {
	switch tr.Kind {
	case profile.Serial:
		bauds := make([]string, len(tr.Baud))
		for i, b := range tr.Baud {
			bauds[i] = strconv.Itoa(b)
		}
		bits, stop := tr.DataBits, tr.StopBits
		if bits == 0 {
			bits = 8
		}
		if stop == "" {
			stop = "1"
		}
		text := fmt.Sprintf("波特率 %s，%d 位数据，%s，%s 位停止", strings.Join(bauds, "、"), bits, parityWords[tr.Parity], stop)
		switch {
		case len(bauds) > 1 && tr.Probe != "":
			text += "；程序依次尝试，直到设备应答"
		case len(bauds) > 1:
			text += "；默认用第一个，不同时写 `baud`"
		}
		if tr.Bus != "" {
			text += "；一条线可并接多台，按地址区分"
		}
		return text
	case profile.TCP:
		return fmt.Sprintf("TCP 端口 %d", tr.Port)
	case profile.Page:
		return "窗口程序的 `/pad` 页面；平板从大厅无线网打开时另设 `pad_listen`"
	case profile.HTTP, profile.V4L2, profile.SANE:
		return imagingSettings(tr)
	case profile.IPP, profile.Input, profile.Audio:
		return pagesSettings(tr)
	default:
		return string(tr.Kind)
	}
}

func (w *writer) params() {
	if len(w.p.Params) == 0 {
		return
	}
	w.table("参数 Parameters", "参数", "含义", "默认", "范围")
	for _, name := range slices.Sorted(maps.Keys(w.p.Params)) {
		param := w.p.Params[name]
		limits := ""
		if param.Min != nil {
			limits = strconv.Itoa(*param.Min)
		}
		if param.Max != nil {
			limits += "–" + strconv.Itoa(*param.Max)
		}
		w.row(code(name), param.Help.ZH, fmt.Sprint(param.Default), limits)
	}
}

// caps lists what the model can do, in words.
func (w *writer) caps() {
	rows := capWords(w.p)
	if len(rows) == 0 {
		return
	}
	w.table("能力 Capabilities", "项", "内容")
	for _, r := range rows {
		w.row(r[0], r[1])
	}
}

// capWords are the caps of a profile as name and value.
func capWords(p *profile.Profile) [][2]string {
	c := p.Caps
	switch p.Engine {
	case profile.EngineESCPOS:
		return [][2]string{
			{"可打印宽度", fmt.Sprintf("%d 点（203 dpi 时约 %d 毫米）", c.WidthDots, c.WidthDots/8)},
			{"每行", fmt.Sprintf("%d 个半角字符，%d 个汉字", c.Columns, c.Columns/2)},
			{"切纸", map[bool]string{true: "没有切刀，走纸后手撕", false: words(c.Cut, map[string]string{"full": "全切", "partial": "半切"})}[len(c.Cut) == 0]},
			{"二维码", map[string]string{"native": "打印机自己生成", "raster": "由程序画成图片"}[c.QR]},
			{"汉字", chineseWord(c.Chinese)},
		}
	case profile.EngineSAMV:
		return [][2]string{
			{"证件版式", words(c.Layouts, map[string]string{"citizen": "居民身份证", "J": "港澳台居民居住证", "I": "外国人永久居留证（2017）", "Y": "外国人永久居留证（2023）"})},
			{"指纹", map[string]string{"none": "不读", "read-optional": "可读，大厅程序不读"}[c.Fingerprint]},
			{"照片", photoWord(c.Photo)},
		}
	case profile.EngineBX5:
		return [][2]string{
			{"点阵", fmt.Sprintf("%d × %d，一行约 %d 个汉字", c.W, c.H, c.W/16)},
			{"颜色", words(c.Colors, map[string]string{"red": "红", "green": "绿", "yellow": "黄"})},
			{"字符集", c.Charset},
			{"超过一屏", "向左移动"},
			{"语音", map[bool]string{true: "由控制卡念出叫号", false: "无"}[c.Voice]},
		}
	case profile.EngineScanner:
		ends := words(c.Terminators, map[string]string{"cr": "回车（0D）", "lf": "换行（0A）"})
		if ends == "" {
			ends = "无后缀"
		}
		rows := [][2]string{
			{"后缀", ends + "；静默也算结束"},
			{"字符集", strings.Join(c.Charsets, "，其次 ")},
		}
		if c.Strip.Prefix != "" {
			rows = append(rows, [2]string{"前缀", "去掉 " + code(c.Strip.Prefix)})
		}
		return append(rows, [2]string{"码制标识（]Q1 等）", map[bool]string{true: "去掉", false: "保留"}[c.Strip.AIM]})
	case profile.EngineCamera, profile.EngineESCL, profile.EngineSANE:
		return imagingCaps(p)
	case profile.EngineIPP, profile.EngineAudio:
		return pagesCaps(p)
	case profile.EngineTSPL, profile.EngineZPL:
		return labelCaps(p)
	default:
		return nil
	}
}

// chineseWord is how a ticket printer prints Chinese.
func chineseWord(c profile.Chinese) string {
	if c.Mode == profile.ChineseNone {
		return "没有汉字字库；带汉字的行由程序画成图片"
	}
	return fmt.Sprintf("%s，开机时汉字模式%s；打不出的字印成 %s", c.Charset,
		map[string]string{"on": "开", "off": "关"}[c.PowerOn], map[string]string{"geta": "〓", "raster-line": "图片"}[c.Fallback])
}

func photoWord(ph profile.Photo) string {
	switch ph.Codec {
	case "wlt":
		return "WLT 压缩，未接解码程序时显示人像轮廓"
	case "bmp":
		return "读卡器直接给出 BMP"
	default:
		return "无"
	}
}

// words translates a list.
func words(list []string, dict map[string]string) string {
	out := make([]string, len(list))
	for i, s := range list {
		if out[i] = dict[s]; out[i] == "" {
			out[i] = s
		}
	}
	return strings.Join(out, "、")
}

// states lists what the device can report and what to do about it.
func (w *writer) states() {
	w.table("状态与处置 States", "显示", "代码", "设备怎么说", "处置")
	told := toldStates(w.p)
	for _, s := range states {
		says, can := told[s.state]
		if !can {
			continue
		}
		w.row(s.zh, code(string(s.state)), strings.Join(says, "；"), s.advice)
	}
	if every := time.Duration(w.p.Status.Poll); every >= device.Promptly {
		seconds := strconv.FormatFloat(every.Seconds(), 'f', -1, 64)
		fmt.Fprintf(w, "\n> 为不打扰设备，程序每 %s 秒才查看一次状态，看板上写明上次查看的时间。*Looked at every %s s only, so as not to disturb it; the board says when.*\n", seconds, seconds)
	}
}

// toldStates are the states that a model can have, each with the bytes that
// its vectors or its status map tell it by.
func toldStates(p *profile.Profile) map[device.State][]string {
	told := map[device.State][]string{device.Online: nil, device.Offline: {"没有应答"}}
	add := func(s device.State, how string) { told[s] = append(told[s], how) }
	for _, word := range slices.Sorted(maps.Keys(p.Status.Map)) {
		add(p.Status.Map[word], "状态字 "+code(word))
	}
	for _, e := range p.Events {
		if e.Emit != profile.EmitState {
			continue
		}
		for _, table := range e.Map {
			for _, wire := range slices.Sorted(maps.Keys(table)) {
				add(device.State(fmt.Sprint(table[wire])), "帧 "+code(e.Frame)+" 的值 "+wire)
			}
		}
	}
	engineStates(p, add)
	for _, v := range p.Vectors {
		if s, ok := v.Is["state"].(string); ok && len(v.RecvBy) > 0 {
			add(device.State(s), "如 "+answers(v.RecvBy))
		}
	}
	return told
}

// engineStates adds the states that an engine reads from every model's answers.
func engineStates(p *profile.Profile, add func(device.State, string)) {
	switch {
	case p.Engine == profile.EngineESCL, p.Engine == profile.EngineSANE:
		scannerStates(p, add)
	case labelLanguage(p.Engine) != nil:
		labelStates(p, add)
	case p.Engine == profile.EngineBX5:
		add(device.Fault, "控制卡拒绝命令（应答 `A0 01`）")
	case p.Engine == profile.EngineIPP, p.Engine == profile.EngineAudio:
		pagesStates(p, add)
	case p.Engine != profile.EngineESCPOS || p.Has(profile.QuirkNoStatus) || p.Status.Via == "none":
		return
	default:
		add(device.PaperEnd, "DLE EOT 2 的位 `20`，DLE EOT 4 的位 `60`")
		add(device.CoverOpen, "DLE EOT 2 的位 `04`")
		add(device.Jam, "DLE EOT 3 的位 `08`")
		add(device.Fault, "DLE EOT 1 的位 `08`，DLE EOT 2 的位 `40`，DLE EOT 3 的位 `20` `40`")
		if p.Status.NearEndSensor {
			add(device.PaperNearEnd, "DLE EOT 4 的位 `0C`")
		}
	}
}

// answers are a status in parts, such as 1=12 4=1E.
func answers(by map[string]profile.Bytes) string {
	parts := make([]string, 0, len(by))
	for _, question := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, question+"="+by[question].String())
	}
	return code(strings.Join(parts, " "))
}

func (w *writer) quirks() {
	if len(w.p.Quirks) == 0 {
		return
	}
	w.table("特例 Quirks", "特例", "程序怎样应对")
	for _, q := range w.p.Quirks {
		w.row(code(string(q)), quirkWords[q])
	}
}

func (w *writer) timing() {
	var rows [][2]string
	for _, t := range timingWords {
		if d := t.of(w.p.Timing); d != 0 {
			rows = append(rows, [2]string{t.name, time.Duration(d).String()})
		}
	}
	if len(rows) == 0 {
		return
	}
	w.table("时间 Timing", "项", "时长")
	for _, r := range rows {
		w.row(r[0], r[1])
	}
}

// code is text as it stands on the wire or in a file.
func code(s string) string { return "`" + s + "`" }
