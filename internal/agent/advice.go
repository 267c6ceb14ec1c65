package agent

import (
	"strings"

	"smarthall/internal/device"
)

// anyClass stands for the classes that have no advice of their own.
const anyClass device.Class = ""

// advices says, for each state and class, what whoever stands there should do.
var advices = map[device.State]map[device.Class]string{
	device.PaperNearEnd: {
		device.ClassLabelPrinter: "标签即将用完，请准备新的标签卷",
		device.ClassPagePrinter:  "纸盒快空了，请准备打印纸",
		anyClass:                 "打印纸即将用完，请准备新的纸卷",
	},
	device.PaperEnd: {
		device.ClassLabelPrinter:    "请装入标签卷，并合上机盖",
		device.ClassPagePrinter:     "请在纸盒中放入打印纸",
		device.ClassDocumentScanner: "请在进纸器中放入材料",
		anyClass:                    "请装入打印纸，并合上机盖",
	},
	device.CoverOpen: {
		device.ClassPagePrinter:     "请合上打印机的机盖和纸盒",
		device.ClassDocumentScanner: "请合上扫描仪的盖板",
		device.ClassSensor:          "柜门或机盖开着，请到现场关好",
		anyClass:                    "请合上打印机的机盖",
	},
	device.Jam: {
		device.ClassLabelPrinter:    "请打开机盖，取出卡住的标签，再合上机盖",
		device.ClassDocumentScanner: "请打开进纸器，取出卡住的材料，再合上",
		anyClass:                    "请打开机盖，取出卡住的纸，再合上机盖",
	},
	device.Fault: {
		device.ClassPrinter:         "请关闭打印机电源，十秒后再打开；仍不正常请报修",
		device.ClassIDReader:        "请取走卡片，重新插拔读卡器；仍不正常请报修",
		device.ClassScanner:         "请重新插拔扫码器；仍不正常请报修",
		device.ClassLED:             "请关闭条屏电源，十秒后再打开；仍不正常请报修",
		device.ClassPad:             "请重新插拔评价器；仍不正常请报修",
		device.ClassKeypad:          "请重新插拔呼叫器；仍不正常请报修",
		device.ClassLabelPrinter:    "请关闭标签机电源，十秒后再打开；仍不正常请报修",
		device.ClassPagePrinter:     "请查看打印机面板的提示；仍不正常请报修",
		device.ClassCamera:          "请重新插拔高拍仪；仍不正常请报修",
		device.ClassDocumentScanner: "请关闭扫描仪电源，十秒后再打开；仍不正常请报修",
		device.ClassSpeaker:         "请检查音箱的电源和音频线；仍不正常请报修",
		device.ClassButton:          "请重新插拔求助按钮；仍不正常请报修",
		device.ClassSensor:          "传感器报告异常，请到现场查看温度、烟雾和水",
		anyClass:                    "请关闭设备电源，十秒后再打开；仍不正常请报修",
	},
	device.Unauthorised: {
		device.ClassIDReader: "读卡器的安全模块未获授权，请联系厂商",
		anyClass:             "设备未获授权，请联系厂商",
	},
	device.Offline: {
		device.ClassPrinter:         "请检查打印机的电源和数据线",
		device.ClassIDReader:        "请检查读卡器的数据线",
		device.ClassScanner:         "请检查扫码器的数据线",
		device.ClassLED:             "请检查条屏的电源和通信线",
		device.ClassPad:             "请检查评价器的数据线",
		device.ClassKeypad:          "请检查呼叫器的数据线",
		device.ClassLabelPrinter:    "请检查标签机的电源和数据线",
		device.ClassPagePrinter:     "请检查打印机的电源、网线，并确认没有休眠",
		device.ClassCamera:          "请检查高拍仪的数据线",
		device.ClassDocumentScanner: "请检查扫描仪的电源和数据线",
		device.ClassSpeaker:         "请检查音箱的电源和音频线",
		device.ClassButton:          "求助按钮没有连接，请检查数据线；修好前请多留意那里",
		device.ClassSensor:          "请检查传感器的电源和数据线",
		anyClass:                    "请检查设备的电源和数据线",
	},
}

// Advice says what to do about a device of the class in the state; empty if it
// is well.
func Advice(class device.Class, state device.State) string {
	byClass := advices[state]
	if text, ok := byClass[class]; ok {
		return text
	}
	return byClass[anyClass]
}

// pagePort begins the port of a device that is a page in a browser.
const pagePort = "page:"

// adviceAt is Advice for a device at a port: a page has no cable.
func adviceAt(port string, class device.Class, state device.State) string {
	if state == device.Offline && strings.HasPrefix(port, pagePort) {
		return "请打开评价屏页面"
	}
	return Advice(class, state)
}
