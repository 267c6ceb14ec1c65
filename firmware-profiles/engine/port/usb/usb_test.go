package usb_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/firmware-profiles/engine/port/usb"
)

func TestAddressesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]usb.Address{
		"0400:c35a":         {ID: "0400:c35a"},
		"0400:C35A":         {ID: "0400:c35a"},
		"0416:5011:SN-1:2@": {ID: "0416:5011", Serial: "SN-1:2@"},
		"0416:5011@1-1.2":   {ID: "0416:5011", Place: "1-1.2"},
	} {
		got, err := usb.ParseAddress(text)
		if err != nil || got != want || !strings.EqualFold(got.String(), text) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, wrong := range []string{"", "0400", "0400:c35", "0400c35a00", "g400:c35a", "0400:c35a:", "0400:c35a@", "0400:c35a@../x", "0400:c35a@1-1/..", "0400:c35ax", "0400:c35a:" + strings.Repeat("9", 200)} {
		if a, err := usb.ParseAddress(wrong); err == nil {
			t.Errorf("%q is read as %+v", wrong, a)
		}
	}
}

// tree writes files below a folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A folder as Linux 6 shows it for a printer with its driver, a reader without
// one, and a hub.
func TestWhatTheSystemShowsIsRead(t *testing.T) {
	dir := tree(t, map[string]string{
		"usb1/idVendor": "1d6b\n", "usb1/idProduct": "0002\n", "usb1/bDeviceClass": "09\n",
		"1-1/idVendor": "0416\n", "1-1/idProduct": "5011\n", "1-1/bDeviceClass": "00\n", "1-1/busnum": "1\n", "1-1/devnum": "12\n",
		"1-1/manufacturer": "STMicroelectronics\n", "1-1/product": "POS58 Printer USB\n", "1-1/serial": "Printer\n",
		"1-1:1.0/bInterfaceNumber": "00\n", "1-1:1.0/bInterfaceClass": "07\n", "1-1:1.0/ieee1284_id": "MFG:POS;MDL:58;\n",
		"1-1:1.0/usbmisc/lp3/dev":        "180:3\n",
		"1-1:1.0/ep_81/bEndpointAddress": "81\n", "1-1:1.0/ep_81/bmAttributes": "02\n", "1-1:1.0/ep_81/wMaxPacketSize": "0040\n",
		"1-1:1.0/ep_03/bEndpointAddress": "03\n", "1-1:1.0/ep_03/bmAttributes": "02\n", "1-1:1.0/ep_03/wMaxPacketSize": "0200\n",
		"1-10/idVendor": "0400\n", "1-10/idProduct": "c35a\n",
		"1-10:1.0/bInterfaceNumber": "00\n", "1-10:1.0/bInterfaceClass": "ff\n",
		"1-10:1.0/ep_82/bEndpointAddress": "82\n", "1-10:1.0/ep_82/bmAttributes": "03\n", "1-10:1.0/ep_82/wMaxPacketSize": "0008\n",
		"1-2/idVendor": "nonsense\n", "1-3/idVendor": strings.Repeat("f", 5000),
	})
	if err := os.Symlink("../../../bus/usb/drivers/usblp", filepath.Join(dir, "1-1:1.0", "driver")); err != nil {
		t.Fatal(err)
	}
	s := usb.System{Devices: dir, Dev: "/dev"}
	got, err := s.Plugged()
	if err != nil {
		t.Fatal(err)
	}
	want := []usb.Plugged{
		{
			Place: "1-1", ID: "0416:5011", Maker: "STMicroelectronics", Name: "POS58 Printer USB", Serial: "Printer", File: "/dev/bus/usb/001/012",
			Interfaces: []usb.Interface{{Class: 7, Driver: "usblp", Printer: "lp3", DeviceID: "MFG:POS;MDL:58;", Endpoints: []usb.Endpoint{
				{Address: 0x03, Bulk: true, Packet: 512}, {Address: 0x81, Bulk: true, Packet: 64},
			}}},
		},
		{Place: "1-10", ID: "0400:c35a", Interfaces: []usb.Interface{{Class: 0xFF, Endpoints: []usb.Endpoint{{Address: 0x82, Packet: 8}}}}},
		{Place: "usb1", ID: "1d6b:0002", Hub: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p, ok := got[0].Pipes(0, 0); !ok || p.Out.Address != 0x03 || p.In.Address != 0x81 {
		t.Errorf("pipes: %+v, %v", p, ok)
	}
	if p, ok := got[0].Pipes(0x02, 0x81); ok {
		t.Errorf("pipes that it lacks: %+v", p)
	}
	if p, ok := got[1].Pipes(0, 0); ok {
		t.Errorf("interrupt endpoints carry no stream: %+v", p)
	}
	if d, i, ok := s.FindPrinter("/dev/usb/lp3"); !ok || d.ID != "0416:5011" || s.PrinterFile(i) != "/dev/usb/lp3" {
		t.Errorf("by its node: %+v", d)
	}
	if _, _, ok := s.FindPrinter("/dev/usb/lp0"); ok {
		t.Error("a node that isn't there is found")
	}
	if _, err := (usb.System{Devices: filepath.Join(dir, "nowhere")}).Find(usb.Address{ID: "0416:5011"}); !usb.Missing(err) {
		t.Errorf("no USB at all: %v", err)
	}
}

func TestOneOfSeveralIsFoundByItsSerialNumberOrSocket(t *testing.T) {
	dir := tree(t, map[string]string{
		"1-1/idVendor": "0416", "1-1/idProduct": "5011", "1-1/serial": "A",
		"1-2/idVendor": "0416", "1-2/idProduct": "5011", "1-2/serial": "B",
	})
	s := usb.System{Devices: dir}
	for a, want := range map[usb.Address]string{{ID: "0416:5011", Serial: "B"}: "1-2", {ID: "0416:5011", Place: "1-1"}: "1-1"} {
		if d, err := s.Find(a); err != nil || d.Place != want {
			t.Errorf("%s: %+v, %v", a, d, err)
		}
	}
	_, err := s.Find(usb.Address{ID: "0416:5011"})
	var several *usb.SeveralError
	if !errors.As(err, &several) || len(several.Places) != 2 || !strings.Contains(err.Error(), "1-1 1-2") {
		t.Errorf("got %v", err)
	}
}
