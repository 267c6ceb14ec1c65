package all_test

import (
	"net"
	"testing"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/port/usb"
	"smarthall/internal/device"
)

// usbWire is how a device hangs on the machine's USB: the address that the
// settings name, and what is plugged in.
type usbWire struct {
	address string
	gadget  enginetest.Gadget
}

// Proof on USB: printers behind the kernel's printer driver and by their bulk
// endpoints, a reader by its endpoints, against a simulated kernel.
func TestProofOnUSB(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	printer := enginetest.Gadget{ID: "0416:5011", Printer: true, DeviceID: "MFG:POS;MDL:80", Status: usb.NotError | usb.Selected}
	reader := enginetest.Gadget{ID: "0400:c35a"}
	tests := []struct {
		profile string
		wire    usbWire
	}{
		{"generic/escpos-80", usbWire{"usblp:0416:5011", printer}},
		{"generic/escpos-58", usbWire{"usb:0416:5011", printer}},
		{"generic/tspl-203", usbWire{"usblp:0416:5011@1-1", printer}},
		{"generic/zpl-203", usbWire{"usb:0416:5011@1-1", printer}},
		{"generic/sam-v-serial", usbWire{"usb:0400:c35a", reader}},
	}
	for _, tt := range tests {
		p, ok := cat.Get(tt.profile)
		if !ok {
			t.Fatalf("no profile %s", tt.profile)
		}
		for i, trial := range trials {
			if sampled(p) && i == 0 {
				continue
			}
			t.Run(tt.profile+"/"+trial.name, func(t *testing.T) {
				t.Parallel()
				b := newBenchOn(t, p, trial.split, &tt.wire)
				b.waitKnown(t)
				trial.try(t, b)
			})
		}
	}
}

// plugInto plugs a simulated device, which is reached at a network address, into
// a USB of its own, and has the bench pull it out of there as well.
func (w *usbWire) plugInto(t *testing.T, host string) *enginetest.USB {
	t.Helper()
	u := enginetest.NewUSB(t)
	g := w.gadget
	g.Dial = func() (net.Conn, error) { return net.Dial("tcp", host) }
	u.Plug(t, usbSocket, g)
	return u
}

const usbSocket = "1-1"

// A printer that answers no question still tells on USB that its paper is out,
// and what is printed meanwhile isn't lost: the job fails with the cause.
func TestASilentPrinterTellsOfItsPaperOnUSB(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for id, at := range map[string]string{"generic/escpos-80": "usblp:0416:5011", "generic/escpos-58": "usb:0416:5011", "generic/tspl-203": "usb:0416:5011"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			p, ok := cat.Get(id)
			if !ok {
				t.Fatal("no profile")
			}
			address, conns := enginetest.Listen(t)
			wire := usbWire{at, enginetest.Gadget{ID: "0416:5011", Printer: true, Status: usb.NotError | usb.Selected}}
			u := wire.plugInto(t, address[len("tcp://"):])
			b := newDevice(t, p, wire.address, u)
			<-conns // it takes everything and says nothing
			b.waitState(t, "work", func(s device.State) bool { return s == device.Online })
			u.Report(usbSocket, usb.NotError|usb.Selected|usb.NoPaper)
			b.waitState(t, "tell", func(s device.State) bool { return s == device.PaperEnd })
			if err := b.act(t, actWithin); err == nil {
				t.Error("it printed without paper")
			}
			u.Report(usbSocket, usb.NotError|usb.Selected)
			b.waitState(t, "recover", func(s device.State) bool { return s == device.Online })
		})
	}
}
