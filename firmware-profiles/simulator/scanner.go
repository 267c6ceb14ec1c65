package simulator

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// scanner is a serial barcode scanner: it only speaks. The device's mutex
// guards it.
type scanner struct {
	d        *Device
	suffix   string
	lastScan string
}

// maxScan is more than any QR code holds.
const maxScan = 4096

func newScanner(d *Device) *scanner {
	s := &scanner{d: d, suffix: "\r"}
	if t := d.profile.Caps.Terminators; len(t) > 0 && t[0] == "lf" {
		s.suffix = "\n"
	}
	return s
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
		s.lastScan = text
		d.send([]byte(text + s.suffix))
		return nil
	})
}
