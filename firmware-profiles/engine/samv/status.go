package samv

import (
	"fmt"

	"smarthall/internal/device"
)

// Status is the third status word of an answer, SW3. Five independent sources
// agree on the table.
type Status byte

// The status words.
const (
	OK               Status = 0x90
	NoContent        Status = 0x91
	CardFound        Status = 0x9F
	BadChecksum      Status = 0x10
	BadLength        Status = 0x11
	BadCommand       Status = 0x21
	NoPrivilege      Status = 0x23
	UnknownError     Status = 0x24
	CardRefusesSAM   Status = 0x31
	SAMRefusesCard   Status = 0x32
	NotVerified      Status = 0x33
	UnknownCard      Status = 0x40
	ReadFailed       Status = 0x41
	NoRandom         Status = 0x47
	SelfTestFailed   Status = 0x60
	SAMNotAuthorised Status = 0x66
	FindFailed       Status = 0x80
	SelectFailed     Status = 0x81
)

// chinese are the words for technicians and clerks.
var chinese = map[Status]string{
	OK:               "操作成功",
	NoContent:        "证件中没有此项内容",
	CardFound:        "找到证件",
	BadChecksum:      "模块收到的数据校验错误",
	BadLength:        "模块收到的数据长度错误",
	BadCommand:       "模块不支持此命令",
	NoPrivilege:      "没有此操作的权限",
	UnknownError:     "模块报告无法识别的错误",
	CardRefusesSAM:   "证件不认可读卡模块",
	SAMRefusesCard:   "读卡模块不认可证件",
	NotVerified:      "证件信息验证失败",
	UnknownCard:      "无法识别的证件类型",
	ReadFailed:       "读证件失败，请取走后重新放置",
	NoRandom:         "模块取随机数失败",
	SelfTestFailed:   "读卡模块自检失败",
	SAMNotAuthorised: "读卡模块未经授权",
	FindFailed:       "没有找到证件",
	SelectFailed:     "选取证件失败",
}

// String is the status in Chinese with its code.
func (s Status) String() string {
	text, ok := chinese[s]
	if !ok {
		text = "未定义的状态"
	}
	return fmt.Sprintf("%s（%02X）", text, byte(s))
}

// Neutral is the device state that a status word means for the module itself.
// Everything but a failed self-test and a missing authorisation is about the
// card or the question, and the module works.
func (s Status) Neutral() device.State {
	switch s {
	case SelfTestFailed, NoRandom:
		return device.Fault
	case SAMNotAuthorised:
		return device.Unauthorised
	default:
		return device.Online
	}
}

// statusError is an answer that isn't the one hoped for.
type statusError struct {
	doing string
	sw3   Status
}

func (e *statusError) Error() string { return e.doing + ": " + e.sw3.String() }

// Unwrap makes a broken module a device fault.
func (e *statusError) Unwrap() error {
	if e.sw3.Neutral() != device.Online {
		return device.ErrFault
	}
	return nil
}
