package simulator

import (
	"errors"
	"fmt"

	"smarthall/internal/device"
)

// Faults that every device can have.

// Stall hangs the device: it loses what it hears and says nothing.
func (d *Device) Stall() { d.setStall(true) }

// Resume ends a stall.
func (d *Device) Resume() { d.setStall(false) }

func (d *Device) setStall(stalled bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stalled = stalled
	d.changed()
}

// Garbage disturbs the line: noise comes at once, and again right before the
// next answer.
func (d *Device) Garbage() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.plug == nil {
		return ErrUnplugged
	}
	d.noise = false
	d.send(d.garbage(32))
	if _, speaks := d.model.(*scanner); !speaks {
		d.noise = true // a scanner answers nothing
	}
	d.changed()
	return nil
}

// WrongChecksum makes the checksum of the next answer wrong. Printers,
// scanners and loudspeakers have none.
func (d *Device) WrongChecksum() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch d.model.(type) {
	case *printer, *labelPrinter, *scanner, *loudspeaker, server:
		return fmt.Errorf("no checksum in its protocol: %w", ErrUnsupported)
	}
	d.wrongSum = true
	d.changed()
	return nil
}

func isChecksum(err error) bool { return errors.Is(err, device.ErrChecksum) }
