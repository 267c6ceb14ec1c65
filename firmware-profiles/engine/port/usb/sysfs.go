package usb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Plugged is a device that is plugged in.
type Plugged struct {
	// Place is the socket as the kernel names it: 1-1.2 is socket 2 of the hub in
	// socket 1 of bus 1.
	Place string
	// ID is vendor:product in lower-case hex.
	ID string
	// Serial, Maker and Name are what the device says of itself, or empty.
	Serial, Maker, Name string
	// File is the device as a whole, /dev/bus/usb/001/004. The number changes
	// with every plugging.
	File string
	// Hub tells that it is nobody's device.
	Hub        bool
	Interfaces []Interface
}

// Interface is one function of a device.
type Interface struct {
	Number int
	Class  byte
	// Driver is the kernel's driver that has it; usbfs if a program has.
	Driver string
	// Printer is its node of usblp, such as lp0; empty if it has none.
	Printer string
	// DeviceID is what a printer says of itself by IEEE 1284.
	DeviceID  string
	Endpoints []Endpoint
}

// Endpoint is one end of an interface.
type Endpoint struct {
	Address byte // bit 7 is set if the device sends
	Bulk    bool
	Packet  int // the longest packet in bytes
}

// In tells that the device sends there.
func (e Endpoint) In() bool { return e.Address&0x80 != 0 }

// Classes of interfaces and devices.
const (
	ClassPrinter = 0x07
	ClassHub     = 0x09
)

const (
	maxDevices = 400  // folders that are looked at
	maxFact    = 1200 // bytes of a file; a device id has at most 1023
)

// Plugged are all devices, by their sockets.
func (s System) Plugged() ([]Plugged, error) {
	entries, err := os.ReadDir(s.Devices)
	if err != nil {
		return nil, fmt.Errorf("list USB devices: %w", err)
	}
	entries = entries[:min(len(entries), maxDevices)]
	var out []Plugged
	for _, e := range entries {
		if strings.Contains(e.Name(), ":") {
			continue // an interface
		}
		d, ok := s.device(e.Name())
		if !ok {
			continue // gone meanwhile
		}
		for _, other := range entries {
			if strings.HasPrefix(other.Name(), d.Place+":") {
				if i, ok := s.function(other.Name()); ok {
					d.Interfaces = append(d.Interfaces, i)
				}
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// device reads a device's folder.
func (s System) device(name string) (Plugged, bool) {
	fact := func(file string) string { return s.fact(name, file) }
	vendor, err1 := strconv.ParseUint(fact("idVendor"), 16, 16)
	product, err2 := strconv.ParseUint(fact("idProduct"), 16, 16)
	if errors.Join(err1, err2) != nil {
		return Plugged{}, false
	}
	d := Plugged{
		Place: name, ID: fmt.Sprintf("%04x:%04x", vendor, product),
		Serial: fact("serial"), Maker: fact("manufacturer"), Name: fact("product"),
	}
	class, err := strconv.ParseUint(fact("bDeviceClass"), 16, 8)
	d.Hub = err == nil && class == ClassHub
	bus, err1 := strconv.Atoi(fact("busnum"))
	number, err2 := strconv.Atoi(fact("devnum"))
	if errors.Join(err1, err2) == nil {
		d.File = filepath.Join(s.Dev, "bus", "usb", fmt.Sprintf("%03d", bus), fmt.Sprintf("%03d", number))
	}
	return d, true
}

// function reads an interface's folder.
func (s System) function(name string) (Interface, bool) {
	number, err1 := strconv.ParseUint(s.fact(name, "bInterfaceNumber"), 16, 8)
	class, err2 := strconv.ParseUint(s.fact(name, "bInterfaceClass"), 16, 8)
	if errors.Join(err1, err2) != nil {
		return Interface{}, false
	}
	i := Interface{Number: int(number), Class: byte(class), DeviceID: s.fact(name, "ieee1284_id")}
	if target, err := os.Readlink(filepath.Join(s.Devices, name, "driver")); err == nil {
		i.Driver = filepath.Base(target)
	}
	for _, folder := range []string{"usbmisc", "usb"} { // the second before Linux 3.1
		nodes, err := os.ReadDir(filepath.Join(s.Devices, name, folder))
		if err == nil && len(nodes) > 0 && strings.HasPrefix(nodes[0].Name(), "lp") {
			i.Printer = nodes[0].Name()
		}
	}
	ends, err := filepath.Glob(filepath.Join(s.Devices, name, "ep_*"))
	if err != nil {
		return i, true // a folder with a bracket in its name: not the kernel's
	}
	slices.Sort(ends)
	for _, end := range ends {
		if e, ok := s.endpoint(filepath.Join(name, filepath.Base(end))); ok {
			i.Endpoints = append(i.Endpoints, e)
		}
	}
	return i, true
}

// endpoint reads an endpoint's folder.
func (s System) endpoint(name string) (Endpoint, bool) {
	address, err1 := strconv.ParseUint(s.fact(name, "bEndpointAddress"), 16, 8)
	kind, err2 := strconv.ParseUint(s.fact(name, "bmAttributes"), 16, 8)
	size, err3 := strconv.ParseUint(s.fact(name, "wMaxPacketSize"), 16, 16)
	if errors.Join(err1, err2, err3) != nil {
		return Endpoint{}, false
	}
	const bulk, kindMask, sizeMask = 0x02, 0x03, 0x07FF
	return Endpoint{Address: byte(address), Bulk: kind&kindMask == bulk, Packet: int(size & sizeMask)}, true
}

// fact reads a small file of a folder; empty if there is none.
func (s System) fact(folder, file string) string {
	f, err := os.Open(filepath.Join(s.Devices, folder, file)) //nolint:gosec // the folder is the system's
	if err != nil {
		return ""
	}
	defer f.Close() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFact))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(data), ""))
}

// PrinterFile is the node of usblp of an interface.
func (s System) PrinterFile(i Interface) string { return filepath.Join(s.Dev, "usb", i.Printer) }

// Missing tells whether an error says that there is nothing of that name.
func Missing(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotPlugged) }

// Pipes is where bytes go out and come in.
type Pipes struct {
	Interface int
	Class     byte // of the interface
	Out, In   Endpoint
}

// Pipes are the bulk endpoints that a device is spoken to through: out and in,
// or where they are 0 the first pair of an interface. ok is false if the device
// has none such.
func (d Plugged) Pipes(out, in byte) (Pipes, bool) {
	for _, i := range d.Interfaces {
		p := Pipes{Interface: i.Number, Class: i.Class}
		for _, e := range i.Endpoints {
			if !e.Bulk || e.Packet <= 0 {
				continue
			}
			switch {
			case e.In() && p.In.Packet == 0 && (in == 0 || e.Address == in):
				p.In = e
			case !e.In() && p.Out.Packet == 0 && (out == 0 || e.Address == out):
				p.Out = e
			}
		}
		if p.In.Packet > 0 && p.Out.Packet > 0 {
			return p, true
		}
	}
	return Pipes{}, false
}
