package escpos

import "smarthall/internal/device"

// Parts of the real-time status (DLE EOT n).
const (
	askPrinter byte = 1
	askOffline byte = 2
	askError   byte = 3
	askPaper   byte = 4
)

// Status holds the answers to DLE EOT 1 to 4; 0 means not asked.
type Status struct {
	Printer, Offline, Error, Paper byte
}

// IsStatus tells whether b can be an answer to DLE EOT: bits 1 and 4 are set,
// bits 0 and 7 are not (Epson's reference).
func IsStatus(b byte) bool { return b&0x93 == 0x12 }

// isConfirm tells whether b can be an answer to GS r 1: bits 4 and 7 are not
// set, which no answer to DLE EOT has.
func isConfirm(b byte) bool { return b&0x90 == 0 }

// State is what the status means, and its cause in Chinese. nearEnd says
// whether the model has a sensor for paper that runs low.
func (s Status) State(nearEnd bool) (device.State, string) {
	switch {
	case s.Offline&0x04 != 0:
		return device.CoverOpen, "机盖未关好"
	case s.Offline&0x20 != 0 || s.Paper&0x60 != 0:
		return device.PaperEnd, "纸已用完"
	case s.Error&0x08 != 0:
		return device.Jam, "切刀卡住"
	case s.Error&0x20 != 0:
		return device.Fault, "打印机故障，无法自行恢复"
	case s.Error&0x40 != 0:
		return device.Fault, "打印头过热，正在冷却"
	case s.Offline&0x40 != 0:
		return device.Fault, "打印机报告错误"
	case s.Printer&0x08 != 0:
		return device.Fault, "打印机未就绪"
	case nearEnd && s.Paper&0x0C != 0:
		return device.PaperNearEnd, "纸将用完"
	default:
		return device.Online, ""
	}
}

// Of is what the status means from a model of these abilities.
func (s Status) Of(caps Caps) (device.State, string) {
	state, detail := s.State(caps.NearEnd)
	if caps.JamByBit2 && s.Error&0x04 != 0 && state != device.CoverOpen && state != device.PaperEnd {
		return device.Jam, "卡纸"
	}
	return state, detail
}
