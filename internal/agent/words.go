package agent

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"smarthall/internal/device"
)

// causes say in Chinese why a device doesn't run; the first that fits counts.
var causes = []struct {
	is   error
	text string
}{
	{ErrReplaced, "设备刚被换成另一台，请再试一次"},
	{errStuck, "驱动没有响应，已停用；请重新插拔设备，仍不正常请重启本机"},
	{errClass, "型号文件改了设备类别，重启本机程序后生效"},
	{errDriver, "驱动程序出错，正在重试"},
	{errUnfit, "型号文件或参数不适用，请联系技术人员"},
	{fs.ErrNotExist, "找不到端口"},
	{fs.ErrPermission, "没有使用端口的权限"},
	{syscall.ECONNREFUSED, "设备拒绝连接"},
	{syscall.EHOSTUNREACH, "网络不通"},
	{syscall.ENETUNREACH, "网络不通"},
	{device.ErrNoPaper, "缺纸"},
	{device.ErrCoverOpen, "机盖未关"},
	{device.ErrJam, "卡纸或切刀卡住"},
	{device.ErrChecksum, "收到的数据校验不符"},
	{device.ErrFrame, "收到的数据格式不对"},
	{device.ErrTimeout, "设备没有应答"},
	{context.DeadlineExceeded, "设备没有应答"},
	{os.ErrDeadlineExceeded, "设备没有应答"},
	{device.ErrOffline, "设备未连接或中途断开"},
	{device.ErrFault, "设备报告故障"},
}

// unfitWords say why no driver can be made: in the words of who knows, or with
// the technical cause, which is all a technician has to go by.
func unfitWords(err error) string {
	var explained device.Explainer
	switch {
	case errors.As(err, &explained):
		return explained.Explain()
	case errors.Is(err, errClass):
		return words(errClass)
	}
	return "型号文件或参数不适用：" + err.Error()
}

// words say in Chinese why a device doesn't run. What nobody has words for is
// shown as it is, for the technician.
func words(err error) string {
	var explained device.Explainer
	if errors.As(err, &explained) {
		return explained.Explain()
	}
	var unfit *unfitError
	if errors.As(err, &unfit) {
		return unfitWords(unfit.cause)
	}
	for _, c := range causes {
		if errors.Is(err, c.is) {
			return c.text
		}
	}
	return err.Error()
}
