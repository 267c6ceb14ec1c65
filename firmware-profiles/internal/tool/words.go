package tool

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// classWord is a device class in both languages.
type classWord struct {
	class  device.Class
	zh, en string
	// id is what such a device is usually called in an agent's file.
	id string
}

// classes are all classes, in the order of the documentation.
var classes = []classWord{
	{device.ClassPrinter, "票据打印机", "Ticket printers", "printer"},
	{device.ClassLabelPrinter, "标签打印机", "Label printers", "labels"},
	{device.ClassIDReader, "身份证阅读器", "ID card readers", "reader"},
	{device.ClassScanner, "扫码器", "Barcode scanners", "scanner"},
	{device.ClassLED, "LED 条屏", "LED strips", "strip-1"},
	{device.ClassPad, "评价器", "Evaluation pads", "pad"},
	{device.ClassPagePrinter, "文档打印机", "Page printers", "page-printer"},
	{device.ClassSpeaker, "音箱", "Loudspeakers", "speaker"},
	{device.ClassKeypad, "呼叫器", "Clerks' keypads", "keypad"},
	{device.ClassCamera, "高拍仪", "Document cameras", "camera"},
	{device.ClassDocumentScanner, "扫描仪", "Document scanners", "document-scanner"},
	{device.ClassButton, "求助按钮", "Call buttons", "button"},
	{device.ClassSensor, "传感器", "Sensors", "sensor"},
}

// classOf is the word for a class.
func classOf(c device.Class) classWord {
	for _, w := range classes {
		if w.class == c {
			return w
		}
	}
	return classWord{class: c, zh: string(c), en: string(c), id: "device"}
}

// engineWords say what an engine speaks.
var engineWords = map[profile.Engine]string{
	profile.EngineESCPOS:  "ESC/POS 打印指令",
	profile.EngineSAMV:    "身份证阅读模块 SAM_V 协议（GA/T 467）",
	profile.EngineBX5:     "仰邦 BX-5 字库卡协议（动态区）",
	profile.EngineFramed:  "帧由本文件描述的串口设备",
	profile.EngineWebPad:  "浏览器网页，由窗口程序提供",
	profile.EngineScanner: "条码、二维码：串口输出，或键盘输入事件",
	profile.EngineIPP:     "IPP 打印（RFC 8011）",
	profile.EngineAudio:   "本机或网络音箱，录音拼接",
	profile.EngineTSPL:    "TSPL 标签打印指令",
	profile.EngineZPL:     "ZPL II 标签打印指令",
	profile.EngineCamera:  "USB 视频类摄像头（V4L2），或网口取 JPEG",
	profile.EngineESCL:    "eSCL（AirScan）网络扫描",
	profile.EngineSANE:    "SANE 驱动，经 scanimage 程序",
}

// evidenceWords say what a level of evidence is worth.
var evidenceWords = map[string]string{
	"hardware": "真机验证",
	"capture":  "实录数据",
	"manual":   "公开资料",
	"guess":    "推测，请先实测",
	unstated:   "未注明，视同推测",
}

// levelWords are the levels in short.
var levelWords = map[string]string{"hardware": "真机验证", "capture": "实录数据", "manual": "公开资料", "guess": "推测"}

// blockWords name the blocks that evidence is given for.
var blockWords = map[string]string{
	"match": "识别", "transports": "连接", "caps": "能力", "quirks": "特例", "timing": "时间", "status": "状态",
	"frames": "帧", "commands": "命令", "events": "事件", "protocol": "协议",
}

// quirkWords say what an engine does about a quirk.
var quirkWords = map[profile.Quirk]string{
	profile.QuirkRasterBand128: "图片分成每段最多 128 行发送，缓冲小的打印机不会丢行",
	profile.QuirkNoStatus:      "不向打印机查询状态，看板上看不到缺纸",
	profile.QuirkJamByBit2:     "DLE EOT 3 回答的第 2 位表示卡纸",
	profile.QuirkNoAppRead:     "不读附加住址；证件是否取走只靠“寻卡”判断",
}

