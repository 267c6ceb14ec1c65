package link

import "time"

// A technician tries a device out from the administration page: it gives out
// something that nobody can take for the real thing, and says how that went.
const (
	// TypeDeviceTry (down) has an agent try one of its devices: DeviceTry.
	TypeDeviceTry Type = "device.try"
	// TypeDeviceTried (up) says what became of it: DeviceTried.
	TypeDeviceTried Type = "device.tried"
)

// DeviceTry has a device tried out.
type DeviceTry struct {
	// Order is the hall's name for this, which device.tried carries back. The same
	// order is done once, however often it comes.
	Order string `json:"order"`
	// Device is the device's id at its agent.
	Device string `json:"device"`
	// Expires is until when it may begin: an agent that was away and gets it later
	// does nothing.
	Expires time.Time `json:"expires"`
}

// DeviceTried tells what became of a device.try.
type DeviceTried struct {
	Order   string     `json:"order"`
	Device  string     `json:"device"`
	Outcome TryOutcome `json:"outcome"`
	// State is the device's state afterwards; absent where the agent hasn't it.
	State string `json:"state,omitempty"`
	// Detail says why, in Chinese: who uses the device, or what it says is wrong.
	// DetailEN is the same in English; absent where nobody has words for it.
	Detail   string `json:"detail,omitempty"`
	DetailEN string `json:"detailEn,omitempty"`
	// Key is the key that somebody pressed on a pad meanwhile, 1 to 5; absent if
	// nobody did.
	Key int `json:"key,omitempty"`
}

// TryOutcome is what became of trying a device out.
type TryOutcome string

// The outcomes.
const (
	TryDone     TryOutcome = "done"      // it did what it was told
	TryFailed   TryOutcome = "failed"    // it couldn't
	TryUnknown  TryOutcome = "unknown"   // it may have: somebody has to look
	TryBusy     TryOutcome = "busy"      // somebody uses it, and wasn't disturbed
	TryByHand   TryOutcome = "by-hand"   // it only takes something in: somebody has to be there
	TryNoDevice TryOutcome = "no-device" // the agent has none of this id
	TryLate     TryOutcome = "late"      // the order came after it expired
)

// TryFor is how long an agent gives a device that is tried out.
const TryFor = 40 * time.Second
