package tool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/firmware-profiles/catalog"
)

// recognised writes a profile that inherits a shipped printer, with a match.
func recognised(t *testing.T, id, match string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), strings.ReplaceAll(id, "/", "-")+".yaml")
	text := `schema: hall.device/v1
id: ` + id + `
inherits: generic/escpos-80
class: printer
names: {zh: 测试打印机, en: Test printer}
match: ` + match + `
evidence: {match: guess}
vectors:
` + ShippedVectors(t, "printer/generic-escpos-80.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// ShippedVectors are the vectors of a shipped profile, as they stand in its file.
func ShippedVectors(t *testing.T, file string) string {
	t.Helper()
	text, err := catalog.FS.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, vectors, found := strings.Cut(string(text), "\nvectors:\n")
	if !found {
		t.Fatalf("%s has no vectors", file)
	}
	return vectors
}

// plugged is a folder like /sys/bus/usb/devices with a hub and some devices.
func plugged(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for device, facts := range map[string]map[string]string{
		"usb1":    {"idVendor": "1d6b\n", "idProduct": "0002\n", "bDeviceClass": "09\n", "product": "xHCI Host Controller\n"},
		"1-1":     {"idVendor": "1234\n", "idProduct": "ABCD\n", "bDeviceClass": "00\n", "manufacturer": "ACME\n", "product": "Printer\x1b[31m\n"},
		"1-1:1.0": {"bInterfaceClass": "07\n"},
		"1-2":     {"idVendor": "ffff\n", "idProduct": "0001\n", "bDeviceClass": "00\n"},
		"1-3":     {"idVendor": "0416\n", "idProduct": "5011\n", "serial": "A\n"},
		"1-3:1.0": {"bInterfaceNumber": "00\n", "bInterfaceClass": "07\n"},
		"1-4":     {"idVendor": "0416\n", "idProduct": "5011\n", "serial": "A\n"},
		"1-4:1.0": {"bInterfaceNumber": "00\n", "bInterfaceClass": "07\n"},
		"1-5":     {"idVendor": "0400\n", "idProduct": "c35a\n"},
		"1-7":     {"idVendor": "ffff\n", "idProduct": "0003\n"},
		"1-6":     {"idVendor": "ffff\n", "idProduct": "0002\n"},
		"1-6:1.0": {"bInterfaceNumber": "00\n", "bInterfaceClass": "07\n", "ieee1284_id": "MFG:Nobody;MDL:X;\n"},
	} {
		if err := os.MkdirAll(filepath.Join(dir, device), 0o750); err != nil {
			t.Fatal(err)
		}
		for name, text := range facts {
			if err := os.WriteFile(filepath.Join(dir, device, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	serial := filepath.Join(dir, "1-2:1.0")
	for _, err := range []error{
		os.MkdirAll(serial, 0o750), os.Symlink("../drivers/ch341", filepath.Join(serial, "driver")),
		os.WriteFile(filepath.Join(serial, "bInterfaceNumber"), []byte("00\n"), 0o600),
		os.WriteFile(filepath.Join(serial, "bInterfaceClass"), []byte("ff\n"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A device that several profiles claim is shown with all of them: no program
// can choose.
func TestFindShowsEveryModelThatADeviceMayBe(t *testing.T) {
	one := recognised(t, "acme/old", `{usb: ["1234:abcd"], firmware: "<2"}`)
	two := recognised(t, "acme/new", `{usb: ["1234:abcd"], ieee1284: "MDL:ACME-80"}`)
	tests := []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"what is plugged in", []string{"--profile", one, "--profile", two}, exitWrong, []string{
			"USB 1234:abcd ACME Printer[31m\n", "acme/old", "适用固件 <2", "acme/new", "有 2 种型号都符合", "2 profiles fit", "USB ffff:0001", "是 USB 转串口", "驱动 ch341",
			"generic/escpos-58", "端口写 / port: usblp:0416:5011@1-3 或 / or usb:0416:5011@1-3\n", "usblp:0416:5011@1-4", "请按纸宽核对",
			"generic/sam-v-serial", "端口写 / port: usb:0400:c35a\n",
			"自称 MFG:Nobody;MDL:X;", "没有登记这个 USB 编号的型号", "是 USB 打印机，但没有登记", "generic/tspl-203", "usblp:ffff:0002 或",
		}},
		{"one of it", []string{"--profile", one}, exitOK, []string{"acme/old"}},
		{"by its usb id", []string{"1234:ABCD", "--profile", two}, exitOK, []string{"acme/new", "票据打印机"}},
		{"by its device id", []string{"MFG:ACME;MDL:ACME-80;", "--profile", one, "--profile", two}, exitOK, []string{"acme/new"}},
		{"by its name", []string{"pos-80"}, exitOK, []string{"xprinter/xp-80c"}},
		{"by a part of its name", []string{"得力"}, exitOK, []string{"deli/dl-888d"}},
		{"by too little", []string{"d"}, exitWrong, []string{"没有型号符合"}},
		{"by nothing that is known", []string{"<script>alert(1)</script>"}, exitWrong, []string{"没有型号符合"}},
		{"in a file that isn't there", []string{"--profile", "/nowhere.yaml"}, exitWrong, []string{"/nowhere.yaml"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			tool := &tool{out: &out, err: &out, sys: plugged(t)}
			code := tool.run(t.Context(), append([]string{"find"}, tt.args...))
			if code != tt.code {
				t.Errorf("code %d, want %d", code, tt.code)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("lacks %q", want)
				}
			}
			if strings.Contains(out.String(), "xHCI") || strings.Contains(out.String(), "\x1b") {
				t.Error("a hub, or what a device wants to do with the terminal, is shown")
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}

// Two files that claim the same are told, with both places; each may be right
// for some device, so neither is wrong.
func TestCheckTellsOfModelsThatAreRecognisedByTheSameThing(t *testing.T) {
	one := recognised(t, "acme/old", `{usb: ["1234:abcd"]}`)
	two := recognised(t, "acme/new", `{usb: ["1234:abcd"], aliases: [POS-80]}`)
	check := func(args ...string) (int, string) {
		var out strings.Builder
		tool := &tool{out: &out, err: &out}
		code := tool.run(t.Context(), append([]string{"check"}, args...))
		return code, out.String()
	}
	code, text := check(one, two)
	for _, want := range []string{
		"提醒 / notice: " + two + ":6:15: /match/usb/0: USB 编号“1234:abcd”与 " + one + ":6 的型号 acme/old 相同",
		`usb id "1234:abcd" is also that of acme/old in ` + one + ":6",
		"提醒 / notice: " + one + ":6:15:", "acme/new", "xprinter/xp-80c", "printer/xprinter-xp-80c.yaml:11", "正确 / ok",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q in\n%s", want, text)
		}
	}
	if code != exitOK {
		t.Errorf("code %d", code)
	}
	if _, text = check("--json", two); !strings.Contains(text, `"notices": [`) || !strings.Contains(text, `"line": 6`) || !strings.Contains(text, `"ok": true`) {
		t.Errorf("got %s", text)
	}
	if _, text = check(one); strings.Contains(text, "notice") {
		t.Errorf("got %s", text)
	}
}
