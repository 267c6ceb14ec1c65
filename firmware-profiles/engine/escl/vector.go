package escl

import (
	"bytes"
	"fmt"
	"strings"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// RunVector plays a vector of a scanner profile:
//
//	do: settings, in: {source, paper, dpi, grey, two_sided}   out is a part of the ScanSettings sent
//	do: status                                       recv is ScannerStatus, or a part of it that stands alone
//
// The words of is are state (a neutral one), feeder (empty: true) and error
// (frame).
func RunVector(p *profile.Profile, v profile.Vector) error {
	switch v.Do {
	case "settings":
		return runSettings(p, v)
	case "status":
		return runStatus(v)
	default:
		return fmt.Errorf("vector does %q, which eSCL scanners don't", v.Do)
	}
}

func runSettings(p *profile.Profile, v profile.Vector) error {
	want, err := sheet.Wish(v.In)
	if err != nil {
		return err
	}
	job, err := Plan(Described(p), want)
	if err != nil {
		return err
	}
	if got := job.XML(); !bytes.Contains(got, v.Out) {
		return fmt.Errorf("settings %q don't hold %q", got, []byte(v.Out))
	}
	return nil
}

// Described are the capabilities that a profile claims for its model: what its
// simulator has. A real scanner tells its own.
func Described(p *profile.Profile) Capabilities {
	w, h := 2550, 3508 // a glass for A4 takes US letter's width, too
	if p.Caps.Paper == device.PaperA3 {
		w, h = 3508, 4961
	}
	caps := Capabilities{Model: p.Names.EN}
	for _, s := range p.Caps.Sources {
		in := Input{
			MinWidth: 16, MinHeight: 16, MaxWidth: w, MaxHeight: h, DPI: p.Caps.DPI,
			ColorModes: []string{"Grayscale8", "RGB24"}, Formats: []string{"image/jpeg"},
		}
		both := in
		switch {
		case s == device.SourceFlatbed:
			caps.Platen = &in
		case p.Caps.TwoSided:
			caps.Feeder, caps.Duplex = &in, &both
		default:
			caps.Feeder = &in
		}
	}
	return caps
}

func runStatus(v profile.Vector) error {
	got := map[string]any{}
	st, err := ParseStatus(v.Recv)
	if err != nil {
		got["error"] = "frame"
	} else {
		got["state"] = string(st.Device())
		got["feeder"] = strings.ToLower(strings.TrimPrefix(string(st.Feeder), "ScannerAdf"))
	}
	for key, want := range v.Is {
		if got[key] != want {
			return fmt.Errorf("status means %s %v, the vector says %v", key, got[key], want)
		}
	}
	return nil
}
