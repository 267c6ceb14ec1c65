package device

import (
	"context"
	"time"
)

// LabelPrinter prints one adhesive label. It returns after the label came out
// as far as the model can tell, or with a cause such as ErrNoPaper; the error
// wraps ErrPartly as well once the first byte may have left.
type LabelPrinter interface {
	Device
	PrintLabel(ctx context.Context, label Label) error
}

// Label is what stands on an adhesive label, from top to bottom.
type Label struct {
	// Job is the key under which the caller prints it at most once.
	Job string
	// Title is the first, larger line.
	Title string
	Lines []string
	// Code is printed as Code 128 with its text below; empty prints none. It
	// holds printable ASCII only.
	Code string
	// QR is the text of a QR code; empty prints none.
	QR string
	// Copies is how many; 0 means 1.
	Copies int
}

// PagePrinter prints PDF documents on A4 or A3. It returns after the printer
// calls the job completed, or with a cause such as ErrNoPaper; the error wraps
// ErrPartly as well once the document may be in the printer.
type PagePrinter interface {
	Device
	PrintPDF(ctx context.Context, job PageJob) error
}

// PageJob is a document for a PagePrinter.
type PageJob struct {
	// Job is the key under which the caller prints it at most once.
	Job string
	// Title is what the printer's queue shows. It holds no personal data.
	Title string
	PDF   []byte
	// Copies is how many; 0 means 1.
	Copies int
	// Paper is A4 if empty.
	Paper Paper
	// TwoSided prints on both sides, if the printer can.
	TwoSided bool
}

// Image is one picture of paper, as the device compressed it.
type Image struct {
	// JPEG is the file.
	JPEG []byte
	// DPI is the resolution in dots per inch, 0 where nobody knows it, as with
	// a camera.
	DPI  int
	Time time.Time
}

// Camera takes pictures of what lies under it.
type Camera interface {
	Device
	// Capture takes one picture in the best resolution.
	Capture(ctx context.Context) (Image, error)
	// Preview calls show with JPEG frames, small and a few a second, until ctx
	// ends or show returns an error, which it returns. A frame belongs to show
	// until it returns.
	Preview(ctx context.Context, show func(jpeg []byte) error) error
}

// Source is where a scanner takes its paper from.
type Source string

// The sources.
const (
	SourceFlatbed Source = "flatbed"
	SourceFeeder  Source = "feeder"
)

// Paper is a size of paper.
type Paper string

// The sizes.
const (
	PaperA4 Paper = "A4" // 210 mm × 297 mm
	PaperA3 Paper = "A3" // 297 mm × 420 mm
)

// ScanSettings say how to scan. The zero value is an A4 page in colour from
// the flatbed at 200 dpi.
type ScanSettings struct {
	Source   Source
	Paper    Paper
	DPI      int // dots per inch
	Grey     bool
	TwoSided bool // of a feeder
}

// DocumentScanner scans pages.
type DocumentScanner interface {
	Device
	// Scan calls page with each page, in order, and returns how many there
	// were. An empty feeder is ErrNoPaper, a jam ErrJam; the pages before it
	// were handed over.
	Scan(ctx context.Context, settings ScanSettings, page func(Image) error) (int, error)
}
