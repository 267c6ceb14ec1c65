package device

import "context"

// Signer lets a citizen sign on a screen or a tablet.
type Signer interface {
	Device
	// Sign shows what is signed and returns the signature, or ErrTimeout when
	// nobody signed before ctx ended, or ErrDeclined.
	Sign(ctx context.Context, text string) (Signature, error)
}

// Confirmer shows a citizen what was entered and asks whether it is right.
type Confirmer interface {
	Device
	// Confirm returns nil if she said yes, ErrDeclined if she said no, and
	// ErrTimeout when nobody answered before ctx ended.
	Confirm(ctx context.Context, sheet Sheet) error
}

// Speaker says a text aloud and returns when it is said.
type Speaker interface {
	Device
	Say(ctx context.Context, text string) error
}

// Sheet is a list of entries to look at. It is personal data: it is never
// logged.
type Sheet struct {
	Title string
	Rows  []SheetRow
}

// SheetRow is one entry of a sheet.
type SheetRow struct{ Label, Value string }

// Signature is a signature as it was drawn. It is personal data.
type Signature struct {
	// Width and Height are the field's size in its own units.
	Width, Height int
	Strokes       []Stroke
	// PNG is the picture of the strokes, black on transparent.
	PNG []byte
}

// Stroke is the pen's way from down to up.
type Stroke []StrokePoint

// StrokePoint is where the pen was.
type StrokePoint struct {
	X, Y int // in the field's units, from the left upper corner
	// T is the time since the first point, in milliseconds.
	T int
	// Pressure is 0 to 255; 0 where the device can't tell.
	Pressure int
}

// ActionPressed is the event of a keypad's key that has a meaning.
type ActionPressed struct{ Action Action }

// Action is what a clerk orders with a key of a keypad.
type Action string

// The actions.
const (
	ActionNext   Action = "next"
	ActionRecall Action = "recall"
	ActionArrive Action = "arrive"
	ActionNoShow Action = "no-show"
	ActionFinish Action = "finish"
	ActionPause  Action = "pause"
)
