// Package profile reads firmware profiles: YAML files that describe a device
// model as data. A file flows through strict YAML, the JSON Schema
// hall.device/v1, the rules that a schema can't say and, for devices described
// wholly by frames, its own vectors; what comes out is a Profile that engines
// and simulators speak from. Every mistake is reported with its line and
// column, in Chinese and English. The frame grammar (Frame, Decoder, Codec)
// turns such data into bytes and a stream of bytes back into values.
package profile

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"smarthall/internal/device"
)

// Schema is the schema id that every profile of this generation names.
const Schema = "hall.device/v1"

// Engine names the Go code that speaks a protocol. The list is closed: a new
// kind of protocol is a new engine, a new model is only a new file.
type Engine string

// The engines.
const (
	EngineESCPOS  Engine = "escpos"        // ticket printers
	EngineSAMV    Engine = "sam-v"         // ID card readers with a SAM_V module
	EngineBX5     Engine = "bx5-font"      // Onbon BX-5 LED cards with a font
	EngineFramed  Engine = "framed-serial" // any device, wholly described by frames
	EngineScanner Engine = "scanner"       // serial barcode and QR scanners
	EngineTSPL    Engine = "tspl"          // label printers with TSC's language
	EngineZPL     Engine = "zpl"           // label printers with Zebra's language
	EngineCamera  Engine = "camera"        // document cameras: USB video (UVC), JPEG over HTTP
	EngineESCL    Engine = "escl"          // network scanners: eSCL, also called AirScan
	EngineSANE    Engine = "sane"          // scanners with a SANE driver, through scanimage
	EngineIPP     Engine = "ipp"           // page printers on the network, and queues of CUPS
	EngineAudio   Engine = "audio"         // loudspeakers of this machine or of the network
	EngineWebPad  Engine = "web-pad"       // a page in a browser that asks the citizen
)

// engineClasses lists the device classes that an engine can drive.
var engineClasses = map[Engine][]device.Class{
	EngineESCPOS:  {device.ClassPrinter},
	EngineSAMV:    {device.ClassIDReader},
	EngineBX5:     {device.ClassLED},
	EngineFramed:  {device.ClassPad, device.ClassScanner, device.ClassKeypad, device.ClassLED, device.ClassButton, device.ClassSensor},
	EngineScanner: {device.ClassScanner},
	EngineTSPL:    {device.ClassLabelPrinter},
	EngineZPL:     {device.ClassLabelPrinter},
	EngineCamera:  {device.ClassCamera},
	EngineESCL:    {device.ClassDocumentScanner},
	EngineSANE:    {device.ClassDocumentScanner},
	EngineIPP:     {device.ClassPagePrinter},
	EngineAudio:   {device.ClassSpeaker},
	EngineWebPad:  {device.ClassPad},
}

// Engines are all engine names, sorted.
func Engines() []Engine {
	out := make([]Engine, 0, len(engineClasses))
	for e := range engineClasses {
		out = append(out, e)
	}
	slices.Sort(out)
	return out
}

// Profile is one device model, checked and complete: what it inherits is
// already merged in. It is not changed after loading and may be shared.
type Profile struct {
	Schema string `yaml:"schema"`
	// ID is <maker>/<model> in lower case, unique in a catalogue.
	ID string `yaml:"id"`
	// Inherits is the id of the profile this one is based on, or empty.
	Inherits string `yaml:"inherits"`
	// Class is the kind of device. A file may leave it out when the folder it
	// lies in says it.
	Class  device.Class `yaml:"class"`
	Engine Engine       `yaml:"engine"`
	// Names is what people call the model.
	Names Text `yaml:"names"`
	// Help tells a technician how to set the device up.
	Help       Text                `yaml:"help"`
	Match      Match               `yaml:"match"`
	Transports []Transport         `yaml:"transports"`
	Caps       Caps                `yaml:"caps"`
	Quirks     []Quirk             `yaml:"quirks"`
	Timing     Timing              `yaml:"timing"`
	Status     Status              `yaml:"status"`
	Params     map[string]Param    `yaml:"params"`
	Frames     map[string]*Frame   `yaml:"frames"`
	Commands   map[string]Command  `yaml:"commands"`
	Events     []Event             `yaml:"events"`
	Evidence   map[string]Evidence `yaml:"evidence"`
	Vectors    []Vector            `yaml:"vectors"`

	// File is the path the profile was read from.
	File string `yaml:"-"`
	// Hash is the SHA-256, in hex, of the file and of the file it inherits, so
	// that the hall can tell which revision an agent runs.
	Hash string `yaml:"-"`
}

