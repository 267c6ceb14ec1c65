// Package imaging turns a photographed or scanned page into a clean one.
//
// A JPEG or PNG comes in as a camera, a scanner or a phone made it. Process
// decodes it once, looks for the four corners of the sheet on a small copy,
// draws the sheet straight from the decoded picture into a rectangle of the
// right proportions, evens out the light, and compresses the result to at most
// the bytes asked for. A person may override every step by Edit: the same
// source with the same Edit gives the same bytes.
//
// The package knows nothing of devices, networks or files, starts no goroutine
// and keeps nothing between calls. One call needs up to MaxMemory for the
// decoded source and about 40 MB more; callers limit how many run at a time.
package imaging

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Errors of this package. The cause of a refusal is wrapped around them.
var (
	// ErrFormat says that the source is no readable JPEG or PNG, such as one
	// that was cut off on the way.
	ErrFormat = errors.New("not a readable JPEG or PNG picture")
	// ErrTooLarge says that the source has more bytes or pixels than are
	// decoded here. It is found before any pixel is.
	ErrTooLarge = errors.New("picture is too large")
	// ErrEdit says that an Edit makes no sense, such as corners that cross.
	ErrEdit = errors.New("edit can't be applied")
)

// Limits of a source.
const (
	// MaxBytes is the longest file.
	MaxBytes = 40 << 20
	// MaxSide is the longest side in pixels.
	MaxSide = 20_000
	// MaxPixels is how many pixels there may be: those of a 50-megapixel phone.
	MaxPixels = 51 << 20
	// MaxMemory is what the decoder may need. It keeps out pictures in formats
	// that take many bytes a pixel.
	MaxMemory = 320 << 20
)

// Point is a place in the upright source, in parts of its width and height:
// {0, 0} is the top left, {1, 1} the bottom right. What lies a little outside
// of the picture is below 0 or above 1.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Corners are those of a sheet: top left, top right, bottom right, bottom left.
type Corners [4]Point

// Rect is a part of a page, in parts of its width and height.
type Rect struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Mode is how a page is coloured.
type Mode string

// The modes. The zero value is ModeColour.
const (
	ModeColour     Mode = "colour"
	ModeGrey       Mode = "grey"
	ModeBlackWhite Mode = "black-white"
)

// Sheet says what of the source is the page.
type Sheet string

// The ways to take a page out of a source. The zero value is SheetFind.
const (
	// SheetFind looks for a sheet, and takes the whole picture if there is none
	// to be sure of.
	SheetFind Sheet = "find"
	// SheetScan takes the whole picture and turns it until its lines are level,
	// by at most MaxSkew: for scanners.
	SheetScan Sheet = "scan"
	// SheetWhole takes the whole picture as it is.
	SheetWhole Sheet = "whole"
)

// Paper is what the page is a picture of.
type Paper string

// The papers. The zero value is PaperAuto.
const (
	// PaperAuto takes proportions near those of A4 for A4, or for A3 if
	// Edit.SourceDPI says so, and keeps others as they are.
	PaperAuto Paper = "auto"
	PaperA4   Paper = "A4" // 210 mm × 297 mm, upright or across
	PaperA3   Paper = "A3" // 297 mm × 420 mm, upright or across
	PaperCard Paper = "card"
	// PaperFree keeps the proportions that were found.
	PaperFree Paper = "free"
)

// Edit says what to do with a source. The zero value does what suits most:
// find the sheet, even out the light, keep the colours, at most DefaultMaxBytes.
type Edit struct {
	// Corners are set by hand, and then nothing is looked for.
	Corners *Corners `json:"corners,omitempty"`
	Sheet   Sheet    `json:"sheet,omitempty" enum:"find,scan,whole"`
	Paper   Paper    `json:"paper,omitempty" enum:"auto,A4,A3,card,free"`
	// Rotate is how many degrees to turn the page clockwise after that: a
	// multiple of 90.
	Rotate int `json:"rotate,omitempty"`
	// Crop is the part of the turned page to keep.
	Crop *Rect `json:"crop,omitempty"`
	Mode Mode  `json:"mode,omitempty" enum:"colour,grey,black-white"`
	// KeepLight leaves shadows and uneven light as they are.
	KeepLight bool `json:"keepLight,omitempty"`
	// Brightness and Contrast are -100 to 100; 0 changes nothing.
	Brightness int `json:"brightness,omitempty"`
	Contrast   int `json:"contrast,omitempty"`
	// DPI is the most dots per inch that the page gets; 0 is DefaultDPI. A
	// source with less is not enlarged.
	DPI int `json:"dpi,omitempty"`
	// SourceDPI is the resolution of the source where it is known, as of a
	// scanner.
	SourceDPI int `json:"sourceDpi,omitempty"`
	// MaxBytes is the most that the page's JPEG takes; 0 is DefaultMaxBytes.
	MaxBytes int `json:"maxBytes,omitempty"`
}

