package link

import "time"

// The citizen's page at a window, /pad, speaks the same envelope with its
// agent, over /pad/ws. It gets PadFace first and whenever that changes, and
// sends PadAnswer. The clerk's page orders what is asked with pad.ask and
// follows it by pad.changed.
const (
	// TypePadFace (down, pad) is all that the citizen's page shows: PadFace.
	TypePadFace Type = "pad.face"
	// TypePadAnswer (up, pad) answers the question in front of the citizen: PadAnswer.
	TypePadAnswer Type = "pad.answer"
	// TypePadAsk (up, counter) asks the citizen to confirm or to sign: PadAsk.
	TypePadAsk Type = "pad.ask"
	// TypePadCancel (up, counter) takes the question back. No body.
	TypePadCancel Type = "pad.cancel"
	// TypePadChanged (down, counter) tells what comes of it: PadState.
	TypePadChanged Type = "pad.changed"
	// TypeActionDone (down, counter) tells what a key of the clerk's keypad
	// did: ActionDone.
	TypeActionDone Type = "action.done"
)

// PadShow is a face of the citizen's page.
type PadShow string

// The faces.
const (
	PadIdle      PadShow = "idle"      // the name plate
	PadRate      PadShow = "rate"      // five faces to choose from
	PadConfirm   PadShow = "confirm"   // entries to look at, right or wrong
	PadSign      PadShow = "sign"      // a field to sign in
	PadThanks    PadShow = "thanks"    // for a moment, after an answer
	PadElsewhere PadShow = "elsewhere" // another page has taken over
)

// PadFace is all that the citizen's page shows. It is personal data while
// something is asked: the page forgets it with the next face, when Until has
// passed and when its connection breaks.
type PadFace struct {
	Show PadShow `json:"show"`
	// Ask names the question; the answer repeats it. Until is when it ends.
	Ask   string    `json:"ask,omitempty"`
	Until time.Time `json:"until,omitzero"`
	// Title and Rows are of the entries to confirm.
	Title string   `json:"title,omitempty"`
	Rows  []PadRow `json:"rows,omitempty"`
	// Text is what is signed.
	Text string `json:"text,omitempty"`
	// Desk is what the name plate says; absent before anybody told.
	Desk *PadDesk `json:"desk,omitempty"`
}

// PadRow is one entry.
type PadRow struct {
	Label string `json:"label" maxLength:"40"`
	Value string `json:"value" maxLength:"400"`
}

// PadDesk is the window for the citizen in front of it.
type PadDesk struct {
	Hall    string `json:"hall,omitempty"`
	Window  string `json:"window"`
	Name    string `json:"name,omitempty"`
	Clerk   string `json:"clerk,omitempty"`
	Paused  string `json:"paused,omitempty"`
	Number  string `json:"number,omitempty"`
	Service string `json:"service,omitempty"`
	Serving bool   `json:"serving,omitempty"`
	Waiting int    `json:"waiting"`
	// Notices are the hall's, Guides what the services of the window ask for.
	Notices []string   `json:"notices,omitempty"`
	Guides  []PadGuide `json:"guides,omitempty"`
}

// PadGuide says what one service asks for.
type PadGuide struct {
	Service   string   `json:"service"`
	Materials []string `json:"materials"`
}

// PadAnswer is the citizen's answer. Exactly one of Score, Confirmed and
// Signature is set, or Declined.
type PadAnswer struct {
	Ask string `json:"ask"`
	// Score runs from 5, 非常满意, to 1, 非常不满意.
	Score     int           `json:"score,omitempty" minimum:"1" maximum:"5"`
	Confirmed *bool         `json:"confirmed,omitempty"`
	Signature *PadSignature `json:"signature,omitempty"`
	// Declined says that she doesn't want to sign.
	Declined bool `json:"declined,omitempty"`
}

// PadSignature is a signature as it was drawn.
type PadSignature struct {
	// Width and Height are the field's size in its own units.
	Width  int `json:"width"`
	Height int `json:"height"`
	// Strokes are the pen's ways from down to up; each has four numbers a point:
	// x, y, milliseconds since the first point, and pressure from 0 to 255 (0 if
	// unknown).
	Strokes [][]int `json:"strokes"`
}

// PadKind is what a citizen can be asked to do for the clerk.
type PadKind string

// The kinds.
const (
	PadKindConfirm PadKind = "confirm"
	PadKindSign    PadKind = "sign"
)

// PadAsk asks the citizen in front of the clerk.
type PadAsk struct {
	Kind   PadKind `json:"kind"`
	Ticket string  `json:"ticket"`
	// Rows are what to confirm, at most 40.
	Rows []PadRow `json:"rows,omitempty"`
	// Text is what is signed; empty uses the usual sentence.
	Text string `json:"text,omitempty" maxLength:"400"`
}

// PadPhase is how far a question is.
type PadPhase string

// The phases.
const (
	PadAsked     PadPhase = "asked"
	PadYes       PadPhase = "yes"       // confirmed, or signed
	PadNo        PadPhase = "no"        // not right, or doesn't sign
	PadMissed    PadPhase = "missed"    // nobody answered in time
	PadCancelled PadPhase = "cancelled" // the clerk took it back
	PadFailed    PadPhase = "failed"    // the device is away
)

// PadState is the latest question to the citizen.
type PadState struct {
	Kind   PadKind  `json:"kind"`
	Ticket string   `json:"ticket"`
	Number string   `json:"number,omitempty"`
	Phase  PadPhase `json:"phase"`
	// Until is when a question that is asked ends.
	Until time.Time `json:"until,omitzero"`
	// Detail says the same for the clerk, in Chinese.
	Detail string `json:"detail"`
	// Picture is a signature as a data: URL, to look at.
	Picture string `json:"picture,omitempty"`
}

// ActionDone tells what a key of the clerk's keypad did.
type ActionDone struct {
	// Action is next, recall, arrive, no-show, finish or pause.
	Action string `json:"action"`
	// Detail is why it did nothing, in Chinese; empty if it did what it is for.
	Detail string `json:"detail,omitempty"`
}
