package hub

import "smarthall/internal/link"

// Alarms are what keeps citizens waiting; alarm.Service.
type Alarms interface {
	// Ringing are those that boards show now.
	Ringing() link.AlarmsView
	// Nudge is told that an agent came, went or reported; it returns at once.
	Nudge()
}

// AlarmsChanged has boards told of the alarms as they are now. It returns at
// once.
func (h *Hub) AlarmsChanged() {
	select {
	case h.alarms <- struct{}{}:
	default:
	}
}

// ringing tells boards of the alarms.
func (f *follower) ringing() {
	f.hub.publish(message{link.TypeAlarmsChanged, f.hub.conf.Alarms.Ringing(), []topic{topicBoard}})
}
