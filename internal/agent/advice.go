package agent

import "smarthall/internal/device"

// anyClass stands for the classes that have no advice of their own.
const anyClass device.Class = ""

// advices says, for each state and class, what whoever stands there should do.
var advices = map[device.State]map[device.Class]string{
	device.PaperNearEnd: {
		anyClass: "打印纸即将用完，请准备新的纸卷",
	},
	device.PaperEnd: {
		anyClass: "请装入打印纸，并合上机盖",
	},
	device.CoverOpen: {
		anyClass: "请合上打印机的机盖",
	},
	device.Jam: {
		anyClass: "请打开机盖，取出卡住的纸，再合上机盖",
	},
	device.Fault: {
		device.ClassPrinter:  "请关闭打印机电源，十秒后再打开；仍不正常请报修",
		device.ClassIDReader: "请取走卡片，重新插拔读卡器；仍不正常请报修",
		device.ClassScanner:  "请重新插拔扫码器；仍不正常请报修",
		device.ClassLED:      "请关闭条屏电源，十秒后再打开；仍不正常请报修",
		device.ClassPad:      "请重新插拔评价器；仍不正常请报修",
		anyClass:             "请关闭设备电源，十秒后再打开；仍不正常请报修",
	},
	device.Unauthorised: {
		device.ClassIDReader: "读卡器的安全模块未获授权，请联系厂商",
		anyClass:             "设备未获授权，请联系厂商",
	},
	device.Offline: {
		device.ClassPrinter:  "请检查打印机的电源和数据线",
		device.ClassIDReader: "请检查读卡器的数据线",
		device.ClassScanner:  "请检查扫码器的数据线",
		device.ClassLED:      "请检查条屏的电源和通信线",
		device.ClassPad:      "请检查评价器的数据线",
		anyClass:             "请检查设备的电源和数据线",
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
