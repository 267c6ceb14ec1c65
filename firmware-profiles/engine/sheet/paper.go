package sheet

import (
	"fmt"

	"smarthall/internal/device"
)

// Millimetres is the size of a paper in upright position.
func Millimetres(p device.Paper) (width, height int) {
	if p == device.PaperA3 {
		return 297, 420
	}
	return 210, 297
}

// Defaults of what scan settings may leave open.
const defaultDPI = 200

// Filled is s with the defaults in place of zero values.
func Filled(s device.ScanSettings) (device.ScanSettings, error) {
	if s.Source == "" {
		s.Source = device.SourceFlatbed
	}
	if s.Paper == "" {
		s.Paper = device.PaperA4
	}
	if s.DPI == 0 {
		s.DPI = defaultDPI
	}
	switch {
	case s.Source != device.SourceFlatbed && s.Source != device.SourceFeeder:
		return s, fmt.Errorf("no such source of paper: %q", s.Source)
	case s.Paper != device.PaperA4 && s.Paper != device.PaperA3:
		return s, fmt.Errorf("no such size of paper: %q", s.Paper)
	case s.DPI < 50 || s.DPI > 1200:
		return s, fmt.Errorf("resolution of %d dpi is out of range", s.DPI)
	}
	return s, nil
}

// Unable is the error of a wish that the device can't fulfil: it lacks a
// feeder, or A3 doesn't fit. It wraps device.ErrFault.
type Unable struct {
	// What is the cause in English, Words the same in Chinese.
	What, Words string
}

func (u *Unable) Error() string { return u.What + ": " + device.ErrFault.Error() }

// Unwrap makes it a device.ErrFault.
func (u *Unable) Unwrap() error { return device.ErrFault }

// Explain implements device.Explainer.
func (u *Unable) Explain() string { return u.Words }

var _ device.Explainer = (*Unable)(nil)

// Nearest is the resolution of list that serves a wish: the smallest that is
// fine enough, or the finest. It is 0 if list is empty.
func Nearest(list []int, dpi int) int {
	best := 0
	for _, n := range list {
		switch {
		case best == 0, n >= dpi && best < dpi, n >= dpi && n < best, best < dpi && n > best:
			best = n
		}
	}
	return best
}

// Wish reads scan settings from a vector's input.
func Wish(in any) (device.ScanSettings, error) {
	m, ok := in.(map[string]any)
	if !ok {
		return device.ScanSettings{}, fmt.Errorf("in is %v, want scan settings", in)
	}
	var s device.ScanSettings
	for key, value := range m {
		text, _ := value.(string)
		switch key {
		case "source":
			s.Source = device.Source(text)
		case "paper":
			s.Paper = device.Paper(text)
		case "dpi":
			s.DPI, ok = value.(int)
		case "grey":
			s.Grey, ok = value.(bool)
		case "two_sided":
			s.TwoSided, ok = value.(bool)
		default:
			ok = false
		}
		if !ok {
			return s, fmt.Errorf("scan settings have no %s: %v", key, value)
		}
	}
	return s, nil
}