// timingWords name the times, in the order they are shown.
var timingWords = []struct {
	name string
	of   func(profile.Timing) profile.Duration
}{
	{"寻卡应答", func(t profile.Timing) profile.Duration { return t.Find }},
	{"选卡应答", func(t profile.Timing) profile.Duration { return t.Select }},
	{"读卡应答", func(t profile.Timing) profile.Duration { return t.Read }},
	{"状态应答", func(t profile.Timing) profile.Duration { return t.Status }},
	{"命令应答", func(t profile.Timing) profile.Duration { return t.Reply }},
	{"查询间隔", func(t profile.Timing) profile.Duration { return t.Poll }},
	{"证件视为在位", func(t profile.Timing) profile.Duration { return t.Hold }},
	{"静默多久算一帧结束", func(t profile.Timing) profile.Duration { return t.Idle }},
	{"两段数据间隔", func(t profile.Timing) profile.Duration { return t.Pace }},
	{"打印到切纸最长", func(t profile.Timing) profile.Duration { return t.Print }},
	{"等待按键", func(t profile.Timing) profile.Duration { return t.AnswerWindow }},
}

// stateWord is a neutral state for people: the word and what to do.
type stateWord struct {
	state      device.State
	zh, advice string
}

// states are all states with the words that the board uses.
var states = []stateWord{
	{device.Online, "正常", ""},
	{device.PaperNearEnd, "纸将用完", "准备新的纸卷"},
	{device.PaperEnd, "缺纸", "装纸，合上机盖"},
	{device.CoverOpen, "机盖未关", "合上机盖"},
	{device.Jam, "卡纸", "打开机盖，取出卡住的纸，再合上"},
	{device.Fault, "故障", "断电十秒再开；仍不行请报修"},
	{device.Unauthorised, "未授权", "读卡器的安全模块未获授权，请联系厂商"},
	{device.Offline, "未连接", "检查电源和数据线，核对端口、波特率"},
}

// stateOf is the word for a state.
func stateOf(s device.State) stateWord {
	for _, w := range states {
		if w.state == s {
			return w
		}
	}
	return stateWord{state: s, zh: string(s)}
}

// cause says in Chinese why something failed; what it has no word for is shown
// as it is.
func cause(err error) string {
	var busy *port.BusyError
	var onUSB *port.USBError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &busy) && busy.PID != 0:
		return busy.Explain() + "，请先关掉它"
	case errors.As(err, &onUSB):
		return onUSB.Explain() + "；smarthall-profile find 列出插着的设备"
	case errors.Is(err, port.ErrBusy), errors.Is(err, syscall.EBUSY):
		return "端口正被别的程序占用，请先关掉厂家软件、串口助手或大厅程序"
	case errors.Is(err, fs.ErrNotExist):
		return "没有这个端口或文件，请核对名称（ls -l /dev/serial/by-id/）"
	case errors.Is(err, fs.ErrPermission):
		return "没有权限，请把当前用户加入 dialout 组后重新登录"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "对方拒绝连接，请核对地址和端口号"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "网络不通，请检查网线和地址"
	case errors.Is(err, device.ErrTimeout), errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "在规定时间内没有应答"
	case errors.Is(err, device.ErrChecksum):
		return "收到的数据校验不符，可能是线路干扰或波特率不对"
	case errors.Is(err, device.ErrFrame):
		return "收到的数据格式不对，可能是波特率不对，或设备不用这个协议"
	case errors.Is(err, device.ErrNoPaper):
		return "缺纸"
	case errors.Is(err, device.ErrCoverOpen):
		return "机盖未关"
	case errors.Is(err, device.ErrJam):
		return "卡纸或切刀卡住"
	case errors.Is(err, device.ErrFault):
		return "设备报告故障或拒绝了命令"
	case errors.Is(err, device.ErrOffline):
		return "设备没有连上，或中途断开"
	case errors.Is(err, context.Canceled):
		return "已取消"
	default:
		return err.Error()
	}
}