// revisionLen is how much of a hash tells revisions apart for people.
const revisionLen = 12

// Revision is the beginning of the profile's hash, as boards show it.
func (p *Profile) Revision() string { return p.Hash[:min(len(p.Hash), revisionLen)] }

// Has tells whether the model has a quirk.
func (p *Profile) Has(q Quirk) bool { return slices.Contains(p.Quirks, q) }

// Asked tells whether devices of the model can be asked how they are. Of the
// others nobody knows more than that their port is open.
func (p *Profile) Asked() bool {
	switch p.Engine {
	case EngineESCPOS:
		return asked(p)
	case EngineFramed:
		_, can := p.Commands[CommandPing]
		return can
	case EngineScanner:
		return false
	case EngineAudio:
		_, network := p.Transport(TCP)
		return !network
	default:
		return true
	}
}

// Transport is the first transport of a kind, or false.
func (p *Profile) Transport(kind TransportKind) (Transport, bool) {
	for _, t := range p.Transports {
		if t.Kind == kind {
			return t, true
		}
	}
	return Transport{}, false
}

// Text is a text in Chinese, for hall people, and English.
type Text struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// Match is how a model is recognised without asking a person.
type Match struct {
	// USB lists vendor:product ids in lower-case hex.
	USB []string `yaml:"usb"`
	// IEEE1284 is found in a printer's device id.
	IEEE1284 string `yaml:"ieee1284"`
	// Probe is a regular expression that fits what a printer says when it is asked
	// for its model. smarthall-profile try asks.
	Probe string `yaml:"probe"`
	// Firmware is the range of revisions the profile was made for, which try
	// compares: see ParseVersions.
	Firmware string `yaml:"firmware"`
	// Aliases are other names that the same device is sold under.
	Aliases []string `yaml:"aliases"`
}

// TransportKind is a way to reach a device.
type TransportKind string

// The transports.
const (
	Serial TransportKind = "serial"
	TCP    TransportKind = "tcp"
	// USBLP is a printer that the kernel's driver has: port usblp:VID:PID or
	// /dev/usb/lp0.
	USBLP TransportKind = "usblp"
	// USBFS is a device whose bulk endpoints we use ourselves: port usb:VID:PID.
	USBFS TransportKind = "usbfs"
	// HTTP is a device that is asked with HTTP requests: port http://host:port.
	HTTP TransportKind = "http"
	// V4L2 is a video device of Linux: port /dev/video0.
	V4L2 TransportKind = "v4l2"
	// SANE is a scanner by the name that `scanimage -L` shows: port sane:NAME.
	SANE TransportKind = "sane"
	// IPP is a printer that is asked with IPP: port ipp://host:port/ipp/print.
	IPP TransportKind = "ipp"
	// Input is a keyboard of Linux: port /dev/input/by-id/….
	Input TransportKind = "input"
	// Audio is a sound output of this machine: port default, or the name that
	// the player knows it by.
	Audio TransportKind = "audio"
	// Page is a page of the agent itself, open in a browser.
	Page TransportKind = "page"
)

// Transport is one way to reach the model, with its settings.
type Transport struct {
	Kind TransportKind `yaml:"kind"`
	// Baud lists the speeds the model can have, the likeliest first.
	Baud     Ints   `yaml:"baud"`
	DataBits int    `yaml:"data_bits"` // 0 means 8
	Parity   string `yaml:"parity"`    // none (also ""), odd, even, mark, space
	StopBits string `yaml:"stop_bits"` // "1" (also ""), "1.5", "2"
	// Probe is the harmless command that finds the right speed of Baud.
	Probe string `yaml:"probe"`
	// Bus is "rs485" when several devices share the line.
	Bus string `yaml:"bus"`
	// Port is the usual TCP port.
	Port int `yaml:"port"`
	// Path is what an http device is asked for; Stream is where a camera sends
	// one picture after the other (multipart/x-mixed-replace), if it does.
	Path   string `yaml:"path"`
	Stream string `yaml:"stream"`
	// ID is vendor:product of a usbfs device; Out and In are its endpoints, 0
	// for the first pair of bulk endpoints that it has.
	ID  string `yaml:"id"`
	Out int    `yaml:"out"`
	In  int    `yaml:"in"`
}

