package sane

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"smarthall/internal/device"
)

const (
	// usbDevices is where Linux has a file for each device that is plugged in.
	usbDevices = "/dev/bus/usb"
	// plugEvery is how often it is looked whether a scanner's file is there: that
	// disturbs nobody.
	plugEvery = time.Second
)

// onUSB is the end of the names that SANE's drivers give to USB scanners:
// genesys:libusb:001:004, or epson2:libusb:001:004.
var onUSB = regexp.MustCompile(`:libusb:([0-9]{3}):([0-9]{3})$`)

// usbFile is the file of a USB scanner below root, empty for other names and
// where there is no such file.
func usbFile(root, name string) string {
	found := onUSB.FindStringSubmatch(name)
	if found == nil {
		return ""
	}
	file := filepath.Join(root, found[1], found[2])
	if _, err := os.Stat(file); err != nil {
		return "" // a system without them; scanimage tells whether it is there
	}
	return file
}

// pluggedIn is device.ErrOffline once a USB scanner was pulled out.
func (s *Scanner) pluggedIn() error {
	if s.usb == "" {
		return nil
	}
	if _, err := os.Stat(s.usb); errors.Is(err, fs.ErrNotExist) {
		return device.Temporary(fmt.Errorf("scanner was pulled out: %w", device.ErrOffline))
	}
	return nil
}
