package escl

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/internal/device"
)

// Capabilities are what a scanner can do.
type Capabilities struct {
	Model string
	// Platen is the glass, Feeder one side and Duplex both sides from the
	// feeder; nil if the scanner has none.
	Platen, Feeder, Duplex *Input
}

// Input is what one source of paper can do. Lengths are 1/300 inch.
type Input struct {
	MinWidth, MaxWidth   int
	MinHeight, MaxHeight int
	// ColorModes are RGB24, Grayscale8 and others.
	ColorModes []string
	// Formats are the media types of pages.
	Formats []string
	// DPI are the resolutions, sorted; of a range its steps.
	DPI []int
}

// The elements, by their local names: makers disagree about namespaces.
type xmlCapabilities struct {
	XMLName xml.Name `xml:"ScannerCapabilities"`
	Model   string   `xml:"MakeAndModel"`
	Platen  *struct {
		Caps *xmlInput `xml:"PlatenInputCaps"`
	} `xml:"Platen"`
	Adf *struct {
		Simplex *xmlInput `xml:"AdfSimplexInputCaps"`
		Duplex  *xmlInput `xml:"AdfDuplexInputCaps"`
	} `xml:"Adf"`
}

type xmlInput struct {
	MinWidth  int          `xml:"MinWidth"`
	MaxWidth  int          `xml:"MaxWidth"`
	MinHeight int          `xml:"MinHeight"`
	MaxHeight int          `xml:"MaxHeight"`
	Profiles  []xmlProfile `xml:"SettingProfiles>SettingProfile"`
}

type xmlProfile struct {
	ColorModes []string `xml:"ColorModes>ColorMode"`
	Formats    []string `xml:"DocumentFormats>DocumentFormat"`
	FormatExts []string `xml:"DocumentFormats>DocumentFormatExt"`
	Discrete   []struct {
		X int `xml:"XResolution"`
		Y int `xml:"YResolution"`
	} `xml:"SupportedResolutions>DiscreteResolutions>DiscreteResolution"`
	Range *struct {
		X xmlRange `xml:"XResolutionRange"`
	} `xml:"SupportedResolutions>ResolutionRange"`
}

type xmlRange struct {
	Min  int `xml:"Min"`
	Max  int `xml:"Max"`
	Step int `xml:"Step"`
}

// ParseCapabilities reads ScannerCapabilities. An error wraps device.ErrFrame.
func ParseCapabilities(data []byte) (Capabilities, error) {
	var x xmlCapabilities
	if err := xml.Unmarshal(data, &x); err != nil {
		return Capabilities{}, fmt.Errorf("capabilities: %w: %w", device.ErrFrame, err)
	}
	c := Capabilities{Model: strings.TrimSpace(x.Model)}
	if x.Platen != nil {
		c.Platen = x.Platen.Caps.input()
	}
	if x.Adf != nil {
		c.Feeder, c.Duplex = x.Adf.Simplex.input(), x.Adf.Duplex.input()
	}
	if c.Platen == nil && c.Feeder == nil && c.Duplex == nil {
		return Capabilities{}, fmt.Errorf("capabilities without a source of paper: %w", device.ErrFrame)
	}
	return c, nil
}

// Bounds of what is believed.
const (
	maxLength = 300 * 60 // five feet, in 1/300 inch
	maxDPI    = 2400
)

// input is the source as the engine needs it, nil if it can't be used.
func (x *xmlInput) input() *Input {
	if x == nil || x.MaxWidth <= 0 || x.MaxHeight <= 0 {
		return nil
	}
	in := &Input{
		MinWidth: max(0, x.MinWidth), MaxWidth: min(x.MaxWidth, maxLength),
		MinHeight: max(0, x.MinHeight), MaxHeight: min(x.MaxHeight, maxLength),
	}
	for _, p := range x.Profiles {
		in.ColorModes = append(in.ColorModes, p.ColorModes...)
		in.Formats = append(append(in.Formats, p.Formats...), p.FormatExts...)
		for _, d := range p.Discrete {
			if d.X == d.Y && d.X > 0 && d.X <= maxDPI {
				in.DPI = append(in.DPI, d.X)
			}
		}
		if p.Range != nil {
			in.DPI = append(in.DPI, p.Range.X.steps()...)
		}
	}
	for _, list := range []*[]string{&in.ColorModes, &in.Formats} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	slices.Sort(in.DPI)
	in.DPI = slices.Compact(in.DPI)
	return in
}

// steps are the usual resolutions that a range holds.
func (r xmlRange) steps() []int {
	var out []int
	for _, n := range []int{75, 100, 150, 200, 240, 300, 400, 600, 1200} {
		if n >= r.Min && n <= min(r.Max, maxDPI) && (r.Step <= 1 || (n-r.Min)%r.Step == 0) {
			out = append(out, n)
		}
	}
	if len(out) == 0 && r.Max > 0 && r.Max <= maxDPI {
		out = append(out, r.Max)
	}
	return out
}