// What an Edit gets that doesn't say.
const (
	DefaultDPI      = 200
	DefaultMaxBytes = 500_000
	// LeastBytes is the smallest Edit.MaxBytes.
	LeastBytes = 4096
	// SureEnough is the confidence from which a sheet that was found is cut out.
	SureEnough = 0.5
	// MaxSkew is the largest angle in degrees by which SheetScan turns a page.
	MaxSkew = 8.0
)

// Page is one clean page.
type Page struct {
	// JPEG is the file; its header tells DPI.
	JPEG []byte `json:"-"`
	// Width and Height are in pixels.
	Width  int `json:"width"`
	Height int `json:"height"`
	// DPI is the resolution of the page in dots per inch, 0 where nobody knows
	// how large the paper was.
	DPI int `json:"dpi,omitempty"`
	// Paper is PaperA4, PaperA3 or PaperCard, or PaperFree.
	Paper Paper `json:"paper"`
	// Corners are the page's in the source, before turning and cropping, to be
	// moved by hand.
	Corners Corners `json:"corners"`
	// Found tells that Corners are those of a sheet that was found.
	Found bool `json:"found"`
	// Confidence is how sure the finder was, 0 to 1, of what it found even if
	// it wasn't taken; 0 if it wasn't asked.
	Confidence float64 `json:"confidence"`
	// Skew is by how many degrees SheetScan turned the page.
	Skew float64 `json:"skew,omitempty"`
	// Quality is the JPEG quality that MaxBytes left.
	Quality int `json:"quality"`
}

// Process makes the page of src that e asks for. It returns ErrFormat,
// ErrTooLarge or ErrEdit, or the cause of ctx, which ends it early.
func Process(ctx context.Context, src []byte, e Edit) (Page, error) {
	e, err := e.checked()
	if err != nil {
		return Page{}, err
	}
	source, err := decode(ctx, src)
	if err != nil {
		return Page{}, err
	}
	return source.page(ctx, e)
}

// Find looks for a sheet in src without making a page of it. Corners are
// always some: those of the whole picture if there is no sheet at all, with a
// confidence of 0.
func Find(ctx context.Context, src []byte) (Corners, float64, error) {
	source, err := decode(ctx, src)
	if err != nil {
		return Corners{}, 0, err
	}
	return source.find(ctx)
}

// whole are the corners of a whole picture.
var whole = Corners{{0, 0}, {1, 0}, {1, 1}, {0, 1}}

// checked is e with its defaults, or ErrEdit.
func (e Edit) checked() (Edit, error) {
	refuse := func(format string, args ...any) (Edit, error) {
		return Edit{}, fmt.Errorf("%w: "+format, append([]any{ErrEdit}, args...)...)
	}
	e.Sheet = or(e.Sheet, SheetFind)
	e.Paper = or(e.Paper, PaperAuto)
	e.Mode = or(e.Mode, ModeColour)
	e.DPI = or(e.DPI, DefaultDPI)
	e.MaxBytes = or(e.MaxBytes, DefaultMaxBytes)
	switch {
	case e.Sheet != SheetFind && e.Sheet != SheetScan && e.Sheet != SheetWhole:
		return refuse("unknown sheet %q", e.Sheet)
	case e.Paper != PaperAuto && e.Paper != PaperFree && sizes[e.Paper] == size{}:
		return refuse("unknown paper %q", e.Paper)
	case e.Mode != ModeColour && e.Mode != ModeGrey && e.Mode != ModeBlackWhite:
		return refuse("unknown mode %q", e.Mode)
	case e.Rotate%90 != 0:
		return refuse("rotation by %d degrees", e.Rotate)
	case e.Brightness < -100 || e.Brightness > 100 || e.Contrast < -100 || e.Contrast > 100:
		return refuse("brightness and contrast are -100 to 100")
	case e.DPI < 30 || e.DPI > 600 || e.SourceDPI < 0 || e.SourceDPI > 4800:
		return refuse("resolution of %d dpi", e.DPI)
	case e.MaxBytes < LeastBytes:
		return refuse("fewer than %d bytes", LeastBytes)
	}
	if r := e.Crop; r != nil && (r.X < 0 || r.Y < 0 || !(r.Width >= 0.01) || !(r.Height >= 0.01) || !(r.X+r.Width <= 1.0001) || !(r.Y+r.Height <= 1.0001)) {
		return refuse("crop is not inside of the page")
	}
	if e.Corners != nil && !e.Corners.sensible() {
		return refuse("corners don't make a sheet")
	}
	return e, nil
}

// sensible tells that c goes around clockwise without a dent, is not a sliver
// and is near the picture.
func (c *Corners) sensible() bool {
	for i := range c {
		p := c[i]
		if !(math.Abs(p.X-0.5) <= 1) || !(math.Abs(p.Y-0.5) <= 1) {
			return false
		}
		a, b := c[(i+1)%4], c[(i+2)%4]
		if (a.X-p.X)*(b.Y-a.Y)-(a.Y-p.Y)*(b.X-a.X) < 1e-4 {
			return false
		}
	}
	return true
}

func or[T comparable](value, instead T) T {
	var zero T
	if value == zero {
		return instead
	}
	return value
}
