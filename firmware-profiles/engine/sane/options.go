package sane

import (
	"bufio"
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/internal/device"
)

// Options are what a scanner lets its users choose, as `scanimage -A` lists it.
// A zero field is an option that it doesn't have.
type Options struct {
	Modes, Sources []string
	// DPI are resolutions to choose from, or MinDPI and MaxDPI bound them.
	DPI            []int
	MinDPI, MaxDPI int
	// Width and Height of the area in millimetres.
	Width, Height float64
}

// optionLine is "    --mode Gray|Color [Gray]": a name, what can be chosen and
// the present value. rangeOf is "0..215.9mm (in steps of 0.1)".
var (
	optionLine = regexp.MustCompile(`^ +(--?[a-zA-Z][a-z0-9-]*) (.+) \[[^\[\]]*\]\s*$`)
	rangeOf    = regexp.MustCompile(`^(-?[0-9.]+)\.\.(-?[0-9.]+)(mm|dpi|pel)?(?: \(in steps of [0-9.]+\))?$`)
)

const (
	maxLine    = 64 << 10
	maxChoices = 256
	maxDPI     = 2400
)

// ParseOptions reads the list of options. What it doesn't know it passes over,
// so that every driver's list can be read.
func ParseOptions(list []byte) Options {
	var o Options
	lines := bufio.NewScanner(bytes.NewReader(list))
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		found := optionLine.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		name, choice := found[1], found[2]
		switch name {
		case "--mode":
			o.Modes = choices(choice)
		case "--source":
			o.Sources = choices(choice)
		case "--resolution":
			o.setDPI(choice)
		case "-x":
			o.Width = upTo(choice)
		case "-y":
			o.Height = upTo(choice)
		}
	}
	return o
}

func choices(s string) []string {
	all := strings.Split(s, "|")
	return slices.DeleteFunc(all[:min(len(all), maxChoices)], func(s string) bool { return s == "" })
}

func (o *Options) setDPI(choice string) {
	o.DPI, o.MinDPI, o.MaxDPI = nil, 0, 0
	if r := rangeOf.FindStringSubmatch(choice); r != nil {
		low, errLow := strconv.ParseFloat(r[1], 64)
		high, errHigh := strconv.ParseFloat(r[2], 64)
		if errLow == nil && errHigh == nil && low >= 0 && high >= low && high >= 1 {
			o.MinDPI, o.MaxDPI = int(min(low, maxDPI)), int(min(high, maxDPI))
		}
		return
	}
	for _, s := range choices(choice) {
		if n, err := strconv.Atoi(strings.TrimSuffix(s, "dpi")); err == nil && n > 0 && n <= maxDPI {
			o.DPI = append(o.DPI, n)
		}
	}
}

// upTo is the end of a range in millimetres; drivers that count in pixels give 0.
func upTo(choice string) float64 {
	r := rangeOf.FindStringSubmatch(choice)
	if r == nil || r[3] != "mm" {
		return 0
	}
	n, err := strconv.ParseFloat(r[2], 64)
	if err != nil || n <= 0 || n > 5000 {
		return 0
	}
	return n
}

// resolution is the one that serves a wish, 0 if the scanner can't choose.
func (o Options) resolution(dpi int) int {
	if len(o.DPI) > 0 {
		return sheet.Nearest(o.DPI, dpi)
	}
	if o.MaxDPI == 0 {
		return 0
	}
	return max(o.MinDPI, min(dpi, o.MaxDPI))
}

// mode is the driver's word for grey or colour.
func (o Options) mode(grey bool) string {
	words := []string{"color", "colour", "24bit"}
	if grey {
		words = []string{"gray", "grey", "true gray", "8bit"}
	}
	for _, m := range o.Modes {
		for _, w := range words {
			if strings.HasPrefix(strings.ToLower(m), w) {
				return m
			}
		}
	}
	return "" // the driver's own choice
}

// source is the driver's word for where the paper comes from, empty if it has
// none; false if it has others only.
func (o Options) source(want device.ScanSettings) (string, bool) {
	if len(o.Sources) == 0 {
		return "", want.Source == device.SourceFlatbed
	}
	for _, s := range o.Sources {
		lower := strings.ToLower(s)
		feeder := strings.Contains(lower, "adf") || strings.Contains(lower, "feeder")
		duplex := strings.Contains(lower, "duplex")
		switch {
		case want.Source == device.SourceFlatbed && !feeder && !duplex,
			want.Source == device.SourceFeeder && want.TwoSided && duplex,
			want.Source == device.SourceFeeder && !want.TwoSided && feeder && !duplex && !strings.Contains(lower, "back"):
			return s, true
		}
	}
	return "", false
}
