package link

import "time"

// What a kiosk's page is told of its own machine, and how it calls for staff.
const (
	// TypeKioskHelp (up) asks staff to come to the machine, or says that nobody
	// needs to; asked again, it stays one call. A kiosk's page asks, or the call
	// button of any kiosk, counter or display: KioskHelp.
	TypeKioskHelp Type = "kiosk.help"
	// TypeKioskHelped (down) says that staff have seen the call: KioskHelped.
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
	// Theme is how the page is coloured: light, dark, or system, as the computer
	// is set, which can change with the hour.
	Theme string `json:"theme,omitempty" enum:"light,dark,system"`
	// Voice is when the machine speaks without having been told to: off (never),
	// elder (in elderly mode) or on.
	Voice string `json:"voice" enum:"off,elder,on"`
	// Volume is how loud it speaks, in percent.
	Volume int `json:"volume"`
}

// KioskHelped answers a call for staff.
type KioskHelped struct {
	// By is who comes, as far as it is known.
	By string `json:"by,omitempty"`
}

// HelpView is a call for staff by a button.
type HelpView struct {
	Since time.Time `json:"since"`
	// At is when staff answered, By who of them comes; absent until then.
	At *time.Time `json:"at,omitempty"`
	By string     `json:"by,omitempty"`
}

// HelpChanged is the call that stands; absent if none does.
type HelpChanged struct {
	Help *HelpView `json:"help,omitempty"`
}

// KioskHelp asks for staff.
type KioskHelp struct {
	// Cancel takes the call back.
	Cancel bool `json:"cancel,omitempty"`
}