// Caps is what a model can do. Which keys a file may set depends on its
// engine; the schema says which. The zero value of a key means "can't".
type Caps struct {
	// Of escpos: WidthDots is the printable width, Columns the number of
	// single-width characters in it.
	WidthDots int      `yaml:"width_dots"`
	Columns   int      `yaml:"columns"`
	Cut       []string `yaml:"cut"`    // full, partial
	QR        string   `yaml:"qr"`     // native, raster
	Raster    string   `yaml:"raster"` // gsv0, none
	Chinese   Chinese  `yaml:"chinese"`

	// Of sam-v.
	Fingerprint string   `yaml:"fingerprint"` // none, read-optional
	Layouts     []string `yaml:"layouts"`     // citizen, J, I, Y
	Photo       Photo    `yaml:"photo"`

	// Of bx5-font: size in pixels, and effects by the card's number for each.
	W       int            `yaml:"w"`
	H       int            `yaml:"h"`
	Colors  []string       `yaml:"colors"`
	Charset string         `yaml:"charset"` // gb2312
	Areas   int            `yaml:"areas"`
	Effects map[string]int `yaml:"effects"`
	Voice   bool           `yaml:"voice"`

	// Of scanner: what ends a code, what is cut off before it, how its bytes
	// are read, in this order, and how long it may be.
	Terminators []string `yaml:"terminators"` // cr, lf
	Strip       Strip    `yaml:"strip"`
	Charsets    []string `yaml:"charsets"` // utf-8, gb18030
	MaxBytes    int      `yaml:"max_bytes"`

	// Of tspl and zpl, beside QR and DPI: the printable width in mm, whether the
	// printer can take a ribbon, and what it can do with a printed label.
	WidthMM int      `yaml:"width_mm"`
	Ribbon  bool     `yaml:"ribbon"`
	After   []string `yaml:"after"` // tear, cut, peel

	// Of ipp: what the printer takes; its own word counts where it says more.
	Media  []device.Paper `yaml:"media"`  // A4, A3
	Duplex bool           `yaml:"duplex"` // prints on both sides

	// Of audio: the programs that play a WAV file, in the order they are tried,
	// and the one that speaks what no recordings exist for.
	Players []string `yaml:"players"` // aplay, paplay, ffplay
	Speech  string   `yaml:"speech"`  // espeak-ng, none

	// Of camera: the largest picture and the one for previews as WxH, the
	// formats in the order they are tried, and how many frames are thrown away
	// until light and focus have settled.
	Still   string   `yaml:"still"`
	Preview string   `yaml:"preview"`
	Formats []string `yaml:"formats"` // mjpeg, yuyv
	Skip    int      `yaml:"skip"`

	// Of camera, escl and sane: the largest paper that fits.
	Paper device.Paper `yaml:"paper"` // A4, A3

	// Of escl and sane: where paper comes from and how finely it is scanned. An
	// escl scanner tells both itself; these are what its simulator has.
	Sources  []device.Source `yaml:"sources"` // flatbed, feeder
	DPI      Ints            `yaml:"dpi"`
	TwoSided bool            `yaml:"two_sided"`
}

// ChineseNone is the mode of a printer without a Chinese font: every line with
// more than ASCII goes out as a picture.
const ChineseNone = "none"

// Chinese is how a printer prints Chinese. Charset and PowerOn are of a printer
// that has a Chinese font.
type Chinese struct {
	Mode     string `yaml:"mode"`     // fs-amp, none
	Charset  string `yaml:"charset"`  // gb18030-2byte, gb18030, gb2312
	PowerOn  string `yaml:"power_on"` // on, off: the mode after switching on
	Fallback string `yaml:"fallback"` // geta (〓), raster-line
}

// Photo is what a card reader's photo block holds.
type Photo struct {
	Codec   string `yaml:"codec"`   // wlt, bmp
	Decoder string `yaml:"decoder"` // none
}

// Strip is what a scanner puts before a code.
type Strip struct {
	// AIM removes a symbology identifier such as ]Q1.
	AIM bool `yaml:"aim"`
	// Prefix is a fixed text to remove.
	Prefix string `yaml:"prefix"`
}

