// Package device says what a hall device can do, in interfaces of one to three
// methods, neutral states and sentinel errors. The engines in
// firmware-profiles implement it, the agents consume it, and neither knows the
// other. An optional ability is asked for with a type assertion, never guessed
// from a model's name.
package device

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Class is a kind of device, and the name of its folder in the catalogue.
type Class string

// The device classes.
const (
	ClassPrinter  Class = "printer"
	ClassIDReader Class = "id-reader"
	ClassScanner  Class = "scanner"
	ClassLED      Class = "led"
	ClassPad      Class = "pad"

	// ClassKeypad is a clerk's caller box with keys.
	ClassKeypad Class = "keypad"
	// ClassLabelPrinter prints adhesive labels with barcodes.
	ClassLabelPrinter Class = "label-printer"
	// ClassPagePrinter prints whole pages, A4 or A3.
	ClassPagePrinter Class = "page-printer"
	// ClassCamera is a document camera (高拍仪).
	ClassCamera Class = "camera"
	// ClassDocumentScanner is a flatbed or feeder scanner.
	ClassDocumentScanner Class = "document-scanner"
	// ClassSpeaker says calls aloud.
	ClassSpeaker Class = "speaker"
	// ClassButton is a box with buttons that call staff (求助按钮).
	ClassButton Class = "button"
	// ClassSensor tells a state of its own: a door contact, a thermostat.
	ClassSensor Class = "sensor"
)

// Classes are all device classes.
var Classes = []Class{
	ClassPrinter, ClassIDReader, ClassScanner, ClassLED, ClassPad, ClassKeypad, ClassLabelPrinter, ClassPagePrinter,
	ClassCamera, ClassDocumentScanner, ClassSpeaker, ClassButton, ClassSensor,
}

// State is a device's condition in words that mean the same for every model.
type State string

// The neutral states. The zero value means "not known yet".
const (
	Online       State = "online"
	PaperNearEnd State = "paper_near_end"
	PaperEnd     State = "paper_end"
	CoverOpen    State = "cover_open"
	Jam          State = "jam"
	Fault        State = "fault"
	Unauthorised State = "unauthorised"
	Offline      State = "offline"
)

// States are all neutral states.
var States = []State{Online, PaperNearEnd, PaperEnd, CoverOpen, Jam, Fault, Unauthorised, Offline}

// Works tells whether a device in this state can still do its job.
func (s State) Works() bool { return s == Online || s == PaperNearEnd }

// Errors of devices. Compare with errors.Is; drivers wrap them with what they
// were doing.
var (
	ErrNoPaper   = errors.New("paper end")
	ErrCoverOpen = errors.New("cover open")
	ErrJam       = errors.New("paper jam")
	ErrTimeout   = errors.New("device did not answer in time")
	ErrChecksum  = errors.New("wrong checksum")
	ErrFrame     = errors.New("malformed frame")
	ErrOffline   = errors.New("device is not connected")
	ErrFault     = errors.New("device fault")
	// ErrNoArea is a part of a strip that it hasn't.
	ErrNoArea = errors.New("strip has no such area")
	// ErrPartly says that the work was begun: part of it may be on paper.
	ErrPartly = errors.New("ended half-way")
	// ErrDeclined is a person's no.
	ErrDeclined = errors.New("declined by the person asked")
)

// Sink takes what a running device has to say. Its methods may be called from
// the device's goroutines and return at once.
type Sink interface {
	// State reports a condition. detail is the technical cause, empty if well.
	State(s State, detail string)
	// Event reports something that happened: CardPresent, CardRemoved,
	// CardFailed, CodeScanned or KeyPressed.
	Event(e any)
}

// Device is one opened device. Run talks to it until ctx ends or the
// connection fails; it returns the cause, closes what it opened and leaves no
// goroutine. Whoever runs it calls Run again after a pause that grows, so that
// what a driver has learnt of its device outlives a connection.
type Device interface {
	Run(ctx context.Context, sink Sink) error
}

// Printer prints one document. It returns after the paper is cut as far as
// the model can tell, or with a cause such as ErrNoPaper; the error wraps
// ErrPartly as well once the first byte may have left. Print may be called
// while Run runs, from any goroutine; calls wait for each other.
type Printer interface {
	Device
	Print(ctx context.Context, doc Document) error
}