// AdfState is what a scanner says of its feeder.
type AdfState string

// The states that mean something to us.
const (
	AdfEmpty  AdfState = "ScannerAdfEmpty"
	AdfLoaded AdfState = "ScannerAdfLoaded"
	AdfJam    AdfState = "ScannerAdfJam"
)

// Status is a scanner's answer to ScannerStatus.
type Status struct {
	// Scanner is Idle, Processing, Testing, Stopped or Down.
	Scanner string
	// Feeder is empty for a scanner without one.
	Feeder AdfState
	// Jobs are those that the scanner tells of, the first maxJobs.
	Jobs []JobInfo
}

// JobInfo is what a scanner tells of one job, whoever asked for it.
type JobInfo struct {
	Path string // of its address; only the path counts, see client.created
	// State is Pending, Processing, Completed, Canceled or Aborted.
	State string
	Age   time.Duration // since it was asked for; 0 if the scanner doesn't tell
}

// Runs tells that the job keeps the scanner busy.
func (j JobInfo) Runs() bool { return j.State == "Processing" || j.State == "Pending" }

// maxJobs bounds the jobs of a status: scanners list those of a day.
const maxJobs = 200

// maxAge bounds a job's age, in seconds.
const maxAge = 365 * 24 * 3600

// paths are the jobs' paths.
func (s Status) paths() []string {
	out := make([]string, 0, len(s.Jobs))
	for _, j := range s.Jobs {
		out = append(out, j.Path)
	}
	return out
}

// ParseStatus reads ScannerStatus. An error wraps device.ErrFrame.
func ParseStatus(data []byte) (Status, error) {
	var x struct {
		XMLName xml.Name `xml:"ScannerStatus"`
		State   string   `xml:"State"`
		Adf     string   `xml:"AdfState"`
		Jobs    []struct {
			URI   string `xml:"JobUri"`
			State string `xml:"JobState"`
			Age   string `xml:"Age"`
		} `xml:"Jobs>JobInfo"`
	}
	if err := xml.Unmarshal(data, &x); err != nil {
		return Status{}, fmt.Errorf("status: %w: %w", device.ErrFrame, err)
	}
	if x.State = strings.TrimSpace(x.State); x.State == "" {
		return Status{}, fmt.Errorf("status without a state: %w", device.ErrFrame)
	}
	st := Status{Scanner: x.State, Feeder: AdfState(strings.TrimSpace(x.Adf))}
	for _, j := range x.Jobs[:min(len(x.Jobs), maxJobs)] {
		u, err := url.Parse(strings.TrimSpace(j.URI))
		if err != nil || !strings.HasPrefix(u.Path, "/") {
			continue // it can't be asked for
		}
		seconds, err := strconv.Atoi(strings.TrimSpace(j.Age))
		if err != nil || seconds < 0 || seconds > maxAge {
			seconds = 0
		}
		st.Jobs = append(st.Jobs, JobInfo{
			Path: strings.TrimSuffix(path.Clean(u.Path), "/"), State: strings.TrimSpace(j.State), Age: time.Duration(seconds) * time.Second,
		})
	}
	return st, nil
}

// trouble is what keeps the scanner from scanning, nil if nothing does. An
// empty feeder is none.
func (s Status) trouble() error {
	switch s.Feeder {
	case AdfJam, "ScannerAdfMispick", "ScannerAdfMultipickDetected", "ScannerAdfDuplexPageTooShort", "ScannerAdfDuplexPageTooLong":
		return fmt.Errorf("%w (%s)", device.ErrJam, s.Feeder)
	case "ScannerAdfHatchOpen":
		return fmt.Errorf("%w (%s)", device.ErrCoverOpen, s.Feeder)
	case "ScannerAdfInputTrayFailed", "ScannerAdfInputTrayOverloaded":
		return fmt.Errorf("%w (%s)", device.ErrFault, s.Feeder)
	}
	if s.Scanner == "Stopped" || s.Scanner == "Down" {
		return fmt.Errorf("%w (%s)", device.ErrFault, s.Scanner)
	}
	return nil
}

// feeder is why nothing can be scanned from the feeder, nil if it can.
func (s Status) feeder() error {
	if err := s.trouble(); err != nil {
		return err
	}
	if s.Feeder == AdfEmpty {
		return device.ErrNoPaper
	}
	return nil
}

// Device is the neutral state.
func (s Status) Device() device.State { return device.StateOf(s.trouble()) }

// detail is the technical cause, empty if all is well.
func (s Status) detail() string {
	err := s.trouble()
	switch {
	case err == nil:
		return ""
	case errors.Is(err, device.ErrFault) && s.Feeder == "":
		return s.Scanner
	default:
		return string(s.Feeder)
	}
}
