// Package tspl is the language of TSC's label printers and of nearly all
// Chinese ones. A label flows out as lines of ASCII commands with pictures in
// binary between them, the status comes back as one byte.
package tspl

import (
	"bytes"
	"fmt"
	"log/slog"

	"smarthall/firmware-profiles/engine/label"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// New is the engine's factory.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	return label.New(p, cfg, Language{}, log)
}

// RunVector plays one vector of a profile, see label.RunVector.
func RunVector(p *profile.Profile, v profile.Vector) error { return label.RunVector(Language{}, p, v) }

// Language is TSPL.
type Language struct{}

var _ label.Language = Language{}

// Encode is a whole label. Nothing of it comes from the label's text but the
// data of codes, which are label.Plain.
func (Language) Encode(p label.Plan) []byte {
	var out bytes.Buffer
	setup(&out, p.Media)
	for _, picture := range p.Pictures {
		fmt.Fprintf(&out, "BITMAP %d,%d,%d,%d,0,", picture.X, picture.Y, picture.Stride, picture.Height)
		out.Write(inverted(picture.Rows))
		out.WriteString("\r\n")
	}
	if b := p.Bar; b != nil {
		fmt.Fprintf(&out, "BARCODE %d,%d,\"128\",%d,0,0,%d,%d,\"%s\"\r\n", b.X, b.Y, b.Height, b.Module, b.Module, b.Data)
	}
	if q := p.QR; q != nil {
		fmt.Fprintf(&out, "QRCODE %d,%d,M,%d,A,0,\"%s\"\r\n", q.X, q.Y, q.Cell, q.Data)
	}
	fmt.Fprintf(&out, "PRINT 1,%d\r\n", p.Copies)
	return out.Bytes()
}

// setup says which paper it is and begins a label. It leads with an empty line:
// what a technician's program left unfinished ends there.
func setup(out *bytes.Buffer, m label.Media) {
	fmt.Fprintf(out, "\r\nSIZE %d mm,%d mm\r\nGAP %d mm,0 mm\r\n", m.WidthMM, m.HeightMM, m.GapMM)
	if m.Density >= 0 {
		fmt.Fprintf(out, "DENSITY %d\r\n", min(m.Density, 15))
	}
	if m.Choice {
		out.WriteString(map[bool]string{true: "SET RIBBON ON\r\n", false: "SET RIBBON OFF\r\n"}[m.Ribbon])
	}
	out.WriteString(map[bool]string{true: "DIRECTION 0\r\n", false: "DIRECTION 1\r\n"}[m.Turn])
	out.WriteString(map[string]string{"cut": "SET CUTTER 1\r\n", "peel": "SET PEEL ON\r\n", "tear": "SET TEAR ON\r\n"}[m.After])
	out.WriteString("REFERENCE 0,0\r\nCLS\r\n")
}

// inverted is a picture as TSPL wants it: 0 is black. ESC ! begins commands
// that printers obey even inside a picture, one of them a restart, so the dot
// that would make these two bytes is changed.
func inverted(rows []byte) []byte {
	out := make([]byte, len(rows))
	for i, dots := range rows {
		out[i] = ^dots
		if i > 0 && out[i-1] == 0x1B && out[i] == '!' {
			out[i] = ' '
		}
	}
	return out
}

// Question asks for the status; printers answer at any time.
func (Language) Question() []byte { return []byte{0x1B, '!', '?'} }

// Cancel drops all that waits to be printed.
func (Language) Cancel() []byte { return []byte{0x1B, '!', '.'} }

// Recover fills up a picture that was cut short with white, and begins anew.
func (Language) Recover(n int) []byte {
	return append(bytes.Repeat([]byte{0xFF}, n), "\r\nCLS\r\n"...)
}

// SilentInTrouble is false: ESC !? is answered in the event of an error too.
func (Language) SilentInTrouble() bool { return false }

// Bits of the status byte.
const (
	headOpen  = 0x01
	paperJam  = 0x02
	paperOut  = 0x04
	ribbonOut = 0x08
	paused    = 0x10
	printing  = 0x20
	otherErr  = 0x80
)

// Answer reads the status byte. More than one byte is noise.
func (Language) Answer(p []byte) (label.Status, bool) {
	if len(p) != 1 || p[0]&0x40 != 0 {
		return label.Status{}, false
	}
	b := p[0]
	switch {
	case b&headOpen != 0:
		return label.Status{State: device.CoverOpen, Detail: "打印头未压好"}, true
	case b&paperJam != 0:
		return label.Status{State: device.Jam, Detail: "卡纸"}, true
	case b&paperOut != 0:
		return label.Status{State: device.PaperEnd, Detail: "标签纸已用完"}, true
	case b&ribbonOut != 0:
		return label.Status{State: device.PaperEnd, Detail: "碳带已用完"}, true
	case b&otherErr != 0:
		return label.Status{State: device.Fault, Detail: "打印机报告错误"}, true
	case b&paused != 0:
		return label.Status{State: device.Fault, Detail: "打印机已暂停，请按打印机上的暂停键继续"}, true
	default:
		return label.Status{State: device.Online, Busy: b&printing != 0}, true
	}
}