// PaperGauge is a printer that knows how much paper it uses.
type PaperGauge interface {
	// PaperLength is how long the paper of doc is, in millimetres, with what is
	// fed for the cut. It fails where Print would refuse doc.
	PaperLength(doc Document) (int, error)
	// SeesNearEnd tells whether the model has a sensor for paper that runs low.
	SeesNearEnd() bool
}

// Resumer is a printer that can be told, before its first document, that the
// last one may have ended anywhere: it then cuts the next one apart from it.
type Resumer interface {
	LeftHalf()
}

// Pad asks for one key press. Ask returns the score, 5 (very satisfied) to 1,
// or ErrTimeout when nobody pressed before ctx ended.
type Pad interface {
	Device
	Ask(ctx context.Context) (score int, err error)
}

// Strip shows one text until the next. It returns once the device confirmed.
type Strip interface {
	Device
	Show(ctx context.Context, text string) error
}

// AreaStrip is a strip whose card may divide it into areas, each with a text of
// its own.
type AreaStrip interface {
	Strip
	// Areas is how many there may be at a time, at least 1.
	Areas() int
	// ShowAreas shows areas, which mustn't overlap, until the next Show or
	// ShowAreas. More than Areas, or one outside of the strip, is ErrNoArea.
	ShowAreas(ctx context.Context, areas []StripArea) error
}

// StripArea is a part of a strip with its text, in dots from the left upper
// corner. A text that is wider than its area runs to the left.
type StripArea struct {
	X, Y, W, H int
	Text       string
}

// Document is what a ticket printer prints, from top to bottom.
type Document struct {
	// Job is the key under which the caller prints it at most once.
	Job   string
	Lines []Line
}

// Line is one element of a document: exactly one of Text, QR, Feed, Rule and
// Picture is set.
type Line struct {
	Text string
	// Size is 1 to 4 times the printer's normal type; 0 means 1.
	Size  int
	Bold  bool
	Align Align
	// QR is the text of a QR code.
	QR string
	// Feed is a number of empty lines.
	Feed int
	// Rule is a horizontal line.
	Rule bool
	// Picture is a drawing in black. A printer that prints none leaves it out.
	Picture *Picture
}

// Picture is a drawing as printers of tickets take it.
type Picture struct {
	// Width is in dots; a row takes (Width+7)/8 bytes.
	Width int
	// Data are the rows from the top, the leftmost dot in a byte's highest bit,
	// 1 black.
	Data []byte
}

// PictureRoom is what a printer has for the pictures of one document.
type PictureRoom struct {
	// Width is how wide one may be, in dots; 0: the model prints none.
	Width int
	// Bytes is how many they may have together so that nobody waits for long; 0:
	// as many as there are.
	Bytes int
}

// PicturePrinter is a printer that tells what room it has for pictures.
type PicturePrinter interface {
	PictureRoom() PictureRoom
}

// Align places a line.
type Align int

// The alignments.
const (
	Left Align = iota
	Center
	Right
)

// IdentityKind is a document's kind, by the layout of its chip.
type IdentityKind string

// The four card layouts (GA/T 490 and its successors).
const (
	Citizen        IdentityKind = "citizen"
	ResidentPermit IdentityKind = "resident-permit" // HK, Macao, Taiwan
	Foreigner2017  IdentityKind = "foreigner-2017"
	Foreigner2023  IdentityKind = "foreigner-2023"
)

// CitizenCard is no chip's: its holder was named by the city's card centre.
const CitizenCard IdentityKind = "citizen-card"

// Identity is what a card says of its holder. It is personal data: it is never
// logged, and String shows the kind only.
type Identity struct {
	Kind IdentityKind
	Name string
	// LatinName is set on the foreigner cards.
	LatinName   string
	Sex         string // 男, 女, 未知, 未说明
	Nation      string // of citizens, such as 汉
	Nationality string // of foreigners, ISO 3166 alpha-3
	Birth       time.Time
	Address     string
	// NewAddress is the additional address (追加住址) that was written to the card
	// when its holder moved; empty if there is none.
	NewAddress string
	Number     string
	Issuer     string
	ValidFrom  time.Time
	// ValidUntil is zero for 长期.
	ValidUntil time.Time
	// PassNumber and IssueCount are on the HK/MO/TW permit.
	PassNumber string
	IssueCount string
	// Photo is the raw WLT block of 1024 bytes; nil if there is none.
	Photo []byte
}

// String tells nothing about the person.
func (id Identity) String() string { return "identity(" + string(id.Kind) + ")" }

// GoString is String: a person isn't shown by %#v either.
func (id Identity) GoString() string { return id.String() }

