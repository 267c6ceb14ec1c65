package port_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/engine/port/usb"
	"smarthall/internal/device"
)

// wired is one device in a socket of a simulated USB, and its own side.
type wired struct {
	*enginetest.USB
	gadget enginetest.Gadget
	dev    <-chan net.Conn
}

const socket = "1-1.2"

func plugIn(t *testing.T, g enginetest.Gadget) *wired {
	t.Helper()
	address, conns := enginetest.Listen(t)
	g.Dial = func() (net.Conn, error) { return net.Dial("tcp", strings.TrimPrefix(address, "tcp://")) }
	w := &wired{USB: enginetest.NewUSB(t), gadget: g, dev: conns}
	w.Plug(t, socket, g)
	return w
}

func (w *wired) open(t *testing.T, address string) (port.Port, error) {
	t.Helper()
	p, err := port.Open(w.In(t.Context()), address, port.Settings{})
	if err == nil {
		t.Cleanup(func() { _ = p.Close() }) // a test may have unplugged it
	}
	return p, err
}

// usbLines opens a device over each way that USB has, with its other side.
func usbLines(t *testing.T, test func(t *testing.T, w *wired, address string, p port.Port, dev io.ReadWriter)) {
	for _, address := range []string{"usblp:0416:5011", "usb:0416:5011"} {
		t.Run(address, func(t *testing.T) {
			w := plugIn(t, enginetest.Gadget{ID: "0416:5011", Printer: true, Status: usb.NotError | usb.Selected})
			p, err := w.open(t, address)
			if err != nil {
				t.Fatal(err)
			}
			test(t, w, address, p, <-w.dev)
		})
	}
}

func TestUSBCarriesEveryByteBothWaysInPackets(t *testing.T) {
	usbLines(t, func(t *testing.T, w *wired, _ string, p port.Port, dev io.ReadWriter) {
		all := make([]byte, 1295) // twenty packets and a short one
		for i := range all {
			all[i] = byte(i)
		}
		w.Empty(socket, 3)
		if _, err := dev.Write(all); err != nil {
			t.Fatal(err)
		}
		if got := readFull(t, p, len(all)); !bytes.Equal(got, all) {
			t.Errorf("from the device: %d bytes, not the same", len(got))
		}
		whole := all[:1280] // no short packet ends it
		if _, err := dev.Write(whole); err != nil {
			t.Fatal(err)
		}
		if got := readFull(t, p, len(whole)); !bytes.Equal(got, whole) {
			t.Error("what ends with a full packet is lost")
		}
		if err := p.Write(within(t, enginetest.Patience), all); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(all))
		if _, err := io.ReadFull(dev, got); err != nil || !bytes.Equal(got, all) {
			t.Errorf("to the device: %v", err)
		}
		if _, err := dev.Write(all[:130]); err != nil {
			t.Fatal(err)
		}
		var parts []byte
		for buf := make([]byte, 7); len(parts) < 130; { // less than a packet at a time
			n, err := p.Read(within(t, enginetest.Patience), buf)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, buf[:n]...)
		}
		if !bytes.Equal(parts, all[:130]) {
			t.Error("what is read in small parts isn't the same")
		}
		if n, err := p.Read(t.Context(), nil); n != 0 || err != nil {
			t.Errorf("no room: %d, %v", n, err)
		}
	})
}

