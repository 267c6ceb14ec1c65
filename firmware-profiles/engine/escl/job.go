package escl

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/internal/device"
)

// Namespaces of eSCL.
const (
	nsScan = "http://schemas.hp.com/imaging/escl/2011/05/03"
	nsPWG  = "http://www.pwg.org/schemas/2010/12/sm"
)

// Job is a scan as the scanner is asked for it.
type Job struct {
	Source device.Source
	Duplex bool
	// Width and Height are 1/300 inch from the left upper corner.
	Width, Height int
	DPI           int
	// ColorMode is RGB24 or Grayscale8.
	ColorMode string
}

// slack is how much smaller than the paper a scanner's area may be, in 1/300
// inch: many scan A4 from its edge less 2 mm.
const slack = 60

// Plan makes a job of a wish, as near as the scanner can. A wish that it can't
// fulfil at all is a *sheet.Unable.
func Plan(caps Capabilities, want device.ScanSettings) (Job, error) {
	want, err := sheet.Filled(want)
	if err != nil {
		return Job{}, err
	}
	in := caps.Platen
	if want.Source == device.SourceFeeder {
		in = caps.Feeder
		if want.TwoSided || in == nil {
			in = caps.Duplex
		}
	}
	switch {
	case in == nil && want.TwoSided && caps.Feeder != nil:
		return Job{}, &sheet.Unable{What: "scanner can't scan both sides", Words: "这台扫描仪不能双面扫描"}
	case in == nil && want.Source == device.SourceFeeder:
		return Job{}, &sheet.Unable{What: "scanner has no feeder", Words: "这台扫描仪没有进纸器"}
	case in == nil:
		return Job{}, &sheet.Unable{What: "scanner has no glass", Words: "这台扫描仪没有平板，请放入进纸器"}
	}
	job := Job{Source: want.Source, Duplex: want.Source == device.SourceFeeder && want.TwoSided, DPI: sheet.Nearest(in.DPI, want.DPI)}
	if job.DPI == 0 {
		job.DPI = want.DPI // it doesn't tell
	}
	w, h := sheet.Millimetres(want.Paper)
	job.Width, job.Height = threeHundredths(w), threeHundredths(h)
	if in.MaxWidth+slack < job.Width || in.MaxHeight+slack < job.Height {
		return Job{}, &sheet.Unable{What: fmt.Sprintf("%s doesn't fit into the scanner", want.Paper), Words: fmt.Sprintf("这台扫描仪放不下 %s 纸", want.Paper)}
	}
	job.Width, job.Height = max(in.MinWidth, min(job.Width, in.MaxWidth)), max(in.MinHeight, min(job.Height, in.MaxHeight))
	job.ColorMode = colorMode(in.ColorModes, want.Grey)
	return job, nil
}

// threeHundredths is a length in 1/300 inch.
func threeHundredths(mm int) int { return (mm*3000 + 127) / 254 }

// colorMode chooses a mode; a scanner that lists none knows them all.
func colorMode(modes []string, grey bool) string {
	want, other := "RGB24", "Grayscale8"
	if grey {
		want, other = other, want
	}
	if !slices.Contains(modes, want) && slices.Contains(modes, other) {
		return other
	}
	return want
}

// XML is the job as ScanSettings.
func (j Job) XML() []byte {
	source := "Platen"
	if j.Source == device.SourceFeeder {
		source = "Feeder"
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	fmt.Fprintf(&b, `<scan:ScanSettings xmlns:scan="%s" xmlns:pwg="%s">`, nsScan, nsPWG)
	b.WriteString(`<pwg:Version>2.0</pwg:Version><scan:Intent>Document</scan:Intent>`)
	fmt.Fprintf(&b, `<pwg:ScanRegions><pwg:ScanRegion><pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>`+
		`<pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset><pwg:Width>%d</pwg:Width><pwg:Height>%d</pwg:Height>`+
		`</pwg:ScanRegion></pwg:ScanRegions>`, j.Width, j.Height)
	fmt.Fprintf(&b, `<pwg:InputSource>%s</pwg:InputSource>`, source)
	fmt.Fprintf(&b, `<pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat><scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>`)
	fmt.Fprintf(&b, `<scan:ColorMode>%s</scan:ColorMode><scan:XResolution>%d</scan:XResolution><scan:YResolution>%d</scan:YResolution>`,
		j.ColorMode, j.DPI, j.DPI)
	if j.Source == device.SourceFeeder {
		fmt.Fprintf(&b, `<scan:Duplex>%t</scan:Duplex>`, j.Duplex)
	}
	b.WriteString(`</scan:ScanSettings>`)
	return b.Bytes()
}