// LogValue is String, whatever form a log is written in.
func (id Identity) LogValue() slog.Value { return slog.StringValue(id.String()) }

// CardPresent is the event of a card that was laid and read.
type CardPresent struct{ Identity Identity }

// CardRemoved is the event of a card that was taken away.
type CardRemoved struct{}

// CardFailed is the event of a card that lies there but can't be read.
type CardFailed struct{ Cause error }

// CodeScanned is the event of a barcode or QR code.
type CodeScanned struct{ Text string }

// KeyPressed is the event of a pad's key outside Ask, or of a button: there
// KeyHelp calls staff and KeyHelped takes that back.
type KeyPressed struct{ Key int }

// The keys of a button.
const (
	KeyHelped = 0
	KeyHelp   = 1
)

// temporary wraps an error after which trying again can help.
type temporary struct{ error }

func (t temporary) Unwrap() error { return t.error }

// Temporary marks err as one after which trying again can help, so that only
// the runtime decides about waits.
func Temporary(err error) error {
	if err == nil {
		return nil
	}
	return temporary{err}
}

// IsTemporary tells whether err was marked by Temporary.
func IsTemporary(err error) bool {
	var t temporary
	return errors.As(err, &t)
}

// StateOf is the state that an error of a driver puts the device in.
func StateOf(err error) State {
	switch {
	case err == nil:
		return Online
	case errors.Is(err, ErrNoPaper):
		return PaperEnd
	case errors.Is(err, ErrCoverOpen):
		return CoverOpen
	case errors.Is(err, ErrJam):
		return Jam
	case errors.Is(err, ErrOffline), errors.Is(err, ErrTimeout):
		return Offline
	default:
		return Fault
	}
}

// Config is one device of an agent, as the agent's YAML file names it.
type Config struct {
	// ID is unique within the agent: printer, reader, pad, strip-3.
	ID string `yaml:"id"`
	// Profile is the id of a firmware profile: generic/sam-v-serial.
	Profile string `yaml:"profile"`
	// Port is a serial device's path, tcp://host:port, or usblp:VID:PID or
	// usb:VID:PID of a device on USB.
	Port string `yaml:"port"`
	// Baud overrides the profile's speed; 0 keeps it.
	Baud int `yaml:"baud,omitempty"`
	// Params are the profile's parameters, such as address.
	Params map[string]string `yaml:"params,omitempty"`
	// Roll is the length of a printer's full paper roll, such as 80m; empty if
	// nobody knows it, then there is no estimate of what is left.
	Roll string `yaml:"roll,omitempty"`
	// Window is the window that an LED strip hangs above.
	Window string `yaml:"window,omitempty"`
}

// Info describes an opened device to people.
type Info struct {
	Class   Class
	Profile string
	// Name is the model's Chinese name, NameEN its English one.
	Name, NameEN string
	// Revision is the beginning of the hash of the profile it was opened with.
	Revision string
	// Source tells what becomes of the profile; nil where it can't change.
	Source ProfileSource
	// LookEvery is how old the reported state may be; 0 for a device whose
	// changes are told within Promptly.
	LookEvery time.Duration
	// Help is what the profile tells technicians of setting the model up, in
	// Chinese; HelpEN in English.
	Help, HelpEN string
	// Unasked tells that the model can't be asked how it is: Online says only
	// that its port is open.
	Unasked bool
}

// Promptly is within what time a change of a device's state is told, unless
// looking so often would disturb the device.
const Promptly = 2 * time.Second

// Looked is a device whose state is looked at from time to time only: looking
// makes it noisy, keeps it awake, or keeps others from using it. It reports its
// state at each look, changed or not.
type Looked interface {
	// LookEvery is the time between two looks.
	LookEvery() time.Duration
}

// ProfileSource is where a device's profile comes from while that may change. It is
// safe for concurrent use.
type ProfileSource interface {
	// Now returns the revision that the Opener would use now, empty if there is
	// none, and what is wrong with a newer one that is therefore not used, in
	// Chinese. changed is closed when either changes.
	Now() (revision, trouble string, changed <-chan struct{})
}

// Explainer is an error that can tell the people of a hall what happened.
type Explainer interface {
	error
	// Explain returns one short sentence in Chinese, without personal data.
	Explain() string
}

// Opener opens the device that cfg names. It returns a Printer, Pad or Strip
// where the profile's class is one. It doesn't touch the port yet: Run does.
type Opener func(cfg Config) (Device, Info, error)
