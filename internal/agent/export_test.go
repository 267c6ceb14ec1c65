package agent

import "smarthall/internal/link"

// MaxWaiting is how many offline tickets may wait for the hall.
const MaxWaiting = maxWaiting

// TakeAssigned has a take what the hall assigns.
func TakeAssigned(a *Agent, m link.Message) {
	a.takeAssigned(m)
	a.Devices.settle()
}

// TellOf has told of d as a late word of its own would.
func TellOf(d *Device) { d.tellView() }
