package link

import "time"

// What the hall asks of a printer's agent, which counts the paper. Whoever puts
// a roll in where no sensor sees it says so on the board, or at the machine.
const (
	// TypeRollReset (down) says that a full roll was put into a printer: RollReset.
	TypeRollReset Type = "roll.reset"
	// TypeRollCounted (up) says what became of it; the printer's device.changed
	// has gone ahead: RollCounted.
	TypeRollCounted Type = "roll.counted"
	// TypeRollNew (up, kiosk page) says that whoever stands at the machine has put
	// a full roll into a printer, with the hall or without: NewRoll.
	TypeRollNew Type = "roll.new"
)

// NewRoll names the printer that has a new roll.
type NewRoll struct {
	// Device is the printer's id at its agent.
	Device string `json:"device"`
}

// RollReset begins the count of a printer's paper anew.
type RollReset struct {
	// Order is the hall's name for this, which roll.counted carries back.
	Order string `json:"order"`
	// Device is the printer's id at its agent.
	Device string `json:"device"`
	// Expires is until when it counts: an agent that was away and gets it later
	// leaves the count as it is.
	Expires time.Time `json:"expires"`
}

// RollCounted tells what became of a roll.reset.
type RollCounted struct {
	Order  string `json:"order"`
	Device string `json:"device"`
	// Refused is why the count stays as it was; empty if it began anew.
	Refused RollRefusal `json:"refused,omitempty"`
	// PaperLeft is how many tickets the new roll is good for; absent where nobody
	// knows, because no ticket was printed yet.
	PaperLeft *int `json:"paperLeft,omitempty"`
}

// RollRefusal is why an agent doesn't count a new roll.
type RollRefusal string

// The refusals.
const (
	RollNoPrinter RollRefusal = "no-printer" // the agent has no printer of this id
	RollUncounted RollRefusal = "uncounted"  // its settings don't say how long a roll is
	RollLate      RollRefusal = "late"       // the order came after it expired
)
