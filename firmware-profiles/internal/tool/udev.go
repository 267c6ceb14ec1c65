package tool

import (
	"fmt"
	"slices"
	"strings"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// rulesName is the file of the udev rules among the pages. Its number has it
// read after the system's own rules.
const rulesName = "60-smarthall-usb.rules"

const rulesHead = `# 由 go generate ./firmware-profiles 生成，请勿手改 / generated, don't edit
#
# 让大厅程序的账号能直接使用 USB 设备（端口 usb:VID:PID）：打印机归 lp 组，其他归 dialout 组。
# 安装 / install:
#   sudo cp 60-smarthall-usb.rules /etc/udev/rules.d/
#   sudo udevadm control --reload && sudo udevadm trigger --subsystem-match=usb
# 然后重新插拔设备 / then plug the device in again.

SUBSYSTEM!="usb", GOTO="smarthall_usb_end"
ENV{DEVTYPE}!="usb_device", GOTO="smarthall_usb_end"
`

// udevRules let programs of the groups dialout and lp open the devices of the
// catalogue that are used by their endpoints.
func udevRules(cat *profile.Catalog) string {
	var b strings.Builder
	b.WriteString(rulesHead)
	for _, p := range cat.All() {
		for _, id := range endpointIDs(p) {
			group := "dialout"
			if p.Class == device.ClassPrinter || p.Class == device.ClassLabelPrinter {
				group = "lp"
			}
			fmt.Fprintf(&b, "\n# %s %s\nATTR{idVendor}==%q, ATTR{idProduct}==%q, GROUP=%q, MODE=\"0660\"\n", p.ID, p.Names.ZH, id[:4], id[5:], group)
		}
	}
	b.WriteString("\nLABEL=\"smarthall_usb_end\"\n")
	return b.String()
}

// endpointIDs are the USB ids of a model that may be used by its endpoints.
func endpointIDs(p *profile.Profile) []string {
	var ids []string
	for _, tr := range p.Transports {
		if tr.Kind != profile.USBFS {
			continue
		}
		if tr.ID != "" && p.Inherits == "" {
			ids = append(ids, strings.ToLower(tr.ID))
		}
		ids = append(ids, p.Match.USB...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
