package tool

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// messages describes the frames, commands and events of a framed device.
func (w *writer) messages() {
	if w.p.Engine != profile.EngineFramed {
		return
	}
	w.WriteString("\n## 帧 Frames\n")
	for _, name := range slices.Sorted(maps.Keys(w.p.Frames)) {
		fmt.Fprintf(w, "\n%s：\n\n", code(name))
		w.columns("字段", "内容")
		for _, f := range w.p.Frames[name].Fields {
			w.row(fieldWords(w.p.Frames[name], f))
		}
		for _, b := range slices.Sorted(maps.Keys(w.p.Frames[name].Escape)) {
			w.row("转义", fmt.Sprintf("`%02X` 写成 `%s`", b, profile.Bytes(w.p.Frames[name].Escape[b])))
		}
	}
	w.commands()
	w.events()
}

// fieldWords are a field's name and what stands in it.
func fieldWords(fr *profile.Frame, f *profile.Field) (name, content string) {
	name = "固定"
	if f.Name != "" {
		name = code(f.Name)
	}
	order := map[bool]string{true: "低字节在前", false: "高字节在前"}[f.LittleEndian]
	span := fieldName(fr.Fields[f.From]) + " 到 " + fieldName(fr.Fields[f.To])
	switch f.Kind {
	case profile.FieldLit:
		return name, code(profile.Bytes(f.Lit).String())
	case profile.FieldU8:
		return name, "一个字节的数"
	case profile.FieldU16LE:
		return name, "两个字节的数，低字节在前"
	case profile.FieldU16BE:
		return name, "两个字节的数，高字节在前"
	case profile.FieldBCD:
		return name, fmt.Sprintf("%d 位十进制数字（BCD）", f.Digits)
	case profile.FieldText:
		if f.Size >= 0 {
			return name, fmt.Sprintf("%s 文字，%d 字节，不足补 `%02X`", f.Enc, f.Size, f.Pad)
		}
		return name, fmt.Sprintf("%s 文字，最多 %d 字节", f.Enc, f.Max)
	case profile.FieldLen:
		text := span + " 的字节数"
		if f.Add != 0 {
			text += fmt.Sprintf("，再加 %d", f.Add)
		}
		if f.Size == 2 {
			text += "，两个字节，" + order
		}
		return name, text
	default:
		text := fmt.Sprintf("%s 校验，范围 %s", f.Sum, span)
		if f.Size == 2 {
			text += "，" + order
		}
		return name, text
	}
}

func fieldName(f *profile.Field) string {
	if f.Name == "" {
		return "固定字节"
	}
	return code(f.Name)
}

func (w *writer) commands() {
	if len(w.p.Commands) == 0 {
		return
	}
	w.table("命令 Commands", "命令", "帧", "取值", "应答", "等待")
	for _, name := range slices.Sorted(maps.Keys(w.p.Commands)) {
		c := w.p.Commands[name]
		reply, within := "无应答", ""
		if c.Reply != nil {
			reply = code(c.Reply.Frame) + " " + operands(c.Reply.When)
		}
		if c.ReplyWithin != 0 {
			within = time.Duration(c.ReplyWithin).String()
		}
		w.row(code(name), code(c.Frame), operands(c.Set), reply, within)
	}
}

// operands are field=value pairs.
func operands(set map[string]any) string {
	parts := make([]string, 0, len(set))
	for _, name := range slices.Sorted(maps.Keys(set)) {
		parts = append(parts, fmt.Sprintf("%s=%v", name, set[name]))
	}
	return code(strings.Join(parts, " "))
}

// emitWords name the kinds of event.
var emitWords = map[profile.EventKind]string{
	profile.EmitScore: "评价（5 非常满意 … 1 非常不满意）", profile.EmitKey: "按键", profile.EmitCode: "扫到的码", profile.EmitState: "状态",
	profile.EmitAction: "窗口操作",
}

func (w *writer) events() {
	if len(w.p.Events) == 0 {
		return
	}
	w.table("事件 Events", "含义", "帧", "条件", "数值对照", "防抖")
	for _, e := range w.p.Events {
		values, bounce := "字段 "+code(e.Value), ""
		for field, table := range e.Map {
			parts := make([]string, 0, len(table))
			for _, wire := range slices.Sorted(maps.Keys(table)) {
				parts = append(parts, fmt.Sprintf("%s→%v", wire, table[wire]))
			}
			values = "字段 " + code(field) + "：" + strings.Join(parts, "，")
		}
		if e.Debounce != 0 {
			bounce = time.Duration(e.Debounce).String()
		}
		w.row(emitWords[e.Emit], code(e.Frame), operands(e.When), values, bounce)
	}
}

