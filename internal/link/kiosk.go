package link

// What a kiosk's page is told of its own machine, and how it calls for staff.
const (
	// TypeKioskHelp (up) asks staff to come to the machine, or says that nobody
	// needs to; asked again, it stays one call. A kiosk's page asks, or the call
	// button of any kiosk, counter or display: KioskHelp.
	TypeKioskHelp Type = "kiosk.help"
	// TypeKioskHelped (down) says that staff have seen the call. No body.
	TypeKioskHelped Type = "kiosk.helped"
)

// KioskMode is what a kiosk is for.
type KioskMode string

// The modes.
const (
	KioskQueue    KioskMode = "queue"    // tickets first, all else in a quiet row
	KioskTerminal KioskMode = "terminal" // self-service: everything side by side
	KioskQuery    KioskMode = "query"    // to look things up: no reader, no printer
)

// KioskSettings are those of a machine that its page goes by.
type KioskSettings struct {
	Mode KioskMode `json:"mode"`
	// Areas are the ids of what can be done besides tickets, in the order to
	// offer it; absent means everything, in the program's order.
	Areas []string `json:"areas,omitempty"`
	// Services is how services are ordered: taken (what people here choose most
	// comes first) or hall (as the hall's file has them).
	Services string `json:"services" enum:"taken,hall"`
	// Voice is when the machine speaks without having been told to: off (never),
	// elder (in elderly mode) or on.
	Voice string `json:"voice" enum:"off,elder,on"`
	// Volume is how loud it speaks, in percent.
	Volume int `json:"volume"`
}

// KioskHelp asks for staff.
type KioskHelp struct {
	// Cancel takes the call back.
	Cancel bool `json:"cancel,omitempty"`
}