func TestUSBWaitsEndWithTheirContext(t *testing.T) {
	usbLines(t, func(t *testing.T, _ *wired, _ string, p port.Port, dev io.ReadWriter) {
		began := time.Now()
		n, err := p.Read(within(t, 30*time.Millisecond), make([]byte, 8))
		if n != 0 || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, device.ErrOffline) {
			t.Errorf("deadline: %d, %v", n, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		if n, err = p.Read(ctx, make([]byte, 8)); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("cancel: %d, %v", n, err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("took %v", took)
		}
		if _, err := dev.Write([]byte("late")); err != nil {
			t.Fatal(err)
		}
		if got := readFull(t, p, 4); string(got) != "late" {
			t.Errorf("afterwards: %q", got)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := p.Write(ctx, make([]byte, 16<<20)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a device that takes nothing: %v", err)
		}
	})
}

func TestAHaltedEndpointGoesOn(t *testing.T) {
	w := plugIn(t, enginetest.Gadget{ID: "0400:c35a"})
	p, err := w.open(t, "usb:0400:c35a")
	if err != nil {
		t.Fatal(err)
	}
	dev := <-w.dev
	w.Halt(socket, enginetest.GadgetOut, 2)
	w.Halt(socket, enginetest.GadgetIn, 2)
	if err := p.Write(within(t, enginetest.Patience), []byte("question")); err != nil {
		t.Fatal(err)
	}
	if _, err := dev.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	if got := readFull(t, p, 6); string(got) != "answer" {
		t.Errorf("got %q", got)
	}
	w.Halt(socket, enginetest.GadgetIn, 1000)
	if _, err := p.Read(within(t, enginetest.Patience), make([]byte, 8)); !errors.Is(err, device.ErrOffline) || !errors.Is(err, syscall.EPIPE) {
		t.Errorf("for ever: %v", err)
	}
}

func TestUnplugInMidTransferIsOfflineAndARePlugIsFound(t *testing.T) {
	usbLines(t, func(t *testing.T, w *wired, address string, p port.Port, dev io.ReadWriter) {
		if _, err := dev.Write([]byte("begin")); err != nil {
			t.Fatal(err)
		}
		readFull(t, p, 5)
		time.AfterFunc(30*time.Millisecond, func() { w.Unplug(socket) })
		if _, err := p.Read(within(t, enginetest.Patience), make([]byte, 8)); !errors.Is(err, device.ErrOffline) || !device.IsTemporary(err) {
			t.Errorf("read: %v", err)
		}
		if err := p.Write(within(t, enginetest.Patience), []byte("x")); !errors.Is(err, device.ErrOffline) {
			t.Errorf("write: %v", err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		_, err := w.open(t, address)
		var told device.Explainer
		if !errors.Is(err, device.ErrOffline) || !errors.Is(err, usb.ErrNotPlugged) || !errors.As(err, &told) || !strings.Contains(told.Explain(), "USB 上没有这个设备") {
			t.Errorf("while it is away: %v", err)
		}
		w.Plug(t, "1-3", w.gadget) // another socket, another number
		again, err := w.open(t, address)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Write(within(t, enginetest.Patience), []byte("again")); err != nil {
			t.Error(err)
		}
	})
}

// The interface is taken from the kernel's driver and given back.
func TestTheKernelsDriverGetsItsPrinterBack(t *testing.T) {
	w := plugIn(t, enginetest.Gadget{ID: "0416:5011", Printer: true})
	p, err := w.open(t, "usb:0416:5011")
	if err != nil {
		t.Fatal(err)
	}
	if d := w.Driver(socket); d != "usbfs" {
		t.Errorf("driver %q has it", d)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, back := w.Opened(socket); w.Driver(socket) != "usblp" || back != 1 {
		t.Errorf("driver %q has it afterwards", w.Driver(socket))
	}
	if _, err := p.Read(t.Context(), make([]byte, 1)); !errors.Is(err, device.ErrOffline) {
		t.Errorf("read after close: %v", err)
	}
}

func TestAUSBDeviceHasOneOwnerWhicheverWayItIsNamed(t *testing.T) {
	w := plugIn(t, enginetest.Gadget{ID: "0416:5011", Printer: true})
	if _, err := w.open(t, "usblp:0416:5011"); err != nil {
		t.Fatal(err)
	}
	_, node, _ := nodeOf(t, w)
	for _, address := range []string{"usblp:0416:5011", "usb:0416:5011", "usb:0416:5011@" + socket, node} {
		_, err := w.open(t, address)
		var busy *port.BusyError
		if !errors.Is(err, port.ErrBusy) || !errors.As(err, &busy) || !strings.Contains(busy.Explain(), "另一个设备占用") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if w.Driver(socket) != "usblp" {
		t.Error("the printer was taken from its owner")
	}
}

func nodeOf(t *testing.T, w *wired) (usb.Plugged, string, bool) {
	t.Helper()
	d, err := w.System().Find(usb.Address{ID: w.gadget.ID})
	if err != nil {
		t.Fatal(err)
	}
	return d, w.System().PrinterFile(d.Interfaces[0]), true
}

func TestWhyAUSBDeviceDoesNotOpenIsSaid(t *testing.T) {
	tests := []struct {
		name, address string
		fail          error
		says          string
	}{
		{"no right", "usb:0400:c35a", syscall.EACCES, "udev 规则"},
		{"no right to the printer", "usblp:0416:5011", syscall.EACCES, "lp 组"},
		{"pulled out this moment", "usb:0400:c35a", syscall.ENODEV, "刚被拔出"},
		{"another program has it", "usb:0400:c35a", syscall.EBUSY, "其他程序占用"},
		{"something else", "usb:0400:c35a", syscall.EIO, "USB 设备打不开"},
		{"no node of usblp", "usblp:0400:c35a", nil, "usblp 驱动"},
		{"two of a kind", "usb:1234:5678", nil, "@1-5 或 @1-6"},
		{"one that isn't there", "usb:1234:0000", nil, "USB 上没有这个设备"},
		{"another serial number", "usb:0400:c35a:B", nil, "USB 上没有这个设备"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := plugIn(t, enginetest.Gadget{ID: "0400:c35a", Serial: "A"})
			w.Plug(t, "1-4", enginetest.Gadget{ID: "0416:5011", Printer: true, Dial: w.gadget.Dial})
			w.Plug(t, "1-5", enginetest.Gadget{ID: "1234:5678", Dial: w.gadget.Dial})
			w.Plug(t, "1-6", enginetest.Gadget{ID: "1234:5678", Dial: w.gadget.Dial})
			s := w.System()
			if tt.fail != nil {
				s.Kernel = refusing{tt.fail}
			}
			_, err := port.Open(usb.With(t.Context(), s), tt.address, port.Settings{})
			var told device.Explainer
			if !errors.As(err, &told) || !strings.Contains(told.Explain(), tt.says) {
				t.Errorf("got %v", err)
			}
			if !errors.Is(err, device.ErrOffline) && !errors.Is(err, port.ErrBusy) {
				t.Errorf("%v isn't worth trying again", err)
			}
		})
	}
	w := plugIn(t, enginetest.Gadget{ID: "0400:c35a", Serial: "A:1"})
	for _, right := range []string{"usb:0400:c35a", "usb:0400:C35A", "usb:0400:c35a:A:1", "usb:0400:c35a@" + socket} {
		p, err := w.open(t, right)
		if err != nil {
			t.Errorf("%s: %v", right, err)
			continue
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := port.Open(w.In(t.Context()), "usb:0400:c35a", port.Settings{Out: 0x06, In: 0x85}); err == nil || !strings.Contains(err.Error(), "out 06, in 85") {
		t.Errorf("endpoints that it lacks: %v", err)
	}
	for _, wrong := range []string{"usb:", "usb:400:c35a", "usblp:0400", "usb:0400:c35a:", "usb:0400:c35a@../..", "usb:0400:c35a" + strings.Repeat(":x", 100)} {
		if _, err := w.open(t, wrong); err == nil || device.IsTemporary(err) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

type refusing struct{ err error }

func (r refusing) OpenPrinter(string) (usb.Printer, error) { return nil, r.err }
func (r refusing) OpenDevice(string) (usb.Device, error)   { return nil, r.err }

func TestAPrinterPortTellsWhatItSeesOfThePaper(t *testing.T) {
	usbLines(t, func(t *testing.T, w *wired, _ string, p port.Port, _ io.ReadWriter) {
		watched, ok := p.(port.Watched)
		if !ok {
			t.Fatal("it tells nothing")
		}
		for status, want := range map[usb.PortStatus]device.State{
			0x18: device.Online, 0x38: device.PaperEnd, 0x20: device.PaperEnd, 0x10: device.Fault, 0x08: device.Fault, 0x00: "",
		} {
			w.Report(socket, status)
			if got, err := watched.PortState(t.Context()); got != want || err != nil {
				t.Errorf("%02x: %q, %v", status, got, err)
			}
		}
		w.Unplug(socket)
		if _, err := watched.PortState(t.Context()); !errors.Is(err, device.ErrOffline) {
			t.Errorf("unplugged: %v", err)
		}
	})
}

// A node by its path works where the system shows no more of it; a pseudo-
// terminal stands in for the node, so the reads and writes are real ones.
func TestAPathOfAPrinterNodeIsOpenedWithoutASpeed(t *testing.T) {
	dev, path := enginetest.PTY(t)
	s := usb.System{Devices: t.TempDir(), Dev: t.TempDir(), Kernel: link{path}}
	p, err := port.Open(usb.With(t.Context(), s), s.Dev+"/usb/lp0", port.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dev.Write([]byte{0x12}); err != nil {
		t.Fatal(err)
	}
	if got := readFull(t, p, 1); got[0] != 0x12 {
		t.Errorf("got % X", got)
	}
	if _, err := p.Read(within(t, 20*time.Millisecond), make([]byte, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := p.Write(within(t, enginetest.Patience), []byte("ticket")); err != nil {
		t.Error(err)
	}
	if state, err := p.(port.Watched).PortState(t.Context()); state != "" || err != nil {
		t.Errorf("a terminal has no port status: %q, %v", state, err)
	}
	if err := errors.Join(p.Close(), p.Close()); err != nil {
		t.Error(err)
	}
}

// link opens one file, whatever is asked for.
type link struct{ path string }

func (l link) OpenPrinter(string) (usb.Printer, error) { return usb.Local().Kernel.OpenPrinter(l.path) }
func (l link) OpenDevice(string) (usb.Device, error)   { return nil, syscall.ENOENT }

// stuck is a printer that leaves the question for its status open until it is
// closed.
type stuck struct {
	usb.Printer
	closed chan struct{}
}

func (s stuck) OpenPrinter(string) (usb.Printer, error) { return s, nil }
func (s stuck) OpenDevice(string) (usb.Device, error)   { return nil, syscall.ENOENT }
func (s stuck) Close() error                            { close(s.closed); return nil }

func (s stuck) PortStatus() (usb.PortStatus, error) {
	<-s.closed
	return 0, syscall.ENODEV
}

func TestAQuestionForTheStatusThatHangsHoldsNobodyUp(t *testing.T) {
	s := usb.System{Devices: t.TempDir(), Dev: t.TempDir(), Kernel: stuck{closed: make(chan struct{})}}
	p, err := port.Open(usb.With(t.Context(), s), s.Dev+"/usb/lp0", port.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	watched, _ := p.(port.Watched)
	if state, err := watched.PortState(within(t, 20*time.Millisecond)); state != "" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %q, %v", state, err)
	}
	if state, err := watched.PortState(within(t, enginetest.Patience)); state != "" || err != nil {
		t.Errorf("a second question: %q, %v", state, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
