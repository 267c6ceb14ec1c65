package simulator_test

import (
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/profile"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

// narrow is a printer for 58 mm paper that has no QR codes of its own.
const narrow = `
schema: hall.device/v1
id: test/narrow
class: printer
engine: escpos
names: {zh: 测试, en: test}
transports: [{kind: tcp, port: 9100}]
caps:
  width_dots: 384
  columns: 32
  cut: [full]
  qr: raster
  raster: gsv0
  chinese: {mode: fs-amp, charset: gb18030-2byte, power_on: "off", fallback: geta}
timing: {print: 500ms, pace: 1ms}
status: {via: dle-eot, poll: 100ms}
quirks: [raster-band-128]
evidence: {transports: guess, caps: guess, timing: guess, status: guess, quirks: guess}
vectors:
  - {do: init, out: "1B40"}
  - {do: text, in: A, out: "1C26 41 0A"}
  - {do: title, in: A, out: "1C26 1B6101 1D2111 1B4501 41 0A"}
  - {do: cut, out: "1B6405 1D5600"}
  - {do: raster, in: "FF 81", out: "1D763000 0100 0200 FF81"}
  - {do: ask, in: 4, out: "100404"}
  - {do: paper-query, out: "1D7201"}
  - {do: status, recv: {1: "12", 2: "12", 4: "12"}, is: {state: online}}
  - {do: status, recv: {1: "1A", 2: "32", 4: "72"}, is: {state: paper_end}}
  - {do: status, recv: {1: "1A", 2: "16", 4: "12"}, is: {state: cover_open}}
  - {do: status, recv: {1: "1A", 2: "52", 3: "32", 4: "12"}, is: {state: fault}}
`

// variant simulates a printer of a profile that isn't shipped and opens it.
func variant(t *testing.T, id, yaml string, change func(*simulator.Device) error) (*simulator.Device, device.Printer) {
	t.Helper()
	shipped, err := catalog.FS.ReadFile("printer/generic-escpos-80.yaml")
	must(t, err)
	cat, err := profile.LoadAll(fstest.MapFS{
		"printer/base.yaml": {Data: shipped},
		"printer/test.yaml": {Data: []byte(yaml)},
	})
	must(t, err)
	sim := start(t, id, "tcp", func(c *simulator.Config) { c.Catalog = cat })
	must(t, change(sim))
	d, _, err := engine.New(cat, slog.New(slog.DiscardHandler), all.Factories())(device.Config{ID: "device", Profile: id, Port: sim.Port()})
	must(t, err)
	p, ok := d.(device.Printer)
	if !ok {
		t.Fatalf("engine made a %T", d)
	}
	waitState(t, run(t, d), device.Online)
	return sim, p
}

func TestPrinterWithoutQRCodesGetsABitmap(t *testing.T) {
	t.Parallel()
	sim, p := variant(t, "test/narrow", narrow, (*simulator.Device).PaperIn)
	must(t, p.Print(within(t, time.Minute), ticket()))
	got := sim.Tickets()
	if len(got) != 1 || got[0].Cut != "full" {
		t.Fatalf("%d tickets", len(got))
	}
	images := 0
	for _, l := range got[0].Lines {
		if l.Image {
			images++
			if l.Width > 384 || l.Align != "center" {
				t.Errorf("image of %d dots, %s", l.Width, l.Align)
			}
		}
	}
	if images != 1 {
		t.Errorf("%d images, want the bands to join to one", images)
	}
	if qr := decodeQR(t, sim, 1); qr != ticketURL {
		t.Errorf("QR says %q", qr)
	}
}

func TestPrinterThatNeverConfirmsIsTrustedByItsState(t *testing.T) {
	t.Parallel()
	sim, p := variant(t, "test/narrow", narrow, (*simulator.Device).MutePaperQuery)
	for i := range 2 {
		must(t, p.Print(within(t, time.Minute), ticket()))
		if n := len(sim.Tickets()); n != i+1 {
			t.Errorf("%d tickets", n)
		}
	}
	must(t, sim.PaperOutAfter(3))
	wantErr(t, p.Print(within(t, time.Minute), ticket()), device.ErrNoPaper)
}