// Timing is how patient an engine is with the model. Zero means the engine's
// own default.
type Timing struct {
	Find         Duration `yaml:"find"`          // answer to "find card"
	Select       Duration `yaml:"select"`        // answer to "select card"
	Read         Duration `yaml:"read"`          // answer to "read card", without the time on the line
	Status       Duration `yaml:"status"`        // answer to a status question
	Reply        Duration `yaml:"reply"`         // answer to any other command
	Poll         Duration `yaml:"poll"`          // pause between two questions of the polling loop
	Hold         Duration `yaml:"hold"`          // how long a card counts as present when the reader can't tell
	Idle         Duration `yaml:"idle"`          // silence that ends an unterminated message
	Pace         Duration `yaml:"pace"`          // pause between two blocks written
	Print        Duration `yaml:"print"`         // longest time from the last byte to the cut
	AnswerWindow Duration `yaml:"answer_window"` // how long a person has to press a key
}

// Status is how the model tells its condition.
type Status struct {
	// Via is the way to ask: dle-eot, none, ping.
	Via  string   `yaml:"via"`
	Poll Duration `yaml:"poll"`
	// NearEndSensor tells whether "paper nearly out" can be believed.
	NearEndSensor bool `yaml:"near_end_sensor"`
	// Map gives the device's own status words (in upper-case hex, such as 66)
	// their neutral state.
	Map map[string]device.State `yaml:"map"`
}

// Param is a setting of one device that its model leaves open.
type Param struct {
	Type    string `yaml:"type"` // int, string, bool
	Default any    `yaml:"default"`
	Min     *int   `yaml:"min"` // of an int
	Max     *int   `yaml:"max"`
	Help    Text   `yaml:"help"`
}

// Evidence is what a block of the profile rests on.
type Evidence struct {
	Level string `yaml:"level"` // hardware, capture, manual, guess
	// Note is the source; ZH says the same to technicians in Chinese.
	Note string `yaml:"note"`
	ZH   string `yaml:"zh"`
}

// Quirk is a deviation that an engine knows how to live with. The list is
// closed, see Quirks.
type Quirk string

// The quirks.
const (
	// QuirkRasterBand128: pictures are sent in bands of at most 128 rows
	// because the buffer is small (escpos).
	QuirkRasterBand128 Quirk = "raster-band-128"
	// QuirkNoStatus: the printer never answers a status question; it isn't
	// asked (escpos).
	QuirkNoStatus Quirk = "no-status"
	// QuirkJamByBit2: bit 2 of DLE EOT 3 is a paper jam, not an error from which
	// the printer recovers (escpos).
	QuirkJamByBit2 Quirk = "jam-by-bit-2"
	// QuirkNoAppRead: "read additional address" (30 03) isn't known, so a card
	// that stays can't be told by it (sam-v).
	QuirkNoAppRead Quirk = "no-app-read"
)

// quirkEngines tells which engine honours which quirk.
var quirkEngines = map[Quirk]Engine{
	QuirkRasterBand128: EngineESCPOS,
	QuirkNoStatus:      EngineESCPOS,
	QuirkJamByBit2:     EngineESCPOS,
	QuirkNoAppRead:     EngineSAMV,
}

// ParamValues are a device's parameters: ints, strings and bools by name.
type ParamValues map[string]any

// ResolveParams gives every parameter of the profile the value that given
// (from an agent's configuration) or the default has. An unknown name, a wrong
// type or a value out of range is an error that names the parameter.
func (p *Profile) ResolveParams(given map[string]string) (ParamValues, error) {
	for name := range given {
		if _, ok := p.Params[name]; !ok {
			return nil, fmt.Errorf("profile %s has no parameter %q", p.ID, name)
		}
	}
	out := make(ParamValues, len(p.Params))
	for name, param := range p.Params {
		text, ok := given[name]
		if !ok {
			out[name] = param.Default
			continue
		}
		v, err := param.parse(text)
		if err != nil {
			return nil, fmt.Errorf("parameter %q of profile %s: %w", name, p.ID, err)
		}
		out[name] = v
	}
	return out, nil
}

// parse reads a parameter's value from text.
func (p Param) parse(text string) (any, error) {
	switch p.Type {
	case "int":
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number", text)
		}
		return n, p.inRange(n)
	case "bool":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return b, nil
	default:
		return text, nil
	}
}

// inRange checks an int against min and max.
func (p Param) inRange(n int) error {
	if p.Min != nil && n < *p.Min {
		return fmt.Errorf("%d is less than %d", n, *p.Min)
	}
	if p.Max != nil && n > *p.Max {
		return fmt.Errorf("%d is more than %d", n, *p.Max)
	}
	return nil
}

// Duration is a time.Duration written as 400ms or 3s.
type Duration time.Duration

// Or is the duration, or def when the profile leaves it open.
func (d Duration) Or(def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return time.Duration(d)
}
