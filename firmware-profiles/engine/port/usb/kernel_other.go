//go:build !linux

package usb

import "errors"

// local is this machine.
type local struct{}

var errNoLinux = errors.New("USB devices can be opened on Linux only: use a serial or network port")

func (local) OpenPrinter(string) (Printer, error) { return nil, errNoLinux }
func (local) OpenDevice(string) (Device, error)   { return nil, errNoLinux }
