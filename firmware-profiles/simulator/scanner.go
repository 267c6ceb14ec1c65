package simulator

import (
	"fmt"
	"strings"
	"unicode/utf8"

	codes "smarthall/firmware-profiles/engine/scanner"
)

// scanner is a barcode scanner, with a serial line or a keyboard's events: it only speaks. The device's mutex
// guards it.
type scanner struct {
	d        *Device
	lastScan string
}

// maxScan is more than any QR code holds.
const maxScan = 4096

func newScanner(d *Device) *scanner {
	return &scanner{d: d}
}

func (s *scanner) receive([]byte) {} // triggers aren't modelled: it is always ready

func (s *scanner) show(v *View) { v.LastScan = s.lastScan }

// Scan holds a code with this text before a scanner.
func (d *Device) Scan(text string) error {
	return on(d, func(s *scanner) error {
		switch {
		case d.plug == nil:
			return ErrUnplugged
		case text == "" || len(text) > maxScan || !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n"):
			return fmt.Errorf("text of %d bytes: %w", len(text), ErrArgument)
		}
		sent, err := codes.Encode(d.profile, text)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrArgument, err)
		}
		s.lastScan = text
		d.send(sent)
		return nil
	})
}
