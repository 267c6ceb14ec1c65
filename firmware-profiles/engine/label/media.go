// Package label is what the engines of label printers share. A device.Label
// flows through Lay, which turns it into a Plan for one size of label: text as
// pictures of one bit, drawn with our own font because printers' Chinese fonts
// differ, and codes at whole dots. A Language turns the plan into the printer's
// commands; Printer sends them over one line, which printing and the status
// poll share, and tells what becomes of them.
package label

import (
	"fmt"
	"slices"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// ErrSize is a label whose codes or text have no room on the paper that is set.
var ErrSize error = sizeError{}

type sizeError struct{}

var _ device.Explainer = sizeError{}

func (sizeError) Error() string { return "doesn't fit on the label" }

// Explain says it to the people of a hall.
func (sizeError) Explain() string { return "标签纸太小，放不下条码或文字" }

// Media is the paper in a printer and how it is burnt.
type Media struct {
	// DPI is the head's resolution in dots per inch.
	DPI int
	// WidthMM and HeightMM are one label's size, GapMM is the gap to the next; 0
	// for paper without labels.
	WidthMM, HeightMM, GapMM int
	// Density is the heat in the language's own steps; negative leaves the
	// printer's setting.
	Density int
	// Ribbon is set for thermal transfer; Choice tells that the printer has both
	// ways and must be told.
	Ribbon, Choice bool
	// Turn prints upside down, for how the paper hangs out.
	Turn bool
	// After is what happens to a printed label: tear, cut or peel.
	After string
	// NativeQR printers draw QR codes themselves.
	NativeQR bool
}

// Dots are so many millimetres in dots, rounded down so that nothing falls off
// the edge. A head of 203 dpi has 8 dots a millimetre.
func (m Media) Dots(mm int) int { return m.tenths(10 * mm) }

// tenths is Dots for tenths of a millimetre.
func (m Media) tenths(mm10 int) int {
	if m.DPI == 203 {
		return mm10 * 8 / 10
	}
	return mm10 * m.DPI / 254
}

// Defaults of parameters that a profile doesn't have.
const (
	defaultWidth  = 60
	defaultHeight = 40
	defaultGap    = 2
)

// MediaOf reads a printer's abilities from its profile and the paper from the
// parameters that an agent's file sets.
func MediaOf(p *profile.Profile, given map[string]string) (Media, error) {
	values, err := p.ResolveParams(given)
	if err != nil {
		return Media{}, err
	}
	number := func(name string, or int) int {
		if n, ok := values[name].(int); ok {
			return n
		}
		return or
	}
	flag := func(name string) bool {
		on, _ := values[name].(bool)
		return on
	}
	m := Media{
		WidthMM: number("width", defaultWidth), HeightMM: number("height", defaultHeight), GapMM: number("gap", defaultGap),
		Density: number("density", -1), Ribbon: flag("ribbon"), Choice: p.Caps.Ribbon, Turn: flag("turn"),
		NativeQR: p.Caps.QR == "native", After: "tear",
	}
	if after, ok := values["after"].(string); ok {
		m.After = after
	}
	if len(p.Caps.DPI) == 1 {
		m.DPI = p.Caps.DPI[0]
	}
	return m, m.check(p)
}

// check refuses paper that the printer can't take.
func (m Media) check(p *profile.Profile) error {
	switch {
	case m.DPI < 100 || m.DPI > 600:
		return fmt.Errorf("profile %s: caps need one dpi", p.ID)
	case m.WidthMM < minWidth || m.WidthMM > p.Caps.WidthMM:
		return fmt.Errorf("profile %s: a label %d mm wide: %d to %d are possible", p.ID, m.WidthMM, minWidth, p.Caps.WidthMM)
	case m.HeightMM < minHeight || m.HeightMM > maxHeight:
		return fmt.Errorf("profile %s: a label %d mm high: %d to %d are possible", p.ID, m.HeightMM, minHeight, maxHeight)
	case m.GapMM < 0 || m.GapMM > 20:
		return fmt.Errorf("profile %s: a gap of %d mm: 0 to 20 are possible", p.ID, m.GapMM)
	case !slices.Contains(p.Caps.After, m.After):
		return fmt.Errorf("profile %s: it can't %q a label: %v", p.ID, m.After, p.Caps.After)
	case m.Ribbon && !p.Caps.Ribbon:
		return fmt.Errorf("profile %s: it takes no ribbon", p.ID)
	}
	return nil
}

// Sizes of labels in millimetres that can be laid out.
const (
	minWidth  = 20
	minHeight = 15
	maxHeight = 200
)
