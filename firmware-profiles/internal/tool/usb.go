package tool

import (
	"fmt"
	"slices"
	"strings"

	"smarthall/firmware-profiles/engine/port/usb"
	"smarthall/firmware-profiles/profile"
)

// pluggedIn are the devices that a folder like /sys/bus/usb/devices shows, hubs
// left out, by their ids.
func pluggedIn(sys string) ([]usb.Plugged, error) {
	all, err := usb.System{Devices: sys, Dev: usb.Local().Dev}.Plugged()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(d usb.Plugged) bool { return d.Hub })
	slices.SortStableFunc(all, func(a, b usb.Plugged) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// recognise shows a plugged device with the models that it may be and the ports
// to write for each.
func (t *tool) recognise(all []*profile.Profile, d usb.Plugged, plugged []usb.Plugged) int {
	fmt.Fprintf(t.out, "USB %s %s\n", d.ID, strings.TrimSpace(printable(d.Maker)+" "+printable(d.Name)))
	fmt.Fprintf(t.out, "  %s\n", whereabouts(d))
	fit := profile.Fits(all, d.ID)
	if id := deviceID(d); id != "" && len(fit) == 0 {
		fit = profile.Fits(all, id)
	}
	switch {
	case len(fit) > 0:
		code := t.choose(fit)
		t.ports(fit, d, plugged)
		for _, p := range fit {
			if e := p.Evidence["match"]; e.ZH != "" {
				fmt.Fprintf(t.out, "  依据 / evidence: %s，%s\n", levelWords[e.Level], e.ZH)
			}
		}
		return code
	case isPrinter(d):
		fmt.Fprintln(t.out, "  是 USB 打印机，但没有登记这个 USB 编号；按铭牌找不到型号时，票据机、标签机各选一种通用型号试 / an unknown printer: try a generic profile of its kind")
		generic := slices.DeleteFunc(slices.Clone(all), func(p *profile.Profile) bool {
			_, ok := p.Transport(profile.USBLP)
			return !ok || !strings.HasPrefix(p.ID, "generic/")
		})
		t.models(generic)
		t.ports(generic, d, plugged)
	case isConverter(d):
		fmt.Fprintln(t.out, "  是 USB 转串口：设备按串口型号选，端口写 /dev/serial/by-id/ 下的名称 / a serial converter: its port is below /dev/serial/by-id/")
	default:
		fmt.Fprintln(t.out, "  没有登记这个 USB 编号的型号；请按铭牌查找：smarthall-profile find 型号名 / no profile has this usb id: find it by the name on its plate")
	}
	return exitOK
}

// whereabouts tell one device of a kind from another.
func whereabouts(d usb.Plugged) string {
	words := []string{"插口 " + printable(d.Place)}
	if d.Serial != "" {
		words = append(words, "序列号 "+printable(d.Serial))
	}
	for _, i := range d.Interfaces {
		switch {
		case i.Printer != "":
			words = append(words, "节点 /dev/usb/"+printable(i.Printer))
		case i.Driver == "usbfs":
			words = append(words, "正被一个程序使用")
		case i.Driver != "":
			words = append(words, "驱动 "+printable(i.Driver))
		}
	}
	if id := deviceID(d); id != "" {
		words = append(words, "自称 "+printable(id))
	}
	return strings.Join(slices.Compact(words), "，")
}

// isPrinter tells whether a device has an interface of the printer class.
func isPrinter(d usb.Plugged) bool {
	return slices.ContainsFunc(d.Interfaces, func(i usb.Interface) bool { return i.Class == usb.ClassPrinter })
}

// converters are the kernel's drivers of serial converters.
var converters = []string{"cdc_acm", "ch341", "cp210x", "ftdi_sio", "pl2303"}

// isConverter tells whether what hangs on USB is a serial line.
func isConverter(d usb.Plugged) bool {
	return slices.ContainsFunc(d.Interfaces, func(i usb.Interface) bool { return slices.Contains(converters, i.Driver) })
}

// deviceID is what a printer says of itself by IEEE 1284.
func deviceID(d usb.Plugged) string {
	for _, i := range d.Interfaces {
		if i.DeviceID != "" {
			return i.DeviceID
		}
	}
	return ""
}

// ports shows what to write as the port of a device, for the models that it may
// be.
func (t *tool) ports(fit []*profile.Profile, d usb.Plugged, plugged []usb.Plugged) {
	var out []string
	for _, p := range fit {
		if _, ok := p.Transport(profile.USBLP); ok && isPrinter(d) {
			out = append(out, "usblp:"+address(d, plugged))
		}
		if _, ok := p.Transport(profile.USBFS); ok {
			out = append(out, "usb:"+address(d, plugged))
		}
	}
	slices.Sort(out)
	slices.Reverse(out) // the kernel's driver first
	if out = slices.Compact(out); len(out) > 0 {
		fmt.Fprintf(t.out, "  端口写 / port: %s\n", strings.Join(out, " 或 / or "))
	}
}

// address names a device so that no other of those that are plugged in is meant.
func address(d usb.Plugged, plugged []usb.Plugged) string {
	a := usb.Address{ID: d.ID}
	alike, sameSerial := 0, 0
	for _, other := range plugged {
		if other.ID == d.ID {
			alike++
			if other.Serial == d.Serial {
				sameSerial++
			}
		}
	}
	switch {
	case alike == 1:
	case d.Serial != "" && sameSerial == 1 && printable(d.Serial) == d.Serial:
		a.Serial = d.Serial
	default:
		a.Place = d.Place
	}
	return a.String()
}

// onUSB tells whether a model may hang on USB as itself, not behind a serial
// converter.
func onUSB(p *profile.Profile) bool {
	return slices.ContainsFunc(p.Transports, func(tr profile.Transport) bool { return usbPort(p, tr) != "" })
}

// usbPort is an example of the port of a transport on USB; empty for others.
func usbPort(p *profile.Profile, tr profile.Transport) string {
	id := "VID:PID"
	if len(p.Match.USB) > 0 {
		id = p.Match.USB[0]
	}
	switch tr.Kind {
	case profile.USBLP:
		return "usblp:" + id
	case profile.USBFS:
		if tr.ID != "" {
			id = strings.ToLower(tr.ID)
		}
		return "usb:" + id
	default:
		return ""
	}
}

// usbSettings are the settings of a transport on USB in words.
func usbSettings(p *profile.Profile, tr profile.Transport) string {
	port := code(usbPort(p, tr))
	if tr.Kind == profile.USBLP {
		return port + "，编号由 `smarthall-profile find` 列出；也可写 `/dev/usb/lp0`，但号码会变。用系统的 usblp 驱动"
	}
	text := port
	if tr.Out != 0 {
		text += fmt.Sprintf("，端点 out %02x、in %02x", tr.Out, tr.In)
	}
	return text + "。程序直接收发，不用厂家驱动；要安装 udev 规则"
}