// actionWords name what vectors do, by engine where a word has two meanings.
var actionWords = map[string]string{
	"init": "初始化", "cut": "切纸", "paper-query": "查询纸（GS r）", "ask": "实时查询（DLE EOT）", "text": "打印一行", "title": "打印标题",
	"qr": "打印二维码", "status": "状态", "reset": "复位", "sam-id": "读模块编号", "find": "寻卡", "select": "选卡", "read": "读卡",
	"read-finger": "读卡和指纹", "address": "读附加住址", "ping": "探测", "clear": "清屏", "delete-areas": "删除动态区", "show": "显示文字", "show-areas": "分区显示", "show-fewer": "分区减少", "answer": "控制卡应答",
	"cancel": "取消打印", "barcode": "打印条码", "blank": "打印空标签", "scan": "扫码", profile.CommandArm: "请求评价", profile.CommandDisarm: "停止等待", profile.CommandSay: "播放语音",
	"rate": "请评价", "confirm": "请确认", "sign": "请签字", "idle": "窗口信息",
	"settings": "扫描设置（节选）", "command": "scanimage 命令行", "result": "scanimage 的结果",
	"attributes": "查询打印机属性", "print": "打印任务", "job": "任务状态", "length": "声音长度", "frame": "一帧画面", "format": "画面格式（FourCC）", "snapshot": "取一张照片",
}

// action is what a vector is about.
func action(p *profile.Profile, v profile.Vector) string {
	if p.Engine == profile.EngineSAMV && v.Do == "text" {
		return "证件文字区"
	}
	if labelLanguage(p.Engine) != nil && v.Do == "ask" {
		return "查询状态 " + code(v.Do)
	}
	if v.Do == "" {
		return "事件"
	}
	if word, ok := actionWords[v.Do]; ok {
		return word + " " + code(v.Do)
	}
	return code(v.Do)
}

// vectors lists every example of the profile.
func (w *writer) vectors() {
	w.table("样例 Vectors", "动作", "输入", "发送", "收到", "含义", "说明")
	for _, v := range w.p.Vectors {
		in := ""
		if v.In != nil {
			in = fmt.Sprint(v.In)
		}
		for _, name := range slices.Sorted(maps.Keys(v.Params)) {
			in = strings.TrimSpace(in + " " + code(name+"="+v.Params[name]))
		}
		recv := short(v.Recv)
		if len(v.RecvBy) > 0 {
			recv = answers(v.RecvBy)
		}
		w.row(action(w.p, v), in, short(v.Out), recv, meaning(v.Is), v.Note)
	}
	w.WriteString("\n样例由 `smarthall-profile test` 逐条核对。\n")
}

// longVector is how many bytes of an example are shown.
const longVector = 64

// short is a vector's bytes; of long ones the beginning.
func short(b profile.Bytes) string {
	switch {
	case len(b) == 0:
		return ""
	case len(b) > longVector:
		return fmt.Sprintf("%s … 共 %d 字节", code(b[:longVector/2].String()), len(b))
	default:
		return code(b.String())
	}
}

// isWords are the words of a vector's is in Chinese.
var isWords = map[string]string{
	"state": "状态", "busy": "正在打印", "sw3": "状态字", "samid": "模块编号", "kind": "证件", "name": "姓名", "latin": "外文姓名", "number": "号码", "sex": "性别",
	"action": "操作", "confirmed": "确认", "declined": "不签字", "strokes": "签字笔画", "nation": "民族", "nationality": "国籍", "birth": "出生", "until": "有效期至", "score": "评价", "key": "按键", "code": "码",
}

// errorWords are the errors that vectors name.
var errorWords = map[string]string{
	"checksum": "校验不符，丢弃", "frame": "格式不对，丢弃", "unmapped": "数值未定义，忽略", "too-long": "超长，丢弃", "no-text": "不是文字，丢弃",
	"refused": "设备拒绝", "none": "没有有效应答",
}

// meaning is a vector's is in words.
func meaning(is map[string]any) string {
	parts := make([]string, 0, len(is))
	for _, key := range slices.Sorted(maps.Keys(is)) {
		parts = append(parts, meansOne(key, is[key]))
	}
	return strings.Join(parts, "，")
}

func meansOne(key string, value any) string {
	text := fmt.Sprint(value)
	switch key {
	case "card":
		return map[string]string{"present": "有证件", "absent": "无证件"}[text]
	case "ack":
		return "确认"
	case "reply":
		return "应答"
	case "ignored":
		return "不是给本机的，忽略"
	case "none":
		return "没有码"
	case "error":
		return errorWords[text]
	case "state":
		return stateOf(device.State(text)).zh
	case "kind":
		return kindWords[device.IdentityKind(text)]
	}
	if word, ok := isWords[key]; ok {
		return word + " " + text
	}
	return key + "=" + text
}
