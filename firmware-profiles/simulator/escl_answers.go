package simulator

import (
	"encoding/xml"
	"fmt"
	"strings"

	"smarthall/firmware-profiles/engine/escl"
)

// The simulated scanner's XML.

const esclNamespaces = `xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"`

// capabilities is the answer to ScannerCapabilities.
func (s *netScanner) capabilities() string {
	var b, name strings.Builder
	_ = xml.EscapeText(&name, []byte(s.caps.Model)) // a Builder takes everything
	fmt.Fprintf(&b, `<scan:ScannerCapabilities %s><pwg:Version>2.63</pwg:Version><pwg:MakeAndModel>%s</pwg:MakeAndModel>`, esclNamespaces, name.String())
	b.WriteString(`<pwg:SerialNumber>SIMULATED</pwg:SerialNumber>`)
	if s.caps.Platen != nil {
		fmt.Fprintf(&b, `<scan:Platen>%s</scan:Platen>`, inputCaps("PlatenInputCaps", s.caps.Platen))
	}
	if s.caps.Feeder != nil {
		b.WriteString(`<scan:Adf>` + inputCaps("AdfSimplexInputCaps", s.caps.Feeder))
		options := `<scan:AdfOption>DetectPaperLoaded</scan:AdfOption>`
		if s.caps.Duplex != nil {
			b.WriteString(inputCaps("AdfDuplexInputCaps", s.caps.Duplex))
			options += `<scan:AdfOption>Duplex</scan:AdfOption>`
		}
		fmt.Fprintf(&b, `<scan:FeederCapacity>%d</scan:FeederCapacity><scan:AdfOptions>%s</scan:AdfOptions></scan:Adf>`, maxFeeder, options)
	}
	b.WriteString(`</scan:ScannerCapabilities>`)
	return b.String()
}

// inputCaps is one source of paper.
func inputCaps(element string, in *escl.Input) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<scan:%s><scan:MinWidth>%d</scan:MinWidth><scan:MaxWidth>%d</scan:MaxWidth><scan:MinHeight>%d</scan:MinHeight><scan:MaxHeight>%d</scan:MaxHeight>`,
		element, in.MinWidth, in.MaxWidth, in.MinHeight, in.MaxHeight)
	b.WriteString(`<scan:MaxScanRegions>1</scan:MaxScanRegions><scan:SettingProfiles><scan:SettingProfile><scan:ColorModes>`)
	for _, m := range in.ColorModes {
		fmt.Fprintf(&b, `<scan:ColorMode>%s</scan:ColorMode>`, m)
	}
	b.WriteString(`</scan:ColorModes><scan:DocumentFormats>`)
	for _, f := range in.Formats {
		fmt.Fprintf(&b, `<pwg:DocumentFormat>%s</pwg:DocumentFormat><scan:DocumentFormatExt>%s</scan:DocumentFormatExt>`, f, f)
	}
	b.WriteString(`</scan:DocumentFormats><scan:SupportedResolutions><scan:DiscreteResolutions>`)
	for _, n := range in.DPI {
		fmt.Fprintf(&b, `<scan:DiscreteResolution><scan:XResolution>%d</scan:XResolution><scan:YResolution>%d</scan:YResolution></scan:DiscreteResolution>`, n, n)
	}
	b.WriteString(`</scan:DiscreteResolutions></scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>`)
	fmt.Fprintf(&b, `<scan:SupportedIntents><scan:Intent>Document</scan:Intent></scan:SupportedIntents></scan:%s>`, element)
	return b.String()
}

// status is the answer to ScannerStatus.
func (s *netScanner) status() string {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	state, adf, jobs := "Idle", "", ""
	if s.job != nil {
		state = "Processing"
		jobs = fmt.Sprintf(`<scan:Jobs><scan:JobInfo><pwg:JobUri>%s/ScanJobs/%s</pwg:JobUri><pwg:JobUuid>%s</pwg:JobUuid><scan:Age>0</scan:Age>`+
			`<pwg:ImagesCompleted>%d</pwg:ImagesCompleted><pwg:JobState>Processing</pwg:JobState></scan:JobInfo></scan:Jobs>`, s.base, s.job.id, s.job.id, s.job.pages)
	}
	if s.caps.Feeder != nil {
		word := "Loaded"
		switch {
		case s.jam:
			word, state = "Jam", "Stopped"
		case s.hatch:
			word, state = "HatchOpen", "Stopped"
		case len(s.feeder) == 0:
			word = "Empty"
		}
		adf = `<scan:AdfState>ScannerAdf` + word + `</scan:AdfState>`
	}
	return fmt.Sprintf(`<scan:ScannerStatus %s><pwg:Version>2.63</pwg:Version><pwg:State>%s</pwg:State>%s%s</scan:ScannerStatus>`, esclNamespaces, state, adf, jobs)
}
