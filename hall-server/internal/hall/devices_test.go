package hall_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/hall-server/internal/hall"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// withDevices is the demo hall with lines below kiosk-1.
func withDevices(lines ...string) []byte {
	text := string(hall.Demo)
	at := strings.Index(text, "\nagents:") + 1
	at += strings.Index(text[at:], "\n") + 1
	first := "  - id: kiosk-9\n    role: kiosk\n    name: 九号机\n    devices:\n"
	for _, line := range lines {
		first += "      - " + line + "\n"
	}
	return []byte(text[:at] + first + text[at:])
}

func TestMistakesInDevicesHaveTheirLine(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"unknown key", "{id: a, profile: x/y, port: p, speed: 9600}", "不认识的设置 speed"},
		{"an id with capitals", "{id: Printer, profile: x/y, port: p}", "设备编号 \"Printer\" 只能用小写字母、数字和 -"},
		{"no model", "{id: a, port: p}", "设备 \"a\" 没有选型号 profile"},
		{"no port", "{id: a, profile: x/y}", "设备 \"a\" 没有写端口 port"},
		{"a TCP port without number", "{id: a, profile: x/y, port: 'tcp://host'}", "端口 \"tcp://host\" 不可用，应如 /dev/ttyUSB0、tcp://192.168.1.50:9100 或 usblp:04b8:0202"},
		{"a roll without unit", "{id: a, profile: x/y, port: p, roll: '80'}", "\"80\" 不是纸卷长度，应如 80m"},
		{"a negative speed", "{id: a, profile: x/y, port: p, baud: -1}", "波特率 -1 不可用"},
		{"a window that isn't there", "{id: a, profile: x/y, port: p, window: '99'}", "没有窗口 \"99\""},
		{"an id that stands twice", "{id: ok, profile: x/y, port: p2}", "设备编号 \"ok\" 重复"},
		{"one USB plug for two", "{id: b, profile: x/y, port: 'usb:1:2'}", "设备 \"ok\" 也用这个端口"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := withDevices("{id: ok, profile: x/y, port: 'usb:1:2'}", tt.line)
			_, err := hall.Parse(text)
			var ms hall.Mistakes
			if !errors.As(err, &ms) || len(ms) != 1 || ms[0].Message != tt.want {
				t.Fatalf("got %v, want %s", err, tt.want)
			}
			if got := strings.Split(string(text), "\n")[ms[0].Line-1]; !strings.Contains(got, tt.line) {
				t.Errorf("line %d is %q", ms[0].Line, got)
			}
		})
	}
}

// shelf knows one model, with one parameter.
type shelf struct{}

func (shelf) Class(id string) (device.Class, bool) {
	return device.ClassPrinter, id == "acme/p1"
}

func (shelf) Misfits(d device.Config) map[string]string {
	if text, ok := d.Params["address"]; ok && text != "1" {
		return map[string]string{"params/address": "只能是 1"}
	}
	return nil
}

func (shelf) Texts([]string) []link.ProfileText {
	return []link.ProfileText{{ID: "acme/p1", Text: "text"}}
}

func TestAHallFileIsCheckedAgainstTheModelsThereAre(t *testing.T) {
	live, err := hall.Open(filepath.Join(t.TempDir(), "hall.yaml"), withDevices("{id: old, profile: acme/gone, port: p}"))
	if err != nil {
		t.Fatal(err)
	}
	if ms := live.Know(shelf{}); len(ms) != 1 || !strings.Contains(ms[0].Message, "acme/gone") {
		t.Errorf("of the file in force it says %v", ms)
	}
	for line, want := range map[string]string{
		"{id: a, profile: acme/p1, port: p, params: {address: '1'}}": "",
		"{id: a, profile: acme/p2, port: p}":                         "没有设备型号 \"acme/p2\"；自编的型号要先上传",
		"{id: a, profile: acme/p1, port: p, params: {address: x}}":   "只能是 1",
	} {
		_, err := live.Check(withDevices(line))
		var ms hall.Mistakes
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", line, err)
		case want != "" && (!errors.As(err, &ms) || len(ms) != 1 || ms[0].Message != want || ms[0].Line == 0):
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

func TestWhatAnAgentIsAssignedHasANameThatChangesWithIt(t *testing.T) {
	revs := map[string]bool{}
	for _, port := range []string{"p", "q"} {
		h, err := hall.Parse(withDevices(fmt.Sprintf("{id: a, profile: acme/p1, port: %s, roll: 80m}", port)))
		if err != nil {
			t.Fatal(err)
		}
		got := h.Assigned("kiosk-9", shelf{})
		if len(got.Devices) != 1 || got.Devices[0].Class != "printer" || got.Devices[0].Port != port || len(got.Profiles) != 1 {
			t.Errorf("assigned %+v", got)
		}
		revs[got.Rev] = true
		none := h.Assigned("kiosk-1", shelf{})
		if none.Rev == "" || none.Devices == nil || len(none.Devices) != 0 || len(none.Profiles) != 0 {
			t.Errorf("an agent without devices is assigned %+v", none)
		}
		revs[none.Rev] = true
	}
	if len(revs) != 3 {
		t.Errorf("revs %v", revs)
	}
}

func TestAChangeOfADeviceIsToldInWords(t *testing.T) {
	old := withDevices("{id: a, profile: acme/p1, port: p}")
	edited, _, err := hall.Apply(old, []hall.Edit{{Op: hall.OpSet, Path: "agents/kiosk-9/devices/a/port", Value: "q"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := hall.Changes(old, edited); len(got) != 1 || !strings.Contains(got[0], "九号机的设备") {
		t.Errorf("told %v", got)
	}
	added, h, err := hall.Apply(hall.Demo, []hall.Edit{{Op: hall.OpInsert, Path: "agents/kiosk-1/devices", Value: map[string]any{
		"id": "p2", "profile": "acme/p1", "port": "tcp://h:1", "params": map[string]any{"address": "1"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := h.Agent("kiosk-1"); len(a.Devices) != 1 || a.Devices[0].Params["address"] != "1" {
		t.Errorf("added %+v in %s", a, added)
	}
}
