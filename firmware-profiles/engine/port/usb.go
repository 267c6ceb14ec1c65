package port

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"smarthall/firmware-profiles/engine/port/usb"
	"smarthall/internal/device"
)

const (
	// usblpScheme begins the address of a printer that the kernel's driver usblp
	// has, usbScheme that of a device whose endpoints this program uses itself.
	usblpScheme = "usblp:"
	usbScheme   = "usb:"
)

const (
	// emptyPause keeps a device that sends empty packets from keeping us busy.
	emptyPause = 5 * time.Millisecond
	// maxHalts is how often in a row an endpoint may halt before the device
	// counts as gone.
	maxHalts = 3
)

// named tells an address that names a USB device rather than a path.
func named(address string) bool {
	return strings.HasPrefix(address, usblpScheme) || strings.HasPrefix(address, usbScheme)
}

// OnUSB tells an address of a USB printer or reader; a serial converter on USB
// is a serial port.
func OnUSB(address string) bool {
	return named(address) || nodePattern.MatchString(address)
}

// nodePattern is what nodes of usblp are called.
var nodePattern = regexp.MustCompile(`/usb/lp[0-9]{1,3}$`)

// printerNode is the node of usblp that a path leads to.
func printerNode(s usb.System, path string) (string, bool) {
	if target, err := filepath.EvalSymlinks(path); err == nil && strings.HasPrefix(target, s.Dev) && nodePattern.MatchString(target) {
		return target, true
	}
	return path, nodePattern.MatchString(path)
}

// USBError is why a USB device can't be opened.
type USBError struct {
	// Address is the device's as the settings name it.
	Address string
	// Doing is what failed.
	Doing string
	Cause error
	words string
}

// Error implements error.
func (e *USBError) Error() string { return fmt.Sprintf("%s %s: %v", e.Doing, e.Address, e.Cause) }

// Unwrap makes it device.ErrOffline, and its cause.
func (e *USBError) Unwrap() []error { return []error{device.ErrOffline, e.Cause} }

// Explain implements device.Explainer.
func (e *USBError) Explain() string { return e.words }

var _ device.Explainer = (*USBError)(nil)

// errNoNode is a printer that the kernel's driver doesn't have, errNoPipes a
// device without the endpoints that are asked for.
var (
	errNoNode  = errors.New("the kernel's driver usblp has no node for it")
	errNoPipes = errors.New("it has no such pair of bulk endpoints")
)

// usbFailed is the error of opening a device on USB, in words. What somebody
// else holds is ErrBusy.
func usbFailed(address, doing string, cause error) error {
	if errors.Is(cause, syscall.EBUSY) {
		return &BusyError{Port: address}
	}
	return device.Temporary(&USBError{Address: address, Doing: doing, Cause: cause, words: usbWords(address, cause)})
}

// usbWords say what to do.
func usbWords(address string, cause error) string {
	var several *usb.SeveralError
	switch {
	case errors.As(cause, &several):
		return fmt.Sprintf("同样的 USB 设备插着 %d 台，请在端口的 %s 后写明插口：@%s", len(several.Places), several.Address.ID, strings.Join(several.Places, " 或 @"))
	case errors.Is(cause, usb.ErrNotPlugged):
		return "USB 上没有这个设备，请检查电源和 USB 线"
	case errors.Is(cause, errNoNode):
		return "系统没有为这台打印机建立 /dev/usb/lp：请加载 usblp 驱动，或把端口的 usblp: 改成 usb:"
	case errors.Is(cause, errNoPipes):
		return "USB 设备没有型号文件写的 out、in 端点，请核对型号"
	case errors.Is(cause, fs.ErrPermission) && strings.HasPrefix(address, usbScheme):
		return "没有权限打开 USB 设备，请按技术手册安装 udev 规则后重新插拔"
	case errors.Is(cause, fs.ErrPermission):
		return "没有权限打开 USB 打印机，请把运行账号加入 lp 组"
	case errors.Is(cause, syscall.ENODEV), errors.Is(cause, syscall.ENXIO):
		return "USB 设备刚被拔出，请重新插好"
	case errors.Is(cause, fs.ErrNotExist):
		return "USB 设备没有插上，或系统看不到 USB"
	default:
		return "USB 设备打不开：" + cause.Error()
	}
}

// lockUSB claims a device, whichever way it is used: a program that takes its
// endpoints would pull it from under one that uses the kernel's driver.
func lockUSB(s usb.System, d usb.Plugged, address string) (*lockFile, error) {
	return lockNamed(filepath.Join(s.Devices, d.Place), address)
}
