// Package receipt is the paper of a simulated receipt printer: bytes of an
// ESC/POS stream flow in, and out come lines, QR codes, images and cuts, as
// the printer's firmware would put them on the roll. It is written from the
// command reference and shares no code with the encoder that it checks.
package receipt

import "time"

// Align is where a line stands on the paper.
type Align string

// The alignments.
const (
	Left   Align = "left"
	Center Align = "center"
	Right  Align = "right"
)

// Line is one printed element: text, a QR code that the printer drew, or a
// bitmap. An empty Text is an empty line.
type Line struct {
	Text string `json:"text"`
	// Size is the larger of the two magnifications, 1 to 8.
	Size  int   `json:"size,omitempty"`
	Bold  bool  `json:"bold,omitempty"`
	Align Align `json:"align,omitempty"`
	// QR is the stored text of a native QR code.
	QR string `json:"qr,omitempty"`
	// Image is true for a bitmap of Width × Height dots.
	Image  bool `json:"image,omitempty"`
	Width  int  `json:"width,omitempty"`
	Height int  `json:"height,omitempty"`

	bitmap bitmap // of an image or a QR code
}

// Ticket is a piece of paper between two cuts.
type Ticket struct {
	// N counts the tickets of a printer from 1.
	N  int       `json:"n"`
	At time.Time `json:"at"`
	// Cut is full, partial or torn (by hand); empty while the paper still hangs
	// in the printer.
	Cut   string `json:"cut"`
	Lines []Line `json:"lines"`
	// Raw are the bytes that made it, the last maxRaw at most.
	Raw []byte `json:"-"`

	height int // dots of all its images
}

// Limits of one ticket, so that a flood can't fill the memory.
const (
	maxLines  = 400
	maxRaw    = 256 << 10
	maxBitmap = 128 << 10
	maxHeight = 16 << 10 // dots of images, two metres
)

// Add appends a line; a bitmap that continues the one above joins it, as the
// dots do on paper.
func (t *Ticket) Add(l Line) {
	if t.height += l.bitmap.height(); t.height > maxHeight {
		return
	}
	if last := len(t.Lines) - 1; last >= 0 && l.Image && t.Lines[last].Image {
		above := &t.Lines[last]
		if above.Width == l.Width && above.Align == l.Align && len(above.bitmap.rows)+len(l.bitmap.rows) <= maxBitmap {
			above.bitmap.rows = append(above.bitmap.rows, l.bitmap.rows...)
			above.Height += l.Height
			return
		}
	}
	if len(t.Lines) < maxLines {
		t.Lines = append(t.Lines, l)
	}
}

// AddRaw keeps the bytes that made the ticket.
func (t *Ticket) AddRaw(p []byte) {
	t.Raw = append(t.Raw, p...)
	if over := len(t.Raw) - maxRaw; over > 0 {
		t.Raw = append(t.Raw[:0], t.Raw[over:]...)
	}
}

// Blank tells whether nothing was printed on it.
func (t *Ticket) Blank() bool {
	for _, l := range t.Lines {
		if l.Text != "" || l.QR != "" || l.Image {
			return false
		}
	}
	return true
}
