package sane

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// RunVector plays a vector of a SANE profile:
//
//	do: command, in: {source, paper, dpi, grey, two_sided}   out are scanimage's arguments, each ended by 00
//	do: result                                      recv is its exit code and what it said
//
// The arguments are those for a scanner that has what the profile claims. The
// words of is are error (jam, no-paper, cover-open, offline, fault).
func RunVector(p *profile.Profile, v profile.Vector) error {
	switch v.Do {
	case "command":
		return runCommand(p, v)
	case "result":
		return runResult(v)
	default:
		return fmt.Errorf("vector does %q, which SANE scanners don't", v.Do)
	}
}

func runCommand(p *profile.Profile, v profile.Vector) error {
	want, err := sheet.Wish(v.In)
	if err != nil {
		return err
	}
	args, _, err := Arguments(described(p), want)
	if err != nil {
		return err
	}
	if got := []byte(strings.Join(args, "\x00") + "\x00"); !bytes.Equal(got, v.Out) {
		return fmt.Errorf("scanimage gets %q, the vector says %q", got, []byte(v.Out))
	}
	return nil
}

// described are the options that a scanner with the profile's caps usually has.
func described(p *profile.Profile) Options {
	o := Options{Modes: []string{"Lineart", "Gray", "Color"}, DPI: p.Caps.DPI, Width: 215.9, Height: 297}
	if p.Caps.Paper == device.PaperA3 {
		o.Width, o.Height = 300, 432
	}
	for _, s := range p.Caps.Sources {
		switch {
		case s == device.SourceFlatbed:
			o.Sources = append(o.Sources, "Flatbed")
		case p.Caps.TwoSided:
			o.Sources = append(o.Sources, "ADF", "ADF Duplex")
		default:
			o.Sources = append(o.Sources, "ADF")
		}
	}
	return o
}

// errorWords name what a result means.
var errorWords = []struct {
	word string
	err  error
}{
	{"jam", device.ErrJam},
	{"no-paper", device.ErrNoPaper},
	{"cover-open", device.ErrCoverOpen},
	{"offline", device.ErrOffline},
	{"fault", device.ErrFault},
}

func runResult(v profile.Vector) error {
	if len(v.Recv) == 0 {
		return errors.New("a result begins with the exit code")
	}
	f := &failure{code: int(v.Recv[0]), said: lastLine(v.Recv[1:])}
	for _, w := range errorWords {
		if !errors.Is(f, w.err) {
			continue
		}
		if v.Is["error"] != w.word || len(v.Is) != 1 {
			return fmt.Errorf("%w: means {error: %s}, the vector says %v", f, w.word, v.Is)
		}
		return nil
	}
	return fmt.Errorf("%w: means nothing", f)
}
